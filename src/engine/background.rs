//! The work that follows once a file is open: its hash, its pages, its fossils. In small steps,
//! so that a cancel is heard between two; what was found before stays.

use super::facts::{PageCounts, Phase, Reuse, Seal};
use super::fossils::Layer;
use super::problems::Problems;
use super::protocol::KeptUse;
use super::recheck::Rechecking;
use crate::bbolt::{Db, FreeReason, MapWalk, PageMap, PageUse};
use crate::etcd::{
    Contents, ContentsWalk, EtcdFile, FossilPhase, FossilWalk, MAX_FOSSILS, Trailer, Verify,
};
use crate::history::History;
use crate::kubernetes::when::Curve;

/// Bytes of pages that a step goes through, be they in memory: a fraction of what 100 ms allow.
const STEP_BYTES: u64 = 4 << 20;
/// Fossils that a step reads, be they in memory.
const STEP_FOSSILS: u32 = 1024;

/// What is still to be done, and what has been found.
pub(super) struct Background {
    db: Db,
    /// The next one last.
    jobs: Vec<Job>,
    pub(super) found: Found,
}

/// What the work has found so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) seal: Seal,
    pub(super) contents: Option<Box<Contents>>,
    pub(super) map: Option<PageMap>,
    pub(super) counts: PageCounts,
    pub(super) reuse: Option<Reuse>,
    pub(super) fossils: Option<Layer>,
    /// When revisions were written.
    pub(super) curve: Option<Curve>,
    pub(super) is_stopped: bool,
    pub(super) kept: KeptUse,
}

/// A piece of work; it begins when its turn comes.
enum Job {
    Contents(Box<ContentsWalk>),
    Recheck(Box<Rechecking>),
    Hash(Box<Verify>),
    Map,
    Mapping(Box<MapWalk>),
    Newer(Db),
    MappingNewer(Db, Box<MapWalk>),
    Fossils(Option<EtcdFile>),
    Searching(Box<FossilWalk>),
    Ordering(Box<Layer>),
}

/// How far a step came.
pub(super) enum Came {
    /// In the middle of something: phase, bytes done, of so many.
    Along(Phase, u64, u64),
    /// A piece of work is over.
    Over,
}

impl Background {
    /// All that is to be done with a file. `newer`: the same file from the meta that counts, where
    /// another one was chosen.
    pub(super) fn new(
        db: Db,
        etcd: Option<&EtcdFile>,
        trailer: Option<Trailer>,
        newer: Option<Db>,
        searches: bool,
        is_kept: bool,
    ) -> Self {
        let mut jobs = Vec::new();
        let mut found = Found::default();
        if let Some(file) = etcd.filter(|_| is_kept) {
            jobs.push(Job::Recheck(Box::new(Rechecking::new(file))));
            found.kept = KeptUse::Checking;
        }
        jobs.extend(etcd.map(|_| Job::Contents(Box::new(ContentsWalk::new(&db)))));
        // What the first screen tells comes before what is only checked.
        jobs.push(Job::Map);
        if let Some(trailer) = trailer {
            jobs.push(Job::Hash(Box::new(Verify::new(trailer))));
            found.seal = Seal::Pending;
        }
        jobs.extend(newer.map(Job::Newer));
        if searches {
            jobs.push(Job::Fossils(etcd.cloned()));
        }
        jobs.reverse();
        Self { db, jobs, found }
    }

    /// Takes a walk over the pages that has begun.
    pub(super) fn go_on_with(&mut self, walk: Box<MapWalk>) {
        if let Some(job) = self.jobs.iter_mut().find(|job| matches!(job, Job::Map)) {
            *job = Job::Mapping(walk);
        }
    }

    /// Whether there is work left.
    pub(super) fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Leaves the rest undone.
    pub(super) fn stop(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        self.jobs.clear();
        self.found.is_stopped = true;
        if self.found.seal == Seal::Pending {
            self.found.seal = Seal::Stopped;
        }
        if self.found.kept == KeptUse::Checking {
            self.found.kept = KeptUse::Unchecked;
        }
    }

