//! The whole of what is said where there is no key: what is wrong, what was seen, what mends it.

use std::io::ErrorKind as Io;
use std::time::Duration;

use super::{
    KeyFault, KeyOrigin, KeyProblem, MAKE_A_KEY, NoOutput, OTHER_WAYS, Silent, Stopped, Unread,
};
use crate::credentials::SourceRow;
use crate::error::JsonSpot;
use crate::process::Status;

const LIMIT: Duration = Duration::from_secs(30);

/// The texts of errors, one behind the other, each on lines of its own.
fn texts(problems: impl IntoIterator<Item = KeyProblem>) -> String {
    let text = |problem: KeyProblem| format!("\n{}", problem.into_error());
    let texts: String = problems.into_iter().map(text).collect();
    texts.replace(OTHER_WAYS, "[other ways]").replace(MAKE_A_KEY, "[make a key]")
}

fn unfit(fault: KeyFault, origin: KeyOrigin) -> KeyProblem {
    KeyProblem::Unfit { place: "`X`".to_owned(), fault, origin }
}

#[cfg(unix)]
fn key_file(path: &str, said_by: &str, error: Io) -> KeyProblem {
    let (path, said_by) = (path.to_owned(), said_by.to_owned());
    KeyProblem::KeyFile { path, said_by, folder: "/work".into(), error: error.into() }
}

#[cfg(unix)]
fn without_key(fields: &[&str]) -> KeyProblem {
    let fields = fields.iter().map(|name| (*name).to_owned()).collect();
    KeyProblem::JsonWithoutKey { place: "`key`".to_owned(), fields }
}

#[test]
fn what_is_no_key_is_told_with_what_to_give_instead() {
    let faults = [
        KeyFault::TooLong(5_001),
        KeyFault::NotText,
        KeyFault::Utf16,
        KeyFault::WhiteSpace(1),
        KeyFault::Control(2),
        KeyFault::NotAscii(3),
        KeyFault::AccessToken,
        KeyFault::RefreshToken,
        KeyFault::KeyId,
        KeyFault::OtherId("a service id"),
        KeyFault::Placeholder,
        KeyFault::Assignment,
        KeyFault::AtPath,
        KeyFault::NoAccessToken,
        KeyFault::AccessForRefresh,
        KeyFault::KeyForToken("iambearer"),
        KeyFault::Expired("2027-01-15T08:00:00Z".to_owned()),
    ];
    let problems = faults.into_iter().map(|fault| unfit(fault, KeyOrigin::Variable("IC_API_KEY")));
    assert_eq!(
        texts(problems),
        r"
the value from `X` has 5001 bytes, more than the 5000 that Cloud Foundry takes
hint: give the key alone: 44 characters of `A-Za-z0-9_-`
the value from `X` is not text
hint: give the key alone: 44 characters of `A-Za-z0-9_-`
the value from `X` is UTF-16, as PowerShell writes it, not plain text
hint: write the file with `Set-Content -Encoding ascii -NoNewline PATH`
the value from `X` has white space in it, at character 1
hint: give the key alone, in one piece, as it was shown when it was made
the value from `X` has a control character in it, at character 2
hint: give the key alone, in one piece, as it was shown when it was made
the value from `X` has a character in it that no key has, at character 3
hint: give the key alone, in one piece, as it was shown when it was made
the value from `X` is an IAM access token, not an API key
  an access token lives for an hour; Cloud Foundry pulls again at every restart
hint: [make a key]
hint: for a try-out: `--docker-username iambearer --allow-short-lived`
the value from `X` looks like an IAM refresh token, not like an API key
  a refresh token is what `ibmcloud cr login` stores; it lives for three days at most
hint: [make a key]
hint: for a try-out: `--docker-username iamrefresh --allow-short-lived`
the value from `X` is the id of an API key, not the key
  the key itself is shown once, when it is made, and cannot be had again
hint: [make a key]
the value from `X` is the id of a service id, not a key
hint: [make a key]
the value from `X` is a placeholder that nothing has replaced
  a variable or a reference of the CI system or secret store stands there as it was written
hint: fill `IC_API_KEY`, or `unset IC_API_KEY` and give the key another way
the value from `X` is an assignment, not the key behind its `=`
hint: give what stands behind the `=`, alone
the value from `X` is a path behind `@`, which is understood in `IBMCLOUD_API_KEY` alone
hint: give the path as `--api-key-file PATH`
the value from `X` is no IAM access token, which `iambearer` needs
hint: get a token: `ibmcloud iam oauth-tokens --output json | jq -r .iam_token`
the value from `X` is an IAM access token, which does not go with `iamrefresh`
hint: write `--docker-username iambearer`, or better use an API key
the value from `X` looks like an API key, which does not go with `iambearer`
hint: leave `--docker-username` out: an API key goes with `iamapikey`
the value from `X` is a token that expired at 2027-01-15T08:00:00Z
hint: get a token: `ibmcloud iam oauth-tokens --output json | jq -r .iam_token`
hint: [make a key]"
    );
}

