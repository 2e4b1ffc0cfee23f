//! From an action to the next state and the requests it needs.

use super::{
    Action, AppState, DocState, Key, LaneAction, Loading, Look, MemberAction, ObjectAction,
    ObjectState, PlayAction, Screen, SessionAction, Studied, Tab, Terminal,
};
use crate::engine::{Doc, Envelope, Phase, Request};
use crate::kv::Revision;
use crate::session::terminals;
use crate::timeline::Motion;

type Outbox = Vec<Envelope<Request>>;

/// How many rows or keys are asked for at once.
const WINDOW: u32 = 120;

/// A function, given as a pointer (`Self::act_on_look as fn(&mut Self, _, _)`), that is not known
/// before it is called: so that it stays in the part of the program that is loaded later, and is
/// not copied to where it is called.
pub(super) fn later<F>(function: F) -> F {
    std::hint::black_box(function)
}

impl AppState {
    /// The next state, and what to ask the engine.
    pub fn apply(mut self, action: Action) -> (Self, Outbox) {
        let mut outbox = Vec::new();
        self.act(action, &mut outbox);
        if self.file.is_gone {
            outbox.retain(|envelope| !envelope.body.is_of_file());
        }
        (self, outbox)
    }

    pub(super) fn act(&mut self, action: Action, outbox: &mut Outbox) {
        match action {
            Action::Started { build } => {
                self.build.clone_from(&build);
                self.ask(outbox, Request::Hello { build });
            }
            Action::Answered(envelope) => self.answer(envelope, outbox),
            Action::EngineBroke(text) => {
                // The first text is the cause; what follows comes from it.
                self.broken.get_or_insert(text);
                self.loading = None;
                self.terminal.running.clear();
            }
            Action::Go(screen) => {
                self.screen = screen;
                self.object.is_open = false;
                self.is_help_open = false;
                match screen {
                    Screen::Lessons => self.ask_lessons(outbox),
                    _ => self.refresh(self.doc(), Motion::View, outbox),
                }
            }
            Action::SetTheme(theme) => self.theme = theme,
            Action::Typed(_)
            | Action::Submit
            | Action::RunLine(_)
            | Action::Offer(_)
            | Action::OlderLine
            | Action::NewerLine
            | Action::Complete
            | Action::ClearTerminal => self.act_on_terminal(action, outbox),
            Action::Split => self.split(self.second.is_none()),
            Action::Second(action) => self.act_in_second(*action, outbox),
            Action::Undo => {
                self.ask(outbox, Request::Undo);
            }
            Action::Redo => {
                self.ask(outbox, Request::Redo);
            }
            Action::Reset => {
                self.ask(outbox, Request::Reset);
            }
            Action::Session(action) => self.act_on_session(action, outbox),
            Action::Lesson(action) => self.act_on_lesson(action, outbox),
            Action::Object(action) => {
                later(Self::act_on_object as fn(&mut Self, _, _))(self, action, outbox)
            }
            Action::Study(action) => {
                later(Self::act_on_study as fn(&mut Self, _, _))(self, action, outbox)
            }
            Action::OpenFile { name, size } => {
                let request = Request::Open { name: name.clone() };
                self.chosen = Some((name.clone(), size));
                self.open(outbox, request, name, size);
            }
            Action::OpenLess { name, size } => {
                let request = Request::Open { name: name.clone() };
                self.open(outbox, request, name, size);
                if let Some(loading) = &mut self.loading {
                    loading.is_less = true;
                }
            }
            Action::OpenSample => {
                self.chosen = None;
                self.open(
                    outbox,
                    Request::OpenSample,
                    "the sample file".to_string(),
                    0,
                );
            }
            Action::CancelOpen => {
                if self.broken.is_some() {
                    self.loading = None;
                } else if let Some(loading) = &mut self.loading {
                    loading.is_cancelling = true;
                    self.ask(outbox, Request::Cancel);
                }
            }
            Action::OpenMember(member) => {
                let member = Some(member);
                self.reopen(Request::Reopen { member, meta: None }, outbox);
            }
            Action::OpenMeta(meta) => {
                self.reopen(Request::Reopen { member: None, meta }, outbox);
            }
            Action::StopBackground => {
                self.ask(outbox, Request::Cancel);
            }
            Action::ShowTab(_)
            | Action::ShowGhosts(_)
            | Action::OpenBucket(_)
            | Action::ShowItems(_)
            | Action::SelectItem(_)
            | Action::ShowPages(_)
            | Action::SelectPage(_)
            | Action::ShowFossils(_) => {
                later(Self::act_on_look as fn(&mut Self, _, _))(self, action, outbox)
            }
            Action::CloseFile => {
                self.look = Look::default();
                self.object = ObjectState::default();
                self.study = Studied::default();
                self.file = DocState {
                    view: self.file.view,
                    ..DocState::default()
                };
                self.ask(outbox, Request::Close);
            }
            Action::Dismiss => self.failure = None,
            Action::Dragging(is_dragging) => self.is_dragging = is_dragging,
            Action::Play(action) => self.act_on_play(action, outbox),
            Action::Member(action) => self.act_on_member(action, outbox),
            Action::Settled => self.current_mut().moving = None,
            Action::ToggleHelp => self.is_help_open = !self.is_help_open,
            Action::ToggleTable => self.is_table_open = !self.is_table_open,
            Action::Pressed(key) => self.press(key, outbox),
            Action::Resized { .. }
            | Action::Zoom { .. }
            | Action::Pan(_)
            | Action::Scroll(_)
            | Action::CentreOn(_)
            | Action::ShowRange(..)
            | Action::Fit
            | Action::FocusSelected => self.move_view(&action, outbox),
            Action::Select(revision) => self.select(revision, outbox),
            Action::Deselect => {
                let document = self.current_mut();
                document.selected = None;
                document.detail = None;
            }
            Action::StepInLane(by) => self.step_in_lane(by, outbox),
            Action::Lanes(action) => self.act_on_lanes(action, outbox),
            Action::SetPlayhead(rev) => {
                let document = self.current_mut();
                document.playhead = Some(rev.clamp(1, document.head()));
                self.follow_playhead(outbox);
                self.refresh_objects(outbox);
            }
            Action::MovePlayhead(by) => {
                let document = self.current_mut();
                let rev = document.as_of().saturating_add(by);
                document.playhead = Some(rev.clamp(1, document.head()));
                self.follow_playhead(outbox);
                self.refresh_objects(outbox);
            }
            Action::ReleasePlayhead => {
                self.current_mut().playhead = None;
                self.follow_mark(outbox);
                self.refresh_objects(outbox);
            }
            Action::ShowRows(first) => self.ask_rows(self.doc(), first, outbox),
            Action::ShowIndex(first) => self.ask_index(self.doc(), first, outbox),
        }
    }

