//! The made-up press: newspapers that do not exist, in towns that do not either.
//!
//! All texts are templates. The slots `{place}`, `{other}`, `{name}`, `{n}` and `{m}` are filled per item, so new
//! items keep coming. Numbers always end in 5 to 9 and have two digits: then one form of the counted noun is right
//! in every language here, those with several plurals included.

mod east_asian;
mod germanic;
mod greek;
mod romance;
mod semitic;
mod slavic;

/// The stories and stock phrases of one language.
#[derive(Debug)]
pub struct Tongue {
    /// BCP 47.
    pub language: &'static str,
    /// Towns, none of which exists.
    pub places: &'static [&'static str],
    /// People, none of whom exists; of one grammatical gender where the verb shows it.
    pub people: &'static [&'static str],
    /// What can happen in these towns.
    pub stories: &'static [Story],
    /// The line a corrected story ends with.
    pub correction: &'static str,
    /// What stands around the text in the mark-up and is no part of it.
    pub dressing: Dressing,
}

/// One kind of story, with slots for its facts.
#[derive(Debug)]
pub struct Story {
    /// The section of the paper.
    pub section: &'static str,
    /// The headline.
    pub headline: &'static str,
    /// The text, a paragraph each.
    pub paragraphs: &'static [&'static str],
}

/// Caption, credit, share line and footer: what a clean article should not have in its body.
#[derive(Debug, PartialEq, Eq)]
pub struct Dressing {
    /// Under the picture.
    pub caption: &'static str,
    /// Who took the picture.
    pub credit: &'static str,
    /// The line of buttons.
    pub share: &'static str,
    /// The promotional line at the end; in some papers it is in another language.
    pub footer: &'static str,
}

/// How a paper writes its feed document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 2.0, in UTF-8.
    Rss,
    /// RSS 2.0, in windows-1251 as older Russian sites do.
    RssWindows1251,
    /// Atom 1.0.
    Atom,
    /// JSON Feed 1.1.
    Json,
}

/// How a paper writes the text of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Paragraphs only.
    Bare,
    /// Paragraphs with a picture, its caption and credit, a share line and a footer.
    Dressed,
}

/// What a paper does to its document when there is no news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Nothing: the document stays byte for byte the same.
    Steady,
    /// Stamps the document anew every few seconds: a new ETag, the same items.
    Rebuilds,
    /// Stamps every item as updated every few seconds, though no word of it changed.
    Restamps,
}

/// What goes wrong with a paper's server while one watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Answers 500 for a while.
    Failing,
    /// Answers with a maintenance page in HTML for a while.
    TurnsIntoHtml,
    /// Cuts its document off in the middle of a tag for a while.
    BreaksOff,
    /// Moves to another address for good.
    Moves,
}

/// Where a paper's stories come from.
#[derive(Debug, Clone, Copy)]
pub enum Stories {
    /// Its own desk.
    Own,
    /// Its own desk, and every third story word for word from the wire.
    OwnAndWire,
    /// The stories of other papers, named by slug, under those papers' own links.
    Collected(&'static [&'static str]),
}

/// One newspaper and its feed.
#[derive(Debug)]
pub struct Paper {
    /// Short name, used in addresses.
    pub slug: &'static str,
    /// The name on the front page.
    pub title: &'static str,
    /// ISO 3166-1 alpha-2 of the country it would be in.
    pub country: &'static str,
    /// The language it is written in.
    pub tongue: &'static Tongue,
    /// How its feed is written.
    pub format: Format,
    /// How its items are written.
    pub body: Body,
    /// Seconds from one story to the next.
    pub pace: i64,
    /// Seconds from the start to the first new story.
    pub phase: i64,
    /// What it does without news.
    pub habit: Habit,
    /// What goes wrong.
    pub trouble: Trouble,
    /// Where its stories come from.
    pub stories: Stories,
}

impl Paper {
    /// The web site the paper declares as its own.
    pub fn site(&self) -> String {
        format!("https://{}.example/", self.slug)
    }

    /// The path of the feed on its host.
    pub fn path(&self) -> String {
        let name = match self.format {
            Format::Rss | Format::RssWindows1251 => "rss.xml",
            Format::Atom => "atom.xml",
            Format::Json => "feed.json",
        };
        format!("/{}/{name}", self.slug)
    }

    /// The path the operator knows: the old one where the paper moves.
    pub fn registered_path(&self) -> String {
        match self.trouble {
            Trouble::Moves => format!("/{}/old", self.slug),
            Trouble::None | Trouble::Failing | Trouble::TurnsIntoHtml | Trouble::BreaksOff => self.path(),
        }
    }
}

/// The stories of the wire, which two papers carry word for word.
pub const WIRE: &Tongue = &germanic::WIRE;

/// Who signs a wire story.
pub const WIRE_BYLINE: &str = "Harrowby Wire";

/// A paper without troubles and habits; the list below says what differs.
const fn paper(slug: &'static str, title: &'static str, country: &'static str, tongue: &'static Tongue) -> Paper {
    Paper {
        slug,
        title,
        country,
        tongue,
        format: Format::Rss,
        body: Body::Dressed,
        pace: 21,
        phase: 5,
        habit: Habit::Steady,
        trouble: Trouble::None,
        stories: Stories::Own,
    }
}

