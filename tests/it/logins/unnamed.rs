//! Images that name no registry: every refusal says both things that may be meant, and where nobody
//! was asked a line says what was taken.

use icr_cf_sandbox::World;

use super::{of_manifest, one, package, refused, within};
use crate::support::{Event, Invocation, KEY, Run, Workplace};

/// The same push, said by a flag and by a manifest.
fn both(world: &World, image: &str) -> [Invocation; 2] {
    [one(world, image), of_manifest(world, image, "")]
}

fn told(run: &Run) -> String {
    let words = run.record.pushes().first().map(|push| Event::arguments(push)).unwrap();
    words.join(" ")
}

const STRATOS: &str = "splatform/stratos:stable";
const HUBS: &str = "write `docker.io/splatform/stratos:stable`";

#[test]
fn a_refusal_names_both_readings_with_the_text_to_write() {
    let world = World::start().unwrap();
    let us = "if it is ICR's, `us.icr.io/splatform/stratos:stable`";
    for way in 0..2 {
        let push = || both(&world, STRATOS).into_iter().nth(way).unwrap();
        let with_key = || push().variable("ICR_CF_API_KEY", world.sample_key());
        let in_de = with_key().variable("ICR_REGION", "eu-de").run();
        let de = "if it is ICR's, `de.icr.io/splatform/stratos:stable`";
        refused(&in_de, 77, &["error[no-access]: ", HUBS, de]);
        for (push, code) in [
            // Nowhere in any region; no key; a key that nobody takes; no region to go by.
            (with_key(), 66),
            (push(), 77),
            (push().variable("ICR_CF_API_KEY", KEY), 77),
            (with_key().arguments(["--no-checks"]), 2),
            (push().arguments(["--no-key"]), 2),
        ] {
            let run = push.run();
            refused(&run, code, &[HUBS, us]);
        }
    }
}

#[test]
fn a_name_that_can_be_no_namespace_of_icr_may_be_docker_hubs() {
    for (image, hub, ours) in [
        ("sap/shop:1", "docker.io/sap/shop:1", "icr.io/sap/shop:1"),
        ("a_very_long_organization_of_docker/x", "docker.io/a_very_long_organ", "icr.io/a_very"),
    ] {
        let run = Invocation::new(["push", "web", "--image", image])
            .variable("ICR_REGION", "us-south")
            .variable("ICR_CF_API_KEY", KEY)
            .run();
        refused(&run, 65, &[&format!("write `{hub}"), &format!("ICR's, `{ours}")]);
    }
    for region in ["--region", "--default-registry"] {
        let run = Invocation::new(["push", "web", "--image", "nginx:1", region, "us-south"]).run();
        refused(&run, 2, &["`docker.io/library/nginx:1`", "`us.icr.io/NAMESPACE/nginx:1`"]);
    }
    let resolve = Invocation::new(["resolve", "team/web"]).run();
    refused(&resolve, 2, &["write `docker.io/team/web`", "ICR's, `us.icr.io/team/web`"]);
}

#[test]
fn a_user_without_a_password_is_told_both_readings_too() {
    let world = World::start().unwrap();
    let run = one(&world, "acme/shop").arguments(["--docker-username", "svc"]).run();
    let parts = ["--docker-password-for docker.io=env:NAME", "write `docker.io/acme/shop`"];
    refused(&run, 2, &parts);
    let run = of_manifest(&world, "nginx", ", username: iamapikey").run();
    refused(&run, 65, &["`us.icr.io/NAMESPACE/nginx`", "manifest.yml:3:"]);
}

#[test]
fn docker_hub_as_the_default_turns_the_rule_round() {
    let set = "ICR_CF_DEFAULT_REGISTRY";
    for name in ["docker.io", "index.docker.io", "DOCKER.IO"] {
        for by_flag in [true, false] {
            let world = World::start().unwrap();
            for push in both(&world, "bitnami/nginx") {
                let push = push
                    .variable("ICR_REGION", "us-south")
                    .variable("ICR_NAMESPACE", "acme")
                    .variable("ICR_CF_API_KEY", world.sample_key());
                let run = if by_flag {
                    push.arguments(["--default-registry", name]).run()
                } else {
                    push.variable(set, name).run()
                };
                assert_eq!(run.code, Some(0), "{run}");
                assert!(!run.err().contains("no registry named"), "{run}");
                assert!(!run.err().contains("checked 1 image"), "{run}");
            }
            for package in world.packages() {
                assert_eq!((package.image.as_str(), package.password()), ("bitnami/nginx", None));
            }
            assert!(world.requests().iter().all(|one| !one.host.ends_with("icr.io")));
        }
    }
}

