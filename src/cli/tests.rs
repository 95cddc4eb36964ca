use std::ffi::OsString;

use clap::CommandFactory as _;

use super::{Command, Parsed, PushArgs, PushOutput, asked_output, command_name, parse};

fn words(line: &str) -> Vec<OsString> {
    shell_words::split(line).unwrap().into_iter().map(Into::into).collect()
}

/// The arguments of `icr-cf push` and the words in `line`.
pub(crate) fn push(line: &str) -> PushArgs {
    match parse(&words(&format!("icr-cf push {line}"))) {
        Ok(Parsed::Command(cli)) => match cli.command {
            Command::Push(args) => *args,
            other => panic!("{other:?}"),
        },
        Ok(Parsed::Help(text)) => panic!("{text}"),
        Err(error) => panic!("{line}: {error}"),
    }
}

fn refused(line: &str) -> String {
    match parse(&words(line)) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{line} was taken"),
    }
}

fn cf_words(line: &str) -> Vec<String> {
    push(line).cf_flags.given.iter().flat_map(crate::cf_flags::GivenFlag::words).collect()
}

#[test]
fn every_flag_of_cf_is_taken_in_every_spelling() {
    for flag in &crate::cf_flags::CF_FLAGS {
        let expected = |value: Option<&str>| {
            let mut words = vec![flag.spelling()];
            words.extend(value.map(str::to_owned));
            words
        };
        if flag.is_switch() {
            for spelling in
                [flag.short.map(|s| format!("-{s}")), flag.long.map(|l| format!("--{l}"))]
            {
                let Some(spelling) = spelling else { continue };
                assert_eq!(cf_words(&format!("{spelling} web")), expected(None), "{spelling}");
            }
            continue;
        }
        let mut lines = Vec::new();
        if let Some(short) = flag.short {
            lines.extend([format!("-{short} 1"), format!("-{short}1"), format!("-{short}=1")]);
        }
        if let Some(long) = flag.long {
            lines.extend([format!("--{long} 1"), format!("--{long}=1")]);
        }
        for line in lines {
            assert_eq!(cf_words(&format!("web {line}")), expected(Some("1")), "{line}");
            assert_eq!(cf_words(&format!("{line} web")), expected(Some("1")), "{line}");
        }
    }
}

#[test]
fn order_and_repetition_are_kept() {
    let line = "--var a=1 -m 1G web --no-start --vars-file x --var b=2 -m 2G --no-route";
    assert_eq!(
        cf_words(line).join(" "),
        "--var a=1 -m 1G --no-start --vars-file x --var b=2 -m 2G --no-route"
    );
}

#[test]
fn short_flags_may_be_clustered_behind_a_switch() {
    assert_eq!(cf_words("-vm 1G web"), ["-v", "-m", "1G"]);
    assert_eq!(cf_words("-vi2 web"), ["-v", "-i", "2"]);
}

#[test]
fn a_negative_log_rate_is_taken_attached_and_apart() {
    assert_eq!(cf_words("web -l=-1"), ["-l=-1"]);
    assert_eq!(cf_words("web -l -1"), ["-l=-1"]);
    assert_eq!(cf_words("web --log-rate-limit=-1"), ["-l=-1"]);
}

#[test]
fn the_image_may_be_given_as_cf_has_it_and_more_than_once() {
    for line in [
        "-o a/b web",
        "-oa/b web",
        "-o=a/b web",
        "--docker-image a/b web",
        "web --image=a/b",
        "--image a/b -o a/b web --docker-image=a/b",
    ] {
        assert_eq!(push(line).image.as_deref(), Some("a/b"), "{line}");
    }
    assert_eq!(
        push("web --docker-username iamapikey").key.docker_username.as_deref(),
        Some("iamapikey")
    );
}

#[test]
fn two_images_for_one_app_are_refused_with_a_line_for_each() {
    for (line, one, two) in [
        ("push web -o a/b --image c/d", "icr-cf push web -o a/b", "icr-cf push web --image c/d"),
        (
            "check -oa/b web -o=c/d -m 1G",
            "icr-cf check -oa/b web -m 1G",
            "icr-cf check web '-o=c/d' -m 1G",
        ),
        (
            "push web --docker-image=x/y -o x/y:1",
            "icr-cf push web '--docker-image=x/y'",
            "icr-cf push web -o x/y:1",
        ),
    ] {
        let text = refused(&format!("icr-cf {line}"));
        assert!(text.starts_with("two images for one app: `"), "{text}");
        assert!(text.ends_with(&format!("hint: write `{one}` or `{two}`")), "{text}");
    }
}

