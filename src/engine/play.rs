//! A shell and the history of its store: what comes of a list of lines.

use std::collections::BTreeMap;

use super::protocol::{Effect, Entry};
use super::protocol::{RunningWatch, SavedFile, Watched};
use super::{beside, narrate};
use crate::history::History;
use crate::kv::{Record, Revision};
use crate::mvcc::Release;
use crate::session::terminals;
use crate::shell::{Config, Files, JobId, Ran, Shell};

/// A shell that has run some lines.
#[derive(Clone)]
pub(super) struct Play {
    pub(super) shell: Shell,
    pub(super) history: History,
    /// Rows that compactions removed, for showing what they were.
    pub(super) gone: BTreeMap<Revision, Record>,
    pub(super) entries: Vec<Entry>,
    /// What the last line did.
    pub(super) effect: Effect,
    /// What the last line came to.
    pub(super) last: Ran,
    /// The lines that opened the watches that run.
    watches: BTreeMap<JobId, String>,
    /// When lines wrote, in their order.
    moments: Vec<Moment>,
}

/// The virtual clock before and after a line that wrote.
#[derive(Clone, Copy)]
struct Moment {
    first: i64,
    last: i64,
    from_ms: i64,
    to_ms: i64,
}

impl Play {
    /// An empty store and no line.
    pub(super) fn new(release: Release) -> Self {
        let config = Config {
            release,
            ..Config::default()
        };
        Self {
            shell: Shell::new(config),
            history: History::new(),
            gone: BTreeMap::new(),
            entries: Vec::new(),
            effect: Effect::default(),
            last: Ran::default(),
            watches: BTreeMap::new(),
            moments: Vec::new(),
        }
    }

    /// A shell whose store began with what a file holds, and the file's history.
    pub(super) fn on(shell: Shell, history: History) -> Self {
        Self {
            shell,
            history,
            ..Self::new(Release::default())
        }
    }

    /// Watches that run, oldest first.
    pub(super) fn watches(&self) -> Vec<RunningWatch> {
        let watches = self.watches.iter();
        watches
            .map(|(job, line)| RunningWatch {
                job: *job,
                line: line.clone(),
            })
            .collect()
    }

    /// The session's files.
    pub(super) fn files(&self) -> Vec<SavedFile> {
        let files = self.shell.files();
        let file = |name: &str| SavedFile {
            name: name.to_owned(),
            size: files.get(name).map_or(0, |bytes| bytes.len() as u64),
        };
        files.names().map(file).collect()
    }

    /// Runs a line.
    pub(super) fn run(&mut self, line: &str) -> (Entry, Effect) {
        let compacted_before = self.shell.store().compact_revision();
        let files_before = places(self.shell.files());
        let ended_before = self.shell.backend().ended();
        let (terminal, typed) = terminals::split(line);
        self.shell.select_terminal(terminal);
        let from_ms = self.shell.store().now_ms();
        let head = self.shell.store().revision();
        let ran = self.shell.run(typed);
        let (last, to_ms) = (self.shell.store().revision(), self.shell.store().now_ms());
        if last > head {
            let first = head.saturating_add(1);
            self.moments.push(Moment {
                first,
                last,
                from_ms,
                to_ms,
            });
        }
        let compacted = Some(self.shell.store().compact_revision())
            .filter(|revision| *revision != compacted_before);
        let mut effect = self.fold(&ran, compacted);
        let watched = self.watched(&ran);
        effect.committed = self.shell.backend().ended() != ended_before;
        let is_rewritten = effect.committed && self.shell.backend().is_rewritten();
        effect.beats = narrate::beats(typed, &ran, &effect, &watched, is_rewritten);
        self.effect = effect.clone();
        let files_now = places(self.shell.files());
        let mut saved = self.files();
        saved.retain(|file| files_now.get(&file.name) != files_before.get(&file.name));
        for job in self.shell.jobs() {
            self.watches.entry(job).or_insert_with(|| line.to_owned());
        }
        let jobs: Vec<JobId> = self.shell.jobs().collect();
        self.watches.retain(|job, _| jobs.contains(job));
        let entry = Entry {
            line: line.to_string(),
            stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
            watched,
            is_running: ran.started.is_some(),
            exit: ran.exit,
            saved,
        };
        self.entries.push(entry.clone());
        self.last = ran;
        (entry, effect)
    }

    /// The virtual time of a revision: a line's first and last moment are known, not those of its
    /// requests.
    pub(super) fn time(&self, revision: i64) -> Option<String> {
        let at = self
            .moments
            .partition_point(|moment| moment.last < revision);
        let moment = self
            .moments
            .get(at)
            .filter(|moment| moment.first <= revision)?;
        let half_ms = moment.to_ms.saturating_sub(moment.from_ms) / 2;
        Some(beside::virtual_time(
            moment.from_ms.saturating_add(half_ms),
            half_ms,
        ))
    }

    /// What each watch printed, in the order in which they first did.
    fn watched(&self, ran: &Ran) -> Vec<Watched> {
        let mut all: Vec<Watched> = Vec::new();
        for notice in &ran.notices {
            let text = String::from_utf8_lossy(&notice.stdout).into_owned()
                + &String::from_utf8_lossy(&notice.stderr);
            match all.iter_mut().find(|one| one.watch.job == notice.job) {
                Some(one) => one.text.push_str(&text),
                None => {
                    let line = self.watches.get(&notice.job).cloned().unwrap_or_default();
                    let watch = RunningWatch {
                        job: notice.job,
                        line,
                    };
                    all.push(Watched { watch, text });
                }
            }
        }
        all
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
            for record in applied.removed.iter() {
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

/// Where each file's bytes are: a file that was written anew has other ones.
fn places(files: &Files) -> BTreeMap<String, (*const u8, usize)> {
    let place = |name: &str| {
        let bytes = files.get(name).unwrap_or_default();
        (name.to_owned(), (bytes.as_ptr(), bytes.len()))
    };
    files.names().map(place).collect()
}
