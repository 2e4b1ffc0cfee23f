//! The worked examples of the storage reference, for every compact revision, old and new rules.

use revscope::mvcc::{DeleteRange, KeyRange, Op, Put, Range, Release, Store};

/// The release before and the one after the rule for tombstones changed.
const OLD: Release = Release::new(3, 5, 15);
const NEW: Release = Release::new(3, 5, 16);

/// Plays a history of one key such as `p2 p4 t8`: changes at the named revisions, filled up with
/// writes to another key, until the store is at `last`.
fn play(release: Release, history: &str, last: i64) -> Store {
    let mut store = Store::new(release, 2);
    let mut changes = history.split_whitespace().peekable();
    for revision in 2..=last {
        let here = changes.next_if(|change| change[1..] == revision.to_string());
        let op = match here {
            Some(change) if change.starts_with('t') => Op::DeleteRange(DeleteRange {
                keys: KeyRange::one("k"),
                prev_kv: false,
            }),
            Some(_) => put("k", &format!("v{revision}")),
            None => put("filler", "x"),
        };
        assert_eq!(store.apply(op).unwrap().revision, revision);
    }
    assert_eq!(changes.next(), None);
    store
}

fn put(key: &str, value: &str) -> Op {
    Op::Put(Put {
        key: key.into(),
        value: value.into(),
        ..Put::default()
    })
}

/// The rows of key `k`, such as `6 8t 10`.
fn rows(store: &Store) -> String {
    let rows = store.records().filter(|row| row.kv.key == b"k");
    let text = rows.map(|row| {
        let mark = if row.bucket_key.tombstone { "t" } else { "" };
        format!("{}{mark}", row.bucket_key.revision.main)
    });
    text.collect::<Vec<_>>().join(" ")
}

/// The generations of key `k`, such as `{8t}{10 12}`.
fn generations(store: &Store) -> String {
    let Some(index) = store.key_index(b"k") else {
        return String::new();
    };
    let last = index.generations.len() - 1;
    let mut text = String::new();
    for (position, generation) in index.generations.iter().enumerate() {
        let mains: Vec<_> = generation
            .revisions
            .iter()
            .map(|revision| revision.main.to_string())
            .collect();
        let mark = if position < last { "t" } else { "" };
        text += &format!("{{{}{mark}}}", mains.join(" "));
    }
    text
}

#[track_caller]
fn check(history: &str, last: i64, at: i64, new: &str, old: &str, index: &str) {
    for (release, expected) in [(NEW, new), (OLD, old)] {
        let mut store = play(release, history, last);
        let before: Vec<_> = (at..=last).map(|revision| read(&store, revision)).collect();
        store.apply(Op::Compact { revision: at }).unwrap();
        assert_eq!(rows(&store), expected, "{release}, compacted at {at}");
        let after: Vec<_> = (at..=last).map(|revision| read(&store, revision)).collect();
        assert_eq!(before, after, "{release}: answers at or above {at} changed");
        if release == NEW {
            assert_eq!(generations(&store), index, "compacted at {at}");
        }
    }
}

fn read(store: &Store, revision: i64) -> String {
    let mut range = Range::of(KeyRange::one("k"));
    range.revision = revision;
    format!("{:?}", store.range(&range))
}

#[test]
fn one_key_through_three_lives() {
    let check = |at, new: &str, old: &str, index: &str| {
        let history = "p2 p4 p6 t8 p10 p12 t14 p16";
        check(history, 17, at, new, old, index);
    };
    let all = "2 4 6 8t 10 12 14t 16";
    for at in [1, 2, 3] {
        check(at, all, all, "{2 4 6 8t}{10 12 14t}{16}");
    }
    for at in [4, 5] {
        let left = "4 6 8t 10 12 14t 16";
        check(at, left, left, "{4 6 8t}{10 12 14t}{16}");
    }
    for at in [6, 7] {
        let left = "6 8t 10 12 14t 16";
        check(at, left, left, "{6 8t}{10 12 14t}{16}");
    }
    check(8, "8t 10 12 14t 16", "10 12 14t 16", "{8t}{10 12 14t}{16}");
    for at in [9, 10, 11] {
        check(at, "10 12 14t 16", "10 12 14t 16", "{10 12 14t}{16}");
    }
    for at in [12, 13] {
        check(at, "12 14t 16", "12 14t 16", "{12 14t}{16}");
    }
    check(14, "14t 16", "16", "{14t}{16}");
    for at in [15, 16, 17] {
        check(at, "16", "16", "{16}");
    }
}

