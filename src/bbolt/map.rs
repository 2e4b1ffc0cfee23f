//! What every page of a file is: used by which bucket, free and why, or lost.
//!
//! ```text
//! page   0     1     2        3      4        5         6      7 ...   high-water mark  end of file
//!      | meta | meta | branch | leaf | leaf   | overflow | free | leaf |                | room    |
//!                      bucket 1, depth 0..1    of page 4   why?
//! ```
//!
//! A map is of one meta and its root. It is made by a [`MapWalk`](super::MapWalk) in steps and
//! takes twelve bytes and a bit a page.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::problem::Place;
use super::{Db, Freelist, Pgid};

/// What a page is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageUse {
    /// One of the two metas.
    Meta,
    /// The freelist, its continuation pages included.
    Freelist,
    /// Inner node of a bucket's tree.
    Branch,
    /// Leaf of a bucket's tree.
    Leaf,
    /// A page that a tree leads to, but that is no branch or leaf that can be read.
    Broken,
    /// A continuation page of a branch or leaf.
    Overflow {
        /// The page that it continues.
        of: Pgid,
    },
    /// Not used.
    Free(FreeReason),
}

/// Why a page is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeReason {
    /// The freelist names it.
    Listed,
    /// The file keeps no freelist (or none that can be read) and no bucket leads to it.
    NotReached,
    /// No bucket leads to it, but the freelist does not name it: a leak, bbolt's "unreachable
    /// unfreed".
    Leaked,
    /// Room behind the high-water mark, never allocated as far as this meta knows.
    Room,
}

/// Which bucket of a map; 0 is the one that holds the top-level buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketId(pub u32);

/// A bucket with pages of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedBucket {
    /// The bucket that holds it; `None` for the root.
    pub parent: Option<BucketId>,
    /// Its name there; empty for the root.
    pub name: Box<[u8]>,
    /// Where its header lies.
    pub place: Place,
    /// Its root page.
    pub root: Pgid,
    /// Its pages, continuation pages included.
    pub pages: u64,
    /// Elements of its leaf pages: keys and buckets.
    pub items: u64,
}

/// One page of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapEntry {
    /// The page.
    pub page: Pgid,
    /// What it is used for.
    pub usage: PageUse,
    /// The bucket that it belongs to.
    pub owner: Option<BucketId>,
    /// Levels below the root of its bucket.
    pub depth: u8,
    /// The branch page that leads to it; `None` for the root of a bucket.
    pub parent: Option<Pgid>,
    /// Its elements.
    pub items: u16,
    /// Used, but named by the freelist: bbolt's "reachable freed".
    pub conflict: bool,
}

/// A page that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreePage {
    /// The page.
    pub page: Pgid,
    /// Why it is free.
    pub why: FreeReason,
}

/// What every page is.
#[derive(Clone, Debug)]
pub struct PageMap {
    entries: Vec<Entry>,
    freed: Bits,
    buckets: Vec<MappedBucket>,
    has_freelist: bool,
    meta: u8,
    pages_in_file: u64,
    high_water_mark: Pgid,
}

/// What became of the pages of an older root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reuse {
    /// Pages that the older root leads to.
    pub pages: u64,
    /// Of these, pages that the newer root uses in the same place: unchanged since.
    pub shared: u64,
    /// Pages that the newer root uses for something else: what the older root finds there is not
    /// its own.
    pub reused: u64,
    /// Pages that the older root leads to, but that are no longer part of any tree.
    pub broken: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    None,
    Meta,
    Freelist,
    Branch,
    Leaf,
    Broken,
    Overflow,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Parent, or the page that this one continues; `NO_PAGE` for none.
    pub(super) parent: u32,
    pub(super) owner: u32,
    pub(super) items: u16,
    pub(super) depth: u8,
    pub(super) kind: Kind,
}

pub(super) const NO_PAGE: u32 = u32::MAX;
const NO_BUCKET: u32 = u32::MAX;

impl Entry {
    const NONE: Self = Self {
        parent: NO_PAGE,
        owner: NO_BUCKET,
        items: 0,
        depth: 0,
        kind: Kind::None,
    };
}

impl PageMap {
    /// Everything unused but the metas and the freelist.
    pub(super) fn empty(db: &Db, freelist: Option<&Freelist>) -> Self {
        let pages_in_file = db.pages_in_file();
        let high_water_mark = db.meta().high_water_mark;
        let mapped = pages_in_file
            .min(high_water_mark.0)
            .min(u64::from(NO_PAGE) - 1);
        let len = usize::try_from(mapped).unwrap_or(0);
        Self {
            entries: vec![Entry::NONE; len],
            freed: Bits::new(mapped),
            buckets: Vec::new(),
            has_freelist: freelist.is_some_and(|list| list.readable),
            meta: db.metas().active,
            pages_in_file,
            high_water_mark,
        }
    }

    /// Pages in the map: those below the high-water mark that are in the file.
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether the map has no page at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Which meta it is of: 0 or 1.
    pub fn meta(&self) -> u8 {
        self.meta
    }

    /// First page that was never allocated.
    pub fn high_water_mark(&self) -> Pgid {
        self.high_water_mark
    }

    /// Whether a freelist could be read; without one, free is what no bucket leads to.
    pub fn has_freelist(&self) -> bool {
        self.has_freelist
    }

