//! `-w simple`: what a person reads, and what `endpoint` commands print as rows.

use super::{EndpointHash, EndpointStatus, Member, Style, TimeToLive};
use crate::kv::KeyValue;
use crate::mvcc::{Event, EventKind, LeaseStatus, Release, Reply};
use crate::shell::go;

/// Any reply of the key-value service.
pub fn reply(out: &mut Vec<u8>, reply: &Reply, style: &Style) {
    match reply {
        Reply::Put(put) => {
            out.extend(b"OK\n");
            if let Some(prev) = &put.prev_kv {
                key_value(out, prev, style);
            }
        }
        Reply::Range(range) => {
            for kv in &range.kvs {
                key_value(out, kv, style);
            }
        }
        Reply::DeleteRange(delete) => {
            out.extend(format!("{}\n", delete.deleted).bytes());
            for kv in &delete.prev_kvs {
                key_value(out, kv, style);
            }
        }
        Reply::Txn(txn) => {
            out.extend(if txn.succeeded {
                &b"SUCCESS\n"[..]
            } else {
                b"FAILURE\n"
            });
            for response in &txn.responses {
                out.push(b'\n');
                self::reply(out, response, style);
            }
        }
        _ => {}
    }
}

/// Events of a watch.
pub fn events(out: &mut Vec<u8>, events: &[Event], style: &Style) {
    for event in events {
        out.extend(match event.kind {
            EventKind::Put => &b"PUT\n"[..],
            EventKind::Delete => b"DELETE\n",
        });
        if let Some(prev) = &event.prev_kv {
            key_value(out, prev, style);
        }
        key_value(out, &event.kv, style);
    }
}

/// A new lease.
pub fn lease_grant(lease: &LeaseStatus) -> String {
    format!("lease {} granted with TTL({}s)\n", lease.id, lease.ttl)
}

/// What is left of a lease.
pub fn time_to_live(reply: &TimeToLive) -> Vec<u8> {
    let lease = &reply.lease;
    if reply.remaining < 0 {
        return format!("lease {} already expired\n", lease.id).into_bytes();
    }
    let (ttl, remaining) = (lease.ttl, reply.remaining);
    let mut out = format!(
        "lease {} granted with TTL({ttl}s), remaining({remaining}s)",
        lease.id
    )
    .into_bytes();
    if let Some(keys) = &reply.keys {
        out.extend(b", attached keys([");
        out.extend(keys.join(&b' '));
        out.extend(b"])");
    }
    out.push(b'\n');
    out
}

/// All leases.
pub fn lease_list(leases: &[LeaseStatus]) -> String {
    let mut out = format!("found {} leases\n", leases.len());
    for lease in leases {
        out += &format!("{}\n", lease.id);
    }
    out
}

/// Rows of `endpoint status`, with their titles.
pub fn status_rows(status: &[EndpointStatus], style: &Style) -> (Vec<&'static str>, Rows) {
    let newer = style.release.minor >= 6;
    let mut titles = vec!["endpoint", "ID", "version"];
    if newer {
        titles.push("storage version");
    }
    titles.push("db size");
    if newer {
        titles.extend(["in use", "percentage not in use", "quota"]);
    }
    titles.extend(["is leader", "is learner", "raft term", "raft index"]);
    titles.extend(["raft applied index", "errors"]);
    if newer {
        titles.extend(["downgrade target version", "downgrade enabled"]);
    }
    let rows = status.iter().map(|status| {
        let usage = &status.usage;
        let mut row = vec![
            status.endpoint.clone(),
            format!("{:x}", style.header.member_id),
            style.release.to_string(),
        ];
        if newer {
            row.push(storage_version(style.release));
        }
        row.push(go::human_bytes(usage.db_size));
        if newer {
            let used = usage.db_size_in_use.saturating_mul(100) / usage.db_size.max(1);
            row.push(go::human_bytes(usage.db_size_in_use));
            row.push(format!("{}%", 100 - used));
            row.push(go::human_bytes(status.quota));
        }
        row.extend(["true".to_owned(), "false".to_owned()]);
        row.push(usage.raft_term.to_string());
        row.push(usage.raft_index.to_string());
        row.push(usage.raft_index.to_string());
        row.push(status.errors.join(", "));
        if newer {
            row.extend([String::new(), "false".to_owned()]);
        }
        row
    });
    (titles, rows.collect())
}

/// Rows of `endpoint hashkv`, with their titles.
pub fn hash_rows(hashes: &[EndpointHash], style: &Style) -> (Vec<&'static str>, Rows) {
    let newer = style.release.minor >= 6;
    let mut titles = vec!["endpoint", "hash"];
    if newer {
        titles.push("hash_revision");
    }
    let rows = hashes.iter().map(|row| {
        let mut cells = vec![row.endpoint.clone(), row.hash.hash.to_string()];
        if newer {
            cells.push(row.hash.hash_revision.to_string());
        }
        cells
    });
    (titles, rows.collect())
}

/// Rows of `member list`, with their titles.
pub fn member_rows(member: &Member) -> (Vec<&'static str>, Rows) {
    let titles = vec![
        "ID",
        "Status",
        "Name",
        "Peer Addrs",
        "Client Addrs",
        "Is Learner",
    ];
    let cells = [
        &format!("{:x}", member.id),
        "started",
        member.name,
        member.peer_url,
        member.client_url,
        "false",
    ];
    (titles, vec![cells.map(str::to_owned).to_vec()])
}

/// Cells of a table or of comma-separated lines.
pub type Rows = Vec<Vec<String>>;

/// Rows as lines.
pub fn rows(out: &mut Vec<u8>, rows: &Rows) {
    for row in rows {
        out.extend(row.join(", ").bytes());
        out.push(b'\n');
    }
}

/// The version that the file's data has: that of the minor release.
pub fn storage_version(release: Release) -> String {
    format!("{}.{}.0", release.major, release.minor)
}

fn key_value(out: &mut Vec<u8>, kv: &KeyValue, style: &Style) {
    if !style.value_only {
        line(out, &kv.key, style);
    }
    line(out, &kv.value, style);
}

fn line(out: &mut Vec<u8>, bytes: &[u8], style: &Style) {
    match style.hex {
        true => out.extend(
            bytes
                .iter()
                .flat_map(|byte| format!("\\x{byte:02x}").into_bytes()),
        ),
        false => out.extend_from_slice(bytes),
    }
    out.push(b'\n');
}