    /// What is marked grows with the playhead, and the keys' values then are asked for.
    fn follow_playhead(&mut self, outbox: &mut Outbox) {
        self.follow_mark(outbox);
        self.ask_scene(self.doc(), Motion::Still, outbox);
    }

    fn act_on_terminal(&mut self, action: Action, outbox: &mut Outbox) {
        let terminal = &mut self.terminal;
        // An answer to a completion is for the line as it was.
        terminal.complete_id = None;
        match action {
            Action::Typed(input) => {
                terminal.input = input;
                terminal.recalled = None;
                terminal.candidates.clear();
            }
            Action::Submit => {
                let line = std::mem::take(&mut terminal.input);
                self.run(line, outbox);
            }
            Action::RunLine(line) => self.run(line, outbox),
            Action::Offer(line) => terminal.input = line,
            Action::OlderLine => terminal.recall(true),
            Action::NewerLine => terminal.recall(false),
            Action::Complete => {
                let line = terminal.input.clone();
                let id = self.ask(outbox, Request::Complete { line });
                self.terminal.complete_id = Some(id);
            }
            Action::ClearTerminal => terminal.cleared = terminal.entries.len(),
            _ => {}
        }
    }

    /// Opens or closes the second terminal.
    pub(super) fn split(&mut self, is_split: bool) {
        self.terminal.number = u8::from(is_split);
        self.terminal.recalled = None;
        self.second = is_split.then(|| Terminal {
            number: 2,
            ..Terminal::default()
        });
    }

    fn act_in_second(&mut self, action: Action, outbox: &mut Outbox) {
        if matches!(action, Action::Split) {
            return self.split(false);
        }
        let Some(mut second) = self.second.take() else {
            return;
        };
        self.terminal.swap(&mut second);
        self.act(action, outbox);
        self.terminal.swap(&mut second);
        self.second = Some(second);
    }

