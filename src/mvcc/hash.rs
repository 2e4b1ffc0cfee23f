//! `hashkv`: one number for the records that replicas must agree on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Error, Release, Store};
use crate::kv::{Record, Revision};

/// Most compactions whose hash is kept.
const MAX_KEPT: usize = 10;

/// The answer of `endpoint hashkv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKv {
    /// CRC-32C over the bucket's name, then the keys and values of the rows that count.
    pub hash: u32,
    /// The store's compact revision, -1 before any compaction.
    pub compact_revision: i64,
    /// Revision up to which rows count.
    pub hash_revision: i64,
}

/// The last compactions, whose hashes newer releases keep to answer `hashkv` at exactly their
/// revision.
///
/// etcd computes such a hash while it compacts. Here it is computed when it is asked for, from
/// the rows that were removed since and those that are still there, so that compacting costs no
/// more than what it removes.
#[derive(Clone, Debug, Default)]
pub(super) struct CompactionHashes {
    compactions: VecDeque<Compaction>,
}

#[derive(Clone, Debug)]
struct Compaction {
    /// The compact revision before.
    before: i64,
    /// The compact revision after.
    at: i64,
    removed: Vec<Record>,
}

impl CompactionHashes {
    /// Notes a compaction.
    pub(super) fn note(&mut self, before: i64, at: i64, removed: &[Record], release: Release) {
        if !release.keeps_compaction_hashes() {
            return;
        }
        self.compactions.push_back(Compaction {
            before,
            at,
            removed: removed.to_vec(),
        });
        if self.compactions.len() > MAX_KEPT {
            self.compactions.pop_front();
        }
    }
}

impl Store {
    /// The hash that was kept of the compaction at `revision`, if it was among the last ten.
    ///
    /// It covers what that compaction left of the rows up to its revision, and those in between
    /// that the compaction before had to leave: rows at or below the edge before count only where
    /// they were kept, rows above it all.
    fn compaction_hash<'a>(&'a self, revision: i64) -> Option<HashKv> {
        let mut later = self.hashes.compactions.iter();
        let compaction = later.find(|compaction| compaction.at == revision)?;
        let mut rows: BTreeMap<Revision, (&Record, bool)> = BTreeMap::new();
        let mut add = |record: &'a Record, kept| {
            rows.entry(record.bucket_key.revision)
                .or_insert((record, kept));
        };
        compaction.removed.iter().for_each(|row| add(row, false));
        later
            .flat_map(|compaction| &compaction.removed)
            .for_each(|row| add(row, true));
        self.records.values().for_each(|row| add(row, true));
        // Where nothing is kept, nothing is known to be stale either.
        let any_kept = rows.values().any(|(_, kept)| *kept);
        let mut hash = crc32c::crc32c(b"key");
        for (row, (record, kept)) in rows.range(..=Revision::new(revision, i64::MAX)) {
            let stale = any_kept && row.main <= compaction.before && !kept;
            let at_edge = row.main == compaction.before && record.bucket_key.tombstone;
            let skipped = at_edge && self.release.keeps_tombstone_at_compact_revision();
            if !(stale || skipped) {
                hash = append(hash, record);
            }
        }
        Some(HashKv {
            hash,
            compact_revision: compaction.before,
            hash_revision: revision,
        })
    }

    /// Hashes the rows up to `revision`, or all for 0 (etcd's `mvcc/hash.go`).
    ///
    /// Rows at or below the compact revision count only where they are still the live version at
    /// `revision`, so that members that have compacted and members that have not yet agree.
    ///
    /// # Errors
    /// `Compacted` below the compact revision (in older releases also at it), `FutureRevision`.
    pub fn hash_kv(&self, revision: i64) -> Result<HashKv, Error> {
        if let Some(kept) = self.compaction_hash(revision) {
            return Ok(kept);
        }
        self.check_revision(revision)?;
        let at_edge = revision > 0 && revision == self.compact_revision;
        if at_edge && !self.release.hashes_at_compact_revision() {
            return Err(Error::Compacted);
        }
        let hash_revision = if revision <= 0 {
            self.revision
        } else {
            revision
        };
        let kept: BTreeSet<Revision> = self
            .key_indexes()
            .filter_map(|index| index.kept(hash_revision, self.release))
            .collect();
        let compact = self.compact_revision;
        let skips_tombstone = self.release.keeps_tombstone_at_compact_revision();
        let mut hash = crc32c::crc32c(b"key");
        for (revision, record) in self
            .records
            .range(..=Revision::new(hash_revision, i64::MAX))
        {
            let stale = revision.main <= compact && !kept.is_empty() && !kept.contains(revision);
            let at_edge = revision.main == compact && record.bucket_key.tombstone;
            if stale || (at_edge && skips_tombstone) {
                continue;
            }
            hash = append(hash, record);
        }
        Ok(HashKv {
            hash,
            compact_revision: compact,
            hash_revision,
        })
    }
}

fn append(hash: u32, record: &Record) -> u32 {
    let hash = crc32c::crc32c_append(hash, &record.bucket_key.encode());
    crc32c::crc32c_append(hash, &record.kv.encode())
}
