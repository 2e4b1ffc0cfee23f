//! `-w fields`: one `"Name" : value` line a field, strings quoted as Go quotes them.

use super::{EndpointHash, EndpointStatus, Header, Member, Style, TimeToLive, WatchResponse};
use crate::kv::KeyValue;
use crate::mvcc::{EventKind, LeaseStatus, Reply};
use crate::shell::go::{quote, quote_in};

/// Any reply of the key-value service.
pub fn reply(out: &mut String, reply: &Reply, style: &Style) {
    header(out, &style.header, style);
    body(out, reply, style);
}

/// One response of a watch.
pub fn watch(out: &mut String, response: &WatchResponse, style: &Style) {
    header(out, &style.header, style);
    for event in &response.events {
        let kind = match event.kind {
            EventKind::Put => "PUT",
            EventKind::Delete => "DELETE",
        };
        line(out, "Type", kind);
        if let Some(prev) = &event.prev_kv {
            key_value(out, "Prev", prev, style);
        }
        key_value(out, "", &event.kv, style);
    }
}

/// A new or renewed lease.
pub fn lease(out: &mut String, lease: &LeaseStatus, style: &Style) {
    header(out, &style.header, style);
    line(out, "ID", lease.id.0);
    line(out, "TTL", lease.ttl);
}

/// What is left of a lease.
pub fn time_to_live(out: &mut String, reply: &TimeToLive, style: &Style) {
    header(out, &style.header, style);
    line(out, "ID", reply.lease.id.0);
    line(out, "TTL", reply.remaining);
    line(out, "GrantedTTL", reply.lease.ttl);
    for key in reply.keys.iter().flatten() {
        line(out, "Key", quote(key));
    }
}

/// All leases.
pub fn lease_list(out: &mut String, leases: &[LeaseStatus], style: &Style) {
    header(out, &style.header, style);
    for lease in leases {
        line(out, "ID", lease.id.0);
    }
}

/// `endpoint status`.
pub fn status(out: &mut String, all: &[EndpointStatus], style: &Style) {
    let newer = style.release.minor >= 6;
    for row in all {
        let usage = &row.usage;
        header(out, &style.header, style);
        line(out, "Version", quote(style.release.to_string().as_bytes()));
        if newer {
            let storage = super::simple::storage_version(style.release);
            line(out, "StorageVersion", quote(storage.as_bytes()));
        }
        line(out, "DBSize", usage.db_size);
        if newer {
            line(out, "DBSizeInUse", usage.db_size_in_use);
            line(out, "DBSizeQuota", row.quota);
        }
        line(out, "Leader", style.header.member_id);
        line(out, "IsLearner", false);
        line(out, "RaftIndex", usage.raft_index);
        line(out, "RaftTerm", usage.raft_term);
        line(out, "RaftAppliedIndex", usage.raft_index);
        line(out, "Errors", format!("[{}]", row.errors.join(" ")));
        line(out, "Endpoint", quote(row.endpoint.as_bytes()));
        if newer {
            line(out, "DowngradeTargetVersion", "\"\"");
            line(out, "DowngradeEnabled", false);
        }
        out.push('\n');
    }
}

/// `endpoint hashkv`.
pub fn hashes(out: &mut String, all: &[EndpointHash], style: &Style) {
    for row in all {
        header(out, &style.header, style);
        line(out, "Endpoint", quote(row.endpoint.as_bytes()));
        line(out, "Hash", row.hash.hash);
        if style.release.minor >= 6 {
            line(out, "HashRevision", row.hash.hash_revision);
        }
        out.push('\n');
    }
}

/// `member list`.
pub fn members(out: &mut String, member: &Member, style: &Style) {
    let head = Header {
        revision: 0,
        ..style.header
    };
    header(out, &head, style);
    line(out, "ID", id(member.id, style));
    line(out, "Name", quote(member.name.as_bytes()));
    line(out, "PeerURL", quote(member.peer_url.as_bytes()));
    line(out, "ClientURL", quote(member.client_url.as_bytes()));
    line(out, "IsLearner", false);
    out.push('\n');
}

/// The header; a revision of 0 is left out from 3.6 on.
pub fn header(out: &mut String, header: &Header, style: &Style) {
    line(out, "ClusterID", id(header.cluster_id, style));
    line(out, "MemberID", id(header.member_id, style));
    if header.revision != 0 || style.release.minor < 6 {
        line(out, "Revision", header.revision);
    }
    line(out, "RaftTerm", header.raft_term);
}

fn body(out: &mut String, reply: &Reply, style: &Style) {
    match reply {
        Reply::Put(put) => {
            if let Some(prev) = &put.prev_kv {
                key_value(out, "Prev", prev, style);
            }
        }
        Reply::Range(range) => {
            for kv in &range.kvs {
                key_value(out, "", kv, style);
            }
            line(out, "More", range.more);
            line(out, "Count", range.count);
        }
        Reply::DeleteRange(delete) => {
            line(out, "Deleted", delete.deleted);
            for kv in &delete.prev_kvs {
                key_value(out, "Prev", kv, style);
            }
        }
        Reply::Txn(txn) => {
            line(out, "Succeeded", txn.succeeded);
            for response in &txn.responses {
                let revision = match response {
                    Reply::Put(put) => put.revision,
                    Reply::Range(range) => range.revision,
                    Reply::DeleteRange(delete) => delete.revision,
                    _ => 0,
                };
                let inner = Header {
                    cluster_id: 0,
                    member_id: 0,
                    revision,
                    raft_term: 0,
                };
                header(out, &inner, style);
                body(out, response, style);
            }
        }
        _ => {}
    }
}

fn key_value(out: &mut String, prefix: &str, kv: &KeyValue, style: &Style) {
    let key = quote_in(&kv.key, style.release);
    let value = quote_in(&kv.value, style.release);
    line(out, &format!("{prefix}Key"), key);
    line(out, &format!("{prefix}CreateRevision"), kv.create_revision);
    line(out, &format!("{prefix}ModRevision"), kv.mod_revision);
    line(out, &format!("{prefix}Version"), kv.version);
    line(out, &format!("{prefix}Value"), value);
    let lease = match in_hex(style) {
        true => kv.lease.to_string(),
        false => kv.lease.0.to_string(),
    };
    line(out, &format!("{prefix}Lease"), lease);
}

/// Whether ids are printed in hexadecimal: `--hex` says so from 3.6 on.
fn in_hex(style: &Style) -> bool {
    style.hex && style.release.minor >= 6
}

fn id(id: u64, style: &Style) -> String {
    match in_hex(style) {
        true => format!("{id:x}"),
        false => id.to_string(),
    }
}

fn line(out: &mut String, name: &str, value: impl std::fmt::Display) {
    out.push_str(&format!("\"{name}\" : {value}\n"));
}
