//! The small buckets, decoded: real files, and every one of their bytes broken.

use std::process::Command;
use std::rc::Rc;

use proptest::prelude::*;
use revscope::bbolt::Db;
use revscope::etcd::{Contents, EtcdFile, Problem, Tail, Verify};

use crate::support::{data, golden};

/// What `revscope info` prints of a file.
fn info(bytes: &[u8]) -> String {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("db"), bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_revscope"));
    let output = command
        .current_dir(files.path())
        .args(["info", "db"])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("{}{}", text(output.stdout), text(output.stderr))
}

#[test]
fn every_bucket_of_real_files_is_told() {
    for (name, golden) in [
        ("scenarios/3.4.23/auth-enabled/db.db", "auth-3.4"),
        ("scenarios/3.6.13/auth-enabled/db.db", "auth-3.6"),
        ("scenarios/3.5.1/leases/db.db", "leases-3.5"),
        ("scenarios/3.6.13/alarm-nospace/db.db", "alarm-3.6"),
        (
            "scenarios/3.5.1/three-members-one-removed-one-learner/learner-m4.db",
            "members-3.5",
        ),
        (
            "scenarios/3.4.23/compact-at-tombstone/db.db",
            "old-tombstone-3.4",
        ),
        (
            "scenarios/3.5.30/compact-at-tombstone/db.db",
            "new-tombstone-3.5",
        ),
        ("snapshots/good-snapshot.db", "snapshot"),
    ] {
        golden::check(&format!("info-{golden}.txt"), &info(&data::unpack(name)));
    }
}

#[test]
fn no_good_file_has_a_problem_and_no_password_is_shown() {
    for row in data::table("truth.tsv") {
        let stored = row[0].split('=').next_back().unwrap();
        let file = EtcdFile::open(Rc::new(data::unpack(stored))).unwrap();
        let contents = Contents::read(&file);
        assert_eq!(contents.problems, [], "{stored}");
        assert_eq!(contents.extra, [], "{stored}");
        let (meta, info) = (&contents.meta, file.info());
        assert_eq!(meta.consistent_index, info.consistent_index, "{stored}");
        assert_eq!(meta.term, info.term, "{stored}");
        assert_eq!(meta.scheduled_compact, info.scheduled_compact, "{stored}");
        assert_eq!(meta.storage_version, info.storage_version, "{stored}");
        assert_eq!(contents.cluster.version, info.cluster_version, "{stored}");
        // The hash itself is 53 characters behind kind and cost.
        assert!(!format!("{contents:?}").contains("$10$."), "{stored}");
        let voters = meta.conf_state.iter().flat_map(|raft| &raft.voters);
        for voter in voters {
            assert!(
                contents.members.iter().any(|member| member.id == *voter),
                "{stored}"
            );
        }
    }
}

/// Replaces bytes of a file that occur in it, and tells what that does to the small buckets.
#[track_caller]
fn check(file: &str, from: &[u8], to: &[u8], expected: &str) {
    let mut bytes = data::unpack(file);
    assert_eq!(from.len(), to.len());
    let mut replaced = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            replaced += 1;
        }
    }
    assert!(replaced > 0, "not there");
    let db = Db::open(Rc::new(bytes)).unwrap();
    let contents = Contents::from_db(&db);
    let said: Vec<_> = contents.problems.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|said| said.contains(expected)),
        "{said:?} for {expected}"
    );
}

#[test]
fn each_wrong_item_is_named_and_the_others_are_read() {
    let auth = "scenarios/3.4.23/auth-enabled/db.db";
    let members = "scenarios/3.5.1/three-members-one-removed-one-learner/learner-m4.db";
    let leases = "scenarios/3.5.1/leases/db.db";
    let talk = "talk/talk-final.db";
    let alarm = "scenarios/3.6.13/alarm-nospace/db.db";
    check(
        auth,
        b"authEnabled\x01",
        b"authEnabled\x07",
        r#"bucket "auth", key "authEnabled": the switch is [07], which means nothing known"#,
    );
    check(
        auth,
        b"\x0a\x03bob",
        b"\x0b\x03bob",
        r#"bucket "authUsers", key "bob": authpb.User: field 1 at offset 0 has wire type 3"#,
    );
    check(
        auth,
        b"\x0a\x03bob",
        b"\x0a\x03rob",
        r#"key "bob": the key says "bob", the value "rob""#,
    );
    check(
        auth,
        b"\x1a\x06reader\"",
        b"\x1a\x7freader\"",
        "authpb.User: field: 127 bytes wanted at offset",
    );
    check(
        auth,
        b"\x08\x02\x12\x04app/",
        b"\x08\x03\x12\x04app/",
        r#"bucket "authRoles", key "writer": the kind of permission is 3, which means nothing known"#,
    );
    check(
        members,
        b"1835c6e8ccee7f8dremoved",
        b"1835c6e8ccee7f8drem0ved",
        r#"bucket "members_removed", key "1835c6e8ccee7f8d": the mark of a removed member is "rem0ved", "#,
    );
    check(
        members,
        b"{\"id\":1279",
        b"{\"id\"=1279",
        r#"bucket "members", key "11bff47b8baf3ee9": is not the JSON of a member: expected `:` at line 1 column 6"#,
    );
    check(
        members,
        b"{\"id\":1279",
        b"{\"id\":1278",
        r#"the key says 11bff47b8baf3ee9, the value "#,
    );
    check(
        members,
        b"\"voters\":[",
        b"\"voters\":{",
        r#"bucket "meta", key "confState": is not the JSON of raft's members: "#,
    );
    check(
        talk,
        b"clusterVersion3.5.0",
        b"clusterVersion3.x.0",
        r#"bucket "cluster", key "clusterVersion": the cluster version is "3.x.0", which means nothing known"#,
    );
    check(
        talk,
        b"clusterVersion3.5.0",
        b"clusterVersion3.\xff.0",
        "the cluster version is not UTF-8 from byte 2",
    );
    check(
        talk,
        b"finishedCompactRev\0\0\0\0\0\0\0\x08_",
        b"finishedCompactRev\0\0\0\0\0\0\0\x08-",
        r#"key "finishedCompactRev": revision: invalid separator in bucket key: 0x2d, expected 0x5f"#,
    );
    check(
        leases,
        b"\x08\x01\x10",
        b"\x08\x02\x10",
        "the key says 0000000000000001, the value 0000000000000002",
    );
    check(
        leases,
        b"\x08\x01\x10",
        b"\x0d\x01\x10",
        "leasepb.Lease: field 1 at offset 0 has wire type 5",
    );
    // Member 8e9e05c52164694d as a varint, then the kind.
    check(
        alarm,
        b"\xcd\xd2\x91\x8b\xd2\xb8\x81\xcf\x8e\x01\x10\x01",
        b"\xcd\xd2\x91\x8b\xd2\xb8\x81\xcf\x8e\x01\x10\x05",
        "the kind of alarm is 5, which means nothing known",
    );
}

