//! What happened in a part of the picture: counts over the changes of its revisions and lanes.

use serde::{Deserialize, Serialize};

use super::lanes::LaneOrder;
use super::scene::Area;
use crate::history::{Changes, History};

/// Sums over an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Main revisions that changed something there.
    pub revisions: u64,
    /// Keys that were changed.
    pub keys: u64,
    /// Puts, creates included.
    pub puts: u64,
    /// Tombstones.
    pub deletes: u64,
    /// Bytes of the values that were put.
    pub bytes: u64,
    /// Of all these rows, how many a compaction has removed since.
    pub gone: u64,
}

/// Sums up an area; a lane that is out of the order, or an open prefix, adds nothing.
pub fn summarize(history: &History, order: &LaneOrder, area: &Area) -> Sums {
    let (from, to) = (area.from.min(area.to), area.from.max(area.to));
    let (first, last) = area.lanes.unwrap_or((0, u64::MAX));
    let last = last.min(order.len().saturating_sub(1));
    let mut sums = Sums::default();
    let mut seen = vec![false; usize::try_from(history.key_count()).unwrap_or(0)];
    let mut mains: Vec<i64> = Vec::new();
    if order.is_empty() {
        return sums;
    }
    for lane in first..=last {
        let changes = order.changes(history, lane);
        for change in inside(changes, from, to).iter() {
            let main = change.revision().main;
            if mains.last() != Some(&main) {
                mains.push(main);
            }
            if let Some(seen) = seen.get_mut(change.key().0 as usize) {
                sums.keys += u64::from(!*seen);
                *seen = true;
            }
            let is_put = !change.is_tombstone();
            sums.puts += u64::from(is_put);
            sums.deletes += u64::from(!is_put);
            sums.bytes += u64::from(change.value_len());
            sums.gone += u64::from(change.is_compacted());
        }
    }
    mains.sort();
    mains.dedup();
    sums.revisions = mains.len() as u64;
    sums
}

fn inside(changes: Changes<'_>, from: i64, to: i64) -> Changes<'_> {
    let first = changes.partition_point(|change| change.revision().main < from);
    let last = changes.partition_point(|change| change.revision().main <= to);
    changes.slice(first..last)
}
