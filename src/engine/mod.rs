//! Everything behind one door: [`Engine::handle`] takes a request and gives responses.
//!
//! The page's worker, the native command line and the tests all come through here. Long work is
//! stepped: [`Engine::step`] does a bounded piece, so that a `Cancel` can arrive between two.
//! The engine does no I/O of its own; a file comes in as a [`ReadAt`].

mod background;
mod beside;
mod browse;
mod commits;
mod contents;
mod document;
mod facts;
mod file;
mod finding;
mod fork;
mod fossils;
mod inside;
pub mod kept;
mod kubernetes;
mod lanes;
mod lessons;
mod member;
mod narrate;
mod opening;
mod pages;
mod play;
mod problems;
mod protocol;
mod qr;
mod recheck;
mod refusal;
mod sandbox;
mod sessions;
mod shown;
mod study;
mod summary;
mod wire;

use std::rc::Rc;

use crate::bytes::ReadAt;
use crate::history::History;
use crate::session::terminals;

use background::Came;
use document::Document;
use file::{OpenedFile, Origin};
use lanes::Orders;
use lessons::Playing;
use opening::{Opening, Step};
use sandbox::Sandbox;
use sessions::is_session;

pub use document::shown_value;
pub use facts::*;
pub use fork::{ForkError, fork};
pub use inside::*;
pub use member::*;
pub use protocol::*;
pub use shown::*;
pub use wire::{Packed, WireError, decode, encode};

/// The sample that comes with the engine: the store of the talk that the project grew from,
/// before its compaction, as written by etcd 3.5.1.
const SAMPLE: &[u8] = include_bytes!("../../static/samples/talk-before-compact.db");
const SAMPLE_NAME: &str = "talk-before-compact.db";

/// Takes answers.
pub type Sink<'a> = &'a mut dyn FnMut(Envelope<Response>);

/// The simulated store and the opened file.
pub struct Engine {
    build: String,
    /// The visitor's session.
    sandbox: Sandbox,
    /// The lesson that is played, on a session of its own.
    lesson: Option<Playing>,
    file: Option<OpenedFile>,
    opening: Option<Opening>,
    attached: Option<Rc<dyn ReadAt>>,
    /// The file that came last, so that it can be opened otherwise.
    origin: Option<Origin>,
    /// Id of the request that opened the file.
    opened_by: u64,
    orders: Orders,
    kubernetes: kubernetes::Work,
    study: study::Study,
    shelf: kept::Shelf,
}

impl Engine {
    /// A sandbox with its opening scene, and no file. `build` is answered to `Hello`.
    pub fn new(build: String) -> Self {
        Self {
            build,
            sandbox: Sandbox::with_opening_scene(),
            lesson: None,
            file: None,
            opening: None,
            attached: None,
            origin: None,
            opened_by: 0,
            orders: Orders::default(),
            kubernetes: kubernetes::Work::default(),
            study: study::Study::default(),
            shelf: kept::Shelf::default(),
        }
    }

    /// Hands over the bytes of the file that the next `Open` is about.
    pub fn attach(&mut self, source: Rc<dyn ReadAt>) {
        self.attached = Some(source);
    }

    /// Whether there is work left for [`Engine::step`].
    pub fn is_busy(&self) -> bool {
        let file = self.file.as_ref();
        self.opening.is_some()
            || self.kubernetes.is_busy()
            || self.study.is_busy()
            || self.shelf.is_busy()
            || file.is_some_and(|file| file.background.is_busy() || file.is_listing())
    }

