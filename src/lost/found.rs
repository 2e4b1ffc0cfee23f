//! Fossils summed up: by Kubernetes resource or by the first part of the key, and by key.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::etcd::{Confidence, Fossil, FossilWhy};
use crate::history::History;
use crate::kubernetes::RegistryKey;
use crate::kv::{BucketKey, RecordRef, Revision};

/// What the store has of a key today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Today {
    /// A value: the fossils are older ones.
    Lives,
    /// Its deletion, or rows from before it, but no value.
    Deleted,
    /// Nothing: the key is known from fossils alone.
    Gone,
}

impl Today {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Lives, Self::Deleted, Self::Gone];

    /// As a settled history of the store has it.
    pub fn of(store: &History, key: &[u8]) -> Self {
        match store.find(key) {
            None => Self::Gone,
            Some(key) if key.at(store.head()).is_some() => Self::Lives,
            Some(_) => Self::Deleted,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lives => "lives",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }
}

/// Fossils together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many, deletions included.
    pub rows: u64,
    /// How many of them are deletions.
    pub tombstones: u64,
    /// Bytes of their keys and values, each row once however many copies there are.
    pub bytes: u64,
    /// Oldest revision.
    pub oldest: Revision,
    /// Newest revision.
    pub newest: Revision,
    why: [u64; FossilWhy::ALL.len()],
    confidence: [u64; Confidence::ALL.len()],
}

impl Tally {
    /// How many lie where they do for this reason.
    pub fn why(&self, why: FossilWhy) -> u64 {
        self.why.get(why as usize).copied().unwrap_or_default()
    }

    /// How many are so sure.
    pub fn confidence(&self, confidence: Confidence) -> u64 {
        let count = self.confidence.get(confidence as usize);
        count.copied().unwrap_or_default()
    }

    fn add(&mut self, fossil: &Fossil, record: &RecordRef<'_>) {
        let BucketKey {
            revision,
            tombstone,
        } = record.bucket_key;
        if self.rows == 0 {
            (self.oldest, self.newest) = (revision, revision);
        }
        self.oldest = self.oldest.min(revision);
        self.newest = self.newest.max(revision);
        self.rows += 1;
        self.tombstones += u64::from(tombstone);
        self.bytes += (record.key.len() + record.value.len()) as u64;
        if let Some(count) = self.why.get_mut(fossil.why() as usize) {
            *count += 1;
        }
        if let Some(count) = self.confidence.get_mut(fossil.confidence() as usize) {
            *count += 1;
        }
    }
}

/// What the keys of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// A resource of Kubernetes, as `deployments.apps`.
    Resource,
    /// The first part of the key, up to and with a `/`.
    Prefix,
    /// Nothing but that there is no such part.
    Plain,
}

/// Fossils of one resource or with one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is by.
    pub kind: GroupKind,
    /// The resource or the prefix; empty for keys without one.
    pub name: Vec<u8>,
    /// Its fossils.
    pub tally: Tally,
    today: [u64; Today::ALL.len()],
    keys: Range<usize>,
}

impl Group {
    /// How many of its keys are so today.
    pub fn keys(&self, today: Today) -> u64 {
        self.today.get(today as usize).copied().unwrap_or_default()
    }
}

/// The fossil to restore a key from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Best {
    /// Which one.
    pub row: BucketKey,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Best {
    /// The newest one that an element of a page names; where there is none, the newest one that
    /// was found by its looks, which could be anything.
    fn is_better(&self, than: &Self) -> bool {
        let rank = |best: &Self| (best.confidence > Confidence::Low, best.row.revision);
        rank(self) > rank(than)
    }
}

/// One key of which there are fossils.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostKey {
    /// The key.
    pub key: Rc<[u8]>,
    /// Its fossils.
    pub tally: Tally,
    /// What the store has of it.
    pub today: Today,
    /// The fossil with the value to restore; none where only deletions were found.
    pub best: Option<Best>,
    group: usize,
}

/// The fossils of a file by group and key. A key takes about 250 bytes; values are not kept.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    groups: Vec<Group>,
    by_name: HashMap<(GroupKind, Vec<u8>), usize>,
    keys: Vec<LostKey>,
    by_key: HashMap<Rc<[u8]>, usize>,
}

