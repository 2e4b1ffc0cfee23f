//! The command language: scripts with their expected output, completion, and bad input.
//!
//! A script under `tests/scripts` is cases of a command, `----`, and what it prints, an empty
//! line between cases. Output with empty lines in it stands between two `----` before and two
//! after. Lines of standard error are marked `stderr|`, what a running watch prints `job 1|`, and
//! an exit code other than 0 stands last. Lines with `##` are remarks. `UPDATE_EXPECT=1` rewrites.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use revscope::mvcc::Release;
use revscope::shell::script::run_script;
use revscope::shell::{Config, Ran, Shell};

/// What a command did, as scripts have it.
fn show(ran: &Ran) -> String {
    let mut out = String::from_utf8_lossy(&ran.stdout).into_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str("(no newline)\n");
    }
    let mut marked = |mark: &str, bytes: &[u8]| {
        for line in String::from_utf8_lossy(bytes).lines() {
            writeln!(out, "{mark}|{line}").unwrap();
        }
    };
    marked("stderr", &ran.stderr);
    for notice in &ran.notices {
        marked(&format!("job {}", notice.job), &notice.stdout);
    }
    if ran.exit != 0 {
        writeln!(out, "exit {}", ran.exit).unwrap();
    }
    out
}

/// Plays a script and answers it with the output that came.
fn play(script: &str) -> String {
    let mut shell = Shell::new(Config::default());
    let mut lines = script.lines().peekable();
    let mut played = String::new();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with("##") {
            played += &format!("{line}\n");
            if let Some(release) = line.strip_prefix("## etcd ") {
                shell = Shell::new(Config {
                    release: release.parse::<Release>().unwrap(),
                    ..Config::default()
                });
            }
            continue;
        }
        let mut command = line.to_owned();
        while let Some(more) = lines.next_if(|line| *line != "----") {
            command += &format!("\n{more}");
        }
        lines.next();
        let end = match lines.next_if_eq(&"----") {
            Some(_) => "----",
            None => "",
        };
        while lines.next_if(|line| *line != end).is_some() {}
        if end == "----" {
            lines.next();
            lines.next_if_eq(&"----");
        }
        let output = show(&shell.run(&command));
        let fence = match output.starts_with('\n') || output.contains("\n\n") {
            true => "----\n",
            false => "",
        };
        played += &format!("{command}\n----\n{fence}{output}{fence}{fence}");
    }
    played
}

#[test]
fn scripts_print_what_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let script = fs::read_to_string(&path).unwrap();
        let played = play(&script);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, &played).unwrap();
        } else {
            assert_eq!(played, script, "{}", path.display());
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_script_is_cut_where_commands_end() {
    let check = |script: &str, expected: &[(&str, &str, i32)]| {
        let played = run_script(&mut Shell::new(Config::default()), script);
        let played: Vec<_> = played
            .iter()
            .map(|one| {
                let stdout = std::str::from_utf8(&one.answer.stdout).unwrap();
                (one.line.as_str(), stdout, one.answer.exit)
            })
            .collect();
        assert_eq!(played, expected);
    };
    check("", &[]);
    check("\n# only a remark\n\n", &[]);
    check(
        "for i in 1 2\ndo echo $i\ndone\necho 'a\nb'",
        &[
            ("for i in 1 2\ndo echo $i\ndone", "1\n2\n", 0),
            ("echo 'a\nb'", "a\nb\n", 0),
        ],
    );
    check(
        "cat <<E\nx \"y\" \\$z\nE\necho next",
        &[
            ("cat <<E\nx \"y\" \\$z\nE", "x \"y\" $z\n", 0),
            ("echo next", "next\n", 0),
        ],
    );
    // What no later line completes fails alone.
    check(
        "echo 'open\necho next",
        &[("echo 'open", "", 2), ("echo next", "next\n", 0)],
    );
    // A watch that its own line ends keeps what it saw.
    check(
        "etcdctl watch a & etcdctl put a 1; kill %1\netcdctl put a 2",
        &[
            (
                "etcdctl watch a & etcdctl put a 1; kill %1",
                "OK\nPUT\na\n1\n",
                0,
            ),
            ("etcdctl put a 2", "OK\n", 0),
        ],
    );
    // A watch's later events stand with the watch.
    check(
        "etcdctl watch a\netcdctl put a 1\netcdctl del a",
        &[
            ("etcdctl watch a", "PUT\na\n1\nDELETE\na\n\n", 0),
            ("etcdctl put a 1", "OK\n", 0),
            ("etcdctl del a", "1\n", 0),
        ],
    );
}

#[test]
fn completion_comes_from_the_table() {
    let check = |line: &str, expected: &str| {
        let shell = Shell::new(Config::default());
        let candidates = shell.complete(line, line.len());
        let texts: Vec<_> = candidates.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts.join(" "), expected, "{line}");
        assert!(candidates.iter().all(|one| !one.help.is_empty()), "{line}");
    };
    check("etcd", "etcdctl etcdutl etcd-dump-db etcd");
    check("ex", "expr exit export");
    check("etcdctl p", "put");
    check("etcdctl endpoint ", "hashkv health status");
    check("etcdctl get foo --pre", "--prefix");
    check("etcdctl get --p", "--prefix --print-value-only --password");
    check("etcdctl get foo -w ", "fields json protobuf simple table");
    check("etcdctl get foo -w j", "json");
    check("echo a; etcdctl lease g", "grant");
    check("nothing ", "");
    check("ключ", "");
}

