use super::{
    CF_FLAGS, Cf6, GivenFlag, PushKind, Release, WithImage, check_release, check_together,
    needs_release,
};

fn given(flags: &[(&str, Option<&str>)]) -> Vec<GivenFlag> {
    flags
        .iter()
        .map(|(long, value)| GivenFlag {
            flag: CF_FLAGS
                .iter()
                .find(|flag| flag.long == Some(long))
                .or_else(|| CF_FLAGS.iter().find(|flag| flag.long.is_none() && flag.id() == *long))
                .unwrap(),
            value: value.map(str::to_owned),
        })
        .collect()
}

#[test]
fn the_table_is_the_recorded_one() {
    let recorded: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/cf-push-flags.json")).unwrap();
    let rows = recorded["flags"].as_array().unwrap();
    let ours: Vec<_> = CF_FLAGS.iter().filter(|flag| flag.short != Some('v')).collect();
    let owned = rows.iter().filter(|row| row["with_docker_image"] == "icr-cf owns it").count();
    assert_eq!(rows.len() - owned, ours.len());
    for row in rows.iter().filter(|row| row["with_docker_image"] != "icr-cf owns it") {
        let long = row["long"].as_str();
        let short = row["short"].as_str().and_then(|text| text.chars().next());
        let flag = ours.iter().find(|flag| flag.long == long && flag.short == short).unwrap();
        let release = |key: &str| row[key].as_str().and_then(Release::parse);
        assert_eq!((flag.cf7, flag.cf8), (release("v7"), release("v8")), "{}", flag.id());
        let cf6 = match row["v6"].as_str() {
            Some("yes") => Cf6::Yes,
            Some("short only") => Cf6::ShortOnly,
            _ => Cf6::No,
        };
        assert_eq!(flag.cf6, cf6, "{}", flag.id());
        assert_eq!(flag.is_switch(), row["value"].is_null(), "{}", flag.id());
        let with_image = match row["with_docker_image"].as_str() {
            Some("conflict") => WithImage::Conflict,
            Some("only `docker`") => WithImage::DockerOnly,
            _ => WithImage::Fine,
        };
        assert_eq!(flag.with_image, with_image, "{}", flag.id());
    }
}

#[test]
fn values_are_judged_as_cf_judges_them() {
    let fits = |long: &str, value: &str| given(&[(long, Some(value))])[0].check().is_ok();
    for (long, good, bad) in [
        (
            "memory",
            vec!["", "256M", "1G", "512mb", "1.5g"],
            vec!["256", "M", "1X", "-1M", "1 G", "inf", "nanM", "1e3M"],
        ),
        ("log-rate-limit", vec!["", "-1", "0", "128B", "4K"], vec!["-2", "x"]),
        ("instances", vec!["", "0", "2"], vec!["-1", "two", "1.5", "99999999999"]),
        ("app-start-timeout", vec!["1", "180"], vec!["0", "-1", "1m"]),
        ("max-in-flight", vec!["1"], vec!["0"]),
        ("health-check-type", vec!["port", "HTTP", "process", "none"], vec!["tcp", ""]),
        ("strategy", vec!["rolling", "Canary", ""], vec!["null", "blue-green"]),
        ("instance-steps", vec!["20,50,100", "1"], vec!["", "20;50", "a"]),
        ("lifecycle", vec!["docker", "buildpack"], vec!["bogus"]),
        ("var", vec!["a=b", "a=b=c"], vec!["a", "=b", "a="]),
        ("start-command", vec!["", "null", "node x.js"], vec![]),
    ] {
        for value in good {
            assert!(fits(long, value), "{long} {value}");
        }
        for value in bad {
            assert!(!fits(long, value), "{long} {value}");
        }
    }
}

#[test]
fn a_value_that_begins_with_a_dash_is_attached() {
    let words: Vec<String> =
        given(&[("log-rate-limit", Some("-1")), ("memory", Some("1G")), ("no-start", None)])
            .iter()
            .flat_map(GivenFlag::words)
            .collect();
    assert_eq!(words, ["-l=-1", "-m", "1G", "--no-start"]);
}

