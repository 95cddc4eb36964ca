//! What stands beside a push on this machine: the logins of docker and podman, completions of the shell.
//! No push fails by any of it.

use std::path::PathBuf;

use crate::commands::login::HelperProgram;
use crate::environment::Environment;
use crate::error::{Error, printable_in_full};
use crate::login_files::{Client, HostEntry, LoginFile};
use crate::process::Signals;
use crate::region::REGISTRIES;
use crate::report::{Health, Part};

/// A line for each client that is there or has a file, and one for the shell.
///
/// # Errors
/// A signal asked us to end.
pub(super) async fn parts(
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Vec<Part>, Error> {
    let program = HelperProgram::find(environment, signals).await?;
    let mut parts = Vec::new();
    let mut looked_at: Vec<PathBuf> = Vec::new();
    for client in [Client::Docker, Client::Podman] {
        let file = LoginFile::read(client, environment);
        // Where `DOCKER_CONFIG` is set, podman reads docker's.
        if file.as_ref().is_ok_and(|file| looked_at.contains(&file.path)) {
            continue;
        }
        looked_at.extend(file.as_ref().ok().map(|file| file.path.clone()));
        let is_used = file.as_ref().is_ok_and(LoginFile::is_there);
        if is_used || environment.find_program(client.name()).is_some() {
            parts.push(logins(client, file, &program, environment));
        }
    }
    parts.extend(completions(environment));
    Ok(parts)
}

/// Whether a client asks icr-cf for its logins at ICR, and can.
fn logins(
    client: Client,
    file: Result<LoginFile, Error>,
    program: &HelperProgram,
    environment: &Environment,
) -> Part {
    let name = client.name();
    let hosts: Vec<&'static str> = REGISTRIES.iter().map(|registry| registry.host).collect();
    let entries = match file.and_then(|file| file.entries(&hosts)) {
        Ok(entries) => entries,
        // A push is none the worse for it.
        Err(error) => return Part { health: Health::Doubtful, ..Part::of_error(name, &error) },
    };
    let ours = entries.iter().filter(|entry| entry.is_ours()).count();
    if ours == 0 {
        let has_login = |entry: &HostEntry| !entry.logins.is_empty() || entry.helper.is_some();
        let others = entries.iter().filter(|entry| has_login(entry)).count();
        let has = match others {
            0 => "has no login at ICR".to_owned(),
            1 => "has a login of its own at one registry of ICR".to_owned(),
            _ => format!("has logins of its own at {others} registries of ICR"),
        };
        let words = format!("{has}; `icr-cf login --{name}` has it ask icr-cf");
        return Part::new(name, Health::Fine, words);
    }
    let words = format!("asks icr-cf for {ours} of {} registries", hosts.len());
    let Some((trouble, line)) = program.trouble(environment) else {
        return Part::new(name, Health::Fine, words);
    };
    let part = Part::new(name, Health::Doubtful, format!("{words}, and {trouble}"));
    match line {
        Some(line) => part.hint(format!("`{line}`")),
        None => part,
    }
}

/// Whether the shell of the user completes our words. A shell may look in places of its own, so that
/// nothing is wrong where they are not seen.
fn completions(environment: &Environment) -> Option<Part> {
    let shell = environment.raw("SHELL")?;
    let shell = PathBuf::from(shell).file_name()?.to_str()?.to_owned();
    let home = environment.home()?;
    let under = |variable, usual: &str| {
        let said = environment.raw(variable).filter(|raw| !raw.is_empty()).map(PathBuf::from);
        said.unwrap_or_else(|| home.join(usual))
    };
    let (own, of_system): (PathBuf, &[&str]) = match shell.as_str() {
        "bash" => (
            under("XDG_DATA_HOME", ".local/share").join("bash-completion/completions/icr-cf"),
            &["bash-completion/completions/icr-cf"],
        ),
        "zsh" => (
            home.join(".zfunc/_icr-cf"),
            &["zsh/vendor-completions/_icr-cf", "zsh/site-functions/_icr-cf"],
        ),
        "fish" => (
            under("XDG_CONFIG_HOME", ".config").join("fish/completions/icr-cf.fish"),
            &["fish/vendor_completions.d/icr-cf.fish"],
        ),
        _ => return None,
    };
    let folders = ["/usr/share", "/usr/local/share", "/opt/homebrew/share"];
    let others = folders
        .iter()
        .flat_map(|share| of_system.iter().map(move |path| PathBuf::from(share).join(path)));
    let all = std::iter::once(own).chain(others);
    let is_there = |path: &PathBuf| environment.is_plain_file(&path.to_string_lossy());
    let words = match all.into_iter().find(is_there) {
        Some(path) => format!("of {shell}: `{}`", printable_in_full(&path.to_string_lossy())),
        None => format!("none seen for {shell}; `icr-cf completions {shell}` prints them"),
    };
    Some(Part::new("completions", Health::Fine, words))
}
