//! The root of a file whose metas are lost, or whose root is: found among the pages, and weighed.
//!
//! Every commit writes the root anew, so that a file holds many old ones. What tells the newest is
//! in [`RootRank`]; the rules for pages are those of [`salvage`](super::salvage).

use std::cmp::Reverse;

use super::bits::Bits;
use super::bucket::Root;
use super::db::Node;
use super::page::{HEADER_LEN, PageHeader};
use super::problem::Place;
use super::salvage::{begins_at, whole_page};
use super::{BranchPage, Bucket, Db, LeafPage, MAX_DEPTH, Meta, Pgid, Portion};
use crate::bytes::{ByteOrder, Piece, Windows};

/// Pages that are tried as the root of a file.
const MAX_ROOTS: usize = 4096;
/// Equally new roots whose whole trees are compared.
const MAX_EQUALS: usize = 16;
/// Pages that a step looks at, be they in memory.
const STEP_PAGES: u64 = 1024;

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

/// How new a root is, found bucket by bucket.
struct Ranking {
    leaf: LeafPage,
    /// Name of its first bucket.
    name: Option<Piece>,
    next: u16,
    rank: RootRank,
    broken: u64,
}

impl Ranking {
    fn new(db: &Db, page: Pgid, budget: &mut u64) -> Option<Self> {
        let leaf = db.edge(page, false, budget)?;
        Some(Self {
            name: leaf.key_piece(0).ok(),
            leaf,
            next: 0,
            rank: RootRank::default(),
            broken: 0,
        })
    }

    /// Looks at the next bucket; `false` when there is none.
    fn step(&mut self, db: &Db, budget: &mut u64) -> bool {
        let index = self.next;
        if index >= self.leaf.count() {
            return false;
        }
        self.next += 1;
        let item = self.leaf.item(index).ok().filter(|item| item.is_bucket);
        if let Some(Ok(bucket)) = item.map(|item| Bucket::from_item(&item)) {
            self.bucket(db, &bucket, budget);
        }
        true
    }

    fn bucket(&mut self, db: &Db, bucket: &Bucket, budget: &mut u64) {
        let rank = &mut self.rank;
        rank.buckets += 1;
        rank.counters.push(bucket.sequence);
        let root = match &bucket.root {
            Root::Page(root) => *root,
            Root::Inline(bytes) => {
                let place = bucket.place;
                let page = Bucket::inline_page(bytes.clone(), place, bucket.order, &mut Vec::new());
                rank.counters.extend(page.iter().flat_map(counters));
                let last = page.and_then(|page| page.key_piece(page.count().checked_sub(1)?).ok());
                rank.last
                    .push(last.map(|key| key.to_vec()).unwrap_or_default());
                return;
            }
        };
        // A page that begins with the same bucket is another copy of this root.
        let name = self.name.as_deref();
        let first = db.edge(root, false, budget);
        let first = first.filter(|first| {
            let same = first
                .element(0)
                .is_ok_and(|element| element.is_bucket && name == Some(element.key));
            !same
        });
        let last = db.edge(root, true, budget);
        let key = last.and_then(|last| last.key_piece(last.count().checked_sub(1)?).ok());
        self.broken += u64::from(key.is_none() || first.is_none());
        rank.last
            .push(key.map(|key| key.to_vec()).unwrap_or_default());
    }

    /// `None` if it leads to no bucket.
    fn finish(self) -> Option<RootRank> {
        let broken = Reverse(self.broken);
        (self.rank.buckets > 0).then_some(RootRank {
            broken,
            ..self.rank
        })
    }
}

/// The search for the page that most likely is the root of the file: of the whole pages that hold
/// buckets and that no other page leads to, the one whose buckets end with the greatest keys.
/// Of those a page that a broken meta names goes first if nothing below it is broken.
pub(super) struct RootSearch {
    stage: Stage,
    hints: Vec<Pgid>,
    /// Bytes of pages that may still be read.
    budget: u64,
    named: Bits,
    candidates: Vec<Pgid>,
    branches: Vec<Pgid>,
    ranked: Vec<(RootRank, Pgid)>,
    weighed: Vec<((u64, u64), Reverse<Pgid>)>,
}

enum Stage {
    /// Looking at every page, from this one on.
    Pages(Pgid),
    /// Noting the children of a branch page, from this one on; the page after it comes next.
    Children(BranchPage, u16, Pgid),
    /// Ranking the candidates, from this one on, as far as it was looked at.
    Rank(usize, Option<Box<Ranking>>),
    /// Comparing whole trees: of this candidate, as far as it was walked.
    Weigh(usize, Tree),
    Done(Option<Pgid>),
}

