//! The root of a file whose metas are lost, or whose root is: found among the pages, and weighed.
//!
//! Every commit writes the root anew, so that a file holds many old ones. What tells the newest is
//! in [`rank_root`](Db::rank_root); the rules for pages are those of [`salvage`](super::salvage).

use std::cmp::Reverse;

use super::bits::Bits;
use super::bucket::Root;
use super::db::Node;
use super::page::{HEADER_LEN, PageHeader};
use super::problem::Place;
use super::salvage::{begins_at, whole_page};
use super::{BranchPage, Bucket, Db, LeafPage, MAX_DEPTH, Meta, Pgid};
use crate::bytes::{ByteOrder, Piece, Windows};

/// Pages that are tried as the root of a file.
const MAX_ROOTS: usize = 4096;
/// Equally new roots whose whole trees are compared.
const MAX_EQUALS: usize = 16;

impl Db {
    /// Whether a page can be entered as the root of the file, be some of it broken or not.
    pub(super) fn can_be_root(&self, page: Pgid) -> bool {
        self.node(page, Place::File, None, &mut Vec::new())
            .is_some()
    }

    /// Whether the first leaf under a page holds buckets.
    pub(super) fn holds_buckets(&self, page: Pgid) -> bool {
        let mut page = page;
        for _ in 0..MAX_DEPTH {
            match self.node(page, Place::File, None, &mut Vec::new()) {
                Some(Node::Leaf(leaf)) => return buckets_of(&leaf).next().is_some(),
                Some(Node::Branch(branch)) if branch.count() > 0 => match branch.child(0) {
                    Ok(child) => page = child,
                    Err(_) => return false,
                },
                _ => return false,
            }
        }
        false
    }

    /// The page that most likely is the root of the file: of the whole pages that hold buckets and
    /// that no other page leads to, the one whose buckets end with the greatest keys.
    /// Of those a page that a broken meta names, `hints`, goes first if nothing below it is broken.
    pub(super) fn find_root(&self, hints: &[Pgid]) -> Option<Pgid> {
        let pages = self.pages_in_file();
        let mut budget = self.size().saturating_mul(8);
        let mut named = Bits::new(pages);
        let (mut candidates, mut branches) = (Vec::new(), Vec::new());
        for page in (2..pages).map(Pgid) {
            match whole_page(self, page, &mut budget) {
                Some(Node::Branch(branch)) => {
                    self.name_children(&branch, &mut named, &mut budget);
                    branches.push(page);
                }
                Some(Node::Leaf(leaf)) => {
                    let buckets: Vec<_> = buckets_of(&leaf).collect();
                    if !buckets.is_empty() {
                        candidates.push(page);
                    }
                    for root in buckets.iter().filter_map(Bucket::root) {
                        named.set(root.0);
                    }
                }
                None => {}
            }
        }
        candidates.extend(branches);
        let is_named = |page: &Pgid| named.get(page.0) == Some(true);
        if !candidates.iter().all(is_named) {
            candidates.retain(|page| !is_named(page));
        }
        candidates.sort_by_key(|page| !hints.contains(page));
        candidates.truncate(MAX_ROOTS);
        let mut ranked: Vec<_> = candidates
            .into_iter()
            .filter_map(|page| Some((self.rank_root(page, &mut budget)?, page)))
            .collect();
        ranked.sort_by(|a, b| b.cmp(a));
        let hinted = |hint: &&Pgid| {
            let mut whole = ranked.iter().filter(|(rank, _)| rank.broken.0 == 0);
            whole.any(|(_, page)| page == *hint)
        };
        if let Some(hint) = hints.iter().find(hinted) {
            return Some(*hint);
        }
        let (best, _) = ranked.first()?;
        let equals = ranked
            .iter()
            .take_while(|(rank, _)| rank == best)
            .take(MAX_EQUALS);
        let weighed = equals.map(|(_, page)| (self.misfits(*page), Reverse(*page)));
        weighed.min().map(|(_, Reverse(page))| page)
    }

    /// Children below a root that do not begin as their parents say or are broken, and the items
    /// of the others.
    fn misfits(&self, root: Pgid) -> (u64, u64) {
        let mut seen = Bits::new(self.pages_in_file());
        let (mut misfits, mut items) = (0, 0);
        let mut todo = vec![(root, None)];
        while let Some((page, bound)) = todo.pop() {
            let node = (!seen.set(page.0))
                .then(|| whole_page(self, page, &mut self.size()))
                .flatten();
            let Some(node) = node.filter(|node| begins_at(node, bound.as_deref())) else {
                misfits += 1;
                continue;
            };
            match node {
                Node::Leaf(leaf) => {
                    items += u64::from(leaf.count());
                    let roots = buckets_of(&leaf).filter_map(|bucket| bucket.root());
                    todo.extend(roots.map(|root| (root, None)));
                }
                Node::Branch(branch) => {
                    for index in 0..branch.count() {
                        if let Ok(child) = branch.child(index) {
                            todo.push((child, branch.key_piece(index).ok()));
                        }
                    }
                }
            }
        }
        (misfits, items)
    }

    /// Notes the children that really are a branch page's: their first key is in its bounds.
    fn name_children(&self, branch: &BranchPage, named: &mut Bits, budget: &mut u64) {
        for index in 0..branch.count() {
            let Ok(child) = branch.child(index) else {
                continue;
            };
            let key = match whole_page(self, child, budget) {
                Some(Node::Leaf(leaf)) => leaf.key_piece(0).ok(),
                Some(Node::Branch(inner)) => inner.first_key(),
                None => None,
            };
            if key.is_some_and(|key| branch.key(index).is_ok_and(|bound| *bound == *key)) {
                named.set(child.0);
            }
        }
    }

