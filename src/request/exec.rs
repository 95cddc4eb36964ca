//! What `icr-cf exec` was asked for: the program, the variable, the secret that goes into it.
//! Refuses what would only show the secret, and names that would change how programs are loaded.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::key::ShortLived;
use super::{Checks, KeyChoice, Username, registries};
use crate::cli::{ExecArgs, KeyArgs};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::settings::Settings;

/// What the program gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handed {
    /// The key.
    Key,
    /// An access token of IAM in its place.
    Token,
}

/// What becomes of what the program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// It goes where ours goes, untouched.
    Inherited,
    /// It goes through the filter.
    Masked,
}

/// A run of another program, as wanted.
#[derive(Debug)]
pub(crate) struct ExecRequest {
    /// Where the key comes from.
    pub choice: KeyChoice,
    /// Whose it is.
    pub username: Username,
    /// The hosts whose login in docker's configuration may be used, in their order.
    pub hosts: Vec<&'static str>,
    /// The variable that the program gets.
    pub variable: String,
    /// What is in it.
    pub handed: Handed,
    /// What becomes of its output.
    pub printed: Printed,
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// How IAM is asked.
    pub checks: Checks,
}

/// Names that decide which code runs, or that are shown by who has them: those of loaders, shells and
/// languages. None of them is for a key.
const OF_LOADERS: &str = "PATH PATHEXT COMSPEC IFS ENV BASH_ENV SHELLOPTS BASHOPTS CDPATH GLOBIGNORE \
    PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 HOME USERPROFILE SHELL PWD TERM TMPDIR TMP TEMP GCONV_PATH \
    LOCPATH NLSPATH MALLOC_TRACE PYTHONPATH PYTHONHOME PYTHONSTARTUP PERL5LIB PERLLIB PERL5OPT \
    PERL5DB RUBYLIB RUBYOPT NODE_PATH NODE_OPTIONS CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS \
    JDK_JAVA_OPTIONS EDITOR VISUAL PAGER BROWSER SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY \
    ALL_PROXY NO_PROXY LESSOPEN LESSCLOSE RUSTC_WRAPPER MAKEFLAGS ZDOTDIR PHPRC HISTFILE SSLKEYLOGFILE \
    CF_TRACE CF_HOME DOCKER_CONFIG DOCKER_HOST KUBECONFIG XDG_CONFIG_HOME XDG_RUNTIME_DIR CURL_CA_BUNDLE \
    REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS REGISTRY_AUTH_FILE GOPATH TF_LOG_PATH NODE_V8_COVERAGE DOCKER_CERT_PATH \
    CONTAINERS_CONF LOCALAPPDATA APPDATA ICR_CF_CF ICR_CF_CONFIG";
/// What names of places end with: programs make files and folders there, by what is in them.
const ENDS_OF_PLACES: &str = "HOME TRACE DIR DIRS LOG PREFIX";
/// What such names begin with.
const LOADER_PREFIXES: [&str; 5] = ["LD_", "DYLD_", "GIT_", "BASH_FUNC_", "XDG_"];

/// Reads what was asked for.
///
/// # Errors
/// A variable that cannot be, a program that would show the secret, flags that contradict.
pub(crate) fn exec(args: ExecArgs, environment: &Environment) -> Result<ExecRequest, Error> {
    let ExecArgs { variable, token, mask, region, settings, key, network, program } = args;
    check_name(&variable)?;
    let mut words = program.into_iter();
    let program = words.next().unwrap_or_default();
    let arguments: Vec<OsString> = words.collect();
    refuse_empty(&program)?;
    refuse_show(&program, &arguments, &variable)?;
    let handed = if token { Handed::Token } else { Handed::Key };
    let settings = Settings::read(None, settings.profile.as_deref(), environment)?;
    let username = username(&key, handed, &settings)?;
    let choice = KeyChoice::of(&key, &[], &settings, environment)?;
    choice.refuse_empty(environment)?;
    Ok(ExecRequest {
        choice,
        username,
        hosts: registries(region.as_deref(), &settings)?.iter().map(|one| one.host).collect(),
        variable,
        handed,
        printed: if mask { Printed::Masked } else { Printed::Inherited },
        program,
        arguments,
        checks: Checks::new(&network, &settings)?,
    })
}

