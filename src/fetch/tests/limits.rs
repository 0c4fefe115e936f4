//! Each limit by itself, small enough for a test to hit it in milliseconds.

use super::*;
use crate::fetch::{Limit, Limits};

const SHORT: Duration = Duration::from_millis(40);

async fn get_within(server: &Server, change: impl FnOnce(&mut Limits)) -> Result<Answer, FetchError> {
    let mut settings = settings();
    change(&mut settings.limits);
    Client::new(&settings, room()).unwrap().fetch(plain(&server.url("/"))).await
}

#[track_caller]
fn check_limit(answer: Result<Answer, FetchError>, expected: Limit) {
    match answer {
        Ok(answer) => panic!("{answer:?}"),
        Err(error) => assert_eq!(error.limit_hit(), Some(expected), "{error:?}"),
    }
}

#[tokio::test]
async fn time() {
    let silent = Server::holding(Vec::new()).await;
    let hurry = |limits: &mut Limits| (limits.connect, limits.first_byte) = (SHORT, SHORT);
    check_limit(get_within(&silent, hurry).await, Limit::FirstByte);
    check_limit(get_within(&silent, |limits| limits.total = SHORT).await, Limit::Total);
    let slow_headers = Server::holding(b"HTTP/1.1 200 OK\r\nX: ".to_vec()).await;
    check_limit(get_within(&slow_headers, hurry).await, Limit::FirstByte);
    let stalled = Server::holding(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()).await;
    check_limit(get_within(&stalled, |limits| limits.idle = SHORT).await, Limit::Idle);
    check_limit(get_within(&stalled, |limits| limits.total = SHORT).await, Limit::Total);
}

#[tokio::test]
async fn a_connection_that_is_never_made() {
    // A TLS greeting that is never answered: name, connection and TLS share one limit.
    let silent = Server::holding(Vec::new()).await;
    let url = silent.url("/").as_str().replace("http:", "https:").parse().unwrap();
    let mut settings = settings();
    settings.limits.connect = SHORT;
    check_limit(Client::new(&settings, room()).unwrap().fetch(plain(&url)).await, Limit::Connect);
}

#[tokio::test]
async fn bytes_on_the_wire() {
    let declared = Server::holding(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".to_vec()).await;
    check_limit(get_within(&declared, |limits| limits.wire_bytes = 1000).await, Limit::WireBytes);
    let long = [b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), &[b'x'; 1001]].concat();
    let undeclared = Server::always(long).await;
    check_limit(get_within(&undeclared, |limits| limits.wire_bytes = 1000).await, Limit::WireBytes);
    let exact = Server::always(answer("200 OK", &[], &[b'x'; 1000])).await;
    assert_eq!(body(get_within(&exact, |limits| limits.wire_bytes = 1000).await).len(), 1000);
}

#[tokio::test]
async fn bytes_decoded_and_bombs() {
    let plain = Server::always(answer("200 OK", &[], &[b'x'; 1001])).await;
    check_limit(get_within(&plain, |limits| limits.body_bytes = 1000).await, Limit::BodyBytes);
    let zeros = vec![0; 8 << 20];
    for (kind, name) in ENCODINGS {
        let packed = compress(kind, &zeros).await;
        let bomb = Server::always(answer("200 OK", &[("Content-Encoding", name.as_bytes())], &packed)).await;
        check_limit(get_within(&bomb, |_| {}).await, Limit::Ratio);
        check_limit(get_within(&bomb, |limits| limits.body_bytes = 1 << 20).await, Limit::BodyBytes);
        let patient = get_within(&bomb, |limits| limits.ratio = u64::MAX).await;
        assert_eq!(body(patient).len(), zeros.len(), "{kind}");
    }
    let small = compress("gzip", &zeros[..1 << 20]).await;
    let harmless = Server::always(answer("200 OK", &[("Content-Encoding", b"gzip")], &small)).await;
    assert_eq!(body(get_within(&harmless, |_| {}).await).len(), 1 << 20);
}

#[tokio::test]
async fn headers() {
    let long = vec![b'x'; 70_000];
    let server = Server::always(answer("200 OK", &[("X", &long)], b"x")).await;
    check_limit(get_within(&server, |_| {}).await, Limit::Headers);
    let many = vec![("X", b"y".as_slice()); 201];
    let server = Server::always(answer("200 OK", &many, b"x")).await;
    check_failure(get_within(&server, |_| {}).await, FailureReason::Protocol);
}
