//! Which records are shown. Pure.

use super::line::Told;
use crate::app::cli::Tail;
use crate::article::FeedId;
use crate::feed;

/// What a record must be to be shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// In lower case; a region is left open by leaving it out.
    language: Option<String>,
    feed: Option<FeedId>,
}

impl Filter {
    /// The filter that was asked for.
    ///
    /// # Errors
    /// A sentence when the feed is neither an id nor an address.
    pub(super) fn of(asked: &Tail) -> Result<Filter, String> {
        let feed = asked.feed.as_deref().map(feed).transpose()?;
        Ok(Filter { language: asked.lang.as_deref().map(str::to_lowercase), feed })
    }

    /// Whether it lets a record pass.
    pub(super) fn lets(&self, record: &Told) -> bool {
        let language =
            self.language.as_deref().is_none_or(|wanted| record.language().is_some_and(|tag| is(tag, wanted)));
        language && self.feed.is_none_or(|wanted| record.feed() == Some(wanted))
    }
}

/// An address stands for the feed that was registered under it.
fn feed(name: &str) -> Result<FeedId, String> {
    name.parse()
        .or_else(|_| feed::feed_id(name))
        .map_err(|_| format!("`{name}` is neither a feed's id nor its address"))
}

/// `fr-CH` is `fr`.
fn is(tag: &str, wanted: &str) -> bool {
    let tag = tag.to_lowercase();
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_takes_its_regions_in() {
        let check = |tag, wanted, expected| assert_eq!(is(tag, wanted), expected, "{tag} {wanted}");
        check("fr", "fr", true);
        check("fr-CH", "fr", true);
        check("FR-ch", "fr-ch", true);
        check("fr", "fr-ch", false);
        check("fry", "fr", false);
    }

    #[test]
    fn a_feed_is_an_id_or_an_address() {
        let id = feed::feed_id("https://a.example/rss").unwrap();
        assert_eq!(feed("https://A.example/rss#x"), Ok(id));
        assert_eq!(feed(&id.to_string()), Ok(id));
        assert!(feed("a.example").is_err());
    }
}
