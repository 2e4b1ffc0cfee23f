//! A document to the bytes that the API server stores.
//!
//! As gogo-protobuf writes Kubernetes' types: fields in the order of their numbers, values and
//! structs even when they are zero, pointers only when set, map entries by key. Fields that a
//! decode kept as unknown go back to their place.

use super::json;
use super::noted::{Step, Unknown, path_text};
use super::schema::{Field, Fit, Kind, Message, MessageId, Schema, Shape};
use super::stored::MAGIC;
use super::time;
use super::value::Value;
use super::wire::{put_bytes, put_tag, put_varint};

/// Messages inside each other, as many as are read.
const MAX_DEPTH: usize = 64;

/// What of a document cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The kind has no message in the schema.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    NoKind {
        /// The document's `apiVersion`.
        api_version: String,
        /// The document's `kind`.
        kind: String,
    },
    /// A value is of another type than its field.
    #[error("{path}: {found} where the field wants {wanted}")]
    Type {
        /// Path of the field.
        path: String,
        /// What stands there.
        found: &'static str,
        /// What the field holds.
        wanted: &'static str,
    },
    /// The kind has no such field.
    #[error("unknown field {path:?}")]
    NoField {
        /// Path of the field.
        path: String,
    },
    /// Messages stand inside each other deeper than any kind needs.
    #[error("{path}: more than {limit} messages inside each other")]
    Depth {
        /// Path of the message.
        path: String,
        /// How many are written.
        limit: u32,
    },
}

/// The stored bytes of a built-in object, or what is wrong with it, all at once.
///
/// `metadata.resourceVersion` and `selfLink` are not stored. `unknown` are the fields that
/// reading the object before left over; give none for a new object.
pub fn encode(
    schema: &Schema,
    object: &Value<'_>,
    unknown: &[Unknown<'_>],
) -> Result<Vec<u8>, Vec<EncodeError>> {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some((id, Fit::Exact)) = schema.kind(api_version, kind) else {
        return Err(vec![EncodeError::NoKind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
        }]);
    };
    let mut encoder = Encoder {
        schema,
        unknown,
        path: Vec::new(),
        errors: Vec::new(),
    };
    let raw = encoder.message(id, object);
    if !encoder.errors.is_empty() {
        return Err(encoder.errors);
    }
    let mut type_meta = Vec::new();
    put_bytes(&mut type_meta, 1, api_version.as_bytes());
    put_bytes(&mut type_meta, 2, kind.as_bytes());
    let mut out = MAGIC.to_vec();
    put_bytes(&mut out, 1, &type_meta);
    put_bytes(&mut out, 2, &raw);
    put_bytes(&mut out, 3, b"");
    put_bytes(&mut out, 4, b"");
    Ok(out)
}

/// The stored bytes of a custom resource: JSON in one line.
pub fn encode_json(object: &Value<'_>) -> Vec<u8> {
    let mut object = object.clone();
    if let Some(meta) = object.get_mut("metadata") {
        meta.remove("resourceVersion");
        meta.remove("selfLink");
    }
    let mut text = String::new();
    json::push_compact(&mut text, &object);
    text.push('\n');
    text.into_bytes()
}

struct Encoder<'s, 'v> {
    schema: &'s Schema,
    unknown: &'s [Unknown<'s>],
    path: Vec<Step<'v>>,
    errors: Vec<EncodeError>,
}

