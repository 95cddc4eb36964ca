use crate::manifest::{Manifest, Source, Variables};

fn read_with(text: &str, given: &[&str]) -> Result<Manifest, String> {
    let source = Source { name: "manifest.yml".to_owned(), text: text.to_owned() };
    let (variables, _) = Variables::read(&[], given).unwrap();
    Manifest::read(source, &variables).map_err(|error| error.to_string())
}

/// An app with these lines.
fn app(lines: &str) -> String {
    format!("applications:\n- name: web\n  {}\n", lines.replace('\n', "\n  "))
}

/// The warnings about an app with these lines, without the file.
fn warned(lines: &str) -> Vec<String> {
    let warnings = read_with(&app(lines), &[]).unwrap().warnings;
    let line = |line: &String| line.strip_prefix("manifest.yml:").unwrap().to_owned();
    warnings.iter().map(line).collect()
}

/// What cf, or else the Cloud Controller, refuses of an app with these lines: message and place.
fn refused_with(lines: &str, given: &[&str]) -> Option<(String, String)> {
    let said = match read_with(&app(lines), given) {
        Err(said) => said,
        Ok(manifest) => manifest.hold(0, |_| false).err()?.to_string(),
    };
    assert!(said.contains("\nhint: "), "{said}");
    let mut lines = said.lines();
    let (message, place) = (lines.next()?, lines.next()?);
    Some((message.to_owned(), place.trim().strip_prefix("manifest.yml:")?.to_owned()))
}

fn refused(lines: &str) -> Option<(String, String)> {
    refused_with(lines, &[])
}

#[test]
fn a_key_that_nobody_reads_is_named_with_what_to_write() {
    for (lines, expected) in [
        (
            "docker_image: acme/web",
            "3: Cloud Foundry ignores `docker_image` in an app; it belongs into `docker`: `docker: {image: ...}`",
        ),
        (
            "dockerImage: acme/web",
            "3: Cloud Foundry ignores `dockerImage` in an app; it belongs into `docker`: `docker: {image: ...}`",
        ),
        (
            "image: acme/web",
            "3: Cloud Foundry ignores `image` in an app; it belongs into `docker`: `docker: {image: ...}`",
        ),
        (
            "docker-username: iamapikey",
            "3: Cloud Foundry ignores `docker-username` in an app; it belongs into `docker`: `docker: {username: ...}`",
        ),
        ("instnces: 3", "3: Cloud Foundry ignores `instnces` in an app; did you mean `instances`?"),
        ("memroy: 1G", "3: Cloud Foundry ignores `memroy` in an app; did you mean `memory`?"),
        (
            "enviroment: {A: b}",
            "3: Cloud Foundry ignores `enviroment` in an app; did you mean `env`?",
        ),
        ("environment: {A: b}", "3: Cloud Foundry ignores `environment` in an app; write `env`"),
        ("replicas: 3", "3: Cloud Foundry ignores `replicas` in an app; write `instances`"),
        (
            "helth-check-type: http",
            "3: Cloud Foundry ignores `helth-check-type` in an app; did you mean `health-check-type`?",
        ),
        (
            "health-check-timeout: 9",
            "3: Cloud Foundry ignores `health-check-timeout` in an app; write `timeout`",
        ),
        (
            "route: a.test",
            "3: Cloud Foundry ignores `route` in an app; it belongs into `routes`: `routes: [{route: ...}]`",
        ),
        (
            "host: web",
            "3: Cloud Foundry ignores `host` in an app; write `routes: [{route: HOST.DOMAIN}]`",
        ),
        (
            "labels: {a: b}",
            "3: Cloud Foundry ignores `labels` in an app; it belongs into `metadata`: `metadata: {labels: ...}`",
        ),
        ("zebra: 1", "3: Cloud Foundry ignores `zebra` in an app; take it out"),
        (
            "docker:\n  image: acme/web\n  memory: 1G",
            "5: Cloud Foundry ignores `memory` in `docker`; it belongs one level up, in an app",
        ),
        (
            "docker:\n  imge: acme/web",
            "4: Cloud Foundry ignores `imge` in `docker`; did you mean `image`?",
        ),
        (
            "processes:\n- type: web\n  routes: []",
            "5: Cloud Foundry ignores `routes` in an entry of `processes`; it belongs one level up, in an app",
        ),
        (
            "processes:\n- type: web\n  instance: 2",
            "5: Cloud Foundry ignores `instance` in an entry of `processes`; did you mean `instances`?",
        ),
        (
            "routes:\n- route: a.test\n  protocl: http2",
            "5: Cloud Foundry ignores `protocl` in an entry of `routes`; did you mean `protocol`?",
        ),
        (
            "services:\n- name: db\n  param: {}",
            "5: Cloud Foundry ignores `param` in an entry of `services`; did you mean `parameters`?",
        ),
        ("no_route: true", "3: cf does not know `no_route`; write `no-route`"),
    ] {
        assert_eq!(warned(lines), [expected], "{lines}");
        assert_eq!(refused(lines), None, "{lines}");
    }
    let needs_types = "sidecars:\n- {name: a, command: b, process_types: [web], memry: 1}";
    assert!(warned(needs_types)[0].ends_with("did you mean `memory`?"));
}

