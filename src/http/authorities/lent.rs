//! `SSL_CERT_FILE` where it is a pipe (`<(cat ca.pem)`, a FIFO): read once, for us and for every
//! child of ours, each of which gets a copy that can be read again.

use std::time::Duration;

use super::{FILE, MOST, why};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::process::{Signals, Stopped};
use crate::reading::{self, Unread};
use crate::temporary::{self, TempFile};

/// The outside as children are to see it; the copy is there until this is dropped.
pub(crate) struct Lent {
    /// What to go by from now on.
    pub(crate) environment: Environment,
    _copy: TempFile,
}

/// Copies what is in the pipe, if it is one. The copy has an address and no secret in it.
///
/// # Errors
/// It does not end, is too big or cannot be read, so that cf would not get along with it either; no
/// copy can be made; a signal.
pub(crate) async fn lend(
    limit: Duration,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Option<Lent>, Error> {
    let Some(value) = environment.raw(FILE).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let path = environment.absolute(value);
    // What is not there is no pipe; a folder is none either. Both are for whoever reads it.
    let is_pipe = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    if !is_pipe {
        return Ok(None);
    }
    let name = printable(&value.to_string_lossy());
    let read = reading::in_thread(limit, signals, move || reading::file(&path, MOST)).await;
    let bytes = match read {
        Ok((bytes, _)) => bytes,
        Err(Unread::Stopped(Stopped::By(signal))) => {
            let kind = ErrorKind::Interrupted(signal.code());
            return Err(Error::new(kind, format!("interrupted while `{FILE}={name}` was read")));
        }
        Err(unread) => {
            let why = why(&unread, limit);
            return Err(Error::new(
                ErrorKind::Setup,
                format!("`{FILE}={name}` cannot be read: {why}"),
            )
            .seen("it is no plain file, and cf would wait for it as well")
            .hint(format!("name a file: `{FILE}=/path/to/ca.pem`, or unset it: `unset {FILE}`")));
        }
    };
    let copy = temporary::file(environment, "certificates.pem", &bytes)
        .map_err(|error| temporary::no_copy(&error))?;
    let environment = environment.lending(FILE, copy.path());
    Ok(Some(Lent { environment, _copy: copy }))
}