fn username(key: &KeyArgs, handed: Handed, settings: &Settings<'_>) -> Result<Username, Error> {
    if key.no_key {
        return Err(Error::new(
            ErrorKind::Usage,
            "`--no-key` leaves nothing to give to the program",
        )
        .hint("run the program itself, without `icr-cf exec`"));
    }
    let said = Username::said(key, ShortLived::Allowed, settings)?;
    let username = said.unwrap_or(Username::ApiKey);
    match (&username, handed) {
        (Username::Refresh | Username::TrustedProfile(_), Handed::Token) => {
            let user = username.as_str();
            Err(Error::new(
                ErrorKind::Usage,
                format!("`--token` gives the token of an API key, not of `{user}`"),
            )
            .hint("leave `--docker-username` out"))
        }
        (Username::ApiKey | Username::Bearer, Handed::Token) | (_, Handed::Key) => Ok(username),
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    if !is_name {
        let message = format!("`{}` (`--as`) cannot be the name of a variable", printable(name));
        return Err(Error::new(ErrorKind::Usage, message)
            .seen("a name has letters, digits and `_`, and no digit in front")
            .hint("leave `--as` out, and the variable is `CF_DOCKER_PASSWORD`"));
    }
    let upper = name.to_ascii_uppercase();
    let is_of_loader = OF_LOADERS.split_whitespace().any(|known| known == upper)
        || LOADER_PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
        || upper
            .rsplit_once('_')
            .is_some_and(|(_, end)| ENDS_OF_PLACES.split_whitespace().any(|known| known == end));
    if is_of_loader {
        let message = format!("`{name}` (`--as`) means something else to programs");
        return Err(Error::new(ErrorKind::Usage, message)
            .seen("it says what is loaded, run, shown or asked; the key is none of that")
            .hint("name the variable that the program reads the key from: `--as IC_API_KEY`"));
    }
    Ok(())
}

fn refuse_empty(program: &OsStr) -> Result<(), Error> {
    if program.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the name of the program is empty")
            .hint("check the variable that was to fill it"));
    }
    Ok(())
}

/// Refuses a program that does nothing but print the variable, or what the shell made of it.
fn refuse_show(program: &OsStr, arguments: &[OsString], variable: &str) -> Result<(), Error> {
    let name = Path::new(program).file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let shows = match name {
        "printenv" => "prints the variable, and does nothing else",
        "env" if runs_nothing(arguments) => "prints every variable, and does nothing else",
        "echo" => {
            "prints what your shell made of its words, which it did before the variable was there"
        }
        _ => return Ok(()),
    };
    let reader = format!("icr-cf exec --as {variable} -- ./deploy.sh");
    Err(Error::new(ErrorKind::Usage, format!("`{name}` {shows}"))
        .hint(format!("name the program that reads the key: `{reader}`"))
        .hint("to see where the key comes from: `icr-cf doctor`"))
}

/// Whether `env` with these words starts no program: options and `NAME=VALUE` alone.
fn runs_nothing(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        match word.as_ref() {
            // Their value is the next word.
            "-u" | "--unset" | "-C" | "--chdir" => drop(words.next()),
            // A program with its arguments in one word.
            "-S" | "--split-string" => return false,
            word if word.starts_with("-S") || word.starts_with("--split-string=") => return false,
            word if word.starts_with('-') || word.contains('=') => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{check_name, refuse_show};

    #[test]
    fn what_only_shows_the_variable_is_refused_and_what_runs_something_is_not() {
        let refused = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            refuse_show(&words[0], &words[1..], "KEY").is_err()
        };
        for words in [
            &["env"][..],
            &["/usr/bin/env"],
            &["env", "-i"],
            &["env", "-u", "HOME"],
            &["env", "A=1", "-0"],
            &["printenv"],
            &["printenv", "KEY"],
            &["echo", "hi"],
        ] {
            assert!(refused(words), "{words:?}");
        }
        for words in [
            &["env", "sh"][..],
            &["env", "A=1", "cf", "push"],
            &["env", "-u", "HOME", "sh"],
            &["env", "-S", "sh -c x"],
            &["envsubst"],
            &["cf", "env", "web"],
        ] {
            assert!(!refused(words), "{words:?}");
        }
    }

    #[test]
    fn a_variable_has_a_name_of_its_own() {
        for name in ["", "1A", "A-B", "A=B", "A B", "É", "PATH", "Path", "LD_PRELOAD", "PS1"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["IBMCLOUD_TRACE", "cf_plugin_home", "XDG_CACHE_HOME", "TF_DATA_DIR", "GOPATH"]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["CF_DOCKER_PASSWORD", "IC_API_KEY", "_x1", "TF_VAR_key", "BASE_PATH"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
