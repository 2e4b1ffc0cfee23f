//! The session beside its terminal: branches, what the browser keeps, links, and the life of the
//! engine that runs it.

use std::rc::Rc;

use super::link_view::LinkView;
use super::{Action, AppState, Screen};
use crate::engine::{Envelope, Failure, Request, SessionAnswer, SessionRequest, Shown, Then, Told};
use crate::session::{Tree, save};

type Outbox = Vec<Envelope<Request>>;

/// Deaths of the engine without a line that ran between them, after which it stays down.
const MAX_DEATHS: u32 = 3;
/// What is offered where a file was open when the engine stopped.
const OPEN_LESS: &str = "Open it with less";

/// State of the session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionState {
    /// All sessions and branches, and where one stands.
    pub tree: Rc<Tree>,
    /// Whether the panel is open.
    pub is_open: bool,
    /// Whether the browser keeps it.
    pub keep: Keep,
    /// Whether it is still what every visitor finds.
    pub is_opening: bool,
    /// What is to be said.
    pub notice: Option<Notice>,
    /// The fragment that was asked for, or why there is none.
    pub link: Option<Result<String, String>>,
    /// Whether the browser copied it, once it has tried.
    pub is_copied: Option<bool>,
    /// Grows when another engine takes the place of this one.
    pub engine: u32,
    /// What the link that was followed asks to be looked at.
    pub(super) link_view: Option<LinkView>,
    /// Answers with ids up to this one are an earlier engine's.
    born: u64,
    deaths: u32,
    has_greeted: bool,
    is_restarting: bool,
}

/// Whether the browser keeps the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// After every line.
    #[default]
    Yes,
    /// Nothing is kept.
    No,
    /// What is kept could not be read, and is left as it is.
    Held,
}

/// A line on what happened, and what may be done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What happened.
    pub text: String,
    /// A button: what it says and does.
    pub offer: Option<(String, Box<Action>)>,
    /// Whether something did not go as wanted.
    pub is_warning: bool,
}

impl Notice {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            offer: None,
            is_warning: false,
        }
    }

    pub(super) fn warning(text: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::new(text)
        }
    }

    fn offering(self, label: impl Into<String>, action: SessionAction) -> Self {
        Self {
            offer: Some((label.into(), Box::new(Action::Session(action)))),
            ..self
        }
    }
}

/// What can happen to the session.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionAction {
    /// The page is up; go on with what was kept, and with the link that was followed.
    Resume {
        /// Build id of the page.
        build: String,
        /// What the browser kept.
        saved: Option<String>,
        /// The address's fragment.
        link: Option<String>,
        /// Whether the browser keeps sessions.
        keep: bool,
    },
    /// Show the store after so many lines of the branch.
    StepTo(u32),
    /// Show the end of another branch.
    GoTo(u32),
    /// Forget another branch.
    Forget(u32),
    /// Run the lines again on another release.
    SetRelease(String),
    /// Begin as a first visitor.
    Fresh,
    /// Open the session of a link.
    OpenLink(String),
    /// A script was chosen; the engine has it under this name.
    OpenText {
        /// Its name.
        name: String,
    },
    /// Work on a copy of the opened file.
    Fork,
    /// Make a link.
    CopyLink,
    /// The browser copied the link, or did not.
    Copied(bool),
    /// Download the session as a script.
    Download,
    /// Take one of the session's files.
    Fetch {
        /// Its name.
        name: String,
        /// What for.
        then: Then,
    },
    /// Let the browser keep the session, or forget it.
    Keep(bool),
    /// The browser refused to keep it.
    NotKept,
    /// Open or close the panel.
    Toggle,
    /// Put the notice away.
    Dismiss,
    /// Stop what runs: a long line, else the watch that was opened last.
    Interrupt,
    /// The engine died, saying this.
    Died(String),
}