    /// Answers a request, or begins long work and answers its progress.
    pub fn handle(&mut self, envelope: Envelope<Request>, out: Sink<'_>) {
        let Envelope { id, body } = envelope;
        let mut say = |body: Response| out(Envelope { id, body });
        if changes_the_sandbox(&body) {
            self.orders.forget(Doc::Sandbox);
            self.kubernetes.forget(Doc::Sandbox);
        }
        match body {
            Request::Hello { .. } => {
                let build = self.build.clone();
                say(Response::Hello { build });
                say(self.sandbox.restored(Some(Told::Opening)));
            }
            Request::Run { line } if line.contains('\n') => {
                let (terminal, typed) = terminals::split(&line);
                let mut commands = self.active().after_last().0.names(terminal).commands(typed);
                if commands.is_empty() {
                    commands.push(String::new());
                }
                for command in commands {
                    self.run(&terminals::join(terminal, &command), &mut say);
                }
            }
            Request::Run { line } => self.run(&line, &mut say),
            Request::Undo => {
                let told = self.active_mut().undo();
                say(self.active().restored(told));
            }
            Request::Redo => {
                let told = self.active_mut().redo();
                say(self.active().restored(told));
            }
            Request::Reset if self.lesson.is_some() => self.again(&mut say),
            Request::Reset => {
                let told = self.sandbox.reset();
                say(self.sandbox.restored(told));
            }
            Request::Session(request) => self.handle_session(request, &mut say),
            Request::Lesson(request) => self.handle_lesson(request, &mut say),
            Request::Kubernetes(request) => self.handle_kubernetes(id, request, &mut say),
            Request::Study(request) => self.handle_study(id, request, &mut say),
            Request::Open { name } => match self.attached.take() {
                Some(source) if is_session(&source) => {
                    let told = self.open_text(name, Some(&*source));
                    say(self.sandbox.restored(told));
                }
                Some(source) => self.begin(
                    id,
                    Origin {
                        name,
                        source,
                        member: None,
                        meta: None,
                    },
                    &mut say,
                ),
                None => say(Response::Refused(Failure {
                    name,
                    what: "a file that did not arrive".to_string(),
                    place: String::new(),
                    hint: "choose it again".to_string(),
                    members: Vec::new(),
                })),
            },
            Request::OpenSample => {
                let origin = Origin {
                    name: SAMPLE_NAME.to_string(),
                    source: Rc::new(SAMPLE.to_vec()),
                    member: None,
                    meta: None,
                };
                self.begin(id, origin, &mut say);
            }
            Request::Reopen { member, meta } => {
                if let Some(origin) = self.origin.clone() {
                    let member = member.or(origin.member.clone());
                    let origin = Origin {
                        member,
                        meta,
                        ..origin
                    };
                    self.begin(id, origin, &mut say);
                }
            }
            Request::Cancel => {
                let was_opening = self.opening.take().is_some();
                say(Response::Cancelled);
                if let (false, Some(file)) = (was_opening, &mut self.file) {
                    file.background.stop();
                    let summary = Box::new(file.summary());
                    let body = Response::Checked { summary };
                    out(Envelope {
                        id: self.opened_by,
                        body,
                    });
                }
            }
            Request::Close => {
                self.orders.forget(Doc::File);
                self.kubernetes.forget(Doc::File);
                self.study = study::Study::default();
                self.file = None;
                say(Response::Closed);
            }
            Request::Layout { doc, fossils, .. }
            | Request::Picture { doc, fossils, .. }
            | Request::Area { doc, fossils, .. }
            | Request::StepLane { doc, fossils, .. } => {
                let file = self.file.as_ref();
                let document: Option<&dyn Document> = match doc {
                    Doc::Sandbox => Some(lessons::session_of(&self.lesson, &self.sandbox)),
                    Doc::File => file.map(|file| file as &dyn Document),
                };
                let ghosts = file.filter(|_| fossils && doc == Doc::File);
                let ghosts = ghosts.and_then(OpenedFile::fossils);
                let ghosts = ghosts.map(fossils::Layer::ghosts);
                let search = study::marks_of(&self.study, doc);
                let answer = document
                    .and_then(|document| self.orders.answer(document, ghosts, search, body));
                answer.into_iter().for_each(say);
            }
            Request::Rows { doc, first, count } => {
                if let Some(document) = self.document(doc) {
                    let total = document.history().row_count();
                    let rows = document::rows(document, first, count);
                    say(Response::Rows {
                        doc,
                        first,
                        total,
                        rows,
                    });
                }
            }
            Request::Index { doc, first, count } => {
                if let Some(document) = self.document(doc) {
                    let total = document.history().key_count();
                    let keys = document::index(document.history(), first, count);
                    say(Response::Index {
                        doc,
                        first,
                        total,
                        keys,
                    });
                }
            }
            Request::Inspect { doc, revision } => {
                let kept = self.document(doc);
                let kept = kept.and_then(|document| document::detail(document, revision));
                let fossils = self.file.as_ref().filter(|_| doc == Doc::File);
                let fossils = fossils.and_then(OpenedFile::fossils);
                let detail = kept.or_else(|| fossils?.detail(revision)).map(Box::new);
                say(Response::Detail { doc, detail });
            }
            Request::Tree
            | Request::Items { .. }
            | Request::Item { .. }
            | Request::Map { .. }
            | Request::Page { .. }
            | Request::Fossils { .. } => {
                if let Some(file) = &mut self.file
                    && let Some(answer) = file.look(id, body)
                {
                    say(answer);
                }
            }
            Request::Member {
                first,
                count,
                holding,
            } => {
                let sandbox = self.active_mut();
                let pages = Box::new(sandbox.member_pages(first, count, holding));
                say(Response::Member { pages });
            }
            Request::Complete { line } => {
                let candidates = self.active().complete(&line);
                say(Response::Completions { candidates });
            }
        }
    }

