//! Tables of a file: revisions, keys, and what the small buckets hold.
//!
//! A table is made once for a [`TableAsk`]: which rows, in which order, as numbers. Texts are made
//! for the rows that are looked at.

use super::columns::{columns, shown_columns};
use super::small::small;
use super::words::filter_of;
use crate::engine::document::{Document, bucket_key, shown_value};
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{Table, TableAsk, TablePart, TableRow};
use crate::find::Search;
use crate::history::{ChangeKind, History, KeyHistory, KeyId};
use crate::kv::LeaseId;
use crate::kv::quote::bare_start;
use crate::timeline::grouped;

/// The rows of a table in their order.
pub(super) struct Made {
    pub(super) ask: TableAsk,
    rows: Rows,
    /// Rows without the filter.
    of: u64,
    note: String,
}

enum Rows {
    /// Rows of the history.
    Revisions(Vec<u32>),
    Keys(Vec<KeyId>),
    /// Ready as they are; there are thousands at most.
    Texts(Vec<TableRow>),
}

/// The column of revisions that is read from the file.
const VALUE_COLUMN: usize = 7;
/// What stands there before it is read.
const UNREAD: &str = "…";

impl Made {
    /// What a search has found, as a table of revisions or keys.
    pub(super) fn found(ask: TableAsk, file: &OpenedFile, search: &Search) -> Self {
        let history = file.history();
        let (bytes, keys) = (search.bytes(), search.keys());
        let mut made = match ask.table {
            Table::Keys => {
                let mut is_found = vec![false; history.sorted_ids().len()];
                for row in search.found() {
                    for change in history.changes_from(u64::from(*row), 1) {
                        if let Some(is_found) = is_found.get_mut(change.key().0 as usize) {
                            *is_found = true;
                        }
                    }
                }
                let ids = history.sorted_ids().iter().copied();
                let ids = ids.filter(|id| is_found.get(id.0 as usize) == Some(&true));
                Self {
                    of: history.key_count(),
                    rows: Rows::Keys(ids.collect()),
                    note: String::new(),
                    ask,
                }
            }
            _ => Self {
                of: history.row_count(),
                rows: Rows::Revisions(search.found().to_vec()),
                note: format!(
                    "of {keys} keys, {} bytes of values",
                    grouped(i64::try_from(bytes).unwrap_or(i64::MAX))
                ),
                ask,
            },
        };
        made.sort(history);
        made
    }

    /// A table of a small bucket.
    pub(super) fn small(ask: TableAsk, file: &OpenedFile) -> Self {
        let contents = file.background.found.contents.as_deref();
        let note = match contents {
            None => "the small buckets are still being read, or that was stopped",
            Some(_) => "",
        };
        let all = contents.map_or_else(Vec::new, |contents| small(ask.table, file, contents));
        Self {
            note: note.to_owned(),
            ..Self::texts(ask, file, all)
        }
    }

