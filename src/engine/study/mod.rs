//! What is in the opened file: what fills it, tables, search, trials, comparison, what is lost, and
//! what leaves.
//!
//! Each kind of long work is there once: a later question supersedes an earlier one. All of it is
//! stepped; what somebody waits for comes before what goes on by itself. Start from [`Study`].

mod anatomy;
mod columns;
mod compared;
mod leave;
mod lost;
mod names;
mod report;
mod search;
mod small;
mod sums;
mod tables;
mod tints;
mod tree;
mod trial;
mod unlike;
mod words;

use std::rc::Rc;

use super::file::OpenedFile;
use super::protocol::{
    Doc, Envelope, LostView, Response, StudyAnswer, StudyRequest, Table, TableAsk, TablePart, Wrong,
};
use super::wire::Packed;
use super::{Engine, Sink};
use crate::find::{self, Names, Query, QueryError};
use crate::timeline::Marked;
use compared::Comparing;
use leave::Leaving;
use lost::Losing;
use search::Searching;
use tables::Made;
use trial::Trial;

pub(super) use sums::sums;

use super::document::Document;

/// What is looked at, and what is being done.
#[derive(Default)]
pub(super) struct Study {
    table: Option<Made>,
    /// A search for a table: who waits for which part of it.
    waiting: Option<Box<Waiting>>,
    /// What is marked in the picture.
    marked: Option<Rc<Marked>>,
    /// Whether what is found next is to be marked.
    is_marking: bool,
    names: Option<Rc<Names>>,
    lost: Option<Box<Lost>>,
    leaving: Option<Box<Leaving>>,
    compared: Option<Box<Comparing>>,
    trial: Option<Box<Trial>>,
    /// A part of the table whose values are being read.
    filling: Option<Box<Filling>>,
}

/// A part of a table that was sent, and the row to go on with.
struct Filling {
    id: u64,
    part: TablePart,
    next: usize,
}

struct Waiting {
    id: u64,
    ask: TableAsk,
    first: u64,
    count: u32,
    searching: Searching,
    /// Rows that were shown while the search went on.
    shown: usize,
}

/// What was deleted, and who asked for it.
struct Lost {
    id: u64,
    names: bool,
    losing: Losing,
}

impl Study {
    pub(super) fn is_busy(&self) -> bool {
        self.waiting.is_some()
            || self.filling.is_some()
            || self.leaving.is_some()
            || self.trial.as_ref().is_some_and(|trial| trial.is_busy())
            || self
                .compared
                .as_ref()
                .is_some_and(|compared| compared.is_busy())
            || self
                .lost
                .as_ref()
                .is_some_and(|lost| !lost.losing.is_over())
    }
}

/// What is marked in the picture: only the history of the file is searched.
pub(super) fn marks_of(study: &Study, doc: Doc) -> Option<&Rc<Marked>> {
    study.marked.as_ref().filter(|_| doc == Doc::File)
}

