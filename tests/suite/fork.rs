//! A shell on an opened file: real files of workloads, and what the real server that wrote them
//! answered.

use std::rc::Rc;

use revscope::engine::fork;
use revscope::etcd::EtcdFile;
use revscope::mvcc::Release;
use revscope::shell::Shell;
use revscope::shell::transcript::read;
use serde_json::Value;

use crate::support::data;
use crate::transcripts::text;

fn open(name: &str, release: Release) -> Shell {
    let file = EtcdFile::open(Rc::new(data::unpack(name))).unwrap();
    let (shell, problems) = fork(&file, Some(release)).unwrap();
    assert!(problems.is_empty(), "{name}: {problems:?}");
    shell
}

/// An answer as JSON without what hangs on time or chance: sizes, the seconds that a lease has
/// left, the order in which it names its keys.
fn timeless(stdout: &[u8]) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(strip),
            Value::Object(fields) => {
                for name in ["dbSize", "dbSizeInUse", "ttl"] {
                    fields.remove(name);
                }
                if let Some(Value::Array(keys)) = fields.get_mut("keys") {
                    keys.sort_by_key(Value::to_string);
                }
                fields.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    let mut value = serde_json::from_slice(stdout).unwrap_or_default();
    strip(&mut value);
    value
}

#[test]
fn old_revisions_are_those_of_the_live_server() {
    for (workload, release) in [("w351", Release::V3_5), ("w3613", Release::V3_6)] {
        let mut compared = 0;
        let gets = read(&text(&format!(
            "workload/{workload}/gets-at-revisions.jsonl.gz"
        )))
        .unwrap();
        for file in ["before-compaction", "final"] {
            let mut shell = open(&format!("workload/{workload}/{file}.db"), release);
            for get in &gets {
                let ran = shell.run_argv(&get.command.argv, b"");
                // Compacted, or still to come.
                if ran.exit == 0 {
                    let kvs = |stdout: &[u8]| timeless(stdout)["kvs"].take();
                    assert_eq!(kvs(&ran.stdout), kvs(&get.answer.stdout));
                    compared += 1;
                }
            }
        }
        assert_eq!(compared, gets.len(), "{workload}");
    }
}

#[test]
fn what_was_asked_last_is_answered_the_same() {
    for (workload, release, revision) in [
        ("w351", Release::V3_5, 5000),
        ("w3613", Release::V3_6, 1500),
    ] {
        let mut shell = open(&format!("workload/{workload}/final.db"), release);
        assert_eq!(shell.store().revision(), revision);
        let online = read(&text(&format!("workload/{workload}/online.jsonl.gz"))).unwrap();
        let last = online
            .iter()
            .skip_while(|row| row.command.shown.revision != Some(revision));
        let mut compared = 0;
        for row in
            last.filter(|row| row.command.argv[0] == b"etcdctl" && row.command.until.is_none())
        {
            let ran = shell.run_argv(&row.command.argv, &row.command.stdin);
            assert_eq!(ran.exit, row.answer.exit, "{:?}", row.command);
            assert_eq!(
                timeless(&ran.stdout),
                timeless(&row.answer.stdout),
                "{:?}",
                row.command
            );
            compared += 1;
        }
        assert!(compared > 30, "{workload}: {compared}");
    }
}

#[test]
fn a_copy_takes_writes_and_compactions() {
    let mut shell = open("workload/w3613/final.db", Release::V3_6);
    let mut check = |line: &str, exit, expected: &str| {
        let ran = shell.run(line);
        assert_eq!(String::from_utf8_lossy(&ran.stdout), expected, "{line}");
        assert_eq!(ran.exit, exit, "{line}");
    };
    check("etcdctl put new value", 0, "OK\n");
    check("etcdctl watch new --rev 1501", 0, "PUT\nnew\nvalue\n");
    check("etcdctl get new --rev 1500", 0, "");
    check("etcdctl compact 1501", 0, "compacted revision 1501\n");
    check("etcdctl get new --rev 1500", 1, "");
    check(
        "etcdctl snapshot save s.db",
        0,
        "Snapshot saved at s.db\nServer version 3.6.0\n",
    );
    let saved = shell.files().get("s.db").unwrap().to_vec();
    let file = EtcdFile::open(Rc::new(saved)).unwrap();
    assert_eq!(file.info().compact_revision(), 1501);
    let (again, problems) = fork(&file, None).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(again.store().release(), Release::V3_6);
    assert!(again.store().records().eq(shell.store().records()));
    // A key's first revision keeps its place in the transaction only in memory.
    let keys = |shell: &Shell| {
        let keys = shell.store().key_indexes();
        keys.map(|index| (index.key.clone(), index.modified, index.is_alive()))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&again), keys(&shell));
}

#[test]
fn users_of_a_file_are_those_of_the_server() {
    let mut shell = open("scenarios/3.5.1/auth-enabled/db.db", Release::V3_5);
    let ran = shell.run("etcdctl get app/a");
    assert_eq!(ran.stderr, b"Error: etcdserver: user name is empty\n");
    let ran = shell.run("etcdctl --user root:whatever user list");
    assert_eq!(ran.stdout, b"ann\nbob\ncarol\nroot\n");
}
