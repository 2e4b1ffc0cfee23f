//! Files of real etcd servers, 3.4.23 to 3.6.13, against what other programs read from them.

use std::fmt::Write as _;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::{Db, Order};
use revscope::etcd::{Error, EtcdFile, RecordScan, Verify};
use revscope::kv::dump::{Style, push_record};
use revscope::kv::{BucketKey, Revision};
use sha2::{Digest, Sha256};

use crate::support::data;

fn open(name: &str) -> EtcdFile {
    // `a=b`: the same bytes are stored as b.
    let stored = name.split('=').next_back().unwrap();
    EtcdFile::open(Rc::new(data::unpack(stored))).unwrap()
}

/// Hashes lines and shows the first few of them when the hash is wrong.
#[derive(Default)]
struct Lines {
    hash: Sha256,
    head: Vec<String>,
    count: u64,
}

impl Lines {
    fn push(&mut self, line: &str) {
        self.hash.update(line);
        self.hash.update("\n");
        self.count += 1;
        if self.head.len() < 5 {
            self.head.push(line.to_owned());
        }
    }

    fn check(self, what: &str, digest: &str) {
        let found: String = self
            .hash
            .finalize()
            .iter()
            .fold(String::new(), |mut out, b| {
                write!(out, "{b:02x}").unwrap();
                out
            });
        let head = self.head.join("\n");
        assert_eq!(
            found, digest,
            "{what}, {} lines, begins\n{head}",
            self.count
        );
    }
}

#[test]
fn records_and_dump_equal_the_truth() {
    for row in data::table("truth.tsv") {
        let file = open(&row[0]);
        let mut records = Lines::default();
        let mut scan = RecordScan::new(&file, Order::Forward);
        while let Some(page) = scan.next() {
            let page = page.unwrap();
            for record in page.records() {
                let record = record.unwrap();
                let value = Sha256::digest(record.value);
                let value = value.iter().fold(String::new(), |mut out, byte| {
                    write!(out, "{byte:02x}").unwrap();
                    out
                });
                records.push(&format!(
                    "{} {} {} {} {value} {} {} {} {}",
                    record.bucket_key.revision.main,
                    record.bucket_key.revision.sub,
                    record.bucket_key.tombstone,
                    STANDARD.encode(record.key),
                    record.create_revision,
                    record.mod_revision,
                    record.version,
                    record.lease.0
                ));
            }
        }
        assert_eq!(records.count.to_string(), row[1], "{}", row[0]);
        records.check(&row[0], &row[2]);

        let mut dump = Lines::default();
        let mut scan = RecordScan::new(&file, Order::Backward);
        while let Some(page) = scan.next() {
            for record in page.unwrap().records() {
                let mut line = String::new();
                push_record(&mut line, &record.unwrap(), Style::V3_4);
                dump.push(&line);
            }
        }
        dump.check(&format!("dump of {}", row[0]), &row[3]);
    }
}

#[test]
fn the_small_buckets_equal_the_truth() {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or("-".to_owned(), |value| value.to_string())
    }
    for row in data::table("truth.tsv") {
        let file = open(&row[0]);
        let info = file.info();
        let found = [
            shown(info.consistent_index),
            shown(info.term),
            shown(info.scheduled_compact.map(|revision| revision.main)),
            shown(info.finished_compact.map(|revision| revision.main)),
            shown(info.storage_version.as_ref()),
            shown(info.cluster_version.as_ref()),
        ];
        assert_eq!(found, row[4..], "{}", row[0]);
        assert_eq!(info.problems, [], "{}", row[0]);
        assert_eq!(info.snapshot.is_some(), row[0].contains("snapshot.db"));

        // The directory names the release that wrote the file.
        let expected = match row[0].as_str() {
            name if name.contains("3.4.23") || name.contains("w3423") => {
                "3.4 from cluster/clusterVersion"
            }
            name if name.contains("3.6.13") || name.contains("w3613") => {
                "3.6 from meta/storageVersion"
            }
            _ => "3.5 from meta/term",
        };
        let release = info.release.map(|release| release.to_string());
        assert_eq!(release.as_deref(), Some(expected), "{}", row[0]);
    }
}

#[test]
fn the_compact_revision_is_the_one_after_a_restart() {
    let check = |name: &str, compact: i64, interrupted: bool| {
        let file = open(name);
        let info = file.info();
        assert_eq!(info.compact_revision(), compact, "{name}");
        assert_eq!(info.compaction_interrupted(), interrupted, "{name}");
        assert_eq!(info.current_revision(0), compact.max(1), "{name}");
    };
    check("talk/talk-before-compact.db", -1, false);
    check("talk/talk-after-compact.db", 8, false);
    let killed = "scenarios/3.4.23/killed-during-compaction";
    check(&format!("{killed}/db.db"), 297, true);
    check(&format!("{killed}/db-after-recovery.db"), 297, false);
    // The last write was compacted away: the store is ahead of its records.
    let file = open("scenarios/3.4.23/alarm-nospace/db-compacted-defragged.db");
    assert_eq!(file.info().current_revision(16), 17);
}

#[test]
fn every_record_is_found_by_its_revision() {
    for name in ["workload/w351/final.db", "talk/talk-final.db"] {
        let file = open(name);
        let mut scan = RecordScan::new(&file, Order::Forward);
        while let Some(page) = scan.next() {
            for record in page.unwrap().records() {
                let record = record.unwrap();
                let row = file.record(&record.bucket_key).unwrap().unwrap();
                assert_eq!(row.record().unwrap(), record, "{name}");
                let other = BucketKey {
                    tombstone: !record.bucket_key.tombstone,
                    ..record.bucket_key
                };
                assert!(file.record(&other).unwrap().is_none(), "{name}");
            }
        }
        let future = BucketKey {
            revision: Revision::new(i64::MAX, 0),
            tombstone: false,
        };
        assert!(file.record(&future).unwrap().is_none());
    }
}

#[test]
fn a_snapshot_is_verified_step_by_step() {
    let file = open("workload/w351/final-snapshot.db");
    let trailer = file.info().snapshot.unwrap();
    assert_eq!(trailer.data_len, file.db().used_size());
    let mut verify = Verify::new(trailer);
    let mut steps = 0;
    let verified = loop {
        match verify.step(file.db()) {
            Some(verified) => break verified,
            None => steps += 1,
        }
    };
    assert_eq!(verified, Ok(()));
    assert_eq!(steps, 1, "of up to 4 MiB");
    assert_eq!(verify.progress(), (trailer.data_len, trailer.data_len));
}

#[test]
fn a_bbolt_file_of_another_program_lists_its_buckets() {
    let error = |name| EtcdFile::open(Rc::new(data::unpack(name))).unwrap_err();
    assert_eq!(
        error("bolt/empty.db").to_string(),
        "a bbolt file without any bucket"
    );
    assert_eq!(
        error("bolt/overflow.db").to_string(),
        "a bbolt file without etcd's bucket key: its buckets are keys, values"
    );
    let many = error("bolt/nested-1024.db");
    let Error::NoKeyBucket { buckets, problems } = many else {
        panic!("{many}");
    };
    let db = Db::open(Rc::new(data::unpack("bolt/nested-1024.db"))).unwrap();
    assert_eq!(buckets.len(), db.buckets(&db.root(), 1000).0.len());
    assert_eq!(problems, []);
}
