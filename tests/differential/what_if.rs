//! A compaction and a defrag of a real etcd beside what was told of them before.

use std::path::Path;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::history::History;
use revscope::kv::Revision;
use revscope::what_if::Trial;
use tempfile::TempDir;

use super::number;
use super::real::Server;

/// Transactions, and puts and deletions in each: more rows than `defrag` copies at once.
const TRANSACTIONS: u64 = 240;
const REQUESTS: u64 = 100;
const KEYS: u64 = 16_000;
const PAGE: u64 = 4096;

/// Numbers that look random, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }
}

fn transaction(numbers: &mut Numbers) -> String {
    let mut keys = std::collections::BTreeSet::new();
    while (keys.len() as u64) < REQUESTS {
        keys.insert(numbers.below(KEYS));
    }
    let requests: Vec<String> = keys
        .into_iter()
        .map(|key| {
            let key = STANDARD.encode(format!("/k/{}/{key}", key % 7));
            if numbers.below(8) == 0 {
                return format!(r#"{{"requestDeleteRange":{{"key":"{key}"}}}}"#);
            }
            let len = match numbers.below(400) {
                0 => numbers.below(12_000),
                1..20 => numbers.below(900),
                _ => numbers.below(60),
            };
            let value = STANDARD.encode(vec![b'v'; len as usize]);
            format!(r#"{{"requestPut":{{"key":"{key}","value":"{value}"}}}}"#)
        })
        .collect();
    format!(r#"{{"success":[{}]}}"#, requests.join(","))
}

fn open(bytes: Vec<u8>) -> (EtcdFile, History) {
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

fn revisions(history: &History) -> Vec<Revision> {
    let rows = history.rows_from(0, u64::MAX);
    rows.map(|(_, change)| change.revision()).collect()
}

pub fn check(programs: &Path) {
    let mut numbers = Numbers(number("REVSCOPE_SEED", 1));
    let server = Server::start(programs, None);
    for _ in 0..TRANSACTIONS {
        let said = server.post("/v3/kv/txn", &transaction(&mut numbers));
        assert!(said.is_some_and(|said| said.contains("succeeded")));
    }
    let folder = TempDir::new().unwrap();
    let saved = folder.path().join("s.db");
    let run = |line: &str| {
        let words: Vec<Vec<u8>> = line.split(' ').map(Vec::from).collect();
        server.etcdctl(&words, b"")
    };
    let done = |line: &str| assert_eq!(run(line).exit, 0, "{line}");
    done(&format!("snapshot save {}", saved.display()));
    let (file, history) = open(std::fs::read(saved).unwrap());
    let at = history.head() - 40 - numbers.below(60).cast_signed();
    let mut trial = Trial::new(&file, &history, at).unwrap();
    while trial.step(&history) {}
    let sizes = trial.outcome().sizes.unwrap();
    let mut stays = revisions(&history);
    let gone: Vec<Revision> = trial
        .rows_that_go(&history)
        .map(|(_, change)| change.revision())
        .collect();
    stays.retain(|revision| gone.binary_search(revision).is_err());

    // A defrag first, for the size that it alone gives.
    done("defrag");
    let defragged = server.db().len() as u64;
    assert!(
        defragged.abs_diff(sizes.defragged) <= PAGE,
        "{defragged} {sizes:?}"
    );
    done(&format!("compact {at} --physical"));
    done("defrag");
    let after = server.db();
    let compacted = after.len() as u64;
    assert!(
        compacted.abs_diff(sizes.compacted) <= PAGE,
        "{compacted} {sizes:?}"
    );
    let (_, left) = open(after);
    assert_eq!(stays, revisions(&left));
    println!(
        "{} rows, {} left: {defragged} and {compacted} bytes, told {sizes:?}",
        stays.len() + gone.len(),
        stays.len()
    );

    // The edge, as it is told in words.
    done(&format!("get /k/1/1 --rev {at}"));
    for line in [
        format!("get /k/1/1 --rev {}", at - 1),
        format!("watch /k/1/1 --rev {}", at - 1),
    ] {
        let answer = run(&line);
        assert_ne!(answer.exit, 0, "{line}");
        let stderr = String::from_utf8_lossy(&answer.stderr);
        assert!(
            stderr.contains("required revision has been compacted"),
            "{line}: {stderr}"
        );
    }
    let mut watch = server.watch(&[
        "watch".into(),
        "/k/".into(),
        "--prefix".into(),
        format!("--rev={at}").into(),
    ]);
    assert!(
        !watch.read(1).is_empty(),
        "a watch from {at} sees what comes after"
    );
}
