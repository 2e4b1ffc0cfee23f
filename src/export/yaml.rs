//! Rows as a YAML list. An object of Kubernetes stands under `object` as kubectl prints it, other
//! text under `value`, other bytes in base64 under `value_b64`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::as_text;
use crate::kubernetes::{Encrypted, Entry, Leave, Stored, Value, builtin, mask, yaml};
use crate::kv::{LeaseId, RecordRef};

/// A row, an item of the list.
pub(super) fn push(out: &mut String, record: &RecordRef<'_>, is_masked: bool) {
    let revision = record.bucket_key.revision;
    let tombstone = record.bucket_key.tombstone;
    let mut row = vec![
        bytes("key", "key_b64", record.key),
        entry("revision", Value::Int(revision.main)),
    ];
    if revision.sub != 0 {
        row.push(entry("sub", Value::Int(revision.sub)));
    }
    if record.lease != LeaseId::NONE {
        row.push(entry("lease", Value::text(record.lease.to_string())));
    }
    if is_masked {
        row.push(entry("masked", Value::Bool(true)));
    }
    if tombstone {
        row.push(entry("tombstone", Value::Bool(true)));
    } else {
        row.push(entry("create", Value::Int(record.create_revision)));
        row.push(entry("version", Value::Int(record.version)));
        push_value(&mut row, record, is_masked);
    }
    yaml::push(out, &Value::List(vec![Value::map(row)]));
}

fn entry<'a>(name: &'static str, value: Value<'a>) -> Entry<'a> {
    (Cow::Borrowed(name), value)
}

/// Bytes under one name as text, or under the other in base64.
fn bytes<'a>(text: &'static str, other: &'static str, bytes: &'a [u8]) -> Entry<'a> {
    match as_text(bytes) {
        Some(read) => entry(text, Value::text(read)),
        None => entry(other, Value::text(STANDARD.encode(bytes))),
    }
}

fn push_value<'a>(row: &mut Vec<Entry<'a>>, record: &RecordRef<'a>, is_masked: bool) {
    let leave = Leave {
        managed_fields: true,
    };
    let stored = builtin().map(|schema| Stored::read_without(schema, record.value, leave));
    match stored {
        Some(Stored::Object(mut object)) => {
            object.set_resource_version(record.bucket_key.revision.main);
            match is_masked {
                true if mask::is_secret(&object) => mask::mask(&mut object),
                true => mask::mask_whole(&mut object),
                false => {}
            }
            row.push(entry("object", object.value));
        }
        _ if is_masked => row.push(entry("value", Value::text(mask::MASK))),
        Some(Stored::Encrypted(held)) => {
            row.push(entry("encrypted", provider(held)));
            row.push(entry(
                "value_b64",
                Value::text(STANDARD.encode(record.value)),
            ));
        }
        _ => row.push(bytes("value", "value_b64", record.value)),
    }
}

fn provider(held: Encrypted<'_>) -> Value<'_> {
    Value::map(vec![
        entry("provider", Value::Str(held.provider)),
        entry("version", Value::Str(held.version)),
        entry("key", Value::Str(held.key)),
    ])
}
