//! Pages of a file, ready to be shown: the map, and everything about one page.

use super::document::shown_value;
use super::inside::{MapCell, PageDetail, PageElement};
use super::kubernetes::names_secret;
use crate::bbolt::{
    BucketId, Db, FreeReason, MAX_DEPTH, MapEntry, Node, PageKind, PageMap, PageUse, Pgid,
    type_name,
};
use crate::kv::quote::bare_start;

/// Pages that a window of the map has at most.
const MAX_CELLS: u32 = 4096;

/// How far back the header of a continuation page is looked for.
const MAX_BACK: u64 = 1024;

/// How much in front of a continuation page is searched for the key of a Secret.
const MAX_SEARCHED: u64 = 1 << 22;

/// Pages of the file, the room at its end included.
pub(super) fn total(db: &Db, map: &PageMap) -> u64 {
    map.len().max(db.size() / db.page_size().max(1))
}

/// What pages are, from one on.
pub(super) fn cells(map: &PageMap, first: u64, count: u32) -> Vec<MapCell> {
    (0..u64::from(count.min(MAX_CELLS)))
        .map_while(|at| map.get(Pgid(first.checked_add(at)?)))
        .map(|entry| cell(&entry))
        .collect()
}

fn cell(entry: &MapEntry) -> MapCell {
    match entry.usage {
        PageUse::Meta => MapCell::Meta,
        PageUse::Freelist => MapCell::Freelist,
        PageUse::Branch => MapCell::Branch,
        PageUse::Leaf => MapCell::Leaf,
        PageUse::Broken => MapCell::Broken,
        PageUse::Overflow { .. } => MapCell::Overflow,
        PageUse::Free(FreeReason::Leaked) => MapCell::Leaked,
        PageUse::Free(FreeReason::Room) => MapCell::Room,
        PageUse::Free(_) => MapCell::Free,
    }
}

/// Everything about one page; none behind the end of the file.
pub(super) fn detail(db: &Db, map: Option<&PageMap>, page: u64) -> Option<PageDetail> {
    let offset = page.checked_mul(db.page_size())?;
    if offset >= db.size() {
        return None;
    }
    let entry = map.and_then(|map| map.get(Pgid(page)));
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
    if let (Some(map), Some(entry)) = (map, &entry) {
        add("used as", usage(entry));
        if let Some(owner) = entry.owner {
            add("bucket", bucket_name(map, owner));
        }
        if let Some(parent) = entry.parent {
            add("reached from", format!("page {parent}"));
        }
        if entry.conflict {
            add("conflict", "in use, but the freelist names it".to_owned());
        }
    }
    let mut problems = Vec::new();
    let mut elements = Vec::new();
    let mut count = 0;
    match db.raw_header(Pgid(page)) {
        Err(error) => problems.push(error.to_string()),
        Ok(header) => {
            let is_overflow = matches!(
                entry.as_ref().map(|entry| entry.usage),
                Some(PageUse::Overflow { .. })
            );
            if !is_overflow {
                add(
                    "header",
                    format!(
                        "page {}, {}, {} elements, {} continuation pages",
                        header.id,
                        type_name(header.flags),
                        header.count,
                        header.overflow
                    ),
                );
            }
            let is_tree = matches!(header.kind(), Some(PageKind::Branch | PageKind::Leaf));
            let is_used = entry.as_ref().is_some_and(|entry| {
                matches!(
                    entry.usage,
                    PageUse::Branch | PageUse::Leaf | PageUse::Broken
                )
            });
            if (is_tree || is_used) && !is_overflow {
                let (node, found) = db.look_at(Pgid(page));
                problems.extend(found.iter().map(ToString::to_string));
                (elements, count) = node.map(|node| list(&node)).unwrap_or_default();
            }
        }
    }
    Some(PageDetail {
        page,
        cell: entry.as_ref().map(cell),
        offset,
        facts,
        elements,
        count,
        path: map
            .zip(entry)
            .map(|(map, entry)| path(map, &entry))
            .unwrap_or_default(),
        problems,
    })
}

