//! The pieces for pipelines, run as their systems run them: what is typed becomes what a system would
//! make of it, and the scripts run in the shells that it would start, with the built program and the
//! stand-in for cf. What a system needs and is not here is said, and its tests pass.

use std::collections::BTreeMap;
use std::path::Path;

use icr_cf_sandbox::{ORG, PASSWORD, SPACE, USER, World};
use serde_json::Value;

use crate::support::{Invocation, Run, Workplace};

mod concourse;
mod endings;
mod github;
mod gitlab;
mod hostile;
mod inputs;
mod install;
mod jenkins;
mod surroundings;
mod tekton;
mod text;

/// Where programs of the system are.
const SYSTEM: &str = "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin";

/// Programs of the system that the pieces run, all with the environment that the piece has by then.
const PROGRAMS: [&str; 9] = ["jq", "curl", "mkdir", "rm", "mktemp", "tr", "dirname", "cat", "od"];

/// The digits of one image of the world, and its name.
const IMAGE: &str = "us.icr.io/acme/web:1.4";

/// A system that has a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    GitHub,
    GitLab,
    Concourse,
    Tekton,
    Jenkins,
}

const PIECES: [Piece; 5] =
    [Piece::GitHub, Piece::GitLab, Piece::Concourse, Piece::Tekton, Piece::Jenkins];

/// What one push is given.
struct Job<'a> {
    world: &'a World,
    place: Workplace,
    /// What is typed, by the name of the input.
    inputs: Vec<(&'a str, &'a str)>,
    /// What the secret store has, by the name of the variable.
    secrets: Vec<(&'a str, &'a str)>,
    /// What the machine has in its environment.
    variables: Vec<(&'a str, String)>,
}

/// What came of it.
struct Ended {
    /// The step that pushed, or that stopped before.
    run: Run,
    outputs: BTreeMap<String, String>,
}

impl<'a> Job<'a> {
    /// With the key in the secret store and a cf that is logged in.
    fn new(world: &'a World, inputs: &[(&'a str, &'a str)]) -> Self {
        let secrets = vec![("ICR_CF_API_KEY", world.sample_key())];
        Self { world, place: place(), inputs: inputs.to_vec(), secrets, variables: Vec::new() }
    }

    /// A push of an image by a job that has to log in.
    fn that_logs_in(world: &'a World) -> Self {
        let inputs = [
            ("app", "web"),
            ("image", IMAGE),
            ("api", "https://api.cf.sandbox"),
            ("org", ORG),
            ("space", SPACE),
        ];
        let job = Self::new(world, &inputs).variable("CF_HOME", "");
        job.secret("CF_USERNAME", USER).secret("CF_PASSWORD", PASSWORD)
    }

    /// With a secret more, or another one.
    fn secret(mut self, name: &'a str, value: &'a str) -> Self {
        self.secrets.retain(|(known, _)| *known != name);
        self.secrets.push((name, value));
        self
    }

    fn variable(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// The folder, to be put back by who takes it.
    fn take_place(&mut self) -> Workplace {
        std::mem::replace(&mut self.place, Workplace::without_cf())
    }

    /// Adds secrets and variables; an empty variable takes one away.
    fn surround(&self, run: Invocation) -> Invocation {
        let run = self.secrets.iter().fold(run, |run, (name, value)| run.variable(name, value));
        self.variables.iter().fold(run, |run, (name, value)| match value.as_str() {
            "" => run.without(name),
            _ => run.variable(name, value),
        })
    }

    /// What is typed for an input.
    fn input(&self, name: &str) -> Option<&'a str> {
        self.inputs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl Piece {
    fn run(self, job: Job) -> Ended {
        match self {
            Self::GitHub => github::run(job),
            Self::GitLab => gitlab::run(job),
            Self::Concourse => concourse::run(job),
            Self::Tekton => tekton::run(job),
            Self::Jenkins => jenkins::run(job),
        }
    }

    /// What its scripts need, but for what every system has.
    fn is_there(self) -> bool {
        match self {
            Self::GitHub | Self::GitLab => are_there(&["jq", "bash"]),
            Self::Concourse | Self::Tekton | Self::Jenkins => are_there(&["jq"]),
        }
    }
}

/// The pieces that can be tried here.
fn pieces() -> impl Iterator<Item = Piece> {
    PIECES.into_iter().filter(|piece| piece.is_there())
}

/// Whether programs are installed; says so where they are not.
#[expect(clippy::print_stderr, reason = "says what is skipped")]
fn are_there(programs: &[&str]) -> bool {
    let has = |name: &str| SYSTEM.split(':').any(|folder| Path::new(folder).join(name).exists());
    let lacking: Vec<_> = programs.iter().filter(|name| !has(name)).collect();
    for name in &lacking {
        eprintln!("skipped: `{name}` is not installed");
    }
    lacking.is_empty()
}

/// A folder with icr-cf on the PATH, and programs of the system that write down how they were called
/// and with which variables, so that a search through the files finds what they were told.
fn place() -> Workplace {
    let place = Workplace::new();
    place.install_icr_cf("icr-cf");
    for name in PROGRAMS {
        let log = place.path(&format!("seen-by-{name}"));
        let log = log.display();
        place.install_script(
            name,
            &format!(
                "PATH={SYSTEM}\nprintf '%s\\n' \"$@\" >>{log}\nenv >>{log}\nexec {name} \"$@\""
            ),
        );
    }
    place
}

/// One script of a job to be, in the working folder; `STEP` in the line is the file with its text.
fn script(place: Workplace, world: &World, line: &str, text: &str) -> Invocation {
    let step = place.write("step.sh", text);
    let path = format!("{}:{SYSTEM}", place.path("bin").to_str().unwrap());
    Invocation::new_in(place, [""; 0])
        .behind_shell(&format!("exec {}", line.replace("STEP", step.to_str().unwrap())))
        .in_world(world)
        .variable("PATH", path)
}

/// A file of the repository.
fn read(name: &str) -> String {
    std::fs::read_to_string(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A document of YAML.
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// The pairs of a mapping whose values are texts.
fn pairs(mapping: &Value) -> Vec<(String, String)> {
    let entries = mapping.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}
