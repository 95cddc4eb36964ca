//! Has cf renew its own token before its configuration is copied for several runs, each of which
//! would else renew it for itself, and cf be left with one that is used up.

use std::time::{Duration, SystemTime};

use super::asking;
use crate::capi::config::{self, Config, System};
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::jwt::Expiry;
use crate::process::{self, NoOutput, Signals, Status};

/// A token that ends sooner is renewed.
const MARGIN: Duration = Duration::from_secs(2 * 60);
/// How long that may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The command of cf that renews the token where that is due. It prints it.
const COMMAND: &str = "oauth-token";

/// Has cf renew its token where that is due; gives what is worth a warning.
///
/// # Errors
/// A signal asked us to end.
pub(crate) async fn refresh(
    cf: &CfProgram,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Option<String>, Error> {
    // What cannot be read is for the copy, or for cf, to say.
    let path = config::path(environment, System::HERE);
    let config = config::in_time(&path, signals, config::load).await?;
    if !config.is_ok_and(|config| is_due(&config, SystemTime::now())) {
        return Ok(None);
    }
    let why = renew(cf, environment, signals).await?;
    Ok(why.map(|why| format!("{why}; each app renews it for itself")))
}

/// Has cf renew its token; gives in words why it did not.
///
/// # Errors
/// A signal asked us to end.
pub(crate) async fn renew(
    cf: &CfProgram,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Option<String>, Error> {
    let line = cf.line(&[COMMAND]);
    let why = match printed(cf, environment, signals).await {
        Ok(Status::Code(0)) => return Ok(None),
        Ok(Status::Code(code)) => format!("ended with exit code {code}"),
        Ok(Status::Signal(signal)) => format!("was ended by signal {signal}"),
        Ok(Status::Unkillable) => "could not be ended".to_owned(),
        Err(NoOutput::Io(error)) => format!("could not be run: {error}"),
        Err(NoOutput::TooBig) => "printed more than a token".to_owned(),
        Err(NoOutput::TimedOut) => {
            format!("did not end within {}", humantime::format_duration(LIMIT))
        }
        Err(NoOutput::Interrupted(signal)) => {
            return Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"));
        }
    };
    Ok(Some(format!("`{line}`, which renews cf's token, {why}")))
}

fn is_due(config: &Config, now: SystemTime) -> bool {
    match config.token_expiry() {
        Some(Expiry::At(end)) => end.duration_since(now).unwrap_or_default() < MARGIN,
        Some(Expiry::Unsaid) | None => false,
    }
}

/// Runs the command; what it prints is wiped, and shown to nobody.
async fn printed(
    cf: &CfProgram,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Status, NoOutput> {
    let job = asking(cf, COMMAND, environment);
    Ok(process::quiet_output(job, LIMIT, signals).await?.status)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::is_due;
    use crate::capi::config::{Config, Kubernetes, WipedText};

    fn config(token: &str) -> Config {
        Config { access_token: WipedText(token.to_owned().into()), ..Config::default() }
    }

    fn token(end: u64) -> String {
        let payload = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{end}}}"));
        format!("bearer eyJ9.{payload}.c2ln")
    }

    #[test]
    fn a_token_is_renewed_when_it_has_less_than_two_minutes() {
        let now: SystemTime = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert!(!is_due(&config(&token(1_800_000_121)), now));
        assert!(is_due(&config(&token(1_800_000_119)), now));
        assert!(is_due(&config(&token(1_700_000_000)), now));
        assert!(!is_due(&config(""), now));
        assert!(!is_due(&config("bearer opaque"), now));
        let kubernetes = Kubernetes { enabled: true, ..Kubernetes::default() };
        assert!(!is_due(&Config { kubernetes, ..config(&token(1)) }, now));
    }

    #[cfg(unix)]
    #[test]
    fn cf_renews_the_token_where_it_has_it_and_a_failure_is_told_without_the_token() {
        use std::os::unix::fs::PermissionsExt as _;

        use crate::cf_program::CfProgram;
        use crate::environment::{Environment, Streams};
        use crate::process::{Signals, in_runtime};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cf");
        let cf = CfProgram::new(&["cf"], Some(path.clone()));
        std::fs::create_dir(folder.path().join(".cf")).unwrap();
        let variables = [("HOME".into(), folder.path().into())].into();
        let environment = Environment::new(variables, "/".into(), Streams::default());
        let more_than_a_pipe_holds = format!(
            "i=0; while [ $i -lt 2000 ]; do echo '{}' >&2; i=$((i+1)); done",
            "x".repeat(99)
        );
        let refreshed = |code: u8, end: u64| {
            let script = format!(
                "#!/bin/sh\necho \"$1\" >> {}/ran; echo bearer secret; {more_than_a_pipe_holds}; exit {code}\n",
                folder.path().display()
            );
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            let config = format!("{{\"ConfigVersion\":4,\"AccessToken\":\"{}\"}}", token(end));
            std::fs::write(folder.path().join(".cf/config.json"), config).unwrap();
            in_runtime(async {
                let mut signals = Signals::listen().unwrap();
                super::refresh(&cf, &environment, &mut signals).await.unwrap()
            })
            .unwrap()
        };
        assert_eq!(refreshed(0, 1), None);
        assert_eq!(refreshed(0, 9_000_000_000), None, "it is not due");
        let warning = refreshed(1, 1).unwrap();
        assert!(
            warning
                .starts_with("`cf oauth-token`, which renews cf's token, ended with exit code 1")
        );
        let ran = crate::capi::config::read(&folder.path().join("ran")).unwrap();
        assert_eq!(ran.as_slice(), b"oauth-token\noauth-token\n");
    }
}
