//! Keys of two histories: added, removed, changed.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::history::{Change, History, KeyId};
use crate::kv::Revision;

/// What became of a key from the first history to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// It lives only in the second.
    Added,
    /// It lives only in the first, and the second has its deletion or is of one lineage with the
    /// first and not older.
    Removed,
    /// It lives in both, and value, version or lease differ.
    Changed,
    /// It lives in both as another life: it was deleted and created again in between.
    Recreated,
}

impl DifferenceKind {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Recreated => "deleted and created again",
        }
    }
}

/// One key that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub kind: DifferenceKind,
    /// The key in the first history, if it knows it.
    pub a: Option<KeyId>,
    /// The key in the second history.
    pub b: Option<KeyId>,
    /// The row that holds its value in the first.
    pub before: Option<Revision>,
    /// The row that holds its value in the second.
    pub after: Option<Revision>,
    /// Length of the value in the first.
    pub before_len: u32,
    /// Length of the value in the second.
    pub after_len: u32,
}

/// Whether both histories can be of one store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lineage {
    /// Nothing tells.
    #[default]
    Unknown,
    /// Rows at the same revisions are the same.
    One,
    /// A row at one revision is of another key, or another life of it: different clusters, or one
    /// that was restored.
    Strangers,
}

/// Keys, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Only in the second.
    pub added: u64,
    /// Only in the first.
    pub removed: u64,
    /// In both, and different.
    pub changed: u64,
    /// In both as another life.
    pub recreated: u64,
    /// In both, and the same.
    pub same: u64,
}

/// What comparing has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The keys that differ, in the order of their bytes.
    pub rows: Vec<Difference>,
    /// How many.
    pub counts: Counts,
    /// Whether both are of one store.
    pub lineage: Lineage,
    /// Revisions that both have a row at and that tell so.
    pub shared: u64,
}

/// Comparing two histories, in steps.
#[derive(Debug, Default)]
pub struct Compare {
    a: usize,
    b: usize,
    /// The next row of the first history whose revision is looked for in the second.
    row: u64,
    open: Vec<(Revision, Revision)>,
    outcome: Outcome,
    is_over: bool,
}

impl Compare {
    /// Nothing compared yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes over at most `budget` keys or rows; false once all are compared.
    pub fn step(&mut self, a: &History, b: &History, budget: u64) -> bool {
        let mut left = budget;
        while left > 0 && self.row < a.row_count() {
            self.follow_row(a, b);
            left -= 1;
        }
        while left > 0 && !self.is_over {
            self.step_key(a, b);
            left -= 1;
        }
        !self.is_over
    }

    /// Keys and rows done, of so many.
    pub fn progress(&self, a: &History, b: &History) -> (u64, u64) {
        let done = (self.a + self.b) as u64 + self.row;
        (done, a.key_count() + b.key_count() + a.row_count())
    }

    /// Rows whose values alone can tell whether they are the same: of histories that are not of
    /// one store, with the same length.
    pub fn open_pairs(&self) -> &[(Revision, Revision)] {
        &self.open
    }

    /// Asks for every open pair whether its values are the same.
    pub fn settle_all(&mut self, mut is_same: impl FnMut((Revision, Revision)) -> bool) {
        let open = std::mem::take(&mut self.open);
        let same: HashSet<_> = open.into_iter().filter(|pair| is_same(*pair)).collect();
        let is_it = |row: &Difference| {
            let pair = row.before.zip(row.after);
            pair.is_some_and(|pair| same.contains(&pair))
        };
        let before = self.outcome.rows.len();
        self.outcome.rows.retain(|row| !is_it(row));
        let gone = (before - self.outcome.rows.len()) as u64;
        let counts = &mut self.outcome.counts;
        counts.changed = counts.changed.saturating_sub(gone);
        counts.same += gone;
    }

