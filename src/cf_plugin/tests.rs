use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Command, Metadata, introduce};
use crate::error::Error;

/// What a server of Go answers where it takes a plugin, and where it does not (Go 1.19).
const TAKEN: &str = "3aff8b03010108526573706f6e736501ff8c000103010d536572766963654d6574686f64010c00010353657101060001054572726f72010c00000020ff8c011b436c69527063436d642e536574506c7567696e4d657461646174610003020001";
const REFUSED: &str = "3aff8b03010108526573706f6e736501ff8c000103010d536572766963654d6574686f64010c00010353657101060001054572726f72010c00000029ff8c011b436c69527063436d642e536574506c7567696e4d65746164617461020752454655534544000aff8d030102ff8e00000003ff8e00";

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A server for one plugin.
fn served(with: impl FnOnce(TcpStream) + Send + 'static) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, std::thread::spawn(move || with(listener.accept().unwrap().0)))
}

fn told(with: impl FnOnce(TcpStream) + Send + 'static, limit: Duration) -> Result<(), Error> {
    let (port, server) = served(with);
    let command =
        Command { name: "icr-push".into(), about: "Push".into(), usage: "x".repeat(20_000) };
    let metadata = Metadata { name: "icr-cf", version: [1, 2, 3], commands: vec![command] };
    let done = introduce(&metadata, port, limit);
    server.join().unwrap();
    done
}

/// Reads the beginning of what is asked, then answers.
fn answering(answer: &str) -> impl FnOnce(TcpStream) + Send + use<> {
    let answer = bytes(answer);
    move |mut stream| {
        stream.read_exact(&mut [0; 100]).unwrap();
        // Piece by piece, as a network may bring it.
        for piece in answer.chunks(7) {
            stream.write_all(piece).unwrap();
        }
        // Open until the other side has heard enough.
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[test]
fn the_answers_of_go_are_understood() {
    let long = Duration::from_secs(20);
    assert_eq!(told(answering(TAKEN), long), Ok(()));
    let refused = told(answering(REFUSED), long).unwrap_err();
    assert_eq!(refused.to_string(), "cf does not take the plugin\n  REFUSED");
}

#[test]
fn silence_has_a_bound() {
    let start = Instant::now();
    let limit = Duration::from_millis(200);
    let silent = |mut stream: TcpStream| drop(stream.read_to_end(&mut Vec::new()));
    let error = told(silent, limit).unwrap_err();
    assert!(error.to_string().ends_with("within 200ms"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
    // Nor does it help to say a little now and then.
    let slow = |mut stream: TcpStream| {
        while stream.write_all(b"\x3a").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let error = told(slow, limit).unwrap_err().to_string();
    assert!(error.contains("within 200ms") || error.contains("as cf does"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}
