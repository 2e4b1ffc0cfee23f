//! Lessons on the screen: the list with its progress, the lesson that is played, the stage, and
//! the editor.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Action, AppState, Key, Notice, Screen};
use crate::engine::{
    Checked, Envelope, LessonAnswer, LessonAt, LessonRequest, LessonSource, LessonTitle, Packed,
    Place, Qr, Request,
};
use crate::kv::Revision;

type Outbox = Vec<Envelope<Request>>;

/// The lesson that a frame shows when its address names none.
const FIRST: &str = "01-revision";

/// What a new lesson begins with.
const TEMPLATE: &str = "\
# My lesson
What it is about, in a sentence or two.

## The first step
What to know, and what to do. `code` and *emphasis* can be used.
run: etcdctl put foo bar
look: terminal, key foo
goal: value foo = bar
hint: Put foo with the value bar.
note: For the speaker only.
";

/// State of the lessons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonState {
    /// The lessons that come with the program; none before they were asked for.
    pub list: Option<Rc<Vec<LessonTitle>>>,
    /// How many steps of each lesson were done, by its name.
    pub progress: Rc<BTreeMap<String, u32>>,
    /// The lesson that is played.
    pub at: Option<Rc<LessonAt>>,
    /// How many hints of the step were asked for.
    pub hints: u32,
    /// Whether the step's solution is shown.
    pub is_solution_shown: bool,
    /// How it is played.
    pub stage: Stage,
    /// Whether the stage is dark, so that all eyes are on the speaker.
    pub is_black: bool,
    /// Whether the link's code is shown.
    pub is_qr_open: bool,
    /// The code, once it has come.
    pub qr: Option<Rc<Qr>>,
    /// The lesson that is being written.
    pub editor: Option<Editor>,
    check_id: u64,
}

/// How a lesson is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// By a learner, on the sandbox's screen.
    #[default]
    Off,
    /// To an audience, in large type.
    Window,
    /// In a frame of another page.
    Embed,
    /// In the speaker's own window, beside the audience's.
    Presenter,
}

/// A lesson that is being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Editor {
    /// Its text.
    pub text: Rc<str>,
    /// What is in it, once it was checked.
    pub checked: Option<Rc<Checked>>,
    /// The link that was asked for, or why there is none.
    pub link: Option<Result<String, String>>,
}

/// What can happen to lessons.
#[derive(Clone, Debug, PartialEq)]
pub enum LessonAction {
    /// The page is up: how it is used, and what the browser kept.
    Start {
        /// How lessons are played here.
        stage: Stage,
        /// What [`LessonState::kept`] wrote.
        kept: Option<String>,
    },
    /// Play a lesson from a step on.
    Play(LessonSource, u32),
    /// One place on: the step's command, then the next step.
    Next,
    /// One place back.
    Previous,
    /// To a step, from 0.
    GoTo(u32),
    /// To where another window is.
    Follow {
        /// The link there.
        fragment: String,
        /// Whether the step's command has run.
        is_done: bool,
        /// Whether it is dark.
        is_black: bool,
    },
    /// Start the step again.
    Again,
    /// Type what the step asks for.
    TypeIt,
    /// Show the next hint.
    Hint,
    /// Show the solution.
    ShowSolution,
    /// Back to the sandbox as it was.
    Leave,
    /// Play it in large type, or no more.
    SetStage(Stage),
    /// Dark or not.
    Black,
    /// Show the code of the page's address at this step, or put it away.
    Qr(Option<String>),
    /// Write a lesson, beginning with a text; none: with a template.
    Edit(Option<String>),
    /// Write a lesson, beginning with one that comes with the program.
    EditCopy(String),
    /// The text is now this.
    Edited(String),
    /// Play what is written.
    PlayEdited,
    /// A link that carries what is written.
    CopyLink,
    /// Back to the list.
    CloseEditor,
}

impl LessonState {
    /// Progress as text to keep: `1 NAME=STEPS NAME=STEPS`.
    pub fn kept(&self) -> String {
        let mut text = String::from("1");
        for (name, steps) in &*self.progress {
            text.push_str(&format!(" {name}={steps}"));
        }
        text
    }

    /// Whether the page is only a lesson.
    pub fn is_staged(&self) -> bool {
        self.stage != Stage::Off
    }

    /// Steps of a lesson that were done.
    pub fn done(&self, name: &str) -> u32 {
        self.progress.get(name).copied().unwrap_or_default()
    }
}

/// Reads what [`LessonState::kept`] wrote; of another form or damaged is as nothing kept.
fn read_kept(text: &str) -> BTreeMap<String, u32> {
    let mut words = text.split(' ');
    if words.next() != Some("1") {
        return BTreeMap::new();
    }
    let entry = |word: &str| {
        let (name, steps) = word.split_once('=')?;
        Some((name.to_owned(), steps.parse().ok()?))
    };
    let mut kept = BTreeMap::new();
    // One by one: collecting would sort first, with a sort of its own in the page's program.
    for (name, steps) in words.filter_map(entry) {
        kept.insert(name, steps);
    }
    kept
}