#[test]
fn nothing_is_said_of_what_is_read() {
    for lines in [
        "docker: {image: acme/web, username: iamapikey}",
        "memory: 1G\ndisk_quota: 2G\ninstances: 3\ntimeout: 60",
        "health_check_type: http\nhealth_check_http_endpoint: /up",
        "readiness-health-check-type: port\nhealth-check-invocation-timeout: 3",
        "log-rate-limit-per-second: -1\nstack: cflinuxfs4\nlifecycle: docker",
        "no-route: true\nuser: vcap\ncnb-credentials: {a: b}\nfeatures: {ssh: true}",
        "env: {A: b, C: 3, D: [1, 2], instnces: 2}",
        "routes:\n- route: a.test\n  protocol: http2\n  options: {loadbalancing: round-robin}",
        "services:\n- db\n- name: cache\n  binding_name: c\n  parameters: {size: 3}",
        "processes:\n- type: web\n  command: run\n  disk-quota: 1G\n  healthCheckType: port",
        "sidecars:\n- name: a\n  command: b\n  process_types: [web]\n  memory: 256",
        "metadata:\n  labels: {anything: x}\n  annotations: {a/b: c}",
        "buildpacks: [a, b]\nrandom-route: true\ncommand: 'true'",
    ] {
        assert_eq!(warned(lines), [""; 0], "{lines}");
        assert_eq!(refused(lines), None, "{lines}");
    }
}

#[test]
fn keys_at_the_top_are_told_from_holders_of_anchors() {
    let warnings = |text: &str| read_with(text, &[]).unwrap().warnings;
    for text in [
        "x-common: {memory: 1G}\napplications: [{name: a}]",
        "defaults: &d\n  memory: 1G\napplications:\n- <<: *d\n  name: a",
        "common: &unused {memory: 1G}\napplications: [{name: a}]",
        "all:\n  small: &s {memory: 1G}\n  large: &l {memory: 2G}\napplications:\n- <<: *s\n  name: a",
        "memory: &m 1G\napplications: [{name: a, memory: *m}]",
        "version: 1\napplications: [{name: a}]",
    ] {
        assert_eq!(warnings(text), [""; 0], "{text}");
    }
    for (key, expected) in [
        ("memory: 1G", "cf ignores `memory` outside of an app; move it into the apps"),
        ("docker: {image: a}", "cf ignores `docker` outside of an app; move it into the apps"),
        (
            "memroy: 1G",
            "cf ignores `memroy` outside of an app; if it was to be `memory`, move it into the apps",
        ),
        ("zebra: 1", "cf ignores `zebra` outside of an app; take it out"),
        ("application: []", "cf ignores `application`; did you mean `applications`?"),
    ] {
        let said = warnings(&format!("{key}\napplications: [{{name: a}}]"));
        assert_eq!(said, [format!("manifest.yml:1: {expected}")], "{key}");
    }
    let none = read_with("aplications:\n- name: a\n", &[]).unwrap_err();
    assert!(none.contains("manifest.yml:1:1"), "{none}");
    assert!(none.contains("did you mean `applications` where `aplications` stands?"), "{none}");
}

