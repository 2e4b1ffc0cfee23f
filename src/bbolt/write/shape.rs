//! [`Shape`]: what every page of an image is used for, and the way from a bucket's root to a key.
//!
//! Leaves are not read, but those of the bucket of buckets: what a page is costs the same whatever
//! lies on it. Buckets inside buckets, which etcd does not have, are told by their pages' headers
//! alone.

use super::Image;
use super::page::View;
use super::tree::BucketState;
use crate::bbolt::{MAX_DEPTH, Pgid};
use crate::bytes::Cursor;

/// What a page of an image is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// One of the two metas.
    Meta,
    /// The freelist.
    Freelist,
    /// Inner node of a bucket's tree.
    Branch,
    /// Leaf of a bucket's tree.
    Leaf,
    /// Continuation of the page before.
    Overflow,
    /// Freed by the latest transaction: the other meta still leads to it.
    Pending,
    /// To be taken by the next transaction.
    Free,
}

/// One page of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What for.
    pub usage: Usage,
    /// Its bucket, by number in [`Shape::buckets`]; 0 is the bucket of buckets.
    pub bucket: Option<u32>,
    /// The branch above it; `None` for the root of a bucket.
    pub parent: Option<Pgid>,
    /// Entries on it.
    pub count: u64,
    /// Bytes used of it and its continuation pages.
    pub used: u64,
}

/// What every page of an image is used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Up to the high-water mark.
    pub pages: Vec<Placed>,
    /// Name and root page of each bucket with pages of its own; the first is the bucket of
    /// buckets, which has no name.
    pub buckets: Vec<(Vec<u8>, Pgid)>,
}

impl Shape {
    /// A page, if it lies below the high-water mark.
    pub fn page(&self, pgid: Pgid) -> Option<&Placed> {
        self.pages.get(usize::try_from(pgid.0).ok()?)
    }

    /// Name of a page's bucket; empty for the bucket of buckets, `None` for a page of no bucket.
    pub fn bucket_of(&self, placed: &Placed) -> Option<&[u8]> {
        let at = usize::try_from(placed.bucket?).ok()?;
        self.buckets.get(at).map(|(name, _)| name.as_slice())
    }

    fn set(&mut self, pgid: u64, placed: Placed) {
        let slot = usize::try_from(pgid).ok();
        if let Some(slot) = slot.and_then(|at| self.pages.get_mut(at)) {
            *slot = placed;
        }
    }
}

/// A page that no tree leads to.
fn alone(usage: Usage) -> Placed {
    Placed {
        usage,
        bucket: None,
        parent: None,
        count: 0,
        used: 0,
    }
}

impl Image {
    /// What every page is used for.
    pub fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        for pgid in 0..self.high_water_mark().0 {
            let view = self.view(pgid).ok();
            let usage = match view {
                _ if pgid < 2 => Usage::Meta,
                Some(view) if view.is_leaf => Usage::Leaf,
                Some(_) => Usage::Branch,
                None => Usage::Overflow,
            };
            shape.pages.push(alone(usage));
        }
        self.free_pages()
            .for_each(|page| shape.set(page.0, alone(Usage::Free)));
        self.pending_pages()
            .for_each(|page| shape.set(page.0, alone(Usage::Pending)));
        if let Some(page) = self.meta().freelist {
            self.place(&mut shape, page.0, alone(Usage::Freelist));
        }
        self.follow(&mut shape, Vec::new(), self.root());
        shape
    }

    /// Pages from the root of a top-level bucket down to the leaf that holds a key, root first;
    /// `None` if it is not there. An inline bucket lies on the leaf that names it.
    pub fn way_to(&self, bucket: &[u8], key: &[u8]) -> Option<Vec<Pgid>> {
        let (mut way, entry) = self.descend(self.root().0, bucket)?;
        let state = BucketState::read(&entry.value).filter(|_| entry.is_bucket)?;
        if let Some(inline) = state.inline {
            let holds = (0..inline.count).any(|at| inline.key(at) == key);
            return holds.then_some(way);
        }
        way.clear();
        let (below, _) = self.descend(state.root, key)?;
        way.extend(below);
        Some(way)
    }

    fn descend(&self, root: u64, key: &[u8]) -> Option<(Vec<Pgid>, super::page::Inode)> {
        let mut way = Vec::new();
        let mut pgid = root;
        while way.len() <= MAX_DEPTH {
            way.push(Pgid(pgid));
            let view = self.view(pgid).ok()?;
            let at = partition(&view, |found| found <= key).checked_sub(1)?;
            if view.is_leaf {
                let inode = view.inode(at)?;
                return (*inode.key == *key).then_some((way, inode));
            }
            pgid = view.child(at)?;
        }
        None
    }

    /// Marks a page with its continuation pages.
    fn place(&self, shape: &mut Shape, pgid: u64, placed: Placed) {
        shape.set(pgid, placed);
        for offset in 1..self.pages_of(pgid) {
            let usage = Usage::Overflow;
            shape.set(pgid.saturating_add(offset), Placed { usage, ..placed });
        }
    }

    /// Marks the pages of a bucket, and those of the buckets in it where it is the one of buckets.
    fn follow(&self, shape: &mut Shape, name: Vec<u8>, root: Pgid) {
        let number = u32::try_from(shape.buckets.len()).unwrap_or(u32::MAX);
        shape.buckets.push((name, root));
        let mut found = Vec::new();
        let mut ahead = vec![(root.0, None, 0)];
        // Every page stands in one place of one tree; a damaged one must not keep us here.
        let mut left = shape.pages.len();
        while let Some((pgid, parent, depth)) = ahead.pop() {
            let Some(view) = self.view(pgid).ok().filter(|_| left > 0) else {
                continue;
            };
            left -= 1;
            let placed = Placed {
                usage: match view.is_leaf {
                    true => Usage::Leaf,
                    false => Usage::Branch,
                },
                bucket: Some(number),
                parent,
                count: view.count as u64,
                used: self.used(pgid),
            };
            self.place(shape, pgid, placed);
            if !view.is_leaf && depth < MAX_DEPTH {
                let children = (0..view.count).filter_map(|at| view.child(at));
                ahead.extend(children.map(|child| (child, Some(Pgid(pgid)), depth + 1)));
            } else if number == 0 {
                let entries = (0..view.count).filter_map(|at| view.inode(at));
                found.extend(entries.filter(|entry| entry.is_bucket).filter_map(|entry| {
                    let root = Cursor::new(&entry.value).u64_le("bucket.root").ok()?;
                    (root > 0).then(|| (entry.key.to_vec(), Pgid(root)))
                }));
            }
        }
        if number == 0 {
            found.sort();
            for (name, root) in found {
                self.follow(shape, name, root);
            }
        }
    }
}

/// How many entries from the first on have keys for which `before` holds.
fn partition(view: &View, before: impl Fn(&[u8]) -> bool) -> usize {
    let (mut low, mut high) = (0, view.count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(view.key(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
