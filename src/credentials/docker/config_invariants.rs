//! What must hold for any configuration of docker or podman: no word of it gets out. No part of
//! the product.

use base64::Engine as _;

use super::{BASE64, DockerEntry, other_user, parse};
use crate::credentials::helper;
use crate::request::Username;

/// Looks like no secret, so that nothing hides it for its looks.
const MARKER: &str = "quagga7marker";
/// What to look for: a message may have a part of it, or of the marker in base64.
const PARTS: [&str; 2] = ["quagga", "F1YWdnYT"];

/// A configuration, as it is and with a marker in it.
///
/// # Panics
/// A message repeats the marker, or a program is named by more than a plain name.
#[must_use]
pub fn docker_config(data: &[u8]) -> Option<()> {
    let pair = |user: &str| BASE64.encode(format!("{user}:{MARKER}"));
    let (middle, user) = (place(data), String::from_utf8_lossy(data));
    let with = |text: &str| {
        let (head, tail) = data.split_at_checked(middle).unwrap_or((data, &[]));
        [head, text.as_bytes(), tail].concat()
    };
    let as_entry = |field: &str, text: &str| {
        let entry = serde_json::json!({ field: text, "password": MARKER });
        serde_json::json!({ "auths": { "us.icr.io": entry } }).to_string().into_bytes()
    };
    let broken = format!("{user}{MARKER}");
    let _ = look(&with(MARKER));
    // One a run: a fuzzer that is quick finds more than one that is thorough.
    let _ = look(&match middle % 6 {
        0 => with(&pair("iamapikey")),
        1 => with(&format!("\"{MARKER}\"")),
        2 => as_entry("auth", &broken),
        3 => as_entry("auth", &BASE64.encode(&broken)),
        4 => as_entry("auth", &pair(&user)),
        _ => as_entry("username", &broken),
    });
    look(data)
}

/// A place in the data, another one for nearly every data.
fn place(data: &[u8]) -> usize {
    let mix = |sum: usize, byte: &u8| sum.wrapping_mul(31).wrapping_add(usize::from(*byte));
    data.iter().fold(0, mix) % (data.len() + 1)
}

fn look(bytes: &[u8]) -> Option<()> {
    let mut taken = None;
    for host in ["us.icr.io", "registry.ng.bluemix.net"] {
        match parse(bytes, host, "config.json") {
            Ok(DockerEntry::Login(login)) => {
                taken = Some(());
                for user in [Username::ApiKey, Username::Bearer] {
                    silent(&other_user(&login, &user).unwrap_or_default());
                }
            }
            Ok(DockerEntry::Helper(program) | DockerEntry::Store(program)) => {
                taken = Some(());
                let name = program.strip_prefix("docker-credential-");
                assert!(name.is_some_and(helper::is_name), "{program:?}");
                assert!(!program.contains(['/', '\\', '\0', ' ']), "{program:?}");
            }
            Ok(DockerEntry::IdentityToken) => taken = Some(()),
            Ok(DockerEntry::Nothing) => {}
            Err(problem) => {
                silent(&problem.to_string());
                silent(&format!("{problem:?}"));
                let error = problem.into_error();
                silent(&error.to_string());
                silent(&format!("{error:?}"));
            }
        }
    }
    taken
}

fn silent(text: &str) {
    assert!(!PARTS.iter().any(|part| text.contains(part)), "{text}");
}
