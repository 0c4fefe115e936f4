//! Name look-up with the guard in it: the address that was checked is the address that is dialled,
//! so a name that changes its answer between check and use gains nothing.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::guard::{Guard, Reach};

/// Look-ups hold a thread each for as long as the system's resolver likes (30 s and more when a name
/// server is silent); they may not take all the threads of the runtime.
const LOOKUPS_MAX: usize = 64;

/// A resolver for one reach; the two of a client share their threads.
pub(super) struct Resolver {
    guard: Arc<Guard>,
    reach: Reach,
    lookups: Arc<Semaphore>,
}

/// The bound that the resolvers of one client share.
pub(super) fn lookups() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(LOOKUPS_MAX))
}

impl Resolver {
    pub(super) fn new(guard: Arc<Guard>, reach: Reach, lookups: Arc<Semaphore>) -> Resolver {
        Resolver { guard, reach, lookups }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, reach, lookups) = (Arc::clone(&self.guard), self.reach, Arc::clone(&self.lookups));
        Box::pin(async move {
            let permit = lookups.acquire_owned().await?;
            // The permit lives as long as the thread is held, also when nobody waits for it any more.
            let found = tokio::task::spawn_blocking(move || {
                let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>);
                drop(permit);
                found
            })
            .await??;
            // One private answer among public ones is an attack, not a choice.
            for address in &found {
                guard.check_address(address.ip(), reach)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
