use serde_json::Value;

use super::rule::{Meaning, has};
use super::{ALL, CheckState, Diagnosis, Subject, of};
use crate::request::Advice;

fn subject(advice: &Advice) -> Subject<'_> {
    Subject {
        app: Some("my app"),
        image: "us.icr.io/acme/web:1",
        whose: super::Whose::Icr,
        login: super::Login::Key,
        host: "us.icr.io",
        namespace: "acme",
        cf: String::new(),
        platform: std::borrow::Cow::Borrowed("linux/amd64"),
        advice,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn diagnosed(text: &str, checked: CheckState) -> Option<Diagnosis> {
    of(&subject(&Advice::default()), &lines(text), &[], checked)
}

fn name(text: &str) -> Option<&'static str> {
    diagnosed(text, CheckState::NotRun).map(|diagnosis| diagnosis.name)
}

/// Lines as they are printed, with the name of what they mean. Each phrase of the tables is in
/// one of them.
const SAMPLES: &[(&str, &str)] = &[
    ("No API endpoint set. Use 'cf login' or 'cf api' to target an endpoint.", "cf-no-api"),
    ("Not logged in. Use 'cf login' or 'cf login --sso' to log in.", "cf-not-logged-in"),
    ("Authentication has expired.  Please log back in to re-authenticate.", "cf-token-expired"),
    ("The token expired, was revoked, or the token ID is incorrect.", "cf-token-expired"),
    ("No org or space targeted, use 'cf target -o ORG -s SPACE' to target.", "cf-no-space"),
    ("No org targeted, use 'cf target -o ORG' to target an org.", "cf-no-space"),
    ("No space targeted, use 'cf target -s SPACE' to target a space.", "cf-no-space"),
    ("For application 'web': Feature Disabled: diego_docker", "docker-disabled"),
    ("Server error, status code: 403, error code: 330002, CF-FeatureDisabled", "docker-disabled"),
    ("Docker support has not been enabled.", "docker-disabled"),
    (
        "For application 'web': Docker cannot be configured for a buildpack lifecycle app.",
        "wrong-lifecycle",
    ),
    ("You are not authorized to perform the requested action", "space-role"),
    (
        "You have exceeded your organization's memory limit: app requested more memory than available",
        "memory-quota",
    ),
    ("You have exceeded your space's memory limit: app requested more memory", "memory-quota"),
    ("You have exceeded the instance memory limit for your space's quota.", "memory-quota"),
    ("For application 'web': memory quota_exceeded", "memory-quota"),
    (
        "memory space_quota_exceeded, app_instance_limit space_app_instance_limit_exceeded",
        "memory-quota",
    ),
    ("memory space_instance_memory_limit_exceeded", "memory-quota"),
    ("memory_in_mb exceeds organization memory quota", "memory-quota"),
    ("memory_in_mb exceeds space memory quota", "memory-quota"),
    ("You have exceeded the instance limit for your organization's quota.", "platform-quota"),
    ("app_instance_limit app_instance_limit_exceeded", "platform-quota"),
    ("You have exceeded the total routes for your space's quota.", "platform-quota"),
    ("Routes quota exceeded for space 'prod'.", "platform-quota"),
    ("You have exceeded the total reserved route ports for your space's quota.", "platform-quota"),
    ("You have exceeded your space's log rate limit: x", "platform-quota"),
    ("log_rate_limit exceeds organization log rate quota", "platform-quota"),
    (
        "For application 'web': disk_in_mb too much disk requested (requested 5120 MB - must be less than 2048 MB)",
        "platform-limit",
    ),
    ("For application 'web': Process \"web\": Maximum exceeded: max 180s", "platform-limit"),
    (
        "Cannot stage: organization's memory limit exceeded: staging requires 1024M memory",
        "memory-quota",
    ),
    ("space's memory limit exceeded: x", "memory-quota"),
    ("The current quota may not be large enough to support rolling deployments", "memory-quota"),
    ("InsufficientResources - insufficient resources: disk", "no-capacity"),
    ("InsufficientResources - insufficient resources: memory", "no-capacity"),
    ("CellCommunicationError - Unable to communicate to compatible cells", "no-capacity"),
    ("Stager is unavailable: connection refused", "no-capacity"),
    ("Runner is unavailable: timed out", "no-capacity"),
    ("Only one build can be STAGING at a time per application.", "staging-in-progress"),
    (
        "No Docker password was provided. Please provide the password by setting the CF_DOCKER_PASSWORD environment variable.",
        "password-missing",
    ),
    (
        "2026 [CELL/0] ERR Cell 1 failed to create container for instance 2: running image plugin create: making image: creating image: applying disk limits: disk limit is smaller than volume size",
        "disk-quota",
    ),
    (
        "2026 [CELL/0] ERR running image plugin create: pulling the image: layers exceed disk quota 316734553/209715200 bytes",
        "disk-quota",
    ),
    ("2026 [APP/PROC/WEB/0] ERR write /tmp/x: disk quota exceeded", "disk-quota"),
    ("2026 [APP/PROC/WEB/0] ERR fork/exec /app/run: permission denied", "bad-executable"),
    ("runc run failed: exec: \"/app/run\": permission denied", "bad-executable"),
    ("runc run failed: exec: \"serve\": executable file not found in $PATH", "command-missing"),
    ("runc run failed: unable to find user web", "user-missing"),
    ("unable to find user web: no matching entries in passwd file", "user-missing"),
    (
        "2026 [HEALTH/0] ERR Failed to make HTTP request to '/up' on port 8080: received status code 404 in 3ms",
        "unhealthy",
    ),
    (
        "2026 [HEALTH/0] ERR Failed to make HTTP request to '/up' on port 8080: timed out after 1.00 seconds",
        "unhealthy",
    ),
    (
        "2026 [HEALTH/0] ERR Failed to make TCP connection to port 8080: connection refused",
        "unhealthy",
    ),
    ("Instance became unhealthy: Liveness check unsuccessful", "unhealthy"),
    ("2026 [API/0] OUT App instance exited: Exited with status 137", "out-of-memory"),
    (
        "pinging container registry us.icr.io: dial tcp 1.2.3.4:443: connect: connection refused",
        "registry-unreachable",
    ),
    ("dial tcp 1.2.3.4:443: connect: no route to host", "registry-unreachable"),
    ("dial tcp 1.2.3.4:443: connect: network is unreachable", "registry-unreachable"),
    ("lookup us.icr.io on 10.0.0.2:53: server misbehaving", "registry-unreachable"),
    ("lookup us.icr.io: Temporary failure in name resolution", "registry-unreachable"),
    ("http: server gave HTTP response to HTTPS client", "registry-unreachable"),
    ("reading blob sha256:0: blob unknown to registry", "image-fetch"),
    ("BLOB_UNKNOWN", "image-fetch"),
    (
        "running image plugin create: pulling the image: fetching list of layer infos: x",
        "image-fetch",
    ),
    ("fetching image reference: x", "image-fetch"),
    ("Initializing source docker://us.icr.io/acme/web:1: x", "image-fetch"),
    ("InsufficientResources - Insufficient resources", "no-capacity"),
    (
        "One or more instances could not be started because of insufficient running resources.",
        "no-capacity",
    ),
    ("NoCompatibleCell - Found no compatible cell", "no-capacity"),
    ("Docker URI [https://us.icr.io/acme/web] should not contain scheme", "docker-uri"),
    ("Invalid image name [Acme/Web]", "docker-uri"),
    ("Invalid image tag [?]", "docker-uri"),
    ("CF-InvalidDockerURI", "docker-uri"),
    ("Incorrect Usage: invalid docker reference: invalid reference format", "docker-uri"),
    (
        "StagingError - Staging error: staging failed: Docker references with both a tag and digest are currently not supported",
        "tag-and-digest",
    ),
    ("Environment variable CF_DOCKER_PASSWORD not set.", "password-missing"),
    ("docker_password can be up to 5,000 characters", "password-too-long"),
    (
        "Image \"x\" is configured to run as the root user. That is insecure on Kubernetes",
        "runs-as-root",
    ),
    (
        "Request error: Get \"https://api.cf.test\": read: connection reset by peer",
        "cf-unreachable",
    ),
    ("Error staging application web: timed out after 15 minute(s)", "staging-timeout"),
    ("StagingTimeExpired - Staging time expired: staging failed", "staging-timeout"),
    (
        "denied: Private-only access is enabled on this account, but this request was over the public network.",
        "private-only",
    ),
    ("You must access this account over the private network", "private-only"),
    (
        "denied: Your account has exceeded its pull traffic quota for the current month.",
        "quota-exceeded",
    ),
    ("Your account has exceeded its image storage quota for the current month.", "quota-exceeded"),
    (
        "manifest unknown: OCI index found, but Accept header does not support OCI indexes",
        "index-on-old-platform",
    ),
    ("Treating manifest lists as individual manifests is not implemented", "index-on-old-platform"),
    ("manifest unknown: Manifest.list is not supported.", "index-on-old-platform"),
    ("an image index of the OCI is not supported", "index-on-old-platform"),
    (
        "unsupported media type application/vnd.docker.distribution.manifest.list.v2+json",
        "index-on-old-platform",
    ),
    ("unsupported MIME type application/vnd.oci.image.index.v1+json", "index-on-old-platform"),
    (
        "Unimplemented manifest MIME type application/vnd.docker.distribution.manifest.list.v2+json",
        "index-on-old-platform",
    ),
    (
        "Unimplemented manifest MIME type application/vnd.oci.image.index.v1+json",
        "index-on-old-platform",
    ),
    (
        "manifest unknown: OCI manifest found, but accept header does not support OCI manifests",
        "oci-on-old-platform",
    ),
    (
        "choosing image instance: no image found in image index for architecture \"amd64\"",
        "platform-missing",
    ),
    ("no image found in manifest list for architecture amd64, OS linux", "platform-missing"),
    (
        "UNSUPPORTED: The requested authentication method is not supported. Run the `bx cr login` command.",
        "wrong-username",
    ),
    ("pinging container registry: 407 Proxy Authentication Required", "registry-unreachable"),
    ("toomanyrequests: slow down", "rate-limited"),
    ("Requesting bearer token: 429 (Too Many Requests)", "rate-limited"),
    ("Requesting bearer token: invalid status code from registry 400 (Bad Request)", "key-invalid"),
    ("unable to retrieve auth token: invalid username/password: unauthorized: x", "key-invalid"),
    (
        "The login credentials are not valid, or your IBM Cloud account is not active.",
        "key-invalid",
    ),
    (
        "unauthorized: Authorization required. See https://cloud.ibm.com/docs/Registry?topic=Registry-troubleshoot-auth-req",
        "key-invalid",
    ),
    ("unauthorized: authentication required", "key-invalid"),
    ("You were not authorized to complete this operation.", "key-invalid"),
    ("CRG0014E An error occurred when authenticating your request with IBM Cloud.", "key-invalid"),
    ("denied: You are not authorized to access the specified resource.", "no-access"),
    ("denied: insufficient scope", "no-access"),
    ("error=\"insufficient_scope\"", "no-access"),
    ("requested access to the resource is denied", "no-access"),
    ("reading manifest 1 in us.icr.io/acme/web: manifest unknown", "tag-missing"),
    ("MANIFEST_UNKNOWN", "tag-missing"),
    ("name unknown: repository name not known to registry", "repository-missing"),
    ("NAME_UNKNOWN", "repository-missing"),
    ("reading manifest 1 in us.icr.io/acme/web: unauthorized: some words", "key-invalid"),
    ("Status code 401 Unauthorized", "key-invalid"),
    ("received unexpected HTTP status: 401 (Unauthorized)", "key-invalid"),
    ("Requesting bearer token: invalid status code from registry 401", "key-invalid"),
    ("reading manifest 1 in us.icr.io/acme/web: denied: some words", "no-access"),
    ("Status code 403 Forbidden", "no-access"),
    ("received unexpected HTTP status: 403 (Forbidden)", "no-access"),
    ("Requesting bearer token: invalid status code from registry 403", "no-access"),
    ("Requesting bearer token: invalid status code from registry 502", "registry-error"),
    ("received unexpected HTTP status: 503 Service Unavailable", "registry-error"),
    ("read tcp 10.0.0.1:443: read: connection reset by peer", "registry-unreachable"),
    ("lookup us.icr.io: no such host", "registry-unreachable"),
    ("dial tcp 169.60.98.10:443: i/o timeout", "registry-unreachable"),
    ("net/http: TLS handshake timeout", "registry-unreachable"),
    ("Get \"https://us.icr.io/v2/\": context deadline exceeded", "registry-unreachable"),
    ("x509: certificate signed by unknown authority", "registry-unreachable"),
    (
        "failed to fetch metadata from [acme/web] with tag [1] and insecure registries [] due to x",
        "image-fetch",
    ),
    ("Failed getting docker image manifest by tag: x  Going to retry attempt: 1", "image-fetch"),
    ("Failed getting docker image config by tag: x  Going to retry attempt: 1", "image-fetch"),
    ("Failed to fetch image \"us.icr.io/acme/web:1\"", "image-fetch"),
    ("ERR No start command found or specified", "no-start-command"),
    ("Runner error: No tcp ports found in image metadata", "no-tcp-port"),
    ("uncompressed layer size exceeds quota", "disk-quota"),
    ("failed to exec: exec format error", "platform-missing"),
    (
        "\"exit_description\"=>\"Instance never healthy after 1m0s: Failed to make TCP connection to port 8080: connection refused\"",
        "unhealthy",
    ),
    ("Timed out after 1m0s: health check never passed.", "unhealthy"),
    ("Exited with status 137 (out of memory)", "out-of-memory"),
    ("Start app timeout", "start-timeout"),
    ("Start unsuccessful", "start-unsuccessful"),
];

