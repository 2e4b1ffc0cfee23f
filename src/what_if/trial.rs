//! [`Trial`]: a compaction tried on a file, in steps.

use std::collections::HashMap;

use super::fold::Fold;
use super::sizes::Sizing;
use super::{Counts, SizeError, Sizes, TombstoneRule, TrialError, check};
use crate::etcd::EtcdFile;
use crate::fill::prefix_of;
use crate::history::{Change, History};
use crate::kv::BucketKey;

/// Rows that are gone over in a step.
const STEP_ROWS: usize = 200_000;
/// Prefixes that are told apart; what comes after them is counted as one, without a prefix.
const MAX_PREFIXES: usize = 20_000;

/// What the keys of one prefix would lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// What the keys begin with; empty for keys without a `/`.
    pub prefix: Vec<u8>,
    /// Rows that would go.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a trial has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The revision of the compaction; `None` for a defrag alone.
    pub at: Option<i64>,
    /// The compact revision before it: revisions from there on can be read now.
    pub compact_revision: i64,
    /// What would go.
    pub removed: Counts,
    /// Rows that would stay.
    pub kept_rows: u64,
    /// Tombstones at the very revision of the compaction: whether they stay hangs on the release.
    pub tombstones_at: u64,
    /// What happens to these.
    pub rule: TombstoneRule,
    /// By prefix, most bytes first. Complete once the rows have been gone over.
    pub prefixes: Vec<Loss>,
    /// Sizes of the file; `None` before they are computed.
    pub sizes: Option<Sizes>,
    /// Why they cannot be.
    pub trouble: Option<SizeError>,
}

/// A compaction and a defrag, tried. Takes 8 bytes a key, a bit a row, and some thousand keys.
#[derive(Debug)]
pub struct Trial {
    file: EtcdFile,
    /// By the row's number, 64 to a word, whether it goes.
    goes: Vec<u64>,
    losses: HashMap<Vec<u8>, Loss>,
    stage: Stage,
    outcome: Outcome,
    done: u64,
    total: u64,
}

#[derive(Debug)]
enum Stage {
    Rows(Fold),
    Sizes(Box<Sizing>),
    Over,
}

impl Trial {
    /// Tries `compact at` and a defrag.
    ///
    /// # Errors
    /// What etcd would answer: `Compacted`, `FutureRevision`.
    pub fn new(file: &EtcdFile, history: &History, at: i64) -> Result<Self, TrialError> {
        check(history, at)?;
        Ok(Self::start(file, history, Some(at)))
    }

    /// Tries a defrag alone.
    pub fn defrag(file: &EtcdFile, history: &History) -> Self {
        let mut trial = Self::start(file, history, None);
        trial.measure();
        trial
    }

    fn start(file: &EtcdFile, history: &History, at: Option<i64>) -> Self {
        let rule = TombstoneRule::of(file, history);
        let rows = usize::try_from(history.row_count()).unwrap_or(0);
        let passes = if at.is_some() { 2 } else { 1 };
        Self {
            file: file.clone(),
            goes: vec![0; at.map_or(0, |_| rows.div_ceil(64))],
            losses: HashMap::new(),
            stage: Stage::Rows(Fold::new(history, rule)),
            outcome: Outcome {
                at,
                compact_revision: history.compact_revision(),
                removed: Counts::default(),
                kept_rows: history.retained_rows(),
                tombstones_at: 0,
                rule,
                prefixes: Vec::new(),
                sizes: None,
                trouble: None,
            },
            done: 0,
            total: history.row_count().saturating_mul(passes),
        }
    }

