//! Rows recovered from free pages, against the full history and against a brute-force search.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::{Db, Order, Pgid, Place};
use revscope::etcd::{
    Confidence, EtcdFile, FossilPhase, FossilProblem, FossilWalk, FossilWhy, Fossils, RecordScan,
};
use revscope::history::History;
use revscope::kv::codec::DecodeError;
use revscope::kv::proto::WireError;
use revscope::kv::{BucketKey, Record, RecordRef, Revision};
use serde_json::Value;

use crate::support::data;

mod hostile;

/// Rows by their bucket keys.
type Rows = BTreeMap<BucketKey, Record>;

pub const W3423: &str = "workload/w3423/after-compaction.db";

pub fn live(bytes: &[u8]) -> Rows {
    let mut rows = Rows::new();
    let Ok(file) = EtcdFile::open(Rc::new(bytes.to_vec())) else {
        return rows;
    };
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(next) = scan.next() {
        let Ok(page) = next else { continue };
        let records = page.records().flatten();
        rows.extend(records.map(|record| (record.bucket_key, record.to_owned())));
    }
    rows
}

pub fn search(bytes: &[u8]) -> (Db, Fossils) {
    let db = Db::open(Rc::new(bytes.to_vec())).unwrap();
    let fossils = db.fossils();
    assert_eq!(fossils.problems(), []);
    (db, fossils)
}

/// The fossils as rows; what holds for each of them in any file is checked on the way.
pub fn rows(bytes: &[u8]) -> Rows {
    let (db, fossils) = search(bytes);
    let mut rows = Rows::new();
    for (index, (fossil, row)) in fossils.rows(&db).enumerate() {
        let record = row.unwrap().decode().unwrap().to_owned();
        assert_eq!(record.bucket_key, fossil.bucket_key());
        assert_eq!(fossils.get(index as u32), Some(fossil));
        assert_eq!(fossils.find(&fossil.bucket_key()), Some(fossil));
        let pages: Vec<_> = fossil.pages().collect();
        assert_eq!(pages[0], fossil.page());
        assert!(pages.len() <= fossil.copies() as usize, "{fossil:?}");
        let low = fossil.confidence() == Confidence::Low;
        assert_eq!(low, matches!(fossil.place(), Place::Page(_)), "{fossil:?}");
        assert!(rows.insert(record.bucket_key, record).is_none());
    }
    let order: Vec<_> = fossils.iter().map(|fossil| fossil.bucket_key()).collect();
    assert!(order.is_sorted());
    let live = live(bytes);
    assert!(rows.keys().all(|key| !live.contains_key(key)));
    rows
}

/// Bucket keys that a search of every byte finds: 17 or 18 bytes that decode, and behind them
/// some bytes that decode as a value that can be theirs.
fn brute_force(bytes: &[u8]) -> BTreeSet<BucketKey> {
    let mut found = BTreeSet::new();
    for at in 0..bytes.len().saturating_sub(BucketKey::LEN) {
        if bytes[at + 8] != b'_' || bytes[at..at + 2] != [0, 0] {
            continue;
        }
        for len in [BucketKey::LEN, BucketKey::TOMBSTONE_LEN] {
            let Some(key) = bytes.get(at..at + len) else {
                continue;
            };
            let Ok(bucket_key) = BucketKey::decode(key) else {
                continue;
            };
            let Revision { main, sub } = bucket_key.revision;
            if main > 0 && sub < 1 << 32 && has_value(key, &bytes[at + len..]) {
                found.insert(bucket_key);
            }
        }
    }
    found
}

fn has_value(key: &[u8], rest: &[u8]) -> bool {
    for end in 1..=rest.len() {
        match RecordRef::decode(key, &rest[..end]) {
            Ok(record) => {
                let main = record.bucket_key.revision.main;
                let put = record.mod_revision == main
                    && (1..=main).contains(&record.create_revision)
                    && record.version >= 1;
                if !record.key.is_empty() && (record.bucket_key.tombstone || put) {
                    return true;
                }
            }
            // More bytes may help.
            Err(DecodeError::Value(WireError::Short(_))) => {}
            Err(_) => return false,
        }
    }
    false
}

