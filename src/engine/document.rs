//! What the sandbox and an opened file have in common: a history, and values to be had by
//! revision. The views of the screen are made from these two and nothing else.

use similar::{ChangeTag, TextDiff};

use super::beside;
use super::kubernetes;
use super::protocol::Summary;
use super::shown::{Detail, DiffLine, IndexChange, IndexGeneration, IndexKey, Kind, Row, Side};
use crate::history::{Change, ChangeKind, Generation, History, KeyHistory};
use crate::kubernetes::when::Estimate;
use crate::kv::quote::bare_start;
use crate::kv::{BucketKey, LeaseId, Record, Revision};
use crate::mvcc::{Fate, Release};

/// A history whose values can be read.
pub(super) trait Document {
    /// What happened.
    fn history(&self) -> &History;

    /// The row at a revision, with its value; none if there is none, an error in words if it
    /// can't be read.
    fn record(&self, key: BucketKey) -> Result<Option<Record>, String>;

    /// When a revision was written, from what the objects in it tell.
    fn when(&self, _revision: i64) -> Option<Estimate> {
        None
    }

    /// When a revision was written, as the axis shows it; none where nothing tells it.
    fn time(&self, revision: i64) -> Option<String> {
        let estimate = self.when(revision).filter(|when| !when.is_outside)?;
        beside::clock_time(estimate.micros, estimate.uncertainty_micros)
    }

    /// The release whose compactions this history has seen; none where they came before it.
    fn compacts_as(&self) -> Option<Release> {
        None
    }
}

/// How many bytes of a value a row shows.
const PREVIEW: usize = 120;
/// Values above this are not compared line by line.
const DIFF_LIMIT: usize = 64 * 1024;
/// How many lines are shown around those that differ.
const DIFF_CONTEXT: usize = 3;

/// The numbers that every history has.
pub(super) fn summary(history: &History) -> Summary {
    Summary {
        name: String::new(),
        head: history.head(),
        compact_revision: history.compact_revision(),
        live_keys: history.live_keys(history.head()),
        keys: history.key_count(),
        records: history.retained_rows(),
        removed: history.row_count() - history.retained_rows(),
        last: history
            .rows_from(history.row_count().saturating_sub(1), 1)
            .next()
            .map(|(_, change)| change.revision()),
        file: None,
    }
}

/// A window of the rows of the bucket.
pub(super) fn rows(document: &dyn Document, first: u64, count: u32) -> Vec<Row> {
    let history = document.history();
    history
        .rows_from(first, u64::from(count))
        .map(|(key, change)| {
            let record = document.record(bucket_key(change)).ok().flatten();
            let value = record.map(|record| record.kv.value).unwrap_or_default();
            row(document, key, change, &value)
        })
        .collect()
}

/// A window of the keys with their generations.
pub(super) fn index(history: &History, first: u64, count: u32) -> Vec<IndexKey> {
    history
        .keys_from(first, u64::from(count))
        .map(index_key)
        .collect()
}

fn index_key(key: KeyHistory<'_>) -> IndexKey {
    let all = key.generation_count() as usize;
    let last = key.changes.last();
    IndexKey {
        key_id: key.id.0,
        key: bare_start(key.key),
        more: all.saturating_sub(IndexKey::SHOWN) as u64,
        generations: key
            .last_generations(IndexKey::SHOWN)
            .map(index_generation)
            .collect(),
        is_deleted: last.is_some_and(|last| last.is_tombstone()),
    }
}

fn index_generation(generation: Generation<'_>) -> IndexGeneration {
    let more = generation
        .changes
        .len()
        .saturating_sub(IndexGeneration::SHOWN);
    let shown = generation.changes.iter().skip(more);
    IndexGeneration {
        number: generation.number,
        more: more as u64,
        changes: shown
            .map(|change| IndexChange {
                revision: change.revision(),
                kind: change.kind().into(),
                compacted: change.is_compacted(),
            })
            .collect(),
    }
}

