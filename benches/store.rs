//! The simulated store beside an ordered map that takes the same data.
//!
//! Criterion measures; the first lines say what is promised as ratios: a put against an insert, a
//! read of an old revision among few and among many revisions of other keys, a compaction of few
//! and of many rows, and bytes of memory for a revision.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench fails by panicking, and its macros make functions"
)]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use revscope::mvcc::{KeyRange, Op, Put, Range, Release, Store};

/// Keys that puts go round.
const KEYS: u64 = 10_000;

fn key(number: u64) -> Vec<u8> {
    format!(
        "/registry/kind/object-{:06}",
        number.wrapping_mul(7919) % KEYS
    )
    .into_bytes()
}

fn value(number: u64) -> Vec<u8> {
    format!("{number:0>128}").into_bytes()
}

fn put(key: Vec<u8>, value: Vec<u8>) -> Op {
    Op::Put(Put {
        key,
        value,
        ..Put::default()
    })
}

/// A store in which `probe` was put first, and then so many revisions of other keys.
fn store(revisions: u64) -> Store {
    let mut store = Store::new(Release::V3_5, 2);
    store
        .apply(put(b"probe".to_vec(), b"old".to_vec()))
        .unwrap();
    for number in 0..revisions {
        store.apply(put(key(number), value(number))).unwrap();
    }
    store
}

/// What an ordered map has to hold to answer the same: every value by key and revision.
fn insert(map: &mut BTreeMap<(Vec<u8>, u64), Vec<u8>>, number: u64) {
    map.insert((key(number), number), value(number));
}

fn puts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("put");
    group.throughput(Throughput::Elements(KEYS));
    group.bench_function("ordered map", |bencher| {
        bencher.iter(|| {
            let mut map = BTreeMap::new();
            (0..KEYS).for_each(|number| insert(&mut map, number));
            map
        });
    });
    group.bench_function("store", |bencher| bencher.iter(|| store(KEYS)));
    group.finish();
}

fn old_get(store: &Store) -> i64 {
    let range = Range {
        revision: 2,
        ..Range::of(KeyRange::one("probe"))
    };
    store.range(black_box(&range)).unwrap().count
}

fn gets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("get an old revision among others");
    for revisions in [1_000, 10_000, 100_000, 1_000_000] {
        let store = store(revisions);
        let id = BenchmarkId::from_parameter(revisions);
        group.bench_function(id, |bencher| bencher.iter(|| old_get(&store)));
    }
    group.finish();
}

fn compactions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compact");
    group.sample_size(10);
    for revisions in [100_000, 1_000_000] {
        let store = store(revisions);
        let revision = store.revision();
        group.throughput(Throughput::Elements(revisions - KEYS));
        let id = BenchmarkId::from_parameter(revisions);
        group.bench_function(id, |bencher| {
            bencher.iter_batched(
                || store.clone(),
                |mut store| store.apply(Op::Compact { revision }).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// The fastest of some runs.
fn fastest(mut run: impl FnMut() -> Duration) -> f64 {
    let runs = (0..5).map(|_| run().as_secs_f64());
    runs.fold(f64::INFINITY, f64::min)
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let made = black_box(run());
    let took = start.elapsed();
    drop(made);
    took
}

/// Bytes of memory that the process holds, where the system tells.
fn resident() -> Option<f64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096.0)
}

fn ratios(_: &mut Criterion) {
    const MANY: u64 = 1_000_000;
    let map = fastest(|| {
        timed(|| {
            let mut map = BTreeMap::new();
            (0..100_000).for_each(|number| insert(&mut map, number));
            map
        })
    });
    let puts = fastest(|| timed(|| store(100_000)));
    println!(
        "a put takes {:.2} times an insert into an ordered map",
        puts / map
    );
    let few = store(1_000);
    let before = resident();
    let many = store(MANY);
    if let Some(bytes) = before.and_then(|before| Some(resident()? - before)) {
        let content = (key(0).len() + value(0).len()) as f64;
        let each = bytes / MANY as f64;
        println!("a revision takes {each:.0} bytes, {content} of them key and value");
    }
    let get =
        |store: &Store| fastest(|| timed(|| (0..10_000).map(|_| old_get(store)).sum::<i64>()));
    println!(
        "a get among {MANY} revisions of others takes {:.2} times one among 1000",
        get(&many) / get(&few)
    );
    let compact = |store: &Store| {
        let revision = store.revision();
        let rows = store.records().len() as f64 - KEYS as f64;
        let took = fastest(|| {
            let mut copy = store.clone();
            timed(|| copy.apply(Op::Compact { revision }).unwrap())
        });
        took / rows
    };
    println!(
        "a row of a compaction of {MANY} takes {:.2} times one of 100000",
        compact(&many) / compact(&store(100_000))
    );
}

// The ratios come first: memory that another group gave back would count as free of charge.
criterion_group!(all, ratios, puts, gets, compactions);
criterion_main!(all);
