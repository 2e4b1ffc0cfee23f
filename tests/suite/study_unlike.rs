//! How the values of a key differ between two files, through the one door.

use revscope::engine::{Side, StudyAnswer, StudyRequest, Table, UnlikeView};
use revscope::lost::{Form, restore};

use super::cli_compare::after;
use super::kubernetes::records;
use super::study_files::{beside, last, table};
use crate::engine_files::Asked;
use crate::support::data;

/// What became of a key, as its row of the table leads to it.
fn unlike(asked: &mut Asked, key: &str) -> UnlikeView {
    let rows = table(asked, Table::Differences).rows;
    let row = rows.iter().find(|row| row.cells[1] == key);
    let number = row.and_then(|row| row.number).unwrap();
    match last(asked, StudyRequest::Unlike { number }) {
        StudyAnswer::Unlike(Some(view)) => {
            assert_eq!((view.key.as_str(), view.number), (key, number));
            *view
        }
        other => panic!("{other:?}"),
    }
}

fn lines(view: &UnlikeView) -> Vec<String> {
    let lines = view.lines.iter();
    let lines = lines.map(|line| match line.side {
        Side::Old => format!("- {}", line.text),
        Side::New => format!("+ {}", line.text),
        Side::Both => format!("  {}", line.text),
    });
    lines.collect()
}

/// Revision, version and length are as they were: only its bytes tell.
#[test]
fn a_flipped_byte_is_found_in_the_other_file() {
    let (mut asked, _) = Asked::file("snapshots/good-snapshot.db");
    let other = data::unpack("snapshots/flip-value-byte.db");
    let compared = beside(&mut asked, "flipped.db", other);
    let words = compared.words.join("\n");
    assert!(words.contains("0 removed, 1 changed"), "{words}");
    assert!(
        words.contains("They first differ at revision 839.0; 1 revisions above 446"),
        "{words}"
    );
    assert!(words.contains("flipped.db: put of x/239"), "{words}");
    let view = unlike(&mut asked, "x/239");
    let [before, after] = lines(&view).try_into().unwrap();
    assert!(before.starts_with("- \"") && after.starts_with("+ \""));
    assert_ne!(before[2..], after[2..]);
    assert_eq!(table(&mut asked, Table::Splits).total, 1);
}

#[test]
fn objects_differ_by_field_and_secrets_are_masked() {
    let all = records("final.db");
    let older = all
        .iter()
        .find(|record| record.bucket_key.revision.main == 686)
        .unwrap();
    let deployment = restore(&older.as_ref(), Form::Etcdctl, false).unwrap();
    let secret = |value: &str| {
        format!(
            r#"etcdctl put /registry/secrets/demo/late '{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"late","namespace":"demo"}},"data":{{"password":"{value}"}}}}'"#
        )
    };
    let text = "etcdctl put plain text";
    let raw = "etcdctl put /registry/secrets/demo/raw hunter2";
    let secret = secret("aHVudGVyMg==");
    let other = after(&[deployment.trim_end(), &secret, raw, text]);
    let (mut asked, _) = Asked::file("k8s/final.db");
    beside(&mut asked, "later.db", other);
    let changed = unlike(&mut asked, "/registry/deployments/default/nginx-deployment");
    let told = lines(&changed);
    assert!(changed.words.is_empty() && told.len() == 13, "{told:?}");
    assert_eq!(told[0], "- status.availableReplicas: 3");
    assert_eq!(told[12], "+ status.unavailableReplicas: 3");

    let added = unlike(&mut asked, "/registry/secrets/demo/late");
    assert_eq!(added.words, "Only later.db has it.");
    let told = lines(&added).join("\n");
    assert!(
        told.contains("+ kind: Secret") && !told.contains("aHVudGVyMg"),
        "{told}"
    );
    let raw = unlike(&mut asked, "/registry/secrets/demo/raw");
    assert_eq!(
        raw.words,
        "Only later.db has it. The values of a Secret are not shown."
    );
    assert_eq!(lines(&unlike(&mut asked, "plain")), [r#"+ "text""#]);
}

#[test]
fn what_only_this_file_has_was_removed() {
    let (mut asked, _) = Asked::file("k8s/final.db");
    beside(&mut asked, "later.db", data::unpack("k8s/compacted.db"));
    let rows = table(&mut asked, Table::Differences).rows;
    let removed = rows.iter().find(|row| row.cells[0] == "removed").unwrap();
    let view = unlike(&mut asked, &removed.cells[1]);
    assert_eq!(view.words, "Only k8s/final.db has it.");
    assert!(lines(&view).iter().all(|line| line.starts_with("- ")));
    assert!(!view.lines.is_empty());
    let none = StudyRequest::Unlike { number: 9999 };
    assert!(matches!(last(&mut asked, none), StudyAnswer::Unlike(None)));
}
