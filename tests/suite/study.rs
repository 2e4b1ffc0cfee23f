//! What is in a file, through the one door: what fills it, tables, search, what is marked.

use std::collections::BTreeMap;

use revscope::engine::{
    Doc, FileSums, LeaveForm, Left, Request, Response, RestoreForm, StudyAnswer, StudyRequest,
    Table, TableAsk, TablePart,
};
use revscope::fill::{Fills, prefix_of};
use revscope::history::History;
use revscope::kv::{KeyValue, Record, Revision};
use revscope::timeline::{Arrangement, Grouping, View};

use crate::engine_files::Asked;
use crate::kubernetes::records;

/// A file of the Kubernetes cluster, open.
fn cluster() -> Asked {
    Asked::file("k8s/final.db").0
}

fn answers(asked: &mut Asked, request: StudyRequest) -> Vec<StudyAnswer> {
    let answers = asked.ask(Request::Study(request)).into_iter();
    answers
        .filter_map(|answer| match answer {
            Response::Study(answer) => Some(answer.read().unwrap()),
            _ => None,
        })
        .collect()
}

fn one(asked: &mut Asked, request: StudyRequest) -> StudyAnswer {
    answers(asked, request).pop().unwrap()
}

fn sums(asked: &mut Asked) -> FileSums {
    match one(asked, StudyRequest::Sums) {
        StudyAnswer::Sums(sums) => *sums,
        other => panic!("{other:?}"),
    }
}

fn table(asked: &mut Asked, table: Table, filter: &str, sort: Option<(u8, bool)>) -> TablePart {
    let ask = TableAsk {
        table,
        filter: filter.to_owned(),
        sort,
    };
    let request = StudyRequest::Table {
        ask,
        first: 0,
        count: 10_000,
    };
    match one(asked, request) {
        StudyAnswer::Table(part) => *part,
        other => panic!("{other:?}"),
    }
}

/// Revisions that a filter finds.
fn found(asked: &mut Asked, filter: &str) -> Vec<Revision> {
    let part = table(asked, Table::Revisions, filter, None);
    part.rows.iter().filter_map(|row| row.revision).collect()
}

/// Bytes of a row as etcd stores it.
fn stored(record: &Record) -> u64 {
    let kv = match record.bucket_key.tombstone {
        true => KeyValue {
            key: record.kv.key.clone(),
            ..KeyValue::default()
        },
        false => record.kv.clone(),
    };
    (record.bucket_key.encode().len() + kv.encode().len()) as u64
}

/// What fills the file agrees with a naive count over its rows, prefix by prefix.
#[test]
fn the_sums_are_those_of_the_rows() {
    let all = records("final.db");
    let sums = sums(&mut cluster());
    let last: BTreeMap<&[u8], usize> = all
        .iter()
        .enumerate()
        .map(|(at, record)| (record.kv.key.as_slice(), at))
        .collect();
    let live = |at: usize| {
        let record = &all[at];
        !record.bucket_key.tombstone && last[record.kv.key.as_slice()] == at
    };
    let of = |fits: &dyn Fn(&Record) -> bool| {
        let rows = (0..all.len()).filter(|at| fits(&all[*at]));
        rows.fold((0, 0, 0, 0), |(rows, bytes, live_keys, live_bytes), at| {
            let len = stored(&all[at]);
            let add = u64::from(live(at));
            (
                rows + 1,
                bytes + len,
                live_keys + add,
                live_bytes + add * len,
            )
        })
    };
    let total = sums.total;
    assert_eq!(
        of(&|_| true),
        (total.rows, total.bytes, total.live_keys, total.live_bytes)
    );
    assert!(sums.prefixes.len() > 20, "{}", sums.prefixes.len());
    for prefix in &sums.prefixes {
        let sum = prefix.sum;
        let fits = |record: &Record| prefix_of(&record.kv.key) == prefix.name.as_bytes();
        let told = (sum.rows, sum.bytes, sum.live_keys, sum.live_bytes);
        assert_eq!(of(&fits), told, "{}", prefix.name);
    }
    let pods = sums
        .prefixes
        .iter()
        .find(|one| one.name == "/registry/pods/");
    assert_eq!(pods.unwrap().kind, "Pod");
    let grown: u64 = sums.growth.iter().map(|(_, rows, _)| rows).sum();
    assert_eq!(grown, total.rows);
    assert!(sums.times.is_some(), "objects tell when they were written");
}

