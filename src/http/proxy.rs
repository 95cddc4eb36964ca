//! Which proxy a request goes through, and by which variable: said where it is the proxy that fails.
//! Never has what the address holds of a user and a password.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::is_proxy;
use crate::environment::Environment;

/// The variables that lead to the proxy, in the order in which the client of HTTP takes them.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The variables that name the proxies of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// For what is encrypted.
    pub(crate) https: Option<&'static str>,
    pub(super) http: Option<&'static str>,
    /// Whether a user and a password in one of them make it unclear which part is the host.
    pub(super) are_unclear: bool,
}

/// A proxy that a request went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyUsed {
    /// Host and port; none where a part of a password may be taken for them.
    pub(super) address: Option<String>,
    /// The variable that names it; none where the system does.
    pub(super) variable: Option<&'static str>,
    /// Whether TLS is spoken with the proxy itself.
    pub(super) is_encrypted: bool,
    /// Whether a user and a password go to it.
    pub(super) has_login: bool,
}

/// What a proxy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByProxy {
    /// It wants to know who we are, and was told nothing.
    WantsLogin,
    /// It does not take the user and the password that it was told.
    LoginRefused,
    /// It was asked to let it through, and did not.
    Refused,
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
            Self::Refused => "it refused the connection",
            Self::NotThere => "nobody listens there: connection refused",
            Self::NoSuchName => "DNS: its name does not resolve",
        }
    }
}

impl Proxies {
    /// Those of the environment.
    pub(crate) fn of(environment: &Environment) -> Self {
        // The first that is there counts, empty ones too; where it names none, that for all.
        let set = |names: [&'static str; 4]| {
            let first = |names: &[&'static str]| {
                let name = names.iter().copied().find(|name| environment.raw(name).is_some())?;
                environment.raw(name).is_some_and(|raw| !raw.is_empty()).then_some(name)
            };
            let (own, all) = names.split_at(2);
            let both = [first(own), first(all)];
            let names_one = |name: &&'static str| environment.text(name).is_some_and(is_proxy);
            let mut there = both.into_iter().flatten();
            there.clone().find(names_one).or_else(|| there.next())
        };
        let mut all = FOR_HTTPS.into_iter().chain(FOR_HTTP);
        let are_unclear = all.any(|name| environment.text(name).is_some_and(is_unclear));
        Self { https: set(FOR_HTTPS), http: set(FOR_HTTP), are_unclear }
    }

    /// The proxy for an address, which the client finds in the same way.
    pub(super) fn used_for(self, url: &Url) -> Option<ProxyUsed> {
        let found = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
        let uri = found.uri();
        let is_encrypted = uri.scheme_str() == Some("https");
        // What speaks no HTTP may hold a password in any place.
        let speaks_http = matches!(uri.scheme_str(), Some("https" | "http") | None);
        let usual = if is_encrypted { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(usual);
        let variable = if url.scheme() == "http" { self.http } else { self.https };
        let is_clear = speaks_http && !self.are_unclear;
        let address = Some(format!("{}:{port}", uri.host()?)).filter(|_| is_clear);
        let has_login = found.basic_auth().is_some();
        Some(ProxyUsed { address, variable, is_encrypted, has_login })
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
    /// What its address begins with.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.is_encrypted { "https" } else { "http" }
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
    use super::{ProxyUsed, is_unclear};

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
        let (is_encrypted, has_login) = (false, true);
        let variable = Some("HTTPS_PROXY");
        let used = ProxyUsed { address: None, variable, is_encrypted, has_login };
        assert_eq!(used.to_string(), "the proxy of `HTTPS_PROXY`");
    }

    // Windows knows no lower case in names of variables.
    #[test]
    #[cfg(unix)]
    fn the_variable_is_the_one_that_counts() {
        use crate::environment::{Environment, Streams};

        let https = |variables: &[(&str, &str)]| {
            let all = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let environment = Environment::new(all.collect(), "/".into(), Streams::default());
            super::Proxies::of(&environment).https
        };
        let proxy = "http://127.0.0.1:1";
        assert_eq!(https(&[("https_proxy", proxy)]), Some("https_proxy"));
        assert_eq!(https(&[("HTTPS_PROXY", ""), ("https_proxy", proxy)]), None);
        assert_eq!(https(&[("HTTPS_PROXY", ""), ("ALL_PROXY", proxy)]), Some("ALL_PROXY"));
        assert_eq!(https(&[("HTTPS_PROXY", "not a url"), ("ALL_PROXY", proxy)]), Some("ALL_PROXY"));
        assert_eq!(https(&[("HTTPS_PROXY", "not a url")]), Some("HTTPS_PROXY"));
        assert_eq!(https(&[]), None);
    }
}
