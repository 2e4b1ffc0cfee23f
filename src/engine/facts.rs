//! What an opened file is, besides its records; and why one was refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the engine is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Unpacking the archive that the file lies in.
    Unpack,
    /// Finding metas and buckets.
    Reading,
    /// Looking through all pages for what stands in for a lost root, branch page or leaf.
    Finding,
    /// Going through the rows of the `key` bucket.
    Records,
    /// Computing the sha256 of a snapshot.
    Hash,
    /// Finding out what every page is, and what is wrong with it.
    Pages,
    /// The same from the newer meta, where an older one was chosen.
    Newer,
    /// Searching what is not in use for compacted rows.
    Fossils,
    /// Putting the fossils in order by key.
    Order,
    /// Loading the index that was kept of the file.
    Kept,
    /// Comparing that index with the rows of the file.
    Recheck,
}

/// What a file is, besides its records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// In plain words: "etcd 3.5 snapshot", "bbolt file".
    pub kind: String,
    /// How that is known, in one line.
    pub evidence: String,
    /// Whether there is a bucket `key`, and so a history.
    pub is_etcd: bool,
    /// How sure the release is: "low", "fair" or "high"; empty where it is not told.
    pub certainty: String,
    /// Every trace of the release that wrote the file.
    pub clues: Vec<String>,
    /// What is known of the sha256 at the end.
    pub seal: Seal,
    /// What the file lay in, outermost first.
    pub layers: Vec<Layer>,
    /// Length in bytes, unpacked.
    pub size: u64,
    /// Bytes of a page.
    pub page_size: u32,
    /// Pages in use by the current transaction, free ones included.
    pub high_water_mark: u64,
    /// Both metas.
    pub metas: Vec<MetaFacts>,
    /// Which of them is used.
    pub active: u8,
    /// Why that one.
    pub why: String,
    /// Whether the way to the buckets was lost and another one was found.
    pub is_salvaged: bool,
    /// Whether the meta was chosen by hand: the store as of the transaction before.
    pub is_chosen: bool,
    /// What became of that meta's pages since; none before it is known.
    pub reuse: Option<Reuse>,
    /// What every page is used for, counted; none before it is known.
    pub pages: Option<PageCounts>,
    /// Fossils found; none before the search is over.
    pub fossils: Option<u64>,
    /// Objects of Kubernetes that live at the head; none where there are no keys of any.
    pub objects: Option<u64>,
    /// What the small buckets of etcd say: a name and a value.
    pub contents: Vec<(String, String)>,
    /// Whether work that follows opening is still to be done.
    pub is_busy: bool,
    /// Whether that work was stopped.
    pub is_stopped: bool,
    /// What is wrong; at most [`FileFacts::PROBLEMS_SHOWN`].
    pub problems: Vec<ProblemFacts>,
    /// How many problems there are in all.
    pub problem_count: u64,
}

impl FileFacts {
    /// How many problems travel to the screen.
    pub const PROBLEMS_SHOWN: usize = 200;
}

/// What is known of the sha256 at the end of a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seal {
    /// There is none.
    #[default]
    Absent,
    /// Being computed.
    Pending,
    /// It is right.
    Right,
    /// It is wrong, or could not be computed; the problem is on the list.
    Wrong,
    /// Its computation was stopped.
    Stopped,
}

/// One thing around a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its format: gzip, zip or tar.
    pub format: String,
    /// The member that was opened; empty for gzip.
    pub member: String,
    /// Other members, the first of them.
    pub others: Vec<String>,
}

/// One of the two metas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetaFacts {
    /// It can be used.
    Good {
        /// Its transaction.
        txid: u64,
        /// Its root page.
        root: u64,
        /// The first page of its freelist; none where that is not kept on disk.
        freelist: Option<u64>,
        /// First page that was never allocated.
        high_water_mark: u64,
    },
    /// It cannot.
    Bad(String),
}

/// What became of the pages of an older root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reuse {
    /// Pages that it leads to.
    pub pages: u64,
    /// Of these, pages that were used for something else since.
    pub reused: u64,
}

/// Pages by what they are used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCounts {
    /// Metas.
    pub meta: u64,
    /// The freelist.
    pub freelist: u64,
    /// Inner nodes.
    pub branch: u64,
    /// Leaves.
    pub leaf: u64,
    /// Continuation pages.
    pub overflow: u64,
    /// Pages that a tree leads to but that cannot be read.
    pub broken: u64,
    /// Free pages below the high-water mark.
    pub free: u64,
    /// Pages of no tree that the freelist does not name.
    pub leaked: u64,
    /// Room behind the high-water mark.
    pub room: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemFacts {
    /// Page and element, in words.
    pub place: String,
    /// The page to look at, if it is about one.
    pub page: Option<u64>,
    /// What is wrong.
    pub text: String,
    /// What it means for what can be read.
    pub meaning: String,
}

impl fmt::Display for ProblemFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
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
    /// Members of an archive of which one may be tried.
    pub members: Vec<String>,
}
