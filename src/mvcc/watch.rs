//! Watches: what a watcher of a range sees, from a revision of the past on.
//!
//! Nothing runs here. [`Watch::new`] answers what lies in the past, [`Watch::see`] turns each
//! later [`Applied`] into events.

use super::op::{Applied, KeyRange};
use super::{Error, Store};
use crate::kv::{KeyValue, Record, Revision};

/// Most revisions in one batch while a watcher catches up.
const MAX_REVISIONS_PER_BATCH: usize = 1000;

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It got a value.
    Put,
    /// It was deleted.
    Delete,
}

/// One change, as a watcher gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The new value; of a delete only key and mod revision.
    pub kv: KeyValue,
    /// What was there before, if asked for and not compacted away.
    pub prev_kv: Option<KeyValue>,
}

/// Events that arrive together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchBatch {
    /// Revision in the header: that of the change, or the current one while catching up.
    pub revision: i64,
    /// The events, in revision order.
    pub events: Vec<Event>,
}

/// An open watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Which keys.
    pub keys: KeyRange,
    /// Whether events carry what was there before.
    pub prev_kv: bool,
    /// The first revision whose changes are still to come.
    next: i64,
}

impl Watch {
    /// Opens a watch on changes from `from` on, 0 meaning from now on, and answers those that
    /// have happened.
    ///
    /// # Errors
    /// `Compacted` where `from` lies below the compact revision.
    pub fn new(
        store: &Store,
        keys: KeyRange,
        from: i64,
        prev_kv: bool,
    ) -> Result<(Self, Vec<WatchBatch>), Error> {
        let current = store.revision();
        let mut watch = Self {
            keys,
            prev_kv,
            next: if from == 0 { current + 1 } else { from },
        };
        if from != 0 && from < store.compact_revision() {
            return Err(Error::Compacted);
        }
        // Below 0 the start lies, as unsigned bytes, behind every row of the bucket.
        let batches = match from {
            ..0 => Vec::new(),
            _ => watch.catch_up(store),
        };
        watch.next = watch.next.max(current + 1);
        Ok((watch, batches))
    }

    /// The events that an operation means for this watch; `store` is as it is after it.
    pub fn see(&mut self, store: &Store, applied: &Applied) -> Option<WatchBatch> {
        let events: Vec<_> = applied
            .written
            .iter()
            .filter(|record| record.bucket_key.revision.main >= self.next)
            .filter_map(|record| self.event(store, record))
            .collect();
        (!events.is_empty()).then_some(WatchBatch {
            revision: applied.revision,
            events,
        })
    }

    fn catch_up(&self, store: &Store) -> Vec<WatchBatch> {
        let mut batches: Vec<WatchBatch> = Vec::new();
        let (mut last, mut revisions) = (0, 0);
        for (revision, record) in store.records.range(Revision::new(self.next, 0)..) {
            let Some(event) = self.event(store, record) else {
                continue;
            };
            if revision.main != last {
                last = revision.main;
                revisions += 1;
            }
            match batches.last_mut() {
                Some(batch) if revisions <= MAX_REVISIONS_PER_BATCH => batch.events.push(event),
                _ => {
                    revisions = 1;
                    batches.push(WatchBatch {
                        revision: store.revision(),
                        events: vec![event],
                    });
                }
            }
        }
        batches
    }

    fn event(&self, store: &Store, record: &Record) -> Option<Event> {
        if !self.keys.contains(&record.kv.key) {
            return None;
        }
        let main = record.bucket_key.revision.main;
        let (kind, kv) = match record.bucket_key.tombstone {
            false => (EventKind::Put, record.kv.clone()),
            true => (
                EventKind::Delete,
                KeyValue {
                    mod_revision: main,
                    ..record.kv.clone()
                },
            ),
        };
        let before = main - 1;
        // The value before may be compacted away while its successor is not; then it is left out.
        let prev_kv = (self.prev_kv && before >= store.compact_revision())
            .then(|| store.value_at(store.key_index(&record.kv.key)?, before))
            .flatten()
            .cloned();
        Some(Event { kind, kv, prev_kv })
    }
}
