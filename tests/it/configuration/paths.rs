//! Paths and programs in a file of settings are those of the file, from wherever icr-cf is run.

use super::{FOLDER, USER, place, run, setting};
use crate::support::{Invocation, KEY};

#[test]
fn a_program_by_a_path_is_that_of_the_file() {
    let values = |file: &str, program: &str| {
        let quoted = format!(
            "api-key-command = '{program}'\ncf = '{program}'\n\
                              docker-password-for = ['quay.io=command:{program}']\n"
        );
        let shown = run(&[(file, &quoted)], &["config", "--output", "json"]);
        let folder = shown.place.path(file).parent().unwrap().display().to_string();
        let home = shown.place.path("home").display().to_string();
        let of = |name: &str| {
            let value = &setting(&shown, name)["given"][0]["values"][0];
            let value = value.as_str().unwrap().replace(&folder, "FOLDER");
            value.replace(&home, "HOME").replace("quay.io=command:", "")
        };
        let all = ["api-key-command", "cf", "docker-password-for"].map(of);
        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all[0].clone()
    };
    for file in [FOLDER, USER] {
        for (program, meant) in [
            ("bin/x key", "FOLDER/bin/x key"),
            ("./bin/x", "FOLDER/bin/x"),
            ("../x", "FOLDER/../x"),
            ("\"a b/x\" c", "'FOLDER/a b/x' c"),
            ("~/bin/x", "HOME/bin/x"),
            ("/bin/x ./y", "/bin/x ./y"),
            ("op read ./y", "op read ./y"),
        ] {
            assert_eq!(values(file, program), meant, "{file}");
        }
    }
}

#[test]
fn a_program_of_the_users_own_file_is_found_from_another_folder() {
    let script = format!("#!/bin/sh\necho {KEY}\n");
    let own = "home/.config/icr-cf/bin/key";
    let place = place(&[(USER, "api-key-command = \"bin/key\"\n"), (own, &script)]);
    std::fs::set_permissions(place.path(own), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    let words = ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];
    let run = Invocation::new_in(place, words).script("exit 0").run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_file_in_a_folder_that_is_missing_is_inside_all_the_same() {
    let words = ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];
    let missing = run(&[(FOLDER, "api-key-file = \"sub/k\"\n")], &words);
    assert_eq!(missing.code, Some(66), "{missing}");
    let out = run(&[(FOLDER, "api-key-file = \"sub/../../k\"\n")], &words);
    assert_eq!(out.code, Some(78), "{out}");
}
