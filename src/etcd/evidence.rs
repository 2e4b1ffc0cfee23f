//! Which etcd wrote a file: every trace that it left, and how far each can be trusted.
//!
//! A cluster that was upgraded has the traces of several releases; the newest one counts, and the
//! message says what was seen.

use std::fmt;

use super::info::{Info, Minor};
use crate::bbolt::{Db, Problem};
use crate::bytes::Piece;
use crate::kv::{BucketKey, Revision};

/// One trace of the release that wrote a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clue {
    /// Item `storageVersion` of bucket `meta`, written since 3.6.
    StorageVersion(String),
    /// Item `term` of bucket `meta`, written since 3.5.
    Term,
    /// Item `confState` of bucket `meta`, written since 3.5.
    ConfState,
    /// Item `downgrade` of bucket `cluster`, written since 3.5.
    Downgrade,
    /// Item `clusterVersion` of bucket `cluster`: what all members can do, so that none is older.
    ClusterVersion(String),
    /// A tombstone at the compact revision: kept since 3.4.34, 3.5.16, 3.6.
    TombstoneKept(Revision),
    /// A row is missing at the compact revision: only a tombstone can, and only older releases
    /// removed it.
    TombstoneRemoved(Revision),
    /// Room behind the high-water mark that was allocated ahead: seen in files of 3.5.30 and
    /// 3.6.13, never in those of 3.4.23 and 3.5.1.
    Room(u64),
}

/// How sure one can be of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The file says what its members could do, not who wrote it.
    Low,
    /// The file has what only this release and later ones write.
    Fair,
    /// The file names it.
    High,
}

/// Rows at the compact revision that are looked for.
const MAX_SUBS: i64 = 16;
/// Room that no page growth alone leaves.
const MUCH_ROOM: u64 = 1 << 20;

impl Clue {
    /// The traces in a file; `get` gives an item by bucket and key.
    pub(super) fn find(
        db: &Db,
        info: &Info,
        mut get: impl FnMut(&[u8], &[u8]) -> Result<Option<Piece>, Problem>,
    ) -> Vec<Self> {
        let mut has = |bucket: &[u8], item: &[u8]| matches!(get(bucket, item), Ok(Some(_)));
        let conf_state = has(b"meta", b"confState");
        let downgrade = has(b"cluster", b"downgrade");
        let mut clues = Vec::new();
        let mut add = |is_there: bool, clue: Self| {
            if is_there {
                clues.push(clue);
            }
        };
        if let Some(version) = &info.storage_version {
            add(true, Self::StorageVersion(version.clone()));
        }
        add(info.term.is_some(), Self::Term);
        add(conf_state, Self::ConfState);
        add(downgrade, Self::Downgrade);
        if let Some(version) = &info.cluster_version {
            add(true, Self::ClusterVersion(version.clone()));
        }
        if let Some(clue) = tombstone(info, |key| get(b"key", &key.encode())) {
            add(true, clue);
        }
        let room = db.size().saturating_sub(db.used_size());
        add(room >= MUCH_ROOM, Self::Room(room));
        clues
    }

    /// The patch releases that a trace allows, of one minor.
    pub fn patches(&self, minor: Minor) -> Option<&'static str> {
        match (self, minor) {
            (Self::TombstoneKept(_), Minor(3, 4)) => Some("3.4.34 or later"),
            (Self::TombstoneKept(_), Minor(3, 5)) => Some("3.5.16 or later"),
            (Self::TombstoneRemoved(_), Minor(3, 4)) => Some("3.4.33 or earlier"),
            (Self::TombstoneRemoved(_), Minor(3, 5)) => Some("3.5.15 or earlier"),
            (Self::Room(_), Minor(3, 5)) => Some("later than 3.5.1"),
            _ => None,
        }
    }
}

/// Looks at the rows of the compact revision. A compaction at C keeps the puts of C, for they are
/// the newest up to C; every revision has its rows numbered from 0. So a gap was a tombstone.
fn tombstone(
    info: &Info,
    mut get: impl FnMut(&BucketKey) -> Result<Option<Piece>, Problem>,
) -> Option<Clue> {
    // A compaction that was cut short may have removed anything.
    let compacted = info
        .finished_compact
        .filter(|revision| revision.main > 1 && !info.compaction_interrupted())?;
    let mut missing = None;
    for sub in 0..MAX_SUBS {
        let revision = Revision::new(compacted.main, sub);
        let mut find = |tombstone| {
            let key = BucketKey {
                revision,
                tombstone,
            };
            get(&key).map(|item| item.is_some())
        };
        // Behind a broken page nothing can be said.
        if find(true).ok()? {
            return Some(Clue::TombstoneKept(revision));
        }
        if find(false).ok()? {
            if let Some(missing) = missing {
                return Some(Clue::TombstoneRemoved(missing));
            }
        } else if missing.is_none() {
            missing = Some(revision);
        }
    }
    missing
        .filter(|revision| revision.sub == 0)
        .map(Clue::TombstoneRemoved)
}

impl fmt::Display for Clue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StorageVersion(version) => {
                write!(f, "meta/storageVersion is {version} (written since 3.6)")
            }
            Self::Term => f.write_str("meta/term is there (written since 3.5)"),
            Self::ConfState => f.write_str("meta/confState is there (written since 3.5)"),
            Self::Downgrade => f.write_str("cluster/downgrade is there (written since 3.5)"),
            Self::ClusterVersion(version) => write!(
                f,
                "cluster/clusterVersion is {version} (no member is older)"
            ),
            Self::TombstoneKept(revision) => write!(
                f,
                "the tombstone {revision} is at the compact revision (kept since 3.4.34, 3.5.16, 3.6)"
            ),
            Self::TombstoneRemoved(revision) => write!(
                f,
                "the tombstone {revision} at the compact revision was removed (up to 3.4.33, 3.5.15)"
            ),
            Self::Room(bytes) => write!(
                f,
                "{bytes} bytes were allocated ahead (seen with 3.5.30 and 3.6, not with 3.4.23 and 3.5.1)"
            ),
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Fair => "fair",
            Self::High => "high",
        })
    }
}