#[test]
fn the_same_lines_give_the_same_bytes() {
    let lines = [
        "etcdctl lease grant 100",
        "etcdctl watch a --prev-kv",
        "for i in {1..3}; do etcdctl put a $i; done",
        "etcdctl del a -w json",
        "etcdctl endpoint status -w fields",
        "etcdctl endpoint hashkv",
    ];
    let play = || {
        let mut shell = Shell::new(Config::default());
        lines.map(|line| shell.run(line))
    };
    assert_eq!(play(), play());
}

#[test]
fn a_refused_line_leaves_the_store_as_it_was() {
    let mut shell = Shell::new(Config::default());
    shell.run("etcdctl put a 1; etcdctl put b 2; etcdctl compact 2");
    let held = |shell: &Shell| {
        let store = shell.store();
        let rows: Vec<_> = store.records().cloned().collect();
        let keys: Vec<_> = store.key_indexes().cloned().collect();
        (rows, keys, store.revision(), store.compact_revision())
    };
    let before = held(&shell);
    let many: String = (0..129).map(|i| format!("put k{i} v\n")).collect();
    let many = format!("etcdctl txn <<EOF\n\n{many}\n\nEOF");
    for line in [
        "etcdctl put '' v",
        "etcdctl put a --ignore-value v",
        "etcdctl put missing --ignore-value",
        "etcdctl put a v --lease=99",
        "etcdctl put a v --lease=zz",
        "etcdctl get a --rev=99999999999999999999",
        "etcdctl get a --rev=1",
        "etcdctl get a --rev=4",
        "etcdctl compact 2",
        "etcdctl compact 4",
        "etcdctl compact -- -1",
        "etcdctl compact 9223372036854775808",
        "etcdctl del",
        "etcdctl lease revoke 1",
        "etcdctl lease grant 9000000001",
        "etcdctl put a 'open",
        "etcdctl put a \"open",
        "etcdctl put a b |",
        "for i in 1 2; do",
        "etcdctl txn <<EOF\n\nput x 1\nput x 2\n\n\nEOF",
        "etcdctl txn <<EOF\n\nput x 1\nget a --rev=1\n\n\nEOF",
        &many,
        "frobnicate",
    ] {
        let ran = shell.run(line);
        assert_ne!(ran.exit, 0, "{line}");
        assert!(!ran.stderr.is_empty(), "{line}");
        assert_eq!(held(&shell), before, "{line}");
    }
}

#[test]
fn bytes_that_are_no_text_go_through() {
    let mut shell = Shell::new(Config::default());
    let words = [&b"etcdctl"[..], b"put", b"\xff\xfe", b"\x00\x80"].map(<[u8]>::to_vec);
    assert_eq!(shell.run_argv(&words, b"").stdout, b"OK\n");
    assert_eq!(
        shell.run("etcdctl get $'\\xff\\xfe'").stdout,
        b"\xff\xfe\n\x00\x80\n"
    );
    let words = [&b"etcdctl"[..], b"\xff"].map(<[u8]>::to_vec);
    assert_eq!(shell.run_argv(&words, b"").exit, 1);
    assert_eq!(shell.run_argv(&[b"\xff".to_vec()], b"").exit, 127);
}

