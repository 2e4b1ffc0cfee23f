//! The one door: requests in, responses out.

use std::rc::Rc;

use revscope::engine::{
    Doc, Engine, Entry, Envelope, Kind, Request, Response, Side, Summary, decode, encode,
};
use revscope::kv::Revision;

/// Asks an engine, over the wire form both ways, and does the work that follows.
pub fn ask(engine: &mut Engine, id: u64, body: Request) -> Vec<Response> {
    let wire = encode(&Envelope { id, body }).unwrap();
    let mut answers = Vec::new();
    let mut take = |answer: Envelope<Response>| {
        assert_eq!(answer.id, id);
        let bytes = encode(&answer).unwrap();
        let back: Envelope<Response> = decode(&bytes).unwrap();
        assert_eq!(back, answer);
        answers.push(answer.body);
    };
    engine.handle(decode(&wire).unwrap(), &mut take);
    while engine.is_busy() {
        engine.step(&mut take);
    }
    answers
}

pub fn open_all(engine: &mut Engine, name: &str, bytes: Vec<u8>) -> Vec<Response> {
    engine.attach(Rc::new(bytes));
    let name = name.to_owned();
    ask(engine, 7, Request::Open { name })
}

pub fn open(engine: &mut Engine, name: &str, bytes: Vec<u8>) -> Response {
    open_all(engine, name, bytes).pop().unwrap()
}

/// What was known of a file when it was there.
pub fn opened(answers: Vec<Response>) -> Summary {
    let summary = answers.into_iter().find_map(|answer| match answer {
        Response::Opened { summary } => Some(*summary),
        _ => None,
    });
    summary.unwrap()
}

pub fn sandbox() -> Engine {
    let mut engine = Engine::new("test".to_owned());
    ask(&mut engine, 1, Request::Reset);
    engine
}

