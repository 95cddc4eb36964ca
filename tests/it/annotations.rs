//! What a job of GitHub Actions gets to see: a command of the runner for every refusal and warning,
//! on standard error, so that a document stays one.

use icr_cf_sandbox::World;

use crate::support::{Invocation, KEY, Run, Workplace};

fn in_github(arguments: &[&str], place: Workplace) -> Invocation {
    Invocation::new_in(place, arguments)
        .variable("GITHUB_ACTIONS", "true")
        .variable("ICR_REGION", "us-south")
}

/// The commands of a level on standard error; there are none on standard output.
fn commands<'a>(run: &'a Run, level: &str) -> Vec<&'a str> {
    let start = format!("::{level} ");
    let of = |text: &'a str| text.lines().filter(|line| line.starts_with(&start)).collect();
    let on_stdout: Vec<&str> = of(run.out());
    assert!(on_stdout.is_empty(), "{run}");
    of(run.err())
}

#[test]
fn every_refusal_is_an_error_of_the_job_and_only_there() {
    for (arguments, code, title) in [
        (&["push", "--frobnicate"][..], 2, "icr-cf%3A usage"),
        (&["push", "web", "--image", "acme/Web"], 65, "icr-cf%3A reference"),
        (&["push", "web", "--image", "acme/web", "--no-checks"], 77, "icr-cf%3A key"),
        (&["push", "-f", "nowhere.yml"], 66, "icr-cf%3A file"),
        (&["resolve", "a b"], 65, "icr-cf%3A reference"),
        (&["regions", "extra"], 2, "icr-cf%3A usage"),
        (&["frobnicate"], 2, "icr-cf%3A usage"),
    ] {
        for output in [&[][..], &["--output", "json"]] {
            let run = in_github(arguments, Workplace::new()).arguments(output).run();
            assert_eq!(run.code, Some(code), "{run}");
            let errors = commands(&run, "error");
            assert_eq!(errors.len(), 1, "{run}");
            assert!(errors[0].starts_with(&format!("::error title={title}::")), "{run}");
            if output.len() == 2 && run.code == Some(code) && !run.out().is_empty() {
                run.json();
            }
            let elsewhere = Invocation::new(arguments).arguments(output).run();
            assert!(!elsewhere.err().contains("::error"), "{elsewhere}");
        }
    }
}

#[test]
fn a_refusal_with_a_place_in_a_file_names_it_from_the_top_of_the_repository() {
    let place = Workplace::new();
    let manifest = "applications:\n- name: web\n  docker: {image: acme/Web, password: hunter2}\n";
    place.write("work/deploy: 1,2/manifest.yml", manifest);
    let top = place.path("work");
    let run =
        in_github(&["push", "-f", "deploy: 1,2"], place).variable("GITHUB_WORKSPACE", top).run();
    assert_eq!(run.code, Some(65), "{run}");
    let [error] = commands(&run, "error")[..] else { panic!("{run}") };
    let start = "::error file=deploy%3A 1%2C2/manifest.yml,line=3,col=";
    assert!(error.starts_with(start), "{run}");
    assert!(error.contains("%0Ahint: "), "{run}");
    assert!(!run.err().contains("hunter2"), "{run}");
}

#[test]
fn a_refusal_of_a_secret_in_a_manifest_names_its_line_and_no_more() {
    let place = Workplace::new();
    let app = "- name: web\n  docker: {image: acme/web}\n  env:\n    A: ";
    place.write("work/manifest.yml", format!("applications:\n{app}{KEY}\n"));
    let run = in_github(&["push"], place).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(2), "{run}");
    let [error] = commands(&run, "error")[..] else { panic!("{run}") };
    let start = "::error file=manifest.yml,line=5,title=icr-cf%3A exposed-secret::";
    let absolute = run.place.path("work/manifest.yml");
    let start = start.replace("manifest.yml", absolute.to_str().unwrap());
    assert!(error.starts_with(&start), "{run}");
    assert!(!run.err().contains(KEY), "{run}");
}

#[test]
fn an_app_that_fails_is_an_error_with_its_cause_however_it_is_shown() {
    for arguments in [&[][..], &["--output", "json"], &["--quiet"], &["--output-lines"]] {
        let script = "err 100% wrong: it\\nFAILED; exit 3";
        let run =
            in_github(&["push", "web", "--image", "acme/web", "--no-checks"], Workplace::new())
                .arguments(if arguments == ["--output-lines"] { &[][..] } else { arguments })
                .variable("ICR_CF_API_KEY", KEY)
                .script(script)
                .run();
        assert_eq!(run.code, Some(3), "{run}");
        assert_eq!(commands(&run, "error"), ["::error title=web::100%25 wrong: it"], "{run}");
        let place = Workplace::new();
        let app = |name| format!("- name: {name}\n  docker: {{image: acme/web:1.4}}\n");
        place.write("work/manifest.yml", format!("applications:\n{}{}", app("a"), app("b,c")));
        let run = in_github(&["push", "--no-checks", "--on-error", "continue"], place)
            .arguments(arguments)
            .variable("ICR_CF_API_KEY", KEY)
            .script(script)
            .run();
        let expected =
            ["::error title=a::100%25 wrong: it", "::error title=b%2Cc::100%25 wrong: it"];
        assert_eq!(commands(&run, "error"), expected, "{run}");
    }
}

#[test]
fn a_verdict_that_stops_a_push_is_an_error_and_one_that_does_not_a_warning() {
    let world = World::start().unwrap();
    let of = |words: &[&str], image: &str| {
        in_github(words, Workplace::new())
            .arguments(["web", "--image", image])
            .variable("ICR_CF_API_KEY", world.sample_key())
            .in_world(&world)
            .run()
    };
    for words in
        [&["push"][..], &["check"], &["push", "--output", "json"], &["check", "--output", "json"]]
    {
        let run = of(words, "us.icr.io/acme/nowhere:1");
        assert_eq!(run.code, Some(66), "{run}");
        let [error] = commands(&run, "error")[..] else { panic!("{run}") };
        assert!(error.starts_with("::error title=icr-cf%3A repository-missing::"), "{run}");
    }
    let place = Workplace::new();
    let warned = in_github(&["push", "web", "--image", "acme/web", "--no-checks"], place)
        .variable("ICR_CF_API_KEY", format!(" {KEY}\n"))
        .variable("SSL_CERT_DIR", "/nowhere")
        .arguments(["--cf", "cf"])
        .script("out x")
        .run();
    assert_eq!(commands(&warned, "error"), [""; 0], "{warned}");
    let warnings = warned.err().lines().filter(|line| line.starts_with("warning")).count();
    assert_eq!(commands(&warned, "warning").len(), warnings, "{warned}");
}

#[test]
fn a_key_at_the_wrong_place_does_not_get_into_an_annotation() {
    let run =
        in_github(&["push", "web", "--image", "acme/web", "--api-key", KEY], Workplace::new())
            .run();
    assert_eq!(run.code, Some(2), "{run}");
    assert_eq!(commands(&run, "error").len(), 1, "{run}");
    run.shows_nothing_of(KEY, &[]);
}
