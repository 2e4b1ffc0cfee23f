//! [`Image`]: all pages of a database in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::free::Free;
use super::page::{MetaFields, View, push_header};
use super::{Error, Tx};
use crate::bbolt::page::PageKind;
use crate::bbolt::{Pgid, Txid};
use crate::bytes::{Piece, ReadAt, ReadError};

/// Pages that share one entry of the page table: an image is cloned by its chunks.
const CHUNK: usize = 256;
/// bbolt's `AllocSize`: files larger than this grow by it.
const ALLOC_SIZE: u64 = 16 << 20;
/// Bytes by which a mapping of more than 1 GiB grows.
const MAX_MAP_STEP: u64 = 1 << 30;

/// How a database is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a page: a power of two from 1024 to 65536.
    pub page_size: u32,
    /// Whether the freelist is written to the file; etcd on Linux does without.
    pub freelist_sync: bool,
    /// How the file gets longer.
    pub growth: Growth,
}

impl Default for Options {
    /// As etcd 3.4 and 3.5.1 on Linux.
    fn default() -> Self {
        Self {
            page_size: 4096,
            freelist_sync: false,
            growth: Growth::AsWritten,
        }
    }
}

/// How the file gets longer when pages are taken from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// By the pages that are written: bbolt up to 1.3.6 without a freelist in the file.
    AsWritten,
    /// Ahead, to the size of the mapping, or by 16 MiB where the mapping is larger than that.
    Ahead {
        /// Bytes that the file is mapped with when it is opened; etcd maps 10 GiB.
        initial_mapping: u64,
    },
}

/// A database in memory.
#[derive(Clone)]
pub struct Image {
    options: Options,
    chunks: Vec<Rc<Vec<Option<Piece>>>>,
    meta: MetaFields,
    pub(super) free: Free,
    mapping: u64,
    file_len: u64,
    /// Pages of each run that is longer than one, in an image that keeps lengths alone.
    hollow: Option<BTreeMap<u64, u64>>,
}

impl Image {
    /// A fresh database of four pages: two metas, an empty freelist, an empty root leaf.
    ///
    /// # Errors
    /// [`Error::PageSize`].
    pub fn new(options: Options) -> Result<Self, Error> {
        let page_size = options.page_size;
        if !page_size.is_power_of_two() || !(1024..=65536).contains(&page_size) {
            return Err(Error::PageSize(page_size));
        }
        let meta = MetaFields {
            root: 3,
            sequence: 0,
            freelist: Some(Pgid(2)),
            high_water_mark: 4,
            txid: Txid(1),
        };
        let mut image = Self {
            options,
            chunks: Vec::new(),
            meta,
            free: Free::default(),
            mapping: 0,
            file_len: 4 * u64::from(page_size),
            hollow: None,
        };
        image.map(match options.growth {
            Growth::Ahead { initial_mapping } => initial_mapping,
            Growth::AsWritten => 0,
        });
        let first = MetaFields {
            txid: Txid(0),
            ..meta
        };
        image.set_page(0, first.page(0, page_size));
        image.set_page(1, meta.page(1, page_size));
        for (pgid, kind) in [(2, PageKind::Freelist), (3, PageKind::Leaf)] {
            let mut page = Vec::new();
            push_header(&mut page, pgid, kind, 0, 0);
            image.set_page(pgid, page);
        }
        Ok(image)
    }

    /// The same for who asks for the size alone: of values it keeps the lengths, and what cannot
    /// be changed any more by adding behind it can be let go ([`Image::forget`]).
    pub(super) fn new_hollow(options: Options) -> Result<Self, Error> {
        let mut image = Self::new(options)?;
        image.hollow = Some(BTreeMap::new());
        Ok(image)
    }

    /// Whether it keeps lengths alone.
    pub(super) fn is_hollow(&self) -> bool {
        self.hollow.is_some()
    }

