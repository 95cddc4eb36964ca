//! The keys of a manifest, level by level, with what each may hold: the one table by which keys are
//! known and values are held. A table and look-ups; walks nothing.
//!
//! What cf types itself is in util/manifestparser of cf 8 (application.go, process.go); all else is
//! judged by the Cloud Controller (`app/messages/app_manifest_message.rb` and the messages it uses,
//! `lib/cloud_controller/app_manifest`). Of a key that it does not know it says nothing.

/// What a key may hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Whatever it is: nobody types it, or releases differ.
    Any,
    /// cf holds it as text; a number will do.
    Text,
    /// A text, and nothing that YAML reads as something else.
    Word,
    /// True or false.
    Flag,
    /// A whole number from 0 on, as YAML has it.
    Count,
    /// A whole number from 1 on, also as a text.
    Whole,
    /// A number and a unit.
    Size,
    /// The same, or a number of megabytes.
    Megabytes,
    /// A size a second, or -1 for no limit.
    Rate,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// The path of an URL.
    UrlPath,
    /// A list of texts.
    Words,
    /// The environment of an app.
    Variables,
    /// Names, each with anything.
    Pairs,
    /// Names, each with true or false.
    Flags,
    /// A mapping of this level.
    Map(&'static SchemaLevel),
    /// A list of mappings of this level.
    List(&'static SchemaLevel),
    /// A list of mappings of this level or texts.
    WordsOr(&'static SchemaLevel),
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// Who refuses what it may not hold.
    pub(super) by: By,
    /// The flag of cf, in full, that goes in place of it.
    pub(super) flag: Option<&'static str>,
}

/// Who refuses a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// cf, whichever app is pushed.
    Cf,
    /// The Cloud Controller, where the app is pushed.
    Controller,
}

/// How keys of a level may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// `-` and `_` are one, and so are `aB` and `a_b`.
    Loose,
    Exact,
}

/// What becomes of other keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherKeys {
    Ignored,
    Refused,
}

/// The keys of one kind of mapping.
#[derive(Debug)]
pub(super) struct SchemaLevel {
    /// In messages: `an app`.
    pub(super) what: &'static str,
    /// How one may begin, for a hint.
    pub(super) example: &'static str,
    pub(super) keys: &'static [Key],
    /// Keys without which it is refused.
    pub(super) needs: &'static [&'static str],
    pub(super) spelling: Spelling,
    pub(super) others: OtherKeys,
}

const fn typed(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, by: By::Cf, flag: None }
}

const fn judged(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, by: By::Controller, flag: None }
}

