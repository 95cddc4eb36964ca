//! Tests of several runs side by side, with shell scripts in place of cf.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Ending, OnError, Pace, Run, Runs, push_with};
use crate::capi::config;
use crate::cf::plan::{self, Copies, Plan};
use crate::cf::watch::{Arrangement, Demand, Stream, Watch};
use crate::cf::{Outcome, Phase};
use crate::cf_program::CfProgram;
use crate::cli::OutputFormat;
use crate::environment::{Environment, Streams};
use crate::error::ErrorKind;
use crate::exit_code::ExitCode;
use crate::process::{Hub, Orphans, Signal, in_runtime};
use crate::request::{self, Goal};

/// What a watcher was told, in its order.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn say(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn of(&self, run: usize) -> Vec<String> {
        let start = format!("{run} ");
        self.all().iter().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect()
    }
}

impl Watch for Told {
    fn arrangement(&self) -> Arrangement {
        Arrangement::Apart
    }

    fn started(&self, run: usize) {
        self.say(format!("{run} started"));
    }

    fn line(&self, run: usize, stream: Stream, line: &[u8]) {
        self.say(format!("{run} {stream:?} {}", String::from_utf8_lossy(line)));
    }

    fn phase(&self, run: usize, phase: Phase) {
        self.say(format!("{run} {phase:?}"));
    }

    fn ended(&self, run: usize, outcome: &Outcome) {
        match &outcome.ending {
            Ending::NotRun(error) => self.say(format!("{run} failed {}", error.kind().name())),
            ending => self.say(format!("{run} ended {}", ending.exit_code().unwrap().code())),
        }
    }

    fn closed(&self, _run: usize, _words: &str, _is_good: bool) {}

    fn asked(&self, asked: Demand, running: usize) {
        self.say(format!("{running} {asked:?}"));
    }

    fn finish(&self, _patience: Duration) -> bool {
        true
    }
}

/// A folder with scripts that stand in for cf, and what became of running them.
struct World {
    folder: TempDir,
    told: Arc<Told>,
}

const PACE: Pace = Pace {
    jobs: NonZeroUsize::new(2).unwrap(),
    on_error: OnError::Continue,
    limit: Duration::from_secs(20),
    output: OutputFormat::Text,
};

impl World {
    fn new() -> Self {
        icr_cf_sandbox::children_start_with_default_signals();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("home/.cf")).unwrap();
        std::fs::write(folder.path().join("home/.cf/config.json"), "{\"original\": 1}").unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder, told: Arc::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn environment(&self) -> Environment {
        let (home, tmp) = (self.path("home"), self.path("tmp"));
        let variables =
            BTreeMap::from([("HOME".into(), home.into()), ("TMPDIR".into(), tmp.into())]);
        Environment::new(variables, self.folder.path().to_owned(), Streams::default())
    }

    /// A plan whose cf is this script; `$F` is the folder of this world.
    fn plan(&self, name: &str, script: &str) -> Plan {
        let path = self.path(name);
        let text = format!("#!/bin/sh\nF='{}'\n{script}\n", self.folder.path().display());
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self.plan_of(&path)
    }

    fn plan_of(&self, path: &Path) -> Plan {
        let environment = self.environment();
        let args = crate::cli::tests::push("web --image us.icr.io/acme/web:1");
        let (request, apps) = request::push(args, Goal::Push, &environment).unwrap();
        let program = CfProgram::new(&["cf"], Some(path.to_owned()));
        plan::plan(&request, &apps[0], None, &program, &Copies::default(), &environment)
    }

    fn run(&self, plans: &[Plan], pace: Pace) -> Runs {
        self.interrupted(plans, pace, Vec::new())
    }

