//! Pages to which no way leads any more: found by their headers, and put where they belong.
//!
//! A writer never changes a page in place, so that a file is full of older copies of its pages.
//! What stands in for a lost part must not be one of those if a better one is left. The rules:
//!
//! 1. Only pages count that no tree reaches and no freelist names, whose header gives their own
//!    number, and whose elements lie inside them with rising keys.
//! 2. A page of which only the header is destroyed is read by its elements. A leaf page that is
//!    wholly destroyed is lost: nothing stands in for it, for any copy left is
//!    older. Only where the *way* to leaves is lost (a wrong page number, a destroyed branch page,
//!    root or meta) are leaves looked for.
//! 3. Branch pages that survived, older copies mostly, name leaves with their first keys: whenever
//!    a child is written, its parent gets its first key (`spill` in bbolt's `node.go`). A leaf that
//!    begins otherwise was written anew since and does not count. Of branch pages for the same keys
//!    the one with the greatest last key goes first (a store that appends, as etcd's, has it in its
//!    newest copy), then the one with fewest leaves that do not fit, then the one with fewer items
//!    (a compaction only takes away). The root of a file is weighed in the same way.
//! 4. Where no branch page knows the range, a leaf counts if it begins exactly at the lost bound,
//!    or lies between two bounds.
//!
//! Whatever stands in is marked: [`LeafPage::is_salvaged`](super::LeafPage::is_salvaged), a
//! [`Damage::Salvaged`] that counts the pages, [`Db::is_salvaged`] for the root.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::task::Poll;

use super::db::Node;
use super::page::PageHeader;
use super::problem::{Damage, Place, Problem};
use super::{BranchPage, Db, LeafPage, PageKind, Pgid};

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
pub(super) struct Orphan {
    pub(super) first: Box<[u8]>,
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
#[derive(Clone, Copy, Debug)]
pub(super) enum Lost<'a> {
    /// A branch page, and with it the way to all below it; or nobody knows what.
    Branch,
    /// The number of a leaf page in this branch page; the leaf itself may be whole.
    WayToLeaf(&'a BranchPage),
}

impl<'a> Lost<'a> {
    /// Tells what is lost at a page that could not be entered for these problems. `None` where it
    /// is a leaf that is itself destroyed: rule 2. `from` is the branch page that leads there and
    /// the element, for all children of a branch page are of one kind.
    pub(super) fn of(
        db: &Db,
        page: Pgid,
        from: Option<(&'a BranchPage, u16)>,
        problems: &[Problem],
    ) -> Option<Self> {
        let destroyed = match &problems.last()?.damage {
            // Where the file is cut, the page itself is lost.
            Damage::OutOfFile { page, .. } => *page < db.meta().high_water_mark,
            Damage::MetaPage(_) => false,
            // Only of a branch page without children.
            Damage::Count { .. } | Damage::PageCut { .. } => return Some(Self::Branch),
            Damage::ReachedTwice(_) => {
                // Unless it begins otherwise than it should here, its items were only told elsewhere.
                let bound = from.and_then(|(branch, index)| branch.key_piece(index).ok());
                let first = match db.node(page, Place::File, None, &mut Vec::new()) {
                    Some(Node::Leaf(leaf)) => leaf.key_piece(0).ok(),
                    Some(Node::Branch(branch)) => branch.first_key(),
                    None => None,
                };
                let own = first
                    .zip(bound)
                    .is_none_or(|(first, bound)| *first == *bound);
                if own {
                    return None;
                }
                false
            }
            Damage::Kind { .. } => db.raw_header(page).is_ok_and(|header| header.id != page),
            Damage::Flags(_) => true,
            _ => return None,
        };
        let Some((branch, index)) = from else {
            return Some(Self::Branch);
        };
        // Most branch pages lie right above the leaves.
        let leaves = branch.sibling_kind(db, index) != Some(PageKind::Branch);
        match (leaves, destroyed) {
            (true, true) => None,
            (true, false) => Some(Self::WayToLeaf(branch)),
            (false, _) => Some(Self::Branch),
        }
    }
}

impl Orphans {
    /// Takes leaves by first key, then by page, and branch pages.
    pub(super) fn new(leaves: Vec<Orphan>, branches: Vec<Pgid>) -> Self {
        Self {
            leaves,
            branches,
            latest: RefCell::default(),
        }
    }

