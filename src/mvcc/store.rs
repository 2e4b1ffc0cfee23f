//! [`Store`]: the key index beside the rows of the `key` bucket, and how operations change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::auth::Auth;
use super::compact::Garbage;
use super::hash::CompactionHashes;
use super::lease::Leases;
use super::quota::{self, Quota};
use super::{AlarmOp, Applied, AuthOp, DeleteRange, DeleteRangeReply, Error, KeyIndex, Op, Put};
use super::{PutReply, Release, Reply, txn};
use crate::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};

/// An etcd member's store.
///
/// Fresh: revision 1, compact revision -1, no rows. Fully determined by the operations applied.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) release: Release,
    pub(super) revision: i64,
    pub(super) compact_revision: i64,
    pub(super) index: BTreeMap<Vec<u8>, KeyIndex>,
    pub(super) records: BTreeMap<Revision, Record>,
    pub(super) live: u64,
    pub(super) garbage: Garbage,
    pub(super) leases: Leases,
    pub(super) auth: Auth,
    pub(super) hashes: CompactionHashes,
    pub(super) quota: Quota,
    pub(super) raft_index: i64,
    raft_term: i64,
}

impl Store {
    /// A fresh single member whose raft term is `raft_term`: 2 after its first start, one more
    /// for every restart, each of which adds a few entries to the log.
    pub fn new(release: Release, raft_term: i64) -> Self {
        let restarts = raft_term.saturating_sub(2).max(0);
        Self {
            release,
            revision: 1,
            compact_revision: -1,
            index: BTreeMap::new(),
            records: BTreeMap::new(),
            live: 0,
            garbage: Garbage::default(),
            leases: Leases::default(),
            auth: Auth::default(),
            hashes: CompactionHashes::default(),
            quota: Quota::default(),
            raft_index: release
                .first_start_entries()
                .saturating_add(restarts.saturating_mul(release.restart_entries())),
            raft_term,
        }
    }

    /// Starts the member again, as after a crash or an update of its flags.
    ///
    /// The raft term rises, leases get their full time again, and what was only in memory (hashes
    /// of compactions) is gone. Rows, index, users and alarms stay.
    pub fn restart(&mut self) {
        self.raft_term += 1;
        self.raft_index += self.release.restart_entries();
        self.leases.refresh_all(self.release);
        self.hashes = CompactionHashes::default();
    }

    /// Does one operation, or refuses it and leaves the store as it was.
    pub fn apply(&mut self, op: Op) -> Result<Applied, Error> {
        self.apply_unchecked(op, |_, _| Ok(()))
    }

    /// Does one operation for a user, or for nobody in particular: once authentication is on,
    /// only what the user's roles allow.
    pub fn apply_as(&mut self, op: Op, user: Option<&str>) -> Result<Applied, Error> {
        self.apply_unchecked(op, |store, op| store.check_permission(op, user))
    }