    /// One page; `None` behind the end of the file.
    pub fn get(&self, page: Pgid) -> Option<MapEntry> {
        let Some(entry) = self.entry(page) else {
            let room = page >= self.high_water_mark && page.0 < self.pages_in_file;
            return room.then_some(MapEntry {
                page,
                usage: PageUse::Free(FreeReason::Room),
                owner: None,
                depth: 0,
                parent: None,
                items: 0,
                conflict: false,
            });
        };
        let parent = (entry.parent != NO_PAGE).then_some(Pgid(u64::from(entry.parent)));
        let freed = self.is_freed(page);
        let usage = match entry.kind {
            Kind::Meta => PageUse::Meta,
            Kind::Freelist => PageUse::Freelist,
            Kind::Branch => PageUse::Branch,
            Kind::Leaf => PageUse::Leaf,
            Kind::Broken => PageUse::Broken,
            Kind::Overflow => PageUse::Overflow {
                of: parent.unwrap_or(page),
            },
            Kind::None if freed => PageUse::Free(FreeReason::Listed),
            Kind::None if self.has_freelist => PageUse::Free(FreeReason::Leaked),
            Kind::None => PageUse::Free(FreeReason::NotReached),
        };
        Some(MapEntry {
            page,
            usage,
            owner: (entry.owner != NO_BUCKET).then_some(BucketId(entry.owner)),
            depth: entry.depth,
            parent: parent.filter(|_| entry.kind != Kind::Overflow),
            items: entry.items,
            conflict: freed && entry.kind != Kind::None,
        })
    }

    /// All pages below the high-water mark.
    pub fn pages(&self) -> impl Iterator<Item = MapEntry> + '_ {
        (0..self.len()).filter_map(|page| self.get(Pgid(page)))
    }

    /// All pages that are not used, those behind the high-water mark included, with the reason.
    pub fn free(&self) -> impl Iterator<Item = FreePage> + '_ {
        let room = self.high_water_mark.0..self.pages_in_file;
        (0..self.len()).chain(room).filter_map(|page| {
            let page = Pgid(page);
            match self.get(page)?.usage {
                PageUse::Free(why) => Some(FreePage { page, why }),
                _ => None,
            }
        })
    }

    /// The buckets with pages of their own; inline ones have none.
    pub fn buckets(&self) -> &[MappedBucket] {
        &self.buckets
    }

    /// A bucket.
    pub fn bucket(&self, id: BucketId) -> Option<&MappedBucket> {
        self.buckets.get(usize::try_from(id.0).ok()?)
    }

    /// The names from the top down to a bucket; none for the root.
    pub fn path(&self, id: BucketId) -> Vec<&[u8]> {
        let mut path = Vec::new();
        let mut at = self.bucket(id);
        // A parent is always listed before its children, so that this ends.
        while let Some(bucket) = at {
            if let Some(parent) = bucket.parent {
                path.push(&*bucket.name);
                at = self.bucket(parent);
            } else {
                break;
            }
        }
        path.reverse();
        path
    }

    /// How many pages of this map, of an older root, were used again by a newer one since.
    pub fn reuse(&self, newer: &Self) -> Reuse {
        let by_path: BTreeMap<_, _> = (0u32..)
            .take(newer.buckets.len())
            .map(|id| (newer.path(BucketId(id)), id))
            .collect();
        // Bucket of this map to bucket of the newer one.
        let same: Vec<_> = (0u32..)
            .take(self.buckets.len())
            .map(|id| by_path.get(&self.path(BucketId(id))).copied())
            .collect();
        let mut found = Reuse::default();
        for (page, old) in (0..).map(Pgid).zip(&self.entries) {
            if matches!(old.kind, Kind::None | Kind::Meta | Kind::Freelist) {
                continue;
            }
            found.pages += 1;
            let now = newer.entry(page).filter(|now| now.kind != Kind::None);
            let owner = usize::try_from(old.owner).ok();
            let owner = owner.and_then(|owner| same.get(owner).copied().flatten());
            match now {
                Some(now) if now.kind == old.kind && owner == Some(now.owner) => found.shared += 1,
                Some(_) => found.reused += 1,
                None if old.kind == Kind::Broken => found.broken += 1,
                None => {}
            }
        }
        found
    }

    pub(super) fn entry(&self, page: Pgid) -> Option<&Entry> {
        self.entries.get(usize::try_from(page.0).ok()?)
    }

    pub(super) fn entry_mut(&mut self, page: Pgid) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(page.0).ok()?)
    }

    pub(super) fn bucket_mut(&mut self, id: BucketId) -> Option<&mut MappedBucket> {
        self.buckets.get_mut(usize::try_from(id.0).ok()?)
    }

    /// Lists a bucket; `None` past four thousand million of them.
    pub(super) fn push_bucket(&mut self, bucket: MappedBucket) -> Option<BucketId> {
        let id = u32::try_from(self.buckets.len())
            .ok()
            .filter(|id| *id != NO_BUCKET)?;
        self.buckets.push(bucket);
        Some(BucketId(id))
    }

    /// Notes a page of the freelist; tells whether it was noted before.
    pub(super) fn free_page(&mut self, page: Pgid) -> bool {
        self.freed.set(page.0)
    }

    pub(super) fn is_freed(&self, page: Pgid) -> bool {
        self.freed.get(page.0) == Some(true)
    }

    /// Whether a page is used by something.
    pub(super) fn is_used(&self, page: Pgid) -> bool {
        self.entry(page)
            .is_some_and(|entry| entry.kind != Kind::None)
    }
}
