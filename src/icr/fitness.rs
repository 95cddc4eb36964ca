//! Whether Cloud Foundry can run an image, and what its owner should know. Pure: documents in,
//! verdicts out. What the rules go by is in Cloud Foundry's documentation, "Deploying an app with
//! Docker", and in the sources of its stager (dockerapplifecycle), of grootfs and of the Cloud
//! Controller.

use super::documents::{Descriptor, ImageConfig, ImageManifest};
use crate::error::printable;
use crate::image_platform::Platform;
use crate::request::{Checks, Pin, Route, Start, StartCommand};
use crate::verdict::{Name, Verdict};

/// Most names that a message lists.
const SHOWN: usize = 12;

/// Configurations that are those of an image. Docker takes the last two for one as well, since
/// old registries and clients wrote them.
const IMAGE_CONFIGS: [&str; 4] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
    "application/json",
];

/// How layers of an image are named: plain or compressed archives.
fn is_layer(layer: &Descriptor) -> bool {
    let kind = layer.media_type.as_str();
    kind.starts_with("application/vnd.oci.image.layer.")
        || kind.starts_with("application/vnd.docker.image.rootfs.")
}

/// What a manifest alone shows. A definitive verdict says that there is no use in looking further.
pub(super) fn of_manifest(image: &str, manifest: &ImageManifest) -> Vec<Verdict> {
    if let Some(what) = other_than_image(manifest) {
        let verdict = Verdict::new(Name::NotAnImage, format!("`{image}` is {what}, not an image"))
            .seen(kinds(manifest))
            .hint(format!(
                "name the image itself; `icr-cf resolve --tags {}` lists what is there",
                repository(image)
            ));
        return vec![verdict];
    }
    let with = |what: &str| manifest.layers.iter().any(|layer| layer.media_type.contains(what));
    let mut verdicts = Vec::new();
    if with("foreign") || with("nondistributable") {
        verdicts.push(
            Verdict::new(
                Name::ForeignLayers,
                format!("`{image}` has layers that no registry keeps"),
            )
            .seen("its manifest has foreign (nondistributable) layers, as Windows images do")
            .hint("build it from a base image whose layers are in the registry: a Linux one"),
        );
    }
    if with("+encrypted") {
        verdicts.push(
            Verdict::new(Name::EncryptedLayers, format!("`{image}` has encrypted layers"))
                .seen("Cloud Foundry has no way to give its cells the key to decrypt them")
                .hint("push the image without encryption: `skopeo copy --decryption-key KEY ...`"),
        );
    }
    if with("zstd") {
        verdicts.push(
            Verdict::new(Name::ZstdLayers, format!("`{image}` has layers compressed with zstd"))
                .seen("cells read them since 2026; older ones fail when the app starts")
                .hint("for an older platform build with `docker buildx build --output type=registry,compression=gzip,force-compression=true`"),
        );
    }
    verdicts
}

/// The verdict on something that is kept in a form of its own.
pub(super) fn artifact(image: &str, kind: &str) -> Verdict {
    Verdict::new(Name::NotAnImage, format!("`{image}` is an artifact, not an image"))
        .seen(format!("it is of the kind `{kind}`"))
        .hint(format!(
            "name the image itself; `icr-cf resolve --tags {}` lists what is there",
            repository(image)
        ))
}

/// The media types that show it: of the configuration, or else of what it holds.
fn kinds(manifest: &ImageManifest) -> String {
    let config = manifest.config.media_type.as_str();
    let odd = manifest.layers.iter().find(|one| !is_layer(one) && !one.media_type.is_empty());
    match odd.filter(|_| config.is_empty() || IMAGE_CONFIGS.contains(&config)) {
        Some(layer) => format!("it holds `{}`", printable(&layer.media_type)),
        None => format!("its configuration is `{}`", printable(config)),
    }
}

/// What it is, where it is no image.
fn other_than_image(manifest: &ImageManifest) -> Option<&'static str> {
    let config = manifest.config.media_type.as_str();
    let layer = |what: &str| manifest.layers.iter().any(|layer| layer.media_type.contains(what));
    let artifact = manifest.artifact_type.as_deref().unwrap_or_default();
    if config.contains("helm") || artifact.contains("helm") {
        return Some("a Helm chart");
    }
    if layer("in-toto") || artifact.contains("in-toto") {
        return Some("an attestation");
    }
    if layer("cosign")
        || layer("simplesigning")
        || layer("cncf.notary")
        || artifact.contains("signature")
    {
        return Some("a signature");
    }
    // Some tools leave the media type of the configuration out.
    let is_image = config.is_empty() || IMAGE_CONFIGS.contains(&config);
    // Each layer is unpacked; one that cannot be spoils the rest. An image may well have none.
    let are_layers = manifest.layers.iter().all(|one| one.media_type.is_empty() || is_layer(one));
    (!is_image || !are_layers).then_some("an artifact of another kind")
}

