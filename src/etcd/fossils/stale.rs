//! The elements of a page that nobody vouches for, and the bytes that the elements cover.

use super::row::{End, Limits, bucket_key, value_len};
use super::{Confidence, Spot};
use crate::bbolt::{Db, PageHeader, PageKind};
use crate::bytes::{Cursor, Piece};
use crate::kv::BucketKey;

const HEADER: u64 = 16;
const ELEMENT: u64 = 16;
/// Bytes of a bucket's header, before its inline page.
const BUCKET: u64 = 16;
const BUCKET_FLAG: u32 = 1;
/// Bytes of keys that are compared to see whether they ascend.
const COMPARED: u64 = 64;

/// Pages that belong together: a page with its continuation pages, or a rest without a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// Number of its first page.
    pub(super) page: u64,
    /// Pages of it.
    pub(super) pages: u64,
    /// Where it starts in the file.
    pub(super) start: u64,
    /// Where it ends in the file.
    pub(super) end: u64,
    /// The header, if it is the page's own.
    pub(super) header: Option<PageHeader>,
    /// Whether bytes behind the end may have been lost.
    pub(super) cut: bool,
}

/// A row that an element names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Find {
    pub(super) key: BucketKey,
    pub(super) value_at: u64,
    pub(super) len: u32,
    pub(super) spot: Spot,
    pub(super) element: u16,
    pub(super) inner: u16,
    pub(super) confidence: Confidence,
}

/// A range of bytes of the file.
pub(super) type Cover = (u64, u64);

/// One element of a leaf page, its bytes inside the page.
#[derive(Clone, Copy, Debug)]
struct Element {
    is_bucket: bool,
    key_at: u64,
    value_at: u64,
    end: u64,
}

/// Reads a unit as a leaf page: the rows that its elements name, and the bytes that they cover.
pub(super) fn leaf(db: &Db, limits: &Limits, unit: &Unit) -> (Vec<Find>, Vec<Cover>) {
    let mut finds = Vec::new();
    let room = fitting(unit.start, unit.end);
    let own = match unit.header {
        Some(header) if header.kind() != Some(PageKind::Leaf) => return (finds, Vec::new()),
        Some(header) => (1..=room).contains(&header.count).then_some(header.count),
        None => None,
    };
    let Some(count) = own.or_else(|| guess(db, unit.start, unit.end)) else {
        return (finds, Vec::new());
    };
    let table = Table::read(db, unit.start, unit.end, count);
    let whole = own.is_some() && !unit.cut && table.whole;
    let rows = table.rows(db, limits);
    for (index, key, element, len) in rows.found {
        finds.push(Find {
            key,
            value_at: element.value_at,
            len,
            spot: Spot::Element,
            element: index,
            inner: 0,
            confidence: sure(whole && rows.only, limits, &key),
        });
    }
    for (index, element) in table.buckets() {
        let Some((inner, good)) = inline(db, element) else {
            continue;
        };
        let name = db.bytes(element.key_at, element.value_at - element.key_at);
        let named = name.is_ok_and(|name| *name == *b"key");
        let rows = inner.rows(db, limits);
        for (place, key, row, len) in rows.found {
            finds.push(Find {
                key,
                value_at: row.value_at,
                len,
                spot: Spot::Inline,
                element: *index,
                inner: place,
                confidence: sure(whole && good && named && rows.only, limits, &key),
            });
        }
    }
    let covers = finds
        .iter()
        .map(|find| {
            let key = if find.key.tombstone { 18 } else { 17 };
            (find.value_at - key, find.value_at + u64::from(find.len))
        })
        .collect();
    (finds, merged(covers))
}

