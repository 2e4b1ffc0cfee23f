//! Which pages can be reused: free ones as runs, and those that the latest transactions freed.

use std::collections::BTreeMap;

/// Free and pending pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Free {
    /// First page of a run and its length; runs never touch.
    runs: BTreeMap<u64, u64>,
    /// Pages that the latest transaction freed, as runs in the order of freeing.
    pending: Vec<(u64, u64)>,
}

impl Free {
    /// Number of pages that can be taken now.
    pub(super) fn free_count(&self) -> u64 {
        self.runs.values().sum()
    }

    /// The lowest `count` pages in a row; `None` if there is no such run.
    pub(super) fn take(&mut self, count: u64) -> Option<u64> {
        let (start, len) = self
            .runs
            .iter()
            .map(|(start, len)| (*start, *len))
            .find(|(_, len)| *len >= count)?;
        self.runs.remove(&start);
        if len > count {
            self.runs.insert(start + count, len - count);
        }
        Some(start)
    }

    /// Makes pages free, joining them to their neighbours.
    pub(super) fn add(&mut self, start: u64, len: u64) {
        let (mut start, mut len) = (start, len);
        let before = self.runs.range(..start).next_back();
        if let Some((first, count)) = before.map(|(first, count)| (*first, *count))
            && first + count == start
        {
            self.runs.remove(&first);
            (start, len) = (first, count + len);
        }
        if let Some(count) = self.runs.remove(&(start + len)) {
            len += count;
        }
        self.runs.insert(start, len);
    }

    /// Lets pages wait.
    pub(super) fn wait(&mut self, start: u64, len: u64) {
        self.pending.push((start, len));
    }

    /// Makes free what waited, and tells what that was.
    pub(super) fn release(&mut self) -> Vec<(u64, u64)> {
        let pending = std::mem::take(&mut self.pending);
        for (start, len) in &pending {
            self.add(*start, *len);
        }
        pending
    }

    /// Every free page in order.
    pub(super) fn free(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs
            .iter()
            .flat_map(|(start, len)| *start..start + len)
    }

    /// Every pending page.
    pub(super) fn pending(&self) -> impl Iterator<Item = u64> + '_ {
        self.pending
            .iter()
            .flat_map(|(start, len)| *start..start + len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_join_and_the_lowest_fitting_one_is_taken() {
        let mut free = Free::default();
        free.wait(5, 1);
        free.wait(7, 2);
        free.wait(6, 1);
        free.wait(3, 1);
        assert_eq!((free.free_count(), free.pending().count()), (0, 5));
        assert_eq!(free.take(1), None);
        free.release();
        assert_eq!(free.free().collect::<Vec<_>>(), [3, 5, 6, 7, 8]);
        assert_eq!(free.take(2), Some(5));
        assert_eq!(free.take(1), Some(3));
        assert_eq!(free.take(3), None);
        assert_eq!(free.take(2), Some(7));
        assert_eq!(free.free_count(), 0);
    }
}