/// Files that were compacted, the files that have the rows from before, and the fossils in them.
const COMPACTED: &[(&str, &[&str], usize)] = &[
    (W3423, &["workload/w3423/before-compaction.db"], 904),
    (
        "workload/w351/after-compaction.db",
        &["workload/w351/before-compaction.db"],
        3230,
    ),
    (
        "workload/w3613/after-compaction.db",
        &["workload/w3613/before-compaction.db"],
        763,
    ),
    ("workload/w3423/final.db", &[], 0),
    ("workload/w351/final-snapshot.db", &[], 0),
    (
        "talk/3.4.23/talk-after-compact.db",
        &["talk/3.4.23/talk-before-compact.db"],
        2,
    ),
    (
        "talk/3.5.30/talk-after-compact.db",
        &["talk/3.5.30/talk-before-compact.db"],
        2,
    ),
    (
        "talk/talk-after-compact.db",
        &["talk/talk-before-compact.db"],
        2,
    ),
    ("talk/talk-final.db", &["talk/talk-before-compact.db"], 2),
    (
        "scenarios/3.4.23/wide-prefix-delete/db-compacted.db",
        &["scenarios/3.4.23/wide-prefix-delete/db.db"],
        1938,
    ),
    (
        "scenarios/3.5.1/wide-prefix-delete/db-compacted.db",
        &["scenarios/3.5.1/wide-prefix-delete/db.db"],
        2574,
    ),
];

#[test]
fn every_fossil_is_a_row_of_the_full_history_and_none_is_missed() {
    for (name, before, count) in COMPACTED {
        let bytes = data::unpack(name);
        let fossils = rows(&bytes);
        assert_eq!(fossils.len(), *count, "{name}");
        let history: Rows = before
            .iter()
            .flat_map(|before| live(&data::unpack(before)))
            .collect();
        for (key, fossil) in &fossils {
            assert_eq!(Some(fossil), history.get(key), "{name}: {key:?}");
        }
        let live = live(&bytes);
        let brute = brute_force(&bytes);
        assert!(brute.len() > live.len() / 2, "{name}: the search searches");
        let missed: Vec<_> = brute
            .iter()
            .filter(|key| !live.contains_key(key) && !fossils.contains_key(key))
            .collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
    }
}

#[test]
fn a_watch_saw_every_fossil_when_it_was_written() {
    let text = data::unpack("recorded/workload/w3613/watch-full-history.jsonl");
    let mut seen = BTreeMap::new();
    for line in String::from_utf8(text).unwrap().lines() {
        let batch: Value = serde_json::from_str(line).unwrap();
        for event in batch["Events"].as_array().into_iter().flatten() {
            let kv = &event["kv"];
            let text = |name: &str| STANDARD.decode(kv[name].as_str().unwrap_or("")).unwrap();
            let number = |name: &str| kv[name].as_i64().unwrap_or(0);
            let deleted = !event["type"].is_null();
            let put = |number: i64| if deleted { 0 } else { number };
            seen.insert(
                (number("mod_revision"), text("key")),
                (
                    deleted,
                    text("value"),
                    put(number("create_revision")),
                    put(number("version")),
                ),
            );
        }
    }
    let fossils = rows(&data::unpack("workload/w3613/after-compaction.db"));
    assert_eq!(fossils.len(), 763);
    for (key, Record { kv, .. }) in fossils {
        let expected = (key.tombstone, kv.value, kv.create_revision, kv.version);
        let found = seen.get(&(key.revision.main, kv.key));
        assert_eq!(found, Some(&expected), "{key:?}");
    }
}

#[test]
fn a_server_killed_while_compacting_leaves_its_rows() {
    // Nobody read the whole history of this one: what must hold is that nothing is missed.
    let bytes = data::unpack("scenarios/3.4.23/killed-during-compaction/db.db");
    let (_, fossils) = search(&bytes);
    assert_eq!(fossils.len(), 10438);
    let live = live(&bytes);
    for key in brute_force(&bytes) {
        assert!(live.contains_key(&key) || fossils.find(&key).is_some());
    }
    let other = |why| fossils.iter().filter(|fossil| fossil.why() == why).count();
    assert_eq!(other(FossilWhy::OtherMeta), 1000, "one batch of deletions");
    assert_eq!(other(FossilWhy::NotReached), 9438);
}

#[test]
fn a_defragmented_file_has_none() {
    for name in [
        "workload/w351/final-defrag.db",
        "scenarios/3.4.23/compact-at-tombstone/db-after-defrag-and-restart.db",
    ] {
        assert!(rows(&data::unpack(name)).is_empty(), "{name}");
    }
}

