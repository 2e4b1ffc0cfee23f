//! `status` and `hashkv` against what etcdutl and etcd-dump-db print of the same files.

use std::collections::BTreeMap;
use std::process::Command;
use std::rc::Rc;

use revscope::bbolt::{Db, Order};
use revscope::etcd::{
    EtcdFile, HashKvError, Minor, RecordScan, Status, StatusScan, go_open_error, hash_kv,
};
use revscope::kv::hash::HashRules;
use revscope::kv::{BucketKey, KeyValue, Revision};
use revscope::mvcc::Release;

use crate::support::data;

/// Real tools check the file first and give up; that is not part of this computation.
const CHECK: &str = "snapshot file integrity check failed.";
/// The real tool reads an element where it points, into another page; here it is left out.
const LEFT_OUT: [&str; 1] = ["snapshots/leaf-elem-pos-next-page.db"];

fn rules(release: Release) -> HashRules {
    HashRules {
        skips_tombstone_at_compact_revision: release.keeps_tombstone_at_compact_revision(),
        answers_at_compact_revision: release.hashes_at_compact_revision(),
    }
}

fn stored(name: &str) -> Vec<u8> {
    data::unpack(name.split('=').next_back().unwrap())
}

fn json(status: &Status) -> String {
    let version = status.version.as_ref();
    let version = version.map_or_else(String::new, |text| format!(",\"version\":\"{text}\""));
    format!(
        "{{\"hash\":{},\"revision\":{},\"totalKey\":{},\"totalSize\":{}{version}}}",
        status.hash, status.revision, status.total_key, status.total_size
    )
}

#[test]
fn status_equals_the_tools() {
    let (mut printed, mut refused) = (0, 0);
    for row in data::table("status.tsv") {
        let [name, old, new, ..] = row.as_slice() else {
            panic!("{row:?}");
        };
        let bytes = Rc::new(stored(name));
        let typed = name.split('/').next_back().unwrap();
        for (expected, minor) in [(old, Minor(3, 5)), (new, Minor(3, 6))] {
            let refusal = go_open_error(&*bytes, typed, minor == Minor(3, 5));
            let status = Db::open(bytes.clone()).map(|db| StatusScan::new(&db, minor).run());
            match expected.strip_prefix('!') {
                Some(text) if text.starts_with(CHECK) => assert_eq!(refusal, None, "{name}"),
                Some(text) => {
                    let found = refusal.or_else(|| status.ok()?.refusal);
                    assert_eq!(found.as_deref(), Some(text), "{name}");
                    refused += 1;
                }
                // The tool crashed.
                None if expected == "-" => {}
                None if LEFT_OUT.contains(&name.as_str()) => {}
                None => {
                    let status = status.unwrap();
                    assert_eq!(&json(&status), expected, "{name}");
                    assert_eq!((refusal, status.refusal), (None, None), "{name}");
                    printed += 1;
                }
            }
        }
    }
    assert!(printed > 220 && refused >= 18, "{printed}, {refused}");
}