    fn run(&mut self, line: String, outbox: &mut Outbox) {
        self.terminal = Terminal {
            recalled: None,
            draft: String::new(),
            candidates: Vec::new(),
            ..std::mem::take(&mut self.terminal)
        };
        if line.trim() == "clear" {
            self.terminal.cleared = self.terminal.entries.len();
        } else if !line.trim().is_empty() && self.broken.is_none() {
            let line = terminals::join(self.terminal.number, &line);
            self.terminal.running.push(line.clone());
            self.ask(outbox, Request::Run { line });
        }
    }

    fn open(&mut self, outbox: &mut Outbox, request: Request, name: String, size: u64) {
        self.is_dragging = false;
        if self.broken.is_some() {
            return;
        }
        self.screen = Screen::File;
        self.failure = None;
        let id = self.ask(outbox, request);
        self.loading = Some(Loading {
            id,
            name,
            size,
            phase: Phase::Reading,
            done: 0,
            total: 0,
            is_cancelling: false,
            is_less: false,
        });
    }

    fn escape(&self) -> Action {
        if self.failure.is_some() {
            Action::Dismiss
        } else if self.current().lane.area.is_some() {
            Action::Lanes(LaneAction::Mark(None))
        } else if self.current().selected.is_some() {
            Action::Deselect
        } else {
            Action::ReleasePlayhead
        }
    }

    /// Opens the file that came last otherwise: another member, another meta.
    fn reopen(&mut self, request: Request, outbox: &mut Outbox) {
        let failed = self.failure.as_ref().map(|failure| failure.name.clone());
        let opened = self.file.summary.as_ref();
        let size = opened
            .and_then(|summary| summary.file.as_ref())
            .map_or(0, |file| file.size);
        let opened = opened.map(|summary| summary.name.clone());
        if let Some(name) = failed.or(opened) {
            self.open(outbox, request, name, size);
        }
    }

    fn press(&mut self, key: Key, outbox: &mut Outbox) {
        if self.lesson.is_staged() && self.lesson.at.is_some() {
            return self.press_on_stage(key, outbox);
        }
        let action = match key {
            Key::Char('?') => Action::ToggleHelp,
            Key::Escape if self.is_help_open => Action::ToggleHelp,
            // The sheet of keys covers the page; nothing moves behind it.
            _ if self.is_help_open => return,
            Key::Escape if self.session.is_open => Action::Session(SessionAction::Toggle),
            // The other parts of an opened file have keys of their own.
            Key::Escape if self.object.is_open => Action::Object(ObjectAction::Open(false)),
            Key::Escape => self.escape(),
            Key::Char(c @ (',' | '.')) if self.is_object_shown() => {
                Action::Object(ObjectAction::Step(if c == '.' { 1 } else { -1 }))
            }
            // It covers the page.
            _ if self.object.is_open => return,
            _ if self.screen == Screen::File && self.look.tab != Tab::Timeline => return,
            _ if self.screen == Screen::Lessons => return,
            Key::Space | Key::Char('n' | 'r' | 'g') if self.screen == Screen::File => return,
            Key::Space => Action::Play(PlayAction::Toggle),
            Key::Char('g') => Action::Member(MemberAction::Show(!self.member.is_shown)),
            Key::Char('n') => Action::Play(PlayAction::Step(1)),
            Key::Char('r') => Action::Play(PlayAction::Replay),
            Key::Char('[') => Action::Undo,
            Key::Char(']') => Action::Redo,
            Key::Char('w' | '+' | '=') => Action::Zoom {
                factor: 1.5,
                at: 0.5,
            },
            Key::Char('s' | '-') => Action::Zoom {
                factor: 1.0 / 1.5,
                at: 0.5,
            },
            Key::Char('a') => Action::Pan(-0.2),
            Key::Char('d') => Action::Pan(0.2),
            Key::Char('0') => Action::Fit,
            Key::Char('f') => Action::FocusSelected,
            Key::Char('.') => Action::StepInLane(1),
            Key::Char(',') => Action::StepInLane(-1),
            Key::Char('t') => Action::ToggleTable,
            Key::Char('o') => Action::Lanes(LaneAction::TurnChosen),
            Key::Char('p') => Action::Lanes(LaneAction::PinChosen),
            Key::Char('m') => Action::Lanes(LaneAction::MarkHere),
            Key::Char('/') => Action::Lanes(LaneAction::FindLane),
            Key::Up => Action::Lanes(LaneAction::Walk(-1)),
            Key::Down => Action::Lanes(LaneAction::Walk(1)),
            Key::Left => Action::MovePlayhead(-1),
            Key::Right => Action::MovePlayhead(1),
            Key::Home => Action::SetPlayhead(1),
            Key::End => Action::ReleasePlayhead,
            Key::PageDown | Key::PageUp => return,
            Key::Char(_) => return,
        };
        self.act(action, outbox);
    }

