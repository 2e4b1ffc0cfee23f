//! What was found, each bucket key once, and its order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Fossil, Fossils};
use crate::kv::BucketKey;

/// Fossils that are kept: 240 MB of memory. The oldest pages of a file come first.
pub const MAX_FOSSILS: u32 = 1 << 22;
/// Fossils in one block of memory, so that growing never moves them.
const BLOCK: usize = 1 << 12;
/// Fossils put in order in one step.
const RUN: usize = 1 << 16;

/// Fossils by number, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    blocks: Vec<Vec<Fossil>>,
    len: u32,
}

impl Found {
    pub(super) fn get(&self, id: u32) -> Option<&Fossil> {
        let id = id as usize;
        self.blocks.get(id / BLOCK)?.get(id % BLOCK)
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Fossil> {
        let id = id as usize;
        self.blocks.get_mut(id / BLOCK)?.get_mut(id % BLOCK)
    }

    fn push(&mut self, fossil: Fossil) {
        match self.blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Some(last) => last.push(fossil),
            None => {
                // The first block grows by itself, so that a small file costs little.
                let room = if self.blocks.is_empty() { 0 } else { BLOCK };
                let mut block = Vec::with_capacity(room);
                block.push(fossil);
                self.blocks.push(block);
            }
        }
        self.len += 1;
    }
}

/// Collects fossils, merges copies, and puts them in order in the end.
#[derive(Debug)]
pub(super) struct Collector {
    found: Found,
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
    cap: u32,
    dropped: u64,
    /// Sorted runs, and how far each has been merged.
    runs: Vec<(Vec<u32>, usize)>,
    heap: BinaryHeap<Reverse<(BucketKey, usize)>>,
    order: Vec<u32>,
    sorted: u32,
}

impl Collector {
    pub(super) fn new(cap: u32) -> Self {
        Self {
            found: Found::default(),
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            cap,
            dropped: 0,
            runs: Vec::new(),
            heap: BinaryHeap::new(),
            order: Vec::new(),
            sorted: 0,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.found.len
    }

    /// Finds that were dropped because there were too many.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Adds a find; one with a known bucket key is a copy, and the surer of the two stays.
    pub(super) fn add(&mut self, fossil: Fossil) {
        let Self {
            found,
            by_key,
            hasher,
            ..
        } = self;
        let key = fossil.bucket_key();
        let hash = hasher.hash_one(key);
        let same = |id: &u32| {
            found
                .get(*id)
                .is_some_and(|known| known.bucket_key() == key)
        };
        if let Some(id) = by_key.find(hash, same).copied() {
            if let Some(known) = found.get_mut(id) {
                merge(known, &fossil);
            }
            return;
        }
        if found.len >= self.cap {
            self.dropped += 1;
            return;
        }
        let id = found.len;
        found.push(fossil);
        by_key.insert_unique(hash, id, |id| {
            found
                .get(*id)
                .map_or(0, |known| hasher.hash_one(known.bucket_key()))
        });
    }

    /// Puts a part in order; `false` when all is.
    pub(super) fn step(&mut self) -> bool {
        if self.sorted < self.found.len {
            let end = self.sorted.saturating_add(RUN as u32).min(self.found.len);
            let mut run: Vec<_> = (self.sorted..end).collect();
            run.sort_unstable_by_key(|id| self.found.get(*id).map(Fossil::bucket_key));
            self.sorted = end;
            self.runs.push((run, 0));
            if self.sorted == self.found.len {
                self.by_key = HashTable::new();
                self.order.reserve_exact(self.found.len as usize);
                for run in 0..self.runs.len() {
                    self.queue(run);
                }
            }
            return true;
        }
        for _ in 0..RUN {
            let Some(Reverse((_, run))) = self.heap.pop() else {
                return false;
            };
            if let Some((ids, at)) = self.runs.get_mut(run) {
                self.order.extend(ids.get(*at).copied());
                *at += 1;
            }
            self.queue(run);
        }
        true
    }

    /// Queues the next fossil of a run.
    fn queue(&mut self, run: usize) {
        let next = self.runs.get(run).and_then(|(ids, at)| ids.get(*at));
        if let Some(fossil) = next.and_then(|id| self.found.get(*id)) {
            self.heap.push(Reverse((fossil.bucket_key(), run)));
        }
    }

    /// How many are in their order.
    pub(super) fn in_order(&self) -> u64 {
        self.order.len() as u64
    }

    pub(super) fn finish(self) -> Fossils {
        Fossils {
            found: self.found,
            order: self.order,
            problems: Vec::new(),
        }
    }
}

/// Counts a copy; the first one of the highest confidence stays.
fn merge(known: &mut Fossil, copy: &Fossil) {
    let before = *known;
    let mut other = copy.page;
    if copy.confidence > before.confidence {
        *known = Fossil {
            also: before.also,
            ..*copy
        };
        other = before.page;
        // A page that becomes the best one is no further page.
        for page in &mut known.also {
            if *page == copy.page {
                *page = 0;
            }
        }
    }
    known.copies = before.copies.saturating_add(1);
    if other != known.page
        && !known.also.contains(&other)
        && let Some(free) = known.also.iter_mut().find(|page| **page == 0)
    {
        *free = other;
    }
}
