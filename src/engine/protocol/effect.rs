//! What a line of the terminal printed and did.

use serde::{Deserialize, Serialize};

use super::super::facts::FileFacts;
use super::session::{SavedFile, Watched};
use crate::kv::Revision;

/// A line of the terminal and what it printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// As typed.
    pub line: String,
    /// Standard output, as text.
    pub stdout: String,
    /// Standard error, as text.
    pub stderr: String,
    /// What running watches printed because of it.
    pub watched: Vec<Watched>,
    /// Whether it goes on as a job, whose output comes with later lines.
    pub is_running: bool,
    /// Exit code.
    pub exit: i32,
    /// Files that it wrote.
    pub saved: Vec<SavedFile>,
}

/// What a line did to the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Rows that were written.
    pub written: Vec<Revision>,
    /// Rows that a compaction removed.
    pub removed: Vec<Revision>,
    /// The new compact revision, if there was a compaction.
    pub compacted: Option<i64>,
    /// Whether the member's file was committed to or rewritten.
    pub committed: bool,
    /// What is worth seeing, from the cause to the last effect.
    pub beats: Vec<Beat>,
}

/// A place where a command shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The line in the terminal.
    Command,
    /// The `key` bucket.
    Bucket,
    /// The key index.
    Index,
    /// The timeline.
    Timeline,
    /// The watches that run.
    Watchers,
    /// The pages of the member's file.
    Pages,
}

/// What a command does in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Where.
    pub stage: Stage,
    /// What, in words.
    pub text: String,
}

/// A store or a file in a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The file's name; empty for the sandbox.
    pub name: String,
    /// The current revision.
    pub head: i64,
    /// −1 if never compacted.
    pub compact_revision: i64,
    /// Keys that a read at the head returns.
    pub live_keys: u64,
    /// Keys ever seen.
    pub keys: u64,
    /// Rows in the bucket.
    pub records: u64,
    /// Rows that compactions removed since this history is watched.
    pub removed: u64,
    /// The latest row; none in an empty store.
    pub last: Option<Revision>,
    /// What is known of the file; none for the sandbox.
    pub file: Option<FileFacts>,
}
