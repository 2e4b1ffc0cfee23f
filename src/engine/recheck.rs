//! Comparing a history that was kept with the rows of the file, behind the page's back.

use std::task::Poll;

use super::kubernetes::Survey;
use super::problems::Problems;
use crate::bbolt::{Db, Order};
use crate::etcd::{EtcdFile, RecordScan};
use crate::history::History;
use crate::history::kept::Recheck;
use crate::kubernetes::when::Curve;

/// Rows that a step goes through, be they in memory.
const STEP_ROWS: u64 = 40_000;

/// The comparison, on its way.
pub(super) struct Rechecking {
    scan: RecordScan,
    recheck: Recheck,
    differs: bool,
    survey: Survey,
}

impl Rechecking {
    pub(super) fn new(file: &EtcdFile) -> Self {
        Self {
            scan: RecordScan::new(file, Order::Forward),
            recheck: Recheck::new(),
            differs: false,
            survey: Survey::new(file.db().used_size()),
        }
    }

    /// Compares some rows, and tells what is wrong with them as opening would have; false once it
    /// is decided.
    pub(super) fn step(&mut self, db: &Db, kept: &History, problems: &mut Problems) -> bool {
        let portion = db.portion();
        let mut rows = 0;
        while db.has_left(portion) && rows < STEP_ROWS {
            let Poll::Ready(next) = self.scan.poll_next() else {
                return true;
            };
            match next {
                None => return false,
                Some(Err(problem)) => problems.add(&problem),
                Some(Ok(page)) => {
                    for record in page.records() {
                        match record {
                            Ok(record) => {
                                self.differs |= !self.recheck.push(kept, &record);
                                rows += self.survey.push(&record);
                            }
                            Err(problem) => problems.add(&problem),
                        }
                    }
                    rows += u64::from(page.count());
                }
            }
            if self.differs {
                return false;
            }
        }
        true
    }

    pub(super) fn is_same(&self, kept: &History) -> bool {
        !self.differs && self.recheck.is_same(kept)
    }

    /// When revisions were written.
    pub(super) fn into_curve(self) -> Curve {
        self.survey.into_curve()
    }

    /// Bytes done, of so many.
    pub(super) fn progress(&self) -> (u64, u64) {
        let now = self.scan.progress();
        (now.bytes_done, now.bytes_total)
    }
}
