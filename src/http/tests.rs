//! The bounds of a request, on a clock that stands still; when and after what it is sent again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use tokio::net::TcpListener;

use super::{
    Answer, Client, MOST_RETRIES, Request, bounded, jittered, may_pass, retry_after, secret_header,
};
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
    let failure = client.send(&Request::get(url, 1024)).await.err().unwrap();
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

/// A server that gives each request the same answer, and what it was asked, headers and content. Ends
/// with the test.
fn server(answer: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v2/", listener.local_addr().unwrap());
    let (tell, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") && reader.read_line(&mut request).unwrap() > 0 {}
            let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut content = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            reader.read_exact(&mut content).unwrap();
            request.push_str(&String::from_utf8(content).unwrap());
            // Told before it is answered: who has the answer may count at once.
            let _ = tell.send(request);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

/// What is asked, made anew for each server.
type Asks<'a> = &'a dyn Fn(reqwest::Url) -> Request;

const AT_ONCE: &str = "Retry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn what_does_more_twice_is_sent_again_only_where_nothing_was_done() {
    let text = || "{}".to_owned().into();
    let document = |method: Method| move |url| Request::document(method.clone(), url, text(), 1024);
    let (post, patch) = (document(Method::POST), document(Method::PATCH));
    let form = |url| Request::form(url, text(), 1024);
    let yaml = |url| Request::yaml(url, text(), 1024);
    let asks: [(&str, Asks<'_>, usize); 4] =
        [("post", &post, 1), ("patch", &patch, 4), ("form", &form, 4), ("yaml", &yaml, 4)];
    assert_eq!(MOST_RETRIES, 3);
    for (what, ask, times) in asks {
        let answers = [("502 Bad Gateway", times), ("429 Too Many Requests", 4)];
        for (status, expected) in answers {
            let (url, asked) = server(format!("HTTP/1.1 {status}\r\n{AT_ONCE}").leak());
            let client = client(AN_HOUR);
            let _ = client.send(&ask(url.parse().unwrap())).await;
            assert_eq!(client.requests(), expected, "{what} {status}");
            assert_eq!(asked.try_iter().count(), expected, "{what} {status}");
        }
        // Who breaks off may have done it.
        let (url, _asked) = server("");
        let client = client(AN_HOUR);
        assert!(client.send(&ask(url.parse().unwrap())).await.is_err());
        assert_eq!(client.requests(), times, "{what} broken off");
    }
}

#[tokio::test]
async fn nobody_waits_for_another_try_of_what_is_given_up_and_what_is_on_its_way_is_waited_for() {
    let late = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n";
    for (answer, failure) in [
        (late, Some(Failure::RateLimited(None))),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", Some(Failure::ServerError(502))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", None),
    ] {
        let (url, _asked) = server(answer);
        let client = client(AN_HOUR);
        let ask = Request::get(url.parse().unwrap(), 1024);
        let ask = ask.until(Arc::new(|| Box::pin(std::future::ready(()))));
        let begun = Instant::now();
        let failed = client.send(&ask).await.err().map(|failed| match failed {
            Failure::RateLimited(_) => Failure::RateLimited(None),
            other => other,
        });
        assert_eq!(failed, failure);
        assert_eq!(client.requests(), 1);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn a_request_says_who_asks_what_it_has_and_what_it_takes() {
    let (url, asked) = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let send = async |ask: Request| {
        client(AN_HOUR).send(&ask).await.unwrap();
        asked.recv().unwrap()
    };
    let url = || url.parse().unwrap();
    let plain = send(Request::get(url(), 1024)).await;
    let agent = format!("user-agent: icr-cf/{}", env!("CARGO_PKG_VERSION"));
    assert!(plain.lines().any(|line| line == agent), "{plain}");
    assert!(plain.lines().any(|line| line == "accept: application/json"), "{plain}");
    assert!(!plain.contains("content-type") && !plain.contains("referer"), "{plain}");
    let form = send(Request::form(url(), "a=b".to_owned().into(), 1024).accept("*/*")).await;
    assert!(form.lines().any(|line| line == "accept: */*"), "{form}");
    let media_type = "content-type: application/x-www-form-urlencoded";
    assert!(form.lines().any(|line| line == media_type), "{form}");
    assert!(form.ends_with("\r\n\r\na=b"), "{form}");
}
