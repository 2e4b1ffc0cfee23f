//! The bytes of a page and what they mean: element, row, field of the object, line of its YAML.
//!
//! Of a Secret neither the bytes of its value nor what they mean leave the engine.

use std::ops::Range;

use crate::bbolt::{Db, ElementAt, PageMap, PageUse, Pgid, element_at, element_parts, page_parts};
use crate::bytes::{Part, Parts, Piece};
use crate::engine::browse;
use crate::engine::kubernetes::{hides, masked_bytes, schema};
use crate::engine::pages::continues_secret;
use crate::engine::protocol::{BytesPart, BytesView, YamlLine};
use crate::kubernetes::{self, Leave, Stored, yaml};
use crate::kv::parts::{bucket_key_parts, row_at, row_parts};
use crate::kv::quote::bare_start;

/// Bytes of a page that travel to the screen.
const PAGE_SHOWN: u64 = 8 << 10;
/// Bytes of an element that do.
const ELEMENT_SHOWN: u64 = 16 << 10;
/// Bytes of a value that are read as an object; more are shown in part.
const MAX_VALUE: usize = 4 << 20;
/// Lines of YAML that travel to the screen.
const MAX_LINES: usize = 3000;

/// The bytes of a page, or of one of its elements.
pub(super) fn view(
    db: &Db,
    map: Option<&PageMap>,
    page: u64,
    element: Option<u16>,
) -> Option<BytesView> {
    let offset = page.checked_mul(db.page_size())?;
    let bytes = run(db, map, page, offset)?;
    let mut view = BytesView {
        page,
        element,
        offset,
        ..BytesView::default()
    };
    match element {
        Some(index) => {
            let at = element_at(&bytes, db.byte_order(), index)?;
            look_into(db, &bytes, index, &at, &mut view);
        }
        None => whole(db, page, &bytes, &mut view),
    }
    Some(view)
}

/// A page with its continuation pages, as far as they are there.
fn run(db: &Db, map: Option<&PageMap>, page: u64, offset: u64) -> Option<Piece> {
    let left = db.size().checked_sub(offset).filter(|left| *left > 0)?;
    let usage = map
        .and_then(|map| map.get(Pgid(page)))
        .map(|entry| entry.usage);
    let is_start = !matches!(usage, Some(PageUse::Overflow { .. }));
    let header = db.raw_header(Pgid(page)).ok().filter(|_| is_start);
    let header = header.filter(|header| header.id.0 == page && header.kind().is_some());
    let more = header.map_or(0, |header| u64::from(header.overflow));
    let len = more.saturating_add(1).saturating_mul(db.page_size());
    // What a page says of its continuation cannot be believed beyond what a value may be.
    let most = db.page_size().max((MAX_VALUE as u64) * 2);
    db.bytes(offset, len.min(left).min(most)).ok()
}

fn whole(db: &Db, page: u64, bytes: &Piece, view: &mut BytesView) {
    let shown = bytes.get(..PAGE_SHOWN as usize).unwrap_or(bytes);
    let is_start = db
        .raw_header(Pgid(page))
        .is_ok_and(|header| header.id.0 == page);
    let mut parts = Parts::default();
    if is_start {
        parts = page_parts(bytes, db.byte_order());
    }
    let end = shown.len() as u64;
    view.parts = parts
        .all()
        .iter()
        .filter(|part| part.at.start < end)
        .map(plain)
        .collect();
    let shown = match continues_secret(db, page) {
        true => vec![b'*'; shown.len()],
        false => masked_bytes(shown.to_vec()),
    };
    view.segments = vec![(0, shown)];
    note(bytes.len() as u64, end, parts.left_out(), view);
}

