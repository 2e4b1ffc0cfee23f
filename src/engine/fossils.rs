//! The fossils of a file as a history of their own, which is never mixed into that of the store.

use super::document::{self, Document};
use super::inside::FossilRow;
use super::shown::Detail;
use crate::bbolt::Db;
use crate::etcd::{Fossil, FossilWhy, Fossils};
use crate::history::{History, KeyId};
use crate::kv::quote::bare_start;
use crate::kv::{BucketKey, Record, Revision};
use crate::timeline::Ghosts;

/// Fossils by revision and by key; their values stay in the file.
pub(super) struct Layer {
    db: Db,
    fossils: Fossils,
    history: History,
    /// Keys that the store has nothing of.
    own: Vec<KeyId>,
    next: u32,
    /// Keys of the history that have been compared.
    compared: u64,
}

/// Keys that are compared in place of one fossil that is read.
const KEYS: u64 = 2;

impl Layer {
    pub(super) fn new(db: Db, fossils: Fossils) -> Self {
        Self {
            db,
            fossils,
            history: History::new(),
            own: Vec::new(),
            next: 0,
            compared: 0,
        }
    }

    /// Folds the next fossils into the history, fewer where they lie far apart, then finds the keys that `store` has nothing of;
    /// false once all is done.
    pub(super) fn step(&mut self, store: &History, count: u32) -> bool {
        if self.next >= self.fossils.len() {
            return self.compare(store, u64::from(count).saturating_mul(KEYS));
        }
        let portion = self.db.portion();
        let end = self.next.saturating_add(count).min(self.fossils.len());
        while self.next < end && self.db.has_left(portion) {
            let fossil = self.fossils.get(self.next);
            self.next += 1;
            let row = fossil.and_then(|fossil| fossil.read(&self.db).ok());
            if let Some(row) = row
                && let Ok(record) = row.decode()
            {
                self.history.push(&record);
            }
        }
        if self.next == self.fossils.len() {
            self.history.settle();
        }
        true
    }

    fn compare(&mut self, store: &History, count: u64) -> bool {
        let keys = self.history.keys_from(self.compared, count);
        let own = keys.filter(|key| store.find(key.key).is_none());
        self.own.extend(own.map(|key| key.id));
        self.compared = self.compared.saturating_add(count);
        self.compared < self.history.key_count()
    }

    /// Fossils in the history, and all of them.
    pub(super) fn progress(&self) -> (u64, u64) {
        (u64::from(self.next), u64::from(self.fossils.len()))
    }

    /// To be drawn over the store's history.
    pub(super) fn ghosts(&self) -> Ghosts<'_> {
        Ghosts {
            history: &self.history,
            own: &self.own,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.fossils.len())
    }

    /// As they were found.
    pub(super) fn fossils(&self) -> &Fossils {
        &self.fossils
    }

    /// A window of them.
    pub(super) fn rows(&self, first: u64, count: u32) -> Vec<FossilRow> {
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        (first..first.saturating_add(count))
            .map_while(|index| self.fossils.get(index))
            .map(|fossil| self.row(fossil))
            .collect()
    }

    /// Everything about one of them.
    pub(super) fn detail(&self, revision: Revision) -> Option<Detail> {
        let mut detail = document::detail(self, revision)?;
        let fossil = [false, true].into_iter().find_map(|tombstone| {
            let key = BucketKey {
                revision,
                tombstone,
            };
            self.fossils.find(&key)
        })?;
        detail.fossil = Some(self.row(fossil));
        Some(detail)
    }

    fn row(&self, fossil: &Fossil) -> FossilRow {
        let row = fossil.read(&self.db).ok();
        let record = row.as_ref().and_then(|row| row.decode().ok());
        FossilRow {
            revision: fossil.bucket_key().revision,
            is_tombstone: fossil.bucket_key().tombstone,
            key: record
                .map(|record| bare_start(record.key))
                .unwrap_or_default(),
            value: record
                .map(|record| document::shown_value(record.key, record.value))
                .unwrap_or_default(),
            page: fossil.page().0,
            place: fossil.place().to_string(),
            why: words(fossil.why()).to_owned(),
            confidence: fossil.confidence().to_string(),
            copies: fossil.copies(),
        }
    }
}

/// Why the bytes of a fossil are not part of the store.
pub(super) fn words(why: FossilWhy) -> &'static str {
    match why {
        FossilWhy::Listed => "free page",
        FossilWhy::NotReached => "free page: no bucket leads to it",
        FossilWhy::Leaked => "lost page: in no tree, not in the freelist",
        FossilWhy::Room => "behind the high-water mark",
        FossilWhy::OtherMeta => "only the other meta leads to it",
        FossilWhy::Slack => "unused bytes of a page in use",
        FossilWhy::Broken => "a page that cannot be read as part of its tree",
    }
}

impl Document for Layer {
    fn history(&self) -> &History {
        &self.history
    }

    fn record(&self, key: BucketKey) -> Result<Option<Record>, String> {
        let Some(fossil) = self.fossils.find(&key) else {
            return Ok(None);
        };
        let row = fossil.read(&self.db).map_err(|error| error.to_string())?;
        let record = row.decode().map_err(|error| error.to_string())?;
        Ok(Some(record.to_owned()))
    }
}