impl Engine {
    pub(super) fn handle_study(
        &mut self,
        id: u64,
        request: StudyRequest,
        say: &mut dyn FnMut(Response),
    ) {
        let mut answer = |answer| say(Response::Study(Packed::new(&answer)));
        let Some(file) = &self.file else {
            return answer(StudyAnswer::Stopped);
        };
        let study = &mut self.study;
        match request {
            StudyRequest::Sums => {
                answer(StudyAnswer::Sums(Box::new(sums(&file.fills, Some(file)))));
            }
            StudyRequest::Table { ask, first, count } => {
                if let Some(found) = study.ask(id, file, ask, first, count) {
                    answer(found);
                }
            }
            StudyRequest::Mark(is_marking) => {
                study.is_marking = is_marking;
                study.mark(file);
            }
            StudyRequest::Complete { filter, cursor } => {
                let names = study.names(file);
                let (at, all) = find::complete(&filter, cursor as usize, &names);
                answer(StudyAnswer::Completions {
                    start: at.start as u32,
                    end: at.end as u32,
                    all: all.into_iter().map(|one| (one.text, one.about)).collect(),
                });
            }
            StudyRequest::Branch { prefix, count } => {
                answer(tree::branch(file.history(), prefix, count));
            }
            StudyRequest::Lost { names } => {
                let lost = study.lost_of(id, names);
                answer(StudyAnswer::Lost(Box::new(lost.view(file))));
            }
            StudyRequest::Restore {
                revision,
                form,
                secrets,
            } => {
                let left = lost::restored(file, revision, form, secrets);
                answer(StudyAnswer::Left(Box::new(left)));
            }
            StudyRequest::Leave {
                filter,
                form,
                secrets,
            } => match Leaving::new(id, file, &filter, form, secrets) {
                Ok(leaving) => study.leaving = Some(Box::new(leaving)),
                Err(error) => answer(StudyAnswer::Wrong(wrong(&error))),
            },
            StudyRequest::Beside { name } => {
                let compared = study
                    .compared
                    .get_or_insert_with(|| Box::new(Comparing::new()));
                compared.add(id, name, self.attached.take());
                answer(StudyAnswer::Compared(Box::new(compared.view(file))));
            }
            StudyRequest::Alone => {
                study.compared = None;
                answer(StudyAnswer::Compared(Box::default()));
            }
            StudyRequest::Unlike { number } => {
                let compared = study.compared.as_ref();
                let view = compared.and_then(|compared| compared.unlike(file, number));
                answer(StudyAnswer::Unlike(view.map(Box::new)));
            }
            StudyRequest::Trial { at } => {
                let trial = Box::new(Trial::new(id, file, at, study.trial.as_deref()));
                answer(StudyAnswer::Trial(Box::new(trial.view())));
                study.trial = Some(trial);
            }
            StudyRequest::Kept => {
                self.shelf.asked_by = id;
                answer(StudyAnswer::Kept(Box::new(self.shelf.view(Some(file)))));
            }
            StudyRequest::Keep => {
                self.shelf.asked_by = id;
                self.shelf.keep(file, self.opened_by);
                answer(StudyAnswer::Kept(Box::new(self.shelf.view(Some(file)))));
            }
            StudyRequest::Forget(name) => {
                self.shelf.asked_by = id;
                self.shelf.forget(name.as_deref());
                answer(StudyAnswer::Kept(Box::new(self.shelf.view(Some(file)))));
            }
            StudyRequest::Tints { by, first, count } => {
                let map = file.background.found.map.as_ref();
                let found =
                    map.map(|map| tints::tints(&file.db, map, file.history(), by, first, count));
                answer(StudyAnswer::Tints(Box::new(found.unwrap_or_default())));
            }
            StudyRequest::Bytes { page, element } => {
                let map = file.background.found.map.as_ref();
                let view = anatomy::view(&file.db, map, page, element);
                answer(StudyAnswer::Bytes(view.map(Box::new)));
            }
            StudyRequest::Stop => {
                (study.waiting, study.leaving, study.filling) = (None, None, None);
                if let Some(trial) = &mut study.trial {
                    trial.stop();
                }
                answer(StudyAnswer::Stopped);
            }
        }
    }

    /// Does the next piece of what somebody waits for.
    pub(super) fn step_study(&mut self, out: Sink<'_>) {
        let Some(file) = &self.file else {
            self.study = Study::default();
            return;
        };
        if let Some((id, answer)) = self.study.step(file) {
            let session = match &answer {
                StudyAnswer::Left(left) if left.is_session => Some(left.clone()),
                _ => None,
            };
            if let Some(left) = session {
                let told = self.open_text(left.name, Some(&left.text.into_bytes()));
                let body = self.sandbox.restored(told);
                self.orders.forget(Doc::Sandbox);
                out(Envelope { id, body });
            }
            let body = Response::Study(Packed::new(&answer));
            out(Envelope { id, body });
        }
    }
}

impl Study {
    /// A part of a table that is there; else the search for it begins.
    fn ask(
        &mut self,
        id: u64,
        file: &OpenedFile,
        ask: TableAsk,
        first: u64,
        count: u32,
    ) -> Option<StudyAnswer> {
        let made = match ask.table {
            Table::Revisions | Table::Keys => return self.find(id, file, ask, first, count),
            Table::Lost | Table::LostKeys | Table::Privacy => {
                let rows = self
                    .lost
                    .as_ref()
                    .map(|lost| lost.losing.table(ask.table, lost.names));
                Made::texts(ask, file, rows.unwrap_or_default())
            }
            Table::Differences | Table::Splits | Table::Growth | Table::Hashes => {
                let compared = self.compared.as_ref();
                let rows = compared.map(|compared| compared.table(file, ask.table));
                Made::texts(ask, file, rows.unwrap_or_default())
            }
            _ => Made::small(ask, file),
        };
        Some(StudyAnswer::Table(Box::new(made.part(file, first, count))))
    }

    fn find(
        &mut self,
        id: u64,
        file: &OpenedFile,
        ask: TableAsk,
        first: u64,
        count: u32,
    ) -> Option<StudyAnswer> {
        self.filling = None;
        if self.table.as_ref().is_some_and(|made| made.ask == ask) {
            self.waiting = None;
            return self.part(id, file, first, count);
        }
        match Query::parse(&ask.filter) {
            Ok(query) => {
                self.waiting = Some(Box::new(Waiting {
                    id,
                    ask,
                    first,
                    count,
                    searching: Searching::new(query, file),
                    shown: 0,
                }));
                None
            }
            Err(error) => {
                self.waiting = None;
                Some(StudyAnswer::Wrong(wrong(&error)))
            }
        }
    }

