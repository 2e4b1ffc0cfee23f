//! Which bytes of a stored object are which field, down to the leaves of its messages.
//!
//! Paths are those of the document that [`super::Stored`] reads from the same bytes, so that a part
//! finds its lines ([`super::yaml::lines`]) and a line its bytes.

use super::decode::Decoder;
use super::schema::{Field, Kind, Message, MessageId, Schema, Shape};
use super::stored::MAGIC;
use super::value::Value;
use super::wire::{Fields, Payload, RawField};
use super::yaml;
use crate::bytes::Parts;

/// Messages inside each other: no kind needs half of it.
const MAX_DEPTH: usize = 64;

/// Adds the parts of a stored object whose first byte is at an offset; false if its bytes are not
/// in the envelope.
pub fn push(schema: &Schema, value: &[u8], at: u64, depth: u8, parts: &mut Parts) -> bool {
    let Some(rest) = value.strip_prefix(MAGIC) else {
        return false;
    };
    parts.push(
        at..at + 4,
        depth,
        "magic",
        "k8s\\0: an object in its envelope",
    );
    let mut walk = Walk {
        schema,
        parts,
        path: Vec::new(),
        depth,
    };
    walk.envelope(rest, at + 4);
    true
}

struct Walk<'s, 'p> {
    schema: &'s Schema,
    parts: &'p mut Parts,
    path: Vec<String>,
    depth: u8,
}

impl Walk<'_, '_> {
    fn envelope(&mut self, bytes: &[u8], offset: u64) {
        let mut names = [String::new(), String::new()];
        let mut fields = Fields::new(bytes, offset);
        while let Some(next) = fields.next() {
            let Ok(raw) = next else {
                return self.unreadable(bytes, offset, &raw_offset(next));
            };
            match (raw.number, raw.payload) {
                (1, Payload::Bytes(at, inner)) => {
                    self.push(&raw, "typeMeta", "");
                    names = self.type_meta(inner, at);
                }
                (2, Payload::Bytes(at, inner)) => {
                    let text = format!("{} {}", names[0], names[1]);
                    self.push(&raw, "raw", text.trim());
                    self.depth = self.depth.saturating_add(1);
                    match self.schema.kind(&names[0], &names[1]) {
                        Some((id, _)) => self.message(id, inner, at),
                        None => self.numbered(inner, at),
                    }
                    self.depth = self.depth.saturating_sub(1);
                }
                (3, _) => self.push(&raw, "contentEncoding", ""),
                (4, _) => self.push(&raw, "contentType", ""),
                (number, _) => self.push(&raw, &format!("field {number}"), ""),
            }
        }
    }

    fn type_meta(&mut self, bytes: &[u8], offset: u64) -> [String; 2] {
        let mut found = [String::new(), String::new()];
        let mut fields = Fields::new(bytes, offset);
        self.depth = self.depth.saturating_add(1);
        while let Some(Ok(raw)) = fields.next() {
            let at = (raw.number as usize).wrapping_sub(1);
            let name = ["apiVersion", "kind"].get(at);
            if let (Some(name), Some(found), Payload::Bytes(_, text)) =
                (name, found.get_mut(at), raw.payload)
            {
                *found = String::from_utf8_lossy(text).into_owned();
                self.path.push((*name).to_owned());
                let text = found.clone();
                self.push(&raw, name, &text);
                self.path.pop();
            }
        }
        self.depth = self.depth.saturating_sub(1);
        found
    }

    fn message(&mut self, id: MessageId, bytes: &[u8], offset: u64) {
        let schema = self.schema;
        let Some(message) = schema.message(id).filter(|_| self.path.len() < MAX_DEPTH) else {
            return;
        };
        let mut counts = vec![0usize; message.fields.len()];
        let mut fields = Fields::new(bytes, offset);
        while let Some(next) = fields.next() {
            let Ok(raw) = next else {
                return self.unreadable(bytes, offset, &raw_offset(next));
            };
            let at = message.position(raw.number);
            let field = at.and_then(|at| message.fields.get(at));
            let (Some(field), Some(count)) = (field, at.and_then(|at| counts.get_mut(at))) else {
                self.push(&raw, &format!("field {}", raw.number), "not in the schema");
                continue;
            };
            let index = *count;
            *count += 1;
            self.field(message, field, index, &raw);
        }
    }

