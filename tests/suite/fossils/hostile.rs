//! Fossils where nothing can be trusted: every field of a stale page broken, rows planted in slack
//! and room, roots that lead anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use revscope::bbolt::{Db, PageKind, PageUse, Pgid, Place, fnv1a};
use revscope::etcd::{Confidence, FossilWhy, Fossils};
use revscope::kv::{BucketKey, KeyValue, Revision};

use super::{W3423, live, rows, search};
use crate::support::data;

fn put(bytes: &mut [u8], at: usize, width: usize, number: u64) {
    bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
}

const PAGE: usize = 4096;
const EVIL: &[u64] = &[
    0,
    1,
    2,
    3,
    16,
    17,
    255,
    4080,
    4096,
    65535,
    1 << 16,
    0x7fff_ffff,
    0xffff_ffff,
    u64::MAX,
];

#[test]
fn a_stale_page_with_any_field_broken_loses_no_row() {
    let good = data::unpack(W3423);
    let history = live(&data::unpack("workload/w3423/before-compaction.db"));
    let (_, fossils) = search(&good);
    let mut pages = BTreeMap::new();
    for fossil in fossils.iter().filter(|fossil| fossil.copies() == 1) {
        *pages.entry(fossil.page()).or_insert(0) += 1;
    }
    let (page, _) = pages.into_iter().max_by_key(|(_, count)| *count).unwrap();
    let base = page.0 as usize * PAGE;
    let count = u16::from_le_bytes([good[base + 10], good[base + 11]]) as usize;
    let header = [(0, 8), (8, 2), (10, 2), (12, 4)];
    let elements = [0, 1, count - 1].map(|index| [4, 8, 12].map(|at| (16 + index * 16 + at, 4)));
    for (at, width) in header.into_iter().chain(elements.into_iter().flatten()) {
        for number in EVIL {
            let mut bytes = good.clone();
            put(&mut bytes, base + at, width, *number);
            if bytes == good {
                continue;
            }
            let what = format!("byte {at} of page {page} = {number:#x}");
            let found = rows(&bytes);
            assert_eq!(found.len(), fossils.len() as usize, "{what}");
            for (key, row) in &found {
                assert_eq!(Some(row), history.get(key), "{what}");
            }
            let (_, found) = search(&bytes);
            let sure = |fossils: &Fossils| {
                let high = fossils
                    .iter()
                    .filter(|f| f.confidence() == Confidence::High);
                high.filter(|fossil| fossil.page() == page).count()
            };
            // A shorter count or a longer overflow may leave a page that looks whole.
            if !(10..=16).contains(&at) {
                assert_eq!(sure(&found), 0, "{what}");
            }
        }
    }
}

#[test]
fn broken_bytes_of_a_row_cost_that_row_alone() {
    let good = data::unpack(W3423);
    let history = live(&data::unpack("workload/w3423/before-compaction.db"));
    let (_, fossils) = search(&good);
    let fossil = fossils
        .iter()
        .find(|f| f.copies() == 1 && !f.bucket_key().tombstone);
    let fossil = *fossil.unwrap();
    let start = fossil.offset() as usize - BucketKey::LEN;
    // The bytes of the bucket key and of the numbers in the value. Another number of the change
    // in its transaction can be true, and nothing tells it from the real one.
    let record = &history[&fossil.bucket_key()];
    let key_end = start + BucketKey::LEN + 2 + record.kv.key.len();
    for at in (start..start + BucketKey::LEN - 3).chain(key_end..key_end + 3) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x80;
        let found = rows(&bytes);
        assert_eq!(
            found.len(),
            fossils.len() as usize - 1,
            "byte {}",
            at - start
        );
        assert!(found.iter().all(|(key, row)| history.get(key) == Some(row)));
    }
}

#[test]
fn the_other_root_may_lead_anywhere() {
    let good = data::unpack("workload/w351/after-compaction.db");
    let db = Db::open(Rc::new(good.clone())).unwrap();
    let other = usize::from(db.metas().active == 0) * PAGE;
    let (map, _) = db.page_map();
    let branch = map.free().find(|free| {
        let header = db.raw_header(free.page);
        header.is_ok_and(|header| header.kind() == Some(PageKind::Branch) && header.count > 1)
    });
    let branch = branch.unwrap().page.0;
    let count = db.raw_header(Pgid(branch)).unwrap().count;
    for root in [0, 1, branch, 1 << 20, u64::MAX] {
        let mut bytes = good.clone();
        put(&mut bytes, other + 32, 8, root);
        let sum = fnv1a(&bytes[other + 16..other + 72]);
        put(&mut bytes, other + 72, 8, sum);
        // A branch that leads to itself, and to pages that are not there.
        for index in 0..usize::from(count) {
            let child = if index == 0 { branch } else { u64::MAX - 7 };
            put(
                &mut bytes,
                branch as usize * PAGE + 24 + index * 16,
                8,
                child,
            );
        }
        assert_eq!(rows(&bytes).len(), 3230, "root {root}");
    }
}

