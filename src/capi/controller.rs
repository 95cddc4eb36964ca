//! The client of Cloud Controller: asks, lists page by page, changes. Whom it talks to is cf's
//! target alone; a link that leads elsewhere is not followed. What it sends as a secret it is given.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::{Notify, watch};
use zeroize::Zeroizing;

use super::cf_token::AccessToken;
use super::docker_flag::{self, docker_verdict};
use super::problem::{Asked, Problem, ProblemKind};
use super::resources::{Included, ManifestDiff, Page, Patch};
use crate::cf_program::CfProgram;
use crate::error::printable;
use crate::http::{Answer, Client, Endpoint, Failure, GivenUp, Request, Told, secret_header};
use crate::secret_shape::HIDDEN;
use crate::verdict::{Name, Verdict};

/// Most bytes of an answer to a question before a push.
const MOST: usize = 256 * 1024;
/// Most bytes of an answer about one thing, which may be the instances of an app.
const MOST_OF_ONE: usize = 4 * 1024 * 1024;
/// Most bytes of a page of a list.
const MOST_OF_A_PAGE: usize = 16 * 1024 * 1024;
/// How many things are wanted on a page; the API gives 5,000 at most.
const PER_PAGE: &str = "500";
/// How many pages are read; a list that goes on is one that never ends.
const MOST_PAGES: usize = 200;
/// How many requests wait for answers at once: each has a connection of its own.
const MOST_AT_ONCE: usize = 64;
/// How often a request that is turned away waits for another token.
const MOST_RENEWALS: usize = 2;
/// How long it does each time: cf may take half of it, and is not asked at once again.
const RENEWAL_LIMIT: Duration = Duration::from_secs(60);
/// What is said where cf has no token that is taken.
const LOGIN_OVER: &str = "the platform does not take cf's token any more; `cf login` goes on";

/// A Cloud Controller that can be asked, with the token that cf has.
pub(crate) struct CloudController {
    client: Client,
    api: String,
    token: RwLock<Arc<AccessToken>>,
    /// Whether the token was not taken since cf was had to renew it.
    is_turned_away: AtomicBool,
    turned_away: Notify,
    /// Whether somebody has cf renew it, and tells each time that this was done.
    is_kept: AtomicBool,
    /// Whether it was said that cf has none that is taken.
    is_login_over: AtomicBool,
    renewed: watch::Sender<()>,
    space_guid: String,
}

/// A list, as far as it could be read.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    /// What was read.
    pub(crate) all: Vec<T>,
    /// What came along with it.
    pub(crate) included: Included,
    /// Why there is no more, where there is more.
    pub(crate) cut: Option<Problem>,
}

impl<T> Listing<T> {
    /// All of it, or why not.
    pub(crate) fn whole(self) -> Result<Vec<T>, Problem> {
        match self.cut {
            None => Ok(self.all),
            Some(problem) => Err(problem),
        }
    }
}

/// A list of apps, as far as it is read.
#[derive(Deserialize)]
struct Apps {
    resources: Vec<IgnoredAny>,
}

impl CloudController {
    pub(super) fn new(client: Client, api: String, token: AccessToken, space_guid: String) -> Self {
        Self {
            client: client.at_once(MOST_AT_ONCE),
            api,
            token: RwLock::new(Arc::new(token)),
            is_turned_away: AtomicBool::new(false),
            turned_away: Notify::new(),
            is_kept: AtomicBool::new(false),
            is_login_over: AtomicBool::new(false),
            renewed: watch::Sender::new(()),
            space_guid,
        }
    }

    /// Waits until the platform takes requests again.
    pub(crate) async fn limit_passed(&self) {
        if let Some(host) = Url::parse(&self.api).ok().as_ref().and_then(Url::host_str) {
            self.client.limit_passed(host).await;
        }
    }

    /// How many requests it took.
    pub(crate) fn requests(&self) -> usize {
        self.client.requests()
    }

    /// Has somebody told of each wait that the platform wants.
    pub(crate) fn tell(&self, told: Told) {
        self.client.tell(told);
    }

