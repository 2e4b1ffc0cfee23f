//! What is in the opened file: what fills it, its tables, and the search through its rows.
//!
//! One long piece of work goes on at a time; a later one of its kind supersedes it. Nothing is
//! known here of two files: those are compared in [`compared`].

mod search;
mod sums;
mod tables;
mod tree;
mod words;

use std::rc::Rc;

use super::document::Document;
use super::file::OpenedFile;
use super::protocol::{
    Doc, Envelope, Response, StudyAnswer, StudyRequest, Table, TableAsk, Wrong,
};
use super::wire::Packed;
use super::{Engine, Sink};
use crate::find::{self, Names, Query, QueryError};
use crate::kubernetes::RegistryKey;
use crate::timeline::Marked;
use search::Searching;
use tables::Made;

pub(super) use sums::sums;

/// Prefixes and namespaces that a completion knows.
const NAMES: usize = 200;

/// What is looked at, and what is being done.
#[derive(Default)]
pub(super) struct Study {
    table: Option<Made>,
    /// A search for a table: who waits for which part of it.
    searching: Option<Box<Waiting>>,
    /// What is marked in the picture.
    marked: Option<Rc<Marked>>,
    /// Whether what is found next is to be marked.
    is_marking: bool,
    names: Option<Rc<Names>>,
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

impl Study {
    pub(super) fn is_busy(&self) -> bool {
        self.searching.is_some()
    }

    /// What is marked in the picture.
    pub(super) fn marked(&self) -> Option<&Rc<Marked>> {
        self.marked.as_ref()
    }
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
            StudyRequest::Trial { .. } | StudyRequest::Beside { .. } | StudyRequest::Alone
            | StudyRequest::Lost { .. } | StudyRequest::Restore { .. } | StudyRequest::Leave { .. } => {}
            StudyRequest::Stop => {
                study.searching = None;
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
        let is_found = matches!(ask.table, Table::Revisions | Table::Keys);
        if !is_found {
            let made = Made::small(ask, file);
            return Some(StudyAnswer::Table(Box::new(made.part(file, first, count))));
        }
        if let Some(made) = self.table.as_ref().filter(|made| made.ask == ask) {
            self.searching = None;
            return Some(StudyAnswer::Table(Box::new(made.part(file, first, count))));
        }
        let query = match Query::parse(&ask.filter) {
            Ok(query) => query,
            Err(error) => {
                self.searching = None;
                return Some(StudyAnswer::Wrong(wrong(&error)));
            }
        };
        self.searching = Some(Box::new(Waiting {
            id,
            ask,
            first,
            count,
            searching: Searching::new(query, file),
            shown: 0,
        }));
        None
    }

    fn step(&mut self, file: &OpenedFile) -> Option<(u64, StudyAnswer)> {
        let waiting = self.searching.as_mut()?;
        let id = waiting.id;
        if waiting.searching.step(file) {
            let search = waiting.searching.search();
            let found = search.found();
            // What is found first is shown at once.
            let is_first = waiting.shown < found.len().min(waiting.count as usize);
            if is_first && waiting.ask.sort.is_none() && waiting.ask.table == Table::Revisions {
                waiting.shown = found.len();
                let part = tables::first_found(&waiting.ask, file, found, waiting.count);
                return Some((id, StudyAnswer::Table(Box::new(part))));
            }
            let (done, total) = waiting.searching.progress();
            let found = found.len() as u64;
            return Some((id, StudyAnswer::Along { done, total, found }));
        }
        let waiting = self.searching.take()?;
        let Waiting {
            ask, first, count, ..
        } = *waiting;
        let made = Made::found(ask, file, waiting.searching.search());
        let part = made.part(file, first, count);
        self.table = Some(made);
        self.mark(file);
        Some((id, StudyAnswer::Table(Box::new(part))))
    }

    fn mark(&mut self, file: &OpenedFile) {
        let made = self.table.as_ref().filter(|made| {
            self.is_marking && !made.ask.filter.trim().is_empty()
        });
        let history = file.history();
        self.marked = made
            .and_then(|made| made.revisions(history))
            .map(|rows| Rc::new(Marked::new(history, rows)));
    }

    fn names(&mut self, file: &OpenedFile) -> Rc<Names> {
        let names = self.names.get_or_insert_with(|| Rc::new(names(file)));
        Rc::clone(names)
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

/// Names that a filter of this file may hold.
fn names(file: &OpenedFile) -> Names {
    let mut names = Names::default();
    for group in file.fills.top(NAMES) {
        if let Ok(prefix) = str::from_utf8(&group.prefix) {
            names.prefixes.push(prefix.to_owned());
        }
        let key = [&*group.prefix, b"a/b"].concat();
        let known = RegistryKey::parse(&key).and_then(|key| key.known);
        names.kinds.extend(known.map(|known| known.kind.to_owned()));
    }
    let mut namespaces = std::collections::BTreeSet::new();
    for key in file.history().keys() {
        if let Some(key) = RegistryKey::parse(key.key)
            && !key.namespace.is_empty()
            && !namespaces.contains(key.namespace)
        {
            namespaces.insert(key.namespace.to_owned());
            if namespaces.len() >= NAMES {
                break;
            }
        }
    }
    names.namespaces = namespaces.into_iter().collect();
    names.prefixes.retain(|prefix| !prefix.is_empty());
    names
}

/// Which history is marked: only that of the file is searched.
pub(super) fn marks_of(study: &Study, doc: Doc) -> Option<&Rc<Marked>> {
    study.marked().filter(|_| doc == Doc::File)
}
