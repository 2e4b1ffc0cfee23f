//! Which bytes of a row of the `key` bucket are what.

use std::ops::Range;

use super::BucketKey;
use super::proto::{length_delimited, varint};
use super::quote::bare_start;
use crate::bytes::{Cursor, Parts};

/// The fields of `mvccpb.KeyValue`, by number.
const FIELDS: [&str; 6] = [
    "key",
    "create_revision",
    "mod_revision",
    "version",
    "value",
    "lease",
];

/// The parts of a bucket key whose first byte is at an offset; false if it is none.
pub fn bucket_key_parts(bytes: &[u8], at: u64, depth: u8, parts: &mut Parts) -> bool {
    let Ok(key) = BucketKey::decode(bytes) else {
        return false;
    };
    let revision = key.revision;
    parts.push(
        at..at + 8,
        depth,
        "main revision",
        &revision.main.to_string(),
    );
    parts.push(at + 8..at + 9, depth, "separator", "_");
    parts.push(
        at + 9..at + 17,
        depth,
        "sub revision",
        &revision.sub.to_string(),
    );
    if key.tombstone {
        parts.push(at + 17..at + 18, depth, "mark", "t: a tombstone");
    }
    true
}

/// Where key and value of a row lie in its `mvccpb.KeyValue`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowAt {
    /// The key, counted from the first byte of the message.
    pub key: Range<usize>,
    /// The value, counted likewise; empty where there is none.
    pub value: Range<usize>,
}

/// Where key and value of a row lie; none if the bytes are no `mvccpb.KeyValue`.
pub fn row_at(bytes: &[u8]) -> Option<RowAt> {
    let mut found = RowAt::default();
    each(bytes, &mut |field, _, payload, _| match field {
        1 => found.key = payload,
        5 => found.value = payload,
        _ => {}
    })?;
    Some(found)
}

/// The parts of a `mvccpb.KeyValue` whose first byte is at an offset. What the value means is told
/// by `value`, called with the depth below it, behind its part.
pub fn row_parts(
    bytes: &[u8],
    at: u64,
    depth: u8,
    parts: &mut Parts,
    value: &mut dyn FnMut(&mut Parts, Range<usize>),
) -> Option<()> {
    each(bytes, &mut |field, whole, payload, number| {
        let name = usize::try_from(field)
            .ok()
            .and_then(|field| FIELDS.get(field.checked_sub(1)?));
        let name = name.map_or_else(|| format!("field {field}"), |name| (*name).to_owned());
        let held = bytes.get(payload.clone()).unwrap_or_default();
        let text = match (field, number) {
            (6, Some(lease)) => format!("{lease:x}"),
            (_, Some(number)) => number.cast_signed().to_string(),
            (5, None) => format!("{} bytes", held.len()),
            (_, None) => bare_start(held),
        };
        let range = at + whole.start as u64..at + whole.end as u64;
        parts.push(range, depth, name, &text);
        if field == 5 {
            value(parts, payload);
        }
    })
}

/// Calls with every field: number, all of its bytes, its payload, its number if it is one.
fn each(
    bytes: &[u8],
    call: &mut dyn FnMut(u64, Range<usize>, Range<usize>, Option<u64>),
) -> Option<()> {
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_done() {
        let start = cursor.offset();
        let tag = varint(&mut cursor).ok()?;
        let (payload, number) = match tag & 7 {
            0 => {
                let from = cursor.offset();
                let number = varint(&mut cursor).ok()?;
                (from..cursor.offset(), Some(number))
            }
            2 => {
                let held = length_delimited(&mut cursor, "field").ok()?;
                (cursor.offset() - held.len()..cursor.offset(), None)
            }
            1 => {
                cursor.take("field", 8).ok()?;
                (cursor.offset() - 8..cursor.offset(), None)
            }
            5 => {
                cursor.take("field", 4).ok()?;
                (cursor.offset() - 4..cursor.offset(), None)
            }
            _ => return None,
        };
        call(tag >> 3, start..cursor.offset(), payload, number);
    }
    Some(())
}
