//! The lives of a key.
//!
//! ```text
//! changes      2   4   6   8t      10  12  14t      16
//! generations  {2  4   6   8t}     {10 12  14t}     {16}
//! ```
//!
//! A generation is a run of changes that share `create_revision`, closed by a tombstone
//! (etcd's `server/storage/mvcc/key_index.go`). What compaction took from its front can still be
//! told from what is left: the first survivor carries the create revision and the version.

use super::{Change, ChangeKind};

/// One life of a key, from its creation to its tombstone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation<'a> {
    /// 1 for the first one that is known.
    pub number: u32,
    /// Revision of its first put; unknown where only the tombstone is left.
    pub create_revision: Option<i64>,
    /// Its changes that are known, oldest first; never empty.
    pub changes: &'a [Change],
}

impl Generation<'_> {
    /// Revision of the tombstone that ended it; none while the key lives.
    pub fn ended(&self) -> Option<i64> {
        self.changes
            .last()
            .filter(|change| change.kind == ChangeKind::Tombstone)
            .map(|change| change.revision().main)
    }
}

/// Cuts a key's changes into its generations.
pub fn generations(changes: &[Change]) -> impl Iterator<Item = Generation<'_>> {
    let mut rest = changes;
    let mut number = 0;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let len = length(first, rest);
        let (changes, left) = rest.split_at_checked(len.max(1))?;
        rest = left;
        number += 1;
        Some(Generation {
            number,
            create_revision: (first.kind != ChangeKind::Tombstone).then_some(first.create_revision),
            changes,
        })
    })
}

/// How many changes the first generation has. One look at each: it ends with its tombstone, or
/// before a put of another life, where its tombstone was compacted away.
fn length(first: &Change, changes: &[Change]) -> usize {
    let is_put = |change: &Change| change.kind != ChangeKind::Tombstone;
    for (index, change) in changes.iter().enumerate() {
        if !is_put(change) {
            return index + 1;
        }
        if is_put(first) && change.create_revision != first.create_revision {
            return index;
        }
    }
    changes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::LeaseId;

    /// `4/2` is a put at 4 of the life created at 2; `8t` a tombstone.
    fn parse(text: &str) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for word in text.split_whitespace() {
            let (main, create) = match (word.strip_suffix('t'), word.split_once('/')) {
                (Some(main), _) => (main.parse().unwrap(), 0),
                (_, Some((main, create))) => (main.parse().unwrap(), create.parse().unwrap()),
                _ => (word.parse().unwrap(), word.parse().unwrap()),
            };
            let kind = match create {
                0 => ChangeKind::Tombstone,
                _ if create == main => ChangeKind::Create,
                _ => ChangeKind::Modify,
            };
            let version = match kind {
                ChangeKind::Tombstone => 0,
                _ => (main - create) / 2 + 1,
            };
            changes.push(Change {
                main,
                sub: 0,
                create_revision: create,
                version,
                lease: LeaseId::NONE,
                value_len: 0,
                kind,
                compacted: false,
            });
        }
        changes
    }

    fn check(text: &str, expected: &str) {
        let changes = parse(text);
        let got: Vec<_> = generations(&changes)
            .map(|generation| {
                let revs: Vec<_> = generation
                    .changes
                    .iter()
                    .map(|c| c.revision().main.to_string())
                    .collect();
                let end = if generation.ended().is_some() {
                    "t"
                } else {
                    ""
                };
                format!("{{{}{end}}}", revs.join(" "))
            })
            .collect();
        assert_eq!(got.concat(), expected, "{text}");
    }

    #[test]
    fn cuts_at_tombstones_and_create_revisions() {
        check("", "");
        check("2 4/2 6/2 8t 10 12/10 14t 16", "{2 4 6 8t}{10 12 14t}{16}");
        check("6/2 8t 10", "{6 8t}{10}");
        check("8t 10", "{8t}{10}");
        check("8t", "{8t}");
        // The tombstone at 8 was compacted away after 6 had been seen: still two lives.
        check("6/2 10 12/10", "{6}{10 12}");
    }
}
