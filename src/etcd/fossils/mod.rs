//! Fossils: rows of the `key` bucket that were compacted or deleted and still lie in the file.
//!
//! bbolt never writes over a page that somebody may still read: it writes a new one and frees the
//! old one. Nobody wipes a free page, so that old rows stay until their page is used again or the
//! file is defragmented; a snapshot carries them along.
//!
//! ```text
//! page 5, free    | header: page 5, leaf | 7_0 8_0 9_0t ... |    a whole old page of bucket key
//! page 6, free    | header: page 6, leaf | key -> inline page with 2_0 3_0 ... |   a small store
//! page 9, free    | ... 41_0 {key, value} ... |                  the rest of an older, longer page
//! page 3, in use  | header, elements | not covered by any element |                        slack
//! ```
//!
//! Start from [`FossilWalk`]: it maps the file, reads the keys of the live rows, then searches
//! every byte that nothing live covers. A row counts only if its bucket key is well formed, its
//! value decodes to the last byte, its mod revision is the main revision of its bucket key, and
//! its numbers can be true; a row that the store still has is no fossil. What is found is a
//! [`Fossils`], in revision order, one for each revision, values left in the file. It is a layer
//! of its own and is never mixed into the store.
//!
//! | [`Confidence`] | what was found |
//! | --- | --- |
//! | high | an element of a leaf page that is whole: it says its own number, no page of it was written over, its keys ascend, and all its elements are rows of bucket `key`; or the same of an inline bucket named `key` on such a page |
//! | medium | an element whose page is not so: damaged, written over in part, or of a later revision than the store has |
//! | low | no element names it: a bucket key with a value behind it, found by its looks |

mod collect;
mod live;
mod other;
mod pattern;
mod row;
mod stale;
mod walk;

use std::fmt;

use crate::bbolt::{Db, Pgid, Place};
use crate::bytes::{Piece, ReadError};
use crate::kv::codec::DecodeError;
use crate::kv::{BucketKey, RecordRef, Revision};

pub use collect::MAX_FOSSILS;
pub use walk::{FossilPhase, FossilWalk};

/// How sure it is that a fossil is what the store once had; the table of the module says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Confidence {
    /// A bucket key with a value behind it, which no element names.
    Low,
    /// An element of a page that is not whole.
    Medium,
    /// An element of a whole leaf page.
    High,
}

impl Confidence {
    /// All of them, the surest last.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Why the bytes of a fossil are not part of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FossilWhy {
    /// The freelist names the page.
    Listed,
    /// The file keeps no freelist, and no bucket leads to the page.
    NotReached,
    /// No bucket leads to the page, but the freelist does not name it.
    Leaked,
    /// The page lies behind the high-water mark.
    Room,
    /// Only the root of the other meta leads to the page: the store as of the transaction before.
    OtherMeta,
    /// The page is in use, but no element covers these bytes.
    Slack,
    /// A tree leads to the page, but it cannot be read as one of a tree.
    Broken,
}

impl FossilWhy {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Listed,
        Self::NotReached,
        Self::Leaked,
        Self::Room,
        Self::OtherMeta,
        Self::Slack,
        Self::Broken,
    ];
}

impl fmt::Display for FossilWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listed => "listed",
            Self::NotReached => "not reached",
            Self::Leaked => "leaked",
            Self::Room => "room",
            Self::OtherMeta => "other meta",
            Self::Slack => "slack",
            Self::Broken => "broken",
        })
    }
}

/// Something that kept the search from being whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FossilProblem {
    /// There are more fossils than are kept.
    #[error("more than {kept} fossils: {dropped} further finds were dropped")]
    TooMany {
        /// Fossils kept.
        kept: u64,
        /// Finds that were dropped, copies of each other included.
        dropped: u64,
    },
    /// Bytes could not be read; the search went on behind them.
    #[error("page {page}: {error}")]
    Read {
        /// The page.
        page: Pgid,
        /// Why not.
        error: ReadError,
    },
}

/// Why one fossil cannot be read again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FossilError {
    /// The source of the bytes failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not those that were found: the file was written meanwhile.
    #[error("the file has changed: {0}")]
    Decode(#[from] DecodeError),
}

/// Which element names a fossil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Spot {
    /// None: it was found by its looks.
    None,
    /// An element of the page.
    Element,
    /// An element of the bucket inline in an element.
    Inline,
}

