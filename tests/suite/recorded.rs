//! The recorded transcripts of real tools, replayed.

use std::collections::BTreeMap;

use revscope::shell::transcript::{Answer, Recorded, config, read, replay, without_log};

use crate::transcripts::text;

/// What differs in a row, in words; nothing where stdout, exit and stderr (less log lines) agree.
fn difference(recorded: &Recorded, answer: &Answer) -> Option<String> {
    let real = &recorded.answer;
    let mut parts = Vec::new();
    if real.exit != answer.exit {
        parts.push(format!("exit {} for {}", answer.exit, real.exit));
    }
    let mut bytes = |name: &str, ours: &[u8], theirs: &[u8]| {
        if ours != theirs {
            let show = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes);
                text.chars().take(700).collect::<String>()
            };
            parts.push(format!(
                "{name}\n--- ours\n{}\n--- real\n{}",
                show(ours),
                show(theirs)
            ));
        }
    };
    bytes("stdout", &answer.stdout, &real.stdout);
    bytes("stderr", &answer.stderr, &without_log(&real.stderr));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Replays a recording and answers its differing rows by number.
fn differences(name: &str) -> (usize, BTreeMap<i64, String>) {
    let recording = read(&text(name)).unwrap();
    let answers = replay(config(&recording), recording.iter().map(|row| &row.command));
    assert_eq!(answers.len(), recording.len());
    let rows = recording.iter().zip(&answers);
    let differing = rows.filter_map(|(recorded, answer)| {
        let what = difference(recorded, answer)?;
        let argv: Vec<_> = recorded
            .command
            .argv
            .iter()
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        Some((
            recorded.command.number,
            format!("{}: {what}", argv.join(" ")),
        ))
    });
    (recording.len(), differing.collect())
}

/// File sizes of a real server depend on when it committed.
const SIZE: &str = "the file's size depends on when the real server committed";
/// `took` and lease ids hold times.
const TIMED: &str = "holds a time, or an id made from one";
/// Why a row may differ, by recording and row.
const EXCEPTIONS: &[(&str, &[i64], &str)] = &[
    ("talk/3.4.23-fields", &[1, 29, 41, 60], SIZE),
    ("talk/3.5.1-json", &[1, 29, 41, 60], SIZE),
    ("talk/3.5.30-json", &[1, 29, 41, 60], SIZE),
    ("talk/3.6.13-simple", &[1, 29, 41, 60], SIZE),
    ("rich/", &[3], TIMED),
    ("rich/3.6.13", &[331], TIMED),
    (
        "rich/3.4.23",
        &[253],
        "two watches of one job print in either order, and 3.4 ended at the end of its input",
    ),
    (
        "rich/3.5.1",
        &[253],
        "two watches of one job print in either order",
    ),
    ("rich/3.6.13", &[309, 310, 311, 312], SIZE),
];

/// Replays a recording: every row must agree but for the exceptions, and those must still differ.
#[track_caller]
fn check(name: &str) -> usize {
    let (all, differing) = differences(&format!("{name}.jsonl.gz"));
    let excepted: Vec<i64> = EXCEPTIONS
        .iter()
        .filter(|(recording, _, _)| name.starts_with(recording))
        .flat_map(|(_, rows, _)| rows.iter().copied())
        .collect();
    // Sizes may come out right: what they are taken from is still being made exact.
    let timeless: Vec<i64> = EXCEPTIONS
        .iter()
        .filter(|(recording, _, why)| name.starts_with(recording) && *why != SIZE)
        .flat_map(|(_, rows, _)| rows.iter().copied())
        .collect();
    for (number, what) in &differing {
        let known = excepted.contains(number);
        assert!(known, "{name}: row {number}: {what}");
    }
    for number in timeless {
        let stale = !differing.contains_key(&number);
        assert!(!stale, "{name}: row {number} agrees, so it is no exception");
    }
    all - differing.len()
}

#[test]
fn the_talk_comes_out_as_recorded() {
    let names = [
        "3.4.23-fields",
        "3.4.23-json",
        "3.4.23-simple",
        "3.5.1-fields",
        "3.5.1-json",
        "3.5.1-protobuf",
        "3.5.1-simple",
        "3.5.1-table",
        "3.5.30-json",
        "3.5.30-simple",
        "3.6.13-fields",
        "3.6.13-json",
        "3.6.13-simple",
        "3.6.13-table",
    ];
    let agree: usize = names
        .iter()
        .map(|name| check(&format!("talk/{name}")))
        .sum();
    assert!(agree >= 14 * 62 - 16);
}

