//! Name look-up with the guard in it: the address that was checked is the address that is dialled,
//! so a name that changes its answer between check and use gains nothing.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::guard::{Guard, Reach, Refusal};

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
            check_all(&guard, reach, &found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// One private answer among public ones is an attack, not a choice.
fn check_all(guard: &Guard, reach: Reach, found: &[SocketAddr]) -> Result<(), Refusal> {
    found.iter().try_for_each(|address| guard.check_address(address.ip(), reach))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_private_answer_spoils_all() {
        let parse = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
        };
        let check = |reach, addresses: &[&str]| check_all(&Guard::default(), reach, &parse(addresses)).is_ok();
        assert!(check(Reach::Public, &["8.8.8.8", "2606:4700::1111"]));
        assert!(!check(Reach::Public, &["8.8.8.8", "10.0.0.1"]));
        assert!(!check(Reach::Public, &["2606:4700::1111", "::ffff:127.0.0.1"]));
        assert!(!check(Reach::Allowed, &["8.8.8.8"]));
    }
}
