//! The program as a plugin of cf: the stand-in, or a real cf where there is one, installs it and runs
//! its commands. The modules below have the installing, what is different on the way through cf,
//! signals, and the entry for the index of plugins.

use crate::support::Invocation;

mod index;
mod installing;
mod port;
mod running;
mod signals;

/// Has cf install the program, then run a line of it. Standard output is that of the line.
const INSTALLED: &str = r#"program=$1; shift; cf=${ICR_CF_CF:-cf}
"$cf" install-plugin "$program" -f > install.log 2>&1 || { cat install.log; exit 99; }
exec "$cf" "$@""#;

/// `cf` with these words, once it has the plugin.
pub(crate) fn through_cf<'a>(words: impl IntoIterator<Item = &'a str>) -> Invocation {
    Invocation::new(words).behind_shell(INSTALLED).with_tested_cf()
}

/// `cf icr-push web --image us.icr.io/acme/web:1 --no-checks` with a script for the cf that pushes.
pub(crate) fn pushing_without_key(script: &str) -> Invocation {
    through_cf(["icr-push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"]).script(script)
}

/// The same with this key.
fn pushing(key: &str, script: &str) -> Invocation {
    pushing_without_key(script).variable("ICR_CF_API_KEY", key)
}

/// Lines of the plugin that stand between backticks.
fn lines_of(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|line| line.starts_with("cf icr-")).collect()
}
