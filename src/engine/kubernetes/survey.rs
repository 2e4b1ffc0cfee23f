//! When revisions were written, from what objects tell: gathered while the rows of a file pass by.

use crate::kubernetes::when::{Anchor, Curve, told_by};
use crate::kv::RecordRef;

/// Rows that are asked for their times; of longer histories evenly spread ones are.
const MAX_TOLD: u64 = 10_000;
/// As how many rows one counts that is asked for its time.
const ASKED: u64 = 25;
/// About how many bytes of a file a row takes, until rows have come.
const ROW_BYTES: u64 = 512;

/// Times on their way.
#[derive(Debug)]
pub(in crate::engine) struct Survey {
    anchors: Vec<Anchor>,
    rows: u64,
    asked: u64,
    /// Every so many rows one is asked.
    stride: u64,
}

impl Survey {
    /// For a file of so many bytes.
    pub(in crate::engine) fn new(bytes: u64) -> Self {
        Self {
            anchors: Vec::new(),
            rows: 0,
            asked: 0,
            stride: bytes / ROW_BYTES / MAX_TOLD + 1,
        }
    }

    /// Takes the next row; as how many rows more it counts, since to ask one takes longer.
    pub(in crate::engine) fn push(&mut self, record: &RecordRef<'_>) -> u64 {
        let is_asked = self.rows.is_multiple_of(self.stride);
        self.rows += 1;
        if is_asked && let Some(schema) = super::schema() {
            self.anchors.extend(told_by(schema, record));
            self.asked += 1;
            // There are more than was thought: fewer of those that come are asked.
            if self.asked.is_multiple_of(MAX_TOLD) {
                self.stride = self.stride.saturating_mul(2);
            }
        }
        if is_asked { ASKED } else { 0 }
    }

    /// The curve through all that was told.
    pub(in crate::engine) fn into_curve(self) -> Curve {
        Curve::new(self.anchors)
    }
}
