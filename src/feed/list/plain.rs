//! An address a line; `#` starts a comment at the start of a line or after a blank.

use super::{Form, Listed, Reading};

pub(super) fn read(text: &str, reading: &mut Reading<'_>) {
    for (number, line) in (1..).zip(text.lines()) {
        let address = without_comment(line);
        if address.is_empty() {
            continue;
        }
        match Listed::at(number, Form::Plain, address) {
            // The same address twice says nothing new.
            Ok(listed) if reading.twin(&listed.url).is_some() => {}
            Ok(listed) => reading.keep(listed),
            Err(cause) => reading.fault(number, cause.to_string()),
        }
    }
}

/// A `#` within an address is its fragment.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    let comment = line.find(" #").or_else(|| line.find("\t#"));
    comment.and_then(|at| line.get(..at)).unwrap_or(line).trim_end()
}

#[cfg(test)]
mod tests {
    use crate::feed::list::read;

    #[test]
    fn comments_blanks_and_repeats_are_left_out() {
        let text = b"# news\n\nhttps://a.example/feed#x  # ours\nHTTPS://A.example/feed\r\nhttps://b.example/\n";
        let feeds = read(text, "feeds.txt").unwrap();
        let found: Vec<_> = feeds.iter().map(|feed| (feed.line, feed.url.as_str())).collect();
        assert_eq!(found, [(3, "https://a.example/feed"), (5, "https://b.example/")]);
    }
}
