//! What lanes are sorted by, of a key or of the keys below a prefix.

use std::cmp::Reverse;

use super::Sort;
use super::tree::Item;
use crate::history::{History, KeyId};

/// A number for each range of the ordered keys.
pub(super) enum Measure {
    /// The order of the bytes, which the keys have already.
    Name,
    /// Sums up to each key, so that a range costs two looks.
    Sums(Vec<u64>),
    /// The largest of a range.
    Largest(Vec<i64>),
}

impl Measure {
    pub(super) fn new(history: &History, keys: &[KeyId], sort: Sort) -> Self {
        let changes = |id: &KeyId| history.key(*id).map(|key| key.changes);
        match sort {
            Sort::Name => Self::Name,
            Sort::Revisions => Self::sums(
                keys.iter()
                    .map(|id| changes(id).map_or(0, |changes| changes.len() as u64)),
            ),
            Sort::Bytes => {
                let bytes = history.bytes_by_key();
                let of = |id: &KeyId| bytes.get(id.0 as usize).copied().unwrap_or(0);
                Self::sums(keys.iter().map(of))
            }
            Sort::LastChange => {
                let last = |id: &KeyId| changes(id)?.last().map(|last| last.revision().main);
                Self::Largest(keys.iter().map(|id| last(id).unwrap_or(0)).collect())
            }
        }
    }

    fn sums(numbers: impl Iterator<Item = u64>) -> Self {
        let mut sum: u64 = 0;
        let mut sums = vec![0];
        sums.extend(numbers.map(|number| {
            sum = sum.saturating_add(number);
            sum
        }));
        Self::Sums(sums)
    }

    /// Puts items in order; those of equal measure stay in the order of their names.
    pub(super) fn sort(&self, items: &mut [Item]) {
        match self {
            Self::Name => {}
            Self::Sums(sums) => {
                let at = |at: usize| sums.get(at).copied().unwrap_or(0);
                items.sort_by_cached_key(|item| Reverse(at(item.to).saturating_sub(at(item.from))));
            }
            Self::Largest(numbers) => {
                let of = |item: &Item| numbers.get(item.from..item.to)?.iter().max().copied();
                items.sort_by_cached_key(|item| Reverse(of(item)));
            }
        }
    }
}
