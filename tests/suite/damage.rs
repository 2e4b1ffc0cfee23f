//! One good snapshot with one damage each: what is said, and what is still read.

use crate::support::data;
use crate::support::survey::survey;

/// Records in the good snapshot. The leaf that most damages hit, page 23, holds 50 of them.
const ALL: usize = 763;

fn check(name: &str, records: usize, problems: &[&str]) {
    let found = survey(data::unpack(&format!("snapshots/{name}")));
    assert_eq!(found.problems, problems, "{name}");
    assert_eq!(found.records.len(), records, "{name}");
}

#[test]
fn whole_files_have_no_problem() {
    check("good-snapshot.db", ALL, &[]);
    check("freelist-synced.db", ALL, &[]);
    check("trunc-no-hash.db", ALL, &[]);
    // The hash was made right again: no reader can tell.
    check("flip-value-byte-rehashed.db", ALL, &[]);
    // A free list that names a used page misleads only a writer; a check of all pages tells it.
    check("freelist-lists-used-page.db", ALL, &[]);
}

#[test]
fn nothing_of_these_can_be_read() {
    check("zero-length.db", 0, &["the file is empty"]);
    check(
        "random-100.bin",
        0,
        &["not a bbolt file: its first bytes are of no kind known here (100 bytes)"],
    );
    check(
        "random-8192.bin",
        0,
        &[
            "not a bbolt file: its first bytes are as even as noise: it seems to be encrypted, or packed in a way not known here (8192 bytes)",
        ],
    );
    check(
        "zeros-16384.bin",
        0,
        &["not a bbolt file: it begins with zero bytes only (16384 bytes)"],
    );
    check(
        "text.txt",
        0,
        &["not a bbolt file: it looks like text (4600 bytes)"],
    );
    check(
        "trunc-100.db",
        0,
        &["the file is cut short: 100 bytes, but two pages of 4096 bytes are the least"],
    );
    check(
        "trunc-3000.db",
        0,
        &["the file is cut short: 3000 bytes, but two pages of 4096 bytes are the least"],
    );
}

#[test]
fn without_a_meta_the_root_is_found_by_its_header() {
    check(
        "both-metas-checksum.db",
        ALL,
        &[
            "meta 0: unusable: checksum is e81f759271c7962e, but its bytes give 17e08a6d8e3869d1",
            "meta 1: unusable: checksum is 071a3c9b7cb6e04f, but its bytes give f8e5c36483491fb0",
            "file: the way to the buckets is lost; salvaged: page 4 is taken as the root",
        ],
    );
    check(
        "both-metas-version-3.db",
        ALL,
        &[
            "meta 0: unusable: format version is 3, expected 2",
            "meta 1: unusable: format version is 3, expected 2",
            "file: the way to the buckets is lost; salvaged: page 4 is taken as the root",
        ],
    );
}

#[test]
fn the_way_to_the_records_is_lost() {
    // The metas are whole, but the pages with the buckets are not in the file.
    check(
        "trunc-two-metas.db",
        0,
        &[
            "a bbolt file whose bucket key cannot be found: no bucket could be read; file: cut short: 35 of 37 pages are missing; meta 0: leads to page 4, but the file has only 2 pages",
        ],
    );
    // Of the pages left, an older branch page still names leaves of the store.
    let cut = [
        "file: cut short: 19 of 37 pages are missing",
        "page 4: element 5: leads to page 28, but the file has only 18 pages",
        "page 4: element 5: salvaged: 6 leaf pages with keys that fit here stand in, the first is 15",
    ];
    check("trunc-page-boundary.db", 283, &cut);
    check("trunc-mid-page.db", 283, &cut);
    check(
        "root-out-of-file.db",
        ALL,
        &[
            "meta 0: leads to page 1037, but the file has only 37 pages",
            "meta 0: the way to the buckets is lost; salvaged: page 4 is taken as the root",
        ],
    );
    check(
        "root-is-meta.db",
        ALL,
        &[
            "meta 0: leads to page 0, a meta page",
            "meta 0: the way to the buckets is lost; salvaged: page 4 is taken as the root",
        ],
    );
}

#[test]
fn one_bad_meta_costs_nothing() {
    check(
        "meta0-checksum.db",
        ALL,
        &[
            "meta 0: unusable, the other meta is used: checksum is e81f759271c7962e, but its bytes give 17e08a6d8e3869d1",
        ],
    );
    check(
        "meta0-magic.db",
        ALL,
        &["meta 0: unusable, the other meta is used: magic is 0x00000000, expected 0xed0cdaed"],
    );
    check(
        "meta0-page-zeroed.db",
        ALL,
        &["meta 0: unusable, the other meta is used: magic is 0x00000000, expected 0xed0cdaed"],
    );
    check(
        "meta1-checksum.db",
        ALL,
        &[
            "meta 1: unusable, the other meta is used: checksum is 071a3c9b7cb6e04f, but its bytes give f8e5c36483491fb0",
        ],
    );
    check(
        "other-meta-newer-but-bad.db",
        ALL,
        &[
            "meta 1: unusable, the other meta is used: checksum is 071a3c9b7cb6e04f, but its bytes give 5429c0aa0cef8c54",
        ],
    );
}

