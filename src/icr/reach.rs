//! Whether registries answer from here, and how fast; asked without a key, for what everybody may ask.

use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt as _, stream};
use reqwest::Url;

use super::AT_ONCE;
use crate::http::{Client, Failure, Request};
use crate::region::Registry;
use crate::verdict::{Name, Verdict};

/// Most bytes of an answer.
const MOST: usize = 64 * 1024;

/// A registry that was asked.
pub(crate) struct Reached {
    pub(crate) registry: &'static Registry,
    pub(crate) answer: Result<Answering, Verdict>,
}

/// An answer.
pub(crate) struct Answering {
    /// How long it took, connection and all.
    pub(crate) took: Duration,
    /// What time it is there, and when that came here.
    pub(crate) clock: Option<(SystemTime, SystemTime)>,
}

/// Asks registries, all at once.
pub(crate) async fn reach(client: &Client, registries: &[&'static Registry]) -> Vec<Reached> {
    stream::iter(registries)
        .map(|registry| async move { Reached { registry, answer: ask(client, registry.host).await } })
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn ask(client: &Client, host: &'static str) -> Result<Answering, Verdict> {
    let unreachable =
        |failure: Failure| failure.verdict(Name::RegistryUnreachable, host, "its API version");
    let url = Url::parse(&format!("https://{host}/v2/"))
        .map_err(|_| unreachable(Failure::Nonsense("no URL can be made of it".into())))?;
    let begun = Instant::now();
    let answer = client.send(&Request::get(url, MOST)).await.map_err(unreachable)?;
    let took = begun.elapsed();
    let status = answer.status.as_u16();
    if status != 200 && status != 401 {
        return Err(unreachable(Failure::Nonsense(format!("it answered {status}"))));
    }
    let there = answer.header("date").and_then(|text| httpdate::parse_http_date(text).ok());
    Ok(Answering { took, clock: there.map(|there| (there, SystemTime::now())) })
}
