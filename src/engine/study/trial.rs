//! What a compaction and a defrag would give back: rows by etcd's rule, sizes by writing the file.
//!
//! The defrag is carried out on lengths alone ([`Defrag::hollow`]), twice in one pass: with all
//! rows, and without those that the compaction would take.

use std::collections::{BTreeMap, VecDeque};
use std::task::Poll;

use crate::bbolt::write::{Defrag, Growth, Options, Value};
use crate::bbolt::{Bucket, LeafWalk, Order};
use crate::bytes::{Piece, ReadAt as _};
use crate::engine::document::{Document, bucket_key};
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{TrialSizes, TrialView};
use crate::etcd::Minor;
use crate::fill::prefix_of;
use crate::history::History;
use crate::kv::quote::bare_start;
use crate::kv::{BucketKey, Revision};
use crate::mvcc::{Fate, Release};

/// Items that are copied in a step.
const STEP_ITEMS: u64 = 20_000;
/// Prefixes that are told.
const PREFIXES: usize = 12;
/// Top-level buckets that are copied; etcd has ten.
const MAX_BUCKETS: u32 = 1000;
/// What etcd says of a revision that it cannot compact at.
const COMPACTED: &str = "mvcc: required revision has been compacted";
const FUTURE: &str = "mvcc: required revision is a future revision";

/// A trial.
pub(super) struct Trial {
    pub(super) id: u64,
    view: TrialView,
    /// By the row's number whether it would go.
    goes: Vec<bool>,
    work: Option<Box<Work>>,
}

/// Writing the file twice.
struct Work {
    buckets: VecDeque<(Piece, Bucket)>,
    current: Option<(Piece, LeafWalk)>,
    all: Defrag,
    kept: Defrag,
    /// Items of bucket `meta`, into which a compaction writes.
    meta: Option<BTreeMap<Vec<u8>, Vec<u8>>>,
    freed: u64,
    done: u64,
    total: u64,
}

impl Trial {
    /// Counts rows at once; sizes follow in steps.
    pub(super) fn new(id: u64, file: &OpenedFile, at: i64) -> Self {
        let history = file.history();
        let lowest = history.compact_revision().saturating_add(1).max(1);
        let highest = history.head();
        let mut view = TrialView {
            at,
            lowest,
            highest,
            ..TrialView::default()
        };
        if at < lowest {
            view.refused = COMPACTED.to_owned();
        } else if at > highest {
            view.refused = FUTURE.to_owned();
        }
        let goes = match view.refused.is_empty() {
            true => goes(history, at, release(file)),
            false => Vec::new(),
        };
        count(history, &goes, &mut view);
        view.breaks = breaks(&view, history);
        let mut trial = Self {
            id,
            view,
            goes,
            work: None,
        };
        // Where etcd would refuse, what a defrag alone would give back is told all the same.
        match Work::new(file) {
            Ok(work) => trial.work = Some(Box::new(work)),
            Err(why) => trial.view.note = why,
        }
        trial
    }

    pub(super) fn is_busy(&self) -> bool {
        self.work.is_some()
    }

    /// Leaves the sizes unknown.
    pub(super) fn stop(&mut self) {
        if self.work.take().is_some() {
            self.view.note = "The sizes were not computed: it was stopped.".to_owned();
        }
    }

    /// Goes on with the sizes.
    pub(super) fn step(&mut self, file: &OpenedFile) {
        let Some(work) = &mut self.work else {
            return;
        };
        let at = Some(self.view.at).filter(|_| self.view.refused.is_empty());
        match work.step(file, &self.goes, at) {
            Ok(true) => {}
            Ok(false) => {
                let work = self.work.take();
                match work.map(|work| work.finish(file)) {
                    Some(Ok(sizes)) => self.view.sizes = Some(sizes),
                    Some(Err(why)) => self.view.note = why,
                    None => {}
                }
            }
            Err(why) => {
                self.work = None;
                self.view.note = why;
            }
        }
    }

    pub(super) fn view(&self) -> TrialView {
        TrialView {
            along: self.work.as_ref().map(|work| (work.done, work.total)),
            ..self.view.clone()
        }
    }
}

