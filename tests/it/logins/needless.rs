//! Secrets that are set and not needed: they stand in nobody's way.

use icr_cf_sandbox::World;

use super::{of_manifest, one, package, refused, within};
use crate::support::{Invocation, Workplace};

#[test]
fn an_empty_docker_password_stops_no_push_that_needs_no_key() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/index.html", "hello");
    place.write("work/manifest.yml", "applications:\n- name: files\n  path: .\n");
    let run = within(&world, "push", place).variable("CF_DOCKER_PASSWORD", "").run();
    assert_eq!(package(&world, &run).password(), None, "{run}");
    let push = of_manifest(&world, "docker.io/library/nginx:latest", "");
    let run = push.variable("CF_DOCKER_PASSWORD", "").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(
        run.record.pushes().iter().all(|push| !push.variables().contains(&"CF_DOCKER_PASSWORD"))
    );
}

#[test]
fn an_empty_docker_password_beside_a_key_that_is_given_is_passed_over() {
    let world = World::start().unwrap();
    let run = of_manifest(&world, "us.icr.io/acme/hello", "")
        .arguments(["--api-key-for", "acme=env:OURS"])
        .variable("OURS", world.sample_key())
        .variable("CF_DOCKER_PASSWORD", "")
        .run();
    assert_eq!(package(&world, &run).password(), Some(world.sample_key()), "{run}");
}

#[test]
fn an_empty_docker_password_is_refused_where_it_would_be_used() {
    let world = World::start().unwrap();
    let words = ["`CF_DOCKER_PASSWORD` is set but empty", "unset CF_DOCKER_PASSWORD"];
    for more in [&[][..], &["--dry-run"]] {
        for push in
            [one(&world, "us.icr.io/acme/web"), of_manifest(&world, "us.icr.io/acme/web", "")]
        {
            let run = push.arguments(more).variable("CF_DOCKER_PASSWORD", "").run();
            refused(&run, 77, &words);
        }
    }
    let resolve = Invocation::new(["resolve", "--tags", "us.icr.io/acme/web"]);
    refused(&resolve.variable("CF_DOCKER_PASSWORD", "").run(), 77, &words);
}
