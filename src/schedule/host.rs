//! The unit of politeness: all feeds of one registrable domain share one line of requests.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// A registrable domain by the public suffix list, else an address or a bare name as it stands.
///
/// Ports make no difference: they lead to the same machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Arc<str>);

impl Host {
    /// The host that a URL leads to; none if it names none.
    pub fn of(url: &Url) -> Option<Host> {
        match url.host()? {
            url::Host::Domain(name) => Some(Host::named(name)),
            url::Host::Ipv4(address) => Some(Host(address.to_string().into())),
            url::Host::Ipv6(address) => Some(Host(address.to_string().into())),
        }
    }

    /// The host of a name, as it stands in a host record or in the config.
    pub fn named(name: &str) -> Host {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let own = if name.contains(':') || name.ends_with(|last: char| last.is_ascii_digit()) {
            name.as_str()
        } else {
            psl::domain_str(&name).unwrap_or(&name)
        };
        Host(own.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(Host::of(&url.parse().unwrap()).unwrap().as_str(), expected);
    }

    #[test]
    fn registrable_domain_or_address() {
        check("https://feeds.bbc.co.uk/x", "bbc.co.uk");
        check("https://News.Example.COM./x", "example.com");
        check("http://127.0.0.1:8080/", "127.0.0.1");
        check("http://[::1]:8080/", "::1");
        check("http://localhost/", "localhost");
        check("http://co.uk/", "co.uk");
        check("https://me.github.io/feed", "me.github.io");
        assert_eq!(Host::of(&"mailto:a@b.example".parse().unwrap()), None);
    }

    #[test]
    fn a_host_names_itself() {
        for name in ["bbc.co.uk", "127.0.0.1", "::1", "localhost"] {
            assert_eq!(Host::named(name).as_str(), name);
        }
        assert_eq!(Host::named("a.b.example.org").as_str(), "example.org");
    }
}
