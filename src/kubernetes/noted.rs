//! What a decoder notes on its way: problems, unknown fields, and where it is.

use std::fmt::Write as _;

use super::decode::Decoder;
use super::problem::Problem;
use super::schema::{Kind, Message, Shape};
use super::value::Value;
use super::wire::{Payload, RawField, WireError};

/// Problems listed for one object.
const MAX_PROBLEMS: u32 = 100;

/// Unknown fields kept for one object.
const MAX_UNKNOWN: usize = 1000;

/// A field that the schema does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown<'a> {
    /// Path of the message that it stands in, empty for the object itself.
    pub path: String,
    /// Its number.
    pub number: u32,
    /// Offset of its tag in the stored value.
    pub offset: u64,
    /// What it carries.
    pub payload: Payload<'a>,
    /// Tag and payload.
    pub bytes: &'a [u8],
}

impl<'a> Unknown<'a> {
    /// Whether it says nothing: fields of older releases are written empty.
    pub fn is_empty(&self) -> bool {
        matches!(self.payload, Payload::Bytes(_, []))
    }

    /// What it looks like.
    pub fn guess(&self) -> Value<'a> {
        super::generic::guess(self.payload, 0)
    }
}

/// One step of a path.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Decoder<'a> {
    pub fn wrong_type(&mut self, raw: &RawField<'a>, wanted: u8) {
        let problem = Problem::WireType {
            path: self.path(),
            offset: raw.offset,
            found: raw.payload.wire_type(),
            wanted,
        };
        self.problem(problem);
        self.unknown(raw);
    }

    /// Notes where a message breaks. A message that was cut off is read as far as it goes.
    pub fn broken(&mut self, message: &'a Message, error: WireError<'a>) -> Option<RawField<'a>> {
        let WireError::Length {
            number,
            offset,
            rest,
            ..
        } = error
        else {
            self.note(error);
            return None;
        };
        let at = message.position(number);
        let field = at.and_then(|at| message.fields.get(at));
        if let Some(field) = field {
            self.path.push(Step::Name(&field.name));
            self.note(error);
            self.path.pop();
        } else {
            self.note(error);
        }
        let is_message = matches!(field?.kind, Kind::Message(_));
        (is_message && field?.shape != Shape::Map).then_some(RawField {
            number,
            offset,
            payload: Payload::Bytes(offset, rest),
            bytes: rest,
        })
    }

    pub fn note(&mut self, error: WireError<'a>) {
        let path = self.path();
        self.problem(match error {
            WireError::Ends { offset } => Problem::Ends { path, offset },
            WireError::Varint { offset } => Problem::Varint { path, offset },
            WireError::Tag { offset, tag } => Problem::Tag { path, offset, tag },
            WireError::Length {
                offset,
                wanted,
                rest,
                ..
            } => Problem::Length {
                path,
                offset,
                wanted,
                left: rest.len() as u64,
            },
        });
    }

    pub fn problem(&mut self, problem: Problem) {
        match (self.problems.len() as u32).cmp(&MAX_PROBLEMS) {
            std::cmp::Ordering::Less => self.problems.push(problem),
            std::cmp::Ordering::Equal => self.problems.push(Problem::More {
                limit: MAX_PROBLEMS,
            }),
            std::cmp::Ordering::Greater => {}
        }
    }

    pub fn unknown(&mut self, raw: &RawField<'a>) {
        if self.unknown.len() < MAX_UNKNOWN {
            self.unknown.push(Unknown {
                path: self.path(),
                number: raw.number,
                offset: raw.offset,
                payload: raw.payload,
                bytes: raw.bytes,
            });
        }
    }

    pub fn path(&self) -> String {
        path_text(&self.path)
    }
}

/// A path such as `spec.containers[0].resources.limits["cpu"]`.
pub(super) fn path_text(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Name(name) if text.is_empty() => write!(text, "{name}"),
            Step::Name(name) => write!(text, ".{name}"),
            Step::Key(key) => write!(text, "[{key:?}]"),
            Step::Index(index) => write!(text, "[{index}]"),
        };
    }
    text
}
