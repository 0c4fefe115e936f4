//! Room for bodies: what is being read, inflated and worked on is bounded as a whole, not only one by one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A permit stands for this many bytes, so that a terabyte still counts in 32 bits.
const PERMIT_BYTES: u64 = 1024;

/// The room that all polls of a client share.
#[derive(Debug, Clone)]
pub struct Room {
    free: Arc<Semaphore>,
    permits: u32,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes_max: u64) -> Room {
        let permits = u32::try_from(bytes_max / PERMIT_BYTES).unwrap_or(u32::MAX >> 3).max(1);
        Room { free: Arc::new(Semaphore::new(usize::try_from(permits).unwrap_or(usize::MAX >> 3))), permits }
    }

    /// A body that has taken nothing yet.
    pub(super) fn body(&self) -> Taken {
        Taken { room: self.clone(), held: None, permits: 0 }
    }
}

/// What one body has taken; dropping it gives the room back.
#[derive(Debug)]
pub struct Taken {
    room: Room,
    held: Option<OwnedSemaphorePermit>,
    permits: u32,
}

impl Taken {
    /// Takes more, up to so many bytes in all; waits while others have it. Bodies that wait for each other are ended
    /// by the limit of the whole poll. One that is larger than all room gets all of it.
    pub(super) async fn grow(&mut self, bytes: u64) {
        let wanted = u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX).min(self.room.permits);
        let more = wanted.saturating_sub(self.permits);
        if more == 0 {
            return;
        }
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&self.room.free).acquire_many_owned(more).await else { return };
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        self.permits = wanted;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bodies_wait_for_room_and_give_it_back() {
        let room = Room::new(10 * PERMIT_BYTES);
        let mut first = room.body();
        first.grow(4 * PERMIT_BYTES).await;
        first.grow(7 * PERMIT_BYTES).await;
        let mut second = room.body();
        let waits = tokio::time::timeout(Duration::from_secs(1), second.grow(4 * PERMIT_BYTES)).await;
        assert!(waits.is_err());
        drop(first);
        second.grow(4 * PERMIT_BYTES).await;
        second.grow(1).await;
        drop(second);
        room.body().grow(u64::MAX).await;
    }
}
