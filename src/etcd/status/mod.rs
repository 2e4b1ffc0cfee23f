//! What `etcdutl snapshot status` computes: a hash over all buckets, and some counts.
//!
//! ```text
//! crc32c( for each bucket by name: its name, then key and value of each item )
//! ```
//!
//! As `etcdutl/snapshot/v3_snapshot.go`. Start from [`StatusScan::new`]; a step reads one leaf
//! page, values are not held. [`go_open_error`] says what the tool says of a file that it does not
//! open.

mod gogo;
mod refusal;

use std::collections::HashSet;

use super::info::Minor;
use super::problem::Problem;
use crate::bbolt::{Bucket, Db, LeafPage, LeafWalk, Order};
use crate::bytes::{Cursor, Piece};
use crate::kv::BucketKey;
use crate::kv::codec::DecodeError;
use crate::kv::quote::{Unicode, push_quoted};

pub use refusal::go_open_error;

/// What `etcdutl snapshot status` prints, and `etcd-dump-db hash`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// CRC-32C over everything.
    pub hash: u32,
    /// The same without what members may differ in (`etcd-dump-db hash`, the Hash call).
    pub backend_hash: u32,
    /// Main revision of the last row of bucket `key`; 0 without one.
    pub revision: i64,
    /// Up to 3.5: the items of all buckets. From 3.6: the keys that live.
    pub total_key: u64,
    /// Bytes up to the high-water mark.
    pub total_size: u64,
    /// From 3.6: the storage version, empty where there is none.
    pub version: Option<String>,
    /// The first thing at which the real tool gives up, in its words.
    pub refusal: Option<String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Items of bucket `meta` that members may differ in, and since when they are left out.
const IGNORED: [(&[u8], Minor); 3] = [
    (b"consistent_index", Minor(3, 0)),
    (b"term", Minor(3, 5)),
    (b"storageVersion", Minor(3, 6)),
];

/// Problems that are kept.
const MAX_PROBLEMS: usize = 1000;

/// A status on its way.
#[derive(Debug)]
pub struct StatusScan {
    db: Db,
    minor: Minor,
    /// Buckets to come, last first.
    buckets: Vec<(Piece, Bucket)>,
    current: Option<(Piece, LeafWalk)>,
    hash: u32,
    /// Differs from `hash` from the first item on that it leaves out.
    backend_hash: Option<u32>,
    revision: i64,
    items: u64,
    living: HashSet<Box<[u8]>>,
    version: String,
    refusal: Option<String>,
    problems: Vec<Problem>,
    bytes_done: u64,
}

impl StatusScan {
    /// Starts at the first bucket. `minor`: whose count of keys and whose words are wanted.
    pub fn new(db: &Db, minor: Minor) -> Self {
        let (mut buckets, problems) = db.buckets(&db.root(), u32::MAX);
        buckets.reverse();
        let version = db
            .bucket(&[b"meta"])
            .ok()
            .flatten()
            .and_then(|meta| db.item(&meta, b"storageVersion").ok().flatten());
        let version = version.map_or_else(String::new, |item| {
            String::from_utf8_lossy(&item.value).into_owned()
        });
        Self {
            db: db.clone(),
            minor,
            buckets,
            current: None,
            hash: 0,
            backend_hash: None,
            revision: 0,
            items: 0,
            living: HashSet::new(),
            version,
            refusal: None,
            problems: problems.into_iter().map(Problem::Bbolt).collect(),
            bytes_done: 0,
        }
    }

    /// Bytes of pages that were read, and the bytes up to the high-water mark: the end comes
    /// before that where pages are free.
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes_done, self.db.used_size().max(self.bytes_done))
    }

    /// Reads up to one leaf page; the status once all is read.
    pub fn step(&mut self) -> Option<Status> {
        let Some((name, walk)) = &mut self.current else {
            let Some((name, bucket)) = self.buckets.pop() else {
                return Some(self.finish());
            };
            self.feed(&name, false);
            let walk = LeafWalk::new(&self.db, &bucket, Order::Forward);
            self.current = Some((name, walk));
            return None;
        };
        match walk.next(&self.db) {
            None => self.current = None,
            Some(Err(problem)) => self.told(problem.into()),
            Some(Ok(page)) => {
                let name = name.clone();
                self.bytes_done += page.len();
                self.page(&name, &page);
            }
        }
        None
    }

    /// Runs to the end.
    pub fn run(mut self) -> Status {
        loop {
            if let Some(status) = self.step() {
                return status;
            }
        }
    }

    fn told(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn feed(&mut self, bytes: &[u8], ignored: bool) {
        let before = self.hash;
        self.hash = crc32c::crc32c_append(before, bytes);
        match &mut self.backend_hash {
            _ if ignored => drop(self.backend_hash.get_or_insert(before)),
            Some(hash) => *hash = crc32c::crc32c_append(*hash, bytes),
            None => {}
        }
    }

    fn page(&mut self, bucket: &[u8], page: &LeafPage) {
        let (is_key, is_meta) = (bucket == b"key", bucket == b"meta");
        for index in 0..page.count() {
            let element = match page.element(index) {
                Ok(element) => element,
                Err(problem) => {
                    self.told(problem.into());
                    continue;
                }
            };
            // As Go's cursor gives it: a bucket has no value.
            let value = if element.is_bucket {
                &[]
            } else {
                element.value
            };
            let ignored = is_meta
                && IGNORED
                    .iter()
                    .any(|(key, since)| *key == element.key && *since <= self.minor);
            self.feed(element.key, ignored);
            self.feed(value, ignored);
            self.items += 1;
            if is_key && let Err(error) = self.row(element.key, value) {
                let place = page.place().element(index);
                self.told(Problem::Record { place, error });
            }
        }
    }

    /// One row of bucket `key`. From 3.6 on the tool decodes it and gives up where it cannot.
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), DecodeError> {
        if let Ok(main) = Cursor::new(key).u64_be("main revision") {
            self.revision = main.cast_signed();
        }
        let decoded = crate::kv::RecordRef::decode(key, value);
        if self.minor >= Minor(3, 6) {
            match gogo::key_of_row(key, value) {
                // The tool takes whatever is not marked by `t` as a put.
                Ok(user_key) if key.len() == BucketKey::TOMBSTONE_LEN && key.ends_with(b"t") => {
                    self.living.remove(user_key);
                }
                Ok(user_key) if !self.living.contains(user_key) => {
                    self.living.insert(user_key.into());
                }
                Ok(_) => {}
                Err(words) if self.refusal.is_none() => {
                    self.refusal = Some(format!(
                        "error during bucket key iteration, name: \"key\" err: {words}"
                    ));
                }
                Err(_) => {}
            }
        }
        decoded.map(drop)
    }

    fn finish(&mut self) -> Status {
        let counts_living = self.minor >= Minor(3, 6);
        Status {
            hash: self.hash,
            backend_hash: self.backend_hash.unwrap_or(self.hash),
            revision: self.revision,
            total_key: match counts_living {
                true => self.living.len() as u64,
                false => self.items,
            },
            total_size: self.db.used_size(),
            version: counts_living.then(|| std::mem::take(&mut self.version)),
            refusal: self.refusal.take(),
            problems: std::mem::take(&mut self.problems),
        }
    }
}

/// Bytes as Go's `%q` writes them.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_quoted(&mut out, bytes, Unicode::V15);
    out
}
