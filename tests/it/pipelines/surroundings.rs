//! What a job exports by names that the scripts use themselves.

use icr_cf_sandbox::{PASSWORD, World};

use super::{Ended, Job, PROGRAMS, pieces};

/// Names to which a script assigns what is read from a secret, and some that it assigns anything to.
const NAMES: [&str; 8] = ["key", "user", "password", "payload", "line", "text", "rest", "value"];

#[test]
fn what_a_job_exports_by_a_name_of_ours_gives_no_program_a_secret() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let job = Job::that_logs_in(&world);
        let job = NAMES.iter().fold(job, |job, name| job.variable(name, "of the job"));
        let Ended { run, .. } = piece.run(job);
        assert_eq!(run.code, Some(0), "{piece:?}: {run}");
        for start in run.record.of_kind("start") {
            let verb = start.arguments().first().cloned().unwrap_or_default();
            let key: &[&str] = if verb == "push" { &["CF_DOCKER_PASSWORD"] } else { &[] };
            assert_eq!(start.variables_holding(world.sample_key()), key, "{piece:?}: {run}");
            let password: &[&str] = if verb == "auth" { &["CF_PASSWORD"] } else { &[] };
            assert_eq!(start.variables_holding(PASSWORD), password, "{piece:?}: {run}");
        }
        for name in PROGRAMS {
            let seen = std::fs::read_to_string(run.place.path(&format!("seen-by-{name}")));
            let seen = seen.unwrap_or_default();
            assert!(!seen.contains(world.sample_key()), "{piece:?}: {name} got the key");
            // The password is too short to be looked for in paths.
            let mut values =
                seen.lines().map(|line| line.split_once('=').map_or(line, |pair| pair.1));
            assert!(!values.any(|value| value == PASSWORD), "{piece:?}: {name}");
        }
        run.shows_nothing_of(world.sample_key(), &[]);
    }
}
