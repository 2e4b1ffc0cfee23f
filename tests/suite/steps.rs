//! Long work ends every step after a bounded piece of reading, whatever is broken, so that a cancel
//! is heard in time.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::LazyLock;

use revscope::bytes::{ReadAt, ReadError};
use revscope::engine::{Engine, Envelope, Phase, Request, Response, Summary};

use crate::support::scattered::{self, BRANCH, KEY_ROOT, PAGE, ROOT, ROWS};

/// Bytes that a step may read: 4 MiB, then the windows of the last descent that it began.
const MOST: u64 = 8 << 20;

/// Counts the bytes that are read.
struct Counted {
    bytes: Vec<u8>,
    read: Rc<Cell<u64>>,
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        ReadAt::len(&self.bytes)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.read.set(self.read.get() + buf.len() as u64);
        self.bytes.read_at(offset, buf)
    }
}

/// An engine on a file, driven one step at a time.
struct Driven {
    engine: Engine,
    read: Rc<Cell<u64>>,
    most: u64,
    steps: u64,
    phases: Vec<Phase>,
    summary: Option<Summary>,
}

impl Driven {
    fn open(bytes: Vec<u8>) -> Self {
        let read = Rc::new(Cell::new(0));
        let mut engine = Engine::new("test".to_owned());
        engine.attach(Rc::new(Counted {
            bytes,
            read: Rc::clone(&read),
        }));
        let mut driven = Self {
            engine,
            read,
            most: 0,
            steps: 0,
            phases: Vec::new(),
            summary: None,
        };
        let name = "x.db".to_owned();
        driven.ask(Request::Open { name });
        driven
    }

    fn ask(&mut self, body: Request) -> Vec<Response> {
        let before = self.read.get();
        let mut answers = Vec::new();
        let envelope = Envelope { id: 1, body };
        self.engine
            .handle(envelope, &mut |answer| answers.push(answer.body));
        self.most = self.most.max(self.read.get() - before);
        answers
    }

    /// One step; false when there is nothing left to do.
    fn step(&mut self) -> bool {
        if !self.engine.is_busy() {
            return false;
        }
        let before = self.read.get();
        let mut answers = Vec::new();
        self.engine.step(&mut |answer| answers.push(answer.body));
        let read = self.read.get() - before;
        self.steps += 1;
        self.most = self.most.max(read);
        for answer in answers {
            match answer {
                Response::Progress { phase, done, total }
                | Response::Background { phase, done, total } => {
                    assert!(done <= total, "{phase:?}: {done} of {total}");
                    if self.phases.last() != Some(&phase) {
                        self.phases.push(phase);
                    }
                }
                Response::Glimpse { done, total, .. } => {
                    assert!(done <= total, "{done} of {total}");
                    if self.phases.last() != Some(&Phase::Records) {
                        self.phases.push(Phase::Records);
                    }
                }
                Response::Opened { summary } | Response::Checked { summary } => {
                    self.summary = Some(*summary);
                }
                other => panic!("{other:?}"),
            }
        }
        let phase = self.phases.last();
        assert!(read <= MOST, "{read} bytes in a step, {phase:?}");
        true
    }
}

/// What is broken, where, and in how many bytes.
type Case = (&'static str, usize, usize);

const CASES: [Case; 6] = [
    ("nothing", 0, 0),
    ("both metas", 0, 2 * PAGE),
    ("the root", ROOT * PAGE, PAGE),
    ("the root of bucket key", KEY_ROOT * PAGE, PAGE),
    ("a branch page", (BRANCH + 7) * PAGE, PAGE),
    ("a page of leaves", 5000 * PAGE, PAGE),
];

fn broken((_, at, len): Case) -> Vec<u8> {
    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| scattered::file(b"key"));
    let mut bytes = WHOLE.clone();
    bytes[at..at + len].fill(0);
    bytes
}

#[test]
fn no_step_reads_more_than_a_bound() {
    for case in CASES {
        let (what, ..) = case;
        let mut driven = Driven::open(broken(case));
        while driven.step() {}
        let summary = driven.summary.unwrap();
        let lost = match what {
            "a page of leaves" => 1,
            // An older root leads to older branch pages, each without its last leaf.
            "the root" => 80,
            _ => 0,
        };
        assert_eq!(summary.records, (ROWS - lost) as u64, "{what}");
        let searched = driven.phases.contains(&Phase::Finding);
        let expected = !matches!(what, "nothing" | "a page of leaves");
        assert_eq!(searched, expected, "{what}: {:?}", driven.phases);
        println!(
            "{what}: {} bytes at most in {} steps",
            driven.most, driven.steps
        );
    }
}

#[test]
fn a_cancel_is_heard_between_any_two_steps() {
    let case = CASES[1];
    let mut driven = Driven::open(broken(case));
    while driven.step() {}
    let steps = driven.steps;
    let mut heard = Vec::new();
    // While the root is looked for, while rows are read, and in the work that follows.
    for after in (1..steps).step_by(6) {
        let mut driven = Driven::open(broken(case));
        for _ in 0..after {
            driven.step();
        }
        heard.extend(driven.phases.last().copied());
        let was_open = driven.summary.is_some();
        let answers = driven.ask(Request::Cancel);
        assert_eq!(answers.first(), Some(&Response::Cancelled), "step {after}");
        assert!(!driven.step(), "there is nothing left to do after {after}");
        assert_eq!(answers.len() == 2, was_open, "{answers:?}");
        // Another file opens after it.
        driven.engine.attach(Rc::new(broken(CASES[0])));
        let name = "y.db".to_owned();
        driven.ask(Request::Open { name });
        while driven
            .summary
            .as_ref()
            .is_none_or(|file| file.name != "y.db")
        {
            assert!(driven.step());
        }
        assert_eq!(driven.summary.unwrap().records, ROWS as u64);
    }
    for phase in [Phase::Finding, Phase::Records, Phase::Fossils] {
        assert!(heard.contains(&phase), "{phase:?}: {heard:?}");
    }
}

#[test]
fn a_list_of_a_damaged_bucket_is_stepped_too() {
    // No file of etcd, so that opening it did not walk the bucket.
    let (_, at, len) = CASES[3];
    let mut bytes = scattered::file(b"box");
    bytes[at..at + len].fill(0);
    let mut driven = Driven::open(bytes);
    while driven.summary.is_none() {
        assert!(driven.step());
    }
    driven.ask(Request::Cancel);
    let body = Request::Items {
        path: vec![b"box".to_vec()],
        first: 5000,
        count: 10,
    };
    assert_eq!(driven.ask(body), [], "it is answered in steps");
    let mut answers = Vec::new();
    while driven.engine.is_busy() {
        let before = driven.read.get();
        driven.engine.step(&mut |answer| answers.push(answer.body));
        let read = driven.read.get() - before;
        assert!(read <= MOST, "{read} bytes in a step");
    }
    match answers.as_slice() {
        [Response::Items { items, .. }] => {
            let names: Vec<_> = items.iter().map(|item| item.name.as_str()).collect();
            assert_eq!(names.len(), 10);
            assert_eq!(names[0], "5002.0");
        }
        other => panic!("{other:?}"),
    }
}
