//! What the registry keeps: the trash, images without a tag, what a policy would delete.

use icr_cf_sandbox::{Key, RegistryRole, World};

use super::audit::audit;
use super::{HELLO, WEB, findings, of_app, pinned, run_with};

#[test]
fn an_image_that_lies_in_the_trash_is_told_with_how_it_comes_back() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random().role(RegistryRole::Manager));
    let image = pinned(&world, HELLO);
    world.run_app("hello", &image, &key).unwrap();
    assert!(world.delete_image(HELLO));
    let run = run_with(&world, &key, &["audit"]);
    assert!(run.out().contains("error[digest-missing]"), "{run}");
    assert!(run.out().contains("it lies in the trash for 30 days more"), "{run}");
    assert!(
        run.out().contains(&format!("`ibmcloud cr image-restore {image}` brings this one back")),
        "{run}"
    );
}

#[test]
fn an_image_without_a_tag_is_told_and_one_that_an_index_may_list_is_not() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.run_app("hello", &pinned(&world, HELLO), world.sample_key()).unwrap();
    for tag in ["1.0", "latest"] {
        world.add_image(
            &format!("us.icr.io/acme/hello:{tag}"),
            icr_cf_sandbox::Image::runnable().user("7"),
        );
    }
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "hello"), ["retention"], "{found}");
    assert!(findings(&found, "web").is_empty(), "{found}");
    let finding = of_app(&found, "hello")["findings"][0].to_string();
    assert!(finding.contains("ibmcloud cr image-tag us.icr.io/acme/hello@sha256:"), "{finding}");
}

#[test]
fn what_the_policy_would_delete_by_the_registrys_own_account_is_told() {
    let world = World::start().unwrap();
    let old = icr_cf_sandbox::Image::runnable().user("7").created(1_000_000);
    let digest = world.add_image("us.icr.io/acme/app:1", old);
    for (tag, created) in [("2", 2_000_000), ("3", 3_000_000)] {
        let image = icr_cf_sandbox::Image::runnable().user(tag).created(created);
        world.add_image(&format!("us.icr.io/acme/app:{tag}"), image);
    }
    let image = format!("us.icr.io/acme/app@{digest}");
    world.run_app("old", &image, world.sample_key()).unwrap();
    world.run_app("new", &pinned(&world, "us.icr.io/acme/app:3"), world.sample_key()).unwrap();
    assert!(findings(&audit(&world, &[]), "old").is_empty());
    world.set_retention("us.icr.io/acme", 2, true);
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "old"), ["retention"], "{found}");
    assert!(findings(&found, "new").is_empty(), "{found}");
    let finding = of_app(&found, "old")["findings"][0].to_string();
    assert!(
        finding.contains("keeps 2 images of a repository, and those without a tag"),
        "{finding}"
    );
}

#[test]
fn a_registry_that_does_not_tell_what_it_keeps_is_listed_as_not_asked() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let refused = icr_cf_sandbox::Fault::status(403).host("us.icr.io").path("/api/v1/");
    world.add_fault(refused);
    let run = run_with(&world, world.sample_key(), &["audit", "--strict"]);
    assert_eq!(run.code, Some(2), "{run}");
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert_eq!(run.code, Some(0), "{run}");
    let out = run.out();
    let policy = "the retention policy of us.icr.io/acme: us.icr.io answered 403";
    assert!(out.contains(policy), "{run}");
    assert!(out.contains("images without a tag in us.icr.io/acme"), "{run}");
}
