use oci_spec::distribution::Reference as OciReference;
use proptest::prelude::*;

use super::{Defaults, HostName, ImageReference, Origin, Problem, Unnamed, parse_region};
use crate::error::ErrorKind;
use crate::region::{self, REGISTRIES};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn defaults(region: Option<&str>, namespace: Option<&str>) -> Defaults {
    Defaults {
        unnamed: Unnamed::ByRule,
        registry: region.map(|name| (region::by_name(name).unwrap(), Origin::Flag)),
        namespace: namespace.map(|name| (name.to_owned(), Origin::Flag)),
    }
}

fn full(text: &str) -> String {
    ImageReference::parse(text, &defaults(Some("us-south"), Some("acme"))).unwrap().to_string()
}

/// Message, line of carets and hints of a refused reference.
fn refusal(text: &str) -> String {
    let defaults = Defaults {
        unnamed: Unnamed::ByRule,
        registry: defaults(Some("us"), None).registry.map(|(r, _)| (r, Origin::Variable)),
        namespace: None,
    };
    ImageReference::parse(text, &defaults).unwrap_err().into_error("test").to_string()
}

#[test]
fn every_form_is_completed() {
    let digest = format!("sha256:{HEX}");
    for (given, expected) in [
        ("web", "us.icr.io/acme/web".to_owned()),
        ("web:1.4", "us.icr.io/acme/web:1.4".to_owned()),
        ("acme/web", "us.icr.io/acme/web".to_owned()),
        ("acme/a/b/web:T_.-x", "us.icr.io/acme/a/b/web:T_.-x".to_owned()),
        (&format!("acme/web@{digest}"), format!("us.icr.io/acme/web@{digest}")),
        (&format!("acme/web:1@{digest}"), format!("us.icr.io/acme/web:1@{digest}")),
        ("us.icr.io/acme/web", "us.icr.io/acme/web".to_owned()),
        ("private.us.icr.io/acme/web", "private.us.icr.io/acme/web".to_owned()),
        ("registry.ng.bluemix.net/acme/web", "registry.ng.bluemix.net/acme/web".to_owned()),
    ] {
        assert_eq!(full(given), expected, "{given}");
    }
}

#[test]
fn every_host_of_the_table_is_known() {
    for registry in &REGISTRIES {
        for host in registry.hosts() {
            let parsed =
                ImageReference::parse(&format!("{host}/acme/web:1"), &Defaults::default()).unwrap();
            assert_eq!(parsed.host(), host);
            assert_eq!(parsed.registry(), registry);
            let name = if host == registry.host {
                HostName::Public
            } else if host.starts_with("private.") {
                HostName::Private
            } else {
                HostName::Legacy
            };
            assert_eq!(parsed.host_name(), name, "{host}");
            assert_eq!(
                parsed.under_public_name().to_string(),
                format!("{}/acme/web:1", registry.host)
            );
        }
    }
}

#[test]
fn refusals_name_the_part_and_the_text_that_mends_it() {
    for (given, expected) in [
        (
            "docker://us.icr.io/acme/web",
            "an image reference has no scheme\n  docker://us.icr.io/acme/web\n  ^^^^^^^^^\nhint: write `us.icr.io/acme/web`",
        ),
        (
            "acme/WEb:V1",
            "upper-case letter in an image reference; only tags may have them\n  acme/WEb:V1\n       ^^\nhint: write `acme/web:V1`",
        ),
        ("acme//web", "empty path component\n  acme//web\n       ^\nhint: write `acme/web`"),
        (
            "acme/web:",
            "empty tag\n  acme/web:\n          ^\nhint: write `acme/web`\nhint: if a variable stands behind the colon, it is empty",
        ),
        (
            " acme/web:1",
            "white space in an image reference\n   acme/web:1\n  ^\nhint: write `acme/web:1`",
        ),
        ("acme/web 1", "white space in an image reference\n  acme/web 1\n          ^"),
        (
            "us.icr.io:443/acme/web",
            "registry `us.icr.io:443` is given with a port; ICR has one, 443, and it is not written\n  us.icr.io:443/acme/web\n           ^^^^\nhint: write `us.icr.io/acme/web`",
        ),
        (
            "dd0.us.icr.io/acme/web",
            "`dd0.us.icr.io` only serves downloads; it is not a registry\n  dd0.us.icr.io/acme/web\n  ^^^^^^^^^^^^^\nhint: write `us.icr.io/acme/web`",
        ),
    ] {
        assert_eq!(refusal(given), expected, "{given}");
    }
}

