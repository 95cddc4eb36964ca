//! Why there is no answer, in words: a name that does not resolve, a refusal, TLS, a proxy, a
//! bound. Holds no URL with a query and no header.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, SystemTime};

use reqwest::{StatusCode, Url};
use rustls::{CertificateError, Error as TlsError};

use super::proxy::{ByProxy, ProxyUsed, Route};
use crate::verdict::{Name, Verdict};

mod of_proxies;

use of_proxies::{mend_of_proxy, mend_on_the_way, written_well};

/// What a minute's wait is told by.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No client can be made.
    NoClient(String),
    /// The name does not resolve.
    NoSuchName,
    /// Nobody listens there.
    Refused,
    /// The connection was cut, again and again.
    Reset,
    /// The certificate is not one that is trusted here.
    UnknownIssuer,
    /// TLS went wrong in another way.
    Tls(String),
    /// The proxy did not let it through, or cannot be reached itself.
    Proxy(Option<ProxyUsed>, ByProxy),
    /// This went wrong on the way: through a proxy, which may have done it, or past one that was meant.
    Through(Route, Box<Failure>),
    /// It took longer than this.
    TimedOut(Duration),
    /// A connection did not come about in time.
    ConnectTimedOut,
    /// The time for all checks is up.
    OutOfTime,
    /// The answer is longer than this many bytes.
    TooBig(usize),
    /// The answer breaks off.
    Truncated,
    /// Too many requests, to the last try; until then, where the other side says it.
    RateLimited(Option<SystemTime>),
    /// This status, to the last try.
    ServerError(u16),
    /// What came makes no sense.
    Nonsense(String),
    /// Something else about the connection.
    Other,
}

impl Failure {
    pub(crate) fn of_status(status: StatusCode, until: Option<SystemTime>) -> Self {
        if status == StatusCode::TOO_MANY_REQUESTS {
            Self::RateLimited(until)
        } else {
            Self::ServerError(status.as_u16())
        }
    }

    pub(crate) fn of(error: &reqwest::Error) -> Self {
        let found = chain(error).find_map(known);
        match found {
            Some(failure) => failure,
            None if error.is_timeout() => Self::ConnectTimedOut,
            // The other side closed a connection that was kept, or before it answered.
            None if error.is_request() && !error.is_connect() => Self::Reset,
            None => Self::Other,
        }
    }

    /// The same, where it was or may have been not the other side but the way there.
    pub(super) fn of_route(self, route: impl FnOnce() -> Option<Route>) -> Self {
        let by = match &self {
            Self::Proxy(_, by) => Some(*by),
            Self::Refused => Some(ByProxy::NotThere),
            Self::NoSuchName => Some(ByProxy::NoSuchName),
            Self::Reset | Self::Tls(_) | Self::ConnectTimedOut | Self::Other => None,
            Self::NoClient(_)
            | Self::UnknownIssuer
            | Self::Through(..)
            | Self::TimedOut(_)
            | Self::OutOfTime
            | Self::TooBig(_)
            | Self::Truncated
            | Self::RateLimited(_)
            | Self::ServerError(_)
            | Self::Nonsense(_) => return self,
        };
        match (route(), by) {
            (Some(Route::Proxy(proxy)), Some(ByProxy::WantsLogin)) if proxy.has_login => {
                Self::Proxy(Some(proxy), ByProxy::LoginRefused)
            }
            // Where the host was forgotten, what stands in its place is a user and a password.
            (Some(Route::Proxy(proxy)), Some(ByProxy::NoSuchName)) if !proxy.has_login => {
                Self::Proxy(Some(ProxyUsed { address: None, ..proxy }), ByProxy::NoSuchName)
            }
            (Some(Route::Proxy(proxy)), Some(by)) => Self::Proxy(Some(proxy), by),
            (Some(route), _) => Self::Through(route, Box::new(self)),
            (None, _) => self,
        }
    }

    /// Whether nothing got further than to a proxy, which may let it through the next time.
    pub(super) const fn is_of_a_tunnel(&self) -> bool {
        matches!(self, Self::Proxy(_, ByProxy::Refused))
    }

    /// A body that breaks off is not tried again: what was sent so far was an answer.
    pub(crate) fn of_body(error: &reqwest::Error) -> Self {
        match Self::of(error) {
            Self::Reset | Self::Other => Self::Truncated,
            other => other,
        }
    }

