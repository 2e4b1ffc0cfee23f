//! What is asked and what is answered: the messages between the screen and the engine.
//!
//! A request travels with an id; whoever asks drops answers to questions that a later one has
//! replaced. Keys and values may be any bytes: where only text is needed it is already made
//! readable here, so that the screen needs no rules of its own.

mod effect;
mod kubernetes;
mod lesson;
mod session;
mod study;

use serde::{Deserialize, Serialize};

use super::facts::{Failure, Phase};
use super::inside::{FossilRow, Item, ItemDetail, MapCell, PageDetail, TreeNode};
use super::member::MemberPages;
use super::shown::{Detail, IndexKey, Row};
use super::wire::Packed;
use crate::kv::Revision;
use crate::timeline::{Area, Arrangement, Focus, Scene, Shade, Sums, View};

pub use effect::*;
pub use kubernetes::*;
pub use lesson::*;
pub use session::*;
pub use study::*;

/// A message with the id of the request that it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Chosen by the one who asks, growing.
    pub id: u64,
    /// The message.
    pub body: T,
}

/// Which of the two histories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Doc {
    /// The simulated store.
    #[default]
    Sandbox,
    /// The opened file.
    File,
}

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// First message: which build asks.
    Hello {
        /// Build id of the asker.
        build: String,
    },
    /// Runs a line in the sandbox's terminal; several lines as the commands that they are.
    Run {
        /// As typed.
        line: String,
    },
    /// Takes the last line of the session back.
    Undo,
    /// Runs the line again that was taken back last.
    Redo,
    /// Starts the session anew, with an empty store.
    Reset,
    /// Opens the file whose source was attached under this name.
    Open {
        /// The file's name, for messages.
        name: String,
    },
    /// Opens the sample file that comes with the engine.
    OpenSample,
    /// Opens the file that came last once more, otherwise.
    Reopen {
        /// The member of the archive to read; none to let it be found.
        member: Option<String>,
        /// The meta to use, 0 or 1; none for the one that counts.
        meta: Option<u8>,
    },
    /// Stops opening a file; where none is being opened, the work that follows it.
    Cancel,
    /// Closes the opened file.
    Close,
    /// Draws a part of a history.
    Layout {
        /// Whose.
        doc: Doc,
        /// Which part, how large.
        view: View,
        /// In which order.
        lanes: Arrangement,
        /// Whether fossils are drawn as ghosts.
        fossils: bool,
        /// The revision of which each key's value is told.
        as_of: Option<i64>,
    },
    /// Draws a part of a history in a form that leaves the page.
    Picture {
        /// Whose.
        doc: Doc,
        /// Which part, how large.
        view: View,
        /// In which order.
        lanes: Arrangement,
        /// Whether fossils are drawn as ghosts.
        fossils: bool,
        /// As what.
        form: Form,
    },
    /// Sums up a part of the picture.
    Area {
        /// Whose.
        doc: Doc,
        /// The order of its lanes.
        lanes: Arrangement,
        /// Whether fossils are drawn as ghosts.
        fossils: bool,
        /// Which part.
        area: Area,
    },
    /// Finds the next or the previous change in a lane.
    StepLane {
        /// Whose.
        doc: Doc,
        /// The order of the lanes.
        lanes: Arrangement,
        /// Whether fossils are drawn as ghosts.
        fossils: bool,
        /// Position of the lane.
        lane: u64,
        /// The change to start from; none: from the end.
        from: Option<Revision>,
        /// The previous one.
        is_back: bool,
    },
    /// Lists rows of the `key` bucket.
    Rows {
        /// Whose.
        doc: Doc,
        /// Index of the first row.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Lists keys with their generations, in key order.
    Index {
        /// Whose.
        doc: Doc,
        /// Index of the first key.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Shows everything about one change.
    Inspect {
        /// Whose.
        doc: Doc,
        /// Which change.
        revision: Revision,
    },
    /// Lists the buckets of the file, nested ones included.
    Tree,
    /// Lists items of a bucket of the file.
    Items {
        /// Names from the top down to the bucket; none for the root.
        path: Vec<Vec<u8>>,
        /// Index of the first item.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Shows one item of a bucket with its value.
    Item {
        /// Names from the top down to the bucket.
        path: Vec<Vec<u8>>,
        /// The item's key.
        key: Vec<u8>,
    },
    /// Shows what pages of the file are.
    Map {
        /// The first page.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Shows everything about one page.
    Page {
        /// The page.
        page: u64,
    },
    /// Lists fossils by revision.
    Fossils {
        /// Index of the first one.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Shows pages of the simulated member's file, and what its latest transactions did to them.
    Member {
        /// The first page.
        first: u64,
        /// How many at most.
        count: u32,
        /// The row whose page is asked for.
        holding: Option<Revision>,
    },
    /// Completes a line of the terminal.
    Complete {
        /// The line up to the cursor.
        line: String,
    },
    /// About sessions.
    Session(SessionRequest),
    /// About lessons.
    Lesson(LessonRequest),
    /// About Kubernetes objects.
    Kubernetes(KubernetesRequest),
    /// About what is in the opened file.
    Study(StudyRequest),
}

impl Request {
    /// Whether only an engine that has the file open can answer it.
    pub fn is_of_file(&self) -> bool {
        match self {
            Self::Layout { doc, .. }
            | Self::Picture { doc, .. }
            | Self::Area { doc, .. }
            | Self::StepLane { doc, .. }
            | Self::Rows { doc, .. }
            | Self::Index { doc, .. }
            | Self::Inspect { doc, .. } => *doc == Doc::File,
            Self::Kubernetes(request) => request.doc() == Some(Doc::File),
            Self::Reopen { .. }
            | Self::Tree
            | Self::Items { .. }
            | Self::Item { .. }
            | Self::Map { .. }
            | Self::Page { .. }
            | Self::Fossils { .. }
            | Self::Study(_) => true,
            _ => false,
        }
    }
}

/// As what a picture leaves the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Form {
    /// To be painted by whoever asks.
    Scene,
    /// As SVG.
    Svg {
        /// In these colours.
        shade: Shade,
        /// With what the reader looks at.
        focus: Focus,
    },
    /// As lines of text.
    Text,
}

/// A picture in one of these forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Drawn {
    /// To be painted.
    Scene(Box<Scene>),
    /// As SVG.
    Svg(String),
    /// As lines of text.
    Text(String),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// Answer to `Hello`: which build answers.
    Hello {
        /// Build id of the engine.
        build: String,
    },
    /// A line has run.
    Ran {
        /// The line and what it printed.
        entry: Entry,
        /// What it did to the store.
        effect: Box<Effect>,
        /// The session after it.
        session: Box<Session>,
        /// The store after it.
        summary: Box<Summary>,
    },
    /// The session was taken back, forward or to its start.
    Restored {
        /// The lines that count now.
        entries: Vec<Entry>,
        /// What the last one of them did.
        effect: Box<Effect>,
        /// The session.
        session: Box<Session>,
        /// The store.
        summary: Box<Summary>,
        /// All sessions and branches, and why this one is shown.
        shown: Box<Shown>,
    },
    /// How far opening a file has come.
    Progress {
        /// What is being done.
        phase: Phase,
        /// Bytes or rows done.
        done: u64,
        /// Of so many; 0 while unknown.
        total: u64,
    },
    /// What is known of a file while its rows are still being read.
    Glimpse {
        /// Bytes done.
        done: u64,
        /// Of so many; 0 while unknown.
        total: u64,
        /// What is inside, so far.
        summary: Box<Summary>,
        /// What fills it, so far.
        sums: Packed<FileSums>,
    },
    /// A file is open.
    Opened {
        /// What is inside.
        summary: Box<Summary>,
    },
    /// How far the work has come that follows once a file is open.
    Background {
        /// What is being done.
        phase: Phase,
        /// Bytes done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// A piece of that work is over; what is known of the file now.
    Checked {
        /// What is inside.
        summary: Box<Summary>,
    },
    /// A file could not be opened; what was open before still is.
    Refused(Failure),
    /// Opening was stopped; what was open before still is.
    Cancelled,
    /// The file was closed.
    Closed,
    /// A drawing.
    Scene {
        /// Whose.
        doc: Doc,
        /// The drawing.
        scene: Box<Scene>,
    },
    /// A drawing that leaves the page.
    Picture {
        /// Whose.
        doc: Doc,
        /// The drawing.
        drawn: Drawn,
    },
    /// What happened in a part of the picture.
    Area {
        /// Whose.
        doc: Doc,
        /// Which part.
        area: Area,
        /// Its sums.
        sums: Sums,
    },
    /// The next or previous change of a lane; none at its end.
    Stepped {
        /// Whose.
        doc: Doc,
        /// The change.
        revision: Option<Revision>,
    },
    /// Rows of the `key` bucket.
    Rows {
        /// Whose.
        doc: Doc,
        /// Index of the first row.
        first: u64,
        /// How many rows there are in all.
        total: u64,
        /// The rows.
        rows: Vec<Row>,
    },
    /// Keys with their generations.
    Index {
        /// Whose.
        doc: Doc,
        /// Index of the first key.
        first: u64,
        /// How many keys there are in all.
        total: u64,
        /// The keys.
        keys: Vec<IndexKey>,
    },
    /// Everything about one change; none if there is no such change.
    Detail {
        /// Whose.
        doc: Doc,
        /// The change.
        detail: Option<Box<Detail>>,
    },
    /// The buckets of the file, parents before children.
    Tree {
        /// The buckets.
        nodes: Vec<TreeNode>,
        /// Whether there are more.
        is_cut: bool,
    },
    /// Items of a bucket.
    Items {
        /// Index of the first item.
        first: u64,
        /// How many items are known of; all, unless more are told.
        total: u64,
        /// Whether there are more than are known of.
        more: bool,
        /// The items.
        items: Vec<Item>,
    },
    /// One item; none if it is not there.
    Item {
        /// The item.
        item: Option<Box<ItemDetail>>,
    },
    /// What pages of the file are.
    Map {
        /// The first page.
        first: u64,
        /// How many pages the file has.
        total: u64,
        /// The pages; none before the map is made.
        cells: Vec<MapCell>,
    },
    /// Everything about one page; none if there is no such page.
    Page {
        /// The page.
        page: Option<Box<PageDetail>>,
    },
    /// Fossils by revision.
    Fossils {
        /// Index of the first one.
        first: u64,
        /// How many there are.
        total: u64,
        /// The fossils.
        rows: Vec<FossilRow>,
    },
    /// Pages of the simulated member's file.
    Member {
        /// The pages.
        pages: Box<MemberPages>,
    },
    /// How a line may go on.
    Completions {
        /// Whole words that may replace the last one, with what they mean.
        candidates: Vec<(String, String)>,
    },
    /// About sessions.
    Session(SessionAnswer),
    /// About lessons.
    Lesson(Packed<LessonAnswer>),
    /// About Kubernetes objects.
    Kubernetes(Packed<KubernetesAnswer>),
    /// About what is in the opened file.
    Study(Packed<StudyAnswer>),
}
