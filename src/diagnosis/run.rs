//! What the cells and what starts an app say: the launcher, the health check, the disk.

use super::rule::Rank::{Exact, Failure};
use super::rule::Rule;
use crate::verdict::Name;

pub(super) const RULES: &[Rule] = &[
    // cloudfoundry/dockerapplifecycle launcher/main.go
    Rule::new(
        Exact,
        &["no start command found or specified"],
        Name::NoStartCommand.as_str(),
        "nothing says what to run in the image",
        &["say it: `-c COMMAND`", "or build the image with `ENTRYPOINT` or `CMD`"],
    ),
    // cloud_controller_ng lib/cloud_controller/diego/docker/desired_lrp_builder.rb
    Rule::new(
        Exact,
        &["no tcp ports found in image metadata"],
        Name::NoTcpPort.as_str(),
        "the image exposes ports, none of them TCP",
        &["`EXPOSE 8080/tcp` in the Dockerfile, then build the image again"],
    ),
    // cloudfoundry/grootfs fetcher/layer_fetcher/source/layer_source.go
    Rule::new(
        Exact,
        &["uncompressed layer size exceeds quota"],
        Name::DiskQuota.as_str(),
        "the layers of the image, unpacked, do not fit the disk of the app",
        &["give it more: `-k 2G`", "or make the image smaller"],
    ),
    // execve(2), as the launcher and the cell repeat it.
    Rule::new(
        Exact,
        &["exec format error"],
        Name::PlatformMissing.as_str(),
        "the image is built for other processors than the platform's",
        &[
            "build it for them: `docker buildx build --platform {platform} ...`",
            "a start script without a `#!` line fails with the same words",
        ],
    ),
    // cloudfoundry/executor depot/steps/health_check_step.go
    Rule::new(
        Exact,
        &["instance never healthy after", "health check never passed"],
        "unhealthy",
        "the app starts and does not pass its health check",
        &[
            "have it listen on `$PORT`, on all addresses",
            "for a slow start: `-t 180`; for an app without a port: `-u process`",
        ],
    ),
    // cloudfoundry/executor depot/steps/run_step.go
    Rule::new(
        Exact,
        &["exited with status*(out of memory)"],
        "out-of-memory",
        "the app needs more memory than it has",
        &["give it more: `-m 512M`"],
    ),
    // cf 7 and 8 command/translatableerror/startup_timeout_error.go
    Rule::new(
        Failure,
        &["start app timeout"],
        "start-timeout",
        "the app was not up in time",
        &[
            "have it listen on `$PORT`, on all addresses",
            "for a slow start: `-t 180`, and `CF_STARTUP_TIMEOUT=15` (minutes) for cf",
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
