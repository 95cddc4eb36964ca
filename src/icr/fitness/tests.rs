//! The rules, each with its boundaries.

use std::time::Duration;

use super::{bytes, disk, of_config, of_manifest, of_push, platform_missing};
use crate::icr::documents::{Descriptor, ImageConfig, ImageManifest};
use crate::image_platform::Platform;
use crate::request::{Advice, Checks, Disk, Pin, Quota, Route, Start, StartCommand};
use crate::verdict::{Name, Strictness, Verdict, Weight};

const IMAGE: &str = "us.icr.io/acme/web:1";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const OCI_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const GB: u64 = 1 << 30;

fn checks() -> Checks {
    Checks {
        platform: Platform::default(),
        pin: Pin::Digest,
        strictness: Strictness::Lenient,
        ca_file: None,
        limit: Duration::from_secs(30),
        quota: Quota::Unasked,
        vulnerabilities: None,
        command: StartCommand::None,
        disk: Disk { bytes: GB, source: "the usual default" },
        route: Route::Usual,
        start: Start::Now,
        advice: Advice::default(),
    }
}

fn descriptor(media_type: &str, size: u64) -> Descriptor {
    let digest = format!("sha256:{}", "0".repeat(64));
    Descriptor { media_type: media_type.to_owned(), digest, size }
}

fn manifest(config: &str, layers: &[&str]) -> ImageManifest {
    ImageManifest {
        config: descriptor(config, 1),
        layers: layers.iter().map(|kind| descriptor(kind, 1)).collect(),
        artifact_type: None,
    }
}

fn names(verdicts: &[Verdict]) -> Vec<Name> {
    verdicts.iter().map(|verdict| verdict.name).collect()
}

/// A configuration that nobody has anything to say about.
fn fit() -> ImageConfig {
    ImageConfig {
        platform: Some(Platform::default()),
        has_command: true,
        ports: vec!["8080/tcp".to_owned()],
        user: "1000".to_owned(),
        created: None,
    }
}

fn of_ports(ports: &[&str]) -> Vec<Verdict> {
    let ports = ports.iter().map(|port| (*port).to_owned()).collect();
    of_config(IMAGE, &ImageConfig { ports, ..fit() }, &checks())
}

#[test]
fn images_are_images_whoever_built_them() {
    for (config, layers) in [
        (OCI_CONFIG, vec![OCI_GZIP, OCI_GZIP]),
        (OCI_CONFIG, vec!["application/vnd.oci.image.layer.v1.tar"]),
        (DOCKER_CONFIG, vec![DOCKER_GZIP]),
        (DOCKER_CONFIG, vec!["application/vnd.docker.image.rootfs.diff.tar"]),
        (DOCKER_CONFIG, vec![OCI_GZIP, DOCKER_GZIP]),
        // From scratch, with nothing in it.
        (OCI_CONFIG, vec![]),
        ("", vec![]),
        ("", vec![""]),
        (OCI_CONFIG, vec!["", OCI_GZIP]),
    ] {
        assert_eq!(of_manifest(IMAGE, &manifest(config, &layers)), [], "{config} {layers:?}");
    }
    let mut typed = manifest(OCI_CONFIG, &[OCI_GZIP]);
    typed.artifact_type = Some("application/vnd.example.app".to_owned());
    assert_eq!(of_manifest(IMAGE, &typed), []);
}

