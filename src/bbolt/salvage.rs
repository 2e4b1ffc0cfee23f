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

use std::task::Poll;

use super::db::Node;
use super::page::PageHeader;
use super::problem::{Damage, Place, Problem};
use super::{BranchPage, Db, LeafPage, PageKind, Pgid};

/// Keys from the first bound, up to but without the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    pub(super) from: Option<&'a [u8]>,
    pub(super) below: Option<&'a [u8]>,
}

impl Range<'_> {
    pub(super) fn holds(&self, key: &[u8]) -> bool {
        self.from.is_none_or(|from| from <= key) && self.below.is_none_or(|below| key < below)
    }
}

/// What is lost where a page cannot be entered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lost<'a> {
    /// A branch page, and with it the way to all below it; or nobody knows what.
    Branch,
    /// The number of a leaf page in this branch page; the leaf itself may be whole.
    WayToLeaf(&'a BranchPage),
}

/// The first two children of a branch page that are known, and their kinds.
pub(super) type Kinds = [Option<(u16, PageKind)>; 2];

/// Children whose headers are looked at to learn what all of them are: as many as a page has.
const MAX_ASKED: u16 = 256;

impl<'a> Lost<'a> {
    /// Tells what is lost at a page that could not be entered for these problems. `None` where it
    /// is a leaf that is itself destroyed: rule 2. `from` is the branch page that leads there and
    /// the element, for all children of a branch page are of one kind: `siblings` tells it.
    pub(super) fn of(
        db: &Db,
        page: Pgid,
        from: Option<(&'a BranchPage, u16)>,
        siblings: impl FnOnce(&BranchPage, u16) -> Option<PageKind>,
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
        let leaves = siblings(branch, index) != Some(PageKind::Branch);
        match (leaves, destroyed) {
            (true, true) => None,
            (true, false) => Some(Self::WayToLeaf(branch)),
            (false, _) => Some(Self::Branch),
        }
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
        let Poll::Ready(picked) = orphans.stand_in(self, from, range, lost) else {
            return Poll::Pending;
        };
        let pages: Vec<_> = picked.iter().filter_map(|at| orphans.page(*at)).collect();
        let Some(first) = pages.first().copied() else {
            return Poll::Ready(None);
        };
        let damage = Damage::Salvaged {
            pages: pages.len() as u64,
            first,
        };
        Poll::Ready(Some((pages, from.problem(damage))))
    }

    /// Those of the same leaves that may hold a key.
    pub(super) fn stand_in_for(
        &self,
        key: &[u8],
        range: Range<'_>,
        from: Place,
        lost: Lost<'_>,
    ) -> Poll<Vec<Pgid>> {
        if !self.salvages {
            return Poll::Ready(Vec::new());
        }
        let Poll::Ready(orphans) = self.orphans.step(self) else {
            return Poll::Pending;
        };
        orphans.stand_in(self, from, range, lost).map(|picked| {
            let may = picked.iter().filter(|at| orphans.may_hold(**at, key));
            may.filter_map(|at| orphans.page(*at)).collect()
        })
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
        kind_but(&self.kinds(db), but)
    }

    /// The first two children whose headers can be read, and their kinds.
    pub(super) fn kinds(&self, db: &Db) -> Kinds {
        let mut known = (0..self.count().min(MAX_ASKED)).filter_map(|index| {
            let child = self.child(index).ok()?;
            let header = db.raw_header(child).ok()?;
            let kind = header.kind().filter(|_| header.id == child)?;
            Some((index, kind))
        });
        [known.next(), known.next()]
    }
}

/// The kind of a child that is not this one.
pub(super) fn kind_but(kinds: &Kinds, but: u16) -> Option<PageKind> {
    let mut others = kinds.iter().flatten().filter(|(index, _)| *index != but);
    others.next().map(|(_, kind)| *kind)
}
