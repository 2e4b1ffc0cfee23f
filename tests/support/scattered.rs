//! A file of etcd made page by page: tens of MiB, its leaves all over it, with older copies of its
//! branch pages.

use revscope::kv::{BucketKey, KeyValue, LeaseId, Revision};

use super::sparse::{Meta, header, leaf, meta};

pub const PAGE: usize = 4096;
/// Records, one a leaf.
pub const ROWS: usize = 8000;
const FAN_OUT: usize = 100;
const BRANCHES: usize = ROWS / FAN_OUT;
/// The page of the top-level buckets, of the root of bucket `key`, and its first branch page.
pub const ROOT: usize = 3;
pub const KEY_ROOT: usize = 4;
pub const BRANCH: usize = 5;
/// Where the older copies of these begin.
const OLD: usize = BRANCH + BRANCHES;
const LEAVES: usize = OLD + BRANCHES + 2;
const PAGES: usize = LEAVES + ROWS;

/// The page of a leaf: neighbours in the tree lie far apart.
fn page_of(row: usize) -> u64 {
    (LEAVES + row * 3347 % ROWS) as u64
}

fn key(row: usize) -> Vec<u8> {
    let revision = Revision::new(row as i64 + 2, 0);
    let tombstone = false;
    BucketKey {
        revision,
        tombstone,
    }
    .encode()
}

fn branch(id: u64, children: &[(Vec<u8>, u64)]) -> Vec<u8> {
    let mut page = header(id, 1, children.len() as u16, 0);
    let mut data: Vec<u8> = Vec::new();
    for (index, (key, child)) in children.iter().enumerate() {
        let pos = 16 * (children.len() - index) + data.len();
        page.extend((pos as u32).to_le_bytes());
        page.extend((key.len() as u32).to_le_bytes());
        page.extend(child.to_le_bytes());
        data.extend(key);
    }
    page.extend(data);
    page
}

fn bucket(root: u64) -> Vec<u8> {
    [root, 0]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

/// The whole file; `name` is that of the large bucket, `key` in a file of etcd.
pub fn file(name: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; PAGES * PAGE];
    let mut put = |page: usize, content: &[u8]| {
        assert!(content.len() <= PAGE, "page {page}");
        bytes[page * PAGE..page * PAGE + content.len()].copy_from_slice(content);
    };
    for row in 0..ROWS {
        let main = row as i64 + 2;
        let value = KeyValue {
            key: format!("key/{:04}", row % 500).into_bytes(),
            value: vec![b'a' + (row % 26) as u8; 3000],
            create_revision: (row % 500) as i64 + 2,
            mod_revision: main,
            version: (row / 500) as i64 + 1,
            lease: LeaseId(0),
        };
        let page = page_of(row);
        put(
            page as usize,
            &leaf(page, &[(0, &key(row), &value.encode())]),
        );
    }
    // The older copies know all but the last leaf.
    for (first, shorter) in [(BRANCH, 0), (OLD, 1)] {
        let mut roots = Vec::new();
        for at in 0..BRANCHES {
            let rows = at * FAN_OUT..(at + 1) * FAN_OUT - shorter;
            let children: Vec<_> = rows.map(|row| (key(row), page_of(row))).collect();
            let page = first + at;
            put(page, &branch(page as u64, &children));
            roots.push((key(at * FAN_OUT), page as u64));
        }
        let root = if shorter == 0 {
            KEY_ROOT
        } else {
            OLD + BRANCHES
        };
        put(root, &branch(root as u64, &roots));
    }
    let mut small = vec![0; 16];
    let number = 8000u64.to_be_bytes();
    let compacted = key(0);
    small.extend(leaf(
        0,
        &[
            (0, b"consistent_index", &number),
            (0, b"finishedCompactRev", &compacted),
            (0, b"scheduledCompactRev", &compacted),
            (0, b"term", &[0, 0, 0, 0, 0, 0, 0, 2]),
        ],
    ));
    for (page, root) in [(ROOT, KEY_ROOT), (OLD + BRANCHES + 1, OLD + BRANCHES)] {
        let buckets = leaf(
            page as u64,
            &[(1, name, &bucket(root as u64)), (1, b"meta", &small)],
        );
        put(page, &buckets);
    }
    put(2, &header(2, 16, 0, 0));
    let numbers = Meta {
        page_size: PAGE as u32,
        root: ROOT as u64,
        freelist: u64::MAX,
        high_water_mark: PAGES as u64,
        txid: 6,
    };
    put(0, &meta(0, numbers));
    put(1, &meta(1, Meta { txid: 5, ..numbers }));
    bytes
}
