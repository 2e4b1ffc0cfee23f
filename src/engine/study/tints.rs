//! What tells the pages of a map apart, besides their kind: owner, age, fill.

use crate::bbolt::{BucketId, Db, LeafPage, MapEntry, Node, PageMap, PageUse, Pgid};
use crate::engine::pages::bucket_name;
use crate::engine::protocol::{Tint, TintBy, Tints};
use crate::history::History;
use crate::kv::BucketKey;

/// Steps of a scale.
const STEPS: u8 = 6;
/// Buckets with a colour of their own; those of fewer pages share the last one.
const OWNERS: usize = 7;
/// Pages that are told at once, as of the map.
const MAX_CELLS: u32 = 4096;
/// Bytes of a page's header and of an element's.
const HEADER: u64 = 16;

/// The tints of pages from one on.
pub(super) fn tints(
    db: &Db,
    map: &PageMap,
    history: &History,
    by: TintBy,
    first: u64,
    count: u32,
) -> Tints {
    let owners = owners(map);
    let cells = (0..u64::from(count.min(MAX_CELLS)))
        .map_while(|at| map.get(Pgid(first.checked_add(at)?)))
        .map(|entry| match by {
            TintBy::Kind => None,
            TintBy::Owner => owner(map, &owners, &entry),
            TintBy::Age => age(db, map, history, &entry),
            TintBy::Fill => fill(db, &entry),
        });
    Tints {
        by,
        first,
        cells: cells.collect(),
        legend: legend(map, &owners, history, by),
    }
}

/// The buckets of the most pages, most first.
fn owners(map: &PageMap) -> Vec<u32> {
    let buckets = map.buckets().iter().enumerate();
    let mut all: Vec<_> = buckets.map(|(id, bucket)| (bucket.pages, id)).collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let ids = all.into_iter().take(OWNERS);
    ids.filter_map(|(_, id)| u32::try_from(id).ok()).collect()
}

fn owner(map: &PageMap, owners: &[u32], entry: &MapEntry) -> Option<Tint> {
    let id = entry.owner?.0;
    let at = owners.iter().position(|one| *one == id);
    Some(Tint {
        step: u8::try_from(at.unwrap_or(OWNERS)).unwrap_or_default(),
        text: format!("bucket {}", bucket_name(map, BucketId(id))),
    })
}

/// The newest revision on a page of the bucket `key`: on a branch page, of what it leads to but
/// for its last child.
fn age(db: &Db, map: &PageMap, history: &History, entry: &MapEntry) -> Option<Tint> {
    let owner = map.bucket(entry.owner?)?;
    if &*owner.name != b"key" || !is_tree(entry) {
        return None;
    }
    let (node, _) = db.look_at(entry.page);
    let node = node?;
    let last = count(&node).checked_sub(1)?;
    let key = |index| match &node {
        Node::Leaf(leaf) => leaf.element(index).ok().map(|element| element.key.to_vec()),
        Node::Branch(branch) => branch.key(index).ok().map(<[u8]>::to_vec),
    };
    let main = |index| Some(BucketKey::decode(&key(index)?).ok()?.revision.main);
    let (from, to) = (main(0)?, main(last)?);
    let (low, high) = span(history);
    let along = (to - low).clamp(0, high - low);
    let step = along.saturating_mul(i64::from(STEPS)) / (high - low).max(1);
    Some(Tint {
        step: u8::try_from(step).unwrap_or_default(),
        text: format!("revisions {from} to {to}"),
    })
}

/// How much of a page and its continuation is used.
fn fill(db: &Db, entry: &MapEntry) -> Option<Tint> {
    if !is_tree(entry) {
        return None;
    }
    let (node, _) = db.look_at(entry.page);
    let node = node?;
    let used = HEADER
        + match &node {
            Node::Leaf(leaf) => leaf_len(leaf),
            Node::Branch(branch) => (0..branch.count())
                .map(|index| branch.key(index).map_or(0, <[u8]>::len) as u64 + HEADER)
                .sum(),
        };
    let header = db.raw_header(entry.page).ok()?;
    let room = (u64::from(header.overflow) + 1).saturating_mul(db.page_size());
    let percent = (used.saturating_mul(100) / room.max(1)).min(100);
    Some(Tint {
        step: u8::try_from(percent * u64::from(STEPS) / 100).unwrap_or_default(),
        text: format!("{percent} % full"),
    })
}

fn leaf_len(leaf: &LeafPage) -> u64 {
    let len = |index| {
        let element = leaf.element(index);
        element.map_or(0, |element| element.key.len() + element.value.len()) as u64 + HEADER
    };
    (0..leaf.count()).map(len).sum()
}

fn is_tree(entry: &MapEntry) -> bool {
    matches!(entry.usage, PageUse::Branch | PageUse::Leaf)
}

fn count(node: &Node) -> u16 {
    match node {
        Node::Leaf(leaf) => leaf.count(),
        Node::Branch(branch) => branch.count(),
    }
}

/// First and last revision of the rows.
fn span(history: &History) -> (i64, i64) {
    let first = history.row(0).map_or(0, |row| row.revision().main);
    (first, history.head().max(first))
}

/// What the steps mean.
fn legend(map: &PageMap, owners: &[u32], history: &History, by: TintBy) -> Vec<(u8, String)> {
    let step = |at: usize| u8::try_from(at).unwrap_or_default();
    match by {
        TintBy::Kind => Vec::new(),
        TintBy::Owner => {
            let named = owners.iter().enumerate();
            let mut all: Vec<_> = named
                .map(|(at, id)| (step(at), bucket_name(map, BucketId(*id))))
                .collect();
            if map.buckets().len() > OWNERS {
                all.push((step(OWNERS), "other buckets".to_owned()));
            }
            all
        }
        TintBy::Age => {
            let (low, high) = span(history);
            let at = |step: u8| low + (high - low) * i64::from(step) / i64::from(STEPS);
            (0..=STEPS)
                .map(|step| (step, format!("from {}", at(step))))
                .collect()
        }
        TintBy::Fill => (0..=STEPS)
            .map(|step| {
                (
                    step,
                    format!("{} %", u64::from(step) * 100 / u64::from(STEPS)),
                )
            })
            .collect(),
    }
}