/// A put of revision 5 that no file has.
fn planted() -> (BucketKey, Vec<u8>) {
    let key = BucketKey {
        revision: Revision::new(5, 77),
        tombstone: false,
    };
    let value = KeyValue {
        key: b"planted".to_vec(),
        value: b"in the dark".to_vec(),
        create_revision: 4,
        mod_revision: 5,
        version: 2,
        ..KeyValue::default()
    };
    (key, [key.encode(), value.encode()].concat())
}

#[test]
fn slack_and_room_are_searched() {
    let (key, row) = planted();
    let check = |bytes: &[u8], page: u64, why: FossilWhy| {
        let (_, fossils) = search(bytes);
        let fossil = fossils.find(&key).unwrap();
        assert_eq!(fossil.place(), Place::Page(Pgid(page)));
        assert_eq!((fossil.why(), fossil.confidence()), (why, Confidence::Low));
        assert_eq!(fossils.len(), 1);
    };
    let good = data::unpack("workload/w3423/before-compaction.db");
    let (map, _) = Db::open(Rc::new(good.clone())).unwrap().page_map();
    let mut tried = BTreeSet::new();
    for entry in map.pages() {
        let kind = match entry.usage {
            PageUse::Leaf => "leaf",
            PageUse::Branch => "branch",
            PageUse::Meta => "meta",
            _ => continue,
        };
        let end = (entry.page.0 as usize + 1) * PAGE;
        let at = end - row.len() - 3;
        if good[at - 1..end].iter().all(|byte| *byte == 0) {
            let mut bytes = good.clone();
            bytes[at..at + row.len()].copy_from_slice(&row);
            check(&bytes, entry.page.0, FossilWhy::Slack);
            tried.insert(kind);
        }
    }
    assert_eq!(
        tried.into_iter().collect::<Vec<_>>(),
        ["branch", "leaf", "meta"]
    );
    let mut bytes = good.clone();
    let room = (bytes.len() / PAGE) as u64;
    bytes.resize(bytes.len() + 3 * PAGE, 0);
    // Over the edge of two pages.
    let at = good.len() + PAGE - 20;
    bytes[at..at + row.len()].copy_from_slice(&row);
    check(&bytes, room, FossilWhy::Room);
}

#[test]
fn a_row_that_was_written_over_in_part_is_none() {
    let (_, row) = planted();
    let mut bytes = data::unpack("workload/w3423/before-compaction.db");
    let end = bytes.len();
    // A rest of a page that ends right where a page with a header of its own begins.
    bytes.resize(end + 2 * PAGE, 0);
    let at = end + PAGE - row.len() + 4;
    bytes[at..at + row.len()].copy_from_slice(&row);
    put(&mut bytes, end + PAGE, 8, (end + PAGE) as u64 / PAGE as u64);
    put(&mut bytes, end + PAGE + 8, 8, 2);
    assert!(rows(&bytes).is_empty());
}

#[test]
fn many_buckets_that_share_their_bytes_are_gone_through_once() {
    let mut bytes = data::unpack("workload/w3423/before-compaction.db");
    let start = bytes.len();
    // A page of 2 MiB with 65,000 buckets, all of them the same page of 60,000 rows: four
    // thousand million rows, if each were gone through.
    let (count, inner, size) = (65_000, 60_000u64, 512 * PAGE);
    bytes.resize(start + size, 0);
    put(&mut bytes, start, 8, (start / PAGE) as u64);
    put(&mut bytes, start + 8, 2, 2);
    put(&mut bytes, start + 10, 2, count as u64);
    put(&mut bytes, start + 12, 4, (size / PAGE - 1) as u64);
    let key = 16 + 16 * count;
    for index in 0..count {
        let at = 16 + 16 * index;
        let row = [1, key - at, 3, size - key - 3];
        for (field, number) in row.into_iter().enumerate() {
            put(&mut bytes, start + at + 4 * field, 4, number as u64);
        }
    }
    bytes[start + key..start + key + 3].copy_from_slice(b"key");
    let page = start + key + 3 + 16;
    put(&mut bytes, page + 8, 2, 2);
    put(&mut bytes, page + 10, 2, inner);
    let (_, row) = planted();
    let at = bytes.len() - row.len();
    bytes[at..].copy_from_slice(&row);
    for index in 0..inner as usize {
        let element = page + 16 + 16 * index;
        put(&mut bytes, element + 4, 4, (at - element) as u64);
        put(&mut bytes, element + 8, 4, BucketKey::LEN as u64);
        let value = row.len() - BucketKey::LEN;
        put(&mut bytes, element + 12, 4, value as u64);
    }
    let (_, fossils) = search(&bytes);
    let fossil = fossils.get(0).unwrap();
    assert_eq!((fossils.len(), fossil.copies()), (1, inner as u32));
    assert_eq!(fossil.confidence(), Confidence::Medium);
}
