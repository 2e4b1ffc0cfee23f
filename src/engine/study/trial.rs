//! What a compaction and a defrag would give back: a [`what_if::Trial`](crate::what_if::Trial) as
//! the page shows it.
//!
//! A line that is dragged has its counts at once, from sums that are made once a file; prefixes and
//! sizes follow in steps.

use std::rc::Rc;

use crate::engine::document::Document as _;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{TrialSizes, TrialView};
use crate::kv::quote::bare_start;
use crate::what_if::{self, Line, TombstoneRule, TrialError, breaks, breaks_for_kubernetes};

/// Prefixes that are told.
const PREFIXES: usize = 12;

/// A trial.
pub(super) struct Trial {
    pub(super) id: u64,
    line: Rc<Line>,
    tried: Option<what_if::Trial>,
    view: TrialView,
}

impl Trial {
    /// Counts rows at once; prefixes and sizes follow in steps. `before` is a trial on the same
    /// file.
    pub(super) fn new(id: u64, file: &OpenedFile, at: i64, before: Option<&Self>) -> Self {
        let history = file.history();
        let mut trial = Self {
            id,
            line: Rc::default(),
            tried: None,
            view: TrialView {
                at,
                lowest: history.compact_revision().saturating_add(1).max(1),
                highest: history.head(),
                kept_rows: history.retained_rows(),
                ..TrialView::default()
            },
        };
        let Some(etcd) = file.etcd() else {
            return trial;
        };
        trial.line = match before {
            Some(before) => before.line.clone(),
            None => Rc::new(Line::new(history, TombstoneRule::of(etcd, history))),
        };
        match what_if::Trial::new(etcd, history, at) {
            Ok(tried) => {
                let removed = trial.line.removed(at);
                let view = &mut trial.view;
                (view.rows, view.bytes, view.keys) = (removed.rows, removed.bytes, removed.keys);
                view.kept_rows = trial.line.kept_rows(at);
                view.breaks = breaks(tried.outcome(), at).into();
                view.breaks.extend(breaks_for_kubernetes(history, at));
                trial.tried = Some(tried);
            }
            // Where etcd would refuse, what a defrag alone would give back is told all the same.
            Err(error) => {
                trial.refuse(error);
                trial.tried = Some(what_if::Trial::defrag(etcd, history));
            }
        }
        trial
    }

    fn refuse(&mut self, error: TrialError) {
        self.view.refused = error.to_string();
    }

    pub(super) fn is_busy(&self) -> bool {
        self.tried.as_ref().is_some_and(what_if::Trial::is_busy)
    }

    /// Leaves the sizes unknown.
    pub(super) fn stop(&mut self) {
        if self.is_busy() {
            self.tried = None;
            self.view.note = "The sizes were not computed: it was stopped.".to_owned();
        }
    }

    /// Goes on with prefixes and sizes.
    pub(super) fn step(&mut self, file: &OpenedFile) {
        let Some(tried) = &mut self.tried else {
            return;
        };
        tried.step(file.history());
        let outcome = tried.outcome();
        let told = outcome.prefixes.iter().take(PREFIXES);
        self.view.prefixes = told
            .map(|loss| (bare_start(&loss.prefix), loss.rows, loss.bytes))
            .collect();
        self.view.sizes = outcome.sizes.map(|sizes| TrialSizes {
            now: sizes.now,
            defragged: sizes.defragged,
            compacted: sizes.compacted,
            freed: sizes.freed,
        });
        if let Some(trouble) = &outcome.trouble {
            self.view.note = trouble.to_string();
        }
    }

    pub(super) fn view(&self) -> TrialView {
        let busy = self.tried.as_ref().filter(|tried| tried.is_busy());
        TrialView {
            along: busy.map(what_if::Trial::progress),
            ..self.view.clone()
        }
    }
}
