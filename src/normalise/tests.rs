//! Items, texts and fragments, and the articles made of them.

use proptest::prelude::*;

use super::*;
use crate::article::{Image, Role, Text, TextKind};

fn markup(value: &str) -> Option<Text> {
    Some(Text { kind: TextKind::Html, value: value.to_owned() })
}

fn plain_text(value: &str) -> Option<Text> {
    Some(Text { kind: TextKind::Plain, value: value.to_owned() })
}

fn normalise(item: &Item) -> Article {
    super::item(item, &Context::default())
}

fn roles_of(article: &Article) -> Vec<(Role, &str)> {
    article.blocks.iter().map(|block| (block.role, block.text.as_str())).collect()
}

#[test]
fn an_empty_item_is_an_empty_article() {
    let article = normalise(&Item::default());
    assert_eq!((article.headline.as_deref(), article.blocks.len(), article.words), (None, 0, 0));
    assert!(article.provenance.is_empty() && article.is_thin());
    assert_eq!(article.content_hash, content_hash(None, ""));
}

#[test]
fn headlines_are_one_line_of_plain_text() {
    let headline = |title| normalise(&Item { title, ..Item::default() }).headline;
    let check = |title, expected: &str| assert_eq!(headline(title).as_deref(), Some(expected));
    check(plain_text(" A &amp; B:\n  C "), "A & B: C");
    check(markup("A &amp;amp; <b>B</b>&nbsp;C"), "A & B C");
    check(plain_text("<i>Anna K</i> reopens"), "Anna K reopens");
    check(plain_text("2 < 3"), "2 < 3");
    assert_eq!(headline(plain_text(" \u{200B} ")), None);
}

#[test]
fn the_longer_text_is_the_story_and_the_summary_its_standfirst() {
    let item = Item {
        title: plain_text("Crane moves"),
        summary: markup("<p>Ten years of quarrels end.</p>"),
        content: markup("<h2>Crane moves</h2><p>The old crane will leave the port in May.</p><p>Nobody cheers.</p>"),
        ..Item::default()
    };
    let article = normalise(&item);
    assert_eq!(article.standfirst.as_deref(), Some("Ten years of quarrels end."));
    assert_eq!(article.body(), "The old crane will leave the port in May.\n\nNobody cheers.");
    assert_eq!(article.blocks[0].role, Role::Standfirst);
    assert_eq!(article.blocks[1].role, Role::Headline);
    assert_eq!(article.words, 13);
    assert_eq!(article.provenance["body"].source, "item.content");

    let swapped = normalise(&Item {
        summary: item.content,
        content: markup("<img src='https://a.example/1.jpg'>"),
        ..Item::default()
    });
    assert_eq!(swapped.provenance["body"].source, "item.summary");
    assert_eq!((swapped.standfirst, swapped.images.len()), (None, 1));
}

#[test]
fn a_summary_that_the_story_holds_adds_nothing() {
    let story = "<p>The old crane will leave the port in May, the mayor said.</p><p>Nobody cheers.</p>";
    for summary in [
        "The old crane will leave the port in May, the mayor said.",
        "The old crane will LEAVE the port […]",
        "The old crane will leave the po… <a href='https://a.example'>Continue reading Crane moves</a>",
        "",
    ] {
        let article = normalise(&Item { content: markup(story), summary: markup(summary), ..Item::default() });
        assert_eq!(article.standfirst, None, "{summary}");
        assert_eq!(article.blocks.len(), 2, "{summary}");
    }
}

#[test]
fn nothing_that_only_the_other_text_says_is_lost() {
    let long = "Words that nobody else has. ".repeat(60);
    let item =
        Item { content: markup(&"Other words here. ".repeat(200)), summary: plain_text(&long), ..Item::default() };
    let article = normalise(&item);
    assert_eq!(article.standfirst, None);
    assert!(article.body().contains("nobody else has"));
}

#[test]
fn facts_name_their_source() {
    let item = Item {
        guid: Some(" 7 ".to_owned()),
        link: Some("http://A.example/x?utm_source=rss".to_owned()),
        content: markup("<img src='b.jpg' alt='A'><img src='https://c.example/c.jpg'>"),
        images: vec![Image { url: "https://c.example/c.jpg".to_owned(), ..Image::default() }],
        published: DateTime::from_timestamp(1_700_000_000, 0),
        authors: vec!["a@b.example (Ann)".to_owned()],
        language: Some("en_gb".to_owned()),
        ..Item::default()
    };
    let article = super::item(&item, &Context { feed_language: Some("fr"), base: None });
    assert_eq!(article.links.found.as_deref(), Some("http://A.example/x?utm_source=rss"));
    assert_eq!(article.links.canonical.as_deref(), Some("https://a.example/x"));
    assert_eq!(
        (article.language.as_deref(), article.provenance["language"].source.as_str()),
        (Some("en-GB"), "item.language")
    );
    assert_eq!(article.published, item.published);
    assert_eq!(article.provenance["published"], Fact { source: "item.published".to_owned(), ..Fact::default() });
    assert_eq!((article.guid.as_deref(), article.authors.as_slice()), (Some("7"), ["Ann".to_owned()].as_slice()));
    let images: Vec<&str> = article.images.iter().map(|image| image.url.as_str()).collect();
    assert_eq!(images, ["https://c.example/c.jpg", "http://a.example/b.jpg"]);
}

