//! The files of a session: names and bytes, in memory.
//!
//! The shell knows no file format. Who builds the shell may give it two functions: one that writes
//! a store's snapshot, one that reads what a snapshot holds.

use std::collections::BTreeMap;

use super::Failure;
use crate::mvcc::Store;

/// Writes the snapshot of a store; an error is one line.
pub type WriteSnapshot = fn(&Store) -> Result<Vec<u8>, String>;
/// Reads what a snapshot holds; an error is one line.
pub type ReadStatus = fn(&[u8]) -> Result<SnapshotStatus, String>;

/// What `snapshot status` tells of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// CRC-32C over all buckets.
    pub hash: u32,
    /// Main revision of the last row.
    pub revision: i64,
    /// Pairs of all buckets together, as 3.4 and 3.5 count keys.
    pub total_pairs: i64,
    /// Distinct keys whose last row is no tombstone, as 3.6 counts them.
    pub live_keys: i64,
    /// Size of the pages in bytes.
    pub total_size: i64,
    /// Version of the data; empty before 3.6.
    pub version: String,
}

/// Names and bytes, and what to do with snapshots.
#[derive(Clone, Debug, Default)]
pub struct Files {
    by_name: BTreeMap<String, Vec<u8>>,
    /// Writes snapshots, where that can be done.
    pub write_snapshot: Option<WriteSnapshot>,
    /// Reads snapshots, where that can be done.
    pub read_status: Option<ReadStatus>,
}

impl Files {
    /// Keeps a file under a name, in place of an older one.
    pub fn save(&mut self, name: &str, bytes: Vec<u8>) {
        self.by_name.insert(name.to_owned(), bytes);
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.by_name.get(name).map(Vec::as_slice)
    }

    /// Takes a file away; answers its bytes.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<u8>> {
        self.by_name.remove(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// What a snapshot holds.
    pub(super) fn status(&self, name: &str) -> Result<SnapshotStatus, Failure> {
        let missing = || Failure::new(1, format!("stat {name}: no such file or directory"));
        let bytes = self.get(name).ok_or_else(missing)?;
        let read = self
            .read_status
            .ok_or_else(|| Failure::new(1, "snapshots cannot be read here"))?;
        read(bytes).map_err(|why| Failure::new(1, why))
    }
}