impl Lost {
    /// No fossil.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next fossil with its bytes; `today` is asked for once a key.
    pub fn push(
        &mut self,
        fossil: &Fossil,
        record: &RecordRef<'_>,
        today: impl FnOnce(&[u8]) -> Today,
    ) {
        let number = match self.by_key.get(record.key) {
            Some(number) => *number,
            None => self.add(record.key, today(record.key)),
        };
        let Some(key) = self.keys.get_mut(number) else {
            return;
        };
        key.tally.add(fossil, record);
        if !record.bucket_key.tombstone {
            let best = Best {
                row: record.bucket_key,
                confidence: fossil.confidence(),
            };
            if key.best.is_none_or(|before| best.is_better(&before)) {
                key.best = Some(best);
            }
        }
        if let Some(group) = self.groups.get_mut(key.group) {
            group.tally.add(fossil, record);
        }
    }

    fn add(&mut self, key: &[u8], today: Today) -> usize {
        let (kind, name) = group_of(key);
        let next = self.groups.len();
        let group = *self.by_name.entry((kind, name.clone())).or_insert(next);
        if group == next {
            self.groups.push(Group {
                kind,
                name,
                tally: Tally::default(),
                today: [0; Today::ALL.len()],
                keys: 0..0,
            });
        }
        let counts = self.groups.get_mut(group).map(|group| &mut group.today);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(today as usize)) {
            *count += 1;
        }
        let number = self.keys.len();
        let key: Rc<[u8]> = key.into();
        self.by_key.insert(Rc::clone(&key), number);
        self.keys.push(LostKey {
            key,
            tally: Tally::default(),
            today,
            best: None,
            group,
        });
        number
    }

    /// Puts groups and keys in order. To be called after a batch of fossils, before they are
    /// asked for.
    pub fn settle(&mut self) {
        let mut order: Vec<_> = std::mem::take(&mut self.groups)
            .into_iter()
            .enumerate()
            .collect();
        order.sort_by(|(_, a), (_, b)| {
            let by_name = || (a.kind, &a.name).cmp(&(b.kind, &b.name));
            b.tally.bytes.cmp(&a.tally.bytes).then_with(by_name)
        });
        let mut place = vec![0; order.len()];
        for (new, (old, group)) in order.into_iter().enumerate() {
            if let Some(place) = place.get_mut(old) {
                *place = new;
            }
            self.by_name.insert((group.kind, group.name.clone()), new);
            self.groups.push(group);
        }
        for key in &mut self.keys {
            key.group = place.get(key.group).copied().unwrap_or_default();
        }
        self.keys
            .sort_by(|a, b| (a.group, &a.key).cmp(&(b.group, &b.key)));
        for (number, key) in self.keys.iter().enumerate() {
            if let Some(at) = self.by_key.get_mut(&key.key) {
                *at = number;
            }
        }
        let mut start = 0;
        for same in self.keys.chunk_by(|a, b| a.group == b.group) {
            let end = start + same.len();
            let group = same.first().and_then(|key| self.groups.get_mut(key.group));
            if let Some(group) = group {
                group.keys = start..end;
            }
            start = end;
        }
    }

    /// The groups, most bytes first, as of the last [`Lost::settle`].
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The keys of a group, by its place in [`Lost::groups`], in the order of their bytes.
    pub fn keys(&self, group: usize) -> &[LostKey] {
        let group = self.groups.get(group);
        let keys = group.and_then(|group| self.keys.get(group.keys.clone()));
        keys.unwrap_or_default()
    }

    /// One key.
    pub fn find(&self, key: &[u8]) -> Option<&LostKey> {
        self.keys.get(*self.by_key.get(key)?)
    }
}

/// The group that a key belongs to.
fn group_of(key: &[u8]) -> (GroupKind, Vec<u8>) {
    if let Some(parsed) = RegistryKey::parse(key) {
        return (GroupKind::Resource, parsed.full_resource().into_bytes());
    }
    // A slash in front begins the part, it does not end it.
    let from = usize::from(key.starts_with(b"/"));
    let slash = key.iter().skip(from).position(|byte| *byte == b'/');
    match slash.and_then(|at| key.get(..=at + from)) {
        Some(prefix) => (GroupKind::Prefix, prefix.to_vec()),
        None => (GroupKind::Plain, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_grouped_by_what_they_begin_with() {
        let check = |key: &str, kind: GroupKind, name: &str| {
            assert_eq!(group_of(key.as_bytes()), (kind, name.into()), "{key}");
        };
        use GroupKind::{Plain, Prefix, Resource};
        check("/registry/deployments/a/b", Resource, "deployments.apps");
        check("/registry/pods/a/b", Resource, "pods");
        check("/registry/health", Prefix, "/registry/");
        check("/app/config/x", Prefix, "/app/");
        check("app/x", Prefix, "app/");
        check("/app", Plain, "");
        check("foo1", Plain, "");
        check("", Plain, "");
        check("/", Plain, "");
        check("//", Prefix, "//");
    }
}
