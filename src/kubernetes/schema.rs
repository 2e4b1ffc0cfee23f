//! The table of messages that Kubernetes stores, read from a text when it is first needed.
//!
//! The text's notation stands at its own top (`static/schema/kubernetes.txt`). It is data: the
//! command line carries it, the page fetches it with the first Kubernetes value.

use std::collections::HashMap;

/// A message may have this many fields, so that a set of them fits into one number.
const MAX_FIELDS: usize = 128;

/// Field numbers below this one are looked up in a table.
const DIRECT: usize = 64;

/// Every message that is known.
#[derive(Debug)]
pub struct Schema {
    messages: Vec<Message>,
    by_name: HashMap<Box<str>, MessageId>,
    versions: HashMap<Box<str>, Vec<MessageId>>,
    meta: MessageId,
}

/// Number of a message in its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(u32);

/// One message: its fields in the order of their numbers.
#[derive(Debug)]
pub struct Message {
    /// Section and name, such as `core/v1.Pod`.
    pub name: Box<str>,
    /// Its fields in the order of their numbers.
    pub fields: Vec<Field>,
    /// Whether the message is written as its only field alone.
    pub is_wrapper: bool,
    /// Bit N: field N is written although it is absent from the stored bytes.
    pub(super) always: u128,
    direct: [u8; DIRECT],
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    /// Its number on the wire.
    pub number: u32,
    /// Its name in JSON and YAML.
    pub name: Box<str>,
    /// Whether one, many, or many by name.
    pub shape: Shape,
    /// When it is written.
    pub mark: Mark,
    /// What it holds, or what its items hold.
    pub kind: Kind,
}

/// How often a field's kind occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Once.
    One,
    /// A list.
    List,
    /// A map from texts.
    Map,
}

/// Go's `omitempty`, pointers and embedding, as far as they show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Always written, absent as `null` or zero.
    pub required: bool,
    /// A pointer: written when present, whatever it holds.
    pub pointer: bool,
    /// A struct by value: always written.
    pub by_value: bool,
    /// Its fields stand in the parent.
    pub embedded: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    String,
    /// Bytes, base64 in text.
    Bytes,
    /// A truth value.
    Bool,
    /// A varint of 32 bits.
    Int32,
    /// A varint of 64 bits.
    Int64,
    /// A float of 64 bits.
    Double,
    /// A message of the schema.
    Message(MessageId),
    /// Seconds and nanoseconds, RFC 3339 in seconds.
    Time,
    /// Seconds and nanoseconds, RFC 3339 in microseconds.
    MicroTime,
    /// Nanoseconds, as Go writes a duration.
    Duration,
    /// A quantity as text.
    Quantity,
    /// A number or a text.
    IntOrString,
    /// JSON as bytes, or a nested envelope.
    RawExtension,
    /// The fields of a manager: JSON as bytes.
    FieldsV1,
}

/// What is wrong with the text of a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The bytes are no UTF-8 text.
    #[error("the schema is no text at byte {offset}")]
    NoText {
        /// Offset of the first byte that is none.
        offset: u64,
    },
    /// A line is not as the notation wants it.
    #[error("schema line {line}: {what}")]
    Line {
        /// Number of the line, from 1.
        line: u32,
        /// What was found.
        what: String,
    },
    /// A field's type is not in the schema.
    #[error("schema message {message}: no type {name}")]
    NoType {
        /// The message that names it.
        message: String,
        /// The type.
        name: String,
    },
    /// There is no message for the metadata of objects.
    #[error("the schema has no meta/v1.ObjectMeta")]
    NoMeta,
}

/// How well a kind of an envelope is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The schema has that very version.
    Exact,
    /// The schema has the kind in another version of its group.
    OtherVersion,
}

/// A message's line before its types are looked up.
struct Draft<'t> {
    section: &'t str,
    source: &'t str,
    name: &'t str,
    body: &'t str,
}