pub fn run(engine: &mut Engine, line: &str) -> (Entry, Vec<i64>, Vec<i64>, Summary) {
    let line = line.to_owned();
    match ask(engine, 2, Request::Run { line }).remove(0) {
        Response::Ran {
            entry,
            effect,
            summary,
            ..
        } => {
            let mains = |revisions: &[Revision]| revisions.iter().map(|at| at.main).collect();
            (
                entry,
                mains(&effect.written),
                mains(&effect.removed),
                *summary,
            )
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_answers_what_it_printed_and_what_it_did() {
    let mut engine = sandbox();
    let (entry, written, removed, summary) = run(&mut engine, "etcdctl put foo bar");
    assert_eq!((entry.stdout.as_str(), entry.exit), ("OK\n", 0));
    assert_eq!((written, removed), (vec![2], vec![]));
    assert_eq!(
        (summary.head, summary.live_keys, summary.records),
        (2, 1, 1)
    );
    run(&mut engine, "etcdctl put foo baz");
    run(&mut engine, "etcdctl del foo");
    let (_, written, removed, summary) = run(&mut engine, "etcdctl compact 4");
    assert_eq!((written, removed), (vec![], vec![2, 3, 4]));
    assert_eq!(
        (summary.compact_revision, summary.records, summary.removed),
        (4, 0, 3)
    );
    let (entry, ..) = run(&mut engine, "frobnicate");
    assert_eq!(
        (entry.stderr.as_str(), entry.exit),
        ("bash: frobnicate: command not found\n", 127)
    );
}

#[test]
fn a_session_goes_back_and_forth() {
    let mut engine = sandbox();
    for line in ["etcdctl put a 1", "etcdctl put a 2", "etcdctl compact 3"] {
        run(&mut engine, line);
    }
    let restored = |engine: &mut Engine, request: Request| match ask(engine, 3, request).remove(0) {
        Response::Restored {
            entries,
            session,
            summary,
            ..
        } => (
            entries.len(),
            session.undo,
            session.redo,
            summary.head,
            summary.compact_revision,
        ),
        other => panic!("{other:?}"),
    };
    assert_eq!(restored(&mut engine, Request::Undo), (2, 2, 1, 3, -1));
    assert_eq!(restored(&mut engine, Request::Undo), (1, 1, 2, 2, -1));
    assert_eq!(restored(&mut engine, Request::Redo), (2, 2, 1, 3, -1));
    assert_eq!(restored(&mut engine, Request::Redo), (3, 3, 0, 3, 3));
    assert_eq!(restored(&mut engine, Request::Redo), (3, 3, 0, 3, 3));
    restored(&mut engine, Request::Undo);
    let (.., summary) = run(&mut engine, "etcdctl put b 1");
    assert_eq!(summary.head, 4);
    assert_eq!(
        restored(&mut engine, Request::Redo).2,
        0,
        "a new line forgets what was undone"
    );
    assert_eq!(restored(&mut engine, Request::Reset), (0, 0, 0, 1, -1));
    assert_eq!(restored(&mut engine, Request::Undo), (0, 0, 0, 1, -1));
}

#[test]
fn several_lines_run_as_the_commands_that_they_are() {
    let mut engine = sandbox();
    let line = "for i in 1 2\ndo etcdctl put k$i v\ndone\n\n# a remark\netcdctl get k1\n";
    let line = line.to_owned();
    let answers = ask(&mut engine, 2, Request::Run { line });
    let printed: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Response::Ran { entry, .. } => entry.stdout.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(printed, ["OK\nOK\n", "k1\nv\n"]);
}

#[test]
fn a_prompt_before_a_name_that_was_defined_is_a_prompt() {
    let mut engine = sandbox();
    let mut check = |line: &str, expected: &[(&str, &str)]| {
        let line = line.to_owned();
        let answers = ask(&mut engine, 2, Request::Run { line });
        let entries: Vec<_> = answers
            .iter()
            .map(|answer| match answer {
                Response::Ran { entry, .. } => (entry.line.as_str(), entry.stdout.as_str()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(entries, expected);
    };
    // As a slide has it: the alias in two lines, then its use; a remark stays one.
    let alias = "# alias e=\"etcdctl\n--endpoints 127.0.0.1:2379\"";
    check(
        &format!("{alias}\n# e put a 1\n# every key has one\n# e get a\n"),
        &[
            (alias, ""),
            ("# e put a 1", "OK\n"),
            ("# e get a", "a\n1\n"),
        ],
    );
    // Known from earlier lines, in the terminal where it was defined.
    check(
        "# e get a --print-value-only\n# nothing\n",
        &[("# e get a --print-value-only", "1\n")],
    );
    check(
        ": terminal 2; # e get a\n# e get a\n",
        &[(": terminal 2; ", "")],
    );
    check(
        ": terminal 2; f() { echo f $1; }\n# f 2\n",
        &[
            (": terminal 2; f() { echo f $1; }", ""),
            (": terminal 2; # f 2", "f 2\n"),
        ],
    );
}

#[test]
fn a_watch_prints_with_later_lines() {
    let mut engine = sandbox();
    run(&mut engine, "etcdctl watch foo");
    let (entry, ..) = run(&mut engine, "etcdctl put foo bar");
    assert_eq!(
        (entry.stdout.as_str(), entry.watched[0].text.as_str()),
        ("OK\n", "PUT\nfoo\nbar\n")
    );
}

#[test]
fn a_file_and_the_same_commands_give_the_same_rows() {
    let mut engine = sandbox();
    for line in [
        "etcdctl put foo1 bar1",
        "etcdctl put foo2 bar2",
        "etcdctl put foo3 bar3",
        "etcdctl put foo4 bar4",
        "etcdctl put foo5 bar5",
        "etcdctl del foo1",
        "etcdctl put foo1 bar1-new",
    ] {
        run(&mut engine, line);
    }
    let summary = opened(ask(&mut engine, 4, Request::OpenSample));
    assert_eq!(
        (summary.head, summary.compact_revision, summary.live_keys),
        (8, -1, 5)
    );
    let facts = summary.file.unwrap();
    assert_eq!(facts.kind, "etcd 3.5 db file");
    assert_eq!(
        (facts.size, facts.page_size, facts.problem_count),
        (20480, 4096, 0)
    );
    let mut rows = |doc: Doc| match ask(
        &mut engine,
        5,
        Request::Rows {
            doc,
            first: 0,
            count: 100,
        },
    )
    .remove(0)
    {
        Response::Rows { rows, total, .. } => (rows, total),
        other => panic!("{other:?}"),
    };
    assert_eq!(rows(Doc::File), rows(Doc::Sandbox));
    let mut index = |doc: Doc| match ask(
        &mut engine,
        6,
        Request::Index {
            doc,
            first: 0,
            count: 100,
        },
    )
    .remove(0)
    {
        Response::Index { keys, .. } => keys,
        other => panic!("{other:?}"),
    };
    assert_eq!(index(Doc::File), index(Doc::Sandbox));
}

#[test]
fn a_change_is_told_in_full() {
    let mut engine = sandbox();
    for line in [
        "etcdctl put foo 'one\ntwo'",
        "etcdctl put other x",
        "etcdctl put foo 'one\n2'",
    ] {
        run(&mut engine, line);
    }
    let mut detail = |main: i64| {
        let request = Request::Inspect {
            doc: Doc::Sandbox,
            revision: Revision::new(main, 0),
        };
        match ask(&mut engine, 8, request).remove(0) {
            Response::Detail { detail, .. } => detail,
            other => panic!("{other:?}"),
        }
    };
    let changed = detail(4).unwrap();
    assert_eq!(
        (changed.row.kind, changed.row.version, changed.generation),
        (Kind::Modify, 2, 1)
    );
    assert_eq!(
        changed.bucket_key,
        [0, 0, 0, 0, 0, 0, 0, 4, b'_', 0, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(changed.value, b"one\n2");
    assert_eq!(
        (changed.previous, changed.next),
        (Some(Revision::new(2, 0)), None)
    );
    let diff: Vec<_> = changed
        .diff
        .iter()
        .map(|line| (line.side, line.text.as_str()))
        .collect();
    assert_eq!(
        diff,
        [(Side::Both, "one"), (Side::Old, "two"), (Side::New, "2")]
    );
    assert_eq!(detail(9), None);
}

#[test]
fn what_travels_to_the_screen_is_bounded() {
    let mut engine = sandbox();
    for n in 0..40 {
        run(&mut engine, "etcdctl put often x");
        if n < 20 {
            run(&mut engine, "etcdctl del often");
        }
    }
    let many: String = (0..150).map(|n| format!("line {n}\n")).collect();
    run(&mut engine, &format!("etcdctl put long '{many}'"));
    run(
        &mut engine,
        &format!("etcdctl put long '{}'", many.replace("line", "LINE")),
    );
    let (doc, first, count) = (Doc::Sandbox, 0, 10);
    let answer = ask(&mut engine, 9, Request::Index { doc, first, count }).remove(0);
    let Response::Index { keys, .. } = answer else {
        panic!("{answer:?}")
    };
    let often = &keys[1];
    assert_eq!((often.more, often.generations.len()), (13, 8));
    let last = &often.generations[7];
    assert_eq!((last.number, last.changes.len(), last.more), (21, 20, 0));
    let revision = Revision::new(63, 0);
    let answer = ask(&mut engine, 9, Request::Inspect { doc, revision }).remove(0);
    let Response::Detail { detail, .. } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(detail.unwrap().diff.len(), 200);
}

#[test]
fn a_message_of_another_build_is_an_error() {
    assert!(decode::<Envelope<Request>>(&[1, 250, 3]).is_err());
    assert!(decode::<Envelope<Response>>(&[]).is_err());
}