    /// Goes on with the token of another one, which cf may have renewed.
    pub(crate) fn take_token(&self, other: &Self) {
        let token = other.token();
        if token.expose() != self.token().expose() {
            self.is_login_over.store(false, Ordering::Relaxed);
        }
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// From here on somebody has cf renew the token where it is turned away.
    pub(crate) fn is_kept(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }

    /// cf was had to renew the token, well or not.
    pub(crate) fn renewed(&self) {
        self.renewed.send_replace(());
    }

    /// Comes when the platform has not taken the token.
    pub(crate) async fn turned_away(&self) {
        self.turned_away.notified().await;
    }

    /// Whether it did not since the last time that this was asked.
    pub(crate) fn was_turned_away(&self) -> bool {
        self.is_turned_away.swap(false, Ordering::Relaxed)
    }

    fn token(&self) -> Arc<AccessToken> {
        Arc::clone(&self.token.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the platform takes docker images.
    pub(super) async fn docker(&self, cf: &CfProgram) -> Option<Verdict> {
        let mut verdict = match self.get(docker_flag::PATH, &[], MOST).await {
            Ok(answer) => docker_verdict(&self.api, answer.status.as_u16(), &answer.body, cf)?,
            Err(failure) => {
                let place = Endpoint::of(&self.api);
                failure.verdict_at(Name::CfUnreachable, &place, "docker support")
            }
        };
        // The platform's own words may be anything.
        let token = self.token();
        for text in verdict.texts().filter(|text| text.contains(token.expose())) {
            HIDDEN.clone_into(text);
        }
        Some(verdict)
    }

    /// Whether the space has this app; `None` where that cannot be learnt.
    pub(crate) async fn has_app(&self, name: &str) -> Option<bool> {
        // A comma is the end of a name there.
        let filter =
            [("names", name), ("space_guids", self.space_guid.as_str()), ("per_page", "1")];
        if name.contains(',') || self.space_guid.contains(',') {
            return None;
        }
        let answer = self.get("/v3/apps", &filter, MOST).await.ok()?;
        let apps: Apps = serde_json::from_slice(&answer.body)
            .ok()
            .filter(|_| answer.status == StatusCode::OK)?;
        Some(!apps.resources.is_empty())
    }

    /// Asks for one thing.
    pub(crate) async fn one<T: DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
    ) -> Result<T, Problem> {
        let asked = Asked::Read(what);
        let answer = self.get(path, &[], MOST_OF_ONE).await;
        self.read(asked, answer)
    }

    /// Asks for a list, page by page.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        filter: &[(&str, &str)],
    ) -> Listing<T> {
        let mut query = filter.to_vec();
        if !query.iter().any(|(name, _)| *name == "per_page") {
            query.push(("per_page", PER_PAGE));
        }
        self.pages(what, self.url(path, &query), MOST_PAGES).await
    }

    /// Asks for the first page of a list alone.
    pub(crate) async fn newest<T: DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        filter: &[(&str, &str)],
    ) -> Listing<T> {
        let listing = self.pages(what, self.url(path, filter), 1).await;
        // That there is more is what was asked for.
        let cut = listing.cut.filter(|problem| !matches!(problem.kind, ProblemKind::TooLong(_)));
        Listing { cut, ..listing }
    }

    async fn pages<T: DeserializeOwned>(
        &self,
        what: &'static str,
        mut next: Option<Url>,
        most: usize,
    ) -> Listing<T> {
        let mut listing = Listing { all: Vec::new(), included: Included::default(), cut: None };
        for _ in 0..most {
            let Some(url) = next else { return listing };
            let answer = self.send(Request::get(url, MOST_OF_A_PAGE)).await;
            let page: Page<T> = match self.read(Asked::Read(what), answer) {
                Ok(page) => page,
                Err(problem) => return Listing { cut: Some(problem), ..listing },
            };
            listing.all.extend(page.resources);
            listing.included.take(page.included);
            next = match page.pagination.next {
                None => return listing,
                Some(link) => self.own(&link.href),
            };
            if next.is_none() {
                let kind = ProblemKind::Refused(
                    "its next page is on another host, which is not asked".into(),
                );
                return Listing { cut: Some(self.problem(Asked::Read(what), kind)), ..listing };
            }
        }
        let kind = ProblemKind::TooLong(most);
        Listing { cut: Some(self.problem(Asked::Read(what), kind)), ..listing }
    }