#[test]
fn a_host_or_a_region_that_is_said_wins_over_docker_hub_as_the_default() {
    let world = World::start().unwrap();
    for (image, more) in [("us.icr.io/acme/hello", &[][..]), ("acme/hello", &["-r", "us-south"])] {
        for push in both(&world, image) {
            let run = push
                .arguments(more)
                .variable("ICR_CF_DEFAULT_REGISTRY", "docker.io")
                .variable("ICR_CF_API_KEY", world.sample_key())
                .run();
            assert_eq!(run.code, Some(0), "{run}");
            assert!(told(&run).contains("us.icr.io/acme/hello@sha256:"), "{run}");
        }
    }
}

#[test]
fn a_registry_of_icr_as_the_default_takes_every_image_that_names_none() {
    let world = World::start().unwrap();
    for name in ["us.icr.io", "us-south", "us"] {
        for push in both(&world, "hello:1.0") {
            let run = push
                .arguments(["--default-registry", name, "--namespace", "acme"])
                .variable("ICR_REGION", "eu-de")
                .variable("ICR_CF_API_KEY", world.sample_key())
                .run();
            assert_eq!(run.code, Some(0), "{run}");
            assert!(told(&run).contains("us.icr.io/acme/hello@sha256:"), "{run}");
        }
    }
    let run = one(&world, "de.icr.io/acme/x").arguments(["--default-registry", "us"]).run();
    refused(&run, 77, &["no API key"]);
    let resolve = Invocation::new(["resolve", "acme/web", "quay.io/a/b"]);
    let run = resolve.variable("ICR_CF_DEFAULT_REGISTRY", "jp.icr.io").run();
    assert_eq!(run.out(), "jp.icr.io/acme/web\n", "{run}");
}

#[test]
fn what_cannot_be_the_default_is_refused() {
    for name in ["quay.io", "us.icr.oi", "mars"] {
        let push = || Invocation::new(["push", "web", "--image", "acme/web"]);
        let run = push().arguments(["--default-registry", name]).run();
        refused(&run, 2, &[&format!("`{name}` (`--default-registry`)"), "`docker.io`"]);
        let run = push().variable("ICR_CF_DEFAULT_REGISTRY", name).run();
        refused(&run, 2, &["(`ICR_CF_DEFAULT_REGISTRY`)"]);
    }
    let words =
        ["push", "web", "--image", "acme/web", "-r", "us", "--default-registry", "docker.io"];
    refused(&Invocation::new(words).run(), 2, &["cannot be used together"]);
    let resolve = Invocation::new(["resolve", "acme/web", "--default-registry", "docker.io"]).run();
    refused(&resolve, 2, &["Docker Hub's", "`us.icr.io/acme/web`"]);
}

#[test]
fn one_line_says_what_was_taken_where_nobody_was_asked() {
    let world = World::start().unwrap();
    let manifest = "\
applications:
- name: stratos
  docker: {image: 'splatform/stratos:stable'}
- name: again
  docker: {image: 'splatform/stratos:stable'}
- name: nginx
  docker: {image: nginx}
- name: named
  docker: {image: us.icr.io/acme/web}
";
    let said = "note: no registry named, hence taken: `splatform/stratos:stable` for `us.icr.io/splatform/stratos:stable`, `nginx` for `docker.io/library/nginx`; `--default-registry";
    for more in [&["--no-checks", "--no-start"][..], &["--dry-run"]] {
        let place = Workplace::new();
        place.write("work/manifest.yml", manifest);
        let run = within(&world, "push", place)
            .arguments(more)
            .variable("ICR_REGION", "us-south")
            .variable("ICR_CF_API_KEY", KEY)
            .run();
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(run.err().matches("no registry named").count(), 1, "{run}");
        assert!(run.err().contains(said), "{run}");
    }
    let run = one(&world, "acme/web")
        .arguments(["--no-checks", "--no-start"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", KEY)
        .run();
    assert!(run.err().contains("taken: `acme/web` for `us.icr.io/acme/web`;"), "{run}");
}

#[test]
fn nothing_is_said_of_what_was_seen_or_said() {
    let world = World::start().unwrap();
    let with_key = |push: Invocation| push.variable("ICR_CF_API_KEY", world.sample_key());
    let seen = with_key(one(&world, "acme/hello")).variable("ICR_REGION", "us-south").run();
    let said = with_key(one(&world, "acme/hello")).arguments(["-r", "us", "--no-checks"]).run();
    let named = with_key(one(&world, "us.icr.io/acme/hello")).arguments(["--no-checks"]).run();
    for run in [seen, said, named] {
        assert_eq!(run.code, Some(0), "{run}");
        assert!(!run.err().contains("no registry named"), "{run}");
    }
}

#[test]
fn a_registry_that_cannot_be_asked_leaves_a_line_about_what_was_taken() {
    let world = World::start().unwrap();
    world.add_fault(icr_cf_sandbox::Fault::status(501).host("us.icr.io"));
    let run = one(&world, "acme/hello")
        .arguments(["--no-start"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert!(package(&world, &run).image.contains("acme/hello"), "{run}");
    assert!(run.err().contains("taken: `acme/hello` for `us.icr.io/acme/hello`;"), "{run}");
}
