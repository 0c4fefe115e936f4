//! Whole documents in, items out.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::article::{Enclosure, Image, Text, TextKind};

fn parsed(text: &str) -> ParsedFeed {
    at(text, "https://news.example/feeds/all.xml")
}

fn at(text: &str, base: &str) -> ParsedFeed {
    let base = Url::parse(base).unwrap();
    parse(Document { bytes: text.as_bytes(), content_type: None, base: Some(&base) }, &Limits::default()).unwrap()
}

fn refused(text: &str, limits: &Limits) -> ParseFailure {
    parse(Document { bytes: text.as_bytes(), content_type: None, base: None }, limits).unwrap_err().reason()
}

fn rss(items: &str) -> String {
    format!(
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/' \
         xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>{items}</channel></rss>"
    )
}

fn html(value: &str) -> Option<Text> {
    Some(Text { kind: TextKind::Html, value: value.to_owned() })
}

fn plain(value: &str) -> Option<Text> {
    Some(Text { kind: TextKind::Plain, value: value.to_owned() })
}

#[test]
fn rss2_gives_all_its_fields() {
    let feed = parsed(
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>
        <channel><title>The  News</title><link>/</link><language>en-GB</language><ttl>30</ttl>
        <item><title>One &amp;amp; two</title><link>story/1?a=b</link><guid isPermaLink='false'>/t3_x</guid>
        <pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate><description><![CDATA[<p>Short</p>]]></description>
        <content:encoded><![CDATA[<p>Long</p>]]></content:encoded><author>ann@news.example (Ann Smith)</author>
        <category>World</category><category>World</category><category>Asia</category>
        <enclosure url='/a.mp3' type='audio/mpeg' length='123'/></item></channel></rss>",
    );
    assert_eq!(
        (feed.format, feed.title.as_deref(), feed.language.as_deref()),
        (Format::Rss2, Some("The News"), Some("en-GB"))
    );
    assert_eq!((feed.site.as_deref(), feed.ttl), (Some("https://news.example/"), Some(Duration::from_mins(30))));
    let expected = Item {
        guid: Some("/t3_x".to_owned()),
        title: html("One &amp; two"),
        link: Some("https://news.example/feeds/story/1?a=b".to_owned()),
        summary: html("<p>Short</p>"),
        content: html("<p>Long</p>"),
        authors: vec!["Ann Smith".to_owned()],
        published: Some(Utc.with_ymd_and_hms(2026, 1, 5, 10, 0, 0).unwrap()),
        categories: vec!["World".to_owned(), "Asia".to_owned()],
        enclosures: vec![Enclosure {
            url: "https://news.example/a.mp3".to_owned(),
            media_type: Some("audio/mpeg".to_owned()),
            bytes: Some(123),
        }],
        language: Some("en-GB".to_owned()),
        ..Item::default()
    };
    assert_eq!(feed.items, [expected]);
}

#[test]
fn atom_gives_all_its_fields() {
    let feed = parsed(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fr'><title>Atome</title><author><name>Desk</name></author>
        <link rel='self' href='/self.xml'/><link href='https://site.example/'/>
        <entry><id>tag:news.example,2026:1</id><title type='html'>L&amp;#8217;un</title>
        <link rel='edit' href='/edit'/><link rel='alternate' type='text/html' href='../1'/>
        <link rel='enclosure' type='image/png' href='/p.png' title='Vue'/>
        <published>2026-01-05T10:00:00Z</published><updated>2026-01-06T10:00:00+01:00</updated>
        <summary>Court</summary><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Long</p></div></content>
        <category term='a' label='Asie'/><rights>Tous</rights></entry></feed>",
    );
    let item = &feed.items[0];
    assert_eq!((feed.format, feed.site.as_deref()), (Format::Atom, Some("https://site.example/")));
    assert_eq!(item.guid.as_deref(), Some("tag:news.example,2026:1"));
    assert_eq!(item.link.as_deref(), Some("https://news.example/1"));
    assert_eq!(
        (&item.title, &item.summary, &item.content),
        (&html("L&#8217;un"), &plain("Court"), &html("<p>Long</p>"))
    );
    assert_eq!(
        (item.authors.as_slice(), item.categories.as_slice()),
        (&["Desk".to_owned()][..], &["Asie".to_owned()][..])
    );
    assert_eq!(
        item.images,
        [Image { url: "https://news.example/p.png".into(), caption: Some("Vue".into()), credit: None }]
    );
    assert_eq!(item.updated, Some(Utc.with_ymd_and_hms(2026, 1, 6, 9, 0, 0).unwrap()));
    assert_eq!((item.language.as_deref(), item.rights.as_deref()), (Some("fr"), Some("Tous")));
}