/// The release whose rule decides: that of the file, its first patch where that is not told.
fn release(file: &OpenedFile) -> Release {
    let release = file.etcd().and_then(|etcd| etcd.info().release);
    let name = match release.map(|release| release.minor) {
        Some(Minor(3, ..=4)) => "3.4.23",
        Some(Minor(3, 5)) | None => "3.5.1",
        Some(_) => "3.6.13",
    };
    name.parse().unwrap_or_default()
}

/// By the row's number whether a compaction at `at` takes it.
fn goes(history: &History, at: i64, release: Release) -> Vec<bool> {
    let count = usize::try_from(history.row_count()).unwrap_or(0);
    let mut goes = vec![false; count];
    let mut next: Vec<Option<Revision>> = vec![None; history.sorted_ids().len()];
    for row in (0..count).rev() {
        let Some(change) = history.row(row) else {
            continue;
        };
        let after = next.get_mut(change.key().0 as usize);
        let Some(after) = after else { continue };
        let fate = Fate::of(bucket_key(change), *after, at, release);
        *after = Some(change.revision());
        if let Some(place) = goes.get_mut(row) {
            *place = !fate.stays();
        }
    }
    goes
}

fn count(history: &History, goes: &[bool], view: &mut TrialView) {
    let mut kept: Vec<bool> = vec![false; history.sorted_ids().len()];
    let mut lost: Vec<bool> = vec![false; history.sorted_ids().len()];
    let mut prefixes = BTreeMap::<Vec<u8>, (u64, u64)>::new();
    for (change, goes) in history.changes_from(0, u64::MAX).zip(goes) {
        let id = change.key();
        let side = if *goes { &mut lost } else { &mut kept };
        if let Some(place) = side.get_mut(id.0 as usize) {
            *place = true;
        }
        if !goes {
            continue;
        }
        let bytes = history.lens(change).sum();
        view.rows += 1;
        view.bytes += bytes;
        let prefix = prefix_of(history.key_bytes(id).unwrap_or_default());
        match prefixes.get_mut(prefix) {
            Some(sum) => *sum = (sum.0 + 1, sum.1 + bytes),
            None => drop(prefixes.insert(prefix.to_vec(), (1, bytes))),
        }
    }
    view.kept_rows = history.row_count() - view.rows;
    view.keys = lost
        .iter()
        .zip(&kept)
        .filter(|(lost, kept)| **lost && !**kept)
        .count() as u64;
    let mut prefixes: Vec<_> = prefixes.into_iter().collect();
    prefixes.sort_by(|a, b| b.1.1.cmp(&a.1.1).then_with(|| a.0.cmp(&b.0)));
    let told = prefixes.into_iter().take(PREFIXES);
    view.prefixes = told
        .map(|(prefix, (rows, bytes))| (bare_start(&prefix), rows, bytes))
        .collect();
}

/// What would no longer work: etcd answers `mvcc: required revision has been compacted`.
fn breaks(view: &TrialView, history: &History) -> Vec<String> {
    if !view.refused.is_empty() {
        return Vec::new();
    }
    let at = view.at;
    let older = at.saturating_sub(view.lowest.max(1)).max(0);
    let mut breaks = vec![
        format!(
            "Reads with --rev below {at} would fail: {older} revisions that can be read now. A read at {at} itself still works."
        ),
        format!(
            "Watches that start below {at} would be cancelled; one that starts at {at} goes on."
        ),
    ];
    let is_cluster = history
        .keys()
        .any(|key| crate::kubernetes::RegistryKey::parse(key.key).is_some());
    if is_cluster {
        breaks.push(format!(
            "Kubernetes: a list that goes on at a resourceVersion below {at} would get 410 Gone, and so would a watch that etcd has to serve from one below {}: these clients list again.",
            at.saturating_sub(1)
        ));
    }
    breaks
}

