//! Files of a big-endian machine: the same answers as for the same file of a little-endian one.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use revscope::bbolt::{Db, Why};
use revscope::bytes::ByteOrder;

use crate::support::data;
use crate::support::survey::survey;
use crate::support::swap::big_endian;

fn run(dir: &Path, command: &str) -> (String, String, Option<i32>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_revscope"));
    let found = program.current_dir(dir).args([command, "x.db"]);
    let found = found.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(found.stdout), text(found.stderr), found.status.code())
}

fn check(name: &str, commands: &[&str]) {
    let little = data::unpack(name);
    let big = big_endian(&little);
    assert_ne!(little, big);
    let db = Db::open(Rc::new(big.clone())).unwrap();
    assert_eq!(db.byte_order(), ByteOrder::Big);
    assert_eq!(db.problems(), [], "{name}");
    let dirs = [little, big].map(|bytes| {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x.db"), bytes).unwrap();
        dir
    });
    for command in commands {
        let [little, big] = [0, 1].map(|at| run(dirs[at].path(), command));
        assert_eq!(little, big, "{command} {name}");
        assert_eq!(little.2, Some(0), "{command} {name}");
    }
}

#[test]
fn every_answer_is_that_of_the_little_endian_file() {
    let bbolt = ["pages", "check", "buckets"];
    check("bolt/nested-1024.db", &bbolt);
    check("bolt/nested-65536.db", &bbolt);
    check("bolt/overflow.db", &bbolt);
    check("bolt/random-lib143-hashmap-nosync.db", &bbolt);
    let etcd = [
        "pages", "check", "buckets", "records", "status", "hashkv", "fossils",
    ];
    check("workload/w351/after-compaction.db", &etcd);
    check("workload/w3423/final.db", &etcd);
    check("workload/w3613/final.db", &etcd);
}

#[test]
fn damage_costs_no_more() {
    let little = data::unpack("workload/w351/after-compaction.db");
    let check = |what: &str, said: &str, damage: &dyn Fn(&mut [u8], ByteOrder)| {
        let mut bytes = little.clone();
        damage(&mut bytes, ByteOrder::Little);
        let expected = survey(bytes);
        let mut bytes = big_endian(&little);
        damage(&mut bytes, ByteOrder::Big);
        let found = survey(bytes);
        assert!(
            found.records == expected.records,
            "{what}: {:?}",
            found.problems
        );
        assert!(found.records.len() > 100, "{what}");
        let told = found.problems.iter().any(|problem| problem.contains(said));
        assert!(told, "{what}: {:?}", found.problems);
    };
    check("no meta 0", "meta 0: unusable, the other", &|bytes, _| {
        bytes[..80].fill(0);
    });
    check("no meta", "salvaged", &|bytes, _| bytes[..8192].fill(0));
    check("checksums", "salvaged", &|bytes, _| {
        bytes[72] ^= 1;
        bytes[4096 + 72] ^= 1;
    });
    check("no root", "salvaged", &|bytes, order| {
        let at = if order == ByteOrder::Little { 32 } else { 39 };
        bytes[at] ^= 0x55;
        bytes[4096 + at] ^= 0x55;
    });
}

#[test]
fn the_order_is_found_with_either_meta() {
    let mut bytes = big_endian(&data::unpack("bolt/nested-65536.db"));
    bytes[..80].fill(0);
    let db = Db::open(Rc::new(bytes)).unwrap();
    assert_eq!((db.byte_order(), db.page_size()), (ByteOrder::Big, 65536));
    assert_eq!((db.metas().active, db.metas().why), (1, Why::OtherDamaged));
}
