//! A lesson that is played: on a session of its own, so that the visitor's stays as it is.
//!
//! A place in a lesson is a list of lines: those of the steps before it, then, once its command
//! has run, its own. Going there is running them, which gives the same bytes each time. A learner
//! who reached a step's goals with lines of his own keeps those, as long as the goals hold.

use super::Engine;
use super::protocol::Response;
use super::protocol::{
    Checked, LessonAnswer, LessonAt, LessonRequest, LessonSource, LessonTitle, Place, StepShown,
};
use super::qr::qr;
use super::sandbox::Sandbox;
use super::wire::Packed;
use crate::lesson::{Lesson, Look, Step, library, spans};
use crate::session::lesson_link::{self, Linked};
use crate::shell::{Ran, Shell};

/// A lesson and how far it was played.
pub(super) struct Playing {
    source: LessonSource,
    lesson: Lesson,
    /// Its link without a step; empty where it is too long for one.
    link: String,
    pub(super) sandbox: Sandbox,
    /// How many lines had run when each step up to this one began.
    marks: Vec<u32>,
    /// The present step.
    step: usize,
    is_done: bool,
}

/// The session that is shown: the lesson's while one is played, else the visitor's.
pub(super) fn session_of<'e>(lesson: &'e Option<Playing>, own: &'e Sandbox) -> &'e Sandbox {
    lesson.as_ref().map_or(own, |playing| &playing.sandbox)
}

impl Engine {
    /// The session that is shown.
    pub(super) fn active(&self) -> &Sandbox {
        session_of(&self.lesson, &self.sandbox)
    }

    /// The session that is shown.
    pub(super) fn active_mut(&mut self) -> &mut Sandbox {
        match &mut self.lesson {
            Some(playing) => &mut playing.sandbox,
            None => &mut self.sandbox,
        }
    }

    /// Runs a line where it was typed, and looks whether it reached a goal.
    pub(super) fn run(&mut self, line: &str, say: &mut dyn FnMut(Response)) {
        say(self.active_mut().run(line));
        if let Some(playing) = &mut self.lesson {
            playing.is_done |= playing.is_reached();
            say(playing.at());
        }
    }

    /// Starts the present step of the lesson again, as the lesson has it.
    pub(super) fn again(&mut self, say: &mut dyn FnMut(Response)) {
        let step = self.lesson.as_ref().map_or(0, |playing| playing.step);
        let place = Place {
            step: u32::try_from(step).unwrap_or_default(),
            is_done: false,
        };
        self.go(place, true, say);
    }

    pub(super) fn handle_lesson(&mut self, request: LessonRequest, say: &mut dyn FnMut(Response)) {
        let answer = match request {
            LessonRequest::List => LessonAnswer::List(list()),
            LessonRequest::Open { source, place } => return self.open_lesson(source, place, say),
            LessonRequest::Go { place, as_written } => return self.go(place, as_written, say),
            LessonRequest::Follow { fragment, is_done } => {
                return self.follow(&fragment, is_done, say);
            }
            LessonRequest::Leave => {
                self.lesson = None;
                return say(self.sandbox.restored(None));
            }
            LessonRequest::Read { name } => match library::find(&name) {
                Some(text) => LessonAnswer::Text {
                    name,
                    text: text.to_owned(),
                },
                None => LessonAnswer::Refused(no_such(&name)),
            },
            LessonRequest::Check { text } => LessonAnswer::Checked(Box::new(checked(&text))),
            LessonRequest::Link { text } => {
                let link = lesson_link::write(&Linked::Text(text));
                let link = link.map(|link| lesson_link::at(&link, 0));
                LessonAnswer::Link(link.map_err(|why| why.to_string()))
            }
            LessonRequest::Qr { text } => LessonAnswer::Qr(qr(&text).map(Box::new)),
        };
        say(Response::Lesson(Packed::new(&answer)));
    }

    /// Opens the lesson of a link; answers whether it was a lesson's.
    pub(super) fn open_lesson_link(
        &mut self,
        fragment: &str,
        say: &mut dyn FnMut(Response),
    ) -> bool {
        match lesson_link::read(fragment) {
            None => return false,
            Some(Ok((linked, step))) => {
                let place = Place {
                    step,
                    is_done: false,
                };
                self.open_lesson(source(linked), place, say);
            }
            Some(Err(why)) => {
                let why = format!("The lesson of this link could not be opened: {why}.");
                say(Response::Lesson(Packed::new(&LessonAnswer::Refused(why))));
            }
        }
        true
    }

