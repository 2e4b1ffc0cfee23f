//! The sandbox: a session of lines on a simulated store.
//!
//! A session is its list of lines and nothing else: going to another place in it is running the
//! lines up to there, which the shell promises to do with the same result.

use std::collections::BTreeMap;

use super::commits;
use super::document::{self, Document};
use super::member::MemberPages;
use super::play::Play;
use super::protocol::{Response, Summary};
use super::protocol::{Session, Shown, Told};
use crate::history::History;
use crate::kv::{BucketKey, Record, Revision};
use crate::mvcc::Release;
use crate::session::Tree;
use crate::shell::{Ran, Shell};

/// What a visitor finds: five keys, one deleted and put again, as in the talk that the project
/// grew from.
const OPENING_SCENE: &[&str] = &[
    "etcdctl put foo1 bar1",
    "etcdctl put foo2 bar2",
    "etcdctl put foo3 bar3",
    "etcdctl put foo4 bar4",
    "etcdctl put foo5 bar5",
    "etcdctl del foo1",
    "etcdctl put foo1 bar1-new",
    "etcdctl put foo3 bar3-changed",
    "etcdctl get foo1 --rev 6",
];

/// A session.
pub(super) struct Sandbox {
    tree: Tree,
    play: Play,
    /// Release and file that `play` began with.
    began: (String, Option<String>),
    /// Copies of opened files that sessions can begin with, by release and name.
    bases: BTreeMap<(String, String), Play>,
    /// Whether a lesson is played on it.
    is_lesson: bool,
}

impl Sandbox {
    /// What a visitor finds.
    pub(super) fn with_opening_scene() -> Self {
        let release = Release::default();
        let mut sandbox = Self {
            tree: opening(),
            play: Play::new(release),
            began: (release.to_string(), None),
            bases: BTreeMap::new(),
            is_lesson: false,
        };
        sandbox.catch_up();
        sandbox
    }

    /// An empty store for a lesson.
    pub(super) fn for_lesson() -> Self {
        let release = Release::default();
        Self {
            tree: Tree::new(&release.to_string()),
            play: Play::new(release),
            began: (release.to_string(), None),
            bases: BTreeMap::new(),
            is_lesson: true,
        }
    }

    /// The shell, and what its last line did.
    pub(super) fn after_last(&self) -> (&Shell, &Ran) {
        (&self.play.shell, &self.play.last)
    }

    /// Runs a line that was typed. In the past it begins a branch.
    pub(super) fn run(&mut self, line: &str) -> Response {
        self.tree.push(line);
        let (entry, effect) = self.play.run(line);
        Response::Ran {
            entry,
            effect: Box::new(effect),
            session: Box::new(self.session()),
            summary: Box::new(self.summary()),
        }
    }

    /// Takes the last line back.
    pub(super) fn undo(&mut self) -> Option<Told> {
        self.change(|tree| tree.step_to(tree.done().saturating_sub(1)))
    }

    /// Runs the line that is ahead.
    pub(super) fn redo(&mut self) -> Option<Told> {
        self.change(|tree| tree.step_to(tree.done().saturating_add(1)))
    }

    /// Goes on with an empty store; what was there stays as a branch.
    pub(super) fn reset(&mut self) -> Option<Told> {
        self.change(|tree| {
            let release = tree.release().to_owned();
            tree.begin(&release, None, &[]);
        })
    }

    /// Goes back to what a visitor finds, and forgets everything else.
    pub(super) fn fresh(&mut self) -> Option<Told> {
        self.change(|tree| *tree = opening());
        self.bases.clear();
        Some(Told::Opening)
    }

    /// Takes another tree for this one.
    pub(super) fn replace(&mut self, tree: Tree) -> Option<Told> {
        self.change(|old| *old = tree)
    }

