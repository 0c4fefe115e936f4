//! Filling a story's slots with facts drawn from the seed.

use crate::article::Digest;

use super::press::Tongue;

/// What one story tells of: where, who and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    story: usize,
    place: &'static str,
    other: &'static str,
    name: &'static str,
    n: u64,
    m: u64,
    /// Who signed it.
    pub author: &'static str,
}

/// A story with its slots filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The section of the paper.
    pub section: &'static str,
    /// The headline.
    pub headline: String,
    /// The text, a paragraph each.
    pub paragraphs: Vec<String>,
}

impl Facts {
    /// The facts of a desk's story of this number: always the same for the same seed.
    pub(super) fn draw(seed: u64, desk: &str, number: i64, tongue: &Tongue) -> Facts {
        let mut dice = Dice::new(seed, desk, number);
        // Stories take turns, so a reader soon sees them all.
        let turn = usize::try_from(number.rem_euclid(i64::MAX)).unwrap_or_default();
        let place = dice.below(tongue.places.len());
        let other = place + 1 + dice.below(tongue.places.len().saturating_sub(1));
        let name = dice.below(tongue.people.len());
        let author = name + 1 + dice.below(tongue.people.len().saturating_sub(1));
        Facts {
            story: turn % tongue.stories.len().max(1),
            place: pick(tongue.places, place),
            other: pick(tongue.places, other),
            name: pick(tongue.people, name),
            n: dice.number(),
            m: dice.number(),
            author: pick(tongue.people, author),
        }
    }

    /// The same story with the figure put right.
    pub(super) fn corrected(self) -> Facts {
        let n = if self.n >= 95 { self.n - 80 } else { self.n + 10 };
        Facts { n, ..self }
    }
}

/// Fills the slots.
pub(super) fn tell(tongue: &Tongue, facts: &Facts) -> Told {
    let Some(story) = tongue.stories.get(facts.story) else {
        return Told { section: "", headline: String::new(), paragraphs: Vec::new() };
    };
    Told {
        section: story.section,
        headline: fill(story.headline, facts),
        paragraphs: story.paragraphs.iter().map(|paragraph| fill(paragraph, facts)).collect(),
    }
}

fn fill(template: &str, facts: &Facts) -> String {
    let (n, m) = (facts.n.to_string(), facts.m.to_string());
    let slots = [("{place}", facts.place), ("{other}", facts.other), ("{name}", facts.name), ("{n}", &n), ("{m}", &m)];
    slots.into_iter().fold(template.to_owned(), |text, (slot, fact)| text.replace(slot, fact))
}

fn pick(from: &'static [&'static str], index: usize) -> &'static str {
    from.get(index % from.len().max(1)).copied().unwrap_or_default()
}

/// A row of numbers that depends on nothing but its name.
struct Dice {
    name: String,
    throws: u32,
}

impl Dice {
    fn new(seed: u64, desk: &str, number: i64) -> Dice {
        Dice { name: format!("{seed}/{desk}/{number}"), throws: 0 }
    }

    fn throw(&mut self) -> u64 {
        self.throws += 1;
        Digest::of("demo", [self.name.as_bytes(), &self.throws.to_le_bytes()]).low64()
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.throw() % bound).unwrap_or_default()
    }

    /// Two digits, the last from 5 to 9: then one plural is right in every language of the press.
    fn number(&mut self) -> u64 {
        let throw = self.throw();
        10 * (1 + throw % 9) + 5 + throw / 9 % 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::demo::press::{PAPERS, WIRE};

    #[test]
    fn every_slot_is_filled_and_the_text_is_long_enough_to_be_evidence() {
        for tongue in PAPERS.iter().map(|paper| paper.tongue).chain([WIRE]) {
            for number in 0..6 {
                let told = tell(tongue, &Facts::draw(1, "desk", number, tongue));
                let text = format!("{} {}", told.headline, told.paragraphs.join(" "));
                assert!(!text.contains(['{', '}']), "{text}");
                let words = match tongue.language {
                    // Written without spaces: a character counts as a word.
                    "ja" | "zh" => text.chars().filter(|letter| letter.is_alphanumeric()).count(),
                    _ => text.split_whitespace().count(),
                };
                assert!(words >= 25, "{words} words in {} story {number}", tongue.language);
            }
        }
    }

    #[test]
    fn numbers_end_in_five_to_nine() {
        let mut dice = Dice::new(7, "desk", 3);
        for _ in 0..200 {
            let number = dice.number();
            assert!((15..=99).contains(&number) && number % 10 >= 5, "{number}");
        }
    }

    #[test]
    fn a_correction_changes_the_figure_and_nothing_else() {
        for number in 0..50 {
            let facts = Facts::draw(3, "desk", number, WIRE);
            let corrected = facts.corrected();
            assert_ne!(facts.n, corrected.n);
            assert!((15..=99).contains(&corrected.n) && corrected.n % 10 >= 5);
            assert_eq!(Facts { n: facts.n, ..corrected }, facts);
        }
    }

    #[test]
    fn place_and_other_place_differ() {
        for number in 0..50 {
            let facts = Facts::draw(3, "desk", number, WIRE);
            assert_ne!(facts.place, facts.other);
            assert_ne!(facts.name, facts.author);
        }
    }
}
