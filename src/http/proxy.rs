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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// For what is encrypted.
    pub(crate) https: Option<&'static str>,
    pub(super) http: Option<&'static str>,
}

/// A proxy that a request went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyUsed {
    /// Host and port.
    pub(super) address: String,
    /// The variable that names it; none where the system does.
    pub(super) variable: Option<&'static str>,
}

/// What a proxy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByProxy {
    /// It wants to know who we are.
    WantsLogin,
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
            Self::Refused => "it refused the connection",
            Self::NotThere => "nobody listens there: connection refused",
            Self::NoSuchName => "DNS: its name does not resolve",
        }
    }
}

impl Proxies {
    /// Those of the environment.
    pub(crate) fn of(environment: &Environment) -> Self {
        let set = |names: [&'static str; 4]| {
            names.into_iter().find(|name| environment.raw(name).is_some_and(|raw| !raw.is_empty()))
        };
        Self { https: set(FOR_HTTPS), http: set(FOR_HTTP) }
    }

    /// The proxy for an address, which the client finds in the same way.
    pub(super) fn used_for(self, url: &Url) -> Option<ProxyUsed> {
        let found = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
        let uri = found.uri();
        let usual = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") | None => 80,
            Some(_) => 1080,
        };
        let port = uri.port_u16().unwrap_or(usual);
        let variable = if url.scheme() == "http" { self.http } else { self.https };
        Some(ProxyUsed { address: format!("{}:{port}", uri.host()?), variable })
    }
}

impl fmt::Display for ProxyUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = crate::error::printable(&self.address);
        match self.variable {
            Some(variable) => write!(f, "the proxy {address} of `{variable}`"),
            None => write!(f, "the system's proxy {address}"),
        }
    }
}
