//! What is asked and answered about the contents of an opened file: what fills it, tables, search.
//!
//! Everything travels as text that is ready to be shown; values of Secrets are masked in it.

mod compared;
mod kept;
mod pages;

use serde::{Deserialize, Serialize};

use crate::kv::Revision;

pub use compared::{ComparedFile, ComparedView, UnlikeView};
pub use kept::{KeptEntry, KeptUse, KeptView};
pub use pages::{BytesPart, BytesView, Tint, TintBy, Tints, YamlLine};

/// A question or an order about the opened file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StudyRequest {
    /// What fills it.
    Sums,
    /// Part of a table; a later one with the same [`TableAsk`] goes on with what was found.
    Table {
        /// Which.
        ask: TableAsk,
        /// Index of the first row.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Marks in the picture what the table of revisions or keys has found, or marks nothing.
    Mark(bool),
    /// How a filter may go on.
    Complete {
        /// The filter.
        filter: String,
        /// Bytes of it before the cursor.
        cursor: u32,
    },
    /// Keys below a prefix, level by level.
    Branch {
        /// The prefix.
        prefix: Vec<u8>,
        /// How many at most.
        count: u32,
    },
    /// What a compaction at a revision, and a defrag, would give back.
    Trial {
        /// The revision.
        at: i64,
    },
    /// Reads the file whose source was attached, to compare this one with it.
    Beside {
        /// Its name.
        name: String,
    },
    /// Puts all files away that are compared with this one.
    Alone,
    /// Tells how the values of a key differ.
    Unlike {
        /// Which of the differences: [`TableRow::number`].
        number: u32,
    },
    /// Groups what was deleted and can still be read, and counts secrets and tokens.
    Lost {
        /// Whether keys of secrets and tokens are named, never their values.
        names: bool,
    },
    /// Writes what a revision held, a fossil's too, in a form that brings it back.
    Restore {
        /// The revision.
        revision: Revision,
        /// In which form.
        form: RestoreForm,
        /// With the values of Secrets.
        secrets: bool,
    },
    /// Writes rows as text that leaves the page.
    Leave {
        /// Which: a filter; empty for all.
        filter: String,
        /// As what.
        form: LeaveForm,
        /// With the values of Secrets.
        secrets: bool,
    },
    /// Which indexes are kept.
    Kept,
    /// Keeps the index of this file.
    Keep,
    /// Throws a kept index away; without a name, all of them.
    Forget(Option<String>),
    /// What tells pages of the map apart.
    Tints {
        /// By what.
        by: TintBy,
        /// The first page.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// The bytes of a page, and what they mean.
    Bytes {
        /// The page.
        page: u64,
        /// One of its elements, down to what its value means.
        element: Option<u16>,
    },
    /// Leaves what is being done undone.
    Stop,
}

/// As what a lost row comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RestoreForm {
    /// A manifest for `kubectl apply`.
    #[default]
    Yaml,
    /// The same as JSON.
    Json,
    /// An `etcdctl put` command.
    Etcdctl,
}

/// As what rows leave the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaveForm {
    /// JSON Lines, as `revscope records` prints them.
    #[default]
    JsonLines,
    /// Comma-separated values.
    Csv,
    /// YAML.
    Yaml,
    /// The text of `etcd-dump-db iterate-bucket --decode`.
    Dump,
    /// A script of etcdctl commands that makes the same history.
    Etcdctl,
    /// What is known of the file, as one HTML file.
    Report,
    /// Lines of a session in the sandbox.
    Session,
}

/// A table of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Table {
    /// Rows of the bucket `key`.
    #[default]
    Revisions,
    /// Keys that were ever seen.
    Keys,
    /// Leases.
    Leases,
    /// Users.
    Users,
    /// Roles and what they permit.
    Roles,
    /// Members.
    Members,
    /// What etcd keeps about itself.
    Meta,
    /// Keys that differ between two files.
    Differences,
    /// Revisions whose rows differ between members: a hash of each one's row.
    Splits,
    /// Bytes by prefix in two files.
    Growth,
    /// Hashes of the members of one cluster.
    Hashes,
    /// What was deleted and can still be read, by kind.
    Lost,
    /// The same by key.
    LostKeys,
    /// Secrets and tokens that the file carries.
    Privacy,
}

/// Which rows of which table, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableAsk {
    /// Which table.
    pub table: Table,
    /// Of revisions and keys: a filter as [`crate::find`] reads it; of others: words that a row
    /// must hold.
    pub filter: String,
    /// By which column, and whether the other way round; none: as they come.
    pub sort: Option<(u8, bool)>,
}

/// An answer about the opened file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StudyAnswer {
    /// What fills it.
    Sums(Box<FileSums>),
    /// Part of a table.
    Table(Box<TablePart>),
    /// The filter cannot be understood.
    Wrong(Wrong),
    /// How far the work has come.
    Along {
        /// Keys, rows or bytes done.
        done: u64,
        /// Of so many.
        total: u64,
        /// Rows found so far.
        found: u64,
    },
    /// How a filter may go on.
    Completions {
        /// First byte that a completion replaces.
        start: u32,
        /// Behind the last one.
        end: u32,
        /// What may stand there, and what it means.
        all: Vec<(String, String)>,
    },
    /// Keys below a prefix.
    Branch {
        /// The prefix.
        prefix: Vec<u8>,
        /// What is below it, in the order of the keys.
        twigs: Vec<Twig>,
        /// How many more there are.
        more: u64,
    },
    /// What a compaction and a defrag would give back.
    Trial(Box<TrialView>),
    /// The files that are compared, and what comparing them has found.
    Compared(Box<ComparedView>),
    /// How the values of a key differ; none where there is no such difference.
    Unlike(Option<Box<UnlikeView>>),
    /// What was found of what was deleted, in words.
    Lost(Box<LostView>),
    /// Text that leaves the page.
    Left(Box<Left>),
    /// Which indexes are kept.
    Kept(Box<KeptView>),
    /// What tells pages of the map apart.
    Tints(Box<Tints>),
    /// The bytes of a page; none where there is no such page or element.
    Bytes(Option<Box<BytesView>>),
    /// The work was left undone.
    Stopped,
}

