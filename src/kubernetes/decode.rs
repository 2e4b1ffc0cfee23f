//! A protobuf message and its schema, to the document that the API server would print.
//!
//! Nothing is refused: what does not fit becomes a [`Problem`] with its path and offset, fields
//! that the schema does not have are kept as [`Unknown`], and the rest goes on.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json;
use super::noted::{Step, Unknown};
use super::problem::Problem;
use super::schema::{Field, Kind, Message, MessageId, Schema, Shape};
use super::time;
use super::value::{Entry, Value};
use super::wire::{Fields, Payload, RawField};

/// Messages inside each other: no kind needs half of it.
const MAX_DEPTH: u32 = 64;

/// Reads messages and notes on the way what is odd.
pub(super) struct Decoder<'a> {
    schema: &'a Schema,
    pub path: Vec<Step<'a>>,
    depth: u32,
    is_unsorted: bool,
    with_managed_fields: bool,
    pub problems: Vec<Problem>,
    pub unknown: Vec<Unknown<'a>>,
}

impl<'a> Decoder<'a> {
    /// A decoder with nothing noted.
    pub fn new(schema: &'a Schema, with_managed_fields: bool) -> Self {
        Self {
            schema,
            path: Vec::new(),
            depth: 0,
            is_unsorted: false,
            with_managed_fields,
            problems: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The document of a message whose first byte is at `offset`.
    pub fn message(&mut self, id: MessageId, bytes: &'a [u8], offset: u64) -> Value<'a> {
        let Some(message) = self.schema.message(id) else {
            return Value::Null;
        };
        if self.depth >= MAX_DEPTH {
            let path = self.path();
            self.problem(Problem::Depth {
                path,
                offset,
                limit: MAX_DEPTH,
            });
            return Value::Map(Vec::new());
        }
        let is_meta = id == self.schema.meta();
        let mut entries = Vec::with_capacity(message.fields.len().min(8));
        self.depth += 1;
        self.fields(message, bytes, offset, &mut entries, is_meta);
        self.depth -= 1;
        if std::mem::take(&mut self.is_unsorted) {
            for (_, value) in &mut entries {
                if let Value::Map(pairs) = value {
                    *value = Value::map(std::mem::take(pairs));
                }
            }
        }
        if message.is_wrapper {
            let only = entries.pop().map(|(_, value)| value);
            return only.unwrap_or(Value::List(Vec::new()));
        }
        Value::map(entries)
    }

    fn fields(
        &mut self,
        message: &'a Message,
        bytes: &'a [u8],
        offset: u64,
        entries: &mut Vec<Entry<'a>>,
        is_meta: bool,
    ) {
        let mut absent = message.always;
        let mut last = 0;
        let mut fields = Fields::new(bytes, offset);
        while let Some(next) = fields.next() {
            let raw = match next {
                Ok(raw) => raw,
                Err(error) => match self.broken(message, error) {
                    Some(raw) => raw,
                    None => break,
                },
            };
            let field = message.position(raw.number);
            let Some((at, field)) = field.and_then(|at| Some((at, message.fields.get(at)?))) else {
                self.unknown(&raw);
                continue;
            };
            if is_meta && !self.with_managed_fields && matches!(&*field.name, "managedFields") {
                continue;
            }
            // Fields come in the order of their numbers; one that does not may be there already.
            let may_repeat = raw.number <= last;
            last = last.max(raw.number);
            if field.mark.embedded
                && let (Kind::Message(id), Payload::Bytes(start, inner)) = (field.kind, raw.payload)
            {
                absent &= !(1 << at);
                self.embedded(id, inner, start, entries);
                continue;
            }
            self.path.push(Step::Name(&field.name));
            let done = match field.shape {
                Shape::One => self.one(field, &raw, entries, may_repeat),
                Shape::List => self.item(field, &raw, entries),
                Shape::Map => self.pair(field, &raw, entries),
            };
            self.path.pop();
            if done {
                absent &= !(1 << at);
            }
        }
        while absent != 0 {
            let at = absent.trailing_zeros();
            absent &= absent - 1;
            if let Some(field) = message.fields.get(at as usize) {
                self.absent(field, entries);
            }
        }
    }

    /// The fields of a message that stand in its parent.
    fn embedded(&mut self, id: MessageId, bytes: &'a [u8], offset: u64, to: &mut Vec<Entry<'a>>) {
        match self.schema.message(id) {
            Some(message) if self.depth < MAX_DEPTH => {
                self.depth += 1;
                self.fields(message, bytes, offset, to, false);
                self.depth -= 1;
            }
            _ => {}
        }
    }

    /// What Go writes for a field that is not on the wire.
    fn absent(&mut self, field: &'a Field, entries: &mut Vec<Entry<'a>>) {
        if field.mark.embedded {
            if let Kind::Message(id) = field.kind {
                self.embedded(id, &[], 0, entries);
            }
            return;
        }
        let value = match field.shape {
            Shape::One if !field.mark.pointer => self.zero(field.kind),
            _ => Value::Null,
        };
        entries.push((Cow::Borrowed(&*field.name), value));
    }

    fn zero(&mut self, kind: Kind) -> Value<'a> {
        match kind {
            Kind::String => Value::text(""),
            Kind::Bool => Value::Bool(false),
            Kind::Int32 | Kind::Int64 | Kind::IntOrString => Value::Int(0),
            Kind::Double => Value::Float(0.0),
            Kind::Quantity => Value::text("0"),
            Kind::Duration => Value::text("0s"),
            Kind::Message(id) => self.message(id, &[], 0),
            Kind::Bytes | Kind::Time | Kind::MicroTime | Kind::RawExtension | Kind::FieldsV1 => {
                Value::Null
            }
        }
    }

    fn one(
        &mut self,
        field: &'a Field,
        raw: &RawField<'a>,
        entries: &mut Vec<Entry<'a>>,
        may_repeat: bool,
    ) -> bool {
        let Some(value) = self.value(field.kind, raw) else {
            return false;
        };
        let mark = field.mark;
        if may_repeat {
            entries.retain(|(name, _)| *name != *field.name);
        }
        if mark.required || mark.pointer || mark.by_value || !value.is_zero() {
            entries.push((Cow::Borrowed(&*field.name), value));
        }
        true
    }

    fn item(&mut self, field: &'a Field, raw: &RawField<'a>, entries: &mut Vec<Entry<'a>>) -> bool {
        let at = place(entries, &field.name, Value::List(Vec::new()));
        let count = match entries.get(at) {
            Some((_, Value::List(items))) => items.len(),
            _ => return false,
        };
        let mut new = Vec::new();
        match (field.kind, raw.payload) {
            // Numbers may be packed, although no Kubernetes message does it.
            (Kind::Int32 | Kind::Int64 | Kind::Bool, Payload::Bytes(offset, bytes)) => {
                let mut numbers = Fields::new(bytes, offset);
                while let Some(number) = numbers.next_varint() {
                    match number {
                        Ok(number) => new.push(varint(field.kind, number)),
                        Err(error) => {
                            self.note(error);
                            break;
                        }
                    }
                }
            }
            _ => {
                self.path.push(Step::Index(count));
                new.extend(self.value(field.kind, raw));
                self.path.pop();
            }
        }
        match entries.get_mut(at) {
            Some((_, Value::List(items))) if count + new.len() > 0 => items.append(&mut new),
            _ => drop(entries.remove(at)),
        }
        true
    }

    fn pair(&mut self, field: &'a Field, raw: &RawField<'a>, entries: &mut Vec<Entry<'a>>) -> bool {
        let Payload::Bytes(offset, bytes) = raw.payload else {
            self.wrong_type(raw, 2);
            return false;
        };
        let (mut key, mut held) = (Cow::Borrowed(""), None);
        let mut fields = Fields::new(bytes, offset);
        while let Some(next) = fields.next() {
            match next {
                Ok(found) => match (found.number, found.payload) {
                    (1, Payload::Bytes(offset, bytes)) => key = self.text(bytes, offset),
                    (2, _) => held = Some(found),
                    _ => self.unknown(&found),
                },
                Err(error) => self.note(error),
            }
        }
        let step = match &key {
            Cow::Borrowed(key) => Step::Key(key),
            Cow::Owned(_) => Step::Key("\u{fffd}"),
        };
        self.path.push(step);
        let value = held.and_then(|raw| self.value(field.kind, &raw));
        let value = match value {
            Some(value) => value,
            None => self.zero(field.kind),
        };
        self.path.pop();
        let at = place(entries, &field.name, Value::Map(Vec::new()));
        if let Some((_, Value::Map(pairs))) = entries.get_mut(at) {
            // Entries are written in the order of their keys, but in damaged bytes.
            self.is_unsorted |= pairs.last().is_some_and(|(last, _)| *last >= key);
            pairs.push((key, value));
        }
        true
    }

    /// A field's value, `None` with a problem where there is none.
    pub fn value(&mut self, kind: Kind, raw: &RawField<'a>) -> Option<Value<'a>> {
        Some(match (kind, raw.payload) {
            (Kind::Bool | Kind::Int32 | Kind::Int64, Payload::Varint(number)) => {
                varint(kind, number)
            }
            (Kind::Double, Payload::Fixed64(bits)) => Value::Float(f64::from_bits(bits)),
            (Kind::String, Payload::Bytes(offset, bytes)) => Value::Str(self.text(bytes, offset)),
            (Kind::Bytes, Payload::Bytes(_, bytes)) => Value::text(STANDARD.encode(bytes)),
            (Kind::Message(id), Payload::Bytes(offset, bytes)) => self.message(id, bytes, offset),
            (Kind::Time, Payload::Bytes(offset, bytes)) => self.time(bytes, offset, false),
            (Kind::MicroTime, Payload::Bytes(offset, bytes)) => self.time(bytes, offset, true),
            (Kind::Duration, Payload::Bytes(offset, bytes)) => {
                let [nanos, ..] = self.small(bytes, offset).0;
                Value::text(time::duration(nanos))
            }
            (Kind::Quantity, Payload::Bytes(offset, bytes)) => match self.small(bytes, offset).1 {
                [Some((offset, text)), ..] => Value::Str(self.text(text, offset)),
                _ => Value::text("0"),
            },
            (Kind::IntOrString, Payload::Bytes(offset, bytes)) => {
                let ([kind, number, _], [_, _, text]) = self.small(bytes, offset);
                match text {
                    Some((offset, text)) if kind == 1 => Value::Str(self.text(text, offset)),
                    _ if kind == 1 => Value::text(""),
                    _ => Value::Int(i64::from(number as i32)),
                }
            }
            (Kind::RawExtension | Kind::FieldsV1, Payload::Bytes(offset, bytes)) => {
                match self.small(bytes, offset).1 {
                    [Some((offset, raw)), ..] => self.raw(raw, offset),
                    _ => Value::Null,
                }
            }
            (kind, _) => {
                self.wrong_type(raw, wire_type(kind));
                return None;
            }
        })
    }

    /// The first three fields of a message too small for the schema, as numbers and as bytes.
    #[expect(clippy::type_complexity, reason = "two answers of three fields each")]
    fn small(&mut self, bytes: &'a [u8], offset: u64) -> ([i64; 3], [Option<(u64, &'a [u8])>; 3]) {
        let (mut numbers, mut texts) = ([0; 3], [None; 3]);
        let mut fields = Fields::new(bytes, offset);
        while let Some(next) = fields.next() {
            let raw = match next {
                Ok(raw) => raw,
                Err(error) => {
                    self.note(error);
                    break;
                }
            };
            let at = raw.number as usize - 1;
            match (raw.payload, numbers.get_mut(at), texts.get_mut(at)) {
                (Payload::Varint(number), Some(slot), _) => *slot = number.cast_signed(),
                (Payload::Bytes(offset, bytes), _, Some(slot)) => *slot = Some((offset, bytes)),
                _ => self.unknown(&raw),
            }
        }
        (numbers, texts)
    }

    fn time(&mut self, bytes: &'a [u8], offset: u64, is_micro: bool) -> Value<'a> {
        if bytes.is_empty() {
            return Value::Null;
        }
        let [seconds, nanos, _] = self.small(bytes, offset).0;
        let text = if is_micro {
            time::rfc3339_micro(seconds, nanos as i32)
        } else {
            time::rfc3339(seconds)
        };
        match text {
            Some(text) => Value::text(text),
            None => {
                let path = self.path();
                self.problem(Problem::Time {
                    path,
                    offset,
                    seconds,
                });
                Value::Null
            }
        }
    }

    /// JSON inside a message, or a whole envelope inside it.
    fn raw(&mut self, bytes: &'a [u8], offset: u64) -> Value<'a> {
        if let Some(rest) = bytes.strip_prefix(super::stored::MAGIC)
            && self.depth < MAX_DEPTH
        {
            self.depth += 1;
            let object = super::stored::envelope(self, rest, offset + 4);
            self.depth -= 1;
            return object.value;
        }
        let (value, error) = json::read(bytes);
        if let Some(error) = error {
            let path = self.path();
            self.problem(Problem::Json {
                path,
                offset: offset + error.offset,
                message: error.message,
            });
        }
        value
    }

    pub fn text(&mut self, bytes: &'a [u8], offset: u64) -> Cow<'a, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                let path = self.path();
                let offset = offset + error.valid_up_to() as u64;
                self.problem(Problem::NoText { path, offset });
                String::from_utf8_lossy(bytes)
            }
        }
    }

    /// The schema that it reads by.
    pub fn schema(&self) -> &'a Schema {
        self.schema
    }
}

/// Position of a field's entry, which is made where there is none.
fn place<'a>(entries: &mut Vec<Entry<'a>>, name: &'a str, empty: Value<'a>) -> usize {
    // It is the last one but in damaged bytes.
    if let Some(at) = entries.iter().rposition(|(found, _)| *found == *name) {
        return at;
    }
    entries.push((Cow::Borrowed(name), empty));
    entries.len() - 1
}

fn varint(kind: Kind, number: u64) -> Value<'static> {
    match kind {
        Kind::Bool => Value::Bool(number != 0),
        Kind::Int32 => Value::Int(i64::from(number as i32)),
        _ => Value::Int(number.cast_signed()),
    }
}

fn wire_type(kind: Kind) -> u8 {
    match kind {
        Kind::Bool | Kind::Int32 | Kind::Int64 => 0,
        Kind::Double => 1,
        _ => 2,
    }
}
