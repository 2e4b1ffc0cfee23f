//! How fast stored objects become YAML, and how fast its history is summed up.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;
use std::io::Read;
use std::rc::Rc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::history::History;
use revscope::kubernetes::sums::Sums;
use revscope::kubernetes::{Leave, Schema, Stored, yaml};
use revscope::kv::Record;

const SCHEMA: &[u8] = include_bytes!("../static/schema/kubernetes.txt");
const FILE: &[u8] = include_bytes!("../tests/data/k8s/final.db.gz");

fn records() -> Vec<Record> {
    let mut bytes = Vec::new();
    GzDecoder::new(FILE).read_to_end(&mut bytes).unwrap();
    let file = EtcdFile::open(Rc::new(bytes)).unwrap();
    let mut scan = RecordScan::new(&file, Order::Forward);
    let mut out = Vec::new();
    while let Some(page) = scan.next() {
        let page = page.unwrap();
        out.extend(page.records().map(|record| record.unwrap().to_owned()));
    }
    out
}

fn kubernetes(c: &mut Criterion) {
    let records = records();
    let schema = Schema::parse(SCHEMA).unwrap();
    let mut group = c.benchmark_group("kubernetes");
    group.bench_function("schema", |b| b.iter(|| Schema::parse(black_box(SCHEMA))));
    group.throughput(Throughput::Elements(records.len() as u64));
    for (name, managed_fields) in [("yaml-as-kubectl", true), ("yaml-whole", false)] {
        let leave = Leave { managed_fields };
        let mut out = String::new();
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut len = 0;
                for record in &records {
                    out.clear();
                    let stored = Stored::read_without(&schema, &record.kv.value, leave);
                    if let Stored::Object(mut object) = stored {
                        object.set_resource_version(record.kv.mod_revision);
                        yaml::push(&mut out, &object.value);
                    }
                    len += out.len();
                }
                black_box(len)
            });
        });
    }
    let mut history = History::new();
    records
        .iter()
        .for_each(|record| history.push(&record.as_ref()));
    history.settle();
    group.bench_function("sums", |b| {
        b.iter(|| black_box(Sums::of(&history).total()));
    });
    group.finish();
}

criterion_group!(benches, kubernetes);
criterion_main!(benches);
