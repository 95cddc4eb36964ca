//! What the stand-in wrote down about how it was called and what happened to it.

use std::fs;
use std::path::Path;

use icr_cf_sandbox::sha256_hex;
use serde_json::Value;

/// One event, as the stand-in wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Event(pub(crate) Value);

impl Event {
    /// `start`, `signal`, `grandchild` or `exit`.
    pub(crate) fn kind(&self) -> &str {
        self.text("event")
    }

    /// A field that is a text; empty where there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// A field that is a number.
    #[cfg(unix)]
    pub(crate) fn number(&self, field: &str) -> i32 {
        self.0[field].as_i64().and_then(|number| i32::try_from(number).ok()).unwrap()
    }

    /// The arguments of a start, without the program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let words = self.0["argv"].as_array().unwrap().iter().skip(1);
        words.map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    /// The names of the variables of a start.
    pub(crate) fn variables(&self) -> Vec<&str> {
        self.0["env"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    /// The names of the variables of a start that hold exactly this value.
    pub(crate) fn variables_holding(&self, value: &str) -> Vec<&str> {
        let hash = sha256_hex(value.as_bytes());
        let all = self.0["env"].as_object().unwrap().iter();
        all.filter(|(_, held)| held.as_str() == Some(&hash))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// All events so far, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// The events.
    pub(crate) events: Vec<Event>,
}

impl Record {
    pub(super) fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        // A line without its end is still being written.
        let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        Self { events: lines.map(|line| Event(serde_json::from_str(line).unwrap())).collect() }
    }

    /// Events of one kind.
    pub(crate) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Event> + 'a {
        self.events.iter().filter(move |event| event.kind() == kind)
    }

    /// The starts of `cf push`.
    pub(crate) fn pushes(&self) -> Vec<&Event> {
        let is_push = |event: &&Event| event.arguments().iter().take(2).any(|word| word == "push");
        self.of_kind("start").filter(is_push).collect()
    }

    /// The one `cf push`.
    pub(crate) fn push(&self) -> &Event {
        let pushes = self.pushes();
        assert_eq!(pushes.len(), 1, "one push was to be: {self:?}");
        pushes[0]
    }

    /// The signals received, in order.
    pub(crate) fn signals(&self) -> Vec<&str> {
        self.of_kind("signal").map(|event| event.text("name")).collect()
    }

    /// The processes that cf left behind.
    #[cfg(unix)]
    pub(crate) fn grandchildren(&self) -> Vec<i32> {
        self.of_kind("grandchild").map(|event| event.number("pid")).collect()
    }
}
