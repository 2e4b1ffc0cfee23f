//! What is asked and answered about sessions: stepping, branches, releases, links, files.

use serde::{Deserialize, Serialize};

use crate::session::Tree;

/// A question or an order about the session. All but [`SessionRequest::Link`],
/// [`SessionRequest::Text`] and [`SessionRequest::Fetch`] are answered by `Restored`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SessionRequest {
    /// First message, in place of `Hello`: goes on with a session that was kept.
    Resume {
        /// Build id of the asker.
        build: String,
        /// What was kept, as [`crate::session::save`] writes it.
        saved: Option<String>,
        /// The fragment of the link that was followed.
        link: Option<String>,
    },
    /// Goes to where so many lines of the branch have run.
    StepTo {
        /// Lines from the start.
        lines: u32,
    },
    /// Goes to the end of another branch.
    GoTo {
        /// [`crate::session::Branch::end`].
        end: u32,
    },
    /// Forgets another branch.
    Forget {
        /// [`crate::session::Branch::end`].
        end: u32,
    },
    /// Runs the session's lines again on another release.
    SetRelease {
        /// As typed: "3.6" or "3.5.30".
        release: String,
    },
    /// Forgets all sessions and begins as for a first visitor.
    Fresh,
    /// Opens the session that a link carries, beside the others.
    OpenLink {
        /// From `#` on.
        fragment: String,
    },
    /// Opens the script whose source was attached, beside the other sessions.
    OpenText {
        /// The file's name.
        name: String,
    },
    /// Goes on working on a copy of the opened file.
    Fork,
    /// The session as a link.
    Link,
    /// The session as a script to download.
    Text,
    /// The bytes of one of the session's files.
    Fetch {
        /// Its name.
        name: String,
        /// What for.
        then: Then,
    },
}

/// An answer about the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SessionAnswer {
    /// The fragment that carries the session, or why there is none.
    Link(Result<String, String>),
    /// The bytes of a file.
    Fetched {
        /// Its name.
        name: String,
        /// What they were wanted for.
        then: Then,
        /// The bytes. Between worker and page they travel beside the message.
        bytes: Vec<u8>,
    },
    /// There is no file of that name.
    Missing {
        /// The name.
        name: String,
    },
}

/// What a file's bytes are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// To be saved by the browser.
    Download,
    /// To be looked at in the file screen.
    Open,
}

/// Where a session stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Lines that can be taken back.
    pub undo: u32,
    /// Lines that can be run again.
    pub redo: u32,
    /// Release of the simulated member.
    pub release: String,
    /// The file on whose copy it works; none for a store that began empty.
    pub base: Option<String>,
    /// Watches that run, oldest first.
    pub watches: Vec<RunningWatch>,
    /// The session's files, by name.
    pub files: Vec<SavedFile>,
    /// Whether it is a lesson's, beside the visitor's own.
    pub is_lesson: bool,
}

/// A watch that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningWatch {
    /// Its number, as `kill %N` takes it.
    pub job: u64,
    /// The line that opened it.
    pub line: String,
}

/// What a running watch printed because of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Which watch.
    pub watch: RunningWatch,
    /// What it printed.
    pub text: String,
}

/// A file of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFile {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
}

/// The session that is shown, and what is to be said about how it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// All sessions and branches.
    pub tree: Tree,
    /// Why it is shown, where that needs a word.
    pub told: Option<Told>,
}

/// Why a session is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It is what a first visitor finds.
    Opening,
    /// It was kept since the last visit; so many lines.
    Resumed(u32),
    /// It came by a link; so many lines.
    LinkOpened(u32),
    /// A link could not be opened.
    LinkRefused(String),
    /// What was kept could not be read.
    SavedRefused(String),
    /// It came from a file.
    TextOpened {
        /// The file's name.
        name: String,
        /// How many lines.
        lines: u32,
    },
    /// A file holds no session.
    TextRefused {
        /// The file's name.
        name: String,
        /// Why.
        why: String,
    },
    /// The lines were run again on another release.
    ReleaseChanged {
        /// The one before.
        from: String,
        /// The one now.
        to: String,
        /// How many lines.
        lines: u32,
    },
    /// That release is not simulated.
    ReleaseRefused(String),
    /// It works on a copy of an opened file.
    Forked {
        /// The file's name.
        name: String,
        /// The release that the file tells.
        release: String,
        /// How many of its parts could not be read.
        lost: u64,
    },
    /// The opened file cannot be worked on.
    ForkRefused(String),
    /// It works on a copy of a file that is not open any more.
    NeedsFile(String),
}
