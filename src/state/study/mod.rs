//! What is looked at of the contents of an opened file: what fills it, tables, the search.

mod answers;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::{AppState, Tab};
use crate::engine::{
    Doc, Envelope, FileSums, Request, StudyRequest, Summary, Table, TableAsk, Twig,
};
use crate::kv::Revision;
use crate::timeline::Motion;

pub use table::TableState;

type Outbox = Vec<Envelope<Request>>;

/// Twigs of a branch that are asked for at once.
const TWIGS: u32 = 300;

/// Something about the contents of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum StudyAction {
    /// The filter was typed, with the cursor behind so many bytes.
    Filter(String, usize),
    /// Look for this, on the part with the search.
    Find(String),
    /// Take this completion into the filter.
    Take(String),
    /// Put the completions away.
    HideCompletions,
    /// Show this table.
    Table(Table),
    /// Sort by this column, or the other way round.
    Sort(u8),
    /// The table shows from this row on.
    ShowFrom(u64),
    /// Show a change on the timeline.
    Select(Revision),
    /// Mark what is found in the picture, or do not.
    Mark(bool),
    /// Open or close a prefix in the tree of keys.
    Turn(Vec<u8>),
    /// Leave the search undone.
    Stop,
}

/// What is below a prefix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// Whether it is shown.
    pub is_open: bool,
    /// What is below it; none before it has come.
    pub twigs: Option<Rc<Vec<Twig>>>,
    /// How many more there are.
    pub more: u64,
}

/// A file that is still being read.
#[derive(Debug, PartialEq)]
pub struct Glimpse {
    /// Id of the request that opens it.
    pub id: u64,
    /// What is known of it.
    pub summary: Summary,
    /// What fills it so far.
    pub sums: FileSums,
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct StudyState {
    /// What is known of a file that is still being read.
    pub glimpse: Option<Rc<Glimpse>>,
    /// What fills the file; none before it has come.
    pub sums: Option<Rc<FileSums>>,
    /// Revisions and keys, and the search through them.
    pub find: TableState,
    /// What the small buckets hold.
    pub small: TableState,
    /// Whether what is found is marked in the picture.
    pub is_marking: bool,
    /// The tree of keys, by prefix.
    pub branches: BTreeMap<Vec<u8>, Branch>,
    sums_id: u64,
    complete_id: u64,
}

/// The same as long as nothing was done to it: it is compared by where it is, since comparing
/// what it holds would take longer than drawing it. There is none before a file is opened.
#[derive(Clone, Default)]
pub struct Studied(Option<Rc<StudyState>>);

impl PartialEq for Studied {
    fn eq(&self, other: &Self) -> bool {
        let place = |studied: &Self| studied.0.as_ref().map(Rc::as_ptr);
        place(self) == place(other)
    }
}

impl fmt::Debug for Studied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Studied")
    }
}

impl Studied {
    /// What it is.
    pub fn get(&self) -> Rc<StudyState> {
        self.0.clone().unwrap_or_default()
    }

    pub(super) fn change(&mut self) -> &mut StudyState {
        Rc::make_mut(self.0.get_or_insert_default())
    }
}

impl StudyState {
    /// The table that a part of the screen shows.
    pub fn table(&self, tab: Tab) -> &TableState {
        match tab {
            Tab::Tables => &self.small,
            _ => &self.find,
        }
    }
}

impl AppState {
    pub(super) fn act_on_study(&mut self, action: StudyAction, outbox: &mut Outbox) {
        let tab = self.look.tab;
        match action {
            StudyAction::Filter(filter, cursor) => {
                if tab != Tab::Tables {
                    self.study.change().find.filter.clone_from(&filter);
                    let request = StudyRequest::Complete {
                        filter: filter.clone(),
                        cursor: cursor as u32,
                    };
                    let id = self.ask(outbox, Request::Study(request));
                    self.study.change().complete_id = id;
                }
                self.filter(filter, outbox);
            }
            StudyAction::Find(filter) => {
                self.look.tab = Tab::Find;
                self.study.change().find.completions = Rc::default();
                self.filter(filter, outbox);
            }
            StudyAction::Take(text) => {
                let table = &mut self.study.change().find;
                let filter = table.completed(&text);
                table.completions = Rc::default();
                self.filter(filter, outbox);
            }
            StudyAction::HideCompletions => self.study.change().find.completions = Rc::default(),
            StudyAction::Table(table) => {
                let state = self.table_mut();
                state.ask.table = table;
                state.ask.sort = None;
                self.ask_table(0, outbox);
            }
            StudyAction::Sort(column) => {
                let state = self.table_mut();
                let sort = &mut state.ask.sort;
                *sort = match *sort {
                    Some((by, false)) if by == column => Some((column, true)),
                    Some((by, true)) if by == column => None,
                    _ => Some((column, false)),
                };
                self.ask_table(0, outbox);
            }
            StudyAction::ShowFrom(first) => self.ask_table(first, outbox),
            StudyAction::Select(revision) => {
                self.look.tab = Tab::Timeline;
                self.select(revision, outbox);
                self.reveal(revision, outbox);
            }
            StudyAction::Mark(is_marking) => {
                self.study.change().is_marking = is_marking;
                self.ask(outbox, Request::Study(StudyRequest::Mark(is_marking)));
                self.ask_scene(Doc::File, Motion::Still, outbox);
            }
            StudyAction::Turn(prefix) => self.turn_branch(prefix, outbox),
            StudyAction::Stop => {
                self.ask(outbox, Request::Study(StudyRequest::Stop));
            }
        }
    }

    fn table_mut(&mut self) -> &mut TableState {
        let tab = self.look.tab;
        let study = self.study.change();
        match tab {
            Tab::Tables => &mut study.small,
            _ => &mut study.find,
        }
    }

    fn filter(&mut self, filter: String, outbox: &mut Outbox) {
        let state = self.table_mut();
        state.filter.clone_from(&filter);
        state.ask.filter = filter;
        self.ask_table(0, outbox);
    }

    fn ask_table(&mut self, first: u64, outbox: &mut Outbox) {
        let request = StudyRequest::Table {
            ask: self.table_mut().ask.clone(),
            first,
            count: TableState::WINDOW,
        };
        let id = self.ask(outbox, Request::Study(request));
        self.table_mut().id = id;
    }

    fn turn_branch(&mut self, prefix: Vec<u8>, outbox: &mut Outbox) {
        let branch = self.study.change().branches.entry(prefix.clone()).or_default();
        branch.is_open = !branch.is_open;
        if branch.is_open && branch.twigs.is_none() {
            let count = TWIGS;
            let request = StudyRequest::Branch { prefix, count };
            self.ask(outbox, Request::Study(request));
        }
    }

    /// Asks for what the part that is shown does not have, or has in an older state.
    pub(super) fn refresh_study(&mut self, outbox: &mut Outbox) {
        match self.look.tab {
            Tab::Timeline => {
                let id = self.ask(outbox, Request::Study(StudyRequest::Sums));
                self.study.change().sums_id = id;
            }
            Tab::Find => {
                if self.study.get().find.part.columns.is_empty() {
                    self.ask_table(0, outbox);
                }
                if self.study.get().branches.is_empty() {
                    self.turn_branch(Vec::new(), outbox);
                }
            }
            Tab::Tables => {
                if self.study.get().small.ask.table == Table::Revisions {
                    self.study.change().small.ask = TableAsk {
                        table: Table::Meta,
                        ..TableAsk::default()
                    };
                }
                self.ask_table(self.study.get().small.part.first, outbox);
            }
            _ => {}
        }
    }
}