impl<'s, 'v> Encoder<'s, 'v> {
    fn message(&mut self, id: MessageId, value: &'v Value<'v>) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(message) = self.schema.message(id) else {
            return out;
        };
        if self.path.len() >= MAX_DEPTH {
            self.errors.push(EncodeError::Depth {
                path: path_text(&self.path),
                limit: MAX_DEPTH as u32,
            });
            return out;
        }
        match (message.is_wrapper, value) {
            (true, Value::List(items)) => {
                if let Some(field) = message.fields.first() {
                    items
                        .iter()
                        .for_each(|item| self.item(&mut out, field, item));
                }
            }
            (false, Value::Map(_)) => {
                self.check_names(message, value);
                self.fields(&mut out, id, value);
            }
            _ => self.wrong(value, "an object"),
        }
        out
    }

    fn check_names(&mut self, message: &Message, value: &'v Value<'v>) {
        let is_top = self.path.is_empty();
        for (key, _) in value.entries() {
            let is_type = is_top && matches!(&**key, "apiVersion" | "kind");
            if !is_type && !self.has_field(message, key, 4) {
                self.path.push(Step::Name(key));
                self.errors.push(EncodeError::NoField {
                    path: path_text(&self.path),
                });
                self.path.pop();
            }
        }
    }

    fn has_field(&self, message: &Message, name: &str, depth: u32) -> bool {
        message.fields.iter().any(|field| match field.kind {
            Kind::Message(id) if field.mark.embedded && depth > 0 => self
                .schema
                .message(id)
                .is_some_and(|inner| self.has_field(inner, name, depth - 1)),
            _ => *field.name == *name,
        })
    }

    fn fields(&mut self, out: &mut Vec<u8>, id: MessageId, value: &'v Value<'v>) {
        let schema = self.schema;
        let Some(message) = schema.message(id) else {
            return;
        };
        let mut kept = self.kept();
        for field in &message.fields {
            while let Some(unknown) = kept.first().filter(|unknown| unknown.number < field.number) {
                out.extend_from_slice(unknown.bytes);
                kept.remove(0);
            }
            let is_meta = id == schema.meta();
            if is_meta && matches!(&*field.name, "resourceVersion" | "selfLink") {
                put_bytes(out, field.number, b"");
                continue;
            }
            match (field.mark.embedded, field.kind) {
                (true, Kind::Message(inner)) => {
                    let mut bytes = Vec::new();
                    self.fields(&mut bytes, inner, value);
                    put_bytes(out, field.number, &bytes);
                }
                _ => self.field(out, field, value),
            }
        }
        kept.iter()
            .for_each(|unknown| out.extend_from_slice(unknown.bytes));
    }

    /// The unknown fields of the current message, by number.
    fn kept(&self) -> Vec<&'s Unknown<'s>> {
        if self.unknown.is_empty() {
            return Vec::new();
        }
        let path = path_text(&self.path);
        let mut kept: Vec<_> = self
            .unknown
            .iter()
            .filter(|unknown| unknown.path == path)
            .collect();
        kept.sort_by_key(|unknown| unknown.number);
        kept
    }

    fn field(&mut self, out: &mut Vec<u8>, field: &Field, value: &'v Value<'v>) {
        let entry = value.entries().iter().find(|(key, _)| **key == *field.name);
        let held = entry
            .map(|(_, held)| held)
            .filter(|held| **held != Value::Null);
        if let Some((key, _)) = entry {
            self.path.push(Step::Name(key));
        }
        match (field.shape, held) {
            (Shape::One, Some(held)) => self.put(out, field.number, field.kind, held),
            (Shape::One, None) if !field.mark.pointer => self.put_zero(out, field),
            (Shape::List, Some(Value::List(items))) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    self.item(out, field, item);
                    self.path.pop();
                }
            }
            (Shape::List, Some(other)) => self.wrong(other, "a list"),
            (Shape::Map, Some(Value::Map(pairs))) => {
                for (key, held) in pairs {
                    let mut pair = Vec::new();
                    put_bytes(&mut pair, 1, key.as_bytes());
                    self.path.push(Step::Key(key));
                    self.put(&mut pair, 2, field.kind, held);
                    self.path.pop();
                    put_bytes(out, field.number, &pair);
                }
            }
            (Shape::Map, Some(other)) => self.wrong(other, "an object"),
            (_, None) => {}
        }
        if entry.is_some() {
            self.path.pop();
        }
    }

    fn item(&mut self, out: &mut Vec<u8>, field: &Field, item: &'v Value<'v>) {
        self.put(out, field.number, field.kind, item);
    }

    /// What stands for a value that is not set.
    fn put_zero(&mut self, out: &mut Vec<u8>, field: &Field) {
        let number = field.number;
        match field.kind {
            // A nil slice of bytes is not written.
            Kind::Bytes => {}
            Kind::Bool | Kind::Int32 | Kind::Int64 => {
                put_tag(out, number, 0);
                out.push(0);
            }
            Kind::Double => {
                put_tag(out, number, 1);
                out.extend_from_slice(&[0; 8]);
            }
            Kind::String | Kind::Time | Kind::MicroTime | Kind::RawExtension | Kind::FieldsV1 => {
                put_bytes(out, number, b"");
            }
            Kind::Duration => put_bytes(out, number, &[8, 0]),
            Kind::Quantity => put_bytes(out, number, b"\x0a\x010"),
            Kind::IntOrString => put_bytes(out, number, &[8, 0, 0x10, 0, 0x1a, 0]),
            Kind::Message(id) => {
                let inner = self.message(id, const { &Value::Map(Vec::new()) });
                put_bytes(out, number, &inner);
            }
        }
    }

    fn put(&mut self, out: &mut Vec<u8>, number: u32, kind: Kind, value: &'v Value<'v>) {
        match (kind, value) {
            (Kind::Message(id), _) => {
                let inner = self.message(id, value);
                put_bytes(out, number, &inner);
            }
            (Kind::String, Value::Str(text)) => put_bytes(out, number, text.as_bytes()),
            (Kind::Bool, Value::Bool(value)) => {
                put_tag(out, number, 0);
                out.push(u8::from(*value));
            }
            (Kind::Int32, Value::Int(int)) if i32::try_from(*int).is_ok() => {
                put_tag(out, number, 0);
                put_varint(out, int.cast_unsigned());
            }
            (Kind::Int64, Value::Int(int)) => {
                put_tag(out, number, 0);
                put_varint(out, int.cast_unsigned());
            }
            (Kind::Double, Value::Float(_) | Value::Int(_)) => {
                let float = match value {
                    Value::Float(float) => *float,
                    _ => value.as_int().unwrap_or(0) as f64,
                };
                put_tag(out, number, 1);
                out.extend_from_slice(&float.to_le_bytes());
            }
            _ => match special(kind, value) {
                Ok(bytes) => put_bytes(out, number, &bytes),
                Err(wanted) => self.wrong(value, wanted),
            },
        }
    }

    fn wrong(&mut self, value: &Value<'_>, wanted: &'static str) {
        self.errors.push(EncodeError::Type {
            path: path_text(&self.path),
            found: match value {
                Value::Null => "null",
                Value::Bool(_) => "a bool",
                Value::Int(_) => "a whole number",
                Value::Float(_) => "a number",
                Value::Str(_) => "a string",
                Value::List(_) => "a list",
                Value::Map(_) => "an object",
            },
            wanted,
        });
    }
}

