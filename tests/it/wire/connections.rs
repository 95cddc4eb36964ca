//! Connections that do not come about: names, refusals, resets, certificates.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST, World};

use super::{Case, DOWNLOADS, IMAGE, REGISTRY, SOON, all, everywhere};
use crate::support::{Invocation, KEY, Run, secrets_stay};

/// Has the world's cf and nothing else of it: this proxy, or none.
fn outside(run: Invocation, world: &World, proxy: Option<&str>) -> Invocation {
    let run = run.in_world(world).variable("ICR_CF_API_KEY", KEY);
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].iter().fold(run, |run, name| {
        match proxy {
            Some(proxy) => run.variable(name, proxy),
            None => run.without(name),
        }
    })
}

/// A check without the world's proxy.
fn check(proxy: Option<&str>, words: &[&str]) -> Run {
    let world = World::start().unwrap();
    let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE]).arguments(words);
    let run = outside(run, &world, proxy).run();
    secrets_stay(&world, &run, KEY, &[]);
    run
}

/// What a proxy is given to know us by.
const SECRET: &str = "hunter2-of-the-proxy";

/// An address where nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_proxy_that_nobody_runs_is_a_refused_connection() {
    let place = closed();
    let address = place.strip_prefix("http://").unwrap();
    let run = check(Some(&format!("http://me:{SECRET}@{address}")), &[]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("undecided[registry-unreachable]"), "{run}");
    let said = format!(
        "us.icr.io: the proxy {address} of `HTTPS_PROXY`: nobody listens there: connection refused\n"
    );
    assert!(run.out().contains(&said), "{run}");
    assert!(run.out().contains("hint: name one that is there: `HTTPS_PROXY="), "{run}");
    assert!(!format!("{run}").contains(SECRET), "{run}");
    assert!(run.time < SOON, "{run}");
}

#[test]
fn a_proxy_whose_name_does_not_resolve_is_named() {
    // No name is as long, which is known without a network.
    let name = "p".repeat(64);
    let run = check(Some(&format!("http://me:{SECRET}@{name}:3128")), &[]);
    let said = format!(
        "us.icr.io: the proxy {name}:3128 of `HTTPS_PROXY`: DNS: its name does not resolve"
    );
    assert!(run.out().contains(&said), "{run}");
    assert!(!format!("{run}").contains(SECRET), "{run}");
}

/// A proxy that does this with each connection, and its address.
fn proxy(with: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(with));
    address.to_string()
}

#[test]
fn a_proxy_that_breaks_off_or_says_nothing_is_named_with_what_happened() {
    let breaks_off = proxy(drop);
    // Held for as long as it may be waited for.
    let is_silent = proxy(|stream| {
        std::thread::spawn(move || {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
            while (&stream).read(&mut [0; 256]).is_ok_and(|length| length > 0) {}
        });
    });
    for (address, reason) in
        [(breaks_off, "connection reset"), (is_silent, "time-out: no connection within 5s")]
    {
        let run = check(Some(&format!("http://me:{SECRET}@{address}")), &[]);
        let said = format!("us.icr.io: {reason}, through the proxy {address} of `HTTPS_PROXY`\n");
        assert!(run.out().contains(&said), "{run}");
        let hint = "hint: let `us.icr.io:443` through the proxy, or name another: \
                    `HTTPS_PROXY=http://HOST:PORT`, or go around it: add `us.icr.io` to `NO_PROXY`";
        assert!(run.out().contains(hint), "{run}");
        assert!(!format!("{run}").contains(SECRET), "{run}");
    }
}

#[test]
fn a_proxy_that_speaks_no_tls_is_named_with_the_address_that_does_not_want_it() {
    let address = proxy(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    let waits = proxy(|stream| {
        std::thread::spawn(move || {
            let _ = (&stream).read(&mut [0; 1024]);
            std::thread::sleep(Duration::from_secs(8));
        });
    });
    let failed = "TLS: the handshake failed";
    for (address, said) in [(address, failed), (waits, "time-out: no connection within 5s")] {
        let run = check(Some(&format!("https://me:{SECRET}@{address}")), &[]);
        let said = format!("{said}, through the proxy {address} of `HTTPS_PROXY`\n");
        assert!(run.out().contains(&said), "{run}");
        let hint =
            format!("where the proxy speaks no TLS, name it so: `HTTPS_PROXY=http://{address}`");
        assert!(run.out().contains(&hint), "{run}");
        assert!(!format!("{run}").contains(SECRET), "{run}");
    }
}

#[test]
fn a_login_that_a_proxy_refuses_is_told_from_one_that_is_missing() {
    for (login, says, hint) in [
        ("", "it wants a user and a password", "hint: name them: `HTTPS_PROXY=http://USER:"),
        (
            "me:hunter2-of-the-proxy@",
            "it does not take the user and the password that are there",
            "hint: name others: `HTTPS_PROXY=http://USER:PASSWORD@127.0.0.1:",
        ),
    ] {
        let address = proxy(|mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            );
        });
        let run = check(Some(&format!("http://{login}{address}")), &[]);
        let said = format!("us.icr.io: the proxy {address} of `HTTPS_PROXY`: {says}\n");
        assert!(run.out().contains(&said), "{run}");
        assert!(run.out().contains(hint), "{run}");
        assert!(!format!("{run}").contains(SECRET), "{run}");
    }
}

