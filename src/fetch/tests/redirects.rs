//! Redirects: how far, where to, and what goes along.

use std::io;

use super::*;
use crate::fetch::Limit;

fn to(status: &str, location: &str) -> Vec<u8> {
    answer(status, &[("Location", location.as_bytes())], b"")
}

fn end() -> Vec<u8> {
    answer("200 OK", &[("ETag", b"\"end\"")], b"x")
}

/// Checks where a chain ends and whether the feed has moved.
async fn check_chain(hops: &[(&str, &str)], expected: &str, moved: Option<&str>) {
    let mut answers: Vec<Vec<u8>> = hops.iter().map(|(status, location)| to(status, location)).collect();
    answers.push(end());
    let server = Server::in_turn(answers).await;
    let Ok(Answer::Body { final_url, permanent, .. }) = get(&server.url("/start#part")).await else {
        panic!("{hops:?}")
    };
    assert_eq!(final_url, server.url(expected));
    assert_eq!(permanent, moved.map(|path| server.url(path)), "{hops:?}");
}

#[tokio::test]
async fn only_permanent_hops_move_a_feed() {
    check_chain(&[], "/start", None).await;
    check_chain(&[("301 Moved", "/a")], "/a", Some("/a")).await;
    check_chain(&[("308 Moved", "a/b?c=d#e")], "/a/b?c=d", Some("/a/b?c=d")).await;
    check_chain(&[("302 Found", "/a")], "/a", None).await;
    check_chain(&[("303 Other", "/a")], "/a", None).await;
    check_chain(&[("307 Temporary", "/a")], "/a", None).await;
    check_chain(&[("301 Moved", "/a"), ("308 Moved", "/b")], "/b", Some("/b")).await;
    check_chain(&[("301 Moved", "/a"), ("302 Found", "/b")], "/b", None).await;
    check_chain(&[("302 Found", "/a"), ("301 Moved", "/b")], "/b", None).await;
    let five =
        [("301 Moved", "/1"), ("301 Moved", "/2"), ("301 Moved", "/3"), ("301 Moved", "/4"), ("301 Moved", "/5")];
    check_chain(&five, "/5", Some("/5")).await;
}

#[tokio::test]
async fn a_304_after_a_redirect_still_says_that_it_moved() {
    let server = Server::in_turn(vec![to("301 Moved", "/new"), answer("304 Not Modified", &[], b"")]).await;
    let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    let url = server.url("/old");
    let request = Request { validators: &validators, ..plain(&url) };
    let Ok(Answer::NotModified { permanent, .. }) = Client::new(&settings(), room()).unwrap().fetch(request).await
    else {
        panic!("not 304")
    };
    assert_eq!(permanent, Some(server.url("/new")));
    check_echo(&server.requests()[1], "if-none-match", b"\"1\"");
}

#[tokio::test]
async fn chains_end() {
    let endless = (1..9).map(|n| to("302 Found", &format!("/{n}"))).collect();
    let server = Server::in_turn(endless).await;
    let error = get(&server.url("/0")).await.unwrap_err();
    assert_eq!(error.limit_hit(), Some(Limit::Redirects));
    assert_eq!(server.requests().len(), 6);
    for back in ["/0", "/0#x", ""] {
        let server = Server::in_turn(vec![to("302 Found", "/1"), to("302 Found", back)]).await;
        let expected = if back.is_empty() { FailureReason::RedirectTarget } else { FailureReason::RedirectLoop };
        check_failure(get(&server.url("/0")).await, expected);
    }
    let server = Server::always(answer("302 Found", &[], b"")).await;
    check_failure(get(&server.url("/")).await, FailureReason::RedirectTarget);
    let server = Server::always(to("302 Found", "http://[bad/")).await;
    check_failure(get(&server.url("/")).await, FailureReason::RedirectTarget);
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let other = Server::always(end()).await;
    let same = Server::in_turn(vec![to("302 Found", "/inside"), to("302 Found", other.url("/").as_str())]).await;
    let url = same.url("/");
    let headers = [("X-Key".to_owned(), "k1".to_owned()), ("Cookie".to_owned(), "c=1".to_owned())];
    let credentials = Some(Credentials { user: "ann", password: "secret" });
    let request = Request { headers: &headers, credentials, ..plain(&url) };
    assert!(Client::new(&settings(), room()).unwrap().fetch(request).await.is_ok());
    for inside in same.requests() {
        check_echo(&inside, "x-key", b"k1");
        check_echo(&inside, "authorization", b"Basic YW5uOnNlY3JldA==");
    }
    let outside = String::from_utf8(other.requests().remove(0)).unwrap().to_lowercase();
    for secret in ["x-key", "cookie", "authorization", "referer"] {
        assert!(!outside.contains(secret), "{outside}");
    }
}

#[tokio::test]
async fn a_way_back_home_is_not_trusted() {
    let home = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let back = format!("http://{}/", home.local_addr().unwrap());
    drop(home);
    let away = Server::always(to("302 Found", &back)).await;
    let mut trail = super::super::redirect::Trail::new(&back.parse().unwrap());
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("location", away.url("/").as_str().parse().unwrap());
    trail.follow(302, &headers).unwrap();
    headers.insert("location", format!("{back}again").parse().unwrap());
    trail.follow(302, &headers).unwrap();
    assert_eq!(trail.origin(), super::super::headers::Origin::Foreign);
}

#[tokio::test]
async fn no_redirect_reaches_a_private_address() {
    // Loopback beyond 127.0.0.1 is not allowed by these settings, so it stands for any private address.
    let inner = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    inner.set_nonblocking(true).unwrap();
    let port = inner.local_addr().unwrap().port();
    for host in ["127.0.0.2", "0x7f.0.0.2", "0177.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "127.2"] {
        for location in [format!("http://{host}:{port}/"), format!("//{host}:{port}/"), format!("http://{host}/")] {
            let server = Server::always(to("301 Moved", &location)).await;
            check_failure(get(&server.url("/")).await, FailureReason::BlockedAddress);
            let direct = location.trim_start_matches("http:");
            check_failure(get(&format!("http:{direct}").parse().unwrap()).await, FailureReason::BlockedAddress);
        }
    }
    for location in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://a@127.0.0.1/", "javascript:0"] {
        let server = Server::always(to("302 Found", location)).await;
        check_failure(get(&server.url("/")).await, FailureReason::BadUrl);
    }
    assert_eq!(inner.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_where_it_is_looked_up() {
    let inner = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    inner.set_nonblocking(true).unwrap();
    let port = inner.local_addr().unwrap().port();
    let mut settings = settings();
    settings.guard = crate::fetch::Guard::new(vec!["10.0.0.0/8".parse().unwrap()], []);
    let client = Client::new(&settings, room()).unwrap();
    for url in [format!("http://localhost:{port}/"), "http://localhost/".to_owned(), "https://LOCALHOST/".to_owned()] {
        let url = url.parse().unwrap();
        check_failure(client.fetch(plain(&url)).await, FailureReason::BlockedAddress);
    }
    assert_eq!(inner.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}