#[test]
fn fossils_make_a_history_of_their_own() {
    let bytes = data::unpack("talk/talk-after-compact.db");
    let (db, fossils) = search(&bytes);
    let mut history = History::new();
    for (_, row) in fossils.rows(&db) {
        history.push(&row.unwrap().decode().unwrap());
    }
    history.settle();
    assert_eq!((history.key_count(), history.row_count()), (1, 2));
    assert_eq!(history.head(), 7);
    let first = fossils.get(0).unwrap();
    let place = Place::InlineElement(Pgid(3), 5, 0);
    assert_eq!((first.place(), first.copies()), (place, 2));
    assert_eq!(first.pages().collect::<Vec<_>>(), [Pgid(3), Pgid(4)]);
}

#[test]
fn small_steps_find_the_same() {
    let bytes = data::unpack(W3423);
    let db = Db::open(Rc::new(bytes.clone())).unwrap();
    let mut walk = FossilWalk::new(&db);
    let mut phases = vec![walk.phase()];
    let mut steps = 0;
    while walk.step(&db, 1) {
        steps += 1;
        assert!((0.0..=1.0).contains(&walk.part()), "{walk:?}");
        if phases.last() != Some(&walk.phase()) {
            phases.push(walk.phase());
        }
    }
    use FossilPhase::{Done, Live, Map, Order, Other, Search};
    phases.push(walk.phase());
    assert_eq!(phases, [Map, Live, Other, Search, Order, Done]);
    assert!((69..69 * 8).contains(&steps), "{steps} steps for 69 pages");
    assert!(!walk.step(&db, 1));
    let (_, whole) = search(&bytes);
    assert!(walk.into_fossils().iter().eq(whole.iter()));
}

#[test]
fn too_many_are_dropped_and_told() {
    let db = Db::open(Rc::new(data::unpack(W3423))).unwrap();
    let mut walk = FossilWalk::with_limit(&db, 10);
    while walk.step(&db, 100) {}
    let fossils = walk.into_fossils();
    assert_eq!(fossils.len(), 10);
    let told: Vec<_> = fossils.problems().iter().map(ToString::to_string).collect();
    let [FossilProblem::TooMany { kept: 10, dropped }] = fossils.problems() else {
        panic!("{told:?}");
    };
    assert_eq!(
        told,
        [format!(
            "more than 10 fossils: {dropped} further finds were dropped"
        )]
    );
    assert!(*dropped >= 894, "{dropped}");
}

#[test]
fn damaged_files_still_have_theirs() {
    let good = data::unpack("snapshots/good-snapshot.db");
    let mut history = live(&good);
    history.extend(rows(&good));
    // What salvage puts back into the store is no fossil.
    let check = |name: &str, fossils: usize, lost: usize| {
        let bytes = data::unpack(&format!("snapshots/{name}"));
        let found = rows(&bytes);
        assert_eq!(found.len(), fossils, "{name}");
        let same = found.iter().all(|(key, row)| history.get(key) == Some(row));
        assert!(same, "{name}");
        let live = live(&bytes);
        let gone = history.keys().filter(|key| !live.contains_key(key));
        let gone = gone.filter(|key| !found.contains_key(key)).count();
        assert_eq!(gone, lost, "{name}");
    };
    check("good-snapshot.db", 282, 0);
    check("freelist-synced.db", 240, 42);
    check("leaf-flags-zero.db", 282, 0);
    check("leaf-page-zeroed.db", 282, 50);
    check("leaf-page-id-wrong.db", 282, 0);
    check("leaf-elem-ksize.db", 283, 0);
    check("leaf-elem-pos-out.db", 283, 0);
    check("leaf-elem-pos-next-page.db", 283, 0);
    check("leaf-elem-vsize.db", 283, 0);
    check("record-bad-protobuf.db", 282, 1);
    check("record-bad-revision-separator.db", 282, 1);
    check("branch-child-out.db", 282, 0);
    check("branch-child-shared.db", 282, 0);
    check("branch-self-loop.db", 282, 0);
    check("root-is-meta.db", 282, 0);
    check("root-out-of-file.db", 282, 0);
    check("trunc-two-metas.db", 0, 1045);
    check("trunc-page-boundary.db", 362, 400);
    check("trunc-mid-page.db", 367, 395);
}