#[test]
fn limits_hold() {
    let check = |line: &str, expected: &str| {
        let mut shell = Shell::new(Config::default());
        let ran = shell.run(line);
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(stderr.contains(expected), "{line:.60}: {stderr:.200}");
        assert_ne!(ran.exit, 0, "{line:.60}");
    };
    check("while true; do :; done", "stopped after 10000 commands");
    check(
        "for i in {1..99999999999}; do :; done",
        "more than 10000 words",
    );
    check("echo {a,b}{1..9999}", "more than 10000 words");
    check(&"(".repeat(100_000), "nested too deeply");
    check(&"$(".repeat(1000), "nested too deeply");
    check(&"`".repeat(1000), "nested too deeply");
    check(&"if true; then ".repeat(1000), "nested too deeply");
    check(&"x".repeat(3 << 20), "line too long");
    let big = "x".repeat(1 << 20);
    let loud = format!("v={big}; for i in {{1..100}}; do echo $v; done");
    check(&loud, "bytes of output");
    let huge = format!("v={big}; etcdctl put k $v$v");
    check(&huge, "ResourceExhausted");
    let half = "x".repeat(800 << 10);
    let large = format!("v={half}; etcdctl put k $v$v");
    check(&large, "etcdserver: request is too large");
}

proptest! {
    #[test]
    fn no_line_panics(line in "[ -~\n\\x{80}-\\x{ff}]{0,80}") {
        Shell::new(Config::default()).run(&line);
    }

    #[test]
    fn no_command_line_panics(
        words in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "etcdctl", "get", "put", "del", "txn", "watch", "lease", "grant", "endpoint",
                    "status", "hashkv", "compact", "--prefix", "--rev", "-w", "json", "table",
                    "--rev=-1", "--limit=9223372036854775807", "''", "$'\\xff'", "--", "-", "a",
                    "|", ";", "&&", "(", ")", "{1..3}", "<<<", "$(", "$x", "1", "help",
                ]).prop_map(str::to_owned),
                "[ -~]{0,6}",
            ],
            0..10,
        )
    ) {
        let line = format!("etcdctl {}", words.join(" "));
        let mut shell = Shell::new(Config::default());
        shell.run(&line);
        shell.complete(&line, line.len() / 2);
    }
}

#[test]
fn a_watch_runs_its_command_for_every_event() {
    let mut shell = Shell::new(Config::default());
    shell.run("etcdctl put a 1");
    let ran = shell.run("etcdctl watch a --rev=1 -- sh -c 'echo $ETCD_WATCH_REVISION $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY'");
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout),
        "PUT\na\n1\n2 \"PUT\" \"a\"\n"
    );
    // What the command does is seen by other watches, and by itself, which has to end.
    shell.run("etcdctl watch b -- etcdctl put c seen");
    let ran = shell.run("etcdctl put b x");
    let told: Vec<_> = ran
        .notices
        .iter()
        .map(|notice| (notice.job, String::from_utf8_lossy(&notice.stdout)))
        .collect();
    assert_eq!(told, [(2, "PUT\nb\nx\n".into()), (2, "OK\n".into())]);
    assert_eq!(shell.store().revision(), 4);
    let ran = shell.run("etcdctl watch a -- etcdctl put a again; etcdctl put a x");
    assert!(ran.notices.len() > 10 && shell.store().revision() < 10_000);
    let ran = shell.run("etcdctl watch b --rev=1 -- frobnicate");
    assert_eq!(ran.exit, 1);
    assert_eq!(ran.started, None);
    assert!(
        String::from_utf8_lossy(&ran.stderr)
            .ends_with("command [\"frobnicate\"] error (exit status 127)\n")
    );
}

#[test]
fn the_file_follows_users_alarms_and_restarts() {
    use revscope::etcd::{Contents, EtcdFile};
    let mut shell = Shell::new(Config::default());
    for line in [
        "etcdctl role add reader",
        "etcdctl role grant-permission reader read app/ --prefix",
        "etcdctl user add ann:secret",
        "etcdctl user add carol --no-password",
        "etcdctl user grant-role ann reader",
        "etcdctl user delete carol",
        "restart --quota-backend-bytes=1",
        "etcdctl put a 1",
        "etcdctl snapshot save s",
    ] {
        shell.run(line);
    }
    let bytes = shell.files().get("s").unwrap().to_vec();
    let file = EtcdFile::open(std::rc::Rc::new(bytes)).unwrap();
    let contents = Contents::read(&file);
    assert_eq!(contents.problems, []);
    let [user] = contents.users.as_slice() else {
        panic!("{:?}", contents.users)
    };
    assert_eq!(
        (user.name.as_slice(), user.roles.as_slice()),
        (&b"ann"[..], &["reader".to_owned()][..])
    );
    assert_eq!(
        user.password.to_string(),
        "bcrypt $2a$10$\u{2026}, 60 bytes"
    );
    assert_eq!(contents.roles[0].permissions[0].range_end, b"app0");
    assert_eq!(contents.auth.revision, Some(7));
    assert_eq!(contents.alarms.len(), 1);
    assert_eq!(contents.meta.term, Some(3));
}