#[test]
fn what_mends_an_empty_value_and_a_document_goes_by_where_it_came_from() {
    let origins = [
        KeyOrigin::Variable("IC_API_KEY"),
        KeyOrigin::Named,
        KeyOrigin::Stdin,
        KeyOrigin::File,
        KeyOrigin::Command,
        KeyOrigin::Docker,
        KeyOrigin::Prompt,
    ];
    let hint = |fault: KeyFault, origin| unfit(fault, origin).into_error().hints().join("\n");
    let hints = |fault: &KeyFault| {
        origins.map(|origin| format!("\n{}", hint(fault.clone(), origin))).concat()
    };
    assert_eq!(
        hints(&KeyFault::Empty),
        r"
fill `IC_API_KEY`, or `unset IC_API_KEY` and give the key another way
fill the variable that the flag names, or name another one
pipe the key in: `cat PATH |` in front of this command
write the key into the file, or name another one
run the command by itself: its standard output is to be the key
log in again: `docker login -u iamapikey REGISTRY`
type or paste the key, then press Enter"
    );
    assert_eq!(
        hints(&KeyFault::Json),
        r#"
give the file, `--api-key-file PATH`, or its field: `IC_API_KEY="$(jq -r .apikey PATH)"`
give the value of its field `apikey` alone
give the value of its field `apikey` alone
give the value of its field `apikey` alone
print the field alone, say `--api-key-command 'jq -r .apikey PATH'`
give the value of its field `apikey` alone
give the value of its field `apikey` alone"#
    );
}

#[test]
fn a_source_that_fails_is_told_with_what_mends_it() {
    let stream = |unread| KeyProblem::unread("`key`", unread, LIMIT);
    let program = |error| KeyProblem::no_output("op", error, LIMIT);
    let name = || "op".to_owned();
    let problems = [
        stream(Unread::Stopped(Stopped::TimedOut)),
        stream(Unread::TooBig(65_536)),
        stream(Unread::Folder),
        program(NoOutput::TimedOut),
        program(NoOutput::TooBig),
        program(NoOutput::Io(Io::PermissionDenied.into())),
        KeyProblem::CommandMissing(name()),
        KeyProblem::CommandFailed { program: name(), status: Status::Unkillable },
        KeyProblem::HelperName("config.json".to_owned()),
        KeyProblem::HelperMissing { helper: name(), path: "config.json".to_owned() },
        KeyProblem::HelperFailed { helper: name(), status: Status::Code(2) },
        KeyProblem::HelperAnswer(name()),
        KeyProblem::Config { path: "config.json".to_owned(), error: Io::PermissionDenied.into() },
        KeyProblem::ConfigBroken { path: "config.json".to_owned(), spot: JsonSpot::At(1, 2) },
        KeyProblem::EntryBroken { path: "config.json".to_owned(), host: "us.icr.io".to_owned() },
        KeyProblem::TimedOut { place: "the prompt".to_owned(), limit: LIMIT, who: Silent::Person },
        KeyProblem::NothingTyped,
        KeyProblem::NoPrompt(Io::NotFound.into()),
        KeyProblem::NoKey(vec![SourceRow::new("`IC_API_KEY`", "empty")]),
    ];
    assert_eq!(
        texts(problems),
        r"
`key` gave no key within 30s
hint: whatever writes the key there has to write it and end
`key` gave more than 65536 bytes, which is no key
hint: give the key alone, or the JSON it was saved in
`key` cannot be read: is a directory
hint: [other ways]
`op` gave no key within 30s
  it was ended; its standard input is empty, and outside of a terminal it cannot ask
hint: log in to the secret store first, so that the program does not have to ask
`op` gave more than 65536 bytes, which is no key
hint: give the key alone, or the JSON it was saved in
`op` cannot be run: permission denied
hint: [other ways]
key command `op` not found
hint: install it, or give its path: `--api-key-command '/path/to/program ...'`
key command `op` failed: it could not be ended
hint: run the command by itself: it has to print the key and exit with 0
`config.json` names a credential helper that cannot be one
hint: mend the file, or give the key as `ICR_CF_API_KEY`, so that it is not looked at
credential helper `op`, named in `config.json`, is not on PATH
hint: mend the helper, or give the key as `ICR_CF_API_KEY`, so that it is not asked
credential helper `op` failed: it ended with exit code 2
hint: mend the helper, or give the key as `ICR_CF_API_KEY`, so that it is not asked
credential helper `op` gave no credentials in the form that Docker expects
hint: mend the helper, or give the key as `ICR_CF_API_KEY`, so that it is not asked
`config.json` cannot be read: permission denied
hint: mend the file, or give the key as `ICR_CF_API_KEY`, so that it is not looked at
`config.json` is not a valid Docker configuration, at line 1, column 2
hint: mend the file, or give the key as `ICR_CF_API_KEY`, so that it is not looked at
the entry for `us.icr.io` in `config.json` is broken: `auth` is not `user:password` in base64
hint: log in again: `docker login -u iamapikey us.icr.io`
the prompt gave no key within 30s
hint: [other ways]
no key was typed
hint: [other ways]
the terminal cannot be asked for the key: entity not found
hint: [other ways]
no API key found
  `IC_API_KEY`: empty
hint: [other ways]
hint: [make a key]
hint: `--no-key` goes without: for an image that everybody may pull, or a platform with a login of its own"
    );
}