    /// A table of rows that are ready.
    pub(super) fn texts(ask: TableAsk, file: &OpenedFile, all: Vec<TableRow>) -> Self {
        let of = all.len() as u64;
        let words: Vec<String> = ask
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let fits = |row: &TableRow| {
            let text = row.cells.join("\n").to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let mut made = Self {
            rows: Rows::Texts(all.into_iter().filter(fits).collect()),
            of,
            note: String::new(),
            ask,
        };
        made.sort(file.history());
        made
    }

    /// Rows of the history that it shows; none of a table of something else.
    pub(super) fn revisions(&self, history: &History) -> Option<Vec<u32>> {
        let mut rows = match &self.rows {
            Rows::Revisions(rows) => rows.clone(),
            Rows::Keys(keys) => {
                let mut group_of = vec![None; history.sorted_ids().len()];
                for id in keys {
                    if let Some(group) = group_of.get_mut(id.0 as usize) {
                        *group = Some(0);
                    }
                }
                history.grouped(&group_of, 1).pop()?
            }
            Rows::Texts(_) => return None,
        };
        rows.sort_unstable();
        Some(rows)
    }

    /// Some of its rows, ready to be shown but for values ([`Made::fill`]).
    pub(super) fn part(&self, file: &OpenedFile, first: u64, count: u32) -> TablePart {
        let (first, count) = (usize::try_from(first).unwrap_or(usize::MAX), count as usize);
        let history = file.history();
        let (total, rows) = match &self.rows {
            Rows::Revisions(all) => {
                let window = all.iter().skip(first).take(count);
                (
                    all.len(),
                    window.filter_map(|row| revision_row(file, *row)).collect(),
                )
            }
            Rows::Keys(all) => {
                let window = all.iter().skip(first).take(count);
                let keys = window.filter_map(|id| history.key(*id));
                (all.len(), keys.map(|key| key_row(history, key)).collect())
            }
            Rows::Texts(all) => {
                let window = all.iter().skip(first).take(count);
                (all.len(), window.cloned().collect())
            }
        };
        TablePart {
            columns: shown_columns(self.ask.table),
            ask: self.ask.clone(),
            first: first as u64,
            total: total as u64,
            of: self.of,
            rows,
            note: self.note.clone(),
            is_partial: false,
        }
    }

    /// Reads values into a part, from one of its rows on, as far as a step goes: rows that were
    /// found may lie far apart in the file. The row to go on with; none once all are read.
    pub(super) fn fill(
        &self,
        file: &OpenedFile,
        part: &mut TablePart,
        from: usize,
    ) -> Option<usize> {
        let Rows::Revisions(all) = &self.rows else {
            return None;
        };
        let first = usize::try_from(part.first).unwrap_or(usize::MAX);
        let portion = file.db.portion();
        let rows = all.iter().skip(first).zip(&mut part.rows);
        for (at, (row, shown)) in rows.enumerate().skip(from) {
            if !file.db.has_left(portion) {
                return Some(at);
            }
            let value = value_of(file, *row);
            if let Some(cell) = shown.cells.get_mut(VALUE_COLUMN) {
                *cell = value.unwrap_or_default();
            }
        }
        None
    }

    fn sort(&mut self, history: &History) {
        let Some((column, is_back)) = self.ask.sort else {
            return;
        };
        match &mut self.rows {
            Rows::Revisions(rows) => sort_revisions(history, rows, column),
            Rows::Keys(keys) => sort_keys(history, keys, column),
            Rows::Texts(rows) => {
                let is_number = columns(self.ask.table)
                    .get(usize::from(column))
                    .is_some_and(|column| column.1);
                let cell = |row: &TableRow| row.cells.get(usize::from(column)).cloned();
                match is_number {
                    true => {
                        rows.sort_by_key(|row| cell(row).and_then(|cell| cell.parse::<i64>().ok()))
                    }
                    false => rows.sort_by_key(cell),
                }
            }
        }
        if is_back {
            match &mut self.rows {
                Rows::Revisions(rows) => rows.reverse(),
                Rows::Keys(keys) => keys.reverse(),
                Rows::Texts(rows) => rows.reverse(),
            }
        }
    }
}

/// The first rows that a search has found, while it still goes on; without values.
pub(super) fn first_found(
    ask: &TableAsk,
    file: &OpenedFile,
    found: &[u32],
    count: u32,
) -> TablePart {
    let window = found.iter().take(count as usize);
    TablePart {
        ask: ask.clone(),
        columns: shown_columns(Table::Revisions),
        first: 0,
        total: found.len() as u64,
        of: file.history().row_count(),
        rows: window.filter_map(|row| revision_row(file, *row)).collect(),
        note: String::new(),
        is_partial: true,
    }
}

/// A key's place in the order of keys, by its number.
fn ranks(history: &History) -> Vec<u32> {
    let ids = history.sorted_ids();
    let mut ranks = vec![0; ids.len()];
    for (rank, id) in (0..).zip(ids) {
        if let Some(place) = ranks.get_mut(id.0 as usize) {
            *place = rank;
        }
    }
    ranks
}

fn sort_revisions(history: &History, rows: &mut [u32], column: u8) {
    let ranks = match column {
        2 => ranks(history),
        _ => Vec::new(),
    };
    let measure = |row: &u32| -> i128 {
        let Some(change) = history.changes_from(u64::from(*row), 1).next() else {
            return 0;
        };
        match column {
            1 => change.kind() as i128,
            2 => i128::from(ranks.get(change.key().0 as usize).copied().unwrap_or(0)),
            3 => i128::from(change.version()),
            4 => i128::from(change.create_revision()),
            5 => i128::from(history.lease(change).0),
            6 => i128::from(change.value_len()),
            // Values are read for the rows that are looked at, and have no order.
            _ => i128::from(*row),
        }
    };
    rows.sort_by_cached_key(|row| (measure(row), *row));
}

fn sort_keys(history: &History, keys: &mut [KeyId], column: u8) {
    if column == 0 {
        let ranks = ranks(history);
        keys.sort_by_key(|id| ranks.get(id.0 as usize).copied());
        return;
    }
    let measure = |id: &KeyId| -> i128 {
        let Some(key) = history.key(*id) else {
            return 0;
        };
        let Some(last) = key.changes.last() else {
            return 0;
        };
        match column {
            1 => i128::from(last.is_tombstone()),
            2 => i128::from(last.create_revision()),
            3 => i128::from(last.revision().main),
            4 => i128::from(last.version()),
            5 => key.changes.len() as i128,
            6 => i128::from(last.value_len()),
            7 => i128::from(all_bytes(history, key)),
            _ => i128::from(history.lease(last).0),
        }
    };
    keys.sort_by_cached_key(measure);
}

fn all_bytes(history: &History, key: KeyHistory<'_>) -> u64 {
    let rows = key.changes.iter();
    rows.map(|row| history.lens(row).sum()).sum()
}

fn lease(id: LeaseId) -> String {
    match id {
        LeaseId::NONE => String::new(),
        id => id.to_string(),
    }
}

/// A row that leads nowhere.
pub(super) fn plain(cells: Vec<String>) -> TableRow {
    TableRow {
        cells,
        revision: None,
        filter: String::new(),
        number: None,
    }
}

/// Zero is what etcd stores where there is nothing.
pub(super) fn number(number: i64) -> String {
    match number {
        0 => String::new(),
        number => number.to_string(),
    }
}

fn revision_row(file: &OpenedFile, row: u32) -> Option<TableRow> {
    let history = file.history();
    let (key, change) = history.rows_from(u64::from(row), 1).next()?;
    let what = match change.kind() {
        ChangeKind::Create => "create",
        ChangeKind::Modify => "modify",
        ChangeKind::Tombstone => "delete",
    };
    let size = match change.is_tombstone() {
        true => String::new(),
        false => change.value_len().to_string(),
    };
    Some(TableRow {
        revision: Some(change.revision()),
        ..plain(vec![
            change.revision().to_string(),
            what.to_owned(),
            bare_start(key.key),
            number(change.version()),
            number(change.create_revision()),
            lease(history.lease(change)),
            size,
            UNREAD.to_owned(),
        ])
    })
}

/// What a row held, as it is shown.
fn value_of(file: &OpenedFile, row: u32) -> Option<String> {
    let (key, change) = file.history().rows_from(u64::from(row), 1).next()?;
    Some(match file.record(bucket_key(change)) {
        Ok(Some(record)) => shown_value(key.key, &record.kv.value),
        Ok(None) => String::new(),
        Err(error) => error,
    })
}

fn key_row(history: &History, key: KeyHistory<'_>) -> TableRow {
    let last = key.changes.last();
    let live = last.filter(|last| !last.is_tombstone());
    let of = |tell: &dyn Fn(&crate::history::Change) -> String| live.map(tell).unwrap_or_default();
    TableRow {
        revision: last.map(|last| last.revision()),
        filter: filter_of("key", key.key),
        ..plain(vec![
            bare_start(key.key),
            if live.is_some() { "live" } else { "deleted" }.to_owned(),
            of(&|last| last.create_revision().to_string()),
            last.map(|last| last.revision().main.to_string())
                .unwrap_or_default(),
            of(&|last| last.version().to_string()),
            key.changes.len().to_string(),
            of(&|last| last.value_len().to_string()),
            all_bytes(history, key).to_string(),
            of(&|last| lease(history.lease(last))),
        ])
    }
}
