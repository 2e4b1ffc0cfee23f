//! A history as bytes and back: equal in every answer, and an error for whatever was not written.

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use revscope::history::kept::{KeptError, Loading, Recheck};
use revscope::history::{Change, History, KeyHistory};
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};

use super::fossils::live;
use crate::support::data;

pub fn bytes(history: &History) -> Vec<u8> {
    let mut out = Vec::new();
    history.to_kept(&mut |chunk| {
        assert!(chunk.len() < 1 << 20, "a chunk of {} bytes", chunk.len());
        out.extend_from_slice(chunk);
    });
    out
}

pub fn load(bytes: Vec<u8>) -> Result<History, KeptError> {
    let size = bytes.len() as u64;
    let mut loading = Loading::new(Rc::new(bytes));
    let mut steps = 10 + size / 16;
    loop {
        let (done, total) = loading.progress();
        assert!(done <= total && total == size && steps > 0);
        steps -= 1;
        match loading.step() {
            Ok(None) => {}
            Ok(Some(history)) => return Ok(history),
            Err(error) => {
                // It stays so.
                assert!(loading.step().is_err());
                return Err(error);
            }
        }
    }
}

/// All that two histories answer.
fn same(a: &History, b: &History) {
    assert_eq!(
        [a.head(), a.compact_revision()],
        [b.head(), b.compact_revision()]
    );
    let counts = |h: &History| {
        let rows = [h.row_count(), h.retained_rows(), h.out_of_order()];
        (rows, h.key_count())
    };
    assert_eq!(counts(a), counts(b));
    assert_eq!(a.sorted_ids(), b.sorted_ids());
    let all = u64::MAX;
    fn row<'a>(
        h: &'a History,
        (key, change): (KeyHistory<'a>, &'a Change),
    ) -> (&'a [u8], Change, LeaseId) {
        (key.key, *change, h.lease(change))
    }
    assert!(
        a.rows_from(0, all)
            .map(|one| row(a, one))
            .eq(b.rows_from(0, all).map(|one| row(b, one)))
    );
    for (a_key, b_key) in a.keys().zip(b.keys()) {
        assert_eq!((a_key.id, a_key.key), (b_key.id, b_key.key));
        assert!(a_key.changes.iter().eq(b_key.changes.iter()));
        let lives = |key: &KeyHistory<'_>| {
            let lives = key.generations();
            let lives = lives.map(|life| (life.number, life.create_revision, life.changes.len()));
            (key.generation_count(), lives.collect::<Vec<_>>())
        };
        assert_eq!(lives(&a_key), lives(&b_key));
        assert_eq!(b.find(a_key.key).map(|key| key.id), Some(a_key.id));
        assert_eq!(b.key_bytes(a_key.id), Some(a_key.key));
    }
    let revisions: Vec<_> = a.rows_from(0, all).map(|(_, row)| row.revision()).collect();
    for revision in revisions.iter().step_by(revisions.len() / 50 + 1) {
        assert_eq!(a.row_of(*revision), b.row_of(*revision));
        assert_eq!(a.live_keys(revision.main), b.live_keys(revision.main));
        let found = |h: &History| h.find_change(*revision).map(|(key, row)| (key.id, *row));
        assert_eq!(found(a), found(b));
    }
    assert_eq!(a.bytes_by_key(), b.bytes_by_key());
    let groups: Vec<_> = (0..a.key_count())
        .map(|id| (id % 3 > 0).then_some(id as u32 % 3))
        .collect();
    assert_eq!(a.grouped(&groups, 3), b.grouped(&groups, 3));
}

pub fn settled(history: &History) -> History {
    let mut history = history.clone();
    history.settle();
    history
}

fn round(history: &History) {
    let kept = bytes(history);
    let loaded = load(kept.clone()).unwrap();
    let settled = settled(history);
    same(&settled, &loaded);
    same(&settled.with_prefix(b"a"), &loaded.with_prefix(b"a"));
    // Kept again it is the same bytes.
    assert_eq!(bytes(&loaded), kept);
}

pub fn of_file(name: &str) -> History {
    let mut history = History::new();
    for record in live(&data::unpack(name)).values() {
        history.push(&record.as_ref());
    }
    history
}

const FILES: &[&str] = &[
    "k8s/final.db",
    "k8s/compacted.db",
    "workload/w3423/before-compaction.db",
    "workload/w351/after-compaction.db",
    "scenarios/3.4.23/killed-during-compaction/db.db",
    "scenarios/3.5.1/wide-prefix-delete/db.db",
    "talk/talk-final.db",
];

#[test]
fn files_come_back_equal() {
    for name in FILES {
        let mut history = of_file(name);
        history.set_compact_revision(7);
        round(&history);
        history.settle();
        round(&history);
        let kept = bytes(&history).len() as u64;
        let keys: u64 = history.keys().map(|key| key.key.len() as u64).sum();
        let bound = 200 + 20 * history.row_count() + 4 * history.key_count() + keys;
        assert!(kept < bound, "{name}: {kept} bytes, {bound} expected");
    }
    round(&History::new());
}

