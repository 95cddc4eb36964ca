//! What ends a plugin whose cf has been ended: cf forwards no signal, and nothing tells a process that
//! the one which waits for it is gone. cf's server is: its connections are closed.

use std::io::{ErrorKind as Io, Read as _};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};

/// How long cf may take to be reached.
const LIMIT: Duration = Duration::from_secs(2);
/// How long we may take to end by ourselves: a Ctrl-C is for all in the foreground, us as well as cf.
const GRACE: Duration = Duration::from_secs(2);

/// Has this process get SIGTERM when the cf behind the port has ended. Where that cannot be seen, it
/// runs on without.
pub(crate) fn end_with(port: u16) {
    let Ok(mut stream) = super::connected(port, Instant::now() + LIMIT) else { return };
    let watch = move || {
        // Nothing is ever said there; whatever this ends with, cf has left.
        let mut nothing = [0; 1];
        loop {
            match stream.read(&mut nothing) {
                Ok(1..) => {}
                Err(error) if error.kind() == Io::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        thread::sleep(GRACE);
        // It is this process itself.
        let _ = kill_process(getpid(), Signal::TERM);
    };
    // It lasts as long as the process, and nobody waits for it.
    let _ = thread::Builder::new().name("leash".to_owned()).spawn(watch);
}