/// A walk of a whole tree and the buckets in it.
struct Tree {
    seen: Bits,
    todo: Vec<(Pgid, Option<Piece>)>,
    /// Children that do not begin as their parents say or are broken.
    misfits: u64,
    /// Items of the others.
    items: u64,
}

impl RootSearch {
    pub(super) fn new(db: &Db, hints: Vec<Pgid>) -> Self {
        Self {
            stage: Stage::Pages(Pgid(2)),
            hints,
            budget: db.size().saturating_mul(8),
            named: Bits::new(db.pages_in_file()),
            candidates: Vec::new(),
            branches: Vec::new(),
            ranked: Vec::new(),
            weighed: Vec::new(),
        }
    }

    /// Searches on, by a portion; whether there is a root, once that is known.
    pub(super) fn step(&mut self, db: &Db) -> Option<Option<Pgid>> {
        let portion = db.portion();
        let mut left = STEP_PAGES;
        while left > 0 && db.has_left(portion) {
            let stage = std::mem::replace(&mut self.stage, Stage::Done(None));
            let (stage, cost) = match stage {
                Stage::Pages(page) if page.0 < db.pages_in_file() => (self.page(db, page), 1),
                Stage::Pages(_) => (self.candidates(), 1),
                Stage::Children(branch, index, next) => {
                    self.child(db, &branch, index);
                    let more = index.saturating_add(1);
                    let stage = match more < branch.count() {
                        true => Stage::Children(branch, more, next),
                        false => Stage::Pages(next),
                    };
                    (stage, 1)
                }
                Stage::Rank(at, ranking) => (self.rank(db, at, ranking), 4),
                Stage::Weigh(at, tree) => (self.weigh(db, at, tree), 1),
                Stage::Done(root) => {
                    self.stage = Stage::Done(root);
                    return Some(root);
                }
            };
            self.stage = stage;
            left = left.saturating_sub(cost);
        }
        None
    }

    /// Pages looked at, and pages in the file.
    pub(super) fn progress(&self, db: &Db) -> (u64, u64) {
        let all = db.pages_in_file();
        match &self.stage {
            Stage::Pages(page) | Stage::Children(_, _, page) => (page.0.min(all), all),
            _ => (all, all),
        }
    }

    fn page(&mut self, db: &Db, page: Pgid) -> Stage {
        let next = Pgid(page.0 + 1);
        match whole_page(db, page, &mut self.budget) {
            Some(Node::Branch(branch)) => {
                self.branches.push(page);
                return Stage::Children(branch, 0, next);
            }
            Some(Node::Leaf(leaf)) => {
                let buckets: Vec<_> = buckets_of(&leaf).collect();
                if !buckets.is_empty() {
                    self.candidates.push(page);
                }
                for root in buckets.iter().filter_map(Bucket::root) {
                    self.named.set(root.0);
                }
            }
            None => {}
        }
        Stage::Pages(next)
    }

    /// Notes a child if it really is a branch page's: its first key is the page's bound for it.
    fn child(&mut self, db: &Db, branch: &BranchPage, index: u16) {
        let Ok(child) = branch.child(index) else {
            return;
        };
        let key = match whole_page(db, child, &mut self.budget) {
            Some(Node::Leaf(leaf)) => leaf.key_piece(0).ok(),
            Some(Node::Branch(inner)) => inner.first_key(),
            None => None,
        };
        if key.is_some_and(|key| branch.key(index).is_ok_and(|bound| *bound == *key)) {
            self.named.set(child.0);
        }
    }

    fn candidates(&mut self) -> Stage {
        self.candidates.append(&mut self.branches);
        let is_named = |page: &Pgid| self.named.get(page.0) == Some(true);
        if !self.candidates.iter().all(is_named) {
            self.candidates.retain(|page| !is_named(page));
        }
        let hints = &self.hints;
        self.candidates.sort_by_key(|page| !hints.contains(page));
        self.candidates.truncate(MAX_ROOTS);
        Stage::Rank(0, None)
    }

