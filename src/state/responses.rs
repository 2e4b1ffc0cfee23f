//! From an answer of the engine to the next state.

use std::rc::Rc;

use super::apply::later;
use super::{AppState, DocState, LaneState, Look, Moving, ObjectState, Studied, Window};
use crate::engine::{Doc, Effect, Entry, Envelope, Phase, Request, Response};
use crate::session::terminals;
use crate::timeline::{Motion, Scene};

/// How many rows are listed above one that was jumped to.
const ROWS_ABOVE: u64 = 40;

type Outbox = Vec<Envelope<Request>>;

impl AppState {
    pub(super) fn answer(&mut self, envelope: Envelope<Response>, outbox: &mut Outbox) {
        let Envelope { id, body } = envelope;
        if self.is_late(id) {
            return;
        }
        match body {
            Response::Hello { build } => {
                self.note_greeting();
                if build != self.build {
                    self.broken = Some(format!(
                        "page {} and engine {build} come from different builds",
                        self.build
                    ));
                }
            }
            Response::Ran {
                entry,
                effect,
                session,
                summary,
            } => {
                if !self.terminal.running.is_empty() {
                    self.terminal.running.remove(0);
                }
                if !session.is_lesson {
                    self.note_line(&entry.line);
                }
                Rc::make_mut(&mut self.terminal.entries).push(entry);
                self.terminal.session = *session;
                self.sandbox.summary = Some(*summary);
                self.after_effect(*effect, outbox);
            }
            Response::Restored {
                entries,
                effect,
                session,
                summary,
                shown,
            } => {
                if !session.is_lesson {
                    self.leave_lesson();
                    self.show_session(id, *shown);
                }
                let is_ahead = entries.len() == self.terminal.entries.len() + 1
                    && entries.starts_with(&self.terminal.entries);
                self.terminal.cleared = self.terminal.cleared.min(entries.len());
                let is_second = |entry: &Entry| terminals::split(&entry.line).0 > 1;
                if self.second.is_none() && entries.iter().any(is_second) {
                    self.split(true);
                }
                if let Some(second) = &mut self.second {
                    second.cleared = second.cleared.min(entries.len());
                    second.recalled = None;
                }
                self.terminal.entries = Rc::new(entries);
                self.terminal.session = *session;
                self.terminal.recalled = None;
                self.sandbox = DocState {
                    // Something to look at from the start.
                    selected: summary.last,
                    summary: Some(*summary),
                    playhead: None,
                    detail: None,
                    rows: Window::default(),
                    index: Window::default(),
                    ..std::mem::take(&mut self.sandbox)
                };
                self.sandbox.view.viewport = None;
                self.sandbox.camera = None;
                self.sandbox.lane = LaneState::default();
                let is_ahead = is_ahead && self.session.link_view.is_none();
                // One line further is that line being run; everything else is a cut.
                if is_ahead && !effect.beats.is_empty() {
                    return self.after_effect(*effect, outbox);
                }
                self.cut(&effect);
                self.sandbox.effect = *effect;
                if let Some(view) = self.session.link_view.take() {
                    view.show(&mut self.sandbox);
                }
                self.refresh(Doc::Sandbox, Motion::View, outbox);
                self.refresh_member(outbox);
            }
            Response::Progress { phase, done, total } => {
                if let Some(loading) = self.loading.as_mut().filter(|loading| loading.id == id) {
                    (loading.phase, loading.done, loading.total) = (phase, done, total);
                }
            }
            Response::Glimpse {
                done,
                total,
                summary,
                sums,
            } => {
                if let Some(loading) = self.loading.as_mut().filter(|loading| loading.id == id) {
                    (loading.phase, loading.done, loading.total) = (Phase::Records, done, total);
                    later(Self::take_glimpse as fn(&mut Self, _, _, _))(self, id, *summary, &sums);
                }
            }
            Response::Opened { summary } => {
                let is_less = self.loading.as_ref().is_some_and(|loading| loading.is_less);
                if self.take_loading(id) {
                    self.look = Look::of(&summary);
                    self.object = ObjectState::default();
                    self.study = Studied::default();
                    self.file = DocState {
                        selected: summary.last,
                        summary: Some(*summary),
                        opened_by: id,
                        view: self.file.view,
                        ..DocState::default()
                    };
                    self.file.view.viewport = None;
                    self.file.view.scroll_px = 0.0;
                    self.refresh(Doc::File, Motion::Still, outbox);
                    if is_less {
                        self.ask(outbox, Request::Cancel);
                    }
                    later(Self::refresh_look as fn(&mut Self, _))(self, outbox);
                }
            }
            Response::Background { phase, done, total } => {
                if self.file.summary.is_some() && self.file.opened_by == id {
                    self.look.background = Some((phase, done, total));
                }
            }
            Response::Checked { summary } => {
                if self.file.summary.is_some() && self.file.opened_by == id {
                    self.file.summary = Some(*summary);
                    self.look.background = None;
                    later(Self::refresh_look as fn(&mut Self, _))(self, outbox);
                }
            }
            Response::Tree { .. }
            | Response::Items { .. }
            | Response::Item { .. }
            | Response::Map { .. }
            | Response::Page { .. }
            | Response::Fossils { .. } => {
                later(Self::take_look as fn(&mut Self, _, _, _))(self, id, body, outbox)
            }
            Response::Refused(failure) => {
                if self.take_loading(id) {
                    self.failure = Some(failure);
                }
            }
            // Another file may be on its way already; that one goes on.
            Response::Cancelled => drop(self.loading.take_if(|loading| loading.is_cancelling)),
            Response::Closed => {}
            Response::Scene { doc, scene } => self.take_scene(id, doc, Rc::new(*scene), outbox),
            Response::Area { doc, area, sums } => {
                let lane = &mut self.document_mut(doc).lane;
                if lane.sums_id == id && lane.area == Some(area) {
                    lane.sums = Some(sums);
                }
            }
            Response::Stepped { doc, revision } => {
                if doc == self.doc() {
                    self.take_step(id, revision, outbox);
                }
            }
            Response::Picture { doc, drawn } => {
                let lane = &mut self.document_mut(doc).lane;
                if lane.leaving_id == id {
                    lane.leaving = lane.sheet.take().map(|sheet| (Rc::new(drawn), sheet));
                }
            }
            Response::Rows {
                doc,
                first,
                total,
                rows,
            } => {
                let document = self.document_mut(doc);
                if document.rows_id == id {
                    let items = Rc::new(rows);
                    document.rows = Window {
                        first,
                        total,
                        items,
                    };
                }
            }
            Response::Index {
                doc,
                first,
                total,
                keys,
            } => {
                let document = self.document_mut(doc);
                if document.index_id == id {
                    let items = Rc::new(keys);
                    document.index = Window {
                        first,
                        total,
                        items,
                    };
                }
            }
            Response::Detail { doc, detail } => {
                let document = self.document_mut(doc);
                if document.detail_id != id {
                    return;
                }
                document.detail = detail.map(|detail| Rc::new(*detail));
                if doc == self.doc() {
                    self.follow_object(outbox);
                }
                let document = self.document(doc);
                let index = document.detail.as_ref().map(|detail| detail.index);
                let is_row = document
                    .detail
                    .as_ref()
                    .is_some_and(|detail| detail.fossil.is_none());
                let index = index.filter(|index| is_row && !document.rows.covers(*index));
                if let Some(index) = index {
                    self.ask_rows(doc, index.saturating_sub(ROWS_ABOVE), outbox);
                }
            }
            Response::Member { pages } => self.take_member(id, *pages, outbox),
            Response::Kubernetes(answer) => {
                later(Self::take_object as fn(&mut Self, _, _))(self, id, &answer)
            }
            Response::Study(answer) => {
                later(Self::take_study as fn(&mut Self, _, _, _))(self, id, &answer, outbox)
            }
            Response::Session(answer) => self.answer_session(answer),
            Response::Lesson(answer) => {
                later(Self::answer_lesson as fn(&mut Self, _, _, _))(self, id, &answer, outbox);
            }
            Response::Completions { candidates } => {
                let others = self.second.iter_mut();
                let mut all = std::iter::once(&mut self.terminal).chain(others);
                if let Some(terminal) = all.find(|one| one.complete_id == Some(id)) {
                    terminal.complete(candidates);
                }
            }
        }
    }

