//! Opening a file, a bounded piece at a time.

use std::rc::Rc;
use std::task::Poll;

use super::facts::{Failure, Layer, Phase};
use super::file::{OpenedFile, Origin, Parts};
use super::finding::{Finding, Found};
use super::kept::{Candidates, Kept};
use super::kubernetes::Survey;
use super::problems::Problems;
use super::protocol::{Response, Summary};
use super::summary::Told;
use super::wire::Packed;
use super::{background, refusal, study};
use crate::archive;
use crate::bbolt::{MapWalk, Order, Pgid, Place, Portion, Why};
use crate::bytes::{Identifying, ReadAt};
use crate::etcd::{self, EtcdFile, RecordScan};
use crate::fill::Fills;
use crate::history::History;

/// How many bytes of pages a step goes through, be they in memory: a fraction of what 100 ms allow,
/// the time in which a `Cancel` is to be heard.
const STEP_BYTES: u64 = 4 << 20;
/// How many rows a step folds, however small they are.
const STEP_ROWS: u64 = 40_000;
/// Pages that are mapped before it is asked how far the scan has come.
const MAPPED_AT_ONCE: u32 = 16;
/// Findings that wait for the file to be open; with more of them its pages are mapped after that.
const MAX_FINDINGS: usize = 1 << 12;
/// How many rows that were loaded a step sums up.
const STEP_LOADED: u64 = 400_000;

/// Every how many steps the figures so far are told, from the first one on: to tell them takes
/// longer than a count of bytes.
const GLIMPSE_STEPS: u64 = 8;

/// A file on its way in.
pub(super) struct Opening {
    id: u64,
    origin: Origin,
    /// Indexes that are kept, perhaps this file's too.
    candidates: Candidates,
    stage: Stage,
}

enum Stage {
    /// On its way out of the archive that it may lie in.
    Unpacking(Box<archive::Opening>),
    /// Unpacked, nothing read yet.
    Unpacked(archive::Opened),
    /// Finding metas, root and buckets.
    Finding(Box<Parcel>, Box<Finding>),
    /// Finding out whether its index is kept.
    Identifying(Box<Parts>, Identifying),
    /// Taking the index that is.
    Loading(Box<Parts>, Box<Kept>),
    /// Summing up what was loaded: so many bytes.
    Summing(Box<Parts>, u64),
    /// Going through the rows.
    Scanning(Box<Scanning>),
    /// Done or failed; only between two stages.
    Over,
}

/// What is known of a file before its first byte was read.
struct Parcel {
    layers: Vec<Layer>,
    problems: Problems,
    source: Rc<dyn ReadAt>,
}

struct Scanning {
    parts: Parts,
    survey: Survey,
    steps: u64,
    scan: RecordScan,
    /// Maps the pages that the scan has just read, while they are in memory: to read them once more
    /// takes as long as all the rest.
    walk: Box<MapWalk>,
    /// The last page of the scan.
    latest: Option<Pgid>,
    /// Whether the walk's turn is next.
    is_behind: bool,
    /// Whether leaves that stand in for lost ones are being looked for.
    is_searching: bool,
}

/// What a step came to.
pub(super) enum Step {
    Progress(Response),
    Refused(Failure),
    Opened(Box<OpenedFile>),
}

impl Opening {
    pub(super) fn new(id: u64, origin: Origin, candidates: Candidates) -> Self {
        let unpacking = archive::Opening::new(origin.source.clone(), origin.member.clone());
        Self {
            id,
            origin,
            candidates,
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
            Stage::Unpacked(opened) => self.begin(opened),
            Stage::Finding(parcel, finding) => self.find(parcel, finding),
            Stage::Identifying(parts, identifying) => self.identify(parts, identifying),
            Stage::Loading(parts, kept) => self.load(parts, kept),
            Stage::Summing(parts, total) => self.sum(parts, total),
            Stage::Scanning(scanning) => self.scan(scanning),
            Stage::Over => progress(Phase::Records, 0, 0),
        }
    }

    fn unpack(&mut self, mut unpacking: Box<archive::Opening>) -> Step {
        match unpacking.step() {
            Err(error) => Step::Refused(refusal::packed(&self.origin.name, &error)),
            // What lies in nothing is read at once.
            Ok(Some(opened)) if opened.layers.is_empty() => self.begin(opened),
            Ok(Some(opened)) => {
                let total = opened.source.len();
                self.stage = Stage::Unpacked(opened);
                progress(Phase::Reading, 0, total)
            }
            Ok(None) => {
                let (done, total) = unpacking.progress();
                self.stage = Stage::Unpacking(unpacking);
                progress(Phase::Unpack, done, total)
            }
        }
    }

