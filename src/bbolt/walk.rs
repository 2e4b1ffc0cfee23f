//! Walking the leaves of a bucket step by step, past whatever is broken.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;

use super::bits::Bits;
use super::bucket::Root;
use super::db::Node;
use super::problem::{Damage, Place, Problem};
use super::salvage::{Kinds, Lost, Range, kind_but};
use super::{BranchPage, Bucket, Db, LeafPage, MAX_DEPTH, PageKind, Pgid};
use crate::bytes::Piece;

/// Which end of a bucket comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Forward,
    /// Greatest key first: leaf pages from last to first. Items of a page stay as they are.
    Backward,
}

/// How far a walk has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Bytes of pages that have been read.
    pub bytes_done: u64,
    /// Bytes that the whole walk will read, estimated from the part of the tree that is done.
    pub bytes_total: u64,
    /// Part of the tree that is done, 0 to 1.
    pub part: f64,
}

/// The state of a walk over the leaf pages of one bucket (not of the buckets in it).
///
/// Each step reads at most one leaf page and the branch pages on the way to it. No page is read
/// twice, so that a walk ends whatever the file claims.
#[derive(Debug)]
pub struct LeafWalk {
    start: Option<Bucket>,
    order: Order,
    stack: Vec<Level>,
    seen: Rc<RefCell<Seen>>,
    queue: VecDeque<Result<LeafPage, Problem>>,
    /// Leaves that stand in for a lost part, still to be read.
    stand_ins: VecDeque<Pgid>,
    /// A lost part for which leaves are being looked for; nothing else is done meanwhile.
    lost: Option<Box<Pending>>,
    bytes_done: u64,
    finished: bool,
    /// Greatest part told so far: what stands in for a lost part may take a step back.
    told: Cell<f64>,
}

/// A lost part, and how the walk goes on once it is known what stands in for it.
#[derive(Debug)]
struct Pending {
    from: Place,
    lower: Option<Piece>,
    below: Option<Piece>,
    /// The branch page whose one child is lost; `None` where a branch page is.
    parent: Option<BranchPage>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    /// The page could not be entered.
    Lost,
    /// Part of a branch page is there; its children are walked unless there is something better.
    Partial(BranchPage, Option<Piece>),
    /// The child was entered at this depth, but its keys are others.
    Misled(Pgid, usize, Problem),
}

#[derive(Debug)]
struct Level {
    page: BranchPage,
    done: u16,
    /// The bound that all keys below stay under, if there is one.
    below: Option<Piece>,
    /// What its children are, once it was asked.
    children: Option<Kinds>,
}

impl LeafWalk {
    /// Starts at one end of a bucket.
    pub fn new(db: &Db, bucket: &Bucket, order: Order) -> Self {
        let seen = match bucket.root {
            Root::Inline(_) => Seen::none(),
            Root::Page(_) => Seen::new(db),
        };
        Self::with_seen(bucket, order, Rc::new(RefCell::new(seen)))
    }

    /// Starts at one end of a bucket inside this walk's one: both together read no page twice.
    pub fn inner(&self, bucket: &Bucket, order: Order) -> Self {
        Self::with_seen(bucket, order, Rc::clone(&self.seen))
    }

    fn with_seen(bucket: &Bucket, order: Order, seen: Rc<RefCell<Seen>>) -> Self {
        Self {
            start: Some(bucket.clone()),
            order,
            stack: Vec::new(),
            seen,
            queue: VecDeque::new(),
            stand_ins: VecDeque::new(),
            lost: None,
            bytes_done: 0,
            finished: false,
            told: Cell::new(0.0),
        }
    }

    /// The next leaf page or the next problem; `None` at the end.
    ///
    /// Where a part of the tree is lost, this may read the whole file: see [`Self::poll_next`].
    pub fn next(&mut self, db: &Db) -> Option<Result<LeafPage, Problem>> {
        loop {
            if let Poll::Ready(next) = self.poll_next(db) {
                return next;
            }
        }
    }