impl Schema {
    /// Reads a schema from its text.
    pub fn parse(text: &[u8]) -> Result<Self, SchemaError> {
        let text = std::str::from_utf8(text).map_err(|error| SchemaError::NoText {
            offset: error.valid_up_to() as u64,
        })?;
        let drafts = drafts(text)?;
        let mut by_name = HashMap::with_capacity(drafts.len());
        let mut versions: HashMap<Box<str>, Vec<MessageId>> = HashMap::new();
        for (id, draft) in (0..).map(MessageId).zip(&drafts) {
            by_name.insert(qualified(draft.section, draft.name), id);
            let group = draft.section.split('/').next().unwrap_or_default();
            let of_group = versions.entry(qualified(group, draft.name)).or_default();
            of_group.push(id);
        }
        let messages = drafts.iter().map(|draft| message(draft, &by_name));
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        let meta = by_name.get("meta/v1.ObjectMeta").copied();
        Ok(Self {
            messages,
            by_name,
            versions,
            meta: meta.ok_or(SchemaError::NoMeta)?,
        })
    }

    /// The message of an object's kind, or the same kind in another version of its group.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<(MessageId, Fit)> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let group = match group {
            "" => "core",
            "internal.apiserver.k8s.io" => "apiserverinternal",
            _ => group.split('.').next().unwrap_or_default(),
        };
        let exact = qualified(&format!("{group}/{version}"), kind);
        if let Some(id) = self.by_name.get(&exact) {
            return Some((*id, Fit::Exact));
        }
        let others = self.versions.get(&qualified(group, kind))?;
        others.first().map(|id| (*id, Fit::OtherVersion))
    }

    /// A message by its number.
    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(id.0 as usize)
    }

    /// The message of every object's metadata.
    pub fn meta(&self) -> MessageId {
        self.meta
    }

    /// Every message, in the order of the text.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}

impl Message {
    /// Position of a field by its number on the wire.
    pub fn position(&self, number: u32) -> Option<usize> {
        if let Some(at) = self.direct.get(number as usize) {
            return usize::from(*at).checked_sub(1);
        }
        let found = self.fields.binary_search_by_key(&number, |f| f.number);
        found.ok()
    }
}

fn qualified(section: &str, name: &str) -> Box<str> {
    format!("{section}.{name}").into()
}

fn drafts(text: &str) -> Result<Vec<Draft<'_>>, SchemaError> {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut bodies: HashMap<(&str, &str), &str> = HashMap::new();
    let mut section = "";
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |what: &str| SchemaError::Line {
            line: number,
            what: what.to_owned(),
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.strip_suffix(']').ok_or_else(|| wrong("no ]"))?;
            continue;
        }
        if section.is_empty() {
            return Err(wrong("a message before the first section"));
        }
        if let Some(same) = line.strip_prefix("= ") {
            let (source, names) = same.split_once(' ').ok_or_else(|| wrong("no names"))?;
            for name in names.split_whitespace() {
                // What is the same as something that is the same is looked for where it stands.
                let body = bodies.get(&(source, name)).copied();
                let body = body.ok_or_else(|| wrong(&format!("no {source}.{name} above")))?;
                bodies.entry((section, name)).or_insert(body);
                drafts.push(Draft {
                    section,
                    source,
                    name,
                    body,
                });
            }
            continue;
        }
        let (name, body) = line.split_once(' ').unwrap_or((line, ""));
        bodies.insert((section, name), body);
        drafts.push(Draft {
            section,
            source: section,
            name,
            body,
        });
    }
    Ok(drafts)
}

