//! `hashkv` of a file: what the store would answer after a start on it.

use std::collections::HashMap;

use super::problem::Problem;
use super::{EtcdFile, RecordPage, RecordScan};
use crate::bbolt::Order;
use crate::kv::hash::{HashKv, HashRules, Kept, KvHasher};
use crate::kv::{BucketKey, Revision};

/// Why no hash can be given. The words are etcd's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashKvError {
    /// The revision is below the compact revision.
    #[error("mvcc: required revision has been compacted")]
    Compacted,
    /// The revision is above the current one.
    #[error("mvcc: required revision is a future revision")]
    FutureRevision,
}

/// A hash on its way, a leaf page a step.
///
/// A store that was compacted is gone through twice: the first time to learn which rows live.
/// Memory: the live keys once, then 16 bytes for each live row below the compact revision.
#[derive(Debug)]
pub struct HashKvScan {
    file: EtcdFile,
    scan: RecordScan,
    stage: Stage,
    /// As asked for; 0 until the last row has told which revision is the current one.
    revision: i64,
    rules: HashRules,
    problems: Vec<Problem>,
    /// Problems found after [`MAX_PROBLEMS`].
    more_problems: u64,
}

/// Problems that are kept.
const MAX_PROBLEMS: usize = 1000;

#[derive(Debug)]
enum Stage {
    /// The live rows, by key.
    Living(HashMap<Box<[u8]>, Revision>),
    Hashing(KvHasher),
}

/// Hashes the rows up to `revision`, or all for 0. For a server's answer take the rules of its
/// release.
///
/// # Errors
/// `Compacted` below the compact revision (in older releases also at it), `FutureRevision`.
pub fn hash_kv(
    file: &EtcdFile,
    revision: i64,
    rules: HashRules,
) -> Result<(HashKv, Vec<Problem>), HashKvError> {
    let mut scan = HashKvScan::new(file, revision, rules)?;
    loop {
        if let Some(hash) = scan.step() {
            return Ok((hash, scan.problems));
        }
    }
}

impl HashKvScan {
    /// Starts at the first row.
    ///
    /// # Errors
    /// As [`hash_kv`].
    pub fn new(file: &EtcdFile, revision: i64, rules: HashRules) -> Result<Self, HashKvError> {
        let mut problems = Vec::new();
        let compact = file.info().compact_revision();
        let current = file.info().current_revision(last_main(file, &mut problems));
        let at_edge = revision == compact && !rules.answers_at_compact_revision;
        if revision > 0 && (revision < compact || at_edge) {
            return Err(HashKvError::Compacted);
        }
        if revision > current {
            return Err(HashKvError::FutureRevision);
        }
        let revision = if revision == 0 { current } else { revision };
        // Before any compaction every row counts, so that none need be known to live.
        let stage = if compact < 0 {
            Stage::Hashing(KvHasher::new(revision, compact, Kept::default(), rules))
        } else {
            Stage::Living(HashMap::new())
        };
        Ok(Self {
            file: file.clone(),
            scan: RecordScan::new(file, Order::Forward),
            stage,
            revision,
            rules,
            // The rows will be gone through again.
            problems: Vec::new(),
            more_problems: 0,
        })
    }

    /// Reads up to one leaf page; the hash once all is read.
    pub fn step(&mut self) -> Option<HashKv> {
        match self.scan.next() {
            Some(Ok(page)) => {
                self.take(&page);
                None
            }
            Some(Err(problem)) => {
                self.told(problem);
                None
            }
            None => self.turn(),
        }
    }

    /// What was wrong with the rows so far, and how many problems are not kept.
    pub fn problems(&self) -> (&[Problem], u64) {
        (&self.problems, self.more_problems)
    }

    /// Part that is done, 0 to 1.
    pub fn part(&self) -> f64 {
        let part = self.scan.progress().part;
        match &self.stage {
            Stage::Living(_) => part / 2.0,
            Stage::Hashing(_) if self.file.info().compact_revision() < 0 => part,
            Stage::Hashing(_) => 0.5 + part / 2.0,
        }
    }

    fn told(&mut self, problem: Problem) {
        // The second time through says the same.
        if matches!(self.stage, Stage::Hashing(_)) {
            if self.problems.len() < MAX_PROBLEMS {
                self.problems.push(problem);
            } else {
                self.more_problems += 1;
            }
        }
    }

    fn take(&mut self, page: &RecordPage) {
        for index in 0..page.count() {
            match &mut self.stage {
                Stage::Living(living) => {
                    let Ok(record) = page.record(index) else {
                        continue;
                    };
                    let key = record.bucket_key;
                    if key.revision.main > self.revision {
                        continue;
                    }
                    if key.tombstone {
                        living.remove(record.key);
                    } else if let Some(latest) = living.get_mut(record.key) {
                        *latest = key.revision;
                    } else {
                        living.insert(record.key.into(), key.revision);
                    }
                }
                Stage::Hashing(hasher) => {
                    // A value that does not decode is hashed all the same: its bytes are there.
                    let found = page.raw(index).and_then(|(key, value)| {
                        match BucketKey::decode(key) {
                            Ok(decoded) => hasher.push(&decoded, key, value),
                            Err(_) => return page.record(index).map(drop),
                        }
                        page.record(index).map(drop)
                    });
                    if let Err(problem) = found {
                        self.told(problem);
                    }
                }
            }
        }
    }

    /// From the first time through to the second, or to the end.
    fn turn(&mut self) -> Option<HashKv> {
        let compact = self.file.info().compact_revision();
        let living = match &mut self.stage {
            Stage::Hashing(hasher) => return Some(hasher.finish()),
            Stage::Living(living) => std::mem::take(living),
        };
        let any = !living.is_empty();
        let mut revisions: Vec<_> = living
            .into_values()
            .filter(|revision| revision.main <= compact)
            .collect();
        revisions.sort_unstable();
        let kept = Kept { revisions, any };
        self.stage = Stage::Hashing(KvHasher::new(self.revision, compact, kept, self.rules));
        self.scan = RecordScan::new(&self.file, Order::Forward);
        None
    }
}

/// Main revision of the last row that has one; 0 without rows.
pub fn last_main(file: &EtcdFile, problems: &mut Vec<Problem>) -> i64 {
    let mut scan = RecordScan::new(file, Order::Backward);
    while let Some(next) = scan.next() {
        let page = match next {
            Ok(page) => page,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        for index in (0..page.count()).rev() {
            let key = page.raw(index).map(|(key, _)| BucketKey::decode(key));
            if let Ok(Ok(key)) = key {
                return key.revision.main;
            }
        }
    }
    0
}
