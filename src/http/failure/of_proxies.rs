//! What mends what went wrong at a proxy, on the way through one, or past one that was meant.

use super::{Endpoint, Failure};
use crate::http::proxy::{Around, ByProxy, ProxyUsed, Scheme};

/// How a variable names a proxy.
pub(super) fn written_well(variable: &str) -> String {
    format!("write it as `{variable}=http://USER:PASSWORD@HOST:PORT`, {ESCAPED}")
}

/// How a user and a password are written there.
const ESCAPED: &str = "each sign of user and password but letters, digits and `-._~` as `%` and two \
                       digits";

/// What mends what a proxy did.
pub(super) fn mend_of_proxy(proxy: Option<&ProxyUsed>, by: ByProxy, place: &Endpoint) -> String {
    let Endpoint { host, port, .. } = place;
    let variable = proxy.and_then(|proxy| proxy.variable).unwrap_or(place.proxy);
    if proxy.is_some_and(|proxy| proxy.is_unclear) {
        return format!(
            "write `/`, `?` and `#` in the user and password of `{variable}` as `%2F`, `%3F` and \
             `%23`"
        );
    }
    let address = proxy.and_then(|proxy| proxy.address.as_deref()).unwrap_or("HOST:PORT");
    let scheme = proxy.map_or(Scheme::Http, |proxy| proxy.scheme);
    let login = format!("`{variable}={}://USER:PASSWORD@{address}`", scheme.name());
    let mends = match by {
        ByProxy::WantsLogin => format!("name them: {login}"),
        ByProxy::LoginRefused => format!("name others: {login}, {ESCAPED}"),
        ByProxy::Refused => format!("let `{host}:{port}` through the proxy of `{variable}`"),
        ByProxy::Unresolved => {
            format!("have the proxy resolve it: `{variable}={}://{address}`", scheme.resolving())
        }
        ByProxy::OtherProtocol => {
            format!("name it by what it speaks: `{variable}=http://{address}`")
        }
        ByProxy::NotThere | ByProxy::NoSuchName | ByProxy::OutOfReach => {
            format!("name one that is there: `{variable}=http://HOST:PORT`")
        }
    };
    format!("{mends}, or {}", going_around(proxy, host))
}

/// How a proxy is gone around.
fn going_around(proxy: Option<&ProxyUsed>, host: &str) -> String {
    let around = proxy.map_or(Around::Capitals, |proxy| proxy.around).name();
    format!("go around it: add `{host}` to `{around}`")
}

/// What mends what went wrong on the way through a proxy.
pub(super) fn mend_on_the_way(
    proxy: &ProxyUsed,
    failure: &Failure,
    place: &Endpoint,
) -> Option<String> {
    let Endpoint { host, port, .. } = place;
    let variable = proxy.variable.unwrap_or(place.proxy);
    let address = proxy.address.as_deref().unwrap_or("HOST:PORT");
    // The first TLS is that with the proxy.
    let plainly =
        format!("where the proxy speaks no TLS, name it so: `{variable}=http://{address}`");
    let mends = match failure {
        Failure::Tls(_) if proxy.is_encrypted() => plainly,
        Failure::Tls(_) => return failure.hint(place),
        _ if proxy.is_encrypted() => {
            format!("{plainly}, or let `{host}:{port}` through the proxy")
        }
        _ => format!(
            "let `{host}:{port}` through the proxy, or name another: `{variable}=http://HOST:PORT`"
        ),
    };
    Some(format!("{mends}, or {}", going_around(Some(proxy), host)))
}
