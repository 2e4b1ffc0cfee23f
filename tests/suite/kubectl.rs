//! `kubectl` in the shell: what it prints on a real cluster's objects, and what the simulated
//! cluster makes of commands.

use std::rc::Rc;

use revscope::backend::{Backend, Member};
use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::kv::Record;
use revscope::mvcc::{Release, Store, Stored};
use revscope::shell::{Config, Shell};

use crate::support::data;

/// The cluster of the recording as it stood at a revision.
fn cluster_at(records: &[Record], revision: i64) -> Shell {
    let config = Config::default();
    let stored = Stored {
        records: records
            .iter()
            .filter(|record| record.bucket_key.revision.main <= revision)
            .cloned()
            .collect(),
        ..Stored::default()
    };
    let store = Store::restore(config.release, stored);
    let (term, index) = (store.raft_term(), store.raft_index());
    let backend = Backend::new(Release::default(), Member::default(), term, index);
    Shell::on(config, store, backend)
}

fn recorded_rows() -> Vec<Record> {
    let file = EtcdFile::open(Rc::new(data::unpack("k8s/final.db"))).unwrap();
    let mut scan = RecordScan::new(&file, Order::Forward);
    let mut out = Vec::new();
    while let Some(page) = scan.next() {
        let page = page.unwrap();
        out.extend(page.records().map(|record| record.unwrap().to_owned()));
    }
    out
}

/// Words of each line, without ages up to a minute: the recording's clock went on between the
/// last write and the question, and only the writes are recorded.
fn without_ages(text: &str) -> Vec<Vec<String>> {
    let age = |word: &str| match word.strip_suffix('s').map(str::parse::<u8>) {
        Some(Ok(_)) => "AGE".to_owned(),
        _ => word.to_owned(),
    };
    let words = |line: &str| line.split_whitespace().map(age).collect();
    text.lines().map(words).collect()
}

#[test]
fn get_prints_what_the_real_one_printed() {
    let records = recorded_rows();
    let text = String::from_utf8(data::unpack("k8s/kubectl.jsonl")).unwrap();
    let mut compared = 0;
    for line in text.lines() {
        let one: serde_json::Value = serde_json::from_str(line).unwrap();
        let words: Vec<_> = one["cmd"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap().as_bytes().to_vec())
            .collect();
        if words.get(1).map(Vec::as_slice) != Some(b"get") {
            continue;
        }
        let mut shell = cluster_at(&records, one["rev_after"].as_i64().unwrap());
        let mut words = words;
        if words.iter().any(|word| word == b"secret") {
            let masked = shell.run_argv(&words, b"").stdout;
            let masked = String::from_utf8_lossy(&masked).into_owned();
            for value in ["UzNjcjN0IQ==", "YWRtaW4="] {
                assert!(!masked.contains(value), "{masked}");
            }
            words.push(b"--reveal".to_vec());
        }
        let ran = shell.run_argv(&words, b"");
        let (found, wanted) = (
            String::from_utf8_lossy(&ran.stdout),
            one["stdout"].as_str().unwrap(),
        );
        let (found, wanted) = (without_ages(&found), without_ages(wanted));
        assert_eq!(
            found, wanted,
            "{} {}\n{:?}",
            one["i"], one["cmd"], ran.stderr
        );
        compared += 1;
    }
    assert_eq!(compared, 19);
}

#[test]
fn templates_and_columns_tell_the_revision_that_etcd_tells() {
    let mut shell = Shell::new(Config::default());
    shell.run("kubectl create configmap one --from-literal=a=b");
    shell.run("kubectl create configmap two --from-literal=a=c");
    let mut said = |line: &str| {
        let ran = shell.run(line);
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{line}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let key = "/registry/configmaps/default";
    let of = |name: &str| format!("etcdctl get {key}/{name} -w json | jq .kvs[0].mod_revision");
    let (one, two) = (said(&of("one")), said(&of("two")));
    let (one, two) = (one.trim(), two.trim());
    assert_eq!(
        said("kubectl get cm one -o jsonpath='{.metadata.resourceVersion}'"),
        one
    );
    let range = "{range .items[?(@.data.a)]}{.metadata.name} {.data.a}{\"\\n\"}{end}";
    assert_eq!(
        said(&format!("kubectl get cm -o jsonpath='{range}'")),
        "one b\ntwo c\n"
    );
    assert_eq!(
        said(
            "kubectl get cm -o custom-columns=NAME:.metadata.name,RV:metadata.resourceVersion,X:{.x}"
        ),
        format!(
            "NAME               RV    X\nkube-root-ca.crt   {}    <none>\none                {one}    <none>\ntwo                {two}    <none>\n",
            said("kubectl get cm kube-root-ca.crt -o jsonpath={.metadata.resourceVersion}")
        )
    );
    let wrong = shell.run("kubectl get cm -o custom-columns=NAME");
    assert_eq!(
        String::from_utf8_lossy(&wrong.stderr).trim(),
        "error: unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>"
    );
}
