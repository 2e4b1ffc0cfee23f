//! How much a step of long work may do, so that whoever drives it can stop between two.

use super::Db;
use crate::bytes::Windows;

/// Bytes of the file that a step reads before it ends: a fraction of what 100 ms allow.
const STEP_BYTES: u64 = 4 << 20;

/// What is left of a step, counted in bytes that come from the source: a page that is in memory
/// costs nothing, one that lies alone in a large file costs its whole window. The last thing that a
/// step does may take it past its end: by the windows of one descent, or by one large page.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    end: u64,
}

impl Portion {
    pub(super) fn new(windows: &Windows) -> Self {
        Self {
            end: windows.bytes_read().saturating_add(STEP_BYTES),
        }
    }

    pub(super) fn is_left(self, windows: &Windows) -> bool {
        windows.bytes_read() < self.end
    }
}

impl Db {
    /// A whole portion.
    pub fn portion(&self) -> Portion {
        Portion::new(&self.windows)
    }

    /// Whether something of a portion is left.
    pub fn has_left(&self, portion: Portion) -> bool {
        portion.is_left(&self.windows)
    }
}
