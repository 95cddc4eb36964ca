//! The private copy of a manifest, where cf cannot be told by its flags: the user's text with
//! nothing replaced but images, users and the folders that paths start from.

use std::path::{Path, PathBuf};

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::execution::{self, TempFile};
use crate::manifest::Edit;
use crate::plan::Plan;
use crate::request::{Way, Written};

impl Session<'_> {
    /// Puts the copies in place that the plans need; they are there until dropped.
    pub(super) fn copies(&self, plans: &mut [Plan]) -> Result<Option<TempFile>, Error> {
        let Some(written) = &self.request.written else { return Ok(None) };
        if plans.iter().all(|plan| plan.way == Way::Flags) {
            return Ok(None);
        }
        let text = written.manifest.with(&edits(plans, written))?;
        let file = execution::temporary_file(self.environment, "manifest.yml", &text).map_err(
            |error| {
                let message = format!("the private copy of the manifest cannot be made: {error}");
                Error::new(ErrorKind::Setup, message)
                    .hint("`TMPDIR` names the folder for temporary files")
            },
        )?;
        let path = file.path().to_string_lossy().into_owned();
        for plan in plans.iter_mut().filter(|plan| plan.way == Way::Copy) {
            *plan = plan.clone().with_manifest(path.clone());
        }
        Ok(Some(file))
    }
}

/// One edit an app: cf looks at the paths of all of them, also of those that are not pushed.
fn edits(plans: &[Plan], written: &Written) -> Vec<Edit> {
    let apps = written.manifest.apps.iter().enumerate();
    apps.filter_map(|(at, app)| {
        let plan = plans.iter().find(|plan| plan.entry == Some(at) && plan.way == Way::Copy);
        let image = plan.and_then(|plan| plan.image.as_ref().map(|image| image.pushed.clone()));
        let username = plan.filter(|_| image.is_some()).and_then(|plan| plan.username.clone());
        let path = app.path.as_ref().filter(|path| !Path::new(&path.text).is_absolute());
        let path = path.map(|path| {
            // Without `.` in between.
            let whole: PathBuf = written.folder.join(&path.text).components().collect();
            whole.to_string_lossy().into_owned()
        });
        let edit = Edit { app: at, image, username, path };
        (edit.image.is_some() || edit.path.is_some()).then_some(edit)
    })
    .collect()
}
