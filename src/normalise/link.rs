//! The canonical link: the name under which two feeds' links to one article meet.
//!
//! It is made for comparing, not for fetching (`links.found` is for that): `http` on its default
//! port is written `https`, as hardly a site serves two articles under the two. Path and remaining
//! parameters stay as they are, for only the site knows what they mean.

use url::{Host, Url};

/// Prefixes of parameters that only tell a site where its reader came from.
///
/// Care above reach: a parameter wrongly dropped makes two articles one, one kept only costs a duplicate.
const TRACKING_PREFIXES: &[&str] = &["utm_", "mtm_", "piwik_", "at_custom", "at_link_"];

/// Parameters of that kind by their whole name, sorted.
const TRACKING: &[&str] = &[
    "__hsfp",
    "__hssc",
    "__hstc",
    "__twitter_impression",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "at_bbc_team",
    "at_campaign",
    "at_campaign_type",
    "at_creation",
    "at_format",
    "at_medium",
    "at_ptr_name",
    "at_ptr_type",
    "at_variant",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ns_campaign",
    "ns_fee",
    "ns_linkname",
    "ns_mchannel",
    "ns_source",
    "oly_anon_id",
    "oly_enc_id",
    "pk_campaign",
    "pk_content",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wt.mc_id",
    "wt_mc",
    "wt_zmc",
    "xtor",
    "yclid",
    "ysclid",
];

/// Parameters that may carry meaning, but not when their value only says "feed".
const REFERRERS: &[&str] =
    &["campaign", "cid", "cmp", "cmpid", "from", "medium", "partner", "ref", "referer", "referrer", "source", "src"];

/// Values that only say "feed".
const FEED_VALUES: &[&str] = &["atom", "feed", "feeds", "rss", "rss-feed", "rss2", "rss_feed", "rssfeed", "rssfeeds"];

/// The link without tracking, case, port, user and fragment noise; none if it is not http(s).
///
/// Two links with the same canonical link name the same article. Idempotent.
pub fn canonical_link(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    if let Some(Host::Domain(domain)) = url.host() {
        let bare = domain.trim_end_matches('.').to_owned();
        url.set_host(Some(&bare)).ok()?;
    }
    if url.scheme() == "http" && url.port().is_none() {
        url.set_scheme("https").ok()?;
    }
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    let path = unescape_unreserved(url.path());
    url.set_path(&path);
    let query = url.query().and_then(meaningful_query);
    url.set_query(query.as_deref());
    Some(url.into())
}

/// Whether a link is the site's own address, which names no article.
pub fn is_site_address(link: &str) -> bool {
    let canonical = canonical_link(link).and_then(|link| Url::parse(&link).ok());
    canonical.is_some_and(|url| matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none())
}

/// What is left of a query without tracking, in its order; none if nothing is.
fn meaningful_query(query: &str) -> Option<String> {
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn is_tracking(pair: &str) -> bool {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    // Feeds that escape once too often leave `amp;` before a name.
    let key = key.to_ascii_lowercase();
    let key = key.strip_prefix("amp;").unwrap_or(&key);
    let only_feed = || FEED_VALUES.contains(&value.to_ascii_lowercase().as_str());
    TRACKING_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || TRACKING.contains(&key)
        || (REFERRERS.contains(&key) && only_feed())
}

/// `%7E` and `~` are the same (RFC 3986, 6.2.2.2); other escapes only get their digits in capitals.
fn unescape_unreserved(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        let mut ahead = rest.clone();
        let pair = ahead.next().and_then(|high| Some((high, ahead.next()?)));
        let digits = pair.and_then(|(high, low)| Some((high.to_digit(16)?, low.to_digit(16)?)));
        let (Some((high, low)), Some((high_value, low_value))) = (pair, digits) else {
            plain.push(c);
            continue;
        };
        rest = ahead;
        match char::from_u32(high_value * 16 + low_value) {
            Some(c) if c.is_ascii_alphanumeric() || "-_~".contains(c) => plain.push(c),
            Some(_) | None => plain.extend(['%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(link: &str, expected: &str) {
        assert_eq!(canonical_link(link).as_deref(), Some(expected), "{link}");
    }

    #[test]
    fn undoes_case_port_user_and_fragment() {
        check("HTTP://News.Example:80/A/b", "https://news.example/A/b");
        check("https://reader:secret@news.example:443", "https://news.example/");
        check("https://news.example./x#top", "https://news.example/x");
        check("https://news.example/#!/story/7", "https://news.example/#!/story/7");
        check("http://news.example:8080/x", "http://news.example:8080/x");
        check("https://zürich.example/münster", "https://xn--zrich-kva.example/m%C3%BCnster");
        check("https://news.example/%7euser/%c3%a9/a%2fb", "https://news.example/~user/%C3%A9/a%2Fb");
        check("  https://news.example/a/../b ", "https://news.example/b");
        check("http://[2001:DB8::1]/x", "https://[2001:db8::1]/x");
    }

    #[test]
    fn drops_tracking_and_keeps_the_rest_in_order() {
        check("https://a.example/x?utm_source=rss#top", "https://a.example/x");
        check("https://a.example/x?id=7&utm_medium=feed", "https://a.example/x?id=7");
        check("https://a.example/x?z=1&fbclid=A&a=2&xtor=RSS-1", "https://a.example/x?z=1&a=2");
        check("https://a.example/x?id=7&amp;utm_medium=feed", "https://a.example/x?id=7");
        check("https://a.example/x?at_medium=RSS&at_campaign=KARANGA", "https://a.example/x");
        check("https://a.example/x?ref=rss&src=RSS", "https://a.example/x");
        check("https://a.example/x?ref=7&source=agency", "https://a.example/x?ref=7&source=agency");
        check("https://a.example/x?", "https://a.example/x");
        check("https://a.example/x?&&a", "https://a.example/x?a");
        check("https://a.example/x/amp?a=b+c%20d", "https://a.example/x/amp?a=b+c%20d");
    }

    #[test]
    fn refuses_what_is_no_web_address() {
        for wrong in
            ["", "x", "/x", "mailto:a@b.example", "data:,x", "ftp://a.example/", "http://", "https://...", "tag:a,b"]
        {
            assert_eq!(canonical_link(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_hold_lower_case_names_once() {
        for list in [TRACKING, REFERRERS, FEED_VALUES] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
            assert!(list.iter().all(|name| name.to_ascii_lowercase() == **name));
        }
    }

    #[test]
    fn knows_the_sites_own_address() {
        for own in ["https://a.example", "http://a.example/?utm_source=rss", "https://a.example/#top"] {
            assert!(is_site_address(own), "{own}");
        }
        for other in ["https://a.example/x", "https://a.example/?p=7", "https://a.example/#!x", "nonsense"] {
            assert!(!is_site_address(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn is_idempotent(link in "(http|HTTPS)://[a-zA-Z.]{1,8}(\\.example\\.?)?(:[0-9]{1,3})?/[a-z?&=_#%2eE/!.~;]{0,24}") {
            if let Some(once) = canonical_link(&link) {
                prop_assert_eq!(canonical_link(&once), Some(once));
            }
        }

        #[test]
        fn never_panics(link in "\\PC{0,40}") {
            if let Some(once) = canonical_link(&link) {
                prop_assert_eq!(canonical_link(&once), Some(once));
            }
        }
    }
}
