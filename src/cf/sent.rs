//! The manifest of an app as cf sends it to the platform: what the user wrote, with variables filled
//! in, and what flags say in its place. Has no password: cf sends that with the package alone.
//!
//! Source: cf CLI 8, `actor/v7pushaction/handle_*_override.go`.

use serde_json::{Map, Value, json};

use crate::cf_flags::size_in_bytes;
use crate::request::{App, ManifestChoice, PushRequest};

/// A manifest of one app.
pub(crate) struct Sent {
    /// Its keys and values.
    pub(crate) attributes: Map<String, Value>,
    /// The memory that its web process is to have, in mebibytes, where the app itself says it.
    pub(crate) memory_in_mb: Option<u64>,
    /// The same of its disk.
    pub(crate) disk_in_mb: Option<u64>,
}

/// Flags that say what a manifest can say as well, and what that is called there.
const KEYS: [(&str, &str); 8] = [
    ("app-start-timeout", "timeout"),
    ("disk", "disk_quota"),
    ("endpoint", "health-check-http-endpoint"),
    ("health-check-type", "health-check-type"),
    ("instances", "instances"),
    ("log-rate-limit", "log-rate-limit-per-second"),
    ("memory", "memory"),
    ("start-command", "command"),
];

/// Flags whose value is a number.
const NUMBERS: [&str; 2] = ["app-start-timeout", "instances"];

/// Makes the manifest of an app, for this image.
///
/// # Errors
/// Why it is not known what cf will send.
pub(crate) fn sent(
    request: &PushRequest,
    app: &App,
    image: Option<&str>,
) -> Result<Sent, &'static str> {
    if !request.passthrough.is_empty() {
        return Err("the words behind `--` may change anything");
    }
    if request.manifest == ManifestChoice::Unread {
        return Err("the manifest is not looked into");
    }
    let entry = app.entry.zip(request.written.as_ref());
    let mut all = match entry {
        Some((at, written)) => {
            written.manifest.document(at).ok_or("its manifest cannot be compared")?
        }
        None => Map::new(),
    };
    let Some(name) = &app.name else { return Err("nobody says its name") };
    all.insert("name".to_owned(), name.as_str().into());
    // A path of this machine says nothing there.
    all.remove("path");
    if let Some(image) = image {
        let user = app.login().map(|(user, _)| user);
        let mut docker = json!({"image": image});
        if let (Some(user), Some(docker)) = (user, docker.as_object_mut()) {
            docker.insert("username".to_owned(), user.into());
        }
        all.insert("docker".to_owned(), docker);
    }
    for given in &request.flags {
        let value = given.value.as_deref().unwrap_or_default();
        match given.flag.long {
            Some("no-route") => {
                all.retain(|key, _| !MAKE_ROUTES.contains(&key.as_str()));
                all.insert("no-route".to_owned(), true.into());
            }
            Some("random-route") => {
                all.insert("random-route".to_owned(), true.into());
            }
            Some(flag) => override_by(&mut all, flag, value),
            None => {}
        }
    }
    let nothing = [Value::Null, false.into()];
    let says = |key: &str| all.get(key).is_some_and(|value| !nothing.contains(value));
    if !["no-route", "random-route", "routes"].into_iter().any(says) {
        all.insert("default-route".to_owned(), true.into());
    }
    let is_own = web_process(&mut all).is_none();
    let size = |keys: &[&str]| {
        let text = keys.iter().find_map(|key| all.get(*key)?.as_str()).filter(|_| is_own)?;
        Some(size_in_bytes(text)? >> 20)
    };
    let (memory_in_mb, disk_in_mb) = (size(&["memory"]), size(&["disk_quota", "disk-quota"]));
    Ok(Sent { memory_in_mb, disk_in_mb, attributes: all })
}

/// What of a manifest makes routes.
const MAKE_ROUTES: [&str; 3] = ["routes", "random-route", "default-route"];

/// Puts the value of a flag where cf puts it: to the web process, where that has an entry.
fn override_by(all: &mut Map<String, Value>, flag: &str, text: &str) {
    let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == flag) else { return };
    let value = match (flag, text) {
        // Both take the command of before away.
        ("start-command", "default" | "null") => Value::Null,
        _ if NUMBERS.contains(&flag) => {
            text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
        }
        _ => text.into(),
    };
    if flag == "disk" {
        all.remove("disk-quota");
    }
    let place = if web_process(all).is_some() { web_process(all) } else { Some(all) };
    if let Some(place) = place {
        place.insert((*key).to_owned(), value);
    }
}

/// The entry of the web process, where there is one.
fn web_process(all: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    let processes = all.get_mut("processes")?.as_array_mut()?;
    let mut entries = processes.iter_mut().filter_map(Value::as_object_mut);
    entries.find(|process| process.get("type").is_some_and(|kind| kind == "web"))
}

#[cfg(test)]
mod tests;