/// One recovered row: where it lies and how sure it is. 56 bytes; the value stays in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fossil {
    revision: Revision,
    offset: u64,
    len: u32,
    copies: u32,
    page: u32,
    /// Further pages with a copy; 0, a meta page, for none.
    also: [u32; 3],
    element: u16,
    inner: u16,
    spot: Spot,
    tombstone: bool,
    why: FossilWhy,
    confidence: Confidence,
}

impl Fossil {
    /// Its key in bucket `key`.
    pub fn bucket_key(&self) -> BucketKey {
        BucketKey {
            revision: self.revision,
            tombstone: self.tombstone,
        }
    }

    /// The page of its best copy.
    pub fn page(&self) -> Pgid {
        Pgid(u64::from(self.page))
    }

    /// The place of its best copy: an element where one names it, else the page.
    pub fn place(&self) -> Place {
        match self.spot {
            Spot::None => Place::Page(self.page()),
            Spot::Element => Place::Element(self.page(), self.element),
            Spot::Inline => Place::InlineElement(self.page(), self.element, self.inner),
        }
    }

    /// Why its best copy is not part of the store.
    pub fn why(&self) -> FossilWhy {
        self.why
    }

    /// How sure it is.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Copies found, at least one.
    pub fn copies(&self) -> u32 {
        self.copies
    }

    /// Pages with a copy, the best one first, four at most.
    pub fn pages(&self) -> impl Iterator<Item = Pgid> + '_ {
        let also = self.also.iter().filter(|page| **page != 0);
        std::iter::once(&self.page)
            .chain(also)
            .map(|page| Pgid(u64::from(*page)))
    }

    /// Where its value, a `mvccpb.KeyValue`, starts in the file, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of its value, the whole `mvccpb.KeyValue`.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether its value has no bytes; none that was found is so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads it from the file.
    pub fn read(&self, db: &Db) -> Result<FossilRow, FossilError> {
        let value = db.bytes(self.offset, u64::from(self.len))?;
        let row = FossilRow {
            key: self.bucket_key(),
            value,
        };
        // So that whoever has a row has a record.
        row.decode()?;
        Ok(row)
    }
}

/// A fossil's bytes.
#[derive(Clone, Debug)]
pub struct FossilRow {
    key: BucketKey,
    value: Piece,
}

impl FossilRow {
    /// The row as a record, borrowed.
    pub fn decode(&self) -> Result<RecordRef<'_>, DecodeError> {
        RecordRef::decode(&self.key.encode(), &self.value)
    }
}

/// All fossils of a file, in revision order, one for each bucket key.
#[derive(Clone, Debug, Default)]
pub struct Fossils {
    found: collect::Found,
    order: Vec<u32>,
    problems: Vec<FossilProblem>,
}

impl Fossils {
    /// How many there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// One fossil by its place in revision order.
    pub fn get(&self, index: u32) -> Option<&Fossil> {
        self.found.get(*self.order.get(index as usize)?)
    }

    /// The fossil with a bucket key.
    pub fn find(&self, key: &BucketKey) -> Option<&Fossil> {
        let at = self.order.partition_point(|id| {
            let found = self.found.get(*id);
            found.is_some_and(|fossil| fossil.bucket_key() < *key)
        });
        let fossil = self.found.get(*self.order.get(at)?)?;
        (fossil.bucket_key() == *key).then_some(fossil)
    }

    /// All fossils.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Fossil> + '_ {
        self.order.iter().filter_map(|id| self.found.get(*id))
    }

    /// All fossils with their bytes, read one by one: what a history is made of.
    pub fn rows<'a>(
        &'a self,
        db: &'a Db,
    ) -> impl Iterator<Item = (&'a Fossil, Result<FossilRow, FossilError>)> + 'a {
        self.iter().map(|fossil| (fossil, fossil.read(db)))
    }

    /// What kept the search from being whole.
    pub fn problems(&self) -> &[FossilProblem] {
        &self.problems
    }
}

impl Db {
    /// All fossils: a whole [`FossilWalk`] at once.
    pub fn fossils(&self) -> Fossils {
        let mut walk = FossilWalk::new(self);
        while walk.step(self, u32::MAX) {}
        walk.into_fossils()
    }
}
