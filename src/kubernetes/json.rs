//! JSON read into a [`Value`] as far as it goes, and written as kubectl and Go write it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::value::{Entry, Value};

/// Where and why JSON could not be read further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Offset of the first byte that is wrong.
    pub offset: u64,
    /// What the parser says.
    pub message: String,
}

/// Reads JSON. With an error comes what was read before it.
pub fn read(bytes: &[u8]) -> (Value<'_>, Option<JsonError>) {
    let partial = RefCell::new(None);
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let result = Node(&partial).deserialize(&mut from);
    let result = result.and_then(|value| match from.end() {
        Ok(()) => Ok(value),
        Err(error) => {
            partial.replace(Some(value));
            Err(error)
        }
    });
    match result {
        Ok(value) => (value, None),
        Err(error) => {
            let message = error.to_string();
            let at = message.rfind(" at line ").unwrap_or(message.len());
            let error = JsonError {
                offset: offset(bytes, error.line(), error.column()),
                message: message.get(..at).unwrap_or_default().to_owned(),
            };
            (partial.take().unwrap_or(Value::Null), Some(error))
        }
    }
}

/// Offset of a line and a column, both from 1.
fn offset(bytes: &[u8], line: usize, column: usize) -> u64 {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    (before + column.saturating_sub(1)).min(bytes.len()) as u64
}

/// Reads one node. What was read of a node that breaks is left in the cell for its parent.
struct Node<'p, 'de>(&'p RefCell<Option<Value<'de>>>);

/// Reads a key.
struct Key;

impl<'de> DeserializeSeed<'de> for Node<'_, 'de> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value<'de>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, 'de> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        // As Go's unstructured objects: a whole number of 64 bits, or else a float.
        let int = i64::try_from(number).map(Value::Int);
        Ok(int.unwrap_or(Value::Float(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Str(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Str(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(Node(self.0)) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Value::List(items)),
                Err(error) => {
                    items.extend(self.0.take());
                    self.0.replace(Some(Value::List(items)));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut entries: Vec<Entry<'de>> = Vec::new();
        let error = loop {
            let key = match map.next_key_seed(Key) {
                Ok(Some(key)) => key,
                Ok(None) => return Ok(Value::map(entries)),
                Err(error) => break error,
            };
            match map.next_value_seed(Node(self.0)) {
                Ok(value) => entries.push((key, value)),
                Err(error) => {
                    if let Some(partial) = self.0.take() {
                        entries.push((key, partial));
                    }
                    break error;
                }
            }
        };
        self.0.replace(Some(Value::map(entries)));
        Err(error)
    }
}

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Cow<'de, str>, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// One line without spaces, as `json.Marshal`.
pub fn push_compact(out: &mut String, value: &Value<'_>) {
    push(out, value, None);
}

/// Four spaces a level and a line end, as `kubectl get -o json`.
pub fn push_pretty(out: &mut String, value: &Value<'_>) {
    push(out, value, Some(0));
    out.push('\n');
}

fn push(out: &mut String, value: &Value<'_>, depth: Option<u32>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => push_float(out, *number),
        Value::Str(text) => push_text(out, text),
        Value::List(items) => {
            let inner = depth.map(|depth| depth + 1);
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                push_start(out, at, inner);
                push(out, item, inner);
            }
            push_end(out, items.is_empty(), depth, ']');
        }
        Value::Map(entries) => {
            let inner = depth.map(|depth| depth + 1);
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                push_start(out, at, inner);
                push_text(out, key);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                push(out, value, inner);
            }
            push_end(out, entries.is_empty(), depth, '}');
        }
    }
}

fn push_start(out: &mut String, at: usize, depth: Option<u32>) {
    if at > 0 {
        out.push(',');
    }
    push_line(out, depth);
}

fn push_end(out: &mut String, is_empty: bool, depth: Option<u32>, sign: char) {
    if !is_empty {
        push_line(out, depth);
    }
    out.push(sign);
}

fn push_line(out: &mut String, depth: Option<u32>) {
    if let Some(depth) = depth {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str("    "));
    }
}

/// A text in quotes, escaped as Go does it: `<`, `>` and `&` too.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + c.len_utf8();
        if escape.is_empty() {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

/// A float as Go's JSON writes it: with an exponent where it is tiny or huge.
fn push_float(out: &mut String, number: f64) {
    let size = number.abs();
    let _ = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        let text = match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        };
        write!(out, "{text}")
    } else {
        write!(out, "{number}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let (value, error) = read(text.as_bytes());
        let mut out = String::new();
        push_compact(&mut out, &value);
        if let Some(error) = error {
            let _ = write!(out, " {}: {}", error.offset, error.message);
        }
        assert_eq!(out, expected, "{text}");
    }

    #[test]
    fn reads_sorts_and_writes() {
        check(
            r#"{"b":1,"a":[1.5,null,true,"é<\n\u0001"]}"#,
            r#"{"a":[1.5,null,true,"é\u003c\n\u0001"],"b":1}"#,
        );
        check(
            "[1e3,1.0,0.00001,1e-7,1e21,18446744073709551615]",
            "[1000,1,0.00001,1e-7,1e+21,18446744073709552000]",
        );
        check("[-0.0,1e400]", "[-0] 10: number out of range");
    }

    #[test]
    fn shows_what_stands_before_an_error() {
        check(
            r#"{"a":{"b":[1,{"c":2,"d":x}],"e":3}}"#,
            r#"{"a":{"b":[1,{"c":2}]}} 24: expected value"#,
        );
        check(r#"{"a":1"#, r#"{"a":1} 5: EOF while parsing an object"#);
        check("{\"a\":1,\n \"b\" 2}", r#"{"a":1} 13: expected `:`"#);
        check(r#"{"a":1} x"#, r#"{"a":1} 8: trailing characters"#);
        check("", "null 0: EOF while parsing a value");
        check(
            &"[".repeat(200),
            &format!(
                "{}{} 127: recursion limit exceeded",
                "[".repeat(127),
                "]".repeat(127)
            ),
        );
    }
}
