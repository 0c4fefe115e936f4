//! Stand-ins for closed sets of other rooms, value by value the same.

use super::family::closed;

closed! {
    /// How a poll ended.
    PollOutcome {
        /// A document that differs from the last one.
        Changed = "changed",
        /// 304: nothing new.
        NotModified = "not_modified",
        /// 200, but the very document we had.
        SameBody = "same_body",
        /// 410: taken away on purpose.
        Gone = "gone",
        /// 404.
        NotFound = "not_found",
        /// 401, 403 and other refusals.
        Refused = "refused",
        /// 429: the host asks to slow down.
        TooManyRequests = "too_many_requests",
        /// 503: out of service.
        Unavailable = "unavailable",
        /// Another status of the server's own fault.
        ServerError = "server_error",
        /// Name, connection, TLS or a time limit.
        Unreachable = "unreachable",
        /// Something was answered that is no usable response.
        BadAnswer = "bad_answer",
        /// The body is no feed.
        BadDocument = "bad_document",
        /// Our own rules forbid the address.
        Forbidden = "forbidden",
    }
}

closed! {
    /// Why a fetch failed.
    FailureReason {
        /// The URL itself is refused.
        BadUrl = "bad_url",
        /// The address is not public, or the port not allowed.
        BlockedAddress = "blocked_address",
        /// A header of the feed's own cannot be sent.
        BadHeader = "bad_header",
        /// Name not found.
        Dns = "dns",
        /// No connection.
        Connect = "connect",
        /// No TLS session.
        Tls = "tls",
        /// No HTTP.
        Protocol = "protocol",
        /// Limit for name, connection and TLS.
        TimeoutConnect = "timeout_connect",
        /// Limit until the headers.
        TimeoutFirstByte = "timeout_first_byte",
        /// Limit between two pieces.
        TimeoutIdle = "timeout_idle",
        /// Limit of the whole poll.
        TimeoutTotal = "timeout_total",
        /// Too many or too large headers.
        HeadersTooLarge = "headers_too_large",
        /// Decoded body too large.
        TooLarge = "too_large",
        /// Transferred body too large.
        TooLargeOnWire = "too_large_on_wire",
        /// A compression bomb.
        Ratio = "ratio",
        /// Unknown or double encoding, or a damaged body.
        Encoding = "encoding",
        /// The body is cut off.
        Truncated = "truncated",
        /// More redirects than we follow.
        RedirectLimit = "redirect_limit",
        /// A circle.
        RedirectLoop = "redirect_loop",
        /// A redirect to nowhere.
        RedirectTarget = "redirect_target",
        /// 401, 403 and 4xx not named here.
        StatusRefused = "status_refused",
        /// 404.
        StatusNotFound = "status_not_found",
        /// 410.
        StatusGone = "status_gone",
        /// 429.
        StatusTooManyRequests = "status_too_many_requests",
        /// 503.
        StatusUnavailable = "status_unavailable",
        /// 408, 425 and 5xx.
        StatusServerError = "status_server_error",
        /// Any other status that brings no document.
        StatusOther = "status_other",
    }
}

closed! {
    /// Why a document gave no items.
    ParseFailure {
        /// Nothing but blanks.
        Empty = "empty",
        /// A web page.
        Html = "html",
        /// A list of feeds.
        Opml = "opml",
        /// A sitemap.
        Sitemap = "sitemap",
        /// Another kind of document.
        NotAFeed = "not_a_feed",
        /// Over the limit of bytes.
        TooLarge = "too_large",
        /// Over the limit of depth.
        TooDeep = "too_deep",
        /// Would multiply in memory.
        Amplifies = "amplifies",
        /// Breaks the grammar.
        Malformed = "malformed",
        /// Made the parser panic.
        Panicked = "panicked",
    }
}

closed! {
    /// Why a host is left alone.
    HostReason {
        /// It answered 429.
        TooManyRequests = "too_many_requests",
        /// It answered 503 with a `Retry-After`.
        Unavailable = "unavailable",
    }
}

closed! {
    /// How judging a record ended.
    Outcome {
        /// A new article was published.
        New = "new",
        /// A revision was published.
        Revised = "revised",
        /// A duplicate was published.
        Duplicate = "duplicate",
        /// Nothing that subscribers do not have.
        Repeat = "repeat",
        /// The same feed has shown something newer already.
        Stale = "stale",
        /// Held by the backlog rule: remembered, not published.
        Remembered = "remembered",
        /// Could not be judged.
        DeadLetter = "dead_letter",
        /// No item: word that a feed left or is back.
        Signal = "signal",
    }
}

closed! {
    /// A topic of ours.
    Topic {
        /// Feed definitions.
        Feeds = "feeds",
        /// What was learned of feeds and hosts.
        FeedState = "feed_state",
        /// Everything gathered.
        Items = "items",
        /// The judge's memory.
        ArticleState = "article_state",
        /// Articles and revisions.
        Articles = "articles",
        /// Articles in further feeds.
        Duplicates = "duplicates",
        /// What happened to feeds.
        FeedEvents = "feed_events",
        /// What could not be processed.
        DeadLetters = "dead_letters",
    }
}
