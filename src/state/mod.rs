//! What the screen shows, as a value.
//!
//! An event becomes an [`Action`]; [`AppState::apply`] is pure and gives the new state plus the
//! [`Request`](crate::engine::Request)s to send. Nothing here knows a browser; what can be
//! computed from something else is not stored. Start from [`AppState`].

mod action;
mod apply;
mod gesture;
mod hand;
mod history_doc;
mod kubernetes;
mod lanes;
mod lesson;
mod link_view;
mod loading;
mod look;
mod member;
mod play;
mod responses;
mod session;
mod study;
mod terminal;

pub use action::{Action, Key};
pub use hand::{Hand, Pointer};
pub use history_doc::{DocState, Moving, Window};
pub use kubernetes::{Exported, ObjectAction, ObjectPane, ObjectState};
pub use lanes::{LaneAction, LaneState, Sheet};
pub use lesson::{Editor, LessonAction, LessonState, Stage, first_lesson};
pub use loading::Loading;
pub use look::{Look, Tab};
pub use member::{MemberAction, MemberState};
pub use play::{Play, PlayAction};
pub use session::{Keep, Notice, SessionAction, SessionState};
pub use study::{Branch, Glimpse, Studied, StudyAction, StudyState, TableState};
pub use terminal::Terminal;

use crate::engine::{Doc, Envelope, Failure, Request, Summary};

/// A destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// The simulated store and its terminal.
    #[default]
    Sandbox,
    /// An opened file, or the place to open one.
    File,
    /// The lessons, and the place to write one.
    Lessons,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// Everything that the screen shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppState {
    /// Where we are.
    pub screen: Screen,
    /// Light or dark.
    pub theme: Theme,
    /// The simulated store.
    pub sandbox: DocState,
    /// The opened file; its summary says whether there is one.
    pub file: DocState,
    /// What is looked at inside the opened file.
    pub look: Look,
    /// What is looked at of Kubernetes.
    pub object: ObjectState,
    /// What is looked at of the file's contents.
    pub study: Studied,
    /// How far the last command's animation is.
    pub play: Play,
    /// The simulated member's pages.
    pub member: MemberState,
    /// The sandbox's terminal.
    pub terminal: Terminal,
    /// What a second terminal has for itself, where there is one.
    pub second: Option<Terminal>,
    /// The session beside its terminal.
    pub session: SessionState,
    /// Lessons, and the one that is played.
    pub lesson: LessonState,
    /// Name and length of the file that was chosen last.
    chosen: Option<(String, u64)>,
    /// A file on its way in.
    pub loading: Option<Loading>,
    /// A file that could not be opened.
    pub failure: Option<Failure>,
    /// The engine died or does not fit the page; what it said.
    pub broken: Option<String>,
    /// Whether the sheet of keys is open.
    pub is_help_open: bool,
    /// Whether the timeline is shown as a table.
    pub is_table_open: bool,
    /// Whether a file is being dragged over the page.
    pub is_dragging: bool,
    /// Build id of the page.
    build: String,
    next_id: u64,
}

impl AppState {
    /// Which history the screen is about.
    pub fn doc(&self) -> Doc {
        match self.screen {
            Screen::Sandbox | Screen::Lessons => Doc::Sandbox,
            Screen::File => Doc::File,
        }
    }

    /// The history that the screen is about.
    pub fn current(&self) -> &DocState {
        self.document(self.doc())
    }

    /// One of the two histories.
    pub fn document(&self, doc: Doc) -> &DocState {
        match doc {
            Doc::Sandbox => &self.sandbox,
            Doc::File => &self.file,
        }
    }

    fn document_mut(&mut self, doc: Doc) -> &mut DocState {
        match doc {
            Doc::Sandbox => &mut self.sandbox,
            Doc::File => &mut self.file,
        }
    }

    /// The opened file in a few numbers; none while no file is open.
    pub fn opened(&self) -> Option<&Summary> {
        self.file.summary.as_ref()
    }

    /// What opens the file once more whose engine is gone.
    pub fn again(&self) -> Option<Action> {
        let is_gone = self.file.is_gone && self.loading.is_none();
        is_gone.then(|| match self.chosen.clone() {
            Some((name, size)) => Action::OpenFile { name, size },
            None => Action::OpenSample,
        })
    }

    /// The second terminal, with what it shares with the first one.
    pub fn second_terminal(&self) -> Option<Terminal> {
        let own = self.second.as_ref()?;
        Some(Terminal {
            entries: self.terminal.entries.clone(),
            running: self.terminal.running.clone(),
            session: self.terminal.session.clone(),
            ..own.clone()
        })
    }

    /// Gives a request its id.
    fn ask(&mut self, outbox: &mut Vec<Envelope<Request>>, body: Request) -> u64 {
        self.next_id += 1;
        outbox.push(Envelope {
            id: self.next_id,
            body,
        });
        self.next_id
    }
}
