//! Redirects, followed by ourselves: each target passes the guard, and the feed moves only if every hop says so.

use reqwest::header::{self, HeaderMap};
use url::Url;

use super::error::{FetchError, Limit};
use super::headers::Origin;

/// RFC 9110 sets no number; five hops cover every honest chain.
const HOPS_MAX: usize = 5;

/// The way from the feed's address to where its document is.
#[derive(Debug)]
pub(super) struct Trail {
    seen: Vec<Url>,
    here: Url,
    permanent: bool,
    left_origin: bool,
}

impl Trail {
    pub(super) fn new(start: &Url) -> Trail {
        let mut here = start.clone();
        here.set_fragment(None);
        Trail { seen: Vec::new(), here, permanent: true, left_origin: false }
    }

    /// The address to ask now.
    pub(super) const fn here(&self) -> &Url {
        &self.here
    }

    /// Whether the feed's own headers may go there; once away, a way back is not trusted either.
    pub(super) const fn origin(&self) -> Origin {
        if self.left_origin { Origin::Foreign } else { Origin::Own }
    }

    /// Takes the hop that an answer asks for.
    pub(super) fn follow(&mut self, status: u16, headers: &HeaderMap) -> Result<(), FetchError> {
        let target = headers
            .get(header::LOCATION)
            .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
            .filter(|location| !location.trim().is_empty())
            .and_then(|location| self.here.join(location).ok());
        let Some(mut target) = target else { return Err(FetchError::RedirectTarget) };
        target.set_fragment(None);
        if target == self.here || self.seen.contains(&target) {
            return Err(FetchError::RedirectLoop);
        }
        if self.seen.len() >= HOPS_MAX {
            return Err(FetchError::Limit(Limit::Redirects));
        }
        self.permanent &= matches!(status, 301 | 308);
        self.left_origin |= target.origin() != self.here.origin();
        self.seen.push(std::mem::replace(&mut self.here, target));
        Ok(())
    }

    /// Where the feed has moved to, if every hop was a permanent one.
    pub(super) fn permanent(&self) -> Option<Url> {
        (self.permanent && !self.seen.is_empty()).then(|| self.here.clone())
    }
}