/// The bucket that a page belongs to, and the pages that lead to it, from the root on.
fn path(map: &PageMap, entry: &MapEntry) -> (String, Vec<u64>) {
    let head = match entry.usage {
        PageUse::Overflow { of } => map.get(of),
        _ => None,
    };
    let mut pages: Vec<u64> = head.iter().map(|head| head.page.0).collect();
    let mut parent = head.as_ref().unwrap_or(entry).parent;
    while let Some(page) = parent.filter(|_| pages.len() < MAX_DEPTH) {
        pages.push(page.0);
        parent = map.get(page).and_then(|entry| entry.parent);
    }
    pages.reverse();
    let bucket = entry.owner.map(|owner| bucket_name(map, owner));
    (bucket.unwrap_or_default(), pages)
}

/// Names of a bucket from the top down.
pub(super) fn bucket_name(map: &PageMap, id: BucketId) -> String {
    let path = map.path(id);
    let names: Vec<_> = path.iter().map(|name| bare_start(name)).collect();
    match names.is_empty() {
        true => "the root, which holds the buckets".to_owned(),
        false => names.join(" › "),
    }
}

/// Whether a page has no header of its own and goes on with a leaf in which a Secret lies.
pub(super) fn continues_secret(db: &Db, page: u64) -> bool {
    let own = |page: u64| {
        let header = db.raw_header(Pgid(page)).ok();
        header.filter(|header| header.id == Pgid(page))
    };
    if own(page).is_some() {
        return false;
    }
    let back = (1..=MAX_BACK).map_while(|back| page.checked_sub(back));
    let first = back.filter_map(|page| Some((page, own(page)?))).next();
    let Some((first, header)) = first else {
        return false;
    };
    if u64::from(header.overflow) < page - first {
        return false;
    }
    let len = (page - first) * db.page_size();
    let bytes = db.bytes(first * db.page_size(), len.min(MAX_SEARCHED));
    bytes.is_ok_and(|bytes| names_secret(&bytes))
}

fn usage(entry: &MapEntry) -> String {
    match entry.usage {
        PageUse::Meta => "meta: where everything starts".to_owned(),
        PageUse::Freelist => "freelist: the pages that may be written again".to_owned(),
        PageUse::Branch => format!("branch with {} children", entry.items),
        PageUse::Leaf => format!("leaf with {} elements", entry.items),
        PageUse::Broken => "a tree leads to it, but it cannot be read".to_owned(),
        PageUse::Overflow { of } => format!("continuation of page {of}"),
        PageUse::Free(FreeReason::Listed) => "free: the freelist names it".to_owned(),
        PageUse::Free(FreeReason::NotReached) => "free: no bucket leads to it".to_owned(),
        PageUse::Free(FreeReason::Leaked) => {
            "lost: no bucket leads to it, but the freelist does not name it".to_owned()
        }
        PageUse::Free(FreeReason::Room) => "room that was never allocated".to_owned(),
    }
}

/// The first elements, and how many there are.
fn list(node: &Node) -> (Vec<PageElement>, u64) {
    let count = match node {
        Node::Leaf(leaf) => leaf.count(),
        Node::Branch(branch) => branch.count(),
    };
    let element = |index| match node {
        Node::Leaf(leaf) => match leaf.element(index) {
            Ok(element) => PageElement {
                key: super::browse::name(element.key),
                value: match element.is_bucket {
                    true => "bucket".to_owned(),
                    false => shown_value(element.key, element.value),
                },
                leads_to: None,
            },
            Err(problem) => broken(&problem),
        },
        Node::Branch(branch) => match (branch.key(index), branch.child(index)) {
            (Ok(key), Ok(child)) => PageElement {
                key: super::browse::name(key),
                value: format!("page {child}"),
                leads_to: Some(child.0),
            },
            (Err(problem), _) | (_, Err(problem)) => broken(&problem),
        },
    };
    let shown = (0..count).take(PageDetail::SHOWN).map(element);
    (shown.collect(), u64::from(count))
}

fn broken(problem: &crate::bbolt::Problem) -> PageElement {
    PageElement {
        key: problem.to_string(),
        value: String::new(),
        leads_to: None,
    }
}
