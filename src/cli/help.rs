//! What `--help` says beside the flags, and which flags it lists. Leaves out none that is taken: a
//! flag that is hidden is still one.

use clap::Arg;

use super::topics;

/// The heading of the flags that are cf's own.
pub(super) const CF_HEADING: &str = "Flags of cf push";

/// Behind the commands.
pub(super) fn root() -> String {
    let names: Vec<&str> = topics::all().iter().map(|topic| topic.name).collect();
    format!(
        "`icr-cf push web --image acme/web` stands where `cf push` stood; `icr-cf push --help` has the rest.\n\
         `icr-cf help TOPIC` prints a page: {}.",
        names.join(", ")
    )
}

/// Behind the flags of `icr-cf push`. A test runs each line that stands under "Examples".
pub(super) const PUSH: &str = "\
Examples:
  Push one image; the key is in ICR_CF_API_KEY
    icr-cf push web --image acme/web:1.4 --region us-south
  See what it would do, with flags of cf push
    icr-cf push web --image us.icr.io/acme/web:1.4 -m 256M -i 2 --dry-run
  Take the key from a file
    icr-cf push web --image us.icr.io/acme/web:1.4 --api-key-file key.json
  Push the apps of a manifest, two at once
    icr-cf push -f deploy/manifest.yml --var tag=1.4.2 --region us-south --jobs 2
  Have a script read the result
    icr-cf push web --image us.icr.io/acme/web:1.4 --output json

Key: the first of these that is given: --api-key-stdin, --api-key-file, --api-key-command,
ICR_CF_API_KEY, CF_DOCKER_PASSWORD, IBMCLOUD_API_KEY, IBM_CLOUD_API_KEY, IC_API_KEY,
BLUEMIX_API_KEY, a file of settings, the logins of docker and podman, a hidden prompt on a terminal
(docs/keys.md).

Manifest: without --image you push the apps of the manifest, each by a cf of its own: those of ICR
with the key, all others without it. --dry-run shows how each image is read (docs/manifests.md).

Checks: before anything is changed, icr-cf asks the registry whether the key can pull the image and
whether Cloud Foundry can run it, and pushes the digest that it checked (docs/checks.md).

Exit codes: cf's own where cf ran; 2 usage, 65 reference or image unfit, 66 image or file missing,
69 undecided (--strict), 70 a bug, 74 output, 77 key, 78 set-up, 124 time-out, 126 cf cannot be run,
127 cf is not there, 128+n signal n. Of several apps that failed, the first in the manifest counts
(docs/exit-codes.md).";

/// Behind the flags of `icr-cf check`. A test runs each line that stands under "Examples".
pub(super) const CHECK: &str = "\
Examples:
  Check an app; the exit code is that of a push
    icr-cf check web --image acme/web:1.4 --region us-south
  Check an image alone: one word with `/`, `:` or `@` in it is an image
    icr-cf check us.icr.io/acme/web:1.4
  Check the apps of a manifest
    icr-cf check -f deploy/manifest.yml --var tag=1.4.2 --region us-south

It changes nothing. It takes every flag of `icr-cf push` but --no-checks, so that you can write
`check` in place of `push`; the list above has the flags that a check goes by. Every verdict has a
name that does not change (docs/checks.md). The exit code is the one that a push would have.";

/// Behind the flags of `icr-cf diff`. A test runs each line that stands under "Examples".
pub(super) const DIFF: &str = "\
Examples:
  See what a push would change; the key is in ICR_CF_API_KEY
    icr-cf diff web --image acme/web:1.4 --region us-south
  The same for the apps of a manifest
    icr-cf diff -f deploy/manifest.yml --var tag=1.4.2 --region us-south
  Push what has changed alone
    icr-cf push -f deploy/manifest.yml --var tag=1.4.2 --region us-south --if-changed

It changes nothing. It takes the flags of `icr-cf push`, so that you can write `diff` in place of
`push`; the list above has those that it goes by. It compares the digest that runs with the one that
the tag means now, and asks Cloud Controller about everything else (docs/day-two.md).

Exit codes: 0 nothing would change, 1 something would, more than 1 it could not say: 69 where that
is so for an app, else as for a push.";