    fn begin(&mut self, opened: archive::Opened) -> Step {
        let mut problems = Problems::default();
        for problem in &opened.problems {
            problems.add_packing(problem);
        }
        let layers = opened.layers.into_iter().map(|layer| Layer {
            format: layer.format.to_owned(),
            member: layer.member,
            others: layer.others,
        });
        let layers = layers.collect();
        let parcel = Box::new(Parcel {
            layers,
            problems,
            source: Rc::clone(&opened.source),
        });
        let finding = Finding::new(opened.source, self.origin.meta);
        self.find(parcel, Box::new(finding))
    }

    fn find(&mut self, parcel: Box<Parcel>, mut finding: Box<Finding>) -> Step {
        match finding.step() {
            Some(Ok(found)) => self.open(*parcel, found),
            Some(Err(error)) => Step::Refused(refusal::unreadable(&self.origin.name, &error)),
            None => {
                let (phase, done, total) = finding.progress();
                self.stage = Stage::Finding(parcel, finding);
                progress(phase, done, total)
            }
        }
    }

    fn open(&mut self, parcel: Parcel, found: Found) -> Step {
        let mut parts = Parts {
            name: std::mem::take(&mut self.origin.name),
            db: found.db,
            etcd: None,
            is_hidden: false,
            layers: parcel.layers,
            history: History::new(),
            fills: Fills::default(),
            problems: parcel.problems,
            newer: found.newer,
            source: parcel.source,
            identity: None,
            is_kept: false,
            curve: None,
            walk: None,
        };
        match found.etcd {
            Ok(file) => {
                for problem in &file.info().problems {
                    parts.problems.add(problem);
                }
                parts.etcd = Some(file);
                let is_present = parts.db.metas().why != Why::Chosen;
                if self.candidates.is_empty() || !is_present || parts.db.is_salvaged() {
                    return self.read(parts);
                }
                let identifying = Identifying::new(Rc::clone(&parts.source));
                self.identify(Box::new(parts), identifying)
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

    fn identify(&mut self, mut parts: Box<Parts>, mut identifying: Identifying) -> Step {
        match identifying.step() {
            Ok(None) => {
                self.stage = Stage::Identifying(parts, identifying);
                progress(Phase::Reading, 0, 0)
            }
            Ok(Some(identity)) => {
                parts.identity = Some(identity);
                match self.candidates.find(&identity) {
                    Some(kept) => self.load(parts, Box::new(kept)),
                    None => self.read(*parts),
                }
            }
            // What cannot be read here is told where it is missed.
            Err(_) => self.read(*parts),
        }
    }

    /// Takes a kept history in; where that fails the file is read as if nothing had been kept.
    fn load(&mut self, mut parts: Box<Parts>, mut kept: Box<Kept>) -> Step {
        match kept.history.step() {
            Ok(None) => {
                let (done, total) = kept.history.progress();
                self.stage = Stage::Loading(parts, kept);
                progress(Phase::Kept, done, total)
            }
            Ok(Some(history)) => {
                (parts.history, parts.is_kept) = (history, true);
                self.sum(parts, kept.history.progress().1)
            }
            Err(_) => self.read(*parts),
        }
    }

    fn sum(&mut self, mut parts: Box<Parts>, total: u64) -> Step {
        let Parts { history, fills, .. } = &mut *parts;
        if fills.take(history, STEP_LOADED) {
            self.stage = Stage::Summing(parts, total);
            return progress(Phase::Kept, total, total);
        }
        Step::Opened(Box::new(OpenedFile::new(*parts)))
    }

    /// Begins to read the rows.
    fn read(&mut self, parts: Parts) -> Step {
        let Some(file) = &parts.etcd else {
            return Step::Opened(Box::new(OpenedFile::new(parts)));
        };
        let scanning = Scanning {
            survey: Survey::new(parts.db.used_size()),
            steps: 0,
            scan: RecordScan::new(file, Order::Forward),
            walk: Box::new(MapWalk::new(&parts.db)),
            latest: None,
            is_behind: false,
            is_searching: false,
            parts,
        };
        let progress = scanning.progress();
        self.stage = Stage::Scanning(Box::new(scanning));
        progress
    }

    fn scan(&mut self, mut scanning: Box<Scanning>) -> Step {
        if scanning.is_behind {
            scanning.follow();
            let progress = scanning.progress();
            self.stage = Stage::Scanning(scanning);
            return progress;
        }
        let has_more = scanning.advance();
        scanning.is_behind = true;
        let Parts { history, fills, .. } = &mut scanning.parts;
        fills.take(history, u64::MAX);
        if has_more {
            scanning.steps += 1;
            let progress = match scanning.steps % GLIMPSE_STEPS {
                1 => scanning.glimpse(),
                _ => scanning.progress(),
            };
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
        parts.curve = Some(scanning.survey.into_curve());
        parts.walk = Some(scanning.walk);
        Step::Opened(Box::new(OpenedFile::new(parts)))
    }
}

impl Scanning {
    /// Reads until the step is full; false at the end of the bucket.
    fn advance(&mut self) -> bool {
        let portion = self.parts.db.portion();
        let start = self.scan.progress().bytes_done;
        let mut rows = 0;
        self.is_searching = false;
        while self.has_left(portion, start) && rows < STEP_ROWS {
            let Poll::Ready(next) = self.scan.poll_next() else {
                self.is_searching = true;
                return true;
            };
            let Parts {
                history, problems, ..
            } = &mut self.parts;
            match next {
                None => return false,
                Some(Err(problem)) => {
                    problems.add(&problem);
                    rows += 1;
                }
                Some(Ok(page)) => {
                    if let Place::Page(page) = page.place() {
                        self.latest = Some(page);
                    }
                    for record in page.records() {
                        match record {
                            Ok(record) => {
                                history.push(&record);
                                rows += self.survey.push(&record);
                            }
                            Err(problem) => problems.add(&problem),
                        }
                    }
                    rows += u64::from(page.count());
                }
            }
        }
        true
    }

    /// Maps as far as the scan has come. What is found is told once the file is open.
    fn follow(&mut self) {
        self.is_behind = false;
        let db = &self.parts.db;
        let (portion, most) = (db.portion(), STEP_BYTES / db.page_size().max(1) * 2);
        let mut done = 0;
        while done < most
            && db.has_left(portion)
            && self.walk.findings_left() < MAX_FINDINGS
            && self.latest.is_some_and(|page| !self.walk.has_reached(page))
            && self.walk.step(db, MAPPED_AT_ONCE)
        {
            done += u64::from(MAPPED_AT_ONCE);
        }
    }

    fn has_left(&self, portion: Portion, start: u64) -> bool {
        self.parts.db.has_left(portion) && self.scan.progress().bytes_done - start < STEP_BYTES
    }

    /// What is known so far.
    fn glimpse(&self) -> Step {
        let Parts { history, fills, .. } = &self.parts;
        let (parts, now) = (&self.parts, self.scan.progress());
        let told = Told {
            db: &parts.db,
            info: parts.etcd.as_ref().map(EtcdFile::info),
            is_hidden: parts.is_hidden,
            layers: &parts.layers,
            problems: &parts.problems,
            found: &background::Found::default(),
            objects: None,
            is_busy: true,
        };
        let summary = Summary {
            name: parts.name.clone(),
            head: history.head(),
            compact_revision: parts
                .etcd
                .as_ref()
                .map_or(-1, |file| file.info().compact_revision()),
            live_keys: fills.total().live_keys,
            keys: history.key_count(),
            records: history.row_count(),
            removed: 0,
            last: None,
            file: Some(told.facts()),
        };
        Step::Progress(Response::Glimpse {
            done: now.bytes_done,
            total: now.bytes_total,
            summary: Box::new(summary),
            sums: Packed::new(&study::sums(fills, None)),
        })
    }

    fn progress(&self) -> Step {
        let search = self.parts.db.search_progress();
        if let Some((done, total)) = search.filter(|_| self.is_searching) {
            return progress(Phase::Finding, done, total);
        }
        let now = self.scan.progress();
        progress(Phase::Records, now.bytes_done, now.bytes_total)
    }
}

fn progress(phase: Phase, done: u64, total: u64) -> Step {
    Step::Progress(Response::Progress { phase, done, total })
}
