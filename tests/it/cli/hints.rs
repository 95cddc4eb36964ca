//! Hints that are whole lines: what is printed is pasted, and has to be taken.

use crate::support::{Invocation, KEY, Run, Workplace, lines_of};

/// The line between the last backticks of the first hint.
fn line(run: &Run) -> Vec<String> {
    let hint = run.err().lines().find_map(|line| line.strip_prefix("hint: write "));
    let hint = hint.unwrap_or_else(|| panic!("no line to write: {run}"));
    let line = hint.trim_matches('`');
    shell_words::split(line.strip_prefix("icr-cf ").unwrap()).unwrap()
}

const TWO_APPS: &str = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web}\n- name: acme/api\n  docker: {image: us.icr.io/acme/api}\n";
const ONE_APP: &str = "applications:\n- name: front\n  docker: {image: us.icr.io/acme/web}\n";

#[test]
fn an_image_without_its_flag_is_answered_with_a_line_that_is_taken() {
    for (words, manifest, meant) in [
        ("push web us.icr.io/acme/web", None, "push web --image us.icr.io/acme/web"),
        (
            "push us.icr.io/acme/web:1 -m 1G web",
            None,
            "push web -m 1G --image us.icr.io/acme/web:1",
        ),
        ("push us.icr.io/acme/api:2", None, "push api --image us.icr.io/acme/api:2"),
        ("p us.icr.io/acme/a/b@sha256:12", None, "push b --image us.icr.io/acme/a/b@sha256:12"),
        ("push us.icr.io/acme/api:2", Some(ONE_APP), "push front --image us.icr.io/acme/api:2"),
        ("push web us.icr.io/acme/api", Some(TWO_APPS), "push web --image us.icr.io/acme/api"),
        ("push acme/x", Some(TWO_APPS), "push web --image acme/x"),
        ("push x/web:2 --jobs 2", Some(TWO_APPS), "push web --jobs 2 --image x/web:2"),
        ("check web us.icr.io/acme/api", None, "check web --image us.icr.io/acme/api"),
        ("check x/api -f manifest.yml", Some(ONE_APP), "check front -f manifest.yml --image x/api"),
    ] {
        let place = Workplace::new();
        if let Some(text) = manifest {
            place.write("work/manifest.yml", text);
        }
        let run = Invocation::new_in(place, words.split(' ')).run();
        assert_eq!(run.code, Some(2), "{words}: {run}");
        assert!(run.err().contains("is an image, and no flag says so"), "{words}: {run}");
        assert_eq!(line(&run), shell_words::split(meant).unwrap(), "{words}: {run}");
        assert!(run.record.pushes().is_empty(), "{run}");
    }
}

#[test]
fn the_line_for_a_forgotten_flag_pushes() {
    let run = Invocation::new(["push", "web", "us.icr.io/acme/web:7", "--no-checks"]).run();
    let words = line(&run);
    let run = Invocation::new(words).variable("ICR_CF_API_KEY", KEY).script("out pushed").run();
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "{run}");
}

#[test]
fn an_app_of_the_manifest_may_be_called_like_an_image() {
    let place = Workplace::new();
    place.write("work/manifest.yml", TWO_APPS);
    let run = Invocation::new_in(place, ["push", "acme/api", "--dry-run"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("us.icr.io/acme/api"), "{run}");
}

#[test]
fn of_several_images_each_has_its_line() {
    for (words, lines) in [
        (
            "push web acme/web acme/api -r us",
            ["icr-cf push web -r us --image acme/web", "icr-cf push web -r us --image acme/api"],
        ),
        (
            "check acme/web acme/api -r us",
            ["icr-cf check acme/web -r us", "icr-cf check acme/api -r us"],
        ),
        (
            "push us.icr.io/acme/web:1.4 -o acme/arm",
            ["icr-cf push web --image us.icr.io/acme/web:1.4", "icr-cf push arm --image acme/arm"],
        ),
        (
            "check us.icr.io/acme/web -o acme/arm",
            ["icr-cf check us.icr.io/acme/web", "icr-cf check acme/arm"],
        ),
    ] {
        let run = Invocation::new(words.split(' ')).run();
        assert_eq!(run.code, Some(2), "{run}");
        assert_eq!(lines_of(run.err()), lines, "{run}");
    }
    let run = Invocation::new(["push", "team/web", "-o", "us.icr.io/acme/web", "--dry-run"]).run();
    assert_eq!(run.code, Some(0), "an app may have a slash in its name: {run}");
}

/// What was typed, mended: for the same command, with the same file.
#[test]
fn a_hint_is_the_line_that_was_typed_with_what_it_lacks() {
    let nameless = "applications:\n- docker: {image: us.icr.io/acme/web:1.4}\n";
    for (words, manifest, mended) in [
        ("check -f m.yml", nameless, "check web -f m.yml"),
        ("check -f m.yml -i 2", TWO_APPS, "check web -f m.yml -i 2"),
        ("check -f m.yml -o us.icr.io/acme/x", TWO_APPS, "check web -f m.yml -o us.icr.io/acme/x"),
        ("push -o us.icr.io/acme/x:1", "", "push x -o us.icr.io/acme/x:1"),
        ("check -f m.yml --api-key-for eu-de=env:K", TWO_APPS, "check -f m.yml --dry-run"),
    ] {
        let place = Workplace::new();
        place.write("work/m.yml", manifest);
        let words = words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let run = Invocation::new_in(place, &words).variable("K", KEY).run();
        let lines = lines_of(run.err());
        assert_eq!(lines.first(), Some(&&*format!("icr-cf {mended}")), "{run}");
        let mended = shell_words::split(mended).unwrap();
        let run = Invocation::new_in(run.place, mended).arguments(["--dry-run"]).run();
        assert_eq!(run.code, Some(0), "{run}");
    }
}

#[test]
fn two_images_for_one_app_push_neither() {
    let run = Invocation::push("out pushed").arguments(["-o", "us.icr.io/acme/api:1"]).run();
    assert_eq!((run.code, run.record.pushes().len()), (Some(2), 0), "{run}");
    assert!(run.err().contains("two images for one app"), "{run}");
    let run = Invocation::push("out pushed").arguments(["-o", "us.icr.io/acme/web:1"]).run();
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "{run}");
}

#[test]
fn a_host_that_is_mistyped_is_not_taken_for_another_registry() {
    let place = Workplace::new();
    let image = "applications:\n- name: web\n  docker: {image: us.icr.oi/acme/web:1}\n";
    place.write("work/manifest.yml", image);
    let run = Invocation::new_in(place, ["push", "--dry-run"]).run();
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.err().contains("hint: write `us.icr.io/acme/web:1`"), "{run}");
}

#[test]
fn a_region_is_answered_where_it_was_said() {
    let run = Invocation::new(["resolve", "acme/web"]).variable("ICR_REGION", "sydney").run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: write `ICR_REGION=au-syd` (Sydney)\n"), "{run}");
}
