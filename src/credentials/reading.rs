//! Reading what may never end: in a thread of its own, within a bound on time and on bytes.

use std::io::{self, Read};
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::process::{Signals, Stopped, within_stops};

/// Why something could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// A signal or the bound on time.
    Stopped(Stopped),
    /// More bytes than this.
    TooBig(usize),
    /// It is a folder.
    Folder,
    /// What the system says.
    Io(io::Error),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::IsADirectory { Self::Folder } else { Self::Io(error) }
    }
}

/// Does blocking work in a thread that is left behind if it does not end in time; what it then
/// still brings is dropped, and wiped where it is a secret.
pub(super) async fn in_thread<T: Send + 'static>(
    limit: Duration,
    signals: &mut Signals,
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
) -> Result<T, Unread> {
    in_thread_with_stops(limit, signals, work, || {}).await
}

/// The same; `resumed` is called when we were stopped and go on.
pub(super) async fn in_thread_with_stops<T: Send + 'static>(
    limit: Duration,
    signals: &mut Signals,
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
    resumed: impl FnMut(),
) -> Result<T, Unread> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("key".into()).spawn(move || {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(work());
    })?;
    match within_stops(limit, signals, told, resumed).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Unread::Io(io::Error::other("the reading thread ended early"))),
        Err(stopped) => Err(Unread::Stopped(stopped)),
    }
}

/// Reads to the end, into one allocation that is wiped when dropped.
pub(super) fn bounded(source: impl Read, most: usize) -> Result<Zeroizing<Vec<u8>>, Unread> {
    // Room beyond what can come: a full buffer would be moved, and its old place not wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most.saturating_add(64)));
    let end = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    source.take(end).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(Unread::TooBig(most));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Unread, bounded};

    #[test]
    fn as_many_bytes_as_are_allowed_are_read_and_not_one_more() {
        assert_eq!(bounded(&[7_u8; 10][..], 10).unwrap()[..], [7; 10]);
        assert!(matches!(bounded(&[7_u8; 11][..], 10), Err(Unread::TooBig(10))));
        assert!(matches!(bounded(std::io::repeat(7), 10), Err(Unread::TooBig(10))));
    }
}
