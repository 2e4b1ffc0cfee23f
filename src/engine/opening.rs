//! Opening a file, a bounded piece at a time.

use super::facts::{Failure, Layer, Phase};
use super::file::{OpenedFile, Origin, Parts};
use super::problems::Problems;
use super::protocol::Response;
use super::refusal;
use crate::archive;
use crate::bbolt::{Db, Options, Order};
use crate::etcd::{self, EtcdFile, RecordScan};
use crate::history::History;

/// How many bytes of pages a step reads: a fraction of what 100 ms allow, the time in which a
/// `Cancel` is to be heard.
const STEP_BYTES: u64 = 4 << 20;
/// How many rows a step folds, however small they are.
const STEP_ROWS: u64 = 40_000;

/// A file on its way in.
pub(super) struct Opening {
    id: u64,
    origin: Origin,
    stage: Stage,
}

enum Stage {
    /// On its way out of the archive that it may lie in.
    Unpacking(Box<archive::Opening>),
    /// Unpacked, nothing read yet.
    Found(archive::Opened),
    /// Going through the rows.
    Scanning(Box<Scanning>),
    /// Done or failed; only between two stages.
    Over,
}

struct Scanning {
    parts: Parts,
    scan: RecordScan,
}

/// What a step came to.
pub(super) enum Step {
    Progress(Response),
    Refused(Failure),
    Opened(Box<OpenedFile>),
}

impl Opening {
    pub(super) fn new(id: u64, origin: Origin) -> Self {
        let unpacking = archive::Opening::new(origin.source.clone(), origin.member.clone());
        Self {
            id,
            origin,
            stage: Stage::Unpacking(Box::new(unpacking)),
        }
    }

    /// Id of the request that this answers.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn step(&mut self) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Unpacking(unpacking) => self.unpack(unpacking),
            Stage::Found(opened) => self.open(opened),
            Stage::Scanning(scanning) => self.scan(scanning),
            Stage::Over => progress(Phase::Records, 0, 0),
        }
    }

    fn unpack(&mut self, mut unpacking: Box<archive::Opening>) -> Step {
        match unpacking.step() {
            Err(error) => Step::Refused(refusal::packed(&self.origin.name, &error)),
            // What lies in nothing is read at once.
            Ok(Some(opened)) if opened.layers.is_empty() => self.open(opened),
            Ok(Some(opened)) => {
                let total = opened.source.len();
                self.stage = Stage::Found(opened);
                progress(Phase::Reading, 0, total)
            }
            Ok(None) => {
                let (done, total) = unpacking.progress();
                self.stage = Stage::Unpacking(unpacking);
                progress(Phase::Unpack, done, total)
            }
        }
    }

    fn open(&mut self, opened: archive::Opened) -> Step {
        let mut problems = Problems::default();
        for problem in &opened.problems {
            problems.add_packing(problem);
        }
        let options = Options {
            meta: self.origin.meta,
            ..Options::default()
        };
        let name = std::mem::take(&mut self.origin.name);
        let db = match Db::open_with(opened.source.clone(), options) {
            Ok(db) => db,
            Err(error) => return Step::Refused(refusal::unreadable(&name, &error)),
        };
        let newer = options
            .meta
            .and_then(|_| Db::open(opened.source).ok())
            .filter(|newer| newer.metas().active != db.metas().active);
        let layers = opened.layers.into_iter().map(|layer| Layer {
            format: layer.format.to_owned(),
            member: layer.member,
            others: layer.others,
        });
        let mut parts = Parts {
            name,
            db: db.clone(),
            etcd: None,
            is_hidden: false,
            layers: layers.collect(),
            history: History::new(),
            problems,
            newer,
        };
        match EtcdFile::from_db(db) {
            Ok(file) => {
                for problem in &file.info().problems {
                    parts.problems.add(problem);
                }
                let scan = RecordScan::new(&file, Order::Forward);
                parts.etcd = Some(file);
                let scanning = Scanning { parts, scan };
                let progress = scanning.progress();
                self.stage = Stage::Scanning(Box::new(scanning));
                progress
            }
            // Still a bbolt file: its buckets and pages can be looked at.
            Err(error) => {
                if let etcd::Error::NoKeyBucket { problems, .. } = error {
                    parts.is_hidden = !problems.is_empty();
                    for problem in problems {
                        parts.problems.add(&problem.into());
                    }
                }
                Step::Opened(Box::new(OpenedFile::new(parts)))
            }
        }
    }

    fn scan(&mut self, mut scanning: Box<Scanning>) -> Step {
        if scanning.advance() {
            let progress = scanning.progress();
            self.stage = Stage::Scanning(scanning);
            return progress;
        }
        let mut parts = scanning.parts;
        if let Some(file) = &parts.etcd {
            parts
                .history
                .set_compact_revision(file.info().compact_revision());
        }
        parts.history.settle();
        Step::Opened(Box::new(OpenedFile::new(parts)))
    }
}

impl Scanning {
    /// Reads until the step is full; false at the end of the bucket.
    fn advance(&mut self) -> bool {
        let Parts {
            history, problems, ..
        } = &mut self.parts;
        let start = self.scan.progress().bytes_done;
        let mut rows = 0;
        while self.scan.progress().bytes_done - start < STEP_BYTES && rows < STEP_ROWS {
            match self.scan.next() {
                None => return false,
                Some(Err(problem)) => problems.add(&problem),
                Some(Ok(page)) => {
                    for record in page.records() {
                        match record {
                            Ok(record) => history.push(&record),
                            Err(problem) => problems.add(&problem),
                        }
                    }
                    rows += u64::from(page.count());
                }
            }
        }
        true
    }

    fn progress(&self) -> Step {
        let now = self.scan.progress();
        progress(Phase::Records, now.bytes_done, now.bytes_total)
    }
}

fn progress(phase: Phase, done: u64, total: u64) -> Step {
    Step::Progress(Response::Progress { phase, done, total })
}