    /// The same, but reads a few MiB at most: `Pending` while pages that may stand in for a lost
    /// part are searched, to be called again.
    pub fn poll_next(&mut self, db: &Db) -> Poll<Option<Result<LeafPage, Problem>>> {
        loop {
            if let Some(lost) = self.lost.take()
                && let Some(lost) = self.resolve(db, lost)
            {
                self.lost = Some(lost);
                return Poll::Pending;
            }
            if self.lost.is_some() {
                continue;
            }
            if let Some(found) = self.queue.pop_front() {
                return Poll::Ready(Some(found));
            }
            if let Some(bucket) = self.start.take() {
                self.start(db, bucket);
            } else if let Some(page) = self.stand_ins.pop_front() {
                self.stand_in(db, page);
            } else if !self.step(db) {
                self.finished = true;
                return Poll::Ready(None);
            }
        }
    }

    /// How far the walk has come. The estimate of the whole settles as the walk goes on.
    pub fn progress(&self, db: &Db) -> Progress {
        let mut part = 0.0;
        let mut width = 1.0;
        for level in &self.stack {
            let count = f64::from(level.page.count().max(1));
            // The child that is being walked is not done yet, but for the last level.
            let whole = level.done.saturating_sub(1);
            part += width * f64::from(whole) / count;
            // Before the first child, nothing of this page is done.
            width = if level.done == 0 { 0.0 } else { width / count };
        }
        if self.finished {
            part = 1.0;
        } else if self.start.is_none() {
            part += width;
        }
        let part = f64::min(part, 1.0).max(self.told.get());
        self.told.set(part);
        let most = db.size().max(self.bytes_done);
        let bytes_total = if part > 0.0 {
            ((self.bytes_done as f64 / part) as u64).clamp(self.bytes_done, most)
        } else {
            most
        };
        Progress {
            bytes_done: self.bytes_done,
            bytes_total,
            part,
        }
    }

    fn start(&mut self, db: &Db, bucket: Bucket) {
        let place = bucket.place;
        match bucket.root {
            Root::Page(pgid) => drop(self.enter(db, pgid, place, None)),
            Root::Inline(bytes) => {
                let mut problems = Vec::new();
                let page = Bucket::inline_page(bytes, place, bucket.order, &mut problems);
                self.queue.extend(problems.into_iter().map(Err));
                if let Some(page) = page {
                    self.bytes_done += page.len();
                    self.queue.push_back(Ok(page));
                }
            }
        }
    }

    /// Goes to the next child; `false` at the end.
    fn step(&mut self, db: &Db) -> bool {
        let Some(level) = self.stack.last_mut() else {
            return false;
        };
        let count = level.page.count();
        if level.done >= count {
            self.stack.pop();
            return true;
        }
        let index = match self.order {
            Order::Forward => level.done,
            Order::Backward => count - 1 - level.done,
        };
        level.done += 1;
        let place = level.page.place().element(index);
        // A broken key costs nothing here: the child is still named.
        if let Err(problem) = level.page.key(index) {
            self.queue.push_back(Err(problem));
        }
        match level.page.child(index) {
            Ok(child) => {
                let parent = level.page.clone();
                let below = level.below.clone();
                let depth = self.stack.len();
                let branch = Some((&parent, index, below.clone()));
                if let Some(first) = self.enter(db, child, place, branch)
                    && !parent.has_room_for(index, &first)
                {
                    self.misled(child, place, (&parent, index, below), depth);
                }
            }
            Err(problem) => self.queue.push_back(Err(problem)),
        }
        true
    }

