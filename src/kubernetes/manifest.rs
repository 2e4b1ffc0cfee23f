//! Manifests: YAML as people write it for kubectl, read into documents.
//!
//! Scalars are what YAML 1.1 makes of them, since kubectl's parser reads that: `yes` is true and
//! `0644` is octal.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::value::Value;

/// Collections inside each other, as many as are read.
const MAX_DEPTH: usize = 64;

/// Nodes that aliases may add to a text: a few lines of them could stand for any number.
const MAX_COPIED: usize = 100_000;

/// Where and why a manifest cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ManifestError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in the words of the parser that kubectl uses where it has any.
    pub why: String,
}

impl From<ScanError> for ManifestError {
    fn from(error: ScanError) -> Self {
        let info = error.info();
        let why = match info.split_once(", ") {
            Some((context, why)) if context.starts_with("while ") => why,
            _ => info,
        };
        Self {
            line: error.marker().line(),
            why: match why.strip_prefix("expected") {
                Some(rest) => format!("did not find expected{rest}"),
                None => why.to_owned(),
            },
        }
    }
}

fn bad<T>(at: Marker, why: impl Into<String>) -> Result<T, ManifestError> {
    let (line, why) = (at.line(), why.into());
    Err(ManifestError { line, why })
}

/// Reads all documents of a text; JSON is one of them. Empty documents are left out.
///
/// # Errors
/// The first place that cannot be read.
pub fn read(text: &str) -> Result<Vec<Value<'static>>, ManifestError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        copied: 0,
        depth: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(_), _) => {
                reader.anchors.clear();
                let (event, at) = reader.next()?;
                match reader.node(event, at)? {
                    Value::Null => {}
                    value => documents.push(value),
                }
            }
            _ => {}
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Value<'static>>,
    copied: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Marker), ManifestError> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(error)) => Err(error.into()),
            None => Ok((Event::StreamEnd, Marker::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, at: Marker) -> Result<Value<'static>, ManifestError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return bad(at, format!("exceeded max depth of {MAX_DEPTH}"));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(&text, style, tag)),
            Event::SequenceStart(anchor, _) => (anchor, self.sequence()?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping()?),
            Event::Alias(anchor) => (0, self.copy(anchor, at)?),
            _ => (0, Value::Null),
        };
        // Anchors are counted from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        self.depth -= 1;
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value<'static>, ManifestError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(Value::List(items)),
                (event, at) => items.push(self.node(event, at)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value<'static>, ManifestError> {
        let mut map = Value::Map(Vec::new());
        let mut merged = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                break;
            }
            // As JSON has it, whatever stands here is a text.
            let key = match self.node(event, at)? {
                Value::Str(key) => key.into_owned(),
                Value::Int(key) => key.to_string(),
                Value::Bool(key) => key.to_string(),
                Value::Float(key) => key.to_string(),
                Value::Null => "null".to_owned(),
                Value::List(_) | Value::Map(_) => return bad(at, "invalid map key"),
            };
            let (event, at_value) = self.next()?;
            let value = self.node(event, at_value)?;
            if key == "<<" {
                merged.push((value, at_value));
            } else if map.get(&key).is_some() {
                return bad(at, format!("key {key:?} already set in map"));
            } else {
                map.set(key, value);
            }
        }
        for (value, at) in merged {
            merge(&mut map, value, at)?;
        }
        Ok(map)
    }

    fn copy(&mut self, anchor: usize, at: Marker) -> Result<Value<'static>, ManifestError> {
        let Some(value) = self.anchors.get(&anchor) else {
            return bad(at, "anchor contains itself");
        };
        self.copied += nodes(value);
        if self.copied > MAX_COPIED {
            return bad(at, "document contains excessive aliasing");
        }
        Ok(value.clone())
    }
}

/// `<<: *base`: what the map has of its own stays.
fn merge(map: &mut Value<'static>, value: Value<'static>, at: Marker) -> Result<(), ManifestError> {
    match value {
        Value::Map(entries) => {
            for (key, value) in entries {
                if map.get(&key).is_none() {
                    map.set(key.into_owned(), value);
                }
            }
            Ok(())
        }
        Value::List(all) => all.into_iter().try_for_each(|one| merge(map, one, at)),
        _ => bad(
            at,
            "map merge requires map or sequence of maps as the value",
        ),
    }
}

