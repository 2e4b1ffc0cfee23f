//! The key index: for every key, its generations and their revisions.
//!
//! ```text
//! key "foo"   modified 16.0
//!   generation 0   created 2.0   version 4   2.0 4.0 6.0 8.0(t)
//!   generation 1   created 10.0  version 3   10.0 12.0 14.0(t)
//!   generation 2   created 16.0  version 1   16.0
//! ```
//!
//! A tombstone is the last revision of a generation that is not the last; a deleted key ends in
//! an empty generation. Follows etcd's `mvcc/key_index.go`.

use std::collections::BTreeMap;

use super::Release;
use crate::kv::{RecordRef, Revision};

/// What the store knows of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyIndex {
    /// The key.
    pub key: Vec<u8>,
    /// Revision of its last change.
    pub modified: Revision,
    /// Its lives, oldest first; the last one is empty while the key is deleted.
    pub generations: Vec<Generation>,
}

/// One life of a key, from its creation to its tombstone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// Revision of the first put; stays when a compaction removes that put.
    pub created: Revision,
    /// Count of changes so far, the tombstone included.
    pub version: i64,
    /// The revisions that are still there, oldest first.
    pub revisions: Vec<Revision>,
}

/// A change of a key as found in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The change.
    pub modified: Revision,
    /// First put of its generation.
    pub created: Revision,
    /// Its version.
    pub version: i64,
}

impl KeyIndex {
    /// A key that was never written.
    pub(super) fn new(key: Vec<u8>) -> Self {
        Self {
            key,
            modified: Revision::default(),
            generations: vec![Generation::default()],
        }
    }

    /// Adds a put.
    pub(super) fn put(&mut self, revision: Revision) {
        self.modified = revision;
        let Some(last) = self.generations.last_mut() else {
            return;
        };
        if last.revisions.is_empty() {
            last.created = revision;
        }
        last.version += 1;
        last.revisions.push(revision);
    }

    /// Adds a tombstone and opens an empty generation; the caller knows that the key is alive.
    pub(super) fn tombstone(&mut self, revision: Revision) {
        self.put(revision);
        self.generations.push(Generation::default());
    }

    /// Whether the key exists now.
    pub fn is_alive(&self) -> bool {
        self.generations
            .last()
            .is_some_and(|last| !last.revisions.is_empty())
    }

    /// The change that a reader at `main` sees, if the key exists there.
    pub fn get(&self, main: i64) -> Option<Found> {
        let generation = self.generations.get(self.generation_at(main)?)?;
        let seen = generation
            .revisions
            .partition_point(|revision| revision.main <= main);
        let modified = *generation.revisions.get(seen.checked_sub(1)?)?;
        let after = (generation.revisions.len() - seen) as i64;
        Some(Found {
            modified,
            created: generation.created,
            version: generation.version - after,
        })
    }

    /// Position of the generation that lives at `main`; none where the key does not exist.
    fn generation_at(&self, main: i64) -> Option<usize> {
        // Generations are in order of their first revision; an empty last one has none.
        let started = self.generations.partition_point(|generation| {
            generation
                .revisions
                .first()
                .is_some_and(|first| first.main <= main)
        });
        let position = started.checked_sub(1)?;
        let generation = self.generations.get(position)?;
        let closed = position + 1 < self.generations.len();
        let ended = generation
            .revisions
            .last()
            .is_some_and(|last| closed && last.main <= main);
        (!ended).then_some(position)
    }

    /// Drops what a compaction at `main` drops and answers whether nothing is left.
    pub(super) fn compact(&mut self, main: i64, release: Release) -> bool {
        let Some((position, available)) = self.available(main, release) else {
            return self.is_empty();
        };
        if let Some(generation) = self.generations.get_mut(position) {
            generation.revisions.drain(..available);
            self.generations.drain(..position);
        }
        self.is_empty()
    }

    /// The revision at or below `main` that `compact` would leave for readers, tombstones not
    /// counted: what `hashkv` covers below the compact revision.
    pub(super) fn kept(&self, main: i64, release: Release) -> Option<Revision> {
        let (position, available) = self.available(main, release)?;
        let generation = self.generations.get(position)?;
        let closed = position + 1 < self.generations.len();
        if closed && available + 1 == generation.revisions.len() {
            return None;
        }
        let kept = *generation.revisions.get(available)?;
        (kept.main <= main).then_some(kept)
    }

    /// Where a compaction at `main` starts to keep: position of the generation, and of the
    /// newest revision in it that is not above `main` (0 when all are above).
    fn available(&self, main: i64, release: Release) -> Option<(usize, usize)> {
        let last = self.generations.len().checked_sub(1)?;
        let gone = |generation: &Generation| {
            generation.revisions.last().is_none_or(|tombstone| {
                if release.keeps_tombstone_at_compact_revision() {
                    tombstone.main < main
                } else {
                    tombstone.main <= main
                }
            })
        };
        let position = self
            .generations
            .iter()
            .take(last)
            .take_while(|generation| gone(generation))
            .count();
        let seen = self
            .generations
            .get(position)?
            .revisions
            .partition_point(|revision| revision.main <= main);
        Some((position, seen.saturating_sub(1)))
    }

    fn is_empty(&self) -> bool {
        matches!(self.generations.as_slice(), [only] if only.revisions.is_empty())
    }
}

/// The index that etcd builds from the rows of the `key` bucket when it starts.
///
/// Rows come in bucket order. A tombstone of a key that was not seen before opens a generation of
/// its own in releases that keep such tombstones, and is passed over in older ones.
pub fn rebuild<'a>(
    records: impl IntoIterator<Item = RecordRef<'a>>,
    release: Release,
) -> BTreeMap<Vec<u8>, KeyIndex> {
    let mut keys: BTreeMap<Vec<u8>, KeyIndex> = BTreeMap::new();
    for record in records {
        let revision = record.bucket_key.revision;
        let tombstone = record.bucket_key.tombstone;
        match keys.get_mut(record.key) {
            Some(index) if tombstone => {
                if index.is_alive() {
                    index.tombstone(revision);
                }
            }
            Some(index) => index.put(revision),
            None if tombstone && !release.keeps_tombstone_at_compact_revision() => {}
            None => {
                let first = Generation {
                    created: match tombstone {
                        true => Revision::default(),
                        false => Revision::new(record.create_revision, 0),
                    },
                    version: if tombstone { 1 } else { record.version },
                    revisions: vec![revision],
                };
                let mut index = KeyIndex {
                    key: record.key.to_vec(),
                    modified: revision,
                    generations: vec![first],
                };
                if tombstone {
                    index.generations.push(Generation::default());
                }
                keys.insert(record.key.to_vec(), index);
            }
        }
    }
    keys
}