#[test]
fn what_only_has_the_form_of_an_image_is_told_apart() {
    let cosign = "application/vnd.dev.cosign.simplesigning.v1+json";
    let helm = "application/vnd.cncf.helm.config.v1+json";
    let empty = "application/vnd.oci.empty.v1+json";
    for (what, config, layers, artifact) in [
        ("a Helm chart", helm, vec!["application/vnd.cncf.helm.chart.content.v1.tar+gzip"], None),
        ("a Helm chart", empty, vec![OCI_GZIP], Some("application/vnd.cncf.helm.chart")),
        ("an attestation", OCI_CONFIG, vec!["application/vnd.in-toto+json"], None),
        ("an attestation", empty, vec![empty], Some("application/vnd.in-toto+json")),
        ("a signature", OCI_CONFIG, vec![cosign], None),
        ("a signature", empty, vec![empty], Some("application/vnd.cncf.notary.signature")),
        (
            "a signature",
            "application/vnd.cncf.notary.signature",
            vec!["application/jose+json"],
            Some("application/vnd.cncf.notary.signature"),
        ),
        ("an artifact of another kind", empty, vec![], None),
        ("an artifact of another kind", empty, vec![OCI_GZIP], None),
        (
            "an artifact of another kind",
            "application/vnd.wasm.config.v0+json",
            vec!["application/wasm"],
            None,
        ),
        ("an artifact of another kind", OCI_CONFIG, vec!["application/wasm"], None),
        ("an artifact of another kind", OCI_CONFIG, vec![OCI_GZIP, "application/wasm"], None),
        (
            "an artifact of another kind",
            OCI_CONFIG,
            vec!["application/vnd.wasm.content.layer.v1+wasm"],
            None,
        ),
        ("an artifact of another kind", OCI_CONFIG, vec!["text/spdx+json"], None),
        ("an artifact of another kind", "", vec!["application/x-unknown"], None),
        (
            "an artifact of another kind",
            "application/vnd.unknown.config.v1+json",
            vec![OCI_GZIP],
            None,
        ),
    ] {
        let mut manifest = manifest(config, &layers);
        manifest.artifact_type = artifact.map(str::to_owned);
        let verdicts = of_manifest(IMAGE, &manifest);
        assert_eq!(names(&verdicts), [Name::NotAnImage], "{config} {layers:?}");
        assert_eq!(verdicts[0].message, format!("`{IMAGE}` is {what}, not an image"));
        // An ordinary configuration shows nothing; then what it holds does.
        let shows = if matches!(config, "" | OCI_CONFIG) { layers.as_slice() } else { &[config] };
        let seen = &verdicts[0].seen[0];
        assert!(shows.iter().any(|kind| seen.contains(&format!("`{kind}`"))), "{seen}");
    }
}

#[test]
fn layers_that_cells_cannot_unpack_are_found_in_every_spelling() {
    for (layer, expected) in [
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", vec![Name::ForeignLayers]),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar", vec![Name::ForeignLayers]),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", vec![Name::ForeignLayers]),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            vec![Name::ForeignLayers, Name::ZstdLayers],
        ),
        ("application/vnd.oci.image.layer.v1.tar+zstd", vec![Name::ZstdLayers]),
        ("application/vnd.docker.image.rootfs.diff.tar.zstd", vec![Name::ZstdLayers]),
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", vec![Name::EncryptedLayers]),
        ("application/vnd.oci.image.layer.v1.tar+encrypted", vec![Name::EncryptedLayers]),
        (
            "application/vnd.oci.image.layer.v1.tar+zstd+encrypted",
            vec![Name::EncryptedLayers, Name::ZstdLayers],
        ),
    ] {
        let verdicts = of_manifest(IMAGE, &manifest(OCI_CONFIG, &[OCI_GZIP, layer]));
        assert_eq!(names(&verdicts), expected, "{layer}");
    }
}

#[test]
fn a_missing_platform_lists_each_one_once() {
    let of = |text: &str| Platform::parse(text, text).unwrap();
    let wanted = Checks { platform: of("linux/s390x"), ..checks() };
    let has = [of("windows/amd64"), of("linux/riscv64"), of("windows/amd64")];
    let verdicts = platform_missing(IMAGE, &has, &wanted);
    assert_eq!(names(&verdicts), [Name::PlatformMissing]);
    assert_eq!(verdicts[0].seen[0], "it has: linux/riscv64, windows/amd64");
    assert!(verdicts[0].hints[0].contains("--platform linux/s390x"), "{:?}", verdicts[0].hints);
    assert_eq!(platform_missing(IMAGE, &[], &wanted)[0].seen[0], "it has: none");
    let many: Vec<_> = (10..23).map(|at| of(&format!("linux/a{at}"))).collect();
    assert!(platform_missing(IMAGE, &many, &wanted)[0].seen[0].ends_with("a21, and 1 more"));
    assert!(platform_missing(IMAGE, &many[..12], &wanted)[0].seen[0].ends_with("linux/a21"));
    let here = platform_missing(IMAGE, &[Platform::of_this_machine()], &wanted);
    assert_eq!(names(&here), [Name::PlatformMissing, Name::ArmOnlyRunsHere]);
}

