//! Writes a large snapshot for benches, where no real etcd can be had to make one:
//! `cargo run --release --example large_snapshot -- RECORDS OUT`.
//!
//! Like what the bench fills a real etcd with: keys put round and round, ten times each, 20 puts a
//! revision, values of about 360 bytes.

#![allow(clippy::expect_used, reason = "a tool of developers")]

use std::fmt::Write as _;
use std::fs;

use revscope::backend::Member;
use revscope::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};
use revscope::mvcc::Release;

const PUTS_OF_A_KEY: i64 = 10;
const PUTS: i64 = 20;

fn main() {
    let mut args = std::env::args().skip(1);
    let records = args.next().and_then(|text| text.parse::<i64>().ok());
    let (Some(records), Some(out)) = (records, args.next()) else {
        eprintln!("usage: large_snapshot RECORDS OUT");
        std::process::exit(2);
    };
    let keys = (records / PUTS_OF_A_KEY).max(1);
    let image = Member::default()
        .file(
            Release::V3_5,
            None,
            (0..records).map(|number| record(number, keys)),
        )
        .expect("every value is small");
    fs::write(out, image.snapshot()).expect("the file can be written");
}

/// The put with this number.
fn record(number: i64, keys: i64) -> Record {
    let (key, round) = (number % keys, number / keys);
    let revision = |number: i64| number / PUTS + 2;
    let main = revision(number);
    let mut value = format!("{{\"number\":{number},\"data\":\"");
    let mut random = number.unsigned_abs().wrapping_add(0x9e37_79b9_7f4a_7c15);
    while value.len() < 356 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Writing to a String cannot fail.
        let _ = write!(value, "{random:016x}");
    }
    value.push_str("\"}");
    Record {
        bucket_key: BucketKey {
            revision: Revision::new(main, number % PUTS),
            tombstone: false,
        },
        kv: KeyValue {
            key: format!(
                "/registry/kind-{}/ns-{}/object-{key:06}",
                key % 17,
                key % 40
            )
            .into_bytes(),
            value: value.into_bytes(),
            create_revision: revision(key),
            mod_revision: main,
            version: round + 1,
            lease: LeaseId::NONE,
        },
    }
}