#[test]
fn flags_of_other_kinds_of_app_are_refused_beside_an_image() {
    for long in ["buildpack", "path", "stack", "droplet"] {
        let error = check_together(&given(&[(long, Some("x"))]), PushKind::Docker).unwrap_err();
        assert!(error.to_string().contains(long), "{error}");
    }
    assert!(check_together(&given(&[("lifecycle", Some("cnb"))]), PushKind::Docker).is_err());
    assert!(check_together(&given(&[("lifecycle", Some("docker"))]), PushKind::Docker).is_ok());
}

#[test]
fn pairs_that_cf_refuses_are_refused() {
    let rolling = ("strategy", Some("rolling"));
    for pair in [
        [("no-start", None), ("no-wait", None)],
        [("no-start", None), rolling],
        [("task", None), rolling],
        [("no-route", None), ("random-route", None)],
        [("no-manifest", None), ("manifest", Some("x"))],
        [("no-manifest", None), ("vars-file", Some("x"))],
        [("no-manifest", None), ("var", Some("a=b"))],
        [("max-in-flight", Some("1")), ("no-route", None)],
        [("instance-steps", Some("1")), rolling],
    ] {
        assert!(check_together(&given(&pair), PushKind::Docker).is_err(), "{pair:?}");
    }
    assert!(
        check_together(&given(&[("max-in-flight", Some("1")), rolling]), PushKind::Docker).is_ok()
    );
    assert!(
        check_together(&given(&[("no-start", None), ("strategy", Some(""))]), PushKind::Docker)
            .is_ok()
    );
}

#[test]
fn a_flag_newer_than_cf_names_the_release_that_has_it() {
    let limit = given(&[("log-rate-limit", Some("4K"))]);
    assert!(needs_release(&limit));
    assert!(check_release(&limit, Release(8, 5, 0)).is_ok());
    for old in [Release(8, 4, 9), Release(7, 8, 0), Release(6, 53, 0)] {
        let error = check_release(&limit, old).unwrap_err().to_string();
        assert!(
            error.contains("needs cf 8.5.0 or newer") && error.contains(&old.to_string()),
            "{error}"
        );
    }
    let wait = given(&[("no-wait", None)]);
    assert!(check_release(&wait, Release(6, 53, 0)).unwrap_err().to_string().contains("7.0.0"));
    let canary = given(&[("strategy", Some("canary"))]);
    assert!(check_release(&canary, Release(8, 7, 11)).unwrap_err().to_string().contains("8.8.0"));
    assert!(check_release(&canary, Release(9, 0, 0)).is_ok());
}

#[test]
fn what_only_cf_6_has_is_refused_on_newer_ones() {
    for flags in [
        given(&[("hostname", Some("x"))]),
        given(&[("cf-d", Some("x"))]),
        given(&[("health-check-type", Some("none"))]),
    ] {
        assert!(needs_release(&flags));
        assert!(check_release(&flags, Release(6, 53, 0)).is_ok());
        assert!(check_release(&flags, Release(8, 18, 4)).is_err());
    }
    let http = given(&[("health-check-type", Some("http"))]);
    assert!(needs_release(&http) && check_release(&http, Release(6, 53, 0)).is_ok());
    assert!(check_release(&http, Release(8, 0, 0)).is_err());
}

#[test]
fn common_flags_need_no_release() {
    let flags = given(&[
        ("memory", Some("1G")),
        ("instances", Some("2")),
        ("no-start", None),
        ("manifest", Some("m")),
    ]);
    assert!(!needs_release(&flags));
}

#[test]
fn a_release_is_read_with_its_build_part() {
    assert_eq!(Release::parse("8.18.4+3fcd823.2026-06-29"), Some(Release(8, 18, 4)));
    assert_eq!(Release::parse("8.18"), None);
    assert_eq!(Release::parse("x"), None);
}
