//! Which addresses a feed may lead us to: public ones on the ports of the web, and what the operator allows.
//!
//! A feed's address is untrusted: without this a feed could read our inner network (SSRF).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// Longer addresses are attacks or mistakes.
const URL_BYTES_MAX: usize = 2048;

/// The ports of http and https.
const WEB_PORTS: [u16; 2] = [80, 443];

/// IPv4 networks that are not the public Internet: this network, private, carrier NAT, loopback,
/// link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
const DENIED_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// IPv6 networks inside the global unicast range that are not public: protocol assignments (Teredo
/// among them) and documentation. All outside 2000::/3 is denied anyway.
const DENIED_V6: &[([u16; 2], u32)] = &[([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x3fff, 0], 20)];

/// Why an address is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither http nor https.
    #[error("scheme `{0}` is neither http nor https")]
    Scheme(String),
    /// A user name or password stands in the address.
    #[error("the address carries user information")]
    UserInfo,
    /// It names no host.
    #[error("the address names no host")]
    NoHost,
    /// It is over 2,048 bytes long.
    #[error("the address is {0} bytes long")]
    TooLong(usize),
    /// A port that no public server may be asked on.
    #[error("port {0} is not allowed")]
    Port(u16),
    /// Not a public address, and not allowed by the operator.
    #[error("address `{0}` is not a public one")]
    Address(IpAddr),
}

/// The operator's rules on top of the public ones.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    addresses: Vec<IpNet>,
    ports: BTreeSet<u16>,
}

/// Which addresses a name may lead to, by the port of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// A port of the web: public addresses and allowed ones.
    Public,
    /// Any other port: allowed addresses only.
    Allowed,
}

impl Guard {
    /// A guard that also lets these networks through, on any port, and these ports of public addresses.
    pub fn new(addresses: Vec<IpNet>, ports: impl IntoIterator<Item = u16>) -> Guard {
        Guard { addresses, ports: ports.into_iter().collect() }
    }

    /// Checks all of a URL that can be known before its name is looked up.
    pub(super) fn check_url(&self, url: &Url) -> Result<Reach, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme(url.scheme().to_owned()));
        }
        if url.as_str().len() > URL_BYTES_MAX {
            return Err(Refusal::TooLong(url.as_str().len()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        let port = url.port_or_known_default().ok_or(Refusal::NoHost)?;
        let web = WEB_PORTS.contains(&port) || self.ports.contains(&port);
        let reach = if web { Reach::Public } else { Reach::Allowed };
        match url.host().ok_or(Refusal::NoHost)? {
            // A literal is never looked up, so the resolver does not see it.
            Host::Ipv4(address) => self.check_literal(IpAddr::V4(address), port, reach)?,
            Host::Ipv6(address) => self.check_literal(IpAddr::V6(address), port, reach)?,
            Host::Domain(_) if reach == Reach::Allowed && self.addresses.is_empty() => {
                return Err(Refusal::Port(port));
            }
            Host::Domain(_) => {}
        }
        Ok(reach)
    }

    fn check_literal(&self, address: IpAddr, port: u16, reach: Reach) -> Result<(), Refusal> {
        self.check_address(address, Reach::Public)?;
        self.check_address(address, reach).map_err(|_| Refusal::Port(port))
    }

    /// Checks one address that is about to be dialled.
    pub(super) fn check_address(&self, address: IpAddr, reach: Reach) -> Result<(), Refusal> {
        let inner = unwrapped(address);
        let allowed = self.addresses.iter().any(|net| net.contains(&address) || net.contains(&inner));
        let public = reach == Reach::Public && !denied(address);
        if allowed || public { Ok(()) } else { Err(Refusal::Address(address)) }
    }
}

/// Whether an address is not a public one, in itself or by the IPv4 address it carries.
fn denied(address: IpAddr) -> bool {
    match (address, unwrapped(address)) {
        (IpAddr::V4(address), _) => denied_v4(address),
        (IpAddr::V6(_), IpAddr::V4(inner)) => denied_v4(inner),
        (IpAddr::V6(address), IpAddr::V6(_)) => denied_v6(address),
    }
}

fn denied_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    DENIED_V4.iter().any(|(net, prefix)| (bits ^ u32::from_be_bytes(*net)) >> (32 - prefix) == 0)
}

fn denied_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let top = u32::from(first) << 16 | u32::from(second);
    let global_unicast = first >> 13 == 1;
    !global_unicast
        || DENIED_V6.iter().any(|([a, b], prefix)| (top ^ (u32::from(*a) << 16 | u32::from(*b))) >> (32 - prefix) == 0)
}

/// The IPv4 address inside an IPv6 one that leads to it: mapped, compatible, NAT64, 6to4.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let join = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        // `::` and `::1` are themselves.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => join(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => join(high, low),
        [0x2002, high, low, ..] => join(high, low),
        _ => address,
    }
}

#[cfg(test)]
mod tests;
