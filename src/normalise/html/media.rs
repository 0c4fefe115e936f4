//! Addresses of pictures and players.

use html5ever::tokenizer::Tag;
use url::Url;

use crate::article::Image;
use crate::normalise::fold;

/// The value of an attribute, if it says anything.
pub(super) fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    let attribute = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
    let value = attribute.value.trim();
    (!value.is_empty()).then_some(value)
}

/// The picture of an `img`: the first address that is one, lazy loaders' attributes last.
pub(super) fn image(tag: &Tag, base: Option<&Url>) -> Option<Image> {
    if is_pixel(tag) {
        return None;
    }
    const ADDRESSES: &[&str] = &["src", "srcset", "data-src", "data-lazy-src", "data-original", "data-srcset"];
    let candidates = ADDRESSES.iter().filter_map(|name| {
        let value = attribute(tag, name)?;
        if name.ends_with("srcset") { value.split_ascii_whitespace().next() } else { Some(value) }
    });
    let url = candidates.into_iter().find_map(|address| web_address(address.trim_end_matches(','), base))?;
    let alt = attribute(tag, "alt").map(fold::one_line).filter(|alt| alt.chars().any(char::is_alphanumeric));
    Some(Image { url, caption: alt, credit: None })
}

/// The address of a frame or player as it stands there; one relative to the page is left out, so
/// that the text of an article never depends on where it was found.
pub(super) fn embed_address(tag: &Tag) -> Option<String> {
    if is_pixel(tag) {
        return None;
    }
    let address = ["src", "data-src", "data"].iter().find_map(|name| attribute(tag, name))?;
    let absolute = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    web_address(&absolute, None)
}

fn web_address(address: &str, base: Option<&Url>) -> Option<String> {
    let url = match base {
        Some(base) => base.join(address),
        None => Url::parse(address),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
}

/// Pictures of one pixel count readers; nobody sees them.
fn is_pixel(tag: &Tag) -> bool {
    ["width", "height"].iter().any(|side| attribute(tag, side).is_some_and(|size| matches!(size, "0" | "1" | "1px")))
}
