//! Opening a file, a bounded piece at a time.

use std::rc::Rc;

use super::file::{OpenedFile, Problems, failure};
use super::protocol::{Failure, Phase, Response};
use crate::bbolt::Order;
use crate::bytes::ReadAt;
use crate::etcd::{EtcdFile, RecordScan};
use crate::history::History;

/// How many bytes of pages a step reads: a fraction of what 100 ms allow, the time in which a
/// `Cancel` is to be heard.
const STEP_BYTES: u64 = 4 << 20;
/// How many rows a step folds, however small they are.
const STEP_ROWS: u64 = 40_000;

/// A file on its way in.
pub(super) struct Opening {
    id: u64,
    name: String,
    stage: Stage,
}

enum Stage {
    /// Nothing read yet.
    Found(Rc<dyn ReadAt>),
    /// Going through the rows.
    Scanning(Box<Scanning>),
    /// Done or failed; only between two stages.
    Over,
}

struct Scanning {
    file: EtcdFile,
    scan: RecordScan,
    history: History,
    problems: Problems,
}

/// What a step came to.
pub(super) enum Step {
    Progress(Response),
    Refused(Failure),
    Opened(Box<OpenedFile>),
}

impl Opening {
    pub(super) fn new(id: u64, name: String, source: Rc<dyn ReadAt>) -> Self {
        Self {
            id,
            name,
            stage: Stage::Found(source),
        }
    }

    /// Id of the request that this answers.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn step(&mut self) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Found(source) => self.open(source),
            Stage::Scanning(scanning) => self.scan(scanning),
            Stage::Over => Step::Progress(Response::Progress {
                phase: Phase::Records,
                done: 0,
                total: 0,
            }),
        }
    }

    fn open(&mut self, source: Rc<dyn ReadAt>) -> Step {
        let file = match EtcdFile::open(source) {
            Ok(file) => file,
            Err(error) => return Step::Refused(failure(&self.name, &error)),
        };
        let mut problems = Problems::default();
        for problem in &file.info().problems {
            problems.add(problem);
        }
        let scanning = Scanning {
            scan: RecordScan::new(&file, Order::Forward),
            file,
            history: History::new(),
            problems,
        };
        let progress = scanning.progress();
        self.stage = Stage::Scanning(Box::new(scanning));
        Step::Progress(progress)
    }

    fn scan(&mut self, mut scanning: Box<Scanning>) -> Step {
        if scanning.advance() {
            let progress = scanning.progress();
            self.stage = Stage::Scanning(scanning);
            return Step::Progress(progress);
        }
        let Scanning {
            file,
            mut history,
            problems,
            ..
        } = *scanning;
        history.set_compact_revision(file.info().compact_revision());
        history.settle();
        let name = std::mem::take(&mut self.name);
        Step::Opened(Box::new(OpenedFile::new(name, file, history, problems)))
    }
}

impl Scanning {
    /// Reads until the step is full; false at the end of the bucket.
    fn advance(&mut self) -> bool {
        let start = self.scan.progress().bytes_done;
        let mut rows = 0;
        while self.scan.progress().bytes_done - start < STEP_BYTES && rows < STEP_ROWS {
            match self.scan.next() {
                None => return false,
                Some(Err(problem)) => self.problems.add(&problem),
                Some(Ok(page)) => {
                    for record in page.records() {
                        match record {
                            Ok(record) => self.history.push(&record),
                            Err(problem) => self.problems.add(&problem),
                        }
                    }
                    rows += u64::from(page.count());
                }
            }
        }
        true
    }

    fn progress(&self) -> Response {
        let progress = self.scan.progress();
        Response::Progress {
            phase: Phase::Records,
            done: progress.bytes_done,
            total: progress.bytes_total,
        }
    }
}
