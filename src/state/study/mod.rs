//! What is looked at of the contents of an opened file: what fills it, tables, the search.

mod answers;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::{AppState, Look, Tab};
use crate::engine::{
    BytesView, ComparedView, Doc, Envelope, FileSums, KeptView, LeaveForm, Left, LostView, Request,
    RestoreForm, StudyRequest, Summary, Table, TableAsk, TintBy, Tints, TrialView, Twig,
    UnlikeView,
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
    /// Show this table of a small bucket, on the part with those.
    ShowTable(Table),
    /// Sort by this column, or the other way round.
    Sort(u8),
    /// The table shows from this row on, so many rows.
    ShowFrom(u64, u32),
    /// Show a change on the timeline.
    Select(Revision),
    /// Mark what is found in the picture, or do not.
    Mark(bool),
    /// Open or close a prefix in the tree of keys.
    Turn(Vec<u8>),
    /// Try a compaction at this revision.
    Try(i64),
    /// A file to compare with was chosen; the engine has it under this name.
    Beside(String),
    /// Put the files away that are compared with this one.
    Alone,
    /// Show how the values of this difference differ; none: put that away.
    Unlike(Option<u32>),
    /// Name the keys of secrets and tokens.
    Name(bool),
    /// Write what a revision held in the form that is chosen.
    Restore(Revision),
    /// In which form lost rows come back.
    RestoreAs(RestoreForm),
    /// Put the text away that is shown.
    HideText,
    /// Let what the filter finds leave the page, or all of it.
    Leave {
        /// Whether the filter counts.
        is_found: bool,
        /// As what.
        form: LeaveForm,
        /// With the values of Secrets.
        secrets: bool,
    },
    /// What left was saved.
    Saved,
    /// Colour the map of pages by this.
    Tint(TintBy),
    /// Look into an element of the page, or at the page as a whole.
    Bytes(Option<u16>),
    /// Keep the index of the file, so that it opens again in seconds.
    Keep,
    /// Throw a kept index away; without a name, all of them.
    Forget(Option<String>),
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
    /// What differs from other files.
    pub differing: TableState,
    /// What was deleted and can still be read.
    pub lost_rows: TableState,
    /// What a compaction and a defrag would give back.
    pub trial: Option<Rc<TrialView>>,
    /// Files that are compared.
    pub compared: Option<Rc<ComparedView>>,
    /// How the values of a key differ that was chosen.
    pub unlike: Option<Rc<UnlikeView>>,
    /// What was deleted and can still be read, in words.
    pub lost: Option<Rc<LostView>>,
    /// As what it comes back.
    pub restore_form: RestoreForm,
    /// Text that is shown.
    pub shown: Option<Rc<Left>>,
    /// Text to save.
    pub left: Option<Rc<Left>>,
    /// What the last text that left holds.
    pub note: String,
    /// How far writing it is: done, of so many.
    pub leaving: Option<(u64, u64)>,
    /// Whether what is found is marked in the picture.
    pub is_marking: bool,
    /// What the colours of the map tell.
    pub tint_by: TintBy,
    /// What tells its pages apart.
    pub tints: Option<Rc<Tints>>,
    /// The bytes that are looked at, and what they mean.
    pub bytes: Option<Rc<BytesView>>,
    /// Which indexes are kept; none before that was asked.
    pub kept: Option<Rc<KeptView>>,
    /// The tree of keys, by prefix.
    pub branches: BTreeMap<Vec<u8>, Branch>,
    sums_id: u64,
    complete_id: u64,
    trial_id: u64,
    compare_id: u64,
    unlike_id: u64,
    lost_id: u64,
    leave_id: u64,
    kept_id: u64,
    tints_id: u64,
    bytes_id: u64,
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
    /// Whether another file is beside this one.
    fn is_compared(&self) -> bool {
        let compared = self.compared.as_ref();
        compared.is_some_and(|compared| compared.files.len() > 1)
    }

    /// Waits for nothing any more.
    pub(super) fn give_up(&mut self) {
        (self.find.along, self.leaving) = (None, None);
    }

    /// The table that a part of the screen shows.
    pub fn table(&self, tab: Tab) -> &TableState {
        match tab {
            Tab::Tables => &self.small,
            Tab::Compare => &self.differing,
            Tab::Fossils => &self.lost_rows,
            _ => &self.find,
        }
    }
}

