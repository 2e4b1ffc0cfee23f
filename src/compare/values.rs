//! How two values of a key differ: fields of Kubernetes objects, else bytes as quoted text.

use std::fmt::Write as _;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::kubernetes::diff::diff;
use crate::kubernetes::{Leave, Object, Schema, Stored, Value, json, mask, yaml};
use crate::kv::quote::quoted;

/// Bytes that are printed of a value that is no object, and of a field.
const SHOWN: usize = 512;
/// Bytes before the first that differs.
const BEFORE: usize = 32;
/// Bytes of texts that are compared line by line.
const MAX_BYTES: usize = 1 << 18;
/// Lines of them: in WebAssembly nothing tells the time, so that the work is bounded by its size.
const MAX_LINES: usize = if HAS_CLOCK { MAX_BYTES } else { 4000 };
/// How long the fewest lines that differ are looked for; more than the fewest are told after that.
const MOST: Duration = Duration::from_secs(2);
const HAS_CLOCK: bool = !cfg!(target_family = "wasm");

/// The difference.
#[derive(Debug)]
pub enum ValueDiff {
    /// The values are the same: the key was written again, or its lease changed.
    Same,
    /// The fields that differ, in the order of their paths.
    Fields(Vec<Field>),
    /// Every known field but `metadata.managedFields` is the same.
    Unseen,
    /// What lies where Secrets do.
    Secret,
    /// At least one of them is encrypted at rest.
    Encrypted,
    /// Other bytes.
    Bytes([Part; 2]),
}

/// A field that differs.
#[derive(Debug)]
pub struct Field {
    path: String,
    before: Option<Value<'static>>,
    after: Option<Value<'static>>,
}

/// What is shown of bytes.
#[derive(Debug)]
pub struct Part {
    /// Where the shown bytes begin.
    from: usize,
    shown: Vec<u8>,
    /// How many there are.
    len: usize,
}

/// Compares two values of a key. What a Secret holds is left out unless it is asked for.
pub fn value_diff(
    schema: &Schema,
    key: &[u8],
    [old, new]: [&[u8]; 2],
    with_secrets: bool,
) -> ValueDiff {
    if old == new {
        return ValueDiff::Same;
    }
    let hides = !with_secrets && (mask::hides(key, old) || mask::hides(key, new));
    let leave = Leave {
        managed_fields: true,
    };
    let read = |value| Stored::read_without(schema, value, leave);
    match (read(old), read(new)) {
        (Stored::Object(mut before), Stored::Object(mut after)) => {
            if hides {
                conceal(&mut before, &mut after);
            }
            let changes = diff(&before.value, &after.value).into_iter();
            let owned = |value: Option<&Value<'_>>| value.map(|value| value.clone().into_owned());
            let fields: Vec<_> = changes
                .map(|change| Field {
                    path: change.path,
                    before: owned(change.old),
                    after: owned(change.new),
                })
                .collect();
            match (fields.is_empty(), hides) {
                (false, _) => ValueDiff::Fields(fields),
                (true, true) => ValueDiff::Secret,
                (true, false) => ValueDiff::Unseen,
            }
        }
        (Stored::Encrypted(_), _) | (_, Stored::Encrypted(_)) => ValueDiff::Encrypted,
        _ if hides => ValueDiff::Secret,
        _ => {
            let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
            ValueDiff::Bytes([old, new].map(|bytes| Part::of(bytes, same)))
        }
    }
}

/// Masks both so that values that differ still do; of what lies where Secrets do and does not say
/// that it is one nothing but names is left.
fn conceal(before: &mut Object<'_>, after: &mut Object<'_>) {
    let are_secrets = mask::is_secret(before) && mask::is_secret(after);
    mask::mask_both(before, after, &|_| false);
    if !are_secrets {
        mask::mask_whole(before);
        mask::mask_whole(after);
    }
}

impl Part {
    /// The beginning, or of more bytes those about the first that differs.
    fn of(bytes: &[u8], same: usize) -> Self {
        let from = match bytes.len() <= SHOWN {
            true => 0,
            false => same.saturating_sub(BEFORE).min(bytes.len() - SHOWN),
        };
        let rest = bytes.get(from..).unwrap_or_default();
        Self {
            from,
            shown: rest.get(..SHOWN).unwrap_or(rest).to_vec(),
            len: bytes.len(),
        }
    }

    fn is_whole(&self) -> bool {
        self.shown.len() == self.len
    }