#[test]
fn every_sample_means_what_it_should() {
    for (line, expected) in SAMPLES {
        assert_eq!(name(line), Some(*expected), "{line}");
        let upper = line.to_ascii_uppercase();
        assert_eq!(name(&upper), Some(*expected), "{upper}");
    }
}

#[test]
fn every_phrase_of_the_tables_is_in_a_sample_and_is_not_shadowed_by_another() {
    for rule in ALL.iter().flat_map(|table| table.iter()) {
        let names = match rule.meaning {
            Meaning::One(answer) => vec![answer.name],
            Meaning::ByChecks { not_run, passed, keyless } => {
                [not_run, passed].into_iter().chain(keyless).map(|cause| cause.name).collect()
            }
            Meaning::ByReference { tag, digest } => vec![tag.name, digest.name],
        };
        for phrase in rule.phrases {
            assert_eq!(*phrase, phrase.to_ascii_lowercase(), "lines are in lower case");
            let of_it = |(line, expected): &&(&str, &str)| {
                has(&line.to_ascii_lowercase(), phrase) && names.contains(expected)
            };
            assert!(SAMPLES.iter().any(|sample| of_it(&sample)), "no sample of `{phrase}`");
            let bare = phrase.replace('*', " ");
            let found = name(&bare).unwrap_or_default();
            assert!(names.contains(&found), "`{phrase}` is `{found}`, not one of {names:?}");
        }
    }
}

