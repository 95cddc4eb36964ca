//! The secret type, and what masks it in texts of others. What the type lacks matters most: no
//! `Debug`, `Display`, `Serialize`, `Clone` or `Deref`, so that a key cannot slip into a message, a document or a copy that stays behind.

use std::sync::OnceLock;

use secrecy::{ExposeSecret, SecretBox};

mod mask;

use mask::Forms;
pub(crate) use mask::Masker;

/// An API key, or the token that stands in its place; wiped from memory when dropped. Shared as
/// `Arc<ApiKey>`.
pub(crate) struct ApiKey {
    text: SecretBox<str>,
    /// What it looks like in texts, as a whole; made for the first text that may have it.
    whole: OnceLock<Forms>,
    /// The same, and each of its lines.
    with_lines: OnceLock<Forms>,
}

impl ApiKey {
    /// Copies the text into an allocation of exactly its size, so that nothing is left behind by
    /// growing or shrinking one; the caller wipes its own.
    pub(crate) fn new(text: &str) -> Self {
        let text = SecretBox::new(Box::from(text));
        Self { text, whole: OnceLock::new(), with_lines: OnceLock::new() }
    }

    /// Opens the secret, for what sends it: a request, the closure that sets the child's variable, the
    /// pipe that a child reads it from. This module's own filter opens it too, to know what to mask.
    pub(crate) fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Whether it is in a text, as a whole and in any form that programs print it in.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.whole.get_or_init(|| Forms::of_whole(self)).are_in(text)
    }

    /// A text without it and without its lines. The pair of user and key is found by the key in
    /// it, whoever the user is.
    pub(crate) fn masked(&self, text: &str) -> String {
        let masked = self.with_lines.get_or_init(|| Forms::new(self, "")).masked(text);
        String::from_utf8_lossy(&masked).into_owned()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::ApiKey;

    /// Does not compile where the type has the trait: then two `Ambiguous` apply.
    macro_rules! lacks {
        ($type:ty: $($trait:path),+ $(,)?) => {$(
            const _: fn() = || {
                trait Ambiguous<A> {
                    fn item() {}
                }
                impl<T: ?Sized> Ambiguous<()> for T {}
                struct HasIt;
                impl<T: ?Sized + $trait> Ambiguous<HasIt> for T {}
                let _ = <$type as Ambiguous<_>>::item;
            };
        )+};
    }
    pub(crate) use lacks;

    lacks!(ApiKey: std::fmt::Debug, std::fmt::Display, std::fmt::LowerHex, Clone, Copy,
        std::ops::Deref, serde::Serialize, AsRef<str>, AsRef<[u8]>, Into<String>, PartialEq);
    lacks!(crate::secret::Masker: std::fmt::Debug, std::fmt::Display, serde::Serialize);
    lacks!(crate::secret::Forms: std::fmt::Debug, std::fmt::Display, serde::Serialize);

    #[test]
    fn a_key_is_what_it_was_made_of() {
        assert_eq!(ApiKey::new("abc").expose(), "abc");
    }
}