    /// Does the next piece of long work.
    pub fn step(&mut self, out: Sink<'_>) {
        let Some(opening) = self.opening.as_mut() else {
            self.go_on(out);
            return;
        };
        let id = opening.id();
        let body = match opening.step() {
            Step::Progress(progress) => progress,
            Step::Refused(failure) => {
                self.opening = None;
                Response::Refused(failure)
            }
            Step::Opened(file) => {
                self.opening = None;
                let summary = Box::new(file.summary());
                self.file = Some(*file);
                self.study = study::Study::default();
                self.orders.forget(Doc::File);
                self.kubernetes.forget(Doc::File);
                self.opened_by = id;
                Response::Opened { summary }
            }
        };
        out(Envelope { id, body });
    }

    /// Goes on with what somebody waits for, then with the work that follows opening.
    fn go_on(&mut self, out: Sink<'_>) {
        if self.kubernetes.is_busy() {
            return self.step_kubernetes(out);
        }
        if self.study.is_busy() {
            return self.step_study(out);
        }
        if self.shelf.is_busy() {
            return self.step_shelf(out);
        }
        let Some(file) = &mut self.file else {
            return;
        };
        if file.is_listing() {
            if let Some((id, body)) = file.list() {
                out(Envelope { id, body });
            }
            return;
        }
        if !file.background.is_busy() {
            return;
        }
        let came = file.step();
        if file.background.found.kept == KeptUse::Differs
            && let Some(identity) = file.identity.take()
        {
            self.shelf.disown(&identity);
        }
        let body = match came {
            Came::Along(phase, done, total) => Response::Background { phase, done, total },
            Came::Over => Response::Checked {
                summary: Box::new(file.summary()),
            },
        };
        out(Envelope {
            id: self.opened_by,
            body,
        });
    }

    /// Opening starts anew with every file: a later one supersedes an earlier one.
    fn begin(&mut self, id: u64, origin: Origin, say: &mut dyn FnMut(Response)) {
        let total = origin.source.len();
        self.origin = Some(origin.clone());
        let kept = self.shelf.candidates();
        self.opening = Some(Opening::new(id, origin, kept));
        say(Response::Progress {
            phase: Phase::Reading,
            done: 0,
            total,
        });
    }

    /// One of the two histories; none while no file is open.
    pub fn history(&self, doc: Doc) -> Option<&History> {
        self.document(doc).map(Document::history)
    }

    fn document(&self, doc: Doc) -> Option<&dyn Document> {
        match doc {
            Doc::Sandbox => Some(self.active()),
            Doc::File => self.file.as_ref().map(|file| file as &dyn Document),
        }
    }
}

/// Whether the sandbox's history may be another one afterwards.
fn changes_the_sandbox(request: &Request) -> bool {
    matches!(
        request,
        Request::Run { .. }
            | Request::Undo
            | Request::Redo
            | Request::Reset
            | Request::Session(_)
            | Request::Lesson(_)
            | Request::Open { .. }
    )
}
