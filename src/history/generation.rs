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

use super::{Change, Changes};

/// One life of a key, from its creation to its tombstone.
#[derive(Clone, Copy, Debug)]
pub struct Generation<'a> {
    /// 1 for the first one that is known.
    pub number: u32,
    /// Revision of its first put; unknown where only the tombstone is left.
    pub create_revision: Option<i64>,
    /// Its changes that are known, oldest first; never empty.
    pub changes: Changes<'a>,
}

impl Generation<'_> {
    /// Revision of the tombstone that ended it; none while the key lives.
    pub fn ended(&self) -> Option<i64> {
        self.changes
            .last()
            .filter(|change| change.is_tombstone())
            .map(|change| change.revision().main)
    }
}

/// Cuts a key's changes into its generations.
pub fn generations(changes: Changes<'_>) -> impl Iterator<Item = Generation<'_>> {
    let mut rest = changes;
    let mut number = 0;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let len = length(first, rest).max(1);
        let changes = rest.slice(0..len);
        rest = rest.slice(len..rest.len());
        number += 1;
        Some(Generation {
            number,
            create_revision: (!first.is_tombstone()).then(|| first.create_revision()),
            changes,
        })
    })
}

/// How many changes the first generation has: it ends with its tombstone, or before a put of
/// another life, where its tombstone was compacted away. Found by halving, since its puts come
/// first.
fn length(first: &Change, changes: Changes<'_>) -> usize {
    if first.is_tombstone() {
        return 1;
    }
    let create = first.create_revision();
    let puts = changes
        .partition_point(|change| !change.is_tombstone() && change.create_revision() == create);
    let ends = changes.get(puts).is_some_and(Change::is_tombstone);
    puts + usize::from(ends)
}

#[cfg(test)]
mod tests {
    use crate::history::History;
    use crate::kv::{BucketKey, LeaseId, RecordRef, Revision};

    /// `4/2` is a put at 4 of the life created at 2; `8t` a tombstone.
    fn parse(text: &str) -> History {
        let mut history = History::new();
        for word in text.split_whitespace() {
            let (main, create) = match (word.strip_suffix('t'), word.split_once('/')) {
                (Some(main), _) => (main.parse().unwrap(), 0),
                (_, Some((main, create))) => (main.parse().unwrap(), create.parse().unwrap()),
                _ => (word.parse().unwrap(), word.parse().unwrap()),
            };
            let tombstone = create == 0;
            history.push(&RecordRef {
                bucket_key: BucketKey {
                    revision: Revision::new(main, 0),
                    tombstone,
                },
                key: b"k",
                value: b"",
                create_revision: create,
                mod_revision: main,
                version: if tombstone {
                    0
                } else {
                    (main - create) / 2 + 1
                },
                lease: LeaseId::NONE,
            });
        }
        history.settle();
        history
    }

    fn check(text: &str, expected: &str) {
        let history = parse(text);
        let got: Vec<_> = history
            .keys()
            .flat_map(|key| key.generations())
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