    /// Says that rows at these revisions have other bytes in either history, though all that a
    /// history keeps of them is the same: one of the files is corrupt. Keys that hold such a row
    /// now have changed.
    pub fn contradict(&mut self, a: &History, b: &History, revisions: &[Revision]) {
        let rows = self.outcome.rows.iter();
        let known: HashSet<Revision> = rows
            .filter(|row| row.before == row.after)
            .filter_map(|row| row.before)
            .collect();
        let mut found = Vec::new();
        for revision in revisions.iter().filter(|one| !known.contains(one)) {
            let (Some((left, _)), Some((right, _))) =
                (a.find_change(*revision), b.find_change(*revision))
            else {
                continue;
            };
            let now = [left.at(a.head()), right.at(b.head())];
            let [Some(before), Some(after)] = now else {
                continue;
            };
            if left.key != right.key || now.iter().flatten().any(|row| row.revision() != *revision)
            {
                continue;
            }
            found.push(Difference {
                kind: DifferenceKind::Changed,
                a: Some(left.id),
                b: Some(right.id),
                before: Some(*revision),
                after: Some(*revision),
                before_len: before.value_len(),
                after_len: after.value_len(),
            });
        }
        let counts = &mut self.outcome.counts;
        counts.changed += found.len() as u64;
        counts.same = counts.same.saturating_sub(found.len() as u64);
        self.outcome.rows.append(&mut found);
        self.outcome.rows.sort_by_key(|row| {
            let key = row.a.and_then(|id| a.key_bytes(id));
            key.or_else(|| row.b.and_then(|id| b.key_bytes(id)))
        });
    }

    /// What was found.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// A row at the same revision is the same row in one store, and hardly ever in two.
    fn follow_row(&mut self, a: &History, b: &History) {
        let row = a.rows_from(self.row, 1).next();
        self.row += 1;
        let Some((key, change)) = row else {
            return;
        };
        let Some((other, there)) = b.find_change(change.revision()) else {
            return;
        };
        let is_same = key.key == other.key
            && change.kind() == there.kind()
            && change.version() == there.version()
            && change.value_len() == there.value_len();
        if !is_same {
            self.outcome.lineage = Lineage::Strangers;
        } else {
            self.outcome.shared += 1;
            if self.outcome.lineage == Lineage::Unknown {
                self.outcome.lineage = Lineage::One;
            }
        }
    }

    fn step_key(&mut self, a: &History, b: &History) {
        let at = |history: &History, index: usize| history.sorted_ids().get(index).copied();
        let (of_a, of_b) = (at(a, self.a), at(b, self.b));
        let order = match (of_a, of_b) {
            (None, None) => {
                self.is_over = true;
                return;
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => a.key_bytes(left).cmp(&b.key_bytes(right)),
        };
        let of_a = of_a.filter(|_| order.is_le());
        let of_b = of_b.filter(|_| order.is_ge());
        self.a += usize::from(of_a.is_some());
        self.b += usize::from(of_b.is_some());
        let before = of_a.and_then(|id| a.key(id)?.at(a.head()));
        let after = of_b.and_then(|id| b.key(id)?.at(b.head()));
        let kind = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => DifferenceKind::Added,
            (Some(_), None) => DifferenceKind::Removed,
            (Some(before), Some(after)) => match self.pair(a, b, before, after) {
                Some(kind) => kind,
                None => {
                    self.outcome.counts.same += 1;
                    return;
                }
            },
        };
        let counts = &mut self.outcome.counts;
        let count = match kind {
            DifferenceKind::Added => &mut counts.added,
            DifferenceKind::Removed => &mut counts.removed,
            DifferenceKind::Changed => &mut counts.changed,
            DifferenceKind::Recreated => &mut counts.recreated,
        };
        *count += 1;
        self.outcome.rows.push(Difference {
            kind,
            a: of_a,
            b: of_b,
            before: before.map(Change::revision),
            after: after.map(Change::revision),
            before_len: before.map_or(0, Change::value_len),
            after_len: after.map_or(0, Change::value_len),
        });
    }

    /// How two rows of one key differ; none if they are the same.
    fn pair(
        &mut self,
        a: &History,
        b: &History,
        before: &Change,
        after: &Change,
    ) -> Option<DifferenceKind> {
        let is_one = self.outcome.lineage == Lineage::One;
        if is_one && before.revision() == after.revision() {
            return None;
        }
        if is_one && before.create_revision() != after.create_revision() {
            return Some(DifferenceKind::Recreated);
        }
        let is_alike = before.value_len() == after.value_len()
            && before.version() == after.version()
            && a.lease(before) == b.lease(after);
        if !is_one && is_alike {
            self.open.push((before.revision(), after.revision()));
        }
        Some(DifferenceKind::Changed)
    }
}
