//! The pages of `docs/`, word for word, for `icr-cf help TOPIC`. A new page is a line here.

/// A page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Topic {
    /// What it is asked for by: the name of its file, without `.md`.
    pub(crate) name: &'static str,
    /// Markdown.
    pub(crate) text: &'static str,
}

macro_rules! topics {
    ($($name:literal,)*) => {
        [$(Topic { name: $name, text: include_str!(concat!("../../docs/", $name, ".md")) },)*]
    };
}

/// The pages, by their names.
const TOPICS: &[Topic] = &topics![
    "checks",
    "ci",
    "configuration",
    "day-two",
    "docker",
    "exit-codes",
    "install",
    "json",
    "keys",
    "manifests",
    "pipelines",
    "plugin",
    "variables",
];

/// All pages, by their names.
pub(crate) const fn all() -> &'static [Topic] {
    TOPICS
}

/// The page of that name.
pub(crate) fn named(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

impl Topic {
    /// Its heading.
    pub(crate) fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches('#').trim()
    }
}
