//! Bytes as Go prints them with `%q`: the text form of keys and values in etcd's tools.
//!
//! As `strconv.Quote` of Go: printable characters stay, `\a \b \f \n \r \t \v \\ \"` have names,
//! other ASCII controls and bytes that are not UTF-8 become `\xNN`, other characters `\uNNNN` or
//! `\UNNNNNNNN`.

use std::fmt::Write;

pub use super::unicode::Unicode;

/// Appends `bytes` to `out` as a Go string literal in double quotes.
pub fn push_quoted(out: &mut String, bytes: &[u8], unicode: Unicode) {
    out.reserve(bytes.len().saturating_add(2));
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        push_text(out, chunk.valid(), unicode);
        for byte in chunk.invalid() {
            push_escape(out, 'x', 2, u32::from(*byte));
        }
    }
    out.push('"');
}

/// `bytes` as a Go string literal in double quotes, with the default [`Unicode`].
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_quoted(&mut out, bytes, Unicode::default());
    out
}

/// The same without the quotes: a key on the screen, where two different keys must look
/// different.
pub fn bare(bytes: &[u8]) -> String {
    let mut out = quoted(bytes);
    out.pop();
    out.remove(0);
    out
}

/// The beginning of a key as [`bare`] writes it, for a place with little room.
pub fn bare_start(bytes: &[u8]) -> String {
    const SHOWN: usize = 256;
    match bytes.get(..SHOWN) {
        Some(start) if bytes.len() > SHOWN => format!("{}…", bare(start)),
        _ => bare(bytes),
    }
}

fn push_text(out: &mut String, mut text: &str, unicode: Unicode) {
    while let Some(plain) = text.find(|c: char| !is_plain(c)) {
        let (before, rest) = text.split_at(plain);
        out.push_str(before);
        let mut chars = rest.chars();
        if let Some(c) = chars.next() {
            push_char(out, c, unicode);
        }
        text = chars.as_str();
    }
    out.push_str(text);
}

/// Characters that need no look at a table.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\')
}

fn push_char(out: &mut String, c: char, unicode: Unicode) {
    match c {
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        ..'\u{80}' => push_escape(out, 'x', 2, u32::from(c)),
        _ if unicode.is_printable(c) => out.push(c),
        ..'\u{10000}' => push_escape(out, 'u', 4, u32::from(c)),
        _ => push_escape(out, 'U', 8, u32::from(c)),
    }
}

fn push_escape(out: &mut String, kind: char, width: usize, number: u32) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\{kind}{number:0width$x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of `strconv.Quote`, a case each.
    #[test]
    fn equals_go() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(quoted(bytes), expected);
        check(b"", r#""""#);
        check(b"/registry/pods/a b~", r#""/registry/pods/a b~""#);
        check(
            b"\x00\x01\x07\x08\x09\x0a\x0b\x0c\x0d\x1b\x7f",
            r#""\x00\x01\a\b\t\n\v\f\r\x1b\x7f""#,
        );
        check(br#"say "hi" \ 'x'"#, r#""say \"hi\" \\ 'x'""#);
        check("é ü 日本 😀".as_bytes(), r#""é ü 日本 😀""#);
        // A combining accent is a mark, also where it comes first.
        check("e\u{301}".as_bytes(), "\"e\u{301}\"");
        check("\u{301}".as_bytes(), "\"\u{301}\"");
        // Soft hyphen, no-break space, line separator, private use, unassigned, C1 control.
        check(
            "\u{ad}\u{a0}\u{2028}\u{e000}\u{378}\u{85}".as_bytes(),
            r#""\u00ad\u00a0\u2028\ue000\u0378\u0085""#,
        );
        check(
            "\u{e0001}\u{10ffff}".as_bytes(),
            r#""\U000e0001\U0010ffff""#,
        );
        // The replacement character itself is printable; a broken sequence is not it.
        check("\u{fffd}\u{feff}".as_bytes(), "\"\u{fffd}\\ufeff\"");
        check(
            b"\xff\xe2\x82a\xed\xa0\x80",
            r#""\xff\xe2\x82a\xed\xa0\x80""#,
        );
    }

    #[test]
    fn newer_characters_are_escaped_as_the_older_go_does() {
        let check = |text: &str, expected_13: &str, expected_15: &str| {
            for (unicode, expected) in [(Unicode::V13, expected_13), (Unicode::V15, expected_15)] {
                let mut out = String::new();
                push_quoted(&mut out, text.as_bytes(), unicode);
                assert_eq!(out, expected, "{unicode:?}");
            }
        };
        // Added by Unicode 13, 14, 15.0 and 16.
        check("\u{8be}", "\"\u{8be}\"", "\"\u{8be}\"");
        check("\u{61d}", r#""\u061d""#, "\"\u{61d}\"");
        check("\u{1fae8}", r#""\U0001fae8""#, "\"\u{1fae8}\"");
        check("\u{1fae9}", r#""\U0001fae9""#, r#""\U0001fae9""#);
    }
}
