//! Which proxy a request goes through, and by which variable: said where it is the proxy that fails.
//! Never has what the address holds of a user and a password.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use crate::environment::Environment;

/// The variables that lead to the proxy, in the order in which the client of HTTP takes them.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The variables that name the proxies of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// For what is encrypted.
    pub(crate) https: Option<Variable>,
    http: Option<Variable>,
    around: Around,
}

/// A variable that is to name a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// Whether the client of HTTP makes no sense of it, and goes straight there.
    pub(crate) is_ignored: bool,
    /// Whether a user and a password in it make it unclear which part is the host.
    is_unclear: bool,
}

/// What is spoken with a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
    Socks4,
    Socks4a,
    /// The name of the other side is resolved here.
    Socks5,
    Socks5h,
}

impl Scheme {
    const ALL: [Self; 6] =
        [Self::Http, Self::Https, Self::Socks4, Self::Socks4a, Self::Socks5, Self::Socks5h];

    /// What an address begins with.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// The same where the proxy resolves names.
    pub(super) const fn resolving(self) -> &'static str {
        match self {
            Self::Socks4 => "socks4a",
            Self::Socks5 => "socks5h",
            Self::Http | Self::Https | Self::Socks4a | Self::Socks5h => self.name(),
        }
    }

    const fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => 1080,
        }
    }
}

/// A proxy that a request went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyUsed {
    /// Host and port; none where a part of a password may be taken for them.
    pub(super) address: Option<String>,
    /// The variable that names it; none where the system does.
    pub(super) variable: Option<&'static str>,
    /// Whether its user and password make it unclear which part is the host.
    pub(super) is_unclear: bool,
    pub(super) scheme: Scheme,
    /// Whether a user and a password go to it.
    pub(super) has_login: bool,
    pub(super) around: Around,
}

/// The variable that counts of the two that say what goes around proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    Capitals,
    Small,
}

impl Around {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Capitals => "NO_PROXY",
            Self::Small => "no_proxy",
        }
    }
}

/// How a request went on its way to the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// Through a proxy.
    Proxy(ProxyUsed),
    /// Straight there, since what is to name a proxy names none.
    Ignoring(&'static str),
}

/// What a proxy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByProxy {
    /// It wants to know who we are, and was told nothing.
    WantsLogin,
    /// It does not take the user and the password that it was told.
    LoginRefused,
    /// It was asked to let it through, and did not: it may not want to, or not get there.
    Refused,
    /// It does not speak the protocol that its address has.
    OtherProtocol,
    /// No connection to it comes about.
    OutOfReach,
    /// It is to get an address, and the name of the other side does not resolve here.
    Unresolved,
    /// Nobody listens where it is to be.
    NotThere,
    /// Its own name does not resolve.
    NoSuchName,
}

impl ByProxy {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::WantsLogin => "it wants a user and a password",
            Self::LoginRefused => "it does not take the user and the password that are there",
            Self::Refused => "it did not let it through, or could not get there",
            Self::OtherProtocol => "it does not speak what its address says",
            Self::OutOfReach => "no connection to it comes about",
            Self::Unresolved => "DNS: the name that it is to reach does not resolve here",
            Self::NotThere => "nobody listens there: connection refused",
            Self::NoSuchName => "DNS: its name does not resolve",
        }
    }
}

impl Proxies {
    /// For a run that asks nobody.
    pub(super) const NONE: Self = Self { https: None, http: None, around: Around::Capitals };

    /// Those of the environment.
    pub(crate) fn of(environment: &Environment) -> Self {
        // The first that is there counts, empty ones too; where it names none, that for all.
        let set = |names: [&'static str; 4]| {
            let first = |names: &[&'static str]| {
                let name = names.iter().copied().find(|name| environment.raw(name).is_some())?;
                let is_set = environment.raw(name).is_some_and(|raw| !raw.is_empty());
                is_set.then(|| Variable::of(name, environment.text(name).unwrap_or_default()))
            };
            let (own, all) = names.split_at(2);
            let both = [first(own), first(all)];
            let mut there = both.into_iter().flatten();
            there.clone().find(|one| !one.is_ignored).or_else(|| there.next())
        };
        let is_set = |name| environment.raw(name).is_some();
        let small = Some(Around::Small).filter(|one| is_set(one.name()));
        let around = small.filter(|_| !is_set(Around::Capitals.name()));
        let around = around.unwrap_or(Around::Capitals);
        Self { https: set(FOR_HTTPS), http: set(FOR_HTTP), around }
    }

    /// How a request to an address goes, found in the same way as the client does; `None` where it is
    /// simply sent there.
    pub(super) fn route(self, url: &Url) -> Option<Route> {
        let variable = if url.scheme() == "http" { self.http } else { self.https };
        let found =
            url.as_str().parse().ok().and_then(|uri| Matcher::from_system().intercept(&uri));
        let Some(found) = found else {
            let ignored = variable.filter(|one| one.is_ignored)?;
            return Some(Route::Ignoring(ignored.name));
        };
        let uri = found.uri();
        let is_of = |scheme: &Scheme| uri.scheme_str() == Some(scheme.name());
        let scheme = Scheme::ALL.into_iter().find(is_of).unwrap_or(Scheme::Http);
        let is_unclear = variable.is_some_and(|one| one.is_unclear);
        let port = uri.port_u16().unwrap_or(scheme.usual_port());
        let address = format!("{}:{port}", uri.host().unwrap_or_default());
        Some(Route::Proxy(ProxyUsed {
            address: Some(address).filter(|_| !is_unclear),
            variable: variable.map(|one| one.name),
            is_unclear,
            scheme,
            has_login: found.basic_auth().is_some() || found.raw_auth().is_some(),
            around: self.around,
        }))
    }
}