    /// A part of the table, with as many values as can be read at once; the others follow.
    fn part(&mut self, id: u64, file: &OpenedFile, first: u64, count: u32) -> Option<StudyAnswer> {
        let made = self.table.as_ref()?;
        let mut part = made.part(file, first, count);
        let next = made.fill(file, &mut part, 0);
        self.filling = next.map(|next| {
            let part = part.clone();
            Box::new(Filling { id, part, next })
        });
        Some(StudyAnswer::Table(Box::new(part)))
    }

    fn step_filling(&mut self, file: &OpenedFile) -> Option<(u64, StudyAnswer)> {
        let mut filling = self.filling.take()?;
        let made = self.table.as_ref()?;
        match made.fill(file, &mut filling.part, filling.next) {
            Some(next) => {
                filling.next = next;
                self.filling = Some(filling);
                None
            }
            None => Some((filling.id, StudyAnswer::Table(Box::new(filling.part)))),
        }
    }

    fn step(&mut self, file: &OpenedFile) -> Option<(u64, StudyAnswer)> {
        if self.waiting.is_some() {
            return self.step_search(file);
        }
        if self.filling.is_some() {
            return self.step_filling(file);
        }
        if let Some(leaving) = &mut self.leaving {
            let id = leaving.id;
            if leaving.step(file) {
                let (done, total) = leaving.progress();
                return Some((
                    id,
                    StudyAnswer::Along {
                        done,
                        total,
                        found: 0,
                    },
                ));
            }
            let left = self.leaving.take()?.finish(file);
            return Some((id, StudyAnswer::Left(Box::new(left))));
        }
        if let Some(trial) = self.trial.as_mut().filter(|trial| trial.is_busy()) {
            trial.step(file);
            return Some((trial.id, StudyAnswer::Trial(Box::new(trial.view()))));
        }
        if let Some(compared) = self.compared.as_mut().filter(|compared| compared.is_busy()) {
            compared.step(file);
            let view = compared.view(file);
            return Some((compared.id, StudyAnswer::Compared(Box::new(view))));
        }
        let lost = self.lost.as_mut()?;
        lost.losing.step(file);
        Some((lost.id, StudyAnswer::Lost(Box::new(lost.view(file)))))
    }

    fn step_search(&mut self, file: &OpenedFile) -> Option<(u64, StudyAnswer)> {
        let waiting = self.waiting.as_mut()?;
        let id = waiting.id;
        if waiting.searching.step(file) {
            let search = waiting.searching.search();
            let found = search.found();
            // What is found first is shown at once, and again when it is twice as much.
            let is_more = found.len().min(waiting.count as usize) > waiting.shown.saturating_mul(2);
            if is_more && waiting.ask.sort.is_none() && waiting.ask.table == Table::Revisions {
                waiting.shown = found.len();
                let part = tables::first_found(&waiting.ask, file, found, waiting.count);
                return Some((id, StudyAnswer::Table(Box::new(part))));
            }
            let (done, total) = waiting.searching.progress();
            let found = found.len() as u64;
            return Some((id, StudyAnswer::Along { done, total, found }));
        }
        let waiting = *self.waiting.take()?;
        let made = Made::found(waiting.ask, file, waiting.searching.search());
        self.table = Some(made);
        self.mark(file);
        let part = self.part(id, file, waiting.first, waiting.count)?;
        Some((id, part))
    }

    fn mark(&mut self, file: &OpenedFile) {
        let is_filtered = |made: &&Made| !made.ask.filter.trim().is_empty();
        let made = self.table.as_ref().filter(|_| self.is_marking);
        let history = file.history();
        self.marked = made
            .filter(is_filtered)
            .and_then(|made| made.revisions(history))
            .map(|rows| Rc::new(Marked::new(history, rows)));
    }

    fn names(&mut self, file: &OpenedFile) -> Rc<Names> {
        let names = self.names.get_or_insert_with(|| Rc::new(names::of(file)));
        Rc::clone(names)
    }

    /// What was deleted, as it is asked for now.
    fn lost_of(&mut self, id: u64, names: bool) -> &Lost {
        let lost = self.lost.get_or_insert_with(|| {
            Box::new(Lost {
                id,
                names,
                losing: Losing::new(),
            })
        });
        (lost.id, lost.names) = (id, names);
        lost
    }
}

impl Lost {
    fn view(&self, file: &OpenedFile) -> LostView {
        self.losing.view(file, self.names)
    }
}

fn wrong(error: &QueryError) -> Wrong {
    Wrong {
        start: error.at.start as u32,
        end: error.at.end as u32,
        what: error.what.clone(),
        hint: error.hint.clone(),
    }
}
