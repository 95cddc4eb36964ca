//! The bounds of a request, on a clock that stands still; when and after what it is sent again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::net::TcpListener;

use super::{Answer, Client, Request, bounded, jittered, may_pass, retry_after, secret_header};
use crate::http::Failure;

/// A client as it is, but for the proxy that this machine may have.
fn client(deadline: Duration) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let inner = bounded().no_proxy().build().map_err(|error| error.to_string());
    Client::by(inner, Instant::now() + deadline)
}

/// How a request to this address fails, and after how long.
async fn fails(client: &Client, address: SocketAddr) -> (Failure, Duration) {
    let start = tokio::time::Instant::now();
    let url = format!("http://{address}/v2/").parse().unwrap();
    let failure = client.send(Request::get(url, 1024)).await.err().unwrap();
    // Timers go by the millisecond, and end behind it.
    (failure, Duration::from_secs(start.elapsed().as_secs()))
}

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_as_long_as_the_documents_say() {
    // Who connects is let in, and hears nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (failure, time) = fails(&client(AN_HOUR), silent.local_addr().unwrap()).await;
    let limit = Duration::from_secs(15);
    assert_eq!((failure, time), (Failure::TimedOut(limit), limit));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_no_longer_than_all_checks_may_take() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(Duration::from_millis(9_500));
    let (failure, time) = fails(&client, silent.local_addr().unwrap()).await;
    assert_eq!((failure, time), (Failure::OutOfTime, Duration::from_secs(9)));
}

#[tokio::test(start_paused = true)]
#[cfg(target_os = "linux")]
async fn a_connection_is_waited_for_as_long_as_the_documents_say() {
    // Whose queue is full answers nobody else.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let _in_the_queue = std::net::TcpStream::connect(address).unwrap();
    let (failure, time) = fails(&client(AN_HOUR), address).await;
    assert_eq!((failure, time), (Failure::ConnectTimedOut, Duration::from_secs(5)));
}

fn waiting(text: &str) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
    let status = StatusCode::TOO_MANY_REQUESTS;
    retry_after(&Answer { status, headers, body: Vec::new().into() })
}

#[test]
fn a_wait_is_said_in_seconds_or_as_a_date() {
    assert_eq!(waiting("7"), Some(Duration::from_secs(7)));
    assert_eq!(waiting("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
    assert!(waiting("Mon, 21 Oct 2199 07:28:00 GMT").unwrap() > Duration::from_secs(1 << 30));
    assert_eq!(waiting("soon"), None);
    assert_eq!(waiting("-1"), None);
}

#[test]
fn only_what_may_pass_is_tried_again() {
    let passes = |code| may_pass(StatusCode::from_u16(code).unwrap());
    assert!([429, 500, 502, 503, 504].into_iter().all(passes));
    assert!(![200, 307, 400, 401, 403, 404, 408, 501].into_iter().any(passes));
}

#[test]
fn pauses_differ_within_their_bounds() {
    let pause = Duration::from_millis(200);
    let all: Vec<_> = (0..50).map(|_| jittered(pause)).collect();
    assert!(all.iter().all(|one| *one >= pause / 2 && *one < pause));
    assert!(all.iter().any(|one| *one != all[0]));
}

#[test]
fn a_secret_header_is_not_shown() {
    let value = secret_header("Basic abc").unwrap();
    assert!(!format!("{value:?}").contains("abc"));
    assert!(secret_header("a\nb").is_none());
}