/// All papers. Pace and phase spread their stories, so that something happens every second or two.
pub const PAPERS: &[Paper] = &[
    Paper { pace: 18, phase: 4, ..paper("courrier-valbrume", "Le Courrier de Valbrume", "FR", &romance::FRENCH) },
    Paper {
        body: Body::Bare,
        pace: 15,
        phase: 6,
        stories: Stories::OwnAndWire,
        ..paper("eastmere-herald", "The Eastmere Herald", "GB", &germanic::ENGLISH)
    },
    Paper {
        format: Format::Atom,
        body: Body::Bare,
        pace: 15,
        phase: 11,
        stories: Stories::OwnAndWire,
        ..paper("northport-post", "Northport Post", "IE", &germanic::ENGLISH)
    },
    Paper {
        pace: 20,
        phase: 9,
        habit: Habit::Restamps,
        ..paper("diario-rioclaro", "El Diario de Ríoclaro", "ES", &romance::SPANISH)
    },
    Paper {
        format: Format::Atom,
        pace: 19,
        phase: 3,
        trouble: Trouble::Failing,
        ..paper("tannenfelder-bote", "Tannenfelder Bote", "DE", &germanic::GERMAN)
    },
    Paper {
        format: Format::Json,
        pace: 23,
        phase: 7,
        trouble: Trouble::Moves,
        ..paper("folha-gralhas", "Folha das Gralhas", "PT", &romance::PORTUGUESE)
    },
    Paper {
        pace: 21,
        phase: 2,
        trouble: Trouble::TurnsIntoHtml,
        ..paper("glos-lipowa", "Głos Lipowa", "PL", &slavic::POLISH)
    },
    Paper { pace: 22, phase: 10, ..paper("wadi-nakhil", "صحيفة وادي النخيل", "JO", &semitic::ARABIC) },
    Paper {
        format: Format::Atom, pace: 24, phase: 13, ..paper("kol-hagiva", "קול הגבעה", "IL", &semitic::HEBREW)
    },
    Paper {
        pace: 20,
        phase: 12,
        trouble: Trouble::BreaksOff,
        ..paper("asprolimano", "Ο Ταχυδρόμος του Ασπρολίμανου", "GR", &greek::GREEK)
    },
    Paper {
        format: Format::RssWindows1251,
        pace: 22,
        phase: 14,
        habit: Habit::Rebuilds,
        ..paper("vestnik-sosnovsk", "Вестник Сосновска", "KZ", &slavic::RUSSIAN)
    },
    Paper { format: Format::Atom, pace: 19, phase: 8, ..paper("aohama", "青浜新聞", "JP", &east_asian::JAPANESE) },
    Paper { format: Format::Json, pace: 21, phase: 15, ..paper("yunqiao", "云桥日报", "CN", &east_asian::CHINESE) },
    Paper { pace: 23, phase: 16, ..paper("hanbit", "한빛마을신문", "KR", &east_asian::KOREAN) },
    Paper {
        format: Format::Atom,
        body: Body::Bare,
        stories: Stories::Collected(&["courrier-valbrume", "eastmere-herald", "aohama"]),
        ..paper("planet-small-towns", "Planet Small Towns", "CH", &germanic::ENGLISH)
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn at_least_ten_languages_and_every_format_habit_and_trouble_occur() {
        let languages: BTreeSet<_> = PAPERS.iter().map(|paper| paper.tongue.language).collect();
        assert!(languages.len() >= 10, "{languages:?}");
        for format in [Format::Rss, Format::RssWindows1251, Format::Atom, Format::Json] {
            assert!(PAPERS.iter().any(|paper| paper.format == format), "{format:?}");
        }
        for habit in [Habit::Steady, Habit::Rebuilds, Habit::Restamps] {
            assert!(PAPERS.iter().any(|paper| paper.habit == habit), "{habit:?}");
        }
        for trouble in [Trouble::Failing, Trouble::TurnsIntoHtml, Trouble::BreaksOff, Trouble::Moves] {
            assert!(PAPERS.iter().any(|paper| paper.trouble == trouble), "{trouble:?}");
        }
    }

    #[test]
    fn every_tongue_has_enough_to_tell() {
        for tongue in PAPERS.iter().map(|paper| paper.tongue).chain([WIRE]) {
            let language = tongue.language;
            assert!(tongue.places.len() >= 4 && tongue.people.len() >= 4, "{language}");
            assert!(tongue.stories.len() >= 3, "{language}");
            for story in tongue.stories {
                assert!(story.headline.contains("{place}") && story.headline.contains("{n}"), "{}", story.headline);
                assert!(story.paragraphs.len() >= 2, "{}", story.headline);
            }
        }
    }

    #[test]
    fn two_papers_carry_the_wire_at_one_pace() {
        let carriers: Vec<_> = PAPERS.iter().filter(|paper| matches!(paper.stories, Stories::OwnAndWire)).collect();
        assert_eq!(carriers.len(), 2);
        assert!(carriers.iter().all(|paper| paper.pace == carriers[0].pace && paper.body == Body::Bare));
    }

    #[test]
    fn collected_papers_exist_and_slugs_are_unique() {
        let slugs: BTreeSet<_> = PAPERS.iter().map(|paper| paper.slug).collect();
        assert_eq!(slugs.len(), PAPERS.len());
        for paper in PAPERS {
            if let Stories::Collected(others) = paper.stories {
                assert!(others.iter().all(|other| slugs.contains(other) && *other != paper.slug));
            }
        }
    }
}