    /// Runs them; each signal comes once its file is there, and all before it.
    fn interrupted(
        &self,
        plans: &[Plan],
        pace: Pace,
        deliver: Vec<(&str, Option<Signal>)>,
    ) -> Runs {
        let environment = self.environment();
        in_runtime(async {
            let mut hub = Hub::default();
            let mut signals = hub.subscribe();
            let runs: Vec<Run<'_>> = plans.iter().map(|plan| Run { plan, secret: None }).collect();
            let watch = Arc::clone(&self.told);
            let push = push_with(
                Orphans::Left,
                &runs,
                &pace,
                &environment,
                (watch, &|_, _| {}),
                &mut signals,
            );
            let send = async {
                for (file, signal) in deliver {
                    while !self.path(file).exists() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    if let Some(signal) = signal {
                        hub.tell(signal);
                    }
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                endings = push => endings.unwrap(),
                () = send => unreachable!(),
            }
        })
        .unwrap()
    }

    fn text(&self, name: &str) -> String {
        let bytes = config::read(&self.path(name)).map(|bytes| bytes.to_vec());
        String::from_utf8(bytes.unwrap_or_default()).unwrap()
    }

    fn leaves_nothing(&self) {
        assert_eq!(std::fs::read_dir(self.path("tmp")).unwrap().count(), 0);
        assert_eq!(self.text("home/.cf/config.json"), "{\"original\": 1}");
    }
}

fn codes(runs: &Runs) -> Vec<Option<u8>> {
    let code = |outcome: &Outcome| outcome.ending.exit_code().map(ExitCode::code);
    runs.outcomes.iter().map(code).collect()
}

#[test]
fn they_begin_in_order_and_no_more_than_said_at_once() {
    let world = World::new();
    let script = "touch $F/on.$$; ls $F | grep -c '^on[.]' >> $F/counts; sleep 0.1; rm $F/on.$$";
    let plans: Vec<Plan> = (0..6).map(|at| world.plan(&format!("cf{at}"), script)).collect();
    let endings = world.run(&plans, PACE);
    assert_eq!(codes(&endings), [Some(0); 6]);
    let most = world.text("counts").lines().map(|line| line.trim().parse().unwrap_or(0)).max();
    assert!(most.is_some_and(|most: i32| most <= 2), "{}", world.text("counts"));
    let started = world.told.all().into_iter().filter(|line| line.ends_with("started"));
    let expected: Vec<String> = (0..6).map(|at| format!("{at} started")).collect();
    assert_eq!(started.collect::<Vec<_>>(), expected);
    assert!(endings.was_read && endings.interrupted.is_none());
    world.leaves_nothing();
}

#[test]
fn a_failure_keeps_others_from_beginning_but_not_from_ending_well() {
    let world = World::new();
    let plans = [
        world.plan("a", "while [ ! -e $F/failed ]; do sleep 0.01; done; sleep 0.2"),
        world.plan("b", "touch $F/failed; exit 3"),
        world.plan("c", "true"),
    ];
    let stop = Pace { on_error: OnError::Stop, ..PACE };
    assert_eq!(codes(&world.run(&plans, stop)), [Some(0), Some(3), None]);
    assert_eq!(codes(&world.run(&plans, PACE)), [Some(0), Some(3), Some(0)]);
    world.leaves_nothing();
}

#[test]
fn each_has_a_home_of_its_own_which_is_gone_with_it() {
    let world = World::new();
    let script = |name: &str| {
        format!(
            "cat $CF_HOME/.cf/config.json > $F/{name}.seen; echo $CF_HOME > $F/{name}.home
            echo $CF_PLUGIN_HOME > $F/{name}.plugins; echo changed > $CF_HOME/.cf/config.json
            stat -c %a $CF_HOME/.cf/config.json > $F/{name}.mode"
        )
    };
    let plans = [
        world.plan("a", &script("a")),
        world.plan("b", &format!("{}; sleep 0.5; ls $F/tmp/*", script("b"))),
    ];
    world.run(&plans, PACE);
    for name in ["a", "b"] {
        assert_eq!(world.text(&format!("{name}.seen")), "{\"original\": 1}");
        assert_eq!(world.text(&format!("{name}.mode")), "600\n");
        let plugins = format!("{}\n", world.path("home").display());
        assert_eq!(world.text(&format!("{name}.plugins")), plugins);
    }
    assert_ne!(world.text("a.home"), world.text("b.home"));
    assert_eq!(world.told.of(1)[1], "Stdout 1", "the first one's is gone by now");
    world.leaves_nothing();
}

#[test]
fn one_at_a_time_keeps_to_the_home_that_cf_has() {
    let world = World::new();
    let plans = [world.plan("a", "echo ${CF_HOME-unset}"), world.plan("b", "true")];
    let one = Pace { jobs: NonZeroUsize::MIN, ..PACE };
    world.run(&plans, one);
    assert_eq!(
        world.told.all(),
        ["0 started", "0 Stdout unset", "0 ended 0", "1 started", "1 ended 0"]
    );
}

#[test]
fn lines_are_handed_over_whole_with_their_stream_and_their_phase() {
    let world = World::new();
    let plans = [
        world.plan("a", "printf 'Pushing'; sleep 0.3; printf ' app web\\r\\nleft'; sleep 0.2"),
        world.plan("b", "echo 'Staging app web'; sleep 0.2; echo no >&2; exit 1"),
    ];
    let endings = world.run(&plans, PACE);
    assert_eq!(
        world.told.of(0),
        ["started", "Pushing", "Stdout Pushing app web", "Stdout left", "ended 0"]
    );
    assert_eq!(
        world.told.of(1),
        ["started", "Staging", "Stdout Staging app web", "Stderr no", "ended 1"]
    );
    let outcome = &endings.outcomes[1];
    assert_eq!(outcome.last_lines, ["Staging app web", "no"]);
    assert_eq!(outcome.phase, Phase::Staging);
}

#[test]
fn the_time_of_one_is_not_the_time_of_others() {
    let world = World::new();
    let plans = [world.plan("a", "exec sleep 60"), world.plan("b", "sleep 0.3; echo done")];
    let start = Instant::now();
    let endings = world.run(&plans, Pace { limit: Duration::from_secs(1), ..PACE });
    assert_eq!(codes(&endings), [Some(124), Some(0)]);
    assert!(start.elapsed() < Duration::from_secs(10));
    world.leaves_nothing();
}

#[test]
fn one_that_cannot_be_started_is_a_failure_of_its_own() {
    let world = World::new();
    let nothing = world.plan_of(&world.path("nothing"));
    let plans = [nothing, world.plan("b", "true"), world.plan("c", "true")];
    let endings = world.run(&plans, PACE);
    let Ending::NotRun(error) = &endings.outcomes[0].ending else { panic!("{endings:?}") };
    assert_eq!(error.kind(), ErrorKind::CfNotFound);
    assert_eq!(codes(&endings), [Some(127), Some(0), Some(0)]);
    assert_eq!(world.told.of(0), ["failed cf-not-found"]);
    world.leaves_nothing();
}

#[test]
fn an_interrupt_reaches_each_once_and_none_begins_any_more() {
    let world = World::new();
    let script = |name: &str| {
        format!(
            "trap 'echo INT >> $F/{name}.heard; [ $(wc -l < $F/{name}.heard) -gt 1 ] || sleep 0.3; exit 7' INT
            touch $F/{name}.up; while :; do sleep 0.02; done"
        )
    };
    let plans = [
        world.plan("a", &script("a")),
        world.plan("b", &script("b")),
        world.plan("c", "touch $F/c.up"),
    ];
    let deliver = vec![("a.up", None), ("b.up", Some(Signal::Interrupt))];
    let endings = world.interrupted(&plans, PACE, deliver);
    assert_eq!(codes(&endings), [Some(7), Some(7), None], "{:?}", world.told.all());
    assert_eq!((world.text("a.heard"), world.text("b.heard")), ("INT\n".into(), "INT\n".into()));
    assert_eq!(endings.interrupted, Some(Signal::Interrupt));
    assert!(!world.path("c.up").exists());
    world.leaves_nothing();
}

#[test]
fn a_stop_reaches_each_once_and_so_does_what_wakes_them() {
    let world = World::new();
    // Any program in it would be stopped as well, and the shell wait for it.
    let script = |name: &str| {
        format!(
            "trap 'echo TSTP >> $F/{name}.heard' TSTP; trap 'echo CONT >> $F/{name}.heard; exit' CONT
            : > $F/{name}.up; while :; do :; done"
        )
    };
    let plans = [world.plan("a", &script("a")), world.plan("b", &script("b"))];
    let deliver = vec![
        ("a.up", None),
        ("b.up", Some(Signal::Stop)),
        ("a.heard", None),
        ("b.heard", Some(Signal::Continue)),
    ];
    let endings = world.interrupted(&plans, PACE, deliver);
    assert_eq!(codes(&endings), [Some(0), Some(0)]);
    assert_eq!(endings.interrupted, None);
    let expected = "TSTP\nCONT\n";
    assert_eq!((world.text("a.heard"), world.text("b.heard")), (expected.into(), expected.into()));
}

#[test]
fn the_second_interrupt_kills_all() {
    let world = World::new();
    let script = |name: &str| {
        format!(
            "trap 'touch $F/{name}.heard' INT; touch $F/{name}.up; while :; do sleep 0.02; done"
        )
    };
    let plans = [world.plan("a", &script("a")), world.plan("b", &script("b"))];
    let interrupt = Some(Signal::Interrupt);
    let deliver =
        vec![("a.up", None), ("b.up", interrupt), ("a.heard", None), ("b.heard", interrupt)];
    let endings = world.interrupted(&plans, PACE, deliver);
    assert_eq!(codes(&endings), [Some(137), Some(137)]);
    world.leaves_nothing();
}

#[test]
fn the_end_of_one_does_not_reach_the_group_of_another() {
    let world = World::new();
    let plans = [
        world.plan("a", "sleep 60 & echo $! > $F/child; echo up"),
        world.plan("b", "trap 'touch $F/hit' TERM; sleep 0.5; echo done"),
    ];
    let endings = world.run(&plans, PACE);
    assert_eq!(codes(&endings), [Some(0), Some(0)]);
    assert!(!world.path("hit").exists());
    let child = world.text("child");
    assert!(!Path::new("/proc").join(child.trim()).exists(), "what it left is ended");
}
