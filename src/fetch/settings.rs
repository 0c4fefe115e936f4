//! `[fetch]`: limits of one request, and where requests may go.

use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::Guard;

/// A server that needs longer for name, connection and TLS is down.
const CONNECT: Duration = Duration::from_secs(5);
/// Slow feeds are made on demand, but not for longer than this.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// A body that stands still for so long will not come.
const IDLE: Duration = Duration::from_secs(10);
/// One byte at a time must not hold a socket for ever.
const TOTAL: Duration = Duration::from_secs(30);
/// Ten times the largest feed that we know of.
const BODY_BYTES_MAX: u64 = 10 << 20;
/// What 10 MiB of a feed weigh at most when they are compressed badly.
const WIRE_BYTES_MAX: u64 = 4 << 20;
/// Feeds compress 4 to 20 times; a bomb a thousand times.
const RATIO_MAX: u64 = 200;

/// The section as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawFetch {
    /// Address at which a publisher can complain; it stands in the User-Agent.
    pub contact: String,
    /// Networks (CIDR) outside the public Internet that feeds may lead to, on any port.
    pub allow_addresses: Vec<String>,
    /// Ports of public addresses besides 80 and 443.
    pub allow_ports: Vec<u16>,
    /// For name, connection and TLS together.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// From the connection to the answer's headers.
    #[serde(with = "humantime_serde")]
    pub first_byte_timeout: Duration,
    /// Between two pieces of the body.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// For the whole poll, redirects and all.
    #[serde(with = "humantime_serde")]
    pub total_timeout: Duration,
    /// Largest body, decoded.
    pub body_bytes_max: u64,
    /// Largest body as transferred.
    pub wire_bytes_max: u64,
    /// Most decoded bytes per transferred byte, once a MiB is decoded.
    pub ratio_max: u64,
}

impl Default for RawFetch {
    fn default() -> RawFetch {
        RawFetch {
            contact: String::new(),
            allow_addresses: Vec::new(),
            allow_ports: Vec::new(),
            connect_timeout: CONNECT,
            first_byte_timeout: FIRST_BYTE,
            idle_timeout: IDLE,
            total_timeout: TOTAL,
            body_bytes_max: BODY_BYTES_MAX,
            wire_bytes_max: WIRE_BYTES_MAX,
            ratio_max: RATIO_MAX,
        }
    }
}

/// The section, checked.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The whole User-Agent.
    pub user_agent: String,
    /// Where requests may go.
    pub guard: Guard,
    /// What one request may cost.
    pub limits: Limits,
}

/// What one request may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For name, connection and TLS together.
    pub connect: Duration,
    /// From the connection to the answer's headers.
    pub first_byte: Duration,
    /// Between two pieces of the body.
    pub idle: Duration,
    /// For the whole poll.
    pub total: Duration,
    /// Largest body, decoded.
    pub body_bytes: u64,
    /// Largest body as transferred.
    pub wire_bytes: u64,
    /// Most decoded bytes per transferred byte.
    pub ratio: u64,
}

impl RawFetch {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Fetch> {
        let before = faults.len();
        let mut allowed = Vec::new();
        for text in &self.allow_addresses {
            match text.parse::<IpNet>() {
                Ok(net) => allowed.push(net),
                Err(_) => faults.push(format!("fetch.allow_addresses: `{text}` is no network like 10.0.0.0/8")),
            }
        }
        for (name, span) in [
            ("connect_timeout", self.connect_timeout),
            ("first_byte_timeout", self.first_byte_timeout),
            ("idle_timeout", self.idle_timeout),
            ("total_timeout", self.total_timeout),
        ] {
            if span.is_zero() {
                faults.push(format!("fetch.{name} must be above 0"));
            }
        }
        for (name, count) in [
            ("body_bytes_max", self.body_bytes_max),
            ("wire_bytes_max", self.wire_bytes_max),
            ("ratio_max", self.ratio_max),
        ] {
            if count == 0 {
                faults.push(format!("fetch.{name} must be at least 1"));
            }
        }
        let user_agent = user_agent(&self.contact, faults);
        (faults.len() == before).then_some(Fetch {
            user_agent,
            guard: Guard::new(allowed, self.allow_ports),
            limits: Limits {
                connect: self.connect_timeout,
                first_byte: self.first_byte_timeout,
                idle: self.idle_timeout,
                total: self.total_timeout,
                body_bytes: self.body_bytes_max,
                wire_bytes: self.wire_bytes_max,
                ratio: self.ratio_max,
            },
        })
    }
}

/// `depeche/VERSION (+contact)`: a publisher should know whom to write to.
fn user_agent(contact: &str, faults: &mut Vec<String>) -> String {
    let own = concat!("depeche/", env!("CARGO_PKG_VERSION"));
    let contact = contact.trim();
    if contact.chars().any(|c| !c.is_ascii_graphic() || matches!(c, '(' | ')')) {
        faults.push(format!("fetch.contact (`{contact}`) must be one address or URL, without spaces or brackets"));
    }
    if contact.is_empty() { own.to_owned() } else { format!("{own} (+{contact})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, expected: &[&str]) {
        let mut faults = Vec::new();
        let fetch = toml::from_str::<RawFetch>(toml).unwrap().check(&mut faults);
        assert_eq!(faults, expected);
        assert_eq!(fetch.is_some(), expected.is_empty());
    }

    #[test]
    fn faults_are_named() {
        check("", &[]);
        check(
            "allow_addresses = [\"127.0.0.0/8\", \"here\"]",
            &["fetch.allow_addresses: `here` is no network like 10.0.0.0/8"],
        );
        check("idle_timeout = \"0s\"", &["fetch.idle_timeout must be above 0"]);
        check("ratio_max = 0", &["fetch.ratio_max must be at least 1"]);
        check("contact = \"a b\"", &["fetch.contact (`a b`) must be one address or URL, without spaces or brackets"]);
    }

    #[test]
    fn the_user_agent_names_a_contact() {
        let agent = |contact: &str| user_agent(contact, &mut Vec::new());
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(agent("news@example.org"), format!("depeche/{version} (+news@example.org)"));
        assert_eq!(agent(""), format!("depeche/{version}"));
    }
}
