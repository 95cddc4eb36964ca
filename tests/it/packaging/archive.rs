//! An archive that is being tried (`.ci/try-archive`): what is in it, and that its program is of this version.

use std::path::Path;

use super::VERSION;
use crate::support::Invocation;

#[test]
fn an_archive_has_the_program_of_this_version_and_what_to_read() {
    let run = Invocation::new(["--version"]).run();
    assert_eq!(run.out().trim_end(), format!("icr-cf {VERSION}"), "{run}");
    let Some(folder) = std::env::var_os("ICR_CF_TEST_ARCHIVE") else {
        eprintln!("skipped: there is no archive; ICR_CF_TEST_ARCHIVE is not set");
        return;
    };
    let folder = Path::new(&folder);
    for name in ["LICENSE", "README.md", "CHANGELOG.md", "man/icr-cf.1", "man/icr-cf-push.1"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = folder.join(format!("completions/icr-cf.{shell}"));
        assert!(std::fs::read_to_string(script).unwrap().contains("icr-cf"), "{shell}");
    }
}