    fn apply_unchecked(
        &mut self,
        op: Op,
        check: impl FnOnce(&Self, &Op) -> Result<(), Error>,
    ) -> Result<Applied, Error> {
        txn::check_request(&op)?;
        if quota::request_bytes(&op) > quota::MAX_REQUEST_BYTES {
            return Err(Error::RequestTooLarge);
        }
        let logged = goes_through_log(&op);
        if !logged {
            check(self, &op)?;
        } else {
            // Without room a request that writes is not even proposed; the alarm is.
            self.check_quota(&op)?;
            // A request that is refused when it is applied has its entry all the same.
            self.raft_index += 1;
            check(self, &op)?;
            self.check_alarm(&op)?;
        }
        let mut write = Write::default();
        let mut removed = Arc::default();
        let reply = match op {
            Op::Put(put) => {
                if put.lease != LeaseId::NONE && !self.leases.contains(put.lease) {
                    return Err(Error::LeaseNotFound);
                }
                self.check_put(&put)?;
                Reply::Put(self.put(put, &mut write))
            }
            Op::Range(range) => Reply::Range(self.range(&range)?),
            Op::DeleteRange(delete) => Reply::DeleteRange(self.delete_range(&delete, &mut write)),
            Op::Txn(txn) => Reply::Txn(self.txn(txn, &mut write)?),
            Op::Compact { revision } => {
                removed = self.compact(revision)?;
                Reply::Compact(revision)
            }
            Op::LeaseGrant { ttl, id } => {
                let picked = self.leases.next_id(self.raft_index);
                let id = if id == LeaseId::NONE { picked } else { id };
                Reply::LeaseGrant(self.leases.grant(id, ttl)?)
            }
            Op::LeaseRevoke { id } => {
                for key in self.leases.revoke(id)? {
                    self.delete_key(&key, &mut write);
                }
                Reply::LeaseRevoke(id)
            }
            Op::Auth(op) => {
                self.check_auth(&op)?;
                Reply::Auth(self.auth.apply(op)?)
            }
            Op::Alarm(op) => Reply::Alarm(match op {
                AlarmOp::List => self.quota.alarm,
                AlarmOp::Disarm => std::mem::take(&mut self.quota.alarm),
            }),
            Op::Noop => Reply::Noop,
        };
        if !write.records.is_empty() {
            self.revision += 1;
        }
        Ok(Applied {
            reply,
            revision: self.revision,
            written: write.records,
            removed,
        })
    }

    /// Counts the member's starts, from 2.
    pub fn raft_term(&self) -> i64 {
        self.raft_term
    }

    /// Entries of the raft log so far.
    pub fn raft_index(&self) -> i64 {
        self.raft_index
    }

    pub(super) fn add_log_entry(&mut self) {
        self.raft_index += 1;
    }

    /// Which etcd this is.
    pub fn release(&self) -> Release {
        self.release
    }

    /// The current revision.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The lower edge of history; -1 before any compaction.
    pub fn compact_revision(&self) -> i64 {
        self.compact_revision
    }

