//! The distribution API as far as a check needs it: a token, manifests, blobs, tags. Sends the
//! key to the registry's own token endpoint and, where somebody has to know why it is refused, has
//! IAM asked; sends the token to the registry itself, never along with a redirect.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};
use zeroize::Zeroizing;

use super::challenge::{self, Challenge, own_realm};
use super::iam::{self, IamSays};
use super::leads::redirected;
use super::quote::{mask, repeats, said};
use super::{RegistryLogin, Who};
use crate::http::Failure;
use crate::http::{Answer, Client, Request, secret_header};
use crate::secret::ApiKey;
use crate::verdict::Verdict;

/// Most bytes of a manifest (the distribution project's own bound).
pub(super) const MOST_MANIFEST: usize = 4 * 1024 * 1024;
/// Most bytes of a configuration.
pub(super) const MOST_CONFIG: usize = 8 * 1024 * 1024;
/// Most bytes of an answer that holds a token or an error.
const MOST_TOKEN: usize = 256 * 1024;
/// Shortest token that is looked for in texts; a shorter one would be found everywhere.
const LEAST_TOKEN: usize = 8;
/// How often a blob may lead elsewhere.
const MOST_REDIRECTS: usize = 5;

/// The kinds of manifest that somebody may have pushed; schema 1 so that it can be named.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5, \
    application/vnd.docker.distribution.manifest.v1+json;q=0.5";

mod refused;
mod tags;
#[cfg(test)]
mod tests;

use refused::refused;
pub(super) use tags::Tags;

/// Why a registry gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RegistryProblem {
    /// There was no answer.
    Failed { host: String, failure: Failure },
    /// It said no.
    Refused(RegistryRefusal),
    /// It wants the key sent to a host that is not its own.
    HostileRealm { host: String, realm: String },
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RegistryRefusal {
    pub(super) host: String,
    pub(super) asked: Resource,
    pub(super) words: RegistryWords,
    pub(super) status: u16,
    /// `code` of the first error.
    pub(super) code: String,
    /// `message` of the first error, or the `error` of a challenge.
    pub(super) message: String,
}

/// Whose words a refusal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegistryWords {
    /// Those of a registry, or none.
    Registrys,
    /// Perhaps those of something in between.
    Others,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Token,
    Manifest,
    Blob,
    Tags,
}

/// Who asks, and with what.
pub(super) struct Caller<'a> {
    pub(super) client: &'a Client,
    pub(super) who: Who<'a>,
    /// By host and path.
    repositories: Mutex<BTreeMap<(String, String), Arc<Shared>>>,
    of_iam: OnceCell<Result<IamSays, Failure>>,
    /// Every token that was given, to keep it out of what is shown.
    given: Mutex<Vec<Arc<RegistryToken>>>,
}

/// What all questions about one repository share.
#[derive(Default)]
struct Shared {
    /// The token, or why it is refused.
    token: OnceCell<Result<Arc<RegistryToken>, RegistryProblem>>,
    tags: OnceCell<Tags>,
}

/// A token of a registry; as secret as the key while it lives.
struct RegistryToken(Zeroizing<String>);

