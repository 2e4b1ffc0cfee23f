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

    /// Reads one page; `false` when all are read.
    pub(super) fn step(&mut self, db: &Db, map: &PageMap) -> bool {
        let Some(page) = self.todo.pop() else {
            return false;
        };
        let own = db.raw_header(Pgid(page)).ok();
        let Some(header) = own.filter(|header| header.id.0 == page) else {
            self.pages.remove(&page);
            return true;
        };
        let start = page.saturating_mul(db.page_size());
        let len = (u64::from(header.overflow) + 1).saturating_mul(db.page_size());
        let unit = Unit {
            page,
            pages: 1,
            start,
            end: start.saturating_add(len).min(db.size()),
            header: Some(header),
            cut: false,
        };
        for page in leads_to(db, &unit) {
            self.push(map, page);
        }
        true
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