    /// Rows of the `key` bucket in bucket order.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> + ExactSizeIterator {
        self.records.values()
    }

    /// The row that a revision wrote.
    pub fn record(&self, revision: Revision) -> Option<&Record> {
        self.records.get(&revision)
    }

    /// The key index in key order; deleted keys are in it until a compaction takes them.
    pub fn key_indexes(&self) -> impl DoubleEndedIterator<Item = &KeyIndex> + ExactSizeIterator {
        self.index.values()
    }

    /// What the index holds for one key.
    pub fn key_index(&self, key: &[u8]) -> Option<&KeyIndex> {
        self.index.get(key)
    }

    /// How many keys exist now.
    pub fn live_keys(&self) -> u64 {
        self.live
    }

    fn check_auth(&self, op: &AuthOp) -> Result<(), Error> {
        match op {
            // From 3.6 on a range of permissions must not be empty.
            AuthOp::RoleGrantPermission { permission, .. }
                if self.release.minor >= 6
                    && (permission.keys.key.is_empty() || permission.keys.is_void()) =>
            {
                Err(Error::InvalidAuthManagement)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_put(&self, put: &Put) -> Result<(), Error> {
        let keeps = put.ignore_value || put.ignore_lease;
        if keeps && self.current(&put.key).is_none() {
            return Err(Error::KeyNotFound);
        }
        if put.lease != LeaseId::NONE && !self.leases.contains(put.lease) {
            return Err(Error::LeaseNotFound);
        }
        Ok(())
    }

    /// The value of a key now.
    pub(super) fn current(&self, key: &[u8]) -> Option<&KeyValue> {
        let index = self.index.get(key).filter(|index| index.is_alive())?;
        Some(&self.records.get(&index.modified)?.kv)
    }

    /// Puts; the caller has checked.
    pub(super) fn put(&mut self, put: Put, write: &mut Write) -> PutReply {
        let revision = Revision::new(self.revision + 1, write.records.len() as i64);
        let mut kv = KeyValue {
            key: put.key,
            value: put.value,
            create_revision: revision.main,
            mod_revision: revision.main,
            version: 1,
            lease: put.lease,
        };
        let mut prev_kv = None;
        let index = match self.index.get_mut(&kv.key) {
            Some(index) => index,
            None => self
                .index
                .entry(kv.key.clone())
                .or_insert_with_key(|key| KeyIndex::new(key.clone())),
        };
        let prev = match index.is_alive() {
            true => self.records.get(&index.modified).map(|record| &record.kv),
            false => None,
        };
        match prev {
            None => self.live += 1,
            Some(prev) => {
                kv.create_revision = prev.create_revision;
                kv.version = prev.version + 1;
                if put.ignore_value {
                    kv.value.clone_from(&prev.value);
                }
                if put.ignore_lease {
                    kv.lease = prev.lease;
                }
                self.leases.detach(prev.lease, &kv.key);
                self.garbage.superseded(revision.main, index.modified);
                prev_kv = put.prev_kv.then(|| prev.clone());
            }
        }
        self.leases.attach(kv.lease, &kv.key);
        index.put(revision);
        self.insert(revision, false, kv, write);
        PutReply {
            revision: revision.main,
            prev_kv,
        }
    }

    /// Deletes; nothing there is no error.
    pub(super) fn delete_range(
        &mut self,
        delete: &DeleteRange,
        write: &mut Write,
    ) -> DeleteRangeReply {
        let keys: Vec<Vec<u8>> = self.live_in(&delete.keys).map(<[u8]>::to_vec).collect();
        let mut prev_kvs = Vec::new();
        let mut deleted = 0;
        for key in keys {
            deleted += 1;
            if let Some(kv) = self.current(&key).filter(|_| delete.prev_kv) {
                prev_kvs.push(kv.clone());
            }
            self.delete_key(&key, write);
        }
        DeleteRangeReply {
            revision: self.revision_inside(write),
            deleted,
            prev_kvs,
        }
    }

    /// The revision that a reader inside a txn stands at: one up once something was written.
    pub(super) fn revision_inside(&self, write: &Write) -> i64 {
        self.revision + i64::from(!write.records.is_empty())
    }

    fn delete_key(&mut self, key: &[u8], write: &mut Write) {
        let Some(lease) = self.current(key).map(|kv| kv.lease) else {
            return;
        };
        let Some(index) = self.index.get_mut(key) else {
            return;
        };
        let revision = Revision::new(self.revision + 1, write.records.len() as i64);
        self.garbage.superseded(revision.main, index.modified);
        self.garbage.tombstone(revision);
        index.tombstone(revision);
        self.live -= 1;
        self.leases.detach(lease, key);
        let kv = KeyValue {
            key: key.to_vec(),
            ..KeyValue::default()
        };
        self.insert(revision, true, kv, write);
    }

    fn insert(&mut self, revision: Revision, tombstone: bool, kv: KeyValue, write: &mut Write) {
        let record = Record {
            bucket_key: BucketKey {
                revision,
                tombstone,
            },
            kv,
        };
        write.records.push(record.clone());
        self.records.insert(revision, record);
    }

    pub(super) fn remove(&mut self, revision: Revision) -> Option<Record> {
        self.records.remove(&revision)
    }
}

/// The rows that the operation being applied has written so far.
#[derive(Debug, Default)]
pub(super) struct Write {
    pub(super) records: Vec<Record>,
}

/// Reads are answered from the store at hand; everything else is agreed on first.
fn goes_through_log(op: &Op) -> bool {
    match op {
        Op::Range(_) => false,
        Op::Txn(txn) => {
            let writes = |ops: &[Op]| ops.iter().any(goes_through_log);
            writes(&txn.success) || writes(&txn.failure)
        }
        _ => true,
    }
}
