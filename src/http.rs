//! Metrics and health over HTTP: one listener for all who watch, one on loopback for the operator.
//!
//! `/metrics` is the text format of Prometheus. `/livez` says whether the process works, `/readyz`
//! whether it does its part: 200 and `ok`, else 503 and a reason a line. Both are read from a watch
//! channel, so a probe never waits for the loops that it asks about.

mod settings;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

pub use settings::{Http, RawHttp};

/// After this an open connection does not keep the process from its end.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// What the probes are told. Reasons are words for an operator, such as "the broker does not answer".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether the loops move; an outage of the broker or of feeds is no reason here.
    pub live: Result<(), Vec<&'static str>>,
    /// Whether this replica does its part.
    pub ready: Result<(), Vec<&'static str>>,
}

impl Health {
    /// Alive, and not ready until told otherwise.
    pub fn starting() -> Health {
        Health { live: Ok(()), ready: Err(vec!["starting"]) }
    }
}

/// What the listeners show.
#[derive(Debug, Clone)]
pub struct View {
    /// The metrics of this process.
    pub metrics: Metrics,
    /// The newest word on health.
    pub health: watch::Receiver<Health>,
}

/// Why the listeners could not be opened or kept open.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is taken or not ours.
    #[error("could not listen on `{setting}` ({address})")]
    Bind {
        /// The setting that names it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// A listener broke.
    #[error("a listener of `[http]` failed")]
    Serve(#[source] io::Error),
}

/// Both listeners, open but not yet answering.
#[derive(Debug)]
pub struct Server {
    open: TcpListener,
    admin: TcpListener,
}

/// Opens both listeners, so that a taken port is known before anything else starts.
///
/// # Errors
/// An address cannot be listened on.
pub async fn bind(http: &Http) -> Result<Server, HttpError> {
    Ok(Server { open: listen("http.listen", http.listen).await?, admin: listen("http.admin", http.admin).await? })
}

async fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, HttpError> {
    TcpListener::bind(address).await.map_err(|cause| HttpError::Bind { setting, address, cause })
}

impl Server {
    /// The addresses that were taken: the open one and the operator's.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.open.local_addr()?, self.admin.local_addr()?))
    }

    /// Answers until `stop`, then finishes what is being answered.
    ///
    /// # Errors
    /// A listener broke.
    pub async fn serve(self, view: View, stop: CancellationToken) -> Result<(), HttpError> {
        let stopping = || stop.clone().cancelled_owned();
        let open = axum::serve(self.open, router(view.clone())).with_graceful_shutdown(stopping());
        let admin = axum::serve(self.admin, router(view)).with_graceful_shutdown(stopping());
        tokio::select! {
            ended = both(open.into_future(), admin.into_future()) => ended.map_err(HttpError::Serve),
            () = past(&stop, STOP_LIMIT) => Ok(()),
        }
    }
}

async fn both(
    open: impl Future<Output = io::Result<()>>,
    admin: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    tokio::try_join!(open, admin).map(|_| ())
}

async fn past(stop: &CancellationToken, limit: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(limit).await;
}

fn router(view: View) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(view)
}

async fn metrics(State(view): State<View>) -> Response {
    match view.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn livez(State(view): State<View>) -> Response {
    let health = view.health.borrow();
    answer(&health.live)
}

async fn readyz(State(view): State<View>) -> Response {
    let health = view.health.borrow();
    // Whoever is not alive is not ready either, and says why.
    answer(if health.live.is_err() { &health.live } else { &health.ready })
}

fn answer(word: &Result<(), Vec<&'static str>>) -> Response {
    match word {
        Ok(()) => "ok\n".into_response(),
        Err(reasons) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", reasons.join("\n"))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;

    struct Running {
        addresses: [SocketAddr; 2],
        health: watch::Sender<Health>,
        stop: CancellationToken,
        served: JoinHandle<Result<(), HttpError>>,
    }

    async fn start() -> Running {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let server = bind(&Http { listen: any, admin: any }).await.unwrap();
        let (open, admin) = server.addresses().unwrap();
        let (health, receiver) = watch::channel(Health::starting());
        let metrics = Metrics::new("2026-03-01T06:00:00Z".parse().unwrap()).unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(server.serve(View { metrics, health: receiver }, stop.clone()));
        Running { addresses: [open, admin], health, stop, served }
    }

    async fn get(address: SocketAddr, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    #[tokio::test]
    async fn readiness_is_told_with_its_reasons() {
        let running = start().await;
        let [open, admin] = running.addresses;
        assert_eq!(get(open, "/readyz").await, (503, "starting\n".to_owned()));
        assert_eq!(get(open, "/livez").await, (200, "ok\n".to_owned()));
        running.health.send_modify(|health| health.ready = Ok(()));
        assert_eq!(get(admin, "/readyz").await, (200, "ok\n".to_owned()));
        let reasons = vec!["the broker does not answer", "feeds are being restored"];
        running.health.send_modify(|health| health.ready = Err(reasons));
        let told = "the broker does not answer\nfeeds are being restored\n".to_owned();
        assert_eq!(get(open, "/readyz").await, (503, told));
        assert_eq!(get(open, "/livez").await.0, 200);
        running.health.send_modify(|health| health.live = Err(vec!["polling stands still"]));
        assert_eq!(get(open, "/livez").await, (503, "polling stands still\n".to_owned()));
        assert_eq!(get(open, "/readyz").await.0, 503);
    }

    #[tokio::test]
    async fn metrics_are_served_and_nothing_else() {
        let running = start().await;
        for address in running.addresses {
            let (status, text) = get(address, "/metrics").await;
            assert!(status == 200 && text.contains("depeche_build_info"), "{text}");
            assert_eq!(get(address, "/").await.0, 404);
        }
    }

    #[tokio::test]
    async fn stops_although_a_connection_is_open() {
        let running = start().await;
        let [open, admin] = running.addresses;
        let mut half = TcpStream::connect(open).await.unwrap();
        half.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
        // An answer on the same listener: the half request before it has been accepted.
        assert_eq!(get(open, "/livez").await.0, 200);
        running.stop.cancel();
        running.served.await.unwrap().unwrap();
        assert!(TcpStream::connect(open).await.is_err());
        assert!(TcpStream::connect(admin).await.is_err());
    }

    #[tokio::test]
    async fn a_taken_address_is_named() {
        let running = start().await;
        let [open, _] = running.addresses;
        let error = bind(&Http { listen: "127.0.0.1:0".parse().unwrap(), admin: open }).await.unwrap_err();
        assert_eq!(error.to_string(), format!("could not listen on `http.admin` ({open})"));
    }
}
