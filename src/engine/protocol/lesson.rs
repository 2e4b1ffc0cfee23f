//! What is asked and answered about lessons.

use serde::{Deserialize, Serialize};

pub use crate::lesson::{Span, SpanKind};

/// A question or an order about lessons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LessonRequest {
    /// The lessons that come with the program.
    List,
    /// Plays a lesson, on a session of its own.
    Open {
        /// Which.
        source: LessonSource,
        /// Where to begin.
        place: Place,
    },
    /// Goes to another place in the lesson.
    Go {
        /// Where to.
        place: Place,
        /// By the lesson's own lines, whatever was typed: the same bytes each time.
        as_written: bool,
    },
    /// Goes to where another window is.
    Follow {
        /// A lesson's link, from `#` on.
        fragment: String,
        /// Whether the step's command has run there.
        is_done: bool,
    },
    /// Back to the visitor's session.
    Leave,
    /// The text of a lesson that comes with the program.
    Read {
        /// Its name.
        name: String,
    },
    /// Looks for mistakes in a lesson's text.
    Check {
        /// The text.
        text: String,
    },
    /// A link that carries a lesson's text.
    Link {
        /// The text.
        text: String,
    },
    /// A text, such as a link, as a QR code.
    Qr {
        /// The text.
        text: String,
    },
}

/// Where a lesson comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LessonSource {
    /// It comes with the program.
    Named(String),
    /// Its text.
    Text(String),
}

/// A place in a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The step, from 0.
    pub step: u32,
    /// Whether what the step asks for is done.
    pub is_done: bool,
}

/// An answer about lessons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LessonAnswer {
    /// The lessons that come with the program.
    List(Vec<LessonTitle>),
    /// Where the lesson stands.
    At(Box<LessonAt>),
    /// A lesson could not be opened, and why.
    Refused(String),
    /// The text of a lesson.
    Text {
        /// Its name.
        name: String,
        /// The text.
        text: String,
    },
    /// What a lesson's text holds.
    Checked(Box<Checked>),
    /// The fragment that carries a lesson, or why there is none.
    Link(Result<String, String>),
    /// A QR code; none where the text is too long for one.
    Qr(Option<Box<Qr>>),
}

/// A lesson in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonTitle {
    /// Its name, as links have it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: Vec<Span>,
    /// How many steps it has.
    pub steps: u32,
}

/// Where a lesson stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonAt {
    /// Which lesson.
    pub source: LessonSource,
    /// Its title.
    pub title: String,
    /// What it is about, a paragraph each.
    pub about: Vec<Vec<Span>>,
    /// How many steps it has.
    pub steps: u32,
    /// Where in it.
    pub place: Place,
    /// The step.
    pub shown: StepShown,
    /// The step after it.
    pub next: Option<Box<StepShown>>,
    /// The link to this step, from `#` on; empty where the lesson is too long for one.
    pub link: String,
}

/// A step, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepShown {
    /// Its title.
    pub title: String,
    /// Paragraphs of narration.
    pub narration: Vec<Vec<Span>>,
    /// Lines that reach the goals.
    pub solution: Vec<String>,
    /// The goals as the lesson has them, and whether each holds.
    pub goals: Vec<(String, bool)>,
    /// Hints, from the gentlest on.
    pub hints: Vec<Vec<Span>>,
    /// Notes for a speaker.
    pub notes: Vec<Vec<Span>>,
    /// Parts of the screen to look at, by short names: `terminal`, `index`, `bucket`, `timeline`,
    /// `inspector`, `watches`, `head`, `compacted`.
    pub parts: Vec<String>,
    /// Keys to look at.
    pub keys: Vec<String>,
    /// A revision to look at.
    pub revision: Option<i64>,
}

/// What a lesson's text holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Line, column and what is wrong there; nothing in a sound lesson.
    pub errors: Vec<(u64, u64, String)>,
    /// Title and steps of a sound lesson.
    pub title: String,
    /// What it is about.
    pub about: Vec<Vec<Span>>,
    /// Its steps.
    pub steps: Vec<StepShown>,
}

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// What it says.
    pub text: String,
    /// Modules on a side, without a margin.
    pub size: u32,
    /// Its dark modules, as the path of an SVG picture.
    pub path: String,
}
