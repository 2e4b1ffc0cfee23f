//! Objects as of a revision: from keys and rows alone, no value is read.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::engine::protocol::{Doc, ObjectList, ObjectRow, ObjectSearch, ObjectSort};
use crate::history::{History, KeyId};
use crate::kubernetes::RegistryKey;
use crate::kv::Revision;

/// Keys that a step looks at.
const STEP_KEYS: u64 = 20_000;

/// A list, and how far it has come.
pub(super) struct List {
    pub(super) doc: Doc,
    pub(super) search: ObjectSearch,
    words: Vec<String>,
    next: u64,
    found: Vec<Found>,
    resources: BTreeMap<String, u64>,
    namespaces: BTreeMap<String, u64>,
    is_over: bool,
}

/// An object of the list.
#[derive(Clone, Copy)]
struct Found {
    key: KeyId,
    revision: Revision,
    version: i64,
    len: u32,
}

impl List {
    pub(super) fn new(doc: Doc, search: ObjectSearch) -> Self {
        let text = search.text.to_lowercase();
        Self {
            doc,
            words: text.split_whitespace().map(str::to_owned).collect(),
            search,
            next: 0,
            found: Vec::new(),
            resources: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            is_over: false,
        }
    }

    /// Looks at the next keys; true once the list is there.
    pub(super) fn step(&mut self, history: &History) -> bool {
        if self.is_over {
            return true;
        }
        if self.is_compacted(history) {
            self.is_over = true;
            return true;
        }
        for key in history.keys_from(self.next, STEP_KEYS) {
            let Some(change) = key.changes.last().and_then(|_| key.at(self.search.at)) else {
                continue;
            };
            let Some(parsed) = RegistryKey::parse(key.key) else {
                continue;
            };
            let resource = parsed.full_resource();
            if !self.has_words(&resource, &parsed) {
                continue;
            }
            let is_of = self.search.resource.is_empty() || self.search.resource == resource;
            let wanted = self.search.namespace.as_deref();
            let is_in = wanted.is_none_or(|namespace| namespace == parsed.namespace);
            if is_of {
                *self
                    .namespaces
                    .entry(parsed.namespace.to_owned())
                    .or_default() += 1;
            }
            if is_in {
                *self.resources.entry(resource).or_default() += 1;
            }
            if is_of && is_in {
                self.found.push(Found {
                    key: key.id,
                    revision: change.revision(),
                    version: change.version(),
                    len: change.value_len(),
                });
            }
        }
        self.next = self.next.saturating_add(STEP_KEYS);
        if self.next >= history.key_count() {
            self.is_over = true;
            self.sort(history);
        }
        self.is_over
    }

    pub(super) fn progress(&self, history: &History) -> (u64, u64) {
        let total = history.key_count();
        (self.next.min(total), total)
    }

    /// What is listed, in order.
    pub(super) fn revisions(&self) -> Vec<Revision> {
        self.found.iter().map(|found| found.revision).collect()
    }

    pub(super) fn window(&self, history: &History, first: u64, count: u32) -> ObjectList {
        let skip = usize::try_from(first).unwrap_or(usize::MAX);
        let rows = self.found.iter().skip(skip).take(count as usize);
        let rows = rows.filter_map(|found| {
            let parsed = RegistryKey::parse(history.key_bytes(found.key)?)?;
            Some(ObjectRow {
                revision: found.revision,
                resource: parsed.full_resource(),
                namespace: parsed.namespace.to_owned(),
                name: parsed.name.to_owned(),
                version: found.version,
                bytes: u64::from(found.len),
            })
        });
        let counts = |counts: &BTreeMap<String, u64>| {
            counts
                .iter()
                .map(|(name, count)| (name.clone(), *count))
                .collect()
        };
        ObjectList {
            first,
            total: self.found.len() as u64,
            rows: rows.collect(),
            resources: counts(&self.resources),
            namespaces: counts(&self.namespaces),
            is_compacted: self.is_compacted(history),
        }
    }

    fn is_compacted(&self, history: &History) -> bool {
        self.search.at < history.compact_revision()
    }

    fn has_words(&self, resource: &str, key: &RegistryKey<'_>) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let kind = key.known.map_or("", |known| known.kind);
        let text = format!("{resource} {kind} {} {}", key.namespace, key.name).to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }

    fn sort(&mut self, history: &History) {
        let parsed = |found: &Found| RegistryKey::parse(history.key_bytes(found.key)?);
        let sort = self.search.sort;
        let compare = |a: &Found, b: &Found| -> Ordering {
            let by_name = || {
                let (Some(a), Some(b)) = (parsed(a), parsed(b)) else {
                    return Ordering::Equal;
                };
                match sort {
                    ObjectSort::Name => {
                        (a.name, a.resource, a.namespace).cmp(&(b.name, b.resource, b.namespace))
                    }
                    ObjectSort::Namespace => {
                        (a.namespace, a.resource, a.name).cmp(&(b.namespace, b.resource, b.name))
                    }
                    _ => (a.resource, a.group, a.namespace, a.name).cmp(&(
                        b.resource,
                        b.group,
                        b.namespace,
                        b.name,
                    )),
                }
            };
            match sort {
                ObjectSort::Revision => a.revision.cmp(&b.revision),
                ObjectSort::Version => a.version.cmp(&b.version).then_with(by_name),
                ObjectSort::Bytes => a.len.cmp(&b.len).then_with(by_name),
                _ => by_name(),
            }
        };
        self.found.sort_by(compare);
        if self.search.is_back {
            self.found.reverse();
        }
    }
}
