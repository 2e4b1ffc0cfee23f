//! [`Sizes`]: how long the file would be, by writing it anew on lengths alone.
//!
//! `defrag` copies bucket by bucket into a new file ([`crate::bbolt::write::Defrag`]). Here the
//! same is done twice in one pass over the leaves, with all items and without the rows that go;
//! what is written are lengths, so that a file of any size takes the memory of some thousand keys.

use std::collections::{BTreeMap, VecDeque};
use std::task::Poll;

use crate::bbolt::write::{self, Defrag, Growth, Options, Value};
use crate::bbolt::{self, Bucket, LeafWalk, Order};
use crate::bytes::{Piece, ReadAt as _};
use crate::etcd::{EtcdFile, Minor};
use crate::kv::{BucketKey, Revision};

/// Items that are copied in a step.
const STEP_ITEMS: u64 = 20_000;
/// Top-level buckets that are copied; etcd has ten.
const MAX_BUCKETS: u32 = 1000;
/// Bytes of an element's header on a page.
const ELEMENT: u64 = 16;

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The file as it is.
    pub now: u64,
    /// After a defrag alone.
    pub defragged: u64,
    /// After the compaction and a defrag; as `defragged` where no compaction is tried.
    pub compacted: u64,
    /// Leaf pages of bucket `key` on which nothing would be left: the compaction frees these at
    /// least, inside of the file.
    pub freed: u64,
    /// What would go from leaf pages that keep other rows. It is free space within these pages,
    /// but for pages that are merged because they hold less than a quarter.
    pub loose: u64,
}

/// Why sizes cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SizeError {
    /// A page cannot be read: nobody could copy what is on it.
    #[error("the sizes cannot be computed: {0}")]
    Page(#[from] bbolt::Problem),
    /// What is there cannot be written.
    #[error("the sizes cannot be computed: {0}")]
    Write(#[from] write::Error),
}

/// Writing the file, on its way.
#[derive(Debug)]
pub(super) struct Sizing {
    file: EtcdFile,
    /// The compaction.
    at: Option<i64>,
    buckets: VecDeque<(Piece, Bucket)>,
    current: Option<(Piece, LeafWalk)>,
    all: Defrag,
    /// Without the rows that go.
    kept: Option<Defrag>,
    /// Items of bucket `meta`, into which a compaction writes.
    meta: BTreeMap<Vec<u8>, u64>,
    sizes: Sizes,
    rows: u64,
}

impl Sizing {
    pub(super) fn new(file: &EtcdFile, at: Option<i64>) -> Result<Self, SizeError> {
        let db = file.db();
        let (buckets, problems) = db.buckets(&db.root(), MAX_BUCKETS);
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.into());
        }
        let options = options(file);
        Ok(Self {
            file: file.clone(),
            at,
            buckets: buckets.into(),
            current: None,
            all: Defrag::hollow(options)?,
            kept: at.map(|_| Defrag::hollow(options)).transpose()?,
            meta: BTreeMap::new(),
            sizes: Sizes {
                now: db.size(),
                ..Sizes::default()
            },
            rows: 0,
        })
    }

    /// Rows of bucket `key` that were copied.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Copies some items; false once all are copied.
    pub(super) fn step(&mut self, goes: impl Fn(&[u8]) -> bool) -> Result<bool, SizeError> {
        let file = self.file.clone();
        let db = file.db();
        let portion = db.portion();
        let end = self.rows.saturating_add(STEP_ITEMS);
        while self.rows < end && db.has_left(portion) {
            let Some((name, walk)) = &mut self.current else {
                let Some((name, bucket)) = self.buckets.pop_front() else {
                    return Ok(false);
                };
                self.all.bucket(&name);
                if let Some(kept) = &mut self.kept {
                    kept.bucket(&name);
                }
                let walk = LeafWalk::new(db, &bucket, Order::Forward);
                self.current = Some((name, walk));
                continue;
            };
            let name = name.clone();
            match walk.poll_next(db) {
                Poll::Pending => return Ok(true),
                Poll::Ready(Some(page)) => self.page(&name, &page?, &goes)?,
                Poll::Ready(None) => {
                    self.current = None;
                    if *name == *b"meta" {
                        self.end_of_meta()?;
                    }
                }
            }
        }
        Ok(true)
    }

    fn page(
        &mut self,
        name: &[u8],
        page: &bbolt::LeafPage,
        goes: impl Fn(&[u8]) -> bool,
    ) -> Result<(), SizeError> {
        let is_key = name == b"key";
        let (mut gone, mut stays) = (0, false);
        for index in 0..page.count() {
            let element = page.element(index)?;
            // etcd copies a bucket inside a bucket as an item without a value, and fails.
            if element.is_bucket {
                continue;
            }
            let len = element.value.len() as u64;
            self.all.put(element.key, Value::Len(len))?;
            self.rows += 1;
            let Some(kept) = &mut self.kept else {
                continue;
            };
            if is_key && goes(element.key) {
                gone += ELEMENT + element.key.len() as u64 + len;
                continue;
            }
            stays = true;
            if name == b"meta" {
                self.meta.insert(element.key.to_vec(), len);
            } else {
                kept.put(element.key, Value::Len(len))?;
            }
        }
        match (is_key, stays) {
            (true, false) if gone > 0 => self.sizes.freed += page.len(),
            (true, true) => self.sizes.loose += gone,
            _ => {}
        }
        Ok(())
    }

    /// A compaction notes its revision twice in bucket `meta`.
    fn end_of_meta(&mut self) -> Result<(), SizeError> {
        let (Some(at), Some(kept)) = (self.at, &mut self.kept) else {
            return Ok(());
        };
        let note = BucketKey {
            revision: Revision::new(at, 0),
            tombstone: false,
        };
        for name in [&b"finishedCompactRev"[..], b"scheduledCompactRev"] {
            self.meta.insert(name.to_vec(), note.encode().len() as u64);
        }
        for (key, len) in std::mem::take(&mut self.meta) {
            kept.put(&key, Value::Len(len))?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Sizes, SizeError> {
        let defragged = self.all.finish()?.len();
        let compacted = match self.kept {
            Some(kept) => kept.finish()?.len(),
            None => defragged,
        };
        Ok(Sizes {
            defragged,
            compacted,
            ..self.sizes
        })
    }
}

/// How the etcd that wrote the file writes a new one.
fn options(file: &EtcdFile) -> Options {
    let db = file.db();
    let page_size = db.meta().page_size;
    let room = db.size().saturating_sub(db.used_size());
    let release = file.info().release;
    // Since 3.6, and in later patches of 3.5, the file grows ahead of its pages: one of those is
    // longer than they are. A snapshot is not, so that of a later 3.5 cannot be told.
    let is_new = release.is_some_and(|release| release.minor > Minor(3, 5));
    Options {
        page_size,
        growth: match is_new || room > u64::from(page_size) {
            true => Growth::Ahead { initial_mapping: 0 },
            false => Growth::AsWritten,
        },
        ..Options::default()
    }
}