    fn open_lesson(&mut self, source: LessonSource, place: Place, say: &mut dyn FnMut(Response)) {
        match Playing::new(source) {
            Ok(mut playing) => {
                playing.go_as_written(place, &mut |_| {});
                say(playing.sandbox.restored(None));
                say(playing.at());
                self.lesson = Some(playing);
            }
            Err(why) => say(Response::Lesson(Packed::new(&LessonAnswer::Refused(why)))),
        }
    }

    fn go(&mut self, place: Place, as_written: bool, say: &mut dyn FnMut(Response)) {
        if let Some(playing) = &mut self.lesson {
            playing.go(place, as_written, say);
            say(playing.at());
        }
    }

    fn follow(&mut self, fragment: &str, is_done: bool, say: &mut dyn FnMut(Response)) {
        match lesson_link::read(fragment) {
            Some(Ok((linked, step))) => {
                let (source, place) = (source(linked), Place { step, is_done });
                match self.lesson.as_ref().map(|playing| &playing.source) {
                    Some(same) if *same == source => self.go(place, true, say),
                    _ => self.open_lesson(source, place, say),
                }
            }
            _ => {
                self.open_lesson_link(fragment, say);
            }
        }
    }
}

impl Playing {
    fn new(source: LessonSource) -> Result<Self, String> {
        let (text, linked) = match &source {
            LessonSource::Named(name) => {
                let text = library::find(name).ok_or_else(|| no_such(name))?;
                (text, Linked::Named(name.clone()))
            }
            LessonSource::Text(text) => (text.as_str(), Linked::Text(text.clone())),
        };
        let lesson = Lesson::parse(text).map_err(|errors| {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            format!("The lesson has mistakes: {first}.")
        })?;
        Ok(Self {
            lesson,
            link: lesson_link::write(&linked).unwrap_or_default(),
            source,
            sandbox: Sandbox::for_lesson(),
            marks: vec![0],
            step: 0,
            is_done: false,
        })
    }

    fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.step)
    }

    /// Whether the present step's goals hold now.
    fn is_reached(&self) -> bool {
        let (shell, last) = self.sandbox.after_last();
        self.step().is_some_and(|step| step.is_reached(shell, last))
    }

    /// Whether nothing is asked for before the next step.
    fn is_read_only(&self) -> bool {
        let is_empty = |step: &Step| step.goals.is_empty() && step.solution.is_empty();
        self.step().is_some_and(is_empty)
    }

    fn go(&mut self, place: Place, as_written: bool, say: &mut dyn FnMut(Response)) {
        let step = self.bounded(place.step);
        let is_next = step == self.step + 1 && !place.is_done;
        if !as_written && is_next && (self.is_read_only() || self.is_reached()) {
            self.marks.truncate(step);
            self.marks.push(self.sandbox.tree().done());
            (self.step, self.is_done) = (step, false);
            return;
        }
        let own = self.marks.get(step).copied();
        if let (Some(lines), false, false) = (own, as_written, place.is_done) {
            self.sandbox.change(|tree| tree.step_to(lines));
            say(self.sandbox.restored(None));
            self.marks.truncate(step + 1);
            (self.step, self.is_done) = (step, false);
            return;
        }
        self.go_as_written(place, say);
    }

    /// Goes to a place by the lesson's own lines: on from here where they begin as what has run,
    /// else from the start.
    fn go_as_written(&mut self, place: Place, say: &mut dyn FnMut(Response)) {
        let step = self.bounded(place.step);
        let mut wanted = Vec::new();
        self.marks.clear();
        for (number, one) in self.lesson.steps.iter().enumerate().take(step + 1) {
            self.marks
                .push(u32::try_from(wanted.len()).unwrap_or_default());
            if number < step || place.is_done {
                wanted.extend(one.solution.iter().map(String::as_str));
            }
        }
        let ran = self.sandbox.tree().lines();
        let goes_on = wanted.starts_with(&ran);
        let ran = ran.len();
        if goes_on {
            for line in wanted.iter().skip(ran) {
                say(self.sandbox.run(line));
            }
        } else {
            let release = self.sandbox.tree().release().to_owned();
            self.sandbox
                .change(|tree| tree.begin(&release, None, &wanted));
            say(self.sandbox.restored(None));
        }
        (self.step, self.is_done) = (step, place.is_done);
    }

    fn bounded(&self, step: u32) -> usize {
        let last = self.lesson.steps.len().saturating_sub(1);
        usize::try_from(step).unwrap_or(usize::MAX).min(last)
    }

    /// Where the lesson stands.
    fn at(&self) -> Response {
        let after = self.sandbox.after_last();
        let shown = self.step().map(|step| shown(step, Some(after)));
        let next = self.lesson.steps.get(self.step + 1);
        let step = u32::try_from(self.step).unwrap_or_default();
        let link = match self.link.is_empty() {
            true => String::new(),
            false => lesson_link::at(&self.link, step),
        };
        Response::Lesson(Packed::new(&LessonAnswer::At(Box::new(LessonAt {
            source: self.source.clone(),
            title: self.lesson.title.clone(),
            about: paragraphs(&self.lesson.about),
            steps: u32::try_from(self.lesson.steps.len()).unwrap_or(u32::MAX),
            place: Place {
                step,
                is_done: self.is_done || self.is_read_only(),
            },
            shown: shown.unwrap_or_else(|| self::shown(&Step::default(), None)),
            next: next.map(|step| Box::new(self::shown(step, None))),
            link,
        }))))
    }
}

