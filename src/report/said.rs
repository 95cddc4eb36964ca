//! A document as JSON, with the lines of ours in it as the user has to type them: in the fields that have
//! words of ours alone, since a name or a path is what it is.

use serde::Serialize;
use serde_json::Value;

use crate::environment::Spoken;

/// The fields that have words of ours.
const WORDS: [&str; 11] = [
    "hints",
    "message",
    "not_asked",
    "not_checked",
    "notes",
    "result",
    "seen",
    "text",
    "undecided",
    "warnings",
    "words",
];

/// The document in several lines.
pub(super) fn pretty(document: &impl Serialize, spoken: Spoken) -> String {
    let text = match spoken {
        Spoken::Program => serde_json::to_string_pretty(document),
        Spoken::Plugin(_) => serde_json::to_string_pretty(&said(document, spoken)),
    };
    text.unwrap_or_default()
}

/// The document in one.
pub(super) fn line(document: &impl Serialize, spoken: Spoken) -> String {
    let text = match spoken {
        Spoken::Program => serde_json::to_string(document),
        Spoken::Plugin(_) => serde_json::to_string(&said(document, spoken)),
    };
    text.unwrap_or_default()
}

fn said(document: &impl Serialize, spoken: Spoken) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    say(&mut value, false, spoken);
    value
}

fn say(value: &mut Value, are_words: bool, spoken: Spoken) {
    match value {
        Value::String(text) if are_words => *text = spoken.said(text).into_owned(),
        Value::Array(all) => all.iter_mut().for_each(|one| say(one, are_words, spoken)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                say(field, WORDS.contains(&name.as_str()), spoken);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::environment::{Plugin, Spoken};

    #[test]
    fn what_mends_is_said_as_it_is_typed_and_a_name_stays_a_name() {
        let document = serde_json::json!({
            "app": "icr-cf push",
            "plan": {"command": ["cf", "push", "icr-cf push"]},
            "error": {"message": "no", "hints": ["`icr-cf push web` does"]},
        });
        assert_eq!(line(&document, Spoken::Program), document.to_string());
        let plugin = Spoken::Plugin(Plugin { cf: "cf", has: |name| name == "push" });
        assert_eq!(
            line(&document, plugin),
            document.to_string().replace("`icr-cf push web`", "`cf icr-push web`")
        );
    }
}