impl AppState {
    pub(super) fn act_on_study(&mut self, action: StudyAction, outbox: &mut Outbox) {
        let tab = self.look.tab;
        match action {
            StudyAction::Filter(filter, cursor) => {
                if tab == Tab::Find {
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
            StudyAction::ShowTable(table) => {
                self.look.tab = Tab::Tables;
                self.study.change().small.filter.clear();
                self.study.change().small.ask = TableAsk {
                    table,
                    ..TableAsk::default()
                };
                self.ask_table(0, outbox);
            }
            StudyAction::Table(table) => {
                self.study.change().unlike = None;
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
            StudyAction::ShowFrom(first, count) => self.ask_rows_from(first, count, outbox),
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
            StudyAction::Try(at) => self.try_at(at, outbox),
            StudyAction::Beside(name) => {
                self.study.change().unlike = None;
                self.compare(StudyRequest::Beside { name }, outbox);
            }
            StudyAction::Unlike(None) => self.study.change().unlike = None,
            StudyAction::Unlike(Some(number)) => {
                let id = self.ask(outbox, Request::Study(StudyRequest::Unlike { number }));
                self.study.change().unlike_id = id;
            }
            StudyAction::Alone => {
                let study = self.study.change();
                (study.differing, study.unlike) = (TableState::default(), None);
                self.compare(StudyRequest::Alone, outbox);
            }
            StudyAction::Name(names) => self.ask_lost(names, outbox),
            StudyAction::RestoreAs(form) => self.study.change().restore_form = form,
            StudyAction::Restore(revision) => {
                let request = StudyRequest::Restore {
                    revision,
                    form: self.study.get().restore_form,
                    secrets: false,
                };
                let id = self.ask(outbox, Request::Study(request));
                self.study.change().leave_id = id;
            }
            StudyAction::HideText => self.study.change().shown = None,
            StudyAction::Leave {
                is_found,
                form,
                secrets,
            } => {
                let study = self.study.get();
                let filter = match is_found {
                    true => study.find.ask.filter.clone(),
                    false => String::new(),
                };
                drop(study);
                let request = StudyRequest::Leave {
                    filter,
                    form,
                    secrets,
                };
                let id = self.ask(outbox, Request::Study(request));
                let study = self.study.change();
                (study.leave_id, study.leaving) = (id, Some((0, 0)));
                study.note.clear();
            }
            StudyAction::Saved => self.study.change().left = None,
            StudyAction::Tint(by) => {
                let study = self.study.change();
                (study.tint_by, study.tints) = (by, None);
                self.ask_tints(self.look.map.first, outbox);
            }
            StudyAction::Bytes(element) => {
                self.ask_bytes(self.look.page.unwrap_or(0), element, outbox);
            }
            StudyAction::Keep => self.ask_kept(StudyRequest::Keep, outbox),
            StudyAction::Forget(name) => self.ask_kept(StudyRequest::Forget(name), outbox),
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
            Tab::Compare => &mut study.differing,
            Tab::Fossils => &mut study.lost_rows,
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
        self.ask_rows_from(first, TableState::WINDOW, outbox);
    }

    fn ask_rows_from(&mut self, first: u64, count: u32, outbox: &mut Outbox) {
        let request = StudyRequest::Table {
            ask: self.table_mut().ask.clone(),
            first,
            count,
        };
        let id = self.ask(outbox, Request::Study(request));
        self.table_mut().id = id;
    }

    fn turn_branch(&mut self, prefix: Vec<u8>, outbox: &mut Outbox) {
        let branch = self
            .study
            .change()
            .branches
            .entry(prefix.clone())
            .or_default();
        branch.is_open = !branch.is_open;
        if branch.is_open && branch.twigs.is_none() {
            let count = TWIGS;
            let request = StudyRequest::Branch { prefix, count };
            self.ask(outbox, Request::Study(request));
        }
    }

    fn try_at(&mut self, at: i64, outbox: &mut Outbox) {
        let id = self.ask(outbox, Request::Study(StudyRequest::Trial { at }));
        self.study.change().trial_id = id;
    }

    fn compare(&mut self, request: StudyRequest, outbox: &mut Outbox) {
        let id = self.ask(outbox, Request::Study(request));
        self.study.change().compare_id = id;
    }

    fn ask_lost(&mut self, names: bool, outbox: &mut Outbox) {
        let id = self.ask(outbox, Request::Study(StudyRequest::Lost { names }));
        self.study.change().lost_id = id;
    }

    /// Asks what tells the pages of the map apart, unless it is what they are.
    pub(super) fn ask_tints(&mut self, first: u64, outbox: &mut Outbox) {
        let by = self.study.get().tint_by;
        if by == TintBy::Kind {
            return;
        }
        let count = Look::PAGES;
        let id = self.ask(
            outbox,
            Request::Study(StudyRequest::Tints { by, first, count }),
        );
        self.study.change().tints_id = id;
    }

    pub(super) fn ask_bytes(&mut self, page: u64, element: Option<u16>, outbox: &mut Outbox) {
        let request = StudyRequest::Bytes { page, element };
        let id = self.ask(outbox, Request::Study(request));
        self.study.change().bytes_id = id;
    }

    fn ask_kept(&mut self, request: StudyRequest, outbox: &mut Outbox) {
        let id = self.ask(outbox, Request::Study(request));
        self.study.change().kept_id = id;
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
            Tab::Pages => {
                let page = self.look.page.unwrap_or(0);
                let bytes = self.study.get().bytes.clone();
                if bytes.is_none_or(|bytes| bytes.page != page) {
                    self.ask_bytes(page, None, outbox);
                }
            }
            Tab::About => self.ask_kept(StudyRequest::Kept, outbox),
            Tab::Tables => {
                if self.study.get().small.ask.table == Table::Revisions {
                    self.study.change().small.ask = TableAsk {
                        table: Table::Meta,
                        ..TableAsk::default()
                    };
                }
                self.ask_table(self.study.get().small.part.first, outbox);
            }
            Tab::WhatIf if self.study.get().trial.is_none() => {
                // In the middle of what there is: something to see before anything is moved.
                let (head, least) = (self.file.head(), self.least_revision());
                self.try_at(least.midpoint(head), outbox);
            }
            Tab::Compare if self.study.get().is_compared() => {
                self.ask_table(self.study.get().differing.part.first, outbox);
            }
            Tab::Fossils => {
                let names = self
                    .study
                    .get()
                    .lost
                    .as_ref()
                    .is_some_and(|lost| lost.names);
                self.ask_lost(names, outbox);
            }
            _ => {}
        }
    }

    /// The lowest revision that is retained.
    fn least_revision(&self) -> i64 {
        let summary = self.opened();
        summary.map_or(1, |summary| summary.compact_revision.max(1))
    }
}