    /// Whether what was sent once was not taken: nobody was reached, or it was too many.
    pub(crate) const fn has_done_nothing(&self) -> bool {
        match self {
            Self::NoClient(_)
            | Self::NoSuchName
            | Self::Refused
            | Self::UnknownIssuer
            | Self::Proxy(..)
            | Self::ConnectTimedOut
            | Self::RateLimited(_) => true,
            Self::Through(_, failure) => failure.has_done_nothing(),
            Self::Reset
            | Self::Tls(_)
            | Self::TimedOut(_)
            | Self::OutOfTime
            | Self::TooBig(_)
            | Self::Truncated
            | Self::ServerError(_)
            | Self::Nonsense(_)
            | Self::Other => false,
        }
    }

    /// The reason, as the end of "`host` cannot be asked: …".
    pub(crate) fn reason(&self) -> String {
        let seconds = humantime::format_duration;
        match self {
            Self::NoClient(why) => format!("no way to check certificates ({why})"),
            Self::NoSuchName => "DNS: the name does not resolve".to_owned(),
            Self::Refused => "connection refused".to_owned(),
            Self::Reset => "connection reset".to_owned(),
            Self::UnknownIssuer => "TLS: unknown issuer of the certificate".to_owned(),
            Self::Tls(what) => format!("TLS: {what}"),
            Self::Proxy(Some(proxy), by) => format!("{proxy}: {}", by.words()),
            Self::Proxy(None, by) => format!("proxy: {}", by.words()),
            Self::Through(Route::Proxy(proxy), failure) => {
                format!("{}, through {proxy}", failure.reason())
            }
            Self::Through(Route::Ignoring(variable), failure) => format!(
                "{}, straight there: `{variable}` names no proxy that makes sense",
                failure.reason()
            ),
            Self::TimedOut(limit) => {
                format!("time-out: no whole answer within {}", seconds(*limit))
            }
            Self::ConnectTimedOut => "time-out: no connection within 5s".to_owned(),
            Self::OutOfTime => "time-out: the time for all checks is up".to_owned(),
            Self::TooBig(most) => format!("the answer is longer than {most} bytes"),
            Self::Truncated => "the answer breaks off".to_owned(),
            Self::RateLimited(Some(until)) => {
                let until = humantime::format_rfc3339_seconds(*until);
                format!("429 Too Many Requests, to the last try; it takes some again at {until}")
            }
            Self::RateLimited(None) => "429 Too Many Requests, to the last try".to_owned(),
            Self::ServerError(status) => format!("status {status}, to the last try"),
            Self::Nonsense(what) => what.clone(),
            Self::Other => "the connection failed".to_owned(),
        }
    }

    /// What mends it, where something here does.
    fn hint(&self, place: &Endpoint) -> Option<String> {
        let Endpoint { host, .. } = place;
        match self {
            Self::UnknownIssuer => Some(
                "name the authority of your network: `--ca-file FILE`, or `SSL_CERT_FILE=FILE`"
                    .to_owned(),
            ),
            Self::Refused if place.is_here() => {
                Some(format!("see that something listens at `{host}:{}`", place.port))
            }
            Self::NoSuchName | Self::Refused | Self::Reset | Self::ConnectTimedOut => {
                Some(format!(
                    "let `{host}:{}` through, or name the proxy: `{}=http://HOST:PORT`",
                    place.port, place.proxy
                ))
            }
            Self::Proxy(proxy, by) => Some(mend_of_proxy(proxy.as_ref(), *by, place)),
            Self::Through(Route::Proxy(proxy), failure) => mend_on_the_way(proxy, failure, place),
            Self::Through(Route::Ignoring(variable), _) => Some(written_well(variable)),
            Self::OutOfTime => Some("give the checks more time: `--check-timeout 60s`".to_owned()),
            Self::RateLimited(Some(until)) if *until > SystemTime::now() + A_MINUTE => {
                let until = humantime::format_rfc3339_seconds(*until);
                Some(format!("try again after {until}"))
            }
            Self::RateLimited(_) => Some("wait a minute, then try again".to_owned()),
            Self::ServerError(_) if is_ibm(host) => Some(
                "`https://cloud.ibm.com/status` says whether the service has trouble".to_owned(),
            ),
            Self::NoClient(_)
            | Self::Tls(_)
            | Self::TimedOut(_)
            | Self::TooBig(_)
            | Self::Truncated
            | Self::ServerError(_)
            | Self::Nonsense(_)
            | Self::Other => None,
        }
    }

    /// The verdict about a host that was asked `what`.
    pub(crate) fn verdict(&self, unreachable: Name, host: &str, what: &str) -> Verdict {
        let place = Endpoint { host: host.to_owned(), port: 443, proxy: HTTPS_PROXY };
        self.verdict_at(unreachable, &place, what)
    }

