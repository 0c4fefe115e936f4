//! What waits for the judge, where the broker keeps so little that it must not wait long.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// A bound on the bytes of items that are acknowledged and not yet judged. A real broker keeps them for days and needs
/// none; the embedded one forgets the oldest, so there the gatherer waits for the judge.
#[derive(Clone, Debug)]
pub struct Backlog {
    room: Arc<Semaphore>,
    bytes_max: usize,
}

impl Backlog {
    /// Room for so many bytes.
    pub fn new(bytes_max: usize) -> Backlog {
        Backlog { room: Arc::new(Semaphore::new(bytes_max)), bytes_max }
    }

    /// Takes room for an item's value, as soon as there is some; one that is larger than all takes all.
    pub(super) async fn take(&self, bytes: usize) {
        let permits = u32::try_from(bytes.min(self.bytes_max)).unwrap_or(u32::MAX);
        if let Ok(taken) = self.room.acquire_many(permits).await {
            taken.forget();
        }
    }

    /// Gives the room of a judged item's value back.
    pub fn give_back(&self, bytes: usize) {
        self.room.add_permits(bytes.min(self.bytes_max));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_waits_for_the_judge() {
        let backlog = Backlog::new(10);
        backlog.take(7).await;
        let waiting = backlog.clone();
        let second = tokio::spawn(async move { waiting.take(1_000).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!second.is_finished());
        backlog.give_back(7);
        second.await.unwrap();
        backlog.give_back(1_000);
        backlog.take(10).await;
    }
}
