//! One page and its elements, every number checked against the bytes that are there.
//!
//! ```text
//! page      id 8 | flags 2 | count 2 | overflow 4 | element 0 | element 1 | ... | keys and values
//! leaf      flags 4 | pos 4 | ksize 4 | vsize 4      key = element + pos .. + ksize
//! branch    pos 4 | ksize 4 | child pgid 8           value follows its key
//! ```
//!
//! `pos` counts from the start of its own element. `overflow` pages without a header of their own
//! follow the first one. All as in `internal/common/page.go` of bbolt.

use std::fmt;
use std::ops::Range;

use super::problem::{Damage, Place, Problem};
use super::{Item, Pgid};
use crate::bytes::{ByteOrder, Cursor, Piece, Short};

pub(super) const HEADER_LEN: u64 = 16;
const ELEMENT_LEN: u64 = 16;
/// Leaf flag: the value is a bucket.
pub(super) const BUCKET_FLAG: u32 = 1;

/// The four kinds of page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Inner node of a tree.
    Branch,
    /// Leaf of a tree.
    Leaf,
    /// Pages 0 and 1.
    Meta,
    /// The list of free pages.
    Freelist,
}

impl fmt::Display for PageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Branch => "branch",
            Self::Leaf => "leaf",
            Self::Meta => "meta",
            Self::Freelist => "freelist",
        })
    }
}

/// The first 16 bytes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHeader {
    /// The page's own number; 0 in an inline bucket.
    pub id: Pgid,
    /// Kind of the page, as stored.
    pub flags: u16,
    /// Number of elements, as stored.
    pub count: u16,
    /// Continuation pages that follow, as stored.
    pub overflow: u32,
}

impl PageHeader {
    /// Reads the header from the first bytes of a page.
    pub fn read(page: &[u8], order: ByteOrder) -> Result<Self, Short> {
        let mut cursor = Cursor::new(page);
        Ok(Self {
            id: Pgid(cursor.u64("page.id", order)?),
            flags: cursor.u16("page.flags", order)?,
            count: cursor.u16("page.count", order)?,
            overflow: cursor.u32("page.overflow", order)?,
        })
    }

    /// What kind of page it is, if any.
    pub fn kind(&self) -> Option<PageKind> {
        match self.flags {
            0x01 => Some(PageKind::Branch),
            0x02 => Some(PageKind::Leaf),
            0x04 => Some(PageKind::Meta),
            0x10 => Some(PageKind::Freelist),
            _ => None,
        }
    }
}

/// What a branch and a leaf page have in common.
#[derive(Clone, Debug)]
pub(super) struct TreePage {
    pub(super) place: Place,
    pub(super) bytes: Piece,
    pub(super) count: u16,
    pub(super) order: ByteOrder,
}

impl TreePage {
    /// Takes a page whose kind is known; a wrong number of elements is put right where the
    /// element table itself tells it.
    pub(super) fn new(
        place: Place,
        header: &PageHeader,
        bytes: Piece,
        (leaf, order): (bool, ByteOrder),
        problems: &mut Vec<Problem>,
    ) -> Self {
        let count = usable_count(&bytes, header.count, leaf, order);
        if count != header.count {
            problems.push(place.problem(Damage::Count {
                count: header.count,
                used: count,
            }));
        }
        // A writer fills a page from zeros; but a repair tool may have emptied it on purpose.
        if let Some(looks_like) = table_len(&bytes, 0, leaf, order).filter(|_| count == 0) {
            problems.push(place.problem(Damage::Emptied(looks_like)));
        }
        Self {
            place,
            bytes,
            count,
            order,
        }
    }
}

/// How many elements a page has by its element table alone, where nothing else is known.
pub(super) fn count_by_table(page: &[u8], leaf: bool, order: ByteOrder) -> Option<u16> {
    table_len(page, 0, leaf, order)
}

