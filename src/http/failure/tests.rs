use super::{
    ByProxy, CertificateError, Endpoint, Failure, Name, Route, TlsError, chain, io, known, of_tls,
};

#[test]
fn what_an_io_error_wraps_is_found() {
    let tls = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
    let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
    assert_eq!(chain(&error).find_map(known), Some(Failure::UnknownIssuer));
    let error = io::Error::from(io::ErrorKind::ConnectionRefused);
    assert_eq!(chain(&error).find_map(known), Some(Failure::Refused));
}

#[test]
fn an_unknown_issuer_leads_to_the_authority() {
    let verdict =
        Failure::UnknownIssuer.verdict(Name::RegistryUnreachable, "us.icr.io", "the image");
    assert_eq!(verdict.name, Name::RegistryUnreachable);
    assert!(verdict.hints[0].contains("--ca-file"), "{verdict:?}");
}

#[test]
fn a_failure_of_a_service_of_ibm_leads_to_its_status() {
    let hints = |host: &str| {
        Failure::ServerError(503).verdict(Name::RegistryUnreachable, host, "the image").hints
    };
    let expected = "`https://cloud.ibm.com/status` says whether the service has trouble";
    for host in ["icr.io", "us.icr.io", "iam.cloud.ibm.com", "registry.ng.bluemix.net"] {
        assert_eq!(hints(host), [expected], "{host}");
    }
    for host in ["api.example.com", "noticr.io", "icr.io.example.com"] {
        assert_eq!(hints(host), [""; 0], "{host}");
    }
    let refused = Failure::Refused.verdict(Name::RegistryUnreachable, "icr.io", "the image");
    let expected = "let `icr.io:443` through, or name the proxy: `HTTPS_PROXY=http://HOST:PORT`";
    assert_eq!(refused.hints, [expected]);
}

#[test]
fn what_is_wrong_with_a_connection_is_told_from_its_error() {
    let invalid = |error| Some(of_tls(&TlsError::InvalidCertificate(error)));
    let tls = |what: &str| Some(Failure::Tls(what.to_owned()));
    assert_eq!(invalid(CertificateError::BadSignature), Some(Failure::UnknownIssuer));
    let expired = "the certificate has expired; check the clock of this machine";
    assert_eq!(invalid(CertificateError::Expired), tls(expired));
    let name = "the certificate is for another name";
    assert_eq!(invalid(CertificateError::NotValidForName), tls(name));
    assert_eq!(invalid(CertificateError::Revoked), tls("the certificate is not valid"));
    assert_eq!(Some(of_tls(&TlsError::EncryptError)), tls("the handshake failed"));
    let of_words = |words: &str| known(&io::Error::other(words.to_owned()));
    for words in ["dns error", "failed to lookup address information: x"] {
        assert_eq!(of_words(words), Some(Failure::NoSuchName));
    }
    assert_eq!(known(&io::Error::from(io::ErrorKind::TimedOut)), Some(Failure::ConnectTimedOut));
    assert_eq!(of_words("anything else"), None);
}

#[test]
fn a_hint_has_the_port_and_the_proxy_of_what_was_asked() {
    let hint = |address: &str, failure: Failure| {
        let place = Endpoint::of(address);
        failure.verdict_at(Name::CfUnreachable, &place, "docker support").hints.remove(0)
    };
    for (address, place, proxy) in [
        ("https://api.example.com", "api.example.com:443", "HTTPS_PROXY"),
        ("https://api.example.com:8443/cf", "api.example.com:8443", "HTTPS_PROXY"),
        ("http://api.example.com", "api.example.com:80", "HTTP_PROXY"),
        ("http://[2001:db8::1]:9", "[2001:db8::1]:9", "HTTP_PROXY"),
    ] {
        for failure in [Failure::Refused, Failure::NoSuchName, Failure::ConnectTimedOut] {
            let expected =
                format!("let `{place}` through, or name the proxy: `{proxy}=http://HOST:PORT`");
            assert_eq!(hint(address, failure), expected);
        }
        let through = hint(address, Failure::Proxy(None, ByProxy::Refused));
        assert!(through.starts_with(&format!("let `{place}` through the proxy of `{proxy}`")));
    }
    for here in ["127.0.0.1:9", "[::1]:9", "localhost:9"] {
        let expected = format!("see that something listens at `{here}`");
        assert_eq!(hint(&format!("http://{here}"), Failure::Refused), expected);
    }
    let verdict = Failure::Refused.verdict_at(
        Name::CfUnreachable,
        &Endpoint::of("http://10.0.0.7:8080/"),
        "docker support",
    );
    assert_eq!(verdict.message, "`10.0.0.7:8080` cannot be asked for docker support");
}

#[test]
fn what_came_and_makes_no_sense_is_an_error_of_the_registry() {
    let name = |failure: Failure| failure.verdict(Name::RegistryUnreachable, "h", "x").name;
    assert_eq!(name(Failure::Truncated), Name::RegistryError);
    assert_eq!(name(Failure::TooBig(1)), Name::RegistryError);
    assert_eq!(name(Failure::ServerError(503)), Name::RegistryError);
    assert_eq!(name(Failure::RateLimited(None)), Name::RateLimited);
    assert_eq!(name(Failure::Reset), Name::RegistryUnreachable);
    let iam = Failure::ServerError(503).verdict(Name::IamUnreachable, "h", "x").name;
    assert_eq!(iam, Name::IamUnreachable);
}

#[test]
fn a_variable_that_names_no_proxy_is_told_where_what_goes_straight_there_fails() {
    let ignoring = || Some(Route::Ignoring("https_proxy"));
    let verdict = |failure: Failure| {
        failure.of_route(ignoring).verdict(Name::RegistryUnreachable, "us.icr.io", "the image")
    };
    for failure in [Failure::Refused, Failure::NoSuchName, Failure::ConnectTimedOut] {
        let reason = failure.reason();
        let verdict = verdict(failure);
        let seen = format!(
            "us.icr.io: {reason}, straight there: `https_proxy` names no proxy that makes sense"
        );
        assert_eq!(verdict.seen, [seen]);
        assert!(verdict.hints[0].starts_with("write it as `https_proxy=http://USER:"));
    }
    let answered = Failure::ServerError(503);
    assert_eq!(answered.clone().of_route(ignoring), answered);
}