    /// Reads a page and queues it or steps into it; gives its first key.
    fn enter(
        &mut self,
        db: &Db,
        pgid: Pgid,
        from: Place,
        branch: Option<(&BranchPage, u16, Option<Piece>)>,
    ) -> Option<Piece> {
        if self.stack.len() >= MAX_DEPTH {
            let problem = from.problem(Damage::TooDeep(pgid));
            self.queue.push_back(Err(problem));
            return None;
        }
        let mut problems = Vec::new();
        let node = db.node(pgid, from, Some(&mut self.seen.borrow_mut()), &mut problems);
        let Some(node) = node else {
            self.lose(db, pgid, from, branch, &problems);
            return None;
        };
        // All leaves are equally deep: a branch page between leaves is not that branch's child.
        if let (Node::Branch(_), Some((parent, index, _))) = (&node, &branch)
            && self.siblings(db, parent, *index) == Some(PageKind::Leaf)
        {
            let found = PageKind::Branch;
            let wanted = "leaf";
            problems.push(Place::Page(pgid).problem(Damage::Kind { found, wanted }));
            self.seen.borrow_mut().leave(pgid);
            self.lose(db, pgid, from, branch, &problems);
            return None;
        }
        let cut = |problem: &Problem| matches!(problem.damage, Damage::PageCut { .. });
        if let Node::Branch(page) = &node
            && (page.count() == 0 || problems.iter().any(cut))
            && !problems.is_empty()
        {
            // With part of its children lost, an older copy may name more of them.
            self.lose(db, pgid, from, branch.clone(), &problems);
            let below = below_of(branch.clone());
            match &mut self.lost {
                _ if page.count() == 0 => return None,
                Some(lost) => {
                    lost.then = Then::Partial(page.clone(), below);
                    return None;
                }
                None => problems.clear(),
            }
        }
        self.queue.extend(problems.into_iter().map(Err));
        match node {
            Node::Leaf(page) => {
                let first = page.item(0).ok().map(|item| item.key);
                self.bytes_done += page.len();
                self.queue.push_back(Ok(page));
                first
            }
            Node::Branch(page) => {
                let first = page.first_key();
                self.push_level(page, below_of(branch));
                first
            }
        }
    }

    fn push_level(&mut self, page: BranchPage, below: Option<Piece>) {
        self.bytes_done += page.page.bytes.len() as u64;
        if page.count() == 0 {
            let problem = page.place().problem(Damage::NoChildren);
            self.queue.push_back(Err(problem));
        }
        self.stack.push(Level {
            page,
            done: 0,
            below,
            children: None,
        });
    }

    /// What the children of the innermost branch page are; looked up once a page, for a header far
    /// away may cost a window.
    fn siblings(&mut self, db: &Db, parent: &BranchPage, but: u16) -> Option<PageKind> {
        let level = self.stack.last_mut()?;
        let kinds = level.children.get_or_insert_with(|| parent.kinds(db));
        kind_but(kinds, but)
    }

    /// A child whose keys are not those that its parent wants: where another page has them, that
    /// one stands in and this one is left for whoever it belongs to.
    fn misled(
        &mut self,
        child: Pgid,
        from: Place,
        (parent, index, below): (&BranchPage, u16, Option<Piece>),
        depth: usize,
    ) {
        let bounds = from.problem(Damage::Bounds(child));
        self.lost = Some(Box::new(Pending {
            from,
            lower: parent.key_piece(index).ok(),
            below: below_of(Some((parent, index, below))),
            parent: Some(parent.clone()),
            then: Then::Misled(child, depth, bounds),
        }));
    }

    /// Tells why a page could not be entered, and has leaves looked for that stand in for it.
    fn lose(
        &mut self,
        db: &Db,
        pgid: Pgid,
        from: Place,
        branch: Option<(&BranchPage, u16, Option<Piece>)>,
        problems: &[Problem],
    ) {
        self.queue.extend(problems.iter().cloned().map(Err));
        let parent = branch.as_ref().map(|(page, at, _)| (*page, *at));
        let siblings = |page: &BranchPage, but| self.siblings(db, page, but);
        let Some(lost) = Lost::of(db, pgid, parent, siblings, problems) else {
            return;
        };
        self.lost = Some(Box::new(Pending {
            from,
            lower: parent.and_then(|(page, at)| page.key_piece(at).ok()),
            below: below_of(branch),
            parent: match lost {
                Lost::Branch => None,
                Lost::WayToLeaf(branch) => Some(branch.clone()),
            },
            then: Then::Lost,
        }));
    }