impl AppState {
    pub(super) fn act_on_lesson(&mut self, action: LessonAction, outbox: &mut Outbox) {
        let lesson = &mut self.lesson;
        match action {
            LessonAction::Start { stage, kept } => {
                lesson.stage = stage;
                lesson.progress = Rc::new(kept.as_deref().map(read_kept).unwrap_or_default());
            }
            LessonAction::Play(source, step) => self.play_lesson(source, step, outbox),
            LessonAction::Next => self.step_lesson(true, outbox),
            LessonAction::Previous => self.step_lesson(false, outbox),
            LessonAction::GoTo(step) => self.go_to(step, false, outbox),
            LessonAction::Follow {
                fragment,
                is_done,
                is_black,
            } => {
                // Only windows of a talk follow each other.
                if !matches!(lesson.stage, Stage::Window | Stage::Presenter) {
                    return;
                }
                lesson.is_black = is_black;
                let is_here = |at: &LessonAt| at.link == fragment && at.place.is_done == is_done;
                if !lesson.at.as_deref().is_some_and(is_here) {
                    self.ask_lesson(LessonRequest::Follow { fragment, is_done }, outbox);
                }
            }
            LessonAction::Again => {
                if let Some(at) = &lesson.at {
                    let place = Place {
                        step: at.place.step,
                        is_done: false,
                    };
                    let as_written = true;
                    self.ask_lesson(LessonRequest::Go { place, as_written }, outbox);
                }
            }
            LessonAction::TypeIt => {
                let lines = lesson.at.as_ref().map(|at| at.shown.solution.clone());
                for line in lines.unwrap_or_default() {
                    self.act(Action::RunLine(line), outbox);
                }
            }
            LessonAction::Hint => lesson.hints += 1,
            LessonAction::ShowSolution => lesson.is_solution_shown = true,
            LessonAction::Leave => {
                if lesson.stage != Stage::Embed {
                    lesson.stage = Stage::Off;
                    self.ask_lesson(LessonRequest::Leave, outbox);
                }
            }
            LessonAction::SetStage(stage) => {
                (lesson.stage, lesson.is_black, lesson.is_qr_open) = (stage, false, false);
            }
            LessonAction::Black => lesson.is_black = !lesson.is_black,
            LessonAction::Qr(text) => {
                (lesson.is_qr_open, lesson.qr) = (text.is_some(), None);
                if let Some(text) = text {
                    self.ask_lesson(LessonRequest::Qr { text }, outbox);
                }
            }
            LessonAction::Edit(text) => {
                let text = text.unwrap_or_else(|| TEMPLATE.to_owned());
                self.screen = Screen::Lessons;
                self.edit(text, outbox);
            }
            LessonAction::EditCopy(name) => {
                self.ask_lesson(LessonRequest::Read { name }, outbox);
            }
            LessonAction::Edited(text) => self.edit(text, outbox),
            LessonAction::PlayEdited => {
                if let Some(editor) = &lesson.editor {
                    let source = LessonSource::Text(editor.text.to_string());
                    self.play_lesson(source, 0, outbox);
                }
            }
            LessonAction::CopyLink => {
                if let Some(editor) = &mut lesson.editor {
                    editor.link = None;
                    let text = editor.text.to_string();
                    self.ask_lesson(LessonRequest::Link { text }, outbox);
                }
            }
            LessonAction::CloseEditor => lesson.editor = None,
        }
    }

    /// The engine answered about lessons.
    pub(super) fn answer_lesson(
        &mut self,
        id: u64,
        answer: &Packed<LessonAnswer>,
        outbox: &mut Outbox,
    ) {
        // Of another build: the first message of a worker has been checked for that.
        let Ok(answer) = answer.read() else {
            return;
        };
        let lesson = &mut self.lesson;
        match answer {
            LessonAnswer::List(list) => lesson.list = Some(Rc::new(list)),
            LessonAnswer::At(at) => self.show_lesson(*at, outbox),
            LessonAnswer::Refused(why) => {
                if lesson.at.is_none() {
                    lesson.stage = Stage::Off;
                }
                self.session.notice = Some(Notice::warning(why));
            }
            LessonAnswer::Text { text, .. } => self.edit(text, outbox),
            LessonAnswer::Checked(checked) => {
                if let Some(editor) = lesson.editor.as_mut().filter(|_| lesson.check_id == id) {
                    editor.checked = Some(Rc::new(*checked));
                }
            }
            LessonAnswer::Link(link) => {
                if let Some(editor) = &mut lesson.editor {
                    editor.link = Some(link);
                }
            }
            LessonAnswer::Qr(qr) => lesson.qr = qr.map(|qr| Rc::new(*qr)),
        }
    }

    /// The visitor's own session is shown again.
    pub(super) fn leave_lesson(&mut self) {
        self.lesson.at = None;
        self.sandbox.looked = Rc::default();
    }

