//! Rows that a search has found, to be marked in the picture.

use crate::history::{Changes, History, KeyId};

/// Found rows, in the order of revisions and by their keys. Takes 8 bytes a row, a byte a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    rows: Vec<u32>,
    by_key: Vec<u32>,
    /// By the key's number.
    keys: Vec<bool>,
}

impl Marked {
    /// Of rows of a history by number, in rising order.
    pub fn new(history: &History, rows: Vec<u32>) -> Self {
        let mut keys = vec![false; history.sorted_ids().len()];
        let mut by_key = rows.clone();
        by_key.sort_by_key(|row| (key_of(history, *row), *row));
        for row in &rows {
            let place = key_of(history, *row).and_then(|id| keys.get_mut(id.0 as usize));
            if let Some(place) = place {
                *place = true;
            }
        }
        Self { rows, by_key, keys }
    }

    /// How many rows are marked.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All of them by revision.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether a row of this key is marked.
    pub(super) fn has_key(&self, id: KeyId) -> bool {
        self.keys.get(id.0 as usize).copied().unwrap_or(false)
    }

    /// Those of one key.
    pub(super) fn of_key<'a>(&'a self, history: &'a History, id: KeyId) -> Changes<'a> {
        let key = |row: &u32| key_of(history, *row);
        let from = self.by_key.partition_point(|row| key(row) < Some(id));
        let to = self.by_key.partition_point(|row| key(row) <= Some(id));
        history.changes_of(self.by_key.get(from..to).unwrap_or_default())
    }

    /// Those of the keys of several groups, a list each; `group_of` has a key's group by its number.
    pub(super) fn grouped(
        &self,
        history: &History,
        group_of: &[Option<u32>],
        groups: usize,
    ) -> Vec<Vec<u32>> {
        let mut out = vec![Vec::new(); groups];
        for row in &self.rows {
            let group = key_of(history, *row).and_then(|id| *group_of.get(id.0 as usize)?);
            if let Some(list) = group.and_then(|group| out.get_mut(group as usize)) {
                list.push(*row);
            }
        }
        out
    }
}

fn key_of(history: &History, row: u32) -> Option<KeyId> {
    let mut change = history.changes_from(u64::from(row), 1);
    change.next().map(|change| change.key())
}
