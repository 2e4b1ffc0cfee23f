//! The simulated member's file against files of real members that did the same.

use std::fmt::Write as _;

use revscope::backend::{Backend, Member};
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
        let index = store.raft_index();
        let backend = Backend::new(release, Member::default(), 2, index);
        Self { store, backend }
    }

    fn apply(&mut self, op: Op) {
        if let Ok(applied) = self.store.apply(op) {
            let index = self.store.raft_index();
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

#[test]
fn a_workload_gives_the_content_of_the_real_file() {
    for (workload, release) in [("w351", Release::V3_5), ("w3613", Release::V3_6)] {
        let mut node = Node::replay(workload, release, usize::MAX, false);
        let image = node.backend.image().unwrap().clone();
        let ours = check(&image);
        let (db, real) = read_file(data::unpack(&format!("workload/{workload}/final.db")));
        // A real member commits every 100 ms, here each request is a transaction.
        let [ours_pages, real_pages] = [image.high_water_mark(), db.meta().high_water_mark];
        let apart = ours_pages.0.abs_diff(real_pages.0);
        assert!(
            apart * 10 <= real_pages.0,
            "{ours_pages} pages, real {real_pages}"
        );
        assert_eq!(differences(&ours, &real), "");
        node.backend.defrag(0);
        let defragged = node.backend.image().unwrap();
        let (db, _) = read_file(data::unpack(&format!(
            "workload/{workload}/final-defrag.db"
        )));
        assert_eq!(defragged.high_water_mark(), db.meta().high_water_mark);
        let size = node.backend.sizes().unwrap();
        assert_eq!(size.on_disk as u64, db.size());
        // The two pages that a fresh file begins with, as `endpoint status` tells them.
        assert_eq!(size.db_size - size.in_use, 2 * 4096);
    }
}

/// As `endpoint status` of the recorded transcripts, and the files beside them.
#[test]
fn a_fresh_member_has_the_sizes_of_a_real_one() {
    for (release, on_disk) in [
        (Release::V3_4, 20480),
        (Release::V3_5, 20480),
        (Release::V3_6, 16_801_792),
    ] {
        let mut node = Node::new(release);
        let sizes = node.backend.sizes().unwrap();
        assert_eq!((sizes.db_size, sizes.in_use), (20480, 16384), "{release}");
        assert_eq!(sizes.on_disk, on_disk, "{release}");
    }
}

#[test]
fn a_file_made_from_rows_holds_them() {
    let mut node = Node::replay("w3613", Release::V3_6, 700, false);
    let rows = node.store.records().cloned();
    let file = Member::default().file(Release::V3_6, None, rows).unwrap();
    let mut made = check(&file);
    let mut ours = check(node.backend.image().unwrap());
    // Rows do not tell of leases that were granted, nor of the raft log.
    for content in [&mut made, &mut ours] {
        content
            .retain(|path, _| path[0] != b"lease" && path.last().unwrap() != b"consistent_index");
    }
    assert_eq!(differences(&made, &ours), "");
    assert_eq!(
        differences(&read_file(file.snapshot()).1, &check(&file)),
        ""
    );
}

#[test]
fn looking_changes_nothing() {
    let mut seldom = Node::replay("w3613", Release::V3_6, 1100, false);
    let mut often = Node::replay("w3613", Release::V3_6, 1100, true);
    assert!(seldom.backend.snapshot(0).unwrap() == often.backend.snapshot(0).unwrap());
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
