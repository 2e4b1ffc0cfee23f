//! Bucket `meta`: how far the file has come.

use serde::Deserialize;

use super::item::{json, u64_be};
use super::membership::{nullable, version};
use super::{Contents, ItemError, Row};
use crate::kv::{BucketKey, Revision};

/// Bucket `meta`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Raft index that the file contains.
    pub consistent_index: Option<u64>,
    /// Raft term; written since 3.5.
    pub term: Option<u64>,
    /// Members as raft knows them; written since 3.5.
    pub conf_state: Option<ConfState>,
    /// The last compaction that was asked for.
    pub scheduled_compact: Option<Revision>,
    /// The last compaction that was carried out to its end.
    pub finished_compact: Option<Revision>,
    /// Version of the storage schema, such as `3.6.0`; written since 3.6.
    pub storage_version: Option<String>,
}

/// Raft's view of the members (`raftpb.ConfState`), as JSON in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ConfState {
    /// Members that vote.
    #[serde(default, deserialize_with = "nullable")]
    pub voters: Vec<u64>,
    /// Members without a vote.
    #[serde(default, deserialize_with = "nullable")]
    pub learners: Vec<u64>,
    /// In a change of several members: those that voted before it.
    #[serde(default, deserialize_with = "nullable")]
    pub voters_outgoing: Vec<u64>,
    /// In such a change: those that will have no vote after it.
    #[serde(default, deserialize_with = "nullable")]
    pub learners_next: Vec<u64>,
    /// Whether such a change ends by itself.
    #[serde(default)]
    pub auto_leave: bool,
}

pub(super) fn take(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let meta = &mut contents.meta;
    match row.key {
        b"consistent_index" => {
            meta.consistent_index = Some(u64_be("the consistent index", row.value)?);
        }
        b"term" => meta.term = Some(u64_be("the term", row.value)?),
        b"confState" => meta.conf_state = Some(json("raft's members", row.value)?),
        b"scheduledCompactRev" => meta.scheduled_compact = Some(revision(row.value)?),
        b"finishedCompactRev" => meta.finished_compact = Some(revision(row.value)?),
        b"storageVersion" => {
            meta.storage_version = Some(version("the storage version", row.value)?);
        }
        _ => contents.keep_extra("meta", row),
    }
    Ok(())
}

fn revision(bytes: &[u8]) -> Result<Revision, ItemError> {
    Ok(BucketKey::decode(bytes)
        .map_err(ItemError::Revision)?
        .revision)
}
