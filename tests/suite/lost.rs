//! Lost and found: fossils by group and key, rows brought back, and what a file still carries of
//! Secrets, tokens and keys.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use revscope::engine::ExportOf;
use revscope::etcd::{Confidence, EtcdFile, Fossils};
use revscope::history::History;
use revscope::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};
use revscope::lost::{Form, GroupKind, Lost, Place, Privacy, Today, Unrestorable, notes, restore};
use revscope::shell::{Config, Shell};

use super::engine_kubernetes::Asked;
use super::fossils::live;
use super::kubernetes::records;
use crate::support::data;

/// A file with its store's history and its fossils.
pub struct Opened {
    file: EtcdFile,
    rows: Vec<Record>,
    store: History,
    fossils: Fossils,
}

impl Opened {
    pub fn new(bytes: Vec<u8>) -> Self {
        let rows: Vec<_> = live(&bytes).into_values().collect();
        let mut store = History::new();
        rows.iter().for_each(|row| store.push(&row.as_ref()));
        store.settle();
        let file = EtcdFile::open(Rc::new(bytes)).unwrap();
        let fossils = file.db().fossils();
        Self {
            file,
            rows,
            store,
            fossils,
        }
    }

    fn lost(&self) -> Lost {
        let mut lost = Lost::new();
        for (number, (fossil, row)) in self.fossils.rows(self.file.db()).enumerate() {
            let row = row.unwrap();
            let today = |key: &[u8]| Today::of(&self.store, key);
            lost.push(fossil, &row.decode().unwrap(), today);
            // In between it makes no difference.
            if number % 100 == 7 {
                lost.settle();
            }
        }
        lost.settle();
        lost
    }

    pub fn privacy(&self) -> Privacy {
        let mut privacy = Privacy::new();
        for row in &self.rows {
            privacy.push(&row.as_ref(), Place::of(&self.store, &row.as_ref()));
        }
        for (_, row) in self.fossils.rows(self.file.db()) {
            privacy.push(&row.unwrap().decode().unwrap(), Place::Fossil);
        }
        privacy
    }
}

fn cluster() -> Opened {
    Opened::new(data::unpack("k8s/compacted.db"))
}

#[test]
fn groups_and_keys_add_up_to_the_fossils() {
    let opened = cluster();
    let lost = opened.lost();
    let mut of_key: BTreeMap<Vec<u8>, Vec<Record>> = BTreeMap::new();
    for (_, row) in opened.fossils.rows(opened.file.db()) {
        let record = row.unwrap().decode().unwrap().to_owned();
        of_key
            .entry(record.kv.key.clone())
            .or_default()
            .push(record);
    }
    // What lives, by what the rows themselves say.
    let mut alive = BTreeMap::new();
    for row in &opened.rows {
        alive.insert(row.kv.key.clone(), !row.bucket_key.tombstone);
    }
    let (mut rows, mut bytes, mut seen) = (0, 0, BTreeSet::new());
    for (number, group) in lost.groups().iter().enumerate() {
        assert_eq!(group.kind, GroupKind::Resource);
        let keys = lost.keys(number);
        let sum = |of: fn(&revscope::lost::Tally) -> u64| {
            let sum: u64 = keys.iter().map(|key| of(&key.tally)).sum();
            assert_eq!(sum, of(&group.tally));
            sum
        };
        rows += sum(|tally| tally.rows);
        bytes += sum(|tally| tally.bytes);
        sum(|tally| tally.tombstones);
        sum(|tally| tally.confidence(Confidence::High));
        assert!(keys.is_sorted_by(|a, b| a.key < b.key));
        for today in Today::ALL {
            let so = keys.iter().filter(|key| key.today == today).count();
            assert_eq!(group.keys(today), so as u64);
        }
        for key in keys {
            assert!(seen.insert(key.key.to_vec()));
            assert_eq!(lost.find(&key.key), Some(key));
            let truth = &of_key[&*key.key];
            assert_eq!(key.tally.rows, truth.len() as u64);
            assert_eq!(key.tally.oldest, truth[0].bucket_key.revision);
            let newest = truth.last().unwrap().bucket_key.revision;
            assert_eq!(key.tally.newest, newest);
            let today = match alive.get(&*key.key) {
                Some(true) => Today::Lives,
                Some(false) => Today::Deleted,
                None => Today::Gone,
            };
            assert_eq!(key.today, today);
            let last_put = truth.iter().rev().find(|row| !row.bucket_key.tombstone);
            assert_eq!(
                key.best.map(|best| best.row),
                last_put.map(|row| row.bucket_key)
            );
        }
    }
    assert_eq!((rows, seen.len()), (404, of_key.len()));
    let all = of_key.values().flatten();
    let truth: usize = all.map(|row| row.kv.key.len() + row.kv.value.len()).sum();
    assert_eq!(bytes, truth as u64);
    let weights: Vec<_> = lost
        .groups()
        .iter()
        .map(|group| group.tally.bytes)
        .collect();
    assert!(weights.is_sorted_by(|a, b| a >= b));
    let pods = &lost.groups()[0];
    assert_eq!(
        (pods.name.as_slice(), pods.tally.tombstones),
        (&b"pods"[..], 16)
    );
    assert_eq!(
        lost.groups()
            .iter()
            .map(|g| g.keys(Today::Gone))
            .sum::<u64>(),
        25
    );
    assert_eq!(lost.find(b"nothing"), None);
    assert!(lost.keys(999).is_empty());
}

