//! Lessons: text files that tell, ask for a command, and check what it did.
//!
//! Start from [`Lesson::parse`]. A lesson is lines:
//!
//! ```text
//! # Title                         once, first
//! What it is about.               paragraphs: a small Markdown, `code` and *emphasis*
//!
//! ## Title of a step              a step; paragraphs of narration follow
//! run: etcdctl put foo1 bar1      the solution, a line each, in order
//! look: terminal, bucket, key foo1   what to look at ([`Look`])
//! goal: revision = 2              what must hold then ([`Goal`]); all of several
//! hint: Keys come first.          shown on demand, one after the other
//! note: For the speaker.          shown in the presenter's window only
//! ```
//!
//! A step without a goal is only read. Lines that begin with `//` are remarks.
//!
//! Everything here is a value: who shows a lesson keeps a [`Progress`] and asks [`Goal::holds`].

mod goal;
pub mod library;
mod markup;
mod parse;

pub use goal::Goal;
pub use markup::{Span, SpanKind, spans};

use crate::shell::{Ran, Shell};

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// Its title.
    pub title: String,
    /// What it is about: paragraphs.
    pub about: Vec<String>,
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// Paragraphs of narration.
    pub narration: Vec<String>,
    /// Lines that reach the goals.
    pub solution: Vec<String>,
    /// What to look at.
    pub look: Vec<Look>,
    /// What must hold after a command; nothing for a step that is only read.
    pub goals: Vec<Goal>,
    /// Hints, from the gentlest on.
    pub hints: Vec<String>,
    /// Notes for a speaker.
    pub notes: Vec<String>,
}

/// A part of the screen to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The terminal.
    Terminal,
    /// The key index.
    KeyIndex,
    /// The `key` bucket.
    Bucket,
    /// The timeline.
    Timeline,
    /// The inspector.
    Inspector,
    /// The open watches.
    Watchers,
    /// The line of the current revision.
    Head,
    /// The compacted zone.
    Compacted,
    /// A key, by its name.
    Key(String),
    /// A revision.
    Revision(i64),
}

/// A mistake in a lesson file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}, expected {expected}")]
pub struct LessonError {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// What stands there.
    pub what: String,
    /// What should.
    pub expected: String,
}

/// How far a lesson was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The present step, from 0; the number of steps once the lesson is done.
    pub step: u32,
    /// Hints of the present step that were asked for.
    pub hints: u32,
}

impl Lesson {
    /// Reads a lesson; all its mistakes, if it has any.
    ///
    /// # Errors
    /// Every mistake with its place.
    pub fn parse(text: &str) -> Result<Self, Vec<LessonError>> {
        parse::lesson(text)
    }

    /// The step that a progress stands at; `None` at the end.
    pub fn step(&self, progress: &Progress) -> Option<&Step> {
        self.steps.get(usize::try_from(progress.step).ok()?)
    }
}

impl Step {
    /// Whether all goals hold after a command; a step without goals never asks for one.
    pub fn is_reached(&self, shell: &Shell, last: &Ran) -> bool {
        !self.goals.is_empty() && self.goals.iter().all(|goal| goal.holds(shell, last))
    }
}

impl Progress {
    /// What becomes of it after a command: the next step once this one's goals hold.
    #[must_use]
    pub fn after(&self, lesson: &Lesson, shell: &Shell, last: &Ran) -> Self {
        match lesson.step(self) {
            Some(step) if step.is_reached(shell, last) => self.next(lesson),
            _ => self.clone(),
        }
    }

    /// The next step, whatever holds: for steps that are only read, and for skipping.
    #[must_use]
    pub fn next(&self, lesson: &Lesson) -> Self {
        let last = u32::try_from(lesson.steps.len()).unwrap_or(u32::MAX);
        Self {
            step: self.step.saturating_add(1).min(last),
            hints: 0,
        }
    }

    /// Whether the lesson is done.
    pub fn is_done(&self, lesson: &Lesson) -> bool {
        lesson.step(self).is_none()
    }
}