#[test]
fn language_tags_are_spelt_as_usual() {
    let check = |raw: &str, expected: Option<&str>| assert_eq!(language_tag(raw).as_deref(), expected, "{raw}");
    check("EN-us", Some("en-US"));
    check(" pt_br ", Some("pt-BR"));
    check("zh-hant-tw", Some("zh-Hant-TW"));
    check("es-419", Some("es-419"));
    check("iw", Some("he"));
    for wrong in ["", "english", "und", "e", "12", "é"] {
        check(wrong, None);
    }
}

#[test]
fn a_document_gives_its_heading_as_headline() {
    let html = "<title>Site - Crane</title><p>Menu.</p><p>Home.</p><p>News.</p><h1>Crane moves</h1><p>The story.</p>";
    let article = super::html(html, Some("https://a.example/1"));
    assert_eq!(article.headline.as_deref(), Some("Crane moves"));
    assert_eq!(article.body(), "Menu.\n\nHome.\n\nNews.\n\nThe story.");
    assert_eq!(super::html("<title>Only</title><p>x", None).provenance["headline"].source, "html.title");
}

#[test]
fn a_flattened_article_keeps_every_sentence() {
    let source = include_str!("../../tests/fixtures/flattened-fr.txt");
    let article = super::text(source, None);
    assert_eq!(article.headline.as_deref(), Some("La vieille grue de Port-Exemple quitte enfin les quais"));
    let body = article.body();
    let out_of_body = [
        (Role::Headline, "La vieille grue de Port-Exemple quitte enfin les quais"),
        (Role::ImageSlug, "grua-puerto"),
        (Role::Caption, "La grue jaune, vue du quai aux Huîtres, lundi. (Photo : Camille Exemple / Agence Modèle)"),
        (Role::ImageSlug, "muelle-viejo-2"),
        (Role::Credit, "Édité par Léa Exemple"),
    ];
    let left_out: Vec<(Role, &str)> = roles_of(&article).into_iter().filter(|(role, _)| !role.is_body()).collect();
    assert_eq!(left_out, out_of_body);
    let headings: Vec<(Role, &str)> =
        roles_of(&article).into_iter().filter(|(role, _)| *role == Role::Subheading).collect();
    assert_eq!(
        headings,
        [(Role::Subheading, "Un géant de 300 tonnes"), (Role::Subheading, "Ce que deviendra le quai")]
    );
    for line in source.lines().filter(|line| !line.is_empty()) {
        let left = out_of_body.iter().any(|(_, text)| *text == line);
        assert_ne!(body.contains(line), left, "{line}");
    }
}

#[test]
fn the_hash_is_a_function_of_the_item_alone() {
    let item = Item {
        title: plain_text("Crane"),
        content: markup("<p>One.</p><img src='a.jpg'><iframe src='/b'></iframe><a href='c'>Two</a>"),
        ..Item::default()
    };
    let base = Url::parse("https://a.example/").unwrap();
    let plainly = normalise(&item);
    let placed = super::item(&item, &Context { feed_language: Some("fr"), base: Some(&base) });
    assert_eq!((plainly.content_hash, plainly.text_hash), (placed.content_hash, placed.text_hash));
    assert_eq!((plainly.images.len(), placed.images.len()), (0, 1));
}

proptest! {
    #[test]
    fn any_item_makes_an_article(
        title in "\\PC{0,20}", summary in "(?s).{0,60}", content in "(<[a-z/]{1,5}>|[^<]){0,30}", link in "\\PC{0,20}", html in any::<bool>(),
    ) {
        let text = |value: String| Some(Text { kind: if html { TextKind::Html } else { TextKind::Plain }, value });
        let item = Item {
            title: text(title), summary: text(summary.clone()), content: text(content), link: Some(link.clone()),
            authors: vec![summary.clone()], language: Some(link), ..Item::default()
        };
        let article = normalise(&item);
        prop_assert_eq!(&article, &normalise(&item));
        prop_assert!(article.blocks.iter().all(|block| !block.text.trim().is_empty()));
        prop_assert!(super::text(&summary, None).blocks.iter().all(|block| !block.text.trim().is_empty()));
    }

    #[test]
    fn sentences_of_a_flattened_text_stay(lines in prop::collection::vec("[A-ZÀ-Ü][a-zà-ü]{2,8}( [a-zà-ü]{1,9}){3,20}[.?!]", 1..12)) {
        let article = super::text(&lines.join("\n\n"), None);
        let body = article.body();
        prop_assert!(lines.iter().all(|line| body.contains(line)));
    }
}
