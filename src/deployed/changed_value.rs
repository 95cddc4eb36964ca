//! One thing that a push would change.

use serde::Serialize;

/// One thing that a push would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ChangedValue {
    /// As a manifest calls it, such as `memory` or `env.NAME`; for what stands in none, `image`, `user`
    /// and the like.
    pub(crate) what: String,
    /// What is there; `null` for nothing.
    pub(crate) was: Option<String>,
    pub(crate) now: Option<String>,
    /// Whether the two are not shown: values of `env` may be secrets of the app.
    pub(crate) hidden: bool,
}

impl ChangedValue {
    pub(super) fn new(what: impl Into<String>, was: Option<String>, now: Option<String>) -> Self {
        Self { what: what.into(), was, now, hidden: false }
    }

    pub(super) fn texts(&mut self) -> [Option<&mut String>; 3] {
        let Self { what, was, now, .. } = self;
        [Some(what), was.as_mut(), now.as_mut()]
    }

    /// Takes its values away, where they are some of `env`.
    pub(super) fn without_env(&mut self) {
        if self.what.starts_with("env.") {
            (self.was, self.now, self.hidden) = (None, None, true);
        }
    }
}
