//! The model test: a handful of feeds that publish, edit, revert and move a few texts, gatherers
//! that lose their state and send again, and a judge that crashes and restores, against a naive
//! reference. What is published must be the same: no article lost, none created twice.

#[cfg(test)]
mod reference;
#[cfg(test)]
mod world;

use proptest::prelude::*;
use reference::{Event, Reference};
use world::{Step, World, step};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_published_is_what_the_reference_says(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        steps.iter().for_each(|step| world.take(step));
        world.finish();
        let mut reference = Reference::default();
        let expected: Vec<Event> = world.items().iter().zip(0..).filter_map(|(sent, offset)| reference.judge(sent, offset)).collect();
        let published: Vec<Event> = world.published().iter().map(Event::of).collect();
        prop_assert_eq!(published, expected);
        world.check_nothing_is_lost()?;
        if !steps.iter().any(|step| matches!(step, Step::Wait(_))) {
            world.check_nothing_is_created_twice()?;
        }
    }
}
