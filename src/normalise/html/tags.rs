//! What each element means to a reader of blocks.

/// What a tag does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `br`
    Break,
    /// Its text stands apart from what is before and after.
    Block,
    Heading,
    List,
    ListItem,
    Quote,
    Figure,
    Caption,
    Pre,
    Cell,
    Image,
    /// A frame, a player: an address and perhaps words for those who cannot see it.
    Embed,
    /// One of several files of a player or picture.
    Source,
    /// Its content is not for readers.
    Hidden,
    Title,
    /// `q`: quotation marks that browsers add.
    QuoteMarks,
    /// Part of the running text.
    Inline,
}

pub(super) fn kind(name: &str) -> Kind {
    match name {
        "br" => Kind::Break,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Kind::Heading,
        "ul" | "ol" | "menu" | "dir" => Kind::List,
        "li" => Kind::ListItem,
        "blockquote" => Kind::Quote,
        "figure" => Kind::Figure,
        "figcaption" => Kind::Caption,
        "pre" | "listing" | "xmp" => Kind::Pre,
        "td" | "th" => Kind::Cell,
        "img" | "image" | "amp-img" => Kind::Image,
        "iframe" | "embed" | "object" | "video" | "audio" | "amp-iframe" | "amp-video" | "frame" => Kind::Embed,
        "source" => Kind::Source,
        "script" | "style" | "template" | "svg" => Kind::Hidden,
        "title" => Kind::Title,
        "q" => Kind::QuoteMarks,
        "address" | "article" | "aside" | "body" | "button" | "caption" | "center" | "dd" | "details" | "dialog"
        | "div" | "dl" | "dt" | "fieldset" | "footer" | "form" | "head" | "header" | "hgroup" | "hr" | "html"
        | "legend" | "main" | "nav" | "noscript" | "optgroup" | "option" | "p" | "search" | "section" | "select"
        | "summary" | "table" | "tbody" | "textarea" | "tfoot" | "thead" | "tr" => Kind::Block,
        _ => Kind::Inline,
    }
}

/// Whether a class names the words under a picture, as older blog software writes them.
pub(super) fn is_caption_class(class: &str) -> bool {
    class.split_ascii_whitespace().any(|name| matches!(name, "wp-caption-text" | "wp-element-caption"))
}

/// Whether a class names the fallback text of an embedded post.
pub(super) fn is_embed_class(class: &str) -> bool {
    const EMBEDS: &[&str] = &[
        "twitter-tweet",
        "twitter-video",
        "instagram-media",
        "tiktok-embed",
        "bluesky-embed",
        "mastodon-embed",
        "fb-post",
        "text-post-media",
        "reddit-embed-bq",
        "imgur-embed-pub",
    ];
    class.split_ascii_whitespace().any(|name| EMBEDS.contains(&name))
}
