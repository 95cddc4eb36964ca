//! Runs the console blocks of the README: each `$ icr-cf …` line has to print what stands there.

use crate::support::Invocation;

#[cfg(unix)]
mod recipes;

/// A line to type and what it prints.
struct Session {
    command: String,
    output: String,
}

fn sessions(text: &str) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && line.starts_with("$ ") {
            sessions.push(Session { command: line[2..].to_owned(), output: String::new() });
        } else if inside {
            let session = sessions.last_mut().unwrap();
            session.output.push_str(line);
            session.output.push('\n');
        }
    }
    sessions
}

#[test]
fn the_console_blocks_are_true() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let mut ran = 0;
    for session in sessions(&text) {
        let Some(words) = session.command.strip_prefix("icr-cf ") else { continue };
        let run = Invocation::new(shell_words::split(words).unwrap()).run();
        assert_eq!(format!("{}{}", run.out(), run.err()), session.output, "$ {}", session.command);
        assert!(run.record.pushes().is_empty(), "{run}");
        ran += 1;
    }
    assert!(ran >= 5, "the README shows {ran} commands with their output");
}

#[test]
fn the_readme_has_one_command_to_see_it_and_one_to_test_it() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let cargo: Vec<String> = sessions(&text)
        .into_iter()
        .map(|session| session.command)
        .filter(|command| command.starts_with("cargo "))
        .collect();
    assert_eq!(cargo, ["cargo run -p icr-cf-sandbox", "cargo test --workspace --locked"]);
}

#[test]
fn the_readme_names_every_command_kind_and_source() {
    let text = std::fs::read_to_string("README.md").unwrap();
    for word in [
        "resolve",
        "regions",
        "completions",
        "--api-key-stdin",
        "--api-key-file",
        "--api-key-command",
        "ICR_CF_API_KEY",
        "CF_DOCKER_PASSWORD",
        "IBMCLOUD_API_KEY",
        "IBM_CLOUD_API_KEY",
        "IC_API_KEY",
        "BLUEMIX_API_KEY",
        "DOCKER_CONFIG",
        "REGISTRY_AUTH_FILE",
        "ICR_REGION",
        "ICR_NAMESPACE",
        "ICR_CF_CF",
        "--allow-short-lived",
        "--explain-key",
        "--timeout",
        "--show-logs",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn the_readme_has_every_verdict_with_its_exit_code() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let rows: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("| verdict | exit code |"))
        .take_while(|line| line.starts_with('|'))
        .collect();
    for name in icr_cf::verdict::Name::ALL {
        let quoted = format!("`{}`", name.as_str());
        let row = rows.iter().find(|row| row.split('|').nth(1).unwrap().contains(&quoted));
        let row = row.unwrap_or_else(|| panic!("no row for {quoted}"));
        let code = row.split('|').nth(2).unwrap().trim();
        let code = code.split(' ').next().unwrap();
        assert_eq!(code, name.exit_code().code().to_string(), "{row}");
    }
}
