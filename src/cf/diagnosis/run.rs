//! What the cells and what starts an app say: the launcher, the health check, the disk.

use super::rule::Rank::{Exact, Failure, Status};
use super::rule::{Cause, Meaning, Rule};
use crate::verdict::Name;

const BAD_EXECUTABLE: &str = "bad-executable";

pub(super) const RULES: &[Rule] = &[
    // cloudfoundry/dockerapplifecycle launcher/main.go
    Rule::new(
        Exact,
        &["no start command found or specified"],
        Name::NoStartCommand.as_str(),
        "nothing says what to run in the image",
        &["say it: {with -c COMMAND}", "or build the image with `ENTRYPOINT` or `CMD`"],
    ),
    // cloud_controller_ng lib/cloud_controller/diego/docker/desired_lrp_builder.rb
    Rule::new(
        Exact,
        &["no tcp ports found in image metadata"],
        Name::NoTcpPort.as_str(),
        "the image exposes ports, none of them TCP",
        &["`EXPOSE 8080/tcp` in the Dockerfile, then build the image again"],
    ),
    // cloudfoundry/grootfs fetcher/layer_fetcher/source/layer_source.go, base_image_puller,
    // store/filesystems/overlayxfs/driver.go
    Rule::new(
        Exact,
        &[
            "uncompressed layer size exceeds quota",
            "layers exceed disk quota",
            "disk limit is smaller than volume size",
        ],
        Name::DiskQuota.as_str(),
        "the layers of the image, unpacked, do not fit the disk of the app",
        &["give it more: {more disk}", "make the image smaller"],
    ),
    // execve(2), as the launcher and the cell repeat it.
    Rule {
        rank: Exact,
        phrases: &["exec format error"],
        meaning: Meaning::ByChecks {
            not_run: Cause {
                name: Name::PlatformMissing.as_str(),
                message: "the image is built for other processors than the platform's",
                hints: &[
                    "build it for them: `docker buildx build --platform {platform} ...`",
                    "a start script without a `#!` line fails with the same words",
                ],
            },
            passed: Cause {
                name: BAD_EXECUTABLE,
                message: "what the image starts is no program for {platform}, although the image is one",
                hints: &[
                    "begin a start script with `#!/bin/sh`",
                    "a program in it may be copied from a stage for other processors: `docker buildx build --platform {platform} --no-cache ...`",
                ],
            },
            keyless: None,
        },
    },
    // runc, as garden repeats it; execve(2).
    Rule::new(
        Exact,
        &["fork/exec*permission denied", "exec:*permission denied"],
        BAD_EXECUTABLE,
        "what the image starts is a file that its user may not execute",
        &["`RUN chmod +x FILE` in the Dockerfile, then build the image again"],
    ),
    Rule::new(
        Exact,
        &["executable file not found in $path"],
        "command-missing",
        "what is to be started is not in the image",
        &[
            "say another: {with -c COMMAND}",
            "see what is there: `docker run --rm -it --platform {platform} --entrypoint sh {image}`",
        ],
    ),
    // garden and runc, for the `USER` of an image.
    Rule::new(
        Exact,
        &["unable to find user", "no matching entries in passwd file"],
        "user-missing",
        "the user that the image runs as is not in its `/etc/passwd`",
        &["name it by number: `USER 1000` in the Dockerfile, then build the image again"],
    ),
    // cloudfoundry/healthcheck and executor depot/steps/health_check_step.go
    Rule::new(
        Exact,
        &["failed to make http request to*received status code"],
        "unhealthy",
        "the app answers its health check with a status other than 200",
        &[
            "name a path that answers 200: {with --endpoint /PATH}",
            "have its port alone checked: {with -u port}",
        ],
    ),
    Rule::new(
        Exact,
        &[
            "instance never healthy after",
            "health check never passed",
            "became unhealthy",
            "failed to make tcp connection to",
            "failed to make http request to",
        ],
        "unhealthy",
        "the app starts and does not pass its health check",
        &[
            "have it listen on `$PORT`, on all addresses",
            "for a slow start: {longer}",
            "for an app without a port: {with -u process}",
        ],
    ),
    // cloudfoundry/executor depot/steps/run_step.go; 137 is SIGKILL, as the kernel sends it.
    Rule::new(
        Exact,
        &["exited with status*(out of memory)"],
        "out-of-memory",
        "the app needs more memory than it has",
        &["give it more: {more memory}", "have the app take less: its heap, its workers"],
    ),
    Rule::new(
        Status,
        &["exited with status 137"],
        "out-of-memory",
        "the app was killed, as it is when it needs more memory than it has",
        &["give it more: {more memory}", "have the app take less: its heap, its workers"],
    ),
    // write(2) beyond the quota of the file system.
    Rule::new(
        Status,
        &["disk quota exceeded"],
        Name::DiskQuota.as_str(),
        "the app has written its disk full",
        &["give it more: {more disk}", "have it write less, or to a service"],
    ),
    // cf 7 and 8 command/translatableerror/startup_timeout_error.go
    Rule::new(
        Failure,
        &["start app timeout"],
        "start-timeout",
        "the app was not up in time",
        &[
            "have it listen on `$PORT`, on all addresses",
            "for a slow start: {longer}",
            "have cf wait longer: `export CF_STARTUP_TIMEOUT=15` (minutes)",
        ],
    ),
    // cf 7 and 8 command/translatableerror/application_unable_to_start_error.go
    Rule::new(
        Failure,
        &["start unsuccessful"],
        "start-unsuccessful",
        "every instance of the app crashed",
        &[
            "`{cf} logs {app} --recent` has its last words",
            "see it run here: `docker run --platform {platform} -e PORT=8080 {image}`",
        ],
    ),
];
