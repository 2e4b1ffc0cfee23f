//! What the small buckets say: consistent index, term, compaction, versions, and who wrote them.

use std::fmt;

use super::evidence::{Certainty, Clue};
use super::items::Items;
use super::problem::Problem;
use super::trailer::{Tail, Trailer};
use crate::bbolt::{self, Bucket, Db};
use crate::bytes::{Cursor, Piece};
use crate::kv::{BucketKey, Revision};

/// What a file says about itself without its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Names of the top-level buckets, in byte order.
    pub buckets: Vec<Vec<u8>>,
    /// The hash at the end, if the file is a snapshot.
    pub snapshot: Option<Trailer>,
    /// What follows the last page.
    pub tail: Tail,
    /// Raft index that the file contains.
    pub consistent_index: Option<u64>,
    /// Raft term; written since 3.5.
    pub term: Option<u64>,
    /// The last compaction that was asked for.
    pub scheduled_compact: Option<Revision>,
    /// The last compaction that was carried out to its end.
    pub finished_compact: Option<Revision>,
    /// Version of the storage schema, such as `3.6.0`; written since 3.6.
    pub storage_version: Option<String>,
    /// Version that the cluster agreed on, such as `3.5.0`.
    pub cluster_version: Option<String>,
    /// Which etcd wrote the file, as far as one can tell.
    pub release: Option<Release>,
    /// Every trace of the release that wrote the file.
    pub clues: Vec<Clue>,
    /// What is wrong, the file below included.
    pub problems: Vec<Problem>,
}

/// A minor release, as 3.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(pub u16, pub u16);

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Which etcd wrote a file, and how one can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The release.
    pub minor: Minor,
    /// What tells it.
    pub evidence: Evidence,
}

/// What tells the release. The storage schema says what the file is; the cluster version only
/// what all members could do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Item `storageVersion` of bucket `meta`, written since 3.6.
    StorageVersion,
    /// Item `term` or `confState` of bucket `meta`, written since 3.5, without a storage version.
    Term,
    /// Item `clusterVersion` of bucket `cluster`, in a file without the items of 3.5.
    ClusterVersion,
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = match self.evidence {
            Evidence::StorageVersion => "meta/storageVersion",
            Evidence::Term => "meta/term",
            Evidence::ClusterVersion => "cluster/clusterVersion",
        };
        write!(f, "{} from {item}", self.minor)
    }
}

impl Info {
    /// The compact revision as the store has it after a restart; -1 if it was never compacted.
    ///
    /// A compaction that was cut short is carried out again at start, so that a scheduled one
    /// counts as much as a finished one (`restore` in `server/storage/mvcc/kvstore.go`).
    pub fn compact_revision(&self) -> i64 {
        let main = |revision: Option<Revision>| revision.map_or(-1, |revision| revision.main);
        main(self.finished_compact).max(main(self.scheduled_compact))
    }

    /// Whether a compaction was cut short: rows below its revision may be partly gone.
    pub fn compaction_interrupted(&self) -> bool {
        self.scheduled_compact > self.finished_compact
    }

    /// The store's current revision after a restart, given the main revision of the last record.
    pub fn current_revision(&self, last_main: i64) -> i64 {
        last_main.max(1).max(self.compact_revision())
    }

