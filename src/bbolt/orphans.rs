//! Pages that no tree reaches, and which of them stand in for a lost part: rules 3 and 4 of
//! [`salvage`](super::salvage). A surviving branch page is weighed leaf by leaf, for its leaves lie
//! all over the file.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;

use super::db::Node;
use super::page::PageHeader;
use super::problem::Place;
use super::salvage::{Lost, Range, whole_page};
use super::{BranchPage, Db, LeafPage, MAX_DEPTH, PageKind, Pgid};

/// Leaves that a step weighs, be they in memory.
const STEP_LEAVES: u32 = 4096;

/// Branch and leaf pages that no tree reaches.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    /// By first key.
    leaves: Vec<Orphan>,
    branches: Vec<Pgid>,
    /// What was asked for lately, as places in the list of leaves, since single items are asked for
    /// in a row, each on a way past as many lost parts as buckets are in each other.
    latest: RefCell<VecDeque<(Place, Rc<[usize]>)>>,
    /// What is being asked for; another question takes its place.
    weighing: RefCell<Option<Box<Weighing>>>,
}

#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) first: Box<[u8]>,
    last: Box<[u8]>,
    page: Pgid,
    items: u16,
}

/// How far the surviving branch pages were weighed for one lost part.
#[derive(Debug)]
struct Weighing {
    from: Place,
    /// The next branch page.
    next: usize,
    /// The one at hand, its next child, and what it says so far.
    open: Option<(BranchPage, u16, Witness)>,
    witnesses: Vec<Witness>,
    /// How much the branch page that names a leaf is like the present one, and the leaf.
    named: Option<(u64, usize)>,
}

/// What a surviving branch page says of a range.
#[derive(Debug, Default)]
struct Witness {
    /// Its leaves that fit, in key order, as places in the list of orphans.
    leaves: Vec<usize>,
    first: Vec<u8>,
    last: Vec<u8>,
    misfits: u64,
    items: u64,
}

impl Orphans {
    /// Takes leaves by first key, then by page, and branch pages.
    pub(super) fn new(leaves: Vec<Orphan>, branches: Vec<Pgid>) -> Self {
        Self {
            leaves,
            branches,
            ..Self::default()
        }
    }

    /// A page of the list of leaves.
    pub(super) fn page(&self, at: usize) -> Option<Pgid> {
        Some(self.leaves.get(at)?.page)
    }

    /// Whether a leaf of the list may hold a key.
    pub(super) fn may_hold(&self, at: usize, key: &[u8]) -> bool {
        let leaf = self.leaves.get(at);
        leaf.is_some_and(|leaf| *leaf.first <= *key && *key <= *leaf.last)
    }

    /// The leaves that stand in for the lost part of a bucket to which `from` should lead, in key
    /// order, as places in the list of leaves. Pending while branch pages are being weighed.
    pub(super) fn stand_in(
        &self,
        db: &Db,
        from: Place,
        range: Range<'_>,
        lost: Lost<'_>,
    ) -> Poll<Rc<[usize]>> {
        let mut latest = self.latest.borrow_mut();
        if let Some((_, known)) = latest.iter().find(|(place, _)| *place == from) {
            return Poll::Ready(Rc::clone(known));
        }
        let begun = self.weighing.take().filter(|begun| begun.from == from);
        let mut weighing = begun.unwrap_or_else(|| Box::new(Weighing::new(from)));
        let picked = match lost {
            Lost::WayToLeaf(branch) => self
                .one_leaf(db, range, branch, &mut weighing)
                .map(|leaf| leaf.into_iter().collect()),
            Lost::Branch => self.below_branch(db, range, &mut weighing),
        };
        let Poll::Ready(mut picked) = picked else {
            *self.weighing.borrow_mut() = Some(weighing);
            return Poll::Pending;
        };
        picked.sort_unstable();
        let picked: Rc<[usize]> = picked.into();
        latest.truncate(MAX_DEPTH);
        latest.push_front((from, Rc::clone(&picked)));
        Poll::Ready(picked)
    }

