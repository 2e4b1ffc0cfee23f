//! What fills two stores, prefix by prefix.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::fill::{Fills, Sum};

/// The keys of one prefix in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// What the keys begin with; empty for keys without a prefix.
    pub prefix: Vec<u8>,
    /// Their sums in the first; all 0 where it has none.
    pub before: Sum,
    /// Their sums in the second.
    pub after: Sum,
}

impl Growth {
    /// Bytes that the second has more; negative where it shrank.
    pub fn bytes(&self) -> i64 {
        let [before, after] = [self.before.bytes, self.after.bytes];
        after.cast_signed().saturating_sub(before.cast_signed())
    }
}

/// Every prefix of both, those with the most growth or shrinkage first.
pub fn growth(a: &Fills, b: &Fills) -> Vec<Growth> {
    let mut all = BTreeMap::<&[u8], (Sum, Sum)>::new();
    for group in a.top(usize::MAX) {
        all.entry(&group.prefix).or_default().0 = group.sum;
    }
    for group in b.top(usize::MAX) {
        all.entry(&group.prefix).or_default().1 = group.sum;
    }
    let rows = all.into_iter().map(|(prefix, (before, after))| Growth {
        prefix: prefix.to_vec(),
        before,
        after,
    });
    let mut rows: Vec<Growth> = rows.collect();
    rows.sort_by_key(|row| Reverse(row.bytes().unsigned_abs()));
    rows
}