#[test]
fn json_and_rdf_are_read() {
    let feed = parsed(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"https://j.example/","items":[
        {"id":"7","url":"/7","title":"Seven","content_html":"<p>x</p>","tags":["a"],
         "attachments":[{"url":"https://j.example/a.mp3","mime_type":"audio/mpeg","size_in_bytes":5}]}]}"#,
    );
    assert_eq!((feed.format, feed.items[0].link.as_deref()), (Format::Json, Some("https://news.example/7")));
    assert_eq!((feed.items[0].enclosures.len(), &feed.items[0].title), (1, &plain("Seven")));
    let feed = parsed(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
        <channel><title>R</title></channel><item><title>One</title><link>https://r.example/1</link></item></rdf:RDF>",
    );
    assert_eq!((feed.format, feed.items.len()), (Format::Rss1, 1));
}

#[test]
fn an_id_that_was_not_given_is_none_and_stays_none() {
    for document in [rss("<item><title>A</title></item>"), rss("<item><title>A</title><guid> </guid></item>")] {
        assert_eq!(parsed(&document).items[0].guid, None);
        assert_eq!(parsed(&document), parsed(&document));
    }
}

#[test]
fn a_guid_that_is_an_address_serves_as_link() {
    let feed = parsed(&rss("<item><guid>https://news.example/9</guid></item><item><guid>9</guid></item>"));
    assert_eq!(feed.items[0].link.as_deref(), Some("https://news.example/9"));
    assert_eq!(feed.items[1].link, None);
}

#[test]
fn only_web_links_are_kept() {
    for link in ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "file:///etc/passwd", "gopher://a.example/"]
    {
        let feed = parsed(&rss(&format!("<item><title>A</title><link>{link}</link><enclosure url='{link}'/></item>")));
        assert_eq!((feed.items[0].link.as_deref(), feed.items[0].enclosures.len()), (None, 0), "{link}");
        assert!(feed.report.of(Note::LinkDropped) >= 1, "{link}");
    }
}

#[test]
fn pictures_carry_caption_and_credit() {
    let feed = parsed(&rss(
        "<item><media:content url='https://i.example/1' type='image/jpeg'><media:description>A bridge</media:description>\
         <media:credit>Bob</media:credit></media:content></item>\
         <item><media:group><media:content url='https://i.example/v.mp4' type='video/mp4'/>\
         <media:thumbnail url='https://i.example/t.jpg'/></media:group></item>",
    ));
    let bridge =
        Image { url: "https://i.example/1".into(), caption: Some("A bridge".into()), credit: Some("Bob".into()) };
    assert_eq!(feed.items[0].images, [bridge]);
    assert_eq!(feed.items[1].images[0].url, "https://i.example/t.jpg");
    assert_eq!(feed.items[1].enclosures[0].url, "https://i.example/v.mp4");
}

#[test]
fn the_charset_is_put_right_before_the_parser_sees_it() {
    let text =
        "<?xml version='1.0' encoding='windows-1251'?><rss version='2.0'><channel><title>Вести</title></channel></rss>";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let feed = parse(Document { bytes: &bytes, content_type: None, base: None }, &Limits::default()).unwrap();
    assert_eq!((feed.title.as_deref(), feed.report.charset), (Some("Вести"), "windows-1251"));
}