#[test]
fn what_an_anchor_brings_is_said_where_it_is_written() {
    let text = "x: &d {instnces: 3}\napplications:\n- <<: *d\n  name: a\n- <<: *d\n  name: b\n";
    let warnings = read_with(text, &[]).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("manifest.yml:1: Cloud Foundry ignores `instnces`"));
}

/// Lines of an app, what is said of them, and where.
const REFUSED: &[(&str, &str, &str)] = &[
    ("instances: two", "`instances` is a text, not a whole number", "3:14"),
    ("instances: '3'", "`instances` is a text, not a whole number", "3:14"),
    ("instances: true", "`instances` is true or false, not a whole number", "3:14"),
    ("instances: -1", "`instances` is below 0", "3:14"),
    ("timeout: 60s", "`timeout` is a text, not a whole number", "3:12"),
    ("memory: 512", "`memory` has no unit", "3:11"),
    ("memory: lots", "`memory` is no number with a unit", "3:11"),
    ("memory: 1 G", "`memory` is no number with a unit", "3:11"),
    ("memory: 512K", "`memory` is less than 1M", "3:11"),
    ("memory: -1G", "`memory` is less than 1M", "3:11"),
    ("memory: [1G]", "`memory` is a list, not a text", "3:11"),
    ("disk_quota: 2048", "`disk_quota` has no unit", "3:15"),
    ("disk-quota: 2X", "`disk-quota` is no number with a unit", "3:15"),
    ("disk-quota: 2G\ndisk_quota: 1G", "`disk_quota` next to `disk-quota`", "4:3"),
    (
        "log-rate-limit-per-second: -2",
        "`log-rate-limit-per-second` is neither a size a second nor -1",
        "3:30",
    ),
    (
        "health-check-type: HTTP",
        "`health-check-type` is none of `port`, `process`, `http`, `none`",
        "3:22",
    ),
    (
        "readiness-health-check-type: none",
        "`readiness-health-check-type` is none of `port`, `process`, `http`",
        "3:32",
    ),
    (
        "health-check-http-endpoint: health",
        "`health-check-http-endpoint` does not begin with `/`",
        "3:31",
    ),
    (
        "health-check-type: port\nhealth-check-http-endpoint: /up",
        "`health-check-http-endpoint` beside another check than `http`",
        "4:3",
    ),
    (
        "health-check-invocation-timeout: 0",
        "`health-check-invocation-timeout` is no whole number of 1 or more",
        "3:36",
    ),
    ("random-route: 'true'", "`random-route` is a text, not true or false", "3:17"),
    ("default-route: 1", "`default-route` is a whole number, not true or false", "3:18"),
    (
        "random-route: true\ndefault-route: true",
        "`random-route` and `default-route` together",
        "3:3",
    ),
    ("stack: [a]", "`stack` is a list, not a text", "3:10"),
    ("lifecycle: {a: b}", "`lifecycle` is a mapping, not a text", "3:14"),
    ("command: true", "`command` is true or false, not a text", "3:12"),
    ("env: [A=b]", "`env` is a list, not a mapping", "3:8"),
    ("env:\n  PORT: 8080", "`PORT` in `env` is kept by Cloud Foundry for itself", "4:5"),
    ("env:\n  VCAP_APP: x", "`VCAP_APP` in `env` is kept by Cloud Foundry for itself", "4:5"),
    ("routes: a.test", "`routes` is a text, not a list", "3:11"),
    ("routes:\n- a.test", "an entry of `routes` is a text, not a mapping", "4:5"),
    ("routes:\n- rout: a.test", "an entry of `routes` without a `route`", "4:5"),
    (
        "routes:\n- {route: a.test, protocol: http3}",
        "`protocol` is none of `http1`, `http2`, `tcp`",
        "4:31",
    ),
    ("services: {db: x}", "`services` is a mapping, not a list", "3:13"),
    ("services: [7]", "an entry of `services` is a whole number, not a text", "3:14"),
    ("services:\n- {parameters: {}}", "an entry of `services` without a `name`", "4:5"),
    ("processes: {web: {}}", "`processes` is a mapping, not a list", "3:14"),
    ("processes: [web]", "an entry of `processes` is a text, not a mapping", "3:15"),
    ("processes:\n- memory: 1G", "an entry of `processes` without a `type`", "4:5"),
    ("processes:\n- type: web\n- type: web", "the process `web` is there twice", "5:11"),
    (
        "processes:\n- type: worker\n  instances: x",
        "`instances` is a text, not a whole number",
        "5:16",
    ),
    ("processes:\n- type: worker\n  memory: 12", "`memory` has no unit", "5:13"),
    (
        "sidecars:\n- {name: a, command: b}",
        "an entry of `sidecars` without a `process_types`",
        "4:5",
    ),
    (
        "sidecars:\n- {name: a, command: b, process_types: web}",
        "`process_types` is a text, not a list",
        "4:42",
    ),
    (
        "sidecars:\n- {name: a, command: b, process_types: [web], memory: x}",
        "`memory` is no number with a unit",
        "4:57",
    ),
    ("metadata: [a]", "`metadata` is a list, not a mapping", "3:13"),
    ("metadata:\n  lables: {a: b}", "`lables` is no key of `metadata`", "4:5"),
    ("metadata:\n  labels: [a]", "`labels` is a list, not a mapping", "4:13"),
    ("buildpacks: go", "`buildpacks` is a text, not a list", "3:15"),
    ("features: {ssh: 'yes'}", "an entry of `features` is not true or false", "3:19"),
    ("docker: acme/web", "`docker` is a text, not a mapping", "3:11"),
];

