//! What is asked and what is answered: the messages between the screen and the engine.
//!
//! A request travels with an id; whoever asks drops answers to questions that a later one has
//! replaced. Keys and values may be any bytes: where only text is needed it is already made
//! readable here, so that the screen needs no rules of its own.

use serde::{Deserialize, Serialize};

use super::session_protocol::{SavedFile, Session, SessionAnswer, SessionRequest, Shown, Watched};
use crate::kv::Revision;
use crate::timeline::{Scene, View};

/// A message with the id of the request that it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Chosen by the one who asks, growing.
    pub id: u64,
    /// The message.
    pub body: T,
}

/// Which of the two histories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Doc {
    /// The simulated store.
    #[default]
    Sandbox,
    /// The opened file.
    File,
}

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// First message: which build asks.
    Hello {
        /// Build id of the asker.
        build: String,
    },
    /// Runs a line in the sandbox's terminal; several lines as the commands that they are.
    Run {
        /// As typed.
        line: String,
    },
    /// Takes the last line of the session back.
    Undo,
    /// Runs the line again that was taken back last.
    Redo,
    /// Starts the session anew, with an empty store.
    Reset,
    /// Opens the file whose source was attached under this name.
    Open {
        /// The file's name, for messages.
        name: String,
    },
    /// Opens the sample file that comes with the engine.
    OpenSample,
    /// Stops opening a file.
    Cancel,
    /// Closes the opened file.
    Close,
    /// Draws a part of a history.
    Layout {
        /// Whose.
        doc: Doc,
        /// Which part, how large.
        view: View,
    },
    /// Lists rows of the `key` bucket.
    Rows {
        /// Whose.
        doc: Doc,
        /// Index of the first row.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Lists keys with their generations, in key order.
    Index {
        /// Whose.
        doc: Doc,
        /// Index of the first key.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Shows everything about one change.
    Inspect {
        /// Whose.
        doc: Doc,
        /// Which change.
        revision: Revision,
    },
    /// Completes a line of the terminal.
    Complete {
        /// The line up to the cursor.
        line: String,
    },
    /// About sessions.
    Session(SessionRequest),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// Answer to `Hello`: which build answers.
    Hello {
        /// Build id of the engine.
        build: String,
    },
    /// A line has run.
    Ran {
        /// The line and what it printed.
        entry: Entry,
        /// What it did to the store.
        effect: Effect,
        /// The session after it.
        session: Box<Session>,
        /// The store after it.
        summary: Box<Summary>,
    },
    /// The session was taken back, forward or to its start.
    Restored {
        /// The lines that count now.
        entries: Vec<Entry>,
        /// The session.
        session: Box<Session>,
        /// The store.
        summary: Box<Summary>,
        /// All sessions and branches, and why this one is shown.
        shown: Box<Shown>,
    },
    /// How far opening a file has come.
    Progress {
        /// What is being done.
        phase: Phase,
        /// Bytes or rows done.
        done: u64,
        /// Of so many; 0 while unknown.
        total: u64,
    },
    /// A file is open.
    Opened {
        /// What is inside.
        summary: Box<Summary>,
    },
    /// The hash of the open snapshot has been computed; what is known of the file now.
    Checked {
        /// What is inside.
        summary: Box<Summary>,
    },
    /// A file could not be opened; what was open before still is.
    Refused(Failure),
    /// Opening was stopped; what was open before still is.
    Cancelled,
    /// The file was closed.
    Closed,
    /// A drawing.
    Scene {
        /// Whose.
        doc: Doc,
        /// The drawing.
        scene: Box<Scene>,
    },
    /// Rows of the `key` bucket.
    Rows {
        /// Whose.
        doc: Doc,
        /// Index of the first row.
        first: u64,
        /// How many rows there are in all.
        total: u64,
        /// The rows.
        rows: Vec<Row>,
    },
    /// Keys with their generations.
    Index {
        /// Whose.
        doc: Doc,
        /// Index of the first key.
        first: u64,
        /// How many keys there are in all.
        total: u64,
        /// The keys.
        keys: Vec<IndexKey>,
    },
    /// Everything about one change; none if there is no such change.
    Detail {
        /// Whose.
        doc: Doc,
        /// The change.
        detail: Option<Box<Detail>>,
    },
    /// How a line may go on.
    Completions {
        /// Whole words that may replace the last one, with what they mean.
        candidates: Vec<(String, String)>,
    },
    /// About sessions.
    Session(SessionAnswer),
}

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
}

/// What opening a file is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Finding metas and buckets.
    Reading,
    /// Going through the rows of the `key` bucket.
    Records,
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

/// What a file is, besides its records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// In plain words: "etcd 3.5 snapshot", "bbolt file".
    pub kind: String,
    /// How that is known.
    pub evidence: String,
    /// Length in bytes.
    pub size: u64,
    /// Bytes of a page.
    pub page_size: u32,
    /// Pages in use by the current transaction, free ones included.
    pub high_water_mark: u64,
    /// What is wrong, in words; at most [`FileFacts::PROBLEMS_SHOWN`].
    pub problems: Vec<String>,
    /// How many problems there are in all.
    pub problem_count: u64,
}

impl FileFacts {
    /// How many problems travel to the screen.
    pub const PROBLEMS_SHOWN: usize = 200;
}

/// Why a file was refused, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The file's name.
    pub name: String,
    /// What it looks like.
    pub what: String,
    /// Where it broke.
    pub place: String,
    /// What can still be seen or done.
    pub hint: String,
}

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
