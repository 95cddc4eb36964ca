//! What goes wrong between here and a registry, IAM or the platform: each fault has its verdict,
//! ends within a bound, and moves no secret to where it does not belong. `icr-cf check --strict`
//! shows all of it; a push is undecided about the same things and goes on.

use std::time::Duration;

use icr_cf_sandbox::{Assessment, Fault, Key, Vulnerability, World};

use crate::support::{Invocation, Run, secrets_stay};

mod advisor;
mod answers;
mod bounds;
#[cfg(unix)]
mod certificates;
mod challenges;
mod connections;
mod proxies;
mod redirects;
mod retries;
mod socks;

/// An index for two platforms, whose blobs are at a download host.
const IMAGE: &str = "us.icr.io/acme/web:1.4";
/// Where its registry answers.
const REGISTRY: &str = "us.icr.io";
/// Where its blobs are.
const DOWNLOADS: &str = "dd0.us.icr.io";
/// A registry that sends its blobs itself, and an image that is put there.
const PLAIN_REGISTRY: &str = "fr2.icr.io";
const PLAIN_IMAGE: &str = "fr2.icr.io/acme/web:1";

const TOKEN: &str = "/oauth/token";
const MANIFESTS: &str = "/v2/acme/web/manifests/";
const BLOBS: &str = "/v2/acme/web/blobs/";

/// More than any of these runs takes on a busy machine, less than the bound of all checks.
const SOON: Duration = Duration::from_secs(20);

/// An image of one platform, which the advisor knows.
const ADVISED: &str = "us.icr.io/acme/hello:1.0";

/// What the key may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Image,
    Reports,
}

/// One thing that goes wrong, and what is said of it.
struct Case {
    what: String,
    faults: Vec<Fault>,
    image: &'static str,
    key: Option<&'static str>,
    reader: Reader,
    words: Vec<String>,
    /// The verdict that stops, its weight and the exit code.
    stop: Option<(&'static str, &'static str, i32)>,
    /// Parts of what is printed.
    said: Vec<String>,
}

impl Case {
    fn new(what: &str, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            what: what.to_owned(),
            faults: faults.into_iter().collect(),
            image: IMAGE,
            key: None,
            reader: Reader::Image,
            words: Vec::new(),
            stop: None,
            said: Vec::new(),
        }
    }

    /// Looks at another image.
    fn image(self, image: &'static str) -> Self {
        Self { image, ..self }
    }

    /// Uses a key that nobody knows, so that IAM is asked why.
    fn unknown_key(self) -> Self {
        Self { key: Some("aN-unKnown-key-that-0pens-nothing-at-all-0001"), ..self }
    }

    /// Asks for vulnerabilities as well, of which there are some; with a key that may.
    fn vulnerabilities(self) -> Self {
        let case = Self { image: ADVISED, reader: Reader::Reports, ..self };
        case.words(&["--vulnerabilities", "fail", "--vulnerabilities-wait", "0s"])
    }

    fn words(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// What cannot be decided.
    fn undecided(self, name: &'static str) -> Self {
        Self { stop: Some((name, "undecided", 69)), ..self }
    }

    /// What is decided.
    fn definitive(self, name: &'static str, code: i32) -> Self {
        Self { stop: Some((name, "definitive", code)), ..self }
    }

    fn says(mut self, text: &str) -> Self {
        self.said.push(text.to_owned());
        self
    }

    /// Runs it; gives its world, for a closer look.
    fn run(self) -> (World, Run) {
        let world = World::start().unwrap();
        world.add_image(PLAIN_IMAGE, icr_cf_sandbox::Image::runnable());
        let Self { what, faults, image, key, reader, words, stop, said } = self;
        for fault in faults {
            world.add_fault(fault);
        }
        let key = key.unwrap_or(world.sample_key()).to_owned();
        let key = match reader {
            Reader::Image => key,
            Reader::Reports => {
                let found = Vulnerability::new("CVE-2026-1").package("openssl", "1", "2");
                world.assess(ADVISED, Assessment::of([found]));
                world.add_key(Key::random())
            }
        };
        let run = Invocation::new(["check", "web", "--strict", "--output", "json"])
            .arguments(["--image", image])
            .arguments(&words)
            .in_world(&world)
            .variable("ICR_CF_API_KEY", &key)
            .run();
        secrets_stay(&world, &run, &key, &[]);
        assert!(run.time < SOON, "{what}: {run}");
        assert_eq!(run.record.events.len(), 0, "{what}: cf ran: {run}");
        // What stops it, then the others.
        let stops = |one: &serde_json::Value| one["name"] == run.json()["error"]["kind"];
        let mut verdicts = run.verdicts();
        verdicts.sort_by_key(|one| !stops(one));
        let found = verdicts.iter().find(|one| one["weight"] != "advice");
        let found = found.map(|one| (one["name"].as_str().unwrap(), one["weight"].as_str()));
        match stop {
            Some((name, weight, code)) => {
                assert_eq!(found, Some((name, Some(weight))), "{what}: {run}");
                assert_eq!(
                    (run.code, &run.json()["error"]["kind"]),
                    (Some(code), &name.into()),
                    "{what}"
                );
            }
            None => assert_eq!((found, run.code), (None, Some(0)), "{what}: {run}"),
        }
        for text in said {
            assert!(run.out().contains(&text), "{what}: no `{text}`: {run}");
        }
        (world, run)
    }
}

/// Runs cases side by side, a few at a time: most of them wait.
#[track_caller]
fn all(cases: impl IntoIterator<Item = Case>) {
    let mut cases = cases.into_iter().peekable();
    while cases.peek().is_some() {
        std::thread::scope(|scope| {
            for case in cases.by_ref().take(24) {
                scope.spawn(move || case.run());
            }
        });
    }
}

/// How often a path was asked for.
fn asked(world: &World, host: &str, path: &str) -> usize {
    let such = |one: &&icr_cf_sandbox::Request| one.host == host && one.path().starts_with(path);
    world.requests().iter().filter(such).count()
}

/// The faults at every place that is asked for an image, each with what its host is called.
fn everywhere(make: impl Fn() -> Fault) -> Vec<(&'static str, &'static str, Fault)> {
    vec![
        ("the token", REGISTRY, make().host(REGISTRY).path(TOKEN)),
        ("the index", REGISTRY, make().host(REGISTRY).path("/v2/acme/web/manifests/1.4")),
        ("the manifest", REGISTRY, make().host(REGISTRY).path("/v2/acme/web/manifests/sha256:")),
        ("the configuration", REGISTRY, make().host(REGISTRY).path(BLOBS)),
        ("the download", DOWNLOADS, make().host(DOWNLOADS)),
    ]
}
