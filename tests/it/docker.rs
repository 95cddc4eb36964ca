//! `docker-credential-icr-cf`, called as docker calls it: one word, an address or JSON on standard
//! input, the answer on standard output, exit codes 0 and 1; and what is kept between two calls.

use icr_cf_sandbox::{Action, Fault, IAM_HOST, Key, World};
use serde_json::{Value, json};

use crate::leaks::VARIABLES;
use crate::support::{Invocation, KEY, Run, Workplace, secrets_stay};

#[cfg(target_os = "linux")]
mod podman;
#[cfg(target_os = "linux")]
pub(crate) mod skopeo;

pub(crate) const HELPER: &str = "docker-credential-icr-cf";
const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// One call of the helper.
fn call(word: &str, input: &str) -> Invocation {
    call_in(Workplace::new(), word, input)
}

fn call_in(place: Workplace, word: &str, input: &str) -> Invocation {
    Invocation::new_in(place, [word]).called(HELPER).stdin(input)
}

/// A call with a key, in a world.
fn asked(world: &World, place: Workplace, input: &str, key: &str) -> Run {
    call_in(place, "get", input).in_world(world).variable("ICR_CF_API_KEY", key).run()
}

#[track_caller]
fn login(run: &Run) -> (String, String, String) {
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    let answer = run.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("ServerURL"), text("Username"), text("Secret"))
}

/// How often IAM was asked for a token.
fn questions(world: &World) -> usize {
    world.requests().iter().filter(|request| request.host == IAM_HOST).count()
}

/// Every file of a workplace whose name ends so.
fn kept(run: &Run) -> Vec<std::path::PathBuf> {
    let is_token = |path: &std::path::Path| path.extension().is_some_and(|end| end == "token");
    run.place.files().into_iter().map(|(path, _)| path).filter(|path| is_token(path)).collect()
}

#[test]
fn get_answers_a_token_for_every_host_of_icr_as_it_was_asked_for() {
    let world = World::start().unwrap();
    let mut place = Workplace::new();
    for address in [
        "us.icr.io",
        "us.icr.io\n",
        " icr.io\r\n",
        "https://private.de.icr.io/v2/",
        "registry.ng.bluemix.net",
    ] {
        let run = asked(&world, place, address, world.sample_key());
        let (server, user, secret) = login(&run);
        assert_eq!((server.as_str(), user.as_str()), (address.trim(), "iambearer"), "{run}");
        assert!(secret.starts_with("eyJ") && secret != world.sample_key(), "{run}");
        secrets_stay(&world, &run, world.sample_key(), &[]);
        place = run.place;
    }
    assert_eq!(questions(&world), 1, "the token is kept");
}

#[test]
fn what_is_no_registry_of_icr_and_what_has_no_key_is_not_found() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    // docker's own configuration would ask us again.
    place.write(
        "home/.docker/config.json",
        json!({"credHelpers": {"us.icr.io": "icr-cf"}}).to_string(),
    );
    let run = call_in(place, "get", "us.icr.io").in_world(&world).run();
    run.is(1, NOT_FOUND, "");
    let run = call("get", "us.icr.io").in_world(&world).variable("CF_DOCKER_PASSWORD", "").run();
    run.is(1, NOT_FOUND, "");
    for address in ["https://index.docker.io/v1/", "quay.io", "us.icr.io.example.com", "cp.icr.io"]
    {
        asked(&world, Workplace::new(), address, KEY).is(1, NOT_FOUND, "");
    }
    asked(&world, Workplace::new(), " \n", KEY).is(1, "no credentials server URL\n", "");
    assert!(world.requests().is_empty() && world.connections().is_empty());
}

