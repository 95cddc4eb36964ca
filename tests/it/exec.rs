//! `icr-cf exec`: what the program gets, that it has terminal, signals and exit code as if nothing
//! stood between, and what is refused. What is kept secret of it stands among the leaks.

use icr_cf_sandbox::{IAM_HOST, Key, World};

#[cfg(unix)]
use crate::support::{CTRL_BACKSLASH, CTRL_C, CTRL_Z, Setup, icr_cf, lines_of, state};
use crate::support::{Invocation, KEY, Workplace, secrets_stay};

#[cfg(unix)]
mod surroundings;

/// `icr-cf exec` with these flags, of the stand-in as it pushes by a script.
fn exec(flags: &[&str], script: &str) -> Invocation {
    let words = flags.iter().chain(&["--", "cf", "push", "web"]);
    Invocation::new(["exec"]).arguments(words).variable("ICR_CF_API_KEY", KEY).script(script)
}

/// The same of a script for a shell.
#[cfg(unix)]
fn shell(flags: &[&str], script: &str) -> Invocation {
    let words = flags.iter().copied().chain(["--", "/bin/sh", "-c", script]);
    Invocation::new(["exec"]).arguments(words).variable("ICR_CF_API_KEY", KEY)
}

#[test]
fn the_program_gets_the_key_its_arguments_and_the_streams() {
    let run = exec(&[], "out hello; err no; exit 7").run();
    run.is(7, "hello\n", "no\n");
    assert_eq!(run.record.push().arguments(), ["push", "web"], "{run}");
    assert_eq!(run.record.push().variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{run}");
}

#[test]
fn another_variable_takes_the_key_even_one_that_is_hidden_otherwise() {
    for name in ["IC_API_KEY", "ICR_CF_API_KEY", "my_key"] {
        let run = exec(&["--as", name], "exit 0").run();
        assert_eq!(run.code, Some(0), "{name}: {run}");
        assert_eq!(run.record.push().variables_holding(KEY), [name], "{run}");
    }
}

/// A login as jobs of GitLab have it in a variable.
fn docker_login() -> String {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("iamapikey:{KEY}"));
    format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": \"{pair}\"}}}}}}")
}

#[test]
fn the_key_is_in_no_variable_of_another_name() {
    for flags in [&[][..], &["--mask"]] {
        let run = exec(flags, "exit 0");
        let url = format!("https://iamapikey:{KEY}@us.icr.io");
        let run = run.variable("FOO", KEY).variable("WITH_USER", &url);
        let run = run.variable("DOCKER_AUTH_CONFIG", docker_login());
        #[cfg(unix)]
        let run = {
            use std::os::unix::ffi::OsStringExt as _;
            let bytes = [b"\xff", KEY.as_bytes()].concat();
            run.variable("NO_TEXT", std::ffi::OsString::from_vec(bytes))
        };
        let run = run.run();
        assert!(!run.record.push().variables().contains(&"DOCKER_AUTH_CONFIG"), "{run}");
        assert!(!run.record.push().variables().contains(&"NO_TEXT"), "{run}");
        assert_eq!(run.record.push().variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{run}");
    }
}

#[test]
#[cfg(unix)]
fn a_masked_program_whose_output_nobody_reads_is_told_and_ends() {
    let line = "timeout 20 \"$0\" exec --mask -- yes | head -1; echo ${PIPESTATUS[0]}";
    let program = icr_cf();
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", line]).arg(program).env("ICR_CF_API_KEY", KEY);
    let said = bash.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "y\n141\n", "{said:?}");
}

#[test]
fn a_token_takes_the_place_of_the_key_and_only_iam_is_asked() {
    let world = World::start().unwrap();
    let key = world.sample_key();
    for flags in [&["--token"][..], &["--token", "--mask"]] {
        let run = exec(flags, "echo-secret; exit 0").in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", key).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.record.push().variables_holding(key).is_empty(), "{run}");
        let shown = run.out().trim_end();
        let is_token = shown.starts_with("eyJ") && shown.split('.').count() == 3;
        assert_eq!(is_token, flags.len() == 1, "{run}");
        assert!(is_token || shown == "***", "{run}");
        secrets_stay(&world, &run, key, &[]);
    }
    assert!(world.requests().iter().all(|request| request.host == IAM_HOST));
}

