//! [`Commit`]: what a transaction did to the pages.

use super::page::push_header;
use super::tree::NodeId;
use super::tx::Tx;
use super::{Error, Image};
use crate::bbolt::page::PageKind;
use crate::bbolt::{Pgid, Txid};

/// Most entries that a freelist page counts in its header.
const MAX_COUNT: u64 = 0xFFFF;

/// What a transaction did, page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The transaction.
    pub txid: Txid,
    /// The meta page that it wrote: 0 or 1. The other one still tells the state before.
    pub meta: Pgid,
    /// The new root page of the bucket of buckets.
    pub root: Pgid,
    /// First page that was never taken, before and after.
    pub high_water_mark: (Pgid, Pgid),
    /// Pages that became free when the transaction began.
    pub released: Vec<Pgid>,
    /// Branch, leaf and freelist pages that it wrote, in the order of writing: children before
    /// their parents.
    pub written: Vec<Written>,
    /// Pages that it freed, to be taken from the next transaction on; each continuation page too.
    pub freed: Vec<Pgid>,
}

/// A page that was written, with its continuation pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub pgid: Pgid,
    /// What it is.
    pub kind: PageKind,
    /// Continuation pages behind it.
    pub overflow: u32,
    /// Entries on it.
    pub count: u64,
    /// Bytes used of it and its continuation pages.
    pub used: u64,
    /// The page that it is the new copy of; `None` where a split made it.
    pub before: Option<Pgid>,
    /// The branch above it; `None` for the root of a bucket, and for the freelist.
    pub parent: Option<Pgid>,
    /// Its bucket: names from the top, none for the bucket of buckets and for the freelist.
    pub owner: Vec<Vec<u8>>,
    /// Whether it took the place of a free page.
    pub reused: bool,
}

impl Tx<'_> {
    /// Ends the transaction: merges, splits, places the changed pages, writes them and the meta.
    ///
    /// # Errors
    /// `Broken`, and the image is as before.
    pub fn commit(mut self) -> Result<Commit, Error> {
        let root = self.root();
        let placed = self.rebalance(root).and_then(|()| self.spill(root));
        if let Err(error) = placed {
            for (start, len) in &self.reused {
                self.image.free.add(*start, *len);
            }
            return Err(error);
        }
        self.meta.root = self.state(root).root;
        let before = self.image.high_water_mark();
        let freelist = self.place_freelist();
        if self.meta.high_water_mark > before.0 {
            self.image.taken_up_to(self.meta.high_water_mark);
            self.image.grow(self.meta.high_water_mark);
        }
        let mut written = self.written();
        for spilled in std::mem::take(&mut self.spilled) {
            let pages = u64::from(spilled.overflow) + 1;
            self.image.set_run(spilled.pgid, spilled.bytes, pages);
        }
        if let Some((page, bytes)) = freelist {
            self.image.set_page(page.pgid.0, bytes);
            written.push(page);
        }
        for (start, len) in &self.freed {
            self.image.free.wait(*start, *len);
        }
        self.image.set_meta(self.meta);
        Ok(Commit {
            txid: self.meta.txid,
            meta: Pgid(self.meta.txid.0 % 2),
            root: Pgid(self.meta.root),
            high_water_mark: (before, self.image.high_water_mark()),
            released: pages(&self.released),
            written,
            freed: pages(&self.freed),
        })
    }

    fn written(&self) -> Vec<Written> {
        let page = |node: NodeId| self.node(node);
        self.spilled
            .iter()
            .map(|spilled| Written {
                pgid: Pgid(spilled.pgid),
                kind: match page(spilled.node).is_leaf {
                    true => PageKind::Leaf,
                    false => PageKind::Branch,
                },
                overflow: spilled.overflow,
                count: spilled.count,
                used: spilled.used,
                before: (spilled.before > 0).then_some(Pgid(spilled.before)),
                parent: self.page_of(page(spilled.node).parent),
                owner: self.path(page(spilled.node).bucket),
                reused: spilled.reused,
            })
            .collect()
    }

    /// Frees the old freelist, and places a new one where the file keeps one.
    fn place_freelist(&mut self) -> Option<(Written, Vec<u8>)> {
        let before = self.meta.freelist.take();
        if let Some(page) = before {
            self.free_page(page.0);
        }
        if !self.image.options().freelist_sync {
            return None;
        }
        let waiting: u64 = self.freed.iter().map(|(_, len)| len).sum();
        let count = self.image.free.free_count() + waiting;
        let entries = count + u64::from(count >= MAX_COUNT);
        // Reckoned before its own pages are taken, as bbolt does: it may be one too long.
        let size = super::page::HEADER_LEN + 8 * entries;
        let page_size = self.image.page_size();
        let pages_needed = size / page_size + 1;
        let (pgid, reused) = self.allocate(pages_needed);
        self.meta.freelist = Some(Pgid(pgid));
        let mut ids: Vec<u64> = self.image.free.free().collect();
        ids.extend(
            self.freed
                .iter()
                .flat_map(|(start, len)| *start..start + len),
        );
        ids.sort_unstable();
        let count = ids.len() as u64;
        let overflow = u32::try_from(pages_needed - 1).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(size as usize);
        let short = u16::try_from(count).unwrap_or(u16::MAX);
        push_header(&mut bytes, pgid, PageKind::Freelist, short, overflow);
        if count >= MAX_COUNT {
            bytes.extend(count.to_le_bytes());
        }
        bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
        let used = bytes.len() as u64;
        bytes.resize((pages_needed * page_size) as usize, 0);
        let page = Written {
            pgid: Pgid(pgid),
            kind: PageKind::Freelist,
            overflow,
            count,
            used,
            before,
            parent: None,
            owner: Vec::new(),
            reused,
        };
        Some((page, bytes))
    }
}

fn pages(runs: &[(u64, u64)]) -> Vec<Pgid> {
    runs.iter()
        .flat_map(|(start, len)| *start..start + len)
        .map(Pgid)
        .collect()
}

impl Commit {
    /// The pages from a page that was written up to the root of its bucket, itself first.
    pub fn way_up(&self, pgid: Pgid) -> Vec<Pgid> {
        let mut way = Vec::new();
        let mut next = Some(pgid);
        while let Some(at) = next.filter(|at| !way.contains(at)) {
            way.push(at);
            let written = self.written.iter().find(|written| written.pgid == at);
            next = written.and_then(|written| written.parent);
        }
        way
    }
}

impl Image {
    /// Commits a transaction that changes nothing: the meta's number goes up, and what waited can
    /// be reused.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub fn touch(&mut self) -> Result<Commit, Error> {
        self.begin().commit()
    }
}