    /// Looks for what stands in for a lost part and goes on; gives it back while the search lasts.
    fn resolve(&mut self, db: &Db, lost: Box<Pending>) -> Option<Box<Pending>> {
        let range = Range {
            from: lost.lower.as_deref().filter(|key| !key.is_empty()),
            below: lost.below.as_deref().filter(|key| !key.is_empty()),
        };
        let what = match &lost.parent {
            Some(parent) => Lost::WayToLeaf(parent),
            None => Lost::Branch,
        };
        let Poll::Ready(found) = db.stand_in(range, lost.from, what) else {
            return Some(lost);
        };
        match (found, lost.then) {
            (Some((pages, problem)), Then::Misled(child, depth, bounds)) => {
                self.queue.clear();
                self.stack.truncate(depth);
                self.seen.borrow_mut().leave(child);
                self.queue.extend([Err(bounds), Err(problem)]);
                self.stand_ins.extend(pages);
            }
            (None, Then::Misled(_, _, bounds)) => self.queue.push_front(Err(bounds)),
            (Some((mut pages, problem)), _) => {
                if self.order == Order::Backward {
                    pages.reverse();
                }
                self.queue.push_back(Err(problem));
                self.stand_ins.extend(pages);
            }
            (None, Then::Partial(page, below)) => self.push_level(page, below),
            (None, Then::Lost) => {}
        }
        None
    }

    fn stand_in(&mut self, db: &Db, page: Pgid) {
        if !self.seen.borrow_mut().enter(page) {
            return;
        }
        if let Some(leaf) = db.salvaged_leaf(page) {
            self.bytes_done += leaf.len();
            self.queue.push_back(Ok(leaf));
        }
    }
}

/// The bound that the keys of a child stay below, if there is one.
fn below_of(branch: Option<(&BranchPage, u16, Option<Piece>)>) -> Option<Piece> {
    branch.and_then(|(parent, index, below)| {
        let next = index.saturating_add(1);
        let own = parent.key_piece(next).ok();
        own.filter(|key| next < parent.count() && !key.is_empty())
            .or(below)
    })
}

/// The pages that a walk has been to: two bits a page of the file.
#[derive(Debug)]
pub(super) struct Seen {
    entered: Bits,
    /// Continuation pages of the pages entered.
    claimed: Bits,
}

impl Seen {
    /// For a walk that reads no page of the file.
    fn none() -> Self {
        Self {
            entered: Bits::new(0),
            claimed: Bits::new(0),
        }
    }

    fn new(db: &Db) -> Self {
        let pages = db.pages_in_file();
        Self {
            entered: Bits::new(pages),
            claimed: Bits::new(pages),
        }
    }

    /// Notes a page; `false` if it was noted before. Pages out of the file are not noted: they
    /// cannot be read anyway.
    pub(super) fn enter(&mut self, pgid: Pgid) -> bool {
        !self.entered.set(pgid.0)
    }

    /// Forgets a page; its continuation pages stay claimed.
    fn leave(&mut self, pgid: Pgid) {
        self.entered.clear(pgid.0);
    }

    /// Notes the continuation pages of a page, up to the first one that belongs to another page;
    /// gives how many.
    pub(super) fn claim(&mut self, pgid: Pgid, overflow: u32) -> u64 {
        let first = pgid.0.saturating_add(1);
        let mut taken = 0;
        for page in first..first.saturating_add(u64::from(overflow)) {
            if self.entered.get(page) != Some(false) || self.claimed.set(page) {
                break;
            }
            taken += 1;
        }
        taken
    }
}