/// What describes an exchange, and is not printed by anybody.
const NOT_PRINTED: [&str; 1] = ["HTTP 400 on /oauth/token"];

#[test]
fn every_pattern_of_the_recorded_errors_is_recognised() {
    let data: Value =
        serde_json::from_str(include_str!("../../../fixtures/icr-errors.json")).unwrap();
    let mut patterns = 0;
    for error in data["errors"].as_array().unwrap() {
        for pattern in error["match"].as_array().unwrap() {
            let pattern = pattern.as_str().unwrap();
            if !NOT_PRINTED.contains(&pattern) {
                assert!(name(pattern).is_some(), "{}: {pattern}", error["id"]);
                patterns += 1;
            }
        }
    }
    assert!(patterns > 30, "{patterns}");
}

#[test]
fn a_refusal_of_what_was_fine_here_is_about_the_platforms_addresses() {
    for line in [
        "Requesting bearer token: invalid status code from registry 400 (Bad Request)",
        "Requesting bearer token: invalid status code from registry 401 (Unauthorized)",
        "denied: You are not authorized to access the specified resource.",
        "denied: insufficient scope",
        "Status code 403 Forbidden",
    ] {
        let diagnosis = diagnosed(line, CheckState::Passed).unwrap();
        assert_eq!(diagnosis.name, "ip-restricted", "{line}");
        assert!(diagnosis.message.contains("works from here"), "{diagnosis:?}");
    }
    let quota = "denied: Your account has exceeded its pull traffic quota for the current month.";
    assert_eq!(diagnosed(quota, CheckState::Passed).unwrap().name, "quota-exceeded");
    let fetch = |checked| diagnosed("Failed to fetch image \"x\"", checked).unwrap().message;
    assert_ne!(fetch(CheckState::Passed), fetch(CheckState::NotRun));
}

