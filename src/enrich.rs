//! What is added to a normalised article; one file per enrichment.

mod language;
mod script;

use crate::article::Article;
use crate::normalise::Context;

/// Adds all that we can tell of an article beyond what it says of itself.
pub fn enrich(article: &mut Article, context: &Context<'_>) {
    language::settle(article, context);
}