#[test]
fn the_hash_of_the_backend_equals_etcd_dump_db() {
    let mut compared = 0;
    for row in data::table("status.tsv") {
        if row[4] != "-" {
            let db = Db::open(Rc::new(stored(&row[0]))).unwrap();
            let status = StatusScan::new(&db, Minor(3, 4)).run();
            assert_eq!(status.backend_hash.to_string(), row[4], "{}", row[0]);
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared}");
}

#[test]
fn hashkv_equals_the_tool() {
    let mut compared = 0;
    for row in data::table("status.tsv") {
        if row[3] == "-" {
            continue;
        }
        let file = EtcdFile::open(Rc::new(stored(&row[0]))).unwrap();
        let (hash, problems) = hash_kv(&file, 0, rules(Release::V3_6)).unwrap();
        let found = format!(
            "{} {} {}",
            hash.hash, hash.hash_revision, hash.compact_revision
        );
        assert_eq!(found, row[3], "{}", row[0]);
        assert_eq!(problems, [], "{}", row[0]);
        compared += 1;
    }
    assert!(compared > 80, "{compared}");
}

/// `hashkv` as it is told in words, with everything in memory.
fn naive(file: &EtcdFile, at: i64, compact: i64, rules: HashRules) -> u32 {
    let mut rows: Vec<(BucketKey, KeyValue)> = Vec::new();
    let mut scan = RecordScan::new(file, Order::Forward);
    while let Some(page) = scan.next() {
        for record in page.unwrap().records() {
            let record = record.unwrap().to_owned();
            rows.push((record.bucket_key, record.kv));
        }
    }
    rows.retain(|(key, _)| key.revision.main <= at);
    let mut latest: BTreeMap<&[u8], BucketKey> = BTreeMap::new();
    for (key, kv) in &rows {
        latest.insert(&kv.key, *key);
    }
    let live: Vec<Revision> = latest
        .values()
        .filter(|key| !key.tombstone)
        .map(|key| key.revision)
        .collect();
    let mut bytes = b"key".to_vec();
    for (key, kv) in &rows {
        let is_old = key.revision.main <= compact;
        let dead = is_old && !live.is_empty() && !live.contains(&key.revision);
        let edge = key.revision.main == compact && key.tombstone;
        let left_out = edge && rules.skips_tombstone_at_compact_revision;
        if !(dead || left_out) {
            bytes.extend(key.encode());
            bytes.extend(kv.encode());
        }
    }
    crc32c::crc32c(&bytes)
}

#[test]
fn hashkv_at_every_revision_is_as_told_in_words() {
    for (name, release) in [
        ("scenarios/3.4.23/compact-at-tombstone/db.db", Release::V3_4),
        ("scenarios/3.6.13/compact-at-tombstone/db.db", Release::V3_6),
        ("scenarios/3.6.13/compact-at-tombstone/db.db", Release::V3_4),
        ("scenarios/3.5.1/never-compacted/db.db", Release::V3_5),
        ("talk/talk-final.db", Release::V3_6),
        ("workload/w3613/after-compaction.db", Release::V3_6),
    ] {
        let file = EtcdFile::open(Rc::new(data::unpack(name))).unwrap();
        let rules = rules(release);
        let compact = file.info().compact_revision();
        let (all, _) = hash_kv(&file, 0, rules).unwrap();
        let current = all.hash_revision;
        for at in (compact + 1).max(1)..=current {
            let (hash, _) = hash_kv(&file, at, rules).unwrap();
            assert_eq!(
                hash.hash,
                naive(&file, at, compact, rules),
                "{name} at {at}"
            );
            assert_eq!((hash.hash_revision, hash.compact_revision), (at, compact));
        }
        assert_eq!(all.hash, naive(&file, current, compact, rules), "{name}");
        let future = hash_kv(&file, current + 1, rules).unwrap_err();
        assert_eq!(future, HashKvError::FutureRevision, "{name}");
        if compact > 0 {
            let at_edge = hash_kv(&file, compact, rules).map(|(hash, _)| hash.hash);
            let expected = match release {
                Release::V3_6 => Ok(naive(&file, compact, compact, rules)),
                _ => Err(HashKvError::Compacted),
            };
            assert_eq!(at_edge, expected, "{name}");
            let below = hash_kv(&file, compact - 1, rules).unwrap_err();
            assert_eq!(below, HashKvError::Compacted, "{name}");
        }
    }
}

#[test]
fn the_commands_print_every_format() {
    let files = tempfile::tempdir().unwrap();
    for name in [
        "snapshots/good-snapshot.db",
        "snapshots/trunc-3000.db",
        "talk/3.6.13/talk-final.db",
    ] {
        let base = name.split('/').next_back().unwrap();
        std::fs::write(files.path().join(base), data::unpack(name)).unwrap();
    }
    let packed = data::packed("packed/data-dir.tar.gz");
    std::fs::write(files.path().join("backup.tgz"), packed).unwrap();
    let check = |line: &str, stdout: &str, stderr: &str, exit: i32| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_revscope"));
        command.current_dir(files.path());
        let output = command.args(line.split(' ')).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert_eq!(text(output.stdout), stdout, "{line}");
        assert_eq!(text(output.stderr), stderr, "{line}");
        assert_eq!(output.status.code(), Some(exit), "{line}");
    };
    // As recorded from etcdctl 3.5.1.
    let table = "\
+----------+----------+------------+------------+
|   HASH   | REVISION | TOTAL KEYS | TOTAL SIZE |
+----------+----------+------------+------------+
| 202d4170 |      943 |        771 |     152 kB |
+----------+----------+------------+------------+
";
    let fields = "\"Hash\" : 539836784\n\"Revision\" : 943\n\"Keys\" : 771\n\"Size\" : 151552\n";
    check(
        "status good-snapshot.db",
        "202d4170, 943, 771, 152 kB\n",
        "",
        0,
    );
    check("status good-snapshot.db -w table", table, "", 0);
    check("status good-snapshot.db -w fields", fields, "", 0);
    check(
        "status talk-final.db --etcd 3.6",
        "cc328537, 11, 4, 25 kB, 3.6.0\n",
        "",
        0,
    );
    check(
        "status talk-final.db --etcd 3.6 -w fields",
        "\"Hash\" : 3425862967\n\"Revision\" : 11\n\"Keys\" : 4\n\"Size\" : 24576\n\"Version\" : 3.6.0\n",
        "",
        0,
    );
    check(
        "status trunc-3000.db --etcd 3.6",
        "",
        "Error: file size too small 3000\nrevscope: trunc-3000.db: the file is cut short: 3000 \
         bytes, but two pages of 4096 bytes are the least\n",
        1,
    );
    check("hashkv talk-final.db", "893346615, 11, 8\n", "", 0);
    check(
        "hashkv talk-final.db -w json",
        "{\"hash\":893346615,\"hashRevision\":11,\"compactRevision\":8}\n",
        "",
        0,
    );
    check(
        "hashkv talk-final.db --rev 7",
        "",
        "Error: mvcc: required revision has been compacted\n",
        1,
    );
    check(
        "hashkv talk-final.db --rev 12",
        "",
        "Error: mvcc: required revision is a future revision\n",
        1,
    );
    let table = "\
+-----------+---------------+------------------+
|   HASH    | HASH REVISION | COMPACT REVISION |
+-----------+---------------+------------------+
| 893346615 |            11 |                8 |
+-----------+---------------+------------------+
";
    check("hashkv backup.tgz -w table", table, "", 0);
    check(
        "status backup.tgz --member nothing",
        "",
        "revscope: backup.tgz: no member `nothing`: none of the archive's files is a db file: \
         etcd.bak/member/wal/0000000000000000-0000000000000000.wal, \
         etcd.bak/member/snap/0000000000000002-0000000000000005.snap, etcd.bak/member/snap/db\n",
        1,
    );
}
