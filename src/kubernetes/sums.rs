//! What fills the cluster: bytes, objects and revisions by kind, by namespace and by object.
//!
//! From keys and lengths alone: no value is read.

use std::collections::HashMap;

use super::registry::RegistryKey;
use crate::history::{History, KeyHistory};

/// Sums of one group of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Objects that live.
    pub objects: u64,
    /// Puts, the living ones included.
    pub revisions: u64,
    /// Deletions.
    pub deletions: u64,
    /// Bytes of keys and values of the living objects' last revisions.
    pub live_bytes: u64,
    /// Bytes of keys and values of all rows.
    pub bytes: u64,
}

/// A resource or a namespace with its sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Name as `deployments.apps`, or of the namespace; empty for cluster-wide objects.
    pub name: String,
    /// What it holds.
    pub sum: Sum,
}

/// One key with its sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByKey<'s> {
    /// The key.
    pub key: &'s [u8],
    /// What it holds.
    pub sum: Sum,
    /// First and last revision: what it was written in between is its churn.
    pub revisions: (i64, i64),
}

#[derive(Clone, Debug)]
struct Key<'h> {
    name: &'h [u8],
    resource: u32,
    namespace: u32,
    sum: Sum,
    first: i64,
    last: i64,
}

/// The sums of a file or a simulation.
#[derive(Clone, Debug, Default)]
pub struct Sums<'h> {
    keys: Vec<Key<'h>>,
    resources: Names,
    namespaces: Names,
}

#[derive(Clone, Debug, Default)]
struct Names {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

impl<'h> Sums<'h> {
    /// Sums a history up, key by key.
    pub fn of(history: &'h History) -> Self {
        let mut sums = Self::default();
        for key in history.keys() {
            sums.push(key);
        }
        sums
    }

    fn push(&mut self, history: KeyHistory<'h>) {
        let (resource, namespace) = match RegistryKey::parse(history.key) {
            Some(key) => (self.resources.number(&key.full_resource()), key.namespace),
            None => (self.resources.number(""), ""),
        };
        let mut key = Key {
            name: history.key,
            resource,
            namespace: self.namespaces.number(namespace),
            sum: Sum::default(),
            first: 0,
            last: 0,
        };
        for change in history.changes.iter() {
            let main = change.revision().main;
            let bytes = history.key.len() as u64 + u64::from(change.value_len());
            let sum = &mut key.sum;
            sum.bytes += bytes;
            if change.is_tombstone() {
                sum.deletions += 1;
                (sum.objects, sum.live_bytes) = (0, 0);
            } else {
                sum.revisions += 1;
                (sum.objects, sum.live_bytes) = (1, bytes);
            }
            if key.first == 0 {
                key.first = main;
            }
            key.last = main;
        }
        self.keys.push(key);
    }

    /// Everything together.
    pub fn total(&self) -> Sum {
        let mut total = Sum::default();
        self.keys.iter().for_each(|key| total.add(&key.sum));
        total
    }

    /// By resource, most bytes first; what is no object of Kubernetes has no name.
    pub fn by_resource(&self) -> Vec<Named> {
        self.by(&self.resources, |key| key.resource)
    }

    /// By namespace, most bytes first.
    pub fn by_namespace(&self) -> Vec<Named> {
        self.by(&self.namespaces, |key| key.namespace)
    }

    fn by(&self, names: &Names, number: impl Fn(&Key<'_>) -> u32) -> Vec<Named> {
        let mut all: Vec<_> = names
            .names
            .iter()
            .map(|name| Named {
                name: name.to_string(),
                sum: Sum::default(),
            })
            .collect();
        for key in &self.keys {
            if let Some(named) = all.get_mut(number(key) as usize) {
                named.sum.add(&key.sum);
            }
        }
        all.sort_by(|a, b| b.sum.bytes.cmp(&a.sum.bytes).then(a.name.cmp(&b.name)));
        all
    }

    /// The keys that are written most often, most rows first.
    pub fn churn(&self, count: usize) -> Vec<ByKey<'h>> {
        self.top(count, |key| key.sum.revisions + key.sum.deletions)
    }

    /// The keys with the largest last value.
    pub fn largest(&self, count: usize) -> Vec<ByKey<'h>> {
        self.top(count, |key| key.sum.live_bytes)
    }

    /// The keys whose rows take the most bytes together.
    pub fn heaviest(&self, count: usize) -> Vec<ByKey<'h>> {
        self.top(count, |key| key.sum.bytes)
    }

    fn top(&self, count: usize, by: impl Fn(&Key<'_>) -> u64) -> Vec<ByKey<'h>> {
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_by(|a, b| by(b).cmp(&by(a)).then(a.name.cmp(b.name)));
        let top = keys.into_iter().take(count);
        top.map(|key| ByKey {
            key: key.name,
            sum: key.sum,
            revisions: (key.first, key.last),
        })
        .collect()
    }
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.revisions += other.revisions;
        self.deletions += other.deletions;
        self.live_bytes += other.live_bytes;
        self.bytes += other.bytes;
    }
}
