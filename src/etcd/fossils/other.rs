//! The pages that only the other meta's root leads to: the store as of the transaction before.

use std::collections::BTreeSet;

use super::stale::{Unit, leads_to};
use crate::bbolt::{Db, PageMap, PageUse, Pgid};

/// A walk from the other meta's root through pages that the present one does not use. A page that
/// both use has the same children for both.
#[derive(Debug)]
pub(super) struct OtherRoot {
    todo: Vec<u64>,
    pages: BTreeSet<u64>,
}

impl OtherRoot {
    pub(super) fn new(db: &Db, map: &PageMap) -> Self {
        let metas = db.metas();
        let other = usize::from(metas.active == 0);
        let mut walk = Self {
            todo: Vec::new(),
            pages: BTreeSet::new(),
        };
        if let Some(Ok(meta)) = metas.both.get(other)
            && meta.page_size == db.meta().page_size
        {
            walk.push(map, meta.root.0);
        }
        walk
    }

    /// The next page to be read; `None` when all are read.
    pub(super) fn pop(&mut self) -> Option<u64> {
        self.todo.pop()
    }

    /// Goes on from a page, or forgets it if it is not what it was.
    pub(super) fn follow(&mut self, db: &Db, map: &PageMap, unit: &Unit) {
        if unit.header.is_none() {
            self.pages.remove(&unit.page);
        }
        for page in leads_to(db, unit) {
            self.push(map, page);
        }
    }

    pub(super) fn contains(&self, page: u64) -> bool {
        self.pages.contains(&page)
    }

    fn push(&mut self, map: &PageMap, page: u64) {
        let unused = map
            .get(Pgid(page))
            .is_some_and(|entry| matches!(entry.usage, PageUse::Free(_)));
        if unused && self.pages.insert(page) {
            self.todo.push(page);
        }
    }
}