/// The bytes of a field whose text or number has a form of its own, or what it should be.
fn special(kind: Kind, value: &Value<'_>) -> Result<Vec<u8>, &'static str> {
    use base64::Engine as _;
    let text = value.as_str();
    let mut out = Vec::new();
    match kind {
        Kind::Bytes => {
            let bytes = text.and_then(|text| {
                let engine = base64::engine::general_purpose::STANDARD;
                engine.decode(text).ok()
            });
            return bytes.ok_or("base64");
        }
        Kind::Time | Kind::MicroTime => {
            if *value == Value::Null {
                return Ok(out);
            }
            let micros = text.and_then(time::parse_micros).ok_or("a time")?;
            let nanos = match kind {
                Kind::Time => 0,
                _ => micros.rem_euclid(1_000_000) * 1000,
            };
            put_tag(&mut out, 1, 0);
            put_varint(&mut out, micros.div_euclid(1_000_000).cast_unsigned());
            put_tag(&mut out, 2, 0);
            put_varint(&mut out, nanos.cast_unsigned());
        }
        Kind::Duration => {
            let nanos = text.and_then(time::parse_duration).ok_or("a duration")?;
            put_tag(&mut out, 1, 0);
            put_varint(&mut out, nanos.cast_unsigned());
        }
        Kind::Quantity => match value {
            Value::Int(number) => put_bytes(&mut out, 1, number.to_string().as_bytes()),
            _ => put_bytes(&mut out, 1, text.ok_or("a quantity")?.as_bytes()),
        },
        Kind::IntOrString => {
            let number = value.as_int().and_then(|int| i32::try_from(int).ok());
            if number.is_none() && text.is_none() {
                return Err("a number or a string");
            }
            put_tag(&mut out, 1, 0);
            out.push(u8::from(text.is_some()));
            put_tag(&mut out, 2, 0);
            put_varint(&mut out, i64::from(number.unwrap_or(0)).cast_unsigned());
            put_bytes(&mut out, 3, text.unwrap_or_default().as_bytes());
        }
        Kind::RawExtension | Kind::FieldsV1 => {
            let mut raw = String::new();
            json::push_compact(&mut raw, value);
            put_bytes(&mut out, 1, raw.as_bytes());
        }
        Kind::String => return Err("a string"),
        Kind::Bool => return Err("a bool"),
        Kind::Int32 => return Err("a whole number of 32 bits"),
        Kind::Int64 => return Err("a whole number"),
        Kind::Double => return Err("a number"),
        Kind::Message(_) => return Err("an object"),
    }
    Ok(out)
}
