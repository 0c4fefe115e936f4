//! Bytes to text. What a document says of its charset is often wrong, so the bytes are asked first.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::report::CharsetFrom;

/// A guess over 10 MiB took 3.5 s; the first bytes beyond ASCII tell as much.
const GUESS_BYTES_MAX: usize = 64 * 1024;
/// An XML declaration stands at the start.
const DECLARATION_BYTES_MAX: usize = 1024;

/// A decoded document.
pub(super) struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// The charset's name.
    pub charset: &'static str,
    /// How it was found.
    pub found: CharsetFrom,
    /// How many bytes were replaced.
    pub bad_bytes: u32,
}

/// Decodes a document: marks first, then zero bytes, then valid UTF-8, then what it says of itself.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some(decoded) = wide(bytes) {
        return decoded;
    }
    let http = content_type.and_then(header_charset);
    let declared = declared_charset(bytes);
    let labels = [(http, CharsetFrom::Http), (declared, CharsetFrom::Declaration)];
    let labels = labels.into_iter().filter_map(|(encoding, found)| Some((encoding?, found)));
    let labels: Vec<_> = labels.filter(|(encoding, _)| *encoding != UTF_8 && is_narrow(encoding)).collect();
    // Valid UTF-8 beats a label, except the seven-bit charset that is valid UTF-8 by its nature.
    let escaped = bytes.contains(&0x1b);
    if let Ok(text) = std::str::from_utf8(bytes)
        && !labels.iter().any(|(encoding, _)| escaped && encoding.name() == "ISO-2022-JP")
    {
        return whole(text.to_owned(), UTF_8, CharsetFrom::Utf8);
    }
    for (encoding, found) in labels {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return whole(text.into_owned(), encoding, found);
        }
    }
    mixed(bytes).unwrap_or_else(|| guessed(bytes))
}

/// A charset in which ASCII bytes may stand for themselves; a document labelled UTF-16 would have shown zeros.
fn is_narrow(encoding: &'static Encoding) -> bool {
    encoding != UTF_16BE && encoding != UTF_16LE && encoding.name() != "replacement"
}

fn whole(text: String, encoding: &'static Encoding, found: CharsetFrom) -> Decoded {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.trim_start_matches('\u{feff}').to_owned(),
        None => text,
    };
    Decoded { text, charset: encoding.name(), found, bad_bytes: 0 }
}

/// Reads UTF-8, UTF-16 and UTF-32 by their marks, and the latter two by the zeros beside the first `<`.
fn wide(bytes: &[u8]) -> Option<Decoded> {
    let (unit, from, found) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => (Unit::Le32, 4, CharsetFrom::Mark),
        [0, 0, 0xfe, 0xff, ..] => (Unit::Be32, 4, CharsetFrom::Mark),
        [0xff, 0xfe, ..] => (Unit::Le16, 2, CharsetFrom::Mark),
        [0xfe, 0xff, ..] => (Unit::Be16, 2, CharsetFrom::Mark),
        [b'<' | b'{', 0, 0, 0, ..] => (Unit::Le32, 0, CharsetFrom::Zeros),
        [0, 0, 0, b'<' | b'{', ..] => (Unit::Be32, 0, CharsetFrom::Zeros),
        [b'<' | b'{', 0, ..] => (Unit::Le16, 0, CharsetFrom::Zeros),
        [0, b'<' | b'{', ..] => (Unit::Be16, 0, CharsetFrom::Zeros),
        [0xef, 0xbb, 0xbf, rest @ ..] if std::str::from_utf8(rest).is_ok() => {
            let text = String::from_utf8_lossy(rest).into_owned();
            return Some(Decoded { found: CharsetFrom::Mark, ..whole(text, UTF_8, CharsetFrom::Mark) });
        }
        _ => return None,
    };
    let rest = bytes.get(from..).unwrap_or_default();
    let (text, charset) = match unit {
        Unit::Le16 => (UTF_16LE.decode_without_bom_handling(rest).0.into_owned(), "UTF-16LE"),
        Unit::Be16 => (UTF_16BE.decode_without_bom_handling(rest).0.into_owned(), "UTF-16BE"),
        Unit::Le32 => (four(rest, u32::from_le_bytes), "UTF-32LE"),
        Unit::Be32 => (four(rest, u32::from_be_bytes), "UTF-32BE"),
    };
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Some(Decoded { bad_bytes: replaced(&text), text, charset, found })
}

enum Unit {
    Le16,
    Be16,
    Le32,
    Be32,
}

fn four(bytes: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let (units, _) = bytes.as_chunks::<4>();
    units.iter().map(|unit| char::from_u32(number(*unit)).unwrap_or('\u{fffd}')).collect()
}

fn replaced(text: &str) -> u32 {
    u32::try_from(text.matches('\u{fffd}').count()).unwrap_or(u32::MAX)
}

