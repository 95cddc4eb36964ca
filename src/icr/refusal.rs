//! What a registry's "no" means. ICR refuses a wrong pair with a bare 400 and everything else in
//! a few sentences (IBM Cloud documentation, "Troubleshooting for Container Registry"); where the
//! key itself may be at fault, IAM says why.

use super::iam::{self, IamSays};
use super::quote::said;
use super::registry::{Caller, RegistryProblem, RegistryRefusal, RegistryWords, Resource};
use super::{RegistryLogin, Who};
use crate::http::Failure;
use crate::request::{Advice, Username};
use crate::secret::ApiKey;
use crate::verdict::{Name, Verdict, Weight};

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// User and key, as a pair.
    Pair,
    /// A token in place of a key.
    Token,
    /// What the user may do.
    Access,
    /// The network that the account admits.
    PrivateOnly,
    /// How much the account may pull.
    Quota,
    /// The address of who asks.
    Address,
    /// There is nothing there.
    Missing,
    /// Nothing that is known.
    Other,
}

/// Sentences of ICR and IAM, in lower case. The first that fits counts.
const SENTENCES: [(&str, About); 12] = [
    ("private-only access is enabled", About::PrivateOnly),
    ("over the private network", About::PrivateOnly),
    ("pull traffic quota", About::Quota),
    ("ip address", About::Address),
    ("not allowed from your ip", About::Address),
    ("login credentials are not valid", About::Pair),
    ("requested authentication method is not supported", About::Pair),
    ("error occurred when authenticating your request", About::Token),
    ("not authorized to access the specified resource", About::Access),
    ("insufficient scope", About::Access),
    ("insufficient_scope", About::Access),
    ("manifest unknown", About::Missing),
];

impl RegistryRefusal {
    /// What it is about.
    pub(super) fn about(&self) -> About {
        let message = self.message.to_ascii_lowercase();
        let said = SENTENCES.iter().find(|(sentence, _)| message.contains(sentence));
        match (said, self.asked, self.status) {
            (Some((_, about)), _, _) => *about,
            (None, Resource::Token, 400 | 401) => About::Pair,
            (None, _, 401 | 403) => About::Access,
            (None, Resource::Manifest | Resource::Tags | Resource::Blob, 404) => About::Missing,
            (None, _, _) => About::Other,
        }
    }

    /// What was seen, in one line, without the key even if the answer repeats it.
    pub(super) fn line(&self, key: Option<&ApiKey>) -> String {
        let what = match self.asked {
            Resource::Token => " the request for a token with",
            Resource::Manifest | Resource::Blob | Resource::Tags => "",
        };
        let mut line = format!("{} answered{what} {}", self.host, self.status);
        for (text, mark) in [(&self.code, " "), (&self.message, ": ")] {
            if !text.is_empty() {
                line.push_str(mark);
                line.push_str(&said(text, key));
            }
        }
        line
    }
}

/// The image that was asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct AskedImage<'a> {
    /// In full.
    pub(super) image: &'a str,
    pub(super) namespace: &'a str,
    pub(super) region: &'a str,
    /// How the push is said again.
    pub(super) advice: &'a Advice,
}

/// Finds out what a problem means. IAM is asked only where the key may be at fault.
pub(super) async fn verdicts(
    problem: &RegistryProblem,
    subject: AskedImage<'_>,
    caller: &Caller<'_>,
) -> Vec<Verdict> {
    weighed(meaning(problem, subject, caller).await, caller)
}

/// What a registry refuses to anybody it may give to the platform, which may have a login.
pub(super) fn weighed(verdicts: Vec<Verdict>, caller: &Caller<'_>) -> Vec<Verdict> {
    let is_open = |verdict: &Verdict| {
        let no_login_helps = verdict.name == Name::HostileRealm;
        verdict.weight == Weight::Definitive && !no_login_helps
    };
    match caller.who {
        Who::Key(_) => verdicts,
        Who::Anybody => verdicts
            .into_iter()
            .map(|verdict| if is_open(&verdict) { verdict.as_undecided() } else { verdict })
            .collect(),
    }
}

