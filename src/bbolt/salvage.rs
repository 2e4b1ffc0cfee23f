//! Pages to which no way leads any more: found by their headers, and put where they belong.
//!
//! A writer never changes a page in place, so that a file is full of older copies of its pages.
//! What stands in for a lost part must not be one of those if a better one is left. The rules:
//!
//! 1. Only pages count that no tree reaches and no freelist names, whose header gives their own
//!    number, and whose elements lie inside them with rising keys.
//! 2. A leaf page that is itself destroyed is lost: nothing stands in for it, for any copy left is
//!    older. Only where the *way* to leaves is lost (a wrong page number, a destroyed branch page,
//!    root or meta) are leaves looked for.
//! 3. Branch pages that survived, older copies mostly, name leaves with the bounds of their keys.
//!    A leaf whose keys left those bounds was written anew since and does not count. Of branch
//!    pages for the same keys the one with the greatest last key goes first (a store that appends,
//!    as etcd's, has it in its newest copy), then the one with fewest leaves that do not fit, then
//!    the one with fewer items (a compaction only takes away).
//! 4. Where no branch page knows the range, a leaf counts if it begins exactly at the lost bound,
//!    or lies between two bounds.
//!
//! Whatever stands in is marked: [`LeafPage::is_salvaged`](super::LeafPage::is_salvaged), a
//! [`Damage::Salvaged`] that counts the pages, [`Db::is_salvaged`] for the root.

use std::cell::RefCell;
use std::cmp::Reverse;

use super::bits::Bits;
use super::db::Node;
use super::page::PageHeader;
use super::problem::{Damage, Place, Problem};
use super::{BranchPage, Bucket, Db, FreeReason, LeafPage, MapWalk, Meta, PageKind, Pgid};
use crate::bytes::Windows;

/// Pages that are tried as the root of a file.
const MAX_ROOTS: usize = 4096;

/// Branch and leaf pages that no tree reaches.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    /// By first key.
    leaves: Vec<Orphan>,
    branches: Vec<Pgid>,
    /// What was last asked for, since single items are asked for in a row.
    latest: RefCell<Option<(Place, Vec<Pgid>)>>,
}

#[derive(Debug)]
struct Orphan {
    first: Box<[u8]>,
    last: Box<[u8]>,
    page: Pgid,
    items: u16,
}

/// Keys from the first bound, up to but without the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    pub(super) from: Option<&'a [u8]>,
    pub(super) below: Option<&'a [u8]>,
}

impl Range<'_> {
    fn holds(&self, key: &[u8]) -> bool {
        self.from.is_none_or(|from| from <= key) && self.below.is_none_or(|below| key < below)
    }
}

/// What a surviving branch page says of a range.
struct Witness {
    /// Its leaves that fit, in key order, as places in the list of orphans.
    leaves: Vec<usize>,
    first: Vec<u8>,
    last: Vec<u8>,
    misfits: u64,
    items: u64,
}

/// What is lost where a page cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// A branch page, and with it the way to all below it; or nobody knows what.
    Branch,
    /// The number of a leaf page; the leaf itself may be whole.
    WayToLeaf,
}

impl Lost {
    /// Tells what is lost at a page that could not be entered for these problems. `None` where it
    /// is a leaf that is itself destroyed: rule 2. `sibling` is another child of the same branch
    /// page, for all of them are of one kind.
    pub(super) fn of(
        db: &Db,
        page: Pgid,
        sibling: Option<Pgid>,
        problems: &[Problem],
    ) -> Option<Self> {
        let destroyed = match &problems.last()?.damage {
            Damage::OutOfFile { .. } | Damage::MetaPage(_) | Damage::ReachedTwice(_) => false,
            Damage::Kind { .. } => db.raw_header(page).is_ok_and(|header| header.id != page),
            Damage::Flags(_) => true,
            _ => return None,
        };
        let kind = sibling.and_then(|sibling| db.raw_header(sibling).ok()?.kind());
        match (kind, destroyed) {
            (Some(PageKind::Leaf), true) => None,
            (Some(PageKind::Leaf), false) => Some(Self::WayToLeaf),
            _ => Some(Self::Branch),
        }
    }
}

