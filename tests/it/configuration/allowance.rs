//! What a file of a folder may say only with the user's leave: given for what stands there now.

use super::{FOLDER, USER, place, run};
use crate::support::{Invocation, Run, Workplace, lines_of};

const COMMAND: &str = "api-key-command = \"op read key\"\n";
const PUSH: [&str; 5] = ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];

fn push(place: Workplace) -> Run {
    Invocation::new_in(place, PUSH).script("exit 0").run()
}

#[test]
fn a_command_is_refused_until_the_file_is_allowed_as_the_hint_says() {
    let refused = push(place(&[(FOLDER, COMMAND)]));
    assert_eq!(refused.code, Some(78), "{refused}");
    let stderr =
        "error: `icr-cf.toml:1` names a command to run, and you have not allowed this file\n";
    assert!(refused.err().starts_with(stderr), "{refused}");
    let hint = lines_of(refused.err());
    let line = hint.iter().find(|line| line.starts_with("icr-cf config allow")).unwrap();
    let words = shell_words::split(line).unwrap();
    let allowing = Invocation::new_in(refused.place, &words[1..]).run();
    let stdout = "allowed: icr-cf.toml, as it is now\n  \
                  icr-cf.toml:1 names a command to run: op read key\n\
                  `icr-cf config deny icr-cf.toml` takes it back\n";
    allowing.is(0, stdout, "");
    let allowed = push(allowing.place);
    // Now it is the command that is not there.
    assert_eq!(allowed.code, Some(77), "{allowed}");
    assert!(allowed.err().contains("`op`"), "{allowed}");
    // Another text takes leave anew.
    allowed.place.write(FOLDER, format!("# changed\n{COMMAND}"));
    let changed = push(allowed.place);
    assert_eq!(changed.code, Some(78), "{changed}");
    // And the old one has it still, until it is taken back.
    changed.place.write(FOLDER, COMMAND);
    let denying = Invocation::new_in(changed.place, ["config", "deny"]).run();
    denying.is(0, "not allowed any more: icr-cf.toml\n", "");
    let denied = push(denying.place);
    assert_eq!(denied.code, Some(78), "{denied}");
}

#[test]
fn the_same_text_in_another_folder_is_not_allowed() {
    let files = [(FOLDER, COMMAND), ("work/sub/icr-cf.toml", COMMAND)];
    let allowing = Invocation::new_in(place(&files), ["config", "allow", "sub"]).run();
    assert_eq!(allowing.code, Some(0), "{allowing}");
    let refused = push(allowing.place);
    assert_eq!(refused.code, Some(78), "{refused}");
}

#[test]
fn the_note_is_for_us_alone_and_one_that_others_could_write_counts_for_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let allowing = Invocation::new_in(place(&[(FOLDER, COMMAND)]), ["config", "allow"]).run();
    let folder = allowing.place.path("home/.local/state/icr-cf/allowed");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let note = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!((mode(&folder), mode(&note)), (0o700, 0o600));
    std::fs::set_permissions(&note, std::fs::Permissions::from_mode(0o666)).unwrap();
    let refused = push(allowing.place);
    assert_eq!(refused.code, Some(78), "{refused}");
}

#[test]
fn whatever_could_run_something_or_send_a_secret_elsewhere_takes_leave() {
    for (line, why) in [
        ("cf = \"./cf\"\n", "names a command to run"),
        ("api-key-command = \"op\"\n", "names a command to run"),
        ("api-key-for = [\"acme=command:op\"]\n", "names a command to run"),
        ("ca-file = \"x.pem\"\n", "names authorities to trust"),
        ("api-key-for = [\"acme=env:AWS_SECRET\"]\n", "names a variable for a key"),
        ("api-key-file = \"/etc/shadow\"\n", "names a file outside of its repository"),
        ("api-key-file = \"~/.ssh/id_rsa\"\n", "names a file outside of its repository"),
        ("api-key-file = \"sub/../../x\"\n", "names a file outside of its repository"),
        ("api-key-for = [\"acme=file:../x\"]\n", "names a file outside of its repository"),
    ] {
        let place = place(&[(FOLDER, line), ("x", ""), ("work/sub/x", "")]);
        let checked = Invocation::new_in(place, ["check", "web", "-o", "us.icr.io/acme/web"]).run();
        assert_eq!(checked.code, Some(78), "{line}: {checked}");
        assert!(checked.err().contains(why), "{line}: {checked}");
        assert!(checked.record.events.is_empty(), "{checked}");
    }
}

#[test]
fn a_file_inside_of_the_repository_and_the_users_own_file_take_none() {
    let key = crate::support::KEY;
    let inside = [(FOLDER, "api-key-file = \"key.txt\"\n"), ("work/key.txt", key)];
    assert_eq!(push(place(&inside)).code, Some(0));
    let own = [(USER, "api-key-file = \"~/key.txt\"\n"), ("home/key.txt", key)];
    assert_eq!(push(place(&own)).code, Some(0));
}