    fn take_loading(&mut self, id: u64) -> bool {
        let is_ours = self
            .loading
            .as_ref()
            .is_some_and(|loading| loading.id == id);
        if is_ours {
            self.loading = None;
        }
        is_ours
    }

    /// A line has run: what it wrote is selected, what it did is shown in motion.
    fn after_effect(&mut self, effect: Effect, outbox: &mut Outbox) {
        let motion = if effect.compacted.is_some() {
            Motion::Compaction
        } else {
            Motion::Change
        };
        if effect.beats.is_empty() {
            if self.sandbox.scene.is_none() {
                self.refresh(Doc::Sandbox, motion, outbox);
            }
            return;
        }
        let has_rows = !effect.written.is_empty() || effect.compacted.is_some();
        if !has_rows {
            // No other picture follows that one half-way there could go on to.
            self.cut(&effect);
        }
        self.play(&effect);
        self.sandbox.effect = effect;
        if !has_rows && self.sandbox.scene.is_some() {
            // The picture may have been on its way from the line before.
            self.ask_scene(Doc::Sandbox, Motion::Still, outbox);
            return self.refresh_member(outbox);
        }
        if let Some(last) = self.sandbox.effect.written.last() {
            self.sandbox.selected = Some(*last);
            self.sandbox.playhead = None;
        }
        // Keep what was just written in sight.
        self.sandbox.view.viewport = None;
        self.refresh(Doc::Sandbox, motion, outbox);
        self.refresh_member(outbox);
    }

    fn take_scene(&mut self, id: u64, doc: Doc, scene: Rc<Scene>, outbox: &mut Outbox) {
        let document = self.document_mut(doc);
        if document.scene_id != id {
            return;
        }
        let motion = document.next_motion;
        let number = document
            .moving
            .as_ref()
            .map_or(id, |moving| moving.number + 1);
        let before = document.scene.take();
        let mut before = before.filter(|before| motion != Motion::Still && **before != *scene);
        document.follow_lanes(&scene);
        document.scene = Some(scene);
        if let Some(scene) = before.take_if(|_| doc == Doc::Sandbox && motion.is_operation()) {
            before = self.begin_picture(scene.clone(), motion).then_some(scene);
        }
        let document = self.document_mut(doc);
        document.moving = before.map(|before| Moving {
            before,
            motion,
            number: number.max(id),
        });
        document.is_scene_asked = false;
        if let Some(motion) = document.wanted_motion.take() {
            self.ask_scene(doc, motion, outbox);
        } else if doc == Doc::Sandbox {
            self.picture_is_back();
        }
    }
}
