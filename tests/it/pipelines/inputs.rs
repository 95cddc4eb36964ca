//! What holds for every piece: a push with all that it says to later steps, logins, refusals in a
//! sentence that names the input, an end by a signal.

use icr_cf_sandbox::{ORG, PASSWORD, SPACE, USER, World};
use serde_json::Value;

use super::{Ended, IMAGE, Job, Piece, pieces};
use crate::support::secrets_stay;

#[test]
fn a_push_tells_digest_and_routes_and_gives_cf_alone_the_key() {
    let world = World::start().unwrap();
    let digest = world.amd64_digest_of(IMAGE).unwrap();
    for piece in pieces() {
        let inputs =
            [("app", "web"), ("image", IMAGE), ("flags", "--memory\n512M"), ("timeout", "5m")];
        let Ended { run, outputs } = piece.run(Job::new(&world, &inputs));
        assert_eq!(run.code, Some(0), "{piece:?}: {run}");
        let push = run.record.push();
        assert_eq!(push.variables_holding(world.sample_key()), ["CF_DOCKER_PASSWORD"], "{run}");
        let words = push.arguments();
        assert!(words.windows(2).any(|part| part == ["-m", "512M"]), "{piece:?}: {words:?}");
        assert_eq!(outputs["digest"], digest, "{piece:?}");
        assert_eq!(outputs["exit-code"], "0", "{piece:?}");
        assert!(outputs["routes"].starts_with("web."), "{piece:?}: {outputs:?}");
        secrets_stay(&world, &run, world.sample_key(), &[]);
    }
}

#[test]
fn a_login_is_made_for_the_job_and_goes_with_it() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let Ended { run, .. } = piece.run(Job::that_logs_in(&world));
        assert_eq!(run.code, Some(0), "{piece:?}: {run}");
        let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
        assert_eq!(left, 0, "{piece:?}: {run}");
        assert!(run.place.files().iter().all(|(path, _)| !path.ends_with("config.json")), "{run}");
        for start in run.record.of_kind("start") {
            let is_push = start.arguments().first().is_some_and(|word| word == "push");
            let has_key = !start.variables_holding(world.sample_key()).is_empty();
            assert_eq!(has_key, is_push, "{piece:?}: {run}");
            let knows = start.variables().contains(&"CF_PASSWORD");
            assert!(!(is_push && knows), "{piece:?}: {run}");
        }
    }
}

#[test]
fn a_failure_of_cf_is_the_failure_of_the_step() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let job = Job::new(&world, &[("app", "web"), ("image", IMAGE)]);
        let job = job.variable("CF_STAND_IN_SCRIPT", "err it broke; exit 3");
        let Ended { run, outputs } = piece.run(job);
        assert_eq!(run.code, Some(3), "{piece:?}: {run}");
        assert_eq!(outputs["exit-code"], "3", "{piece:?}");
        assert!(run.err().contains("it broke"), "{piece:?}: {run}");
    }
}

/// What is typed, where it is not the same, the exit code and the sentence.
struct Refusal {
    inputs: &'static [(&'static str, &'static str)],
    code: i32,
    sentence: &'static str,
    /// Where it means something else.
    except: &'static [Piece],
}

const fn refused(
    inputs: &'static [(&'static str, &'static str)],
    code: i32,
    sentence: &'static str,
) -> Refusal {
    Refusal { inputs, code, sentence, except: &[] }
}

impl Refusal {
    const fn except(self, except: &'static [Piece]) -> Self {
        Self { except, ..self }
    }
}

const WEB: (&str, &str) = ("app", "web");

const REFUSALS: [Refusal; 22] = [
    refused(&[], 2, "the inputs `app` and `manifest` are both empty"),
    refused(&[("image", IMAGE)], 2, "the input `image` is set and `app` is empty"),
    refused(&[WEB, ("image", "a\nb")], 2, "image` has several lines"),
    refused(&[WEB, ("region", "-x")], 2, "the input `region` begins with a hyphen"),
    refused(&[("app", "--no-checks")], 2, "the input `app` begins with a hyphen"),
    refused(&[WEB, ("strategy", "blue-green")], 2, "the input `strategy` is none that cf knows"),
    refused(&[("manifest", "none.yml")], 66, "the input `manifest` names no file that is there"),
    // An object of JSON has a value for each name.
    refused(&[WEB, ("vars", "tag")], 2, "a line of `vars` has no `=`").except(&[Piece::Concourse]),
    refused(&[WEB, ("vars", "=1")], 2, "a line of `vars` does not begin with a name")
        .except(&[Piece::Concourse]),
    refused(&[WEB, ("flags", "--output\ntext")], 2, "the input `flags` has `--output`"),
    refused(&[WEB, ("flags", "-h")], 2, "the input `flags` asks icr-cf for its help"),
    refused(&[WEB, ("flags", "--help")], 2, "the input `flags` asks icr-cf for its help"),
    refused(&[WEB, ("flags", "-m\n1G\n-V")], 2, "the input `flags` asks icr-cf for its help"),
    refused(&[WEB, ("flags", "--version")], 2, "the input `flags` asks icr-cf for its help"),
    // Its input has spaces between words.
    refused(&[WEB, ("flags", "--memory 1G")], 2, "a line of `flags` has a flag and its value")
        .except(&[Piece::GitLab]),
    refused(&[WEB, ("flags", "api")], 2, "the input `flags` does not begin with a flag"),
    refused(&[WEB, ("org", "acme")], 2, "are for a login, and `api` is empty")
        .except(&[Piece::Concourse]),
    refused(
        &[WEB, ("api", "https://api.cf.sandbox"), ("org", ""), ("space", "")],
        2,
        "`api` is set and `org` is empty",
    ),
    refused(
        &[WEB, ("api", "https://api.cf.sandbox"), ("org", ORG), ("space", "")],
        2,
        "`api` is set and `space` is empty",
    ),
    refused(
        &[WEB, ("api", "https://nowhere.sandbox"), ("org", ORG), ("space", SPACE)],
        78,
        "cf cannot reach what the input `api` names",
    ),
    refused(
        &[WEB, ("api", "https://api.cf.sandbox"), ("org", "none"), ("space", SPACE)],
        78,
        "cf cannot target what the inputs `org` and `space` name",
    ),
    refused(&[WEB, ("flags", "--memroy\n1G")], 2, "--memroy"),
];