    /// The same about another place than the usual one.
    pub(crate) fn verdict_at(&self, unreachable: Name, place: &Endpoint, what: &str) -> Verdict {
        let is_of_registry = unreachable == Name::RegistryUnreachable;
        let name = match self {
            Self::RateLimited(_) => Name::RateLimited,
            Self::TooBig(_) | Self::Truncated | Self::ServerError(_) | Self::Nonsense(_) => {
                if is_of_registry {
                    Name::RegistryError
                } else {
                    unreachable
                }
            }
            Self::NoClient(_)
            | Self::NoSuchName
            | Self::Refused
            | Self::Reset
            | Self::UnknownIssuer
            | Self::Tls(_)
            | Self::Proxy(..)
            | Self::Through(..)
            | Self::TimedOut(_)
            | Self::ConnectTimedOut
            | Self::OutOfTime
            | Self::Other => unreachable,
        };
        let shown = place.shown();
        let verdict = Verdict::new(name, format!("`{shown}` cannot be asked for {what}"))
            .seen(format!("{shown}: {}", self.reason()));
        match self.hint(place) {
            Some(hint) => verdict.hint(hint),
            None => verdict,
        }
    }
}

/// The variable that names the proxy for what is encrypted.
const HTTPS_PROXY: &str = "HTTPS_PROXY";

/// What is asked: a host at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    /// The variable that names the proxy for it.
    proxy: &'static str,
}

impl Endpoint {
    /// That of an address; of a broken one nothing is known.
    pub(crate) fn of(address: &str) -> Self {
        let url = Url::parse(address).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned();
        let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or(443);
        let is_plain = url.is_some_and(|url| url.scheme() == "http");
        Self { host, port, proxy: if is_plain { "HTTP_PROXY" } else { HTTPS_PROXY } }
    }

    /// The host, with its port where that is not the usual one.
    fn shown(&self) -> String {
        let Self { host, port, .. } = self;
        if *port == 443 { host.clone() } else { format!("{host}:{port}") }
    }

    /// Whether it is this machine, which no proxy leads to.
    fn is_here(&self) -> bool {
        let plain = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: std::net::IpAddr| address.is_loopback();
        plain == "localhost" || plain.parse().is_ok_and(is_loopback)
    }
}

/// Whether a host is one of IBM's that are asked here.
fn is_ibm(host: &str) -> bool {
    ["icr.io", "cloud.ibm.com", "bluemix.net"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

/// An error and what is behind it; an I/O error hides what it wraps.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        let wrapped = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => current.source(),
        };
        Some(current)
    })
}

fn known(error: &(dyn StdError + 'static)) -> Option<Failure> {
    if let Some(tls) = error.downcast_ref::<TlsError>() {
        return Some(of_tls(tls));
    }
    // hyper-util keeps these types to itself; a test holds the words.
    let words = error.to_string();
    let is = |what: &str| words.contains(what);
    if is("proxy authorization required") {
        return Some(Failure::Proxy(None, ByProxy::WantsLogin));
    }
    if is("tunnel error: unsuccessful") {
        return Some(Failure::Proxy(None, ByProxy::Refused));
    }
    if let Some((_, words)) = words.split_once("SOCKS error: ") {
        return Some(of_socks(words));
    }
    if is("error resolving for socks proxy") {
        return Some(Failure::Proxy(None, ByProxy::Unresolved));
    }
    if is("tunnel error: unexpected end of file") {
        return Some(Failure::Reset);
    }
    if is("dns error") || is("failed to lookup address") {
        return Some(Failure::NoSuchName);
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Failure::Reset),
        io::ErrorKind::TimedOut => Some(Failure::ConnectTimedOut),
        _ => None,
    }
}

/// What the words of a proxy of the protocol SOCKS mean; hyper-util tells no more of what is behind them.
fn of_socks(words: &str) -> Failure {
    match words {
        "failed to create underlying connection" => Failure::Proxy(None, ByProxy::OutOfReach),
        "io error during SOCKS handshake" => Failure::Reset,
        "failed parsing server response" => Failure::Proxy(None, ByProxy::OtherProtocol),
        "credentials not accepted"
        | "server does not support user/pass authentication"
        | "server implements authentication incorrectly" => {
            Failure::Proxy(None, ByProxy::WantsLogin)
        }
        _ => Failure::Proxy(None, ByProxy::Refused),
    }
}

fn of_tls(error: &TlsError) -> Failure {
    match error {
        // An authority of the same name but with another key, as after it was made anew, shows as
        // a bad signature.
        TlsError::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Failure::UnknownIssuer,
        TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => {
            Failure::Tls("the certificate has expired; check the clock of this machine".to_owned())
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Failure::Tls("the certificate is for another name".to_owned()),
        TlsError::InvalidCertificate(_) => Failure::Tls("the certificate is not valid".to_owned()),
        _ => Failure::Tls("the handshake failed".to_owned()),
    }
}

#[cfg(test)]
mod tests;
