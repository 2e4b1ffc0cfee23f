//! Bytes as a word of a command line for bash.
//!
//! | word | for |
//! | --- | --- |
//! | `name/2` | letters, digits and what no shell looks at |
//! | `'a "b"'` | text without a quote or a control |
//! | `$'it\'s\n\xff'` | everything else but a zero byte, which no argument can hold |

use std::fmt::Write as _;

/// Longest word that is written, in bytes: Linux takes 128 KiB in one argument.
const MAX_WORD: usize = 96 << 10;

/// The word; none where no argument can be these bytes.
pub(super) fn word(bytes: &[u8]) -> Option<String> {
    if bytes.contains(&0) {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok();
    let word = match text.filter(|text| !text.contains(char::is_control)) {
        Some(text) if !text.is_empty() && text.chars().all(is_safe) => text.to_owned(),
        Some(text) if !text.contains('\'') => format!("'{text}'"),
        _ => escaped(bytes),
    };
    (bytes.len() <= MAX_WORD).then_some(word)
}

fn is_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '@' | ',' | '+')
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                // The bytes themselves, since what `\u` gives depends on the locale.
                c if c.is_control() => {
                    let mut buffer = [0; 4];
                    push_hex(&mut out, c.encode_utf8(&mut buffer).as_bytes());
                }
                c => out.push(c),
            }
        }
        push_hex(&mut out, chunk.invalid());
    }
    out.push('\'');
    out
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_far_as_needed() {
        let check = |bytes: &[u8], expected: Option<&str>| {
            assert_eq!(word(bytes).as_deref(), expected, "{bytes:?}");
        };
        check(b"", Some("''"));
        check(b"/registry/pods/a/b-1", Some("/registry/pods/a/b-1"));
        check(b"a b", Some("'a b'"));
        check(b"$(rm -rf ~) `x` \\ !", Some("'$(rm -rf ~) `x` \\ !'"));
        check(b"~", Some("'~'"));
        check(b"it's", Some("$'it\\'s'"));
        check("é\n\\".as_bytes(), Some("$'é\\n\\\\'"));
        check(b"\xff0\x1b", Some("$'\\xff0\\x1b'"));
        check("\u{85}".as_bytes(), Some("$'\\xc2\\x85'"));
        check(b"a\0b", None);
        check(&vec![b'x'; MAX_WORD + 1], None);
    }
}
