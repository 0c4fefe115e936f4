//! The `[http]` section.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Metrics and health hold no secret, and whoever scrapes them is on another machine.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9464);
/// The operator's listener stands beside it, reachable from this machine alone.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9465);

/// The section as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawHttp {
    /// Address for metrics and health.
    pub listen: String,
    /// Address for the operator; must be a loopback address.
    pub admin: String,
}

impl Default for RawHttp {
    fn default() -> RawHttp {
        RawHttp { listen: LISTEN.to_string(), admin: ADMIN.to_string() }
    }
}

/// The section as checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Address for metrics and health.
    pub listen: SocketAddr,
    /// Address for the operator, on loopback.
    pub admin: SocketAddr,
}

impl RawHttp {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Http> {
        let mut address = |name: &str, text: &str| {
            let parsed = text.parse::<SocketAddr>();
            if parsed.is_err() {
                faults.push(format!("{name} ({text:?}) is not an address and port such as 127.0.0.1:9464"));
            }
            parsed.ok()
        };
        let listen = address("http.listen", &self.listen);
        let admin = address("http.admin", &self.admin);
        let (listen, admin) = (listen?, admin?);
        if !admin.ip().is_loopback() {
            faults.push(format!("http.admin ({admin}) is not a loopback address: it would be open to the network"));
            return None;
        }
        if listen == admin && listen.port() != 0 {
            faults.push(format!("http.listen and http.admin are both {listen}"));
            return None;
        }
        Some(Http { listen, admin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, admin: &str, expected: &[&str]) {
        let mut faults = Vec::new();
        let http = RawHttp { listen: listen.to_owned(), admin: admin.to_owned() }.check(&mut faults);
        assert_eq!(faults, expected);
        assert_eq!(http.is_some(), expected.is_empty());
    }

    #[test]
    fn faults_are_told_in_words() {
        check("0.0.0.0:9464", "127.0.0.1:9465", &[]);
        check("[::]:9464", "[::1]:0", &[]);
        check("127.0.0.1:0", "127.0.0.1:0", &[]);
        check(
            "9464",
            "localhost:9465",
            &[
                "http.listen (\"9464\") is not an address and port such as 127.0.0.1:9464",
                "http.admin (\"localhost:9465\") is not an address and port such as 127.0.0.1:9464",
            ],
        );
        let open = "http.admin (0.0.0.0:9465) is not a loopback address: it would be open to the network";
        check("0.0.0.0:9464", "0.0.0.0:9465", &[open]);
        check("127.0.0.1:1", "127.0.0.1:1", &["http.listen and http.admin are both 127.0.0.1:1"]);
    }

    #[test]
    fn defaults_pass_their_own_check() {
        let mut faults = Vec::new();
        let http = RawHttp::default().check(&mut faults);
        assert_eq!(http, Some(Http { listen: LISTEN, admin: ADMIN }));
        assert!(faults.is_empty());
    }
}