    fn push_text(&self, out: &mut String) {
        out.push_str(&quoted(&self.shown));
        if !self.is_whole() {
            let end = self.from + self.shown.len();
            // Writing to a String cannot fail.
            let _ = write!(out, " (bytes {} to {end} of {})", self.from, self.len);
        }
    }

    fn push_json(&self, out: &mut String) {
        out.push_str(r#"{"quoted":"#);
        json::push_text(out, &quoted(&self.shown));
        if !self.is_whole() {
            let _ = write!(out, r#","from":{},"of":{}"#, self.from, self.len);
        }
        out.push('}');
    }
}

impl ValueDiff {
    /// In words, where there is nothing to show.
    pub fn words(&self) -> Option<&'static str> {
        match self {
            Self::Fields(_) | Self::Bytes(_) => None,
            Self::Same => Some("the value is the same: it was written again, or its lease changed"),
            Self::Unseen => Some(
                "only metadata.managedFields, the encoding or fields that the schema does not have differ",
            ),
            Self::Secret => Some("the values of a Secret are left out without --secrets"),
            Self::Encrypted => Some("the value is encrypted"),
        }
    }

    /// Lines for a person: `-` before what was, `+` before what is.
    pub fn push_text(&self, out: &mut String) {
        match self {
            Self::Fields(fields) => fields.iter().for_each(|field| field.push_text(out)),
            Self::Bytes(parts) => {
                for (sign, part) in ["- ", "+ "].into_iter().zip(parts) {
                    out.push_str(sign);
                    part.push_text(out);
                    out.push('\n');
                }
            }
            _ => {
                out.push_str(self.words().unwrap_or_default());
                out.push('\n');
            }
        }
    }

    /// As a JSON object.
    pub fn push_json(&self, out: &mut String) {
        match self {
            Self::Fields(fields) => {
                out.push_str(r#"{"fields":["#);
                for (at, field) in fields.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(r#"{"path":"#);
                    json::push_text(out, &field.path);
                    for (name, value) in [("before", &field.before), ("after", &field.after)] {
                        // What is not there has no member; null is a value.
                        if let Some(value) = value {
                            let _ = write!(out, r#","{name}":"#);
                            json::push_compact(out, value);
                        }
                    }
                    out.push('}');
                }
                out.push_str("]}");
            }
            Self::Bytes([before, after]) => {
                out.push_str(r#"{"before":"#);
                before.push_json(out);
                out.push_str(r#","after":"#);
                after.push_json(out);
                out.push('}');
            }
            _ => {
                out.push_str(r#"{"why_not":"#);
                json::push_text(out, self.words().unwrap_or_default());
                out.push('}');
            }
        }
    }
}

impl Field {
    fn push_text(&self, out: &mut String) {
        if let (Some(Value::Str(before)), Some(Value::Str(after))) = (&self.before, &self.after)
            && (before.contains('\n') || after.contains('\n'))
            && before.len() + after.len() <= MAX_BYTES
            && before.lines().count() + after.lines().count() <= MAX_LINES
        {
            self.push_lines(out, before, after);
            return;
        }
        for (sign, value) in [("-", &self.before), ("+", &self.after)] {
            let Some(value) = value else {
                continue;
            };
            let _ = write!(out, "{sign} {}:", self.path);
            let text = yaml::to_string(value);
            let is_block = match value {
                Value::Map(entries) => !entries.is_empty(),
                Value::List(items) => !items.is_empty(),
                _ => false,
            };
            let shown = start(&text);
            let mut lines = shown.lines();
            if !is_block {
                let _ = writeln!(out, " {}", lines.next().unwrap_or_default());
            } else {
                out.push('\n');
            }
            for line in lines {
                let _ = writeln!(out, "{sign}   {line}");
            }
            if shown.len() < text.len() {
                let _ = writeln!(out, "{sign}   ({} bytes of {})", shown.len(), text.len());
            }
        }
    }

    /// The lines of a text that differ.
    fn push_lines(&self, out: &mut String, before: &str, after: &str) {
        let _ = writeln!(out, "  {}: |", self.path);
        let mut config = TextDiff::configure();
        if HAS_CLOCK {
            config.timeout(MOST);
        }
        let lines = config.diff_lines(before, after);
        for change in lines.iter_all_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => continue,
            };
            let text = quoted(change.value().trim_end_matches('\n').as_bytes());
            let _ = writeln!(out, "{sign}   {text}");
        }
    }
}

/// As much of a text as is shown.
fn start(text: &str) -> &str {
    match text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= SHOWN)
    {
        Some(end) => text.get(..end).unwrap_or(text),
        None => text,
    }
}
