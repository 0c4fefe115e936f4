//! A multimap from 128-bit keys to slots in eight bytes an entry.
//!
//! It keeps 32 bits of each key; the caller holds the whole one and checks it. A key that somebody
//! makes collide on purpose costs him a few billion hashes and us one look more.

use hashbrown::HashTable;

use crate::article::Digest;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    part: u32,
    slot: u32,
}

/// Where keys lead.
#[derive(Debug, Default)]
pub(super) struct Index(HashTable<Entry>);

impl Index {
    /// Adds one way to a slot.
    pub(super) fn insert(&mut self, key: Digest, slot: u32) {
        let entry = Entry { part: part(key), slot };
        self.0.insert_unique(spread(entry.part), entry, |entry| spread(entry.part));
    }

    /// Takes one way to a slot away.
    pub(super) fn remove(&mut self, key: Digest, slot: u32) {
        let entry = Entry { part: part(key), slot };
        if let Ok(found) = self.0.find_entry(spread(entry.part), |other| *other == entry) {
            found.remove();
        }
    }

    /// The slots to which the key may lead; foreign ones can be among them.
    pub(super) fn slots(&self, key: Digest) -> impl Iterator<Item = u32> {
        let part = part(key);
        self.0.iter_hash(spread(part)).filter(move |entry| entry.part == part).map(|entry| entry.slot)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.0.allocation_size()
    }
}

fn part(key: Digest) -> u32 {
    key.bytes().last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The table takes its buckets from the low bits and its tags from the highest: both must vary.
fn spread(part: u32) -> u64 {
    u64::from(part) | u64::from(part.wrapping_mul(0x9E37_79B9)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_leads_to_many_slots_and_each_way_goes_alone() {
        let key = |name: &str| Digest::of("test", [name.as_bytes()]);
        let mut index = Index::default();
        for slot in 0..1000 {
            index.insert(key(&(slot / 2).to_string()), slot);
        }
        let slots = |index: &Index, name: &str| {
            let mut slots: Vec<u32> = index.slots(key(name)).collect();
            slots.sort_unstable();
            slots
        };
        assert_eq!(slots(&index, "7"), [14, 15]);
        index.remove(key("7"), 14);
        index.remove(key("7"), 14);
        assert_eq!(slots(&index, "7"), [15]);
        assert!(slots(&index, "500").is_empty());
        assert!(index.bytes() >= 1000 * 8);
    }
}
