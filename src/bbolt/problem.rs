//! What can be wrong: a [`Problem`] costs one page or one element, an [`Error`] the whole file.

use std::fmt;

use super::{LooksLike, MetaError, PageKind, Pgid};
use crate::bytes::ReadError;

/// Damage that was found, and where. Reading goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {damage}")]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub damage: Damage,
}

/// A place in a file that a person can look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// Meta 0 or meta 1.
    Meta(u8),
    /// A page.
    Page(Pgid),
    /// An element of a page.
    Element(Pgid, u16),
    /// The bucket that lies inline in an element.
    Inline(Pgid, u16),
    /// An element of the bucket that lies inline in an element.
    InlineElement(Pgid, u16, u16),
}

impl Place {
    /// The same page's element.
    pub fn element(self, index: u16) -> Self {
        match self {
            Self::Page(page) => Self::Element(page, index),
            Self::Inline(page, bucket) => Self::InlineElement(page, bucket, index),
            other => other,
        }
    }

    /// Names what is wrong here.
    pub(super) fn problem(self, damage: Damage) -> Problem {
        Problem {
            place: self,
            damage,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Meta(index) => write!(f, "meta {index}"),
            Self::Page(page) => write!(f, "page {page}"),
            Self::Element(page, element) => write!(f, "page {page}: element {element}"),
            Self::Inline(page, bucket) => {
                write!(f, "page {page}: inline bucket in element {bucket}")
            }
            Self::InlineElement(page, bucket, element) => write!(
                f,
                "page {page}: inline bucket in element {bucket}: element {element}"
            ),
        }
    }
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file is shorter than the pages that its meta counts.
    #[error("cut short: {missing} of {pages} pages are missing")]
    CutShort {
        /// Pages that are not (wholly) in the file.
        missing: u64,
        /// Pages that the meta counts.
        pages: u64,
    },
    /// One meta is unusable; the other one is used.
    #[error("unusable, the other meta is used: {0}")]
    Meta(MetaError),
    /// Only the header is destroyed: the elements tell what the page is.
    #[error("salvaged: its bytes are those of a {kind} page with {count} elements")]
    Reread {
        /// What it is read as.
        kind: PageKind,
        /// Its elements.
        count: u16,
    },
    /// Neither meta can be used.
    #[error("unusable: {0}")]
    MetaLost(MetaError),
    /// A whole meta names another page size than the one at which the metas lie.
    #[error("names pages of {claimed} bytes, but the metas lie {used} bytes apart")]
    PageSize {
        /// The size that it names.
        claimed: u32,
        /// The size that is used.
        used: u32,
    },
    /// Neither meta can be used, or their root is lost; another root was found.
    #[error("the way to the buckets is lost; salvaged: page {root} is taken as the root")]
    SalvagedRoot {
        /// The page that is taken as the root.
        root: Pgid,
    },
    /// Leaf pages to which no way leads stand in for a lost part of a tree.
    #[error("salvaged: {pages} leaf pages with keys that fit here stand in, the first is {first}")]
    Salvaged {
        /// How many.
        pages: u64,
        /// The first of them.
        first: Pgid,
    },
    /// The source of the bytes failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A page number leads out of the file.
    #[error("leads to page {page}, but the file has only {pages} pages")]
    OutOfFile {
        /// The page wanted.
        page: Pgid,
        /// Pages in the file.
        pages: u64,
    },
    /// A page number leads to pages that were never allocated; what is there is read.
    #[error("leads to page {page}, behind the high-water mark {high_water_mark}")]
    NeverAllocated {
        /// The page wanted.
        page: Pgid,
        /// First page that was never allocated.
        high_water_mark: Pgid,
    },
    /// A page number of a tree leads to a meta page.
    #[error("leads to page {0}, a meta page")]
    MetaPage(Pgid),
    /// A page is reached for the second time: a loop, or two parents.
    #[error("leads to page {0}, which was reached before: a loop or a shared child")]
    ReachedTwice(Pgid),
    /// The tree is deeper than any real one.
    #[error("leads to page {0}, deeper than 64 levels")]
    TooDeep(Pgid),
    /// The page says that it is another page; it is read as it is.
    #[error("says that it is page {0}")]
    WrongId(Pgid),
    /// The flags name no kind of page.
    #[error("flags {0:#06x} are no kind of page")]
    Flags(u16),
    /// A page of one kind where another belongs.
    #[error("is a {found} page where a {wanted} page belongs")]
    Kind {
        /// What it is.
        found: PageKind,
        /// What belongs here.
        wanted: &'static str,
    },
    /// A page claims more continuation pages than there can be; only those there are read.
    #[error("claims {overflow} continuation pages, but {room} can follow it")]
    Overflow {
        /// The continuation pages claimed.
        overflow: u32,
        /// The continuation pages that can be its own.
        room: u64,
    },
    /// The file ends inside the page; what is there is read.
    #[error("cut short: {there} of {len} bytes are in the file")]
    PageCut {
        /// Bytes in the file.
        there: u64,
        /// Bytes of the page.
        len: u64,
    },
    /// The number of elements does not fit the page or its element table.
    #[error("claims {count} elements, but {used} are there")]
    Count {
        /// The number claimed.
        count: u16,
        /// The number that is used instead.
        used: u16,
    },
    /// A page without elements whose bytes still hold an element table; it is read as empty.
    #[error("claims to be empty, but its bytes look like {0} elements")]
    Emptied(u16),
    /// The first key of a page is outside the bounds that its parent gives; it is read as it is.
    #[error("leads to page {0}, whose first key is not between this element's and the next one's")]
    Bounds(Pgid),
    /// A key is not inside its page.
    #[error("key of {len} bytes at {start} runs past the page end at {end}")]
    KeyRange {
        /// Start of the key, counted from the start of the page.
        start: u64,
        /// Length of the key.
        len: u64,
        /// End of the page.
        end: u64,
    },
    /// A value is not inside its page.
    #[error("value of {len} bytes at {start} runs past the page end at {end}")]
    ValueRange {
        /// Start of the value, counted from the start of the page.
        start: u64,
        /// Length of the value.
        len: u64,
        /// End of the page.
        end: u64,
    },
    /// A key without bytes.
    #[error("its key is empty")]
    EmptyKey,
    /// A branch page without children.
    #[error("a branch page without children")]
    NoChildren,
    /// A bucket header or the page inside it is cut.
    #[error("the bucket in it has only {0} bytes")]
    ShortBucket(u64),
    /// The freelist names pages that are not there or cannot be free.
    #[error("freelist entries that name no page of the file: {count}, the first is {first}")]
    FreelistEntries {
        /// How many.
        count: u64,
        /// The first of them.
        first: Pgid,
    },
    /// The freelist names one of its own pages.
    #[error("the freelist names page {0} as free, which is its own")]
    FreelistItself(Pgid),
    /// The freelist claims more entries than its pages hold.
    #[error("the freelist claims {count} entries, but its pages hold {room}")]
    FreelistCount {
        /// Entries claimed.
        count: u64,
        /// Entries that fit.
        room: u64,
    },
}

/// Why nothing of a file can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// A bbolt file that ends before its second page.
    #[error(
        "the file is cut short: {size} bytes, but two pages of {page_size} bytes are the least"
    )]
    TooShort {
        /// Length of the file.
        size: u64,
        /// Bytes of a page.
        page_size: u32,
    },
    /// No meta page anywhere: not a bbolt file.
    #[error("not a bbolt file: {looks_like} ({size} bytes)")]
    NotBbolt {
        /// What it seems to be.
        looks_like: LooksLike,
        /// Length of the file.
        size: u64,
    },
    /// Metas are there, but neither can be used.
    #[error("both metas are unusable: meta 0: {first}; meta 1: {second}")]
    BothMetas {
        /// What is wrong with meta 0.
        first: MetaError,
        /// What is wrong with meta 1.
        second: MetaError,
    },
    /// The meta that was asked for cannot be used.
    #[error("meta {index} cannot be used: {error}")]
    ChosenMeta {
        /// Which one.
        index: u8,
        /// Why not.
        error: MetaError,
    },
    /// The page size that was asked for cannot be one.
    #[error("page size is {0}, expected a power of two from 512 to 16 MiB")]
    PageSize(u32),
    /// The source of the bytes failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}