#[test]
fn what_says_more_wins_and_of_several_that_say_as_much_the_last() {
    let text = "Failed getting docker image manifest by tag: connection reset
denied: insufficient scope
manifest unknown
StagingError - Staging error: staging failed: unauthorized: authentication required
Start unsuccessful";
    assert_eq!(name(text), Some("key-invalid"));
    assert_eq!(
        name(
            "manifest unknown: OCI index found, but Accept header does not support OCI indexes\nmanifest unknown"
        ),
        Some("index-on-old-platform")
    );
    assert_eq!(name("Start unsuccessful\n401 Unauthorized"), Some("key-invalid"));
    assert_eq!(name("401 Unauthorized\nStart unsuccessful"), Some("key-invalid"));
}

#[test]
fn words_of_the_app_its_proxies_the_trace_and_the_log_cache_prove_nothing() {
    for line in [
        "   2026-01-01T00:00:00.00+0000 [APP/PROC/WEB/0] OUT GET /x 403 Forbidden",
        "   2026-01-01T00:00:00.00+0000 [APP/PROC/WEB/0] ERR redis: connection reset by peer",
        "   2026-01-01T00:00:00.00+0000 [RTR/3] OUT web.cf.test \"GET / HTTP/1.1\" 401 Unauthorized",
        "   2026-01-01T00:00:00.00+0000 [PROXY/0] ERR no such host",
        "HTTP/1.1 401 Unauthorized",
        "Failed to retrieve logs from Log Cache: 403 Forbidden",
        "Get \"https://log-cache.cf.test\": lookup log-cache.cf.test: no such host",
        "Using docker repository password from environment variable CF_DOCKER_PASSWORD.",
        "StagingError - Staging error: staging failed",
        "FAILED",
        "",
    ] {
        assert_eq!(name(line), None, "{line}");
    }
    let launcher =
        "   2026-01-01T00:00:00.00+0000 [APP/PROC/WEB/0] ERR No start command found or specified";
    assert_eq!(name(launcher), Some("no-start-command"));
}