impl Key {
    const fn or(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

const CHECKS: &[&str] = &["port", "process", "http", "none"];
const READINESS_CHECKS: &[&str] = &["port", "process", "http"];
const PROTOCOLS: &[&str] = &["http1", "http2", "tcp"];

/// An entry of `applications`.
pub(super) static APP: SchemaLevel = SchemaLevel {
    what: "an app",
    example: "name: APP",
    keys: &[
        typed("name", Shape::Text),
        typed("docker", Shape::Map(&DOCKER)),
        typed("path", Shape::Text),
        typed("memory", Shape::Size).or("memory"),
        typed("disk_quota", Shape::Size).or("disk"),
        typed("disk-quota", Shape::Size).or("disk"),
        typed("instances", Shape::Count).or("instances"),
        typed("timeout", Shape::Count).or("app-start-timeout"),
        typed("health-check-type", Shape::OneOf(CHECKS)).or("health-check-type"),
        typed("health-check-http-endpoint", Shape::UrlPath).or("endpoint"),
        judged("health-check-invocation-timeout", Shape::Whole),
        judged("health-check-interval", Shape::Whole),
        judged("readiness-health-check-type", Shape::OneOf(READINESS_CHECKS)),
        judged("readiness-health-check-http-endpoint", Shape::UrlPath),
        judged("readiness-health-check-invocation-timeout", Shape::Whole),
        judged("readiness-health-check-interval", Shape::Whole),
        typed("log-rate-limit-per-second", Shape::Rate).or("log-rate-limit"),
        typed("no-route", Shape::Flag),
        typed("random-route", Shape::Flag),
        typed("default-route", Shape::Flag),
        typed("stack", Shape::Text).or("stack"),
        typed("lifecycle", Shape::Text).or("lifecycle"),
        typed("processes", Shape::List(&PROCESS)),
        judged("command", Shape::Word).or("start-command"),
        judged("buildpack", Shape::Any),
        judged("buildpacks", Shape::Words).or("buildpack"),
        judged("env", Shape::Variables),
        judged("routes", Shape::List(&ROUTE)),
        judged("services", Shape::WordsOr(&SERVICE)),
        judged("sidecars", Shape::List(&SIDECAR)),
        judged("metadata", Shape::Map(&METADATA)),
        judged("features", Shape::Flags),
        judged("cnb-credentials", Shape::Any),
        judged("user", Shape::Any),
    ],
    needs: &[],
    spelling: Spelling::Loose,
    others: OtherKeys::Ignored,
};

static DOCKER: SchemaLevel = SchemaLevel {
    what: "`docker`",
    example: "image: IMAGE",
    keys: &[typed("image", Shape::Text), typed("username", Shape::Text)],
    needs: &[],
    spelling: Spelling::Exact,
    others: OtherKeys::Ignored,
};

/// An entry of `processes`.
pub(super) static PROCESS: SchemaLevel = SchemaLevel {
    what: "an entry of `processes`",
    example: "type: web",
    keys: &[
        typed("type", Shape::Text),
        typed("memory", Shape::Size),
        typed("disk_quota", Shape::Size),
        typed("disk-quota", Shape::Size),
        typed("instances", Shape::Count),
        typed("timeout", Shape::Count),
        typed("health-check-type", Shape::OneOf(CHECKS)),
        typed("health-check-http-endpoint", Shape::UrlPath),
        judged("health-check-invocation-timeout", Shape::Whole),
        judged("health-check-interval", Shape::Whole),
        judged("readiness-health-check-type", Shape::OneOf(READINESS_CHECKS)),
        judged("readiness-health-check-http-endpoint", Shape::UrlPath),
        judged("readiness-health-check-invocation-timeout", Shape::Whole),
        judged("readiness-health-check-interval", Shape::Whole),
        typed("log-rate-limit-per-second", Shape::Rate),
        judged("command", Shape::Word),
        judged("user", Shape::Any),
    ],
    needs: &["type"],
    spelling: Spelling::Loose,
    others: OtherKeys::Ignored,
};

static ROUTE: SchemaLevel = SchemaLevel {
    what: "an entry of `routes`",
    example: "route: HOST.DOMAIN",
    keys: &[
        judged("route", Shape::Word),
        judged("protocol", Shape::OneOf(PROTOCOLS)),
        judged("options", Shape::Pairs),
    ],
    needs: &["route"],
    spelling: Spelling::Exact,
    others: OtherKeys::Ignored,
};

static SERVICE: SchemaLevel = SchemaLevel {
    what: "an entry of `services`",
    example: "name: SERVICE",
    keys: &[
        judged("name", Shape::Word),
        judged("binding_name", Shape::Any),
        judged("parameters", Shape::Any),
    ],
    needs: &["name"],
    spelling: Spelling::Exact,
    others: OtherKeys::Ignored,
};

static SIDECAR: SchemaLevel = SchemaLevel {
    what: "an entry of `sidecars`",
    example: "{name: NAME, command: COMMAND, process_types: [web]}",
    keys: &[
        judged("name", Shape::Word),
        judged("command", Shape::Word),
        judged("process_types", Shape::Words),
        judged("memory", Shape::Megabytes),
    ],
    needs: &["name", "command", "process_types"],
    spelling: Spelling::Exact,
    others: OtherKeys::Ignored,
};

static METADATA: SchemaLevel = SchemaLevel {
    what: "`metadata`",
    example: "labels: {NAME: VALUE}",
    keys: &[judged("labels", Shape::Pairs), judged("annotations", Shape::Pairs)],
    needs: &[],
    spelling: Spelling::Exact,
    others: OtherKeys::Refused,
};

/// Words by which other tools, or older releases of cf, call something.
const BY_OTHER_NAMES: &[(&str, &str)] = &[
    ("environment", "env"),
    ("environment_variables", "env"),
    ("replicas", "instances"),
    ("count", "instances"),
    ("mem", "memory"),
    ("memory_limit", "memory"),
    ("disk", "disk_quota"),
    ("disk_limit", "disk_quota"),
    ("cmd", "command"),
    ("entrypoint", "command"),
    ("start_command", "command"),
    ("health_check", "health-check-type"),
    ("healthcheck", "health-check-type"),
    ("health_check_endpoint", "health-check-http-endpoint"),
    ("health_check_timeout", "timeout"),
    ("log_rate_limit", "log-rate-limit-per-second"),
    ("host", "routes: [{route: HOST.DOMAIN}]"),
    ("hosts", "routes: [{route: HOST.DOMAIN}]"),
    ("hostname", "routes: [{route: HOST.DOMAIN}]"),
    ("domain", "routes: [{route: HOST.DOMAIN}]"),
    ("domains", "routes: [{route: HOST.DOMAIN}]"),
    ("url", "routes: [{route: HOST.DOMAIN}]"),
    ("urls", "routes: [{route: HOST.DOMAIN}]"),
    ("no_hostname", "routes: [{route: DOMAIN}]"),
    ("tag", "image: IMAGE:TAG"),
];

/// How alike two names have to be, from 0 to 1, for one to be taken for the other.
const ALIKE: f64 = 0.86;

/// The most alike of some names, where it is alike enough; both as `plain` has them.
fn most_alike<T>(name: &str, known: impl Iterator<Item = (String, T)>) -> Option<T> {
    let scored = known.map(|(other, what)| {
        let is_slip = name.len() > 2 && strsim::osa_distance(name, &other) < 2;
        let score = strsim::jaro_winkler(name, &other);
        (if is_slip { score.max(ALIKE) } else { score }, what)
    });
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(score, _)| *score >= ALIKE).map(|(_, what)| what)
}

/// A name as the Cloud Controller reads it: words in lower case with `_` between.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            plain.push('_');
        }
        after_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        plain.push(if letter == '-' { '_' } else { letter.to_ascii_lowercase() });
    }
    plain
}