#[test]
fn what_cf_or_the_cloud_controller_refuses_is_refused_with_its_place() {
    for (lines, message, place) in REFUSED {
        let expected = Some(((*message).to_owned(), (*place).to_owned()));
        assert_eq!(refused(lines), expected, "{lines}");
    }
}

#[test]
fn what_cf_takes_is_never_refused() {
    for lines in [
        "instances: 0",
        "instances: 2.0",
        "instances: 0x2",
        "instances:",
        "timeout: 0",
        "memory:",
        "memory: ''",
        "memory: 1.5G",
        "memory: 1GiB",
        "memory: 512mb",
        "disk_quota: 1t",
        "log-rate-limit-per-second: 0",
        "log-rate-limit-per-second: 16KB",
        "health-check-type: none",
        "health-check-type: ''",
        "health-check-invocation-timeout: '3'",
        "env:",
        "env: {1: a, true: b, PORTS: c}",
        "docker:",
        "name: 7\npath: 8",
        "routes: []",
        "processes: []",
        "random-route: no",
        "command:",
        "stack: 4",
        "no-route: yes",
        // The web process has them, so nobody looks.
        "timeout: -1\nhealth-check-type: x\nprocesses:\n- type: web",
    ] {
        assert_eq!(refused(lines), None, "{lines}");
    }
    let lines = "instances: ((count))\nmemory: ((size))M\nno-route: ((flag))";
    let given = ["count=2", "size=512", "flag=true"];
    assert_eq!(refused_with(lines, &given), None);
    let quoted = ["count=\"2\"", "size=512", "flag=true"];
    let (message, place) = refused_with(lines, &quoted).unwrap();
    assert_eq!(
        (message.as_str(), place.as_str()),
        ("`instances` is a text, not a whole number", "3:14")
    );
}

#[test]
fn what_the_cloud_controller_judges_concerns_the_apps_that_are_pushed() {
    let text = "applications:\n- name: a\n- name: b\n  memory: lots\n  instances: -1\n";
    let manifest = read_with(text, &[]).unwrap();
    manifest.hold(0, |_| false).unwrap();
    let first = manifest.hold(1, |_| false).unwrap_err().to_string();
    assert!(first.starts_with("`memory` is no number"), "{first}");
    // A flag goes in place of it.
    let second = manifest.hold(1, |flag| flag == "memory").unwrap_err().to_string();
    assert!(second.starts_with("`instances` is below 0"), "{second}");
    manifest.hold(1, |flag| ["memory", "instances"].contains(&flag)).unwrap();
    // cf reads all of them.
    assert!(read_with("applications:\n- name: a\n- name: b\n  instances: two\n", &[]).is_err());
}