/// The charset of a `Content-Type` header.
fn header_charset(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let label = charsets.next()?.1.trim().trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
}

/// The charset of an XML declaration, wherever it stands near the start.
fn declared_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..DECLARATION_BYTES_MAX.min(bytes.len()))?;
    let start: String = start.iter().map(|byte| char::from(*byte)).collect();
    let (_, declaration) = start.split_once("<?xml")?;
    let (declaration, _) = declaration.split_once("?>").unwrap_or((declaration, ""));
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.trim_start_matches(quote).split(quote).next()?;
    Encoding::for_label(label.trim().as_bytes())
}

/// UTF-8 with stray bytes: where whole characters outnumber them, each stray one is read as windows-1252.
fn mixed(bytes: &[u8]) -> Option<Decoded> {
    let mut text = String::with_capacity(bytes.len());
    let (mut whole_characters, mut bad_bytes) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole_characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad_bytes += chunk.invalid().len();
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    let bad = u32::try_from(bad_bytes).unwrap_or(u32::MAX);
    let decoded = Decoded { bad_bytes: bad, ..whole(text, UTF_8, CharsetFrom::Mixed) };
    (whole_characters >= bad_bytes).then_some(decoded)
}

fn guessed(bytes: &[u8]) -> Decoded {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = bytes.get(first..).unwrap_or_default();
    let sample = sample.get(..GUESS_BYTES_MAX.min(sample.len())).unwrap_or_default();
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(sample, true);
    let encoding = detector.guess(None, false);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bad_bytes = replaced(&text);
    Decoded { bad_bytes, ..whole(text.into_owned(), encoding, CharsetFrom::Guess) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: (&str, &str, CharsetFrom)) {
        let decoded = decode(bytes, content_type);
        assert_eq!((decoded.text.as_str(), decoded.charset, decoded.found), expected);
    }

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn marks_win() {
        check(b"\xef\xbb\xbf\xef\xbb\xbf<a/>", None, ("<a/>", "UTF-8", CharsetFrom::Mark));
        let little = utf16("\u{feff}<é/>", u16::to_le_bytes);
        check(&little, Some("text/xml; charset=utf-8"), ("<é/>", "UTF-16LE", CharsetFrom::Mark));
        let big = utf16("\u{feff}<é/>", u16::to_be_bytes);
        check(&big, None, ("<é/>", "UTF-16BE", CharsetFrom::Mark));
        let wide: Vec<u8> = "\u{feff}<é/>".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        check(&wide, None, ("<é/>", "UTF-32LE", CharsetFrom::Mark));
    }

    #[test]
    fn zeros_tell_without_a_mark() {
        check(&utf16("<é/>", u16::to_le_bytes), None, ("<é/>", "UTF-16LE", CharsetFrom::Zeros));
        check(&utf16("{}", u16::to_be_bytes), None, ("{}", "UTF-16BE", CharsetFrom::Zeros));
    }

    #[test]
    fn valid_utf8_beats_any_label() {
        let latin = Some("text/xml; charset=ISO-8859-1");
        check("<a>é</a>".as_bytes(), latin, ("<a>é</a>", "UTF-8", CharsetFrom::Utf8));
        let declared = "<?xml version='1.0' encoding='utf-16'?><a>é</a>";
        check(declared.as_bytes(), None, (declared, "UTF-8", CharsetFrom::Utf8));
    }

    #[test]
    fn labels_in_their_order() {
        check(b"<a>\xe9</a>", Some("text/xml;charset=\"iso-8859-2\""), ("<a>é</a>", "ISO-8859-2", CharsetFrom::Http));
        let cyrillic = b"<?xml version=\"1.0\" encoding = \"windows-1251\"?><a>\xc6</a>";
        let text = "<?xml version=\"1.0\" encoding = \"windows-1251\"?><a>Ж</a>";
        check(cyrillic, Some("text/xml; charset=utf-8"), (text, "windows-1251", CharsetFrom::Declaration));
        check(
            b"<a>\x1b$B$\"\x1b(B</a>",
            Some("a/b; charset=iso-2022-jp"),
            ("<a>あ</a>", "ISO-2022-JP", CharsetFrom::Http),
        );
    }

    #[test]
    fn stray_bytes_in_utf8_are_read_one_by_one() {
        let bytes = ["é è ü".as_bytes(), b" caf\xe9"].concat();
        check(&bytes, None, ("é è ü café", "UTF-8", CharsetFrom::Mixed));
        assert_eq!(decode(&bytes, None).bad_bytes, 1);
    }

    #[test]
    fn guesses_what_says_nothing() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("<a>Сегодня в столице прошло заседание правительства</a>");
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.charset, decoded.found), ("windows-1251", CharsetFrom::Guess));
        assert!(decoded.text.contains("столице"));
    }
}