async fn meaning(
    problem: &RegistryProblem,
    subject: AskedImage<'_>,
    caller: &Caller<'_>,
) -> Vec<Verdict> {
    let refusal = match problem {
        RegistryProblem::Failed { host, failure } => {
            return vec![failure.verdict(
                Name::RegistryUnreachable,
                host,
                &format!("`{}`", subject.image),
            )];
        }
        RegistryProblem::HostileRealm { host, realm } => {
            return vec![hostile(host, realm, caller.key())];
        }
        RegistryProblem::Refused(refusal) => refusal,
    };
    let line = refusal.line(caller.key());
    let about = refusal.about();
    let credentials = match (caller.who, about) {
        (Who::Key(credentials), _) => credentials,
        (Who::Anybody, About::Missing | About::Other) => {
            return vec![unclear(refusal, subject, line)];
        }
        (Who::Anybody, _) => return vec![not_public(refusal, subject, line)],
    };
    match about {
        About::Pair | About::Token if credentials.user.is_short_lived() => {
            vec![token_expired(subject, credentials.user, line)]
        }
        About::Pair | About::Token => {
            let inactive = refusal.message.to_ascii_lowercase().contains("account is not active");
            let refused = if inactive { RefusalKind::OrAccount } else { RefusalKind::Pair };
            let says = caller.of_iam(credentials.key).await;
            of_iam(says, (refused, refusal.words), line, subject, credentials)
        }
        About::Access => vec![no_access(subject, line, credentials.user)],
        About::PrivateOnly => vec![private_only(line)],
        About::Quota => vec![quota(line)],
        About::Address => vec![address(subject, line)],
        About::Missing | About::Other => vec![unclear(refusal, subject, line)],
    }
}

fn unclear(refusal: &RegistryRefusal, subject: AskedImage<'_>, line: String) -> Verdict {
    Verdict::new(
        Name::RegistryError,
        format!("`{}` cannot be asked for `{}`", refusal.host, subject.image),
    )
    .seen(line)
    .hint("`https://cloud.ibm.com/status` says whether the service has trouble")
}

fn not_public(refusal: &RegistryRefusal, subject: AskedImage<'_>, line: String) -> Verdict {
    let AskedImage { image, advice, .. } = subject;
    let verdict = Verdict::new(
        Name::NoAccess,
        format!("{} does not show `{image}` to everybody", refusal.host),
    )
    .seen(line)
    .seen("whether the platform has a login that may pull it cannot be seen from here");
    let with_key = advice.without("--no-key").map(|line| format!("use the key: {line}"));
    with_key.into_iter().fold(verdict, Verdict::hint)
}

fn hostile(host: &str, realm: &str, key: Option<&ApiKey>) -> Verdict {
    Verdict::new(
        Name::HostileRealm,
        format!("an answer in the name of `{host}` wants the key sent to another host"),
    )
    .seen(format!("its challenge names the realm `{}`", said(realm, key)))
    .seen("the key was not sent there")
    .hint("look at what stands between here and IBM Cloud: proxy, DNS, certificates")
}

fn token_expired(subject: AskedImage<'_>, user: &Username, line: String) -> Verdict {
    let with_key = subject.advice.with("--docker-username", "iamapikey");
    Verdict::new(Name::TokenExpired, "the token has expired or is not valid".to_owned())
        .seen(line)
        .hint(if *user == Username::Refresh {
            "log in again: `ibmcloud login`"
        } else {
            "make a new one: `ibmcloud iam oauth-tokens`"
        })
        .hint(format!("an API key does not expire with a session: {with_key}"))
}

/// What the registry's words leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RefusalKind {
    Pair,
    /// "… or your account is not active".
    OrAccount,
}

/// How to get another key, and to push with it.
fn with_new_key(verdict: Verdict, subject: AskedImage<'_>) -> Verdict {
    let push = subject.advice.with_key_file("key.json");
    verdict
        .hint("make a key: `ibmcloud iam service-api-key-create NAME SERVICE_ID --file key.json`")
        .hint(format!("then {push}"))
}

/// What IAM says about a key that the registry does not take.
fn of_iam(
    says: Result<IamSays, Failure>,
    (refused, words): (RefusalKind, RegistryWords),
    line: String,
    subject: AskedImage<'_>,
    RegistryLogin { user, key }: RegistryLogin<'_>,
) -> Vec<Verdict> {
    let renewed = |verdict| with_new_key(verdict, subject);
    let key_invalid = |message: &str| Verdict::new(Name::KeyInvalid, message);
    match says {
        // Whatever stands in between may have said no in the name of the registry.
        Err(failure) if words == RegistryWords::Others => vec![
            Verdict::new(Name::RegistryError, "something refuses in the name of the registry")
                .seen(line)
                .seen("the words are not a registry's, and IAM cannot be asked about the key")
                .hint("look at what stands between here and IBM Cloud: a proxy, or a portal that wants a login"),
            failure.verdict(Name::IamUnreachable, iam::HOST, "the reason"),
        ],
        Err(failure) => {
            let verdict = key_invalid("the registry does not take the key")
                .seen(line)
                .seen("IAM, which could say why, cannot be asked");
            let verdict = renewed(verdict);
            let unknown = failure.verdict(Name::IamUnreachable, iam::HOST, "the reason");
            vec![verdict, unknown]
        }
        Ok(IamSays::Fine) if *user != Username::ApiKey => vec![
            Verdict::new(
                Name::WrongUsername,
                format!("the registry does not take the key for the user `{}`", user.as_str()),
            )
            .seen(line)
            .seen("IAM takes the key, so the user is wrong, or the trusted profile does not trust the key's service id")
            .hint(format!("push as the usual user: {}", subject.advice.with("--docker-username", "iamapikey")))
            .hint(format!("or have the profile trust the service id: `ibmcloud iam trusted-profile-identity-create {} --id SERVICE_ID --id-type SERVICEID`", user.as_str())),
        ],
        Ok(IamSays::Fine) if refused == RefusalKind::OrAccount => vec![
            Verdict::new(Name::AccountSuspended, "the account behind the key is not active")
                .seen(line)
                .seen("IAM itself takes the key")
                .hint("the owner activates it: `ibmcloud account show`, https://cloud.ibm.com/account"),
        ],
        // The registry also refuses an address that the account does not admit; the platform's
        // may be another.
        Ok(IamSays::Fine) => vec![
            Verdict::new(Name::RegistryError, "the registry does not take a key that IAM takes")
                .seen(line)
                .seen("IAM takes the key; the account may admit certain addresses only")
                .hint("look at the allowed addresses: https://cloud.ibm.com/iam/settings"),
        ],
        Ok(IamSays::No { code, message }) => {
            let seen = format!("IAM says {}: {}", said(&code, Some(key)), said(&message, Some(key)));
            if message.to_ascii_lowercase().contains("ip address") {
                return vec![address(subject, seen).seen(line)];
            }
            let verdict = of_code(&code);
            let verdict = match verdict.name {
                Name::UserInactive | Name::KeyInvalid => renewed(verdict),
                _ => verdict,
            };
            vec![verdict.seen(line).seen(seen)]
        }
    }
}