    /// Changes something by a document, which may hold a secret.
    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        what: &'static str,
        (method, path): (Method, &str),
        body: Zeroizing<String>,
        given_up: Option<GivenUp>,
    ) -> Result<T, Problem> {
        let answer = match self.url(path, &[]) {
            Some(url) => {
                let ask = Request::document(method, url, body, MOST_OF_ONE);
                self.send(given_up.into_iter().fold(ask, Request::until)).await
            }
            None => Err(no_address()),
        };
        self.read(Asked::Change(what), answer)
    }

    /// The problem of somebody who asks for something and waits for no answer any longer.
    pub(crate) fn out_of_time(&self, what: &'static str) -> Problem {
        self.problem(Asked::Read(what), ProblemKind::Failed(Failure::OutOfTime))
    }

    /// Asks what a manifest would change in the targeted space. cf asks the same before it applies
    /// one (Cloud Foundry API v3, "create a manifest diff for a space").
    pub(crate) async fn manifest_diff(
        &self,
        manifest: Zeroizing<String>,
    ) -> Result<Vec<Patch>, Problem> {
        // The role is that of somebody who could apply it.
        let asked = Asked::Change("what a manifest would change");
        let path = format!("/v3/spaces/{}/manifest_diff", self.space_guid);
        let answer = match self.url(&path, &[]) {
            Some(url) => self.send(Request::yaml(url, manifest, MOST_OF_ONE)).await,
            None => Err(no_address()),
        };
        if answer.as_ref().is_ok_and(|answer| answer.status == StatusCode::ACCEPTED) {
            // Korifi takes any manifest, says so, and finds no difference to any.
            return Err(self.problem(asked, ProblemKind::ComparesNothing));
        }
        self.read::<ManifestDiff>(asked, answer).map(|answer| answer.diff)
    }

    /// A text of the platform, fit to be shown.
    pub(crate) fn shown(&self, text: &str) -> String {
        if self.repeats_token(text) { HIDDEN.to_owned() } else { printable(text) }
    }

    /// Whether a text has cf's token in it.
    pub(crate) fn repeats_token(&self, text: &str) -> bool {
        text.contains(self.token().expose())
    }

    fn read<T: DeserializeOwned>(
        &self,
        asked: Asked,
        answer: Result<Answer, Failure>,
    ) -> Result<T, Problem> {
        let answer = answer.map_err(|failure| self.problem(asked, ProblemKind::Failed(failure)))?;
        if !answer.status.is_success() {
            return Err(self.problem(asked, ProblemKind::of(&answer, &|text| self.shown(text))));
        }
        // What is said with 202 or 204 may be nothing at all.
        let body = if answer.body.is_empty() { b"null" } else { answer.body.as_slice() };
        serde_json::from_slice(body).map_err(|error| {
            let what = format!("its answer makes no sense (line {})", error.line());
            self.problem(asked, ProblemKind::Failed(Failure::Nonsense(what)))
        })
    }

    fn problem(&self, asked: Asked, kind: ProblemKind) -> Problem {
        Problem { api: self.api.clone(), asked, kind }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Option<Url> {
        let mut url = Url::parse(&format!("{}{path}", self.api)).ok()?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Some(url)
    }

    /// A link of the platform, where it leads to the API itself.
    fn own(&self, link: &str) -> Option<Url> {
        let (api, url) = (Url::parse(&self.api).ok()?, Url::parse(link).ok()?);
        let is_plain = url.username().is_empty() && url.password().is_none();
        (url.origin() == api.origin() && is_plain).then_some(url)
    }

    async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Answer, Failure> {
        match self.url(path, query) {
            Some(url) => self.send(Request::get(url, most)).await,
            None => Err(no_address()),
        }
    }

    /// Sends it, with the token of that moment. What is turned away has done nothing: it is sent again
    /// with another token, where somebody has cf renew it.
    async fn send(&self, mut request: Request) -> Result<Answer, Failure> {
        let mut renewals_left = MOST_RENEWALS;
        loop {
            let mut renewed = self.renewed.subscribe();
            let header = Zeroizing::new(format!("bearer {}", self.token().expose()));
            request = request.authorization(secret_header(&header).ok_or_else(no_address)?);
            let answer = self.client.send(&request).await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            self.is_turned_away.store(true, Ordering::Relaxed);
            if renewals_left < MOST_RENEWALS && !self.is_login_over.swap(true, Ordering::Relaxed) {
                self.client.say(LOGIN_OVER);
            }
            self.turned_away.notify_one();
            let renewal = tokio::time::timeout(RENEWAL_LIMIT, renewed.changed());
            if renewals_left == 0
                || !self.is_kept.load(Ordering::Relaxed)
                || request.unless_given_up(renewal).await.is_none()
            {
                return Ok(answer);
            }
            renewals_left -= 1;
        }
    }
}

fn no_address() -> Failure {
    Failure::Nonsense("no request can be made of its address".into())
}
