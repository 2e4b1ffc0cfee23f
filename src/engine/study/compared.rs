//! Other files beside the opened one: read, compared key by key or, of three members, row by row.

use std::collections::HashSet;
use std::rc::Rc;
use std::task::Poll;

use super::{tables::plain, unlike};
use crate::bbolt::Order;
use crate::bytes::ReadAt;
use crate::compare::{
    Compare, Lineage, Members, MembersOutcome, growth, hash_words, members_words, row_hash,
    row_words, words,
};
use crate::engine::document::Document;
use crate::engine::file::{OpenedFile, Origin};
use crate::engine::kept::Candidates;
use crate::engine::opening::{Opening, Step};
use crate::engine::protocol::{ComparedFile, ComparedView, Response, Table, TableRow, UnlikeView};
use crate::etcd::{HashKvScan, RecordScan};
use crate::history::{History, KeyId};
use crate::kv::Revision;
use crate::kv::hash::{HashKv, HashRules};
use crate::kv::quote::bare_start;

/// Keys or rows that are compared in a step.
const STEP_KEYS: u64 = 50_000;
/// Pairs of values that are compared in a step.
const STEP_PAIRS: usize = 200;
/// Rows that are read in a step.
const STEP_ROWS: u64 = 8_000;
/// Leaf pages that are hashed in a step.
const STEP_PAGES: usize = 200;

/// As the newest releases hash.
const RULES: HashRules = HashRules {
    skips_tombstone_at_compact_revision: true,
    answers_at_compact_revision: true,
};

/// The comparison.
pub(super) struct Comparing {
    pub(super) id: u64,
    others: Vec<OpenedFile>,
    stage: Stage,
    compare: Compare,
    members: Members,
    outcome: Option<MembersOutcome>,
    hashes: Vec<(i64, Result<HashKv, String>)>,
    refused: String,
    words: Vec<String>,
}

enum Stage {
    Opening(Box<Opening>, (u64, u64)),
    Keys,
    Values(Settling),
    /// Rows of a file.
    Rows(usize, Box<RecordScan>),
    /// The hash of a file.
    Hash(usize, Box<HashKvScan>),
    Over,
}

/// Pairs whose values are being compared: so many done, and those that are the same.
#[derive(Default)]
struct Settling {
    done: usize,
    same: HashSet<(Revision, Revision)>,
}

impl Comparing {
    pub(super) fn new() -> Self {
        Self {
            id: 0,
            others: Vec::new(),
            stage: Stage::Over,
            compare: Compare::new(),
            members: Members::default(),
            outcome: None,
            hashes: Vec::new(),
            refused: String::new(),
            words: Vec::new(),
        }
    }

    /// Begins to read another file.
    pub(super) fn add(&mut self, id: u64, name: String, source: Option<Rc<dyn ReadAt>>) {
        self.id = id;
        self.refused = String::new();
        match source {
            None => self.refused = "the file did not arrive; choose it again".to_owned(),
            Some(_) if self.others.len() + 1 >= ComparedView::FILES => {
                self.refused = "three files are compared at most".to_owned();
            }
            Some(source) => {
                let origin = Origin {
                    name,
                    source,
                    member: None,
                    meta: None,
                };
                self.stage = Stage::Opening(
                    Box::new(Opening::new(id, origin, Candidates::default())),
                    (0, 0),
                );
            }
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.stage, Stage::Over)
    }

