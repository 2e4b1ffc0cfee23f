//! Reading a range of keys, now or at a revision.

use std::cmp::Ordering;

use super::op::{KeyRange, Range, RangeReply, SortOrder, SortTarget};
use super::sort::go_sort;
use super::store::{Store, Write};
use super::{Error, KeyIndex, Release};
use crate::kv::KeyValue;

impl Store {
    /// Answers a read; changes nothing.
    pub fn range(&self, range: &Range) -> Result<RangeReply, Error> {
        self.check_revision(range.revision)?;
        Ok(self.read(range, self.revision))
    }

    /// Answers a read inside a txn, which sees what the txn wrote before; the caller has checked.
    pub(super) fn range_inside(&self, range: &Range, write: &Write) -> RangeReply {
        self.read(range, self.revision_inside(write))
    }

    /// Whether history can be read at `revision`; 0 or less means now and is always fine.
    pub(super) fn check_revision(&self, revision: i64) -> Result<(), Error> {
        if revision > self.revision {
            return Err(Error::FutureRevision);
        }
        if revision > 0 && revision < self.compact_revision {
            return Err(Error::Compacted);
        }
        Ok(())
    }

    /// The keys of a range that exist now, in order.
    pub(super) fn live_in<'a>(&'a self, keys: &'a KeyRange) -> impl Iterator<Item = &'a [u8]> {
        self.indexes_in(keys)
            .filter(|index| index.is_alive())
            .map(|index| index.key.as_slice())
    }

    fn indexes_in<'a>(&'a self, keys: &'a KeyRange) -> impl Iterator<Item = &'a KeyIndex> {
        // An ordered map panics on bounds that are the wrong way round.
        (!keys.is_void())
            .then(|| self.index.range::<[u8], _>(keys.bounds()))
            .into_iter()
            .flatten()
            .map(|(_, index)| index)
    }

    /// The value that a reader at `revision` sees, copied.
    pub(super) fn value_at(&self, index: &KeyIndex, revision: i64) -> Option<&KeyValue> {
        let found = index.get(revision)?;
        Some(&self.records.get(&found.modified)?.kv)
    }

    fn read(&self, range: &Range, current: i64) -> RangeReply {
        let at = match range.revision {
            ..=0 => current,
            revision => revision,
        };
        let filtered = range.create_revisions != (0, 0) || range.mod_revisions != (0, 0);
        let limit = usize::try_from(range.limit).unwrap_or(0);
        // etcd reads one more than the limit in key order, unless it was told to sort: a sort
        // target without an order sorts only what was read that way.
        let most = match limit {
            0 => usize::MAX,
            _ if range.order != SortOrder::None || filtered => usize::MAX,
            limit => limit.saturating_add(1),
        };
        let mut count = 0;
        let mut found: Vec<&KeyValue> = Vec::new();
        for index in self.indexes_in(&range.keys) {
            let Some(kv) = self.value_at(index, at) else {
                continue;
            };
            count += 1;
            if !range.count_only && found.len() < most {
                found.push(kv);
            }
        }
        found.retain(|kv| {
            within(kv.create_revision, range.create_revisions)
                && within(kv.mod_revision, range.mod_revisions)
        });
        sort(&mut found, range.order, range.target, self.release);
        let more = limit > 0 && found.len() > limit;
        if more {
            found.truncate(limit);
        }
        let kvs = found.into_iter().map(|kv| match range.keys_only {
            true => KeyValue {
                value: Vec::new(),
                key: kv.key.clone(),
                ..*kv
            },
            false => kv.clone(),
        });
        RangeReply {
            revision: current,
            kvs: kvs.collect(),
            more,
            count,
        }
    }
}

fn within(revision: i64, (lowest, highest): (i64, i64)) -> bool {
    (lowest == 0 || revision >= lowest) && (highest == 0 || revision <= highest)
}

/// Sorts as asked. Ties keep the order of the keys in both directions, as they do in etcd up to
/// twelve keys; releases built with an older Go shuffle them.
fn sort(found: &mut [&KeyValue], order: SortOrder, target: SortTarget, release: Release) {
    let by = |a: &KeyValue, b: &KeyValue| match target {
        SortTarget::Key => a.key.cmp(&b.key),
        SortTarget::Version => a.version.cmp(&b.version),
        SortTarget::Create => a.create_revision.cmp(&b.create_revision),
        SortTarget::Mod => a.mod_revision.cmp(&b.mod_revision),
        SortTarget::Value => a.value.cmp(&b.value),
    };
    match (order, target) {
        (SortOrder::None | SortOrder::Ascend, SortTarget::Key) => {}
        (SortOrder::Descend, _) if release.sorts_unstably() => {
            go_sort(found, |a, b| Ordering::reverse(by(a, b)));
        }
        (_, _) if release.sorts_unstably() => go_sort(found, |a, b| by(a, b)),
        (SortOrder::None | SortOrder::Ascend, _) => found.sort_by(|a, b| by(a, b)),
        (SortOrder::Descend, _) => found.sort_by(|a, b| Ordering::reverse(by(a, b))),
    }
}
