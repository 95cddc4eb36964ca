//! Staging: a package with the image and the key, and its build. Nothing that runs is changed by it.

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Done, Ended, Rollout, Stage};
use crate::capi::Problem;
use crate::capi::resources::{Build, Guid};
use crate::verdict::{Name, Verdict};

impl Stage<'_> {
    /// Makes a package with the image and the key. A lost answer leaves one behind that nobody uses.
    pub(super) async fn package(&self) -> Result<Guid, Problem> {
        let body = package_document(self.rollout);
        self.ask().change("a package with the key", (Method::POST, "/v3/packages"), body).await
    }

    /// Begins a build; where the answer is lost, looks whether it has begun.
    pub(super) async fn build(&self, package: &str) -> Result<Build, Problem> {
        let body = Zeroizing::new(json!({"package": {"guid": package}}).to_string());
        let asked = self.ask().change("a build", (Method::POST, "/v3/builds"), body.clone()).await;
        let lost = match asked {
            Err(problem) if problem.may_pass() => problem,
            other => return other,
        };
        let filter = [("package_guids", package)];
        let begun = self.ask().list::<Build>("the builds", "/v3/builds", &filter).await;
        let is_of = |one: &Build| one.package.as_ref().is_some_and(|one| one.guid == package);
        match begun.all.into_iter().find(is_of) {
            Some(build) => Ok(build),
            // It did not get there; the next try is the last.
            None if begun.cut.is_none() && self.bounds.over().is_none() => {
                self.ask().change("a build", (Method::POST, "/v3/builds"), body).await
            }
            None => Err(lost),
        }
    }

    /// Waits for a build.
    pub(super) async fn staged(&mut self, mut build: Build) -> Result<String, Done> {
        let path = format!("/v3/builds/{}", build.guid);
        self.bounds.begin(self.pace.staging.first());
        loop {
            match (build.state.as_str(), &build.droplet) {
                ("STAGED", Some(droplet)) => {
                    self.bounds.came(&self.pace.staging);
                    return Ok(droplet.guid.clone());
                }
                ("FAILED", _) => {
                    let why = build.error.as_deref().unwrap_or("it does not say why");
                    return Err(self.staging_failed(&self.shown(why)));
                }
                _ => {}
            }
            if let Err(over) = self.bounds.pause().await {
                return Err(self.ended_as(over, "as before; the build goes on and has no effect"));
            }
            match self.ask().one("a build", &path).await {
                Ok(next) => {
                    self.bounds.heard();
                    build = next;
                }
                Err(problem) if problem.may_pass() => self.bounds.heed(problem),
                Err(problem) => return Err(self.unchanged(&problem)),
            }
        }
    }

    pub(super) fn staging_failed(&self, why: &str) -> Done {
        let verdict = Verdict::new(
            Name::CfRefused,
            format!("the platform cannot stage `{}`", self.rollout.name),
        )
        .seen(format!("it says: {why}"))
        .seen(format!("image {}", self.rollout.image))
        .hint(format!(
            "see that the platform may pull it with this key: `icr-cf check {}`",
            self.rollout.image
        ));
        Done::failed(Ended::Failed, verdict.to_error(), "as before")
    }
}

/// The document of a package; the one place where a key leaves for the platform's API.
fn package_document(rollout: &Rollout) -> Zeroizing<String> {
    #[derive(serde::Serialize)]
    struct Data<'a> {
        image: &'a str,
        username: &'a str,
        password: &'a str,
    }
    #[derive(serde::Serialize)]
    struct Package<'a> {
        r#type: &'static str,
        relationships: Value,
        data: Data<'a>,
        metadata: Value,
    }
    let note: Value = serde_json::from_str(&rollout.note.document()).unwrap_or_default();
    let package = Package {
        r#type: "docker",
        relationships: json!({"app": {"data": {"guid": rollout.guid}}}),
        data: Data {
            image: &rollout.image,
            username: &rollout.user,
            password: rollout.key.expose(),
        },
        metadata: note.get("metadata").cloned().unwrap_or_else(|| json!({})),
    };
    // Room from the start, so that growing leaves no copies behind.
    let room = 4096 + 6 * rollout.key.expose().len() + rollout.image.len();
    let mut out = Vec::with_capacity(room);
    // Writing to memory cannot fail, and JSON is text.
    let _ = serde_json::to_writer(&mut out, &package);
    Zeroizing::new(String::from_utf8(out).unwrap_or_default())
}