    /// The leaves that stand in for a lost part of a bucket, in key order.
    fn stand_in(&self, db: &Db, range: Range<'_>, lost: Lost<'_>) -> Vec<Pgid> {
        let mut picked = match lost {
            Lost::WayToLeaf(branch) => self.one_leaf(db, range, branch).into_iter().collect(),
            Lost::Branch => self.below_branch(db, range),
        };
        picked.sort_unstable();
        picked
            .into_iter()
            .filter_map(|at| Some(self.leaves.get(at)?.page))
            .collect()
    }

    /// The one leaf that begins at the lost bound: the one that the surviving branch page most
    /// like the present one names; else the one that goes furthest, with the fewest items.
    fn one_leaf(&self, db: &Db, range: Range<'_>, present: &BranchPage) -> Option<usize> {
        let from = range.from?;
        let start = self.leaves.partition_point(|leaf| *leaf.first < *from);
        let fitting: Vec<_> = (start..self.leaves.len())
            .zip(self.leaves.get(start..)?)
            .take_while(|(_, leaf)| *leaf.first == *from)
            .filter(|(_, leaf)| range.holds(&leaf.last))
            .collect();
        if fitting.len() > 1 {
            let named = self.branches.iter().filter_map(|page| {
                let branch = whole_branch(db, *page)?;
                let child = branch.find(from)?;
                let at = fitting.iter().find(|(_, leaf)| leaf.page == child)?.0;
                Some((branch.alike(present), at))
            });
            if let Some((_, at)) = named.max() {
                return Some(at);
            }
        }
        let furthest = |(_, leaf): &&(usize, &Orphan)| (leaf.last.clone(), Reverse(leaf.items));
        fitting.iter().max_by_key(furthest).map(|(at, _)| *at)
    }

    fn below_branch(&self, db: &Db, range: Range<'_>) -> Vec<usize> {
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
            let apart =
                |(first, last): &(Vec<u8>, Vec<u8>)| witness.last < *first || *last < witness.first;
            if spans.iter().all(apart) {
                picked.extend(&witness.leaves);
                spans.push((witness.first, witness.last));
            }
        }
        if picked.is_empty() {
            return match range.from {
                Some(from) => self.unnamed(range, from),
                None => self.all_if_unique(),
            };
        }
        self.extend_end(range, &mut picked);
        picked
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

