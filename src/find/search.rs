//! One run of a query over a history.
//!
//! ```text
//! keys   1 2 3 4 5 ...    each asked once: no, yes, or open, with what it answered
//! rows   . y . o y o .    . no   y yes   o open, hangs on the value
//!              ^ cursor   before it all is decided; what was found stands in a list
//! ```
//!
//! Keys and rows come from the history; values are brought by whoever has them, in the order of
//! the bucket. A row is found in its place, so the list is always in order.

use std::collections::HashMap;

use super::Query;
use super::atom::{Facts, with_object};
use super::expr::{OfKey, OfRow};
use crate::history::{Change, History, KeyId};
use crate::kv::{RecordRef, Revision};

/// What a key answered: no row of it, every row, or from here on the number of its answers.
const NO: u32 = 0;
const YES: u32 = 1;
const OPEN: u32 = 2;

/// A query on its way through a history.
#[derive(Clone, Debug)]
pub struct Search {
    query: Query,
    /// What each key answered; empty where the query does not ask keys.
    keys: Vec<u32>,
    /// The answers of the keys that are open, each once.
    answers: Vec<u64>,
    numbers: HashMap<u64, u32>,
    key_count: u64,
    /// Keys that were asked.
    asked: u64,
    row_count: u64,
    /// Rows that were looked at.
    seen: u64,
    /// Rows that are to be found when the cursor comes there, and rows that hang on their value.
    waiting: Bits,
    open: Bits,
    opened: u64,
    decided: u64,
    /// The open row that the cursor stands at, and its revision.
    next: Option<(u64, Revision)>,
    found: Vec<u32>,
    /// Keys among what was found.
    found_keys: Bits,
    key_total: u64,
    bytes: u64,
}

impl Search {
    /// A search that has not begun.
    pub fn new(query: Query, history: &History) -> Self {
        let asks_keys = query.expr.asks_keys();
        let key_count = history.key_count();
        Self {
            keys: Vec::new(),
            answers: Vec::new(),
            numbers: HashMap::new(),
            key_count: if asks_keys { key_count } else { 0 },
            asked: 0,
            row_count: history.row_count(),
            seen: 0,
            waiting: Bits::default(),
            open: Bits::default(),
            opened: 0,
            decided: 0,
            next: None,
            found: Vec::new(),
            found_keys: Bits::default(),
            key_total: 0,
            bytes: 0,
            query,
        }
    }

    /// Goes on for at most `budget` keys or rows, with what the history alone decides; false once
    /// all is decided that needs no value.
    pub fn step(&mut self, history: &History, budget: u64) -> bool {
        for _ in 0..budget.max(1) {
            if self.asked < self.key_count {
                self.ask_key(history);
            } else if self.seen < self.row_count {
                self.look_at_row(history);
            } else {
                return false;
            }
        }
        self.asked < self.key_count || self.seen < self.row_count
    }

    /// Brings a row with its value. Rows come in the order of the bucket; those that are decided
    /// or not in the history are passed over.
    ///
    /// An open row that is passed over since a later one came, since it cannot be read any more,
    /// is not found.
    pub fn push(&mut self, history: &History, record: &RecordRef<'_>) {
        let revision = record.bucket_key.revision;
        while let Some((row, next)) = self.next {
            if revision < next {
                return;
            }
            let change = change_at(history, row);
            let is_found = revision == next
                && change.is_some_and(|change| self.is_found(history, change, record));
            self.decided += 1;
            self.open.clear(row);
            if is_found && let Some(change) = change {
                self.find(row, change);
            }
            self.go_on(history, row + 1);
            if revision == next {
                return;
            }
        }
    }

    /// Says that no more rows come: those that are still open are not found. Needless where every
    /// row of the history was brought.
    pub fn finish(&mut self, history: &History) {
        while let Some((row, _)) = self.next {
            self.decided += 1;
            self.open.clear(row);
            self.go_on(history, row + 1);
        }
    }

    /// After [`Search::step`] is over: whether some row still hangs on its value.
    pub fn needs_values(&self) -> bool {
        self.decided < self.opened
    }

    /// What was found so far: indices of rows of the history, in order.
    pub fn found(&self) -> &[u32] {
        &self.found
    }

    /// Different keys among what was found.
    pub fn keys(&self) -> u64 {
        self.key_total
    }

    /// Bytes of values among what was found.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many keys and rows were decided or left open, and how many there are; rows that hang
    /// on their values count twice.
    pub fn progress(&self) -> (u64, u64) {
        (
            self.asked + self.seen + self.decided,
            self.key_count + self.row_count + self.opened,
        )
    }

    fn ask_key(&mut self, history: &History) {
        let id = u32::try_from(self.asked).ok().map(KeyId);
        self.asked += 1;
        let Some(key) = id.and_then(|id| history.key(id)) else {
            self.keys.push(NO);
            return;
        };
        let mut of_key = OfKey {
            facts: Facts {
                history,
                key,
                change: None,
                value: None,
                object: None,
            },
            yes: 0,
        };
        let holds = self.query.expr.holds(&mut of_key);
        let answer = match holds {
            Some(false) => NO,
            Some(true) => YES,
            None => self.number(of_key.yes),
        };
        self.keys.push(answer);
    }