impl Variable {
    fn of(name: &'static str, text: &str) -> Self {
        // By what reads it, for an address that has to go through it.
        let url = "https://icr.io".parse().ok();
        let found = url.and_then(|url| Matcher::builder().all(text).build().intercept(&url));
        Self { name, is_ignored: found.is_none(), is_unclear: is_unclear(text) }
    }
}

/// Whether the user and password of an address are cut short by a sign that ends its host: what stands
/// before that is a part of them.
fn is_unclear(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    rest.get(end..).is_some_and(|behind| behind.contains('@'))
}

impl ProxyUsed {
    /// Whether TLS is spoken with the proxy itself.
    pub(super) const fn is_encrypted(&self) -> bool {
        matches!(self.scheme, Scheme::Https)
    }
}

impl fmt::Display for ProxyUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.as_ref().map(|address| crate::error::printable(address));
        match (self.variable, address) {
            (Some(variable), Some(address)) => write!(f, "the proxy {address} of `{variable}`"),
            (Some(variable), None) => write!(f, "the proxy of `{variable}`"),
            (None, Some(address)) => write!(f, "the system's proxy {address}"),
            (None, None) => f.write_str("the system's proxy"),
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::Proxies;
    use super::{Around, ProxyUsed, Scheme, Variable, is_unclear};

    #[test]
    fn a_password_that_ends_the_host_is_seen() {
        for text in ["http://u:p/q@h:1", "http://u:p?q@h", "u:p#q@h:1", "http://S3cret/x@h"] {
            assert!(is_unclear(text), "{text}");
        }
        for text in ["http://h:1", "http://u:p@h:1/", "u:p%2Fq@h:1", "http://h/path", ""] {
            assert!(!is_unclear(text), "{text}");
        }
    }

    #[test]
    fn what_may_be_a_part_of_a_password_is_not_shown() {
        let used = ProxyUsed {
            address: None,
            variable: Some("HTTPS_PROXY"),
            is_unclear: true,
            scheme: Scheme::Http,
            has_login: true,
            around: Around::Capitals,
        };
        assert_eq!(used.to_string(), "the proxy of `HTTPS_PROXY`");
    }

    #[test]
    fn what_a_variable_names_is_what_the_client_makes_of_it() {
        let is_ignored = |text| Variable::of("HTTPS_PROXY", text).is_ignored;
        for text in ["http://h:1", "h:1", "https://h", "h", "http://u:p%20w@h:1", "http://h:1/x"] {
            assert!(!is_ignored(text), "{text}");
        }
        for text in ["socks5://h:1", "socks5h://u:p@h:1", "socks4://h", "socks4a://h"] {
            assert!(!is_ignored(text), "{text}");
        }
        for text in [
            " http://h:1",
            "http://u:p w@h:1",
            "http://u:p|w@h:1",
            "http://u:pä@h:1",
            "//h:1",
            "http://",
            "junk://h:1",
            "not a url",
        ] {
            assert!(is_ignored(text), "{text}");
        }
    }

    // Windows knows no lower case in names of variables.
    #[test]
    #[cfg(unix)]
    fn the_variable_is_the_one_that_counts() {
        use crate::environment::{Environment, Streams};

        let all = |variables: &[(&str, &str)]| {
            let all = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            Proxies::of(&Environment::new(all.collect(), "/".into(), Streams::default()))
        };
        let https = |variables: &[(&str, &str)]| all(variables).https.map(|one| one.name);
        let proxy = "http://127.0.0.1:1";
        assert_eq!(https(&[("https_proxy", proxy)]), Some("https_proxy"));
        assert_eq!(https(&[("HTTPS_PROXY", ""), ("https_proxy", proxy)]), None);
        assert_eq!(https(&[("HTTPS_PROXY", ""), ("ALL_PROXY", proxy)]), Some("ALL_PROXY"));
        assert_eq!(https(&[("HTTPS_PROXY", "not a url"), ("ALL_PROXY", proxy)]), Some("ALL_PROXY"));
        assert_eq!(https(&[("HTTPS_PROXY", "not a url")]), Some("HTTPS_PROXY"));
        assert_eq!(https(&[]), None);
        let around = |variables: &[(&str, &str)]| all(variables).around.name();
        assert_eq!(around(&[]), "NO_PROXY");
        assert_eq!(around(&[("no_proxy", "h")]), "no_proxy");
        assert_eq!(around(&[("no_proxy", "h"), ("NO_PROXY", "")]), "NO_PROXY");
        // One that is unclear says nothing of another.
        let both = all(&[("HTTP_PROXY", "http://u:p/q@h"), ("HTTPS_PROXY", proxy)]);
        assert!(both.https.is_some_and(|one| !one.is_unclear), "{both:?}");
        assert!(both.http.is_some_and(|one| one.is_unclear), "{both:?}");
    }
}
