//! The builder of blocks: open tags are counters, and each block gets its role when it ends.

use html5ever::tokenizer::Tag;
use url::Url;

use super::Reading;
use super::media;
use super::tags::{self, Kind};
use crate::article::{Block, Image, Role};
use crate::normalise::fold::{Line, one_line};
use crate::normalise::roles;

/// A row whose cells are longer than this lays out a page: then each cell is a block of its own.
const CELL_BYTES_MAX: usize = 160;

/// Why a block holds no words of the story but an address.
const ADDRESS: &str = "address of a frame or player";

/// A stretch of blocks of one element, so that the role can be taken back if the element never ends.
#[derive(Debug)]
struct Stretch {
    first: usize,
    depth: u32,
}

/// Builds blocks from tags and text as they come.
#[derive(Debug, Default)]
pub(super) struct Builder {
    base: Option<Url>,
    read: Reading,
    line: Line,
    breaks: u32,
    hidden: Option<(String, u32)>,
    title: Option<String>,
    heading: Option<String>,
    lists: u32,
    in_item: bool,
    /// Only a further item goes on with this list.
    item_closed: bool,
    quotes: u32,
    pre: u32,
    row_open: bool,
    player_open: bool,
    figure_images: usize,
    caption: Option<Stretch>,
    embedded: Option<Stretch>,
    /// The role of the block under construction, if its own tag says so.
    own_role: Option<Role>,
}

impl Builder {
    pub(super) fn new(base: Option<Url>) -> Builder {
        Builder { base, ..Builder::default() }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        if let Some(title) = &mut self.title {
            title.push_str(text);
            return;
        }
        for c in text.chars() {
            if !c.is_whitespace() && self.breaks > 0 {
                self.end_breaks();
            }
            if self.pre > 0 { self.line.push_preformatted(c) } else { self.line.push(c) }
        }
    }