    pub(super) fn select(&mut self, revision: Revision, outbox: &mut Outbox) {
        let doc = self.doc();
        let id = self.ask(outbox, Request::Inspect { doc, revision });
        let document = self.document_mut(doc);
        document.selected = Some(revision);
        document.detail_id = id;
        if doc == Doc::Sandbox {
            self.refresh_member(outbox);
        }
    }

    fn step_in_lane(&mut self, by: i8, outbox: &mut Outbox) {
        if self.step_in_folded(by, outbox) {
            return;
        }
        let document = self.current();
        let next = match (&document.detail, by > 0) {
            (Some(detail), true) => detail.next,
            (Some(detail), false) => detail.previous,
            // Nothing is selected: begin with the first or the last change in view.
            (None, forward) => document.scene.as_ref().and_then(|scene| {
                let revisions = scene.marks.iter().map(|m| Revision::new(m.main, m.sub));
                if forward {
                    revisions.min()
                } else {
                    revisions.max()
                }
            }),
        };
        if let Some(revision) = next {
            self.select(revision, outbox);
            self.reveal(revision, outbox);
        }
    }

    /// Moves the view if a revision is outside of it.
    pub(super) fn reveal(&mut self, revision: Revision, outbox: &mut Outbox) {
        let document = self.current_mut();
        let viewport = document.viewport();
        let (from, to) = viewport.visible();
        if !(from..=to).contains(&revision.main) {
            let centred = viewport.centred(revision.main, document.head());
            document.view.viewport = Some(centred);
            document.camera = Some(centred);
            document.glide += 1;
            self.ask_scene(self.doc(), Motion::Still, outbox);
        }
    }

    pub(super) fn current_mut(&mut self) -> &mut DocState {
        self.document_mut(self.doc())
    }

    /// Asks for everything that a history's part of the screen shows.
    pub(super) fn refresh(&mut self, doc: Doc, motion: Motion, outbox: &mut Outbox) {
        if self.document(doc).summary.is_none() {
            return;
        }
        self.ask_scene(doc, motion, outbox);
        let rows = &self.document(doc).rows;
        let (first_row, first_key) = (rows.first, self.document(doc).index.first);
        self.ask_rows(doc, first_row, outbox);
        self.ask_index(doc, first_key, outbox);
        if let Some(revision) = self.document(doc).selected {
            let id = self.ask(outbox, Request::Inspect { doc, revision });
            self.document_mut(doc).detail_id = id;
        }
    }

    /// Whether fossils are in the picture of a history.
    pub(super) fn are_fossils_drawn(&self, doc: Doc) -> bool {
        doc == Doc::File && self.look.are_ghosts_shown
    }

    pub(super) fn ask_scene(&mut self, doc: Doc, motion: Motion, outbox: &mut Outbox) {
        let view = self.document(doc).view;
        if view.width_px <= 0.0 || self.document(doc).summary.is_none() {
            return;
        }
        // One picture is on its way at a time: a hand that drags asks faster than a large history
        // is laid out, and answers that come too late would never be shown.
        let document = self.document_mut(doc);
        if matches!(motion, Motion::Change | Motion::Compaction) {
            // The motion moves the view itself.
            document.camera = None;
        }
        if document.is_scene_asked {
            document.wanted_motion = Some(motion);
            return;
        }
        document.is_scene_asked = true;
        let fossils = self.are_fossils_drawn(doc);
        let lanes = self.document(doc).lanes.clone();
        let request = Request::Layout {
            doc,
            view,
            lanes,
            fossils,
            as_of: self.document(doc).playhead,
        };
        let id = self.ask(outbox, request);
        let document = self.document_mut(doc);
        document.scene_id = id;
        document.next_motion = motion;
    }

    pub(super) fn ask_rows(&mut self, doc: Doc, first: u64, outbox: &mut Outbox) {
        let request = Request::Rows {
            doc,
            first,
            count: WINDOW,
        };
        let id = self.ask(outbox, request);
        self.document_mut(doc).rows_id = id;
    }

    pub(super) fn ask_index(&mut self, doc: Doc, first: u64, outbox: &mut Outbox) {
        let request = Request::Index {
            doc,
            first,
            count: WINDOW,
        };
        let id = self.ask(outbox, request);
        self.document_mut(doc).index_id = id;
    }
}
