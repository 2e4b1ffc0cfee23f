//! An index that is kept: a file opens from it, is compared with it afterwards, and it is forgotten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use revscope::engine::kept::{Errand, Place, Stored, pack};
use revscope::engine::{
    Doc, Engine, Envelope, FileSums, KeptUse, KeptView, Phase, Request, Response, StudyAnswer,
    StudyRequest, Summary,
};
use revscope::history::History;

use crate::support::data;

type Files = Rc<RefCell<BTreeMap<String, Vec<u8>>>>;

/// A browser with private storage, and an engine in it.
struct Visit {
    engine: Engine,
    storage: Files,
    /// Bytes that it has room for.
    room: usize,
    id: u64,
    answers: Vec<Response>,
}

struct Written {
    name: String,
    bytes: usize,
    room: usize,
    storage: Files,
}

impl Place for Written {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len();
        if self.bytes > self.room {
            return Err("there is no room".to_owned());
        }
        let mut storage = self.storage.borrow_mut();
        storage.get_mut(&self.name).unwrap().extend(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        Ok(())
    }
}

impl Visit {
    fn new(storage: &Files) -> Self {
        let mut visit = Self {
            engine: Engine::new("test".to_owned()),
            storage: Rc::clone(storage),
            room: usize::MAX,
            id: 0,
            answers: Vec::new(),
        };
        visit.list();
        visit
    }

    fn list(&mut self) {
        let storage = self.storage.borrow();
        let stored = storage.iter().map(|(name, bytes)| Stored {
            name: name.clone(),
            source: Rc::new(bytes.clone()),
            kept_ms: 1,
        });
        let stored = stored.collect();
        drop(storage);
        let answers = &mut self.answers;
        self.engine
            .shelve(stored, &mut |answer| answers.push(answer.body));
    }

    /// Does what the engine asks of the storage, as often as it does.
    fn run(&mut self) {
        loop {
            let answers = &mut self.answers;
            while self.engine.is_busy() {
                self.engine.step(&mut |answer| answers.push(answer.body));
            }
            match self.engine.errand() {
                None => return,
                Some(Errand::List) => self.list(),
                Some(Errand::Forget(names)) => {
                    for name in names {
                        self.storage.borrow_mut().remove(&name);
                    }
                    self.list();
                }
                Some(Errand::Place(name)) => self.place(name),
            }
        }
    }

    fn place(&mut self, name: String) {
        let room = self.room;
        let place = match room {
            0 => Err("it is refused".to_owned()),
            _ => {
                self.storage.borrow_mut().insert(name.clone(), Vec::new());
                let storage = Rc::clone(&self.storage);
                let bytes = 0;
                Ok(Box::new(Written {
                    name,
                    bytes,
                    room,
                    storage,
                }) as Box<dyn Place>)
            }
        };
        let answers = &mut self.answers;
        self.engine
            .place(place, &mut |answer| answers.push(answer.body));
    }

    fn begin(&mut self, body: Request) {
        self.id += 1;
        let id = self.id;
        self.answers.clear();
        let answers = &mut self.answers;
        let mut take = |answer: Envelope<Response>| answers.push(answer.body);
        self.engine.handle(Envelope { id, body }, &mut take);
    }

    fn ask(&mut self, body: Request) -> &[Response] {
        self.begin(body);
        self.run();
        &self.answers
    }

    fn open(&mut self, bytes: &[u8]) -> Summary {
        self.engine.attach(Rc::new(bytes.to_vec()));
        let name = "some.db".to_owned();
        let answers = self.ask(Request::Open { name });
        let known = answers.iter().rev().find_map(|answer| match answer {
            Response::Opened { summary } | Response::Checked { summary } => Some(*summary.clone()),
            _ => None,
        });
        known.unwrap_or_else(|| panic!("{answers:?}"))
    }

