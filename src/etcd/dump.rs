//! The lines of `etcd-dump-db iterate-bucket --decode`, for every bucket that it decodes.
//!
//! As `tools/etcd-dump-db/backend.go`. One difference, on purpose: of a password hash, which
//! releases up to 3.5 print, only kind and cost are shown.

use std::fmt::Write;

use super::contents::{ItemError, Lease, Permits, Role, User};
use crate::kv::dump::{Style, push_raw, push_record};
use crate::kv::proto::Fields;
use crate::kv::quote::{Unicode, push_quoted};
use crate::kv::{BucketKey, RecordRef};

/// Appends the line of an item, without a line end. What the tool does not decode is printed as
/// it is; so is, with the error, what does not decode.
pub fn push_decoded(
    out: &mut String,
    bucket: &[u8],
    key: &[u8],
    value: &[u8],
    style: Style,
) -> Result<(), ItemError> {
    let start = out.len();
    let decoded = match bucket {
        b"key" => match RecordRef::decode(key, value) {
            Ok(record) => {
                push_record(out, &record, style);
                Ok(true)
            }
            Err(error) => Err(ItemError::Record(error)),
        },
        b"lease" => push_lease(out, value, style),
        b"auth" => push_auth(out, key, value, style),
        b"authRoles" => push_role(out, value, style),
        b"authUsers" => push_user(out, value, style),
        b"meta" if style == Style::V3_6 => push_meta(out, key, value, style),
        _ => Ok(false),
    };
    if !matches!(decoded, Ok(true)) {
        out.truncate(start);
        push_raw(out, key, value, style);
    }
    decoded.map(drop)
}

fn unicode(style: Style) -> Unicode {
    match style {
        Style::V3_4 => Unicode::V13,
        Style::V3_6 => Unicode::V15,
    }
}

// Writing to a String cannot fail.

fn push_lease(out: &mut String, value: &[u8], style: Style) -> Result<bool, ItemError> {
    let lease = Lease::decode(value)?;
    let _ = write!(out, "lease ID={}, TTL={}s", lease.id, lease.ttl);
    if style == Style::V3_6 {
        let _ = write!(out, ", remaining TTL={}s", lease.remaining_ttl);
    }
    Ok(true)
}

fn push_auth(out: &mut String, key: &[u8], value: &[u8], style: Style) -> Result<bool, ItemError> {
    if key == b"authRevision" {
        let revision = super::contents::u64_be("the auth revision", value)?;
        let _ = write!(out, "key=\"authRevision\", value={revision}");
        return Ok(true);
    }
    out.push_str("key=");
    push_quoted(out, key, unicode(style));
    let bytes: Vec<_> = value.iter().map(u8::to_string).collect();
    let _ = write!(out, ", value=[{}]", bytes.join(" "));
    Ok(true)
}

fn push_role(out: &mut String, value: &[u8], style: Style) -> Result<bool, ItemError> {
    let role = Role::decode(value)?;
    out.push_str("role=");
    push_quoted(out, &role.name, unicode(style));
    out.push_str(", keyPermission=[");
    for (at, permission) in role.permissions.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        if permission.permits != Permits::Read {
            let _ = write!(out, "permType:{} ", permission.permits);
        }
        for (name, bytes) in [
            ("key", &permission.key),
            ("range_end", &permission.range_end),
        ] {
            if !bytes.is_empty() {
                let _ = write!(out, "{name}:\"");
                push_proto_text(out, bytes);
                out.push_str("\" ");
            }
        }
    }
    out.push(']');
    Ok(true)
}

fn push_user(out: &mut String, value: &[u8], style: Style) -> Result<bool, ItemError> {
    let user = User::decode(value)?;
    out.push_str("user=");
    push_quoted(out, &user.name, unicode(style));
    out.push_str(", roles=[");
    for (at, role) in user.roles.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        push_quoted(out, role.as_bytes(), unicode(style));
    }
    out.push(']');
    if style == Style::V3_4 {
        let _ = match user.password.is_empty() {
            true => write!(out, ", password=\"\""),
            false => write!(out, ", password=\"{}\"", user.password),
        };
    }
    out.push_str(", option=");
    if user.no_password {
        out.push_str("no_password:true ");
    } else if !has_options(value) {
        out.push_str("<nil>");
    }
    Ok(true)
}

/// Whether a user's message has options at all, empty ones included.
fn has_options(user: &[u8]) -> bool {
    let mut fields = Fields::new(user);
    while let Ok(Some(field)) = fields.next() {
        if field.number == 4 {
            return true;
        }
    }
    false
}

fn push_meta(out: &mut String, key: &[u8], value: &[u8], style: Style) -> Result<bool, ItemError> {
    let name = match key {
        b"consistent_index" => "the consistent index",
        b"term" => "the term",
        b"scheduledCompactRev" | b"finishedCompactRev" => "",
        _ => return Ok(false),
    };
    out.push_str("key=");
    push_quoted(out, key, unicode(style));
    if name.is_empty() {
        let revision = BucketKey::decode(value)
            .map_err(ItemError::Revision)?
            .revision;
        let _ = write!(out, ", value={{{} {}}}", revision.main, revision.sub);
    } else {
        let number = super::contents::u64_be(name, value)?;
        let _ = write!(out, ", value={number}");
    }
    Ok(true)
}

/// Bytes as Go's protobuf text has them: octal where they are not printable ASCII.
fn push_proto_text(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
}