/// How many elements a page really has: the header's word, unless the element table tells another
/// number or so many do not fit.
fn usable_count(page: &[u8], count: u16, leaf: bool, order: ByteOrder) -> u16 {
    match count {
        0 => 0,
        count => table_len(page, count, leaf, order).unwrap_or(count.min(fitting(page))),
    }
}

fn fitting(page: &[u8]) -> u16 {
    let fits = (page.len() as u64).saturating_sub(HEADER_LEN) / ELEMENT_LEN;
    u16::try_from(fits).unwrap_or(u16::MAX)
}

/// What the element table itself tells of its length, a second witness of the count.
///
/// A writer puts the first key right behind the table, and every further key behind the item
/// before it (`WriteInodeToPage` in `internal/common/inode.go`). Where the first two elements
/// agree on that, they are believed; a single element only where `count` cannot be right.
fn table_len(page: &[u8], count: u16, leaf: bool, order: ByteOrder) -> Option<u16> {
    let (pos, len) = pos_and_len(page, 0, leaf, order)?;
    let table = u16::try_from(pos / ELEMENT_LEN).ok()?;
    let whole = pos % ELEMENT_LEN == 0 && (1..=fitting(page)).contains(&table) && len > 0;
    let (second, _) = pos_and_len(page, 1, leaf, order).unwrap_or_default();
    let agree = match table {
        1 => count == 0 || count > fitting(page),
        _ => second + ELEMENT_LEN == pos + len,
    };
    (whole && agree).then_some(table)
}

/// Position of an element's key from the element's start, and length of all its bytes.
fn pos_and_len(page: &[u8], index: u16, leaf: bool, order: ByteOrder) -> Option<(u64, u64)> {
    let mut cursor = Cursor::at(page, element_start(index));
    if leaf {
        cursor.u32("leaf.flags", order).ok()?;
    }
    let pos = cursor.u32("pos", order).ok()?;
    let ksize = cursor.u32("ksize", order).ok()?;
    let vsize = if leaf {
        cursor.u32("vsize", order).ok()?
    } else {
        0
    };
    Some((u64::from(pos), u64::from(ksize) + u64::from(vsize)))
}

/// Bytes of the page that its elements need, at most `limit`: the size to read of a page whose
/// own word on its size cannot be taken.
pub(super) fn needed_len(
    first_page: &[u8],
    header: &PageHeader,
    limit: u64,
    order: ByteOrder,
) -> u64 {
    let leaf = header.kind() == Some(PageKind::Leaf);
    (0..usable_count(first_page, header.count, leaf, order))
        .filter_map(|index| {
            let (pos, len) = pos_and_len(first_page, index, leaf, order)?;
            Some(element_start(index) as u64 + pos + len)
        })
        .filter(|end| *end <= limit)
        .max()
        .unwrap_or(0)
}

fn element_start(index: u16) -> usize {
    (HEADER_LEN + ELEMENT_LEN * u64::from(index)) as usize
}

/// Checks that an element's bytes are inside its page; gives the ranges of key and value.
fn ranges(
    page: &TreePage,
    index: u16,
    pos: u32,
    ksize: u32,
    vsize: u32,
) -> Result<(Range<usize>, Range<usize>), Problem> {
    let place = page.place.element(index);
    // Sums of one small and three 32-bit numbers: no overflow in 64 bits.
    let start = element_start(index) as u64 + u64::from(pos);
    let value_start = start + u64::from(ksize);
    let end = value_start + u64::from(vsize);
    let page_end = page.bytes.len() as u64;
    if end > page_end {
        return Err(place.problem(if value_start > page_end {
            Damage::KeyRange {
                start,
                len: u64::from(ksize),
                end: page_end,
            }
        } else {
            Damage::ValueRange {
                start: value_start,
                len: u64::from(vsize),
                end: page_end,
            }
        }));
    }
    if ksize == 0 {
        return Err(place.problem(Damage::EmptyKey));
    }
    let (start, value_start, end) = (start as usize, value_start as usize, end as usize);
    Ok((start..value_start, value_start..end))
}

