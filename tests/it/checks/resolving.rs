//! `icr-cf resolve --digest` and `--tags`: many references, each with its answer or its error.

use base64::Engine as _;
use icr_cf_sandbox::{Fault, Image, Key, World};

use crate::support::{Invocation, KEY, Run, Workplace};

fn resolve_in(place: Workplace, world: &World, words: &[&str]) -> Invocation {
    let run = Invocation::new_in(place, ["resolve"]).arguments(words);
    world.env().iter().fold(run, |run, (name, value)| run.variable(name, value))
}

fn resolve(world: &World, words: &[&str]) -> Invocation {
    let key = world.sample_key();
    resolve_in(Workplace::new(), world, words).variable("ICR_CF_API_KEY", key)
}

fn digest_line(world: &World, image: &str) -> String {
    let repository = image.rsplit_once(':').unwrap().0;
    let digest = world.amd64_digest_of(image).or_else(|| world.digest_of(image)).unwrap();
    format!("{repository}@{digest}\n")
}

#[test]
fn many_references_keep_their_order_and_errors_stand_between_them() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    let words = [
        "us.icr.io/acme/web:1.4",
        "us.icr.io/acme/web:9",
        "de.icr.io/acme/tool:7",
        "quay.io/a/b",
        "us.icr.io/acme/arm:latest",
        "us.icr.io/acme/hello:1.0",
    ];
    let run = resolve(&world, &[&["--digest"], &words[..]].concat()).run();
    let lines = [words[0], words[2], words[5]].map(|image| digest_line(&world, image)).concat();
    // The first that failed decides: 66, not the 65 of those behind it.
    assert_eq!((run.code, run.out()), (Some(66), lines.as_str()), "{run}");
    let errors: Vec<&str> = run.err().lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(errors.len(), 3, "{run}");
    assert!(errors[0].contains("us.icr.io/acme/web:9"), "{run}");
    assert!(errors[1].contains("quay.io"), "{run}");
    assert!(errors[2].contains("us.icr.io/acme/arm"), "{run}");
    run.shows_nothing_of(world.sample_key(), &[]);
}

#[test]
fn standard_input_is_read_line_by_line() {
    let world = World::start().unwrap();
    let input = "us.icr.io/acme/web:1.4\n\nus.icr.io/acme/nothing:1\nus.icr.io/acme/hello:1.0\n";
    let run = resolve(&world, &["--digest", "-"]).stdin(input).run();
    let lines = ["us.icr.io/acme/web:1.4", "us.icr.io/acme/hello:1.0"]
        .map(|image| digest_line(&world, image))
        .concat();
    assert_eq!((run.code, run.out()), (Some(66), lines.as_str()), "{run}");
    assert!(run.err().contains("in standard input, line 3 of `icr-cf resolve`"), "{run}");
}

#[test]
fn references_of_one_repository_share_one_token() {
    let world = World::start().unwrap();
    let words =
        ["us.icr.io/acme/web:1.4", "us.icr.io/acme/web:latest", "us.icr.io/acme/web:docker"];
    let run = resolve(&world, &[&["--digest"], &words[..]].concat()).run();
    assert_eq!(run.code, Some(0), "{run}");
    let tokens = world.requests().iter().filter(|one| one.path() == "/oauth/token").count();
    assert_eq!((tokens, world.requests().len()), (1, 4), "{:?}", world.requests());
}

#[test]
fn tags_that_are_missing_in_one_repository_are_looked_for_in_one_list() {
    let world = World::start().unwrap();
    let words = ["us.icr.io/acme/web:8", "us.icr.io/acme/web:9", "us.icr.io/acme/web:10"];
    let run = resolve(&world, &[&["--digest"], &words[..]].concat()).run();
    assert_eq!(run.code, Some(66), "{run}");
    assert_eq!(run.err().matches("error[tag-missing]").count(), 3, "{run}");
    assert!(run.err().contains("there is: `latest`, `1.4`, `docker`"), "{run}");
    assert!(!run.err().contains("did you mean `us.icr.io/acme/web:latest`"), "{run}");
    let lists = world.requests().iter().filter(|one| one.path().ends_with("/tags/list")).count();
    assert_eq!(lists, 1, "{run}");
}