#[test]
fn colours_do_not_hide_a_phrase() {
    let line = "For application '\u{1b}[1mweb\u{1b}[0m': Feature \u{1b}[31mDisabled:\u{1b}[0m diego_docker";
    assert_eq!(name(line), Some("docker-disabled"));
}

#[test]
fn the_log_counts_where_cf_itself_does_not_say_why() {
    let logged = |cf: &str, log: &str| {
        of(&subject(&Advice::default()), &lines(cf), &lines(log), CheckState::NotRun)
            .map(|diagnosis| diagnosis.name)
    };
    let log = "2026 [API/0] OUT x\n2026 [APP/PROC/WEB] ERR No start command found or specified";
    assert_eq!(logged("Start unsuccessful", log), Some("no-start-command"));
    assert_eq!(logged("StagingError - no", log), Some("no-start-command"));
    assert_eq!(logged("denied: insufficient scope", log), Some("no-access"));
    assert_eq!(logged("Start unsuccessful", "nothing known"), Some("start-unsuccessful"));
    assert_eq!(logged("StagingError - no", "Not logged in. Use 'cf login' to log in."), None);
    let old = format!("{log}\n   2026 [API/0] OUT Creating build for app with guid x\nfine");
    assert_eq!(logged("Start unsuccessful", &old), Some("start-unsuccessful"));
}

