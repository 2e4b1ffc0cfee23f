//! What the small buckets hold, as rows of tables.

use std::collections::BTreeMap;

use super::tables::{number, plain};
use crate::engine::document::Document;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{Table, TableRow};
use crate::etcd::{Contents, Permits};
use crate::history::History;
use crate::kv::LeaseId;
use crate::kv::quote::bare_start;

/// The rows of a table of the small buckets.
pub(super) fn small(table: Table, file: &OpenedFile, contents: &Contents) -> Vec<TableRow> {
    let row = plain;
    match table {
        Table::Meta => {
            let lines = crate::engine::contents::lines(contents).into_iter();
            lines.map(|(name, value)| row(vec![name, value])).collect()
        }
        Table::Leases => leases(file.history(), contents),
        Table::Users => contents
            .users
            .iter()
            .map(|user| {
                let password = if user.no_password { "none" } else { "set" };
                row(vec![
                    bare_start(&user.name),
                    user.roles.join(", "),
                    password.to_owned(),
                ])
            })
            .collect(),
        Table::Roles => contents
            .roles
            .iter()
            .flat_map(|role| {
                let name = bare_start(&role.name);
                let none = role.permissions.is_empty().then(|| {
                    row(vec![
                        name.clone(),
                        "nothing".to_owned(),
                        String::new(),
                        String::new(),
                    ])
                });
                let some = role.permissions.iter().map(move |permission| {
                    let permits = match permission.permits {
                        Permits::Read => "read",
                        Permits::Write => "write",
                        Permits::ReadWrite => "read and write",
                    };
                    row(vec![
                        name.clone(),
                        permits.to_owned(),
                        bare_start(&permission.key),
                        bare_start(&permission.range_end),
                    ])
                });
                none.into_iter().chain(some).collect::<Vec<_>>()
            })
            .collect(),
        Table::Members => {
            let removed = contents.removed.iter().map(|id| {
                let blank = String::new;
                row(vec![
                    format!("{id:x}"),
                    blank(),
                    blank(),
                    blank(),
                    "removed".to_owned(),
                ])
            });
            let members = contents.members.iter().map(|member| {
                let state = if member.is_learner {
                    "learner"
                } else {
                    "voter"
                };
                row(vec![
                    format!("{:x}", member.id),
                    bare_start(member.name.as_bytes()),
                    member.peer_urls.join(", "),
                    member.client_urls.join(", "),
                    state.to_owned(),
                ])
            });
            members.chain(removed).collect()
        }
        _ => Vec::new(),
    }
}

/// Every lease with how many keys it keeps alive; of a lease that only keys name, that.
fn leases(history: &History, contents: &Contents) -> Vec<TableRow> {
    let mut keys = BTreeMap::<i64, u64>::new();
    for key in history.keys() {
        let last = key.changes.last().filter(|last| last.has_lease());
        if let Some(last) = last.filter(|last| !last.is_tombstone()) {
            *keys.entry(history.lease(last).0).or_default() += 1;
        }
    }
    let mut row = |id: LeaseId, ttl: String, remaining: String| {
        let count = keys.remove(&id.0).unwrap_or(0);
        TableRow {
            filter: format!("lease:{id}"),
            ..plain(vec![id.to_string(), ttl, remaining, count.to_string()])
        }
    };
    let mut rows: Vec<TableRow> = contents
        .leases
        .iter()
        .map(|lease| row(lease.id, lease.ttl.to_string(), number(lease.remaining_ttl)))
        .collect();
    let left: Vec<i64> = keys.keys().copied().collect();
    let mut row = |id: i64| TableRow {
        filter: format!("lease:{}", LeaseId(id)),
        ..plain(vec![
            LeaseId(id).to_string(),
            "gone".to_owned(),
            String::new(),
            keys.get(&id).copied().unwrap_or(0).to_string(),
        ])
    };
    rows.extend(left.into_iter().map(&mut row));
    rows
}