impl Work {
    fn new(file: &OpenedFile) -> Result<Self, String> {
        let db = &file.db;
        let (buckets, problems) = db.buckets(&db.root(), MAX_BUCKETS);
        if let Some(problem) = problems.first() {
            return Err(format!("The sizes cannot be computed: {problem}"));
        }
        let page_size = u64::from(db.meta().page_size);
        let room = db.size().saturating_sub(db.used_size());
        let release = file.etcd().and_then(|etcd| etcd.info().release);
        // Since 3.6, and in later patches of 3.5, the file grows ahead of its pages: one of those
        // is longer than they are.
        let is_new = release.is_some_and(|release| release.minor > Minor(3, 5));
        let options = Options {
            page_size: db.meta().page_size,
            growth: match is_new || room > page_size {
                true => Growth::Ahead { initial_mapping: 0 },
                false => Growth::AsWritten,
            },
            ..Options::default()
        };
        let defrag = || Defrag::hollow(options).map_err(|error| error.to_string());
        Ok(Self {
            buckets: buckets.into(),
            current: None,
            all: defrag()?,
            kept: defrag()?,
            meta: None,
            freed: 0,
            done: 0,
            total: file.history().row_count(),
        })
    }

    /// Copies some items; false once all are copied.
    fn step(&mut self, file: &OpenedFile, goes: &[bool], at: Option<i64>) -> Result<bool, String> {
        let portion = file.db.portion();
        let mut left = STEP_ITEMS;
        while left > 0 && file.db.has_left(portion) {
            let Some((name, walk)) = &mut self.current else {
                let Some((name, bucket)) = self.buckets.pop_front() else {
                    return Ok(false);
                };
                self.all.bucket(&name);
                self.kept.bucket(&name);
                self.meta = (&*name == b"meta").then(BTreeMap::new);
                let walk = LeafWalk::new(&file.db, &bucket, Order::Forward);
                self.current = Some((name, walk));
                continue;
            };
            let Poll::Ready(page) = walk.poll_next(&file.db) else {
                return Ok(true);
            };
            let Some(page) = page else {
                self.current = None;
                self.end_of_meta(at)?;
                continue;
            };
            let is_key = &**name == b"key";
            let page =
                page.map_err(|problem| format!("The sizes cannot be computed: {problem}"))?;
            let mut is_freed = is_key && page.count() > 0;
            for index in 0..page.count() {
                left = left.saturating_sub(1);
                let Ok(element) = page.element(index) else {
                    continue;
                };
                if element.is_bucket {
                    continue;
                }
                let len = Value::Len(element.value.len() as u64);
                put(&mut self.all, element.key, len.clone())?;
                let is_gone = is_key && would_go(file.history(), goes, element.key);
                is_freed &= is_gone;
                match &mut self.meta {
                    Some(meta) => drop(meta.insert(element.key.to_vec(), element.value.to_vec())),
                    None if !is_gone => put(&mut self.kept, element.key, len)?,
                    None => {}
                }
                self.done += u64::from(is_key);
            }
            if is_freed {
                self.freed += page.len();
            }
        }
        Ok(true)
    }

    /// A compaction notes its revision twice in bucket `meta`.
    fn end_of_meta(&mut self, at: Option<i64>) -> Result<(), String> {
        let Some(mut meta) = self.meta.take() else {
            return Ok(());
        };
        if let Some(at) = at {
            let revision = BucketKey {
                revision: Revision::new(at, 0),
                tombstone: false,
            };
            for name in ["finishedCompactRev", "scheduledCompactRev"] {
                meta.insert(name.as_bytes().to_vec(), revision.encode());
            }
        }
        for (key, value) in meta {
            put(&mut self.kept, &key, Value::Bytes(value))?;
        }
        Ok(())
    }

    fn finish(self, file: &OpenedFile) -> Result<TrialSizes, String> {
        let len = |defrag: Defrag| match defrag.finish() {
            Ok(image) => Ok(image.len()),
            Err(error) => Err(error.to_string()),
        };
        Ok(TrialSizes {
            now: file.db.size(),
            defragged: len(self.all)?,
            compacted: len(self.kept)?,
            freed: self.freed,
        })
    }
}

fn put(to: &mut Defrag, key: &[u8], value: Value) -> Result<(), String> {
    to.put(key, value)
        .map_err(|error| format!("The sizes cannot be computed: {error}"))
}

fn would_go(history: &History, goes: &[bool], key: &[u8]) -> bool {
    let row = BucketKey::decode(key).ok();
    let row = row.and_then(|key| history.row_of(key.revision));
    row.and_then(|row| goes.get(row).copied()).unwrap_or(false)
}
