//! What cf and the platform's API refuse by themselves, before or beside the pull.

use super::rule::Rank::{Exact, Failure};
use super::rule::Rule;
use crate::verdict::Name;

const PLATFORM_LIMIT: &str = "platform-limit";
const NO_CAPACITY: &str = "no-capacity";

/// The texts are those of the Cloud Controller, `errors/v2.yml`, and of cf's
/// `command/translatableerror`, unless said otherwise.
pub(super) const RULES: &[Rule] = &[
    Rule::new(
        Exact,
        &["no api endpoint set"],
        Name::CfNoApi.as_str(),
        "cf has no API endpoint",
        &["`{cf} api URL`", "then `{cf} login`"],
    ),
    Rule::new(
        Exact,
        &["not logged in. use"],
        Name::CfNotLoggedIn.as_str(),
        "cf is not logged in",
        &["`{cf} login`; in a job `{cf} auth`, with `CF_USERNAME` and `CF_PASSWORD` set"],
    ),
    Rule::new(
        Exact,
        &["please log back in", "the token expired, was revoked"],
        Name::CfTokenExpired.as_str(),
        "the login of cf has expired",
        &["`{cf} login`; in a job `{cf} auth`, with `CF_USERNAME` and `CF_PASSWORD` set"],
    ),
    Rule::new(
        Exact,
        &["no org or space targeted", "no org targeted", "no space targeted"],
        Name::CfNoSpace.as_str(),
        "cf has no organization or space as its target",
        &["`{cf} target -o ORG -s SPACE`"],
    ),
    Rule::new(
        Exact,
        &[
            "feature disabled: diego_docker",
            "cf-featuredisabled",
            "docker support has not been enabled",
        ],
        Name::DockerDisabled.as_str(),
        "the platform takes no docker images",
        &["an admin switches them on: `{cf} enable-feature-flag diego_docker`"],
    ),
    // cloud_controller_ng app/controllers/v3/space_manifests_controller.rb
    Rule::new(
        Exact,
        &["docker cannot be configured for a buildpack lifecycle app"],
        "wrong-lifecycle",
        "there is an app of that name that is none of docker images, and cannot become one",
        &["push under another name", "delete it first: `{cf} delete {app}`"],
    ),
    Rule::new(
        Exact,
        &["you are not authorized to perform the requested action"],
        "space-role",
        "the user that cf is logged in as may not deploy in this space",
        &["a space manager gives the role: `{cf} set-space-role USER ORG SPACE SpaceDeveloper`"],
    ),
    // The second half: app/models/runtime/process_model.rb and task_model.rb.
    Rule::new(
        Exact,
        &[
            "exceeded your organization's memory limit",
            "exceeded your space's memory limit",
            "exceeded the instance memory limit",
            "memory quota_exceeded",
            "memory space_quota_exceeded",
            "memory*instance_memory_limit_exceeded",
            "exceeds organization memory quota",
            "exceeds space memory quota",
            "memory limit exceeded:",
            "staging requires*memory",
            "quota may not be large enough to support rolling deployments",
        ],
        "memory-quota",
        "the app would take more memory than organization or space have left",
        &[
            "ask for less: {less memory}",
            "ask for fewer instances: {fewer}",
            "stop what runs for nothing: `{cf} apps`; with `--strategy rolling` old and new count together",
            "have the quota raised by who manages the organization",
        ],
    ),
    Rule::new(
        Exact,
        &[
            "exceeded the instance limit",
            "app_instance_limit*_exceeded",
            "exceeded the total routes",
            "routes quota exceeded",
            "exceeded the total reserved route ports",
            "exceeded your*log rate limit",
            "exceeds*log rate quota",
        ],
        "platform-quota",
        "the app would go beyond a quota of organization or space",
        &[
            "ask for fewer instances: {fewer}",
            "see what there is, and delete what nobody needs: `{cf} apps`, `{cf} routes`",
            "have the quota raised by who manages the organization",
        ],
    ),
    // app/models/runtime/constraints: bounds for each app, which no quota raises.
    Rule::new(
        Exact,
        &["too much disk requested"],
        PLATFORM_LIMIT,
        "the app asks for more disk than the platform gives any app",
        &[
            "ask for the most there is: {most disk}",
            "make the image smaller, or have who runs the platform raise `maximum_app_disk_in_mb`",
        ],
    ),
    Rule::new(
        Exact,
        &["maximum exceeded: max"],
        PLATFORM_LIMIT,
        "the app asks for more time to start than the platform gives any app",
        &[
            "ask for the most there is: {longest}",
            "have the app listen sooner, or who runs the platform raise `maximum_health_check_timeout`",
        ],
    ),
    // Diego's auctioneer (rep, auctiontypes), as the Cloud Controller words it.
    Rule::new(
        Exact,
        &["insufficient resources: disk"],
        NO_CAPACITY,
        "no cell of the platform has so much disk left",
        &["ask for less: {less disk}", "tell who runs the platform"],
    ),
    Rule::new(
        Exact,
        &["insufficient resources: memory"],
        NO_CAPACITY,
        "no cell of the platform has so much memory left",
        &["ask for less: {less memory}", "tell who runs the platform"],
    ),
    Rule::new(
        Exact,
        &[
            "insufficient resources",
            "insufficient running resources",
            "found no compatible cell",
            "unable to communicate to compatible cells",
            "stager is unavailable",
            "runner is unavailable",
        ],
        NO_CAPACITY,
        "the platform has no room for the app",
        &[
            "ask for less: {less memory}",
            "ask for fewer instances: {fewer}",
            "push again in a few minutes, or tell who runs the platform",
        ],
    ),
    Rule::new(
        Exact,
        &["only one build can be staging at a time"],
        "staging-in-progress",
        "another push of the app is being staged",
        &["push again when it is done: `{cf} app {app}` shows it"],
    ),
    // cloud_controller_ng docker_uri_converter.rb and uri_utils.rb; cf 6 to 8 command/flag/docker.go
    Rule::new(
        Exact,
        &[
            "should not contain scheme",
            "invalid image name [",
            "invalid image tag [",
            "invaliddockeruri",
            "invalid docker reference",
        ],
        "docker-uri",
        "the platform does not take the name of the image",
        &["`icr-cf resolve {image}` says what is wrong with a name; the manifest may hold another"],
    ),
    // dockerapplifecycle helpers.go, containers/image docker/docker_transport.go
    Rule::new(
        Exact,
        &["both a tag and digest are currently not supported"],
        "tag-and-digest",
        "the platform does not pull a reference that has both a tag and a digest",
        &["take the tag out where it stands, the manifest say; `--image` needs no such care"],
    ),
    // cf 6 to 8 command/*/push_command.go
    Rule::new(
        Exact,
        // cf 6, commands that it had before: cf/commands/application/push.go
        &["environment variable cf_docker_password not set", "no docker password was provided"],
        "password-missing",
        "cf did not get to see the key",
        &["what stands before cf clears its environment; name cf itself: {with --cf /path/to/cf}"],
    ),
    // cloud_controller_ng app/models/runtime/package_model.rb
    Rule::new(
        Exact,
        &["can be up to 5,000 characters"],
        "password-too-long",
        "the platform does not store a password as long as this",
        &["give an API key in place of a token: {with --docker-username iamapikey}"],
    ),
    // korifi controllers/controllers/workloads/build/docker/controller.go
    Rule::new(
        Exact,
        &["configured to run as the root user"],
        Name::RunsAsRoot.as_str(),
        "Korifi runs no image as root",
        &["`USER 1000` in the Dockerfile, then build the image again"],
    ),
    // cf 7 and 8 prefix what Go's HTTP client says about their own requests.
    Rule::new(
        Exact,
        &["request error: "],
        Name::CfUnreachable.as_str(),
        "cf did not get through to the API of the platform",
        &["`{cf} api` says where that is; behind a proxy set `https_proxy`"],
    ),
    Rule::new(
        Failure,
        &["timed out after", "staging time expired"],
        "staging-timeout",
        "the platform did not stage the image in time",
        &[
            "have cf wait longer: `export CF_STAGING_TIMEOUT=30` (minutes)",
            "the platform has a bound of its own; who runs it can see what holds staging up",
        ],
    ),
];
