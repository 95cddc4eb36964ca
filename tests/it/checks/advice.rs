//! What is worth knowing and stops nothing.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Content, Image, Index, World};

use super::{Scenario, Trial, names, trial, verdict};

const APP: &str = "us.icr.io/acme/app:1";
const MEGABYTE: u64 = 1024 * 1024;

fn app(content: impl Into<Content>) -> Trial {
    let world = World::start().unwrap();
    world.add_image(APP, content);
    Trial::within(world, APP)
}

fn moved() -> Trial {
    let world = World::start().unwrap();
    let digest = world.add_image(APP, Image::runnable().label("first"));
    world.add_image(APP, Image::runnable().label("second"));
    Trial::within(world, &format!("{APP}@{digest}"))
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: Name::DiskQuota,
        mends: " -k 2G`",
        make: || app(Image::runnable().layer(600 * MEGABYTE)),
    },
    Scenario {
        name: Name::DiskQuota,
        mends: " -k 1G`",
        make: || app(Image::runnable().layer(200 * MEGABYTE)).words(&["-k", "256M"]),
    },
    Scenario {
        name: Name::QuotaNear,
        mends: "ibmcloud cr quota-set --traffic",
        make: || {
            let trial = Trial::of("us.icr.io/acme/hello").words(&["--quota"]);
            trial.world.set_quota((0, -1), (95, 100));
            trial
        },
    },
    Scenario { name: Name::TagMoved, mends: "name the tag alone", make: moved },
    Scenario {
        name: Name::LatestTag,
        mends: "push what the tag names now: `icr-cf ",
        make: || Trial::of("us.icr.io/acme/hello").words(&["--no-pin"]),
    },
    Scenario {
        name: Name::ZstdLayers,
        mends: "compression=gzip,force-compression=true",
        make: || {
            let zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
            app(Image::runnable().layer_of(zstd, 512))
        },
    },
    Scenario {
        name: Name::IndexOnOldPlatform,
        mends: "which every release reads: `icr-cf ",
        make: || Trial::of("us.icr.io/acme/web:1.4").words(&["--no-pin"]),
    },
    Scenario {
        name: Name::RunsAsRoot,
        mends: "`USER 1000`",
        make: || app(Image::runnable().user("root")),
    },
    Scenario {
        name: Name::RunsAsRoot,
        mends: "`USER 1000`",
        make: || app(Image::runnable().without("User")),
    },
    Scenario {
        name: Name::LowPort,
        mends: "`PORT`",
        make: || app(Image::runnable().expose(&["80/tcp"])),
    },
    Scenario {
        name: Name::PortChoice,
        mends: "`PORT`",
        make: || app(Image::runnable().expose(&["9090/tcp", "8080/tcp"])),
    },
    Scenario {
        name: Name::PortChoice,
        mends: "`PORT`",
        make: || app(Image::runnable().without("ExposedPorts")),
    },
    Scenario {
        name: Name::ArmOnlyRunsHere,
        mends: "",
        make: || {
            let here = match std::env::consts::ARCH {
                "x86_64" => "linux/amd64",
                "aarch64" => "linux/arm64",
                other => panic!("say what images call `{other}`"),
            };
            app(Image::runnable_for(here)).words(&["--platform", "linux/s390x"])
        },
    },
    Scenario {
        name: Name::Retention,
        mends: "`ibmcloud cr retention-policy-set --images NUMBER --retain-untagged acme`",
        make: || Trial::of("us.icr.io/acme/web:1.4"),
    },
];

#[test]
fn advice_is_given_and_stops_nothing() {
    trial::play(SCENARIOS);
}

#[test]
fn nothing_is_said_of_what_is_usual() {
    for (trial, words) in [
        (Trial::of("us.icr.io/acme/hello:1.0"), vec![]),
        (Trial::of("us.icr.io/acme/hello:1.0"), vec!["--no-pin"]),
        (Trial::of("us.icr.io/acme/hello"), vec![]),
        (app(Image::runnable().layer(600 * MEGABYTE)), vec!["-k", "2G"]),
        (app(Image::runnable().expose(&["1024/tcp"])), vec![]),
        (app(Image::runnable().without("ExposedPorts")), vec!["--no-route"]),
        (app(Image::runnable().user("1000:1000")), vec![]),
    ] {
        let run = trial.check(&[&words[..], &["--output", "json"]].concat());
        assert_eq!((run.code, names(&run).len()), (Some(0), 0), "{words:?}: {run}");
    }
}

#[test]
fn the_quota_is_told_by_who_set_it() {
    let trial = app(Image::runnable().layer(600 * MEGABYTE));
    let said = trial::text(&verdict(&trial.json(), Name::DiskQuota));
    assert!(said.contains("600.0 MiB compressed, about 1.4 GiB unpacked"), "{said}");
    assert!(said.contains("the quota is 1.0 GiB (the usual default)"), "{said}");
    let run = trial.check(&["-k", "512M", "--output", "json"]);
    let said = trial::text(&verdict(&run, Name::DiskQuota));
    assert!(said.contains("does not fit") && said.contains("512.0 MiB (`-k`)"), "{said}");
}

#[test]
fn a_digest_of_one_platform_of_an_index_is_no_tag_that_moved() {
    let world = World::start().unwrap();
    let index = world.digest_of("us.icr.io/acme/web:1.4").unwrap();
    let amd64 = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    for digest in [&amd64, &index] {
        let image = format!("us.icr.io/acme/web:1.4@{digest}");
        let run = Trial::of(&image).json();
        // Worlds are alike, so a digest of one is there in the other.
        assert_eq!(run.code, Some(0), "{run}");
        assert!(!names(&run).contains(&"tag-moved".to_owned()), "{run}");
        assert_eq!(run.json()["apps"][0]["checks"]["image"]["digest"], *amd64, "{run}");
    }
}

#[test]
fn a_tag_that_is_gone_is_said_so_and_the_digest_is_pushed() {
    let world = World::start().unwrap();
    let digest = world.add_image(APP, Image::runnable());
    world.remove_image(APP);
    let trial = Trial::within(world, &format!("{APP}@{digest}"));
    let said = trial::text(&verdict(&trial.json(), Name::TagMoved));
    assert!(said.contains("the tag is gone"), "{said}");
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{push}");
    assert_eq!(trial.world.packages()[0].image, format!("us.icr.io/acme/app@{digest}"));
}

#[test]
fn the_route_leads_to_the_lowest_port_and_that_is_said() {
    let run = app(Image::runnable().expose(&["9090/tcp", "8081/tcp", "53/udp"])).json();
    let said = trial::text(&verdict(&run, Name::PortChoice));
    assert!(said.contains("the route leads to port 8081, the lowest"), "{said}");
    let run = app(Image::runnable().without("ExposedPorts")).json();
    let said = trial::text(&verdict(&run, Name::PortChoice));
    assert!(said.contains("port 8080"), "{said}");
}

#[test]
fn attestations_are_no_platforms() {
    let images = ["linux/amd64", "linux/arm64"].map(Image::runnable_for);
    let run = app(Index::of(images).attestation().attestation()).json();
    let platforms = &run.json()["apps"][0]["checks"]["image"]["platforms"];
    assert_eq!(*platforms, serde_json::json!(["linux/amd64", "linux/arm64"]), "{run}");
}
