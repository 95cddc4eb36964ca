//! What a rollout asks the platform, within its bounds. A question is dropped where they end: it changes
//! nothing. A change that is on its way is waited for, but not for another try.

use reqwest::Method;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::bounds::Bounds;
use crate::capi::resources::Included;
use crate::capi::{CloudController, Listing, Problem};

/// The platform, asked within bounds.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) controller: &'a CloudController,
    pub(super) bounds: &'a Bounds,
}

impl Asker<'_> {
    /// Asks for one thing.
    pub(super) async fn one<T: DeserializeOwned>(
        self,
        what: &'static str,
        path: &str,
    ) -> Result<T, Problem> {
        tokio::select! {
            biased;
            answer = self.controller.one(what, path) => answer,
            () = self.bounds.ended() => Err(self.controller.out_of_time(what)),
        }
    }

    /// Asks for a list, page by page.
    pub(super) async fn list<T: DeserializeOwned>(
        self,
        what: &'static str,
        path: &str,
        filter: &[(&str, &str)],
    ) -> Listing<T> {
        tokio::select! {
            biased;
            listing = self.controller.list(what, path, filter) => listing,
            () = self.bounds.ended() => Listing {
                all: Vec::new(),
                included: Included::default(),
                cut: Some(self.controller.out_of_time(what)),
            },
        }
    }

    /// Changes something by a document, which may hold a secret.
    pub(super) async fn change<T: DeserializeOwned>(
        self,
        what: &'static str,
        place: (Method, &str),
        body: Zeroizing<String>,
    ) -> Result<T, Problem> {
        self.controller.change(what, place, body, Some(self.bounds.given_up())).await
    }
}