    pub(super) fn open(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        let kind = tags::kind(name);
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name && !tag.self_closing {
                *depth = depth.saturating_add(1);
            }
            return;
        }
        if self.title.is_some() && kind != Kind::Inline {
            self.end_title();
        }
        match kind {
            Kind::Inline => {}
            Kind::Break => self.breaks = self.breaks.saturating_add(1),
            Kind::QuoteMarks => self.text("“"),
            Kind::Hidden if tag.self_closing => {}
            Kind::Hidden => self.hidden = Some((name.to_owned(), 1)),
            Kind::Title if tag.self_closing => {}
            Kind::Title => self.title = Some(String::new()),
            Kind::Image => self.image(tag),
            Kind::Embed | Kind::Source => self.embed(tag, kind),
            Kind::Cell => self.cell(),
            Kind::Block => self.open_block(tag),
            Kind::Heading => self.open_heading(name),
            Kind::List => self.open_list(),
            Kind::ListItem => self.open_item(),
            Kind::Quote => self.open_quote(tag),
            Kind::Figure => self.open_figure(),
            Kind::Caption => self.open_caption(),
            Kind::Pre => self.open_pre(),
        }
        if tag.self_closing && !matches!(kind, Kind::Inline | Kind::Break | Kind::Hidden) {
            self.close(name);
        }
    }

    fn open_block(&mut self, tag: &Tag) {
        self.end_items();
        self.boundary();
        self.row_open = &*tag.name == "tr";
        if !self.in_item && media::attribute(tag, "class").is_some_and(tags::is_caption_class) {
            self.own_role = Some(Role::Caption);
        }
    }

    fn open_heading(&mut self, name: &str) {
        self.end_items();
        self.flush();
        self.heading = Some(name.to_owned());
    }

    fn open_list(&mut self) {
        if self.lists == 0 {
            self.flush()
        } else {
            self.boundary()
        }
        self.lists = self.lists.saturating_add(1);
    }

    fn open_item(&mut self) {
        self.boundary();
        self.in_item = true;
        self.item_closed = false;
    }

    fn open_figure(&mut self) {
        self.close_caption();
        self.figure_images = self.read.images.len();
    }

    fn open_caption(&mut self) {
        self.flush();
        self.caption = Some(Stretch { first: self.read.blocks.len(), depth: 0 });
    }

    fn open_pre(&mut self) {
        self.flush();
        self.pre = self.pre.saturating_add(1);
    }

    /// What follows the last item of a list that never ends is no item.
    fn end_items(&mut self) {
        if std::mem::take(&mut self.item_closed) {
            self.flush();
            self.in_item = false;
        }
    }

    fn open_quote(&mut self, tag: &Tag) {
        self.end_items();
        self.flush();
        self.quotes = self.quotes.saturating_add(1);
        let is_embed = media::attribute(tag, "class").is_some_and(tags::is_embed_class);
        if is_embed && self.embedded.is_none() {
            self.embedded = Some(Stretch { first: self.read.blocks.len(), depth: self.quotes });
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        match tags::kind(name) {
            Kind::Inline | Kind::Image | Kind::Source | Kind::Hidden => {}
            // Browsers read `</br>` and `</p>` without a start as tags of their own.
            Kind::Break => self.breaks = self.breaks.saturating_add(1),
            Kind::QuoteMarks => self.text("”"),
            Kind::Title => self.end_title(),
            Kind::Embed => self.player_open = false,
            Kind::Cell => {}
            Kind::Block => {
                self.boundary();
                self.row_open = false;
            }
            Kind::Heading => self.close_heading(),
            Kind::List => self.close_list(),
            Kind::ListItem => self.close_item(),
            Kind::Quote => self.close_quote(),
            Kind::Figure | Kind::Caption => self.close_caption(),
            Kind::Pre => {
                self.boundary();
                self.pre = self.pre.saturating_sub(1);
            }
        }
    }

    fn close_heading(&mut self) {
        self.flush();
        self.heading = None;
    }

    fn close_list(&mut self) {
        self.lists = self.lists.saturating_sub(1);
        if self.lists == 0 {
            self.flush();
            self.in_item = false;
            self.item_closed = false;
        } else {
            self.boundary();
        }
    }

    fn close_item(&mut self) {
        self.boundary();
        self.item_closed = self.lists < 2;
        if self.lists == 0 {
            self.end_items();
        }
    }

    fn close_quote(&mut self) {
        self.flush();
        if self.embedded.as_ref().is_some_and(|embedded| embedded.depth == self.quotes) {
            self.embedded = None;
        }
        self.quotes = self.quotes.saturating_sub(1);
    }

    fn close_caption(&mut self) {
        self.flush();
        let Some(caption) = self.caption.take() else { return };
        let words: Vec<&str> = self.read.blocks.iter().skip(caption.first).map(|block| block.text.as_str()).collect();
        let words = one_line(&words.join(" "));
        if words.is_empty() {
            return;
        }
        for image in self.read.images.iter_mut().skip(self.figure_images) {
            image.caption = Some(words.clone());
        }
        self.figure_images = self.read.images.len();
    }

    fn cell(&mut self) {
        if self.row_open && self.line.bytes() <= CELL_BYTES_MAX && !self.in_item {
            self.line.cell();
        } else {
            self.boundary();
        }
    }

    fn image(&mut self, tag: &Tag) {
        let Some(image) = media::image(tag, self.base.as_ref()) else { return };
        add_image(&mut self.read.images, image);
    }

    fn embed(&mut self, tag: &Tag, kind: Kind) {
        if kind == Kind::Source && !self.player_open {
            return;
        }
        self.flush();
        let address = media::embed_address(tag);
        self.player_open = kind == Kind::Embed && address.is_none() && matches!(&*tag.name, "video" | "audio");
        if let Some(address) = address {
            self.read.blocks.push(roles::block(Role::Embed, address, 0.9, ADDRESS));
        }
    }

    /// The end of a block, or of a line where blocks make up one list.
    fn boundary(&mut self) {
        self.breaks = 0;
        if self.in_item && self.heading.is_none() {
            self.line.newline();
        } else {
            self.flush();
        }
    }

    /// One break is a line's end, two are a paragraph's.
    fn end_breaks(&mut self) {
        let breaks = std::mem::take(&mut self.breaks);
        if breaks > 1 && !self.in_item && self.heading.is_none() && self.pre == 0 {
            self.flush();
        } else {
            self.line.newline();
        }
    }

    fn end_title(&mut self) {
        let Some(title) = self.title.take() else { return };
        let title = one_line(&title);
        if !title.is_empty() && self.read.title.is_none() {
            self.read.title = Some(title);
        }
    }

    fn flush(&mut self) {
        self.breaks = 0;
        let own_role = self.own_role.take();
        if self.line.is_empty() {
            return;
        }
        let text = self.line.take();
        if self.heading.as_deref() == Some("h1") && self.read.first_heading.is_none() {
            self.read.first_heading = Some(one_line(&text));
        }
        let (role, confidence, reason) = match own_role {
            Some(role) => (role, 0.9, "class of its element"),
            None => self.role(),
        };
        self.read.blocks.push(roles::block(role, text, confidence, reason));
    }

    fn role(&self) -> (Role, f32, &'static str) {
        if self.heading.is_some() {
            (Role::Subheading, 0.9, "heading")
        } else if self.caption.is_some() {
            (Role::Caption, 0.9, "figcaption")
        } else if self.embedded.is_some() {
            (Role::Embed, 0.9, "text of an embedded post")
        } else if self.in_item {
            (Role::List, 0.9, "list")
        } else if self.quotes > 0 {
            (Role::Quote, 0.9, "blockquote")
        } else {
            (Role::Paragraph, 0.8, "running text")
        }
    }

    pub(super) fn finish(mut self) -> Reading {
        // An element that never ends may have swallowed the story: its text goes back into the body.
        if let Some(title) = self.title.take() {
            title.chars().for_each(|c| self.line.push(c));
        }
        self.flush();
        for (open, role) in [(self.caption.take(), Role::Paragraph), (self.embedded.take(), Role::Quote)] {
            let first = open.map_or(usize::MAX, |stretch| stretch.first);
            let swallowed = self.read.blocks.iter_mut().skip(first);
            let is_text = |block: &&mut Block| block.reason.as_deref() != Some(ADDRESS);
            for block in swallowed.filter(is_text).filter(|block| matches!(block.role, Role::Caption | Role::Embed)) {
                block.role = role;
                block.reason = Some("in an element without end".to_owned());
            }
        }
        self.read
    }
}

/// Adds a picture unless its address is there already; then only what was not known is added.
pub(in crate::normalise) fn add_image(images: &mut Vec<Image>, image: Image) {
    match images.iter_mut().find(|known| known.url == image.url) {
        Some(known) => {
            known.caption = known.caption.take().or(image.caption);
            known.credit = known.credit.take().or(image.credit);
        }
        None => images.push(image),
    }
}
