//! Walks every bucket of a file, page by page, and tells what each page is and what is wrong.
//!
//! One pass does what bbolt's check does in two (`recursivelyCheckBucket` in `tx_check.go`): a
//! page is counted as reached when it is entered, its keys are compared on the way, and what was
//! found about the order of keys is told after the last page of the bucket, as bbolt tells it.

use super::check::Finding;
use super::db::Node;
use super::map::{Kind, MappedBucket};
use super::map_mark::{At, compare};
use super::problem::{Damage, Place, Problem};
use super::{BranchPage, BucketId, Db, LeafPage, MAX_DEPTH, PageKind, PageMap, Pgid};
use crate::bytes::Piece;

/// Findings about the order of keys that are held back until their bucket ends.
pub(super) const MAX_HELD: usize = 1 << 16;
/// Pages swept in place of one that is read.
const SWEEP: u64 = 4096;

/// A walk over all pages that is driven step by step.
///
/// No page is read more than a few times, so that it ends whatever the file claims: a page that
/// is reached again is gone through again, as bbolt does, only until as many pages have been
/// repeated as the file has.
#[derive(Debug)]
pub struct MapWalk {
    pub(super) map: PageMap,
    phase: Phase,
    /// Buckets still to be walked, the next one last.
    pending: Vec<BucketId>,
    /// Buckets found in the present one.
    pub(super) inner: Vec<BucketId>,
    pub(super) bucket: BucketId,
    pub(super) frames: Vec<Frame>,
    pub(super) findings: Vec<Finding>,
    order: Vec<Finding>,
    /// Pages that may still be gone through again, and continuation pages told of.
    pub(super) spare: u64,
    entered: u64,
}

#[derive(Debug)]
enum Phase {
    Start,
    Buckets,
    Sweep(u64),
    Done,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) pgid: Pgid,
    page: BranchPage,
    next: u16,
    /// Greatest key so far, or the bound from above.
    least: Option<Piece>,
    /// The bound that all keys must stay below.
    below: Option<Piece>,
}

impl MapWalk {
    /// Starts with nothing read but the freelist.
    pub fn new(db: &Db) -> Self {
        let freelist = db.freelist();
        let map = PageMap::empty(db, freelist.as_ref());
        let mut walk = Self {
            spare: map.len() + 1024,
            map,
            phase: Phase::Start,
            pending: Vec::new(),
            inner: Vec::new(),
            bucket: BucketId(0),
            frames: Vec::new(),
            findings: Vec::new(),
            order: Vec::new(),
            entered: 0,
        };
        let known = db.problems().iter().cloned().map(Finding::of);
        walk.findings.extend(known);
        if let Some(list) = freelist.filter(|list| list.readable) {
            let mut twice: Vec<_> = list.ids().filter(|id| walk.map.free_page(*id)).collect();
            twice.sort_unstable();
            walk.findings
                .extend(twice.into_iter().map(Finding::AlreadyFreed));
            for page in list.page.0..list.page.0.saturating_add(list.pages) {
                walk.mark(Pgid(page), Kind::Freelist, 0);
            }
        }
        walk
    }

    /// Reads up to `pages` pages, fewer where a [`Portion`](super::Portion) is used up before;
    /// `false` when all is done.
    pub fn step(&mut self, db: &Db, pages: u32) -> bool {
        let portion = db.portion();
        for _ in 0..pages.max(1) {
            if !db.has_left(portion) {
                break;
            }
            match self.phase {
                Phase::Start => {
                    self.metas(db);
                    self.root(db);
                    self.phase = Phase::Buckets;
                }
                Phase::Buckets if !self.frames.is_empty() => self.next_child(db),
                Phase::Buckets => match self.pending.pop() {
                    Some(bucket) => self.enter_bucket(db, bucket),
                    None => self.phase = Phase::Sweep(0),
                },
                Phase::Sweep(from) if from < self.map.len() => {
                    let to = from.saturating_add(SWEEP).min(self.map.len());
                    self.sweep(from, to);
                    self.phase = Phase::Sweep(to);
                }
                Phase::Sweep(_) => self.phase = Phase::Done,
                Phase::Done => return false,
            }
        }
        !matches!(self.phase, Phase::Done)
    }

    /// What was found since the last call, in bbolt's order.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// How many findings wait to be taken.
    pub fn findings_left(&self) -> usize {
        self.findings.len()
    }

    /// Whether the walk has come by a page.
    pub fn has_reached(&self, page: Pgid) -> bool {
        self.map.is_used(page)
    }

    /// Pages read, and pages in the map: unused ones are not read, so that the end may come early.
    pub fn progress(&self) -> (u64, u64) {
        (self.entered.min(self.map.len()), self.map.len())
    }

    /// The map as far as it is done.
    pub fn map(&self) -> &PageMap {
        &self.map
    }

    /// The map.
    pub fn into_map(self) -> PageMap {
        self.map
    }