/// A repository that may be asked.
pub(super) struct Repository<'a> {
    caller: &'a Caller<'a>,
    host: String,
    path: String,
    token: Mutex<Arc<RegistryToken>>,
    shared: Arc<Shared>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(client: &'a Client, who: Who<'a>) -> Self {
        let (repositories, given) = (Mutex::default(), Mutex::default());
        Self { client, who, repositories, of_iam: OnceCell::new(), given }
    }

    /// The key, where there is one.
    pub(super) fn key(&self) -> Option<&'a ApiKey> {
        self.who.key()
    }

    /// Takes the key and every token out of verdicts, should an answer have brought one there.
    pub(super) async fn mask(&self, verdicts: &mut [Verdict]) {
        mask(verdicts, self.key());
        for token in self.given.lock().await.iter().filter(|token| token.0.len() >= LEAST_TOKEN) {
            for verdict in &mut *verdicts {
                for text in verdict.texts() {
                    if text.contains(token.0.as_str()) {
                        *text = text.replace(token.0.as_str(), "***");
                    }
                }
            }
        }
    }

    /// What IAM says about the key. A thousand references with a wrong one make one question.
    pub(super) async fn of_iam(&self, key: &ApiKey) -> Result<IamSays, Failure> {
        self.of_iam.get_or_init(|| iam::ask(self.client, key)).await.clone()
    }

    /// Gets a token for a repository: with the first request at the place where ICR has it, and
    /// from wherever the challenge says only if there is nothing.
    pub(super) async fn open(
        &'a self,
        host: &str,
        path: &str,
    ) -> Result<Repository<'a>, RegistryProblem> {
        let shared = {
            let mut all = self.repositories.lock().await;
            Arc::clone(all.entry((host.to_owned(), path.to_owned())).or_default())
        };
        let token = shared.token.get_or_try_init(|| async {
            match self.token(host, path).await {
                Ok(token) => Ok(Ok(token)),
                // Whoever asks next may get an answer.
                Err(problem @ RegistryProblem::Failed { .. }) => Err(problem),
                Err(
                    problem @ (RegistryProblem::Refused(_) | RegistryProblem::HostileRealm { .. }),
                ) => Ok(Err(problem)),
            }
        });
        let token = token.await?.clone()?;
        let (host, path) = (host.to_owned(), path.to_owned());
        Ok(Repository { caller: self, host, path, token: Mutex::new(token), shared })
    }

    async fn token(&self, host: &str, path: &str) -> Result<Arc<RegistryToken>, RegistryProblem> {
        let known = url(host, "/oauth/token")?;
        let nothing_there = |problem: &RegistryProblem| match problem {
            RegistryProblem::Refused(refusal) => matches!(refusal.status, 404 | 405),
            RegistryProblem::Failed { .. } | RegistryProblem::HostileRealm { .. } => false,
        };
        match self.token_from(known.clone(), "registry", host, path).await {
            Err(problem) if nothing_there(&problem) => {
                let Some((realm, service)) = self.challenge(host).await? else {
                    return Err(problem);
                };
                if realm == known {
                    return Err(problem);
                }
                self.token_from(realm, &service, host, path).await
            }
            result => result,
        }
    }

    /// Asks the registry where its tokens are, without any credentials.
    async fn challenge(&self, host: &str) -> Result<Option<(Url, String)>, RegistryProblem> {
        let failed = |failure| RegistryProblem::Failed { host: host.to_owned(), failure };
        let ask = Request::get(url(host, "/v2/")?, MOST_TOKEN);
        let answer = self.client.send(&ask).await.map_err(failed)?;
        realm_of(&answer, host)
    }

    async fn token_from(
        &self,
        mut realm: Url,
        service: &str,
        host: &str,
        path: &str,
    ) -> Result<Arc<RegistryToken>, RegistryProblem> {
        let at = realm.host_str().unwrap_or(host).to_owned();
        let failed = |failure| RegistryProblem::Failed { host: at.clone(), failure };
        realm
            .query_pairs_mut()
            .append_pair("service", service)
            .append_pair("scope", &format!("repository:{path}:pull"));
        let mut ask = Request::get(realm, MOST_TOKEN);
        if let Who::Key(RegistryLogin { user, key }) = self.who {
            let pair = Zeroizing::new(format!("{}:{}", user.as_str(), key.expose()));
            let header =
                Zeroizing::new(format!("Basic {}", *Zeroizing::new(STANDARD.encode(&*pair))));
            let value = secret_header(&header).ok_or_else(|| {
                failed(Failure::Nonsense("the user name is no header text".into()))
            })?;
            ask = ask.authorization(value);
        }
        let answer = self.client.send(&ask).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refused(&answer, &at, Resource::Token));
        }
        let given: TokenAnswer = serde_json::from_slice(&answer.body)
            .map_err(|_| failed(Failure::Nonsense(not_json(&answer, "a token", self.key()))))?;
        let is_token = |text: &Zeroizing<String>| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let token = [given.token, given.access_token].into_iter().flatten().find(is_token);
        let token = token.map(|text| Arc::new(RegistryToken(text)));
        let token =
            token.ok_or_else(|| failed(Failure::Nonsense("the answer has no token".into())))?;
        self.given.lock().await.push(Arc::clone(&token));
        Ok(token)
    }
}

/// The answer of a token endpoint.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<Zeroizing<String>>,
    access_token: Option<Zeroizing<String>>,
}

