//! Private copies of the user's files, where cf cannot be told by its flags or cannot read them: a
//! manifest is the user's text with nothing replaced but images, users and the folders that paths
//! start from.

use std::path::{Path, PathBuf};

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::manifest::{Edit, Value};
use crate::plan::{Copied, Plan};
use crate::request::{Pin, Way, Written};
use crate::temporary::{self, TempFile};

impl Session<'_> {
    /// Finds out whether the copies can be made, before anything is asked or run.
    pub(super) fn try_copies(&self, plans: &[Plan]) -> Result<(), Error> {
        let plans: Vec<Plan> = plans.iter().cloned().map(as_if_pinned).collect();
        let folder = self.request.written.as_ref().map(|written| &written.folder);
        if self.copied_manifest(&plans)?.is_some()
            && folder.is_some_and(|folder| folder.to_str().is_none())
        {
            let message = "the folder of the manifest has a name that is not UTF-8";
            return Err(Error::new(ErrorKind::Setup, message)
                .hint("the paths in the private copy of the manifest have to name it: rename it"));
        }
        Ok(())
    }

    /// The text of the manifest that cf gets, where it gets a copy.
    fn copied_manifest(&self, plans: &[Plan]) -> Result<Option<String>, Error> {
        let Some(written) = &self.request.written else { return Ok(None) };
        if plans.iter().all(|plan| !plan.copies(&Copied::Manifest)) {
            return Ok(None);
        }
        written.manifest.with(&edits(plans, written)).map(Some)
    }

    /// Puts the copies in place that the plans need; they are there until dropped.
    pub(super) fn copies(&self, plans: &mut [Plan]) -> Result<Vec<TempFile>, Error> {
        let mut made: Vec<(Copied, TempFile)> = Vec::new();
        if let Some(text) = self.copied_manifest(plans)? {
            made.push((Copied::Manifest, self.copy("manifest.yml", &text)?));
        }
        for source in self.request.written.iter().flat_map(|written| &written.piped) {
            let what = Copied::Variables(source.name.clone());
            if !made.iter().any(|(known, _)| *known == what) {
                made.push((what, self.copy("variables.yml", &source.text)?));
            }
        }
        let path = |what: &Copied| {
            let found = made.iter().find(|(known, _)| known == what);
            found.map(|(_, file)| file.path().to_string_lossy().into_owned())
        };
        for plan in plans {
            *plan = plan.clone().with_copies(path);
        }
        Ok(made.into_iter().map(|(_, file)| file).collect())
    }

    fn copy(&self, name: &str, text: &str) -> Result<TempFile, Error> {
        temporary::file(self.environment, name, text.as_bytes())
            .map_err(|error| temporary::no_copy(&error))
    }
}

/// The plan with some digest, where the checks will give one.
fn as_if_pinned(plan: Plan) -> Plan {
    let is_pinned = plan.checks.as_ref().is_some_and(|checks| checks.pin == Pin::Digest);
    let image = plan.image.as_ref().filter(|_| is_pinned);
    let repository = image
        .map(|image| (image.host.clone().unwrap_or_default(), &image.namespace, &image.repository));
    match repository {
        Some((host, namespace, repository)) => {
            let digest = "0".repeat(64);
            let reference = format!("{host}/{namespace}/{repository}@sha256:{digest}");
            plan.pushing(reference)
        }
        None => plan,
    }
}

/// One edit an app: cf looks at the paths of all of them, also of those that are not pushed.
fn edits(plans: &[Plan], written: &Written) -> Vec<Edit> {
    let apps = written.manifest.apps.iter().enumerate();
    apps.filter_map(|(at, app)| {
        let plan = plans.iter().find(|plan| plan.entry == Some(at) && plan.way == Way::Copy);
        // An image of another registry stays as it stands.
        let docker = app.docker.as_ref();
        let stands =
            |there: Option<&Value>, text: &String| there.is_some_and(|one| one.text == *text);
        let image = plan.and_then(|plan| plan.image.as_ref().map(|image| image.pushed.clone()));
        let image =
            image.filter(|text| !stands(docker.and_then(|docker| docker.image.as_ref()), text));
        let username =
            plan.filter(|plan| plan.image.is_some()).and_then(|plan| plan.username.clone());
        let username = username
            .filter(|text| !stands(docker.and_then(|docker| docker.username.as_ref()), text));
        let path = app.path.as_ref().filter(|path| !Path::new(&path.text).is_absolute());
        let path = path.map(|path| {
            // Without `.` in between.
            let whole: PathBuf = written.folder.join(&path.text).components().collect();
            whole.to_string_lossy().into_owned()
        });
        let edit = Edit { app: at, image, username, path };
        (edit.image.is_some() || edit.username.is_some() || edit.path.is_some()).then_some(edit)
    })
    .collect()
}
