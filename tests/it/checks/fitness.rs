//! An image that Cloud Foundry cannot run, or that is none.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Action, Content, Fault, Image, Index, World};

use super::{Scenario, Trial, names, trial, verdict};
use crate::support::Workplace;

const APP: &str = "us.icr.io/acme/app:1";
const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

fn app(content: impl Into<Content>) -> Trial {
    let world = World::start().unwrap();
    world.add_image(APP, content);
    Trial::within(world, APP)
}

fn app_with(fault: Fault) -> Trial {
    let trial = app(Image::runnable());
    trial.world.add_fault(fault);
    trial
}

fn arm_and_s390x() -> Index {
    Index::of(["linux/arm64/v8", "linux/s390x"].map(Image::runnable_for)).attestation()
}

fn schema1() -> Trial {
    let bytes = br#"{"schemaVersion":1,"name":"acme/app","tag":"1","architecture":"amd64","fsLayers":[],"history":[],"signatures":[]}"#;
    app(Content::Raw {
        media_type: "application/vnd.docker.distribution.manifest.v1+prettyjws".to_owned(),
        bytes: bytes.to_vec(),
    })
}

/// A registry that has no tokens where they should be, and names a stranger's place for them.
fn hostile() -> Trial {
    let trial = app_with(Fault::status(404).host("us.icr.io").path("/oauth/token"));
    let realm = Action::Realm("https://icr.io.evil.example/oauth/token".to_owned());
    trial.world.add_fault(Fault::new(realm).host("us.icr.io").path("/v2/"));
    trial
}

fn wrong_configuration() -> Trial {
    app_with(Fault::new(Action::Body("{}".to_owned())).host("dd0.us.icr.io"))
}

const BUILDX: &str =
    "`docker buildx build --platform linux/amd64 --tag us.icr.io/acme/app:1 --push .`";
const OTHER_TAG: &str = "`icr-cf resolve --tags us.icr.io/acme/app`";

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { name: Name::PlatformMissing, mends: BUILDX, make: || app(arm_and_s390x()) },
    Scenario {
        name: Name::PlatformMissing,
        mends: BUILDX,
        make: || app(Image::runnable_for("linux/arm64")),
    },
    Scenario { name: Name::Schema1, mends: "push it again with a current docker", make: schema1 },
    Scenario {
        name: Name::ForeignLayers,
        mends: "base image whose layers are in the registry",
        make: || {
            let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
            app(Image::runnable().layer(512).layer_of(foreign, 512))
        },
    },
    Scenario {
        name: Name::ForeignLayers,
        mends: "base image whose layers are in the registry",
        make: || {
            let foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
            app(Image::runnable().layer_of(foreign, 512))
        },
    },
    Scenario {
        name: Name::EncryptedLayers,
        mends: "`skopeo copy --decryption-key KEY",
        make: || app(Image::runnable().layer_of(&format!("{GZIP}+encrypted"), 512)),
    },
    Scenario {
        name: Name::NoStartCommand,
        mends: " -c COMMAND`",
        make: || app(Image::runnable().without("Cmd")),
    },
    Scenario {
        name: Name::NoTcpPort,
        mends: "`EXPOSE 8080`",
        make: || app(Image::runnable().expose(&["53/udp", "5000/sctp"])),
    },
    Scenario {
        name: Name::NotAnImage,
        mends: OTHER_TAG,
        make: || {
            let config = "application/vnd.cncf.helm.config.v1+json";
            let chart = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
            app(Image::runnable().config_media_type(config).layer_of(chart, 512))
        },
    },
    Scenario {
        name: Name::NotAnImage,
        mends: OTHER_TAG,
        make: || {
            let layer = "application/vnd.dev.cosign.simplesigning.v1+json";
            app(Image::runnable().layer_of(layer, 512))
        },
    },
    Scenario {
        name: Name::NotAnImage,
        mends: OTHER_TAG,
        make: || app(Image::runnable().layer_of("application/vnd.in-toto+json", 512)),
    },
    Scenario {
        name: Name::DigestMismatch,
        mends: "look at the proxy",
        make: || {
            app_with(
                Fault::new(Action::WrongDigest).host("us.icr.io").path("/v2/acme/app/manifests/"),
            )
        },
    },
    Scenario { name: Name::DigestMismatch, mends: "look at the proxy", make: wrong_configuration },
    Scenario { name: Name::HostileRealm, mends: "proxy, DNS, certificates", make: hostile },
];

#[test]
fn an_image_that_cannot_be_run_stops_the_push_and_says_what_mends_it() {
    trial::play(SCENARIOS);
}

