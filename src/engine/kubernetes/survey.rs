//! What needs every value of a file: sums by kind and namespace, and the curve from revisions to
//! times. One pass over the rows, in steps, after opening.

use std::task::Poll;

use crate::bbolt::{Db, Order};
use crate::etcd::{EtcdFile, RecordScan};
use crate::kubernetes::sums::Sums;
use crate::kubernetes::when::{Anchor, Curve, told_by};

/// Rows that are asked for their times; of longer histories evenly spread ones are.
const MAX_TOLD: u64 = 40_000;
/// Rows that a step goes through, be they in memory.
const STEP_ROWS: u32 = 1500;

/// Sums and times of a file.
pub(in crate::engine) struct Survey {
    pub sums: Sums,
    pub curve: Curve,
    anchors: Vec<Anchor>,
    scan: RecordScan,
    rows: u64,
    total: u64,
}

impl Survey {
    /// `total`: rows of the file, as far as they are known.
    pub(in crate::engine) fn new(file: &EtcdFile, total: u64) -> Self {
        Self {
            sums: Sums::default(),
            curve: Curve::default(),
            anchors: Vec::new(),
            scan: RecordScan::new(file, Order::Forward),
            rows: 0,
            total,
        }
    }

    /// Reads on; false once all is summed.
    pub(in crate::engine) fn step(&mut self, db: &Db) -> bool {
        let portion = db.portion();
        let end = self.rows.saturating_add(u64::from(STEP_ROWS));
        let stride = (self.total / MAX_TOLD).saturating_add(1);
        while db.has_left(portion) && self.rows < end {
            let Poll::Ready(next) = self.scan.poll_next() else {
                return true;
            };
            let Some(next) = next else {
                self.curve = Curve::new(std::mem::take(&mut self.anchors));
                return false;
            };
            // What is wrong with a row was told when the file was opened.
            for record in next.iter().flat_map(|page| page.records()).flatten() {
                self.sums.push(&record);
                if self.rows.is_multiple_of(stride)
                    && let Some(schema) = super::schema()
                {
                    self.anchors.extend(told_by(schema, &record));
                }
                self.rows += 1;
            }
        }
        true
    }

    /// Rows done, of so many.
    pub(in crate::engine) fn progress(&self) -> (u64, u64) {
        (self.rows, self.total)
    }
}
