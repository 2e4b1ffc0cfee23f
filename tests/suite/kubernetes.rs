//! Stored Kubernetes objects against what the API server and kubectl made of them.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::kubernetes::{Leave, Object, RegistryKey, Schema, Stored, Value, json, mask, yaml};
use revscope::kv::Record;

use crate::support::data;

/// The table of messages as the command line carries it.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(TEXT).unwrap());
const TEXT: &[u8] = include_bytes!("../../static/schema/kubernetes.txt");

/// The rows of a file of `tests/data/k8s`.
pub fn records(name: &str) -> Vec<Record> {
    let file = EtcdFile::open(Rc::new(data::unpack(&format!("k8s/{name}")))).unwrap();
    let mut scan = RecordScan::new(&file, Order::Forward);
    let mut out = Vec::new();
    while let Some(page) = scan.next() {
        let page = page.unwrap();
        out.extend(page.records().map(|record| record.unwrap().to_owned()));
    }
    assert!(out.len() > 300, "{name}: {} rows", out.len());
    out
}

/// The object of a row, with its resourceVersion.
pub fn object(record: &Record) -> Option<Object<'_>> {
    match Stored::read(&SCHEMA, &record.kv.value) {
        Stored::Object(mut object) => {
            object.set_resource_version(record.bucket_key.revision.main);
            Some(*object)
        }
        _ => None,
    }
}

fn compact(value: &Value<'_>) -> String {
    let mut out = String::new();
    json::push_compact(&mut out, value);
    out
}

/// Any JSON, with sorted keys and in one line.
fn sorted(value: &serde_json::Value) -> String {
    compact(&json::read(value.to_string().as_bytes()).0)
}

