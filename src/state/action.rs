//! Everything that can happen to the screen, as one closed list.

use super::{
    LaneAction, LessonAction, MemberAction, ObjectAction, PlayAction, Screen, SessionAction,
    StudyAction, Tab, Theme,
};
use crate::engine::{Envelope, Response};
use crate::kv::Revision;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The page is up; ask the engine for the first picture.
    Started {
        /// Build id of the page.
        build: String,
    },
    /// The engine answered.
    Answered(Envelope<Response>),
    /// The engine died, or page and engine come from different builds.
    EngineBroke(String),
    /// Go to a screen.
    Go(Screen),
    /// Light or dark.
    SetTheme(Theme),
    /// The input line changed.
    Typed(String),
    /// Run the input line.
    Submit,
    /// Run this line, as if typed.
    RunLine(String),
    /// Put this line into the input.
    Offer(String),
    /// An older line from the history of lines.
    OlderLine,
    /// A newer line from the history of lines.
    NewerLine,
    /// Complete the input line.
    Complete,
    /// Forget what the terminal shows; the session stays.
    ClearTerminal,
    /// Work in two terminals, or in one again.
    Split,
    /// This, in the second terminal.
    Second(Box<Action>),
    /// Take the last line back.
    Undo,
    /// Run it again.
    Redo,
    /// Start anew.
    Reset,
    /// About sessions, and the engine that runs them.
    Session(SessionAction),
    /// About lessons.
    Lesson(LessonAction),
    /// About Kubernetes objects.
    Object(ObjectAction),
    /// About the contents of the opened file.
    Study(StudyAction),
    /// A file was chosen or dropped; the engine has it under this name.
    OpenFile {
        /// Its name.
        name: String,
        /// Its length in bytes.
        size: u64,
    },
    /// Open the file that was chosen last again, without what is searched behind the page.
    OpenLess {
        /// Its name.
        name: String,
        /// Its length in bytes.
        size: u64,
    },
    /// Open the sample.
    OpenSample,
    /// Open the archive's member of this name.
    OpenMember(String),
    /// Open the same file from this meta; none: from the one that counts.
    OpenMeta(Option<u8>),
    /// Stop opening.
    CancelOpen,
    /// Leave the rest of the work undone that follows opening.
    StopBackground,
    /// Show this part of the opened file.
    ShowTab(Tab),
    /// Draw fossils as ghosts, or do not.
    ShowGhosts(bool),
    /// Show the items of the bucket at this path.
    OpenBucket(Vec<Vec<u8>>),
    /// The list of items shows from this one on.
    ShowItems(u64),
    /// Show the item with this key.
    SelectItem(Vec<u8>),
    /// The map of pages shows from this one on.
    ShowPages(u64),
    /// Show this page, on the map too.
    SelectPage(u64),
    /// The list of fossils shows from this one on.
    ShowFossils(u64),
    /// Close the opened file.
    CloseFile,
    /// Put the message about a refused file away.
    Dismiss,
    /// A file is dragged over the page, or left it.
    Dragging(bool),
    /// The picture has a new size in logical pixels.
    Resized {
        /// Width.
        width_px: f64,
        /// Height.
        height_px: f64,
    },
    /// Zoom at a fraction of the plot's width.
    Zoom {
        /// Above 1: closer.
        factor: f64,
        /// 0 left edge, 1 right edge.
        at: f64,
    },
    /// Move along the revisions, in fractions of the visible span.
    Pan(f64),
    /// Move along the lanes, in pixels.
    Scroll(f64),
    /// Move the view so that this fraction of the whole history is in the middle.
    CentreOn(f64),
    /// Show revisions from the first to the second.
    ShowRange(i64, i64),
    /// Show the whole history.
    Fit,
    /// Put the selected change into the middle; when it is there already, zoom to it.
    FocusSelected,
    /// Show a change.
    Select(Revision),
    /// Show no change.
    Deselect,
    /// The next (1) or previous (−1) change of the chosen prefix, else of the selected key.
    StepInLane(i8),
    /// About the lanes of the picture.
    Lanes(LaneAction),
    /// Show the store as of this revision.
    SetPlayhead(i64),
    /// Move the playhead by so many revisions.
    MovePlayhead(i64),
    /// Let the playhead follow the head again.
    ReleasePlayhead,
    /// The table of rows shows from this row on.
    ShowRows(u64),
    /// The list of keys shows from this key on.
    ShowIndex(u64),
    /// About the animation of the last command.
    Play(PlayAction),
    /// About the simulated member's pages.
    Member(MemberAction),
    /// A motion has come to its end.
    Settled,
    /// Open or close the sheet of keys.
    ToggleHelp,
    /// Show the timeline as a table, or as a picture.
    ToggleTable,
    /// A key was pressed outside of a text field.
    Pressed(Key),
}

/// Keys that mean something on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter, digit or sign.
    Char(char),
    /// The left arrow.
    Left,
    /// The right arrow.
    Right,
    /// The up arrow.
    Up,
    /// The down arrow.
    Down,
    /// A page back, as a clicker has it.
    PageUp,
    /// A page on, as a clicker has it.
    PageDown,
    /// The space bar.
    Space,
    /// To the first revision.
    Home,
    /// To the last revision.
    End,
    /// Put away what is open or selected.
    Escape,
}