#[test]
fn every_variable_with_a_key_is_a_source_and_each_has_a_file_of_its_own() {
    let world = World::start().unwrap();
    let mut place = Workplace::new();
    for (at, name) in VARIABLES.iter().enumerate() {
        let run = call_in(place, "get", "us.icr.io").in_world(&world);
        let run = run.variable(name, world.sample_key()).run();
        assert_eq!(login(&run).1, "iambearer", "{name}: {run}");
        assert_eq!(questions(&world), at + 1, "{name}: {run}");
        secrets_stay(&world, &run, world.sample_key(), &[]);
        place = run.place;
    }
}

#[test]
fn another_key_never_gets_the_token_of_the_first() {
    let world = World::start().unwrap();
    let (one, other) = (world.add_key(Key::random()), world.add_key(Key::random()));
    let first = asked(&world, Workplace::new(), "us.icr.io", &one);
    let token = login(&first).2;
    let second = asked(&world, first.place, "us.icr.io", &other);
    let of_other = login(&second).2;
    assert_ne!(of_other, token);
    let third = asked(&world, second.place, "us.icr.io", &other);
    assert_eq!((login(&third).2, questions(&world)), (of_other, 2));
    let gone = asked(&world, third.place, "us.icr.io", KEY);
    assert_eq!(
        gone.code,
        Some(1),
        "a key that IAM does not know gets nothing that is kept: {gone}"
    );
}

#[test]
#[cfg(unix)]
fn what_is_kept_can_be_read_by_nobody_else_and_a_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start().unwrap();
    let run = asked(&world, Workplace::new(), "us.icr.io", world.sample_key());
    let (token, files) = (login(&run).2, kept(&run));
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert!(file.starts_with(run.place.path("home")), "{file:?}");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(&token) && !text.contains(world.sample_key()));
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o644)).unwrap();
    let run = asked(&world, run.place, "us.icr.io", world.sample_key());
    assert_eq!(questions(&world), 2, "{run}");
    assert_eq!(mode(&kept(&run)[0]), 0o600);
}

#[test]
fn the_key_itself_is_given_only_where_a_variable_says_so() {
    let world = World::start().unwrap();
    for (value, expected) in [("1", "iamapikey"), ("", "iambearer"), ("0", "iambearer")] {
        let run = call("get", "us.icr.io")
            .in_world(&world)
            .variable("ICR_CF_API_KEY", world.sample_key());
        let run = run.variable("ICR_CF_DOCKER_LONG_LIVED", value).run();
        let (_, user, secret) = login(&run);
        assert_eq!(user, expected, "{value}: {run}");
        assert_eq!(secret == world.sample_key(), value == "1", "{value}: {run}");
        assert_eq!(kept(&run).is_empty(), value == "1", "{value}: {run}");
    }
}

#[test]
fn why_there_is_no_token_is_said_in_one_line_without_the_key() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random());
    world.disable_key(&key);
    let run = asked(&world, Workplace::new(), "us.icr.io", &key);
    assert_eq!((run.code, run.err()), (Some(1), ""), "{run}");
    let start = "IAM gives no token for the key: iam.cloud.ibm.com said BXNIM0462E: ";
    assert!(run.out().starts_with(start) && run.out().lines().count() == 1, "{run}");
    secrets_stay(&world, &run, &key, &[]);
    world.add_fault(Fault::new(Action::Reset).host(IAM_HOST));
    let run = asked(&world, Workplace::new(), "us.icr.io", world.sample_key());
    assert_eq!((run.code, run.out().lines().count(), run.err()), (Some(1), 1, ""), "{run}");
    let run = call("get", "us.icr.io").variable("ICR_CF_API_KEY", "$ICR_KEY").run();
    assert_eq!((run.code, run.out().lines().count(), run.err()), (Some(1), 1, ""), "{run}");
}

/// What docker does with the helper in its commands.
struct Docker<'a> {
    world: &'a World,
    place: Workplace,
}

