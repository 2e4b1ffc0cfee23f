//! Rows, keys and changes, ready to be shown.

use serde::{Deserialize, Serialize};

use super::inside::FossilRow;
use super::protocol::ObjectHead;
use crate::kv::Revision;

/// What a change did; as [`crate::history::ChangeKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The first put of a generation.
    Create,
    /// A later put.
    Modify,
    /// A deletion.
    Tombstone,
}

/// A row of the `key` bucket, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its revision.
    pub revision: Revision,
    /// What it did.
    pub kind: Kind,
    /// Its key's number.
    pub key_id: u32,
    /// The key as text.
    pub key: String,
    /// The beginning of the value as text.
    pub value: String,
    /// 0 in a tombstone.
    pub create_revision: i64,
    /// 0 in a tombstone.
    pub version: i64,
    /// Hexadecimal, empty for none.
    pub lease: String,
    /// Removed by a compaction.
    pub compacted: bool,
    /// Why the latest compaction kept it, or one took it; empty where there was none, and in files.
    pub fate: String,
    /// The revision at which another change of the same key took its place; none if it is the
    /// latest.
    pub until: Option<i64>,
}

/// A key with its generations, as etcd's in-memory index has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// The key's number.
    pub key_id: u32,
    /// The key as text.
    pub key: String,
    /// How many older lives are not listed.
    pub more: u64,
    /// Its latest lives, oldest first; at most [`IndexKey::SHOWN`].
    pub generations: Vec<IndexGeneration>,
    /// Whether the last generation is ended, so that an empty one waits for the next put.
    pub is_deleted: bool,
}

impl IndexKey {
    /// How many lives of a key travel to the screen.
    pub const SHOWN: usize = 8;
}

/// One life of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexGeneration {
    /// Which one, from 1.
    pub number: u32,
    /// How many older revisions are not listed.
    pub more: u64,
    /// Its latest revisions, oldest first; at most [`IndexGeneration::SHOWN`].
    pub changes: Vec<IndexChange>,
}

impl IndexGeneration {
    /// How many revisions of a generation travel to the screen.
    pub const SHOWN: usize = 24;
}

/// One revision of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexChange {
    /// The revision.
    pub revision: Revision,
    /// What it did.
    pub kind: Kind,
    /// Removed by a compaction.
    pub compacted: bool,
}

/// Everything about one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The row.
    pub row: Row,
    /// Its index in the list of rows.
    pub index: u64,
    /// Which life of the key, from 1.
    pub generation: u32,
    /// The 17 or 18 bytes of the bucket key.
    pub bucket_key: Vec<u8>,
    /// The value, at most [`Detail::VALUE_SHOWN`] bytes of it.
    pub value: Vec<u8>,
    /// Length of the whole value.
    pub value_len: u64,
    /// Why there is no value, where there should be one.
    pub unreadable: Option<String>,
    /// The change of this key before this one.
    pub previous: Option<Revision>,
    /// The change of this key after this one.
    pub next: Option<Revision>,
    /// The value against the one before: lines that differ, and some around them; empty where
    /// there is none to compare with. At most [`Detail::DIFF_SHOWN`].
    pub diff: Vec<DiffLine>,
    /// Other changes of the same transaction.
    pub together: u64,
    /// Where it was found, if it is no row of the store but a fossil.
    pub fossil: Option<FossilRow>,
    /// What it is as an object of Kubernetes; none if it is none.
    pub object: Option<Box<ObjectHead>>,
    /// The value is a Secret's, and is not here until it is asked for.
    pub is_masked: bool,
    /// When it was written, as far as that can be told; empty where it cannot.
    pub when: String,
}

impl Detail {
    /// How many bytes of a value travel to the screen.
    pub const VALUE_SHOWN: usize = 64 * 1024;
    /// How many lines of a comparison travel to the screen.
    pub const DIFF_SHOWN: usize = 200;
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// Where the line stands.
    pub side: Side,
    /// Its text.
    pub text: String,
}

/// Where a line of a comparison stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Only before.
    Old,
    /// Only after.
    New,
    /// In both.
    Both,
}