/// Taken in while the history grows, the sums are the same as taken in at once.
#[test]
fn sums_so_far_become_the_sums() {
    let all = records("final.db");
    let (mut grown, mut history) = (Fills::default(), History::new());
    for part in all.chunks(37) {
        part.iter()
            .for_each(|record| history.push(&record.as_ref()));
        assert!(!grown.take(&history, u64::MAX));
    }
    history.settle();
    let mut at_once = Fills::default();
    while at_once.take(&history, 10) {}
    assert_eq!(grown.total(), at_once.total());
    assert_eq!(grown.top(1000), at_once.top(1000));
    assert_eq!(grown.growth(), at_once.growth());
}

#[test]
fn a_filter_finds_what_a_naive_one_does() {
    let all = records("final.db");
    let mut asked = cluster();
    let mut check = |filter: &str, fits: &dyn Fn(&Record) -> bool| {
        let expected: Vec<Revision> = all
            .iter()
            .filter(|record| fits(record))
            .map(|record| record.bucket_key.revision)
            .collect();
        assert!(!expected.is_empty(), "{filter} must find something");
        assert_eq!(found(&mut asked, filter), expected, "{filter}");
    };
    let has = |record: &Record, text: &str| String::from_utf8_lossy(&record.kv.key).contains(text);
    check("", &|_| true);
    check("nginx", &|record| has(record, "nginx"));
    check("prefix:/registry/pods/", &|record| {
        record.kv.key.starts_with(b"/registry/pods/")
    });
    check("kind:Deployment", &|record| {
        has(record, "/registry/deployments/")
    });
    check("size>2k", &|record| record.kv.value.len() > 2_000);
    check("is:tombstone", &|record| record.bucket_key.tombstone);
    check("rev:100..120", &|record| {
        (100..=120).contains(&record.bucket_key.revision.main)
    });
    check("nginx not is:tombstone version>2", &|record| {
        has(record, "nginx") && !record.bucket_key.tombstone && record.kv.version > 2
    });
    check("value:nginx", &|record| {
        let value = &record.kv.value;
        !has(record, "/secrets/") && value.windows(5).any(|part| part == b"nginx")
    });
}

#[test]
fn a_secret_is_found_by_its_key_and_not_by_its_value() {
    let mut asked = cluster();
    assert!(!found(&mut asked, "prefix:/registry/secrets/").is_empty());
    assert!(found(&mut asked, "prefix:/registry/secrets/ value:Opaque").is_empty());
    let part = table(&mut asked, Table::Revisions, "kind:Secret", None);
    let rows = part.rows.iter().filter(|row| row.cells[1] != "delete");
    for row in rows {
        assert_eq!(row.cells[7], "*** a Secret, masked", "{row:?}");
    }
}

#[test]
fn tables_sort_by_every_column_and_back() {
    let mut asked = cluster();
    for which in [Table::Revisions, Table::Keys] {
        let plain = table(&mut asked, which, "pods", None);
        for (column, name) in (0..).zip(&plain.columns) {
            let sorted = table(&mut asked, which, "pods", Some((column, false)));
            let back = table(&mut asked, which, "pods", Some((column, true)));
            let mut rows = sorted.rows.clone();
            rows.reverse();
            assert_eq!(rows, back.rows, "{}", name.name);
            if name.is_number && name.name != "rev" {
                let cell = |row: usize| sorted.rows[row].cells[usize::from(column)].clone();
                let number = |row: usize| cell(row).parse::<i64>().unwrap_or(0);
                assert!(
                    (1..rows.len()).all(|row| number(row - 1) <= number(row)),
                    "{}",
                    name.name
                );
            }
        }
    }
    let largest = table(&mut asked, Table::Keys, "", Some((6, true)));
    let all = records("final.db");
    let most = all
        .iter()
        .map(|record| record.kv.value.len())
        .max()
        .unwrap();
    assert!(largest.rows[0].cells[6].parse::<usize>().unwrap() <= most);
    assert_eq!(largest.of, largest.total);
}

