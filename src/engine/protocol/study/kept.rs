//! Indexes that are kept.

use serde::{Deserialize, Serialize};

/// Indexes of files that are kept, so that these open again in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
    /// Whether the index of the opened file can be kept.
    pub can_keep: bool,
    /// Whether the opened file was read or its kept index was taken.
    pub used: KeptUse,
    /// All that are kept, the oldest first.
    pub entries: Vec<KeptEntry>,
    /// How far keeping this one is: bytes written, of so many, 0 where that is not known.
    pub along: Option<(u64, u64)>,
    /// Why the last attempt to keep one failed; empty where it did not.
    pub note: String,
}

/// A kept index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEntry {
    /// Its name.
    pub name: String,
    /// The name that its file had.
    pub file: String,
    /// Its bytes.
    pub size: u64,
    /// The day on which it was kept, as `2026-11-23`.
    pub kept: String,
    /// Whether it is that of the opened file.
    pub is_this: bool,
}

/// Where the rows of the opened file come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptUse {
    /// From the file.
    #[default]
    Read,
    /// From a kept index that is still being compared with the file.
    Checking,
    /// From a kept index that was compared with the file: it has the same rows.
    Same,
    /// From a kept index that is not that of the file's rows.
    Differs,
    /// From a kept index; comparing it with the file was stopped.
    Unchecked,
}
