//! The keys of a history, each held once: bytes in large blocks, numbers by hash and by order.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::chunks::Chunks;
use super::order;

/// Bytes of a block of keys. A longer key has a block of its own.
const BLOCK: usize = 1 << 20;

/// Number of a key in the order in which the keys were first seen. It never changes, while a
/// key's place in the sorted list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// Where the bytes of a key stand.
#[derive(Clone, Copy, Debug)]
struct Span {
    block: u32,
    start: u32,
    len: u32,
}

/// An entry by hash: small, since looking keys up is waiting for memory. The part of the hash
/// spares reading most other keys, and lets the table grow without reading any.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    id: KeyId,
}

impl Entry {
    /// The hash that the table is asked with: the table takes a place from its low bits and tells
    /// apart what is there by the high ones.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

/// Where the keys stand that come back with the numbers that they had, in the order of their bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Filling {
    spans: Vec<Span>,
}

impl Filling {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

/// All keys that were seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    blocks: Vec<Vec<u8>>,
    spans: Chunks<Span>,
    by_hash: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    sorted: Vec<KeyId>,
}

impl Keys {
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The bytes of a key.
    pub(super) fn bytes(&self, id: KeyId) -> Option<&[u8]> {
        slice(&self.blocks, self.spans.get(id.0 as usize)?)
    }

    /// The number of a key that was seen.
    pub(super) fn find(&self, key: &[u8]) -> Option<KeyId> {
        self.find_hashed(key, self.hash(key))
    }

    fn find_hashed(&self, key: &[u8], hash: u32) -> Option<KeyId> {
        let is_it = |entry: &Entry| entry.hash == hash && self.bytes(entry.id) == Some(key);
        let found = self.by_hash.find(Entry::spread(hash), is_it);
        found.map(|entry| entry.id)
    }

    fn hash(&self, key: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(key);
        (hash ^ hash >> 32) as u32
    }

    /// The number of a key, a new one if it is new. `None` once there are 2³² of them.
    pub(super) fn intern(&mut self, key: &[u8]) -> Option<KeyId> {
        let hash = self.hash(key);
        match self.find_hashed(key, hash) {
            Some(id) => Some(id),
            None => self.add(key, hash),
        }
    }

    fn add(&mut self, key: &[u8], hash: u32) -> Option<KeyId> {
        let id = KeyId(u32::try_from(self.spans.len()).ok()?);
        let span = self.store(key)?;
        self.spans.push(span);
        self.enter(hash, id);
        Some(id)
    }

    fn enter(&mut self, hash: u32, id: KeyId) {
        let rehash = |entry: &Entry| Entry::spread(entry.hash);
        self.by_hash
            .insert_unique(Entry::spread(hash), Entry { hash, id }, rehash);
    }

    /// Puts the bytes of a key behind those of the others.
    fn store(&mut self, key: &[u8]) -> Option<Span> {
        let blocks = &mut self.blocks;
        let has_room = blocks
            .last()
            .is_some_and(|block| block.len() + key.len() <= BLOCK);
        if !has_room {
            // The first block grows by itself, so that a short history stays small.
            let room = if blocks.is_empty() { 0 } else { BLOCK };
            blocks.push(Vec::with_capacity(room));
        }
        let block = u32::try_from(blocks.len().checked_sub(1)?).ok()?;
        let last = blocks.last_mut()?;
        let start = u32::try_from(last.len()).ok()?;
        last.extend_from_slice(key);
        Some(Span {
            block,
            start,
            len: u32::try_from(key.len()).ok()?,
        })
    }

    /// Adds a key that is new, with a number that it had before. Keys come in the order of their
    /// bytes; none is there until [`Keys::filled`].
    pub(super) fn fill(&mut self, filling: &mut Filling, id: KeyId, key: &[u8]) -> Option<()> {
        let span = self.store(key)?;
        filling.spans.push(span);
        self.enter(self.hash(key), id);
        self.sorted.push(id);
        Some(())
    }

    /// Gives the keys their numbers; false unless these are all numbers from 0 on, each once.
    pub(super) fn filled(&mut self, filling: Filling) -> bool {
        const NONE: u32 = u32::MAX;
        let count = filling.spans.len();
        let mut places = vec![NONE; count];
        for (place, id) in (0..).zip(&self.sorted) {
            match places.get_mut(id.0 as usize) {
                Some(free) if *free == NONE => *free = place,
                _ => return false,
            }
        }
        for place in places {
            if let Some(span) = filling.spans.get(place as usize) {
                self.spans.push(*span);
            }
        }
        self.spans.len() == count
    }

    /// Whether every key has its place in the sorted list.
    pub(super) fn is_sorted(&self) -> bool {
        self.sorted.len() == self.spans.len()
    }

    /// Gives every key its place in the sorted list.
    pub(super) fn sort(&mut self) {
        if self.is_sorted() {
            return;
        }
        let Self {
            blocks,
            spans,
            sorted,
            ..
        } = self;
        let bytes = |id: KeyId| slice(blocks, spans.get(id.0 as usize)?);
        let before = sorted.len();
        let new = (before..spans.len()).filter_map(|id| u32::try_from(id).ok());
        let new = order::by_bytes(new.map(KeyId), |id| bytes(id).unwrap_or_default());
        sorted.extend_from_slice(&new);
        if before > 0 {
            // Stable, since that sort finds the two parts that are in order, and merges them.
            sorted.sort_by_key(|id| bytes(*id));
        }
    }

    /// The keys in the order of their bytes, as of the last [`Keys::sort`].
    pub(super) fn sorted(&self) -> &[KeyId] {
        &self.sorted
    }
}

fn slice<'a>(blocks: &'a [Vec<u8>], span: &Span) -> Option<&'a [u8]> {
    let block = blocks.get(span.block as usize)?;
    block.get(span.start as usize..)?.get(..span.len as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_number_and_its_place() {
        let mut keys = Keys::default();
        let long = vec![b'x'; BLOCK + 1];
        let seen: [&[u8]; 5] = [b"foo", b"", &long, b"bar", b"foo"];
        let ids = seen.map(|key| keys.intern(key).unwrap().0);
        assert_eq!(ids, [0, 1, 2, 3, 0]);
        assert!(!keys.is_sorted());
        keys.sort();
        assert_eq!(keys.sorted(), [KeyId(1), KeyId(3), KeyId(0), KeyId(2)]);
        for (key, id) in seen.iter().zip(ids) {
            assert_eq!(keys.find(key), Some(KeyId(id)));
            assert_eq!(keys.bytes(KeyId(id)), Some(*key));
        }
        assert_eq!(keys.find(b"fo"), None);
        assert_eq!(keys.bytes(KeyId(4)), None);
    }
}
