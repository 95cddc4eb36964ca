//! Lines that somebody may paste about an app that is there: they lead cf to its space, and reach
//! the app whatever it is called.

use crate::error::{command_on, flag_with};

use super::Deployed;

/// An app, as lines about it need it.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// What leads cf to its space, in front of a command that goes by cf's target; nothing where it
    /// is there, or where the names are not known.
    lead: String,
    guid: String,
    name: String,
}

impl Lines {
    /// A command of ours about it.
    pub(crate) fn ours(&self, command: &str, flags: &str) -> String {
        format!("{}{}", self.lead, command_on(&format!("icr-cf {command}"), &self.name, flags))
    }

    /// A push of it.
    pub(crate) fn push(&self, image: &str) -> String {
        self.of_cf("icr-cf push", &flag_with("--image", image))
    }

    /// A command of cf about it. cf takes no `--` for the end of its flags (go-flags without
    /// `PassDoubleDash`), so no command of it reaches an app whose name looks like one: that gets
    /// another name first.
    pub(crate) fn of_cf(&self, command: &str, flags: &str) -> String {
        let Self { lead, guid, name } = self;
        let plain = name.trim_start_matches('-');
        if plain.len() == name.len() {
            return format!("{lead}{}", command_on(command, name, flags));
        }
        // With a part of its GUID, so that it is no name of another app.
        let own = guid.get(guid.len().saturating_sub(8)..).unwrap_or(guid);
        let plain = if plain.is_empty() { "app" } else { plain };
        let plain = &format!("{plain}-{own}");
        let named = serde_json::json!({ "name": plain }).to_string();
        let named = crate::error::shell_word(&named).into_owned();
        let line = command_on(command, plain, flags);
        format!("{lead}cf curl /v3/apps/{guid} -X PATCH -d {named} && {line}")
    }
}

impl Deployed {
    /// Lines about it.
    pub(crate) fn lines(&self) -> Lines {
        let is_known = !self.space.is_empty() && !self.org.is_empty();
        let lead = if self.is_away && is_known {
            let (org, space) = (flag_with("-o", &self.org), flag_with("-s", &self.space));
            format!("cf target {org} {space} && ")
        } else {
            String::new()
        };
        Lines { lead, guid: self.guid.clone(), name: self.name.clone() }
    }
}
