//! `-w protobuf`: the bytes of the reply's own message, no newline after them.

use super::{Header, Style, WatchResponse};
use crate::mvcc::{AuthReply, Event, EventKind, Reply};

/// Any reply of the key-value service.
pub fn reply(reply: &Reply, style: &Style) -> Vec<u8> {
    message(reply, &style.header)
}

/// One response of a watch.
pub fn watch(response: &WatchResponse, style: &Style) -> Vec<u8> {
    let mut out = Vec::new();
    nested(&mut out, 1, &header(&style.header));
    number(&mut out, 4, u64::from(response.canceled));
    number(&mut out, 5, response.compact_revision.cast_unsigned());
    for event in &response.events {
        nested(&mut out, 11, &self::event(event));
    }
    out
}

/// The alarms that stand.
pub fn alarms(stands: bool, style: &Style) -> Vec<u8> {
    let mut out = Vec::new();
    if style.release.minor >= 5 {
        nested(&mut out, 1, &header(&style.header));
    }
    if stands {
        let mut alarm = Vec::new();
        number(&mut alarm, 1, style.header.member_id);
        number(&mut alarm, 2, 1);
        nested(&mut out, 2, &alarm);
    }
    out
}

/// An answer about users and roles.
pub fn auth(reply: &AuthReply, style: &Style) -> Vec<u8> {
    let mut out = Vec::new();
    nested(&mut out, 1, &header(&style.header));
    match reply {
        AuthReply::Done => {}
        AuthReply::Status { enabled, revision } => {
            number(&mut out, 2, u64::from(*enabled));
            number(&mut out, 3, revision.cast_unsigned());
        }
        AuthReply::Users(names) | AuthReply::Roles(names) => {
            for name in names {
                nested(&mut out, 2, name.as_bytes());
            }
        }
        AuthReply::Permissions(all) => {
            for permission in all {
                let mut inner = Vec::new();
                number(&mut inner, 1, permission.kind.number().cast_unsigned());
                bytes(&mut inner, 2, &permission.keys.key);
                bytes(&mut inner, 3, &permission.keys.range_end);
                nested(&mut out, 2, &inner);
            }
        }
    }
    out
}

fn message(reply: &Reply, head: &Header) -> Vec<u8> {
    let mut out = Vec::new();
    nested(&mut out, 1, &header(head));
    match reply {
        Reply::Put(put) => {
            if let Some(kv) = &put.prev_kv {
                nested(&mut out, 2, &kv.encode());
            }
        }
        Reply::Range(range) => {
            for kv in &range.kvs {
                nested(&mut out, 2, &kv.encode());
            }
            number(&mut out, 3, u64::from(range.more));
            number(&mut out, 4, range.count.cast_unsigned());
        }
        Reply::DeleteRange(delete) => {
            number(&mut out, 2, delete.deleted.cast_unsigned());
            for kv in &delete.prev_kvs {
                nested(&mut out, 3, &kv.encode());
            }
        }
        Reply::Txn(txn) => {
            number(&mut out, 2, u64::from(txn.succeeded));
            for inner in &txn.responses {
                nested(&mut out, 3, &response(inner));
            }
        }
        _ => {}
    }
    out
}

fn response(reply: &Reply) -> Vec<u8> {
    let (field, revision) = match reply {
        Reply::Range(range) => (1, range.revision),
        Reply::Put(put) => (2, put.revision),
        Reply::DeleteRange(delete) => (3, delete.revision),
        _ => (4, 0),
    };
    let head = Header {
        cluster_id: 0,
        member_id: 0,
        revision,
        raft_term: 0,
    };
    let mut out = Vec::new();
    nested(&mut out, field, &message(reply, &head));
    out
}

fn event(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, 1, u64::from(event.kind == EventKind::Delete));
    nested(&mut out, 2, &event.kv.encode());
    if let Some(prev) = &event.prev_kv {
        nested(&mut out, 3, &prev.encode());
    }
    out
}

/// The header alone: all that a client writes of its answers about leases.
pub fn header(header: &Header) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, 1, header.cluster_id);
    number(&mut out, 2, header.member_id);
    number(&mut out, 3, header.revision.cast_unsigned());
    number(&mut out, 4, header.raft_term.cast_unsigned());
    out
}

fn nested(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field of bytes; an empty one is not written.
fn bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    if !bytes.is_empty() {
        nested(out, field, bytes);
    }
}

/// A number field; zero is not written.
fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        varint(out, field << 3);
        varint(out, value);
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
