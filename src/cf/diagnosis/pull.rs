//! What the registry answers the platform, as staging and the cells repeat it.

use super::rule::Rank::{Exact, Failure, Refusal, Status};
use super::rule::{Cause, Meaning, Rule};
use crate::verdict::Name;

const IP_RESTRICTED: Cause = Cause {
    name: Name::IpRestricted.as_str(),
    message: "the key works from here and is refused to the platform, whose addresses are not allowed in",
    hints: &[
        "allow its outgoing addresses in IAM: the IP lists of the account and of the key's user",
        "under a context-based restriction for `container-registry`, add them to its network zone",
    ],
};

const NOT_PUBLIC: Cause = Cause {
    name: Name::NoAccess.as_str(),
    message: "the registry does not show `{image}` to everybody, and the platform has no login for it that works",
    hints: &[
        "push it with the key: {keyed}",
        "or have the operator of the platform give it a login for {host}",
    ],
};

const REFUSED_KEY: Meaning = Meaning::ByChecks {
    not_run: Cause {
        name: Name::KeyInvalid.as_str(),
        message: "the registry refuses the platform the user and key it was given",
        hints: &[
            "see where the key comes from: {switch --explain-key}",
            "if it is deleted, switched off or of another account: `ibmcloud iam service-api-key-create NAME SERVICE_ID`",
            "an IP allow-list that lacks the platform's addresses reads the same",
        ],
    },
    passed: IP_RESTRICTED,
    keyless: Some(NOT_PUBLIC),
};

const NO_ACCESS: Meaning = Meaning::ByChecks {
    not_run: Cause {
        name: Name::NoAccess.as_str(),
        message: "the key may not pull from namespace `{namespace}` of {host}",
        hints: &[
            "let it: `ibmcloud iam service-policy-create SERVICE_ID --roles Reader --service-name container-registry --resource-type namespace --resource {namespace}`",
            "a context-based restriction that leaves the platform's addresses out reads the same",
        ],
    },
    passed: IP_RESTRICTED,
    keyless: Some(NOT_PUBLIC),
};

const IMAGE_MISSING: Meaning = Meaning::ByReference {
    tag: Cause {
        name: Name::TagMissing.as_str(),
        message: "{host} has no such tag: `{image}`",
        hints: LOOK_FOR_IT,
    },
    digest: Cause {
        name: Name::DigestMissing.as_str(),
        message: "{host} has no such digest: `{image}`",
        hints: LOOK_FOR_IT,
    },
};

const LOOK_FOR_IT: &[&str] = &[
    "see what is there: `ibmcloud cr images --restrict {namespace}`",
    "what was deleted can be restored for 30 days: `ibmcloud cr trash-list`",
];

const CANNOT_FETCH: Meaning = Meaning::ByChecks {
    not_run: Cause {
        name: IMAGE_FETCH,
        message: "the platform cannot fetch the image, for a reason that is not known here",
        hints: &["see that the image is there and that the key may pull it: `docker pull {image}`"],
    },
    passed: Cause {
        name: IMAGE_FETCH,
        message: "the platform cannot fetch the image, which can be pulled from here",
        hints: &["see whether the platform reaches {host} and is allowed in by its addresses"],
    },
    keyless: Some(Cause {
        name: IMAGE_FETCH,
        message: "the platform cannot fetch the image without a key, for a reason that is not known here",
        hints: &[
            "push it with the key: {keyed}",
            "see that the image is there: `docker pull {image}`",
        ],
    }),
};

const IMAGE_FETCH: &str = "image-fetch";

const UNREACHABLE: &[&str] = &[
    "let the platform reach `{host}` and `*.{host}` at port 443: `{cf} security-groups`, firewall, proxy",
    "an IP allow-list or a context-based restriction can cut connections too",
];