#[test]
fn a_wrong_input_is_refused_in_a_sentence_that_names_and_mends_it() {
    let world = World::start().unwrap();
    for piece in pieces() {
        for Refusal { inputs, code, sentence, except } in &REFUSALS {
            if except.contains(&piece) {
                continue;
            }
            let job = Job::new(&world, inputs)
                .secret("CF_USERNAME", USER)
                .secret("CF_PASSWORD", PASSWORD);
            let Ended { run, .. } = piece.run(job);
            assert_eq!(run.code, Some(*code), "{piece:?}: {inputs:?}: {run}");
            assert!(run.err().contains(sentence), "{piece:?}: {inputs:?}: {run}");
            assert!(run.err().contains("hint: ") || code == &2, "{piece:?}: {inputs:?}: {run}");
            assert!(run.record.pushes().is_empty(), "{piece:?}: {inputs:?}: {run}");
            run.shows_nothing_of(world.sample_key(), &[]);
        }
    }
}

#[test]
fn a_missing_secret_is_named_with_the_store_it_comes_from() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let mut job = Job::new(&world, &[WEB, ("image", IMAGE)]);
        job.secrets.clear();
        let Ended { run, .. } = piece.run(job);
        assert_eq!(run.code, Some(77), "{piece:?}: {run}");
        assert!(run.err().contains("the variable `ICR_CF_API_KEY` is empty"), "{piece:?}: {run}");
        let store = match piece {
            Piece::GitHub => "from a secret",
            Piece::GitLab => "CI/CD variables",
            Piece::Concourse => "credential manager",
            Piece::Tekton => "the secret that the parameter `secret` names",
            Piece::Jenkins => "`withCredentials`",
        };
        assert!(run.err().contains(store), "{piece:?}: {run}");
    }
}

#[test]
fn a_login_without_a_user_and_one_with_a_wrong_password_are_told_apart() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let inputs = [WEB, ("api", "https://api.cf.sandbox"), ("org", ORG), ("space", SPACE)];
        let job = || Job::new(&world, &inputs).secret("CF_USERNAME", USER);
        let Ended { run, .. } = piece.run(job().secret("CF_PASSWORD", ""));
        assert_eq!(run.code, Some(78), "{piece:?}: {run}");
        assert!(run.err().contains("`CF_USERNAME` and `CF_PASSWORD` are not"), "{piece:?}: {run}");
        let Ended { run, .. } = piece.run(job().secret("CF_PASSWORD", "another password"));
        assert!(run.err().contains("cf cannot log in"), "{piece:?}: {run}");
        run.shows_nothing_of("another password", &[]);
    }
}

#[test]
fn no_key_is_asked_for_where_the_flags_say_so() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let inputs = [WEB, ("image", "icr.io/ibm/liberty"), ("flags", "--no-key\n--no-checks")];
        let mut job = Job::new(&world, &inputs);
        job.secrets.clear();
        let Ended { run, .. } = piece.run(job.variable("CF_STAND_IN_SCRIPT", "out fine"));
        // Nothing was checked, so there is no digest.
        assert_eq!(run.code, Some(0), "{piece:?}: {run}");
    }
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let job = Job::new(&world, &[WEB, ("image", IMAGE)]);
        std::fs::remove_file(job.place.path("bin/icr-cf")).unwrap();
        let job = if piece == Piece::GitHub {
            Job { inputs: vec![WEB, ("version", "none")], ..job }
        } else {
            job
        };
        let Ended { run, .. } = piece.run(job);
        assert_eq!(run.code, Some(127), "{piece:?}: {run}");
        assert!(run.err().contains("there is no icr-cf on PATH"), "{piece:?}: {run}");
    }
    if Piece::Jenkins.is_there() {
        let job = Job::new(&world, &[WEB, ("image", IMAGE)]);
        let bin = job.place.path("bin");
        std::fs::remove_file(bin.join("jq")).unwrap();
        let Ended { run, .. } = Piece::Jenkins.run(job.variable("PATH", bin.to_str().unwrap()));
        assert_eq!(run.code, Some(127), "{run}");
        assert!(run.err().contains("there is no jq on PATH\nhint: install jq"), "{run}");
    }
}

#[test]
fn the_document_names_the_fields_that_the_pieces_read() {
    let world = World::start().unwrap();
    for piece in pieces().filter(|piece| *piece == Piece::Jenkins) {
        let Ended { run, .. } = piece.run(Job::new(&world, &[WEB, ("image", IMAGE)]));
        let text = std::fs::read(run.place.path("work/icr-cf-push.json")).unwrap();
        let document: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(document["schema"], "icr-cf/2", "the pieces are made for this one");
        let app = &document["apps"][0];
        assert!(
            app["outcome"]["routes"].is_array() && app["checks"]["image"]["digest"].is_string()
        );
    }
}