/// The bytes of a page in use that its header and elements cover.
pub(super) fn used(db: &Db, unit: &Unit, count: u16, kind: PageKind) -> Vec<Cover> {
    let count = count.min(fitting(unit.start, unit.end));
    let table_end = unit.start + HEADER + ELEMENT * u64::from(count);
    let mut covers = vec![(unit.start, table_end)];
    if kind == PageKind::Branch {
        for (start, key, _) in branch(db, unit.start, unit.end, count) {
            covers.push((start, start.saturating_add(key)));
        }
        return merged(covers);
    }
    let table = Table::read(db, unit.start, unit.end, count);
    for (_, element) in &table.elements {
        if !element.is_bucket {
            covers.push((element.key_at, element.end));
        }
    }
    for (_, element) in table.buckets() {
        let Some((inner, _)) = inline(db, element) else {
            covers.push((element.key_at, element.end));
            continue;
        };
        let rows = element.value_at + BUCKET + HEADER;
        covers.push((element.key_at, rows + ELEMENT * u64::from(inner.count)));
        let inner = inner.elements.iter();
        covers.extend(inner.map(|(_, row)| (row.key_at, row.end)));
    }
    merged(covers)
}

/// Pages that a page without a parent leads to: children of a branch, roots of buckets of a leaf.
pub(super) fn leads_to(db: &Db, unit: &Unit) -> Vec<u64> {
    let Some(header) = unit.header else {
        return Vec::new();
    };
    let count = header.count.min(fitting(unit.start, unit.end));
    match header.kind() {
        Some(PageKind::Branch) => branch(db, unit.start, unit.end, count)
            .map(|(_, _, child)| child)
            .collect(),
        Some(PageKind::Leaf) => {
            let table = Table::read(db, unit.start, unit.end, count);
            let root = |(_, element): &(u16, Element)| {
                let bytes = db.bytes(element.value_at, 8).ok()?;
                Cursor::new(&bytes).u64("bucket.root", db.byte_order()).ok()
            };
            table
                .buckets()
                .filter_map(root)
                .filter(|root| *root != 0)
                .collect()
        }
        _ => Vec::new(),
    }
}