    /// The pages of the metas themselves: bbolt reads their headers like any other page's.
    fn metas(&mut self, db: &Db) {
        for page in [Pgid(0), Pgid(1)] {
            self.mark(page, Kind::Meta, 0);
            let place = Place::Page(page);
            let found = match db.raw_header(page) {
                Ok(header) if header.kind() != Some(PageKind::Meta) => Damage::Flags(header.flags),
                Ok(header) if header.id != page => Damage::WrongId(header.id),
                Ok(_) => continue,
                Err(error) => error.into(),
            };
            let problem = place.problem(found);
            self.findings.push(Finding::Damage(problem));
        }
    }

    fn root(&mut self, db: &Db) {
        let bucket = db.root();
        let root = bucket.root().unwrap_or_default();
        if root.0 == 0 {
            // To bbolt this is an inline bucket without a page.
            let problem = bucket.place.problem(Damage::MetaPage(root));
            self.findings.push(Finding::Note(problem));
            return;
        }
        let id = self.map.push_bucket(MappedBucket {
            parent: None,
            name: Box::default(),
            place: bucket.place,
            root,
            pages: 0,
            items: 0,
        });
        self.pending.extend(id);
    }

    fn enter_bucket(&mut self, db: &Db, id: BucketId) {
        let Some(bucket) = self.map.bucket(id) else {
            return;
        };
        self.bucket = id;
        let (root, place) = (bucket.root, bucket.place);
        self.visit(db, root, place, None, None);
        self.leave_bucket_if_done();
    }

    fn leave_bucket_if_done(&mut self) {
        if self.frames.is_empty() {
            self.findings.append(&mut self.order);
            self.pending.extend(self.inner.drain(..).rev());
        }
    }

    /// Goes to the next child of the innermost branch page.
    fn next_child(&mut self, db: &Db) {
        let stack = self.stack(None);
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let index = frame.next;
        if index >= frame.page.count() {
            let greatest = frame.least.take();
            let empty = frame.page.count() == 0;
            self.frames.pop();
            if let Some(parent) = self.frames.last_mut() {
                parent.least = greatest.filter(|_| !empty);
            }
            self.leave_bucket_if_done();
            return;
        }
        frame.next += 1;
        let place = frame.page.place().element(index);
        let key = frame.page.key_piece(index);
        let above = match index.saturating_add(1) {
            next if next < frame.page.count() => frame.page.key_piece(next).ok(),
            _ => frame.below.clone(),
        };
        let (least, below) = (frame.least.take(), frame.below.clone());
        let child = frame.page.child(index);
        match &key {
            Ok(key) => {
                let child = child.as_ref().map_or(frame.pgid, |child| *child);
                let at = At {
                    kind: PageKind::Branch,
                    page: child,
                    index,
                    stack: &stack,
                };
                compare(
                    &mut self.order,
                    &at,
                    key,
                    least.as_deref(),
                    below.as_deref(),
                );
            }
            Err(problem) => self.findings.push(Finding::of(problem.clone())),
        }
        match child {
            Ok(child) => {
                let found = self.visit(db, child, place, key.ok(), above);
                if let (Visit::Leaf(greatest), Some(frame)) = (found, self.frames.last_mut()) {
                    frame.least = greatest;
                }
            }
            Err(problem) => self.findings.push(Finding::of(problem)),
        }
    }

