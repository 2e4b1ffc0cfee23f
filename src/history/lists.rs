//! Which rows belong to which key.
//!
//! ```text
//! key        0        1    2            what was added since: few rows, by key
//! starts     0        3    4
//! rows     | 0  2  7 | 1  | 3  4  5 |   { 2: [8, 9] }
//! ```
//!
//! A whole file is listed at once, by counting; a command of the simulator adds a few rows. The
//! lists are made anew when what was added since has become a fair part of the whole, so that a
//! row costs about eight bytes and a constant time however it came.

use std::collections::HashMap;

use super::KeyId;
use super::change::Change;
use super::chunks::Chunks;

/// Rows that may be added before the lists are made anew, however few there are.
const ADDED: usize = 4096;

/// The rows of each key, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    starts: Vec<u32>,
    rows: Vec<u32>,
    added: HashMap<KeyId, Vec<u32>>,
    /// Rows that are listed: in `rows` and in `added`.
    listed: usize,
}

impl Lists {
    /// Whether the first `rows` rows are listed.
    pub(super) fn is_complete(&self, rows: usize) -> bool {
        self.listed == rows
    }

    /// Lists the rows that are not listed yet.
    pub(super) fn complete(&mut self, rows: &Chunks<Change>, keys: usize) {
        let added = rows.len() - self.rows.len();
        if added > ADDED.max(self.rows.len() / 4) {
            self.count(rows, keys);
        } else {
            for number in self.listed..rows.len() {
                if let (Some(row), Ok(number)) = (rows.get(number), u32::try_from(number)) {
                    self.added.entry(row.key()).or_default().push(number);
                }
            }
        }
        self.listed = rows.len();
    }

    /// Lists all rows anew: counts each key's rows, then puts each row behind those before it.
    fn count(&mut self, rows: &Chunks<Change>, keys: usize) {
        self.added = HashMap::new();
        let mut next = vec![0; keys + 1];
        for row in rows.iter() {
            if let Some(count) = next.get_mut(row.key().0 as usize + 1) {
                *count += 1;
            }
        }
        let mut sum: u32 = 0;
        for count in &mut next {
            sum = sum.saturating_add(*count);
            *count = sum;
        }
        self.starts = next.clone();
        self.rows.clear();
        self.rows.shrink_to(rows.len());
        self.rows.reserve_exact(rows.len());
        self.rows.resize(rows.len(), 0);
        for (number, row) in (0..).zip(rows.iter()) {
            if let Some(next) = next.get_mut(row.key().0 as usize) {
                if let Some(place) = self.rows.get_mut(*next as usize) {
                    *place = number;
                }
                *next += 1;
            }
        }
    }

    /// The rows of a key in two parts, the second behind the first.
    pub(super) fn of(&self, key: KeyId) -> [&[u32]; 2] {
        let start = |at: usize| self.starts.get(at).map(|start| *start as usize);
        let at = key.0 as usize;
        let range = start(at).zip(start(at + 1));
        let settled = range.and_then(|(start, end)| self.rows.get(start..end));
        let added = self.added.get(&key).map(Vec::as_slice);
        [settled.unwrap_or_default(), added.unwrap_or_default()]
    }
}
