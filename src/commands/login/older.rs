//! Logins that were there before our entries: what is said of each, and the line that takes it out.

use crate::environment::Environment;
use crate::error::{printable, printable_in_full, shell_line};
use crate::login_files::{self, Client, HELPER, HostEntry, LoginFile};
use crate::report::{self, ClientLogins};

/// Where no line does.
const BY_HAND: &str = "take that member out by hand";

/// Says which there are.
pub(super) fn warn(files: &[ClientLogins], environment: &Environment) {
    for one in files {
        for entry in one.entries.iter().filter(|entry| entry.is_ours()) {
            for name in &entry.logins {
                of_entry(one, entry, name, environment);
            }
        }
    }
    of_podman(files, environment);
}

fn takes_out(line: &str) -> String {
    format!("`{line}` takes it out")
}

/// Whether podman can be told to log out of what is called so: a host, perhaps with a path, and no address.
fn podman_knows(name: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    !name.starts_with('-') && name.bytes().all(is_part)
}

/// Says of one that is beside an entry of ours.
fn of_entry(one: &ClientLogins, entry: &HostEntry, name: &str, environment: &Environment) {
    let (client, path) = (one.file.client.name(), one.file.path.to_string_lossy());
    let shown = printable(name);
    // Clients take out what they write themselves: docker hosts, podman paths as well.
    let is_of_podman = one.file.client == Client::Podman && podman_knows(name);
    let logout = shell_line([client, "logout", name]);
    let store = one.file.helper_of_all().filter(|helper| helper != HELPER);
    let mends = if let (Some(store), true) = (&store, name == entry.host) {
        // For this host docker asks us by now, who keep nothing.
        let erase = shell_line([&format!("docker-credential-{store}"), "erase"]);
        takes_out(&format!("printf %s {name} | {erase} && {logout}"))
    } else if name == entry.host || is_of_podman {
        takes_out(&logout)
    } else {
        BY_HAND.to_owned()
    };
    let text = format!(
        "an older login for `{}` is still in `{path}`, as `{shown}` in `auths`, perhaps with the key in it; {mends}",
        entry.host
    );
    report::show_note(&text, environment);
}

/// Says where podman has an older login in a file of its own, which it takes before docker's.
fn of_podman(files: &[ClientLogins], environment: &Environment) {
    let ours = |client: Client| {
        let of_client = files.iter().filter(move |one| one.file.client == client);
        let entries = of_client.flat_map(|one| &one.entries).filter(|entry| entry.is_ours());
        entries.map(|entry| entry.host).collect::<Vec<&'static str>>()
    };
    let (mut hosts, of_podman) = (ours(Client::Docker), ours(Client::Podman));
    hosts.retain(|host| !of_podman.contains(host));
    let usual = Client::Podman.place(environment);
    let of_docker = Client::Docker.place(environment);
    let places = login_files::looked_in(environment).into_iter();
    let places = places.map(|path| environment.absolute(path));
    for path in places.filter(|path| Some(path) != of_docker.as_ref()) {
        // What cannot be read is no reason to say anything: it was not asked for.
        let Ok(own) = LoginFile::at(Client::Podman, path, environment) else { continue };
        let path = own.path.to_string_lossy();
        for entry in own.entries(&hosts).unwrap_or_default() {
            for name in entry.logins.iter().filter(|_| entry.helper.is_none()) {
                let mut logout = vec!["podman", "logout"];
                if usual.as_ref() != Some(&own.path) {
                    logout.extend(["--authfile", &path]);
                }
                logout.push(name);
                let mends = if podman_knows(name) {
                    takes_out(&shell_line(logout))
                } else {
                    BY_HAND.to_owned()
                };
                let text = format!(
                    "podman has an older login for `{}` in `{}`, as `{}`, and takes that first; {mends}",
                    entry.host,
                    printable_in_full(&path),
                    printable(name)
                );
                report::show_note(&text, environment);
            }
        }
    }
}
