//! A server of raw bytes: it can say what no HTTP library would.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// A whole answer, framed by its length.
pub(super) fn answer(status: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend([b"\r\n", body].concat());
    bytes
}

/// What becomes of a connection when the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    Hold,
}

/// Serves until it is dropped.
pub(super) struct Server {
    address: std::net::SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// The same bytes at every request.
    pub(super) async fn always(bytes: Vec<u8>) -> Server {
        Server::start(move |_| bytes.clone(), Then::Close).await
    }

    /// The same bytes, and then neither more nor an end.
    pub(super) async fn holding(bytes: Vec<u8>) -> Server {
        Server::start(move |_| bytes.clone(), Then::Hold).await
    }

    /// One answer after the other.
    pub(super) async fn in_turn(answers: Vec<Vec<u8>>) -> Server {
        Server::start(move |n| answers[n].clone(), Then::Close).await
    }

    async fn start(reply: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static, then: Then) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let log = Arc::clone(&seen);
        tasks.spawn(async move {
            let mut held = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = request(&mut stream).await else { continue };
                let n = {
                    let mut log = log.lock().unwrap();
                    log.push(request);
                    log.len() - 1
                };
                // The client may have hung up already; then there is nobody to tell.
                drop(stream.write_all(&reply(n)).await);
                match then {
                    Then::Close => drop(stream.shutdown().await),
                    Then::Hold => held.push(stream),
                }
            }
        });
        Server { address, seen, _tasks: tasks }
    }

    /// An address of this server.
    pub(super) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    /// The heads of the requests so far.
    pub(super) fn requests(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().clone()
    }
}

async fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // A TLS greeting has no such end: its first byte tells.
        if head.first() == Some(&0x16) {
            return Some(head);
        }
        head.push(stream.read_u8().await.ok()?);
    }
    Some(head)
}
