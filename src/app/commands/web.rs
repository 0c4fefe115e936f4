//! Fetching for commands: one request like the daemon's, without validators.

use bytes::Bytes;
use url::Url;

use super::parse::{Fetch, Fetched};
use crate::clock;
use crate::fetch::{Answer, Client, FetchError, Request};
use crate::schedule::Validators;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Page {
    /// The document.
    pub(super) bytes: Bytes,
    /// The status.
    pub(super) status: u16,
    /// The declared type.
    pub(super) content_type: Option<String>,
    /// Where it came from, after redirects.
    pub(super) final_url: Url,
    /// Where the feed has moved to, if every redirect was permanent.
    pub(super) permanent: Option<Url>,
}

/// The daemon's client, for one document at a time.
#[derive(Debug)]
pub(super) struct Web(pub(super) Client);

impl Web {
    /// Fetches one document, whole.
    pub(super) async fn page(&self, url: &Url) -> Result<Page, FetchError> {
        let validators = Validators::default();
        let request = Request { url, validators: &validators, headers: &[], credentials: None, now: clock::now() };
        match self.0.fetch(request).await? {
            Answer::Body { bytes, status, content_type, final_url, permanent, .. } => {
                Ok(Page { bytes, status, content_type, final_url, permanent })
            }
            // Nobody asked whether it was modified.
            Answer::NotModified { hints, .. } => Err(FetchError::Status { status: 304, hints }),
        }
    }
}

impl Fetch for Web {
    async fn fetch(&self, url: &Url) -> Result<Fetched, String> {
        let page = self.page(url).await.map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
        Ok(Fetched { bytes: page.bytes, content_type: page.content_type, final_url: page.final_url })
    }
}