#[test]
fn a_filter_that_is_wrong_says_where() {
    let ask = TableAsk {
        filter: "nginx kind:".to_owned(),
        ..TableAsk::default()
    };
    let request = StudyRequest::Table {
        ask,
        first: 0,
        count: 10,
    };
    match one(&mut cluster(), request) {
        StudyAnswer::Wrong(wrong) => {
            assert!(wrong.start >= 6 && wrong.end <= 11, "{wrong:?}");
            assert!(!wrong.what.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_tree_has_every_key_once() {
    let mut asked = cluster();
    let (mut keys, mut rows, mut bytes) = (0, 0, 0);
    let mut waiting = vec![Vec::new()];
    while let Some(prefix) = waiting.pop() {
        let request = StudyRequest::Branch {
            prefix: prefix.clone(),
            count: 1000,
        };
        let StudyAnswer::Branch { twigs, more, .. } = one(&mut asked, request) else {
            panic!("a branch");
        };
        assert_eq!(more, 0);
        for twig in twigs {
            assert!(twig.path.starts_with(&prefix) && twig.path.len() > prefix.len());
            match twig.is_prefix {
                true => waiting.push(twig.path),
                false => {
                    keys += twig.keys;
                    rows += twig.rows;
                    bytes += twig.bytes;
                }
            }
        }
    }
    let total = sums(&mut asked).total;
    assert_eq!((keys, rows, bytes), (total.keys, total.rows, total.bytes));
    let cut = StudyRequest::Branch {
        prefix: b"/registry/".to_vec(),
        count: 3,
    };
    match one(&mut asked, cut) {
        StudyAnswer::Branch { twigs, more, .. } => assert!(twigs.len() == 3 && more > 10),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_small_buckets_are_tables() {
    let mut asked = Asked::file("workload/w351/final.db").0;
    let members = table(&mut asked, Table::Members, "", None);
    assert_eq!(members.total, members.of);
    let mut cluster = cluster();
    let members = table(&mut cluster, Table::Members, "default", None);
    assert_eq!(
        (members.total, members.rows[0].cells[4].as_str()),
        (1, "voter")
    );
    let meta = table(&mut asked, Table::Meta, "consistent", None);
    assert_eq!(
        (meta.total, meta.rows[0].cells[0].as_str()),
        (1, "consistent index")
    );
    let leases = table(&mut asked, Table::Leases, "", Some((3, true)));
    let keys = |row: usize| leases.rows[row].cells[3].parse::<u64>().unwrap();
    assert!((1..leases.rows.len()).all(|row| keys(row - 1) >= keys(row)));
}

fn left(asked: &mut Asked, filter: &str, form: LeaveForm, secrets: bool) -> Left {
    let request = StudyRequest::Leave {
        filter: filter.to_owned(),
        form,
        secrets,
    };
    match one(asked, request) {
        StudyAnswer::Left(left) => *left,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_found_leaves_in_every_form() {
    let mut asked = cluster();
    let count = found(&mut asked, "nginx").len();
    let lines = left(&mut asked, "nginx", LeaveForm::JsonLines, false);
    assert_eq!(lines.text.lines().count(), count);
    assert!(
        lines
            .note
            .starts_with(&format!("{count} of {count} rows found by nginx")),
        "{}",
        lines.note
    );
    let table = left(&mut asked, "nginx", LeaveForm::Csv, false);
    assert!(
        table.text.lines().count() > count
            && table.name == "k8s/final.db.csv".rsplit('/').next().unwrap()
    );
    assert!(
        left(&mut asked, "nginx", LeaveForm::Yaml, false)
            .text
            .contains("nginx-deployment")
    );
    let dump = left(&mut asked, "nginx", LeaveForm::Dump, false);
    assert!(dump.text.starts_with("rev={main:"), "{}", &dump.text[..80]);
    let script = left(&mut asked, "nginx", LeaveForm::Etcdctl, false);
    assert!(script.text.starts_with("#!/usr/bin/env bash\n") && script.text.contains("etcdctl"));
}

#[test]
fn secrets_leave_only_when_asked_for() {
    let mut asked = cluster();
    for form in [
        LeaveForm::JsonLines,
        LeaveForm::Csv,
        LeaveForm::Yaml,
        LeaveForm::Dump,
        LeaveForm::Etcdctl,
    ] {
        let closed = left(&mut asked, "kind:Secret", form, false);
        let open = left(&mut asked, "kind:Secret", form, true);
        assert!(closed.text.len() < open.text.len(), "{form:?}");
        assert!(
            closed.note.contains("values of Secrets are left out"),
            "{}",
            closed.note
        );
        assert!(
            open.note.contains("with the values of Secrets"),
            "{}",
            open.note
        );
    }
    let report = left(&mut asked, "", LeaveForm::Report, false).text;
    assert!(report.starts_with("<!DOCTYPE html>") && report.ends_with("</html>\n"));
    assert!(report.contains("/registry/pods/") && !report.contains("/registry/secrets/demo/"));
    assert!(!report.contains("<script") && !report.contains("http"));
}

/// A file's rows as a session give the same keys, values and versions.
#[test]
fn rows_open_in_the_simulator() {
    let mut asked = Asked::file("talk/talk-before-compact.db").0;
    let answers = asked.ask(Request::Study(StudyRequest::Leave {
        filter: String::new(),
        form: LeaveForm::Session,
        secrets: false,
    }));
    assert!(
        answers
            .iter()
            .any(|answer| matches!(answer, Response::Restored { .. }))
    );
    let rows = |asked: &mut Asked, doc: Doc| match asked.one(Request::Rows {
        doc,
        first: 0,
        count: 100,
    }) {
        Response::Rows { rows, .. } => rows
            .into_iter()
            .map(|row| (row.revision, row.kind, row.key, row.value, row.version))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let sandbox = rows(&mut asked, Doc::Sandbox);
    assert_eq!(sandbox.len(), 7);
    assert_eq!(sandbox, rows(&mut asked, Doc::File));
}

#[test]
fn what_is_found_is_marked_row_by_row() {
    let mut asked = Asked::file("talk/talk-before-compact.db").0;
    let hits = |asked: &mut Asked| {
        let answer = asked.one(Request::Layout {
            doc: Doc::File,
            view: View {
                width_px: 1200.0,
                height_px: 600.0,
                viewport: None,
                scroll_px: 0.0,
            },
            lanes: Arrangement {
                grouping: Grouping::Keys,
                ..Arrangement::default()
            },
            fossils: false,
            as_of: None,
        });
        let Response::Scene { scene, .. } = answer else {
            panic!("a scene");
        };
        let bins: u64 = scene.bins.iter().map(|bin| bin.hits).sum();
        let marks = scene.marks.iter().filter(|mark| mark.is_hit).count() as u64;
        (
            bins + marks,
            scene.minimap.hits.iter().any(|hit| *hit > 0.0),
        )
    };
    asked.ask(Request::Study(StudyRequest::Mark(true)));
    table(&mut asked, Table::Revisions, "rev:2..3", None);
    assert_eq!(hits(&mut asked), (2, true));
    asked.ask(Request::Study(StudyRequest::Mark(false)));
    assert_eq!(hits(&mut asked), (0, false));
}

#[test]
fn what_was_lost_is_grouped_named_and_brought_back() {
    let mut asked = Asked::file("k8s/compacted.db").0;
    let lost = |asked: &mut Asked, names: bool| match one(asked, StudyRequest::Lost { names }) {
        StudyAnswer::Lost(lost) => *lost,
        other => panic!("{other:?}"),
    };
    let told = lost(&mut asked, false);
    assert!(told.along.is_none() && told.words.len() == 2, "{told:?}");
    let groups = table(&mut asked, Table::Lost, "", None);
    assert!(groups.total > 3, "{groups:?}");
    let keys = table(&mut asked, Table::LostKeys, "deployments", None);
    let row = keys.rows.iter().find(|row| row.revision.is_some()).unwrap();
    let request = StudyRequest::Restore {
        revision: row.revision.unwrap(),
        form: RestoreForm::Yaml,
        secrets: false,
    };
    match one(&mut asked, request) {
        StudyAnswer::Left(left) => {
            assert!(left.text.contains("kind: Deployment"), "{left:?}");
            assert!(
                !left.text.contains("uid:") && left.note.contains("revision"),
                "{left:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    let counts = table(&mut asked, Table::Privacy, "", None);
    let text = format!("{counts:?}");
    assert!(counts.total > 0 && !text.contains("/registry/"), "{text}");
    lost(&mut asked, true);
    let named = table(&mut asked, Table::Privacy, "", None);
    assert!(
        named
            .rows
            .iter()
            .any(|row| row.cells[3].contains("/registry/secrets/"))
    );
}
