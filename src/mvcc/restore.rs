//! A store made from what a member's file holds, as etcd makes its own when it starts
//! (`restore` in `mvcc/kvstore.go`).
//!
//! The rows are copied into memory, values too: whoever makes a store of a large file has to look
//! at its size before.

use std::collections::{BTreeMap, BTreeSet};

use super::auth::User;
use super::index::rebuild;
use super::{Error, Permission, Release, Store};
use crate::kv::{LeaseId, Record, Revision};

/// What a member's file holds.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Rows of the `key` bucket in bucket order.
    pub records: Vec<Record>,
    /// The last compaction that was carried out; -1 without one.
    pub finished_compact: i64,
    /// The last compaction that was asked for; -1 without one.
    pub scheduled_compact: i64,
    /// Leases, each with the seconds granted.
    pub leases: Vec<(LeaseId, i64)>,
    /// Whether authentication is on; none if that was never said.
    pub auth_enabled: Option<bool>,
    /// Revision of users and roles.
    pub auth_revision: i64,
    /// Users, each with whether it has a password, and its roles.
    pub users: BTreeMap<String, (bool, BTreeSet<String>)>,
    /// Roles with their permissions.
    pub roles: BTreeMap<String, Vec<Permission>>,
    /// Whether the alarm NOSPACE stands.
    pub alarm: bool,
    /// Last entry of the raft log.
    pub raft_index: i64,
    /// Term of the raft log.
    pub raft_term: i64,
}

impl Store {
    /// The store of a member that starts with these. A compaction that was cut short is carried
    /// out. Of passwords a file has only hashes, so that any password lets a user in.
    pub fn restore(release: Release, stored: Stored) -> Self {
        let mut store = Self::new(release, stored.raft_term.max(2));
        store.raft_index = stored.raft_index;
        store.compact_revision = stored.finished_compact;
        for (id, ttl) in stored.leases {
            // In 3.5 leases are read up to but without the largest id.
            if release.minor != 5 || id.0 != i64::MAX {
                // No two have the same id.
                let _: Result<_, Error> = store.leases.grant(id, ttl);
            }
        }
        store.index = rebuild(stored.records.iter().map(Record::as_ref), release);
        store.live = store
            .index
            .values()
            .filter(|index| index.is_alive())
            .count() as u64;
        let mut latest: BTreeMap<&[u8], (Revision, LeaseId)> = BTreeMap::new();
        for record in &stored.records {
            let at = record.bucket_key.revision;
            let key = record.kv.key.as_slice();
            let before = match record.bucket_key.tombstone {
                true => latest.remove(key),
                false => latest.insert(key, (at, record.kv.lease)),
            };
            if let Some((before, _)) = before {
                store.garbage.superseded(at.main, before);
            }
            if record.bucket_key.tombstone {
                store.garbage.tombstone(at);
            }
        }
        for (key, (_, lease)) in latest {
            store.leases.attach(lease, key);
        }
        let last = stored
            .records
            .last()
            .map_or(1, |last| last.bucket_key.revision.main);
        store.revision = last
            .max(1)
            .max(stored.finished_compact)
            .max(stored.scheduled_compact);
        let rows = stored.records.into_iter();
        store.records = rows.map(|row| (row.bucket_key.revision, row)).collect();
        if stored.scheduled_compact > stored.finished_compact {
            // It lies between the compact revision and the current one.
            let _: Result<_, Error> = store.compact(stored.scheduled_compact);
        }
        store.auth.restore(
            stored.auth_enabled,
            stored.auth_revision,
            stored
                .users
                .into_iter()
                .map(|(name, (has_password, roles))| (name, User::of_file(has_password, roles))),
            stored.roles,
        );
        store.quota.alarm = stored.alarm;
        store
    }
}