/// A leaf page: items in key order, each a key with a value or with a bucket.
#[derive(Clone, Debug)]
pub struct LeafPage {
    pub(super) page: TreePage,
    pub(super) salvaged: bool,
}

/// One item of a leaf page, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafElement<'a> {
    /// Its number on the page.
    pub index: u16,
    /// The key, never empty.
    pub key: &'a [u8],
    /// The value, or the header (and page) of a bucket.
    pub value: &'a [u8],
    /// Whether the value is a bucket.
    pub is_bucket: bool,
}

impl LeafPage {
    /// Where the page is: a page of its own, or inline in another one's element.
    pub fn place(&self) -> Place {
        self.page.place
    }

    /// Whether no way led here: the page was found by its header and stands in for a lost one.
    pub fn is_salvaged(&self) -> bool {
        self.salvaged
    }

    /// Number of items.
    pub fn count(&self) -> u16 {
        self.page.count
    }

    /// Bytes of the page with its continuation pages.
    pub fn len(&self) -> u64 {
        self.page.bytes.len() as u64
    }

    /// Whether the page has no items, as the root of an empty bucket.
    pub fn is_empty(&self) -> bool {
        self.page.count == 0
    }

    /// One item; a problem if its bytes are not inside the page.
    pub fn element(&self, index: u16) -> Result<LeafElement<'_>, Problem> {
        let (is_bucket, key, value) = self.ranges(index)?;
        Ok(LeafElement {
            index,
            key: self.page.bytes.get(key).unwrap_or_default(),
            value: self.page.bytes.get(value).unwrap_or_default(),
            is_bucket,
        })
    }

    /// All items in order.
    pub fn elements(
        &self,
    ) -> impl DoubleEndedIterator<Item = Result<LeafElement<'_>, Problem>> + '_ {
        (0..self.page.count).map(|index| self.element(index))
    }

    /// One item that outlives this page, sharing its memory.
    pub fn item(&self, index: u16) -> Result<Item, Problem> {
        let (is_bucket, key, value) = self.ranges(index)?;
        let piece = |range| self.page.bytes.slice(range).unwrap_or(Vec::new().into());
        Ok(Item {
            place: self.page.place.element(index),
            key: piece(key),
            value: piece(value),
            is_bucket,
            order: self.page.order,
        })
    }

    /// The key of an item whose value may be broken; an empty key is given as it is.
    pub(super) fn key_piece(&self, index: u16) -> Result<Piece, Problem> {
        let range = self.key_range(index);
        self.page.key_piece(range)
    }

    /// Where the key of an item is whose value may be broken.
    pub(super) fn key_range(&self, index: u16) -> Result<Range<usize>, Problem> {
        let order = self.page.order;
        let mut cursor = Cursor::at(&self.page.bytes, element_start(index).saturating_add(4));
        let read = cursor
            .u32("leaf.pos", order)
            .and_then(|pos| Ok((pos, cursor.u32("leaf.ksize", order)?)));
        let (pos, ksize) = read.map_err(|_| self.page.no_such(index))?;
        Ok(ranges(&self.page, index, pos, ksize, 0)?.0)
    }

    #[inline]
    fn ranges(&self, index: u16) -> Result<(bool, Range<usize>, Range<usize>), Problem> {
        let order = self.page.order;
        let read = || {
            let mut cursor = Cursor::at(&self.page.bytes, element_start(index));
            Ok::<_, Short>((
                cursor.u32("leaf.flags", order)?,
                cursor.u32("leaf.pos", order)?,
                cursor.u32("leaf.ksize", order)?,
                cursor.u32("leaf.vsize", order)?,
            ))
        };
        let (flags, pos, ksize, vsize) = read().map_err(|_| self.page.no_such(index))?;
        let (key, value) = ranges(&self.page, index, pos, ksize, vsize)?;
        Ok((flags & BUCKET_FLAG != 0, key, value))
    }
}

