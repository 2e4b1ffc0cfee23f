//! Pages of a file: what tells them apart, their bytes and what these mean.

use serde::{Deserialize, Serialize};

/// What the colours of the map tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TintBy {
    /// What a page is.
    #[default]
    Kind,
    /// Which bucket it belongs to.
    Owner,
    /// Its newest revision.
    Age,
    /// How full it is.
    Fill,
}

/// What tells pages of the map apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tints {
    /// By what.
    pub by: TintBy,
    /// The first page.
    pub first: u64,
    /// Page by page; none for pages of which it cannot be told.
    pub cells: Vec<Option<Tint>>,
    /// What the steps mean.
    pub legend: Vec<(u8, String)>,
}

/// The colour of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tint {
    /// A step of the scale, or a bucket's number in the legend.
    pub step: u8,
    /// The same in words.
    pub text: String,
}

/// Bytes of a page, and what they mean. Places count from the first byte of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BytesView {
    /// The page.
    pub page: u64,
    /// The element that is looked into.
    pub element: Option<u16>,
    /// Its number and its key; empty for the whole page.
    pub title: String,
    /// Where the page begins in the file.
    pub offset: u64,
    /// Runs of bytes: where one begins, and the bytes, stars where a Secret's are.
    pub segments: Vec<(u64, Vec<u8>)>,
    /// What they mean, each part before its own.
    pub parts: Vec<BytesPart>,
    /// The object's document, as kubectl prints it.
    pub lines: Vec<YamlLine>,
    /// Parts that are left out because there are too many.
    pub left_out: u64,
    /// What is not shown; empty where all is.
    pub note: String,
}

/// Some bytes and what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BytesPart {
    /// Its first byte.
    pub start: u64,
    /// Behind the last one.
    pub end: u64,
    /// Levels below the top.
    pub depth: u8,
    /// What it is called.
    pub name: String,
    /// What it says.
    pub text: String,
    /// Its line in the document.
    pub line: Option<u32>,
}

/// A line of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YamlLine {
    /// The line.
    pub text: String,
    /// The part that it comes from.
    pub part: Option<u32>,
}
