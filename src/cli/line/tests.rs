use super::CommandLine;
use crate::cli::Typed;

fn line(words: &str) -> CommandLine {
    let words = shell_words::split(&format!("icr-cf {words}")).unwrap();
    let words: Vec<_> = words.iter().map(Into::into).collect();
    Typed::new(&words).line().unwrap()
}

#[test]
fn a_line_is_said_again_as_it_was_typed() {
    for typed in [
        "push web --image acme/web:1.4",
        "push",
        "push -f deploy/manifest.yml --jobs 8 --on-error continue",
        "check 'my app' -o acme/web -m 256M --no-route",
        "push web -o acme/web -l -1 -v",
        "push web -o acme/web -- --new-flag x",
        "push a b --docker-password-for docker.io=env:HUB",
        "push web -f -",
    ] {
        assert_eq!(line(typed).to_string(), format!("icr-cf {typed}"));
    }
    assert_eq!(line("p web -oacme/web -vk=2G").to_string(), "icr-cf push web -o acme/web -v -k 2G");
    assert_eq!(line("push --image=a/b web").to_string(), "icr-cf push --image a/b web");
    assert!(Typed::default().line().is_none());
}

#[test]
fn what_may_be_a_secret_is_to_be_filled_in() {
    for (typed, expected) in [
        ("push --var tag=hunter2 --var b=hunter2", "push --var tag=VALUE --var b=VALUE"),
        ("push --var=tag=hunter2", "push --var tag=VALUE"),
        ("push --api-key-command 'echo hunter2'", "push --api-key-command COMMAND"),
        (
            "push --api-key-for acme='command:echo hunter2'",
            "push --api-key-for acme=command:COMMAND",
        ),
        (
            "push --docker-password-for 'quay.io=command:echo hunter2'",
            "push --docker-password-for quay.io=command:COMMAND",
        ),
        ("push web -- --var a=hunter2 --var=b=hunter2", "push web -- --var a=VALUE --var=b=VALUE"),
        ("push web -- --var a=hunter2 x", "push web -- --var a=VALUE x"),
        ("push web --endpoint 'a\u{202e}b'", "push web --endpoint VALUE"),
    ] {
        let said = line(typed).to_string();
        assert_eq!(said, format!("icr-cf {expected}"));
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_flag_goes_in_place_of_what_it_had_however_it_was_spelled() {
    let more = |typed: &str| line(typed).with("-k", Some("2G")).to_string();
    for typed in [
        "push web -o acme/web",
        "push web -o acme/web -k 1G",
        "push web -k1G -o acme/web",
        "push web --disk=1G -o acme/web --disk 512M",
    ] {
        assert_eq!(more(typed), "icr-cf push web -o acme/web -k 2G");
    }
    assert_eq!(more("push web -- -k 1G --disk=3G x"), "icr-cf push web -k 2G -- x");
    assert_eq!(more("push web -- --disk 1G"), "icr-cf push web -k 2G");
    let unpinned = line("push web -o acme/web --no-pin").without("--no-pin");
    assert_eq!(unpinned.to_string(), "icr-cf push web -o acme/web");
    let image = line("push web --docker-image a/b").with("--image", Some("c/d"));
    assert_eq!(image.to_string(), "icr-cf push web --image c/d");
    let checks = line("push web -o a/b").with("--no-checks", None);
    assert_eq!(checks.to_string(), "icr-cf push web -o a/b --no-checks");
}

#[test]
fn apps_and_command_change() {
    let rest = line("push -f m.yml --jobs 2 a b c").apps(&["b", "my app"]);
    assert_eq!(rest.to_string(), "icr-cf push b 'my app' -f m.yml --jobs 2");
    let check = line("push web -o acme/web").command("check");
    assert_eq!(check.to_string(), "icr-cf check web -o acme/web");
}

#[test]
fn an_image_that_is_checked_without_an_app_is_pushed_as_the_image_of_one() {
    let pushed = |typed: &str| line(typed).command("push").to_string();
    assert_eq!(pushed("check acme/web:1.4"), "icr-cf push web --image acme/web:1.4");
    assert_eq!(pushed("check acme/web -k 1G"), "icr-cf push web -k 1G --image acme/web");
    for as_it_is in ["web", "a/web --image acme/web", "a/web -f m.yml", "a/web b/web"] {
        assert_eq!(pushed(&format!("check {as_it_is}")), format!("icr-cf push {as_it_is}"));
    }
    assert_eq!(line("check acme/web").command("check").to_string(), "icr-cf check acme/web");
}

#[test]
fn an_app_that_is_called_like_a_flag_stands_behind_the_flags() {
    let said = line("rotate --jobs 2 -- -web").with("--accept-moved-tag", None);
    assert_eq!(said.to_string(), "icr-cf rotate --jobs 2 --accept-moved-tag -- -web");
    assert_eq!(
        said.apps(&["-a", "b"]).to_string(),
        "icr-cf rotate b --jobs 2 --accept-moved-tag -- -a"
    );
    let rest = line("push web -o x -- -v").with("--image", Some("y"));
    assert_eq!(rest.to_string(), "icr-cf push web --image y -- -v");
}