#[test]
fn hints_name_what_was_pushed() {
    let advice = Advice::default();
    let subject = Subject { cf: "ibmcloud cf".to_owned(), ..subject(&advice) };
    let of = |subject: &Subject<'_>, line: &str| {
        of(subject, &lines(line), &[], CheckState::NotRun).unwrap()
    };
    let crashed = of(&subject, "Start unsuccessful");
    assert_eq!(crashed.hints[0], "`ibmcloud cf logs 'my app' --recent` has its last words");
    assert!(crashed.hints[1].ends_with(" us.icr.io/acme/web:1`"), "{crashed:?}");
    let by_digest = Subject { image: "us.icr.io/acme/web@sha256:0", app: None, ..subject };
    let missing = of(&by_digest, "manifest unknown");
    assert_eq!(missing.name, "digest-missing");
    assert_eq!(of(&by_digest, "Start unsuccessful").hints[0].matches("logs APP ").count(), 1);
    for (line, _) in SAMPLES {
        let Diagnosis { message, hints, .. } = of(&by_digest, line);
        assert!(!message.ends_with('.') && !hints.is_empty(), "{line}");
        for text in hints.iter().chain([&message]) {
            assert!(!text.contains(['{', '}']) && text.matches('`').count() % 2 == 0, "{text}");
        }
    }
}