    /// Opens the lesson again where it stood, in another engine.
    pub(super) fn reopen_lesson(&mut self, outbox: &mut Outbox) {
        if let Some(at) = self.lesson.at.clone() {
            let place = Place {
                step: at.place.step,
                is_done: false,
            };
            let source = at.source.clone();
            self.ask_lesson(LessonRequest::Open { source, place }, outbox);
        }
    }

    /// What the lessons' screen needs.
    pub(super) fn ask_lessons(&mut self, outbox: &mut Outbox) {
        if self.lesson.list.is_none() {
            self.ask_lesson(LessonRequest::List, outbox);
        }
    }

    /// A key of the stage: a clicker's, or the speaker's.
    pub(super) fn press_on_stage(&mut self, key: Key, outbox: &mut Outbox) {
        let action = match key {
            Key::PageDown | Key::Space | Key::Right | Key::Down | Key::Char('n') => {
                LessonAction::Next
            }
            Key::PageUp | Key::Left | Key::Up | Key::Char('p') => LessonAction::Previous,
            Key::Home => LessonAction::GoTo(0),
            Key::End => LessonAction::GoTo(u32::MAX),
            Key::Char('b' | '.') => LessonAction::Black,
            Key::Escape if self.lesson.is_black => LessonAction::Black,
            Key::Escape if self.lesson.is_qr_open => LessonAction::Qr(None),
            Key::Escape if self.lesson.stage == Stage::Window => LessonAction::SetStage(Stage::Off),
            Key::Escape | Key::Char(_) => return,
        };
        // A dark stage shows itself again before it goes on.
        let action = match action {
            LessonAction::Next | LessonAction::Previous if self.lesson.is_black => {
                LessonAction::Black
            }
            action => action,
        };
        self.act_on_lesson(action, outbox);
    }

    fn play_lesson(&mut self, source: LessonSource, step: u32, outbox: &mut Outbox) {
        let place = Place {
            step,
            is_done: false,
        };
        self.ask_lesson(LessonRequest::Open { source, place }, outbox);
    }

    /// One place on or back. On stage every place is as the lesson has it; a learner keeps what
    /// he typed.
    fn step_lesson(&mut self, forward: bool, outbox: &mut Outbox) {
        let Some(at) = &self.lesson.at else {
            return;
        };
        let Place { step, is_done } = at.place;
        let is_staged = self.lesson.is_staged();
        let has_command = !at.shown.solution.is_empty();
        let (step, is_done) = match forward {
            true if is_staged && has_command && !is_done => (step, true),
            true if step + 1 < at.steps => (step + 1, false),
            true if !is_staged => {
                return self.act_on_lesson(LessonAction::Leave, outbox);
            }
            false if is_staged && has_command && is_done => (step, false),
            false if step > 0 => (step - 1, is_staged),
            _ => return,
        };
        self.go_to(step, is_done, outbox);
    }

    fn go_to(&mut self, step: u32, is_done: bool, outbox: &mut Outbox) {
        let place = Place { step, is_done };
        let as_written = self.lesson.is_staged();
        self.ask_lesson(LessonRequest::Go { place, as_written }, outbox);
    }

    fn edit(&mut self, text: String, outbox: &mut Outbox) {
        let editor = self.lesson.editor.get_or_insert_default();
        editor.text = text.as_str().into();
        editor.link = None;
        self.lesson.check_id = self.ask_lesson(LessonRequest::Check { text }, outbox);
    }

    /// The lesson stands somewhere, perhaps elsewhere than before.
    fn show_lesson(&mut self, at: LessonAt, outbox: &mut Outbox) {
        let lesson = &mut self.lesson;
        let before = lesson.at.as_ref();
        let is_same = before.is_some_and(|before| before.source == at.source);
        let is_new_step = !is_same || before.is_some_and(|b| b.place.step != at.place.step);
        if is_new_step {
            (lesson.hints, lesson.is_solution_shown) = (0, false);
            (lesson.is_qr_open, lesson.qr) = (false, None);
        }
        if !is_same {
            self.screen = Screen::Sandbox;
            self.session.is_open = false;
            self.session.notice = None;
        }
        if let LessonSource::Named(name) = &at.source {
            let done = at.place.step + u32::from(at.place.is_done);
            if done > lesson.done(name) {
                Rc::make_mut(&mut lesson.progress).insert(name.clone(), done);
            }
        }
        self.sandbox.looked = Rc::new(at.shown.keys.clone());
        let head = self.sandbox.head();
        if let Some(main) = at.shown.revision.filter(|main| *main <= head) {
            let is_shown = self.sandbox.selected.map(|at| at.main) == Some(main);
            if !is_shown {
                self.act(Action::Select(Revision::new(main, 0)), outbox);
            }
        }
        self.lesson.at = Some(Rc::new(at));
    }

    fn ask_lesson(&mut self, request: LessonRequest, outbox: &mut Outbox) -> u64 {
        if self.broken.is_some() {
            return 0;
        }
        self.ask(outbox, Request::Lesson(request))
    }
}

/// The lesson that a frame shows when its address names none.
pub fn first_lesson() -> LessonSource {
    LessonSource::Named(FIRST.to_owned())
}
