//! What comes of what somebody types at the prompt.

use crate::support::{Invocation, KEY, Run, Setup};

/// A push that asks for the key, and what is typed then.
fn typed(keys: &str) -> Run {
    let push = Invocation::push_without_key().script("out pushed").on(Setup::Leader);
    let mut running = push.start();
    running.wait_for("a prompt", |running| {
        String::from_utf8_lossy(&running.stdout()).trim_end().ends_with("(not shown):")
    });
    running.terminal().press(keys.as_bytes());
    running.finish()
}

#[test]
fn a_key_is_used_without_a_word_about_the_line_end() {
    let run = typed(&format!("{KEY}\n"));
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.out().contains("left out of the value"), "{run}");
}

#[test]
fn nothing_typed_is_no_key_whether_the_line_ends_or_the_terminal() {
    for keys in ["\n", "\u{4}"] {
        let run = typed(keys);
        assert_eq!(run.code, Some(77), "{keys:?}: {run}");
        assert!(run.out().contains("error: no key was typed"), "{keys:?}: {run}");
        assert_eq!(run.record.pushes().len(), 0, "{keys:?}: {run}");
    }
}

#[test]
fn what_is_no_key_is_said_to_be_from_the_prompt() {
    let run = typed("$KEY\n");
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.out().contains("error: the value from the prompt is a placeholder"), "{run}");
    assert!(run.out().contains("hint: type or paste the key, then press Enter"), "{run}");
}