#[test]
fn the_document_has_an_entry_for_each_reference() {
    let world = World::start().unwrap();
    let words =
        ["--digest", "--output", "json", "us.icr.io/acme/web:1.4", "us.icr.io/acme/web:9", "x"];
    let run = resolve(&world, &words).run();
    let document = run.json();
    assert_eq!((run.code, &document["exit_code"]), (Some(66), &66.into()), "{run}");
    let references = document["references"].as_array().unwrap();
    assert_eq!(references.len(), 3, "{run}");
    let amd64 = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    assert_eq!(references[0]["image"]["digest"], amd64, "{run}");
    assert_eq!(
        references[0]["image"]["index_digest"],
        world.digest_of("us.icr.io/acme/web:1.4").unwrap()
    );
    assert_eq!(references[1]["error"]["kind"], "tag-missing", "{run}");
    assert_eq!(references[2]["given"], "x", "{run}");
    assert!(references[2]["error"].is_object(), "{run}");
}

#[test]
fn every_tag_is_listed_over_all_pages() {
    let world = World::start().unwrap();
    for number in 0..2100 {
        world.add_image(&format!("us.icr.io/acme/many:t{number:04}"), Image::runnable());
    }
    let run = resolve(&world, &["--tags", "us.icr.io/acme/many"]).run();
    let lines: Vec<String> =
        (0..2100).map(|number| format!("us.icr.io/acme/many:t{number:04}")).collect();
    assert_eq!(run.code, Some(0), "{}", run.err());
    assert!(
        run.out().lines().eq(lines.iter().map(String::as_str)),
        "{}",
        run.out().lines().count()
    );
    let pages = world.requests().iter().filter(|one| one.path().ends_with("/tags/list")).count();
    assert_eq!(pages, 3);
}

#[test]
fn tags_are_in_the_document_too() {
    let world = World::start().unwrap();
    let run = resolve(&world, &["--tags", "--output", "json", "us.icr.io/acme/web"]).run();
    let tags = &run.json()["references"][0]["tags"];
    assert_eq!(*tags, serde_json::json!(["1.4", "docker", "latest"]), "{run}");
}

#[test]
fn tags_of_a_repository_that_is_not_there_say_so() {
    let world = World::start().unwrap();
    let run = resolve(&world, &["--tags", "us.icr.io/acme/nothing"]).run();
    assert_eq!((run.code, run.out()), (Some(66), ""), "{run}");
    assert!(run.err().contains("repository `us.icr.io/acme/nothing` does not exist"), "{run}");
    assert!(run.err().contains("`ibmcloud cr image-list --restrict acme`"), "{run}");
}

#[test]
fn tags_that_may_not_be_seen_are_refused_with_the_role() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random().namespaces(["other"]));
    let run =
        resolve(&world, &["--tags", "us.icr.io/acme/web"]).variable("ICR_CF_API_KEY", &key).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("service-policy-create"), "{run}");
    run.shows_nothing_of(&key, &[]);
}

#[test]
fn a_login_of_docker_serves_its_own_registry() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    let (us, de) = (Key::random().hosts(["us.icr.io"]), Key::random().hosts(["de.icr.io"]));
    let (us, de) = (world.add_key(us), world.add_key(de));
    let auth = |key: &str| {
        let pair = format!("iamapikey:{key}");
        serde_json::json!({"auth": base64::engine::general_purpose::STANDARD.encode(pair)})
    };
    let logins = serde_json::json!({"auths": {"us.icr.io": auth(&us), "de.icr.io": auth(&de)}});
    let place = Workplace::new();
    let file = place.write("home/.docker/config.json", logins.to_string());
    let images = ["de.icr.io/acme/tool:7", "us.icr.io/acme/web:1.4", "de.icr.io/acme/tool:7"];
    let run = resolve_in(place, &world, &[&["--digest"], &images[..]].concat()).run();
    let lines = images.map(|image| digest_line(&world, image)).concat();
    assert_eq!((run.code, run.out()), (Some(0), lines.as_str()), "{run}");
    for (key, host) in [(&us, "us.icr.io"), (&de, "de.icr.io")] {
        assert!(world.requests().iter().all(|one| !one.carries(key) || one.host == host));
        run.shows_nothing_of(key, &[&file]);
    }
}

#[test]
fn a_registry_that_does_not_answer_does_not_hold_up_the_others() {
    let world = World::start().unwrap();
    world.add_fault(Fault::status(502).host("de.icr.io").method("CONNECT"));
    let words = ["--digest", "de.icr.io/acme/tool:7", "us.icr.io/acme/hello:1.0"];
    let run = resolve(&world, &words).run();
    let line = digest_line(&world, "us.icr.io/acme/hello:1.0");
    assert_eq!((run.code, run.out()), (Some(69), line.as_str()), "{run}");
}

