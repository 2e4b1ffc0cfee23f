//! The sandbox: a session of lines on a simulated store.
//!
//! A session is its list of lines and nothing else: taking a line back is running the others
//! again, which the shell promises to do with the same result.

use std::collections::BTreeMap;

use super::document::{self, Document};
use super::protocol::{Effect, Entry, Response, Session, Summary};
use crate::history::History;
use crate::kv::{BucketKey, Record, Revision};
use crate::shell::{Config, Ran, Shell};

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
    shell: Shell,
    history: History,
    /// Rows that compactions removed, for showing what they were.
    gone: BTreeMap<Revision, Record>,
    entries: Vec<Entry>,
    undone: Vec<String>,
}

impl Sandbox {
    /// An empty store and no line.
    pub(super) fn empty() -> Self {
        Self {
            shell: Shell::new(Config::default()),
            history: History::new(),
            gone: BTreeMap::new(),
            entries: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// What a visitor finds.
    pub(super) fn with_opening_scene() -> Self {
        Self::replay(OPENING_SCENE.iter().map(|line| line.to_string()))
    }

    fn replay(lines: impl IntoIterator<Item = String>) -> Self {
        let mut sandbox = Self::empty();
        for line in lines {
            sandbox.execute(&line);
        }
        sandbox
    }

    /// Runs a line that was typed; what had been taken back is forgotten.
    pub(super) fn run(&mut self, line: &str) -> Response {
        self.undone.clear();
        let (entry, effect) = self.execute(line);
        Response::Ran {
            entry,
            effect,
            session: self.session(),
            summary: Box::new(self.summary()),
        }
    }

    /// Takes the last line back.
    pub(super) fn undo(&mut self) {
        let mut lines: Vec<_> = self.entries.drain(..).map(|entry| entry.line).collect();
        let mut undone = std::mem::take(&mut self.undone);
        undone.extend(lines.pop());
        *self = Self::replay(lines);
        self.undone = undone;
    }

    /// Runs the line again that was taken back last.
    pub(super) fn redo(&mut self) {
        if let Some(line) = self.undone.pop() {
            self.execute(&line);
        }
    }

    /// The session as it stands.
    pub(super) fn restored(&self) -> Response {
        Response::Restored {
            entries: self.entries.clone(),
            session: self.session(),
            summary: Box::new(self.summary()),
        }
    }

    /// How a line may go on.
    pub(super) fn complete(&self, line: &str) -> Vec<(String, String)> {
        self.shell
            .complete(line, line.len())
            .into_iter()
            .map(|candidate| (candidate.text, candidate.help.to_string()))
            .collect()
    }

    fn summary(&self) -> Summary {
        document::summary(&self.history)
    }

    fn session(&self) -> Session {
        let count = |lines: usize| u32::try_from(lines).unwrap_or(u32::MAX);
        Session {
            undo: count(self.entries.len()),
            redo: count(self.undone.len()),
        }
    }

    fn execute(&mut self, line: &str) -> (Entry, Effect) {
        let compacted_before = self.shell.store().compact_revision();
        let ran = self.shell.run(line);
        let compacted = Some(self.shell.store().compact_revision())
            .filter(|revision| *revision != compacted_before);
        let effect = self.fold(&ran, compacted);
        let entry = Entry {
            line: line.to_string(),
            stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
            watched: ran
                .notices
                .iter()
                .map(|notice| String::from_utf8_lossy(&notice.stdout))
                .collect(),
            is_running: ran.started.is_some(),
            exit: ran.exit,
        };
        self.entries.push(entry.clone());
        (entry, effect)
    }

    /// Adds what a line did to the history.
    fn fold(&mut self, ran: &Ran, compacted: Option<i64>) -> Effect {
        let mut effect = Effect {
            compacted,
            ..Effect::default()
        };
        for applied in &ran.applied {
            for record in &applied.written {
                self.history.push(&record.as_ref());
                effect.written.push(record.bucket_key.revision);
            }
            for record in &applied.removed {
                let revision = record.bucket_key.revision;
                effect.removed.push(revision);
                self.gone.insert(revision, record.clone());
            }
        }
        self.history.settle();
        self.history.set_head(self.shell.store().revision());
        if let Some(revision) = compacted {
            self.history
                .compact(revision, effect.removed.iter().copied());
        }
        effect
    }
}

impl Document for Sandbox {
    fn history(&self) -> &History {
        &self.history
    }

    fn record(&self, key: BucketKey) -> Result<Option<Record>, String> {
        let kept = self.shell.store().record(key.revision);
        Ok(kept.or_else(|| self.gone.get(&key.revision)).cloned())
    }
}