#[test]
fn the_platforms_that_are_there_are_listed() {
    let trial = app(arm_and_s390x());
    let run = trial.json();
    let said = trial::text(&verdict(&run, Name::PlatformMissing));
    assert!(said.contains("it has: linux/arm64/v8, linux/s390x"), "{said}");
    let run = trial.check(&["--platform", "linux/s390x", "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.json()["apps"][0]["checks"]["image"]["platform"], "linux/s390x", "{run}");
}

#[test]
fn a_command_from_elsewhere_makes_up_for_one_that_the_image_lacks() {
    let trial = app(Image::runnable().without("Cmd"));
    let given = trial.check(&["-c", "/server", "--output", "json"]);
    assert_eq!((given.code, names(&given).len()), (Some(0), 0), "{given}");
    let task = trial.check(&["--task", "--output", "json"]);
    assert_eq!(verdict(&task, Name::NoStartCommand)["weight"], "advice", "{task}");
    // `-c null` takes the command away that an earlier push gave.
    let null = trial.check(&["-c", "null", "--output", "json"]);
    assert_eq!(null.code, Some(65), "{null}");
}

/// A check of an image without a command, in a folder with this manifest.
fn check_beside(manifest: &str, words: &[&str]) -> crate::support::Run {
    let world = World::start().unwrap();
    world.add_image(APP, Image::runnable().without("Cmd"));
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    crate::support::Invocation::new_in(place, ["check", "web", "--image", APP])
        .arguments(["--output", "json"])
        .arguments(words)
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(&world)
        .run()
}

#[test]
fn the_command_of_a_manifest_counts() {
    let run = check_beside("applications:\n- name: web\n  command: /server\n", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.out().contains("no-start-command"), "{run}");
    let run = check_beside("applications:\n- name: web\n", &[]);
    assert_eq!(run.code, Some(65), "{run}");
}

#[test]
fn where_a_manifest_that_is_not_read_may_have_the_command_its_absence_is_advice() {
    let words = ["--", "-f", "manifest.yml"];
    let run = check_beside("applications:\n- name: web\n  command: /server\n", &words);
    assert_eq!(run.code, Some(0), "{run}");
    let given = verdict(&run, Name::NoStartCommand);
    assert_eq!(given["weight"], "advice", "{run}");
    assert!(trial::text(&given).contains("the manifest may have one"), "{run}");
}

#[test]
fn the_disk_of_a_manifest_counts() {
    let world = World::start().unwrap();
    world.add_image(APP, Image::runnable().layer(2 << 30));
    let place = Workplace::new();
    place.write("work/manifest.yml", "applications:\n- name: web\n  disk_quota: 1536M\n");
    let run = crate::support::Invocation::new_in(place, ["check", "web", "--image", APP])
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(&world)
        .run();
    assert!(run.out().contains("`disk_quota` in the manifest"), "{run}");
}

#[test]
fn an_artifact_is_called_what_it_is() {
    let kinds = [
        ("application/vnd.in-toto+json", "an attestation"),
        ("application/vnd.dev.cosign.simplesigning.v1+json", "a signature"),
        ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", "an artifact of another kind"),
    ];
    for (layer, called) in kinds {
        let run = app(Image::runnable().layer_of(layer, 512)).json();
        let said = trial::text(&verdict(&run, Name::NotAnImage));
        assert!(said.contains(&format!("is {called}, not an image")), "{said}");
        assert!(said.contains(&format!("it holds `{layer}`")), "{said}");
    }
    let config = "application/vnd.cncf.helm.config.v1+json";
    let run = app(Image::runnable().config_media_type(config)).json();
    let said = trial::text(&verdict(&run, Name::NotAnImage));
    assert!(said.contains("is a Helm chart, not an image"), "{said}");
}

#[test]
fn nothing_secret_is_sent_to_a_realm_that_is_not_the_registrys() {
    let trial = hostile();
    let run = trial.json();
    let said = trial::text(&verdict(&run, Name::HostileRealm));
    assert!(said.contains("https://icr.io.evil.example/oauth/token"), "{said}");
    assert!(said.contains("the key was not sent there"), "{said}");
    let strangers = trial.world.connections();
    assert!(!strangers.iter().any(|one| one.target.contains("evil")), "{strangers:?}");
}

#[test]
fn a_realm_of_the_registrys_own_is_taken() {
    let trial = app_with(Fault::status(404).host("us.icr.io").path("/oauth/token"));
    let realm = Action::Realm("https://de.icr.io/oauth/token".to_owned());
    trial.world.add_fault(Fault::new(realm).host("us.icr.io").path("/v2/"));
    trial.json();
    let asked = trial.asked("de.icr.io");
    assert!(asked.iter().any(|one| one.path() == "/oauth/token"), "{asked:?}");
}
