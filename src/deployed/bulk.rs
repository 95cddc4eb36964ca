//! Questions about many things at once, by their GUIDs or names.

use futures_util::{StreamExt as _, stream};
use serde::de::DeserializeOwned;

use crate::capi::resources::Included;
use crate::capi::{CloudController, Listing};

/// How many are named in one question, so that a proxy takes the URL.
pub(super) const AT_ONCE: usize = 50;
/// How many such questions go side by side.
const SIDE_BY_SIDE: usize = 16;

/// Has a list asked for about some GUIDs at a time, which come as one text. Gives one list of all, in
/// that order, with the first reason why something is not in it.
pub(super) async fn in_bulk<T, F: Future<Output = Listing<T>>>(
    guids: &[&str],
    ask: impl Fn(String) -> F,
) -> Listing<T> {
    let questions = stream::iter(guids.chunks(AT_ONCE).map(|some| ask(some.join(","))));
    let listings: Vec<Listing<T>> = questions.buffered(SIDE_BY_SIDE).collect().await;
    let mut whole = Listing { all: Vec::new(), included: Included::default(), cut: None };
    for listing in listings {
        whole.all.extend(listing.all);
        whole.cut = whole.cut.or(listing.cut);
    }
    whole
}

/// What is listed of some GUIDs; a word of what could not be asked.
pub(super) async fn listed<T: DeserializeOwned>(
    controller: &CloudController,
    what: &'static str,
    path: &str,
    filter: &str,
    guids: &[&str],
) -> (Vec<T>, Option<String>) {
    let listing: Listing<T> = in_bulk(guids, async |some: String| {
        controller.list(what, path, &[(filter, &some), ("per_page", "5000")]).await
    })
    .await;
    (listing.all, listing.cut.map(|problem| format!("some {what}: {}", problem.line())))
}