#[test]
fn the_rich_transcripts_come_out_as_recorded() {
    // Of 324 rows each. These may only grow.
    assert!(check("rich/3.5.1") >= 322);
    assert!(check("rich/3.4.23") >= 322);
    assert!(check("rich/3.6.13") >= 318);
}

#[test]
fn sessions_with_users_leases_and_restarts_come_out_as_recorded() {
    // Of a release: what was recorded, and the fewest rows that agree. What may differ are sizes
    // of files, the order in which a lease names its keys (Go's maps have none), and `took`.
    let check = |name: &str, least: usize| {
        let recording = read(&text(&format!("scenario/{name}.jsonl.gz"))).unwrap();
        let mut config = config(&recording);
        config.release = name.split('-').next().unwrap().parse().unwrap();
        let answers = replay(config, recording.iter().map(|row| &row.command));
        let mut agree = 0;
        for (recorded, answer) in recording.iter().zip(&answers) {
            let Some(what) = difference(recorded, answer) else {
                agree += 1;
                continue;
            };
            let argv: Vec<_> = recorded
                .command
                .argv
                .iter()
                .map(|word| String::from_utf8_lossy(word))
                .collect();
            let may = ["status", "timetolive", "defrag"];
            let known = may
                .iter()
                .any(|word| argv.iter().any(|given| given == word));
            assert!(known, "{name}: {}: {what}", argv.join(" "));
        }
        assert!(agree >= least, "{name}: only {agree} agree");
    };
    check("3.4.23-auth", 45);
    check("3.5.1-auth", 45);
    check("3.6.13-auth", 45);
    check("3.4.23-leases", 42);
    check("3.5.1-leases", 41);
    check("3.6.13-leases", 43);
    check("3.5.1-tombstone", 27);
    check("3.5.30-tombstone", 27);
    check("3.6.13-tombstone", 27);
}

#[test]
fn surroundings_are_read_from_a_recording() {
    let check = |name: &str, release: &str, raft_term| {
        let recording = read(&text(&format!("{name}.jsonl.gz"))).unwrap();
        let config = config(&recording);
        assert_eq!(config.release.to_string(), release, "{name}");
        assert_eq!(config.raft_term, raft_term, "{name}");
    };
    check("talk/3.5.1-simple", "3.5.1", 3);
    check("talk/3.5.1-table", "3.5.1", 3);
    check("talk/3.5.1-protobuf", "3.5.1", 3);
    check("talk/3.6.13-simple", "3.6.13", 3);
    check("talk/3.4.23-fields", "3.4.23", 3);
    check("rich/3.5.1", "3.5.1", 2);
}

#[test]
fn the_terminal_of_the_talk_comes_out_as_recorded() {
    use revscope::shell::{Config, Shell};
    let mut shell = Shell::new(Config::default());
    let mut compared = 0;
    for row in crate::transcripts::lines("terminal-3.5.1.jsonl.gz") {
        let line = row["line"].as_str().unwrap();
        if line.contains("watch") {
            continue;
        }
        // What stands behind a pipe is jq's; the command before it runs all the same.
        let (command, piped) = match line.split_once(" | jq") {
            Some((command, _)) => (command, true),
            None => (line, false),
        };
        let ran = shell.run(command);
        if line.contains("etcd-dump-db") {
            assert!(
                ran.stdout
                    .starts_with(b"rev={main:8 sub:0}, value=[key \"foo1\"")
            );
            continue;
        }
        if !piped {
            let stdout = String::from_utf8(ran.stdout).unwrap();
            assert_eq!(stdout, row["stdout"].as_str().unwrap(), "{line}");
            compared += 1;
        }
        assert_eq!(i64::from(ran.exit), row["exit"].as_i64().unwrap(), "{line}");
    }
    assert!(compared >= 10, "{compared} lines compared");
    assert_eq!(shell.store().revision(), 11);
}

#[test]
fn a_bad_recording_says_which_line() {
    let check = |text: &str, expected: &str| {
        assert_eq!(read(text).unwrap_err().to_string(), expected);
    };
    check("{\"section\":\"a\"}\n[]", "line 2: not an object");
    check("{\"cmd\":1}", "line 1: `cmd` is not a list of words");
    check(
        "\n{\"cmd\":[\"etcdctl\"",
        "line 2: EOF while parsing a list at line 1 column 17",
    );
    check(
        "{\"cmd\":[],\"stdin_b64\":\"*\"}",
        "line 1: Invalid symbol 42, offset 0.",
    );
}
