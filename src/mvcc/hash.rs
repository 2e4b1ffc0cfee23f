//! `hashkv` of the simulated store.

use super::{Error, Store};
use crate::kv::Revision;
use crate::kv::hash::{HashRules, Kept, KvHasher};

pub use crate::kv::hash::HashKv;

impl Store {
    /// Hashes the rows up to `revision`, or all for 0.
    ///
    /// # Errors
    /// `Compacted` below the compact revision (in older releases also at it), `FutureRevision`.
    pub fn hash_kv(&self, revision: i64) -> Result<HashKv, Error> {
        let rules = HashRules {
            skips_tombstone_at_compact_revision: self.release.keeps_tombstone_at_compact_revision(),
            answers_at_compact_revision: self.release.hashes_at_compact_revision(),
        };
        self.check_revision(revision)?;
        let at_edge = revision > 0 && revision == self.compact_revision;
        if at_edge && !rules.answers_at_compact_revision {
            return Err(Error::Compacted);
        }
        let hash_revision = if revision <= 0 {
            self.revision
        } else {
            revision
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
        let mut hasher = KvHasher::new(hash_revision, self.compact_revision, kept, rules);
        for record in self.records.values() {
            let key = &record.bucket_key;
            if hasher.counts(key) {
                hasher.push(key, &key.encode(), &record.kv.encode());
            }
        }
        Ok(hasher.finish())
    }
}