    /// Begins a transaction: what the one before freed can be taken now. It ends with
    /// [`Tx::commit`]; dropped, it changes nothing.
    pub fn begin(&mut self) -> Tx<'_> {
        Tx::new(self)
    }

    /// Closes the database and opens it again with another rule of growth; pending pages become
    /// free.
    pub fn reopen(&mut self, growth: Growth) {
        self.free.release();
        self.options.growth = growth;
        self.mapping = 0;
        self.map(match growth {
            Growth::Ahead { initial_mapping } => initial_mapping,
            Growth::AsWritten => 0,
        });
    }

    /// How the database was made.
    pub fn options(&self) -> Options {
        self.options
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        u64::from(self.options.page_size)
    }

    /// The transaction that committed last; 1 in a fresh database.
    pub fn txid(&self) -> Txid {
        self.meta.txid
    }

    /// First page that was never taken.
    pub fn high_water_mark(&self) -> Pgid {
        Pgid(self.meta.high_water_mark)
    }

    /// Root page of the bucket of buckets.
    pub fn root(&self) -> Pgid {
        Pgid(self.meta.root)
    }

    /// Bytes up to the high-water mark: what etcd calls the size of the store.
    pub fn size(&self) -> u64 {
        self.meta.high_water_mark.saturating_mul(self.page_size())
    }

    /// The same without the pages that can be reused; pages that the latest transaction freed
    /// count as in use, as in etcd.
    pub fn size_in_use(&self) -> u64 {
        let free = self.free.free_count().saturating_mul(self.page_size());
        self.size().saturating_sub(free)
    }

    /// Pages that the next transaction can take, in order.
    pub fn free_pages(&self) -> impl Iterator<Item = Pgid> + '_ {
        self.free.free().map(Pgid)
    }

    /// Pages that the latest transaction freed, in the order of freeing: the other meta still
    /// leads to them.
    pub fn pending_pages(&self) -> impl Iterator<Item = Pgid> + '_ {
        self.free.pending().map(Pgid)
    }

    /// One page as it is on disk, without its continuation pages; `None` behind the high-water
    /// mark.
    pub fn page(&self, pgid: Pgid) -> Option<Vec<u8>> {
        if pgid >= self.high_water_mark() {
            return None;
        }
        let mut page = vec![0; self.options.page_size as usize];
        copy(self.run(pgid.0).map_or(&[][..], |run| run), &mut page);
        Some(page)
    }

    /// What `etcdctl snapshot save` stores: the pages up to the high-water mark with both metas
    /// telling the latest state (bbolt's `Tx.WriteTo`), and their SHA-256.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = self.dump();
        let hash = Sha256::digest(&out);
        out.extend_from_slice(&hash);
        out
    }

    /// The same without the hash: a database file that can be opened and written on.
    pub fn dump(&self) -> Vec<u8> {
        let page_size = self.options.page_size;
        let earlier = MetaFields {
            txid: Txid(self.meta.txid.0.saturating_sub(1)),
            ..self.meta
        };
        let mut out = self.meta.page(0, page_size);
        out.extend(earlier.page(1, page_size));
        for pgid in 2..self.meta.high_water_mark {
            let start = out.len();
            let run = self.run(pgid).map_or(&[][..], |run| run);
            out.extend_from_slice(run.get(..page_size as usize).unwrap_or(run));
            out.resize(start + page_size as usize, 0);
        }
        out
    }

    pub(super) fn meta(&self) -> MetaFields {
        self.meta
    }

    /// A branch or leaf of the tree.
    pub(super) fn view(&self, pgid: u64) -> Result<View, Error> {
        self.run(pgid)
            .and_then(|run| match self.is_hollow() {
                true => View::hollow(run.clone()),
                false => View::new(run.clone()),
            })
            .ok_or(Error::Broken(Pgid(pgid)))
    }

    /// Continuation pages of a page that was written.
    pub(super) fn pages_of(&self, pgid: u64) -> u64 {
        if let Some(runs) = &self.hollow {
            return runs.get(&pgid).copied().unwrap_or(1);
        }
        let len = self.run(pgid).map_or(0, |run| run.len() as u64);
        len.div_ceil(self.page_size()).max(1)
    }

    /// Bytes used of a page and its continuation pages.
    pub(super) fn used(&self, pgid: u64) -> u64 {
        self.run(pgid).map_or(0, |run| run.len() as u64)
    }

    /// A page with its continuation pages; bytes that fill it up may be missing at its end.
    fn run(&self, pgid: u64) -> Option<&Piece> {
        let at = usize::try_from(pgid).ok()?;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)?.as_ref()
    }

    /// Stores a page with its continuation pages; what it lacks to full pages is zero.
    pub(super) fn set_page(&mut self, pgid: u64, bytes: Vec<u8>) {
        let page_size = self.options.page_size as usize;
        let piece = Piece::from(bytes);
        let pages = piece.len().div_ceil(page_size).max(1);
        for offset in 0..pages {
            let start = offset * page_size;
            let part = match offset {
                0 => Some(piece.clone()),
                _ => piece.slice(start..piece.len().min(start + page_size)),
            };
            let Ok(at) = usize::try_from(pgid + offset as u64) else {
                continue;
            };
            while self.chunks.len() <= at / CHUNK {
                self.chunks.push(Rc::new(vec![None; CHUNK]));
            }
            let chunk = self.chunks.get_mut(at / CHUNK).map(Rc::make_mut);
            if let Some(slot) = chunk.and_then(|chunk| chunk.get_mut(at % CHUNK)) {
                *slot = part;
            }
        }
        let end = (pgid + pages as u64).saturating_mul(self.page_size());
        self.file_len = self.file_len.max(end);
    }

    /// Stores a page whose continuation pages may not be kept.
    pub(super) fn set_run(&mut self, pgid: u64, bytes: Vec<u8>, pages: u64) {
        if let Some(runs) = &mut self.hollow {
            match pages {
                0..=1 => drop(runs.remove(&pgid)),
                _ => drop(runs.insert(pgid, pages)),
            }
            let end = (pgid + pages).saturating_mul(self.page_size());
            self.file_len = self.file_len.max(end);
        }
        self.set_page(pgid, bytes);
    }

    /// Lets go of what a page holds; it stays taken, with its continuation pages.
    pub(super) fn forget(&mut self, pgid: u64) {
        let at = usize::try_from(pgid).unwrap_or(usize::MAX);
        let chunk = self.chunks.get_mut(at / CHUNK).map(Rc::make_mut);
        if let Some(slot) = chunk.and_then(|chunk| chunk.get_mut(at % CHUNK)) {
            *slot = None;
        }
    }

    /// Stores the meta of a transaction, in its turn.
    pub(super) fn set_meta(&mut self, meta: MetaFields) {
        let pgid = meta.txid.0 % 2;
        self.meta = meta;
        self.set_page(pgid, meta.page(pgid, self.options.page_size));
    }

    /// Pages were taken from the end: the mapping must reach one page behind them.
    pub(super) fn taken_up_to(&mut self, high_water_mark: u64) {
        let wanted = (high_water_mark + 1).saturating_mul(self.page_size());
        if wanted >= self.mapping {
            self.map(wanted);
        }
    }

    /// Grows the file at a commit that raised the high-water mark.
    pub(super) fn grow(&mut self, high_water_mark: u64) {
        let wanted = (high_water_mark + 1).saturating_mul(self.page_size());
        if matches!(self.options.growth, Growth::Ahead { .. }) && wanted > self.file_len {
            self.file_len = if self.mapping <= ALLOC_SIZE {
                self.mapping
            } else {
                wanted + ALLOC_SIZE
            };
        }
    }

    /// Sizes double from 32 KiB to 1 GiB, then go up by 1 GiB (`DB.mmapSize`).
    fn map(&mut self, wanted: u64) {
        let wanted = wanted.max(self.file_len).max(1 << 15);
        self.mapping = if wanted <= MAX_MAP_STEP {
            wanted.next_power_of_two()
        } else {
            wanted.div_ceil(MAX_MAP_STEP).saturating_mul(MAX_MAP_STEP)
        };
    }
}

/// The file on disk, room at its end included.
impl ReadAt for Image {
    fn len(&self) -> u64 {
        self.file_len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        let end = offset.checked_add(len);
        if end.is_none_or(|end| end > self.file_len) {
            let size = self.file_len;
            return Err(ReadError::PastEnd { offset, len, size });
        }
        let page_size = self.page_size();
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let skip = (at % page_size) as usize;
            let room = (self.options.page_size as usize - skip).min(rest.len());
            let (part, tail) = rest.split_at_mut(room);
            let run = self.run(at / page_size).map_or(&[][..], |run| run);
            copy(run.get(skip..).unwrap_or_default(), part);
            at += room as u64;
            rest = tail;
        }
        Ok(())
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("txid", &self.meta.txid)
            .field("high_water_mark", &self.meta.high_water_mark)
            .field("free", &self.free.free_count())
            .finish_non_exhaustive()
    }
}

/// Copies as much as there is; the rest becomes zero.
fn copy(from: &[u8], to: &mut [u8]) {
    let len = from.len().min(to.len());
    let (head, tail) = to.split_at_mut(len);
    head.copy_from_slice(from.get(..len).unwrap_or_default());
    tail.fill(0);
}
