//! Proxies of the protocol SOCKS 5, as cf uses them too: `ssh -D` is one.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use icr_cf_sandbox::World;

use super::proxies::check;
use crate::support::Run;

const USER: &str = "someone";
const PASSWORD: &str = "pRoXy-pass-0815";

/// What a proxy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    LetsThrough,
    WantsLogin,
    /// "Connection not allowed".
    Refuses,
    SpeaksHttp,
}

/// A proxy in front of a world, its address, and whom it was asked for.
fn proxy(world: &World, does: Does) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let behind = world.proxy_url().strip_prefix("http://").unwrap().to_owned();
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (behind, tell) = (behind.clone(), tell.clone());
            // One that ends early is the end of that connection alone.
            std::thread::spawn(move || serve(stream, &behind, does, &tell));
        }
    });
    (address, asked)
}

/// One connection (RFC 1928, RFC 1929).
fn serve(mut stream: TcpStream, behind: &str, does: Does, tell: &Sender<String>) -> io::Result<()> {
    if does == Does::SpeaksHttp {
        stream.read_exact(&mut [0; 3])?;
        return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }
    let methods = exactly::<2>(&mut stream)?[1];
    let mut offered = vec![0; usize::from(methods)];
    stream.read_exact(&mut offered)?;
    let wanted = if does == Does::WantsLogin { 2 } else { offered[0] };
    if !offered.contains(&wanted) {
        return stream.write_all(&[5, 0xff]);
    }
    stream.write_all(&[5, wanted])?;
    if wanted == 2 {
        exactly::<1>(&mut stream)?;
        let login = (text(&mut stream)?, text(&mut stream)?);
        let is_right = login == (USER.to_owned(), PASSWORD.to_owned());
        stream.write_all(&[1, u8::from(!is_right)])?;
        if !is_right {
            return Ok(());
        }
    }
    let host = match exactly::<4>(&mut stream)?[3] {
        1 => std::net::Ipv4Addr::from(exactly::<4>(&mut stream)?).to_string(),
        4 => format!("[{}]", std::net::Ipv6Addr::from(exactly::<16>(&mut stream)?)),
        _ => text(&mut stream)?,
    };
    let target = format!("{host}:{}", u16::from_be_bytes(exactly(&mut stream)?));
    let _ = tell.send(target.clone());
    let status = if does == Does::Refuses { 2 } else { 0 };
    stream.write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0])?;
    if status == 0 { bridge(&stream, behind, &target) } else { Ok(()) }
}

fn exactly<const COUNT: usize>(stream: &mut TcpStream) -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A length, and so many letters.
fn text(stream: &mut TcpStream) -> io::Result<String> {
    let mut bytes = vec![0; usize::from(exactly::<1>(stream)?[0])];
    stream.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Leads to a host of the world, by the world's own proxy.
fn bridge(stream: &TcpStream, behind: &str, target: &str) -> io::Result<()> {
    let mut world = TcpStream::connect(behind)?;
    write!(world, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(exactly::<1>(&mut world)?[0]);
    }
    let (mut from, mut to) = (stream.try_clone()?, world.try_clone()?);
    std::thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut world, &mut &*stream)?;
    stream.shutdown(std::net::Shutdown::Both)
}

#[track_caller]
fn says(run: &Run, reason: &str, hint: &str) {
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains(&format!("us.icr.io: {reason}\n")), "{run}");
    assert!(run.out().contains(&format!("hint: {hint}")), "{run}");
    assert!(!format!("{}{}", run.out(), run.err()).contains(PASSWORD), "{run}");
}

#[test]
fn a_proxy_that_resolves_names_leads_to_the_registry_with_a_login_and_without() {
    let world = World::start().unwrap();
    for (does, login) in
        [(Does::LetsThrough, String::new()), (Does::WantsLogin, format!("{USER}:{PASSWORD}@"))]
    {
        let (address, asked) = proxy(&world, does);
        let run = check(&world, &[("ALL_PROXY", &format!("socks5h://{login}{address}"))]);
        assert_eq!(run.code, Some(0), "{run}");
        assert!(asked.try_iter().any(|target| target == "us.icr.io:443"), "{run}");
        assert!(!format!("{}{}", run.out(), run.err()).contains(PASSWORD), "{run}");
    }
}

#[test]
fn what_a_proxy_does_not_do_is_told_with_what_mends_it() {
    let world = World::start().unwrap();
    let named =
        |address: SocketAddr, what: &str| format!("the proxy {address} of `HTTPS_PROXY`: {what}");
    let run = |address: SocketAddr, login: &str| {
        check(&world, &[("HTTPS_PROXY", &format!("socks5h://{login}{address}"))])
    };
    let (address, _asked) = proxy(&world, Does::WantsLogin);
    let hint = format!("name them: `HTTPS_PROXY=socks5h://USER:PASSWORD@{address}`");
    says(&run(address, ""), &named(address, "it wants a user and a password"), &hint);
    let refused = named(address, "it does not take the user and the password that are there");
    says(&run(address, "me:pRoXy-pass-0815x@"), &refused, "name others: `HTTPS_PROXY=socks5h://");
    let (address, _asked) = proxy(&world, Does::Refuses);
    let refused = named(address, "it did not let it through, or could not get there");
    says(&run(address, ""), &refused, "let `us.icr.io:443` through the proxy of `HTTPS_PROXY`");
    let (address, _asked) = proxy(&world, Does::SpeaksHttp);
    let other = named(address, "it does not speak what its address says");
    let hint = format!("name it by what it speaks: `HTTPS_PROXY=http://{address}`, or go around");
    says(&run(address, ""), &other, &hint);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreached = named(closed, "no connection to it comes about");
    says(&run(closed, ""), &unreached, "name one that is there: `HTTPS_PROXY=");
    assert!(world.connections().is_empty());
}

#[test]
fn a_name_that_is_to_be_resolved_here_and_does_not_is_not_laid_at_the_proxys_door() {
    let world = World::start().unwrap();
    let (address, asked) = proxy(&world, Does::LetsThrough);
    let run = check(&world, &[("HTTPS_PROXY", &format!("socks5://{address}"))]);
    // Where there is a network the real registry is met, to which nothing is sent.
    if asked.try_iter().next().is_none() {
        let reason = format!(
            "the proxy {address} of `HTTPS_PROXY`: DNS: the name that it is to reach does not \
             resolve here"
        );
        says(
            &run,
            &reason,
            &format!("have the proxy resolve it: `HTTPS_PROXY=socks5h://{address}`"),
        );
    }
    assert_ne!(run.code, Some(0), "{run}");
}