impl Orphans {
    /// Finds them: a walk over all trees, then a look at every page that none of them reaches.
    fn find(db: &Db) -> Self {
        let mut walk = MapWalk::new(db);
        while walk.step(db, 4096) {
            walk.take_findings();
        }
        let map = walk.into_map();
        let mut found = Self::default();
        let mut budget = db.size().saturating_mul(2);
        for free in map.free() {
            if !matches!(free.why, FreeReason::NotReached | FreeReason::Leaked) {
                continue;
            }
            match whole_page(db, free.page, &mut budget) {
                Some(Node::Leaf(leaf)) => found.leaves.extend(Orphan::of(&leaf, free.page)),
                Some(Node::Branch(_)) => found.branches.push(free.page),
                None => {}
            }
        }
        found.leaves.sort_by(|a, b| a.first.cmp(&b.first));
        found
    }

    /// The leaves that stand in for a lost part of a bucket, in key order.
    fn stand_in(&self, db: &Db, range: Range<'_>, branch_lost: bool) -> Vec<Pgid> {
        let mut witnesses: Vec<_> = self
            .branches
            .iter()
            .filter_map(|page| self.witness(db, *page, range))
            // Without bounds, a branch page of another bucket must not be taken for one of this.
            .filter(|found| range.from.is_some() || found.misfits * 4 <= found.leaves.len() as u64)
            .collect();
        witnesses.sort_by(|a, b| {
            (Reverse(&a.last), a.misfits, a.items).cmp(&(Reverse(&b.last), b.misfits, b.items))
        });
        let mut picked: Vec<usize> = Vec::new();
        let mut spans: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for witness in witnesses {
            let apart = |(first, last): &(Vec<u8>, Vec<u8>)| {
                witness.last < *first || *last < witness.first
            };
            if spans.iter().all(apart) {
                picked.extend(&witness.leaves);
                spans.push((witness.first, witness.last));
            }
        }
        if picked.is_empty() {
            picked = self.unnamed(range, branch_lost);
        }
        picked.sort_unstable();
        picked
            .into_iter()
            .filter_map(|at| Some(self.leaves.get(at)?.page))
            .collect()
    }

    /// Leaves that no branch page names: rule 4.
    fn unnamed(&self, range: Range<'_>, branch_lost: bool) -> Vec<usize> {
        let Some(from) = range.from else {
            return Vec::new();
        };
        let inside = |leaf: &Orphan| {
            range.holds(&leaf.first)
                && range.holds(&leaf.last)
                && (*leaf.first == *from || range.below.is_some())
        };
        let mut fitting: Vec<_> = (0..self.leaves.len())
            .zip(&self.leaves)
            .filter(|(_, leaf)| inside(leaf))
            .collect();
        fitting.sort_by_key(|(_, leaf)| {
            (*leaf.first != *from, Reverse(&leaf.last), leaf.items)
        });
        let mut picked: Vec<(usize, &Orphan)> = Vec::new();
        for (at, leaf) in fitting {
            let apart =
                |(_, other): &(usize, &Orphan)| leaf.last < other.first || other.last < leaf.first;
            if picked.iter().take(4096).all(apart) && (branch_lost || picked.is_empty()) {
                picked.push((at, leaf));
            }
        }
        picked.into_iter().map(|(at, _)| at).collect()
    }

    fn leaf(&self, page: Pgid, first: &[u8]) -> Option<(usize, &Orphan)> {
        let start = self.leaves.partition_point(|leaf| *leaf.first < *first);
        let mut same = (start..).zip(self.leaves.get(start..)?);
        same.find(|(_, leaf)| leaf.page == page || *leaf.first != *first)
            .filter(|(_, leaf)| leaf.page == page)
    }