#[test]
fn a_variable_that_holds_a_key_anyway_takes_none() {
    let place = place(&[(FOLDER, "api-key-for = [\"acme=env:IC_API_KEY\"]\n")]);
    let run = Invocation::new_in(place, PUSH).variable("IC_API_KEY", crate::support::KEY);
    let run = run.script("exit 0").run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn leave_is_for_what_was_shown_and_not_for_what_a_link_leads_to_later() {
    let key = crate::support::KEY;
    let text = "api-key-file = \"key.txt\"\n";
    let place = place(&[(FOLDER, text), ("work/key.txt", key), ("a", key), ("b", key)]);
    let key = place.path("work/key.txt");
    let linked = |place: Workplace, target: &str| {
        std::fs::remove_file(&key).unwrap();
        std::os::unix::fs::symlink(target, &key).unwrap();
        push(place)
    };
    let allowing = |place| Invocation::new_in(place, ["config", "allow"]).run();
    let inside = allowing(place);
    assert!(inside.out().contains("nothing in it takes that"), "{inside}");
    let out = linked(inside.place, "../a");
    assert_eq!(out.code, Some(78), "{out}");
    assert!(out.err().contains("outside of its repository"), "{out}");
    let allowed = allowing(out.place);
    let real = allowed.place.path("a").canonicalize().unwrap();
    assert!(allowed.out().contains(&format!(", which is {}", real.display())), "{allowed}");
    let taken = push(allowed.place);
    assert_eq!(taken.code, Some(0), "{taken}");
    let elsewhere = linked(taken.place, "../b");
    assert_eq!(elsewhere.code, Some(78), "{elsewhere}");
}

#[test]
fn a_flag_or_a_variable_makes_leave_needless() {
    let run = Invocation::new_in(place(&[(FOLDER, COMMAND)]), PUSH);
    let run = run.variable("ICR_CF_API_KEY", crate::support::KEY).script("exit 0").run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_dry_run_goes_on_without_and_says_so() {
    let run = run(&[(FOLDER, COMMAND)], &[&PUSH[..], &["--dry-run"]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    let said = "is left out until you allow it: `icr-cf config allow icr-cf.toml`";
    assert!(run.err().contains(said), "{run}");
    assert!(!run.out().contains("op read"), "{run}");
}

#[test]
fn a_dry_run_that_asks_the_platform_takes_the_cf_that_is_there_and_says_so() {
    let world = icr_cf_sandbox::World::start().unwrap();
    let key = world.sample_key().to_owned();
    let digest = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    world.run_app("web", &format!("us.icr.io/acme/web@{digest}"), &key).unwrap();
    for (words, code) in [
        (&["rotate", "--dry-run"][..], 0),
        (&["rollback", "web", "--dry-run"], 0),
        (&["rotate"], 78),
        (&["rollback", "web"], 78),
    ] {
        let place = place(&[(FOLDER, "cf = \"./other\"\n")]);
        let run = Invocation::new_in(place, words).in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", &key).run();
        let said = "`icr-cf.toml:1` names a command to run, and is left out until you allow it";
        assert_eq!(run.err().contains(said), code == 0, "{run}");
        assert_eq!(run.code == Some(78), code == 78, "{run}");
    }
}

#[test]
fn a_secret_for_another_image_needs_no_leave() {
    for text in [
        "docker-password-for = [\"quay.io=env:PATH\"]\n",
        "api-key-for = [\"other=env:PATH\"]\n",
        "api-key-for = [\"other=command:op\"]\n",
    ] {
        let run = Invocation::new_in(place(&[(FOLDER, text)]), PUSH);
        let run = run.variable("ICR_CF_API_KEY", crate::support::KEY).script("exit 0").run();
        assert_eq!(run.code, Some(0), "{text}: {run}");
    }
}

#[test]
fn a_password_that_counts_needs_leave() {
    let text = "docker-password-for = [\"quay.io=env:PATH\"]\n";
    let words = ["push", "web", "--image", "quay.io/a/b:1", "--docker-username", "me"];
    let run = Invocation::new_in(place(&[(FOLDER, text)]), words).script("exit 0").run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("names a secret for another registry"), "{run}");
}

#[test]
fn there_must_be_something_to_allow() {
    let none = run(&[], &["config", "deny"]);
    assert!(none.err().contains("`icr-cf config deny PATH`"), "{none}");
    let none = run(&[], &["config", "allow"]);
    assert_eq!(none.code, Some(66), "{none}");
    let none = run(&[], &["config", "allow", "nowhere"]);
    assert_eq!(none.code, Some(66), "{none}");
    let never = run(&[(FOLDER, COMMAND)], &["config", "deny"]);
    never.is(0, "was not allowed: icr-cf.toml\n", "");
}