#[test]
fn a_password_that_ends_the_host_of_a_proxy_is_not_taken_for_it() {
    for address in ["S3cret/ss@127.0.0.1:1", "S3cret?x@127.0.0.1:1", "u:S3cret#x@127.0.0.1:1"] {
        for words in [&["check", "web", "--strict", "--image", IMAGE][..], &["doctor"]] {
            let world = World::start().unwrap();
            let run = outside(Invocation::new(words), &world, None);
            let run = run.variable("HTTPS_PROXY", format!("http://{address}")).run();
            let all = format!("{}{}", run.out(), run.err());
            assert!(!all.contains("S3cret"), "{all}");
            assert!(all.contains("the proxy of `HTTPS_PROXY`"), "{all}");
        }
    }
}

#[test]
fn what_goes_around_a_proxy_is_not_laid_at_its_door() {
    let world = World::start().unwrap();
    let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE]);
    let run = outside(run, &world, Some(&closed())).variable("NO_PROXY", ".icr.io");
    let run = run.arguments(["--check-timeout", "2s"]).run();
    assert!(!run.out().contains("us.icr.io: the proxy"), "{run}");
    assert!(run.out().contains("api.cf.sandbox: the proxy"), "{run}");
}

#[test]
fn a_name_that_does_not_resolve_ends_within_the_bound() {
    // Where there is a network, the real registry is met; as its authority is not the world's,
    // nothing is sent to it.
    let run = check(None, &["--check-timeout", "2s"]);
    assert!(run.time < Duration::from_secs(12), "{run}");
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("undecided[registry-unreachable]"), "{run}");
    let reasons = ["the name does not resolve", "time-out", "TLS: unknown issuer", "refused"];
    assert!(reasons.iter().any(|reason| run.out().contains(reason)), "{run}");
}

#[test]
fn a_proxy_that_does_not_know_a_host_refuses_it() {
    let image = "us.icr.io/acme/web:1.4";
    all([REGISTRY, DOWNLOADS, CF_API_HOST].map(|host| {
        let name = if host == CF_API_HOST { "cf-unreachable" } else { "registry-unreachable" };
        let fault = Fault::status(502).host(host).method("CONNECT");
        let case = Case::new(host, [fault]).image(image).undecided(name);
        case.says(": it did not let it through, or could not get there")
            .says(&format!("add `{host}` to `NO_PROXY`"))
    }));
}

#[test]
fn a_proxy_that_wants_a_password_or_refuses_is_named() {
    let proxied = |status| Fault::status(status).host(REGISTRY).method("CONNECT");
    let cases = [
        (407, "of `HTTPS_PROXY`: it wants a user and a password"),
        (403, "of `HTTPS_PROXY`: it did not let it through, or could not get there"),
        (500, "of `HTTPS_PROXY`: it did not let it through, or could not get there"),
    ];
    all(cases.map(|(status, says)| {
        let case = Case::new(says, [proxied(status)]).undecided("registry-unreachable");
        case.says(says).says("us.icr.io: the proxy 127.0.0.1:")
    }));
}

#[test]
fn a_reset_everywhere_is_tried_again_and_then_named() {
    let cases = everywhere(|| Fault::new(Action::Reset)).into_iter().map(|(what, host, fault)| {
        let case = Case::new(what, [fault]).undecided("registry-unreachable");
        case.says(&format!("{host}: connection reset"))
    });
    let connects = [REGISTRY, DOWNLOADS].map(|host| {
        let fault = Fault::new(Action::Reset).host(host).method("CONNECT");
        let case = Case::new(host, [fault]).undecided("registry-unreachable");
        case.says(&format!("{host}: connection reset"))
    });
    let iam = Case::new("iam", [Fault::new(Action::Reset).host(IAM_HOST)]).unknown_key();
    let iam = iam.definitive("key-invalid", 77).says("iam-unreachable");
    let platform = Case::new("the platform", [Fault::new(Action::Reset).host(CF_API_HOST)]);
    all(cases.chain(connects).chain([
        iam.says("IAM, which could say why, cannot be asked"),
        platform.undecided("cf-unreachable").says("connection reset"),
    ]));
}

