//! The search for fossils, step by step.

use std::fmt;
use std::task::Poll;

use super::collect::{Collector, MAX_FOSSILS};
use super::live::LiveSet;
use super::other::OtherRoot;
use super::row::{End, Limits};
use super::stale::{self, Cover, Find, Unit};
use super::{Confidence, Fossil, FossilProblem, FossilWhy, Fossils, Spot, pattern};
use crate::bbolt::{Db, FreeReason, MapWalk, Order, PageKind, PageUse, Pgid};
use crate::bytes::ReadError;
use crate::etcd::{EtcdFile, RecordScan};

/// Bytes of pages that are taken as one: rows of etcd are far smaller.
const MAX_UNIT: u64 = 16 << 20;
/// Problems that are kept.
const MAX_PROBLEMS: usize = 100;

/// A search that is driven step by step: every step reads a bounded number of bytes.
///
/// No byte is searched twice, no page read more than a few times, so that it ends whatever the
/// file claims. Besides the fossils it holds about two bytes a live row and what a
/// [`MapWalk`] takes.
pub struct FossilWalk {
    phase: FossilPhase,
    map: MapWalk,
    scan: Option<RecordScan>,
    live: LiveSet,
    /// Whether live rows may be missing from `live`.
    damaged: bool,
    compact_revision: i64,
    other: Option<OtherRoot>,
    limits: Limits,
    page: u64,
    live_part: f64,
    out: Collector,
    problems: Vec<FossilProblem>,
}

/// What a search is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FossilPhase {
    /// Finding out which pages are in use.
    Map,
    /// Reading the keys of the live rows.
    Live,
    /// Following the other meta's root.
    Other,
    /// Searching what is not in use.
    Search,
    /// Putting what was found in order.
    Order,
    /// Everything is done.
    Done,
}

impl FossilWalk {
    /// Starts with nothing read but the small buckets.
    pub fn new(db: &Db) -> Self {
        Self::with_limit(db, MAX_FOSSILS)
    }

    /// The same, but keeps `limit` fossils at most.
    pub fn with_limit(db: &Db, limit: u32) -> Self {
        let file = EtcdFile::from_db(db.clone()).ok();
        Self::of(db, file.as_ref(), limit)
    }

    /// The same with the file as etcd's at hand, or without a bucket `key`: then there are no live
    /// rows, but there may be fossils. Reads nothing yet but the freelist.
    pub fn of(db: &Db, file: Option<&EtcdFile>, limit: u32) -> Self {
        Self {
            phase: FossilPhase::Map,
            map: MapWalk::new(db),
            damaged: file.is_none(),
            compact_revision: file.map_or(-1, |file| file.info().compact_revision()),
            scan: file.map(|file| RecordScan::new(file, Order::Forward)),
            live: LiveSet::default(),
            other: None,
            limits: Limits { head: None },
            page: 0,
            live_part: 0.0,
            out: Collector::new(limit.min(MAX_FOSSILS)),
            problems: Vec::new(),
        }
    }

    /// Reads about `pages` pages (some more where pages belong together, fewer where a
    /// [`Portion`](crate::bbolt::Portion) is used up before); `false` when all is done.
    pub fn step(&mut self, db: &Db, pages: u32) -> bool {
        let portion = db.portion();
        let mut left = u64::from(pages.max(1));
        while left > 0 && db.has_left(portion) {
            let taken = match self.phase {
                FossilPhase::Map => self.step_map(db, left),
                FossilPhase::Live => match self.step_live() {
                    Poll::Ready(taken) => taken,
                    Poll::Pending => return true,
                },
                FossilPhase::Other => self.step_other(db),
                FossilPhase::Search => self.step_search(db),
                // As much work as reading that many pages.
                FossilPhase::Order if self.out.step() => 1024,
                FossilPhase::Order | FossilPhase::Done => {
                    self.phase = FossilPhase::Done;
                    return false;
                }
            };
            left = left.saturating_sub(taken);
        }
        true
    }

    /// What is being done.
    pub fn phase(&self) -> FossilPhase {
        self.phase
    }

    /// Part of the present phase that is done, 0 to 1.
    pub fn part(&self) -> f64 {
        let part = |done: u64, all: u64| done as f64 / all.max(1) as f64;
        match self.phase {
            FossilPhase::Map => {
                let (done, all) = self.map.progress();
                part(done, all)
            }
            FossilPhase::Live => self.live_part,
            FossilPhase::Other => 0.0,
            FossilPhase::Search => part(self.page, self.map.map().len()).min(1.0),
            FossilPhase::Order => part(self.out.in_order(), u64::from(self.out.len())),
            FossilPhase::Done => 1.0,
        }
    }