    fn field(&mut self, message: &Message, field: &Field, index: usize, raw: &RawField<'_>) {
        let before = self.path.len();
        let is_named = !field.mark.embedded && !message.is_wrapper;
        if is_named {
            self.path.push(field.name.to_string());
        }
        let mut name = match field.name.is_empty() {
            true => format!("field {}", field.number),
            false => field.name.to_string(),
        };
        let (mut kind, mut held) = (field.kind, Some(*raw));
        match (field.shape, raw.payload) {
            (Shape::List, _) => {
                self.path.push(index.to_string());
                name = format!("{name}[{index}]");
            }
            (Shape::Map, Payload::Bytes(at, bytes)) => {
                let (key, value) = pair(bytes, at);
                name = format!("{name}[{key:?}]");
                self.path.push(key);
                held = value;
            }
            (Shape::Map, _) => kind = Kind::Bytes,
            (Shape::One, _) => {}
        }
        match (kind, held.map(|held| held.payload)) {
            (Kind::Message(id), Some(Payload::Bytes(at, bytes))) => {
                self.push(raw, &name, "");
                self.depth = self.depth.saturating_add(1);
                self.message(id, bytes, at);
                self.depth = self.depth.saturating_sub(1);
            }
            (kind, _) => {
                let text = held.map(|held| text(self.schema, kind, &held));
                self.push(raw, &name, &text.unwrap_or_default());
            }
        }
        self.path.truncate(before);
    }

    /// Fields of an object of an unknown kind.
    fn numbered(&mut self, bytes: &[u8], offset: u64) {
        let mut fields = Fields::new(bytes, offset);
        while let Some(Ok(raw)) = fields.next() {
            let name = format!("field {}", raw.number);
            self.path.push(raw.number.to_string());
            self.push(&raw, &name, "");
            self.path.pop();
        }
    }

    fn push(&mut self, raw: &RawField<'_>, name: &str, text: &str) {
        let at = raw.offset..raw.offset + raw.bytes.len() as u64;
        self.parts.push_at(at, self.depth, name, text, &self.path);
    }

    /// From where a message breaks to its end.
    fn unreadable(&mut self, bytes: &[u8], offset: u64, from: &Option<u64>) {
        let end = offset + bytes.len() as u64;
        let at = from.unwrap_or(offset).min(end)..end;
        let text = "the message breaks here";
        self.parts
            .push_at(at, self.depth, "unreadable", text, &self.path);
    }
}

fn raw_offset(next: Result<RawField<'_>, super::wire::WireError<'_>>) -> Option<u64> {
    use super::wire::WireError;
    match next {
        Ok(_) => None,
        Err(
            WireError::Ends { offset }
            | WireError::Varint { offset }
            | WireError::Tag { offset, .. }
            | WireError::Length { offset, .. },
        ) => Some(offset),
    }
}

/// Key and value of a map's entry.
fn pair(bytes: &[u8], offset: u64) -> (String, Option<RawField<'_>>) {
    let (mut key, mut value) = (String::new(), None);
    let mut fields = Fields::new(bytes, offset);
    while let Some(Ok(raw)) = fields.next() {
        match (raw.number, raw.payload) {
            (1, Payload::Bytes(_, text)) => key = String::from_utf8_lossy(text).into_owned(),
            (2, _) => value = Some(raw),
            _ => {}
        }
    }
    (key, value)
}

/// What a leaf says, in one line.
fn text(schema: &Schema, kind: Kind, raw: &RawField<'_>) -> String {
    let mut decoder = Decoder::new(schema, true);
    let value = decoder.value(kind, raw).unwrap_or(Value::Null);
    let text = yaml::to_string(&value);
    text.trim_end().replace('\n', " ")
}
