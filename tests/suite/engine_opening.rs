//! Opening files through the engine: refused, damaged, cancelled, superseded.

use std::cell::Cell;
use std::rc::Rc;

use revscope::bytes::{ReadAt, ReadError};
use revscope::engine::{Doc, Envelope, Phase, Request, Response};

use crate::engine::{ask, open, open_all, opened, sandbox};
use crate::support::data;

#[test]
fn a_refused_file_leaves_the_open_one() {
    let mut engine = sandbox();
    ask(&mut engine, 1, Request::OpenSample);
    let gzip = [b"\x1f\x8b\x08\0".as_slice(), &[7; 9000]].concat();
    let cases: [(&str, Vec<u8>, &str, &str); 4] = [
        (
            "nothing",
            vec![],
            "the file is empty",
            "copy the file again",
        ),
        (
            "notes.txt",
            b"hello\n".repeat(2000),
            "text",
            "member/snap/db",
        ),
        ("db.gz", gzip, "gzip", "again"),
        ("zeros", vec![0; 16384], "zero", "member/snap/db"),
    ];
    for (name, bytes, what, hint) in cases {
        let answer = open(&mut engine, name, bytes);
        let Response::Refused(failure) = answer else {
            panic!("{name}: {answer:?}")
        };
        assert_eq!(failure.name, name);
        assert!(failure.what.contains(what), "{name}: {}", failure.what);
        assert!(failure.hint.contains(hint), "{name}: {}", failure.hint);
        assert_eq!(
            engine.history(Doc::File).map(|history| history.head()),
            Some(8)
        );
    }
}

#[test]
fn a_damaged_file_opens_with_its_problems() {
    let mut engine = sandbox();
    let bytes = data::unpack("snapshots/leaf-page-zeroed.db");
    let summary = opened(open_all(&mut engine, "broken", bytes));
    let facts = summary.file.unwrap();
    assert_eq!(facts.problem_count, 2);
    assert_eq!(
        (facts.problems[0].place.as_str(), facts.problems[0].page),
        ("page 23", Some(23))
    );
    assert!(
        facts
            .problems
            .iter()
            .all(|problem| !problem.meaning.is_empty())
    );
    assert!(summary.records > 500);
}

#[test]
fn the_hash_of_a_snapshot_is_verified_after_it_is_open() {
    for (name, evidence, problems) in [
        (
            "snapshots/good-snapshot.db",
            "sha256 at the end verified",
            0,
        ),
        (
            "snapshots/flip-value-byte.db",
            "sha256 at the end does not verify",
            1,
        ),
    ] {
        let mut engine = sandbox();
        engine.attach(Rc::new(data::unpack(name)));
        let name = name.to_owned();
        let answers = ask(&mut engine, 3, Request::Open { name });
        let facts: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                Response::Opened { summary } | Response::Checked { summary } => {
                    summary.file.clone()
                }
                _ => None,
            })
            .collect();
        let (opened, checked) = (facts.first().unwrap(), facts.last().unwrap());
        assert!(
            opened.evidence.contains("being verified"),
            "{}",
            opened.evidence
        );
        assert!(checked.evidence.contains(evidence), "{}", checked.evidence);
        assert_eq!(checked.problem_count, problems);
    }
}

/// Zeros without end that count how often they are read.
struct Slow(Vec<u8>, Rc<Cell<u32>>);

impl ReadAt for Slow {
    fn len(&self) -> u64 {
        ReadAt::len(&self.0)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.1.set(self.1.get() + 1);
        self.0.read_at(offset, buf)
    }
}

#[test]
fn opening_can_be_cancelled_between_two_steps() {
    let mut engine = sandbox();
    let reads = Rc::new(Cell::new(0));
    let bytes = data::unpack("workload/w351/final.db");
    engine.attach(Rc::new(Slow(bytes, reads.clone())));
    let mut answers = Vec::new();
    let mut take = |answer: Envelope<Response>| answers.push((answer.id, answer.body));
    let name = "big".to_owned();
    engine.handle(
        Envelope {
            id: 1,
            body: Request::Open { name },
        },
        &mut take,
    );
    engine.step(&mut take);
    assert!(engine.is_busy());
    let before = reads.get();
    engine.handle(
        Envelope {
            id: 2,
            body: Request::Cancel,
        },
        &mut take,
    );
    assert!(!engine.is_busy());
    engine.step(&mut take);
    assert_eq!(reads.get(), before, "nothing is read after a cancel");
    assert!(engine.history(Doc::File).is_none());
    assert!(matches!(
        answers[0],
        (
            1,
            Response::Progress {
                phase: Phase::Reading,
                ..
            }
        )
    ));
    assert_eq!(answers.last(), Some(&(2, Response::Cancelled)));
}

#[test]
fn a_later_file_supersedes_an_earlier_one() {
    let mut engine = sandbox();
    engine.attach(Rc::new(data::unpack("workload/w351/final.db")));
    let mut opened = Vec::new();
    let mut take = |answer: Envelope<Response>| {
        if let Response::Opened { summary } = answer.body {
            opened.push((answer.id, summary.name));
        }
    };
    let open = |id: u64, body: Request| Envelope { id, body };
    engine.handle(
        open(
            1,
            Request::Open {
                name: "first".to_owned(),
            },
        ),
        &mut take,
    );
    engine.step(&mut take);
    engine.handle(open(2, Request::OpenSample), &mut take);
    while engine.is_busy() {
        engine.step(&mut take);
    }
    assert_eq!(opened, [(2, "talk-before-compact.db".to_owned())]);
}
