//! Every field of every structure broken, and files cut at every kind of place.
//!
//! Required: no panic, bounded reading, and whatever is lost is named. A record may only be
//! missing if there is a problem or an error, and damage of one page costs no other page.

use std::rc::Rc;
use std::sync::LazyLock;

use proptest::prelude::*;
use revscope::bbolt::{Db, fnv1a};
use revscope::bytes::Cursor;
use revscope::kv::RecordRef;

use crate::support::data;
use crate::support::survey::{Survey, survey};

const PAGE: usize = 4096;
/// Of the good snapshot: page of the top-level buckets, branch of bucket `key`, one of its leaves.
const ROOT: usize = 4;
const BRANCH: usize = 28;
const LEAF: usize = 23;
const ALL: usize = 763;
/// Records on that leaf.
const ON_LEAF: usize = 50;

fn good() -> Vec<u8> {
    static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut bytes = data::unpack("snapshots/good-snapshot.db");
        // Without the hash: every break would be found by it.
        bytes.truncate(37 * PAGE);
        bytes
    });
    GOOD.clone()
}

/// Writes the low `width` bytes of a number at a position.
fn put(bytes: &mut [u8], at: usize, width: usize, number: u64) {
    bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
}

/// Makes the checksums of both metas right again.
fn seal(bytes: &mut [u8]) {
    for meta in [0, PAGE] {
        let sum = fnv1a(&bytes[meta + 16..meta + 72]);
        put(bytes, meta + 72, 8, sum);
    }
}

/// Numbers that break things: small ones, page numbers, edges of every width.
fn evil() -> Vec<u64> {
    let mut numbers = vec![
        0, 1, 2, 3, 4, 15, 16, 17, 23, 28, 36, 37, 38, 50, 100, 255, 4080, 4095, 4096, 4097, 65535,
    ];
    for bits in [16, 31, 32, 52, 63] {
        numbers.extend([(1u64 << bits) - 1, 1 << bits, (1 << bits) + 1]);
    }
    numbers.extend([u64::MAX, u64::MAX - 1, u64::MAX / 4096, u64::MAX / 4096 + 1]);
    numbers
}

/// Puts every evil number into a field; `lost` is how many records that may cost.
fn check(what: &str, at: usize, width: usize, lost: usize) {
    let good = good();
    let mut tried = 0;
    for number in evil() {
        let mut bytes = good.clone();
        put(&mut bytes, at, width, number);
        if bytes == good {
            continue;
        }
        if at < 2 * PAGE {
            put(&mut bytes, (at + PAGE) % (2 * PAGE), width, number);
            seal(&mut bytes);
        }
        let found = bounded(bytes);
        let what = format!("{what} = {number:#x}: {:?}", found.problems);
        // A root that leads to another whole tree, a stale older one perhaps, is no damage.
        if !(what.contains("root =") && (2..37).contains(&number)) {
            named(&what, &found);
        }
        let missing = ALL.saturating_sub(found.records.len());
        assert!(
            missing <= lost,
            "{what}: {missing} records lost, at most {lost}"
        );
        tried += 1;
    }
    assert!(tried > 15, "{what}: {tried} numbers tried");
}

fn named(what: &str, found: &Survey) {
    if found.records.len() != ALL {
        assert!(!found.problems.is_empty(), "{what}: lost without a word");
    }
}

/// Reads a file to its end; a scan may read every page as itself and as a continuation.
fn bounded(bytes: Vec<u8>) -> Survey {
    let size = bytes.len() as u64;
    let found = survey(bytes);
    let read = found.bytes_read;
    assert!(
        read <= 16 * size + 16 * PAGE as u64,
        "{read} bytes read of {size}"
    );
    assert!(found.problems.len() < 70_000, "{}", found.problems.len());
    found
}

#[test]
fn the_good_file_is_good() {
    let found = bounded(good());
    assert_eq!(
        (found.problems.as_slice(), found.records.len()),
        (&[][..], ALL)
    );
}

