//! What a value in etcd is: an object in its envelope, JSON, something encrypted, or no object.
//!
//! ```text
//! k8s\0 | 1 typeMeta { 1 apiVersion 2 kind } | 2 raw | 3 contentEncoding | 4 contentType
//! {...}                                        JSON: custom resources, CRDs, APIServices
//! k8s:enc:PROVIDER:VERSION:KEY:...             encrypted at rest
//! ```

use std::borrow::Cow;

use super::decode::Decoder;
use super::generic;
use super::json;
use super::noted::Unknown;
use super::problem::Problem;
use super::schema::{Fit, Schema};
use super::value::Value;
use super::wire::{Fields, Payload, WireError};

/// The first bytes of an envelope.
pub const MAGIC: &[u8] = b"k8s\0";

/// What a stored value turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<'a> {
    /// An object.
    Object(Box<Object<'a>>),
    /// Ciphertext; only the provider and the key's name can be told.
    Encrypted(Encrypted<'a>),
    /// No object.
    Other(&'a [u8]),
}

/// How an object is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// In the envelope.
    Protobuf,
    /// As a JSON document.
    Json,
}

/// A stored object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    /// How it is stored.
    pub encoding: Encoding,
    /// As the envelope or the document says.
    pub api_version: Cow<'a, str>,
    /// As the envelope or the document says.
    pub kind: Cow<'a, str>,
    /// How well the schema knows its kind; none for JSON and for unknown kinds, whose fields are
    /// shown by their numbers.
    pub fit: Option<Fit>,
    /// The document, as the API server prints it.
    pub value: Value<'a>,
    /// Fields that the schema does not have.
    pub unknown: Vec<Unknown<'a>>,
    /// What is wrong with the stored bytes.
    pub problems: Vec<Problem>,
}

/// A value that was encrypted before it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted<'a> {
    /// `aescbc`, `aesgcm`, `secretbox` or `kms`.
    pub provider: Cow<'a, str>,
    /// Version of the provider's format.
    pub version: Cow<'a, str>,
    /// Name of the key, or of the KMS plugin.
    pub key: Cow<'a, str>,
    /// How many bytes follow.
    pub len: u64,
}

/// What is left out of a document when it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// `metadata.managedFields`, as kubectl leaves it out; it is about half of most objects.
    pub managed_fields: bool,
}

impl<'a> Stored<'a> {
    /// Reads a value whole.
    pub fn read(schema: &'a Schema, value: &'a [u8]) -> Self {
        Self::read_without(schema, value, Leave::default())
    }

    /// Reads a value but for what is not wanted.
    pub fn read_without(schema: &'a Schema, value: &'a [u8], leave: Leave) -> Self {
        if let Some(rest) = value.strip_prefix(MAGIC) {
            let mut decoder = Decoder::new(schema, !leave.managed_fields);
            let mut object = envelope(&mut decoder, rest, MAGIC.len() as u64);
            object.problems = decoder.problems;
            object.unknown = decoder.unknown;
            return Self::Object(Box::new(object));
        }
        if let Some(rest) = value.strip_prefix(b"k8s:enc:") {
            return Self::Encrypted(encrypted(rest));
        }
        match document(value) {
            Some(mut object) => {
                if leave.managed_fields {
                    object.strip_managed_fields();
                }
                Self::Object(Box::new(object))
            }
            None => Self::Other(value),
        }
    }