#[test]
fn the_documents_list_every_name() {
    let page = include_str!("../../../docs/exit-codes.md");
    for (_, name) in SAMPLES {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    for name in ["ip-restricted", "digest-missing", "bad-executable"] {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

/// What a push that was typed so is told after these lines.
fn hints_of(typed: &str, text: &str, checked: CheckState) -> Vec<String> {
    let advice = crate::request::tests::advice(typed);
    of(&subject(&advice), &lines(text), &[], checked).unwrap().hints
}

const FULL: &str = "disk limit is smaller than volume size";
const TOO_MUCH: &str = "too much disk requested (requested 5120 MB - must be less than 2048 MB)";

#[test]
fn a_hint_is_the_line_that_was_typed_with_what_mends_it() {
    let hints = |typed: &str, text: &str| hints_of(typed, text, CheckState::Passed);
    let first = |typed: &str, text: &str| hints(typed, text).remove(0);
    assert_eq!(
        first("web -o acme/web --strategy rolling", FULL),
        "give it more: `icr-cf push web -o acme/web --strategy rolling -k 2G`"
    );
    assert_eq!(
        first("web -o acme/web -k 3G", FULL),
        "give it more: `icr-cf push web -o acme/web -k 6G`"
    );
    let oom = "Exited with status 137 (out of memory)";
    assert_eq!(first("web -m 64M", oom), "give it more: `icr-cf push web -m 512M`");
    assert_eq!(first("web -m 2G", oom), "give it more: `icr-cf push web -m 4G`");
    let quota = "memory quota_exceeded";
    assert_eq!(first("web -m 4G", quota), "ask for less: `icr-cf push web -m 256M`");
    assert_eq!(first("web -m 128M", quota), "ask for less: `icr-cf push web -m 64M`");
    assert!(hints("web -i 3", quota)[1].ends_with("`icr-cf push web -i 1`"));
    assert!(!hints("web -i 1", quota).iter().any(|hint| hint.contains("fewer")));
    let slow = "Start app timeout";
    assert!(hints("web -t 60", slow)[1].ends_with("`icr-cf push web -t 180`"));
    assert!(!hints("web -t 180", slow).iter().any(|hint| hint.contains("-t ")));
    let layers = "layers exceed disk quota 2716734553/2147483648 bytes";
    assert_eq!(first("web -k 2G", layers), "give it more: `icr-cf push web -k 6G`");
}

#[test]
fn no_hint_goes_beyond_a_limit_that_stands_in_the_same_output() {
    let hints = |typed: &str, text: &str| hints_of(typed, text, CheckState::Passed).join("\n");
    assert!(hints("web -k 5G", TOO_MUCH).contains("`icr-cf push web -k 2G`"));
    // The app has the most already.
    for limit in ["disk quota of 2G", "a maximum of 2048 MB of disk", "disk: at most 2g"] {
        let said = hints("web -k 2G", &format!("{limit}\n{FULL}"));
        assert!(
            !said.contains("-k ") && said.contains("make the image smaller"),
            "{limit}: {said}"
        );
        let said = hints("web -k 1536M", &format!("{limit}\n{FULL}"));
        assert!(said.contains("`icr-cf push web -k 2G`"), "{limit}: {said}");
    }
    // It would not do.
    let layers = "layers exceed disk quota 3716734553/2147483648 bytes";
    assert!(!hints("web", &format!("disk limit is 2G\n{layers}")).contains("-k "));
    let said = hints("web", "memory limit of 1536M\nExited with status 137 (out of memory)");
    assert!(said.contains("`icr-cf push web -m 1536M`"), "{said}");
    let slow = "Maximum exceeded: max 60s";
    assert!(hints("web -t 90", slow).contains("`icr-cf push web -t 60`"));
    let both = hints("web", &format!("{slow}\nStart app timeout"));
    assert!(both.contains("-t 60") && !both.contains("-t 180"), "{both}");
}

#[test]
fn a_program_that_cannot_be_run_is_not_the_platforms_fault_where_the_check_saw_the_right_one() {
    let line = "2026 [APP/PROC/WEB/0] ERR exec /app/run: exec format error";
    let of = |checked| diagnosed(line, checked).unwrap();
    assert_eq!(of(CheckState::NotRun).name, "platform-missing");
    let passed = of(CheckState::Passed);
    assert_eq!(passed.name, "bad-executable");
    assert!(passed.hints[0].contains("#!/bin/sh"), "{passed:?}");
}

#[test]
fn what_is_pushed_without_a_key_is_not_told_about_one_but_how_to_use_it() {
    let advice = crate::request::tests::advice("web -o us.icr.io/acme/web:1 --no-key");
    let keyless = Subject { login: super::Login::None, ..subject(&advice) };
    for line in ["unauthorized: authentication required", "denied: insufficient scope"] {
        let told = of(&keyless, &lines(line), &[], CheckState::NotRun).unwrap();
        assert_eq!(told.name, "no-access", "{line}");
        assert_eq!(
            told.hints[0],
            "push it with the key: `icr-cf push web -o us.icr.io/acme/web:1`"
        );
    }
    let advice = crate::request::tests::advice("web -o icr.io/acme/web:1");
    let public = Subject { login: super::Login::None, ..subject(&advice) };
    let told = of(&public, &lines("failed to fetch image"), &[], CheckState::Passed).unwrap();
    assert_eq!(told.name, "image-fetch");
    assert!(told.hints[0].ends_with(" --docker-username iamapikey`"), "{told:?}");
}