/// A step of a made-up past: rows as damaged files have them are among these.
#[derive(Clone, Debug)]
enum Step {
    Row {
        ahead: i64,
        sub: i64,
        key: Vec<u8>,
        tombstone: bool,
        create: i64,
        version: i64,
        value: usize,
        lease: i64,
    },
    Compact(usize),
    Head(i64),
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = prop_oneof![8 => 0..20_i64, 1 => any::<i64>()];
    let key = prop_oneof![
        8 => vec(prop_oneof![Just(b'a'), Just(b'/'), Just(0), Just(255)], 0..6),
        1 => vec(any::<u8>(), 0..300),
    ];
    let ahead = prop_oneof![20 => 0..3_i64, 1 => -5..0_i64, 1 => any::<i64>()];
    let row = (
        ahead,
        number.clone(),
        key,
        any::<bool>(),
        number.clone(),
        number.clone(),
        0..70_000_usize,
        number,
    );
    let row = row.prop_map(
        |(ahead, sub, key, tombstone, create, version, value, lease)| Step::Row {
            ahead,
            sub,
            key,
            tombstone,
            create,
            version,
            value,
            lease,
        },
    );
    let step = prop_oneof![
        30 => row,
        1 => (0..40_usize).prop_map(Step::Compact),
        1 => any::<i64>().prop_map(Step::Head),
        1 => Just(Step::Settle),
    ];
    vec(step, 0..80)
}

fn play(history: &mut History, steps: &[Step]) {
    let zeros = vec![0; 70_000];
    let mut main = 1_i64;
    for step in steps {
        match step {
            Step::Row {
                ahead,
                sub,
                key,
                tombstone,
                create,
                version,
                value,
                lease,
            } => {
                main = main.saturating_add(*ahead);
                history.push(&RecordRef {
                    bucket_key: BucketKey {
                        revision: Revision::new(main, *sub),
                        tombstone: *tombstone,
                    },
                    key,
                    value: &zeros[..*value],
                    create_revision: if *create == 3 { main } else { *create },
                    mod_revision: main,
                    version: *version,
                    lease: LeaseId(*lease),
                });
            }
            Step::Compact(rows) => {
                let all = history
                    .rows_from(0, u64::MAX)
                    .map(|(_, row)| row.revision());
                let gone: Vec<_> = all.take(*rows).step_by(2).collect();
                history.compact(main, gone);
            }
            Step::Head(head) => history.set_head(*head),
            Step::Settle => history.settle(),
        }
    }
}

#[test]
fn any_history_comes_back_equal_and_goes_on_alike() {
    let config = Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    runner
        .run(&(steps(), steps()), |(before, after)| {
            let mut history = History::new();
            play(&mut history, &before);
            round(&history);
            let mut loaded = load(bytes(&history)).unwrap();
            play(&mut history, &after);
            play(&mut loaded, &after);
            same(&settled(&history), &settled(&loaded));
            Ok(())
        })
        .unwrap();
}

/// Many blocks of each kind, and a key larger than one.
#[test]
fn large_histories_come_back_equal() {
    let mut history = History::new();
    let long = vec![b'x'; 300_000];
    for main in 2..60_000_i64 {
        let key = format!("/registry/kind/object-{}", main * 7919 % 20_000);
        let key = if main % 10_000 == 5 {
            &long[..long.len() - main as usize]
        } else {
            key.as_bytes()
        };
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(main, 0),
                tombstone: main % 7 == 0,
            },
            key,
            value: b"v",
            create_revision: if main % 7 == 0 { 0 } else { main - main % 5 },
            mod_revision: main,
            version: main % 5 + 1,
            lease: LeaseId(main % 30_000),
        });
    }
    round(&history);
}

#[test]
fn rows_are_compared_behind_its_back() {
    let rows: Vec<_> = live(&data::unpack("k8s/final.db")).into_values().collect();
    let mut history = History::new();
    rows.iter().for_each(|row| history.push(&row.as_ref()));
    let loaded = load(bytes(&history)).unwrap();
    let check = |rows: &mut dyn Iterator<Item = RecordRef<'_>>| {
        let mut recheck = Recheck::new();
        let mut each = true;
        for row in rows {
            each &= recheck.push(&loaded, &row);
        }
        assert!(each || !recheck.is_same(&loaded));
        recheck.is_same(&loaded)
    };
    assert!(check(&mut rows.iter().map(|row| row.as_ref())));
    assert!(!check(&mut rows.iter().skip(1).map(|row| row.as_ref())));
    assert!(!check(
        &mut rows.iter().take(rows.len() - 1).map(|row| row.as_ref())
    ));
    let twice = rows.iter().chain(&rows[5..6]);
    assert!(!check(&mut twice.map(|row| row.as_ref())), "out of order");
    let changes: [&dyn Fn(&mut RecordRef<'_>); 6] = [
        &|row| row.key = b"other",
        &|row| row.value = b"other",
        &|row| row.version += 1,
        &|row| row.create_revision -= 1,
        &|row| row.lease.0 += 1,
        &|row| row.bucket_key.tombstone ^= true,
    ];
    for change in changes {
        let changed = rows.iter().enumerate().map(|(at, row)| {
            let mut row = row.as_ref();
            if at == 300 {
                change(&mut row);
            }
            row
        });
        assert!(!check(&mut { changed }));
    }
}
