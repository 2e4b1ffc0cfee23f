//! Compaction and defrag tried on files, against what real etcd left of them.

use std::rc::Rc;

use proptest::prelude::*;
use revscope::bbolt::Order;
use revscope::bbolt::write::{Defrag, Growth, Options, Value};
use revscope::bytes::ReadAt;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::history::History;
use revscope::kv::Revision;
use revscope::what_if::{Line, TombstoneRule, Trial, TrialError, words};

use crate::support::data;

pub fn open(bytes: Vec<u8>) -> (EtcdFile, History) {
    let file = EtcdFile::open(Rc::new(bytes)).unwrap();
    let mut history = History::new();
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(page) = scan.next() {
        for record in page.unwrap().records() {
            history.push(&record.unwrap());
        }
    }
    history.settle();
    history.set_compact_revision(file.info().compact_revision());
    (file, history)
}

fn unpacked(name: &str) -> (EtcdFile, History) {
    open(data::unpack(name))
}

fn run(mut trial: Trial, history: &History) -> Trial {
    let mut before = trial.progress().0;
    while trial.step(history) {
        let (done, total) = trial.progress();
        assert!(before <= done && done <= total, "{before} {done} {total}");
        before = done;
    }
    trial
}

fn tried(name: &str, at: i64) -> (Trial, History) {
    let (file, history) = unpacked(name);
    let trial = Trial::new(&file, &history, at).unwrap();
    (run(trial, &history), history)
}

fn revisions(history: &History) -> Vec<Revision> {
    let rows = history.rows_from(0, u64::MAX);
    rows.map(|(_, change)| change.revision()).collect()
}

/// The rows that would stay are those that etcd left.
#[test]
fn what_stays_is_what_etcd_left() {
    let mut pairs = vec![
        (
            "talk/talk-before-compact.db".to_owned(),
            "talk/talk-after-compact.db".to_owned(),
        ),
        (
            "talk/3.4.23/talk-before-compact.db".to_owned(),
            "talk/3.4.23/talk-after-compact.db".to_owned(),
        ),
        (
            "talk/3.6.13/talk-before-compact.db".to_owned(),
            "talk/3.6.13/talk-after-compact.db".to_owned(),
        ),
    ];
    for name in ["w3423", "w351", "w3613"] {
        pairs.push((
            format!("workload/{name}/before-compaction.db"),
            format!("workload/{name}/after-compaction.db"),
        ));
    }
    for name in ["3.4.23", "3.5.1"] {
        let folder = format!("scenarios/{name}/wide-prefix-delete");
        pairs.push((
            format!("{folder}/db.db"),
            format!("{folder}/db-compacted.db"),
        ));
    }
    for (before, after) in pairs {
        let (_, left) = unpacked(&after);
        let at = left.compact_revision();
        let (trial, history) = tried(&before, at);
        let outcome = trial.outcome();
        let gone: Vec<Revision> = trial
            .rows_that_go(&history)
            .map(|(_, change)| change.revision())
            .collect();
        assert_eq!(gone.len() as u64, outcome.removed.rows, "{before}");
        let mut stays = revisions(&history);
        stays.retain(|revision| gone.binary_search(revision).is_err());
        assert_eq!(stays, revisions(&left), "{before}");
        assert_eq!(stays.len() as u64, outcome.kept_rows, "{before}");
        let keys = |history: &History| history.key_count();
        assert_eq!(
            outcome.removed.keys,
            keys(&history) - keys(&left),
            "{before}"
        );
        let bytes: u64 = outcome.prefixes.iter().map(|loss| loss.bytes).sum();
        assert_eq!(bytes, outcome.removed.bytes, "{before}");
    }
}

