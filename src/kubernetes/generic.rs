//! A message without a schema, by what its bytes look like: never lost, though without names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::decode::Decoder;
use super::value::{Entry, Value};
use super::wire::{Fields, Payload};

/// Messages inside each other that are guessed at.
const MAX_DEPTH: u32 = 32;

/// An object of an unknown kind: its fields by their numbers. Field 1 of nearly every kind is its
/// metadata, which is read as such where it looks like it.
pub(super) fn object<'a>(decoder: &mut Decoder<'a>, bytes: &'a [u8], offset: u64) -> Value<'a> {
    let (mut meta, mut rest) = (None, Vec::new());
    let mut fields = Fields::new(bytes, offset);
    while let Some(next) = fields.next() {
        match next {
            Ok(field) => match field.payload {
                Payload::Bytes(offset, inner)
                    if field.number == 1 && meta.is_none() && fields_of(inner).is_some() =>
                {
                    meta = Some(decoder.message(decoder.schema().meta(), inner, offset));
                }
                payload => rest.push((field.number, guess(payload, 0))),
            },
            Err(error) => decoder.note(error),
        }
    }
    let mut value = by_number(rest);
    if let Some(meta) = meta {
        value.set("metadata", meta);
    }
    value
}

/// What a payload looks like: a text, a message, a number, or bytes in base64.
pub(super) fn guess(payload: Payload<'_>, depth: u32) -> Value<'_> {
    match payload {
        Payload::Varint(number) => Value::Int(number.cast_signed()),
        Payload::Fixed64(bits) => Value::Int(bits.cast_signed()),
        Payload::Fixed32(bits) => Value::Int(i64::from(bits)),
        Payload::Bytes(_, bytes) => {
            let text = std::str::from_utf8(bytes).ok();
            if let Some(text) = text.filter(|text| is_printable(text)) {
                return Value::text(text);
            }
            match fields_of(bytes).filter(|_| depth < MAX_DEPTH) {
                Some(count) => {
                    let mut held = Vec::with_capacity(count.min(64));
                    let mut fields = Fields::new(bytes, 0);
                    while let Some(Ok(field)) = fields.next() {
                        held.push((field.number, guess(field.payload, depth + 1)));
                    }
                    by_number(held)
                }
                None => Value::text(STANDARD.encode(bytes)),
            }
        }
    }
}

fn is_printable(text: &str) -> bool {
    text.chars()
        .all(|c| !c.is_control() || c == '\n' || c == '\t')
}

/// How many fields a message has that can be read to its end.
fn fields_of(bytes: &[u8]) -> Option<usize> {
    let mut count = 0;
    let mut fields = Fields::new(bytes, 0);
    while let Some(next) = fields.next() {
        next.ok()?;
        count += 1;
    }
    (count > 0).then_some(count)
}

/// A map by field number; what stands there more than once becomes a list.
fn by_number(mut fields: Vec<(u32, Value<'_>)>) -> Value<'_> {
    fields.sort_by_key(|(number, _)| *number);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut fields = fields.into_iter().peekable();
    while let Some((number, first)) = fields.next() {
        let mut more = Vec::new();
        while let Some((_, next)) = fields.next_if(|(next, _)| *next == number) {
            more.push(next);
        }
        if more.is_empty() {
            entries.push((number.to_string().into(), first));
        } else {
            more.insert(0, first);
            entries.push((number.to_string().into(), Value::List(more)));
        }
    }
    Value::map(entries)
}