fn sure(whole: bool, limits: &Limits, key: &BucketKey) -> Confidence {
    if whole && limits.reached(key) {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// Sorts ranges and joins those that overlap.
fn merged(mut covers: Vec<Cover>) -> Vec<Cover> {
    covers.sort_unstable();
    let mut out: Vec<Cover> = Vec::with_capacity(covers.len());
    for (start, end) in covers {
        match out.last_mut().filter(|last| last.1 >= start) {
            Some(last) => last.1 = last.1.max(end),
            None => out.push((start, end)),
        }
    }
    out
}

/// Elements that fit between two positions.
fn fitting(start: u64, end: u64) -> u16 {
    let fits = end.saturating_sub(start).saturating_sub(HEADER) / ELEMENT;
    u16::try_from(fits).unwrap_or(u16::MAX)
}

/// The number of elements as the element table tells it: the first key stands right behind the
/// table, the second right behind the first item. Where they agree on that they are believed.
fn guess(db: &Db, start: u64, end: u64) -> Option<u16> {
    let bytes = db.bytes(start.checked_add(HEADER)?, 2 * ELEMENT).ok()?;
    let mut cursor = Cursor::new(&bytes);
    let mut number = || cursor.u32("leaf", db.byte_order()).ok().map(u64::from);
    let (_, pos, key, value) = (number()?, number()?, number()?, number()?);
    let (_, second) = (number()?, number()?);
    let count = u16::try_from(pos / ELEMENT).ok()?;
    let right = pos % ELEMENT == 0 && (1..=fitting(start, end)).contains(&count) && key > 0;
    // A single element has nobody to agree with; what it names has to be a row all the same.
    (right && (count == 1 || second + ELEMENT == pos + key + value)).then_some(count)
}

fn branch(db: &Db, start: u64, end: u64, count: u16) -> impl Iterator<Item = (u64, u64, u64)> {
    let table = table(db, start, end, count);
    (0..count).map_while(move |index| {
        let at = usize::from(index) * ELEMENT as usize;
        let mut cursor = Cursor::at(&table, at);
        let pos = u64::from(cursor.u32("branch.pos", db.byte_order()).ok()?);
        let key = u64::from(cursor.u32("branch.ksize", db.byte_order()).ok()?);
        let child = cursor.u64("branch.pgid", db.byte_order()).ok()?;
        Some((start + HEADER + at as u64 + pos, key, child))
    })
}

fn table(db: &Db, start: u64, end: u64, count: u16) -> Piece {
    let at = start.saturating_add(HEADER);
    let len = (ELEMENT * u64::from(count)).min(end.saturating_sub(at));
    db.bytes(at, len).unwrap_or(Vec::new().into())
}

/// The elements of a leaf page whose bytes are inside the page.
struct Table {
    count: u16,
    elements: Vec<(u16, Element)>,
    /// Whether that are all of them, and their keys ascend.
    whole: bool,
}

struct Rows {
    found: Vec<(u16, BucketKey, Element, u32)>,
    /// Whether all elements are rows of bucket `key`.
    only: bool,
}

impl Table {
    fn read(db: &Db, start: u64, end: u64, count: u16) -> Self {
        let bytes = table(db, start, end, count);
        let first = start + HEADER + ELEMENT * u64::from(count);
        let mut elements: Vec<(u16, Element)> = Vec::new();
        let mut whole = true;
        let mut previous: Option<Piece> = None;
        for index in 0..count {
            let read = || {
                let at = usize::from(index) * ELEMENT as usize;
                let mut cursor = Cursor::at(&bytes, at);
                let flags = cursor.u32("leaf.flags", db.byte_order()).ok()?;
                let pos = u64::from(cursor.u32("leaf.pos", db.byte_order()).ok()?);
                let key = u64::from(cursor.u32("leaf.ksize", db.byte_order()).ok()?);
                let value = u64::from(cursor.u32("leaf.vsize", db.byte_order()).ok()?);
                // Sums of one position of the file and three 32-bit numbers.
                let key_at = start + HEADER + at as u64 + pos;
                let value_at = key_at + key;
                let element = Element {
                    is_bucket: flags & BUCKET_FLAG != 0,
                    key_at,
                    value_at,
                    end: value_at + value,
                };
                (key > 0 && key_at >= first && element.end <= end).then_some(element)
            };
            let Some(element) = read() else {
                whole = false;
                continue;
            };
            let compared = (element.value_at - element.key_at).min(COMPARED);
            let key = db.bytes(element.key_at, compared).ok();
            whole &= match (&previous, &key) {
                (Some(previous), Some(key)) => **previous < **key || compared == COMPARED,
                _ => true,
            };
            previous = key;
            elements.push((index, element));
        }
        Self {
            count,
            elements,
            whole,
        }
    }

    /// The elements that are buckets. One that begins inside another is none: each is gone
    /// through by itself, and a page could name the same bytes thousands of times.
    fn buckets(&self) -> impl Iterator<Item = &(u16, Element)> {
        let mut free_from = 0;
        let buckets = self.elements.iter();
        buckets.filter(move |(_, element)| {
            let bucket = element.is_bucket && element.key_at >= free_from;
            if bucket {
                free_from = element.end;
            }
            bucket
        })
    }

    fn rows(&self, db: &Db, limits: &Limits) -> Rows {
        let row = |(index, element): &(u16, Element)| {
            let key = bucket_key(db, element.key_at, element.value_at - element.key_at)?;
            let end = End::Exact(element.end);
            let len = limits
                .allow(&key)
                .then(|| value_len(db, &key, element.value_at, end))??;
            Some((*index, key, *element, len))
        };
        let plain = self
            .elements
            .iter()
            .filter(|(_, element)| !element.is_bucket);
        let found: Vec<_> = plain.filter_map(row).collect();
        Rows {
            only: found.len() == usize::from(self.count),
            found,
        }
    }
}

/// The page of a bucket that is inline in an element, and whether it is whole.
fn inline(db: &Db, element: &Element) -> Option<(Table, bool)> {
    let base = element.value_at.checked_add(BUCKET)?;
    if !element.is_bucket || element.end < base.checked_add(HEADER)? {
        return None;
    }
    let bytes = db.bytes(element.value_at, BUCKET + HEADER).ok()?;
    let mut cursor = Cursor::new(&bytes);
    if cursor.u64("bucket.root", db.byte_order()).ok()? != 0 {
        return None;
    }
    let header = PageHeader::read(cursor.rest().get(8..)?, db.byte_order()).ok()?;
    let room = fitting(base, element.end);
    let good = header.kind() == Some(PageKind::Leaf) && header.count <= room;
    let count = match good {
        true => header.count,
        false => guess(db, base, element.end)?,
    };
    let table = Table::read(db, base, element.end, count);
    let whole = good && table.whole;
    Some((table, whole))
}