    /// Fossils found so far.
    pub fn found(&self) -> u32 {
        self.out.len()
    }

    /// The fossils; only after the last step they are all, and in order.
    pub fn into_fossils(self) -> Fossils {
        let mut problems = self.problems;
        if self.out.dropped() > 0 {
            problems.push(FossilProblem::TooMany {
                kept: u64::from(self.out.len()),
                dropped: self.out.dropped(),
            });
        }
        Fossils {
            problems,
            ..self.out.finish()
        }
    }

    fn step_map(&mut self, db: &Db, left: u64) -> u64 {
        let pages = u32::try_from(left.min(1 << 12)).unwrap_or(1);
        if !self.map.step(db, pages) {
            self.phase = FossilPhase::Live;
        }
        // What is wrong with the pages is for others to tell.
        drop(self.map.take_findings());
        u64::from(pages)
    }

    fn step_live(&mut self) -> Poll<u64> {
        let Some(scan) = &mut self.scan else {
            self.phase = FossilPhase::Other;
            return Poll::Ready(1);
        };
        let Poll::Ready(next) = scan.poll_next() else {
            return Poll::Pending;
        };
        match next {
            Some(Ok(page)) => {
                for record in page.records() {
                    match record {
                        Ok(record) => self.live.insert(record.bucket_key),
                        Err(_) => self.damaged = true,
                    }
                }
                self.live_part = scan.progress().part;
            }
            Some(Err(_)) => self.damaged = true,
            None => {
                self.live.finish();
                let head = self.live.last_main().max(self.compact_revision).max(1);
                self.limits.head = (!self.damaged).then_some(head);
                self.scan = None;
                self.phase = FossilPhase::Other;
            }
        }
        Poll::Ready(1)
    }

    fn step_other(&mut self, db: &Db) -> u64 {
        let other = self.other.take();
        let mut other = other.unwrap_or_else(|| OtherRoot::new(db, self.map.map()));
        let taken = match other.pop() {
            Some(page) => {
                let unit = self.stale_unit(db, page, pages_in_file(db));
                other.follow(db, self.map.map(), &unit);
                unit.pages
            }
            None => {
                self.phase = FossilPhase::Search;
                1
            }
        };
        self.other = Some(other);
        taken
    }

    fn step_search(&mut self, db: &Db) -> u64 {
        let pages = pages_in_file(db);
        let page = self.page;
        if page >= pages {
            self.phase = FossilPhase::Order;
            return 1;
        }
        let usage = self.map.map().get(Pgid(page)).map(|entry| entry.usage);
        let taken = match usage {
            Some(PageUse::Free(_) | PageUse::Broken) => {
                let unit = self.stale_unit(db, page, pages);
                let why = self.why(page).unwrap_or(FossilWhy::NotReached);
                let (finds, covers) = stale::leaf(db, &self.limits, &unit);
                for find in &finds {
                    self.add(page, why, find);
                }
                self.search(db, &unit, &covers, why);
                unit.pages
            }
            Some(PageUse::Leaf) => self.slack(db, page, pages, Some(PageKind::Leaf)),
            Some(PageUse::Branch) => self.slack(db, page, pages, Some(PageKind::Branch)),
            Some(PageUse::Meta | PageUse::Freelist) => self.slack(db, page, pages, None),
            // Looked at with the page that it continues.
            Some(PageUse::Overflow { .. }) | None => 1,
        };
        self.page = page + taken.max(1);
        taken.max(1)
    }

    /// A page that is not in use with the pages that go on from it. A page with a header of its
    /// own begins something new: whatever was written over began with a header.
    fn stale_unit(&self, db: &Db, page: u64, pages: u64) -> Unit {
        let header = own_header(db, page);
        let why = self.why(page);
        let claimed = header.map(|header| u64::from(header.overflow) + 1);
        let most = claimed
            .unwrap_or(u64::MAX)
            .min((MAX_UNIT / db.page_size()).max(1));
        let mut len = 1;
        while len < most && page + len < pages {
            let next = self.why(page + len);
            let goes_on = header.is_some() || next == why || why == Some(FossilWhy::Broken);
            if next.is_none() || !goes_on || own_header(db, page + len).is_some() {
                break;
            }
            len += 1;
        }
        Unit {
            header,
            cut: claimed.is_none_or(|claimed| len < claimed),
            ..unit(db, page, len)
        }
    }

