//! Reads what is named by an argument, a variable or a configuration, and may be a pipe that nobody
//! writes into or that never ends: once, in a thread of its own, within a bound on time and on bytes,
//! open to signals where we hear them. The only way to a file that others name.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::process::{Signals, Stopped, within_stops};

/// Room for a file that does not tell its size, such as one of `/proc`.
const USUAL: usize = 64 * 1024;

/// Why something could not be read.
#[derive(Debug)]
pub(crate) enum Unread {
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
pub(crate) async fn in_thread<T: Send + 'static>(
    limit: Duration,
    signals: &mut Signals,
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
) -> Result<T, Unread> {
    in_thread_with_stops(limit, signals, work, || {}).await
}

/// The same; `resumed` is called when we were stopped and go on.
pub(crate) async fn in_thread_with_stops<T: Send + 'static>(
    limit: Duration,
    signals: &mut Signals,
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
    resumed: impl FnMut(),
) -> Result<T, Unread> {
    let (tell, told) = oneshot::channel();
    start(move || {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(work());
    })?;
    match within_stops(limit, signals, told, resumed).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Unread::Io(io::Error::other("the reading thread ended early"))),
        Err(stopped) => Err(Unread::Stopped(stopped)),
    }
}

/// The same before we listen for signals, which end us by themselves then.
pub(crate) fn at_once<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
) -> Result<T, Unread> {
    let (tell, told) = mpsc::channel();
    start(move || {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(work());
    })?;
    told.recv_timeout(limit).map_err(|_| Unread::Stopped(Stopped::TimedOut))?
}

fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name("reading".into()).spawn(work).map(drop)
}

/// Reads a file or a pipe to its end, into one allocation that is wiped when dropped. May wait.
pub(crate) fn file(path: &Path, most: usize) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    #[expect(clippy::disallowed_methods, reason = "the one place that opens what others name")]
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(Unread::Folder);
    }
    let most = if metadata.is_file() {
        // Room for what is there, not for what might be.
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        if size > most {
            return Err(Unread::TooBig(most));
        }
        size.max(USUAL).min(most)
    } else {
        most
    };
    Ok((bounded(file, most)?, metadata))
}

/// Reads a file that programs keep and nobody has named. What is no file there, a pipe say, has
/// nothing in it, and may never end.
pub(crate) fn kept(path: &Path, most: usize) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    let metadata = path.metadata()?;
    if let Some(what) = other_than_file(&metadata).filter(|what| *what != DEVICE) {
        return Err(no_file(what));
    }
    file(path, most)
}

/// Reads a file that is to be replaced, which has to be one.
pub(crate) fn replaceable(
    path: &Path,
    most: usize,
) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    match other_than_file(&path.metadata()?) {
        Some(what) => Err(no_file(what)),
        None => file(path, most),
    }
}

fn no_file(what: &str) -> Unread {
    Unread::Io(io::Error::other(format!("it is a {what}, not a file")))
}

const DEVICE: &str = "device";

#[cfg(unix)]
fn other_than_file(metadata: &Metadata) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => Some("pipe"),
        () if kind.is_socket() => Some("socket"),
        () if kind.is_char_device() || kind.is_block_device() => Some(DEVICE),
        () => None,
    }
}

#[cfg(not(unix))]
fn other_than_file(_metadata: &Metadata) -> Option<&'static str> {
    None
}

/// Reads to the end, into one allocation that is wiped when dropped.
pub(crate) fn bounded(source: impl Read, most: usize) -> Result<Zeroizing<Vec<u8>>, Unread> {
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
    use std::time::Duration;

    use super::{Unread, at_once, bounded, file};
    use crate::process::Stopped;

    #[test]
    fn what_has_no_end_is_cut_by_its_size_and_what_does_not_come_by_time() {
        assert!(matches!(bounded(std::io::repeat(b'a'), 100), Err(Unread::TooBig(100))));
        assert_eq!(bounded(&b"12345"[..], 5).unwrap().as_slice(), b"12345");
        let late = at_once(Duration::from_millis(1), || {
            std::thread::park_timeout(Duration::from_secs(20));
            Ok(())
        });
        assert!(matches!(late, Err(Unread::Stopped(Stopped::TimedOut))));
    }

    #[test]
    fn a_file_is_read_up_to_the_bound_and_a_folder_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'a'; 70_000]).unwrap();
        assert_eq!(file(&path, 70_000).unwrap().0.len(), 70_000);
        assert!(matches!(file(&path, 69_999), Err(Unread::TooBig(69_999))));
        assert!(matches!(file(folder.path(), 10), Err(Unread::Folder)));
        assert!(matches!(file(&folder.path().join("none"), 10), Err(Unread::Io(_))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_tells_no_size_and_a_device_without_an_end_are_within_the_bound() {
        let status = file("/proc/self/status".as_ref(), 1024 * 1024).unwrap().0;
        assert!(status.starts_with(b"Name:"));
        assert!(matches!(file("/dev/zero".as_ref(), 4096), Err(Unread::TooBig(4096))));
    }
}
