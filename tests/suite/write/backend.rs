//! The simulated member's file against files of real members that did the same.

use std::fmt::Write as _;

use revscope::backend::{Backend, Member};
use revscope::bbolt::Pgid;
use revscope::bbolt::write::Image;
use revscope::mvcc::{Op, Put, Release, Store};

use super::walk::{Content, check, read_file};
use crate::mvcc::workload;
use crate::support::data;
use crate::transcripts::lines;

/// A store with the file that follows it.
struct Node {
    store: Store,
    backend: Backend,
}

impl Node {
    fn new(release: Release) -> Self {
        let store = Store::new(release, 2);
        let index = store.usage().raft_index;
        let backend = Backend::new(release, Member::default(), 2, index);
        Self { store, backend }
    }

    fn apply(&mut self, op: Op) {
        if let Ok(applied) = self.store.apply(op) {
            let index = self.store.usage().raft_index;
            self.backend.apply(&applied, index);
        }
    }

    fn replay(workload: &str, release: Release, requests: usize, each: bool) -> Self {
        let mut node = Self::new(release);
        let all = lines(&format!("workload/{workload}/requests.jsonl.gz"));
        for request in all.iter().take(requests) {
            node.apply(workload::op(request[0].as_str().unwrap(), &request[1]));
            if each {
                node.backend.image().unwrap();
            }
        }
        node
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// What two contents differ in, but for the place in the raft log.
fn differences(ours: &Content, real: &Content) -> String {
    let mut out = String::new();
    let paths: std::collections::BTreeSet<_> = ours.keys().chain(real.keys()).collect();
    for path in paths {
        let [ours, real] = [ours, real].map(|content| {
            let value = content.get(path)?.as_deref();
            Some(value.map_or("bucket".into(), text))
        });
        let name = path
            .iter()
            .map(|name| text(name))
            .collect::<Vec<_>>()
            .join("/");
        if ours != real && name != "meta/consistent_index" {
            writeln!(out, "{name}: {ours:?}, real {real:?}").unwrap();
        }
    }
    out
}

/// Kinds of the pages in use, and how many are free.
fn pages(image: &Image) -> [u64; 2] {
    let mut kinds = [0; 2];
    let page = |pgid| image.page(Pgid(pgid)).unwrap();
    for pgid in super::walk::Raw::walk(&page, image.root().0).seen {
        match page(pgid)[8] {
            1 => kinds[0] += 1,
            _ => kinds[1] += 1,
        }
    }
    kinds
}

#[test]
fn a_workload_gives_the_content_of_the_real_file() {
    for (workload, release) in [("w351", Release::V3_5), ("w3613", Release::V3_6)] {
        let mut node = Node::replay(workload, release, usize::MAX, false);
        let image = node.backend.image().unwrap().clone();
        let ours = check(&image);
        let (db, real) = read_file(data::unpack(&format!("workload/{workload}/final.db")));
        let page = |pgid| db.bytes(pgid * 4096, 4096).unwrap().to_vec();
        let raw = super::walk::Raw::walk(&page, db.meta().root.0);
        eprintln!(
            "{workload}: hwm {} real {}; branch, leaf {:?} real {}; sizes {:?}",
            image.high_water_mark(),
            db.meta().high_water_mark,
            pages(&image),
            raw.seen.len(),
            node.backend.sizes().unwrap(),
        );
        assert_eq!(differences(&ours, &real), "");
        node.backend.defrag();
        let defragged = node.backend.image().unwrap();
        let (db, _) = read_file(data::unpack(&format!(
            "workload/{workload}/final-defrag.db"
        )));
        assert_eq!(defragged.high_water_mark(), db.meta().high_water_mark);
        let size = node.backend.sizes().unwrap();
        assert_eq!(size.on_disk as u64, db.size());
    }
}

#[test]
fn looking_changes_nothing() {
    for looks in [0, 1] {
        eprintln!("{looks}");
    }
    let mut seldom = Node::replay("w3613", Release::V3_6, 1100, false);
    let mut often = Node::replay("w3613", Release::V3_6, 1100, true);
    assert!(seldom.backend.snapshot().unwrap() == often.backend.snapshot().unwrap());
}

#[test]
fn latest_tells_the_transactions_of_the_latest_request() {
    let mut node = Node::new(Release::V3_5);
    for (key, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
        node.apply(Op::Put(Put {
            key: key.into(),
            value: value.into(),
            ..Put::default()
        }));
    }
    let [put] = node.backend.latest().unwrap() else {
        panic!("one")
    };
    let root = put.commit.root;
    assert_eq!(put.commit.written.len(), 1);
    assert_eq!(put.commit.freed, [put.before.root()]);
    assert_eq!(put.commit.way_up(root), [root]);
    node.apply(Op::Compact { revision: 4 });
    let latest = node.backend.latest().unwrap();
    assert_eq!(latest.len(), 2, "scheduled, and finished");
    assert_eq!(latest[1].before.root(), latest[0].commit.root);
    let content = check(node.backend.image().unwrap());
    let rows = content.keys().filter(|path| path[0] == b"key").count();
    assert_eq!(rows, 3, "the bucket, and a row for each key");
}
