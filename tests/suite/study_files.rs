//! Trials on a file, and files beside each other, through the one door.

use std::rc::Rc;

use revscope::engine::{
    ComparedView, Request, Response, StudyAnswer, StudyRequest, Table, TableAsk, TablePart,
    TrialView,
};
use revscope::kv::Revision;

use crate::engine_files::Asked;
use crate::support::data;

pub fn last(asked: &mut Asked, request: StudyRequest) -> StudyAnswer {
    match asked.one(Request::Study(request)) {
        Response::Study(answer) => answer.read().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn trial(asked: &mut Asked, at: i64) -> TrialView {
    match last(asked, StudyRequest::Trial { at }) {
        StudyAnswer::Trial(trial) => *trial,
        other => panic!("{other:?}"),
    }
}

pub fn table(asked: &mut Asked, table: Table) -> TablePart {
    let ask = TableAsk {
        table,
        ..TableAsk::default()
    };
    let request = StudyRequest::Table {
        ask,
        first: 0,
        count: 10_000,
    };
    match last(asked, request) {
        StudyAnswer::Table(part) => *part,
        other => panic!("{other:?}"),
    }
}

pub fn beside(asked: &mut Asked, name: &str, bytes: Vec<u8>) -> ComparedView {
    asked.attach(Rc::new(bytes));
    let name = name.to_owned();
    match last(asked, StudyRequest::Beside { name }) {
        StudyAnswer::Compared(compared) => *compared,
        other => panic!("{other:?}"),
    }
}

/// Revisions of a file's rows.
fn revisions(asked: &mut Asked) -> Vec<Revision> {
    let part = table(asked, Table::Revisions);
    part.rows.iter().filter_map(|row| row.revision).collect()
}

#[test]
fn a_defrag_is_as_long_as_the_real_one() {
    for name in ["w3423", "w351", "w3613"] {
        let real = data::unpack(&format!("workload/{name}/final-defrag.db")).len() as u64;
        let (mut asked, summary) = Asked::file(&format!("workload/{name}/final.db"));
        let sizes = trial(&mut asked, summary.head).sizes.unwrap();
        assert_eq!(sizes.defragged, real, "{name}");
        assert_eq!(
            sizes.now,
            data::unpack(&format!("workload/{name}/final.db")).len() as u64
        );
        assert!(sizes.compacted <= sizes.defragged);
    }
}

/// What etcd itself left of a file after a compaction: rows exactly, and the size of the file after
/// a defrag within a page. That a defrag of what is left is as long as the real one, the test above
/// and the next one tell.
#[test]
fn a_compaction_takes_the_rows_that_etcd_took() {
    for name in ["w3423", "w351", "w3613"] {
        let (mut before, head) = Asked::file(&format!("workload/{name}/before-compaction.db"));
        let (mut after, compacted) = Asked::file(&format!("workload/{name}/after-compaction.db"));
        let trial_before = trial(&mut before, compacted.compact_revision);
        assert_eq!(trial_before.refused, "", "{name}");
        let all = revisions(&mut before);
        let left: Vec<Revision> = revisions(&mut after)
            .into_iter()
            .filter(|revision| revision.main <= head.head)
            .collect();
        assert_eq!(left.len() as u64, trial_before.kept_rows, "{name}");
        assert_eq!(trial_before.rows, all.len() as u64 - trial_before.kept_rows);
        assert!(left.iter().all(|revision| all.contains(revision)));
        assert_eq!(
            compacted.head, head.head,
            "{name}: nothing was written in between"
        );
        let real = trial(&mut after, compacted.head).sizes.unwrap().defragged;
        let computed = trial_before.sizes.unwrap().compacted;
        assert!(
            real.abs_diff(computed) <= 4096,
            "{name}: {real} and {computed}"
        );
    }
}

#[test]
fn a_defrag_after_a_compaction_is_as_long_as_the_real_one() {
    let real = data::unpack("k8s/compacted-defragged.db").len() as u64;
    let (mut asked, summary) = Asked::file("k8s/compacted.db");
    let sizes = trial(&mut asked, summary.head).sizes.unwrap();
    assert!(
        real.abs_diff(sizes.defragged) <= 4096,
        "{real} and {}",
        sizes.defragged
    );
}

#[test]
fn what_etcd_would_refuse_is_refused_in_its_words() {
    let (mut asked, summary) = Asked::file("talk/talk-after-compact.db");
    let refused = trial(&mut asked, summary.compact_revision);
    assert_eq!(
        refused.refused,
        "mvcc: required revision has been compacted"
    );
    assert_eq!(refused.rows, 0);
    let sizes = refused.sizes.unwrap();
    assert_eq!(sizes.compacted, sizes.defragged);
    let refused = trial(&mut asked, summary.head + 1);
    assert_eq!(
        refused.refused,
        "mvcc: required revision is a future revision"
    );
    assert!(trial(&mut asked, i64::MIN).rows == 0 && trial(&mut asked, i64::MAX).rows == 0);
}

#[test]
fn a_trial_tells_rows_keys_and_what_breaks() {
    let (mut asked, _) = Asked::file("talk/talk-before-compact.db");
    // foo1 was put at 2, deleted at 7, put again at 8; foo2 to foo5 at 3 to 6.
    let at_seven = trial(&mut asked, 7);
    assert_eq!(
        (at_seven.rows, at_seven.kept_rows, at_seven.keys),
        (2, 5, 0)
    );
    assert!(
        at_seven.breaks[0].contains("below 7"),
        "{:?}",
        at_seven.breaks
    );
    let at_six = trial(&mut asked, 6);
    assert_eq!((at_six.rows, at_six.kept_rows), (0, 7));
}

#[test]
fn two_files_of_one_store_differ_by_what_was_written_between() {
    let (mut asked, _) = Asked::file("talk/talk-before-compact.db");
    let compared = beside(&mut asked, "final.db", data::unpack("talk/talk-final.db"));
    assert_eq!(compared.files.len(), 2);
    assert!(
        compared.words[0].starts_with("Both are of one store"),
        "{:?}",
        compared.words
    );
    let rows = table(&mut asked, Table::Differences).rows;
    let mut other = Asked::file("talk/talk-final.db").0;
    let live = |asked: &mut Asked| {
        let part = table(asked, Table::Keys);
        let live = part.rows.into_iter().filter(|row| row.cells[1] == "live");
        live.map(|row| (row.cells[0].clone(), row.cells[3].clone()))
            .collect::<Vec<_>>()
    };
    let (before, after) = (live(&mut asked), live(&mut other));
    let mut expected: Vec<(&str, &str)> = Vec::new();
    for (key, modified) in &before {
        match after.iter().find(|(other, _)| other == key) {
            None => expected.push(("removed", key)),
            Some((_, at)) if at != modified => expected.push(("changed", key)),
            Some(_) => {}
        }
    }
    for (key, _) in after
        .iter()
        .filter(|(key, _)| !before.iter().any(|(other, _)| other == key))
    {
        expected.push(("added", key));
    }
    let mut told: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.cells[0].as_str(), row.cells[1].as_str()))
        .collect();
    expected.sort_by_key(|row| row.1);
    told.sort_by_key(|row| row.1);
    assert_eq!(told, expected);
    assert!(!told.is_empty());
}