/// What a code of IAM says about the key that it refuses.
pub(super) fn of_code(code: &str) -> Verdict {
    match code {
        "BXNIM0462E" => Verdict::new(Name::KeyDisabled, "the key is disabled")
            .hint("find out whether it leaked; then enable it: https://cloud.ibm.com/iam/apikeys, or make a new one"),
        "BXNIM0410E" => {
            Verdict::new(Name::UserInactive, "the user behind the key is gone or inactive")
                .hint("use the key of a service id, which belongs to nobody who can leave")
        }
        "BXNIM0436E" => {
            Verdict::new(Name::AccountSuspended, "the user behind the key is suspended in the account")
                .hint("the owner of the account sets the user to Active: https://cloud.ibm.com/iam/users")
        }
        "BXNIM0415E" => Verdict::new(
            Name::KeyInvalid,
            "the key does not exist: deleted, mistyped, cut off, or no IBM Cloud API key",
        ),
        _ => Verdict::new(Name::KeyInvalid, "IAM does not take the key"),
    }
}

fn no_access(subject: AskedImage<'_>, line: String, user: &Username) -> Verdict {
    let AskedImage { image, namespace, region, .. } = subject;
    let region = if region == "global" { String::new() } else { format!(" --region {region}") };
    let (who, to_a_user) = if let Username::TrustedProfile(id) = user {
        (format!("trusted-profile-policy-create {id}"), "")
    } else {
        let to_a_user = " (to a user: `user-policy-create USER` in its place)";
        ("service-policy-create SERVICE_ID".to_owned(), to_a_user)
    };
    Verdict::new(Name::NoAccess, format!("the key may not pull `{image}`"))
        .seen(line)
        .seen("to pull takes the role Reader on the namespace; a namespace that does not exist in that region, or is another account's, is refused alike")
        .hint(format!("grant it{to_a_user}: `ibmcloud iam {who} --roles Reader --service-name container-registry{region} --resource-type namespace --resource {namespace}`"))
        .hint(format!("`ibmcloud cr region-set {}` and `ibmcloud cr namespace-list` show whether the namespace is yours; a context-based restriction also shows like this", subject.region))
}

fn private_only(line: String) -> Verdict {
    Verdict::new(Name::PrivateOnly, "the account admits the private network only")
        .seen(line)
        .seen("a Cloud Foundry outside of IBM Cloud cannot pull such an image at all")
        .hint("a Manager of the registry opens it: `ibmcloud cr private-only --disable`")
}

fn quota(line: String) -> Verdict {
    Verdict::new(Name::QuotaExceeded, "the account has used up its pull traffic")
        .seen(line)
        .hint("raise it: `ibmcloud cr quota-set --traffic MEGABYTES`, or `ibmcloud cr plan-upgrade standard`; else wait for the next month")
}

fn address(subject: AskedImage<'_>, line: String) -> Verdict {
    let unchecked = subject.advice.switching("--no-checks");
    Verdict::new(Name::IpRestricted, "the account does not admit the address of this machine")
        .seen(line)
        .seen("the addresses of the platform have to be on the same list, or its pulls are refused")
        .hint("add both to the allowed addresses: https://cloud.ibm.com/iam/settings")
        .hint(format!("if the platform's are on it and this machine's alone is not: {unchecked}"))
}
