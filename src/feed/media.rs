//! Pictures and attached files, wherever a feed hides them.

use feed_rs::model::{Entry, MediaContent, MediaObject};

use super::map::Mapper;
use crate::article::{Enclosure, Image};

/// Pictures and enclosures of one item; a photo gallery has some dozens.
const MEDIA_MAX: usize = 200;

/// The pictures and the other attached files of an entry.
pub(super) fn of(mapper: &mut Mapper<'_>, entry: &Entry) -> (Vec<Image>, Vec<Enclosure>) {
    let mut images: Vec<Image> = Vec::new();
    let mut enclosures: Vec<Enclosure> = Vec::new();
    for object in &entry.media {
        let pictures = object.content.iter().filter(|content| is_picture(content)).count();
        for content in object.content.iter().take(MEDIA_MAX + 1) {
            if is_picture(content) {
                images.extend(image(mapper, object, content.url.as_ref().map(url::Url::as_str)));
            } else {
                enclosures.extend(enclosure(mapper, content));
            }
        }
        // Thumbnails repeat a picture in small, so they count only where there is none.
        let thumbnail = object.thumbnails.first().filter(|_| pictures == 0);
        images.extend(thumbnail.and_then(|thumbnail| image(mapper, object, Some(&thumbnail.image.uri))));
    }
    attached_links(mapper, entry, &mut images, &mut enclosures);
    images.dedup_by(|a, b| a.url == b.url);
    enclosures.dedup_by(|a, b| a.url == b.url);
    (mapper.bounded(images, MEDIA_MAX), mapper.bounded(enclosures, MEDIA_MAX))
}

/// The description of an entry's only medium: video sites put the entry's whole text there.
pub(super) fn words(media: &[MediaObject]) -> Option<feed_rs::model::Text> {
    if let [only] = media { only.description.clone() } else { None }
}

/// Atom encloses by link, and so does the parser for a JSON item's attachments.
fn attached_links(mapper: &mut Mapper<'_>, entry: &Entry, images: &mut Vec<Image>, enclosures: &mut Vec<Enclosure>) {
    for link in entry.links.iter().take(MEDIA_MAX + 1) {
        let is_attachment = link.rel.is_none() && link.media_type.is_some();
        if link.rel.as_deref() != Some("enclosure") && !is_attachment {
            continue;
        }
        let Some(url) = mapper.absolute(&link.href) else { continue };
        let media_type = link.media_type.as_deref().and_then(|kind| mapper.line(kind));
        if media_type.as_deref().map_or_else(|| has_picture_name(&url), |kind| kind.starts_with("image/")) {
            let caption = link.title.as_deref().and_then(|title| mapper.line(title));
            images.push(Image { url, caption, credit: None });
        } else {
            enclosures.push(Enclosure { url, media_type, bytes: link.length.filter(|bytes| *bytes > 0) });
        }
    }
}

fn image(mapper: &mut Mapper<'_>, object: &MediaObject, url: Option<&str>) -> Option<Image> {
    let url = mapper.absolute(url?)?;
    let words = object.description.as_ref().or(object.title.as_ref());
    let caption = words.and_then(|text| mapper.line(&text.content));
    let credit = object.credits.first().and_then(|credit| mapper.line(&credit.entity));
    Some(Image { url, caption, credit })
}

fn enclosure(mapper: &mut Mapper<'_>, content: &MediaContent) -> Option<Enclosure> {
    let url = mapper.absolute(content.url.as_ref()?.as_str())?;
    let media_type = content.content_type.as_ref().and_then(|kind| mapper.line(kind.as_str()));
    Some(Enclosure { url, media_type, bytes: content.size.filter(|bytes| *bytes > 0) })
}

fn is_picture(content: &MediaContent) -> bool {
    match (&content.content_type, &content.url) {
        (Some(kind), _) => kind.as_str().to_ascii_lowercase().starts_with("image/"),
        (None, Some(url)) => has_picture_name(url.path()),
        (None, None) => false,
    }
}

/// Whether an address without a declared type ends like a picture's.
fn has_picture_name(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|ending| path.ends_with(ending))
}