/// The counts for a dragged line are those of trials at each of its places.
#[test]
fn the_line_tells_what_trials_tell() {
    for name in [
        "workload/w351/final.db",
        "workload/w3613/final.db",
        "talk/talk-final.db",
    ] {
        let (file, history) = unpacked(name);
        let line = Line::new(&history, TombstoneRule::of(&file, &history));
        let low = history.compact_revision().max(0);
        let step = usize::try_from((history.head() - low) / 40).unwrap().max(1);
        for at in (low + 1..=history.head())
            .step_by(step)
            .chain([history.head()])
        {
            let mut trial = Trial::new(&file, &history, at).unwrap();
            while trial.outcome().prefixes.is_empty() && trial.step(&history) {}
            assert_eq!(line.removed(at), trial.outcome().removed, "{name} at {at}");
            assert_eq!(
                line.kept_rows(at),
                trial.outcome().kept_rows,
                "{name} at {at}"
            );
        }
        assert_eq!(line.removed(i64::MIN).rows, 0);
        assert_eq!(line.removed(i64::MAX), line.removed(history.head() + 1));
    }
}

#[test]
fn sizes_are_those_of_the_real_defrag() {
    let pairs = [
        ("workload/w3423/final.db", "workload/w3423/final-defrag.db"),
        ("workload/w351/final.db", "workload/w351/final-defrag.db"),
        ("workload/w3613/final.db", "workload/w3613/final-defrag.db"),
    ];
    for (name, real) in pairs {
        let (file, history) = unpacked(name);
        let trial = run(Trial::defrag(&file, &history), &history);
        let sizes = trial.outcome().sizes.unwrap();
        assert_eq!(sizes.defragged, data::unpack(real).len() as u64, "{name}");
        assert_eq!(sizes.compacted, sizes.defragged);
        assert_eq!((sizes.freed, sizes.loose), (0, 0));
        assert_eq!(trial.outcome().removed.rows, 0);
    }
}

/// What etcd 3.5.1 made of a file by `compact` and `defrag`: the same rows, and as many bytes.
#[test]
fn a_compaction_and_a_defrag_are_those_of_a_real_etcd() {
    let after = data::unpack("defrag/after.db");
    let (trial, history) = tried("defrag/before-snapshot.db", 243);
    let sizes = trial.outcome().sizes.unwrap();
    assert_eq!(sizes.compacted, after.len() as u64);
    assert!(sizes.compacted < sizes.defragged);
    let (_, left) = open(after);
    let mut stays = revisions(&history);
    for (_, change) in trial.rows_that_go(&history) {
        stays.remove(stays.binary_search(&change.revision()).unwrap());
    }
    assert_eq!(stays, revisions(&left));
    assert_eq!(left.compact_revision(), 243);
}

/// A tombstone right at the revision goes or stays by release; a file that kept one tells.
#[test]
fn the_edge_is_that_of_the_release() {
    for release in ["3.4.23", "3.5.1", "3.5.30", "3.6.13"] {
        let folder = format!("scenarios/{release}/compact-at-tombstone");
        let (file, history) = unpacked(&format!("{folder}/db.db"));
        let rule = TombstoneRule::of(&file, &history);
        let keeps = matches!(release, "3.5.30" | "3.6.13");
        assert_eq!((rule.keeps, rule.is_known), (keeps, keeps), "{release}");
    }
    let (trial, _) = tried("talk/talk-before-compact.db", 7);
    assert_eq!(
        (trial.outcome().tombstones_at, trial.outcome().removed.rows),
        (1, 2)
    );
    let (trial, _) = tried("talk/3.6.13/talk-before-compact.db", 7);
    assert_eq!(
        (trial.outcome().tombstones_at, trial.outcome().removed.rows),
        (1, 1)
    );
}

#[test]
fn what_etcd_refuses_is_refused_in_its_words() {
    let (file, history) = unpacked("talk/talk-after-compact.db");
    let check = |at, expected: Option<TrialError>| {
        assert_eq!(Trial::new(&file, &history, at).err(), expected, "{at}");
    };
    check(i64::MIN, Some(TrialError::Compacted));
    check(8, Some(TrialError::Compacted));
    check(9, Some(TrialError::FutureRevision));
    assert_eq!(
        TrialError::Compacted.to_string(),
        "mvcc: required revision has been compacted"
    );
    // Once, before any compaction, 0 is taken.
    let (trial, _) = tried("talk/talk-before-compact.db", 0);
    assert_eq!(trial.outcome().removed.rows, 0);
}