#[test]
fn every_field_of_the_metas() {
    let fields: [(&str, usize, usize, usize); 9] = [
        ("magic", 16, 4, ALL),
        ("version", 20, 4, ALL),
        ("page size", 24, 4, ALL),
        ("flags", 28, 4, 0),
        ("root", 32, 8, ALL),
        ("sequence", 40, 8, 0),
        ("freelist", 48, 8, 0),
        ("high-water mark", 56, 8, 0),
        ("txid", 64, 8, 0),
    ];
    for (name, at, width, lost) in fields {
        check(&format!("meta {name}"), at, width, lost);
    }
}

#[test]
fn one_broken_meta_costs_nothing() {
    for meta in [0, PAGE] {
        for at in 16..80 {
            let mut bytes = good();
            bytes[meta + at] ^= 0x55;
            let found = bounded(bytes);
            assert_eq!(found.records.len(), ALL, "meta byte {at}");
            let index = meta / PAGE;
            let said = format!("meta {index}: unusable, the other meta is used: ");
            assert!(found.problems[0].starts_with(&said), "{:?}", found.problems);
        }
    }
}

#[test]
fn every_field_of_a_leaf() {
    let page = LEAF * PAGE;
    check("leaf id", page, 8, 0);
    check("leaf flags", page + 8, 2, ON_LEAF);
    check("leaf count", page + 10, 2, ON_LEAF);
    check("leaf overflow", page + 12, 4, 0);
    for element in [0, 1, 42, ON_LEAF - 1] {
        let at = page + 16 + 16 * element;
        check(&format!("leaf element {element} flags"), at, 4, 1);
        check(&format!("leaf element {element} pos"), at + 4, 4, 1);
        check(&format!("leaf element {element} ksize"), at + 8, 4, 1);
        check(&format!("leaf element {element} vsize"), at + 12, 4, 1);
    }
}

#[test]
fn every_field_of_a_branch() {
    let page = BRANCH * PAGE;
    check("branch id", page, 8, 0);
    check("branch flags", page + 8, 2, ALL);
    check("branch count", page + 10, 2, ALL);
    check("branch overflow", page + 12, 4, 0);
    for element in [0, 1, 9] {
        let at = page + 16 + 16 * element;
        check(&format!("branch element {element} pos"), at, 4, 0);
        check(&format!("branch element {element} ksize"), at + 4, 4, 0);
        // A child that is another one's costs that one too: it is read in the wrong place.
        check(&format!("branch element {element} child"), at + 8, 8, 100);
    }
}

#[test]
fn every_field_of_the_buckets() {
    let page = ROOT * PAGE;
    check("root page id", page, 8, 0);
    check("root page flags", page + 8, 2, ALL);
    check("root page count", page + 10, 2, ALL);
    check("root page overflow", page + 12, 4, 0);
    let bytes = good();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // alarm, auth, authRoles, authUsers, cluster, key, ...
    for element in [4, 5] {
        let at = page + 16 + 16 * element;
        for (field, name) in ["flags", "pos", "ksize", "vsize"].iter().enumerate() {
            check(&format!("bucket {element} {name}"), at + 4 * field, 4, ALL);
        }
        let value = at + number(at + 4) + number(at + 8);
        check(&format!("bucket {element} root"), value, 8, ALL);
        check(&format!("bucket {element} sequence"), value + 8, 8, 0);
        if element != 5 {
            check(&format!("inline {element} id"), value + 16, 8, 0);
            check(&format!("inline {element} flags"), value + 24, 2, 0);
            check(&format!("inline {element} count"), value + 26, 2, 0);
            check(&format!("inline {element} overflow"), value + 28, 4, 0);
            check(&format!("inline {element} pos"), value + 36, 4, 0);
            check(&format!("inline {element} ksize"), value + 40, 4, 0);
            check(&format!("inline {element} vsize"), value + 44, 4, 0);
        }
    }
}