#[test]
fn limits_cut_and_count() {
    let limits =
        Limits { title_bytes_max: 5, content_bytes_max: 7, url_bytes_max: 30, entries_max: 2, ..Limits::default() };
    let item = "<item><title>ééééé</title><description>12345678</description><link>https://a.example/1</link>\
                <guid>0123456789012345678901234567890</guid></item>";
    let text = rss(&item.repeat(3));
    let feed = parse(Document { bytes: text.as_bytes(), content_type: None, base: None }, &limits).unwrap();
    assert_eq!(feed.items.len(), 2);
    assert_eq!(feed.items[0].title, plain("éé"));
    assert_eq!((&feed.items[0].summary, &feed.items[0].guid), (&html("1234567"), &None));
    let counts: Vec<_> = feed.report.counts().collect();
    let expected = [(Note::EntriesCut, 1), (Note::TitleCut, 2), (Note::ContentCut, 2), (Note::UrlTooLong, 2)];
    assert_eq!(counts, expected);
    let small = Limits { document_bytes_max: 10, ..Limits::default() };
    assert_eq!(refused(&text, &small), ParseFailure::TooLarge);
}

#[test]
fn refusals_have_their_reasons() {
    let check = |text: &str, reason| assert_eq!(refused(text, &Limits::default()), reason, "{text}");
    check("", ParseFailure::Empty);
    check("<html><body>x</body></html>", ParseFailure::Html);
    check("<opml/>", ParseFailure::Opml);
    check("<urlset/>", ParseFailure::Sitemap);
    check("<svg/>", ParseFailure::NotAFeed);
    check("<rss version='2.0'><channel><item></channel></rss>", ParseFailure::Malformed);
    check("{\"version\":1}", ParseFailure::Malformed);
    check("<feed xmlns='http://purl.org/atom/ns#'><entry><title>A</title></entry></feed>", ParseFailure::Malformed);
    check(&rss(&format!("<item>{}</item>", "<media:group>".repeat(5_000))), ParseFailure::TooDeep);
}

#[test]
fn a_panic_of_the_parser_is_an_error_and_spares_the_next_document() {
    let mail = rss("<item><author>é a@news.example</author><author>a@news.example\u{a0}é</author></item>");
    assert_eq!(refused(&mail, &Limits::default()), ParseFailure::Panicked);
    assert_eq!(parsed(&rss("<item/>")).items.len(), 1);
}

#[test]
fn reasons_and_notes_have_distinct_names() {
    let names: std::collections::BTreeSet<_> = ParseFailure::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names.len(), ParseFailure::ALL.len());
    let names: std::collections::BTreeSet<_> = Note::ALL.iter().map(|note| note.as_str()).collect();
    assert_eq!(names.len(), Note::ALL.len());
    let names: std::collections::BTreeSet<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
    assert_eq!(names.len(), Format::ALL.len());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), content_type in "[ -~]{0,30}") {
        drop(parse(Document { bytes: &bytes, content_type: Some(&content_type), base: None }, &Limits::default()));
    }

    #[test]
    fn no_markup_panics(parts in "(<rss version='2.0'>|<channel>|<item>|</item>|<title>|</title>|<link>|<guid>|é|&amp;|&#0;|\
        <media:group>|<media:content url='/x'>|<itunes:duration>|9{25}|<author>|a@b.de|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<\\?xml encoding='utf-16'\\?>){0,40}") {
        let text = format!("<rss version='2.0'><channel>{parts}");
        drop(parse(Document { bytes: text.as_bytes(), content_type: None, base: None }, &Limits::default()));
    }

    #[test]
    fn cut_documents_never_panic(share in 0_usize..100) {
        let whole = rss("<item><title>é</title><description><![CDATA[<p>ü</p>]]></description></item>");
        let cut = &whole.as_bytes()[..whole.len() * share / 100];
        drop(parse(Document { bytes: cut, content_type: None, base: None }, &Limits::default()));
    }
}