/// A branch page: lower bounds of keys, each with the page that holds them.
#[derive(Clone, Debug)]
pub struct BranchPage {
    pub(super) page: TreePage,
}

impl BranchPage {
    /// Where the page is.
    pub fn place(&self) -> Place {
        self.page.place
    }

    /// Number of children.
    pub fn count(&self) -> u16 {
        self.page.count
    }

    /// Page number of a child.
    pub fn child(&self, index: u16) -> Result<Pgid, Problem> {
        let start = element_start(index);
        Cursor::at(&self.page.bytes, start.saturating_add(8))
            .u64("branch.pgid", self.page.order)
            .map(Pgid)
            .map_err(|_| self.page.no_such(index))
    }

    /// Lower bound of the keys under a child.
    pub fn key(&self, index: u16) -> Result<&[u8], Problem> {
        let key = self.key_range(index)?;
        Ok(self.page.bytes.get(key).unwrap_or_default())
    }

    /// Whether `key` may be the first one under a child, as far as this page tells.
    pub(super) fn has_room_for(&self, index: u16, key: &[u8]) -> bool {
        // A broken bound is a problem of its own and bounds nothing.
        let next = index.saturating_add(1);
        let not_below = self.key(index).map_or(true, |own| own <= key);
        not_below && (next >= self.count() || self.key(next).map_or(true, |next| key < next))
    }

    /// The bound as [`Self::key`] gives it, but an empty one as it is.
    pub(super) fn key_piece(&self, index: u16) -> Result<Piece, Problem> {
        let range = self.key_range(index);
        self.page.key_piece(range)
    }

    /// The child whose bound is exactly this key.
    pub(super) fn find(&self, key: &[u8]) -> Option<Pgid> {
        let at = (0..self.count()).find(|at| self.key(*at).is_ok_and(|found| found == key))?;
        self.child(at).ok()
    }

    /// How many elements two pages have in common.
    pub(super) fn alike(&self, other: &Self) -> u64 {
        let (mut left, mut right, mut alike) = (0, 0, 0);
        while let (Ok(a), Ok(b)) = (self.key(left), other.key(right)) {
            if left >= self.count() || right >= other.count() {
                break;
            }
            let order = a.cmp(b);
            if order.is_eq() && self.child(left).ok() == other.child(right).ok() {
                alike += 1;
            }
            left += u16::from(order.is_le());
            right += u16::from(order.is_ge());
        }
        alike
    }

    /// The bound that the keys under a child stay below, if this page has one.
    pub(super) fn bound_after(&self, index: u16) -> Option<&[u8]> {
        let next = index.checked_add(1).filter(|next| *next < self.count())?;
        self.key(next).ok()
    }

    pub(super) fn first_key(&self) -> Option<Piece> {
        self.page.bytes.slice(self.key_range(0).ok()?)
    }

    fn key_range(&self, index: u16) -> Result<Range<usize>, Problem> {
        let order = self.page.order;
        let mut cursor = Cursor::at(&self.page.bytes, element_start(index));
        let read = cursor
            .u32("branch.pos", order)
            .and_then(|pos| Ok((pos, cursor.u32("branch.ksize", order)?)));
        let (pos, ksize) = read.map_err(|_| self.page.no_such(index))?;
        Ok(ranges(&self.page, index, pos, ksize, 0)?.0)
    }
}

impl TreePage {
    fn key_piece(&self, range: Result<Range<usize>, Problem>) -> Result<Piece, Problem> {
        match range {
            Ok(key) => Ok(self.bytes.slice(key).unwrap_or(Vec::new().into())),
            Err(problem) if problem.damage == Damage::EmptyKey => Ok(Vec::new().into()),
            Err(problem) => Err(problem),
        }
    }

    fn no_such(&self, index: u16) -> Problem {
        self.place.problem(Damage::Count {
            count: index.saturating_add(1),
            used: self.count,
        })
    }
}