#[test]
fn a_file_and_itself_are_the_same() {
    let (mut asked, _) = Asked::file("k8s/final.db");
    let compared = beside(&mut asked, "copy.db", data::unpack("k8s/final.db"));
    assert!(
        compared
            .words
            .iter()
            .any(|text| text.contains("0 keys added, 0 removed, 0 changed")),
        "{:?}",
        compared.words
    );
    assert!(
        compared
            .words
            .iter()
            .any(|text| text.contains("hashes at revision 706 are the same")),
        "{:?}",
        compared.words
    );
    assert_eq!(table(&mut asked, Table::Differences).total, 0);
    assert_eq!(table(&mut asked, Table::Hashes).total, 2);
}

/// Growth by prefix adds up to the difference of all rows.
#[test]
fn growth_is_told_by_prefix() {
    let (mut asked, _) = Asked::file("k8s/compacted.db");
    let compared = beside(&mut asked, "final.db", data::unpack("k8s/final.db"));
    assert!(
        compared.words[0].starts_with("Both are of one store"),
        "{:?}",
        compared.words
    );
    let rows = table(&mut asked, Table::Growth).rows;
    let sum = |column: usize| -> i64 {
        rows.iter()
            .map(|row| row.cells[column].parse::<i64>().unwrap())
            .sum()
    };
    assert_eq!(sum(5), sum(4) - sum(3));
    assert!(sum(5) > 0);
}

#[test]
fn of_three_members_the_odd_one_is_named() {
    let good = data::unpack("snapshots/good-snapshot.db");
    let odd = data::unpack("snapshots/flip-value-byte.db");
    let (mut asked, _) = Asked::file("snapshots/good-snapshot.db");
    beside(&mut asked, "b.db", odd);
    let compared = beside(&mut asked, "c.db", good);
    assert_eq!(compared.files.len(), 3);
    assert!(
        compared.words[0].starts_with("They first differ at revision "),
        "{:?}",
        compared.words
    );
    assert!(
        compared.words[1].starts_with("b.db is the odd one"),
        "{:?}",
        compared.words
    );
    let hashes = table(&mut asked, Table::Hashes).rows;
    assert_eq!(hashes[0].cells[2], hashes[2].cells[2]);
    assert_ne!(hashes[0].cells[2], hashes[1].cells[2]);
    let splits = table(&mut asked, Table::Splits);
    assert_eq!((splits.total, splits.columns.len()), (1, 4));
    let cells = &splits.rows[0].cells;
    assert!(cells[1] == cells[3] && cells[1] != cells[2], "{cells:?}");
    let fourth = beside(
        &mut asked,
        "d.db",
        data::unpack("snapshots/good-snapshot.db"),
    );
    assert!(fourth.refused.contains("three files"), "{}", fourth.refused);
}

#[test]
fn what_is_no_file_of_etcd_is_refused_and_the_rest_stays() {
    let (mut asked, _) = Asked::file("talk/talk-before-compact.db");
    let refused = beside(&mut asked, "x.txt", b"no database".to_vec());
    assert!(
        refused.refused.starts_with("x.txt: ") && refused.files.len() == 1,
        "{refused:?}"
    );
    let refused = beside(&mut asked, "nested.db", data::unpack("bolt/nested-1024.db"));
    assert!(refused.refused.contains("no file of etcd"), "{refused:?}");
    let compared = beside(&mut asked, "final.db", data::unpack("talk/talk-final.db"));
    assert!(compared.refused.is_empty() && compared.files.len() == 2);
    match last(&mut asked, StudyRequest::Alone) {
        StudyAnswer::Compared(alone) => assert!(alone.files.is_empty()),
        other => panic!("{other:?}"),
    }
}
