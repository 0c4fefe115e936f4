//! `depeche health`: asks the daemon of the same configuration whether it is alive. The image needs no other program
//! for its health check.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use url::Url;

/// What a health check may take, well inside the 5 s that the image grants it.
pub const LIMIT: Duration = Duration::from_secs(3);
/// The status line is in the first bytes.
const HEAD_BYTES: usize = 512;

/// Why a daemon does not count as alive.
#[derive(Debug, thiserror::Error)]
pub enum Unwell {
    /// The address to ask is none.
    #[error("`{url}` is no address of a health check, such as http://127.0.0.1:9464/livez")]
    NoAddress {
        /// What was given.
        url: Url,
    },
    /// Nobody listens, or nobody answers in time.
    #[error("no answer from `{address}`")]
    Silent {
        /// Where it was asked.
        address: SocketAddr,
        /// What happened.
        #[source]
        cause: io::Error,
    },
    /// It answered, but not that it is well.
    #[error("`{address}` answered `{status}`")]
    Refused {
        /// Where it was asked.
        address: SocketAddr,
        /// The status line.
        status: String,
    },
}

/// Asks `/livez` of the daemon that listens there.
///
/// # Errors
/// When it does not answer 200 within the limit.
pub fn probe(listen: SocketAddr, limit: Duration) -> Result<(), Unwell> {
    expect_well(reachable(listen), "/livez", limit)
}

/// Asks this plain-HTTP address, such as `http://127.0.0.1:9464/readyz`.
///
/// # Errors
/// When it does not answer 200 within the limit.
pub fn probe_url(url: &Url, limit: Duration) -> Result<(), Unwell> {
    let addresses = if url.scheme() == "http" { url.socket_addrs(|| None).unwrap_or_default() } else { Vec::new() };
    let address = addresses.first().ok_or_else(|| Unwell::NoAddress { url: url.clone() })?;
    expect_well(*address, url.path(), limit)
}

fn expect_well(address: SocketAddr, path: &str, limit: Duration) -> Result<(), Unwell> {
    let status = ask(address, path, limit).map_err(|cause| Unwell::Silent { address, cause })?;
    if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(Unwell::Refused { address, status }) }
}

/// Where a listener can be reached from its own machine: one on all addresses is on loopback too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr, path: &str, limit: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; HEAD_BYTES];
    let mut filled = 0;
    while let Some(free) = head.get_mut(filled..).filter(|free| !free.is_empty()) {
        let read = stream.read(free)?;
        filled += read;
        if read == 0 || free.contains(&b'\n') {
            break;
        }
    }
    let head = String::from_utf8_lossy(head.get(..filled).unwrap_or_default());
    Ok(head.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that gives one answer, in two pieces.
    fn server(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                asked.extend(byte);
            }
            assert!(asked.starts_with(b"GET /livez HTTP/1.1\r\n"));
            let (first, second) = answer.split_at(answer.len() / 2);
            stream.write_all(first.as_bytes()).unwrap();
            stream.flush().unwrap();
            stream.write_all(second.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn a_daemon_that_says_so_is_alive() {
        probe(server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), LIMIT).unwrap();
    }

    #[test]
    fn a_listener_on_all_addresses_is_asked_on_loopback() {
        let address = server("HTTP/1.1 200 OK\r\n\r\n");
        probe(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()), LIMIT).unwrap();
        assert_eq!(reachable("[::]:9464".parse().unwrap()), "[::1]:9464".parse().unwrap());
        assert_eq!(reachable("10.1.2.3:9464".parse().unwrap()), "10.1.2.3:9464".parse().unwrap());
    }

    #[test]
    fn an_address_can_be_given() {
        let url = format!("http://{}/livez", server("HTTP/1.1 200 OK\r\n\r\n"));
        probe_url(&url.parse().unwrap(), LIMIT).unwrap();
        for not_ours in ["https://127.0.0.1/livez", "data:text/plain,ok"] {
            let answer = probe_url(&not_ours.parse().unwrap(), LIMIT);
            assert!(matches!(answer, Err(Unwell::NoAddress { .. })), "{not_ours}");
        }
    }

    #[test]
    fn another_status_no_status_and_no_listener_are_faults() {
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "nonsense\n", "HTTP/1.1 2000 no\n"] {
            assert!(matches!(probe(server(answer), LIMIT), Err(Unwell::Refused { .. })), "{answer}");
        }
        // Port 1 is below what the system gives out, so no other test can be there.
        let nobody = "127.0.0.1:1".parse().unwrap();
        assert!(matches!(probe(nobody, LIMIT), Err(Unwell::Silent { .. })));
    }

    #[test]
    fn a_daemon_that_hangs_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hung = probe(listener.local_addr().unwrap(), Duration::from_millis(50));
        assert!(matches!(hung, Err(Unwell::Silent { .. })));
    }
}
