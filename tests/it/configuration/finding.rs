//! Where files of settings are looked for.

use super::{FOLDER, USER, place, run};
use crate::support::Invocation;

const REGION: &str = "region = \"eu-de\"\n";
const RESOLVED: &str = "de.icr.io/acme/b\n";

#[test]
fn a_profile_that_a_variable_says_in_no_text_is_an_error() {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"pr\xffod");
    let run = crate::support::Invocation::new(["resolve", "us.icr.io/acme/b"]);
    let run = run.variable("ICR_CF_PROFILE", name).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("`unset ICR_CF_PROFILE`"), "{run}");
}

#[test]
fn the_folders_above_are_looked_in_up_to_the_root_of_the_repository() {
    let above = ("icr-cf.toml", REGION);
    run(&[above, (".git/HEAD", "")], &["resolve", "acme/b"]).is(0, RESOLVED, "");
    // The file stands above the root.
    let beyond = run(&[above, ("work/.git/HEAD", "")], &["resolve", "acme/b"]);
    assert_ne!(beyond.code, Some(0), "{beyond}");
    // There is no repository.
    let outside = run(&[above], &["resolve", "acme/b"]);
    assert_ne!(outside.code, Some(0), "{outside}");
    // In a worktree `.git` is a file.
    run(&[above, (".git", "gitdir: x\n")], &["resolve", "acme/b"]).is(0, RESOLVED, "");
}

#[test]
fn the_nearest_file_counts_alone() {
    let files = [(".git/HEAD", ""), ("icr-cf.toml", "namespace = \"far\"\n"), (FOLDER, REGION)];
    let run = run(&files, &["resolve", "web"]);
    assert_ne!(run.code, Some(0), "{run}");
}

#[test]
fn the_folder_of_the_manifest_counts_and_not_the_working_folder() {
    let manifest = "applications:\n- name: web\n  docker:\n    image: acme/web\n";
    let files = [
        ("work/deploy/manifest.yml", manifest),
        ("work/deploy/icr-cf.toml", REGION),
        (FOLDER, "region = \"us-south\"\n"),
    ];
    for named in ["deploy/manifest.yml", "deploy"] {
        let words = ["push", "-f", named, "--dry-run", "--output", "json"];
        let run = run(&files, &words);
        assert_eq!(run.code, Some(0), "{run}");
        let image = &run.json()["apps"][0]["plan"]["image"];
        assert_eq!(image["reference"], "de.icr.io/acme/web", "{run}");
    }
    let run = run(&files, &["config", "-f", "deploy/manifest.yml"]);
    assert!(run.out().contains("deploy/icr-cf.toml:1"), "{run}");
}

#[test]
fn the_users_own_file_is_where_xdg_says() {
    let files = [("other/icr-cf/config.toml", REGION), (USER, "region = \"us-south\"\n")];
    let place = place(&files);
    let other = place.path("other");
    let run = Invocation::new_in(place, ["resolve", "acme/b"]).variable("XDG_CONFIG_HOME", other);
    run.run().is(0, RESOLVED, "");
}

#[test]
fn paths_are_those_of_their_file_and_a_tilde_is_home() {
    let files = [
        (".git/HEAD", ""),
        (
            "icr-cf.toml",
            "api-key-file = \"keys/key.txt\"\n[profile.home]\napi-key-file = \"~/key\"\n",
        ),
    ];
    let words = ["config", "--profile", "home"];
    let run = run(&files, &words);
    let root = run.place.root().display();
    assert!(run.out().contains(&format!("{root}/keys/key.txt")), "{run}");
    assert!(run.out().contains(&format!("{root}/home/key")), "{run}");
}