/// Behind the flags of `icr-cf resolve`.
pub(super) const RESOLVE: &str = "\
With --digest or --tags icr-cf asks the registry, with a key from the same places as for a push.
Where you name no region, it asks all registries.";

/// Behind the flags of `icr-cf audit`. A test runs each line that stands under "Examples".
pub(super) const AUDIT: &str = "\
Examples:
  Look at the targeted space; the key is in ICR_CF_API_KEY
    icr-cf audit
  Look at everything you may see, and fail where an app could not start again
    icr-cf audit --all --fail-on definitive
  Have a script read it
    icr-cf audit web --output json

It changes nothing; the role Space Auditor is enough. Worst first. It asks the registries with the
key of this run, which need not be the key that Cloud Foundry has: no API gives that back
(docs/day-two.md).";

/// Behind the flags of `icr-cf rotate`.
pub(super) const ROTATE: &str = "\
Examples:
  See what it would do; the new key is in ICR_CF_API_KEY
    icr-cf rotate --dry-run
  Give the new key to every app of the targeted space
    icr-cf rotate
  One app, restarted instead of rolled
    icr-cf rotate web --restart

For each app: a new package with the digest that runs and the new key, a build, a rolling
deployment. Only the web process rolls; the platform stops and starts worker processes at the end.
The new key is tried on every image first, and nothing begins unless all pass. Run it again to go
on where it stopped (docs/day-two.md).";

/// Behind the flags of `icr-cf rollback`.
pub(super) const ROLLBACK: &str = "\
Examples:
  Show what there is to go back to
    icr-cf rollback web --list
  Go back to the image before this one
    icr-cf rollback web

Not the rollback of cf, which brings the old key back with the old image: the image is staged with
the key of now. Environment, routes and scale stay as they are (docs/day-two.md).";

/// Behind the flags of `icr-cf doctor`.
pub(super) const DOCTOR: &str = "\
Examples:
  Look at everything
    icr-cf doctor
  Ask one registry alone
    icr-cf doctor --region us-south

It changes nothing. `ok` is fine, `look` may do, `mend` stands against a push and has a hint; the
exit code is that of the first part to mend.";

/// Behind the flags of `icr-cf exec`. A test runs each line that stands under "Examples".
pub(super) const EXEC: &str = "\
Examples:
  Run a script that pushes by itself; the key comes from a password manager
    icr-cf exec --api-key-command 'op read op://deploy/icr/key' -- ./deploy.sh
  Give the key to a tool that wants it under another name
    icr-cf exec --as IC_API_KEY -- ./deploy.sh
  A token in place of the key, and the output masked
    icr-cf exec --token --as IAM_TOKEN --mask -- ./deploy.sh

The key is in the environment of that program and of what it starts, and in no argument and no
file. On Unix the program takes the place of icr-cf: terminal, keys, signals and exit code are its
own; with --mask, and on Windows, it runs beside it. It gets no other variable that holds a key
(docs/keys.md).";

/// Behind the flags of `icr-cf login`. A test runs each line that stands under "Examples".
pub(super) const LOGIN: &str = "\
Examples:
  Have docker get its logins from icr-cf, at every registry of ICR
    icr-cf login
  podman, and two registries alone
    icr-cf login --podman --region us-south --region eu-de
  Show what each client has
    icr-cf login --status
  Have docker log in itself, and keep the key, for what can ask no helper
    icr-cf login --store --region us-south

Without `--store` it writes `credHelpers` entries and nothing else: the clients then run
docker-credential-icr-cf, which gives them a token of IAM that lives for an hour at most
(docs/docker.md). `icr-cf logout` takes the entries out again. A host that has another helper keeps
it, and nothing is written, unless `--replace` says so.";

/// Behind the flags of `icr-cf config`. A test runs each line that stands under "Examples".
pub(super) const CONFIG: &str = "\
Examples:
  Show every setting, its value, and the file and line it comes from
    icr-cf config
  Have a script read it
    icr-cf config --output json

A flag counts before a variable, that before `icr-cf.toml` beside the manifest or above it, that
before your own file. No file holds a key; one of a folder that names a command counts for that once
you have allowed it: `icr-cf config allow` (docs/configuration.md).";