/// What a compaction and a defrag would give back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialView {
    /// The revision of the compaction.
    pub at: i64,
    /// The lowest revision that etcd would take.
    pub lowest: i64,
    /// The highest one.
    pub highest: i64,
    /// Why etcd would refuse, in its words; empty where it would not.
    pub refused: String,
    /// Rows that would go.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Keys of which nothing would be left.
    pub keys: u64,
    /// Rows that would stay.
    pub kept_rows: u64,
    /// The prefixes that would lose most: name, rows, bytes.
    pub prefixes: Vec<(String, u64, u64)>,
    /// What would no longer work.
    pub breaks: Vec<String>,
    /// Sizes of the file; none before they are computed.
    pub sizes: Option<TrialSizes>,
    /// How far computing them is: done, of so many.
    pub along: Option<(u64, u64)>,
    /// Why they cannot be computed; empty where they can.
    pub note: String,
}

/// Sizes of a file in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialSizes {
    /// As it is.
    pub now: u64,
    /// After a defrag alone.
    pub defragged: u64,
    /// After the compaction and a defrag.
    pub compacted: u64,
    /// Pages that the compaction alone would free inside of the file, as bytes.
    pub freed: u64,
}

/// What was deleted and can still be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostView {
    /// What was found, sentence by sentence.
    pub words: Vec<String>,
    /// Whether names were asked for.
    pub names: bool,
    /// How far it is: done, of so many; none once it is over.
    pub along: Option<(u64, u64)>,
}

/// Text that leaves the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Name for the file.
    pub name: String,
    /// The text.
    pub text: String,
    /// What it holds and what was left out.
    pub note: String,
    /// Whether it is to be shown, not saved.
    pub is_shown: bool,
    /// Whether it is a session to be opened.
    pub is_session: bool,
}

/// What fills a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSums {
    /// Everything together.
    pub total: FillSum,
    /// The prefixes with the most bytes.
    pub prefixes: Vec<PrefixSum>,
    /// How many prefixes there are.
    pub prefix_count: u64,
    /// First revision of each equal part of the revisions, its rows and their bytes.
    pub growth: Vec<(i64, u64, u64)>,
    /// When the oldest and the newest retained revision were written, where objects tell it.
    pub times: Option<(String, String)>,
    /// Alarms that are raised.
    pub alarms: Vec<String>,
    /// Leases in the file; none before its small buckets are read.
    pub leases: Option<u64>,
    /// Members, by name and id.
    pub members: Vec<String>,
}

impl FileSums {
    /// Prefixes that travel to the screen.
    pub const PREFIXES: usize = 40;
}

/// Sums over rows of the bucket `key`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillSum {
    /// Keys that were ever seen.
    pub keys: u64,
    /// Keys that live.
    pub live_keys: u64,
    /// Rows.
    pub rows: u64,
    /// Rows that mark a deletion.
    pub tombstones: u64,
    /// Bytes of all rows.
    pub bytes: u64,
    /// Bytes of the latest rows of living keys.
    pub live_bytes: u64,
    /// First revision; 0 where there is none.
    pub first: i64,
    /// Last revision.
    pub last: i64,
}

/// A prefix with its sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixSum {
    /// As text; empty for keys without one.
    pub name: String,
    /// As it stands in a filter.
    pub filter: String,
    /// Kind of the Kubernetes objects below it; empty where there are none.
    pub kind: String,
    /// The sums.
    pub sum: FillSum,
}

/// Part of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    /// What was asked for.
    pub ask: TableAsk,
    /// The columns.
    pub columns: Vec<Column>,
    /// Index of the first row.
    pub first: u64,
    /// How many rows there are.
    pub total: u64,
    /// Of how many without the filter.
    pub of: u64,
    /// The rows.
    pub rows: Vec<TableRow>,
    /// What was found, in words: keys, bytes.
    pub note: String,
    /// Whether the search still goes on.
    pub is_partial: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// A text for each column.
    pub cells: Vec<String>,
    /// The change that it is or that it leads to.
    pub revision: Option<Revision>,
    /// A filter that leads to its rows; empty where there is none.
    pub filter: String,
    /// Which of the differences between two files it is, from 0 on.
    pub number: Option<u32>,
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// First byte of what is wrong.
    pub start: u32,
    /// Behind the last one.
    pub end: u32,
    /// What is wrong.
    pub what: String,
    /// What may have been meant.
    pub hint: String,
}

/// A key or a prefix in the tree of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twig {
    /// Its whole bytes.
    pub path: Vec<u8>,
    /// What it adds to the prefix above, as text.
    pub name: String,
    /// Whether keys are below it.
    pub is_prefix: bool,
    /// Keys below it, or 1.
    pub keys: u64,
    /// Of these, keys that live.
    pub live_keys: u64,
    /// Rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The last change of a key.
    pub last: Option<Revision>,
    /// As it stands in a filter.
    pub filter: String,
}
