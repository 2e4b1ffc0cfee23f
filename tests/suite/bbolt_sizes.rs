//! Every page size, found from whatever is left of the metas.

use std::rc::Rc;

use revscope::bbolt::write::{Image, Options};
use revscope::bbolt::{Db, Order, PageUse, Pgid, Place, Why};
use revscope::etcd::{EtcdFile, RecordScan};

use crate::support::sparse::{Meta, Sparse, header, leaf, meta, tiny};

const SIZES: [u32; 15] = {
    let mut sizes = [0; 15];
    let mut bits = 0;
    while bits < 15 {
        sizes[bits] = 1024 << bits;
        bits += 1;
    }
    sizes
};

/// Opens a file and reads its one item; gives the meta that counts, why, and the problems.
fn check(what: &str, file: Sparse, page_size: u32, active: u8, why: Why, problems: &[&str]) {
    let what = format!("{what}, {page_size}");
    let db = Db::open(Rc::new(file)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(db.page_size(), u64::from(page_size), "{what}");
    assert_eq!((db.metas().active, db.metas().why), (active, why), "{what}");
    let told: Vec<_> = db.problems().iter().map(ToString::to_string).collect();
    assert_eq!(told, problems, "{what}");
    let bucket = db.bucket(&[b"b"]).unwrap().unwrap();
    let item = db.item(&bucket, b"key").unwrap().unwrap();
    assert_eq!(&*item.value, b"value", "{what}");
}

fn without(page_size: u32, metas: &[u64]) -> Sparse {
    let mut file = tiny(page_size);
    let zeros = metas
        .iter()
        .map(|at| (at * u64::from(page_size), vec![0; 80]));
    file.parts.extend(zeros);
    file
}

const LOST: &str = "unusable, the other meta is used: magic is 0x00000000, expected 0xed0cdaed";

#[test]
fn every_size_by_either_meta_or_none() {
    for size in SIZES {
        check("both metas", tiny(size), size, 0, Why::Newer, &[]);
        let lost = [0, 1].map(|meta| format!("meta {meta}: {LOST}"));
        let why = Why::OtherDamaged;
        check(
            "second only",
            without(size, &[0]),
            size,
            1,
            why,
            &[&lost[0]],
        );
        check("first only", without(size, &[1]), size, 0, why, &[&lost[1]]);
        let problems = [
            "meta 0: unusable: magic is 0x00000000, expected 0xed0cdaed",
            "meta 1: unusable: no meta at any page size from 1 KiB to 16 MiB",
            "file: the way to the buckets is lost; salvaged: page 3 is taken as the root",
        ];
        let none = without(size, &[0, 1]);
        check("no meta", none, size, 0, Why::Salvaged, &problems);
    }
}

#[test]
fn metas_of_two_minds() {
    let other = |size: u32| if size == 1024 { 4096 } else { size / 2 };
    for size in SIZES {
        let claimed = other(size);
        let lie = |id, txid| {
            let mut file = tiny(size);
            let numbers = Meta {
                page_size: claimed,
                root: 3,
                freelist: 2,
                high_water_mark: 4,
                txid,
            };
            file.parts.push((id * u64::from(size), meta(id, numbers)));
            file
        };
        let problem = |id| {
            format!(
                "meta {id}: names pages of {claimed} bytes, but the metas lie {size} bytes apart"
            )
        };
        // Meta 1 counts by its number, or not; where it lies tells the size.
        check("newer lies", lie(1, 7), size, 1, Why::Newer, &[&problem(1)]);
        check("older lies", lie(1, 5), size, 0, Why::Newer, &[&problem(1)]);
        // Meta 0 lies about the size, and nothing lies where it says; meta 1 is where it says.
        check("first lies", lie(0, 6), size, 0, Why::Newer, &[&problem(0)]);
    }
}

#[test]
fn files_of_the_writer() {
    for page_size in SIZES.into_iter().filter(|size| *size <= 65536) {
        let mut image = Image::new(Options {
            page_size,
            ..Options::default()
        })
        .unwrap();
        let mut tx = image.begin();
        let bucket = tx.create_bucket(tx.root(), b"b").unwrap();
        tx.put(bucket, b"key", b"value").unwrap();
        for number in 0..3000u32 {
            tx.put(bucket, &number.to_be_bytes(), &[7; 100]).unwrap();
        }
        tx.commit().unwrap();
        let db = Db::open(Rc::new(image)).unwrap();
        assert_eq!(db.page_size(), u64::from(page_size));
        assert_eq!(db.page_map().1, []);
        let bucket = db.bucket(&[b"b"]).unwrap().unwrap();
        assert_eq!(&*db.item(&bucket, b"key").unwrap().unwrap().value, b"value");
    }
}

/// Positions above 2 and 4 GiB are no different from others: where a number of 32 bits would do
/// for a small file, it must not be used.
#[test]
fn pages_far_behind_in_a_large_file() {
    for gib in [2, 4, 7] {
        let far = (gib << 30) / 4096 + 5;
        let mut file = tiny(4096);
        let numbers = Meta {
            page_size: 4096,
            root: far,
            freelist: 2,
            high_water_mark: far + 3,
            txid: 6,
        };
        let key = [&[0, 0, 0, 0, 0, 0, 0, 2][..], b"_", &[0; 8]].concat();
        let value = b"\x0a\x01k\x10\x02\x18\x02\x20\x01\x2a\x01v";
        let bucket = [far + 2, 0].map(u64::to_le_bytes).concat();
        let pages = [
            (0, meta(0, numbers)),
            (1, meta(1, Meta { txid: 5, ..numbers })),
            (far, leaf(far, &[(1, b"key", &bucket)])),
            (far + 2, leaf(far + 2, &[(0, &key, value)])),
        ];
        file.parts = pages.map(|(page, bytes)| (page * 4096, bytes)).to_vec();
        file.parts.push((2 * 4096, header(2, 16, 0, 0)));
        file.size = (far + 3) * 4096;
        let file = EtcdFile::open(Rc::new(file)).unwrap();
        assert_eq!(file.info().problems, [], "{gib} GiB");
        let mut scan = RecordScan::new(&file, Order::Forward);
        let page = scan.next().unwrap().unwrap();
        let record = page.record(0).unwrap();
        assert_eq!((record.key, record.value), (&b"k"[..], &b"v"[..]));
        assert_eq!(page.place(), Place::Page(Pgid(far + 2)));
        let row = file.record(&record.bucket_key).unwrap().unwrap();
        assert_eq!(row.record().unwrap().value, b"v");
        assert!(scan.next().is_none());
        let (map, _) = file.db().page_map();
        assert_eq!(map.get(Pgid(far + 2)).unwrap().usage, PageUse::Leaf);
    }
}
