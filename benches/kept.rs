//! A history that was kept beside one that is read from its file: how much sooner a file opens.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench fails by panicking, and its macros make functions"
)]

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use revscope::bbolt::Order;
use revscope::bbolt::write::{Image, Options};
use revscope::bytes::{Identity, ReadAt as _};
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::history::History;
use revscope::history::kept::Loading;
use revscope::kv::{BucketKey, KeyValue, LeaseId, Revision};

const ROWS: i64 = 400_000;
const KEYS: i64 = 40_000;
/// Bytes of a value: far less than an object of Kubernetes has.
const VALUE: usize = 200;

/// A file of etcd with as many rows.
fn file() -> Rc<Vec<u8>> {
    let mut image = Image::new(Options::default()).unwrap();
    let mut from = 2;
    while from < ROWS + 2 {
        let mut tx = image.begin();
        let bucket = match from {
            2 => tx.create_bucket(tx.root(), b"key").unwrap(),
            _ => tx.bucket(&[b"key"]).unwrap(),
        };
        for main in from..from + 10_000 {
            let key = BucketKey {
                revision: Revision::new(main, 0),
                tombstone: false,
            };
            let kv = KeyValue {
                key: format!(
                    "/registry/pods/namespace-{}/pod-{:06}",
                    main % 50,
                    main * 7919 % KEYS
                )
                .into_bytes(),
                value: vec![b'v'; VALUE],
                create_revision: main % KEYS + 2,
                mod_revision: main,
                version: main / KEYS + 1,
                lease: LeaseId::NONE,
            };
            tx.put(bucket, &key.encode(), &kv.encode()).unwrap();
        }
        tx.commit().unwrap();
        from += 10_000;
    }
    let mut bytes = vec![0; image.size() as usize];
    image.read_at(0, &mut bytes).unwrap();
    Rc::new(bytes)
}

fn read(file: &Rc<Vec<u8>>) -> History {
    let file = EtcdFile::open(Rc::clone(file) as _).unwrap();
    let mut history = History::new();
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(page) = scan.next() {
        let page = page.unwrap();
        page.records().for_each(|row| history.push(&row.unwrap()));
    }
    history.settle();
    history
}

fn load(kept: &Rc<Vec<u8>>) -> History {
    let mut loading = Loading::new(Rc::clone(kept) as _);
    loop {
        if let Some(history) = loading.step().unwrap() {
            return history;
        }
    }
}

/// The fastest of some runs.
fn fastest<T>(mut run: impl FnMut() -> T) -> f64 {
    let runs = (0..5).map(|_| {
        let start = Instant::now();
        let made = black_box(run());
        let took: Duration = start.elapsed();
        drop(made);
        took.as_secs_f64()
    });
    runs.fold(f64::INFINITY, f64::min)
}

fn ratios(_: &mut Criterion) {
    let file = file();
    let history = read(&file);
    let mut kept = Vec::new();
    history.to_kept(&mut |chunk| kept.extend_from_slice(chunk));
    let kept = Rc::new(kept);
    let rows = history.row_count();
    let (reading, loading) = (fastest(|| read(&file)), fastest(|| load(&kept)));
    println!(
        "{rows} rows of {} keys take {} kB kept, {:.1} bytes a row; their file {} kB",
        history.key_count(),
        kept.len() / 1000,
        kept.len() as f64 / rows as f64,
        file.len() / 1000
    );
    let records: Vec<_> = {
        let file = EtcdFile::open(Rc::clone(&file) as _).unwrap();
        let mut all = Vec::new();
        let mut scan = RecordScan::new(&file, Order::Forward);
        while let Some(page) = scan.next() {
            let page = page.unwrap();
            all.extend(page.records().map(|row| row.unwrap().to_owned()));
        }
        all
    };
    let folding = fastest(|| {
        let mut history = History::new();
        records.iter().for_each(|row| history.push(&row.as_ref()));
        history.settle();
        history
    });
    println!(
        "loading them takes {:.0} ms, reading and folding the file's {:.0} ms: {:.1} times as long; folding alone {:.0} ms: {:.1} times",
        loading * 1e3,
        reading * 1e3,
        reading / loading,
        folding * 1e3,
        folding / loading
    );
    let keeping = fastest(|| {
        let mut len = 0;
        history.to_kept(&mut |chunk| len += chunk.len());
        len
    });
    let identity = fastest(|| Identity::of(Rc::clone(&file) as _));
    println!(
        "keeping takes {:.0} ms, the file's identity {:.1} ms",
        keeping * 1e3,
        identity * 1e3
    );
}

criterion_group!(all, ratios);
criterion_main!(all);
