//! A table whose rows lie far apart in a large file: it is there at once, its values follow.

use std::rc::Rc;

use revscope::bbolt::write::{Image, Options};
use revscope::bytes::ReadAt as _;
use revscope::engine::{Request, Response, StudyAnswer, StudyRequest, Table, TableAsk, TablePart};
use revscope::kv::{BucketKey, KeyValue, LeaseId, Revision};

use super::engine_kubernetes::Asked;

/// Keys, each written once in every round.
const KEYS: i64 = 40;
const ROUNDS: i64 = 60;

/// A store of so many rows, whose values take 16 KiB each.
fn large() -> Image {
    let mut image = Image::new(Options::default()).unwrap();
    let mut tx = image.begin();
    let bucket = tx.create_bucket(tx.root(), b"key").unwrap();
    for main in 2..2 + KEYS * ROUNDS {
        let (key, round) = ((main - 2) % KEYS, (main - 2) / KEYS);
        let kv = KeyValue {
            key: format!("key-{key:02}").into_bytes(),
            create_revision: key + 2,
            mod_revision: main,
            version: round + 1,
            value: format!("{main} ").repeat(16384 / 5).into_bytes(),
            lease: LeaseId(0),
        };
        let revision = Revision::new(main, 0);
        let tombstone = false;
        let row = BucketKey {
            revision,
            tombstone,
        };
        tx.put(bucket, &row.encode(), &kv.encode()).unwrap();
    }
    tx.commit().unwrap();
    image
}

fn tables(answers: Vec<Response>) -> Vec<TablePart> {
    let tables = answers.into_iter().filter_map(|answer| match answer {
        Response::Study(answer) => match answer.read().unwrap() {
            StudyAnswer::Table(part) => Some(*part),
            _ => None,
        },
        _ => None,
    });
    tables.collect()
}

#[test]
fn values_follow_the_rows_that_were_found() {
    let image = large();
    assert!(image.len() > 32 << 20);
    let mut asked = Asked::of("large.db", Rc::new(image));
    let mut table = |filter: &str, first: u64| {
        let ask = TableAsk {
            table: Table::Revisions,
            filter: filter.to_owned(),
            sort: None,
        };
        let count = 120;
        let request = StudyRequest::Table { ask, first, count };
        tables(asked.ask(Request::Study(request)))
    };
    let filled = |part: &TablePart| {
        let full = |row: &&revscope::engine::TableRow| {
            let main = row.revision.unwrap().main.to_string();
            row.cells[7].starts_with(&main)
        };
        part.rows.iter().filter(full).count()
    };
    let parts = table("key:key-07", 0);
    let over: Vec<_> = parts.iter().filter(|part| !part.is_partial).collect();
    let [first, .., last] = over.as_slice() else {
        panic!("{} answers", over.len())
    };
    let rows = ROUNDS as usize;
    assert!(over.iter().all(|part| part.total == rows as u64));
    assert!(
        filled(first) > 0 && filled(first) < rows,
        "{}",
        filled(first)
    );
    assert!(first.rows.iter().any(|row| row.cells[7] == "…"));
    assert_eq!(filled(last), rows);
    // Rows side by side are there at once.
    let parts = table("", 500);
    assert_eq!((parts.len(), filled(&parts[0])), (1, 120));
}
