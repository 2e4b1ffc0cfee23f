//! Writes a history, block by block.

use super::{
    BlockKind, FRAME, KEY_BYTES, KEY_COLUMNS, KEYS, LEASES, MAGIC, ROW_COLUMNS, ROWS, VERSION,
    column,
};
use crate::history::order;
use crate::history::{Change, History, KeyId};

impl History {
    /// Writes all of it, a block a call, each below a megabyte but for a key that is larger. See
    /// [`Keeping`] for the same in steps.
    pub fn to_kept(&self, write: &mut dyn FnMut(&[u8])) {
        let mut keeping = Keeping::new(self);
        while keeping.step(self, write) {}
    }
}

/// A history on its way to bytes. It must stay the same meanwhile.
#[derive(Debug)]
pub struct Keeping {
    /// What comes next, and from which item on.
    next: (BlockKind, usize),
    number: u32,
    /// The keys in order, where the history has not put them in order itself.
    order: Option<Vec<KeyId>>,
    columns: [Vec<u64>; ROW_COLUMNS],
    bytes: Vec<u8>,
    key: Vec<u8>,
}

impl Keeping {
    /// Nothing written yet.
    pub fn new(history: &History) -> Self {
        let order = (!history.keys.is_sorted()).then(|| {
            let ids = (0..history.keys.len()).filter_map(|id| u32::try_from(id).ok());
            let bytes = |id| history.key_bytes(id).unwrap_or_default();
            order::by_bytes(ids.map(KeyId), bytes)
        });
        Self {
            next: (BlockKind::Head, 0),
            number: 0,
            order,
            columns: [const { Vec::new() }; ROW_COLUMNS],
            bytes: Vec::new(),
            key: Vec::new(),
        }
    }

    /// Writes the next block; false once all is written.
    pub fn step(&mut self, history: &History, write: &mut dyn FnMut(&[u8])) -> bool {
        let (kind, from) = self.next;
        if self.number == 0 {
            write(&[&MAGIC[..], &VERSION.to_le_bytes()].concat());
        }
        self.bytes.clear();
        self.bytes.resize(FRAME, 0);
        let (end, all) = match kind {
            BlockKind::Head => self.head(history),
            BlockKind::Leases => self.leases(history, from),
            BlockKind::Keys => self.keys(history, from),
            BlockKind::Rows => self.rows(history, from),
            BlockKind::End => (0, 0),
        };
        let following = match kind {
            BlockKind::Head => BlockKind::Leases,
            BlockKind::Leases => BlockKind::Keys,
            BlockKind::Keys => BlockKind::Rows,
            BlockKind::Rows | BlockKind::End => BlockKind::End,
        };
        self.next = match end < all {
            true => (kind, end),
            false => (following, 0),
        };
        // A history without leases, keys or rows has no block of them.
        let is_empty = from == end && !matches!(kind, BlockKind::Head | BlockKind::End);
        if !is_empty {
            self.frame(kind);
            write(&self.bytes);
            self.number = self.number.saturating_add(1);
        }
        kind != BlockKind::End
    }

    /// Fills in what stands in front of the payload.
    fn frame(&mut self, kind: BlockKind) {
        let len = u32::try_from(self.bytes.len() - FRAME).unwrap_or(u32::MAX);
        let words = [self.number, kind as u32, len];
        let head = words.map(u32::to_le_bytes);
        let payload = self.bytes.get(FRAME..).unwrap_or_default();
        let sum = crc32c::crc32c_append(crc32c::crc32c(head.as_flattened()), payload);
        let frame = [head.as_flattened(), &sum.to_le_bytes()].concat();
        for (to, byte) in self.bytes.iter_mut().zip(frame) {
            *to = byte;
        }
    }

    fn put(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn put_count(&mut self, count: usize) {
        // No block holds more than its constant.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&count.to_le_bytes());
    }

    fn head(&mut self, history: &History) -> (usize, usize) {
        self.put(history.row_count());
        self.put(history.key_count());
        self.put(history.leases.all().len() as u64);
        self.put(history.head as u64);
        self.put(history.compact_revision as u64);
        self.put(history.out_of_order);
        (0, 0)
    }

    fn leases(&mut self, history: &History, from: usize) -> (usize, usize) {
        let all = history.leases.all();
        let end = from.saturating_add(LEASES).min(all.len());
        let part = all.get(from..end).unwrap_or_default();
        self.put_count(part.len());
        part.iter().for_each(|id| self.put(id.0 as u64));
        (end, all.len())
    }

    fn keys(&mut self, history: &History, from: usize) -> (usize, usize) {
        let order = self.order.as_deref().unwrap_or(history.sorted_ids());
        let mut rest = Vec::new();
        let [shared, lens, ids, ..] = &mut self.columns;
        [&mut *shared, &mut *lens, &mut *ids]
            .into_iter()
            .for_each(Vec::clear);
        // Each block can be read by itself.
        self.key.clear();
        for id in order.iter().skip(from).take(KEYS) {
            let key = history.key_bytes(*id).unwrap_or_default();
            let same = self.key.iter().zip(key).take_while(|(a, b)| a == b).count();
            let new = key.get(same..).unwrap_or_default();
            shared.push(same as u64);
            lens.push(new.len() as u64);
            ids.push(u64::from(id.0));
            rest.extend_from_slice(new);
            self.key.truncate(same);
            self.key.extend_from_slice(new);
            if rest.len() >= KEY_BYTES {
                break;
            }
        }
        let (count, all) = (ids.len(), order.len());
        self.put_columns(count, KEY_COLUMNS);
        self.bytes.extend_from_slice(&rest);
        (from + count, all)
    }

    fn rows(&mut self, history: &History, from: usize) -> (usize, usize) {
        self.columns.iter_mut().for_each(Vec::clear);
        let end = from.saturating_add(ROWS).min(history.rows.len());
        for change in (from..end).filter_map(|at| history.rows.get(at)) {
            for (column, value) in self.columns.iter_mut().zip(change.to_kept()) {
                column.push(value);
            }
        }
        self.put_columns(end - from, ROW_COLUMNS);
        (end, history.rows.len())
    }

    fn put_columns(&mut self, count: usize, columns: usize) {
        self.put_count(count);
        for values in self.columns.iter().take(columns) {
            column::push(&mut self.bytes, values);
        }
    }
}

impl Change {
    /// The numbers of a row's columns.
    fn to_kept(self) -> [u64; ROW_COLUMNS] {
        let revision = self.revision();
        let create = self.create_revision();
        // Small numbers both: how long ago the key was created, and the zero of a tombstone.
        let age = match self.is_tombstone() {
            true => create,
            false => revision.main.wrapping_sub(create),
        };
        [
            revision.main as u64,
            revision.sub as u64,
            u64::from(self.key().0),
            age as u64,
            self.version() as u64,
            u64::from(self.value_len()),
            u64::from(self.packed()),
        ]
    }
}
