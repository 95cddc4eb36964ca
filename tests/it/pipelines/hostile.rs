//! What somebody types to have it run, or to end a text that it is put into: it reaches icr-cf as it is,
//! or is refused, and runs nothing. And an end that comes from outside.

use icr_cf_sandbox::{Key, World};

use super::{Ended, IMAGE, Job, Piece, are_there, github, pieces};

/// Ways of shells, of YAML, of Groovy, and of each system to name a value.
const HOSTILE: [&str; 2] = [
    r#"x$(touch pwned)`touch pwned`"; touch pwned; "'; touch pwned; '& touch pwned # $IFS${PATH} $(PUSH_APP) $[[ inputs.app ]] ${{ inputs.app }} %0A\"#,
    "x\ntouch pwned\n'''\ntouch pwned\nEND\n- touch pwned\n",
];

const INPUTS: [&str; 11] = [
    "app", "image", "region", "manifest", "vars", "strategy", "timeout", "flags", "api", "org",
    "space",
];

/// How many are tried at once.
const AT_ONCE: usize = 11;

fn holds(world: &World, piece: Piece, name: &str, value: &str) {
    let mut inputs = vec![("app", "web"), ("image", IMAGE)];
    inputs.retain(|(known, _)| *known != name);
    let prefixed = format!("{}{value}", if name == "vars" { "a=" } else { "" });
    inputs.push((name, &prefixed));
    let Ended { run, .. } = piece.run(Job::new(world, &inputs));
    for (path, _) in run.place.files() {
        assert!(!path.ends_with("pwned"), "{piece:?}: {name}: {value}: {run}");
    }
    run.shows_nothing_of(world.sample_key(), &[]);
    let is_one_word = name == "app" && !value.contains('\n') && piece != Piece::GitLab;
    if is_one_word {
        let words = run.record.push().arguments();
        assert!(words.iter().any(|word| word == value), "{piece:?}: {words:?}");
    }
}

#[test]
fn nothing_that_is_typed_is_read_as_shell() {
    let world = World::start().unwrap();
    for piece in pieces() {
        for value in HOSTILE {
            for names in INPUTS.chunks(AT_ONCE) {
                std::thread::scope(|scope| {
                    for name in names {
                        let world = &world;
                        scope.spawn(move || holds(world, piece, name, value));
                    }
                });
            }
        }
    }
}

#[test]
fn what_cf_prints_begins_no_output_of_the_action() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let hostile = r"out routes: web.example.com<<EOF, EOF, digest=x\nout last: `x`";
    let job = Job::new(&world, &[("app", "web"), ("image", IMAGE)]);
    let ended = github::run(job.variable("CF_STAND_IN_SCRIPT", hostile));
    assert_eq!(ended.run.code, Some(0), "{}", ended.run);
    assert_eq!(ended.outputs.len(), 4, "{:?}", ended.outputs);
    assert_eq!(ended.outputs["digest"], world.amd64_digest_of(IMAGE).unwrap());
}

#[test]
fn a_job_that_is_cancelled_ends_cf_once_and_leaves_nothing() {
    use rustix::process::Signal;

    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let key = world.add_key(Key::random().namespaces(["acme"]));
    let job = Job::new(&world, &[("app", "web"), ("image", IMAGE)]);
    let mut job = job.secret("ICR_CF_API_KEY", &key);
    let ready = job.place.path("ready");
    let script = format!("handle TERM; touch {}; wait-signal TERM 20000; exit 9", ready.display());
    job = job.variable("CF_STAND_IN_SCRIPT", script);
    let mut running = github::Action::new().step(&mut job, 2).start();
    running.wait_for_file("ready");
    #[cfg(target_os = "linux")]
    {
        // The step, icr-cf, cf: each in what it was started with, nobody in an argument.
        let cf = running.record().push().0.clone();
        let mut allowed = vec![running.pid()];
        allowed
            .extend(["pid", "ppid"].map(|name| i32::try_from(cf[name].as_i64().unwrap()).unwrap()));
        let seen = crate::leaks::seen_in_processes(&key);
        let is_allowed = |(file, pid): &(&str, i32)| *file == "environ" && allowed.contains(pid);
        assert!(!seen.is_empty() && seen.iter().all(is_allowed), "{seen:?}, {allowed:?}");
    }
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.record.signals(), ["SIGTERM"], "{run}");
    assert_eq!(run.code, Some(9), "{run}");
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "{run}");
    run.shows_nothing_of(&key, &[]);
}