    /// The one leaf that begins at the lost bound: the one that the surviving branch page most
    /// like the present one names; else the one that goes furthest, with the fewest items.
    fn one_leaf(
        &self,
        db: &Db,
        range: Range<'_>,
        present: &BranchPage,
        weighing: &mut Weighing,
    ) -> Poll<Option<usize>> {
        let Some(from) = range.from else {
            return Poll::Ready(None);
        };
        let start = self.leaves.partition_point(|leaf| *leaf.first < *from);
        let fitting: Vec<_> = (start..)
            .zip(self.leaves.get(start..).unwrap_or_default())
            .take_while(|(_, leaf)| *leaf.first == *from)
            .filter(|(_, leaf)| range.holds(&leaf.last))
            .collect();
        if fitting.len() > 1 {
            let portion = db.portion();
            let mut left = STEP_LEAVES;
            while let Some(page) = self.branches.get(weighing.next) {
                if left == 0 || !db.has_left(portion) {
                    return Poll::Pending;
                }
                left -= 1;
                weighing.next += 1;
                let named = whole_branch(db, *page).and_then(|branch| {
                    let child = branch.find(from)?;
                    let at = fitting.iter().find(|(_, leaf)| leaf.page == child)?.0;
                    Some((branch.alike(present), at))
                });
                weighing.named = weighing.named.max(named);
            }
            if let Some((_, at)) = weighing.named {
                return Poll::Ready(Some(at));
            }
        }
        let furthest = |(_, leaf): &&(usize, &Orphan)| (leaf.last.clone(), Reverse(leaf.items));
        Poll::Ready(fitting.iter().max_by_key(furthest).map(|(at, _)| *at))
    }

    fn below_branch(&self, db: &Db, range: Range<'_>, weighing: &mut Weighing) -> Poll<Vec<usize>> {
        if !self.weigh(db, range, weighing) {
            return Poll::Pending;
        }
        let mut witnesses = std::mem::take(&mut weighing.witnesses);
        witnesses.sort_by(|a, b| {
            (Reverse(&a.last), a.misfits, a.items).cmp(&(Reverse(&b.last), b.misfits, b.items))
        });
        let mut picked: Vec<usize> = Vec::new();
        let mut spans: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for witness in witnesses {
            let apart =
                |(first, last): &(Vec<u8>, Vec<u8>)| witness.last < *first || *last < witness.first;
            if spans.iter().all(apart) {
                picked.extend(&witness.leaves);
                spans.push((witness.first, witness.last));
            }
        }
        if picked.is_empty() {
            return Poll::Ready(match range.from {
                Some(from) => self.unnamed(range, from),
                None => self.all_if_unique(),
            });
        }
        self.extend_end(range, &mut picked);
        Poll::Ready(picked)
    }

    /// Weighs the surviving branch pages on; `false` when this step is over before they are.
    fn weigh(&self, db: &Db, range: Range<'_>, weighing: &mut Weighing) -> bool {
        let portion = db.portion();
        let mut left = STEP_LEAVES;
        while left > 0 && db.has_left(portion) {
            left -= 1;
            let Some((branch, index, found)) = &mut weighing.open else {
                let Some(page) = self.branches.get(weighing.next) else {
                    return true;
                };
                weighing.next += 1;
                let branch = whole_branch(db, *page);
                weighing.open = branch.map(|branch| (branch, 0, Witness::default()));
                continue;
            };
            let is_witness = self.child(db, branch, *index, range, found);
            *index = index.saturating_add(1);
            if is_witness && *index < branch.count() {
                continue;
            }
            let found = std::mem::take(found);
            // Without bounds, a branch page of another bucket must not be taken for one of this.
            let fits = range.from.is_some() || found.misfits * 4 <= found.leaves.len() as u64;
            if is_witness && !found.leaves.is_empty() && fits {
                weighing.witnesses.push(found);
            }
            weighing.open = None;
        }
        false
    }

