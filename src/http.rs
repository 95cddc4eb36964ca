//! The one HTTP client: bounded in time, size and tries, with the proxy and the authorities of the
//! environment. Knows no registry; what it sends as authorization it is given, and it follows no
//! redirect by itself.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, StatusCode};
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

mod authorities;
mod failure;
mod proxy;
mod request;
mod request_limit;

pub(crate) use authorities::{Lent, lend, read as authorities};
pub(crate) use failure::{Endpoint, Failure};
pub(crate) use proxy::Proxies;
pub(crate) use request::{GivenUp, Request};

use request::Content;
use request_limit::RequestLimit;

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long one request may take, body included.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// How often a request is tried again.
const MOST_RETRIES: u32 = 3;
/// The pause before the first retry; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A wait that is said.
const LONG: Duration = Duration::from_secs(2);
/// The longest wait for requests that are used up.
const MOST_WAIT_FOR_LIMIT: Duration = Duration::from_secs(60);

/// Whether the other side has to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// It has to.
    Verify,
    /// Nobody asks (`cf api --skip-ssl-validation`); never for a registry or IAM.
    Skip,
}

/// Who is trusted to say who is who.
#[derive(Debug)]
pub(crate) enum Roots {
    /// These.
    Listed(Vec<CertificateDer<'static>>),
    /// Whom the system trusts, which it decides itself (macOS, Windows).
    Platform,
}

/// The certificates to go by.
#[derive(Debug)]
pub(crate) struct Authorities {
    /// Those of the system, or what the user has put in their place.
    pub(crate) roots: Roots,
    /// What `--ca-file` names: trusted as well.
    pub(crate) also: Vec<CertificateDer<'static>>,
    /// What could not be used.
    pub(crate) notes: Vec<String>,
    /// The proxies of the environment, which see all that is asked.
    pub(crate) proxies: Proxies,
}

impl Authorities {
    /// For a run that asks nobody.
    pub(crate) const fn none() -> Self {
        let proxies = Proxies::NONE;
        Self { roots: Roots::Listed(Vec::new()), also: Vec::new(), notes: Vec::new(), proxies }
    }
}

/// A client whose requests all end before one deadline.
pub(crate) struct Client {
    inner: Result<reqwest::Client, String>,
    deadline: Instant,
    /// The longest wait that another side may ask for.
    most_wait: Duration,
    proxies: Proxies,
    limit: RequestLimit,
    /// For each request that waits for its answer.
    places: Semaphore,
    told: RwLock<Option<Told>>,
    requests: AtomicUsize,
}

/// Who is told that we wait since the other side wants it.
pub(crate) type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// May hold a token.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type, without parameters.
    pub(crate) fn media_type(&self) -> &str {
        let value = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// Makes a header that is kept out of logs.
pub(crate) fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Client {
    /// Makes a client. That no certificate can be read is a failure of each request: it says
    /// nothing about the push.
    pub(crate) fn new(authorities: &Authorities, tls: Tls, deadline: Instant) -> Self {
        // An error says that somebody has installed one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { proxies: authorities.proxies, ..Self::by(build(authorities, tls), deadline) }
    }

    fn by(inner: Result<reqwest::Client, String>, deadline: Instant) -> Self {
        let (limit, told, requests) = Default::default();
        let (most_wait, proxies) = (Duration::MAX, Proxies::NONE);
        let places = Semaphore::new(Semaphore::MAX_PERMITS);
        Self { inner, deadline, most_wait, proxies, limit, places, told, requests }
    }

    /// Has somebody told of each wait.
    pub(crate) fn tell(&self, told: Told) {
        *self.told.write().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    /// The same, which gives up where it is to wait longer than this.
    pub(crate) fn waiting_at_most(self, most_wait: Duration) -> Self {
        Self { most_wait, ..self }
    }

    /// The same, which lets so many requests wait for their answers at once.
    pub(crate) fn at_once(self, most: usize) -> Self {
        Self { places: Semaphore::new(most), ..self }
    }

    /// How many requests were sent, retries included.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request, again where that may help. An answer that says "too many" or "not now" to
    /// the end is a failure; every other status is an answer.
    pub(crate) async fn send(&self, ask: &Request) -> Result<Answer, Failure> {
        let result = self.tried(ask).await;
        result.map_err(|failure| failure.of_route(|| self.proxies.route(&ask.url)))
    }

    async fn tried(&self, ask: &Request) -> Result<Answer, Failure> {
        let client = self.inner.as_ref().map_err(|why| Failure::NoClient(why.clone()))?;
        let mut pause = FIRST_PAUSE;
        for tries_left in (0..=MOST_RETRIES).rev() {
            let turn = async {
                self.limit_passed(ask.host()).await;
                // Never closed, so that it is an error of nobody.
                self.places.acquire().await
            };
            let Some(place) = ask.unless_given_up(turn).await else {
                return Err(Failure::RateLimited(None));
            };
            let result = self.once(client, ask).await;
            drop(place);
            let wait = match &result {
                Ok(answer) if may_pass(answer.status) && ask.may_go_again(answer.status) => {
                    retry_after(answer).unwrap_or_else(|| jittered(pause))
                }
                Err(Failure::Reset) if !ask.does_more_twice() => jittered(pause),
                Err(failure) if failure.is_of_a_tunnel() => jittered(pause),
                Ok(_) | Err(_) => return result,
            };
            if tries_left == 0 || self.left() <= wait || wait > self.most_wait {
                return result.and_then(|answer| Err(failure(&answer)));
            }
            if let Ok(answer) = &result
                && wait >= LONG
            {
                let (host, status) = (ask.host(), answer.status.as_u16());
                self.say(&format!("{host} answers {status}, and is asked again in {}", time(wait)));
            }
            if ask.unless_given_up(tokio::time::sleep(wait)).await.is_none() {
                return result.and_then(|answer| Err(failure(&answer)));
            }
            pause *= 2;
        }
        Err(Failure::Reset)
    }

    /// Waits where a host has said that it takes no more requests for now.
    pub(crate) async fn limit_passed(&self, host: &str) {
        let most = self.most_wait.min(MOST_WAIT_FOR_LIMIT).min(self.left() / 2);
        let Some(wait) = self.limit.wait(host, SystemTime::now(), most) else { return };
        if wait.is_new {
            let until = humantime::format_rfc3339_seconds(wait.until);
            let time = time(wait.time);
            self.say(&format!("{host} takes no more requests until {until}, for {time}"));
        }
        tokio::time::sleep(wait.time).await;
    }

    /// Says it to who is told of waits.
    pub(crate) fn say(&self, words: &str) {
        let told = self.told.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(told) = told {
            told(words);
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn once(&self, client: &reqwest::Client, ask: &Request) -> Result<Answer, Failure> {
        let limit = REQUEST_LIMIT.min(self.left());
        if limit.is_zero() {
            return Err(Failure::OutOfTime);
        }
        let mut request = client.request(ask.method.clone(), ask.url.clone());
        request = request.header(ACCEPT, ask.accept);
        if let Some(value) = &ask.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        if let Some((name, value)) = &ask.other {
            request = request.header(*name, value.clone());
        }
        if let Some(Content { media_type, text }) = &ask.content {
            request = request.header(CONTENT_TYPE, *media_type);
            request = request.body(text.as_bytes().to_vec());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let _under_way = self.limit.take(ask.host());
        match tokio::time::timeout(limit, receive(request, ask.most)).await {
            Ok(result) => {
                if let Ok(answer) = &result {
                    self.limit.heed(ask.host(), &answer.headers, SystemTime::now());
                }
                result
            }
            Err(_) if limit < REQUEST_LIMIT => Err(Failure::OutOfTime),
            Err(_) => Err(Failure::TimedOut(limit)),
        }
    }
}

/// Sends it and reads the answer, as far as the bound on its size.
async fn receive(request: reqwest::RequestBuilder, most: usize) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(|error| Failure::of(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    // Room from the start, so that growing leaves no copies of a token behind.
    let room = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(0);
    let mut body = Zeroizing::new(Vec::with_capacity(room.clamp(1024, most.max(1024))));
    while let Some(piece) = response.chunk().await.map_err(|error| Failure::of_body(&error))? {
        if body.len() + piece.len() > most {
            return Err(Failure::TooBig(most));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, headers, body })
}

/// Whether another try may go better; IBM's SDK retries the same.
fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
}

/// Why an answer is none, with the time at which it may be one.
fn failure(answer: &Answer) -> Failure {
    let now = SystemTime::now();
    let asked = retry_after(answer).and_then(|wait| now.checked_add(wait));
    let until = asked.or_else(|| request_limit::reset(&answer.headers, now));
    Failure::of_status(answer.status, until)
}

/// A wait in words, to the second.
fn time(wait: Duration) -> humantime::FormattedDuration {
    let begun = u64::from(wait.subsec_nanos() > 0);
    humantime::format_duration(Duration::from_secs(wait.as_secs() + begun))
}

/// What the other side wants us to wait, in seconds or as a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header(RETRY_AFTER.as_str())?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Between half of the pause and all of it, so that many who failed at once do not come back at
/// once.
fn jittered(pause: Duration) -> Duration {
    let random = std::hash::RandomState::new().build_hasher().finish();
    let half = pause / 2;
    let most = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_nanos(random % most)
}

fn build(authorities: &Authorities, tls: Tls) -> Result<reqwest::Client, String> {
    let known = |all: &[CertificateDer<'static>]| -> Vec<Certificate> {
        all.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    };
    let also = known(&authorities.also);
    let builder = || bounded().tls_danger_accept_invalid_certs(tls == Tls::Skip);
    let built = match &authorities.roots {
        Roots::Listed(roots) => {
            builder().tls_certs_only(known(roots).into_iter().chain(also)).build()
        }
        Roots::Platform => builder().tls_certs_merge(also).build(),
    };
    built.map_err(|error| error.to_string())
}

/// What every client is, whomever it trusts.
fn bounded() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("icr-cf/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(None)
}

#[cfg(test)]
mod tests;