    /// How new a root is; `None` if it leads to no bucket.
    fn rank_root(&self, page: Pgid, budget: &mut u64) -> Option<RootRank> {
        let leaf = self.edge(page, false, budget)?;
        let mut rank = RootRank::default();
        let mut broken = 0;
        let name = leaf.key_piece(0).ok();
        for bucket in buckets_of(&leaf) {
            rank.buckets += 1;
            rank.counters.push(bucket.sequence);
            let root = match &bucket.root {
                Root::Page(root) => *root,
                Root::Inline(bytes) => {
                    let place = bucket.place;
                    let page =
                        Bucket::inline_page(bytes.clone(), place, bucket.order, &mut Vec::new());
                    rank.counters.extend(page.iter().flat_map(counters));
                    let last =
                        page.and_then(|page| page.key_piece(page.count().checked_sub(1)?).ok());
                    rank.last
                        .push(last.map(|key| key.to_vec()).unwrap_or_default());
                    continue;
                }
            };
            // A page that begins with the same bucket is another copy of this root.
            let first = self.edge(root, false, budget);
            let first = first.filter(|first| {
                let same = first.element(0).is_ok_and(|element| {
                    element.is_bucket && name.as_ref().is_some_and(|name| **name == *element.key)
                });
                !same
            });
            let last = self.edge(root, true, budget);
            let key = last.and_then(|last| last.key_piece(last.count().checked_sub(1)?).ok());
            broken += u64::from(key.is_none() || first.is_none());
            rank.last
                .push(key.map(|key| key.to_vec()).unwrap_or_default());
        }
        rank.broken = Reverse(broken);
        (rank.buckets > 0).then_some(rank)
    }

    /// The first or last leaf under a page.
    fn edge(&self, page: Pgid, last: bool, budget: &mut u64) -> Option<LeafPage> {
        let mut page = page;
        let mut bound: Option<Piece> = None;
        for _ in 0..MAX_DEPTH {
            *budget = budget.checked_sub(self.page_size())?;
            let node = whole_page(self, page, budget)?;
            if !begins_at(&node, bound.as_deref()) {
                return None;
            }
            match node {
                Node::Leaf(leaf) => return Some(leaf),
                Node::Branch(branch) => {
                    let index = match last {
                        true => branch.count().checked_sub(1)?,
                        false => 0,
                    };
                    page = branch.child(index).ok()?;
                    bound = branch.key_piece(index).ok();
                }
            }
        }
        None
    }
}

fn buckets_of(leaf: &LeafPage) -> impl Iterator<Item = Bucket> + '_ {
    (0..leaf.count())
        .filter_map(|index| leaf.item(index).ok().filter(|item| item.is_bucket))
        .filter_map(|item| Bucket::from_item(&item).ok())
}

/// Greater is newer, as far as one can tell.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct RootRank {
    broken: Reverse<u64>,
    /// Sequences, and numbers of eight bytes in inline buckets: such as etcd's consistent index,
    /// most only grow.
    counters: Vec<u64>,
    /// Last keys of the buckets, by name of bucket.
    last: Vec<Vec<u8>>,
    buckets: u64,
}

fn counters(page: &LeafPage) -> impl Iterator<Item = u64> + '_ {
    let values = page.elements().filter_map(Result::ok);
    values.filter_map(|element| Some(u64::from_be_bytes(element.value.try_into().ok()?)))
}

/// The page size of a file without a usable meta: the one at which most of the first pages carry
/// their own number.
pub(super) fn guess_page_size(
    windows: &Windows,
    claimed: &[(u32, ByteOrder)],
) -> Option<(u32, ByteOrder)> {
    let fits = |(page_size, order): (u32, ByteOrder)| {
        (2..66u64)
            .filter(|page| {
                let offset = page * u64::from(page_size);
                windows.get(offset, HEADER_LEN).is_ok_and(|bytes| {
                    PageHeader::read(&bytes, order)
                        .is_ok_and(|header| header.id.0 == *page && header.kind().is_some())
                })
            })
            .count()
    };
    claimed
        .iter()
        .copied()
        .chain((10..=24).map(|bits| (1 << bits, ByteOrder::Little)))
        .chain((10..=24).map(|bits| (1 << bits, ByteOrder::Big)))
        .map(|guess| (fits(guess), guess))
        .filter(|(count, _)| *count > 0)
        // Of equals the first: what a broken meta claims, then the smallest.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, guess)| guess)
}

/// A meta for a file that has none: everything in the file may be used.
pub(super) fn stand_in_meta(
    (page_size, order): (u32, ByteOrder),
    size: u64,
    claimed: Option<&Meta>,
) -> Meta {
    let pages = size / u64::from(page_size);
    let claimed = claimed.filter(|meta| meta.page_size == page_size);
    let marked = claimed.map(|meta| meta.high_water_mark);
    Meta {
        page_size,
        flags: 0,
        root: claimed.map(|meta| meta.root).unwrap_or_default(),
        sequence: 0,
        freelist: None,
        high_water_mark: marked
            .filter(|mark| (3..=pages).contains(&mark.0))
            .unwrap_or(Pgid(pages)),
        txid: claimed.map(|meta| meta.txid).unwrap_or_default(),
        checksum: 0,
        order,
    }
}