    /// What was appended since the newest surviving branch page was written: leaves that go on
    /// where its last one ends, or begin as that one and go further.
    fn extend_end(&self, range: Range<'_>, picked: &mut Vec<usize>) {
        picked.sort_unstable();
        while let Some((at, end)) = picked
            .last()
            .and_then(|at| Some((*at, self.leaves.get(*at)?)))
        {
            let start = self.leaves.partition_point(|leaf| leaf.first < end.first);
            let later = (start..).zip(self.leaves.get(start..).unwrap_or_default());
            let longer = later
                .filter(|(_, leaf)| leaf.last > end.last && range.holds(&leaf.last))
                .filter(|(_, leaf)| leaf.first.len() == end.first.len())
                .find(|(_, leaf)| leaf.first == end.first || leaf.first > end.last);
            let Some((next, leaf)) = longer else { break };
            if leaf.first == end.first {
                picked.retain(|picked| *picked != at);
            }
            picked.push(next);
        }
    }

    /// All leaves, where no two of them can be copies of one another: a file without history.
    fn all_if_unique(&self) -> Vec<usize> {
        let pairs = self.leaves.iter().zip(self.leaves.iter().skip(1));
        let mut apart = pairs.map(|(left, right)| left.last < right.first);
        match self.branches.is_empty() && apart.all(|apart| apart) {
            true => (0..self.leaves.len()).collect(),
            false => Vec::new(),
        }
    }

    /// Leaves that no branch page names: rule 4.
    fn unnamed(&self, range: Range<'_>, from: &[u8]) -> Vec<usize> {
        let inside = |leaf: &Orphan| {
            range.holds(&leaf.first)
                && range.holds(&leaf.last)
                && (*leaf.first == *from || range.below.is_some())
        };
        let mut fitting: Vec<_> = (0..self.leaves.len())
            .zip(&self.leaves)
            .filter(|(_, leaf)| inside(leaf))
            .collect();
        fitting.sort_by_key(|(_, leaf)| (*leaf.first != *from, Reverse(&leaf.last), leaf.items));
        let mut picked: Vec<(usize, &Orphan)> = Vec::new();
        for (at, leaf) in fitting.into_iter().take(4096) {
            let apart =
                |(_, other): &(usize, &Orphan)| leaf.last < other.first || other.last < leaf.first;
            if picked.iter().all(apart) {
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

    /// Takes what a branch page says of one leaf; `false` if what it leads to is no leaf, so that it
    /// says nothing of a range.
    fn child(
        &self,
        db: &Db,
        branch: &BranchPage,
        index: u16,
        range: Range<'_>,
        found: &mut Witness,
    ) -> bool {
        let (Ok(key), Ok(child)) = (branch.key(index), branch.child(index)) else {
            return true;
        };
        if !range.holds(key) {
            return true;
        }
        let end = child.0.saturating_add(1).saturating_mul(db.page_size());
        let header = db.raw_header(child).ok().filter(|_| end <= db.size());
        // A page that is not in the file says nothing for or against.
        let Some(header) = header else { return true };
        if header.kind() == Some(PageKind::Branch) && header.id == child {
            return false;
        }
        let fits = (header.kind() == Some(PageKind::Leaf) && header.id == child)
            .then(|| first_key(db, child, &header))
            .flatten()
            .and_then(|first| self.leaf(child, &first))
            .filter(|(_, leaf)| {
                let below = branch.bound_after(index).or(range.below);
                *key == *leaf.first && below.is_none_or(|below| *leaf.last < *below)
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
        true
    }
}

impl Weighing {
    fn new(from: Place) -> Self {
        Self {
            from,
            next: 0,
            open: None,
            witnesses: Vec::new(),
            named: None,
        }
    }
}

impl Orphan {
    pub(super) fn of(leaf: &LeafPage, page: Pgid) -> Option<Self> {
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

fn whole_branch(db: &Db, page: Pgid) -> Option<BranchPage> {
    match whole_page(db, page, &mut db.size())? {
        Node::Branch(branch) => Some(branch),
        Node::Leaf(_) => None,
    }
}