/// What a push does with its flags and a check does not.
const PUSH_ALONE: [&str; 12] = [
    "no_checks",
    "timeout",
    "show_logs",
    "jobs",
    "on_error",
    "output_lines",
    "show_env",
    "if_changed",
    "dry_run",
    "no_annotate",
    "rollback_on_failure",
    "passthrough",
];

/// The flags of cf that a difference goes by, besides those of a check.
const COMPARED: [&str; 7] = [
    "app-start-timeout",
    "endpoint",
    "health-check-type",
    "instances",
    "log-rate-limit",
    "memory",
    "random-route",
];

/// The flags of cf that a check goes by.
const CHECKED: [&str; 9] = [
    "manifest",
    "no-manifest",
    "var",
    "vars-file",
    "start-command",
    "disk",
    "no-route",
    "no-start",
    "task",
];

/// An argument that a push has too, as the help of `icr-cf resolve` shows it: nothing is run.
pub(super) fn for_resolve(arg: Arg) -> Arg {
    let arg = match arg.get_help_heading() {
        Some("Checks") => arg.help_heading("Registry"),
        Some(_) | None => arg,
    };
    match arg.get_id().as_str() {
        "docker_username" => arg.help(
            "Registry user: iamapikey (the default), a trusted profile id (Profile-...), iambearer \
             or iamrefresh",
        ),
        "no_key" => arg.help("Ask without a key: everybody may pull the image"),
        "allow_short_lived" => arg.help("Accept iambearer and iamrefresh, whose tokens expire"),
        "platform" => {
            arg.help("Platform of the digest, as OS/ARCH or OS/ARCH/VARIANT [default: linux/amd64]")
        }
        "check_timeout" => arg.help("How long all questions may take together [default: 30s]"),
        "output" => arg.help_heading("Output"),
        _ => arg,
    }
}

/// An argument of a push as the help of `icr-cf exec` shows it, which asks no registry.
pub(super) fn for_exec(arg: Arg) -> Arg {
    let arg = match arg.get_help_heading() {
        Some("Checks") => arg.help_heading("Token"),
        Some(_) | None => arg,
    };
    match arg.get_id().as_str() {
        "docker_username" => arg.help(
            "Whose secret it is: iamapikey (the default), a trusted profile id (Profile-...), \
             iambearer or iamrefresh",
        ),
        "check_timeout" => arg.help("How long IAM may take [default: 30s]"),
        "no_key" | "allow_short_lived" | "platform" => arg.hide(true),
        _ => arg,
    }
}

/// An argument of a push as the help of commands on apps that are there shows it.
pub(super) fn for_day_two(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "docker_username" => arg.help(
            "Whose key it is: iamapikey (the default), a trusted profile id (Profile-...), \
             iambearer or iamrefresh",
        ),
        "jobs" | "on_error" => arg.help_heading("Many apps"),
        "check_timeout" => arg.help("How long all questions may take together [default: 30s]"),
        _ => arg,
    }
}

/// The same where every app gets a key.
pub(super) fn for_rollout(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "no_key" => arg.hide(true),
        _ => for_day_two(arg),
    }
}

/// An argument of a push as the help of a check shows it.
pub(super) fn for_check(arg: Arg) -> Arg {
    let id = arg.get_id().as_str();
    let is_of_cf = arg.get_help_heading() == Some(CF_HEADING);
    if PUSH_ALONE.contains(&id) || (is_of_cf && !CHECKED.contains(&id)) {
        return arg.hide(true);
    }
    match id {
        "apps" => arg.help("Apps to check, or one image; without any, all apps of the manifest"),
        "no_pin" => arg.help("Check a push of the reference as given"),
        "output" => arg.help("How to print the result"),
        _ => arg,
    }
}

/// An argument of a push as the help of a difference shows it.
pub(super) fn for_diff(arg: Arg) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    if COMPARED.contains(&id.as_str()) {
        return arg;
    }
    match id.as_str() {
        "show_env" => arg.help("Show the values of `env` that would change").help_heading("Output"),
        "apps" => arg.help("Apps to compare; without any, all apps of the manifest"),
        "no_pin" => arg.help("Compare with a push of the reference as given"),
        _ => for_check(arg),
    }
}
