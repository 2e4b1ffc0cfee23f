//! Walking the leaves of a bucket step by step, past whatever is broken.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::bits::Bits;
use super::bucket::Root;
use super::db::Node;
use super::problem::{Damage, Place, Problem};
use super::salvage::{Lost, Range};
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
    bytes_done: u64,
    finished: bool,
    /// Greatest part told so far: what stands in for a lost part may take a step back.
    told: Cell<f64>,
}

#[derive(Debug)]
struct Level {
    page: BranchPage,
    done: u16,
    /// The bound that all keys below stay under, if there is one.
    below: Option<Piece>,
    /// What its children are, once it was asked.
    children: Option<Option<PageKind>>,
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
            bytes_done: 0,
            finished: false,
            told: Cell::new(0.0),
        }
    }

    /// The next leaf page or the next problem; `None` at the end.
    pub fn next(&mut self, db: &Db) -> Option<Result<LeafPage, Problem>> {
        loop {
            if let Some(found) = self.queue.pop_front() {
                return Some(found);
            }
            if let Some(bucket) = self.start.take() {
                self.start(db, bucket);
            } else if let Some(page) = self.stand_ins.pop_front() {
                self.stand_in(db, page);
            } else if !self.step(db) {
                self.finished = true;
                return None;
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
                    self.misled(db, child, place, (&parent, index, below), depth);
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
            if page.count() == 0 || !self.stand_ins.is_empty() {
                return None;
            }
            problems.clear();
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
                self.bytes_done += page.page.bytes.len() as u64;
                if page.count() == 0 {
                    let problem = page.place().problem(Damage::NoChildren);
                    self.queue.push_back(Err(problem));
                }
                let below = branch.and_then(|(parent, index, below)| {
                    let next = index.saturating_add(1);
                    let own = parent.key_piece(next).ok();
                    own.filter(|_| next < parent.count()).or(below)
                });
                self.stack.push(Level {
                    page,
                    done: 0,
                    below,
                    children: None,
                });
                first
            }
        }
    }

    /// What the children of the innermost branch page are; looked up once a page, for a header far
    /// away may cost a window.
    fn siblings(&mut self, db: &Db, parent: &BranchPage, but: u16) -> Option<PageKind> {
        let level = self.stack.last_mut()?;
        *level
            .children
            .get_or_insert_with(|| parent.sibling_kind(db, but))
    }

    /// A child whose keys are not those that its parent wants: where another page has them, that
    /// one stands in and this one is left for whoever it belongs to.
    fn misled(
        &mut self,
        db: &Db,
        child: Pgid,
        from: Place,
        (parent, index, below): (&BranchPage, u16, Option<Piece>),
        depth: usize,
    ) {
        let bounds = from.problem(Damage::Bounds(child));
        let range = Range {
            from: parent.key(index).ok(),
            below: parent.bound_after(index).or(below.as_deref()),
        };
        match db.stand_in(range, from, Lost::WayToLeaf(parent)) {
            Some((pages, problem)) => {
                self.queue.clear();
                self.stack.truncate(depth);
                self.seen.borrow_mut().leave(child);
                self.queue.extend([Err(bounds), Err(problem)]);
                self.stand_ins.extend(pages);
            }
            None => self.queue.push_front(Err(bounds)),
        }
    }

    /// Tells why a page could not be entered, and looks for leaves that stand in for it.
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
        let Some(lost) = Lost::of(db, pgid, parent, problems) else {
            return;
        };
        let (lower, own, inherited) = match &branch {
            Some((page, at, below)) => (page.key(*at).ok(), page.bound_after(*at), below.clone()),
            None => (None, None, None),
        };
        let range = Range {
            from: lower,
            below: own.or(inherited.as_deref()),
        };
        if let Some((mut pages, problem)) = db.stand_in(range, from, lost) {
            if self.order == Order::Backward {
                pages.reverse();
            }
            self.queue.push_back(Err(problem));
            self.stand_ins.extend(pages);
        }
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