    fn witness(&self, db: &Db, page: Pgid, range: Range<'_>) -> Option<Witness> {
        let Some(Node::Branch(branch)) = whole_page(db, page, &mut u64::MAX.clone()) else {
            return None;
        };
        let mut found = Witness {
            leaves: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
            misfits: 0,
            items: 0,
        };
        for index in 0..branch.count() {
            let (Ok(key), Ok(child)) = (branch.key(index), branch.child(index)) else {
                continue;
            };
            if !range.holds(key) {
                continue;
            }
            let header = db.raw_header(child).ok();
            // A page that is not in the file says nothing for or against.
            let Some(header) = header else { continue };
            if header.kind() == Some(PageKind::Branch) && header.id == child {
                return None;
            }
            let fits = (header.kind() == Some(PageKind::Leaf) && header.id == child)
                .then(|| first_key(db, child, &header))
                .flatten()
                .and_then(|first| self.leaf(child, &first))
                .filter(|(_, leaf)| {
                    let below = branch.bound_after(index).or(range.below);
                    key <= &*leaf.first && below.is_none_or(|below| *leaf.last < *below)
                });
            match fits {
                Some((at, leaf)) => {
                    if found.leaves.is_empty() {
                        found.first = key.to_vec();
                    }
                    found.leaves.push(at);
                    found.last = leaf.last.to_vec();
                    found.items += u64::from(leaf.items);
                }
                None => found.misfits += 1,
            }
        }
        (!found.leaves.is_empty()).then_some(found)
    }
}

impl Orphan {
    fn of(leaf: &LeafPage, page: Pgid) -> Option<Self> {
        let last = leaf.count().checked_sub(1)?;
        Some(Self {
            first: leaf.element(0).ok()?.key.into(),
            last: leaf.element(last).ok()?.key.into(),
            page,
            items: leaf.count(),
        })
    }
}

fn first_key(db: &Db, page: Pgid, header: &PageHeader) -> Option<Vec<u8>> {
    let node = db.tree_page(page, header, u64::from(header.overflow), &mut Vec::new());
    match node {
        Some(Node::Leaf(leaf)) => Some(leaf.element(0).ok()?.key.to_vec()),
        _ => None,
    }
}

/// A branch or leaf page that is in order: its own number, elements inside, rising keys. `budget`
/// bounds the bytes of large pages.
fn whole_page(db: &Db, page: Pgid, budget: &mut u64) -> Option<Node> {
    let header = db.raw_header(page).ok()?;
    let tree = matches!(header.kind(), Some(PageKind::Branch | PageKind::Leaf));
    if !tree || header.id != page || header.count == 0 || page.0 < 2 {
        return None;
    }
    let overflow = u64::from(header.overflow);
    *budget = budget.checked_sub(overflow.saturating_mul(db.page_size()))?;
    let mut problems = Vec::new();
    let node = db.tree_page(page, &header, overflow, &mut problems)?;
    if !problems.is_empty() {
        return None;
    }
    let mut previous: &[u8] = &[];
    match &node {
        Node::Leaf(leaf) => {
            for element in leaf.elements() {
                let element = element.ok()?;
                if element.key <= previous {
                    return None;
                }
                previous = element.key;
            }
        }
        Node::Branch(branch) => {
            for index in 0..branch.count() {
                let key = branch.key(index).ok()?;
                if key <= previous || branch.child(index).ok()?.0 < 2 {
                    return None;
                }
                previous = key;
            }
        }
    }
    Some(node)
}

impl BranchPage {
    /// A child next to another one.
    pub(super) fn sibling(&self, index: u16) -> Option<Pgid> {
        let next = match index {
            0 => 1,
            index => index - 1,
        };
        self.child(next).ok().filter(|_| next < self.count())
    }

    /// The bound that the keys under a child stay below, if this page has one.
    pub(super) fn bound_after(&self, index: u16) -> Option<&[u8]> {
        let next = index.checked_add(1).filter(|next| *next < self.count())?;
        self.key(next).ok()
    }
}

impl Db {
    /// The leaves that stand in for the lost part of a bucket to which `from` should lead, and a
    /// problem that tells of them.
    pub(super) fn stand_in(
        &self,
        range: Range<'_>,
        from: Place,
        lost: Lost,
    ) -> Option<(Vec<Pgid>, Problem)> {
        if !self.salvages {
            return None;
        }
        let orphans = self.orphans.get_or_init(|| Orphans::find(self));
        let known = orphans.latest.borrow().clone();
        let pages = match known {
            Some((place, pages)) if place == from => pages,
            _ => {
                let pages = orphans.stand_in(self, range, lost == Lost::Branch);
                *orphans.latest.borrow_mut() = Some((from, pages.clone()));
                pages
            }
        };
        let first = *pages.first()?;
        let damage = Damage::Salvaged {
            pages: pages.len() as u64,
            first,
        };
        Some((pages, from.problem(damage)))
    }