fn message(
    draft: &Draft<'_>,
    by_name: &HashMap<Box<str>, MessageId>,
) -> Result<Message, SchemaError> {
    let name = qualified(draft.section, draft.name);
    let find = |kind: &str| {
        let local = [draft.section, draft.source]
            .iter()
            .find_map(|section| by_name.get(&qualified(section, kind)));
        local.or_else(|| by_name.get(kind)).copied()
    };
    let mut fields = Vec::new();
    let mut is_wrapper = false;
    let mut words = draft.body.split_whitespace();
    while let (Some(number), Some(word)) = (words.next(), words.next()) {
        let bad = || SchemaError::NoType {
            message: name.to_string(),
            name: format!("{number} {word}"),
        };
        let number = number.parse().map_err(|_| bad())?;
        let (named, kind) = word.split_once(':').ok_or_else(bad)?;
        let (mark, shape, kind) = (mark(named), shape(kind).0, shape(kind).1);
        is_wrapper |= named.ends_with('?');
        let kind = scalar(kind).or_else(|| find(kind).map(Kind::Message));
        fields.push(Field {
            number,
            name: named.trim_end_matches(['!', '*', '~', '^', '?']).into(),
            shape,
            mark,
            kind: kind.ok_or_else(bad)?,
        });
    }
    fields.sort_by_key(|field| field.number);
    if fields.len() > MAX_FIELDS {
        return Err(SchemaError::NoType {
            name: format!("{} fields", fields.len()),
            message: name.into(),
        });
    }
    let mut always = 0;
    let mut direct = [0; DIRECT];
    for (at, field) in (0u8..).zip(&fields) {
        let Mark {
            required,
            by_value,
            embedded,
            ..
        } = field.mark;
        always |= u128::from(required || by_value || embedded) << at;
        if let Some(slot) = direct.get_mut(field.number as usize) {
            *slot = at + 1;
        }
    }
    Ok(Message {
        name,
        fields,
        is_wrapper,
        always,
        direct,
    })
}

fn mark(named: &str) -> Mark {
    Mark {
        required: named.contains('!'),
        pointer: named.contains('*'),
        by_value: named.contains('~'),
        embedded: named.contains('^'),
    }
}

fn shape(kind: &str) -> (Shape, &str) {
    if let Some(item) = kind.strip_prefix("[]") {
        return (Shape::List, item);
    }
    match kind.strip_prefix("map[string]") {
        Some(item) => (Shape::Map, item),
        None => (Shape::One, kind),
    }
}

fn scalar(kind: &str) -> Option<Kind> {
    Some(match kind {
        "string" => Kind::String,
        "bytes" => Kind::Bytes,
        "bool" => Kind::Bool,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "double" => Kind::Double,
        "Time" => Kind::Time,
        "MicroTime" => Kind::MicroTime,
        "Duration" => Kind::Duration,
        "Quantity" => Kind::Quantity,
        "IntOrString" => Kind::IntOrString,
        "RawExtension" => Kind::RawExtension,
        "FieldsV1" => Kind::FieldsV1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# c\n[meta/v1]\nObjectMeta 1 name:string\n\n[a/v1]\nT 1 metadata~:meta/v1.ObjectMeta 3 spec*:S\nS 2 x!*:[]int32\n[a/v2]\nS 9 y:map[string]T\n= a/v1 T\n";

    #[test]
    fn a_message_that_is_the_same_uses_the_types_of_its_own_section_first() {
        let schema = Schema::parse(TEXT.as_bytes()).unwrap();
        for (version, expected) in [("a.k8s.io/v1", 2), ("a.k8s.io/v2", 9)] {
            let (id, fit) = schema.kind(version, "T").unwrap();
            assert_eq!(fit, Fit::Exact);
            let Kind::Message(spec) = schema.message(id).unwrap().fields[1].kind else {
                panic!("spec is a message");
            };
            assert_eq!(schema.message(spec).unwrap().fields[0].number, expected);
        }
        let (id, fit) = schema.kind("a.k8s.io/v3", "T").unwrap();
        assert_eq!(
            (&*schema.message(id).unwrap().name, fit),
            ("a/v1.T", Fit::OtherVersion)
        );
        assert!(schema.kind("b/v1", "T").is_none());
    }

    #[test]
    fn says_what_is_wrong_with_a_text() {
        let check = |text: &[u8], expected: &str| {
            assert_eq!(Schema::parse(text).unwrap_err().to_string(), expected);
        };
        check(b"", "the schema has no meta/v1.ObjectMeta");
        check(
            b"T 1 a:string",
            "schema line 1: a message before the first section",
        );
        check(b"[a/v1]\n= b/v1 T", "schema line 2: no b/v1.T above");
        check(b"[a/v1]\nT 1 x:Y", "schema message a/v1.T: no type 1 x:Y");
        check(b"[a\xff", "the schema is no text at byte 2");
    }
}