    /// Searches what no element covers of a page in use; gives the pages that belong to it.
    fn slack(&mut self, db: &Db, page: u64, pages: u64, kind: Option<PageKind>) -> u64 {
        let map = self.map.map();
        let mut len = 1;
        if kind.is_some() {
            let of = PageUse::Overflow { of: Pgid(page) };
            let most = pages - page;
            while len < most && map.get(Pgid(page + len)).is_some_and(|e| e.usage == of) {
                len += 1;
            }
        }
        let unit = unit(db, page, len);
        let items = map.get(Pgid(page)).map_or(0, |entry| entry.items);
        let covers = match kind {
            Some(kind) => stale::used(db, &unit, items, kind),
            None => Vec::new(),
        };
        self.search(db, &unit, &covers, FossilWhy::Slack);
        len
    }

    /// Searches the bytes of a unit that are not covered.
    fn search(&mut self, db: &Db, unit: &Unit, covers: &[Cover], why: FossilWhy) {
        let last = if unit.cut { End::Cut } else { End::Before };
        let gaps = covers
            .iter()
            .map(|(start, end)| (End::Before(*start), *end));
        let mut at = unit.start;
        for (end, next) in gaps.chain([(last(unit.end), unit.end)]) {
            if let Err(error) = self.search_gap(db, at, end, why)
                && self.problems.len() < MAX_PROBLEMS
            {
                self.problems.push(FossilProblem::Read {
                    page: Pgid(unit.page),
                    error,
                });
            }
            at = at.max(next);
        }
    }

    fn search_gap(
        &mut self,
        db: &Db,
        start: u64,
        end: End,
        why: FossilWhy,
    ) -> Result<(), ReadError> {
        let mut found = Vec::new();
        pattern::scan(db, &self.limits, start, end, &mut |key, value_at, len| {
            found.push(Find {
                key,
                value_at,
                len,
                spot: Spot::None,
                element: 0,
                inner: 0,
                confidence: Confidence::Low,
            });
        })?;
        for find in &found {
            self.add(find.value_at / db.page_size(), why, find);
        }
        Ok(())
    }

    fn add(&mut self, page: u64, why: FossilWhy, find: &Find) {
        let Ok(page) = u32::try_from(page) else {
            return;
        };
        if !self.live.contains(&find.key) {
            self.out.add(Fossil {
                revision: find.key.revision,
                offset: find.value_at,
                len: find.len,
                copies: 1,
                page,
                also: [0; 3],
                element: find.element,
                inner: find.inner,
                spot: find.spot,
                tombstone: find.key.tombstone,
                why,
                confidence: find.confidence,
            });
        }
    }

    /// Why a page is not in use; `None` if it is.
    fn why(&self, page: u64) -> Option<FossilWhy> {
        let why = match self.map.map().get(Pgid(page))?.usage {
            PageUse::Broken => return Some(FossilWhy::Broken),
            PageUse::Free(FreeReason::Listed) => FossilWhy::Listed,
            PageUse::Free(FreeReason::NotReached) => FossilWhy::NotReached,
            PageUse::Free(FreeReason::Leaked) => FossilWhy::Leaked,
            PageUse::Free(FreeReason::Room) => FossilWhy::Room,
            _ => return None,
        };
        let other = self
            .other
            .as_ref()
            .is_some_and(|other| other.contains(page));
        Some(if other { FossilWhy::OtherMeta } else { why })
    }
}

/// Pages are kept as 32-bit numbers; the map ends there too.
fn pages_in_file(db: &Db) -> u64 {
    let pages = db.size().div_ceil(db.page_size());
    pages.min(u64::from(u32::MAX))
}

fn unit(db: &Db, page: u64, pages: u64) -> Unit {
    let start = page.saturating_mul(db.page_size());
    let len = pages.saturating_mul(db.page_size());
    Unit {
        page,
        pages,
        start,
        end: start.saturating_add(len).min(db.size()),
        header: None,
        cut: false,
    }
}

/// The header of a page that says its own number and is of a kind that has one.
fn own_header(db: &Db, page: u64) -> Option<crate::bbolt::PageHeader> {
    let header = db.raw_header(Pgid(page)).ok()?;
    let kind = matches!(
        header.kind(),
        Some(PageKind::Branch | PageKind::Leaf | PageKind::Freelist)
    );
    (header.id == Pgid(page) && kind).then_some(header)
}

impl fmt::Debug for FossilWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FossilWalk({:?}, {} found)", self.phase, self.out.len())
    }
}