#[test]
fn a_key_that_the_store_has_only_the_deletion_of_is_deleted() {
    let opened = Opened::new(data::unpack("workload/w3423/after-compaction.db"));
    let lost = opened.lost();
    let group = &lost.groups()[0];
    let by = Today::ALL.map(|today| group.keys(today));
    assert_eq!((group.name.as_slice(), by), (&b"/app/"[..], [53, 4, 15]));
}

/// Every fossil of a put is written as a line for etcdctl, and put by the simulator's.
#[test]
fn etcdctl_lines_bring_the_very_bytes_back() {
    for name in ["k8s/compacted.db", "workload/w3423/after-compaction.db"] {
        let opened = Opened::new(data::unpack(name));
        let mut done = 0;
        for (_, row) in opened.fossils.rows(opened.file.db()).take(300) {
            let row = row.unwrap();
            let record = row.decode().unwrap();
            let line = restore(&record, Form::Etcdctl, true);
            if record.bucket_key.tombstone {
                assert_eq!(line, Err(Unrestorable::Tombstone));
                continue;
            }
            runs(&line.unwrap(), record.key, record.value);
            done += 1;
        }
        assert!(done > 200, "{name}: {done}");
    }
}

fn runs(line: &str, key: &[u8], value: &[u8]) {
    let mut shell = Shell::new(Config::default());
    let ran = shell.run(line.trim_end());
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!((ran.exit, &*told), (0, ""), "{line}");
    let rows: Vec<_> = shell.store().records().collect();
    let [row] = &rows[..] else { panic!("{line}") };
    assert_eq!((&*row.kv.key, &*row.kv.value), (key, value), "{line}");
}

fn record(key: &[u8], value: &[u8]) -> Record {
    let revision = Revision::new(5, 0);
    Record {
        bucket_key: BucketKey {
            revision,
            tombstone: false,
        },
        kv: KeyValue {
            key: key.to_vec(),
            value: value.to_vec(),
            create_revision: 3,
            mod_revision: 5,
            version: 2,
            lease: LeaseId(0x1234),
        },
    }
}

#[test]
fn words_that_a_shell_would_read_otherwise_are_quoted() {
    let every: Vec<u8> = (1..=255).collect();
    let nul: Vec<u8> = (0..=255).collect();
    let long = b"x'\n".repeat(70_000);
    let parts: [&[u8]; 13] = [
        b"plain",
        b"it's",
        b"$HOME `id` \"$(id)\" \\ ! * ~",
        b"-v",
        b"--",
        b"a\nb\r\n",
        b"\\x41\\n",
        "ä 日本 \u{85}".as_bytes(),
        b"\xff\xfe1f",
        &every,
        &nul,
        &long,
        b"",
    ];
    for key in parts {
        for value in parts {
            let line = restore(&record(key, value).as_ref(), Form::Etcdctl, false);
            if key.contains(&0) || key.len() > 200_000 {
                let len = key.len() as u64;
                assert_eq!(line, Err(Unrestorable::Key { len }));
            } else if !key.is_empty() {
                runs(&line.unwrap(), key, value);
            }
        }
    }
}