fn source(linked: Linked) -> LessonSource {
    match linked {
        Linked::Named(name) => LessonSource::Named(name),
        Linked::Text(text) => LessonSource::Text(text),
    }
}

fn no_such(name: &str) -> String {
    format!("There is no lesson {name} in this Revscope.")
}

fn list() -> Vec<LessonTitle> {
    let titled = |(name, text): &library::Entry| {
        let lesson = Lesson::parse(text).ok()?;
        Some(LessonTitle {
            name: (*name).to_owned(),
            title: lesson.title,
            about: spans(lesson.about.first().map_or("", String::as_str)),
            steps: u32::try_from(lesson.steps.len()).unwrap_or(u32::MAX),
        })
    };
    library::LESSONS.iter().filter_map(titled).collect()
}

fn checked(text: &str) -> Checked {
    let mut checked = Checked {
        errors: Vec::new(),
        title: String::new(),
        about: Vec::new(),
        steps: Vec::new(),
    };
    match Lesson::parse(text) {
        Ok(lesson) => {
            checked.steps = lesson.steps.iter().map(|step| shown(step, None)).collect();
            checked.about = paragraphs(&lesson.about);
            checked.title = lesson.title;
        }
        Err(errors) => {
            let errors = errors.into_iter();
            checked.errors = errors
                .map(|error| {
                    let text = format!("{}, expected {}", error.what, error.expected);
                    (error.line, error.column, text)
                })
                .collect();
        }
    }
    checked
}

fn paragraphs(texts: &[String]) -> Vec<Vec<super::Span>> {
    texts.iter().map(|text| spans(text)).collect()
}

/// A step as it is shown, with what holds of its goals after the last line.
fn shown(step: &Step, after: Option<(&Shell, &Ran)>) -> StepShown {
    let mut parts = Vec::new();
    let mut keys = Vec::new();
    let mut revision = None;
    for look in &step.look {
        let part = match look {
            Look::Terminal => "terminal",
            Look::KeyIndex => "index",
            Look::Bucket => "bucket",
            Look::Timeline => "timeline",
            Look::Inspector => "inspector",
            Look::Watchers => "watches",
            Look::Head => "head",
            Look::Compacted => "compacted",
            Look::Key(name) => {
                keys.push(name.clone());
                continue;
            }
            Look::Revision(number) => {
                revision = Some(*number);
                continue;
            }
        };
        parts.push(part.to_owned());
    }
    let holds =
        |goal: &crate::lesson::Goal| after.is_some_and(|(shell, last)| goal.holds(shell, last));
    StepShown {
        title: step.title.clone(),
        narration: paragraphs(&step.narration),
        solution: step.solution.clone(),
        goals: step
            .goals
            .iter()
            .map(|goal| (goal.to_string(), holds(goal)))
            .collect(),
        hints: paragraphs(&step.hints),
        notes: paragraphs(&step.notes),
        parts,
        keys,
        revision,
    }
}
