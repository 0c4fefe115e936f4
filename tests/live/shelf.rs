//! A web server that shows documents as they are, each on a host of its own, and says how often it was asked.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Documents by name.
type Documents = BTreeMap<String, Document>;

struct Document {
    bytes: Vec<u8>,
    /// How often it was given out since it was put here.
    served: u32,
}

/// A running server; it ends when dropped. It gives out no validators, so all is sent and read at every poll.
pub(crate) struct Shelf {
    documents: Arc<Mutex<Documents>>,
    port: u16,
    _runtime: Runtime,
}

impl Shelf {
    /// Shows these documents.
    pub(crate) fn start(documents: impl IntoIterator<Item = (String, Vec<u8>)>) -> Shelf {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let documents = documents.into_iter().map(|(name, bytes)| (name, Document { bytes, served: 0 }));
        let documents = Arc::new(Mutex::new(documents.collect()));
        let routes = axum::Router::new().fallback(answer).with_state(Arc::clone(&documents));
        runtime.spawn(async { axum::serve(listener, routes).await });
        Shelf { documents, port, _runtime: runtime }
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap()
    }

    /// The address of each document, by name.
    pub(crate) fn addresses(&self) -> BTreeMap<String, String> {
        let names = self.documents().keys().cloned().collect::<Vec<_>>().into_iter().zip(1..);
        names
            .map(|(name, host)| {
                let host = SocketAddr::from((Ipv4Addr::new(127, 0, 2, host), self.port));
                (name.clone(), format!("http://{host}/{name}"))
            })
            .collect()
    }

    /// The bytes of a document.
    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        self.documents()[name].bytes.clone()
    }

    /// Changes a document.
    pub(crate) fn put(&self, name: &str, bytes: Vec<u8>) {
        self.documents().insert(name.to_owned(), Document { bytes, served: 0 });
    }

    /// Changes all documents.
    pub(crate) fn change_all(&self, change: impl Fn(&[u8]) -> Vec<u8>) {
        for document in self.documents().values_mut() {
            *document = Document { bytes: change(&document.bytes), served: 0 };
        }
    }

    /// Waits until every document has been given out twice from now on: a feed is not polled again before what it
    /// brought is acknowledged, so then all is with the judge.
    pub(crate) fn wait_until_read(&self, patience: Duration) -> Result<(), String> {
        self.documents().values_mut().for_each(|document| document.served = 0);
        let end = Instant::now() + patience;
        loop {
            let unread: Vec<String> = self
                .documents()
                .iter()
                .filter(|(_, document)| document.served < 2)
                .map(|(name, document)| format!("{name} ({} times)", document.served))
                .collect();
            if unread.is_empty() {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(format!("not polled twice within {patience:?}: {}", unread.join(", ")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

async fn answer(State(documents): State<Arc<Mutex<Documents>>>, request: Request) -> Response<Body> {
    let mut documents = documents.lock().unwrap();
    match documents.get_mut(request.uri().path().trim_start_matches('/')) {
        Some(document) => {
            document.served += 1;
            Response::new(Body::from(document.bytes.clone()))
        }
        None => Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap(),
    }
}