#[test]
fn every_byte_of_a_bucket_may_be_wrong() {
    for name in [
        "scenarios/3.4.23/auth-enabled/db.db",
        "scenarios/3.5.1/three-members-one-removed-one-learner/learner-m4.db",
    ] {
        let good = data::unpack(name);
        let whole = Contents::from_db(&Db::open(Rc::new(good.clone())).unwrap());
        let (mut same, mut told, mut other) = (0, 0, 0);
        for at in 2 * 4096..good.len() {
            if good[at] == 0 && at % 16 != 0 {
                continue;
            }
            for byte in [good[at] ^ 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] = byte;
                let contents = Contents::from_db(&Db::open(Rc::new(bytes)).unwrap());
                match () {
                    () if contents == whole => same += 1,
                    () if !contents.problems.is_empty() => told += 1,
                    () => other += 1,
                }
            }
        }
        assert!(
            told > 500 && same > 100 && other > 10,
            "{name}: {same} {told} {other}"
        );
    }
}

#[test]
fn the_end_of_a_file_is_told_apart() {
    let good = data::unpack("snapshots/good-snapshot.db");
    let pages = good.len() - 32;
    let check = |bytes: Vec<u8>, expected: &str, verified: Option<bool>| {
        let file = EtcdFile::open(Rc::new(bytes)).unwrap();
        let found = match file.info().tail {
            Tail::Hash(_) => "hash".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected);
        let right = file.info().snapshot.map(|trailer| {
            let mut verify = Verify::new(trailer);
            loop {
                if let Some(verified) = verify.step(file.db()) {
                    break verified.is_ok();
                }
            }
        });
        assert_eq!(right, verified, "{expected}");
        let problems = &file.info().problems;
        let is_named = problems
            .iter()
            .any(|problem| matches!(problem, Problem::TrailerCut(_) | Problem::Behind(_)));
        assert_eq!(
            is_named,
            expected.starts_with("PartOf") || expected.starts_with("Unknown")
        );
    };
    let with_tail = |tail: &[u8]| [&good[..pages], tail].concat();
    check(good.clone(), "hash", Some(true));
    check(good[..pages].to_vec(), "None", None);
    check(good[..pages - 1].to_vec(), "Cut", None);
    check(good[..good.len() - 10].to_vec(), "PartOfHash(22)", None);
    check(good[..pages + 1].to_vec(), "PartOfHash(1)", None);
    check(with_tail(&[0; 32]), "hash", Some(false));
    check(with_tail(&[0; 8192]), "Room(8192)", None);
    check(with_tail(&[0; 100]), "Unknown(100)", None);
    // Room and a hash behind it: of all that is before it.
    let room = with_tail(&[0; 8192]);
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&room);
    check([&room[..], &hash].concat(), "hash", Some(true));
    check(
        data::unpack("snapshots/flip-hash-byte.db"),
        "hash",
        Some(false),
    );
    check(
        data::unpack("snapshots/flip-value-byte.db"),
        "hash",
        Some(false),
    );
    // Damage under a hash that was made right again cannot be seen by it.
    check(
        data::unpack("snapshots/flip-value-byte-rehashed.db"),
        "hash",
        Some(true),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_writes_into_small_buckets_do_no_harm(
        writes in prop::collection::vec((8192usize..24_576, any::<u8>()), 1..40),
    ) {
        let mut bytes = data::unpack("scenarios/3.5.1/leases/db.db");
        for (at, byte) in writes {
            bytes[at] = byte;
        }
        if let Ok(db) = Db::open(Rc::new(bytes)) {
            let contents = Contents::from_db(&db);
            prop_assert!(contents.leases.len() < 4096);
        }
    }
}