impl Docker<'_> {
    fn helper(&mut self, word: &str, input: &str) -> Run {
        let place = std::mem::replace(&mut self.place, Workplace::without_cf());
        let run = call_in(place, word, input).in_world(self.world);
        let mut run = run.variable("ICR_CF_API_KEY", self.world.sample_key()).run();
        std::mem::swap(&mut self.place, &mut run.place);
        run
    }

    /// `docker login HOST`: asks for what there is, logs in, stores that.
    fn login(&mut self, host: &str) -> Run {
        let (server, user, secret) = login(&self.helper("get", host));
        let stored = json!({"ServerURL": server, "Username": user, "Secret": secret});
        self.helper("store", &stored.to_string())
    }

    /// `docker build`: asks for all that there is.
    fn build(&mut self, hosts: &[&str]) -> Vec<Value> {
        let listed = self.helper("list", "unused");
        listed.is(0, "{}\n", "");
        hosts.iter().map(|host| self.helper("get", host).json()).collect()
    }
}

#[test]
fn docker_can_log_in_build_and_log_out() {
    let world = World::start().unwrap();
    let mut docker = Docker { world: &world, place: Workplace::new() };
    let stored = docker.login("us.icr.io");
    assert_eq!((stored.code, stored.out()), (Some(0), ""), "{stored}");
    assert!(stored.err().starts_with("note: nothing is stored for `us.icr.io`: "), "{stored}");
    let logins = docker.build(&["us.icr.io", "de.icr.io", "icr.io"]);
    assert!(logins.iter().all(|one| one["Secret"] == logins[0]["Secret"]), "{logins:?}");
    docker.helper("erase", "us.icr.io").is(0, "", "");
    assert_eq!(questions(&world), 1);
}

#[test]
fn store_takes_the_users_of_icr_keeps_nothing_and_refuses_all_others_with_a_sentence() {
    let login = |server: &str, user: &str| {
        json!({"ServerURL": server, "Username": user, "Secret": KEY}).to_string()
    };
    for user in ["iamapikey", "iambearer", "iamrefresh"] {
        let run = call("store", &login("us.icr.io", user)).run();
        assert_eq!((run.code, run.out()), (Some(0), ""), "{run}");
        run.shows_nothing_of(KEY, &[]);
    }
    for (input, words) in [
        (login("quay.io", "iamapikey"), "`quay.io` is no registry of ICR"),
        (login("us.icr.io", "hubuser"), "`hubuser` is none of its users"),
        (login("us.icr.io", KEY), "is none of its users"),
        (login("", "iamapikey"), "no credentials server URL"),
        (login("us.icr.io", ""), "no credentials username"),
        ("{".to_owned(), "no JSON of a login"),
    ] {
        let run = call("store", &input).run();
        assert_eq!((run.code, run.err()), (Some(1), ""), "{run}");
        assert!(run.out().contains(words) && run.out().lines().count() == 1, "{words}: {run}");
        run.shows_nothing_of(KEY, &[]);
    }
}

#[test]
fn other_words_are_answered_as_the_protocol_has_it() {
    let usage = "Usage: docker-credential-icr-cf <store|get|erase|list|version>\n";
    let version = format!("docker-credential-icr-cf (icr-cf) {}\n", env!("CARGO_PKG_VERSION"));
    call("version", "").run().is(0, &version, "");
    call("erase", "anything").run().is(0, "", "");
    call("list", "unused").run().is(0, "{}\n", "");
    call("--help", "").run().is(0, usage, "");
    let unknown = "docker-credential-icr-cf: unknown action: push\n";
    call("push", "").run().is(1, unknown, "");
    Invocation::new([""; 0]).called(HELPER).run().is(1, usage, "");
    call("get", "us.icr.io").arguments(["more"]).run().is(1, usage, "");
}

#[test]
fn a_push_passes_over_what_names_us_as_the_helper() {
    let place = Workplace::new();
    let config = json!({"credHelpers": {"us.icr.io": "icr-cf"}});
    place.write("home/.docker/config.json", config.to_string());
    let words = ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];
    let run = Invocation::new_in(place, words).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("no entry for us.icr.io"), "{run}");
}
