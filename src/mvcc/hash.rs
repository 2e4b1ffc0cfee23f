//! `hashkv`: one number for the records that replicas must agree on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Error, Release, Store};
use crate::kv::hash::{HashRules, Kept, KvHasher};
use crate::kv::{Record, Revision};

pub use crate::kv::hash::HashKv;

/// Most compactions whose hash is kept.
const MAX_KEPT: usize = 10;

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
    removed: Arc<[Record]>,
}

impl CompactionHashes {
    /// Notes a compaction.
    pub(super) fn note(&mut self, before: i64, at: i64, removed: &Arc<[Record]>, release: Release) {
        if !release.keeps_compaction_hashes() {
            return;
        }
        self.compactions.push_back(Compaction {
            before,
            at,
            removed: removed.clone(),
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
            .flat_map(|compaction| compaction.removed.iter())
            .for_each(|row| add(row, true));
        self.records.values().for_each(|row| add(row, true));
        let kept = Kept {
            any: rows.values().any(|(_, kept)| *kept),
            revisions: rows
                .iter()
                .filter(|(_, (_, kept))| *kept)
                .map(|(revision, _)| *revision)
                .collect(),
        };
        let records = rows.values().map(|(record, _)| *record);
        Some(self.hash_of(records, revision, compaction.before, kept))
    }

    fn hash_of<'a>(
        &self,
        records: impl Iterator<Item = &'a Record>,
        hash_revision: i64,
        compact_revision: i64,
        kept: Kept,
    ) -> HashKv {
        let mut hasher = KvHasher::new(hash_revision, compact_revision, kept, self.hash_rules());
        for record in records {
            let key = &record.bucket_key;
            if hasher.counts(key) {
                hasher.push(key, &key.encode(), &record.kv.encode());
            }
        }
        hasher.finish()
    }

    fn hash_rules(&self) -> HashRules {
        HashRules {
            skips_tombstone_at_compact_revision: self.release.keeps_tombstone_at_compact_revision(),
            answers_at_compact_revision: self.release.hashes_at_compact_revision(),
        }
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
        // A negative one lies below every row, so that none is covered.
        let hash_revision = match revision {
            0 => self.revision,
            _ => revision,
        };
        let mut revisions: Vec<Revision> = self
            .key_indexes()
            .filter_map(|index| index.kept(hash_revision, self.release))
            .collect();
        revisions.sort_unstable();
        let kept = Kept {
            any: !revisions.is_empty(),
            revisions,
        };
        let records = self.records.values();
        Ok(self.hash_of(records, hash_revision, self.compact_revision, kept))
    }
}