    /// A leaf that stands in.
    pub(super) fn salvaged_leaf(&self, page: Pgid) -> Option<LeafPage> {
        match whole_page(self, page, &mut u64::MAX.clone())? {
            Node::Leaf(leaf) => Some(LeafPage {
                salvaged: true,
                ..leaf
            }),
            Node::Branch(_) => None,
        }
    }

    /// Whether a page can be entered as the root of the file, be some of it broken or not.
    pub(super) fn can_be_root(&self, page: Pgid) -> bool {
        self.node(page, Place::File, None, &mut Vec::new()).is_some()
    }

    /// Whether the first leaf under a page holds buckets.
    pub(super) fn holds_buckets(&self, page: Pgid) -> bool {
        let mut page = page;
        for _ in 0..super::MAX_DEPTH {
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
    pub(super) fn find_root(&self) -> Option<Pgid> {
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
        candidates.truncate(MAX_ROOTS);
        let ranked = candidates
            .into_iter()
            .filter_map(|page| Some((self.rank_root(page, &mut budget)?, page)));
        ranked.max().map(|(_, page)| page)
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
            if key.is_some_and(|key| branch.has_room_for(index, &key)) {
                named.set(child.0);
            }
        }
    }

    /// How new a root is; `None` if it leads to no bucket.
    fn rank_root(&self, page: Pgid, budget: &mut u64) -> Option<RootRank> {
        let leaf = self.edge(page, false, budget)?;
        let mut rank = RootRank::default();
        let mut broken = 0;
        for bucket in buckets_of(&leaf) {
            rank.buckets += 1;
            let Some(root) = bucket.root() else {
                continue;
            };
            let first = self.edge(root, false, budget);
            let last = self.edge(root, true, budget);
            let key = last.and_then(|last| last.key_piece(last.count().checked_sub(1)?).ok());
            broken += u64::from(key.is_none() || first.is_none());
            rank.last.push(key.map(|key| key.to_vec()).unwrap_or_default());
        }
        rank.broken = Reverse(broken);
        (rank.buckets > 0).then_some(rank)
    }

    /// The first or last leaf under a page.
    fn edge(&self, page: Pgid, last: bool, budget: &mut u64) -> Option<LeafPage> {
        let mut page = page;
        for _ in 0..super::MAX_DEPTH {
            *budget = budget.checked_sub(self.page_size())?;
            match whole_page(self, page, budget)? {
                Node::Leaf(leaf) => return Some(leaf),
                Node::Branch(branch) => {
                    let index = match last {
                        true => branch.count().checked_sub(1)?,
                        false => 0,
                    };
                    page = branch.child(index).ok()?;
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
    /// Last keys of the buckets with pages of their own, by name of bucket.
    last: Vec<Vec<u8>>,
    broken: Reverse<u64>,
    buckets: u64,
}

/// The page size of a file without a usable meta: the one at which most of the first pages carry
/// their own number.
pub(super) fn guess_page_size(windows: &Windows, claimed: &[u32]) -> Option<u32> {
    let fits = |page_size: u32| {
        (2..66u64)
            .filter(|page| {
                let offset = page * u64::from(page_size);
                windows.get(offset, super::page::HEADER_LEN).is_ok_and(|bytes| {
                    PageHeader::read(&bytes)
                        .is_ok_and(|header| header.id.0 == *page && header.kind().is_some())
                })
            })
            .count()
    };
    claimed
        .iter()
        .copied()
        .chain((10..=24).map(|bits| 1 << bits))
        .map(|page_size| (fits(page_size), page_size))
        .filter(|(count, _)| *count > 0)
        // Of equals the first: what a broken meta claims, then the smallest.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, page_size)| page_size)
}

/// A meta for a file that has none: everything in the file may be used.
pub(super) fn stand_in_meta(page_size: u32, size: u64, claimed: Option<&Meta>) -> Meta {
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
    }
}