    fn has_phase(&self, wanted: Phase) -> bool {
        self.answers.iter().any(|answer| match answer {
            Response::Progress { phase, .. } | Response::Background { phase, .. } => {
                *phase == wanted
            }
            Response::Glimpse { .. } => wanted == Phase::Records,
            _ => false,
        })
    }

    fn kept(&mut self, request: StudyRequest) -> KeptView {
        let answers = self.ask(Request::Study(request));
        let last = answers.iter().rev().find_map(|answer| match answer {
            Response::Study(answer) => Some(answer.read().unwrap()),
            _ => None,
        });
        match last {
            Some(StudyAnswer::Kept(view)) => *view,
            other => panic!("{other:?}"),
        }
    }

    fn sums(&mut self) -> FileSums {
        let answers = self.ask(Request::Study(StudyRequest::Sums));
        match answers {
            [Response::Study(answer)] => match answer.read().unwrap() {
                StudyAnswer::Sums(sums) => *sums,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}

/// The next visit opens the file without reading its rows, shows the same, and compares afterwards.
#[test]
fn a_kept_file_opens_from_its_index() {
    for name in [
        "k8s/final.db",
        "workload/w3423/final.db",
        "snapshots/good-snapshot.db",
        // What is wrong with rows is found when they are compared.
        "snapshots/record-bad-protobuf.db",
        "snapshots/leaf-unsorted.db",
        "snapshots/leaf-elem-vsize.db",
    ] {
        let (file, storage) = (data::unpack(name), Files::default());
        let mut first = Visit::new(&storage);
        let read = first.open(&file);
        assert!(first.has_phase(Phase::Records) && !first.has_phase(Phase::Kept));
        let sums = first.sums();
        let before = first.kept(StudyRequest::Kept);
        assert!(before.can_keep && before.entries.is_empty() && before.used == KeptUse::Read);
        let view = first.kept(StudyRequest::Keep);
        let [entry] = view.entries.as_slice() else {
            panic!("{view:?}")
        };
        assert!(entry.is_this && entry.file == "some.db" && view.along.is_none());
        assert_eq!(entry.size, storage.borrow()[&entry.name].len() as u64);

        let mut second = Visit::new(&storage);
        let loaded = second.open(&file);
        assert!(second.has_phase(Phase::Kept) && !second.has_phase(Phase::Records));
        assert_eq!(loaded, read, "{name}");
        assert_eq!(second.sums(), sums);
        let view = second.kept(StudyRequest::Kept);
        assert!(view.used == KeptUse::Same && view.entries[0].is_this);
        let histories = [&first, &second].map(|visit| visit.engine.history(Doc::File).unwrap());
        let rows = |history: &History| -> Vec<_> {
            let rows = history.rows_from(0, u64::MAX);
            rows.map(|(key, row)| (key.key.to_vec(), *row)).collect()
        };
        assert_eq!(rows(histories[0]), rows(histories[1]));

        let view = second.kept(StudyRequest::Forget(None));
        assert!(view.entries.is_empty() && storage.borrow().is_empty());
        second.open(&file);
        assert!(second.has_phase(Phase::Records));
    }
}

/// Another file than the one whose index is kept is read; so is one that was written to since.
#[test]
fn the_index_of_another_file_is_left_alone() {
    let storage = Files::default();
    let mut visit = Visit::new(&storage);
    visit.open(&data::unpack("k8s/final.db"));
    visit.kept(StudyRequest::Keep);
    visit.open(&data::unpack("k8s/compacted.db"));
    assert!(visit.has_phase(Phase::Records) && !visit.has_phase(Phase::Kept));
    let view = visit.kept(StudyRequest::Kept);
    assert!(!view.entries[0].is_this && view.used == KeptUse::Read);
    // One of two is forgotten.
    let view = visit.kept(StudyRequest::Keep);
    assert_eq!(view.entries.len(), 2);
    let this = view.entries.iter().find(|entry| entry.is_this).unwrap();
    let view = visit.kept(StudyRequest::Forget(Some(this.name.clone())));
    assert!(view.entries.len() == 1 && !view.entries[0].is_this);
}

/// An index that says that it is the file's and is not is shown until the comparison is done; then
/// the problem is told, the index is thrown away, and the file opens from its rows again.
#[test]
fn a_false_index_is_found_out() {
    let (file, storage) = (data::unpack("k8s/final.db"), Files::default());
    let mut visit = Visit::new(&storage);
    let truth = visit.open(&file);
    visit.kept(StudyRequest::Keep);
    let name = storage.borrow().keys().next().unwrap().clone();
    let identity = revscope::bytes::Identity::of(Rc::new(file.clone())).unwrap();
    assert_eq!(identity.to_string(), name);
    let mut other = Vec::new();
    visit.open(&data::unpack("k8s/compacted.db"));
    let history = visit.engine.history(Doc::File).unwrap();
    pack("some.db", &identity, history, None, &mut |bytes| {
        other.extend_from_slice(bytes);
    });
    storage.borrow_mut().insert(name, other);

    let mut visit = Visit::new(&storage);
    let summary = visit.open(&file);
    assert_ne!(summary.records, truth.records);
    let problems = summary.file.unwrap().problems;
    assert!(problems.iter().any(|one| one.place == "kept index"));
    assert!(storage.borrow().is_empty());
    assert_eq!(visit.kept(StudyRequest::Kept).used, KeptUse::Differs);
    let request = Request::Reopen {
        member: None,
        meta: None,
    };
    visit.ask(request);
    assert_eq!(visit.open(&file), truth);
}

/// What was cut or damaged in the storage is thrown away, and never stands in the way of the file.
#[test]
fn a_damaged_index_is_thrown_away() {
    let (file, storage) = (data::unpack("k8s/final.db"), Files::default());
    let mut visit = Visit::new(&storage);
    let truth = visit.open(&file);
    visit.kept(StudyRequest::Keep);
    let (name, whole) = storage.borrow().clone().pop_first().unwrap();
    for len in [0, 7, 60, whole.len() / 2, whole.len() - 1] {
        storage
            .borrow_mut()
            .insert(name.clone(), whole[..len].to_vec());
        let mut visit = Visit::new(&storage);
        assert_eq!(visit.open(&file), truth);
        assert!(visit.has_phase(Phase::Records) && storage.borrow().is_empty());
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    storage.borrow_mut().insert(name.clone(), damaged);
    let mut visit = Visit::new(&storage);
    assert_eq!(visit.open(&file), truth);
    assert!(visit.has_phase(Phase::Records));
    storage
        .borrow_mut()
        .insert("another name".to_owned(), whole);
    Visit::new(&storage).run();
    assert!(!storage.borrow().contains_key("another name"));
}

/// No room, no storage, another file meanwhile: it is said, nothing half is left behind.
#[test]
fn what_cannot_be_kept_says_why() {
    let (file, storage) = (data::unpack("k8s/final.db"), Files::default());
    let mut visit = Visit::new(&storage);
    visit.open(&file);
    for (room, why) in [(0, "it is refused"), (5000, "there is no room")] {
        visit.room = room;
        let view = visit.kept(StudyRequest::Keep);
        assert_eq!(view.note, format!("The index was not kept: {why}."));
        assert!(view.along.is_none() && view.entries.is_empty());
        assert!(storage.borrow().is_empty());
    }
    visit.room = usize::MAX;
    visit.begin(Request::Study(StudyRequest::Keep));
    visit
        .engine
        .attach(Rc::new(data::unpack("k8s/compacted.db")));
    let name = "other.db".to_owned();
    visit.ask(Request::Open { name });
    assert!(storage.borrow().is_empty());
    let view = visit.kept(StudyRequest::Kept);
    assert!(view.note.contains("another file") && view.along.is_none());

    // A bbolt file of another program has no index, nor has a store as of an older meta.
    visit.open(&data::unpack("bolt/nested-1024.db"));
    assert!(!visit.kept(StudyRequest::Kept).can_keep);
}
