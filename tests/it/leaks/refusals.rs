//! Keys that are refused, and sources that fail: the message says so without the key.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{is_kept, loud};
use crate::support::{Invocation, KEY, key_of};

/// A key that is unusable, and where it stands.
#[track_caller]
fn is_refused(invocation: Invocation, secret: &str, files: &[PathBuf], what: &str) {
    let run = invocation.run();
    is_kept(&run, secret, files, what);
    assert_eq!(run.code, Some(77), "{what}: {run}");
    assert_eq!(run.record.pushes().len(), 0, "{what}: {run}");
}

#[test]
fn an_unusable_key_is_refused_without_being_shown() {
    let half = &KEY[..22];
    let long = KEY.repeat(120);
    let token = format!("eyJ{KEY}.eyJ{KEY}.{KEY}");
    let json = json!({"apikey": KEY}).to_string();
    for value in [
        format!("{half} {}", &KEY[22..]),
        format!("{half}\t{KEY}"),
        format!("{half}\u{1}{KEY}"),
        format!("{KEY}\n{KEY}"),
        long,
        token,
        json,
        "ApiKey-5a4b3c2d-1e0f-4a5b-8c7d-6e5f4a3b2c1d".to_owned(),
    ] {
        for output in ["text", "json", "json-lines"] {
            let push = || loud("").arguments(["--output", output]);
            is_refused(push().variable("ICR_CF_API_KEY", &value), &value, &[], &value);
            // Some of them are fit for a source that takes a whole file.
            push().variable("IBMCLOUD_API_KEY", &value).run().shows_nothing_of(half, &[]);
            let run = push().stdin(value.as_str()).arguments(["--api-key-stdin"]).run();
            run.shows_nothing_of(half, &[]);
        }
    }
}

#[test]
fn a_malformed_file_with_a_key_in_it_is_refused_without_being_shown() {
    for content in [
        format!("{{\"apikey\": \"{KEY}\""),
        format!("{{\"apikey\": {KEY}}}"),
        format!("{{\"apikey\": [\"{KEY}\"]}}"),
        format!("{{\"key\": \"{KEY}\"}}"),
        format!("{{\"{KEY}\": 1}}"),
        format!("[\"{KEY}\"]"),
        format!("{KEY}\0{KEY}"),
    ] {
        for output in ["text", "json", "json-lines"] {
            let push = loud("").arguments(["--output", output]);
            let path = push.place().write("home/key", &content);
            let push = push.arguments(["--api-key-file".as_ref(), path.as_os_str()]);
            is_refused(push, KEY, &[path], &content);
        }
    }
}

#[test]
fn a_malformed_docker_configuration_with_a_key_in_it_is_never_shown() {
    let pair = STANDARD.encode(format!("iamapikey:{KEY}"));
    for content in [
        format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": \"{pair}\""),
        format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": {pair}}}}}}}"),
        format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": [\"{pair}\"]}}}}}}"),
        format!("{{\"auths\": {{\"us.icr.io\": \"{pair}\"}}}}"),
        format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": \"{}\"}}}}}}", STANDARD.encode(KEY)),
        format!("{{\"auths\": {{\"us.icr.io\": {{\"auth\": \"%{pair}\"}}}}}}"),
        format!("{{\"auths\": \"{pair}\"}}"),
        format!("{{\"credsStore\": [\"{KEY}\"]}}"),
        format!(
            "{{\"auths\": {{\"us.icr.io\": {{\"username\": \"{KEY}\", \"password\": \"{KEY}\"}}}}}}"
        ),
    ] {
        for output in ["text", "json", "json-lines"] {
            for mode in [&["--verbose"][..], &["--explain-key"]] {
                let push = loud("").arguments(["--output", output]).arguments(mode);
                let path = push.place().write("home/.docker/config.json", &content);
                let run = push.run();
                is_kept(&run, KEY, &[path], &content);
                let refused = run.code == Some(77) || mode == ["--explain-key"];
                assert!(refused && run.record.pushes().is_empty(), "{content}: {run}");
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn the_output_of_a_key_command_that_fails_is_never_shown() {
    for end in ["exit 1", "kill -9 $$", "echo; echo more; exit 0", "printf '\\001'; exit 0"] {
        for output in ["text", "json", "json-lines"] {
            let push = loud("").arguments(["--output", output]);
            let source = push.place().write("home/key", KEY);
            let body = format!("/bin/cat {}; {end}", source.display());
            let command = push.place().install_script("op", &body);
            let push = push.arguments(["--api-key-command".as_ref(), command.as_os_str()]);
            is_refused(push, KEY, &[source], end);
        }
    }
}

#[test]
#[cfg(unix)]
fn the_output_of_a_credential_helper_that_fails_is_never_shown() {
    for body in ["exit 1", "kill -9 $$", "/bin/cat @ @", "printf '{\"Secret\": '; /bin/cat @"] {
        for output in ["text", "json", "json-lines"] {
            let push = loud("").arguments(["--output", output]);
            let place = push.place();
            place.write("home/.docker/config.json", r#"{"credHelpers": {"us.icr.io": "vault"}}"#);
            let source = place.write("home/key", KEY);
            let body = body.replace('@', &source.display().to_string());
            let body = format!("/bin/cat {}; {body}", source.display());
            place.install_script("docker-credential-vault", &body);
            is_refused(push, KEY, &[source], &body);
        }
    }
}

#[test]
fn a_key_on_the_command_line_is_refused_without_being_repeated() {
    // No other test looks for this one, which `ps` can see.
    let key = key_of("on the command line");
    for words in [
        vec!["--api-key".to_owned(), key.clone()],
        vec![format!("--api-key={key}")],
        vec!["--password".to_owned(), key.clone()],
        vec![format!("--docker-password={key}")],
        vec!["--docker-username".to_owned(), key.clone()],
        vec!["--image".to_owned(), key.clone()],
        vec![format!("--image=https://iamapikey:{key}@us.icr.io/acme/web")],
        vec![format!("--image=us.icr.io/acme/{key}")],
        vec!["--api-key-file".to_owned(), key.clone()],
        vec!["--api-key-file".to_owned(), format!("./{key}")],
        vec!["--api-key-command".to_owned(), format!("echo {key}")],
        vec!["--region".to_owned(), key.clone()],
        vec!["--timeout".to_owned(), key.clone()],
        vec![format!("-o{key}")],
        vec!["--".to_owned(), format!("--var=key={key}")],
        vec![key.clone()],
    ] {
        for output in ["text", "json", "json-lines"] {
            let run = loud("").arguments(["--output", output]).arguments(&words).run();
            is_kept(&run, &key, &[], &words.join(" "));
            assert_eq!((run.code, run.record.events.len()), (Some(2), 0), "{words:?}: {run}");
        }
    }
}
