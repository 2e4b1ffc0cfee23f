//! [`Line`]: the counts for any revision at once.

use super::TombstoneRule;
use super::fold::Fold;
use crate::history::History;

/// What a compaction would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows of bucket `key`.
    pub rows: u64,
    /// Their bytes, bucket keys and messages as they are stored.
    pub bytes: u64,
    /// Keys of which no row would be left.
    pub keys: u64,
}

/// Sums over the rows by the compact revision that takes them: a look-up halves a list.
///
/// ```text
/// at       4          7          9
/// rows     1          3          4       at 8: 3 rows
/// ```
///
/// 32 bytes for each revision at which something more goes.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// From this compact revision on so much is gone; rising.
    steps: Vec<(i64, Counts)>,
    rows: u64,
}

impl Line {
    /// Goes over all rows once, and sorts them by when they go.
    pub fn new(history: &History, rule: TombstoneRule) -> Self {
        let mut fold = Fold::new(history, rule);
        let mut going = Vec::new();
        while let Some(row) = fold.next(history) {
            if let Some(at) = row.goes_at {
                going.push((at, history.lens(row.change).sum(), row.is_last));
            }
        }
        going.sort_unstable();
        let mut line = Self {
            steps: Vec::new(),
            rows: history.retained_rows(),
        };
        let mut sum = Counts::default();
        for (at, bytes, is_last) in going {
            sum.rows += 1;
            sum.bytes += bytes;
            sum.keys += u64::from(is_last);
            match line.steps.last_mut() {
                Some(step) if step.0 == at => step.1 = sum,
                _ => line.steps.push((at, sum)),
            }
        }
        line
    }

    /// What a compaction at `at` would take; whether etcd would do it is asked of
    /// [`super::check`].
    pub fn removed(&self, at: i64) -> Counts {
        let after = self.steps.partition_point(|step| step.0 <= at);
        let step = after.checked_sub(1).and_then(|last| self.steps.get(last));
        step.map_or_else(Counts::default, |step| step.1)
    }

    /// Rows that would stay.
    pub fn kept_rows(&self, at: i64) -> u64 {
        self.rows.saturating_sub(self.removed(at).rows)
    }
}
