//! Values as JSON text, as jq writes them.

use std::fmt::Write as _;
use std::rc::Rc;

use super::value::{Num, Value};

/// How values are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Spaces for a level; none: all in one line.
    pub indent: Option<u8>,
    /// Tabs instead of spaces.
    pub tab: bool,
    /// Keys in the order of their bytes.
    pub sorted: bool,
    /// Escapes for what is not ASCII.
    pub ascii: bool,
}

/// Appends a value as JSON.
pub fn push(out: &mut String, value: &Value, layout: Layout) {
    push_at(out, value, layout, 0);
}

/// A value on one line.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value, Layout::default());
    out
}

/// A value cut to what jq puts in errors.
pub fn short(value: &Value) -> String {
    /// Bytes up to which jq shows a value whole.
    const MOST: usize = 14;
    let text = compact(value);
    if text.len() <= MOST {
        return text;
    }
    let mut end = MOST - 3;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", text.get(..end).unwrap_or_default())
}

/// A number as jq writes a float: the shortest digits that mean it.
pub fn number(float: f64) -> String {
    if float.is_nan() {
        return "null".to_owned();
    }
    let float = float.clamp(f64::MIN, f64::MAX);
    if float == 0.0 {
        return if float.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    // `d.ddde<exponent>` has the digits and where the point stands.
    let text = format!("{:e}", float.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or(0).saturating_add(1);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let sign = if float < 0.0 { "-" } else { "" };
    if point <= -4 || point > count.saturating_add(15) {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point - 1;
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!(
            "{sign}{first}{dot}{rest}e{mark}{:02}",
            exponent.unsigned_abs()
        );
    }
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if point <= 0 {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    let whole = usize::try_from(point).unwrap_or(0);
    match digits.split_at_checked(whole) {
        Some((whole, rest)) if !rest.is_empty() => format!("{sign}{whole}.{rest}"),
        _ => format!("{sign}{digits}{}", zeros(point - count)),
    }
}

/// Bytes as text, by jq's rule for what is no UTF-8: one U+FFFD for each sequence that its first
/// byte announces, as far as it goes.
pub fn lossy(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let length = match first {
            0..=0x7f | 0x80..=0xc1 | 0xf5..=0xff => 1,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
        };
        // A sequence that runs past the end takes all that is left.
        let announced = rest.get(..length).unwrap_or(rest);
        let goes_on = |byte: &u8| (0x80..=0xbf).contains(byte);
        let broken = announced.iter().skip(1).position(|byte| !goes_on(byte));
        let taken = match broken {
            Some(at) if announced.len() == length => at + 1,
            _ => announced.len(),
        };
        let (sequence, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        match std::str::from_utf8(sequence) {
            Ok(text) => out.push_str(text),
            Err(_) => out.push('\u{fffd}'),
        }
        rest = after;
    }
    out
}

fn push_at(out: &mut String, value: &Value, layout: Layout, level: usize) {
    match value {
        Value::Null | Value::Refused(_) => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Num(Num {
            text: Some(text), ..
        }) => out.push_str(text),
        Value::Num(Num { float, .. }) => out.push_str(&number(*float)),
        Value::Str(text) => push_string(out, text, layout.ascii),
        Value::Arr(array) if array.items().is_empty() => out.push_str("[]"),
        Value::Arr(array) => {
            out.push('[');
            for (at, item) in array.items().iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(out, layout, level + 1);
                push_at(out, item, layout, level + 1);
            }
            line(out, layout, level);
            out.push(']');
        }
        Value::Obj(map) if map.entries().is_empty() => out.push_str("{}"),
        Value::Obj(map) => {
            out.push('{');
            let mut first = true;
            let mut entry = |key: &Rc<str>, value: &Value| {
                if !first {
                    out.push(',');
                }
                first = false;
                line(out, layout, level + 1);
                push_string(out, key, layout.ascii);
                out.push(':');
                if layout.tab || layout.indent.is_some() {
                    out.push(' ');
                }
                push_at(out, value, layout, level + 1);
            };
            match layout.sorted {
                true => map.sorted().for_each(|(key, value)| entry(key, value)),
                false => map
                    .entries()
                    .iter()
                    .for_each(|(key, value)| entry(key, value)),
            }
            line(out, layout, level);
            out.push('}');
        }
    }
}

fn line(out: &mut String, layout: Layout, level: usize) {
    let (width, char) = match (layout.tab, layout.indent) {
        (true, _) => (1, '\t'),
        (false, Some(width)) => (usize::from(width), ' '),
        (false, None) => return,
    };
    out.push('\n');
    out.extend(std::iter::repeat_n(char, level * width));
}

fn push_string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            char if u32::from(char) < 0x20 || char == '\u{7f}' || (ascii && !char.is_ascii()) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_jq_writes_them() {
        let check = |float: f64, text: &str| assert_eq!(number(float), text);
        check(0.0, "0");
        check(-0.0, "-0");
        check(1.0, "1");
        check(-1.5, "-1.5");
        check(0.001, "0.001");
        check(1e-7, "1e-07");
        check(1e-4, "0.0001");
        check(1e-5, "1e-05");
        check(100.0, "100");
        check(14_841_639_068_965_178_418.0, "14841639068965180000");
        check(1e100, "1e+100");
        check(f64::INFINITY, "1.7976931348623157e+308");
        check(f64::NAN, "null");
    }

    #[test]
    fn broken_text_is_shown_as_jq_shows_it() {
        let check = |bytes: &[u8], text: &str| assert_eq!(lossy(bytes), text);
        check(b"plain \xc3\xa9", "plain é");
        // What `null | @base64d` gives: the value of a deleted key in the talk.
        check(b"\x9e\xe9e", "\u{fffd}\u{fffd}");
        check(b"\xe9e..", "\u{fffd}e..");
        check(b"\xe0\x80\x80!", "\u{fffd}!");
        check(b"\xed\xa0\x80!", "\u{fffd}!");
        check(b"\xff\xfe", "\u{fffd}\u{fffd}");
    }
}
