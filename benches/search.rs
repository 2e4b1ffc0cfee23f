//! Queries over a history of a million keys, and of a million rows of ten thousand keys: what a
//! search box waits for.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench fails by panicking, and its macros make functions"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use revscope::find::{Query, Search};
use revscope::history::History;
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};

/// Rows of each history.
const ROWS: i64 = 1_000_000;

const VALUE: &[u8] = &[b'v'; 1024];

fn record(row: i64, keys: i64, key: &[u8]) -> RecordRef<'_> {
    let (main, version) = (row + 2, row / keys + 1);
    RecordRef {
        bucket_key: BucketKey {
            revision: Revision::new(main, 0),
            tombstone: false,
        },
        key,
        value: VALUE,
        create_revision: if version == 1 { main } else { 2 },
        mod_revision: main,
        version,
        lease: LeaseId::NONE,
    }
}

fn key(number: i64) -> Vec<u8> {
    let namespace = number % 97;
    format!("/registry/pods/namespace-{namespace}/web-{number:07}-x7k2p").into_bytes()
}

fn history(keys: i64) -> History {
    let mut history = History::new();
    for row in 0..ROWS {
        history.push(&record(row, keys, &key(row % keys)));
    }
    history.settle();
    history
}

fn search(c: &mut Criterion) {
    let mut group = c.benchmark_group("search");
    group.sample_size(10);
    for keys in [ROWS, 10_000] {
        let history = history(keys);
        for text in [
            "web-0000123",
            "key~^/registry/pods/.*/web-0000[0-9]+-x",
            "ns:namespace-7 is:live",
            "kind:pods -is:old size>1k",
            "rev:1000..2000 or version>90",
        ] {
            let query = Query::parse(text).unwrap();
            group.bench_function(BenchmarkId::new(text, keys), |b| {
                b.iter(|| {
                    let mut search = Search::new(query.clone(), &history);
                    while search.step(&history, 1 << 16) {}
                    black_box(search.found().len())
                });
            });
        }
    }
    // A tenth of the rows: values cost what their bytes cost.
    let history = history(ROWS);
    let rows: Vec<_> = (0..ROWS).map(key).collect();
    let query = Query::parse("value:password rev<100000").unwrap();
    group.bench_function("value:password in 100 MB", |b| {
        b.iter(|| {
            let mut search = Search::new(query.clone(), &history);
            while search.step(&history, 1 << 16) {}
            for (row, key) in (0..).zip(&rows) {
                search.push(&history, &record(row, ROWS, key));
            }
            black_box(search.found().len())
        });
    });
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