/// Everything about one change.
pub(super) fn detail(document: &dyn Document, revision: Revision) -> Option<Detail> {
    let history = document.history();
    let (key, change) = history.find_change(revision)?;
    let position = key.position(revision)?;
    let previous = position
        .checked_sub(1)
        .and_then(|before| key.changes.get(before));
    let next = key.changes.get(position + 1);
    let (value, unreadable) = match document.record(bucket_key(change)) {
        Ok(Some(record)) => (record.kv.value, None),
        Ok(None) => (Vec::new(), Some("the row is gone".to_string())),
        Err(error) => (Vec::new(), Some(error)),
    };
    let is_masked = kubernetes::hides(key.key, &value);
    let generation = key.generations_from(position).next()?;
    let before = previous
        .filter(|before| !before.is_tombstone())
        .and_then(|before| document.record(bucket_key(before)).ok().flatten())
        .map(|record| record.kv.value);
    // Of a deletion: what it deleted.
    let told = match change.is_tombstone() {
        true => before.as_deref().unwrap_or_default(),
        false => &value,
    };
    let object = kubernetes::head(key.key, told).map(Box::new);
    let diff = match before {
        Some(before) if !change.is_tombstone() && !is_masked => diff(&before, &value),
        _ => Vec::new(),
    };
    let start = history.row_at(Revision::new(revision.main, 0));
    let end = history.row_at(Revision::new(revision.main.saturating_add(1), 0));
    Some(Detail {
        row: row(document, key, change, &value),
        index: history.row_at(revision) as u64,
        generation: generation.number,
        bucket_key: bucket_key(change).encode(),
        value_len: value.len() as u64,
        value: match is_masked {
            true => Vec::new(),
            false => value.get(..Detail::VALUE_SHOWN).unwrap_or(&value).to_vec(),
        },
        unreadable,
        previous: previous.map(Change::revision),
        next: next.map(Change::revision),
        diff,
        together: (end - start).saturating_sub(1) as u64,
        fossil: None,
        object,
        is_masked,
        when: document
            .when(revision.main)
            .map(kubernetes::when_words)
            .unwrap_or_default(),
    })
}

fn row(document: &dyn Document, key: KeyHistory<'_>, change: &Change, value: &[u8]) -> Row {
    let history = document.history();
    let next = key
        .position(change.revision())
        .and_then(|position| key.changes.get(position + 1));
    let next_at = next.map(Change::revision);
    let at = Some(history.compact_revision()).filter(|at| *at >= 0);
    let fate = at.zip(document.compacts_as());
    let fate = fate.map(|(at, release)| Fate::of(bucket_key(change), next_at, at, release));
    Row {
        revision: change.revision(),
        kind: change.kind().into(),
        key_id: key.id.0,
        key: bare_start(key.key),
        value: shown_value(key.key, value),
        create_revision: change.create_revision(),
        version: change.version(),
        lease: match history.lease(change) {
            LeaseId::NONE => String::new(),
            lease => lease.to_string(),
        },
        compacted: change.is_compacted(),
        fate: fate.map(|fate| fate.to_string()).unwrap_or_default(),
        until: next.map(|next| next.revision().main),
    }
}

pub(super) fn bucket_key(change: &Change) -> BucketKey {
    BucketKey {
        revision: change.revision(),
        tombstone: change.is_tombstone(),
    }
}

/// The beginning of a value, unless it is a Secret's.
pub fn shown_value(key: &[u8], value: &[u8]) -> String {
    match kubernetes::hides(key, value) {
        true if !value.is_empty() => kubernetes::MASKED.to_owned(),
        _ => preview(value),
    }
}

fn preview(value: &[u8]) -> String {
    match value.get(..PREVIEW) {
        Some(start) => format!("{}…", text(start)),
        None => text(value),
    }
}

/// Bytes as one line of readable text: what is no text becomes `·`, a line break in a text `↵`.
fn text(bytes: &[u8]) -> String {
    let is_binary = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let line_break = match bytes.iter().any(is_binary) {
        true => '·',
        false => '↵',
    };
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| match c {
            '\n' => line_break,
            c if c.is_control() || c == '\u{fffd}' => '·',
            c => c,
        })
        .collect()
}

fn diff(before: &[u8], after: &[u8]) -> Vec<DiffLine> {
    if before.len() > DIFF_LIMIT || after.len() > DIFF_LIMIT {
        return Vec::new();
    }
    let (Ok(before), Ok(after)) = (str::from_utf8(before), str::from_utf8(after)) else {
        return Vec::new();
    };
    let text = TextDiff::from_lines(before, after);
    let groups = text.grouped_ops(DIFF_CONTEXT);
    groups
        .iter()
        .flatten()
        .flat_map(|op| text.iter_changes(op))
        .take(Detail::DIFF_SHOWN)
        .map(|change| DiffLine {
            side: match change.tag() {
                ChangeTag::Delete => Side::Old,
                ChangeTag::Insert => Side::New,
                ChangeTag::Equal => Side::Both,
            },
            text: change.value().trim_end_matches('\n').to_string(),
        })
        .collect()
}

impl From<ChangeKind> for Kind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create => Self::Create,
            ChangeKind::Modify => Self::Modify,
            ChangeKind::Tombstone => Self::Tombstone,
        }
    }
}
