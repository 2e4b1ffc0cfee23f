//! Files of bbolt without etcd: every bucket and item as bbolt's own library reads them.

use std::fmt::Write as _;
use std::rc::Rc;

use revscope::bbolt::{Bucket, Db, LeafWalk, Order, Why};
use revscope::bytes::{Piece, Windows};
use sha2::{Digest, Sha256};

use crate::support::data;

fn sha256(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        write!(out, "{byte:02x}").unwrap();
    }
    out
}

/// Depth first: `depth sha256(key) sha256(value)`, or the bucket's root and sequence.
fn entries(db: &Db, bucket: &Bucket, depth: u32, out: &mut Vec<String>) {
    let mut walk = LeafWalk::new(db, bucket, Order::Forward);
    while let Some(page) = walk.next(db) {
        let page = page.unwrap();
        for index in 0..page.count() {
            let item = page.item(index).unwrap();
            let key = sha256(&item.key);
            if item.is_bucket {
                let inner = Bucket::from_item(&item).unwrap();
                let root = inner.root().map_or(0, |root| root.0);
                out.push(format!("{depth} {key} bucket {root} {}", inner.sequence));
                entries(db, &inner, depth + 1, out);
            } else {
                out.push(format!("{depth} {key} {}", sha256(&item.value)));
            }
            let found = db.item(bucket, &item.key).unwrap().unwrap();
            assert_eq!((&*found.value, found.place), (&*item.value, item.place));
        }
    }
}

fn check(name: &str, bytes: Vec<u8>, count: &str, digest: &str) {
    // Windows smaller than a page, so that pages cross them.
    for window_len in [Windows::WINDOW_LEN, 3000] {
        let windows = Windows::with(Rc::new(bytes.clone()), window_len, 8);
        let db = Db::open_windows(windows).unwrap();
        let mut lines = Vec::new();
        entries(&db, &db.root(), 0, &mut lines);
        assert_eq!(lines.len().to_string(), count, "{name}");
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(sha256(text.as_bytes()), digest, "{name}");
    }
}

#[test]
fn every_item_as_bbolt_reads_it() {
    for row in data::table("entries.tsv") {
        check(&row[0], data::unpack(&row[0]), &row[1], &row[2]);
    }
}

#[test]
fn the_page_size_is_found_without_the_first_meta() {
    for row in data::table("entries.tsv") {
        let mut bytes = data::unpack(&row[0]);
        let whole = Db::open(Rc::new(bytes.clone())).unwrap();
        bytes[..80].fill(0);
        let db = Db::open(Rc::new(bytes)).unwrap();
        assert_eq!(db.page_size(), whole.page_size(), "{}", row[0]);
        assert_eq!((db.metas().active, db.metas().why), (1, Why::OtherDamaged));
        let problems: Vec<_> = db.problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            ["meta 0: unusable, the other meta is used: magic is 0x00000000, expected 0xed0cdaed"]
        );
    }
}

#[test]
fn freelists_are_read() {
    let check = |name: &str, expected: Option<(u64, usize)>| {
        let db = Db::open(Rc::new(data::unpack(name))).unwrap();
        let list = db.freelist();
        let found = list.map(|list| (list.page.0, list.ids().count()));
        assert_eq!(found, expected, "{name}");
        assert_eq!(db.problems(), [], "{name}");
    };
    check("bolt/empty.db", Some((2, 0)));
    check("bolt/random-lib143-hashmap-nosync.db", None);
    check("snapshots/freelist-synced.db", Some((4, 13)));
}

#[test]
fn buckets_are_found_by_path() {
    let db = Db::open(Rc::new(data::unpack("bolt/nested-1024.db"))).unwrap();
    let (top, problems) = db.buckets(&db.root(), 100);
    assert_eq!(problems, []);
    let mut nested = 0;
    for (name, bucket) in &top {
        let by_path = db.bucket(&[name]).unwrap().unwrap();
        assert_eq!(by_path.root(), bucket.root());
        for (inner, bucket) in db.buckets(bucket, 100).0 {
            let by_path = db.bucket(&[name, &inner]).unwrap().unwrap();
            assert_eq!(by_path.sequence, bucket.sequence);
            nested += 1;
        }
    }
    assert!(nested > 10, "{nested} nested buckets");
    assert!(db.bucket(&[b"no such"]).unwrap().is_none());
    assert!(db.item(&db.root(), &[0xff; 40]).unwrap().is_none());
    assert_eq!(db.buckets(&db.root(), 1).0.len(), 1);
    let _: &Piece = &top[0].0;
}