fn nodes(value: &Value<'_>) -> usize {
    1 + match value {
        Value::List(items) => items.iter().map(nodes).sum(),
        Value::Map(entries) => entries.iter().map(|(_, value)| nodes(value)).sum(),
        _ => 0,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<Cow<'_, Tag>>) -> Value<'static> {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ => match (whole(text), text.parse::<f64>()) {
            (Some(number), _) => Value::Int(number),
            // Rust also reads `nan` and `infinity`, which are texts here.
            (None, Ok(number)) if number.is_finite() && !text.contains(['_', 'i', 'n']) => {
                Value::Float(number)
            }
            _ => Value::text(text.to_owned()),
        },
    }
}

/// `12`, `-1_000`, `0644`, `0o644`, `0x1f`, `0b11`
fn whole(text: &str) -> Option<i64> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let (base, digits) = match digits.get(..2) {
        Some("0x") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        Some("0b") => (2, digits.get(2..)?),
        Some(first) if first.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    let is_number = digits.starts_with(|one: char| one.is_ascii_hexdigit());
    is_number.then(|| i64::from_str_radix(&format!("{sign}{digits}"), base).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            match read(text) {
                Ok(all) => all.iter().for_each(|one| json::push_compact(&mut out, one)),
                Err(error) => out = error.to_string(),
            }
            assert_eq!(out, expected, "{text}");
        };
        check(
            "a: 1\nb:\n- x\n- q: 2\n  z: \"3\"\nc: {d: [e, 'f''g'], h: true}\n",
            r#"{"a":1,"b":["x",{"q":2,"z":"3"}],"c":{"d":["e","f'g"],"h":true}}"#,
        );
        check(
            "a: |\n  one\n  two\n\nb: >-\n  x\n  y\nc: x # no\nd: 'a: b'\n",
            r#"{"a":"one\ntwo\n","b":"x y","c":"x","d":"a: b"}"#,
        );
        check(
            "---\na: b:c\n---\n# only this\n---\n- - 1\n  - 2\n-\n  k: ~\n",
            r#"{"a":"b:c"}[[1,2],{"k":null}]"#,
        );
        check("", "");
        check("# nothing\n", "");
        check(
            "{\"a\": [1,\n 2], \"b\": \"\\u00e9\\n\"}",
            "{\"a\":[1,2],\"b\":\"é\\n\"}",
        );
        check("a: b\n c\n\n d\n", r#"{"a":"b c\nd"}"#);
        check(
            "a: [0644, 0o17, 0x1f, -1_000, 1.5, 1e3, 089, yes, off, .5, 1.2.3, nan, !!str 1]\n",
            r#"{"a":[420,15,31,-1000,1.5,1000,89,true,false,0.5,"1.2.3","nan","1"]}"#,
        );
        check(
            "a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  b: 3\n",
            r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2},"e":{"b":3,"c":2}}"#,
        );
    }

    #[test]
    fn says_where_it_cannot_read() {
        let check = |text: &str, expected: &str| {
            assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
        };
        let nested = "mapping values are not allowed in this context";
        check("a: b: c\n", &format!("line 1: {nested}"));
        check("a: b\n  c: d\n", &format!("line 2: {nested}"));
        check("a:\n  b: 1\n c: 2\n", "line 3: did not find expected key");
        check("a: [1, 2\n", "line 2: did not find expected ',' or ']'");
        check("a: *x\n", "line 1: found unknown anchor");
        check("a: 1\na: 2\n", r#"line 2: key "a" already set in map"#);
        check("[a]: 1\n", "line 1: invalid map key");
        check("a: @b\n", "line 1: unexpected character: `@'");
        check("a: \"b\n", "line 1: found unexpected end of stream");
        check(
            "a:\n\tb: 1\n",
            "line 2: tabs disallowed within this context (block indentation)",
        );
        check(&"[".repeat(100), "line 1: exceeded max depth of 64");
        check(&"- ".repeat(100), "line 1: exceeded max depth of 64");
        check(&"{a: ".repeat(200), "line 1: exceeded max depth of 64");
        let mut bomb = "a: &x0 [1]\n".to_owned();
        for level in 1..40 {
            let last = level - 1;
            bomb += &format!("b{level}: &x{level} [*x{last}, *x{last}]\n");
        }
        check(&bomb, "line 16: document contains excessive aliasing");
    }
}
