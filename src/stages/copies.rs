//! Private copies of the user's files, where cf cannot be told by its flags or cannot read them: a
//! manifest is the user's text with nothing replaced but images, users and the folders that paths
//! start from.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Stages;
use crate::app::AppRun;
use crate::cf::plan::{self, Copied, Copies};
use crate::error::{Error, ErrorKind};
use crate::manifest::{Edit, Value};
use crate::request::{Pin, Way, Written};
use crate::temporary::{self, TempFile};

impl Stages<'_> {
    /// Finds out whether the copies can be made, before anything is asked or run.
    pub(super) fn try_copies(&self, apps: &[AppRun]) -> Result<(), Error> {
        let folder = self.request.written.as_ref().map(|written| &written.folder);
        if self.copied_manifest(apps, foreseen)?.is_some()
            && folder.is_some_and(|folder| folder.to_str().is_none())
        {
            let message = "the folder of the manifest has a name that is not UTF-8";
            return Err(Error::new(ErrorKind::Setup, message)
                .hint("the paths in the private copy of the manifest have to name it: rename it"));
        }
        Ok(())
    }

    /// The text of the manifest that cf gets, where it gets a copy.
    fn copied_manifest(
        &self,
        apps: &[AppRun],
        image: impl Fn(&AppRun) -> Option<String>,
    ) -> Result<Option<String>, Error> {
        let Some(written) = &self.request.written else { return Ok(None) };
        if apps.iter().all(|run| !plan::copies_manifest(self.request, &run.app)) {
            return Ok(None);
        }
        let (edits, unread) = edits(apps, written, image);
        written.manifest.with(&edits, &unread).map(Some)
    }

    /// Makes the copies that the plans need; they are there until dropped.
    pub(super) fn copies(&self, apps: &[AppRun]) -> Result<(Copies, Vec<TempFile>), Error> {
        let mut made: Vec<(Copied, TempFile)> = Vec::new();
        if let Some(text) = self.copied_manifest(apps, AppRun::pushed)? {
            made.push((Copied::Manifest, self.copy("manifest.yml", &text)?));
        }
        for source in self.request.written.iter().flat_map(|written| &written.piped) {
            let what = Copied::Variables(source.name.clone());
            if !made.iter().any(|(known, _)| *known == what) {
                made.push((what, self.copy("variables.yml", &source.text)?));
            }
        }
        let path = |file: &TempFile| file.path().to_string_lossy().into_owned();
        let copies = made.iter().map(|(what, file)| (what.clone(), path(file))).collect();
        Ok((Copies(copies), made.into_iter().map(|(_, file)| file).collect()))
    }

    fn copy(&self, name: &str, text: &str) -> Result<TempFile, Error> {
        temporary::file(self.environment, name, text.as_bytes())
            .map_err(|error| temporary::no_copy(&error))
    }
}

/// The image of an app as the checks may pin it: a text of that form, which no manifest has.
fn foreseen(run: &AppRun) -> Option<String> {
    let is_pinned = run.app.checks.as_ref().is_some_and(|checks| checks.pin == Pin::Digest);
    let reference = run.app.icr()?.target.candidates().first().filter(|_| is_pinned);
    let name = reference.map(|image| format!("{}/{}", image.host(), image.path()));
    name.map(|name| format!("{name}@sha256:DIGEST")).or_else(|| run.pushed())
}

/// One edit an app: cf looks at the paths of all of them, also of those that are not pushed. And the
/// apps whose `docker` block no cf goes by: what they share with others may change with those.
fn edits(
    runs: &[AppRun],
    written: &Written,
    image: impl Fn(&AppRun) -> Option<String>,
) -> (Vec<Edit>, HashSet<usize>) {
    let runs: HashMap<usize, &AppRun> =
        runs.iter().filter_map(|run| Some((run.app.entry?, run))).collect();
    let is_unread = |at: &usize| {
        // One with a user gets image and user by flags.
        runs.get(at).is_none_or(|run| run.app.way == Way::Flags && run.app.login().is_some())
    };
    let unread = (0..written.manifest.apps.len()).filter(is_unread).collect();
    let apps = written.manifest.apps.iter().enumerate();
    let edits = apps.filter_map(|(at, app)| {
        let run = runs.get(&at).copied().filter(|run| run.app.way == Way::Copy);
        let run = run.filter(|run| run.app.icr().is_some());
        // An image of another registry stays as it stands.
        let docker = app.docker.as_ref();
        let stands =
            |there: Option<&Value>, text: &String| there.is_some_and(|one| one.text == *text);
        let image = run
            .and_then(&image)
            .filter(|text| !stands(docker.and_then(|docker| docker.image.as_ref()), text));
        let username = run.and_then(|run| run.app.login()).map(|(user, _)| user.to_owned());
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
    });
    (edits.collect(), unread)
}
