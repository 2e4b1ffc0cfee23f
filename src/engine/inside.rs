//! Buckets, items, pages and fossils of a file, ready to be shown.

use serde::{Deserialize, Serialize};

use crate::kv::Revision;

/// A bucket in the tree of buckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Names from the top down to it.
    pub path: Vec<Vec<u8>>,
    /// Its own name as text.
    pub name: String,
    /// Its root page; none for a bucket inline in its parent's page.
    pub root: Option<u64>,
    /// Its sequence number.
    pub sequence: u64,
    /// Its items, as far as they are counted.
    pub items: Option<u64>,
    /// Its pages, as far as they are counted.
    pub pages: Option<u64>,
}

/// An item of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its key.
    pub key: Vec<u8>,
    /// The beginning of its key as text.
    pub name: String,
    /// The beginning of its value as text; what a bucket holds is not shown.
    pub value: String,
    /// Length of its value.
    pub value_len: u64,
    /// Whether it is a bucket.
    pub is_bucket: bool,
    /// The page that it lies on.
    pub page: Option<u64>,
    /// Why it cannot be read; then there is nothing else.
    pub problem: Option<String>,
}

/// An item with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDetail {
    /// Its key.
    pub key: Vec<u8>,
    /// Its key as text.
    pub name: String,
    /// Page and element, in words.
    pub place: String,
    /// The value, at most [`super::Detail::VALUE_SHOWN`] bytes of it.
    pub value: Vec<u8>,
    /// Length of the whole value.
    pub value_len: u64,
    /// Why there is no value.
    pub unreadable: Option<String>,
}

/// What a page is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapCell {
    /// One of the two metas.
    Meta,
    /// The freelist.
    Freelist,
    /// Inner node of a bucket's tree.
    Branch,
    /// Leaf of a bucket's tree.
    Leaf,
    /// Continuation of the page before.
    Overflow,
    /// A tree leads to it, but it cannot be read.
    Broken,
    /// Free.
    Free,
    /// In no tree, and the freelist does not name it.
    Leaked,
    /// Never allocated.
    Room,
}

/// Everything about a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageDetail {
    /// Its number.
    pub page: u64,
    /// What it is used for; none before the map is made.
    pub cell: Option<MapCell>,
    /// Where it is in the file, in bytes.
    pub offset: u64,
    /// What it is, who owns it, or why it is free: names and values.
    pub facts: Vec<(String, String)>,
    /// Its elements, or what can be made out of them; at most [`PageDetail::SHOWN`].
    pub elements: Vec<PageElement>,
    /// How many elements it has in all.
    pub count: u64,
    /// What is wrong with it.
    pub problems: Vec<String>,
    /// Pages on the way to it from the root of its bucket, and the name of the bucket.
    pub path: (String, Vec<u64>),
}

impl PageDetail {
    /// How many elements travel to the screen.
    pub const SHOWN: usize = 2000;
}

/// An element of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageElement {
    /// Its key as text, or what is wrong with it.
    pub key: String,
    /// Its value as text; the child of a branch's element.
    pub value: String,
    /// The page that it leads to.
    pub leads_to: Option<u64>,
}

/// A row that was compacted or deleted and still lies in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FossilRow {
    /// Its revision.
    pub revision: Revision,
    /// Whether it is a tombstone.
    pub is_tombstone: bool,
    /// Its key as text.
    pub key: String,
    /// The beginning of its value as text.
    pub value: String,
    /// The page of its best copy.
    pub page: u64,
    /// Page and element, in words.
    pub place: String,
    /// Why those bytes are not part of the store, in words.
    pub why: String,
    /// How sure it is: "low", "medium" or "high".
    pub confidence: String,
    /// Copies found.
    pub copies: u32,
}