    /// Changes place or branch and runs what leads there; where that needs a file that is gone,
    /// everything stays and the file is named.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Tree)) -> Option<Told> {
        let mut tree = self.tree.clone();
        change(&mut tree);
        let place = (tree.release().to_owned(), tree.base().map(str::to_owned));
        let entries = &self.play.entries;
        let goes_on = place == self.began && {
            let lines = tree.lines();
            lines.len() >= entries.len() && entries.iter().zip(&lines).all(|(e, l)| e.line == **l)
        };
        if !goes_on {
            self.play = match &place.1 {
                None => Play::new(place.0.parse().unwrap_or_default()),
                Some(name) => match self.bases.get(&(place.0.clone(), name.clone())) {
                    Some(base) => base.clone(),
                    None => return Some(Told::NeedsFile(name.clone())),
                },
            };
            self.began = place;
        }
        self.tree = tree;
        self.catch_up();
        None
    }

    /// Takes a file's copy that sessions on it can begin with, in place of earlier ones. The same
    /// file on another release is added to them.
    pub(super) fn lend(&mut self, name: &str, release: Release, base: Play, is_same: bool) {
        self.bases.retain(|(_, other), _| is_same && other == name);
        self.bases
            .insert((release.to_string(), name.to_owned()), base);
        if !is_same {
            // What ran on an earlier copy under this name would not show this one.
            self.began = (String::new(), None);
        }
    }

    /// All sessions and branches.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The bytes of one of the session's files.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.play.shell.files().get(name)
    }

    /// The session as it stands.
    pub(super) fn restored(&self, told: Option<Told>) -> Response {
        Response::Restored {
            entries: self.play.entries.clone(),
            effect: Box::new(self.play.effect.clone()),
            session: Box::new(self.session()),
            summary: Box::new(self.summary()),
            shown: Box::new(Shown {
                tree: self.tree.clone(),
                told,
            }),
        }
    }

    /// Pages of the member's file, and where a row lies.
    pub(super) fn member_pages(
        &mut self,
        first: u64,
        count: u32,
        holding: Option<Revision>,
    ) -> MemberPages {
        let holding = holding.and_then(|revision| {
            let (_, change) = self.play.history.find_change(revision)?;
            let tombstone = change.is_tombstone();
            let key = BucketKey {
                revision,
                tombstone,
            };
            Some((key, change.is_compacted()))
        });
        commits::pages(self.play.shell.backend(), first, count, holding)
    }

    /// How a line may go on.
    pub(super) fn complete(&self, line: &str) -> Vec<(String, String)> {
        let candidates = self.play.shell.complete(line, line.len());
        candidates
            .into_iter()
            .map(|candidate| (candidate.text, candidate.help.to_string()))
            .collect()
    }

    fn summary(&self) -> Summary {
        document::summary(&self.play.history)
    }

    fn session(&self) -> Session {
        Session {
            undo: self.tree.done(),
            redo: self.tree.ahead(),
            release: self.tree.release().to_owned(),
            base: self.tree.base().map(str::to_owned),
            watches: self.play.watches(),
            files: self.play.files(),
            is_lesson: self.is_lesson,
        }
    }

    /// Runs the lines that the tree has and the shell has not.
    fn catch_up(&mut self) {
        let lines = self.tree.lines();
        for line in lines.into_iter().skip(self.play.entries.len()) {
            self.play.run(line);
        }
    }
}

fn opening() -> Tree {
    let release = Release::default().to_string();
    Tree::started(&release, OPENING_SCENE.iter().copied())
}

/// The tree, gone to what a visitor finds.
pub(super) fn with_opening(mut tree: Tree) -> Tree {
    tree.begin(&Release::default().to_string(), None, OPENING_SCENE);
    tree
}

impl Document for Sandbox {
    fn history(&self) -> &History {
        &self.play.history
    }

    fn record(&self, key: BucketKey) -> Result<Option<Record>, String> {
        let kept = self.play.shell.store().record(key.revision);
        Ok(kept.or_else(|| self.play.gone.get(&key.revision)).cloned())
    }

    fn time(&self, revision: i64) -> Option<String> {
        self.play.time(revision)
    }

    fn compacts_as(&self) -> Option<Release> {
        Some(self.play.shell.store().release())
    }
}