    /// As far as `items` knows them: what comes out counts only if they need no other step.
    pub(super) fn read(
        db: &Db,
        buckets: &[(Piece, Bucket)],
        problems: &[bbolt::Problem],
        items: &mut Items,
    ) -> Self {
        let mut reader = Reader {
            db,
            buckets,
            items,
            problems: Vec::new(),
        };
        let below = db.problems().iter().chain(problems).cloned();
        reader.problems.extend(below.map(Problem::Bbolt));
        let tail = Tail::find(db, &mut reader.problems);
        let consistent_index = reader.u64("meta", "consistent_index");
        let term = reader.u64("meta", "term");
        let conf_state = reader.raw("meta", "confState");
        let scheduled_compact = reader.revision("meta", "scheduledCompactRev");
        let finished_compact = reader.revision("meta", "finishedCompactRev");
        let storage_version = reader.text("meta", "storageVersion");
        let cluster_version = reader.text("cluster", "clusterVersion");
        let release = release(
            storage_version.as_deref(),
            term.is_some() || conf_state.is_some(),
            cluster_version.as_deref(),
        );
        let mut info = Self {
            buckets: buckets.iter().map(|(name, _)| name.to_vec()).collect(),
            snapshot: tail.trailer(),
            tail,
            consistent_index,
            term,
            scheduled_compact,
            finished_compact,
            storage_version,
            cluster_version,
            release,
            clues: Vec::new(),
            problems: reader.problems,
        };
        let find = |bucket: &[u8], key: &[u8]| items.get(db, buckets, bucket, key);
        info.clues = Clue::find(db, &info, find);
        info
    }

    /// The patch releases that the traces allow, such as `3.5.16 or later`.
    pub fn patches(&self) -> Vec<&'static str> {
        let Some(release) = self.release else {
            return Vec::new();
        };
        let clues = self.clues.iter();
        clues
            .filter_map(|clue| clue.patches(release.minor))
            .collect()
    }
}

impl Release {
    /// How sure one can be.
    pub fn confidence(&self) -> Certainty {
        match self.evidence {
            Evidence::StorageVersion => Certainty::High,
            Evidence::Term => Certainty::Fair,
            Evidence::ClusterVersion => Certainty::Low,
        }
    }
}

fn release(storage: Option<&str>, term: bool, cluster: Option<&str>) -> Option<Release> {
    let parse = |text: &str| {
        let mut parts = text.split('.');
        Some(Minor(
            parts.next()?.parse().ok()?,
            parts.next()?.parse().ok()?,
        ))
    };
    let (minor, evidence) = if let Some(minor) = storage.and_then(parse) {
        (minor, Evidence::StorageVersion)
    } else if term {
        (Minor(3, 5), Evidence::Term)
    } else {
        (cluster.and_then(parse)?, Evidence::ClusterVersion)
    };
    Some(Release { minor, evidence })
}

/// Reads single items of the small buckets and collects what is wrong.
struct Reader<'a> {
    db: &'a Db,
    buckets: &'a [(Piece, Bucket)],
    items: &'a mut Items,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn raw(&mut self, bucket: &str, key: &str) -> Option<Piece> {
        let bucket = bucket.as_bytes();
        match self
            .items
            .get(self.db, self.buckets, bucket, key.as_bytes())
        {
            Ok(value) => value,
            Err(problem) => {
                // A broken bucket is told once, not once an item.
                let problem = Problem::Bbolt(problem);
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                None
            }
        }
    }

    fn decoded<T>(
        &mut self,
        bucket: &'static str,
        key: &'static str,
        expected: &'static str,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let value = self.raw(bucket, key)?;
        let decoded = decode(&value);
        if decoded.is_none() {
            self.problems.push(Problem::Value {
                bucket,
                key,
                expected,
                len: value.len() as u64,
            });
        }
        decoded
    }

    fn u64(&mut self, bucket: &'static str, key: &'static str) -> Option<u64> {
        self.decoded(bucket, key, "an 8-byte number", |value| {
            let mut cursor = Cursor::new(value);
            let number = cursor.u64_be(key).ok()?;
            cursor.is_done().then_some(number)
        })
    }

    fn revision(&mut self, bucket: &'static str, key: &'static str) -> Option<Revision> {
        self.decoded(bucket, key, "a revision", |value| {
            Some(BucketKey::decode(value).ok()?.revision)
        })
    }

    fn text(&mut self, bucket: &'static str, key: &'static str) -> Option<String> {
        self.decoded(bucket, key, "a version", |value| {
            let text = std::str::from_utf8(value).ok()?;
            (!text.is_empty() && text.len() < 64).then(|| text.to_owned())
        })
    }
}