    /// The object, if it is one.
    pub fn object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl<'a> Object<'a> {
    /// Fills `metadata.resourceVersion`, which is not stored: it is the revision of the write.
    pub fn set_resource_version(&mut self, revision: i64) {
        let text = Value::text(revision.to_string());
        match self.value.get_mut("metadata") {
            Some(meta @ Value::Map(_)) => meta.set("resourceVersion", text),
            _ => {
                let meta = vec![(Cow::Borrowed("resourceVersion"), text)];
                self.value.set("metadata", Value::Map(meta));
            }
        }
    }

    /// Takes `metadata.managedFields` away, as kubectl does.
    pub fn strip_managed_fields(&mut self) {
        if let Some(meta) = self.value.get_mut("metadata") {
            meta.remove("managedFields");
        }
    }

    /// `metadata.namespace` and `metadata.name`; empty where there is none.
    pub fn name(&self) -> (&str, &str) {
        let text = |key| self.value.at(&["metadata", key]).and_then(Value::as_str);
        (
            text("namespace").unwrap_or_default(),
            text("name").unwrap_or_default(),
        )
    }
}

/// Reads the message behind the magic; problems and unknown fields stay with the decoder.
pub(super) fn envelope<'a>(decoder: &mut Decoder<'a>, bytes: &'a [u8], offset: u64) -> Object<'a> {
    let (mut api_version, mut kind) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let mut raw: Option<(u64, &[u8])> = None;
    let mut fields = Fields::new(bytes, offset);
    while let Some(next) = fields.next() {
        match next {
            Ok(field) => match (field.number, field.payload) {
                (1, Payload::Bytes(offset, bytes)) => {
                    (api_version, kind) = type_meta(decoder, bytes, offset);
                }
                (2, Payload::Bytes(offset, bytes)) => raw = Some((offset, bytes)),
                // Content encoding and type, which are written empty.
                (3 | 4, Payload::Bytes(_, [])) => {}
                _ => decoder.unknown(&field),
            },
            Err(error) => {
                decoder.note(error);
                if let WireError::Length {
                    number: 2,
                    offset,
                    rest,
                    ..
                } = error
                {
                    raw = Some((offset, rest));
                }
            }
        }
    }
    let (start, raw) = raw.unwrap_or((offset, &[]));
    let found = decoder.schema().kind(&api_version, &kind);
    let mut value = match found {
        Some((id, _)) => decoder.message(id, raw, start),
        None => generic::object(decoder, raw, start),
    };
    value.set("apiVersion", Value::Str(api_version.clone()));
    value.set("kind", Value::Str(kind.clone()));
    Object {
        encoding: Encoding::Protobuf,
        api_version,
        kind,
        fit: found.map(|(_, fit)| fit),
        value,
        unknown: Vec::new(),
        problems: Vec::new(),
    }
}

fn type_meta<'a>(
    decoder: &mut Decoder<'a>,
    bytes: &'a [u8],
    offset: u64,
) -> (Cow<'a, str>, Cow<'a, str>) {
    let (mut api_version, mut kind) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let mut fields = Fields::new(bytes, offset);
    while let Some(next) = fields.next() {
        match next {
            Ok(field) => match (field.number, field.payload) {
                (1, Payload::Bytes(offset, bytes)) => api_version = decoder.text(bytes, offset),
                (2, Payload::Bytes(offset, bytes)) => kind = decoder.text(bytes, offset),
                _ => decoder.unknown(&field),
            },
            Err(error) => decoder.note(error),
        }
    }
    (api_version, kind)
}

/// A JSON document that says of which kind it is, or one that breaks.
fn document(bytes: &[u8]) -> Option<Object<'_>> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let (value, error) = json::read(bytes);
    let text = |key| match value.get(key) {
        Some(Value::Str(text)) => Some(text.clone()),
        _ => None,
    };
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if error.is_none() && (api_version.is_none() || kind.is_none()) {
        return None;
    }
    let problems = error.map(|error| Problem::Json {
        path: String::new(),
        offset: error.offset,
        message: error.message,
    });
    Some(Object {
        encoding: Encoding::Json,
        api_version: api_version.unwrap_or_default(),
        kind: kind.unwrap_or_default(),
        fit: None,
        value,
        unknown: Vec::new(),
        problems: problems.into_iter().collect(),
    })
}

fn encrypted(rest: &[u8]) -> Encrypted<'_> {
    let mut parts = rest.splitn(4, |byte| *byte == b':');
    let mut part = || String::from_utf8_lossy(parts.next().unwrap_or_default());
    let (provider, version, key) = (part(), part(), part());
    Encrypted {
        provider,
        version,
        key,
        len: parts.next().unwrap_or_default().len() as u64,
    }
}