#[test]
fn the_outcome_is_told_in_words() {
    let (trial, _) = tried("talk/talk-before-compact.db", 8);
    assert_eq!(
        words(trial.outcome()),
        [
            "A compaction at 8 would take 2 rows of 59 bytes and keep 5; of 0 keys nothing would be left.",
            "Reads with --rev below 8 would fail: 7 revisions that can be read now. A read at 8 itself still works.",
            "Watches that start below 8 would be cancelled; one that starts at 8 goes on.",
            "The file has 20480 bytes, and the compaction leaves it so long: it frees 0 bytes of whole pages inside of it at least, and 91 bytes within pages that stay. A defrag alone would make it 20480 bytes, after the compaction 20480.",
        ]
    );
}

/// A file that cannot be read to its end has counts, and says why it has no sizes.
#[test]
fn a_broken_page_leaves_the_counts() {
    let file = EtcdFile::open(Rc::new(data::unpack("snapshots/leaf-elem-vsize.db"))).unwrap();
    let mut history = History::new();
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(page) = scan.next() {
        for record in page.iter().flat_map(|page| page.records()).flatten() {
            history.push(&record);
        }
    }
    history.settle();
    let at = history.head();
    let trial = run(Trial::new(&file, &history, at).unwrap(), &history);
    assert!(trial.outcome().removed.rows > 0);
    let why = trial.outcome().trouble.as_ref().unwrap().to_string();
    assert!(
        why.starts_with("the sizes cannot be computed: page "),
        "{why}"
    );
}

/// What is copied: a bucket's name and the lengths of its items.
fn buckets() -> impl Strategy<Value = Vec<(u8, Vec<(u8, u32)>)>> {
    let len = prop_oneof![6 => 0..60u32, 3 => 0..600u32, 1 => 0..20_000u32];
    let few = prop::collection::vec((0..40u8, len.clone()), 0..40);
    let many = prop::collection::vec((0..20u8, 0..90u32), 9_900..31_000);
    prop::collection::vec((1..60u8, prop_oneof![4 => few, 1 => many]), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Working on lengths gives the size of the file that is really written.
    #[test]
    fn a_size_is_that_of_the_written_file(
        buckets in buckets(),
        page_size in prop_oneof![Just(4096u32), Just(1024), Just(16384)],
        ahead in any::<bool>(),
    ) {
        let growth = match ahead {
            true => Growth::Ahead { initial_mapping: 0 },
            false => Growth::AsWritten,
        };
        let options = Options { page_size, growth, ..Options::default() };
        let mut written = Defrag::new(options).unwrap();
        let mut hollow = Defrag::hollow(options).unwrap();
        for (at, (name_len, items)) in buckets.iter().enumerate() {
            let name = [&[b'a' + at as u8][..], &vec![b'x'; usize::from(*name_len)]].concat();
            for defrag in [&mut written, &mut hollow] {
                defrag.bucket(&name);
            }
            for (number, (key_len, len)) in items.iter().enumerate() {
                let key = format!("{number:08}{}", "k".repeat(usize::from(*key_len)));
                written.put(key.as_bytes(), Value::Bytes(vec![7; *len as usize])).unwrap();
                hollow.put(key.as_bytes(), Value::Len(u64::from(*len))).unwrap();
            }
        }
        let (written, hollow) = (written.finish().unwrap(), hollow.finish().unwrap());
        prop_assert_eq!(written.len(), hollow.len());
        prop_assert_eq!(written.high_water_mark(), hollow.high_water_mark());
        prop_assert!(written.free_pages().eq(hollow.free_pages()));
    }
}