#[test]
fn a_flag_in_front_of_its_command_is_put_behind_it() {
    for (line, meant) in [
        ("--region us-south push", "push --region us-south"),
        ("-r us push web -o a/b", "push -r us web -o a/b"),
        ("--output json check web", "check --output json web"),
        ("--namespace push push web", "push --namespace push web"),
        ("--image 'a b' push web", "push --image 'a b' web"),
        ("--digest resolve acme/web", "resolve --digest acme/web"),
        ("web push -o a/b", "push web -o a/b"),
        ("web --image a/b", "push web --image a/b"),
        ("--image a/b web", "push --image a/b web"),
    ] {
        let text = refused(&format!("icr-cf {line}"));
        assert!(text.contains(&format!("`icr-cf {meant}`")), "{line}: {text}");
        assert!(!text.contains("--version"), "{text}");
    }
}

#[test]
fn what_another_program_calls_a_flag_is_answered_with_ours() {
    for (line, hint) in [
        ("push web --json", "write `icr-cf push web --output json`"),
        ("regions --json", "write `icr-cf regions --output json`"),
        ("resolve a/b --format=json", "write `icr-cf resolve a/b '--output=json'`"),
        ("push web --silent -o a/b", "write `icr-cf push web --quiet -o a/b`"),
        ("push web --username iamapikey", "write `icr-cf push web --docker-username iamapikey`"),
    ] {
        assert!(refused(&format!("icr-cf {line}")).ends_with(hint), "{line}");
    }
}

#[test]
fn a_flag_is_only_likened_to_one_that_is_near_and_of_the_same_command() {
    for (line, near) in [
        ("push web --mem 1G", "--memory"),
        ("push web --no-strat", "--no-start"),
        ("push web --docker-user x", "--docker-username"),
        ("check web --platfrom x", "--platform"),
        ("resolve a/b --digset", "--digest"),
    ] {
        let text = refused(&format!("icr-cf {line}"));
        assert!(text.ends_with(&format!("did you mean `{near}`?")), "{text}");
    }
    for line in ["push web --nonsense", "push web --sbom", "regions --region us", "resolve a/b -x"]
    {
        assert!(!refused(&format!("icr-cf {line}")).contains("did you mean"), "{line}");
    }
    assert!(
        refused("icr-cf regions --region us").contains("a flag of `icr-cf push`, `icr-cf check`")
    );
}

#[test]
fn a_mistyped_command_is_answered_with_the_whole_line() {
    assert!(refused("icr-cf psuh web -o a/b").ends_with("did you mean `icr-cf push web -o a/b`?"));
    assert!(refused("icr-cf chekc web").ends_with("did you mean `icr-cf check web`?"));
    assert!(refused("icr-cf completion bash").ends_with("did you mean `icr-cf completions bash`?"));
    assert!(!refused("icr-cf scale").contains("did you mean"));
}

#[test]
fn a_line_that_may_hold_a_secret_is_not_repeated() {
    let secret = format!("icr-cf -r us push web --var password={}", "aB3-".repeat(15));
    let text = refused(&secret);
    assert!(!text.contains("aB3-"), "{text}");
}

#[test]
fn what_stands_behind_two_dashes_is_left_alone() {
    let args = push("web --image a/b -- --new-flag -x=1 word");
    assert_eq!(args.passthrough, ["--new-flag", "-x=1", "word"]);
    assert_eq!(args.apps, ["web"]);
}

#[test]
fn the_alias_of_cf_works() {
    assert!(matches!(parse(&words("icr-cf p web")), Ok(Parsed::Command(_))));
}

#[test]
fn a_value_on_a_switch_is_refused_with_what_cf_would_do() {
    for flag in ["--no-start=true", "--no-route=false", "--task=yes", "--no-wait="] {
        let text = refused(&format!("icr-cf push web {flag}"));
        let name = flag.split('=').next().unwrap();
        assert!(text.starts_with(&format!("`{name}` is a switch and takes no value")), "{text}");
    }
}

