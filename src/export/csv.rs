//! A table as RFC 4180 has it: CRLF at line ends, quotes where a field has quotes, commas or line
//! breaks. What is no text is base64, and a column of its own says so.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::as_text;
use crate::kv::{LeaseId, RecordRef};

/// The first line.
pub(super) fn push_header(out: &mut String) {
    out.push_str(
        "revision,sub,tombstone,key,key_encoding,value,value_encoding,create,mod,version,lease\r\n",
    );
}

/// A row; `text`, `base64` or `masked` say how key and value are written.
pub(super) fn push(out: &mut String, record: &RecordRef<'_>, is_masked: bool) {
    let revision = record.bucket_key.revision;
    let tombstone = record.bucket_key.tombstone;
    // Writing to a String cannot fail.
    let _ = write!(out, "{},{},{tombstone},", revision.main, revision.sub);
    push_bytes(out, record.key);
    match is_masked {
        true => out.push_str(",masked,"),
        false => push_bytes(out, record.value),
    }
    let (create, modified) = (record.create_revision, record.mod_revision);
    let _ = write!(out, "{create},{modified},{},", record.version);
    if record.lease != LeaseId::NONE {
        let _ = write!(out, "{}", record.lease);
    }
    out.push_str("\r\n");
}

/// Two fields with their commas: the bytes, and how they are written.
fn push_bytes(out: &mut String, bytes: &[u8]) {
    match as_text(bytes) {
        Some(text) if text.contains([',', '"', '\r', '\n']) => {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push_str("\",text,");
        }
        Some(text) => {
            out.push_str(text);
            out.push_str(",text,");
        }
        None => {
            STANDARD.encode_string(bytes, out);
            out.push_str(",base64,");
        }
    }
}