fn look_into(db: &Db, page: &Piece, index: u16, at: &ElementAt, view: &mut BytesView) {
    let range = |range: &Range<u64>| {
        let (start, end) = (range.start as usize, range.end as usize);
        page.get(start..end).unwrap_or_default()
    };
    let (key, value) = (range(&at.key), range(&at.value));
    let mut parts = Parts::default();
    element_parts(page, db.byte_order(), index, at, &mut parts);
    // Key and value follow: their parts go below theirs.
    let mut all: Vec<Part> = Vec::new();
    let mut lines = Vec::new();
    let is_hidden = hides(key, value);
    // From where in the value bytes are hidden.
    let mut hidden: Option<Range<usize>> = None;
    for part in parts.all() {
        all.push(part.clone());
        let mut inner = Parts::default();
        if part.at == at.key && part.depth == 0 {
            if !bucket_key_parts(key, at.key.start, 1, &mut inner) {
                inner.push(at.key.clone(), 1, "bytes", &bare_start(key));
            }
        } else if part.at == at.value && part.depth == 0 && !at.is_bucket {
            let row = row_at(value).filter(|_| crate::kv::BucketKey::decode(key).is_ok());
            match row {
                Some(row) => {
                    let held = value.get(row.value.clone()).unwrap_or_default();
                    if is_hidden {
                        hidden = Some(row.value.clone());
                    } else {
                        lines = yaml_of(held);
                    }
                    let base = at.value.start;
                    row_parts(value, base, 1, &mut inner, &mut |inner, held| {
                        let bytes = value.get(held.clone()).unwrap_or_default();
                        let start = base + held.start as u64;
                        if is_hidden {
                            let end = base + held.end as u64;
                            inner.push(start..end, 2, "a Secret", "masked");
                        } else if let Some(schema) = schema().filter(|_| bytes.len() <= MAX_VALUE) {
                            kubernetes::parts::push(schema, bytes, start, 2, inner);
                        }
                    });
                }
                None if is_hidden => {
                    hidden = Some(0..value.len());
                    inner.push(at.value.clone(), 1, "a Secret", "masked");
                }
                None => inner.push(at.value.clone(), 1, "bytes", &bare_start(value)),
            }
        }
        view.left_out += inner.left_out();
        all.extend(inner.all().iter().cloned());
    }
    let end = (at.key.start + ELEMENT_SHOWN).min(at.value.end.max(at.key.end));
    let mut shown = range(&(at.key.start..end)).to_vec();
    if let Some(hidden) = hidden {
        let base = key.len();
        let stars = base + hidden.start..base + hidden.end;
        for (place, byte) in shown.iter_mut().enumerate() {
            if stars.contains(&place) {
                *byte = b'*';
            }
        }
    }
    view.title = format!("element {index}, {}", browse::name(key));
    view.segments = vec![
        (at.header.start, range(&at.header).to_vec()),
        (at.key.start, shown),
    ];
    all.retain(|part| part.at.start < end);
    link(&all, &lines, view);
    let left_out = view.left_out;
    note(
        at.value.end - at.key.start,
        end - at.key.start,
        left_out,
        view,
    );
}

/// The lines of an object, as kubectl prints it.
fn yaml_of(value: &[u8]) -> Vec<yaml::Line> {
    let Some(schema) = schema().filter(|_| value.len() <= MAX_VALUE) else {
        return Vec::new();
    };
    let leave = Leave {
        managed_fields: true,
    };
    let stored = Stored::read_without(schema, value, leave);
    let lines = stored.object().map(|object| yaml::lines(&object.value));
    let lines = lines.unwrap_or_default().into_iter();
    lines.take(MAX_LINES).collect()
}

/// Leads from parts to lines and back: by the path, else to the nearest above it.
fn link(parts: &[Part], lines: &[yaml::Line], view: &mut BytesView) {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    view.parts = parts.iter().map(plain).collect();
    for (part, shown) in parts.iter().zip(&mut view.parts) {
        if !part.path.is_empty() {
            let line = lines.iter().position(|line| line.path == part.path);
            shown.line = line.map(number);
        }
    }
    let lines = lines.iter().map(|line| YamlLine {
        text: line.text.clone(),
        part: part_of(parts, &line.path).map(number),
    });
    view.lines = lines.collect();
}

/// The part that a line leads to: its own, the first one below it (a list and a map have none of
/// their own), or the nearest above it.
fn part_of(parts: &[Part], path: &[String]) -> Option<usize> {
    if path.is_empty() {
        return None;
    }
    let own = parts.iter().position(|part| part.path == path);
    let below = || parts.iter().position(|part| part.path.starts_with(path));
    let above = || {
        (1..path.len()).rev().find_map(|len| {
            let path = path.get(..len)?;
            parts.iter().position(|part| part.path == path)
        })
    };
    own.or_else(below).or_else(above)
}

fn plain(part: &Part) -> BytesPart {
    BytesPart {
        start: part.at.start,
        end: part.at.end,
        depth: part.depth,
        name: part.name.clone(),
        text: part.text.clone(),
        line: None,
    }
}

fn note(len: u64, shown: u64, left_out: u64, view: &mut BytesView) {
    view.left_out = left_out;
    if shown < len {
        view.note = format!("the first {shown} of {len} bytes");
    }
}