    /// The number of answers, of which there are few different ones.
    fn number(&mut self, yes: u64) -> u32 {
        *self.numbers.entry(yes).or_insert_with(|| {
            self.answers.push(yes);
            u32::try_from(self.answers.len()).map_or(NO, |len| len - 1 + OPEN)
        })
    }

    /// What a key answered: decided, or its answers.
    fn of_key(&self, id: KeyId) -> Result<bool, u64> {
        if self.key_count == 0 {
            return Err(0);
        }
        match self.keys.get(id.0 as usize) {
            None | Some(&NO) => Ok(false),
            Some(&YES) => Ok(true),
            Some(number) => match self.answers.get((number - OPEN) as usize) {
                Some(yes) => Err(*yes),
                None => Ok(false),
            },
        }
    }

    fn look_at_row(&mut self, history: &History) {
        let row = self.seen;
        self.seen += 1;
        let Some(change) = change_at(history, row) else {
            return;
        };
        let holds = match self.of_key(change.key()) {
            Ok(holds) => Some(holds),
            Err(yes) => self.holds(history, change, yes, None),
        };
        match holds {
            Some(false) => {}
            Some(true) if self.next.is_none() => self.find(row, change),
            Some(true) => self.waiting.set(row),
            None => {
                self.open.set(row);
                self.opened += 1;
                if self.next.is_none() {
                    self.next = Some((row, change.revision()));
                }
            }
        }
    }

    fn holds(
        &self,
        history: &History,
        change: &Change,
        yes: u64,
        value: Option<&[u8]>,
    ) -> Option<bool> {
        let facts = Facts {
            history,
            key: history.key(change.key())?,
            change: Some(change),
            value,
            object: None,
        };
        let in_secrets = self.query.in_secrets;
        let expr = &self.query.expr;
        let mut of_row = OfRow {
            facts,
            yes,
            in_secrets,
        };
        let holds = expr.holds(&mut of_row);
        let (None, Some(bytes)) = (holds, value) else {
            return holds;
        };
        // Only now, since objects take long to read.
        let mut answer = None;
        with_object(bytes, &mut |object| {
            let object = Some(object);
            let mut of_row = OfRow {
                facts: Facts { object, ..facts },
                yes,
                in_secrets,
            };
            answer = expr.holds(&mut of_row);
        });
        answer
    }

    /// Whether an open row is found, now that its value is there.
    fn is_found(&self, history: &History, change: &Change, record: &RecordRef<'_>) -> bool {
        let is_it = history.key_bytes(change.key()) == Some(record.key);
        let yes = match self.of_key(change.key()) {
            Ok(holds) => return holds && is_it,
            Err(yes) => yes,
        };
        is_it && self.holds(history, change, yes, Some(record.value)) == Some(true)
    }

    fn find(&mut self, row: u64, change: &Change) {
        let Ok(row) = u32::try_from(row) else {
            return;
        };
        self.found.push(row);
        self.bytes += u64::from(change.value_len());
        let key = u64::from(change.key().0);
        if !self.found_keys.has(key) {
            self.found_keys.set(key);
            self.key_total += 1;
        }
    }

    /// Moves the cursor to the next open row from `row` on, and finds what waits on the way.
    fn go_on(&mut self, history: &History, row: u64) {
        let open = self.open.next(row).unwrap_or(self.row_count);
        let mut at = row;
        while let Some(row) = self.waiting.next(at).filter(|row| *row < open) {
            if let Some(change) = change_at(history, row) {
                self.find(row, change);
            }
            self.waiting.clear(row);
            at = row + 1;
        }
        self.next = change_at(history, open).map(|change| (open, change.revision()));
    }
}

/// The change of a row, without looking its key up.
fn change_at(history: &History, row: u64) -> Option<&Change> {
    history.row(usize::try_from(row).ok()?)
}

/// A set of numbers, a bit each.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, at: u64) {
        let word = (at / 64) as usize;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (at % 64);
        }
    }

    fn clear(&mut self, at: u64) {
        if let Some(word) = self.0.get_mut((at / 64) as usize) {
            *word &= !(1 << (at % 64));
        }
    }

    fn has(&self, at: u64) -> bool {
        let word = self.0.get((at / 64) as usize);
        word.is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// The first number at `from` or behind it.
    fn next(&self, from: u64) -> Option<u64> {
        let first = (from / 64) as usize;
        let mut mask = u64::MAX << (from % 64);
        for (at, word) in (first as u64..).zip(self.0.iter().skip(first)) {
            let rest = word & mask;
            if rest != 0 {
                return Some(at * 64 + u64::from(rest.trailing_zeros()));
            }
            mask = u64::MAX;
        }
        None
    }
}