impl AppState {
    pub(super) fn act_on_session(&mut self, action: SessionAction, outbox: &mut Outbox) {
        let request = match action {
            SessionAction::Resume {
                build,
                saved,
                link,
                keep,
            } => {
                self.build.clone_from(&build);
                self.session.keep = if keep { Keep::Yes } else { Keep::No };
                let link = link.map(|fragment| self.take_view(&fragment));
                SessionRequest::Resume { build, saved, link }
            }
            SessionAction::StepTo(lines) => SessionRequest::StepTo { lines },
            SessionAction::GoTo(end) => SessionRequest::GoTo { end },
            SessionAction::Forget(end) => SessionRequest::Forget { end },
            SessionAction::SetRelease(release) => SessionRequest::SetRelease { release },
            SessionAction::Fresh => SessionRequest::Fresh,
            SessionAction::OpenLink(fragment) => {
                let fragment = self.take_view(&fragment);
                SessionRequest::OpenLink { fragment }
            }
            SessionAction::OpenText { name } => SessionRequest::OpenText { name },
            SessionAction::Fork => SessionRequest::Fork,
            SessionAction::CopyLink => {
                (self.session.link, self.session.is_copied) = (None, None);
                SessionRequest::Link
            }
            SessionAction::Download => SessionRequest::Text,
            SessionAction::Fetch { name, then } => SessionRequest::Fetch { name, then },
            SessionAction::Keep(keep) => {
                self.session.keep = if keep { Keep::Yes } else { Keep::No };
                return;
            }
            SessionAction::Copied(is_copied) => {
                self.session.is_copied = Some(is_copied);
                return;
            }
            SessionAction::NotKept => {
                self.session.keep = Keep::No;
                self.session.notice = Some(Notice::warning(
                    "This browser cannot keep the session: it is too long for its storage, or \
                     storage is switched off. It stays while this tab is open.",
                ));
                return;
            }
            SessionAction::Toggle => {
                self.session.is_open = !self.session.is_open;
                self.session.link = None;
                return;
            }
            SessionAction::Dismiss => {
                self.session.notice = None;
                return;
            }
            SessionAction::Interrupt => return self.interrupt(outbox),
            SessionAction::Died(text) => return self.mourn(text, outbox),
        };
        if self.broken.is_none() {
            self.ask(outbox, Request::Session(request));
        }
    }

    /// The session is another one now, or stands elsewhere.
    pub(super) fn show_session(&mut self, id: u64, shown: Shown) {
        let session = &mut self.session;
        let is_restarted = std::mem::take(&mut session.is_restarting);
        session.tree = Rc::new(shown.tree);
        session.link = None;
        session.is_opening = shown.told == Some(Told::Opening);
        if !matches!(shown.told, Some(Told::LinkOpened(_))) {
            session.link_view = None;
        }
        if matches!(shown.told, Some(Told::SavedRefused(_))) {
            session.keep = Keep::Held;
        }
        if matches!(shown.told, Some(Told::Forked { .. })) {
            self.screen = Screen::Sandbox;
        }
        // A session that came as a file was awaited on the file screen.
        if self.loading.take_if(|loading| loading.id == id).is_some() {
            self.screen = Screen::Sandbox;
        }
        let is_said = is_restarted && matches!(shown.told, Some(Told::Resumed(_)));
        if !is_said {
            self.session.notice = shown.told.and_then(notice);
        }
    }

    pub(super) fn answer_session(&mut self, answer: SessionAnswer) {
        match answer {
            SessionAnswer::Link(link) => {
                let view = LinkView::of(&self.sandbox);
                self.session.link = Some(link.map(|link| link + &view.write()));
            }
            // The bytes went past the state, to the browser.
            SessionAnswer::Fetched { .. } => {}
            SessionAnswer::Missing { name } => {
                let text = format!("There is no file {name} any more.");
                self.session.notice = Some(Notice::warning(text));
            }
        }
    }

    /// Keeps the view of a link until its session is there.
    fn take_view(&mut self, fragment: &str) -> String {
        let (session, view) = LinkView::split(fragment);
        self.session.link_view = Some(view);
        session
    }

    /// A line has run.
    pub(super) fn note_line(&mut self, line: &str) {
        Rc::make_mut(&mut self.session.tree).push(line);
        let session = &mut self.session;
        (session.is_opening, session.deaths, session.link) = (false, 0, None);
    }

    /// The engine said which build it is.
    pub(super) fn note_greeting(&mut self) {
        self.session.has_greeted = true;
    }

    /// Whether an answer is an earlier engine's.
    pub(super) fn is_late(&self, id: u64) -> bool {
        id <= self.session.born
    }

    fn interrupt(&mut self, outbox: &mut Outbox) {
        if let Some(line) = self.terminal.running.first() {
            let text = format!("Stopped: {}. The session is as it was before.", short(line));
            self.restart(Notice::new(text), outbox);
        } else if let Some(watch) = self.terminal.session.watches.last() {
            let line = format!("kill %{}", watch.job);
            self.act(Action::RunLine(line), outbox);
        } else {
            self.act(Action::Typed(String::new()), outbox);
        }
    }