#[test]
fn a_configuration_for_another_platform_is_refused_and_one_that_says_none_is_not() {
    let of = |platform| names(&of_config(IMAGE, &ImageConfig { platform, ..fit() }, &checks()));
    assert_eq!(of(Some(Platform::default())), []);
    assert_eq!(of(None), []);
    assert_eq!(of(Some(Platform::of("linux", "amd64", Some("v1")))), []);
    assert_eq!(of(Some(Platform::of("windows", "amd64", None))), [Name::PlatformMissing]);
    assert_eq!(of(Some(Platform::of("linux", "s390x", None))), [Name::PlatformMissing]);
}

#[test]
fn an_image_without_a_command_needs_one_from_somewhere() {
    let of = |command| {
        let config = ImageConfig { has_command: false, ..fit() };
        of_config(IMAGE, &config, &Checks { command, ..checks() })
    };
    assert_eq!(of(StartCommand::Given), []);
    let none = of(StartCommand::None);
    assert_eq!(names(&none), [Name::NoStartCommand]);
    assert_eq!(none[0].weight, Weight::Definitive);
    let elsewhere = of(StartCommand::Elsewhere);
    assert_eq!(names(&elsewhere), [Name::NoStartCommand]);
    assert_eq!(elsewhere[0].weight, Weight::Advice);
}

#[test]
fn the_lowest_tcp_port_gets_the_route() {
    for one in ["8080/tcp", "8080", "8080/TCP", "65535/tcp", "9000-9010/tcp"] {
        assert_eq!(of_ports(&[one]), [], "{one}");
    }
    assert_eq!(of_ports(&["8080", "8080/tcp"]), []);
    assert_eq!(of_ports(&["8080/tcp", "53/udp", "x", "70000/tcp"]), []);
    let several = of_ports(&["9000/tcp", "10000/tcp", "2000-3000"]);
    assert_eq!(names(&several), [Name::PortChoice]);
    assert_eq!(several[0].message, "the route leads to port 2000, the lowest");
    assert_eq!(several[0].seen, ["the image exposes 2000, 9000, 10000"]);
    let none = of_ports(&[]);
    assert_eq!(names(&none), [Name::PortChoice]);
    assert_eq!(none[0].message, "the route leads to port 8080");
}

#[test]
fn ports_without_a_tcp_port_among_them_are_refused() {
    for ports in [
        vec!["53/udp"],
        vec!["x"],
        vec!["70000/tcp"],
        vec![""],
        vec!["-1/tcp"],
        vec!["/tcp"],
        vec!["53/udp", "132/sctp"],
        vec!["8080/"],
    ] {
        let verdicts = of_ports(&ports);
        assert_eq!(names(&verdicts), [Name::NoTcpPort], "{ports:?}");
    }
    let odd = of_ports(&["\u{1b}[31m/udp"]);
    assert!(!odd[0].seen[0].contains('\u{1b}'), "{odd:?}");
}

#[test]
fn nobody_chooses_a_port_for_an_app_without_a_route() {
    let checks = Checks { route: Route::None, ..checks() };
    let of = |ports: &[&str]| {
        let ports = ports.iter().map(|port| (*port).to_owned()).collect();
        names(&of_config(IMAGE, &ImageConfig { ports, ..fit() }, &checks))
    };
    assert_eq!(of(&[]), []);
    assert_eq!(of(&["80", "8080"]), [Name::LowPort]);
    assert_eq!(of(&["53/udp"]), [Name::NoTcpPort]);
}

#[test]
fn root_is_known_by_name_number_and_absence_and_may_open_low_ports() {
    let of = |user: &str, port: &str| {
        let config = ImageConfig { user: user.to_owned(), ports: vec![port.to_owned()], ..fit() };
        names(&of_config(IMAGE, &config, &checks()))
    };
    for root in ["", "0", "root", "0:0", "root:root", "0:1000", "root:1000", ":1000"] {
        assert_eq!(of(root, "80/tcp"), [Name::RunsAsRoot], "{root}");
    }
    for user in ["1000", "1000:0", "www-data", "rooty", "00x", "web:root"] {
        assert_eq!(of(user, "1024/tcp"), [], "{user}");
        assert_eq!(of(user, "1023/tcp"), [Name::LowPort], "{user}");
    }
    let config = ImageConfig { user: "\u{7}web".to_owned(), ports: vec!["80".to_owned()], ..fit() };
    let low = of_config(IMAGE, &config, &checks());
    assert!(!low[0].seen[0].contains('\u{7}'), "{low:?}");
}

