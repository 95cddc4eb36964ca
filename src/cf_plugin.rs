//! What cf and a plugin say to each other: cf starts it with the port of a server of Go's `net/rpc` on
//! this machine in front of the words, and waits there for the plugin's commands when it installs it.
//! Knows none of our commands; asks cf for nothing else.

use std::io::{self, ErrorKind as Io, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, printable};

mod gob;
#[cfg(unix)]
mod leash;
mod message;
mod reply;

#[cfg(unix)]
pub(crate) use leash::end_with;
use message::request;
pub(crate) use message::{Command, Metadata};
use reply::Reply;

/// How long cf may take, which answers at once.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// Most bytes of an answer, which has some 150.
const MOST: usize = 64 * 1024;

/// Tells cf the commands of a plugin, and waits until it has taken them.
///
/// # Errors
/// Nobody is there, what answers is not cf, or it does not take them.
pub(crate) fn introduce(metadata: &Metadata, port: u16, limit: Duration) -> Result<(), Error> {
    let end = Instant::now() + limit;
    let at = format!("port {port} of this machine");
    let gone = |error: &io::Error| match error.kind() {
        Io::TimedOut | Io::WouldBlock => {
            let took = humantime::format_duration(limit);
            Error::new(ErrorKind::TimedOut, format!("cf did not answer on {at} within {took}"))
        }
        _ => {
            Error::new(ErrorKind::Setup, format!("there is no cf on {at}")).seen(error.to_string())
        }
    };
    match asked(&request(metadata), port, end).map_err(|error| gone(&error))? {
        Reply::Taken => Ok(()),
        Reply::Refused(why) => {
            Err(Error::new(ErrorKind::Setup, "cf does not take the plugin").seen(printable(&why)))
        }
        Reply::Unfinished | Reply::Strange => Err(Error::new(
            ErrorKind::Setup,
            format!("what answers on {at} does not answer as cf does"),
        )),
    }
}

fn connected(port: u16, end: Instant) -> io::Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, left(end)?)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The time that is left; none is an error, since zero would mean for ever.
fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Io::TimedOut.into()) } else { Ok(left) }
}

fn asked(request: &[u8], port: u16, end: Instant) -> io::Result<Reply> {
    let mut stream = connected(port, end)?;
    stream.set_write_timeout(Some(left(end)?))?;
    stream.write_all(request)?;
    let (mut answer, mut chunk) = (Vec::new(), [0; 1024]);
    loop {
        stream.set_read_timeout(Some(left(end)?))?;
        let count = match stream.read(&mut chunk) {
            Err(error) if error.kind() == Io::Interrupted => continue,
            count => count?,
        };
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        match Reply::of(&answer) {
            Reply::Unfinished if count > 0 && answer.len() < MOST => {}
            reply => return Ok(reply),
        }
    }
}

#[cfg(test)]
mod tests;
