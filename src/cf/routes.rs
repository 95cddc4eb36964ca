//! The routes of an app, read from what cf prints at the end of a push: the table of the app, where
//! `routes:` (cf 6.31 and on) or `urls:` (older ones) begins a line. What an app itself prints
//! while it is staged is indented.

/// Most routes of one app that are kept.
const MOST: usize = 100;

/// The routes in a line, where it is the one that has them.
pub(super) fn of_line(line: &str) -> Option<Vec<String>> {
    let plain = without_colors(line);
    let list = ["routes:", "urls:"].iter().find_map(|name| plain.strip_prefix(name))?;
    let routes = list.split(',').map(str::trim).filter(|route| is_route(route));
    Some(routes.take(MOST).map(str::to_owned).collect())
}

/// Takes out what colours a text.
fn without_colors(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    out
}

/// A host or an address with a port, and perhaps a path.
fn is_route(text: &str) -> bool {
    let is_of_one = |one: char| one.is_ascii_alphanumeric() || "-._~*:/%+[]".contains(one);
    !text.is_empty() && text.chars().all(is_of_one)
}

/// Where a browser finds a route; nowhere for one of any host, and for one with a port, which is
/// of TCP.
pub(crate) fn address(route: &str) -> Option<String> {
    let is_plain = !route.contains(['*', '[']) && !route.contains(':');
    is_plain.then(|| format!("https://{route}"))
}

#[cfg(test)]
mod tests {
    use super::{address, of_line};

    #[test]
    fn the_routes_are_read_as_each_cf_prints_them() {
        for (line, routes) in [
            ("routes:            web.apps.cf.test", &["web.apps.cf.test"][..]),
            (
                "routes:            a.example.com, b.example.com/v1, tcp.example.com:1024",
                &["a.example.com", "b.example.com/v1", "tcp.example.com:1024"],
            ),
            ("urls: web.example.com", &["web.example.com"]),
            (
                "\u{1b}[1mroutes:\u{1b}[0m   \u{1b}[36;1mweb.example.com\u{1b}[0m",
                &["web.example.com"],
            ),
            ("routes:            ", &[]),
            ("routes:   \u{202e}moc.example, $(x)", &[]),
        ] {
            assert_eq!(of_line(line).unwrap(), routes, "{line}");
        }
        for line in
            ["   routes:   evil.example.com", "  routes:", "routes", "Mapping routes...", ""]
        {
            assert_eq!(of_line(line), None, "{line}");
        }
    }

    #[test]
    fn a_browser_finds_what_is_of_one_host_and_http() {
        assert_eq!(address("web.example.com/v1").as_deref(), Some("https://web.example.com/v1"));
        assert_eq!(address("*.example.com"), None);
        assert_eq!(address("tcp.example.com:1024"), None);
    }
}