#[test]
#[cfg(unix)]
fn base64_in_lines_shows_neither_key_nor_token() {
    use base64::Engine as _;
    let world = World::start().unwrap();
    let key = world.sample_key();
    let printed = "PATH=/usr/bin:/bin; printf '%s:%s' a-service-id-with-a-name \"$S\" | base64; \
                   printf %s \"$S\" | base64 | sed 's/^/  /'; printf %s \"$S\" | fold -w 30";
    for flags in [&["--mask"][..], &["--mask", "--token"]] {
        let run = Invocation::new(["exec", "--as", "S"]).arguments(flags);
        let run = run.arguments(["--", "/bin/sh", "-c", printed]).in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", key).run();
        assert_eq!(run.code, Some(0), "{run}");
        let expected = "YS1zZXJ2aWNlLWlkLXdpdGgtYS1uYW1lO";
        assert!(run.out().starts_with(expected), "{run}");
        // Nothing is left but what stands before the secret, and a piece of base64 at its edge.
        assert!(run.out().len() < 90, "{run}");
        let encoded = base64::engine::general_purpose::STANDARD.encode(key);
        for piece in encoded.as_bytes()[..56].windows(12) {
            assert!(!run.out().contains(std::str::from_utf8(piece).unwrap()), "{run}");
        }
        secrets_stay(&world, &run, key, &[]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_an_error_where_the_program_ends_well() {
    for (ends, code, is_said) in [("true", 74, true), ("exit 3", 3, false)] {
        let line = format!("\"$0\" exec --mask -- /bin/sh -c 'echo hi; {ends}' > /dev/full");
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &line]).arg(icr_cf()).env("ICR_CF_API_KEY", KEY);
        let said = shell.output().unwrap();
        assert_eq!(said.status.code(), Some(code), "{said:?}");
        let error = "error: what `/bin/sh` printed cannot be written: No space left on device";
        assert_eq!(String::from_utf8_lossy(&said.stderr).contains(error), is_said, "{said:?}");
    }
}

#[test]
#[cfg(unix)]
fn beside_a_token_the_key_is_masked_as_well() {
    let world = World::start().unwrap();
    let place = crate::support::Workplace::new();
    place.write("key", world.sample_key());
    let file = place.path("key");
    let words = ["exec", "--token", "--mask", "--api-key-file"];
    let run = Invocation::new_in(place, words).arguments([file.as_os_str()]);
    let run = run.arguments(["--", "/bin/cat"]).arguments([&file]).in_world(&world);
    let run = run.without("ICR_CF_API_KEY").run();
    assert_eq!((run.code, run.out().trim_end()), (Some(0), "***"), "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[&file]);
}

#[test]
fn a_key_that_iam_refuses_gives_no_token_and_runs_nothing() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random());
    world.disable_key(&key);
    let run = exec(&["--token"], "exit 0").in_world(&world).variable("ICR_CF_API_KEY", &key).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().starts_with("error: IAM gives no token for the key\n"), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    secrets_stay(&world, &run, &key, &[]);
}

#[test]
fn an_iam_that_proves_nothing_is_sent_no_key() {
    let world = World::start().unwrap();
    let run = exec(&["--token"], "exit 0").in_world(&world).without("SSL_CERT_FILE");
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!((run.code, world.requests().len()), (Some(69), 0), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
}

#[test]
fn what_a_token_is_not_made_of_is_refused() {
    let profile = "Profile-0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    for words in [
        &["--token", "--docker-username", "iamrefresh"][..],
        &["--token", "--docker-username", profile],
        &["--no-key"],
        &["--as", "LD_PRELOAD"],
        &["--as", "PATH"],
        &["--as", "SSLKEYLOGFILE"],
        &["--as", "cf_trace"],
        &["--as", "A-B"],
        &["--as", ""],
        &["--region", "nowhere"],
    ] {
        let run = exec(words, "exit 0").run();
        assert_eq!(run.code, Some(2), "{words:?}: {run}");
        assert!(run.err().contains("\nhint: "), "{words:?}: {run}");
        assert!(run.record.pushes().is_empty(), "{run}");
    }
}

#[test]
fn a_program_that_would_only_show_the_variable_is_refused_with_what_to_do_instead() {
    for words in [&["env"][..], &["printenv", "CF_DOCKER_PASSWORD"], &["echo", "x"]] {
        let run = Invocation::new(["exec", "--"]).arguments(words).variable("ICR_CF_API_KEY", KEY);
        let run = run.run();
        assert_eq!(run.code, Some(2), "{words:?}: {run}");
        let hint = "icr-cf exec --as CF_DOCKER_PASSWORD -- ./deploy.sh";
        assert!(run.err().contains(hint), "{words:?}: {run}");
    }
}

