//! The talk that the project grew from, line by line: against a recording of the real programs
//! (etcd 3.5.1, jq 1.6), and against what its slides show.

use revscope::bytes::ReadAt;
use revscope::mvcc::Release;
use revscope::shell::script::Names;
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

/// The slides' etcd half as a reader pastes it, prompts, remarks and broken lines included.
const SLIDES: &str = r#"// adding tools to the container!
# apt update && apt install curl
# URL=https://github.com/stedolan/jq/releases/download/jq-1.7/jq-linux64
# curl -L -o /tmp/jq $URL && cd /tmp/ && chmod +x jq
# export PATH=$PWD:$PATH
# export ETCDCTL_API=3
# etcdctl endpoint status -w json | jq .
# for i in {1..5}; do etcdctl put foo${i} bar${i}; done
# etcdctl get .
# etcdctl get . -w json | jq .
// retrieve data
# etcdctl get --prefix foo -w json |
jq '.kvs[].key|=@base64d|.kvs[].value|
=@base64d'
# etcdctl del foo1 -w json
// delete data
# etcdctl get --prefix foo --keys-only
// track past revisions, time travel!
# etcdctl get foo1 --rev 7 -w json | jq .
# etcdctl get foo1 --rev 6 -w json | jq '.kvs[].key|=@base64d|.kvs[].value|
=@base64d'
# etcdctl put foo1 bar1-new -w json | jq .
// Inspect the raw database content!!
$ git clone https://github.com/etcd-io/etcd.git
$ cd etcd/tools/etcd-dump-db
$ go build .
$ docker cp test-etcd-container:/bitnami/etcd/data/member/snap/db .
$ ./etcd-dump-db iterate-bucket db key --decode
// compact the raw database content!!
# etcdctl compact 8 --physical
$ docker cp test-etcd-container:/bitnami/etcd/data/member/snap/db .
$ ./etcd-dump-db iterate-bucket db key --decode
"#;

/// Header's revision, then key, create, mod, version and value of each pair, as the slides show.
fn figures(stdout: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<Value>(stdout) else {
        return String::from_utf8_lossy(stdout)
            .replace("\n\n", "\n")
            .trim_end()
            .replace('\n', "; ");
    };
    let header = [
        &json["header"],
        &json["Header"],
        &json[0]["Status"]["header"],
    ];
    let header = header.iter().find(|header| header.is_object()).unwrap();
    let pairs = json["kvs"].as_array().cloned().unwrap_or_default();
    let events = json["Events"].as_array().cloned().unwrap_or_default();
    let events = events.iter().map(|event| event["kv"].clone());
    let mut said = header["revision"].to_string();
    for pair in pairs.into_iter().chain(events) {
        let number = |name: &str| pair[name].as_i64().unwrap_or(0);
        said += &format!(
            ", {} {} {} {} {}",
            text(&pair, "key"),
            number("create_revision"),
            number("mod_revision"),
            number("version"),
            text(&pair, "value")
        );
    }
    said
}

#[test]
fn the_slides_play_as_pasted() {
    let mut shell = Shell::new(Config::default());
    let dump = |revisions: &[(i64, &str, &str, i64)]| {
        let row = |(rev, key, value, created): &(i64, &str, &str, i64)| {
            let (modified, version) = if *created == 0 { (0, 0) } else { (*rev, 1) };
            format!(
                "rev={{main:{rev} sub:0}}, value=[key \"{key}\" | val \"{value}\" | created {created} | mod {modified} | ver {version}]"
            )
        };
        revisions.iter().map(row).collect::<Vec<_>>().join("; ")
    };
    let all = [
        (8, "foo1", "bar1-new", 8),
        (7, "foo1", "", 0),
        (6, "foo5", "bar5", 6),
        (5, "foo4", "bar4", 5),
        (4, "foo3", "bar3", 4),
        (3, "foo2", "bar2", 3),
        (2, "foo1", "bar1", 2),
    ];
    let kept: Vec<_> = all
        .into_iter()
        .filter(|row| ![7, 2].contains(&row.0))
        .collect();
    let (before, after) = (dump(&all), dump(&kept));
    // What the slides show behind each command, in their order.
    let shown: &[(&str, &str)] = &[
        ("endpoint status", "1"),
        ("for i in", "OK; OK; OK; OK; OK"),
        ("get . -w", "6"),
        (
            "get --prefix foo -w",
            "6, foo1 2 2 1 bar1, foo2 3 3 1 bar2, foo3 4 4 1 bar3, foo4 5 5 1 bar4, foo5 6 6 1 bar5",
        ),
        ("del foo1 -w", "7"),
        ("--keys-only", "foo2; foo3; foo4; foo5"),
        ("--rev 7", "7"),
        ("--rev 6", "7, foo1 2 2 1 bar1"),
        ("put foo1 bar1-new", "8"),
        ("iterate-bucket", &before),
        ("compact 8", "compacted revision 8"),
        ("iterate-bucket", &after),
    ];
    let mut shown = shown.iter();
    let mut next = shown.next();
    for line in Names::default().commands(SLIDES) {
        let ran = shell.run(&line);
        assert_eq!(
            ran.exit,
            0,
            "{line}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        if let Some((part, expected)) = next.filter(|(part, _)| line.contains(part)) {
            assert_eq!(figures(&ran.stdout), *expected, "{part}");
            next = shown.next();
        }
    }
    assert_eq!(next, None);

    // The second terminal watches, the first one writes.
    shell.select_terminal(2);
    let watch = "# etcdctl watch foo1 -w json | jq '.Events[].kv.key|\n=@base64d|.Events[].kv.value|=@base64d'";
    assert!(shell.run(watch).started.is_some());
    shell.select_terminal(1);
    for (line, expected) in [
        (
            "# etcdctl put foo1 bar1-update1",
            "9, foo1 8 9 2 bar1-update1",
        ),
        (
            "# etcdctl put foo1 bar1-update2",
            "10, foo1 8 10 3 bar1-update2",
        ),
        // What is no text in base64: jq 1.7 shows two replacement characters, as the slide does.
        ("# etcdctl del foo1", "11, foo1 0 11 0 \u{fffd}\u{fffd}"),
    ] {
        let ran = shell.run(line);
        let events: Vec<_> = ran.notices.iter().map(|one| figures(&one.stdout)).collect();
        assert_eq!(events, [expected], "{line}");
    }
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