    fn witness(&self, db: &Db, page: Pgid, range: Range<'_>) -> Option<Witness> {
        let branch = whole_branch(db, page)?;
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
            let end = child.0.saturating_add(1).saturating_mul(db.page_size());
            let header = db.raw_header(child).ok().filter(|_| end <= db.size());
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
        }
        (!found.leaves.is_empty()).then_some(found)
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

/// A page whose header is destroyed, but whose elements are in order: what they tell it to be.
pub(super) fn reread(db: &Db, page: Pgid) -> Option<Node> {
    if page.0 < 2 {
        return None;
    }
    let found = db.raw_header(page).ok()?;
    let read = [PageKind::Leaf, PageKind::Branch]
        .into_iter()
        .filter_map(|kind| {
            let count = db.count_of(page, kind == PageKind::Leaf)?;
            let header = PageHeader {
                id: page,
                flags: if kind == PageKind::Leaf { 2 } else { 1 },
                count,
                overflow: if found.count == count {
                    found.overflow
                } else {
                    0
                },
            };
            let overflow = u64::from(header.overflow);
            let mut problems = Vec::new();
            let node = db.tree_page(page, &header, overflow, &mut problems)?;
            (problems.is_empty() && in_order(&node)).then_some(node)
        });
    // A page can seem to be of the wrong kind only with an element or two.
    let node = read.max_by_key(|node| match node {
        Node::Leaf(leaf) => leaf.count(),
        Node::Branch(branch) => branch.count(),
    });
    node.map(|node| match node {
        Node::Leaf(leaf) => Node::Leaf(LeafPage {
            salvaged: true,
            ..leaf
        }),
        branch => branch,
    })
}

/// A branch or leaf page that is in order: its own number, elements inside, rising keys. `budget`
/// bounds the bytes of large pages.
pub(super) fn whole_page(db: &Db, page: Pgid, budget: &mut u64) -> Option<Node> {
    let header = db.raw_header(page).ok()?;
    let tree = matches!(header.kind(), Some(PageKind::Branch | PageKind::Leaf));
    if !tree || header.id != page || header.count == 0 || page.0 < 2 {
        return None;
    }
    let overflow = u64::from(header.overflow);
    *budget = budget.checked_sub(overflow.saturating_mul(db.page_size()))?;
    let mut problems = Vec::new();
    let node = db.tree_page(page, &header, overflow, &mut problems)?;
    (problems.is_empty() && in_order(&node)).then_some(node)
}

/// Whether all elements are inside the page and their keys rise.
fn in_order(node: &Node) -> bool {
    let mut previous: &[u8] = &[];
    match node {
        Node::Leaf(leaf) => leaf.elements().all(|element| {
            element.is_ok_and(|element| {
                let rises = element.key > previous;
                previous = element.key;
                rises
            })
        }),
        Node::Branch(branch) => (0..branch.count()).all(|index| {
            branch.child(index).is_ok_and(|child| child.0 >= 2)
                && branch.key(index).is_ok_and(|key| {
                    let rises = key > previous;
                    previous = key;
                    rises
                })
        }),
    }
}

fn whole_branch(db: &Db, page: Pgid) -> Option<BranchPage> {
    match whole_page(db, page, &mut db.size())? {
        Node::Branch(branch) => Some(branch),
        Node::Leaf(_) => None,
    }
}

impl Db {
    /// The leaves that stand in for the lost part of a bucket to which `from` should lead, and a
    /// problem that tells of them. Pending while pages are being searched: ask again.
    pub(super) fn stand_in(
        &self,
        range: Range<'_>,
        from: Place,
        lost: Lost<'_>,
    ) -> Poll<Option<(Vec<Pgid>, Problem)>> {
        if !self.salvages {
            return Poll::Ready(None);
        }
        let Poll::Ready(orphans) = self.orphans.step(self) else {
            return Poll::Pending;
        };
        let known = orphans.latest.borrow().clone();
        let pages = match known {
            Some((place, pages)) if place == from => pages,
            _ => {
                let pages = orphans.stand_in(self, range, lost);
                *orphans.latest.borrow_mut() = Some((from, pages.clone()));
                pages
            }
        };
        let Some(first) = pages.first().copied() else {
            return Poll::Ready(None);
        };
        let damage = Damage::Salvaged {
            pages: pages.len() as u64,
            first,
        };
        Poll::Ready(Some((pages, from.problem(damage))))
    }

    /// A leaf that stands in.
    pub(super) fn salvaged_leaf(&self, page: Pgid) -> Option<LeafPage> {
        match whole_page(self, page, &mut self.size())? {
            Node::Leaf(leaf) => Some(LeafPage {
                salvaged: true,
                ..leaf
            }),
            Node::Branch(_) => None,
        }
    }
}

/// Whether a page begins with the key that its parent gives; a root has no parent.
pub(super) fn begins_at(node: &Node, bound: Option<&[u8]>) -> bool {
    let first = match node {
        Node::Leaf(leaf) => leaf.key_piece(0).ok(),
        Node::Branch(branch) => branch.first_key(),
    };
    bound.is_none_or(|bound| first.is_some_and(|first| *first == *bound))
}

impl BranchPage {
    /// The kind of the other children, by the first one whose header can be read.
    pub(super) fn sibling_kind(&self, db: &Db, but: u16) -> Option<PageKind> {
        let mut others = (0..self.count()).filter(|index| *index != but);
        others.find_map(|index| {
            let child = self.child(index).ok()?;
            let header = db.raw_header(child).ok()?;
            header.kind().filter(|_| header.id == child)
        })
    }
}