#[test]
fn words_too_many_and_unknown_flags_are_named() {
    assert!(refused("icr-cf help push check").contains("`icr-cf help` lists"));
    assert!(refused("icr-cf config shwo").contains("did you mean `icr-cf config show`?"));
    assert!(refused("icr-cf config xyzzy").contains("`icr-cf config --help` lists them"));
    assert!(
        refused("icr-cf config --output json show").contains("`icr-cf config show --output json`")
    );
    assert!(refused("icr-cf regions b").starts_with("`b` is one word too many"));
    assert!(refused("icr-cf login us.icr.io").ends_with("flag: `icr-cf login --region us.icr.io`"));
    let near = refused("icr-cf push a --memmory 1G");
    assert_eq!(near, "unknown flag `--memmory`\nhint: did you mean `--memory`?");
    assert!(refused("icr-cf push -web").contains("an app name cannot begin with `-`"));
    assert!(refused("icr-cf push a -m").starts_with("`--memory` needs a value"));
    assert!(refused("icr-cf push a -m --no-start").contains("needs a value"));
    assert!(refused("icr-cf psuh").contains("did you mean `icr-cf push`?"));
    assert!(refused("icr-cf regions --output yaml").contains("it takes: text, json"));
    let lines = refused("icr-cf resolve acme/web --output json-lines");
    assert!(lines.contains("it takes: text, json\n"), "{lines}");
    assert!(lines.contains("`icr-cf push`, `icr-cf check`, `icr-cf diff`"), "{lines}");
    assert!(refused("icr-cf push a --quiet --verbose").contains("cannot be used together"));
    assert!(refused("icr-cf").starts_with("no command given"));
    assert!(refused("icr-cf resolve").starts_with("a reference is missing"));
}

#[test]
fn help_and_version_are_no_errors() {
    for line in ["icr-cf --help", "icr-cf push -h", "icr-cf --version"] {
        assert!(matches!(parse(&words(line)), Ok(Parsed::Help(_))), "{line}");
    }
}

#[test]
fn help_lists_every_flag_of_cf() {
    let Ok(Parsed::Help(help)) = parse(&words("icr-cf push --help")) else { panic!() };
    for flag in &crate::cf_flags::CF_FLAGS {
        let name = flag.name();
        let has = |line: &str| {
            let words = line.split([' ', ',']).filter(|word| word.starts_with('-'));
            words.into_iter().any(|word| word == name)
        };
        assert!(help.lines().any(has), "{name}");
        assert!(help.contains(flag.help), "{}", flag.help);
    }
}

#[test]
fn a_check_takes_every_argument_of_a_push() {
    let root = super::Cli::command();
    let ids = |name: &str| {
        let command = root.find_subcommand(name).unwrap();
        let ids = command.get_arguments().map(|arg| arg.get_id().to_string());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ids("push"), ids("check"));
    assert_eq!(ids("push"), ids("diff"));
    let line = "web -o a/b --jobs 2 --on-error stop --timeout 5m --show-logs --output-lines \
                --show-env --dry-run -i 4 -m 1G --strategy rolling -v -- --new-flag";
    assert!(matches!(parse(&words(&format!("icr-cf check {line}"))), Ok(Parsed::Command(_))));
}

#[test]
fn json_is_recognised_on_a_line_that_makes_no_sense() {
    assert_eq!(asked_output(&words("icr-cf push --nonsense --output json")), PushOutput::Json);
    assert_eq!(asked_output(&words("icr-cf push --output=json --what")), PushOutput::Json);
    assert_eq!(asked_output(&words("icr-cf push -- --output json")), PushOutput::Text);
    assert_eq!(asked_output(&words("icr-cf push --output json --output text")), PushOutput::Text);
    let lines = |line| asked_output(&words(line)) == PushOutput::JsonLines;
    assert!(lines("icr-cf push --nonsense --output json-lines"));
    assert!(lines("icr-cf pusch --output=json-lines"));
    assert!(!lines("icr-cf resolve --output json-lines"), "it has none");
    assert_eq!(command_name(&words("icr-cf --x p web")), Some("push"));
    assert_eq!(command_name(&words("icr-cf what")), None);
}

#[test]
fn a_flag_that_counts_once_is_said_to_be_given_twice() {
    let mut told = 0;
    for command in super::Cli::command().get_subcommands() {
        for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
            let (action, long) = (arg.get_action(), arg.get_long().unwrap());
            let is_many =
                matches!(action, clap::ArgAction::Append) || command.is_args_override_self();
            if is_many || ["help", "version"].contains(&long) {
                continue;
            }
            let value = arg.get_possible_values().first().map(|one| one.get_name().to_owned());
            let value = if action.takes_values() { value.or(Some("1".into())) } else { None };
            let flag = [Some(format!("--{long}")), value].into_iter().flatten();
            let flag = flag.collect::<Vec<_>>().join(" ");
            let text = refused(&format!("icr-cf {} {flag} {flag}", command.get_name()));
            assert!(text.starts_with(&format!("`--{long}` is given twice\n")), "{flag}: {text}");
            told += 1;
        }
    }
    assert!(told > 40, "{told}");
}
