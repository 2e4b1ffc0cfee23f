//! The talk that the project grew from, line by line: against a recording of the real programs
//! (etcd 3.5.1, jq 1.6), and against what its slides show.

use revscope::bytes::ReadAt;
use revscope::mvcc::Release;
use revscope::shell::{Config, Shell};
use serde_json::Value;

/// jq 1.6, of the recording, rounds the ids; jq 1.7, of the slides and here, keeps them. This is the
/// one difference.
const ROUNDED: &[(&str, &str)] = &[
    ("14841639068965180000", "14841639068965178418"),
    ("10276657743932975000", "10276657743932975437"),
];

const DUMP: &str = "./etcd-dump-db iterate-bucket db key --decode";

fn recording() -> Vec<Value> {
    let text = std::fs::read_to_string("tests/data/talk/terminal-3.5.1.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

#[test]
fn the_talk_prints_what_was_recorded() {
    let mut shell = Shell::new(Config::default());
    let rows = recording();
    let (watch, rows) = rows.split_last().unwrap();
    let (mut events, mut compared) = (String::new(), 0);
    for row in rows {
        let line = text(row, "line");
        // The second terminal opens its watch before the last three writes.
        if line == "etcdctl put foo1 bar1-update1" {
            let opened = shell.run(text(watch, "line"));
            assert!(opened.started.is_some() && opened.stdout.is_empty());
        }
        let ran = shell.run(line);
        for notice in &ran.notices {
            events += std::str::from_utf8(&notice.stdout).unwrap();
            assert!(notice.stderr.is_empty());
        }
        if line == DUMP {
            continue;
        }
        let mut expected = text(row, "stdout").to_owned();
        for (rounded, exact) in ROUNDED {
            expected = expected.replace(rounded, exact);
        }
        assert_eq!(String::from_utf8_lossy(&ran.stdout), expected, "{line}");
        assert_eq!(
            String::from_utf8_lossy(&ran.stderr),
            text(row, "stderr"),
            "{line}"
        );
        assert_eq!(i64::from(ran.exit), row["exit"].as_i64().unwrap(), "{line}");
        compared += 1;
    }
    let mut expected = text(watch, "stdout").to_owned();
    for (rounded, exact) in ROUNDED {
        expected = expected.replace(rounded, exact);
    }
    assert_eq!(events, expected);
    assert_eq!(compared, 17);
}

#[test]
fn the_slides_dumps_come_from_a_file() {
    let mut shell = Shell::new(Config::default());
    let copy = "$ docker cp test-etcd-container:/bitnami/etcd/data/member/snap/db .";
    shell.run("# for i in {1..5}; do etcdctl put foo${i} bar${i}; done");
    shell.run("# etcdctl del foo1; etcdctl put foo1 bar1-new");
    let ran = shell.run(copy);
    assert_eq!((ran.exit, ran.stdout.as_slice()), (0, &b""[..]));
    let before = "\
rev={main:8 sub:0}, value=[key \"foo1\" | val \"bar1-new\" | created 8 | mod 8 | ver 1]
rev={main:7 sub:0}, value=[key \"foo1\" | val \"\" | created 0 | mod 0 | ver 0]
rev={main:6 sub:0}, value=[key \"foo5\" | val \"bar5\" | created 6 | mod 6 | ver 1]
rev={main:5 sub:0}, value=[key \"foo4\" | val \"bar4\" | created 5 | mod 5 | ver 1]
rev={main:4 sub:0}, value=[key \"foo3\" | val \"bar3\" | created 4 | mod 4 | ver 1]
rev={main:3 sub:0}, value=[key \"foo2\" | val \"bar2\" | created 3 | mod 3 | ver 1]
rev={main:2 sub:0}, value=[key \"foo1\" | val \"bar1\" | created 2 | mod 2 | ver 1]
";
    let dump =
        |shell: &mut Shell| String::from_utf8(shell.run(&format!("$ {DUMP}")).stdout).unwrap();
    assert_eq!(dump(&mut shell), before);
    shell.run("# etcdctl compact 8 --physical");
    // The copy is as it was until it is refreshed.
    assert_eq!(dump(&mut shell), before);
    shell.run(copy);
    let swept = |line: &&str| !line.contains("main:7") && !line.contains("main:2");
    let after: Vec<_> = before.lines().filter(swept).collect();
    assert_eq!(dump(&mut shell), after.join("\n") + "\n");
    assert_eq!(shell.run("bbolt check db").stdout, b"OK\n");
}

#[test]
fn the_lines_around_etcd_are_answered_in_one_line() {
    let mut shell = Shell::new(Config::default());
    for line in [
        "$ docker run -d --name test-etcd-container \\\n--publish 2379:2379 \\\nbitnami/etcd:latest",
        "$ docker exec -it --user root test-etcd-container bash",
        "# apt update && apt install curl > /dev/null",
        "# URL=https://example.com/jq; curl -L -o /tmp/jq $URL && cd /tmp/ && chmod +x jq",
        "$ git clone https://github.com/etcd-io/etcd.git",
        "$ GOOS=linux go build .",
        "$ kind create cluster --name test-k8s-cluster",
        "$ docker cp etcdctl test-k8s-cluster-control-plane:/usr/local/bin",
        "// adding tools to the container!\n# etcd &",
    ] {
        let ran = shell.run(line);
        assert_eq!(ran.exit, 0, "{line}");
        assert_eq!(
            String::from_utf8_lossy(&ran.stdout).lines().count(),
            1,
            "{line}"
        );
    }
    let ran = shell.run(
        "# alias e=\"etcdctl --endpoints 127.0.0.1:2379\n--cert=/a --key=/b --cacert=/c\"\n\
         # nextRev=$(expr $(e get /registry -w json | jq '.header.revision') + 1); echo $nextRev",
    );
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "2\n");
}

#[test]
fn the_copy_is_the_members_own_file() {
    // What the slide says; releases with an older bbolt leave no room behind the pages.
    check_copy(Release::new(3, 5, 30), "16.8MB");
    check_copy(Release::V3_5, "22.0kB");
}

#[track_caller]
fn check_copy(release: Release, size: &str) {
    let mut shell = Shell::new(Config {
        release,
        ..Config::default()
    });
    shell.run("etcdctl put a 1; etcdctl put a 2; etcdctl compact 3");
    let ran = shell.run("docker cp c:/bitnami/etcd/data/member/snap/db .");
    assert_eq!(
        String::from_utf8_lossy(&ran.stderr),
        format!("Successfully copied {size} to /root/.\n")
    );
    let copied = shell.files().get("db").unwrap().to_vec();
    let image = shell.backend().image().unwrap().clone();
    let mut own = vec![0; usize::try_from(image.len()).unwrap()];
    image.read_at(0, &mut own).unwrap();
    assert!(copied == own);
    // A name without a file of the session is a path to the member's own; both say the same.
    let dump = |shell: &mut Shell, path: &str| {
        let ran = shell.run(&format!("etcd-dump-db iterate-bucket {path} key --decode"));
        assert_eq!(ran.stderr, b"", "{path}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let rows = dump(&mut shell, "db");
    assert_eq!(
        rows,
        "rev={main:3 sub:0}, value=[key \"a\" | val \"2\" | created 2 | mod 3 | ver 2]\n"
    );
    assert_eq!(dump(&mut shell, "/var/lib/etcd/member/snap/db"), rows);
    // A snapshot holds them too, under any spelling of its name.
    let ran = shell.run("etcdctl snapshot save ./backup.db && ls && bbolt check backup.db");
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout),
        "Snapshot saved at ./backup.db\nbackup.db\ndb\nOK\n"
    );
    assert_eq!(dump(&mut shell, "backup.db"), rows);
    assert_eq!(shell.run("etcdctl snapshot status ./backup.db").exit, 0);
}