    fn mourn(&mut self, text: String, outbox: &mut Outbox) {
        self.session.deaths += 1;
        if !self.session.has_greeted || self.session.deaths >= MAX_DEATHS || self.broken.is_some() {
            return self.act(Action::EngineBroke(text), outbox);
        }
        let what = match (self.terminal.running.first(), &self.loading) {
            (Some(line), _) => format!(" at {}", short(line)),
            (None, Some(loading)) => {
                self.failure = Some(Failure {
                    members: Vec::new(),
                    name: loading.name.clone(),
                    what: "a file that stopped the engine: a bug in Revscope".to_owned(),
                    place: text.clone(),
                    hint: "the session in the sandbox is as it was".to_owned(),
                });
                format!(" while it opened {}", loading.name)
            }
            (None, None) => String::new(),
        };
        let text = format!(
            "The engine stopped{what} and was started again; all other lines were run again. \
             It said: {text}."
        );
        let mut notice = Notice::warning(text);
        // The sample has no size while it opens, and none of a visitor's own.
        let opening = self
            .loading
            .as_ref()
            .map(|one| (one.name.clone(), one.size));
        let opened = self.chosen.clone().filter(|_| self.opened().is_some());
        notice.offer = opening
            .or(opened)
            .filter(|one| one.1 > 0)
            .map(|(name, size)| {
                let action = Action::OpenLess { name, size };
                (OPEN_LESS.to_owned(), Box::new(action))
            });
        self.restart(notice, outbox);
    }

    /// Asks for another engine and lets it run the lines that ran before.
    fn restart(&mut self, mut notice: Notice, outbox: &mut Outbox) {
        if let Some(file) = &mut self.file.summary {
            notice.text += &format!(
                " What it had told of {} stays; open it to go on.",
                file.name
            );
            if let Some(facts) = &mut file.file {
                (facts.is_stopped, facts.is_busy) = (facts.is_stopped || facts.is_busy, false);
            }
            self.file.is_gone = true;
            self.look.background = None;
            self.study.change().give_up();
        }
        self.loading = None;
        self.terminal.running.clear();
        for document in [&mut self.sandbox, &mut self.file] {
            document.is_scene_asked = false;
            document.wanted_motion = None;
        }
        let session = &mut self.session;
        session.engine += 1;
        session.born = self.next_id;
        session.is_restarting = true;
        session.has_greeted = false;
        session.notice = Some(notice);
        let request = SessionRequest::Resume {
            build: self.build.clone(),
            saved: Some(save(&self.session.tree)),
            link: None,
        };
        // Requests to the engine that is gone would be answered by nobody.
        outbox.clear();
        self.ask(outbox, Request::Session(request));
        self.reopen_lesson(outbox);
    }
}

/// What is said about how a session came.
fn notice(told: Told) -> Option<Notice> {
    Some(match told {
        Told::Opening => return None,
        Told::Resumed(lines) => Notice::new(format!(
            "You are back in your session: {}, kept in this browser.",
            counted(lines)
        ))
        .offering("Start fresh", SessionAction::Fresh),
        Told::LinkOpened(lines) => Notice::new(format!(
            "This session came with the link: {}. Sessions from before are kept as branches.",
            counted(lines)
        )),
        Told::LinkRefused(why) => Notice::warning(format!(
            "The link's session could not be opened: {why}. Your own session is untouched."
        )),
        Told::SavedRefused(why) => Notice::warning(format!(
            "The session that this browser keeps could not be read: {why}. It is left as it is, \
             and nothing is kept over it."
        ))
        .offering("Keep this one instead", SessionAction::Keep(true)),
        Told::TextOpened { name, lines } => Notice::new(format!(
            "{name} was run: {}. Sessions from before are kept as branches.",
            counted(lines)
        )),
        Told::TextRefused { name, why } => Notice::warning(format!(
            "{name} could not be opened as a session: {why}. Your session is untouched."
        )),
        Told::ReleaseChanged { from, to, lines } => Notice::new(format!(
            "Now on etcd {to}: {} run again. The session on {from} is kept as a branch.",
            match lines {
                1 => "1 line was".to_owned(),
                n => format!("{n} lines were"),
            }
        ))
        .offering(
            format!("Back to etcd {from}"),
            SessionAction::SetRelease(from),
        ),
        Told::ReleaseRefused(why) => Notice::warning(format!("The release stays: {why}.")),
        Told::Forked {
            name,
            release,
            lost,
        } => {
            let text = format!(
                "You work on a copy of {name}, as etcd {release}; the file itself is only read."
            );
            match lost {
                0 => Notice::new(text),
                n => Notice::warning(format!("{text} {n} of its parts could not be read.")),
            }
        }
        Told::ForkRefused(why) => Notice::warning(format!(
            "No commands can run on a copy of this file: {why}."
        )),
        Told::NeedsFile(name) => Notice::warning(format!(
            "That session works on a copy of {name}: open the file again and choose \
             “Run commands on a copy”, then it can go on."
        )),
    })
}

fn counted(lines: u32) -> String {
    match lines {
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    }
}

/// A line in so few characters that a sentence can hold it.
fn short(line: &str) -> String {
    const MOST: usize = 48;
    let first = line.lines().next().unwrap_or_default();
    match first.char_indices().nth(MOST) {
        Some((end, _)) => format!("“{}…”", first.get(..end).unwrap_or_default()),
        None => format!("“{first}”"),
    }
}
