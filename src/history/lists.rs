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

/// Places of the lists from one count of lives to the next.
const STRIDE: usize = 256;

/// What counting the lives of one key knows so far.
#[derive(Clone, Copy, Default)]
struct Filled {
    /// Where its next row goes.
    next: u32,
    /// Lives that have begun.
    lives: u32,
    /// The life that goes on, by its create revision; none behind a tombstone.
    goes_on: Option<i64>,
}

/// Counts of lives within the list of one key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lives<'a> {
    counts: &'a [u32],
    /// Where the key's rows begin among those of all keys.
    start: usize,
}

impl Lives<'_> {
    /// A position at or before `at` and how many lives begin before it; near `at` if `at` is
    /// among the rows that were listed at once.
    pub(super) fn near(&self, at: usize, settled: usize) -> (usize, u32) {
        let count = (self.start + at.min(settled)) / STRIDE;
        let place = (count * STRIDE).checked_sub(self.start);
        match place.zip(self.counts.get(count)) {
            Some((place, lives)) if place > 0 && place < settled => (place, *lives),
            _ => (0, 0),
        }
    }
}

/// The rows of each key, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    starts: Vec<u32>,
    rows: Vec<u32>,
    added: HashMap<KeyId, Vec<u32>>,
    /// For every [`STRIDE`]th place of `rows`: how many lives of its key begin before it.
    lives: Vec<u32>,
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
        let mut filled: Vec<Filled> = Vec::with_capacity(next.len());
        filled.extend(next.iter().map(|next| Filled {
            next: *next,
            ..Filled::default()
        }));
        self.starts = next;
        self.rows.clear();
        self.rows.shrink_to(rows.len());
        self.rows.reserve_exact(rows.len());
        self.rows.resize(rows.len(), 0);
        self.lives = vec![0; rows.len().div_ceil(STRIDE)];
        for (number, row) in (0..).zip(rows.iter()) {
            if let Some(filled) = filled.get_mut(row.key().0 as usize) {
                let at = filled.next as usize;
                if let Some(place) = self.rows.get_mut(at) {
                    *place = number;
                }
                if at.is_multiple_of(STRIDE)
                    && let Some(lives) = self.lives.get_mut(at / STRIDE)
                {
                    *lives = filled.lives;
                }
                filled.add(row);
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

    /// Counts of lives for the key's rows.
    pub(super) fn lives(&self, key: KeyId) -> Lives<'_> {
        let start = self.starts.get(key.0 as usize);
        Lives {
            counts: &self.lives,
            start: start.map_or(0, |start| *start as usize),
        }
    }
}

impl Filled {
    fn add(&mut self, row: &Change) {
        let is_tombstone = row.is_tombstone();
        let goes_on = self
            .goes_on
            .is_some_and(|create| is_tombstone || create == row.create_revision());
        self.next += 1;
        self.lives = self.lives.saturating_add(u32::from(!goes_on));
        self.goes_on = (!is_tombstone).then(|| row.create_revision());
    }
}