/// What an index without the wanted platform comes to.
pub(super) fn platform_missing(image: &str, has: &[Platform], checks: &Checks) -> Vec<Verdict> {
    let wanted = &checks.platform;
    let mut names: Vec<String> = has.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    let list = match names.len() {
        0 => "none".to_owned(),
        _ => listed(&names),
    };
    let on_another = checks.advice.with("--platform", "OS/ARCH");
    let mut verdicts = vec![
        Verdict::new(Name::PlatformMissing, format!("`{image}` has no image for {wanted}"))
            .seen(format!("it has: {list}"))
            .seen("nothing in Cloud Foundry checks the platform: the app would be staged and die at its start")
            .hint(format!("`docker buildx build --platform {wanted} --tag {} --push .` builds one", without_digest(image)))
            .hint(format!("if the cells of your platform are of another kind: {on_another}")),
    ];
    let here = Platform::of_this_machine();
    if has.iter().any(|one| one.fit(&here).is_some()) {
        verdicts.push(
            Verdict::new(
                Name::ArmOnlyRunsHere,
                format!("the image runs on this machine ({here}), not on {wanted}"),
            )
            .seen("that it works here says nothing about the cells of Cloud Foundry"),
        );
    }
    verdicts
}

/// A name that can be pushed to.
fn without_digest(image: &str) -> &str {
    image.split('@').next().unwrap_or(image)
}

/// What the configuration shows.
pub(super) fn of_config(image: &str, config: &ImageConfig, checks: &Checks) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some(own) = &config.platform
        && own.fit(&checks.platform).is_none()
    {
        verdicts.extend(platform_missing(image, std::slice::from_ref(own), checks));
    }
    if !config.has_command && checks.command != StartCommand::Given {
        verdicts.push(no_start_command(image, checks));
    }
    verdicts.extend(ports(image, config, checks));
    if is_root(&config.user) {
        let user = if config.user.is_empty() { "no user, hence root" } else { "root" };
        verdicts.push(
            Verdict::new(Name::RunsAsRoot, format!("`{image}` runs as root"))
                .seen(format!("its configuration names {user}; Korifi refuses such an image, Diego confines it"))
                .hint("`USER 1000` at the end of the Dockerfile"),
        );
    }
    verdicts
}

fn no_start_command(image: &str, checks: &Checks) -> Verdict {
    let verdict = Verdict::new(Name::NoStartCommand, format!("`{image}` does not say what to run"))
        .seen("its configuration has neither ENTRYPOINT nor CMD, and there is no `-c`")
        .hint(format!("give the command: {}", checks.advice.with("-c", "COMMAND")))
        .hint("or have `CMD` in the Dockerfile, and build the image again");
    match (checks.start, checks.command) {
        (Start::Later, _) => verdict.seen("it is not started by this push").as_advice(),
        (Start::Now, StartCommand::Elsewhere) => {
            verdict.seen("the manifest may have one").as_advice()
        }
        (Start::Now, StartCommand::Given | StartCommand::None) => verdict,
    }
}

/// TCP ports, in order. An entry without a protocol is one, a range begins with its lowest.
fn tcp_ports(config: &ImageConfig) -> Vec<u16> {
    let mut ports: Vec<u16> = config
        .ports
        .iter()
        .filter_map(|entry| -> Option<u16> {
            let (port, protocol) = entry.split_once('/').unwrap_or((entry, "tcp"));
            let first = port.split('-').next().unwrap_or_default();
            first.parse().ok().filter(|_| protocol.eq_ignore_ascii_case("tcp"))
        })
        .collect();
    ports.sort_unstable();
    // `8080` and `8080/tcp` are one.
    ports.dedup();
    ports
}

/// The port that an app without EXPOSE gets (Cloud Controller, `desired_lrp_builder`).
const DEFAULT_PORT: u16 = 8080;

fn ports(image: &str, config: &ImageConfig, checks: &Checks) -> Vec<Verdict> {
    let ports = tcp_ports(config);
    if !config.ports.is_empty() && ports.is_empty() {
        let verdict = Verdict::new(Name::NoTcpPort, format!("`{image}` exposes no TCP port"))
            .seen(format!("it exposes: {}", listed(&config.ports)))
            .seen("the Cloud Controller refuses it: \"No tcp ports found in image metadata\"")
            .hint("add the port it serves to the Dockerfile: `EXPOSE 8080`");
        // Nobody asks for a port before the app is started.
        return vec![if checks.start == Start::Later { verdict.as_advice() } else { verdict }];
    }
    let mut verdicts = Vec::new();
    let port = ports.first().copied().unwrap_or(DEFAULT_PORT);
    if port < 1024 && !is_root(&config.user) {
        verdicts.push(
            Verdict::new(Name::LowPort, format!("the app listens on port {port}, which is root's"))
                .seen(format!("the image runs as `{}`", printable(&config.user)))
                .hint("let it listen on the port in `PORT`, or expose one above 1023"),
        );
    }
    if ports.len() != 1 && checks.route == Route::Usual {
        let verdict = if ports.is_empty() {
            Verdict::new(Name::PortChoice, format!("the route leads to port {DEFAULT_PORT}"))
                .seen("the image exposes no port")
        } else {
            let names: Vec<String> = ports.iter().map(ToString::to_string).collect();
            Verdict::new(Name::PortChoice, format!("the route leads to port {port}, the lowest"))
                .seen(format!("the image exposes {}", listed(&names)))
        };
        verdicts.push(verdict.hint("the app finds its port in the variable `PORT`"));
    }
    verdicts
}

fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    matches!(name, "" | "root" | "0")
}

/// Roughly how much larger the files of a compressed layer are; between 2 and 3 for usual images.
const INFLATION_TENTHS: u128 = 25;

/// Whether the layers fit the disk quota. What they come to unpacked is an estimate.
pub(super) fn disk(image: &str, manifest: &ImageManifest, checks: &Checks) -> Option<Verdict> {
    let sum = |layers: &mut dyn Iterator<Item = u64>| layers.fold(0_u64, u64::saturating_add);
    let compressed = sum(&mut manifest.layers.iter().map(|layer| layer.size));
    let unpacked = sum(&mut manifest.layers.iter().map(unpacked));
    let quota = &checks.disk;
    if unpacked <= quota.bytes {
        return None;
    }
    let sure = if compressed > quota.bytes { "does not fit" } else { "may not fit" };
    let verdict = Verdict::new(Name::DiskQuota, format!("`{image}` {sure} the disk quota"))
        .seen(format!(
            "its layers have {} compressed, about {} unpacked; the quota is {} ({})",
            bytes(compressed),
            bytes(unpacked),
            bytes(quota.bytes),
            quota.source
        ))
        .seen("the app would fail to start with \"uncompressed layer size exceeds quota\"");
    let wanted = unpacked.div_ceil(1024 * 1024 * 1024);
    let more = checks.advice.with("-k", &format!("{wanted}G"));
    Some(verdict.hint(format!("{more}, as far as the platform allows")))
}

fn unpacked(layer: &Descriptor) -> u64 {
    let is_compressed = ["gzip", "zstd"].iter().any(|word| layer.media_type.contains(word));
    if !is_compressed {
        return layer.size;
    }
    u64::try_from(u128::from(layer.size) * INFLATION_TENTHS / 10).unwrap_or(u64::MAX)
}

/// Advice about what is pushed, as opposed to what is in it.
pub(super) fn of_push(
    image: &str,
    is_index: bool,
    tag: Option<&str>,
    checks: &Checks,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    match checks.pin {
        Pin::AsGiven if is_index => verdicts.push(
            Verdict::new(Name::IndexOnOldPlatform, format!("`{image}` is an index of several images"))
                .seen("staging reads OCI indexes since February 2024 and Docker manifest lists since February 2026")
                .hint(format!("push the image for the platform, which every release reads: {}", pinned(checks))),
        ),
        // The digest of one image of an index, which has no tag.
        Pin::Digest if is_index => verdicts.push(
            Verdict::new(Name::Retention, "the image that is pushed has no tag of its own".to_owned())
                .seen(format!("`{image}` is an index; a retention policy of ICR may delete untagged images, and the app could not restart then"))
                .hint(format!("keep untagged images: `ibmcloud cr retention-policy-set --images NUMBER --retain-untagged {}`", namespace(image))),
        ),
        Pin::AsGiven | Pin::Digest => {}
    }
    if checks.pin == Pin::AsGiven && matches!(tag, Some("latest")) {
        verdicts.push(
            Verdict::new(Name::LatestTag, "`latest` is pushed as a tag")
                .seen("the app pulls again at every restart, and runs whatever the tag names then")
                .hint(format!("push what the tag names now: {}", pinned(checks))),
        );
    }
    verdicts
}

/// How to push by digest.
fn pinned(checks: &Checks) -> String {
    checks.advice.without("--no-pin").unwrap_or_else(|| "leave `--no-pin` out".to_owned())
}

/// A number of bytes for people, in units of 1024, as the quotas of Cloud Foundry are.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| count >= *size) {
        Some((unit, size)) => {
            let tenths = u128::from(count) * 10 / u128::from(*size);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{count} bytes"),
    }
}

/// The repository of a reference in full.
fn repository(image: &str) -> &str {
    let plain = image.split_once('@').map_or(image, |(plain, _)| plain);
    match plain.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        Some(_) | None => plain,
    }
}

/// The namespace of a reference in full.
fn namespace(image: &str) -> &str {
    image.split('/').nth(1).unwrap_or(image)
}

fn listed(names: &[String]) -> String {
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| printable(name)).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests;
