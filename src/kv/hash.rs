//! `hashkv`: one number for the rows that replicas must agree on.
//!
//! ```text
//! crc32c( "key", then bucket key and value of each row that counts )
//! ```
//!
//! As `server/storage/mvcc/hash.go` of etcd. Rows at or below the compact revision count only
//! where they are still the live version at the revision asked for, so that members that have
//! compacted and members that have not yet agree.

use super::{BucketKey, Revision};

/// The answer of `endpoint hashkv` and of `etcdutl hashkv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKv {
    /// CRC-32C over the bucket's name, then the keys and values of the rows that count.
    pub hash: u32,
    /// The store's compact revision, -1 before any compaction.
    pub compact_revision: i64,
    /// Revision up to which rows count.
    pub hash_revision: i64,
}

/// What differs between releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashRules {
    /// A tombstone at the compact revision does not count: releases that keep it there leave it
    /// out, to agree with those that do not (3.4.34, 3.5.16, 3.6).
    pub skips_tombstone_at_compact_revision: bool,
    /// The compact revision itself may be asked for (3.5.5, 3.6).
    pub answers_at_compact_revision: bool,
}

/// The rows that live at the revision asked for, as far as the hash must know them.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Revisions at or below the compact revision, ascending.
    pub revisions: Vec<Revision>,
    /// Whether any key lives, above the compact revision too.
    pub any: bool,
}

/// Takes the rows in order and gives the hash.
#[derive(Clone, Debug)]
pub struct KvHasher {
    hash: u32,
    compact_revision: i64,
    hash_revision: i64,
    rules: HashRules,
    kept: Kept,
}

impl KvHasher {
    /// Starts with no row.
    pub fn new(hash_revision: i64, compact_revision: i64, kept: Kept, rules: HashRules) -> Self {
        Self {
            hash: crc32c::crc32c(b"key"),
            compact_revision,
            hash_revision,
            rules,
            kept,
        }
    }

    /// Whether a row counts.
    pub fn counts(&self, key: &BucketKey) -> bool {
        let main = key.revision.main;
        if main > self.hash_revision {
            return false;
        }
        let is_kept = || self.kept.revisions.binary_search(&key.revision).is_ok();
        let stale = main <= self.compact_revision && self.kept.any && !is_kept();
        let left_out = self.rules.skips_tombstone_at_compact_revision
            && main == self.compact_revision
            && key.tombstone;
        !(stale || left_out)
    }

    /// Takes a row: its key, and the bytes of its key and value as they are stored.
    pub fn push(&mut self, key: &BucketKey, raw_key: &[u8], raw_value: &[u8]) {
        if self.counts(key) {
            self.hash = crc32c::crc32c_append(self.hash, raw_key);
            self.hash = crc32c::crc32c_append(self.hash, raw_value);
        }
    }

    /// The hash of the rows taken so far.
    pub fn finish(&self) -> HashKv {
        HashKv {
            hash: self.hash,
            compact_revision: self.compact_revision,
            hash_revision: self.hash_revision,
        }
    }
}
