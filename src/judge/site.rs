//! The site of an article: whose own it is.

use url::{Host, Url};

use crate::article::Digest;

/// A site in four bytes: equal for equal registrable domains. Zero stands for no site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Site(u32);

impl Site {
    /// The site of an address: its registrable domain, or its host where it has none.
    pub fn of_link(link: &str) -> Site {
        let Ok(url) = Url::parse(link) else { return Site::default() };
        match url.host() {
            Some(Host::Domain(host)) => Site::of_domain(psl::domain_str(host).unwrap_or(host)),
            Some(Host::Ipv4(address)) => Site::of_domain(&address.to_string()),
            Some(Host::Ipv6(address)) => Site::of_domain(&address.to_string()),
            None => Site::default(),
        }
    }

    /// The site of a registrable domain.
    pub fn of_domain(domain: &str) -> Site {
        let domain = domain.trim_matches(['[', ']', '.']).to_ascii_lowercase();
        let digest = Digest::of("site", [domain.as_bytes()]).bytes();
        Site(digest.first_chunk::<4>().map_or(1, |bytes| u32::from_le_bytes(*bytes)).max(1))
    }

    /// Whether one of these registrable domains is the site.
    pub fn is_among(self, domains: &[String]) -> bool {
        self != Site::default() && domains.iter().any(|domain| Site::of_domain(domain) == self)
    }

    /// The four bytes as a number, for storing.
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    /// The site with this number.
    pub(super) const fn from_number(number: u32) -> Site {
        Site(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(links: &[&str], domain: &str) {
        for link in links {
            assert!(Site::of_link(link).is_among(&[domain.to_owned()]), "{link} of {domain}");
        }
    }

    #[test]
    fn a_site_is_a_registrable_domain() {
        check(&["https://news.daily.example/1", "http://daily.example:8080"], "daily.example");
        check(&["https://www.daily.co.uk/1", "https://daily.co.uk/"], "daily.co.uk");
        check(&["http://127.0.0.1:8080/1"], "127.0.0.1");
        check(&["http://[::1]/1"], "[::1]");
        check(&["http://localhost/1"], "LOCALHOST");
    }

    #[test]
    fn others_are_not_of_it() {
        for link in ["https://daily.co.uk/1", "https://other.co.uk.example/1", "no link", "mailto:a@other.co.uk"] {
            let found = Site::of_link(link);
            assert!(!found.is_among(&["other.co.uk".to_owned(), String::new()]), "{link}");
        }
    }
}
