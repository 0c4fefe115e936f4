//! A feed's address: its normal form, the id made of it, and the partition its host goes to.

use url::Url;

use super::URL_BYTES_MAX;
use crate::article::{Digest, FeedId};

/// An address that cannot be a feed's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFeedUrl {
    /// It does not read as an address.
    #[error("`{0}` is not an http(s) address")]
    NotAnAddress(String),
    /// A user name or a password stands in it.
    #[error("the address of `{host}` holds a user name or password: use `credentials` with a `password_file`")]
    UserInfo {
        /// The host, since the whole address is a secret.
        host: String,
    },
    /// It is longer than servers agree to carry.
    #[error("the address is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
}

/// The normal form under which a feed is registered: http(s), no fragment, host and port as the URL standard writes them.
///
/// # Errors
/// When the text is no http(s) address, is too long or carries secrets.
pub fn registered_url(url: &str) -> Result<String, BadFeedUrl> {
    let text = url.trim();
    let wrong = || BadFeedUrl::NotAnAddress(text.chars().take(100).collect());
    // Browsers once handed feeds on as `feed:https://…` and `feed://…`.
    let bare = text.strip_prefix("feed:").unwrap_or(text);
    let text = if bare.starts_with("//") { format!("http:{bare}") } else { bare.to_owned() };
    let mut url = Url::parse(&text).map_err(|_| wrong())?;
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else { return Err(wrong()) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadFeedUrl::UserInfo { host: host.to_owned() });
    }
    url.set_fragment(None);
    if url.as_str().len() > URL_BYTES_MAX { Err(BadFeedUrl::TooLong) } else { Ok(url.into()) }
}

/// The id of a feed that is registered under this address.
///
/// # Errors
/// As [`registered_url`].
pub fn feed_id(url: &str) -> Result<FeedId, BadFeedUrl> {
    let url = registered_url(url)?;
    Ok(FeedId(Digest::of("feed", [url.as_bytes()])))
}

/// The partition of a feed at its registration: all feeds of a registrable domain go to one owner.
pub fn route(url: &str, partitions: u32) -> u32 {
    let host = registrable_domain(url).unwrap_or_else(|| url.to_owned());
    let hash = Digest::of("route", [host.as_bytes()]).low64();
    let partition = hash.checked_rem(u64::from(partitions)).unwrap_or(0);
    u32::try_from(partition).unwrap_or(0)
}

/// The registrable domain of an address by the public suffix list; an IP address or a bare name is its own.
pub fn registrable_domain(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    match url.host()? {
        url::Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            Some(psl::domain_str(name).unwrap_or(name).to_owned())
        }
        url::Host::Ipv4(address) => Some(address.to_string()),
        url::Host::Ipv6(address) => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_get_one_form() {
        let cases = [
            (" HTTPS://News.Example:443/rss?a=1#top ", "https://news.example/rss?a=1"),
            ("feed:https://news.example/rss", "https://news.example/rss"),
            ("feed://news.example/rss", "http://news.example/rss"),
            ("http://bücher.example", "http://xn--bcher-kva.example/"),
        ];
        for (raw, expected) in cases {
            assert_eq!(registered_url(raw).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for raw in ["", "news.example/rss", "ftp://a.example/", "javascript:alert(1)", "http://", "file:///etc/x"] {
            assert!(matches!(registered_url(raw), Err(BadFeedUrl::NotAnAddress(_))), "{raw}");
        }
        let secret = registered_url("https://me:pass@news.example/rss").unwrap_err();
        assert!(secret.to_string().contains("`credentials`") && !secret.to_string().contains("pass@"), "{secret}");
        assert_eq!(registered_url(&format!("http://a.example/{}", "x".repeat(2_050))), Err(BadFeedUrl::TooLong));
    }

    #[test]
    fn a_domain_has_one_route() {
        let route = |url| route(url, 64);
        assert_eq!(route("https://www.news.co.uk/a"), route("http://feeds.news.co.uk/b"));
        assert_eq!(registrable_domain("https://a.b.news.co.uk/x").as_deref(), Some("news.co.uk"));
        assert_eq!(registrable_domain("http://127.0.0.1:8000/x").as_deref(), Some("127.0.0.1"));
        assert_eq!(registrable_domain("http://localhost/x").as_deref(), Some("localhost"));
        assert_eq!(super::route("https://a.example/", 0), 0);
    }

    proptest! {
        #[test]
        fn normal_form_is_stable(path in "[a-zA-Z0-9/%?&=._~-]{0,40}", host in "[a-z]{1,9}\\.(example|co\\.uk)") {
            let once = registered_url(&format!("HTTP://{host}/{path}")).unwrap();
            prop_assert_eq!(registered_url(&once).unwrap(), once.clone());
            prop_assert_eq!(feed_id(&once), feed_id(&format!("http://{host}:80/{path}#x")));
            prop_assert!(route(&once, 64) < 64);
        }
    }
}
