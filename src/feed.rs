//! Bytes to items: decoding, parsing, the list of feeds and what each has shown.