#[cfg(unix)]
#[test]
fn a_key_file_that_fails_is_told_with_what_mends_it() {
    let problems = [
        key_file("a key", "--api-key-file", Io::PermissionDenied),
        key_file("key", "--api-key-file", Io::InvalidInput),
        key_file("~/key", "--api-key-file", Io::NotFound),
        key_file("/key", "--api-key-file", Io::NotFound),
        key_file("key", "--api-key-file", Io::NotFound),
        key_file("key", "IBMCLOUD_API_KEY", Io::NotFound),
        KeyProblem::KeyFileIsFolder("key".to_owned()),
        KeyProblem::JsonBroken { place: "`key`".to_owned(), spot: JsonSpot::At(1, 2) },
        KeyProblem::JsonOtherKey("`key`".to_owned()),
        without_key(&[]),
        without_key(&["name"]),
        without_key(&["iam_token"]),
        without_key(&["access_token"]),
    ];
    assert_eq!(
        texts(problems),
        r#"
key file `a key` cannot be read: permission denied
hint: let its owner run `chmod 600 'a key'`, or name a file of yours
key file `key` cannot be read: invalid input parameter
hint: [other ways]
key file `~/key` cannot be read: entity not found
  the shell did not replace `~`
hint: write `"$HOME/key"`
key file `/key` cannot be read: entity not found
hint: check what `--api-key-file` says, or [other ways]
key file `key` cannot be read: entity not found
hint: `--api-key-file` is relative to the working folder, here `/work`
key file `key` cannot be read: entity not found
hint: `IBMCLOUD_API_KEY` names it behind `@`, relative to the working folder, here `/work`
key file `key` is a folder
hint: name the file in it: `--api-key-file PATH`
`key` is not valid JSON, at line 1, column 2
hint: download the key again, or give the key alone as plain text
the field `apikey` in the JSON from `key` is not one text
hint: it has to read `"apikey": "..."`, once
the JSON from `key` has no field `apikey`
  it has no fields
hint: give the file that `ibmcloud iam service-api-key-create NAME SERVICE_ID --file PATH` writes
the JSON from `key` has no field `apikey`
  it has `name`
hint: give the file that `ibmcloud iam service-api-key-create NAME SERVICE_ID --file PATH` writes
the JSON from `key` has no field `apikey`
  it has `iam_token`
  that is a token, which expires
hint: [make a key]
the JSON from `key` has no field `apikey`
  it has `access_token`
  that is a token, which expires
hint: [make a key]"#
    );
}