impl Repository<'_> {
    /// A manifest or index, by tag or digest.
    pub(super) async fn manifest(&self, reference: &str) -> Result<Answer, RegistryProblem> {
        let path = format!("/v2/{}/manifests/{reference}", self.path);
        let make = |url| Request::get(url, MOST_MANIFEST).accept(MANIFESTS);
        self.get(&path, Resource::Manifest, make).await
    }

    /// Whether a manifest is there.
    pub(super) async fn has(&self, reference: &str) -> Result<(), RegistryProblem> {
        let path = format!("/v2/{}/manifests/{reference}", self.path);
        let make = |url| Request::head(url).accept(MANIFESTS);
        self.get(&path, Resource::Manifest, make).await.map(|_| ())
    }

    /// A small blob. ICR keeps blobs elsewhere and leads there; nothing secret goes along.
    pub(super) async fn blob(&self, digest: &str) -> Result<Answer, RegistryProblem> {
        let path = format!("/v2/{}/blobs/{digest}", self.path);
        let mut place = url(&self.host, &path)?;
        let mut answer =
            self.send(&place, Resource::Blob, &|url| Request::get(url, MOST_CONFIG)).await?;
        for followed in 0..=MOST_REDIRECTS {
            let host = place.host_str().unwrap_or(&self.host).to_owned();
            if answer.status == StatusCode::OK {
                return Ok(answer);
            }
            let failed = |failure| RegistryProblem::Failed { host: host.clone(), failure };
            if !answer.status.is_redirection() {
                // Who was asked without the key says nothing about what the key may do.
                let what = format!("it answered {}", answer.status.as_u16());
                return Err(match followed {
                    0 => refused(&answer, &host, Resource::Blob),
                    _ => failed(Failure::Nonsense(what)),
                });
            }
            if followed == MOST_REDIRECTS {
                break;
            }
            place = redirected(&place, &answer).map_err(failed)?;
            if repeats(place.as_str(), self.caller.key()) {
                let what = "a redirect with the key in it, which is not followed";
                return Err(failed(Failure::Nonsense(what.into())));
            }
            let at = place.host_str().unwrap_or_default().to_owned();
            let failed = |failure| RegistryProblem::Failed { host: at, failure };
            let ask = Request::get(place.clone(), MOST_CONFIG).accept("*/*");
            answer = self.caller.client.send(&ask).await.map_err(failed)?;
        }
        let failure = Failure::Nonsense(format!("more than {MOST_REDIRECTS} redirects"));
        Err(RegistryProblem::Failed {
            host: place.host_str().unwrap_or(&self.host).to_owned(),
            failure,
        })
    }

    async fn get(
        &self,
        path: &str,
        asked: Resource,
        make: impl Fn(Url) -> Request,
    ) -> Result<Answer, RegistryProblem> {
        let place = url(&self.host, path)?;
        let answer = self.send(&place, asked, &make).await?;
        if answer.status == StatusCode::OK {
            return Ok(answer);
        }
        Err(refused(&answer, &self.host, asked))
    }

    /// Sends with the token. Where the registry does not take it and names another realm of its
    /// own, a token from there is tried, once.
    async fn send(
        &self,
        place: &Url,
        asked: Resource,
        make: &impl Fn(Url) -> Request,
    ) -> Result<Answer, RegistryProblem> {
        let answer = self.send_once(place, make).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let Some((realm, service)) = realm_of(&answer, &self.host)? else { return Ok(answer) };
        // A token lives for minutes, and clocks differ; a new one from the same place may do.
        let is_old = challenges(&answer).any(|one| one.error.as_deref() == Some("invalid_token"));
        if realm == url(&self.host, "/oauth/token")? && !is_old {
            return Err(refused(&answer, &self.host, asked));
        }
        let token = self.caller.token_from(realm, &service, &self.host, &self.path).await?;
        *self.token.lock().await = token;
        self.send_once(place, make).await
    }

    async fn send_once(
        &self,
        place: &Url,
        make: &impl Fn(Url) -> Request,
    ) -> Result<Answer, RegistryProblem> {
        let failed = |failure| RegistryProblem::Failed { host: self.host.clone(), failure };
        let token = Arc::clone(&*self.token.lock().await);
        let header = Zeroizing::new(format!("Bearer {}", *token.0));
        let value = secret_header(&header)
            .ok_or_else(|| failed(Failure::Nonsense("the token is no header text".into())))?;
        self.caller.client.send(&make(place.clone()).authorization(value)).await.map_err(failed)
    }
}

fn challenges(answer: &Answer) -> impl Iterator<Item = Challenge> {
    let all = answer.headers.get_all("www-authenticate").iter();
    all.filter_map(|value| challenge::parse(value.to_str().ok()?))
}

/// Where a challenge says that tokens are; an error where no key may go there.
fn realm_of(answer: &Answer, host: &str) -> Result<Option<(Url, String)>, RegistryProblem> {
    let found = challenges(answer).next();
    let Some(realm) = found.as_ref().and_then(|found| found.realm.as_deref()) else {
        return Ok(None);
    };
    let service = found.as_ref().and_then(|found| found.service.clone());
    match own_realm(realm, host) {
        Some(url) => Ok(Some((url, service.unwrap_or_else(|| "registry".to_owned())))),
        None => {
            Err(RegistryProblem::HostileRealm { host: host.to_owned(), realm: realm.to_owned() })
        }
    }
}

fn url(host: &str, path: &str) -> Result<Url, RegistryProblem> {
    Url::parse(&format!("https://{host}{path}")).map_err(|_| RegistryProblem::Failed {
        host: host.to_owned(),
        failure: Failure::Nonsense("no URL can be made of it".into()),
    })
}

fn not_json(answer: &Answer, wanted: &str, key: Option<&ApiKey>) -> String {
    let kind = said(answer.media_type(), key);
    format!("it answered with `{kind}`, which is not {wanted}")
}