impl SchemaLevel {
    /// The key of a name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        let exact = self.keys.iter().find(|key| key.name == name);
        let loose = || self.keys.iter().find(|key| plain(key.name) == plain(name));
        match self.spelling {
            Spelling::Exact => exact,
            Spelling::Loose => exact.or_else(loose),
        }
    }

    /// What to write in place of a name that this level does not know, `above` being the levels
    /// around it.
    pub(super) fn advice(&self, name: &str, above: &[&'static SchemaLevel]) -> String {
        let plain_name = plain(name);
        let is_it = |key: &&Key| plain(key.name) == plain_name;
        if let Some(key) = self.keys.iter().find(is_it) {
            return format!("write `{}`", key.name);
        }
        if let Some(below) = self.below(&plain_name) {
            return below;
        }
        if let Some(level) = above.iter().rev().find(|level| level.keys.iter().any(|k| is_it(&k))) {
            return format!("it belongs one level up, in {}", level.what);
        }
        let others = || {
            let is_here = |known: &str| self.key(known.split(':').next().unwrap_or(known));
            BY_OTHER_NAMES.iter().filter(move |(_, known)| is_here(known).is_some())
        };
        if let Some((_, known)) = others().find(|(other, _)| *other == plain_name) {
            return format!("write `{known}`");
        }
        let near = self.nearest(name).or_else(|| {
            most_alike(&plain_name, others().map(|(other, known)| ((*other).to_owned(), *known)))
        });
        match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "take it out".to_owned(),
        }
    }

    /// The key that a misspelt one may have been meant for.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        most_alike(&plain(name), self.keys.iter().map(|key| (plain(key.name), key.name)))
    }

    /// Where a key stands that belongs one level further down: `image`, `docker_image`.
    fn below(&self, name: &str) -> Option<String> {
        for key in self.keys {
            let (level, open, close) = match key.shape {
                Shape::Map(level) => (level, "{", "}"),
                Shape::List(level) | Shape::WordsOr(level) => (level, "[{", "}]"),
                _ => continue,
            };
            let own = plain(key.name);
            let is_it = |inner: &&Key| {
                let inner = plain(inner.name);
                name == inner
                    || name
                        .strip_prefix(&own)
                        .is_some_and(|rest| rest.trim_start_matches('_') == inner)
            };
            if let Some(inner) = level.keys.iter().find(is_it) {
                let (key, inner) = (key.name, inner.name);
                return Some(format!(
                    "it belongs into `{key}`: `{key}: {open}{inner}: ...{close}`"
                ));
            }
        }
        None
    }
}