    fn rank(&mut self, db: &Db, at: usize, ranking: Option<Box<Ranking>>) -> Stage {
        if let Some(page) = self.candidates.get(at).copied() {
            let begun = ranking.or_else(|| {
                let ranking = Ranking::new(db, page, &mut self.budget);
                ranking.map(Box::new)
            });
            let Some(mut ranking) = begun else {
                return Stage::Rank(at + 1, None);
            };
            if ranking.step(db, &mut self.budget) {
                return Stage::Rank(at, Some(ranking));
            }
            let rank = ranking.finish();
            self.ranked.extend(rank.map(|rank| (rank, page)));
            return Stage::Rank(at + 1, None);
        }
        self.ranked.sort_by(|a, b| b.cmp(a));
        let hinted = |hint: &&Pgid| {
            let mut whole = self.ranked.iter().filter(|(rank, _)| rank.broken.0 == 0);
            whole.any(|(_, page)| page == *hint)
        };
        if let Some(hint) = self.hints.iter().find(hinted) {
            return Stage::Done(Some(*hint));
        }
        let best = self.ranked.first().map(|(rank, _)| rank);
        let equals = self
            .ranked
            .iter()
            .take_while(|(rank, _)| Some(rank) == best)
            .take(MAX_EQUALS)
            .count();
        self.ranked.truncate(equals);
        match self.ranked.first() {
            Some((_, root)) if equals > 1 => Stage::Weigh(0, Tree::new(db, *root)),
            first => Stage::Done(first.map(|(_, root)| *root)),
        }
    }

    fn weigh(&mut self, db: &Db, at: usize, mut tree: Tree) -> Stage {
        if tree.step(db) {
            return Stage::Weigh(at, tree);
        }
        if let Some((_, root)) = self.ranked.get(at) {
            let weight = (tree.misfits, tree.items);
            self.weighed.push((weight, Reverse(*root)));
        }
        match self.ranked.get(at + 1) {
            Some((_, root)) => Stage::Weigh(at + 1, Tree::new(db, *root)),
            None => Stage::Done(self.weighed.iter().min().map(|(_, Reverse(root))| *root)),
        }
    }
}

impl Tree {
    fn new(db: &Db, root: Pgid) -> Self {
        Self {
            seen: Bits::new(db.pages_in_file()),
            todo: vec![(root, None)],
            misfits: 0,
            items: 0,
        }
    }

    /// Goes through one page; `false` when none is left.
    fn step(&mut self, db: &Db) -> bool {
        let Some((page, bound)) = self.todo.pop() else {
            return false;
        };
        let node = (!self.seen.set(page.0))
            .then(|| whole_page(db, page, &mut db.size()))
            .flatten();
        match node.filter(|node| begins_at(node, bound.as_deref())) {
            None => self.misfits += 1,
            Some(Node::Leaf(leaf)) => {
                self.items += u64::from(leaf.count());
                let roots = buckets_of(&leaf).filter_map(|bucket| bucket.root());
                self.todo.extend(roots.map(|root| (root, None)));
            }
            Some(Node::Branch(branch)) => {
                for index in 0..branch.count() {
                    if let Ok(child) = branch.child(index) {
                        self.todo.push((child, branch.key_piece(index).ok()));
                    }
                }
            }
        }
        true
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

/// Pages whose headers are looked at for each page size.
const TRIED: std::ops::Range<u64> = 2..66;

/// The search for the page size of a file without a usable meta: the one at which most of the first
/// pages carry their own number.
pub(super) struct PageSizeSearch {
    /// Small ones: the headers lie far apart.
    windows: Windows,
    guesses: Vec<(u32, ByteOrder)>,
    next: usize,
    best: Option<(usize, (u32, ByteOrder))>,
}

impl PageSizeSearch {
    /// Tries what broken metas claim first, then all sizes from the smallest.
    pub(super) fn new(windows: &Windows, claimed: &[(u32, ByteOrder)]) -> Self {
        let all = [ByteOrder::Little, ByteOrder::Big]
            .into_iter()
            .flat_map(|order| (10..=24).map(move |bits| (1 << bits, order)));
        Self {
            windows: windows.small(),
            guesses: claimed.iter().copied().chain(all).collect(),
            next: 0,
            best: None,
        }
    }

    /// Tries on; what was found, once that is known.
    pub(super) fn step(&mut self) -> Option<Option<(u32, ByteOrder)>> {
        let portion = Portion::new(&self.windows);
        while portion.is_left(&self.windows) {
            let most = (TRIED.end - TRIED.start) as usize;
            let certain = self.best.is_some_and(|(count, _)| count == most);
            let Some(guess) = self.guesses.get(self.next).filter(|_| !certain) else {
                return Some(self.best.map(|(_, guess)| guess));
            };
            let count = self.fits(*guess);
            // Of equals the first.
            if count > self.best.map_or(0, |(best, _)| best) {
                self.best = Some((count, *guess));
            }
            self.next += 1;
        }
        None
    }

    fn fits(&self, (page_size, order): (u32, ByteOrder)) -> usize {
        TRIED
            .filter(|page| {
                let offset = page * u64::from(page_size);
                self.windows.get(offset, HEADER_LEN).is_ok_and(|bytes| {
                    PageHeader::read(&bytes, order)
                        .is_ok_and(|header| header.id.0 == *page && header.kind().is_some())
                })
            })
            .count()
    }
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
