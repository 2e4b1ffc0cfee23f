//! JSON Lines: what `revscope records` prints.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::kv::RecordRef;

/// One row with its line end:
/// `{"main","sub","tombstone","key_b64","value_b64","create","mod","version","lease"}`.
pub fn push(out: &mut String, record: &RecordRef<'_>) {
    push_head(out, record);
    out.push('"');
    STANDARD.encode_string(record.value, out);
    out.push('"');
    push_tail(out, record);
    out.push_str("}\n");
}

/// The same of a row whose value is not told.
pub(super) fn push_masked(out: &mut String, record: &RecordRef<'_>) {
    push_head(out, record);
    out.push_str("null");
    push_tail(out, record);
    out.push_str(",\"masked\":true}\n");
}

fn push_head(out: &mut String, record: &RecordRef<'_>) {
    let revision = record.bucket_key.revision;
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        r#"{{"main":{},"sub":{},"tombstone":{},"key_b64":""#,
        revision.main, revision.sub, record.bucket_key.tombstone
    );
    STANDARD.encode_string(record.key, out);
    out.push_str(r#"","value_b64":"#);
}

fn push_tail(out: &mut String, record: &RecordRef<'_>) {
    let _ = write!(
        out,
        r#","create":{},"mod":{},"version":{},"lease":{}"#,
        record.create_revision, record.mod_revision, record.version, record.lease.0
    );
}
