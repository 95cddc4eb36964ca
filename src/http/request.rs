//! A request to be: what is asked, what may be sent twice, and for how long somebody waits for another
//! try.

use std::pin::Pin;
use std::sync::Arc;

use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode, Url};
use zeroize::Zeroizing;

/// Makes what comes when nobody waits for another try any more.
pub(crate) type GivenUp = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A request to be.
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'static str,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) other: Option<(&'static str, HeaderValue)>,
    pub(super) content: Option<Content>,
    pub(super) most: usize,
    given_up: Option<GivenUp>,
}

/// What a request brings along; may hold a secret.
pub(super) struct Content {
    pub(super) media_type: &'static str,
    pub(super) text: Zeroizing<String>,
}

impl Request {
    /// A GET whose answer has at most that many bytes.
    pub(crate) fn get(url: Url, most: usize) -> Self {
        Self::new(Method::GET, url, most)
    }

    /// A HEAD.
    pub(crate) fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url, 0)
    }

    /// A POST of a form, which may hold a secret.
    pub(crate) fn form(url: Url, text: Zeroizing<String>, most: usize) -> Self {
        let media_type = "application/x-www-form-urlencoded";
        Self { content: Some(Content { media_type, text }), ..Self::new(Method::POST, url, most) }
    }

    /// A request that changes something by a document, which may hold a secret.
    pub(crate) fn document(method: Method, url: Url, text: Zeroizing<String>, most: usize) -> Self {
        let content = Some(Content { media_type: "application/json", text });
        Self { content, ..Self::new(method, url, most) }
    }

    /// A POST of a text in YAML, which asks and changes nothing.
    pub(crate) fn yaml(url: Url, text: Zeroizing<String>, most: usize) -> Self {
        let content = Some(Content { media_type: "application/x-yaml", text });
        Self { content, ..Self::new(Method::POST, url, most) }
    }

    fn new(method: Method, url: Url, most: usize) -> Self {
        let accept = "application/json";
        let (authorization, other, content, given_up) = (None, None, None, None);
        Self { method, url, accept, authorization, other, content, most, given_up }
    }

    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether sending it twice may do more than sending it once. A form asks for a token, YAML for
    /// a difference.
    pub(super) fn does_more_twice(&self) -> bool {
        self.content.as_ref().is_some_and(|one| one.media_type == "application/json")
            && self.method == Method::POST
    }

    /// Whether it may be sent again behind this answer: who says "too many" has done nothing.
    pub(super) fn may_go_again(&self, status: StatusCode) -> bool {
        status == StatusCode::TOO_MANY_REQUESTS || !self.does_more_twice()
    }

    /// Sets what kinds of answer are wanted.
    pub(crate) fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// Sends another header along.
    pub(crate) fn header(self, name: &'static str, value: HeaderValue) -> Self {
        Self { other: Some((name, value)), ..self }
    }

    /// Sends a secret along.
    pub(crate) fn authorization(self, value: HeaderValue) -> Self {
        Self { authorization: Some(value), ..self }
    }

    /// Says when nobody waits for another try any more. What is on its way is waited for.
    pub(crate) fn until(self, given_up: GivenUp) -> Self {
        Self { given_up: Some(given_up), ..self }
    }

    /// Waits for something between two tries; `None` where nobody waits any more.
    pub(crate) async fn unless_given_up<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        let given_up = async {
            match &self.given_up {
                Some(given_up) => given_up().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            done = wait => Some(done),
            () = given_up => None,
        }
    }
}