#[test]
fn each_kind_of_nonsense_has_its_own_message() {
    let long_tag = format!("acme/web:{}", "t".repeat(129));
    let long_path = format!("acme/{}", "p/".repeat(130) + "x");
    let upper_digest = format!("acme/web@sha256:{}", HEX.to_uppercase());
    let md5 = format!("acme/web@md5:{HEX}");
    let short = "acme/web@sha256:abc";
    let two = format!("acme/web@sha256:{HEX}@sha256:{HEX}");
    let long_namespace = format!("{}/web", "n".repeat(31));
    let huge = "x".repeat(513);
    let cases: Vec<(&str, &str)> = vec![
        ("", "is empty"),
        ("https://us.icr.io/acme/web", "no scheme"),
        ("docker.io/library/nginx", "`docker.io` is not IBM Cloud Container Registry"),
        ("quay.io/a/b", "`quay.io` is not"),
        ("localhost:5000/a/b", "`localhost:5000` is not"),
        ("localhost/a/b", "`localhost` is not"),
        ("xx.icr.io/acme/web", "`xx.icr.io` is not a registry of IBM Cloud"),
        ("cp.icr.io/cp/app", "entitled registry"),
        ("registry.xx.bluemix.net/acme/web", "is not a registry of IBM Cloud"),
        ("us.icr.io", "names a registry but no image"),
        ("us.icr.io/web", "no namespace"),
        ("web", "no namespace"),
        ("abc/web", "is 3 long"),
        (&long_namespace, "is 31 long"),
        ("us.icr.io/ac.me/web", "lower-case letters, digits"),
        ("acme_/web", "begins and ends with a letter or digit"),
        ("acme/.web", "begins and ends with a letter or digit"),
        ("acme/we...b", "not `...`"),
        ("acme/we___b", "not `___`"),
        ("acme/we+b", "`+` cannot stand in the path"),
        ("/acme/web", "empty path component"),
        ("acme/web/", "empty path component"),
        (&long_tag, "129 characters"),
        ("acme/web:-x", "begins with none of the last two"),
        ("acme/web:a:b", "a tag has letters"),
        (&long_path, "host and path have"),
        (short, "this one has 3"),
        (&md5, "no `md5` digests"),
        (&upper_digest, "64 lower-case hexadecimal digits"),
        (&two, "one digest at most"),
        ("acme/we\tb", "white space"),
        ("acme/we\u{1b}b", "control character"),
        ("acme/w\u{435}b", "is not ASCII"),
        (&huge, "more than the 512 bytes"),
    ];
    for (given, expected) in &cases {
        let text = refusal(given);
        assert!(text.contains(expected), "{given:?}: {text}");
        assert!(text.is_ascii() || text.contains('\u{435}'), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    assert!(refusal(&upper_digest).contains(&format!("write `acme/web@sha256:{HEX}`")));
}

/// The hints of a refused reference.
fn hints(text: &str) -> Vec<String> {
    let defaults = Defaults {
        unnamed: Unnamed::default(),
        registry: defaults(Some("us"), None).registry.map(|(r, _)| (r, Origin::Variable)),
        namespace: None,
    };
    let error = ImageReference::parse(text, &defaults).unwrap_err().into_error("test");
    error.hints().to_vec()
}

#[test]
fn a_slip_in_host_tag_or_digest_is_answered_with_the_text_to_write() {
    let upper = HEX.to_ascii_uppercase();
    for (given, expected) in [
        ("us.icr.oi/acme/web:1", "us.icr.io/acme/web:1"),
        ("us.icrio/acme/web", "us.icr.io/acme/web"),
        ("icr.oi/acme/web", "icr.io/acme/web"),
        ("uss.icr.io/acme/web", "us.icr.io/acme/web"),
        ("eu-de.icr.io/acme/web", "de.icr.io/acme/web"),
        ("tokyo.icr.io/acme/web", "jp.icr.io/acme/web"),
        ("acme/web:feature/login", "acme/web:feature-login"),
        ("us.icr.io/acme/web:fix/a/b", "us.icr.io/acme/web:fix-a-b"),
        ("web:release/1.4", "web:release-1.4"),
        (&format!("acme/web@{HEX}"), &format!("acme/web@sha256:{HEX}")),
        (&format!("acme/web:1@{upper}"), &format!("acme/web:1@sha256:{HEX}")),
        (&format!("acme/web@sha256-{HEX}"), &format!("acme/web@sha256:{HEX}")),
        (&format!("acme/web@SHA256:{HEX}"), &format!("acme/web@sha256:{HEX}")),
        (&format!("acme/web:sha256:{HEX}"), &format!("acme/web@sha256:{HEX}")),
        ("acme/web@1.4", "acme/web:1.4"),
    ] {
        assert_eq!(hints(given), [format!("write `{expected}`")], "{given}");
    }
}

#[test]
fn another_registry_or_tag_is_never_taken_for_a_slip() {
    for given in ["us.gcr.io/acme/web", "gcr.io/acme/web", "ghcr.io/acme/web"] {
        assert!(!hints(given).iter().any(|hint| hint.contains("icr.io")), "{given}");
    }
    for given in ["acme/web:a:b", "acme/web:1@2", "acme/web@sha256:0123"] {
        assert!(!hints(given).iter().any(|hint| hint.starts_with("write")), "{given}");
    }
}

#[test]
fn a_variable_that_nothing_has_filled_is_named() {
    for (given, what) in [
        ("acme/web:$TAG", "$TAG"),
        ("acme/web:${TAG}", "${TAG}"),
        ("acme/web:v$TAG-x", "$TAG"),
        ("$REGISTRY/acme/web:1", "$REGISTRY"),
        ("us.icr.io/${NS}/web", "${NS}"),
        ("acme/web:${TAG:-latest}", "${TAG:-latest}"),
        ("acme/web:${{ github.sha }}", "${{ github.sha }}"),
        ("acme/web:{{tag}}", "{{tag}}"),
        ("acme/web:{{ .Values.tag }}", "{{ .Values.tag }}"),
        ("acme/web:<tag>", "<tag>"),
        ("<region>.icr.io/acme/web", "<region>"),
        ("acme/web:((tag))", "((tag))"),
        ("acme/web:#{tag}", "#{tag}"),
        ("acme/web:%TAG%", "%TAG%"),
    ] {
        let text = refusal(given);
        let message = format!("`{what}` in an image reference is not filled in\n");
        assert!(text.starts_with(&message), "{given}: {text}");
        assert!(!hints(given).is_empty(), "{given}");
    }
    let shell = hints("acme/web:$TAG");
    assert_eq!(shell[0], "a shell fills it between double quotes: `\"acme/web:$TAG\"`");
    assert!(hints("acme/web:((tag))")[0].contains("`--var tag=VALUE`"));
    for given in ["acme/web:$", "acme/web:<>", "acme/we%b", "acme/web:(1"] {
        assert!(!refusal(given).contains("filled"), "{given}");
    }
}

#[test]
fn a_region_is_named_by_what_mends_it_where_it_was_said() {
    for (name, source, hint) in [
        ("frankfurt", "--region", "write `--region eu-de` (Frankfurt)"),
        ("lon04", "ICR_REGION", "write `ICR_REGION=eu-gb` (London)"),
        ("us-south-3", "--region", "write `--region us-south` (Dallas)"),
        ("eu_es", "--region", "write `--region eu-es` (Madrid)"),
        ("japan", "--region", "write `--region jp-osa` (Osaka) or `--region jp-tok` (Tokyo)"),
        (
            "us-east-1",
            "--region",
            "write `--region us-south` or `--region global`, whichever holds the image",
        ),
        ("us-west", "--region", "`icr-cf regions` prints the table"),
    ] {
        assert_eq!(parse_region(name, source).unwrap_err().hints(), [hint], "{name}");
    }
}

#[test]
fn namespace_length_is_only_a_warning_on_the_global_registry() {
    let reference = ImageReference::parse("icr.io/ibm/liberty", &Defaults::default()).unwrap();
    assert!(reference.warnings()[0].contains("is 3 long"));
}

#[test]
fn a_flag_that_contradicts_the_host_is_refused_and_a_variable_is_not() {
    let error =
        ImageReference::parse("de.icr.io/acme/web", &defaults(Some("us"), None)).unwrap_err();
    assert!(matches!(error.problem(), Problem::RegionDisagrees { .. }));
    let text = error.into_error("x").to_string();
    assert!(text.contains("eu-de") && text.contains("us-south"), "{text}");
    let mut variable = defaults(Some("us"), None);
    variable.registry = variable.registry.map(|(registry, _)| (registry, Origin::Variable));
    assert_eq!(ImageReference::parse("de.icr.io/acme/web", &variable).unwrap().host(), "de.icr.io");
    assert!(
        ImageReference::parse("private.us.icr.io/acme/web", &defaults(Some("us"), None)).is_ok()
    );
    assert!(ImageReference::parse("team/web", &defaults(Some("us"), Some("acme"))).is_err());
}

#[test]
fn no_region_lists_the_regions_and_the_ways_to_say_one() {
    let error =
        ImageReference::parse("acme/web", &Defaults::default()).unwrap_err().into_error("x");
    assert_eq!(error.kind(), ErrorKind::Region);
    let text = error.to_string();
    for part in ["jp-tok", "--region", "ICR_REGION", "us.icr.io/"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn us_east_is_explained_and_a_typing_error_is_mended() {
    assert!(parse_region("us-east", "--region").unwrap_err().to_string().contains("global"));
    assert!(
        parse_region("us-sout", "--region")
            .unwrap_err()
            .to_string()
            .contains("`--region us-south`")
    );
}

#[test]
fn cloud_foundry_never_gets_tag_and_digest_together() {
    let both =
        ImageReference::parse(&format!("us.icr.io/acme/web:1@sha256:{HEX}"), &Defaults::default())
            .unwrap();
    assert_eq!(both.for_cloud_foundry().to_string(), format!("us.icr.io/acme/web@sha256:{HEX}"));
    let tag = ImageReference::parse("us.icr.io/acme/web:1", &Defaults::default()).unwrap();
    assert_eq!(tag.for_cloud_foundry(), tag);
}

/// References as the grammar has them, and near misses.
fn candidates() -> impl Strategy<Value = String> {
    let component = "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}";
    let good =
        (component, component, prop::option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}"), any::<bool>())
            .prop_map(|(a, b, tag, digest)| {
                let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
                let digest = if digest { format!("@sha256:{HEX}") } else { String::new() };
                format!("us.icr.io/name{}/{b}{tag}{digest}", a.replace('.', "x"))
            });
    let noise = "us\\.icr\\.io/[a-z0-9._/:@A-Z-]{1,40}";
    prop_oneof![good, noise, "[ -~]{0,60}".prop_map(|tail| format!("us.icr.io/{tail}"))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn printing_and_parsing_again_changes_nothing(text in candidates()) {
        if let Ok(reference) = ImageReference::parse(&text, &Defaults::default()) {
            let printed = reference.to_string();
            prop_assert_eq!(&printed, &text);
            prop_assert_eq!(ImageReference::parse(&printed, &Defaults::default()).unwrap(), reference);
        }
    }

    #[test]
    fn what_is_accepted_is_the_distribution_grammar_narrowed_to_icr(text in candidates()) {
        let ours = ImageReference::parse(&text, &Defaults::default());
        let theirs = text.parse::<OciReference>();
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert_eq!(theirs.registry(), ours.host());
                prop_assert_eq!(theirs.repository(), format!("{}/{}", ours.namespace(), ours.repository()));
                prop_assert_eq!(theirs.digest(), ours.digest());
                if let Some(tag) = ours.tag() {
                    prop_assert_eq!(theirs.tag(), Some(tag));
                }
            }
            (Ok(ours), Err(error)) => prop_assert!(false, "we alone take {}: {}", ours, error),
            (Err(ours), Ok(_)) => prop_assert!(documented(ours.problem(), &text), "only we refuse {}: {}", text, ours.problem()),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn no_text_makes_an_unprintable_message(text in "\\PC{0,80}|[\\x00-\\xff]{0,80}") {
        if let Err(error) = ImageReference::parse(&text, &Defaults::default()) {
            let shown = error.into_error("test").to_string();
            prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", shown);
        }
    }
}

/// Where we refuse what the distribution grammar takes: ICR's namespace rule, a reference that is
/// a registry alone or lacks the namespace, digests that are not sha256.
fn documented(problem: &Problem, text: &str) -> bool {
    match problem {
        Problem::NamespaceLength(_) | Problem::NamespaceCharacters(_) | Problem::NoNamespace(_) => {
            true
        }
        Problem::HostOnly => !text.contains('/'),
        Problem::Digest(_) => !text.contains(&format!("@sha256:{HEX}")),
        _ => false,
    }
}