#[test]
fn a_reset_or_two_are_got_over() {
    let cases = everywhere(|| Fault::new(Action::Reset).times(2));
    let cases = cases.into_iter().map(|(what, _, fault)| Case::new(what, [fault]));
    let fault = Fault::new(Action::Reset).host(REGISTRY).method("CONNECT").times(2);
    all(cases.chain([Case::new("a connection", [fault])]));
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let name = |host| if host == CF_API_HOST { "cf-unreachable" } else { "registry-unreachable" };
    all([REGISTRY, DOWNLOADS, CF_API_HOST].map(|host| {
        let fault = Fault::new(Action::UntrustedCertificate).host(host).method("CONNECT");
        let case = Case::new(host, [fault]).undecided(name(host));
        case.says("TLS: unknown issuer of the certificate").says("--ca-file FILE")
    }));
    let (world, run) = {
        let fault = Fault::new(Action::UntrustedCertificate).method("CONNECT");
        Case::new("everywhere", [fault]).undecided("registry-unreachable").run()
    };
    assert_eq!(world.requests().len(), 0, "something was sent: {run}");
}

/// A check that trusts what the system trusts, and these words.
fn trusting(world: &World, words: &[&str]) -> Run {
    let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE]).arguments(words);
    let run = run.in_world(world).without("SSL_CERT_FILE");
    run.variable("ICR_CF_API_KEY", world.sample_key()).run()
}

#[test]
fn an_authority_that_is_named_is_trusted() {
    let world = World::start().unwrap();
    let run = trusting(&world, &[]);
    assert_eq!((run.code, world.requests().len()), (Some(69), 0), "{run}");
    assert!(run.out().contains("--ca-file"), "{run}");
    let file = world.ca_file();
    let run = trusting(&world, &["--ca-file", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
}

#[test]
fn an_authority_that_cannot_be_read_ends_it_before_anything_is_sent() {
    let world = World::start().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = world.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cases = [
        ("/nonexistent/ca.pem".to_owned(), "os error"),
        (world.folder().to_str().unwrap().to_owned(), "is a folder"),
        #[cfg(unix)]
        ("/dev/zero".to_owned(), "more than 16 MiB"),
        (file("empty.pem", b""), "no certificate"),
        (file("ca.der", b"\x30\x82\x01\x0a\x02"), "no certificate"),
        (file("text.pem", b"hello\n"), "no certificate"),
        (file("broken.pem", broken), "certificate"),
    ];
    for (path, says) in &cases {
        for command in [
            &["push", "web", "--image"][..],
            &["check", "web", "--image"],
            &["resolve", "--digest"],
        ] {
            let run = Invocation::new(command).arguments([IMAGE, "--ca-file", path]);
            let run = run.in_world(&world).variable("ICR_CF_API_KEY", KEY).run();
            assert_eq!(run.code, Some(66), "{path}: {run}");
            assert!(run.err().contains(says) && run.err().contains("--ca-file"), "{path}: {run}");
            assert_eq!(run.record.events.len(), 0, "{path}: {run}");
            run.shows_nothing_of(KEY, &[]);
        }
    }
    assert_eq!(world.connections().len(), 0);
}

#[test]
fn a_push_goes_on_where_nothing_could_be_asked() {
    let world = World::start().unwrap();
    let run = Invocation::new(["push", "web", "--image", IMAGE]).script("out pushed");
    let run = outside(run, &world, Some(&closed())).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().starts_with("warning[registry-unreachable]: "), "{run}");
    assert!(run.record.push().arguments().contains(&IMAGE.to_owned()), "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn a_platform_at_an_address_of_its_own_is_named_with_its_port() {
    let world = World::start().unwrap();
    // A port that nobody listens at any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = world.cf_home().join(".cf/config.json");
    let config = std::fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["Target"] = format!("http://{free}").into();
    std::fs::write(&path, config.to_string()).unwrap();
    let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE]).in_world(&world);
    let run = run.variable("NO_PROXY", "127.0.0.1").variable("no_proxy", "127.0.0.1");
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(69), "{run}");
    let said = format!("`{free}` cannot be asked for docker support");
    assert!(run.out().contains(&said) && !run.out().contains("443"), "{run}");
    assert!(run.out().contains(&format!("listens at `{free}`")), "{run}");
}
