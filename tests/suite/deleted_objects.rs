//! Objects that a compaction took from the store and that still lie in the file.

use std::collections::HashMap;

use revscope::engine::{ExportOf, Request, Response};
use revscope::kubernetes::yaml;

use super::engine_kubernetes::Asked;
use super::kubernetes::{object, records};

/// The same cluster before it was compacted has every record that a fossil can be.
#[test]
fn a_fossil_of_an_object_is_shown_and_exported_as_its_yaml() {
    let mut engine = Asked::file("compacted.db");
    let mut kept = Asked::file("final.db");
    let before: HashMap<_, _> = records("final.db")
        .into_iter()
        .map(|record| (record.bucket_key.revision, record))
        .collect();
    let (first, count) = (0, 1000);
    let fossils = match engine.ask(Request::Fossils { first, count }).pop() {
        Some(Response::Fossils { rows, .. }) => rows,
        other => panic!("{other:?}"),
    };
    let mut shown = 0;
    for row in fossils.iter().filter(|row| !row.is_tombstone) {
        let Some(record) = before.get(&row.revision) else {
            continue;
        };
        assert_eq!(row.key.as_bytes(), record.kv.key);
        let Some(truth) = object(record).filter(|truth| truth.kind != "Secret") else {
            continue;
        };
        let view = engine.object(row.revision, &[]);
        let lines = view.lines.iter().map(|line| format!("{}\n", line.text));
        assert_eq!(lines.collect::<String>(), yaml::to_string(&truth.value));
        shown += 1;
        let what = ExportOf::One(row.revision);
        let (_, text, _) = engine.export(what.clone(), false, &[]);
        assert!(text.contains(&format!("kind: {}\n", truth.kind)), "{text}");
        assert_eq!(text, kept.export(what, false, &[]).1);
    }
    assert!(shown > 300, "{shown}");
}
