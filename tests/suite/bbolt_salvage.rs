//! What is left when the way to it is lost, in files with much history: older copies must stay out.

use revscope::bbolt::Db;
use std::rc::Rc;

use crate::support::data;
use crate::support::survey::survey;

const PAGE: usize = 4096;

/// Breaks a file; exactly the same records must be read, with a word about it.
fn check(name: &str, what: &str, damage: impl Fn(&mut [u8], &Db)) {
    let good = data::unpack(name);
    let db = Db::open(Rc::new(good.clone())).unwrap();
    let before = survey(good.clone());
    let mut bytes = good;
    damage(&mut bytes, &db);
    let after = survey(bytes);
    assert_eq!(
        after.records, before.records,
        "{name}: {what}: {:?}",
        after.problems
    );
    let said = after.problems.iter().any(|said| said.contains("salvaged"));
    assert!(said, "{name}: {what}: {:?}", after.problems);
}

const FILES: [&str; 4] = [
    "workload/w351/before-compaction.db",
    "workload/w351/after-compaction.db",
    "workload/w3423/final.db",
    "scenarios/3.5.1/killed-during-compaction/db.db",
];

#[test]
fn no_meta_at_all() {
    for name in FILES {
        check(name, "both metas zero", |bytes, _| {
            bytes[..2 * PAGE].fill(0)
        });
    }
}

#[test]
fn the_root_page_is_not_where_the_metas_say() {
    for name in FILES {
        check(name, "wrong root", |bytes, _| {
            bytes[32] ^= 0x55;
            bytes[PAGE + 32] ^= 0x55;
        });
    }
}

#[test]
fn the_header_of_a_branch_page_is_destroyed() {
    for name in FILES {
        check(name, "branch header zero", |bytes, db| {
            let root = db.bucket(&[b"key"]).unwrap().unwrap().root().unwrap();
            let at = root.0 as usize * PAGE;
            bytes[at..at + 16].fill(0);
        });
    }
}

#[test]
fn a_fresh_file_without_its_branch_page() {
    check(
        "workload/w3423/final-defrag.db",
        "branch zero",
        |bytes, db| {
            let root = db.bucket(&[b"key"]).unwrap().unwrap().root().unwrap();
            let at = root.0 as usize * PAGE;
            bytes[at..at + PAGE].fill(0);
        },
    );
}

#[test]
fn salvage_can_be_refused() {
    let bytes = data::unpack("snapshots/both-metas-checksum.db");
    let options = revscope::bbolt::Options {
        salvage: false,
        ..Default::default()
    };
    assert!(Db::open_with(Rc::new(bytes.clone()), options).is_err());
    assert!(Db::open(Rc::new(bytes)).unwrap().is_salvaged());
}
