//! Keys in order as a tree by `/`, looked at level by level; only open levels are ever made.

use crate::history::{History, KeyId};

/// Lanes that are shown at once without being folded.
const FITS: usize = 24;
/// Levels of a tree; what is deeper is shown as keys.
const MAX_DEPTH: u8 = 24;

/// A key, or the keys below a prefix: a range of the ordered keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// First of its keys.
    pub from: usize,
    /// Behind the last of its keys.
    pub to: usize,
    /// Length of the prefix; none for a key.
    pub prefix_len: Option<usize>,
}

/// Ordered keys, seen as a tree.
pub(super) struct Tree<'a> {
    history: &'a History,
    keys: &'a [KeyId],
}

impl<'a> Tree<'a> {
    pub(super) fn new(history: &'a History, keys: &'a [KeyId]) -> Self {
        Self { history, keys }
    }

    /// The items that nothing is above of.
    pub(super) fn top(&self) -> Vec<Item> {
        self.split(0, self.keys.len(), 0)
    }

    /// Every key for itself.
    pub(super) fn keys(&self) -> Vec<Item> {
        (0..self.keys.len()).map(key).collect()
    }

    /// What is below a prefix at this depth.
    pub(super) fn children(&self, item: &Item, depth: u8) -> Vec<Item> {
        match item.prefix_len {
            Some(len) if depth < MAX_DEPTH => self.split(item.from, item.to, len),
            _ => (item.from..item.to).map(key).collect(),
        }
    }

    /// The bytes of a key or of a prefix.
    pub(super) fn name(&self, item: &Item) -> &'a [u8] {
        let bytes = self.bytes(item.from);
        match item.prefix_len {
            Some(len) => bytes.get(..len).unwrap_or(bytes),
            None => bytes,
        }
    }

    /// Down to which depth prefixes are open so that the lanes fit; none if every key has room.
    ///
    /// A level opens as a whole: lanes beside each other are of one kind. A prefix that is alone
    /// is always open, since one lane tells nothing.
    pub(super) fn depth_that_fits(&self) -> Option<u8> {
        if self.keys.len() <= FITS {
            return None;
        }
        let mut level = self.top();
        let mut lanes = level.len();
        for depth in 0..MAX_DEPTH {
            let is_alone = level.len() == 1;
            let groups = level.iter().filter(|item| item.prefix_len.is_some());
            let next: Vec<Item> = groups.flat_map(|item| self.children(item, depth)).collect();
            if next.is_empty() || (lanes + next.len() > FITS && !is_alone) {
                return Some(depth);
            }
            lanes += next.len();
            level = next;
        }
        Some(MAX_DEPTH)
    }

    /// Puts keys with the same next segment together; `from..to` have the first `len` bytes in
    /// common.
    fn split(&self, from: usize, to: usize, len: usize) -> Vec<Item> {
        let mut items = Vec::new();
        let mut at = from;
        while at < to {
            let Some(segment) = self.segment(at, len) else {
                items.push(key(at));
                at += 1;
                continue;
            };
            let start = self.bytes(at).get(..segment).unwrap_or_default();
            let rest = self.keys.get(at..to).unwrap_or_default();
            let count = rest.partition_point(|id| {
                let bytes = self.history.key_bytes(*id).unwrap_or_default();
                bytes.starts_with(start)
            });
            // The key itself starts so, hence at least one.
            let end = at + count.max(1);
            items.push(if end - at == 1 {
                key(at)
            } else {
                Item {
                    from: at,
                    to: end,
                    prefix_len: Some(self.common(at, end - 1, segment)),
                }
            });
            at = end;
        }
        items
    }

    /// End of the segment that starts at `len`, its `/` included; none where the key has no
    /// further one. A slash at the start of a key opens no level of its own.
    fn segment(&self, at: usize, len: usize) -> Option<usize> {
        let skip = len.max(1);
        let rest = self.bytes(at).get(skip..)?;
        let slash = rest.iter().position(|byte| *byte == b'/')?;
        Some(skip + slash + 1)
    }

    /// Length of the longest prefix up to a `/` that the first and the last of some keys, and so
    /// all between them, have in common; at least `least`.
    fn common(&self, first: usize, last: usize, least: usize) -> usize {
        let (first, last) = (self.bytes(first), self.bytes(last));
        let same = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let shared = first.get(..same).unwrap_or_default();
        let slash = shared.iter().rposition(|byte| *byte == b'/');
        slash.map_or(least, |slash| (slash + 1).max(least))
    }

    fn bytes(&self, at: usize) -> &'a [u8] {
        let id = self.keys.get(at);
        id.and_then(|id| self.history.key_bytes(*id))
            .unwrap_or_default()
    }
}

fn key(at: usize) -> Item {
    Item {
        from: at,
        to: at + 1,
        prefix_len: None,
    }
}
