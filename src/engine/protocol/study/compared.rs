//! What is answered about files beside the opened one.

use serde::{Deserialize, Serialize};

use crate::engine::shown::DiffLine;

/// Files that are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedView {
    /// The files: the opened one first.
    pub files: Vec<ComparedFile>,
    /// What was found, sentence by sentence.
    pub words: Vec<String>,
    /// How far it is: done, of so many; none once it is over.
    pub along: Option<(u64, u64)>,
    /// Why the last file could not be read; empty where it could.
    pub refused: String,
}

impl ComparedView {
    /// Files that may be compared.
    pub const FILES: usize = 3;
}

/// How the values of a key differ between two files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlikeView {
    /// Which of the differences.
    pub number: u32,
    /// The key.
    pub key: String,
    /// What there is to say besides the lines; empty where there is nothing.
    pub words: String,
    /// What was and what is, at most [`UnlikeView::LINES`]; values of Secrets are masked.
    pub lines: Vec<DiffLine>,
    /// How many lines more there are.
    pub more: u64,
}

impl UnlikeView {
    /// Lines that are shown.
    pub const LINES: usize = 2000;
}

/// A file that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedFile {
    /// Its name.
    pub name: String,
    /// Its current revision.
    pub head: i64,
    /// Where it was compacted; −1 for never.
    pub compact_revision: i64,
    /// Keys that live.
    pub live_keys: u64,
    /// Rows.
    pub rows: u64,
    /// Length in bytes.
    pub size: u64,
}