#[test]
fn a_wrong_key_is_explained_for_every_reference_and_iam_is_asked_once() {
    let world = World::start().unwrap();
    let words = [
        "--digest",
        "us.icr.io/acme/web:1.4",
        "us.icr.io/acme/hello:1.0",
        "us.icr.io/acme/web:latest",
    ];
    let run = resolve(&world, &words).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!((run.code, run.out()), (Some(77), ""), "{run}");
    assert_eq!(run.err().matches("BXNIM0415E").count(), 3, "{run}");
    let asked = |path| world.requests().iter().filter(|one| one.path() == path).count();
    assert_eq!((asked("/identity/token"), asked("/oauth/token")), (1, 2), "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn what_is_odd_about_a_reference_is_said_as_without_a_question() {
    let world = World::start().unwrap();
    let image = "registry.ng.bluemix.net/acme/web:1.4";
    let run = resolve(&world, &["--digest", image]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains(&format!("warning: `{image}`")), "{run}");
    assert!(run.err().contains("deprecated since 2019"), "{run}");
}

#[test]
fn another_platform_has_another_digest() {
    let world = World::start().unwrap();
    let digest = |run: &Run| run.out().trim().to_owned();
    let here = resolve(&world, &["--digest", "us.icr.io/acme/web:1.4"]).run();
    let words = ["--digest", "--platform", "linux/arm64", "us.icr.io/acme/web:1.4"];
    let arm = resolve(&world, &words).run();
    assert_eq!((here.code, arm.code), (Some(0), Some(0)), "{here} {arm}");
    assert_ne!(digest(&here), digest(&arm));
}

#[test]
fn without_a_region_the_registry_that_has_it_is_found_as_a_push_finds_it() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    let run = resolve(&world, &["--digest", "acme/tool:7", "us.icr.io/acme/web:1.4"]).run();
    let lines = ["de.icr.io/acme/tool:7", "us.icr.io/acme/web:1.4"]
        .map(|image| digest_line(&world, image))
        .concat();
    assert_eq!((run.code, run.out()), (Some(0), lines.as_str()), "{run}");
    let note = "note: found de.icr.io/acme/tool:7 in eu-de; `--region eu-de` skips the search\n";
    assert_eq!(run.err(), note, "{run}");
    let json = resolve(&world, &["--digest", "acme/tool:7", "--output", "json"]).run();
    assert_eq!(json.json()["references"][0]["region"], "eu-de", "{json}");
    crate::support::secrets_stay(&world, &run, world.sample_key(), &[]);
}

#[test]
fn tags_are_found_without_a_region_where_the_repository_is() {
    let world = World::start().unwrap();
    world.add_image("jp2.icr.io/acme/tool:7", Image::runnable());
    world.add_image("jp2.icr.io/acme/tool:8", Image::runnable());
    let run = resolve(&world, &["--tags", "acme/tool"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let mut lines: Vec<&str> = run.out().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["jp2.icr.io/acme/tool:7", "jp2.icr.io/acme/tool:8"], "{run}");
}

#[test]
fn an_image_that_is_nowhere_or_in_several_registries_holds_up_no_other() {
    let world = World::start().unwrap();
    for host in ["jp.icr.io", "us.icr.io"] {
        world.add_image(&format!("{host}/acme/tool:7"), Image::runnable());
    }
    let words = ["--digest", "acme/absent:1", "acme/tool:7", "us.icr.io/acme/web:1.4"];
    let run = resolve(&world, &words).run();
    let line = digest_line(&world, "us.icr.io/acme/web:1.4");
    assert_eq!((run.code, run.out()), (Some(66), line.as_str()), "{run}");
    assert!(run.err().contains("no registry holds `acme/absent:1`"), "{run}");
    assert!(run.err().contains("several registries hold the image"), "{run}");
    // Of one reference alone: the third names a registry, which the flag would contradict.
    let hint = "to take jp.icr.io: `icr-cf resolve --digest acme/tool:7 --region jp-tok`";
    let shown = run.err().replace("resolve acme/tool:7 --digest", "resolve --digest acme/tool:7");
    assert!(shown.contains(hint), "{run}");
}

#[test]
fn a_login_of_docker_serves_a_search() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    let pair = format!("iamapikey:{}", world.sample_key());
    let auth = base64::engine::general_purpose::STANDARD.encode(pair);
    let place = Workplace::new();
    place.write(
        "home/.docker/config.json",
        format!("{{\"auths\": {{\"de.icr.io\": {{\"auth\": \"{auth}\"}}}}}}"),
    );
    let run = resolve_in(place, &world, &["--digest", "acme/tool:7"]).run();
    let line = digest_line(&world, "de.icr.io/acme/tool:7");
    assert_eq!((run.code, run.out()), (Some(0), line.as_str()), "{run}");
}