/// The texts are those of IBM's documentation of the registry (troubleshooting), of the CNCF
/// distribution API and of containers/image `docker/`, unless said otherwise.
pub(super) const RULES: &[Rule] = &[
    Rule::new(
        Exact,
        &[
            "private-only access is enabled on this account",
            "access this account over the private network",
        ],
        Name::PrivateOnly.as_str(),
        "the account lets its images be pulled over IBM Cloud's private network only",
        &[
            "a manager of the registry can end that: `ibmcloud cr private-only --disable`",
            "for a platform in that network, with the `private.{host}` name: {switch --allow-private}",
        ],
    ),
    Rule::new(
        Exact,
        &["exceeded its pull traffic quota"],
        Name::QuotaExceeded.as_str(),
        "the account has used up its pull traffic of this month",
        &[
            "`ibmcloud cr quota` shows it, `ibmcloud cr quota-set --traffic MEGABYTES` raises it",
            "on the free plan: `ibmcloud cr plan-upgrade standard`",
        ],
    ),
    Rule::new(
        Exact,
        &["exceeded its image storage quota"],
        Name::QuotaExceeded.as_str(),
        "the account has used up its storage for images",
        &[
            "`ibmcloud cr quota` shows it; delete images, or `ibmcloud cr quota-set --storage MEGABYTES`",
        ],
    ),
    // A text of the CNCF registry; cloudfoundry/dockerapplifecycle#13, diego-release#692. The
    // library of older platforms words what it cannot read itself.
    Rule::new(
        Exact,
        &[
            "does not support oci index",
            "treating manifest lists as individual manifests is not implemented",
            "manifest*list*not supported",
            "image index*not supported",
            "unsupported*manifest.list.v2+json",
            "unsupported*image.index.v1+json",
            "unimplemented manifest mime type*manifest.list.v2+json",
            "unimplemented manifest mime type*image.index.v1+json",
        ],
        Name::IndexOnOldPlatform.as_str(),
        "the platform cannot read an index: an image for several processors, or with an attestation",
        &[
            "have cf get the one image of it for {platform}: {without --no-pin}",
            "the checks find the one image for {platform}: {without --no-checks}",
            "build it without: `docker buildx build --platform {platform} --provenance=false ...`",
        ],
    ),
    Rule::new(
        Exact,
        &["oci manifest found, but accept header does not support oci manifests"],
        "oci-on-old-platform",
        "the platform is too old for images in the format of the OCI",
        &[
            "build in Docker's: `docker buildx build --provenance=false --output type=image,oci-mediatypes=false,push=true ...`",
        ],
    ),
    // containers/image manifest/list, as staging repeats it.
    Rule::new(
        Exact,
        &["no image found in image index for architecture", "no image found in manifest list for"],
        Name::PlatformMissing.as_str(),
        "the index has no image for the platform, {platform}",
        &["build one: `docker buildx build --platform {platform} ...`"],
    ),
    Rule::new(
        Exact,
        &["requested authentication method is not supported"],
        Name::WrongUsername.as_str(),
        "the registry does not know the user that goes with the key",
        &["an API key goes with another user: {with --docker-username iamapikey}"],
    ),
    Rule::new(
        Exact,
        &["proxy authentication required"],
        Name::RegistryUnreachable.as_str(),
        "a proxy keeps the platform from the registry",
        UNREACHABLE,
    ),
    Rule::new(
        Exact,
        &["toomanyrequests", "too many requests"],
        Name::RateLimited.as_str(),
        "the registry has had too many requests",
        &["push again in a few minutes"],
    ),
    Rule {
        rank: Refusal,
        phrases: &[
            "invalid status code from registry 400",
            "login credentials are not valid",
            "unable to retrieve auth token: invalid username/password",
            "authorization required",
            "authentication required",
            "topic=registry-troubleshoot-auth-req",
            "you were not authorized to complete this operation",
            "an error occurred when authenticating your request with ibm cloud",
            "crg0014e",
        ],
        meaning: REFUSED_KEY,
    },
    Rule {
        rank: Refusal,
        phrases: &[
            "you are not authorized to access the specified resource",
            "insufficient scope",
            "insufficient_scope",
            "requested access to the resource is denied",
        ],
        meaning: NO_ACCESS,
    },
    Rule {
        rank: Refusal,
        phrases: &["manifest unknown", "manifest_unknown"],
        meaning: IMAGE_MISSING,
    },
    Rule::new(
        Refusal,
        &["name unknown", "name_unknown", "repository name not known to registry"],
        Name::RepositoryMissing.as_str(),
        "{host} has no such repository: `{image}`",
        LOOK_FOR_IT,
    ),
    Rule::new(
        Refusal,
        &["blob unknown", "blob_unknown"],
        IMAGE_FETCH,
        "a layer of the image is not in the registry",
        &["build and push the image again: `docker buildx build --platform {platform} --push ...`"],
    ),
    Rule {
        rank: Status,
        phrases: &["unauthorized: ", "401 unauthorized", "401 (unauthorized)", "from registry 401"],
        meaning: REFUSED_KEY,
    },
    Rule {
        rank: Status,
        phrases: &[": denied: ", "403 forbidden", "403 (forbidden)", "from registry 403"],
        meaning: NO_ACCESS,
    },
    Rule::new(
        Status,
        &["invalid status code from registry 5", "unexpected http status: 5"],
        Name::RegistryError.as_str(),
        "the registry answered the platform with an error of its own",
        &["push again in a few minutes; https://cloud.ibm.com/status says whether more is wrong"],
    ),
    Rule::new(
        Status,
        &[
            "connection refused",
            "connection reset",
            "no route to host",
            "network is unreachable",
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
            "server gave http response to https client",
            "i/o timeout",
            "tls handshake timeout",
            "context deadline exceeded",
            "x509: certificate",
        ],
        Name::RegistryUnreachable.as_str(),
        "the platform did not get through to the registry",
        UNREACHABLE,
    ),
    // dockerapplifecycle builder/builder_runner.go and helpers.go; korifi docker/controller.go
    Rule {
        rank: Failure,
        phrases: &[
            "failed to fetch metadata from [",
            "failed getting docker image manifest by tag",
            "failed getting docker image config by tag",
            "failed to fetch image",
            // grootfs and containers/image, as the cells repeat them.
            "fetching image reference",
            "fetching list of layer infos",
            "pulling the image",
            "initializing source docker://",
        ],
        meaning: CANNOT_FETCH,
    },
];