/// The cluster before its compaction has each row that became a fossil; the page's export of it
/// is the same text.
#[test]
fn manifests_are_those_of_the_export() {
    let opened = cluster();
    let mut engine = Asked::file("final.db");
    let before: BTreeSet<_> = records("final.db")
        .into_iter()
        .map(|record| record.bucket_key)
        .collect();
    let mut done = 0;
    for (_, row) in opened.fossils.rows(opened.file.db()) {
        let row = row.unwrap();
        let record = row.decode().unwrap();
        if record.bucket_key.tombstone || !before.contains(&record.bucket_key) {
            continue;
        }
        let text = restore(&record, Form::Yaml, false).unwrap();
        let one = ExportOf::One(record.bucket_key.revision);
        assert_eq!(text, engine.export(one, false, &[]).1);
        let json = restore(&record, Form::Json, false).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(json["kind"].is_string() && json["status"].is_null());
        done += 1;
    }
    assert!(done > 300, "{done}");
}

#[test]
fn a_secret_is_written_only_when_asked_for() {
    let key = b"/registry/secrets/demo/db-pass";
    let all = records("final.db");
    let secret = all.iter().find(|record| record.kv.key == key).unwrap();
    for form in [Form::Yaml, Form::Json] {
        let text = restore(&secret.as_ref(), form, false).unwrap();
        assert!(text.contains("db-pass"), "{text}");
        // S3cr3t! in base64, and the rest of the data.
        assert!(!text.contains("UzNjcjN0IQ"), "{text}");
        assert!(!text.contains("username:"), "{text}");
        let text = restore(&secret.as_ref(), form, true).unwrap();
        assert!(text.contains("UzNjcjN0IQ"), "{text}");
    }
    let text = restore(&secret.as_ref(), Form::Yaml, false).unwrap();
    assert!(
        text.starts_with("# data.password is masked and left out\n"),
        "{text}"
    );
    let line = restore(&secret.as_ref(), Form::Etcdctl, false);
    assert_eq!(line, Err(Unrestorable::Masked));
    let line = restore(&secret.as_ref(), Form::Etcdctl, true).unwrap();
    runs(&line, key, &secret.kv.value);
    let told = notes(&secret.as_ref(), None, Form::Yaml).concat();
    assert!(!told.contains("S3cr3t") && !told.contains("UzNj"), "{told}");
    // What lies where Secrets do, whatever it is, and what says that it is one elsewhere.
    let masked = |key: &[u8], value: &[u8], forms: &[Form]| {
        for form in forms {
            let text = restore(&record(key, value).as_ref(), *form, false);
            assert_eq!(text, Err(Unrestorable::Masked), "{form:?}");
        }
    };
    let map = br#"{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"hunter2"}}"#;
    masked(key, map, &[Form::Yaml, Form::Json, Form::Etcdctl]);
    masked(key, b"hunter2", &[Form::Json, Form::Etcdctl]);
    let other = br#"{"apiVersion":"x.io/v1","kind":"Secret","spec":{"a":"hunter2"}}"#;
    masked(
        b"/registry/x.io/secrets/a/b",
        other,
        &[Form::Yaml, Form::Json],
    );
}

#[test]
fn what_cannot_be_a_manifest_says_why() {
    let check = |key: &str, value: &[u8], form: Form, expected: &str| {
        let got = restore(&record(key.as_bytes(), value).as_ref(), form, false);
        let got = got.unwrap_or_else(|error| error.to_string());
        assert_eq!(got, expected, "{key}");
    };
    check(
        "a",
        b"b",
        Form::Yaml,
        "its value is no object of Kubernetes",
    );
    check(
        "a",
        b"b\n",
        Form::Json,
        "{\"key\":\"YQ==\",\"create_revision\":3,\"mod_revision\":5,\"version\":2,\"value\":\"Ygo=\",\"lease\":4660}\n",
    );
    let held = b"k8s:enc:aescbc:v1:key1:\x01\x02";
    let why = "its value is encrypted by aescbc with key key1";
    check("/registry/configmaps/a/b", held, Form::Yaml, why);
    check("/registry/secrets/a/b", held, Form::Json, why);
    let told = notes(&record(b"a", b"b").as_ref(), None, Form::Etcdctl);
    assert_eq!(
        told,
        [
            "as of revision 5.0, version 2 since its creation at revision 3",
            "it had lease 0000000000001234, which the restored key does not have",
        ]
    );
    let broken = br#"{"apiVersion":"x.io/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"#;
    let told = notes(
        &record(b"/registry/x.io/things/a", broken).as_ref(),
        None,
        Form::Yaml,
    );
    let last = told.last().unwrap();
    assert_eq!(
        last,
        "1 part of the value could not be read and is missing or wrong"
    );
}
