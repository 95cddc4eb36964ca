//! The tags of a repository, page by page, within bounds on pages, number and size.

use std::collections::HashSet;

use serde::Deserialize;

use super::{RegistryProblem, Repository, Resource, not_json};
use crate::http::Failure;
use crate::http::Request;
use crate::icr::leads::{is_tag, next_page};
use crate::icr::quote::repeats;

/// Most bytes of one page; some registries send all tags in one.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most pages that are asked for.
const MOST_PAGES: usize = 100;
/// Most tags that are kept.
const MOST: usize = 50_000;

/// Tags, in the order of the registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::icr) struct Tags {
    /// Each once.
    pub(in crate::icr) all: Vec<String>,
    /// Whether there are more than were asked for.
    pub(in crate::icr) is_cut: bool,
}

/// One page of tags.
#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Repository<'_> {
    /// The tags, asked for once.
    pub(in crate::icr) async fn tags(&self) -> Result<&Tags, RegistryProblem> {
        self.shared.tags.get_or_try_init(|| self.list_tags()).await
    }

    async fn list_tags(&self) -> Result<Tags, RegistryProblem> {
        let mut path = format!("/v2/{}/tags/list?n=1000", self.path);
        let (mut tags, mut seen) = (Tags::default(), HashSet::new());
        for page in 1..=MOST_PAGES {
            let answer =
                self.get(&path, Resource::Tags, |url| Request::get(url, MOST_BYTES)).await?;
            let Page { tags: found } =
                serde_json::from_slice(&answer.body).map_err(|_| RegistryProblem::Failed {
                    host: self.host.clone(),
                    failure: Failure::Nonsense(not_json(
                        &answer,
                        "a list of tags",
                        self.caller.key(),
                    )),
                })?;
            let before = tags.all.len();
            let found = found.unwrap_or_default().into_iter().filter(|tag| is_tag(tag));
            for tag in found.take(MOST.saturating_sub(before)) {
                if seen.insert(tag.clone()) {
                    tags.all.push(tag);
                }
            }
            let link = answer.header("link").filter(|link| !repeats(link, self.caller.key()));
            let Some(next) = link.and_then(|link| next_page(link, &self.host, &self.path)) else {
                break;
            };
            // A page that brings nothing new leads round in a circle.
            if tags.all.len() == before {
                tags.is_cut = true;
                break;
            }
            tags.is_cut = page == MOST_PAGES || tags.all.len() >= MOST;
            if tags.is_cut {
                break;
            }
            path = next;
        }
        if repeats(&tags.all.join(" "), self.caller.key()) {
            tags.all.retain(|tag| !repeats(tag, self.caller.key()));
        }
        Ok(tags)
    }
}
