//! Item to article: HTML to blocks, roles, links, dates, hashes.
