//! Answers about users and roles, in every format.

use std::fmt::Write as _;

use super::{Format, Style, fields, json, protobuf};
use crate::mvcc::{AuthReply, Permission, PermissionKind, ROOT};
use crate::shell::{Failure, go};

/// What was asked about.
pub enum Subject {
    /// A change, and what is said once it is done.
    Done(String),
    /// Whether authentication is on.
    Status,
    /// All users.
    Users,
    /// All roles.
    Roles,
    /// A user's roles.
    User(String),
    /// A role's permissions.
    Role(String),
}

/// Prints an answer.
///
/// # Errors
/// Where the real tool has no such format for it.
pub fn reply(
    out: &mut Vec<u8>,
    subject: &Subject,
    reply: &AuthReply,
    style: &Style,
) -> Result<(), Failure> {
    match style.format {
        Format::Simple => out.extend(simple(subject, reply)),
        Format::Json => out.extend(json::auth(reply, style).bytes()),
        Format::Protobuf => out.extend(protobuf::auth(reply, style)),
        Format::Fields => match (subject, reply) {
            (Subject::Done(_), _) => header(out, style),
            (Subject::Roles, AuthReply::Roles(roles)) => {
                header(out, style);
                out.extend(b"\"Roles\" :");
                for role in roles {
                    out.extend(format!(" {}", go::quote(role.as_bytes())).bytes());
                }
                out.push(b'\n');
            }
            (Subject::Role(_), AuthReply::Permissions(all)) => {
                header(out, style);
                for permission in all {
                    let kind = match permission.kind {
                        PermissionKind::Read => "READ",
                        PermissionKind::Write => "WRITE",
                        PermissionKind::ReadWrite => "READWRITE",
                    };
                    let key = go::quote(&permission.keys.key);
                    let end = go::quote(&permission.keys.range_end);
                    let text =
                        format!("\"PermType\" :  {kind}\n\"Key\" : {key}\n\"RangeEnd\" : {end}\n");
                    out.extend(text.bytes());
                }
            }
            _ => return Err(style.format.unsupported()),
        },
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

fn header(out: &mut Vec<u8>, style: &Style) {
    let mut text = String::new();
    fields::header(&mut text, &style.header, style);
    out.extend(text.bytes());
}

fn simple(subject: &Subject, reply: &AuthReply) -> Vec<u8> {
    let mut out = String::new();
    // Writing to a String cannot fail.
    match (subject, reply) {
        (Subject::Done(text), _) => out += text,
        (_, AuthReply::Status { enabled, revision }) => {
            let _ = write!(
                out,
                "Authentication Status: {enabled}\nAuthRevision: {revision}\n"
            );
        }
        (Subject::User(name), AuthReply::Roles(roles)) => {
            let _ = write!(out, "User: {name}\nRoles:");
            for role in roles {
                let _ = write!(out, " {role}");
            }
            out.push('\n');
        }
        (Subject::Role(name), AuthReply::Permissions(all)) => return role(name, all),
        (_, AuthReply::Users(names) | AuthReply::Roles(names)) => {
            for name in names {
                let _ = writeln!(out, "{name}");
            }
        }
        _ => {}
    }
    out.into_bytes()
}

fn role(name: &str, permissions: &[Permission]) -> Vec<u8> {
    let mut out = format!("Role {name}\n").into_bytes();
    for (title, other) in [
        ("KV Read:\n", PermissionKind::Write),
        ("KV Write:\n", PermissionKind::Read),
    ] {
        out.extend(title.bytes());
        if name == ROOT && permissions.is_empty() {
            out.extend(b"\t[, <open ended>\n");
            continue;
        }
        for permission in permissions {
            if permission.kind != other {
                range(&mut out, permission);
            }
        }
    }
    out
}

fn range(out: &mut Vec<u8>, permission: &Permission) {
    let key = &permission.keys.key;
    let end = permission.keys.range_end.as_slice();
    out.push(b'\t');
    match end {
        [] => out.extend(key),
        [0] => {
            out.push(b'[');
            out.extend(key);
            out.extend(b", <open ended>");
        }
        _ => {
            out.push(b'[');
            out.extend(key);
            out.extend(b", ");
            out.extend(end);
            out.push(b')');
        }
    }
    let prefix = crate::mvcc::KeyRange::prefix(key.clone());
    if !key.is_empty() && prefix.range_end == end {
        out.extend(b" (prefix ");
        out.extend(key);
        out.push(b')');
    }
    out.push(b'\n');
}
