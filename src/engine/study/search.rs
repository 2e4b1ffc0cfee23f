//! A search through the rows of a file, in steps.
//!
//! What keys, revisions and lengths decide is decided from the history alone. Only where rows are
//! left open is the file read, once and in its order.

use std::task::Poll;

use crate::bbolt::Order;
use crate::engine::Document;
use crate::engine::file::OpenedFile;
use crate::etcd::RecordScan;
use crate::find::{Query, Search};

/// Keys or rows that are decided in a step: some ten milliseconds.
const STEP: u64 = 100_000;
/// Rows with their values that are looked at in a step.
const STEP_VALUES: u64 = 4_000;

/// A search that goes on.
pub(super) struct Searching {
    search: Search,
    stage: Stage,
}

enum Stage {
    Index,
    Values(Box<RecordScan>),
    Over,
}

impl Searching {
    pub(super) fn new(query: Query, file: &OpenedFile) -> Self {
        Self {
            search: Search::new(query, file.history()),
            stage: Stage::Index,
        }
    }

    /// What was found so far.
    pub(super) fn search(&self) -> &Search {
        &self.search
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Does a bounded piece; false once all is found.
    pub(super) fn step(&mut self, file: &OpenedFile) -> bool {
        let history = file.history();
        match &mut self.stage {
            Stage::Over => return false,
            Stage::Index => {
                if !self.search.step(history, STEP) {
                    let scan = file.etcd().filter(|_| self.search.needs_values());
                    self.stage = match scan {
                        Some(etcd) => {
                            Stage::Values(Box::new(RecordScan::new(etcd, Order::Forward)))
                        }
                        None => Stage::Over,
                    };
                }
            }
            Stage::Values(scan) => {
                let portion = file.db.portion();
                let mut rows = 0;
                while rows < STEP_VALUES && file.db.has_left(portion) {
                    let Poll::Ready(next) = scan.poll_next() else {
                        break;
                    };
                    let Some(next) = next else {
                        self.search.finish(history);
                        self.stage = Stage::Over;
                        break;
                    };
                    // What is wrong with a row was told when the file was opened.
                    for record in next.iter().flat_map(|page| page.records()).flatten() {
                        self.search.push(history, &record);
                        rows += 1;
                    }
                    rows += 1;
                }
            }
        }
        !self.is_over()
    }

    /// How far it is.
    pub(super) fn progress(&self) -> (u64, u64) {
        match &self.stage {
            Stage::Values(scan) => {
                let now = scan.progress();
                (now.bytes_done, now.bytes_total)
            }
            _ => self.search.progress(),
        }
    }
}