    /// Enters a page. A leaf is done at once; a branch page is put on the stack.
    fn visit(
        &mut self,
        db: &Db,
        pgid: Pgid,
        from: Place,
        least: Option<Piece>,
        below: Option<Piece>,
    ) -> Visit {
        let nothing = Visit::Leaf(None);
        let stack = self.stack(Some(pgid));
        let high_water_mark = db.meta().high_water_mark;
        self.entered += 1;
        if pgid > high_water_mark {
            self.findings.push(Finding::OutOfBounds {
                page: pgid,
                high_water_mark,
                stack: stack.clone(),
            });
        }
        let header = match db.raw_header(pgid) {
            Ok(header) => header,
            Err(error) => {
                let pages = db.size() / db.page_size();
                let damage = match error {
                    crate::bytes::ReadError::PastEnd { .. } => {
                        Damage::OutOfFile { page: pgid, pages }
                    }
                    other => other.into(),
                };
                if pgid <= high_water_mark {
                    self.findings.push(Finding::Damage(from.problem(damage)));
                }
                return nothing;
            }
        };
        if pgid == high_water_mark {
            self.findings
                .push(Finding::Note(from.problem(Damage::NeverAllocated {
                    page: pgid,
                    high_water_mark,
                })));
        }
        if header.id != pgid {
            let problem = Place::Page(pgid).problem(Damage::WrongId(header.id));
            self.findings.push(Finding::Damage(problem));
        }
        let known = self.map.entry(pgid).map_or(Kind::None, |entry| entry.kind);
        if known != Kind::None {
            self.findings.push(Finding::MultipleReferences {
                page: pgid,
                stack: stack.clone(),
            });
        }
        let room = self.continuation(pgid, header.overflow, &stack);
        let tree = matches!(header.kind(), Some(PageKind::Branch | PageKind::Leaf));
        if self.map.is_freed(pgid) {
            self.findings.push(Finding::ReachableFreed(pgid));
        } else if !tree {
            self.findings.push(Finding::InvalidType {
                page: pgid,
                flags: header.flags,
                stack: stack.clone(),
            });
        }
        let first = matches!(known, Kind::None | Kind::Overflow);
        if !tree {
            let flags = header.flags;
            let page = pgid;
            self.hold(Finding::UnexpectedType { page, flags });
            if first {
                self.mark(pgid, Kind::Broken, 0);
            }
            return nothing;
        }
        if !first {
            let looped = self.frames.iter().any(|frame| frame.pgid == pgid);
            if looped || self.spare == 0 {
                return nothing;
            }
            self.spare -= 1;
        }
        if self.frames.len() >= MAX_DEPTH {
            let problem = from.problem(Damage::TooDeep(pgid));
            self.findings.push(Finding::Damage(problem));
            return nothing;
        }
        let mut problems = Vec::new();
        let node = db.tree_page(pgid, &header, room, &mut problems);
        self.findings.extend(problems.into_iter().map(Finding::of));
        match node {
            None => {
                if first {
                    self.mark(pgid, Kind::Broken, 0);
                }
                nothing
            }
            Some(Node::Branch(page)) => {
                if first {
                    self.mark_tree(db, pgid, Kind::Branch, page.count(), page.page.bytes.len());
                }
                if page.count() == 0 {
                    let problem = page.place().problem(Damage::NoChildren);
                    self.findings.push(Finding::of(problem));
                }
                self.frames.push(Frame {
                    pgid,
                    page,
                    next: 0,
                    least,
                    below,
                });
                Visit::Branch
            }
            Some(Node::Leaf(page)) => {
                if first {
                    self.mark_tree(db, pgid, Kind::Leaf, page.count(), page.page.bytes.len());
                }
                Visit::Leaf(self.leaf(&page, pgid, &stack, least, below, first))
            }
        }
    }

    /// Compares the keys of a leaf, and lists the buckets in it; gives its last key.
    fn leaf(
        &mut self,
        page: &LeafPage,
        pgid: Pgid,
        stack: &[Pgid],
        least: Option<Piece>,
        below: Option<Piece>,
        first: bool,
    ) -> Option<Piece> {
        let mut previous = least.as_deref();
        let empty: &[u8] = &[];
        for index in 0..page.count() {
            let key = match page.element(index) {
                Ok(element) => {
                    if element.is_bucket && first {
                        match page.item(index) {
                            Ok(item) => self.list_bucket(&item, self.bucket),
                            Err(problem) => self.findings.push(Finding::of(problem)),
                        }
                    }
                    element.key
                }
                Err(problem) => {
                    let key = match page.key_bytes(index) {
                        Ok(key) => key,
                        Err(_) if problem.damage == Damage::EmptyKey => empty,
                        Err(_) => {
                            self.findings.push(Finding::of(problem));
                            continue;
                        }
                    };
                    self.findings.push(Finding::of(problem));
                    key
                }
            };
            let at = At {
                kind: PageKind::Leaf,
                page: pgid,
                index,
                stack,
            };
            compare(&mut self.order, &at, key, previous, below.as_deref());
            previous = Some(key);
        }
        let last = page.count().checked_sub(1)?;
        page.key_piece(last).ok()
    }

    /// The pages from the root of the bucket to the present one, and one more.
    fn stack(&self, more: Option<Pgid>) -> Vec<Pgid> {
        self.frames
            .iter()
            .map(|frame| frame.pgid)
            .chain(more)
            .collect()
    }

    fn hold(&mut self, finding: Finding) {
        if self.order.len() < MAX_HELD {
            self.order.push(finding);
        }
    }

    fn sweep(&mut self, from: u64, to: u64) {
        if !self.map.has_freelist() {
            return;
        }
        for page in (from..to).map(Pgid) {
            if !self.map.is_used(page) && !self.map.is_freed(page) {
                self.findings.push(Finding::UnreachableUnfreed(page));
            }
        }
    }
}

enum Visit {
    Branch,
    /// Greatest key of the subtree, if it has one.
    Leaf(Option<Piece>),
}

impl Db {
    /// What every page is, and what is wrong: a whole [`MapWalk`] at once.
    pub fn page_map(&self) -> (PageMap, Vec<Finding>) {
        let mut walk = MapWalk::new(self);
        while walk.step(self, u32::MAX) {}
        let findings = walk.take_findings();
        (walk.into_map(), findings)
    }
}

impl LeafPage {
    fn key_bytes(&self, index: u16) -> Result<&[u8], Problem> {
        let range = self.key_range(index)?;
        Ok(self.page.bytes.get(range).unwrap_or_default())
    }
}
