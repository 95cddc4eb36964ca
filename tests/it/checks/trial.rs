//! One check in a world that was prepared for it: as `icr-cf check`, and as the push that it
//! foresees.

use icr_cf::verdict::{Name, Weight};
use icr_cf_sandbox::{Client, Request, World};
use serde_json::Value;

use crate::support::{Invocation, Run, lines_of};

/// What is checked, and where.
pub(super) struct Trial {
    pub(super) world: World,
    key: String,
    words: Vec<String>,
    variables: Vec<(String, String)>,
}

/// A verdict with the world in which it is given.
#[derive(Clone, Copy)]
pub(super) struct Scenario {
    pub(super) name: Name,
    /// What tells how to mend it.
    pub(super) mends: &'static str,
    pub(super) make: fn() -> Trial,
}

impl Trial {
    /// A check of an image by the sample key.
    pub(super) fn of(image: &str) -> Self {
        Self::within(World::start().unwrap(), image)
    }

    /// The same in a world that was prepared.
    pub(super) fn within(world: World, image: &str) -> Self {
        let key = world.sample_key().to_owned();
        let words = ["web", "--image", image].map(str::to_owned).to_vec();
        Self { world, key, words, variables: Vec::new() }
    }

    /// Has another key, or token, do it.
    pub(super) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Adds arguments.
    pub(super) fn words(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Sets a variable.
    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A command with these arguments in this world.
    pub(super) fn invocation(&self, command: &str) -> Invocation {
        let run =
            Invocation::new([command]).arguments(&self.words).variable("ICR_CF_API_KEY", &self.key);
        let run = self.world.env().iter().fold(run, |run, (name, value)| run.variable(name, value));
        self.variables.iter().fold(run, |run, (name, value)| run.variable(name, value))
    }

    /// Runs `icr-cf check`. Whatever it finds, cf is left alone and the key is not shown.
    #[track_caller]
    pub(super) fn check(&self, words: &[&str]) -> Run {
        let config = || std::fs::read(self.world.cf_home().join(".cf/config.json")).unwrap();
        let before = config();
        let run = self.invocation("check").arguments(words).run();
        assert_eq!(config(), before, "a check changed cf's configuration: {run}");
        // For its release alone, where a flag depends on it.
        let starts = run.record.of_kind("start").map(crate::support::Event::arguments);
        assert!(starts.into_iter().all(|words| words == ["version"]), "a check ran cf: {run}");
        assert!(self.changes().is_empty(), "{:?}: {run}", self.changes());
        run.shows_nothing_of(&self.key, &[]);
        run
    }

    /// Runs `icr-cf check --output json`.
    #[track_caller]
    pub(super) fn json(&self) -> Run {
        self.check(&["--output", "json"])
    }

    /// Runs `icr-cf push`, as a job whose log is read.
    #[track_caller]
    pub(super) fn push(&self, words: &[&str]) -> Run {
        let run = self.invocation("push").variable("CI", "true").arguments(words).run();
        run.shows_nothing_of(&self.key, &[]);
        run
    }

    /// Runs a line that was hinted at, with what it leaves open filled in.
    pub(super) fn follow(&self, line: &str, platform: &str) -> Run {
        let place = crate::support::Workplace::new();
        place.write("work/key.json", format!(r#"{{"apikey": "{}"}}"#, self.world.sample_key()));
        let words = shell_words::split(line).unwrap();
        let filled = words.iter().skip(1).map(|word| match word.as_str() {
            "COMMAND" => "/bin/serve",
            "OS/ARCH" => platform,
            word => word,
        });
        let run = Invocation::new_in(place, filled).variable("ICR_CF_API_KEY", &self.key);
        let run = run.in_world(&self.world);
        self.variables.iter().fold(run, |run, (name, value)| run.variable(name, value)).run()
    }

    /// Runs a push that has to be stopped before cf.
    #[track_caller]
    pub(super) fn stopped(&self, words: &[&str]) -> Run {
        let run = self.push(words);
        assert!(run.record.pushes().is_empty(), "cf ran: {run}");
        assert!(self.changes().is_empty(), "{:?}: {run}", self.changes());
        assert!(self.world.packages().is_empty(), "{run}");
        run
    }

    /// What was asked of a host.
    pub(super) fn asked(&self, host: &str) -> Vec<Request> {
        let ours = |one: &Request| one.client == Client::Outside && one.host == host;
        self.world.requests().into_iter().filter(ours).collect()
    }

    /// What was asked of anybody, as `METHOD host path`, in order.
    pub(super) fn all_asked(&self) -> Vec<String> {
        let line = |one: &Request| format!("{} {} {}", one.method, one.host, one.path());
        let ours = |one: &Request| one.client == Client::Outside;
        self.world.requests().iter().filter(|one| ours(one)).map(line).collect()
    }

    /// What would have changed something on the platform.
    fn changes(&self) -> Vec<Request> {
        let asked = self.asked("api.cf.sandbox").into_iter();
        asked.filter(|one| one.method != "GET").collect()
    }
}

/// The names of the verdicts of a JSON document, in order.
#[track_caller]
pub(super) fn names(run: &Run) -> Vec<String> {
    run.verdicts().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// A verdict of a JSON document.
#[track_caller]
pub(super) fn verdict(run: &Run, name: Name) -> Value {
    let found = run.verdicts().into_iter().find(|one| one["name"] == name.as_str());
    found.unwrap_or_else(|| panic!("no {}: {run}", name.as_str()))
}

/// Everything that a verdict says.
pub(super) fn text(verdict: &Value) -> String {
    let lines = |field: &str| verdict[field].as_array().cloned().unwrap_or_default();
    let all = [vec![verdict["message"].clone()], lines("seen"), lines("hints")].concat();
    let all: Vec<&str> = all.iter().map(|line| line.as_str().unwrap()).collect();
    all.join("\n")
}

/// What the hints of a verdict say.
pub(super) fn hints(verdict: &Value) -> String {
    let lines = verdict["hints"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

/// Plays scenarios: the check gives the verdict, with its weight and what mends it; the push does
/// what the weight says.
pub(super) fn play(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let name = scenario.name.as_str();
        let trial = (scenario.make)();
        let run = trial.json();
        let given = verdict(&run, scenario.name);
        let weight = serde_json::to_value(scenario.name.weight()).unwrap();
        assert_eq!(given["weight"], weight, "{name}: {run}");
        assert!(hints(&given).contains(scenario.mends), "{name}: {}\n{run}", scenario.mends);
        follow(scenario, &given);
        let document = run.json();
        assert_eq!(run.code, Some(document["exit_code"].as_i64().unwrap().try_into().unwrap()));
        trial.world.forget_traffic();
        match scenario.name.weight() {
            Weight::Definitive => stops(&trial, scenario, &run),
            Weight::Undecided => warns(&trial, scenario, &run),
            Weight::Advice => advises(&trial, scenario, &run),
        }
    }
}

/// Runs what the hints of a verdict say: the verdict is gone then, unless the line only says who is
/// asked, or in whose name.
fn follow(scenario: &Scenario, given: &Value) {
    let name = scenario.name.as_str();
    let has = text(given);
    let has = has.lines().find_map(|line| line.strip_prefix("it has: "));
    let platform = has.and_then(|has| has.split(", ").next()).unwrap_or("linux/amd64");
    let hints = hints(given);
    for line in lines_of(&hints) {
        let run = (scenario.make)().follow(line, platform);
        assert!(![Some(2), Some(70)].contains(&run.code), "{line}: {run}");
        let only_accepted = line.contains(" --no-checks") || line.contains(" --docker-username ");
        let said = [run.out(), run.err()].concat();
        assert!(only_accepted || !said.contains(&format!("[{name}]")), "{line}: {run}");
    }
}

fn stops(trial: &Trial, scenario: &Scenario, check: &Run) {
    let (name, code) = (scenario.name.as_str(), i32::from(scenario.name.exit_code().code()));
    assert_eq!(check.code, Some(code), "{name}: {check}");
    assert_eq!(check.json()["error"]["kind"], name, "{check}");
    let push = trial.stopped(&[]);
    assert_eq!(push.code, Some(code), "{name}: {push}");
    assert!(push.err().contains(&format!("error[{name}]: ")), "{push}");
    assert!(push.err().contains(scenario.mends), "{name}: {push}");
}

fn warns(trial: &Trial, scenario: &Scenario, check: &Run) {
    let name = scenario.name.as_str();
    // What is definitive stands before it and stops in its place.
    if check.code != Some(0) {
        let push = trial.stopped(&[]);
        assert_eq!(push.code, check.code, "{name}: {push}");
        assert!(push.err().contains(&format!("warning[{name}]: ")), "{push}");
        return;
    }
    let strict = trial.check(&["--strict", "--output", "json"]);
    assert_eq!(strict.code, Some(69), "{name}: {strict}");
    let stopped = trial.stopped(&["--strict"]);
    assert_eq!(stopped.code, Some(69), "{name}: {stopped}");
    assert!(stopped.err().contains(&format!("error[{name}]: ")), "{stopped}");
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{name}: {push}");
    assert_eq!(trial.world.packages().len(), 1, "{name}: {push}");
    let warnings = push.err().lines().filter(|line| line.starts_with("warning[")).count();
    // cf renews its token by itself, so nobody is warned of that.
    let expected = usize::from(scenario.name != Name::CfTokenStale);
    assert_eq!(warnings, expected, "{name}: {push}");
    let line = format!("warning[{name}]: ");
    assert_eq!(push.err().contains(&line), expected == 1, "{push}");
}

fn advises(trial: &Trial, scenario: &Scenario, check: &Run) {
    let name = scenario.name.as_str();
    if check.code != Some(0) {
        trial.stopped(&[]);
        return;
    }
    let strict = trial.check(&["--strict"]);
    assert_eq!(strict.code, Some(0), "{name}: {strict}");
    assert!(strict.out().contains(&format!("\nadvice[{name}]: ")), "{strict}");
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{name}: {push}");
    assert_eq!(trial.world.packages().len(), 1, "{name}: {push}");
    let line = push.err().lines().find(|line| line.starts_with("icr-cf: advice: "));
    assert!(line.is_some_and(|line| line.contains(name)), "{name}: {push}");
    assert!(!push.err().contains("error"), "{name}: {push}");
}
