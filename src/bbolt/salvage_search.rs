//! The search for pages that no tree reaches, a bounded piece at a time.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::task::Poll;

use super::db::Node;
use super::orphans::{Orphan, Orphans};
use super::salvage::whole_page;
use super::{Db, FreeReason, MapWalk, PageMap, PageUse, Pgid};

/// Pages that a step looks up in the map: most are not read.
const STEP_PAGES: u64 = 1 << 16;
/// Pages that a step looks into, be they in memory.
const STEP_READ: u32 = 1024;

/// What was found, once it was looked for; shared by all walks of a file.
#[derive(Debug, Default)]
pub(super) struct Search {
    found: OnceCell<Orphans>,
    going: RefCell<Option<Box<Going>>>,
}

#[derive(Debug)]
struct Going {
    stage: Stage,
    /// By first key, then by page.
    leaves: BTreeMap<(Box<[u8]>, Pgid), Orphan>,
    branches: Vec<Pgid>,
    /// Bytes of large pages that may still be read.
    budget: u64,
}

#[derive(Debug)]
enum Stage {
    /// Walking all trees.
    Map(Box<MapWalk>),
    /// Looking at every page that none of them reaches, from this one on.
    Pages(Box<PageMap>, Pgid),
}

impl Search {
    /// Searches on: what was found, or that another call is needed.
    pub(super) fn step(&self, db: &Db) -> Poll<&Orphans> {
        if let Some(found) = self.found.get() {
            return Poll::Ready(found);
        }
        let mut going = self.going.borrow_mut();
        if going
            .get_or_insert_with(|| Box::new(Going::new(db)))
            .step(db)
        {
            return Poll::Pending;
        }
        let found = going.take().map(|going| going.finish());
        Poll::Ready(self.found.get_or_init(|| found.unwrap_or_default()))
    }
}

impl Db {
    /// How far a search for pages that stand in for lost ones has come, in bytes done and in all;
    /// `None` while none is going on.
    pub fn search_progress(&self) -> Option<(u64, u64)> {
        let going = self.orphans.going.borrow();
        Some(going.as_ref()?.progress(self))
    }
}

impl Going {
    fn new(db: &Db) -> Self {
        Self {
            stage: Stage::Map(Box::new(MapWalk::new(db))),
            leaves: BTreeMap::new(),
            branches: Vec::new(),
            budget: db.size().saturating_mul(2),
        }
    }

    /// Bytes of pages gone through, and to go through: once by the trees, once for the others.
    fn progress(&self, db: &Db) -> (u64, u64) {
        let (done, all) = match &self.stage {
            Stage::Map(walk) => walk.progress(),
            Stage::Pages(map, next) => (map.len() + next.0, map.len()),
        };
        (done * db.page_size(), all * 2 * db.page_size())
    }

    /// `false` when all is done.
    fn step(&mut self, db: &Db) -> bool {
        match &mut self.stage {
            Stage::Map(walk) => {
                let more = walk.step(db, STEP_READ);
                walk.take_findings();
                if !more {
                    let map = Box::new(walk.map().clone());
                    self.stage = Stage::Pages(map, Pgid(0));
                }
                true
            }
            Stage::Pages(map, next) => {
                let portion = db.portion();
                let mut read = 0;
                let end = map.len().min(next.0.saturating_add(STEP_PAGES));
                while next.0 < end && read < STEP_READ && db.has_left(portion) {
                    let page = *next;
                    next.0 += 1;
                    let lost = PageUse::Free(FreeReason::NotReached);
                    let leaked = PageUse::Free(FreeReason::Leaked);
                    let usage = map.get(page).map(|entry| entry.usage);
                    if usage != Some(lost) && usage != Some(leaked) {
                        continue;
                    }
                    read += 1;
                    match whole_page(db, page, &mut self.budget) {
                        Some(Node::Leaf(leaf)) => {
                            if let Some(orphan) = Orphan::of(&leaf, page) {
                                let key = (orphan.first.clone(), page);
                                self.leaves.insert(key, orphan);
                            }
                        }
                        Some(Node::Branch(_)) => self.branches.push(page),
                        None => {}
                    }
                }
                next.0 < map.len()
            }
        }
    }

    fn finish(self) -> Orphans {
        Orphans::new(self.leaves.into_values().collect(), self.branches)
    }
}
