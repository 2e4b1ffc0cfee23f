//! When a revision was written, from what the objects themselves say: etcd stores no times.
//!
//! A version that says "written at T" was written at T or a little later, never before. So each
//! revision lies between the latest time that it or an earlier one tells, and the earliest that
//! a later one could: times only grow with revisions. Clocks that run ahead, and objects that
//! carry old times on, are told from that order and left out.

use super::schema::Schema;
use super::stored::Stored;
use super::versions::latest_time;
use crate::kv::RecordRef;

/// A revision and when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Revision of the write.
    pub revision: i64,
    /// Microseconds since 1970.
    pub micros: i64,
}

/// A time and how wrong it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Microseconds since 1970.
    pub micros: i64,
    /// The write may lie this much earlier or later.
    pub uncertainty_micros: i64,
    /// The revision lies outside of what the data tells; the nearest known time stands in.
    pub is_outside: bool,
}

/// The curve from revisions to times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    anchors: Vec<Anchor>,
}

/// Times are kept in seconds by most fields: a write may lie up to one later.
const RESOLUTION_MICROS: i64 = 1_000_000;

/// The time that a row tells of itself, if it is an object that tells one.
pub fn told_by(schema: &Schema, record: &RecordRef<'_>) -> Option<Anchor> {
    let stored = Stored::read(schema, record.value);
    Some(Anchor {
        revision: record.bucket_key.revision.main,
        micros: latest_time(&stored.object()?.value)?,
    })
}

impl Curve {
    /// Draws the curve through anchors in the order of their revisions.
    ///
    /// Kept are those on the longest run in which times never fall: an object that carries on an
    /// old time falls behind its neighbours, a clock ahead of the others stands out above them.
    pub fn new(mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_by_key(|anchor| anchor.revision);
        // tails[n]: position of the anchor that ends the best run of n + 1 anchors.
        let mut tails: Vec<usize> = Vec::new();
        let mut before: Vec<Option<usize>> = Vec::with_capacity(anchors.len());
        for (at, anchor) in anchors.iter().enumerate() {
            let len = tails.partition_point(|tail| {
                anchors
                    .get(*tail)
                    .is_some_and(|tail| tail.micros <= anchor.micros)
            });
            before.push(len.checked_sub(1).and_then(|last| tails.get(last).copied()));
            match tails.get_mut(len) {
                Some(tail) => *tail = at,
                None => tails.push(at),
            }
        }
        let mut kept = Vec::with_capacity(tails.len());
        let mut next = tails.last().copied();
        while let Some(at) = next {
            kept.extend(anchors.get(at));
            next = before.get(at).copied().flatten();
        }
        kept.reverse();
        Self { anchors: kept }
    }

    /// The anchors that the curve goes through.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// When a revision was written; none where no object tells a time.
    pub fn at(&self, revision: i64) -> Option<Estimate> {
        let split = self
            .anchors
            .partition_point(|anchor| anchor.revision <= revision);
        let before = split.checked_sub(1).and_then(|at| self.anchors.get(at));
        let after = self.anchors.get(split);
        Some(match (before, after) {
            (Some(before), _) if before.revision == revision => Estimate {
                micros: before.micros,
                uncertainty_micros: RESOLUTION_MICROS,
                is_outside: false,
            },
            (Some(before), Some(after)) => {
                let span = i128::from(after.micros) - i128::from(before.micros);
                let part = i128::from(revision) - i128::from(before.revision);
                let whole = i128::from(after.revision) - i128::from(before.revision);
                let offset = i64::try_from(span * part / whole.max(1)).unwrap_or(0);
                let micros = before.micros.saturating_add(offset);
                let earlier = micros.saturating_sub(before.micros);
                let later = after.micros.saturating_sub(micros);
                Estimate {
                    micros,
                    uncertainty_micros: earlier.max(later).saturating_add(RESOLUTION_MICROS),
                    is_outside: false,
                }
            }
            (Some(nearest), None) | (None, Some(nearest)) => Estimate {
                micros: nearest.micros,
                uncertainty_micros: i64::MAX,
                is_outside: true,
            },
            (None, None) => return None,
        })
    }
}