    /// Goes on, reading a few MiB at most; false once all is told.
    pub fn step(&mut self, history: &History) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Rows(fold) => self.rows(history, fold),
            Stage::Sizes(sizing) => self.sizes(history, sizing),
            Stage::Over => {}
        }
        self.is_busy()
    }

    /// Whether there is more to tell.
    pub fn is_busy(&self) -> bool {
        !matches!(self.stage, Stage::Over)
    }

    /// Leaves the rest undone; what was found stays.
    pub fn stop(&mut self) {
        self.stage = Stage::Over;
    }

    /// Rows done, of so many: each is gone over to tell whether it goes, and to be copied.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.min(self.total), self.total)
    }

    /// What was found so far.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Whether the row with a number in the history would go, as far as rows were gone over.
    pub fn goes(&self, row: usize) -> bool {
        let word = self.goes.get(row / 64);
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows that would go, in the order of the bucket, with their keys.
    pub fn rows_that_go<'a>(
        &'a self,
        history: &'a History,
    ) -> impl Iterator<Item = (&'a [u8], &'a Change)> + 'a {
        let rows = (0..self.goes.len().saturating_mul(64)).filter(|row| self.goes(*row));
        rows.filter_map(|row| {
            let change = history.row(row)?;
            Some((history.key_bytes(change.key())?, change))
        })
    }

    fn rows(&mut self, history: &History, mut fold: Fold) {
        let at = self.outcome.at.unwrap_or(i64::MIN);
        let before = fold.left();
        while before - fold.left() < STEP_ROWS {
            let Some(row) = fold.next(history) else {
                self.tell_prefixes();
                self.measure();
                return;
            };
            let is_at = row.change.revision().main == at && row.change.is_tombstone();
            self.outcome.tombstones_at += u64::from(is_at);
            if row.goes_at.is_none_or(|from| from > at) {
                continue;
            }
            if let Some(word) = self.goes.get_mut(row.number / 64) {
                *word |= 1 << (row.number % 64);
            }
            let bytes = history.lens(row.change).sum();
            let removed = &mut self.outcome.removed;
            removed.rows += 1;
            removed.bytes += bytes;
            removed.keys += u64::from(row.is_last);
            self.outcome.kept_rows = self.outcome.kept_rows.saturating_sub(1);
            self.lose(
                history.key_bytes(row.change.key()).unwrap_or_default(),
                bytes,
            );
        }
        self.done += (before - fold.left()) as u64;
        self.stage = Stage::Rows(fold);
    }

    fn lose(&mut self, key: &[u8], bytes: u64) {
        let mut prefix = prefix_of(key);
        if self.losses.len() >= MAX_PREFIXES && !self.losses.contains_key(prefix) {
            prefix = &[];
        }
        if !self.losses.contains_key(prefix) {
            let loss = Loss {
                prefix: prefix.to_vec(),
                ..Loss::default()
            };
            self.losses.insert(prefix.to_vec(), loss);
        }
        if let Some(loss) = self.losses.get_mut(prefix) {
            loss.rows += 1;
            loss.bytes += bytes;
        }
    }

    fn tell_prefixes(&mut self) {
        let losses = std::mem::take(&mut self.losses);
        let mut prefixes: Vec<Loss> = losses.into_values().collect();
        prefixes.sort_by(|a, b| {
            let by_bytes = b.bytes.cmp(&a.bytes);
            by_bytes.then_with(|| a.prefix.cmp(&b.prefix))
        });
        self.outcome.prefixes = prefixes;
    }

    /// From the rows to the sizes.
    fn measure(&mut self) {
        let rows = self.total / if self.outcome.at.is_some() { 2 } else { 1 };
        self.done = self.total - rows;
        match Sizing::new(&self.file, self.outcome.at) {
            Ok(sizing) => self.stage = Stage::Sizes(Box::new(sizing)),
            Err(error) => self.end(Err(error)),
        }
    }

    fn sizes(&mut self, history: &History, mut sizing: Box<Sizing>) {
        let before = sizing.rows();
        let stepped = sizing.step(|key| {
            let row = BucketKey::decode(key).ok();
            let row = row.and_then(|key| history.row_of(key.revision));
            row.is_some_and(|row| self.goes(row))
        });
        match stepped {
            Ok(true) => {
                self.done += sizing.rows() - before;
                self.stage = Stage::Sizes(sizing);
            }
            Ok(false) => self.end(sizing.finish()),
            Err(error) => self.end(Err(error)),
        }
    }

    fn end(&mut self, sizes: Result<Sizes, SizeError>) {
        self.stage = Stage::Over;
        self.done = self.total;
        match sizes {
            Ok(sizes) => self.outcome.sizes = Some(sizes),
            Err(error) => self.outcome.trouble = Some(error),
        }
    }
}
