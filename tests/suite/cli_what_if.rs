//! `revscope what-if` as a person types it.

use super::cli::Files;
use crate::support::data;

#[test]
fn a_compaction_is_told_with_what_it_takes_and_breaks() {
    let files = Files::new();
    files.unpack("defrag/before-snapshot.db");
    // What etcd 3.5.1 made of this file by compact 243 and defrag has 1753088 bytes.
    files.check(
        &["what-if", "before-snapshot.db", "--compact", "243"],
        "A compaction at 243 would take 954 rows of 36516 bytes and keep 22941; of 238 keys nothing would be left.
Reads with --rev below 243 would fail: 242 revisions that can be read now. A read at 243 itself still works.
Watches that start below 243 would be cancelled; one that starts at 243 goes on.
20 deletions at 243 itself go; an etcd from 3.4.34, 3.5.16 or 3.6 on keeps them, and the file does not tell which one wrote it.
The file has 1843232 bytes, and the compaction leaves it so long: it frees 0 bytes of whole pages inside of it at least, and 51780 bytes within pages that stay. A defrag alone would make it 1810432 bytes, after the compaction 1753088.

rows  bytes  prefix
 954  36516  k/
",
        "",
        0,
    );
    files.unpack("talk/talk-before-compact.db");
    files.check(
        &["what-if", "talk-before-compact.db", "--compact=8", "--json"],
        r#"{"revision":8,"compact_revision":-1,"compaction":{"at":8,"rows":2,"keys":0,"bytes":59,"kept_rows":5,"tombstones_at":0,"tombstones_stay":false,"is_tombstone_rule_known":false,"breaks":["Reads with --rev below 8 would fail: 7 revisions that can be read now. A read at 8 itself still works.","Watches that start below 8 would be cancelled; one that starts at 8 goes on."],"prefixes":[{"prefix":"","rows":2,"bytes":59}]},"sizes":{"now":20480,"defragged":20480,"compacted_and_defragged":20480,"freed_pages":0,"freed_within_pages":91}}
"#,
        "",
        0,
    );
}

/// The size is that of the same file after a real `etcdctl defrag`.
#[test]
fn a_defrag_alone_needs_no_revision() {
    let files = Files::new();
    files.unpack("workload/w351/final.db");
    let defragged = data::unpack("workload/w351/final-defrag.db").len();
    files.check(
        &["what-if", "final.db"],
        &format!("The file has 1208320 bytes; a defrag alone would make it {defragged}.\n"),
        "",
        0,
    );
    files.unpack("k8s/compacted.db");
    let defragged = data::unpack("k8s/compacted-defragged.db").len();
    files.check(
        &["what-if", "compacted.db", "--json"],
        &format!(
            r#"{{"revision":714,"compact_revision":714,"sizes":{{"now":1605632,"defragged":{defragged}}}}}
"#
        ),
        "",
        0,
    );
}

#[test]
fn of_a_cluster_it_tells_resources_and_old_resource_versions() {
    let files = Files::new();
    files.unpack("k8s/final.db");
    let output = files
        .command(&["what-if", "final.db", "--compact", "700"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Kubernetes: a list that goes on at a resourceVersion below 700 would get 410 Gone",
        "\nrows   bytes  prefix\n 106  207060  /registry/pods/\n  64  182612  /registry/deployments/\n",
        "\nand 1 prefixes more; --json prints all\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(output.status.code(), Some(0));
    let output = files
        .command(&["what-if", "final.db", "--compact", "700", "--json"])
        .output()
        .unwrap();
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let prefixes = line["compaction"]["prefixes"].as_array().unwrap();
    assert_eq!(prefixes.len(), 21);
    let sum: u64 = prefixes
        .iter()
        .map(|one| one["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(line["compaction"]["bytes"].as_u64(), Some(sum));
}

#[test]
fn what_etcd_would_refuse_and_bad_input_are_named() {
    let files = Files::new();
    files.unpack("talk/talk-after-compact.db");
    files.unpack("bolt/overflow.db");
    files.unpack("snapshots/text.txt");
    let check = |words: &[&str], stderr: &str, exit| {
        let words = [&["what-if"], words].concat();
        files.check(&words, "", &format!("revscope: {stderr}\n"), exit);
    };
    let name = "talk-after-compact.db";
    let edges = "the compact revision is 8, the current one 8";
    for at in ["8", "-3"] {
        check(
            &[name, "--compact", at],
            &format!(
                "{name}: etcd would refuse: mvcc: required revision has been compacted; {edges}"
            ),
            1,
        );
    }
    check(
        &[name, "--compact", "9"],
        &format!(
            "{name}: etcd would refuse: mvcc: required revision is a future revision; {edges}"
        ),
        1,
    );
    check(
        &[name, "--compact", "1.5"],
        "--compact 1.5: a revision is a whole number",
        2,
    );
    check(
        &["overflow.db"],
        "overflow.db: a bbolt file without etcd's bucket key: its buckets are keys, values",
        1,
    );
    check(
        &["text.txt"],
        "text.txt: not a bbolt file: it looks like text (4600 bytes)",
        1,
    );
    let output = files.command(&["what-if", "nothing.db"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.starts_with(b"revscope: nothing.db: "));
    let output = files.command(&["what-if"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// Rows that can be read are counted; why there are no sizes is told.
#[test]
fn of_a_damaged_file_what_can_be_told_is_told() {
    let files = Files::new();
    files.unpack("snapshots/leaf-elem-vsize.db");
    let page =
        "page 23: element 42: value of 16777215 bytes at 3144 runs past the page end at 4096";
    let stderr = format!(
        "revscope: leaf-elem-vsize.db: {page}
revscope: leaf-elem-vsize.db: the sizes cannot be computed: {page}
"
    );
    files.check(
        &["what-if", "leaf-elem-vsize.db", "--json"],
        &format!(
            r#"{{"revision":943,"compact_revision":446,"sizes":null,"trouble":"the sizes cannot be computed: {page}"}}
"#
        ),
        &stderr,
        1,
    );
    let output = files
        .command(&["what-if", "leaf-elem-vsize.db", "--compact", "900"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("A compaction at 900 would take "),
        "{text}"
    );
    assert!(text.contains("\nrows"), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), stderr);
    assert_eq!(output.status.code(), Some(1));
}
