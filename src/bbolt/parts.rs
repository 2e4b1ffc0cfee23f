//! Which bytes of a page are what: header, metas, free pages, elements with their keys and values.
//!
//! Offsets count from the first byte of the page. What does not lie inside the bytes that are
//! there is left out: [`super::Db::look_at`] tells what is wrong with it.

use std::ops::Range;

use super::page::{HEADER_LEN, PageHeader, PageKind};
use crate::bytes::{ByteOrder, Cursor, Parts};

/// Length of an element's header.
const ELEMENT_LEN: u64 = 16;

/// Where an element of a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementAt {
    /// Its header.
    pub header: Range<u64>,
    /// Its key.
    pub key: Range<u64>,
    /// Its value; empty on a branch page.
    pub value: Range<u64>,
    /// Whether its value is a bucket.
    pub is_bucket: bool,
}

/// The parts of a page, continuation pages included.
pub fn page_parts(page: &[u8], order: ByteOrder) -> Parts {
    let mut parts = Parts::default();
    let Ok(header) = PageHeader::read(page, order) else {
        return parts;
    };
    let kind = header.kind();
    let kind_text = kind.map(|kind| kind.to_string());
    parts.push(0..HEADER_LEN, 0, "page header", "");
    parts.push(0..8, 1, "id", &header.id.to_string());
    parts.push(
        8..10,
        1,
        "flags",
        &kind_text.unwrap_or_else(|| format!("{:#06x}", header.flags)),
    );
    parts.push(10..12, 1, "count", &header.count.to_string());
    parts.push(12..16, 1, "overflow", &header.overflow.to_string());
    match kind {
        Some(PageKind::Meta) => meta(page, order, &mut parts),
        Some(PageKind::Freelist) => freelist(page, order, header.count, &mut parts),
        Some(PageKind::Branch | PageKind::Leaf) => {
            for index in 0..header.count {
                if let Some(element) = element_at(page, order, index) {
                    element_parts(page, order, index, &element, &mut parts);
                }
            }
        }
        None => {}
    }
    parts
}

/// Where an element lies; none where it does not lie inside of the page.
pub fn element_at(page: &[u8], order: ByteOrder, index: u16) -> Option<ElementAt> {
    let header = PageHeader::read(page, order).ok()?;
    let is_leaf = header.kind()? == PageKind::Leaf;
    let start = HEADER_LEN + ELEMENT_LEN * u64::from(index);
    let mut cursor = Cursor::at(page, usize::try_from(start).ok()?);
    let mut number = |name| cursor.u32(name, order).ok().map(u64::from);
    let flags = if is_leaf { number("flags")? } else { 0 };
    let (pos, ksize) = (number("pos")?, number("ksize")?);
    let vsize = if is_leaf { number("vsize")? } else { 0 };
    let key = start + pos;
    let value = key + ksize;
    (value + vsize <= page.len() as u64 && start + ELEMENT_LEN <= page.len() as u64).then_some(
        ElementAt {
            header: start..start + ELEMENT_LEN,
            key: key..value,
            value: value..value + vsize,
            is_bucket: flags & 1 != 0,
        },
    )
}

/// The parts of one element: its header, its key and its value.
pub fn element_parts(
    page: &[u8],
    order: ByteOrder,
    index: u16,
    element: &ElementAt,
    parts: &mut Parts,
) {
    let ElementAt {
        header, key, value, ..
    } = element;
    let start = header.start;
    let is_leaf = PageHeader::read(page, order).ok().and_then(|h| h.kind()) == Some(PageKind::Leaf);
    let number = |at: u64| {
        let at = usize::try_from(start + at).unwrap_or(usize::MAX);
        Cursor::at(page, at).u32("number", order).unwrap_or(0)
    };
    parts.push(header.clone(), 0, format!("element {index}"), "");
    let field = |parts: &mut Parts, at: u64, name: &str, text: String| {
        parts.push(start + at..start + at + 4, 1, name, &text);
    };
    if is_leaf {
        let flags = match element.is_bucket {
            true => "a bucket",
            false => "0",
        };
        field(parts, 0, "flags", flags.to_owned());
        field(parts, 4, "pos", number(4).to_string());
        field(parts, 8, "ksize", number(8).to_string());
        field(parts, 12, "vsize", number(12).to_string());
    } else {
        field(parts, 0, "pos", number(0).to_string());
        field(parts, 4, "ksize", number(4).to_string());
        let at = usize::try_from(start + 8).unwrap_or(usize::MAX);
        let child = Cursor::at(page, at).u64("pgid", order).unwrap_or(0);
        let text = format!("page {child}");
        parts.push(start + 8..start + 16, 1, "pgid", &text);
    }
    parts.push(key.clone(), 0, format!("key of element {index}"), "");
    if is_leaf && !value.is_empty() {
        parts.push(value.clone(), 0, format!("value of element {index}"), "");
    }
}

fn meta(page: &[u8], order: ByteOrder, parts: &mut Parts) {
    parts.push(16..80, 0, "meta", "");
    let fields: [(&str, u64, bool); 10] = [
        ("magic", 4, true),
        ("version", 4, false),
        ("pageSize", 4, false),
        ("flags", 4, false),
        ("root.pgid", 8, false),
        ("root.sequence", 8, false),
        ("freelist", 8, false),
        ("pgid", 8, false),
        ("txid", 8, false),
        ("checksum", 8, true),
    ];
    let mut at = HEADER_LEN;
    for (name, len, is_hex) in fields {
        let mut cursor = Cursor::at(page, usize::try_from(at).unwrap_or(usize::MAX));
        let number = match len {
            4 => cursor.u32(name, order).map(u64::from),
            _ => cursor.u64(name, order),
        };
        let Ok(number) = number else {
            return;
        };
        let text = match (is_hex, number) {
            (true, number) => format!("{number:#x}"),
            (false, u64::MAX) => "not kept".to_owned(),
            (false, number) => number.to_string(),
        };
        parts.push(at..at + len, 1, name, &text);
        at += len;
    }
}

/// A list of more pages than the header can count has its count in front.
fn freelist(page: &[u8], order: ByteOrder, count: u16, parts: &mut Parts) {
    let mut at = HEADER_LEN;
    let mut cursor = Cursor::at(page, HEADER_LEN as usize);
    let mut left = u64::from(count);
    if count == u16::MAX {
        let Ok(count) = cursor.u64("count", order) else {
            return;
        };
        parts.push(at..at + 8, 0, "count", &count.to_string());
        (left, at) = (count, at + 8);
    }
    while left > 0 {
        let Ok(free) = cursor.u64("free page", order) else {
            return;
        };
        parts.push(at..at + 8, 0, "free page", &free.to_string());
        (left, at) = (left - 1, at + 8);
    }
}