#[test]
fn a_key_that_is_deleted_in_the_end() {
    let check = |at, new: &str, old: &str, index: &str| {
        check("p2 p3 t4 p5 t6", 7, at, new, old, index);
    };
    check(2, "2 3 4t 5 6t", "2 3 4t 5 6t", "{2 3 4t}{5 6t}{}");
    check(3, "3 4t 5 6t", "3 4t 5 6t", "{3 4t}{5 6t}{}");
    check(4, "4t 5 6t", "5 6t", "{4t}{5 6t}{}");
    check(5, "5 6t", "5 6t", "{5 6t}{}");
    check(6, "6t", "", "{6t}{}");
    check(7, "", "", "");
}

#[test]
fn versions_and_creation_survive_a_compaction() {
    let mut store = play(OLD, "p2 p4 p6 t8 p10 p12 t14 p16", 17);
    store.apply(Op::Compact { revision: 12 }).unwrap();
    let found = store.key_index(b"k").unwrap().get(13).unwrap();
    assert_eq!(
        (found.modified.main, found.created.main, found.version),
        (12, 10, 2)
    );
    assert_eq!(read(&store, 11), "Err(Compacted)");
    assert_eq!(read(&store, 18), "Err(FutureRevision)");
}

#[test]
fn a_compact_revision_only_rises() {
    let mut store = play(OLD, "p2", 3);
    let mut check = |revision, expected: &str| {
        let got = match store.apply(Op::Compact { revision }) {
            Ok(applied) => format!("{:?}", applied.reply),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected, "compact {revision}");
    };
    let compacted = "etcdserver: mvcc: required revision has been compacted";
    check(-1, compacted);
    check(0, "Compact(0)");
    check(0, compacted);
    check(
        4,
        "etcdserver: mvcc: required revision is a future revision",
    );
    check(3, "Compact(3)");
    check(2, compacted);
    check(i64::MIN, compacted);
    check(
        i64::MAX,
        "etcdserver: mvcc: required revision is a future revision",
    );
}

#[test]
fn hashes_are_those_of_a_real_server() {
    let mut store = Store::new(NEW, 2);
    assert_eq!(store.hash_kv(0).unwrap().hash, 1_084_519_789);
    for (key, value) in [
        ("k", "v2"),
        ("pad", "x2"),
        ("k", "v4"),
        ("pad", "x4"),
        ("k", "v6"),
        ("pad", "x6"),
        ("k", ""),
        ("pad", "y"),
        ("k", "n1"),
        ("k", ""),
    ] {
        let op = match value {
            "" => Op::DeleteRange(DeleteRange {
                keys: KeyRange::one(key),
                prev_kv: false,
            }),
            value => put(key, value),
        };
        store.apply(op).unwrap();
    }
    let hash = |store: &Store, revision| {
        let hashed = store.hash_kv(revision).unwrap();
        (hashed.hash, hashed.compact_revision)
    };
    assert_eq!(hash(&store, 11), (1_990_274_507, -1));
    assert_eq!(hash(&store, 5), (866_355_939, -1));
    assert_eq!(hash(&store, 8), (2_148_437_383, -1));
    store.apply(Op::Compact { revision: 8 }).unwrap();
    assert_eq!(hash(&store, 11), (4_294_804_546, 8));
    // The hash that the compaction itself took is answered, until a restart forgets it.
    assert_eq!(hash(&store, 8), (2_148_437_383, -1));
    store.restart();
    assert_eq!(hash(&store, 8), (656_357_908, 8));
    assert!(store.hash_kv(7).is_err());
    assert!(store.hash_kv(12).is_err());
}