#[test]
fn the_disk_estimate_inflates_what_is_compressed_alone() {
    let of = |layers: &[(&str, u64)], quota: u64| {
        let mut manifest = manifest(OCI_CONFIG, &[]);
        manifest.layers = layers.iter().map(|(kind, size)| descriptor(kind, *size)).collect();
        let checks = Checks { disk: Disk { bytes: quota, source: "`-k`" }, ..checks() };
        disk(IMAGE, &manifest, &checks)
    };
    let plain = "application/vnd.oci.image.layer.v1.tar";
    let zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
    assert_eq!(of(&[], 0), None);
    assert_eq!(of(&[(plain, 1000)], 1000), None);
    assert!(of(&[(plain, 1001)], 1000).is_some());
    for kind in [OCI_GZIP, DOCKER_GZIP, zstd] {
        assert_eq!(of(&[(kind, 400)], 1000), None, "{kind}");
        let over = of(&[(kind, 401)], 1000).unwrap();
        assert!(over.message.contains("may not fit"), "{over:?}");
        assert!(over.seen[0].contains("401 bytes compressed, about 1002 bytes unpacked"));
        assert!(over.seen[0].ends_with("the quota is 1000 bytes (`-k`)"), "{over:?}");
        let sure = of(&[(kind, 1001)], 1000).unwrap();
        assert!(sure.message.contains("does not fit"), "{sure:?}");
    }
    assert!(of(&[(plain, 600), (OCI_GZIP, 200)], 1000).is_some());
    assert_eq!(of(&[(OCI_GZIP, GB)], 3 * GB), None);
    assert_eq!(of(&[(OCI_GZIP, GB)], GB).unwrap().hints[0].split(',').next(), Some("`-k 3G`"));
}

#[test]
fn sizes_that_nobody_has_make_no_trouble() {
    let of = |size, count, quota| {
        let mut manifest = manifest(OCI_CONFIG, &[]);
        manifest.layers = vec![descriptor(OCI_GZIP, size); count];
        let checks = Checks { disk: Disk { bytes: quota, source: "`-k`" }, ..checks() };
        disk(IMAGE, &manifest, &checks)
    };
    let verdict = of(u64::MAX, 2, GB).unwrap();
    let most = "17179869183.9 GiB";
    assert!(
        verdict.seen[0].contains(&format!("{most} compressed, about {most} unpacked")),
        "{verdict:?}"
    );
    assert!(verdict.message.contains("does not fit"), "{verdict:?}");
    // What is unpacked never comes to less than what is packed.
    assert!(of(u64::MAX / 10 * 9, 1, u64::MAX / 10 * 8).is_some());
    assert_eq!(of(u64::MAX, 2, u64::MAX), None);
}

#[test]
fn numbers_of_bytes_are_rounded_down_to_a_tenth() {
    for (count, expected) in [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (500 * 1024, "500.0 KiB"),
        ((1 << 20) - 1, "1023.9 KiB"),
        (1 << 20, "1.0 MiB"),
        (500 << 20, "500.0 MiB"),
        (GB - 1, "1023.9 MiB"),
        (GB, "1.0 GiB"),
        (GB * 5 / 2, "2.5 GiB"),
        (1000 * GB, "1000.0 GiB"),
        (u64::MAX, "17179869183.9 GiB"),
    ] {
        assert_eq!(bytes(count), expected);
    }
}

#[test]
fn advice_about_what_is_pushed_depends_on_the_pin() {
    let of =
        |is_index, tag, pin| names(&of_push(IMAGE, is_index, tag, &Checks { pin, ..checks() }));
    assert_eq!(of(false, Some("1"), Pin::Digest), []);
    assert_eq!(of(false, Some("latest"), Pin::Digest), []);
    assert_eq!(of(true, Some("latest"), Pin::Digest), [Name::Retention]);
    assert_eq!(of(false, Some("1"), Pin::AsGiven), []);
    assert_eq!(of(false, None, Pin::AsGiven), []);
    assert_eq!(of(false, Some("latest"), Pin::AsGiven), [Name::LatestTag]);
    let both = [Name::IndexOnOldPlatform, Name::LatestTag];
    assert_eq!(of(true, Some("latest"), Pin::AsGiven), both);
    assert_eq!(of(true, None, Pin::AsGiven), [Name::IndexOnOldPlatform]);
}
