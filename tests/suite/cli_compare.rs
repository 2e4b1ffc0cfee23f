//! `revscope compare` as a person types it.

use std::rc::Rc;

use revscope::engine::fork;
use revscope::etcd::EtcdFile;
use revscope::lost::{Form, restore};
use serde_json::{Value, json};

use super::cli::Files;
use super::kubernetes::records;
use crate::support::data;

/// A cluster's file after further commands of etcdctl.
pub fn after(lines: &[&str]) -> Vec<u8> {
    let file = EtcdFile::open(Rc::new(data::unpack("k8s/final.db"))).unwrap();
    let (mut shell, _) = fork(&file, None).unwrap();
    for line in lines.iter().chain(&["etcdctl snapshot save s.db"]) {
        let ran = shell.run(line);
        assert_eq!(ran.exit, 0, "{line}: {:?}", ran.stderr);
    }
    shell.files().get("s.db").unwrap().to_vec()
}

fn json_lines(files: &Files, words: &[&str], exit: i32) -> Vec<Value> {
    let output = files.command(words).output().unwrap();
    assert_eq!(output.status.code(), Some(exit), "{words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// Before and after a real compaction: nothing that can be read at the head differs.
#[test]
fn a_compaction_changes_no_key() {
    let files = Files::new();
    files.unpack("workload/w351/before-compaction.db");
    files.unpack("workload/w351/after-compaction.db");
    let output = files
        .command(&["compare", "before-compaction.db", "after-compaction.db"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "Both are of one store: at all 306 revisions that both have, the rows are of the same key, version and length.
Both are at revision 2500.
From before-compaction.db to after-compaction.db: 0 keys added, 0 removed, 0 changed, 0 deleted and created again, 233 the same.
after-compaction.db was compacted at 2452: what came and went before that is not told.
Above revision 2452 and up to 2500 all rows are the same in both.
Their hashes at revision 2500 differ; they were compacted at different revisions, so that says nothing.

revision  compacted  keys  rows    bytes        hash  file
    2500         -1   233  3762  1122304  3187450351  before-compaction.db
    2500       2452   233   306  1122304   384057570  after-compaction.db

keys of A  of B  bytes of A   of B   growth  prefix
       73    73      155792   7401  -148391  (keys without a prefix)
";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.ends_with("\nand 28 prefixes more; --json prints all\n"),
        "{text}"
    );
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn keys_and_growth_add_up() {
    let files = Files::new();
    files.unpack("workload/w351/after-compaction.db");
    files.unpack("workload/w351/final.db");
    let lines = json_lines(
        &files,
        &["compare", "after-compaction.db", "final.db", "--json"],
        1,
    );
    let (summary, keys) = lines.split_first().unwrap();
    assert_eq!(summary["relation"], "one store");
    assert_eq!(
        summary["keys"],
        json!({"added": 56, "removed": 48, "changed": 17, "recreated": 168, "same": 0})
    );
    let count = |change: &str| keys.iter().filter(|key| key["change"] == change).count();
    let counts = ["added", "removed", "changed", "recreated"].map(count);
    assert_eq!(
        (counts, keys.len()),
        ([56, 48, 17, 168], 56 + 48 + 17 + 168)
    );
    assert_eq!(summary["files"][0]["hash"], summary["files"][1]["hash"]);
    assert_eq!(summary["first_difference"], Value::Null);
    let growth = summary["growth"].as_array().unwrap();
    for side in 0..2 {
        let file = &summary["files"][side];
        let sum = |of: &str| -> u64 {
            growth
                .iter()
                .map(|row| row[of][side].as_u64().unwrap())
                .sum()
        };
        assert_eq!(file["live_keys"], sum("live_keys"));
        // Rows of the bucket are most of a file, and all that grows by prefix.
        assert!(sum("bytes") < file["bytes"].as_u64().unwrap());
    }
}

/// A flipped byte leaves revision, version and length as they were.
#[test]
fn a_corrupt_value_is_found_and_shown() {
    let files = Files::new();
    files.unpack("snapshots/good-snapshot.db");
    files.unpack("snapshots/flip-value-byte.db");
    files.check(
        &["compare", "good-snapshot.db", "flip-value-byte.db", "--values"],
        r#"Both are of one store: at all 763 revisions that both have, the rows are of the same key, version and length.
Both are at revision 943.
From good-snapshot.db to flip-value-byte.db: 0 keys added, 0 removed, 1 changed, 0 deleted and created again, 136 the same.
good-snapshot.db was compacted at 446: what came and went before that is not told.
flip-value-byte.db was compacted at 446: what came and went before that is not told.
They first differ at revision 839.0; 1 revisions above 446 and up to 943 differ.
  good-snapshot.db: put of x/239, version 4, 44 bytes
  flip-value-byte.db: put of x/239, version 4, 44 bytes
Their hashes at revision 943 differ.

revision  compacted  keys  rows   bytes        hash  file
     943        446   137   763  151584   103141814  good-snapshot.db
     943        446   137   763  151584  4117953845  flip-value-byte.db

         revision in A   in B  bytes in A  in B  key
changed          839.0  839.0          44    44  x/239
    - "value 1620066 ababababababababababababababab"
    + "ralue 1620066 ababababababababababababababab"
"#,
        "",
        1,
    );
    // The same in a damaged file, whose row cannot be read at all.
    files.unpack("snapshots/leaf-elem-vsize.db");
    let output = files
        .command(&["compare", "good-snapshot.db", "leaf-elem-vsize.db"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n  leaf-elem-vsize.db: no row\n"), "{text}");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "revscope: leaf-elem-vsize.db: page 23: element 42: value of 16777215 bytes at 3144 runs past the page end at 4096\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

/// A Deployment as the API server stored it at two revisions.
#[test]
fn objects_differ_by_field() {
    let files = Files::new();
    files.unpack("k8s/final.db");
    let all = records("final.db");
    let older = all
        .iter()
        .find(|record| record.bucket_key.revision.main == 686)
        .unwrap();
    let line = restore(&older.as_ref(), Form::Etcdctl, false).unwrap();
    files.save("b.db", &after(&[line.trim_end()]));
    let output = files
        .command(&["compare", "final.db", "b.db", "--values"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = r#"
         revision in A   in B  bytes in A  in B  key
changed          703.0  707.0        2610  2585  /registry/deployments/default/nginx-deployment
    - status.availableReplicas: 3
    - status.conditions[type=Available].message: Deployment has minimum availability.
    + status.conditions[type=Available].message: Deployment does not have minimum availability.
    - status.conditions[type=Available].reason: MinimumReplicasAvailable
    + status.conditions[type=Available].reason: MinimumReplicasUnavailable
    - status.conditions[type=Available].status: "True"
    + status.conditions[type=Available].status: "False"
    - status.conditions[type=Progressing].message: ReplicaSet "nginx-deployment-6c5f67b5f7" has successfully progressed.
    + status.conditions[type=Progressing].message: ReplicaSet "nginx-deployment-6c5f67b5f7" is progressing.
    - status.conditions[type=Progressing].reason: NewReplicaSetAvailable
    + status.conditions[type=Progressing].reason: ReplicaSetUpdated
    - status.readyReplicas: 3
    + status.unavailableReplicas: 3
"#;
    assert!(text.ends_with(expected), "{text}");
    assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()));
}

#[test]
fn secrets_are_left_out_unless_asked_for() {
    let secret = |value: &str| {
        format!(
            r#"'{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"db-pass","namespace":"demo"}},"data":{{"password":"{value}"}}}}'"#
        )
    };
    let config = |data: &str| {
        format!(
            r#"'{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c"}},"data":{{{data}}}}}'"#
        )
    };
    let long = "ab".repeat(2000);
    let line = |key: &str, value: &str| format!("etcdctl put {key} {value}");
    let first = [
        line("/registry/configmaps/demo/c", &config(r#""k":"a\nb\nc""#)),
        line("/registry/secrets/demo/db-pass", &secret("aHVudGVyMg==")),
        line("/registry/secrets/demo/raw", "hunter2"),
        line("long", &format!("{long}1{long}")),
        line("plain", "one"),
    ];
    let second = [
        line(
            "/registry/configmaps/demo/c",
            &config(r#""k":"a\nB\nc","n":"1""#),
        ),
        line("/registry/secrets/demo/db-pass", &secret("aHVudGVyMw==")),
        line("/registry/secrets/demo/raw", "hunter3"),
        line("long", &format!("{long}2{long}")),
        line("plain", "one"),
    ];
    let files = Files::new();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    files.save("a.db", &after(&first));
    let both: Vec<&str> = first
        .into_iter()
        .chain(second.iter().map(String::as_str))
        .collect();
    files.save("b.db", &after(&both));
    let text = |words: &[&str]| {
        let words = [&["compare", "a.db", "b.db", "--values"], words].concat();
        let output = files.command(&words).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let keys = text.find("  key\n").unwrap();
        text[keys..].to_owned()
    };
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("    "));
        lines.map(|line| line[4..].to_owned()).collect()
    };
    let masked = text(&[]);
    let part = |mark: char| {
        let (before, after) = (&long[long.len() - 32..], &long[..512 - 33]);
        format!(r#""{before}{mark}{after}" (bytes 3968 to 4480 of 8001)"#)
    };
    assert_eq!(
        lines(&masked),
        [
            "  data.k: |",
            r#"-   "b""#,
            r#"+   "B""#,
            r#"+ data.n: "1""#,
            "- data.password: '*** (before)'",
            "+ data.password: '*** (after)'",
            "the values of a Secret are left out without --secrets",
            &format!("- {}", part('1')),
            &format!("+ {}", part('2')),
            "the value is the same: it was written again, or its lease changed",
        ]
    );
    let shown = text(&["--secrets"]);
    for part in [
        "- data.password: aHVudGVyMg==\n",
        "+ data.password: aHVudGVyMw==\n",
        "    - \"hunter2\"\n    + \"hunter3\"\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = text_of(&json_lines(
        &files,
        &["compare", "a.db", "b.db", "--values", "--json"],
        1,
    ));
    for text in [&masked, &json] {
        assert!(
            !text.contains("hunter") && !text.contains("aHVudGVy"),
            "{text}"
        );
    }
    assert!(json.contains(r#"{"after":"1","path":"data.n"}"#), "{json}");
}

fn text_of(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn members_of_a_cluster_agree_or_one_is_odd() {
    let files = Files::new();
    let folder = "scenarios/3.5.1/three-members-one-removed-one-learner";
    for name in ["m0", "m1", "learner-m4"] {
        files.unpack(&format!("{folder}/{name}.db"));
    }
    files.check(
        &["compare", "m0.db", "m1.db", "learner-m4.db"],
        "Above revision 0 and up to 17 all rows are the same on every member.
Their hashes at revision 17 are the same, as etcdctl endpoint hashkv would say.

revision  compacted  keys  rows  bytes        hash  file
      17         -1     3    21  20480  2545694149  m0.db
      17         -1     3    21  20480  2545694149  m1.db
      17         -1     3    21  20480  2545694149  learner-m4.db
",
        "",
        0,
    );
    files.save("a.db", &data::unpack("snapshots/good-snapshot.db"));
    files.save("b.db", &data::unpack("snapshots/flip-value-byte.db"));
    files.save("c.db", &data::unpack("snapshots/trunc-no-hash.db"));
    let output = files
        .command(&["compare", "a.db", "b.db", "c.db"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "They first differ at revision 839.0; 1 revisions above 446 and up to 943 differ.\n",
        "b.db is the odd one: wherever they differ the others agree.\n",
        "Their hashes at revision 943 differ.\n",
        "\n839.0     b.db  put of x/239, version 4, 44 bytes (",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&files, &["compare", "a.db", "b.db", "c.db", "--json"], 1);
    assert_eq!(lines[0]["odd"], "b.db");
    assert_eq!(lines[0]["first_difference"], json!({"main": 839, "sub": 0}));
    assert_eq!(lines[1]["keys"], json!(["x/239", "x/239", "x/239"]));
    assert_eq!(lines[1]["rows"][0], lines[1]["rows"][2]);
    assert_ne!(lines[1]["rows"][0], lines[1]["rows"][1]);
}

/// No row is left to compare where the head was compacted; what is still there tells.
#[test]
fn strangers_are_not_said_to_be_the_same() {
    let files = Files::new();
    files.unpack("scenarios/3.5.1/three-members-one-removed-one-learner/m0.db");
    files.unpack("scenarios/3.5.1/three-members-one-removed-one-learner/m1.db");
    files.unpack("talk/talk-after-compact.db");
    let names = ["m0.db", "m1.db", "talk-after-compact.db"];
    let words = [&["compare"], &names[..]].concat();
    let output = files.command(&words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "They have no revision in common that none has compacted",
        "Where one of them was compacted, at 8 or below, 5 rows that are still there differ, the first at revision 3.0.\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&files, &["compare", names[0], names[2], "--json"], 1);
    assert_eq!(lines[0]["relation"], "different stores");
    assert_eq!(lines[0]["first_difference"], json!({"main": 3, "sub": 0}));
}

#[test]
fn bad_input_is_named() {
    let files = Files::new();
    files.unpack("talk/talk-final.db");
    files.unpack("bolt/overflow.db");
    files.unpack("snapshots/text.txt");
    files.unpack("snapshots/zero-length.db");
    let check = |words: &[&str], stderr: &str, exit| {
        let words = [&["compare", "talk-final.db"], words].concat();
        files.check(&words, "", &format!("revscope: {stderr}\n"), exit);
    };
    check(
        &["overflow.db"],
        "overflow.db: a bbolt file without etcd's bucket key: its buckets are keys, values",
        1,
    );
    check(
        &["talk-final.db", "text.txt"],
        "text.txt: not a bbolt file: it looks like text (4600 bytes)",
        1,
    );
    check(
        &["talk-final.db", "talk-final.db", "--values"],
        "--values compares two files; these are more",
        2,
    );
    check(
        &["talk-final.db", "--secrets"],
        "--secrets wants --values",
        2,
    );
    for (words, exit) in [
        (&["compare", "talk-final.db", "nothing.db"][..], 1),
        (&["compare", "talk-final.db", "zero-length.db"], 1),
        (&["compare", "talk-final.db"], 2),
        (&["compare"], 2),
    ] {
        let output = files.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{words:?}");
        assert!(output.stderr.starts_with(b"revscope: "));
        assert!(output.stdout.is_empty());
    }
}
