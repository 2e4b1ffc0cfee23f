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

/// Cuts a key's changes into its generations, from the one on that begins at position `start`
/// and has `number` others before it.
pub(super) fn generations_from(
    changes: Changes<'_>,
    start: usize,
    mut number: u32,
) -> impl Iterator<Item = Generation<'_>> {
    let mut rest = changes.slice(start..changes.len());
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let len = length(first, rest).max(1);
        let changes = rest.slice(0..len);
        rest = rest.slice(len..rest.len());
        number = number.saturating_add(1);
        Some(Generation {
            number,
            create_revision: (!first.is_tombstone()).then(|| first.create_revision()),
            changes,
        })
    })
}

/// Position of the first change of the generation that the change at `at` belongs to.
pub(super) fn start_of(changes: Changes<'_>, at: usize) -> usize {
    let Some(change) = changes.get(at) else {
        return changes.len();
    };
    let put = if change.is_tombstone() {
        let before = at.checked_sub(1).and_then(|before| changes.get(before));
        before.filter(|before| !before.is_tombstone())
    } else {
        Some(change)
    };
    match put {
        Some(put) => {
            let create = put.create_revision();
            let start = changes.partition_point(|change| change.main() < create);
            start.min(at)
        }
        None => at,
    }
}

/// How many generations begin from position `from` on and before position `end`.
pub(super) fn starts_between(changes: Changes<'_>, from: usize, end: usize) -> u32 {
    let mut count: u32 = 0;
    let mut previous = from.checked_sub(1).and_then(|before| changes.get(before));
    for change in changes.slice(from..end).iter() {
        let goes_on = previous.is_some_and(|previous| {
            let same = previous.create_revision() == change.create_revision();
            !previous.is_tombstone() && (change.is_tombstone() || same)
        });
        count = count.saturating_add(u32::from(!goes_on));
        previous = Some(change);
    }
    count
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
    use super::Generation;
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
    fn starts_at_the_generation_of_any_change() {
        for text in [
            "",
            "2",
            "8t",
            "2 4/2 6/2 8t 10 12/10 14t 16",
            "6/2 8t 10",
            "8t 10",
            "6/2 10 12/10",
            "6/2 8t 9t 10 11t",
        ] {
            let history = parse(text);
            for key in history.keys() {
                let all: Vec<_> = key.generations().collect();
                assert_eq!(key.generation_count(), all.len() as u32, "{text}");
                for most in 0..=all.len() + 1 {
                    let last: Vec<_> = key.last_generations(most).map(|g| g.number).collect();
                    let skipped = all.len().saturating_sub(most);
                    let expected: Vec<_> = all.iter().skip(skipped).map(|g| g.number).collect();
                    assert_eq!(last, expected, "the last {most} of {text}");
                }
                let mut at = 0;
                for (index, expected) in all.iter().enumerate() {
                    for _ in 0..expected.changes.len() {
                        let rest: Vec<_> = key.generations_from(at).collect();
                        assert_eq!(rest.len(), all.len() - index, "{text} from {at}");
                        let first = rest.first().unwrap();
                        let parts = |generation: &Generation<'_>| {
                            (generation.number, generation.changes.len())
                        };
                        assert_eq!(parts(first), parts(expected), "{text} from {at}");
                        at += 1;
                    }
                }
                assert_eq!(key.generations_from(at).count(), 0, "{text}");
            }
        }
    }

    /// Lives of one to four changes, some without their tombstone, of two keys in turn: far more
    /// than are listed without counts, and some that were added since.
    #[test]
    fn lives_are_counted_without_walking_all() {
        let mut history = History::new();
        let (mut main, mut life) = (1, 0);
        while main < 12_000 {
            let (create, puts) = (main + 1, life % 4);
            for version in 1..=puts + 1 {
                main += 1;
                let tombstone = version > puts && life % 3 != 0;
                history.push(&RecordRef {
                    bucket_key: BucketKey {
                        revision: Revision::new(main, 0),
                        tombstone,
                    },
                    key: if life / 700 % 2 == 0 { b"a" } else { b"b" },
                    value: b"",
                    create_revision: if tombstone { 0 } else { create },
                    mod_revision: main,
                    version: if tombstone { 0 } else { version },
                    lease: LeaseId::NONE,
                });
            }
            life += 1;
            if main > 11_000 {
                history.settle();
            }
        }
        for key in history.keys() {
            let mut at = 0;
            for (number, generation) in (1..).zip(key.generations()) {
                let found = key.generations_from(at).next().unwrap();
                assert_eq!(
                    (found.number, found.changes.len()),
                    (number, generation.changes.len())
                );
                at += generation.changes.len();
                assert_eq!(key.lives_before(at), number);
            }
            assert_eq!((at, at > 3_000), (key.changes.len(), true));
        }
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