#[test]
fn every_field_of_a_freelist() {
    let good = data::unpack("snapshots/freelist-synced.db");
    for (name, at, width) in [
        ("id", 0, 8),
        ("flags", 8, 2),
        ("count", 10, 2),
        ("overflow", 12, 4),
        ("entry", 16, 8),
    ] {
        for number in evil() {
            let mut bytes = good.clone();
            put(&mut bytes, 4 * PAGE + at, width, number);
            let found = bounded(bytes);
            assert_eq!(found.records.len(), ALL, "freelist {name} = {number:#x}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_is_left() {
    let good = good();
    let mut cuts = vec![0, 1, 15, 16, 19, 20, 24, 79, 80, 81, 511, 1024, 2048, 3000];
    for page in 1..37 {
        let at = page * PAGE;
        cuts.extend([at - 1, at, at + 1, at + 15, at + 16, at + 40, at + 2000]);
    }
    let mut before = 0;
    for cut in cuts {
        let found = bounded(good[..cut].to_vec());
        named(&format!("cut at {cut}"), &found);
        let first = found.problems.first();
        assert!(
            cut < 2 * PAGE || first.is_some_and(|said| said.contains("cut short")),
            "cut at {cut}: {first:?}"
        );
        assert!(found.records.len() >= before, "cut at {cut}");
        before = found.records.len();
    }
    assert!(before > ALL - 100, "{before}");
}

/// A value of several pages, with the wrong number of continuation pages.
#[test]
fn every_overflow_of_a_large_item() {
    let good = data::unpack("bolt/overflow.db");
    let db = Db::open(Rc::new(good.clone())).unwrap();
    let values = db.bucket(&[b"values"]).unwrap().unwrap();
    let root = values.root().unwrap();
    let header = root.0 as usize * PAGE;
    for number in evil() {
        let mut bytes = good.clone();
        put(&mut bytes, header + 12, 4, number);
        let found = bounded(bytes);
        assert_eq!(found.records.len(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        prop_assert_eq!(survey(bytes).records.len(), 0);
    }

    #[test]
    fn random_writes_do_no_harm(
        writes in prop::collection::vec((0usize..37 * PAGE, any::<u64>(), 1usize..=8), 1..20),
        pages in prop::collection::vec((2usize..37, 2usize..37), 0..4),
    ) {
        let mut bytes = good();
        for (from, to) in pages {
            bytes.copy_within(from * PAGE..(from + 1) * PAGE, to * PAGE);
        }
        for (at, number, width) in writes {
            let at = at.min(37 * PAGE - width);
            put(&mut bytes, at, width, number);
        }
        let found = bounded(bytes);
        named("random writes", &found);
    }

    #[test]
    fn random_rows_decode_or_say_why(
        key in prop::collection::vec(any::<u8>(), 0..20),
        value in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(record) = RecordRef::decode(&key, &value) {
            prop_assert!(record.key.len() + record.value.len() <= value.len());
        }
    }

    #[test]
    fn a_cursor_stays_in_its_slice(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        steps in prop::collection::vec((0u8..6, any::<u64>()), 0..32),
        start in 0usize..100,
    ) {
        let mut cursor = Cursor::at(&bytes, start);
        for (step, len) in steps {
            let before = cursor.offset();
            let read = match step {
                0 => cursor.u8("u8").map(|_| 1),
                1 => cursor.u16_le("u16").map(|_| 2),
                2 => cursor.u32_le("u32").map(|_| 4),
                3 => cursor.u64_be("u64").map(|_| 8),
                4 => cursor.take("few", len % 16).map(<[u8]>::len),
                _ => cursor.take("any", len).map(<[u8]>::len),
            };
            prop_assert_eq!(cursor.offset(), before + read.unwrap_or(0));
            prop_assert_eq!(cursor.offset() + cursor.rest().len(), bytes.len());
        }
    }
}