    /// Goes on.
    pub(super) fn step(&mut self, file: &OpenedFile) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => {}
            Stage::Opening(mut opening, mut along) => match opening.step() {
                Step::Progress(told) => {
                    if let Response::Progress { done, total, .. }
                    | Response::Glimpse { done, total, .. } = told
                    {
                        along = (done, total);
                    }
                    self.stage = Stage::Opening(opening, along);
                }
                Step::Refused(failure) => {
                    self.refused = format!("{}: {}; {}", failure.name, failure.what, failure.hint);
                    self.go_on_without(file);
                }
                Step::Opened(other) if other.etcd().is_none() => {
                    self.refused = format!("{} is no file of etcd: it has no history", other.name);
                    self.go_on_without(file);
                }
                Step::Opened(other) => {
                    self.others.push(*other);
                    self.begin(file);
                }
            },
            Stage::Keys => self.step_keys(file),
            Stage::Values(settling) => self.step_values(file, settling),
            Stage::Rows(member, scan) => self.step_rows(file, member, scan),
            Stage::Hash(member, scan) => self.step_hash(file, member, scan),
        }
    }

    /// What was compared before stays.
    fn go_on_without(&mut self, file: &OpenedFile) {
        if !self.others.is_empty() && self.words.is_empty() {
            self.begin(file);
        }
    }

    fn begin(&mut self, file: &OpenedFile) {
        self.compare = Compare::new();
        (self.outcome, self.hashes, self.words) = (None, Vec::new(), Vec::new());
        self.members = Members::new(self.others.len() + 1);
        self.stage = match self.others.len() {
            0 => Stage::Over,
            1 => Stage::Keys,
            _ => self.rows_of(file, 0),
        };
    }

    /// The opened file, then the others.
    fn of<'a>(&'a self, file: &'a OpenedFile, member: usize) -> Option<&'a OpenedFile> {
        match member.checked_sub(1) {
            None => Some(file),
            Some(other) => self.others.get(other),
        }
    }

    fn rows_of(&self, file: &OpenedFile, member: usize) -> Stage {
        let etcd = self.of(file, member).and_then(OpenedFile::etcd);
        match etcd {
            Some(etcd) => Stage::Rows(member, Box::new(RecordScan::new(etcd, Order::Forward))),
            None => Stage::Over,
        }
    }

    fn step_keys(&mut self, file: &OpenedFile) {
        let Some(other) = self.others.first() else {
            return;
        };
        let (a, b) = (file.history(), other.history());
        self.stage = match self.compare.step(a, b, STEP_KEYS) {
            true => Stage::Keys,
            false => Stage::Values(Settling::default()),
        };
    }

    /// Values that alone can tell whether two rows are the same.
    fn step_values(&mut self, file: &OpenedFile, mut settling: Settling) {
        let Some(other) = self.others.first() else {
            return;
        };
        let open = self.compare.open_pairs();
        let pairs = open.iter().skip(settling.done).take(STEP_PAIRS);
        for (before, after) in pairs {
            let (old, new) = (unlike::value(*before, file), unlike::value(*after, other));
            // What cannot be read is not said to be the same.
            if old.is_ok() && old == new {
                settling.same.insert((*before, *after));
            }
            settling.done += 1;
        }
        if settling.done < open.len() {
            self.stage = Stage::Values(settling);
            return;
        }
        self.compare
            .settle_all(|pair| settling.same.contains(&pair));
        self.stage = self.rows_of(file, 0);
    }

    fn step_rows(&mut self, file: &OpenedFile, member: usize, mut scan: Box<RecordScan>) {
        let Some(of) = self.of(file, member) else {
            return;
        };
        let portion = of.db.portion();
        let mut hashes = Vec::new();
        let mut is_over = false;
        while (hashes.len() as u64) < STEP_ROWS && of.db.has_left(portion) {
            match scan.poll_next() {
                Poll::Pending => break,
                Poll::Ready(None) => {
                    is_over = true;
                    break;
                }
                // What is wrong with a row makes it differ.
                Poll::Ready(Some(page)) => {
                    for record in page.iter().flat_map(|page| page.records()).flatten() {
                        hashes.push((record.bucket_key.revision, row_hash(&record)));
                    }
                }
            }
        }
        for (revision, hash) in hashes {
            self.members.push(member, revision, hash);
        }
        if !is_over {
            self.stage = Stage::Rows(member, scan);
        } else if member < self.others.len() {
            self.stage = self.rows_of(file, member + 1);
        } else {
            let files: Vec<&OpenedFile> = std::iter::once(file).chain(&self.others).collect();
            let histories: Vec<&History> = files.iter().map(|file| file.history()).collect();
            let heads: Vec<i64> = histories.iter().map(|history| history.head()).collect();
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            let outcome = self.members.outcome(&histories);
            match (histories.as_slice(), names.as_slice()) {
                ([a, b], [first, second]) => {
                    let unlike = self.members.unlike(0, 1);
                    if self.compare.outcome().lineage == Lineage::One {
                        self.compare.contradict(a, b, &unlike);
                    }
                    self.words = words(self.compare.outcome(), a, b, [first, second]);
                    let files = [(*first, *a), (*second, *b)];
                    self.words.extend(row_words(&outcome, &unlike, files));
                }
                _ => self.words = members_words(&outcome, &heads, &names),
            }
            // Its rows are hashed: they are not needed again.
            self.members = Members::default();
            self.outcome = Some(outcome);
            self.hash(file, 0);
        }
    }

    /// Begins the hash of a member at the highest revision that all have.
    fn hash(&mut self, file: &OpenedFile, member: usize) {
        let heads = std::iter::once(file).chain(&self.others);
        let at = heads.map(|file| file.history().head()).min().unwrap_or(0);
        let Some(etcd) = self.of(file, member).and_then(OpenedFile::etcd) else {
            return;
        };
        match HashKvScan::new(etcd, at, RULES) {
            Ok(scan) => self.stage = Stage::Hash(member, Box::new(scan)),
            Err(error) => self.hashed(file, member, at, Err(error.to_string())),
        }
    }

    fn step_hash(&mut self, file: &OpenedFile, member: usize, mut scan: Box<HashKvScan>) {
        for _ in 0..STEP_PAGES {
            if let Some(hash) = scan.step() {
                let at = hash.hash_revision;
                return self.hashed(file, member, at, Ok(hash));
            }
        }
        self.stage = Stage::Hash(member, scan);
    }

    fn hashed(&mut self, file: &OpenedFile, member: usize, at: i64, hash: Result<HashKv, String>) {
        self.hashes.push((at, hash));
        if member < self.others.len() {
            self.hash(file, member + 1);
            return;
        }
        let hashes = self.hashes.iter();
        let hashes: Vec<_> = hashes.map(|(_, hash)| hash.clone().ok()).collect();
        self.words.extend(hash_words(&hashes));
    }

    /// The files, and what was found in words.
    pub(super) fn view(&self, file: &OpenedFile) -> ComparedView {
        let files = std::iter::once(file).chain(&self.others);
        let along = match &self.stage {
            Stage::Over => None,
            Stage::Opening(_, along) => Some(*along),
            Stage::Keys => {
                let other = self.others.first().map(|other| other.history());
                other.map(|other| self.compare.progress(file.history(), other))
            }
            Stage::Values(settling) => {
                let open = self.compare.open_pairs().len();
                Some((settling.done as u64, open as u64))
            }
            Stage::Rows(_, scan) => {
                let now = scan.progress();
                Some((now.bytes_done, now.bytes_total))
            }
            Stage::Hash(_, scan) => Some(((scan.part() * 1000.0) as u64, 1000)),
        };
        ComparedView {
            files: files
                .map(|file| {
                    let history = file.history();
                    ComparedFile {
                        name: file.name.clone(),
                        head: history.head(),
                        compact_revision: history.compact_revision(),
                        live_keys: file.fills.total().live_keys,
                        rows: history.row_count(),
                        size: file.db.size(),
                    }
                })
                .collect(),
            words: self.words.clone(),
            along,
            refused: self.refused.clone(),
        }
    }

    /// How the values of one of the differences differ.
    pub(super) fn unlike(&self, file: &OpenedFile, number: u32) -> Option<UnlikeView> {
        let row = self.compare.outcome().rows.get(number as usize)?;
        unlike::view(number, row, [file, self.others.first()?])
    }

    /// A table of what differs.
    pub(super) fn table(&self, file: &OpenedFile, table: Table) -> Vec<TableRow> {
        match (table, &self.outcome) {
            (Table::Hashes, _) => self.hash_rows(file),
            (Table::Splits, Some(outcome)) => splits(outcome),
            (Table::Differences, _) => self.differences(file),
            (Table::Growth, _) => self.growth(file),
            _ => Vec::new(),
        }
    }

    fn hash_rows(&self, file: &OpenedFile) -> Vec<TableRow> {
        let files = std::iter::once(file).chain(&self.others);
        files
            .zip(&self.hashes)
            .map(|(file, (at, hash))| {
                let (hash, told) = match hash {
                    Ok(hash) => (
                        hash.hash.to_string(),
                        format!("compacted at {}", hash.compact_revision),
                    ),
                    Err(why) => (String::new(), why.clone()),
                };
                plain(vec![file.name.clone(), at.to_string(), hash, told])
            })
            .collect()
    }

    fn differences(&self, file: &OpenedFile) -> Vec<TableRow> {
        let Some(other) = self.others.first() else {
            return Vec::new();
        };
        let name = |history: &History, id: Option<KeyId>| {
            id.and_then(|id| history.key_bytes(id)).map(bare_start)
        };
        let rows = self.compare.outcome().rows.iter();
        let rows = (0..).zip(rows);
        rows.map(|(number, row)| {
            let key = name(file.history(), row.a).or_else(|| name(other.history(), row.b));
            let of = |revision: Option<crate::kv::Revision>| {
                revision
                    .map(|revision| revision.main.to_string())
                    .unwrap_or_default()
            };
            let len = |revision: Option<crate::kv::Revision>, len: u32| {
                revision.map(|_| len.to_string()).unwrap_or_default()
            };
            TableRow {
                revision: row.before,
                number: Some(number),
                ..plain(vec![
                    row.kind.as_str().to_owned(),
                    key.unwrap_or_default(),
                    of(row.before),
                    of(row.after),
                    len(row.before, row.before_len),
                    len(row.after, row.after_len),
                ])
            }
        })
        .collect()
    }

    /// Bytes by prefix in both.
    fn growth(&self, file: &OpenedFile) -> Vec<TableRow> {
        let Some(other) = self.others.first() else {
            return Vec::new();
        };
        let rows = growth(&file.fills, &other.fills).into_iter();
        rows.map(|row| {
            plain(vec![
                if row.prefix.is_empty() {
                    "keys without a prefix".to_owned()
                } else {
                    bare_start(&row.prefix)
                },
                row.before.live_keys.to_string(),
                row.after.live_keys.to_string(),
                row.before.bytes.to_string(),
                row.after.bytes.to_string(),
                row.bytes().to_string(),
            ])
        })
        .collect()
    }
}

/// Revisions that differ between members.
fn splits(outcome: &MembersOutcome) -> Vec<TableRow> {
    let rows = outcome.rows.iter();
    rows.map(|split| {
        let mut cells = vec![split.revision.to_string()];
        cells.extend(split.rows.iter().map(|hash| match hash {
            Some(hash) => format!("{:08x}", hash >> 32),
            None => "no row".to_owned(),
        }));
        cells.resize(1 + ComparedView::FILES, String::new());
        TableRow {
            revision: Some(split.revision),
            ..plain(cells)
        }
    })
    .collect()
}
