//! Replays every request of a recorded random workload and compares the rows of the store with
//! those that the real server's file held.

use std::sync::LazyLock;

use revscope::kv::{LeaseId, Record};
use revscope::mvcc::{
    Compare, CompareResult, CompareTarget, DeleteRange, KeyRange, Op, Put, Range, Release, Reply,
    SortOrder, SortTarget, Store, Txn, Watch, WatchBatch,
};
use serde_json::{Value, json};

use crate::transcripts::{b64, int, lines};

fn key_range(body: &Value) -> KeyRange {
    KeyRange::until(b64(&body["key"]), b64(&body["range_end"]))
}

fn put(body: &Value) -> Op {
    Op::Put(Put {
        key: b64(&body["key"]),
        value: b64(&body["value"]),
        lease: LeaseId(int(&body["lease"])),
        prev_kv: body["prev_kv"] == true,
        ignore_value: body["ignore_value"] == true,
        ignore_lease: body["ignore_lease"] == true,
    })
}

fn range(body: &Value) -> Op {
    let mut range = Range::of(key_range(body));
    range.limit = int(&body["limit"]);
    range.revision = int(&body["revision"]);
    if body["sort_order"] == "DESCEND" {
        range.order = SortOrder::Descend;
    }
    if body["sort_target"] == "MOD" {
        range.target = SortTarget::Mod;
    }
    Op::Range(range)
}

fn delete(body: &Value) -> Op {
    Op::DeleteRange(DeleteRange {
        keys: key_range(body),
        prev_kv: body["prev_kv"] == true,
    })
}

fn txn(body: &Value) -> Op {
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    let ops = |name: &str| {
        list(name)
            .iter()
            .map(|op| {
                let (kind, body) = op.as_object().unwrap().iter().next().unwrap();
                match kind.as_str() {
                    "request_put" => put(body),
                    "request_range" => range(body),
                    "request_delete_range" => delete(body),
                    "request_txn" => txn(body),
                    other => panic!("{other}"),
                }
            })
            .collect()
    };
    let compares = list("compare")
        .iter()
        .map(|compare| Compare {
            keys: key_range(compare),
            result: match compare["result"].as_str() {
                Some("GREATER") => CompareResult::Greater,
                Some("LESS") => CompareResult::Less,
                _ => CompareResult::Equal,
            },
            target: match compare["target"].as_str() {
                Some("VERSION") => CompareTarget::Version(int(&compare["version"])),
                other => panic!("{other:?}"),
            },
        })
        .collect();
    Op::Txn(Txn {
        compares,
        success: ops("success"),
        failure: ops("failure"),
    })
}

pub fn op(path: &str, body: &Value) -> Op {
    match path {
        "kv/put" => put(body),
        "kv/range" => range(body),
        "kv/deleterange" => delete(body),
        "kv/txn" => txn(body),
        "lease/grant" => Op::LeaseGrant {
            ttl: int(&body["TTL"]),
            id: LeaseId(int(&body["ID"])),
        },
        "lease/revoke" => Op::LeaseRevoke {
            id: LeaseId(int(&body["ID"])),
        },
        "COMPACT" => Op::Compact {
            revision: int(&body["revision"]),
        },
        other => panic!("{other}"),
    }
}

/// Everything of a row that the truth has for every row; long values it has as a length and a
/// checksum, so their bytes are compared by `hashkv`.
fn row(record: &Record) -> Value {
    let at = record.bucket_key.revision;
    json!([
        at.main,
        at.sub,
        record.bucket_key.tombstone,
        record.kv.key,
        record.kv.value.len(),
        record.kv.create_revision,
        record.kv.mod_revision,
        record.kv.version,
        record.kv.lease.0
    ])
}

fn truth_row(row: &Value) -> Value {
    json!([
        row["main"],
        row["sub"],
        row["tombstone"],
        b64(&row["key_b64"]),
        row["value_len"].as_u64().unwrap_or_default(),
        row["create"],
        row["mod"],
        row["version"],
        row["lease"]
    ])
}

fn compare(store: &Store, workload: &str, moment: &str) {
    let truth = lines(&format!("workload/{workload}/{moment}.jsonl.gz"));
    assert_eq!(store.records().len(), truth.len(), "{workload} {moment}");
    for (record, truth) in store.records().zip(&truth) {
        assert_eq!(row(record), truth_row(truth), "{workload} {moment}");
    }
}

fn hashes(workload: &str) -> Vec<u32> {
    lines(&format!("workload/{workload}/online.jsonl.gz"))
        .iter()
        .filter(|line| line["cmd"][2] == "hashkv")
        .map(|line| {
            let out: Value = serde_json::from_str(line["stdout"].as_str().unwrap()).unwrap();
            u32::try_from(out[0]["HashKV"]["hash"].as_u64().unwrap()).unwrap()
        })
        .collect()
}

/// The store after the larger workload.
static W351: LazyLock<Store> = LazyLock::new(|| replay("w351", Release::V3_5));

