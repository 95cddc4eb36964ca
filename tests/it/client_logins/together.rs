//! What stands beside entries of ours: others that write the same file, older logins, what is in the
//! helper's place on PATH.

use serde_json::json;

use super::{DOCKER, HELPER, helpers, run_in, text};
use crate::support::{Invocation, KEY, Run, Workplace};

#[test]
#[cfg(unix)]
fn logins_at_the_same_time_lose_nothing_of_each_other() {
    for is_there in [true, false] {
        let shared = Workplace::new();
        let folder = shared.path("shared/docker");
        if is_there {
            std::fs::create_dir_all(&folder).unwrap();
        }
        let regions = ["us", "de", "uk", "jp", "au", "ca", "br", "es"];
        std::thread::scope(|scope| {
            for region in regions {
                let folder = &folder;
                scope.spawn(move || {
                    let run = Invocation::new(["login", "--region", region])
                        .variable("DOCKER_CONFIG", folder)
                        .variable("ICR_CF_API_KEY", KEY)
                        .run();
                    assert_eq!(run.code, Some(0), "{run}");
                });
            }
        });
        let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
        let all = helpers(&text);
        for host in regions.map(|region| format!("{region}.icr.io")) {
            assert!(all.iter().any(|(known, _)| *known == host), "{host}: {text}");
        }
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[test]
fn an_older_login_that_podman_takes_first_is_told() {
    for (own, is_told) in [
        (json!({"auths": {"us.icr.io": {"auth": "eDp5"}}}), true),
        (json!({"auths": {"quay.io": {"auth": "eDp5"}}}), false),
        (json!({"auths": {"us.icr.io": {}}, "credHelpers": {"us.icr.io": "vault"}}), false),
        (json!([]), false),
    ] {
        let place = Workplace::new();
        let file = place.write("auth.json", own.to_string());
        let run = Invocation::new_in(place, ["login", "--region", "us"])
            .variable("REGISTRY_AUTH_FILE", &file)
            .variable("ICR_CF_API_KEY", KEY)
            .run();
        assert_eq!(run.code, Some(0), "{run}");
        let note = format!(
            "podman has an older login for `us.icr.io` in `{}`, as `us.icr.io`, and takes that first; \
             `podman logout us.icr.io` takes it out",
            file.display()
        );
        assert_eq!(run.err().contains(&note), is_told, "{own}: {run}");
    }
}

#[test]
fn an_empty_name_of_a_helper_is_none() {
    let place = Workplace::new();
    place.write(DOCKER, r#"{"credHelpers": {"us.icr.io": ""}}"#);
    let run = run_in(place, &["login", "--region", "us"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(helpers(&text(&run, DOCKER)).contains(&("us.icr.io".into(), "icr-cf".into())));
}

#[test]
fn files_of_both_clients_in_one_folder_are_no_hindrance() {
    let place = Workplace::new();
    let (folder, file) = (place.path("one"), place.path("one/auth.json"));
    let run = Invocation::new_in(place, ["login", "--docker", "--podman"])
        .variable("DOCKER_CONFIG", &folder)
        .variable("REGISTRY_AUTH_FILE", &file)
        .variable("ICR_CF_API_KEY", KEY)
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.time < std::time::Duration::from_secs(10), "{run}");
    for name in ["one/auth.json", "one/config.json"] {
        assert!(!helpers(&text(&run, name)).is_empty(), "{run}");
    }
}

#[test]
#[cfg(unix)]
fn what_dockers_store_keeps_is_taken_out_of_that_store() {
    let place = Workplace::new();
    place.write(DOCKER, r#"{"auths": {"us.icr.io": {}}, "credsStore": "desktop"}"#);
    place.install_script("docker-credential-desktop", "echo \"$1 $(cat)\" > \"$HOME/../erased\"");
    place.install_script("docker", "echo \"$*\" > \"$HOME/../logged-out\"");
    let run = run_in(place, &["login", "--region", "us"]);
    let line = run.err().split('`').find(|part| part.contains(" erase ")).unwrap().to_owned();
    let mended = std::process::Command::new("/bin/sh")
        .args(["-c", &line])
        .env("PATH", format!("{}:/usr/bin:/bin", run.place.path("bin").display()))
        .env("HOME", run.place.path("home"))
        .status()
        .unwrap();
    assert!(mended.success(), "{line}");
    assert_eq!(text(&run, "erased"), "erase us.icr.io\n");
    assert_eq!(text(&run, "logged-out"), "logout us.icr.io\n");
}

/// A login of podman's or docker's file with this name of an older login.
fn with_older(flag: &str, name: &str) -> Run {
    let place = Workplace::new();
    let file = if flag == "--docker" { place.path(DOCKER) } else { place.path("auth.json") };
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let auths = json!({"auths": {name: {"auth": "eDp5"}}});
    std::fs::write(&file, auths.to_string()).unwrap();
    place.install_icr_cf(HELPER);
    Invocation::new_in(place, ["login", flag, "--region", "us"])
        .variable("REGISTRY_AUTH_FILE", &file)
        .variable("ICR_CF_API_KEY", KEY)
        .run()
}

#[test]
fn an_older_login_is_named_as_it_stands_there_with_what_takes_it_out() {
    let by_hand = "take that member out by hand";
    for (flag, name, mends) in [
        ("--docker", "us.icr.io", "`docker logout us.icr.io` takes it out"),
        ("--docker", "https://us.icr.io/v1/", by_hand),
        ("--podman", "us.icr.io", "`podman logout us.icr.io` takes it out"),
        ("--podman", "us.icr.io/acme", "`podman logout us.icr.io/acme` takes it out"),
        ("--podman", "https://us.icr.io", by_hand),
    ] {
        let run = with_older(flag, name);
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.err().contains(&format!("as `{name}` in `auths`")), "{run}");
        assert!(run.err().contains(mends), "{name}: {run}");
        let status = Invocation::new_in(run.place, ["login", "--status", flag, "--region", "us"]);
        let status = status.variable("REGISTRY_AUTH_FILE", "auth.json");
        if flag == "--docker" {
            let status = status.run();
            assert!(status.out().contains("icr-cf; an older login in the file"), "{status}");
        }
    }
}

#[test]
#[cfg(unix)]
fn what_is_dead_in_the_helpers_place_makes_room_for_it() {
    let place = Workplace::new();
    let helper = place.path("bin").join(HELPER);
    std::os::unix::fs::symlink("/nonexistent/icr-cf", &helper).unwrap();
    let path = place.path("bin");
    let run = Invocation::new_in(place, ["login"]).variable("PATH", path).run();
    let line = run.err().split('`').find(|part| part.contains("ln -sf ")).unwrap().to_owned();
    let line = format!("PATH=/usr/bin:/bin; {line}");
    let mended = std::process::Command::new("/bin/sh").args(["-c", &line]).status().unwrap();
    assert!(mended.success(), "{line}");
    assert!(helper.exists());
    assert!(!run_in(run.place, &["login"]).err().contains("is not on PATH"));
}

#[test]
#[cfg(target_os = "linux")]
fn where_the_second_file_cannot_be_written_the_first_is_said_to_be_changed() {
    let place = Workplace::new();
    place.write(DOCKER, r#"{"credHelpers": {"us.icr.io": "icr-cf"}}"#);
    // A file that is there, in a folder where nobody may write.
    let run = Invocation::new_in(place, ["login", "--docker", "--podman", "--region", "us"])
        .variable("REGISTRY_AUTH_FILE", "/proc/nothing/auth.json")
        .variable("ICR_CF_API_KEY", KEY)
        .run();
    assert_eq!(run.code, Some(74), "{run}");
    let file = run.place.path(DOCKER);
    assert!(run.err().contains("`/proc/nothing/auth.json` cannot be written"), "{run}");
    assert!(run.err().contains(&format!("`{}` was changed before", file.display())), "{run}");
    assert!(!run.err().contains("nothing was changed"), "{run}");
}

#[test]
fn podmans_other_file_and_a_name_that_it_cannot_log_out_of_are_told() {
    for (name, mends) in [
        ("us.icr.io", "logout --authfile [FILE] us.icr.io` takes it out"),
        ("https://us.icr.io", "take that member out by hand"),
    ] {
        let place = Workplace::new();
        let own = json!({"auths": {name: {"auth": "eDp5"}}}).to_string();
        let file = place.write("home/.config/containers/auth.json", own);
        let run = run_in(place, &["login", "--region", "us"]);
        assert_eq!(run.code, Some(0), "{run}");
        let said = format!("podman has an older login for `us.icr.io` in `{}`", file.display());
        // macOS has this for its first place.
        let mends = if cfg!(target_os = "linux") {
            mends.replace("[FILE]", &file.to_string_lossy())
        } else {
            mends.replace("--authfile [FILE] ", "")
        };
        assert!(run.err().contains(&said) && run.err().contains(&mends), "{run}");
    }
}

#[test]
fn what_was_replaced_is_said_beside_the_document_too() {
    for flags in [&[][..], &["--output", "json"]] {
        let place = Workplace::new();
        let before = json!({"credHelpers": {"us.icr.io": "vault", "private.us.icr.io": ""}});
        place.write(DOCKER, before.to_string());
        let words = [&["login", "--replace", "--region", "us"], flags].concat();
        let run = run_in(place, &words);
        assert_eq!(
            (run.code, run.err()),
            (Some(0), "note: `us.icr.io` had the helper `vault` before\n")
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_of_sessions_that_is_not_ours_is_none() {
    use std::os::unix::fs::PermissionsExt as _;
    // Who may do everything is kept out of nothing.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let place = Workplace::new();
    let session = place.path("session");
    std::fs::create_dir_all(session.join("containers")).unwrap();
    let closed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(session.join("containers"), closed).unwrap();
    let run = Invocation::new_in(place, ["login", "--status"]);
    let run = run.variable("XDG_RUNTIME_DIR", &session).run();
    let open = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(session.join("containers"), open).unwrap();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("auth.json is not there"), "{run}");
}

#[test]
#[cfg(unix)]
fn what_a_killed_login_left_is_removed_by_the_next_and_nothing_else() {
    let place = Workplace::new();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    for (name, is_old) in
        [(".icr-cf-aB3dE6", true), (".icr-cf-Zz9xY1", false), (".icr-cf-notes.txt", true)]
    {
        let path = place.write(&format!("home/.docker/{name}"), "{}");
        if is_old {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(old).unwrap();
        }
    }
    // Also where there is nothing to write.
    let run = run_in(place, &["logout", "--docker", "--region", "us"]);
    let left = |name: &str| run.place.path("home/.docker").join(name).exists();
    assert!(!left(".icr-cf-aB3dE6") && left(".icr-cf-Zz9xY1") && left(".icr-cf-notes.txt"));
}

#[test]
fn every_older_login_of_a_host_is_told() {
    let place = Workplace::new();
    let login = json!({"auth": "eDp5"});
    let before = json!({"auths": {
        "us.icr.io": login, "us.icr.io/ns": login, "https://us.icr.io/v1/": login, "us.icr.io/a b": login,
    }});
    place.write("auth.json", before.to_string());
    let file = place.path("auth.json");
    let run = Invocation::new_in(place, ["login", "--podman", "--region", "us"]);
    let run = run.variable("REGISTRY_AUTH_FILE", file).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(0), "{run}");
    for (name, mends) in [
        ("us.icr.io", "`podman logout us.icr.io` takes it out"),
        ("us.icr.io/ns", "`podman logout us.icr.io/ns` takes it out"),
        ("https://us.icr.io/v1/", "take that member out by hand"),
        ("us.icr.io/a b", "take that member out by hand"),
    ] {
        let note = format!("as `{name}` in `auths`, perhaps with the key in it; {mends}\n");
        assert!(run.err().contains(&note), "{name}: {run}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_of_another_user_stays_his() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    // Who is nobody special can give no file away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let place = Workplace::new();
    let file = place.write(DOCKER, "{}");
    for (owner, group) in [(1234, 4321), (0, 4321)] {
        chown(&file, Some(owner), Some(group)).unwrap();
        let words = if owner == 0 { "de" } else { "us" };
        let run = Invocation::new(["login", "--region", words]);
        let run = run.variable("DOCKER_CONFIG", file.parent().unwrap()).run();
        assert_eq!(run.code, Some(0), "{run}");
        let now = file.metadata().unwrap();
        assert_eq!((now.uid(), now.gid()), (owner, group));
    }
}