#[test]
fn a_program_without_dashes_before_it_is_told_where_it_stands() {
    let run = Invocation::new(["exec", "cf", "push"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: the program stands behind it: `icr-cf exec -- "), "{run}");
    let run = Invocation::new(["exec"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().starts_with("error: the program behind `--` is missing\n"), "{run}");
}

#[test]
fn the_name_of_a_variable_or_a_flag_of_the_program_is_left_to_the_program() {
    let words = ["--", "cf", "push", "--as", "PATH", "--key", "client.pem", "--help"];
    let run = Invocation::new(["exec"]).arguments(words).variable("ICR_CF_API_KEY", KEY);
    let run = run.script("exit 0").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.record.push().arguments()[1..], words[3..], "{run}");
}

#[test]
fn a_program_that_is_not_there_is_127_and_reads_no_key() {
    for name in ["no-such-program", "./no-such-program", "cf push web"] {
        let words = ["exec", "--api-key-command", "no-such-command", "--", name];
        let run = Invocation::new(words).run();
        assert_eq!(run.code, Some(127), "{name}: {run}");
        let expected = format!("error: there is no program `{name}`\n");
        assert!(run.err().starts_with(&expected), "{run}");
    }
}

#[test]
#[cfg(unix)]
fn a_program_that_cannot_be_run_is_126_and_one_whose_interpreter_is_gone_is_127() {
    use std::os::unix::fs::PermissionsExt;
    for flags in [&[][..], &["--mask"]] {
        for (name, code, hint) in [
            ("./plain", 126, "chmod +x"),
            ("./folder", 126, "folder"),
            ("./odd", 127, "first line"),
        ] {
            let place = Workplace::new();
            std::fs::create_dir(place.path("work/folder")).unwrap();
            place.write("work/plain", "#!/bin/sh\n");
            let odd = place.write("work/odd", "#!/no/such/shell\n");
            std::fs::set_permissions(odd, PermissionsExt::from_mode(0o755)).unwrap();
            let words = flags.iter().copied().chain(["--", name]);
            let run = Invocation::new_in(place, ["exec"]).arguments(words);
            let run = run.variable("ICR_CF_API_KEY", KEY).run();
            assert_eq!(run.code, Some(code), "{name}: {run}");
            assert!(run.err().contains(hint), "{name}: {run}");
        }
    }
}

#[test]
fn no_key_is_77_and_the_hint_is_no_push() {
    let run = Invocation::new(["exec", "--", "cf", "push"]).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(!run.err().contains("--no-key"), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
}

#[test]
fn the_region_says_whose_login_counts() {
    let place = Workplace::new();
    let login = |user: &str| {
        use base64::Engine as _;
        let pair = format!("iamapikey:{user}");
        serde_json::json!({"auth": base64::engine::general_purpose::STANDARD.encode(pair)})
    };
    let (us, de) = (KEY.replace("mArKeR0", "mArKeRu"), KEY.replace("mArKeR0", "mArKeRd"));
    let config = serde_json::json!({"auths": {"us.icr.io": login(&us), "de.icr.io": login(&de)}});
    let path = place.write("home/.docker/config.json", config.to_string());
    for (region, key) in [(Some("us-south"), &us), (Some("de"), &de), (None, &de)] {
        let flags: Vec<&str> = region.into_iter().flat_map(|region| ["--region", region]).collect();
        let run = exec(&flags, "exit 0").without("ICR_CF_API_KEY");
        let run = run.variable("DOCKER_CONFIG", path.parent().unwrap()).run();
        assert_eq!(run.code, Some(0), "{region:?}: {run}");
        assert_eq!(run.record.push().variables_holding(key), ["CF_DOCKER_PASSWORD"], "{run}");
    }
}

#[test]
#[cfg(unix)]
fn the_program_reads_our_standard_input_and_takes_our_place() {
    let run = shell(&[], "read -r line; echo \"$line $$ $PPID\"").stdin("hello\n").start();
    let mut run = run;
    let pid = run.pid();
    let run = run.finish();
    let ours = format!("hello {pid} {}\n", std::process::id());
    run.is(0, &ours, "");
    let run = shell(&["--mask"], "read -r line; echo \"$line\"").stdin("hello\n").run();
    run.is(0, "hello\n", "");
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_program_or_is_what_it_makes_of_it() {
    use rustix::process::Signal;
    for (flags, code) in [(&[][..], None), (&["--mask"], Some(143))] {
        let mut running = exec(flags, "touch @ready; sleep 20000").start();
        running.wait_for_file("ready");
        running.kill(Signal::TERM);
        assert_eq!(running.finish().code, code);
        for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1] {
            let name = match signal {
                Signal::INT => "INT",
                Signal::TERM => "TERM",
                Signal::HUP => "HUP",
                Signal::QUIT => "QUIT",
                _ => "USR1",
            };
            let script = format!(
                "trap 'echo got; exit 5' {name}; : > ../ready; while :; do /bin/sleep 0.02; done"
            );
            let mut running = shell(flags, &script).start();
            running.wait_for_file("ready");
            running.kill(signal);
            let run = running.finish();
            assert_eq!((run.code, run.out()), (Some(5), "got\n"), "{name} {flags:?}: {run}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_program_that_lives_through_ctrl_c_goes_on_however_often_it_is_pressed() {
    let script =
        "trap 'echo no' INT; : > ../ready; until read -r line; do :; done; echo \"had $line\"";
    for flags in [&[][..], &["--mask"]] {
        for setup in [Setup::Leader, Setup::Job] {
            let mut running = shell(flags, script).on(setup).start();
            running.wait_for_file("ready");
            for round in 1..=3 {
                running.terminal().press(&[CTRL_C]);
                running.wait_for("an answer to Ctrl-C", |running| {
                    let text = String::from_utf8_lossy(&running.stdout()).into_owned();
                    text.matches("no\n").count() == round
                });
            }
            running.terminal().press(b"word\n");
            let run = running.finish();
            assert_eq!(run.code, Some(0), "{flags:?} {setup:?}: {run}");
            assert!(run.out().ends_with("had word\n"), "{flags:?} {setup:?}: {run}");
        }
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_program_that_does_nothing_about_it() {
    for (flags, key, code) in [
        // The shell ends as its job did.
        (&[][..], CTRL_C, None),
        (&["--mask"], CTRL_C, Some(130)),
        (&["--mask"], CTRL_BACKSLASH, Some(131)),
    ] {
        let mut running = exec(flags, "touch @ready; sleep 20000").on(Setup::Job).start();
        running.wait_for_file("ready");
        running.terminal().press(&[key]);
        let run = running.finish();
        assert_eq!(run.code, code, "{flags:?}: {run}");
        assert_eq!(run.record.signals().len(), 1, "{flags:?}: {run}");
    }
}

#[test]
#[cfg(unix)]
fn ctrl_z_stops_the_program_and_fg_wakes_it() {
    let script =
        "echo $$ > ../pid.new; /bin/mv ../pid.new ../pid; read -r line; echo \"had $line\"";
    for flags in [&[][..], &["--mask"]] {
        let mut running = shell(flags, script).on(Setup::Job).start();
        running.wait_for_file("pid");
        let pid = std::fs::read_to_string(running.place().path("pid")).unwrap();
        let pid: i32 = pid.trim().parse().unwrap();
        running.terminal().press(&[CTRL_Z]);
        running.wait_for("it is stopped", |_| state(pid) == Some('T'));
        running.wait_for_file("job-stopped");
        running.terminal().press(b"\n");
        running.wait_for("it goes on", |_| state(pid) != Some('T'));
        running.terminal().press(b"word\n");
        let run = running.finish();
        assert_eq!(run.code, Some(0), "{flags:?}: {run}");
        assert!(run.out().ends_with("had word\n"), "{flags:?}: {run}");
    }
}

#[test]
#[cfg(unix)]
fn the_hints_of_a_refusal_are_lines_that_work() {
    let run = Invocation::new(["exec", "--", "printenv"]).variable("ICR_CF_API_KEY", KEY).run();
    let lines: Vec<String> = lines_of(run.err()).into_iter().map(str::to_owned).collect();
    let line = lines.iter().find(|line| line.contains("deploy.sh")).unwrap();
    let place = Workplace::new();
    let script = place.install_script("deploy.sh", "[ -n \"$CF_DOCKER_PASSWORD\" ]");
    std::fs::rename(script, place.path("work/deploy.sh")).unwrap();
    let words = shell_words::split(line).unwrap();
    let run = Invocation::new_in(place, &words[1..]).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(0), "{run}");
}