fn replay(workload: &str, release: Release) -> Store {
    let mut store = Store::new(release, 2);
    let mut hashed = hashes(workload).into_iter();
    let mut check_hash = |store: &Store| {
        let hash = store.hash_kv(0).unwrap().hash;
        assert_eq!(Some(hash), hashed.next(), "{workload}: hashkv");
    };
    for request in lines(&format!("workload/{workload}/requests.jsonl.gz")) {
        let path = request[0].as_str().unwrap();
        if path == "COMPACT" {
            compare(&store, workload, "before-compaction");
            check_hash(&store);
        }
        let expected = &request[2];
        let before = store.records().len();
        match store.apply(op(path, &request[1])) {
            Ok(applied) => {
                assert_eq!(applied.revision, int(expected), "{request}");
                let after = before + applied.written.len() - applied.removed.len();
                assert_eq!(store.records().len(), after, "{request}");
                if let (Reply::Range(reply), Some(limit)) =
                    (&applied.reply, request[1].get("limit"))
                {
                    assert!(reply.kvs.len() as i64 <= int(limit));
                }
            }
            Err(error) => assert_eq!(expected.as_str(), Some(error.to_string().as_str())),
        }
        if path == "COMPACT" {
            compare(&store, workload, "after-compaction");
            check_hash(&store);
        }
    }
    compare(&store, workload, "final");
    check_hash(&store);
    store
}

#[test]
fn replaying_a_workload_gives_the_rows_of_the_real_file() {
    assert_eq!(W351.revision(), 5000);
    replay("w3613", Release::V3_6);
}

#[test]
fn raft_entries_are_counted_as_the_server_counted_them() {
    let store = &*W351;
    let recorded = lines("workload/w351/online.jsonl.gz")
        .into_iter()
        .filter(|line| line["cmd"][2] == "status")
        .map(|line| {
            let out: Value = serde_json::from_str(line["stdout"].as_str().unwrap()).unwrap();
            int(&out[0]["Status"]["raftIndex"])
        })
        .nth(1)
        .unwrap();
    assert_eq!(store.raft_index(), recorded);
}

#[test]
fn a_watch_sees_every_change_as_the_real_one_did() {
    let mut store = Store::new(Release::V3_6, 2);
    let (mut watch, past) = Watch::new(&store, KeyRange::prefix(""), 1, true).unwrap();
    assert!(past.is_empty());
    let mut seen = Vec::new();
    for request in lines("workload/w3613/requests.jsonl.gz") {
        if let Ok(applied) = store.apply(op(request[0].as_str().unwrap(), &request[1])) {
            seen.extend(watch.see(&store, &applied));
        }
    }
    let recorded = lines("workload/w3613/watch-full-history.jsonl.gz");
    compare_batches(&seen, &recorded);
}

#[test]
fn a_watch_catches_up_a_thousand_revisions_at_a_time() {
    let (mut watch, past) = Watch::new(&W351, KeyRange::prefix(""), 2453, false).unwrap();
    let shape: Vec<_> = past
        .iter()
        .map(|batch| {
            let first = batch.events.first().unwrap().kv.mod_revision;
            let last = batch.events.last().unwrap().kv.mod_revision;
            (batch.revision, first, last)
        })
        .collect();
    let expected = [(5000, 2453, 3452), (5000, 3453, 4452), (5000, 4453, 5000)];
    assert_eq!(shape, expected);
    let mut store = W351.clone();
    let applied = store.apply(put(&json!({"key": "YQ=="}))).unwrap();
    let batch = watch.see(&store, &applied).unwrap();
    assert_eq!((batch.revision, batch.events.len()), (5001, 1));
    assert!(Watch::new(&store, KeyRange::prefix(""), 2451, false).is_err());
}

fn compare_batches(seen: &[WatchBatch], recorded: &[Value]) {
    let kv = |kv: &revscope::kv::KeyValue| {
        json!([
            kv.key,
            kv.value,
            kv.create_revision,
            kv.mod_revision,
            kv.version,
            kv.lease.0
        ])
    };
    let recorded_kv = |kv: &Value| {
        json!([
            b64(&kv["key"]),
            b64(&kv["value"]),
            int(&kv["create_revision"]),
            int(&kv["mod_revision"]),
            int(&kv["version"]),
            int(&kv["lease"])
        ])
    };
    assert_eq!(seen.len(), recorded.len());
    for (batch, recorded) in seen.iter().zip(recorded) {
        assert_eq!(batch.revision, int(&recorded["Header"]["revision"]));
        let events = recorded["Events"].as_array().unwrap();
        assert_eq!(batch.events.len(), events.len());
        for (event, recorded) in batch.events.iter().zip(events) {
            assert_eq!(kv(&event.kv), recorded_kv(&recorded["kv"]));
            let prev = event.prev_kv.as_ref().map(kv);
            assert_eq!(prev, recorded.get("prev_kv").map(recorded_kv));
        }
    }
}
