//! Images whose registry the manifest does not name: found, or lost with what may be meant.

use icr_cf_sandbox::{Image, World};

use super::push;

#[test]
fn an_image_without_a_region_is_found_for_each_app() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/only-here:1", Image::runnable());
    let manifest = "\
applications:
- name: hello
  docker: {image: acme/hello}
- name: german
  docker: {image: 'acme/only-here:1'}
";
    let run = push(&world, manifest).without("ICR_REGION").run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = world.packages();
    let image = |app: &str| packages.iter().find(|one| one.app == app).unwrap().image.clone();
    assert!(image("hello").starts_with("us.icr.io/acme/hello@"), "{run}");
    assert!(image("german").starts_with("de.icr.io/acme/only-here@"), "{run}");
}

#[test]
fn an_image_that_is_nowhere_is_named_with_its_app_and_the_others_beside_it() {
    let world = World::start().unwrap();
    let manifest = "\
applications:
- name: hello
  docker: {image: acme/hello}
- name: nginx
  docker: {image: bitnami/nothing}
- name: gone
  docker: {image: acme/gone}
";
    let run = push(&world, manifest).without("ICR_REGION").run();
    assert_eq!(run.code, Some(66), "{run}");
    for part in [
        "it is the image of nginx",
        "also for gone: ",
        "if it is Docker Hub's, write `docker.io/bitnami/nothing`",
    ] {
        assert!(run.err().contains(part), "{part}: {run}");
    }
    assert!(run.record.pushes().is_empty(), "{run}");
}

#[test]
fn an_image_that_icr_does_not_have_may_be_docker_hubs() {
    let world = World::start().unwrap();
    let manifest = "applications:\n- name: n\n  docker: {image: bitnami/nginx}\n";
    let run = push(&world, manifest).run();
    assert!(run.err().contains("write `docker.io/bitnami/nginx`"), "{run}");
    let run = push(&world, &manifest.replace("bitnami", "docker.io/bitnami")).run();
    assert_eq!(run.code, Some(0), "{run}");
}
