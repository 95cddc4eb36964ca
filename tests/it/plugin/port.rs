//! The port in front of the words: what is nobody's, what is not cf's, and what is no port at all.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use crate::support::{Invocation, KEY, Run};

fn introduced(port: u16) -> Run {
    let run = Invocation::new([&port.to_string(), "SendMetadata"]).variable("ICR_CF_API_KEY", KEY);
    let run = run.run();
    assert_eq!(run.out(), "", "{run}");
    run.shows_nothing_of(KEY, &[]);
    run
}

/// A run against somebody else; gives what it sent as well.
fn before(stranger: impl FnOnce(TcpStream) -> Vec<u8> + Send + 'static) -> (Run, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || stranger(listener.accept().unwrap().0));
    let run = introduced(port);
    (run, thread.join().unwrap())
}

/// All that comes.
fn heard(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Whoever leaves early has said what there is.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn a_port_on_which_nobody_listens_is_said_with_the_line_that_installs() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let run = introduced(port);
    assert_eq!(run.code, Some(78), "{run}");
    assert!(
        run.err().starts_with(&format!("error: there is no cf on port {port} of this machine\n")),
        "{run}"
    );
    let (_, hint) = run.err().split_once("hint: cf does this by itself: `").unwrap();
    let line = format!("{}\ncf icr-regions", hint.split('`').next().unwrap());
    let pasted = Invocation::new([""; 0]).behind_shell(&line).run();
    assert_eq!(pasted.code, Some(0), "{line}: {pasted}");
    assert!(pasted.out().contains("us-south"), "{pasted}");
}

#[test]
fn what_is_not_cf_is_told_by_its_answer() {
    let strange = |stream: &mut TcpStream, answer: &[u8]| {
        let mut asked = vec![0; 64];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(answer).unwrap();
        asked
    };
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nBad Request\n";
    for answer in [&http[..], b"", b"\x03\x02\x00\x01", b"\xf7\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
    {
        let (run, asked) = before(move |mut stream| {
            let asked = strange(&mut stream, answer);
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            heard(stream);
            asked
        });
        assert!(asked.windows(13).any(|part| part == b"ServiceMethod"), "{run}");
        assert_eq!(run.code, Some(78), "{answer:?}: {run}");
        assert!(run.err().contains("does not answer as cf does"), "{answer:?}: {run}");
    }
}

#[test]
fn an_answer_without_an_end_has_a_bound() {
    let (run, _) = before(|mut stream| {
        // The beginning of a message of a gigabyte, and more and more of it.
        if stream.write_all(b"\xfc\x40\x00\x00\x00").is_ok() {
            while stream.write_all(&[1; 4096]).is_ok() {}
        }
        Vec::new()
    });
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("does not answer as cf does"), "{run}");
}

#[test]
fn who_leaves_at_once_is_no_cf() {
    let (run, _) = before(|stream| {
        drop(stream);
        Vec::new()
    });
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().starts_with("error: "), "{run}");
}

#[test]
fn nobody_but_cf_is_taken_for_it() {
    for (words, first) in [
        (&["123"][..], "there is no command `123`"),
        (&["123", "push", "web"], "there is no command `123`"),
        (&["123", "icr-nothing"], "there is no command `123`"),
        (&["123", "icr-completions", "bash"], "there is no command `123`"),
        (&["123", "SendMetadata", "more"], "there is no command `123`"),
        (&["0", "SendMetadata"], "there is no command `0`"),
        (&["65536", "SendMetadata"], "there is no command `65536`"),
        (&["+80", "SendMetadata"], "there is no command `+80`"),
        (&["web", "icr-push"], "there is no command `web`"),
    ] {
        let run = Invocation::new(words).run();
        assert_eq!(run.code, Some(2), "{words:?}: {run}");
        assert!(run.err().starts_with(&format!("error: {first}\n")), "{words:?}: {run}");
    }
}

#[test]
fn before_it_is_removed_there_is_nothing_to_do() {
    let run = Invocation::new(["123", "CLI-MESSAGE-UNINSTALL"]).run();
    run.is(0, "", "");
}