#[test]
fn every_revision_equals_what_kubernetes_decodes() {
    let truth: BTreeMap<i64, serde_json::Value> = {
        let text = String::from_utf8(data::unpack("k8s/history-decoded.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .map(|line: serde_json::Value| (line["mod_revision"].as_i64().unwrap(), line))
            .collect()
    };
    let mut compared = 0;
    for record in records("final.db") {
        let revision = record.bucket_key.revision.main;
        let truth = &truth[&revision];
        let Some(mut object) = object(&record) else {
            assert_eq!(truth.get("object"), None, "revision {revision}");
            continue;
        };
        assert_eq!(
            (&object.problems[..], &object.unknown[..]),
            (&[][..], &[][..])
        );
        let meta = object.value.get_mut("metadata").unwrap();
        let stored = meta.remove("resourceVersion").unwrap();
        assert_eq!(stored.as_str(), Some(&*revision.to_string()));
        assert_eq!(
            compact(&object.value),
            sorted(&truth["object"]),
            "revision {revision}"
        );
        compared += 1;
    }
    assert_eq!(compared, 680);
}

#[test]
fn the_latest_objects_equal_what_the_server_listed() {
    let truth = data::unpack("k8s/objects-full.json");
    let truth: BTreeMap<String, Vec<serde_json::Value>> = serde_json::from_slice(&truth).unwrap();
    let all = records("final.db");
    let mut latest = BTreeMap::new();
    for record in &all {
        latest.insert(&record.kv.key, record);
    }
    let mut by_uid = BTreeMap::new();
    for record in latest.values() {
        if let Some(mut object) = object(record) {
            object.strip_managed_fields();
            let uid = object.value.at(&["metadata", "uid"]);
            let uid = uid.and_then(Value::as_str).unwrap_or_default().to_owned();
            by_uid.insert(uid, compact(&object.value));
        }
    }
    let mut compared = 0;
    for (kind, objects) in truth {
        // Never stored; stored as core events; stored in an older version than the one served.
        let other = [
            "v1/ComponentStatus",
            "events.k8s.io/v1/Event",
            "apiextensions.k8s.io/v1/CustomResourceDefinition",
        ];
        if other.contains(&&*kind) {
            continue;
        }
        for object in objects {
            let uid = object["metadata"]["uid"].as_str().unwrap();
            assert_eq!(by_uid[uid], sorted(&object), "{kind} {uid}");
            compared += 1;
        }
    }
    assert_eq!(compared, 302);
}

#[test]
fn yaml_equals_what_kubectl_prints_for_every_object() {
    let expected = String::from_utf8(data::unpack("k8s/kubectl-all.yaml")).unwrap();
    let mut expected = expected.as_str();
    for record in records("final.db") {
        let Some(mut object) = object(&record) else {
            continue;
        };
        if object.name().1.is_empty() {
            continue;
        }
        let meta = object.value.get_mut("metadata").unwrap();
        if meta.get("labels").is_none() {
            meta.set("labels", Value::Map(Vec::new()));
        }
        let labels = meta.get_mut("labels").unwrap();
        labels.set("zz", Value::text("top"));
        let got = yaml::to_string(&object.value);
        let revision = record.bucket_key.revision.main;
        let Some(rest) = expected.strip_prefix(&got) else {
            let lines = got.lines().zip(expected.lines());
            let differing = lines.into_iter().find(|(a, b)| a != b);
            panic!("revision {revision}: {differing:?}\n{got}");
        };
        expected = rest;
    }
    assert_eq!(expected, "");
}

#[test]
fn texts_keys_and_numbers_are_written_as_by_kubectl() {
    for name in ["texts", "keys", "numbers"] {
        let recorded = data::text(&format!("k8s/{name}.json"));
        let (value, error) = json::read(recorded.as_bytes());
        assert_eq!(error, None);
        let mut pretty = String::new();
        json::push_pretty(&mut pretty, &value);
        assert_eq!(pretty, recorded);
        let got = yaml::to_string(&value);
        let expected = data::text(&format!("k8s/{name}.yaml"));
        for (got, expected) in got.lines().zip(expected.lines()) {
            assert_eq!(got, expected, "{name}");
        }
        assert_eq!(got, expected);
    }
}

#[test]
fn json_equals_the_recorded_gets() {
    let text = String::from_utf8(data::unpack("k8s/kubectl.jsonl")).unwrap();
    let all = records("final.db");
    let leave = Leave {
        managed_fields: true,
    };
    let mut compared = 0;
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let stdout = row["stdout"].as_str().unwrap();
        let Ok(printed) = serde_json::from_str::<serde_json::Value>(stdout) else {
            continue;
        };
        let Some(revision) = printed["metadata"]["resourceVersion"]
            .as_str()
            .filter(|rev| !rev.is_empty())
        else {
            continue;
        };
        let revision: i64 = revision.parse().unwrap();
        let record = all
            .iter()
            .find(|record| record.kv.mod_revision == revision)
            .unwrap();
        let Stored::Object(mut object) = Stored::read_without(&SCHEMA, &record.kv.value, leave)
        else {
            panic!("revision {revision} is no object");
        };
        object.set_resource_version(revision);
        let mut got = String::new();
        json::push_pretty(&mut got, &object.value);
        assert_eq!(got, stdout, "{}", row["cmd"]);
        compared += 1;
    }
    assert_eq!(compared, 9);
}

#[test]
fn every_key_says_what_its_object_says() {
    let mut compared = 0;
    for record in records("final.db") {
        let Some(object) = object(&record) else {
            continue;
        };
        let key = RegistryKey::parse(&record.kv.key).unwrap();
        if let Some(known) = key.known {
            assert_eq!(object.kind, known.kind, "{key:?}");
        }
        if !object.name().1.is_empty() {
            assert_eq!(object.name(), (key.namespace, key.name), "{key:?}");
        }
        let group = object
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        assert_eq!(group, key.group, "{key:?}");
        compared += 1;
    }
    assert_eq!(compared, 680);
}

#[test]
fn a_secret_is_masked_but_for_what_was_revealed() {
    let all = records("final.db");
    let record = all
        .iter()
        .find(|record| record.kv.key.ends_with(b"/db-pass"))
        .unwrap();
    let mut object = object(record).unwrap();
    mask::mask_but(&mut object, &|path| path == "data.username");
    assert_eq!(
        compact(object.value.get("data").unwrap()),
        r#"{"password":"***","username":"YWRtaW4="}"#
    );
}

#[test]
fn the_schema_is_small_and_whole() {
    assert!(TEXT.len() < 100_000);
    assert!(SCHEMA.messages().len() > 610, "{}", SCHEMA.messages().len());
    // Every built-in resource that is not stored as JSON has its message.
    let missing: Vec<_> = revscope::kubernetes::registry::RESOURCES
        .iter()
        .filter(|row| {
            let version = match row.group {
                "" => row.version.to_owned(),
                group => format!("{group}/{}", row.version),
            };
            SCHEMA.kind(&version, row.kind).is_none()
        })
        .map(|row| row.kind)
        .collect();
    assert_eq!(
        missing,
        [
            "CustomResourceDefinition",
            "APIService",
            "PodSecurityPolicy"
        ]
    );
}