    /// Does a bounded piece of the work.
    pub(super) fn step(&mut self, store: &History, problems: &mut Problems) -> Came {
        let Some(job) = self.jobs.pop() else {
            return Came::Over;
        };
        let pages = u32::try_from(STEP_BYTES / self.db.page_size().max(1)).unwrap_or(1);
        let (next, came) = match job {
            Job::Contents(mut walk) => {
                if walk.step(&self.db) {
                    let came = match self.db.search_progress() {
                        Some((done, total)) => Came::Along(Phase::Finding, done, total),
                        None => Came::Along(Phase::Reading, 0, self.db.used_size()),
                    };
                    self.jobs.push(Job::Contents(walk));
                    return came;
                }
                let contents = walk.into_contents();
                for problem in &contents.problems {
                    problems.add(problem);
                }
                self.found.contents = Some(Box::new(contents));
                return Came::Over;
            }
            Job::Recheck(mut recheck) => {
                if !recheck.step(&self.db, store, problems) {
                    let is_same = recheck.is_same(store);
                    self.found.kept = match is_same {
                        true => KeptUse::Same,
                        false => KeptUse::Differs,
                    };
                    if !is_same {
                        problems.add_kept();
                    }
                    self.found.curve = Some(recheck.into_curve());
                    return Came::Over;
                }
                let (done, total) = recheck.progress();
                (
                    Job::Recheck(recheck),
                    Came::Along(Phase::Recheck, done, total),
                )
            }
            Job::Hash(mut verify) => {
                let outcome = verify.step(&self.db);
                if let Some(outcome) = outcome {
                    self.found.seal = match outcome {
                        Ok(()) => Seal::Right,
                        Err(problem) => {
                            problems.add(&problem);
                            Seal::Wrong
                        }
                    };
                    return Came::Over;
                }
                let (done, total) = verify.progress();
                (Job::Hash(verify), Came::Along(Phase::Hash, done, total))
            }
            Job::Map => (
                Job::Mapping(Box::new(MapWalk::new(&self.db))),
                Came::Along(Phase::Pages, 0, self.db.used_size()),
            ),
            Job::Mapping(mut walk) => {
                let more = walk.step(&self.db, pages.max(1));
                for finding in walk.take_findings() {
                    problems.add_finding(&finding);
                }
                if !more {
                    let map = walk.into_map();
                    self.found.counts = count(&map, &self.db);
                    self.found.map = Some(map);
                    return Came::Over;
                }
                let came = self.mapped(Phase::Pages, &walk);
                (Job::Mapping(walk), came)
            }
            Job::Newer(db) => {
                let walk = Box::new(MapWalk::new(&db));
                let came = self.mapped(Phase::Newer, &walk);
                (Job::MappingNewer(db, walk), came)
            }
            Job::MappingNewer(db, mut walk) => {
                let more = walk.step(&db, pages.max(1));
                drop(walk.take_findings());
                if !more {
                    let reuse = self.found.map.as_ref().map(|map| map.reuse(walk.map()));
                    self.found.reuse = reuse.map(|reuse| Reuse {
                        pages: reuse.pages,
                        reused: reuse.reused + reuse.broken,
                    });
                    return Came::Over;
                }
                let came = self.mapped(Phase::Newer, &walk);
                (Job::MappingNewer(db, walk), came)
            }
            Job::Fossils(file) => (
                Job::Searching(Box::new(FossilWalk::of(
                    &self.db,
                    file.as_ref(),
                    MAX_FOSSILS,
                ))),
                Came::Along(Phase::Fossils, 0, self.db.used_size()),
            ),
            Job::Searching(mut walk) => {
                let more = walk.step(&self.db, pages.max(1));
                let total = self.db.used_size();
                let done = part(&walk) * total as f64;
                let came = Came::Along(Phase::Fossils, done as u64, total);
                if more {
                    (Job::Searching(walk), came)
                } else {
                    let fossils = walk.into_fossils();
                    for problem in fossils.problems() {
                        problems.add_fossil(problem);
                    }
                    let layer = Layer::new(self.db.clone(), fossils);
                    (Job::Ordering(Box::new(layer)), came)
                }
            }
            Job::Ordering(mut layer) => {
                if !layer.step(store, STEP_FOSSILS) {
                    self.found.fossils = Some(*layer);
                    return Came::Over;
                }
                let (done, total) = layer.progress();
                (Job::Ordering(layer), Came::Along(Phase::Order, done, total))
            }
        };
        self.jobs.push(next);
        came
    }

    fn mapped(&self, phase: Phase, walk: &MapWalk) -> Came {
        let (done, total) = walk.progress();
        let size = self.db.page_size();
        Came::Along(phase, done.saturating_mul(size), total.saturating_mul(size))
    }
}

/// How much of a search is done, 0 to 1: its phases take about as long as this says.
fn part(walk: &FossilWalk) -> f64 {
    let (from, to) = match walk.phase() {
        FossilPhase::Map => (0.0, 0.3),
        FossilPhase::Live => (0.3, 0.6),
        FossilPhase::Other => (0.6, 0.62),
        FossilPhase::Search => (0.62, 0.98),
        FossilPhase::Order => (0.98, 1.0),
        FossilPhase::Done => (1.0, 1.0),
    };
    from + (to - from) * walk.part()
}

fn count(map: &PageMap, db: &Db) -> PageCounts {
    let mut counts = PageCounts::default();
    for entry in map.pages() {
        let counter = match entry.usage {
            PageUse::Meta => &mut counts.meta,
            PageUse::Freelist => &mut counts.freelist,
            PageUse::Branch => &mut counts.branch,
            PageUse::Leaf => &mut counts.leaf,
            PageUse::Broken => &mut counts.broken,
            PageUse::Overflow { .. } => &mut counts.overflow,
            PageUse::Free(FreeReason::Leaked) => &mut counts.leaked,
            PageUse::Free(_) => &mut counts.free,
        };
        *counter += 1;
    }
    counts.room = (db.size() / db.page_size().max(1)).saturating_sub(map.len());
    counts
}