#[test]
fn the_hash_and_the_end_of_a_snapshot() {
    check(
        "flip-value-byte.db",
        ALL,
        &[
            "file: sha256 at the end is 1ce092065818574c86b6db26ca9faa1e1e12e973ef4809e0a6dcaaf8d9e754e8, but the pages give a905edf315b3e954418231392a7c8a1317bc41681115a4d594721ee03fe637fe",
        ],
    );
    check(
        "flip-hash-byte.db",
        ALL,
        &[
            "file: sha256 at the end is 1ce092065818574c86b6db26ca9faa1e1e12e973ef4809e0a6dcaaf9d9e754e8, but the pages give 1ce092065818574c86b6db26ca9faa1e1e12e973ef4809e0a6dcaaf8d9e754e8",
        ],
    );
    check(
        "trunc-hash-10.db",
        ALL,
        &[
            "file: 22 bytes follow the last page: a snapshot whose 32-byte sha256 was cut, or whose end was damaged",
        ],
    );
    check(
        "trunc-last-page.db",
        ALL,
        &["file: cut short: 1 of 37 pages are missing"],
    );
}

#[test]
fn a_bad_freelist_costs_nothing() {
    check(
        "freelist-page-destroyed.db",
        ALL,
        &[
            "page 4: says that it is page 12297829382473034410",
            "page 4: flags 0xaaaa are no kind of page",
        ],
    );
    check(
        "freelist-count-huge.db",
        ALL,
        &["page 4: the freelist claims 1099511627776 entries, but its pages hold 509"],
    );
    check(
        "freelist-entry-out.db",
        ALL,
        &["page 4: freelist entries that name no page of the file: 1, the first is 333"],
    );
    check(
        "freelist-pgid-out.db",
        ALL,
        &["meta 0: leads to page 333, but the file has only 37 pages"],
    );
}

#[test]
fn a_bad_leaf_costs_at_most_itself() {
    check(
        "leaf-page-zeroed.db",
        ALL - 50,
        &[
            "page 23: says that it is page 0",
            "page 23: flags 0x0000 are no kind of page",
        ],
    );
    check(
        "leaf-flags-zero.db",
        ALL,
        &[
            "page 23: flags 0x0000 are no kind of page",
            "page 23: salvaged: its bytes are those of a leaf page with 50 elements",
        ],
    );
    // These are read as they are: only a number about them is wrong.
    check(
        "leaf-page-id-wrong.db",
        ALL,
        &["page 23: says that it is page 30"],
    );
    check(
        "leaf-overflow-huge.db",
        ALL,
        &["page 23: claims 65536 continuation pages, but 0 can follow it"],
    );
    check(
        "leaf-count-65535.db",
        ALL,
        &["page 23: claims 65535 elements, but 50 are there"],
    );
    check(
        "leaf-unsorted.db",
        ALL,
        &["page 23: element 43: revision 839.0 after revision 840.0"],
    );
}

#[test]
fn a_bad_element_costs_itself() {
    check(
        "leaf-elem-pos-out.db",
        ALL - 1,
        &["page 23: element 42: key of 17 bytes at 2147484335 runs past the page end at 4096"],
    );
    check(
        "leaf-elem-pos-next-page.db",
        ALL - 1,
        &["page 23: element 42: key of 17 bytes at 8880 runs past the page end at 4096"],
    );
    check(
        "leaf-elem-ksize.db",
        ALL - 1,
        &["page 23: element 42: key of 4294967295 bytes at 3127 runs past the page end at 4096"],
    );
    check(
        "leaf-elem-vsize.db",
        ALL - 1,
        &["page 23: element 42: value of 16777215 bytes at 3144 runs past the page end at 4096"],
    );
    check(
        "record-bad-protobuf.db",
        ALL - 1,
        &["page 23: element 42: value: field 95 at offset 0 has wire type 7"],
    );
    check(
        "record-bad-revision-separator.db",
        ALL - 1,
        &["page 23: element 42: invalid separator in bucket key: 0x78, expected 0x5f"],
    );
    check(
        "record-bad-tombstone-mark.db",
        ALL - 1,
        &["page 15: element 24: invalid tombstone mark in bucket key: 0x7a, expected 0x74"],
    );
}

#[test]
fn a_bad_child_is_found_by_its_keys() {
    check(
        "branch-self-loop.db",
        ALL,
        &[
            "page 28: element 9: leads to page 28, which was reached before: a loop or a shared child",
            "page 28: element 9: salvaged: 1 leaf pages with keys that fit here stand in, the first is 12",
        ],
    );
    check(
        "branch-child-out.db",
        ALL,
        &[
            "page 28: element 9: leads to page 185, but the file has only 37 pages",
            "page 28: element 9: salvaged: 1 leaf pages with keys that fit here stand in, the first is 12",
        ],
    );
    check(
        "branch-child-shared.db",
        ALL,
        &[
            "page 28: element 9: leads to page 20, which was reached before: a loop or a shared child",
            "page 28: element 9: salvaged: 1 leaf pages with keys that fit here stand in, the first is 12",
        ],
    );
}

#[test]
fn every_file_is_in_a_table() {
    let here = include_str!("damage.rs");
    for name in data::list("snapshots") {
        assert!(here.contains(&format!("{name:?},")), "{name}");
    }
}
