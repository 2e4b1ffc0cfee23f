//! Goals: what must hold of the store and of what was printed last.

use std::fmt;

use crate::kv::LeaseId;
use crate::shell::{Ran, Shell};

/// What must hold. Values of keys are compared as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// `revision = N`: the store's revision.
    Revision(i64),
    /// `compacted = N`: the store was compacted at N.
    Compacted(i64),
    /// `value KEY = TEXT`, `value KEY @ N = TEXT`: as read now, or at a revision that is kept.
    Value(String, Option<i64>, String),
    /// `no KEY`: there is no such key now.
    Missing(String),
    /// `version KEY = N`.
    Version(String, i64),
    /// `generations KEY = N`: lives of the key that the index still holds.
    Generations(String, i64),
    /// `records = N`: rows of the `key` bucket.
    Records(i64),
    /// `leases = N`: leases that run.
    Leases(i64),
    /// `lease of KEY = N`: keys that share the lease of this one.
    LeaseKeys(String, i64),
    /// `watches = N`: watches that run.
    Watches(i64),
    /// `watch events = N`: notices of running watches about the last command.
    WatchEvents(i64),
    /// `output contains "TEXT"`: standard output of the last command.
    Output(String),
    /// `error contains "TEXT"`: standard error of the last command.
    Error(String),
    /// `exit = N`: exit code of the last command.
    Exit(i64),
    /// `file NAME`: a file of the tab.
    File(String),
}

impl fmt::Display for Goal {
    /// As a lesson has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(number) => write!(f, "revision = {number}"),
            Self::Compacted(number) => write!(f, "compacted = {number}"),
            Self::Value(key, None, text) => write!(f, "value {key} = {text}"),
            Self::Value(key, Some(at), text) => write!(f, "value {key} @ {at} = {text}"),
            Self::Missing(key) => write!(f, "no {key}"),
            Self::Version(key, number) => write!(f, "version {key} = {number}"),
            Self::Generations(key, number) => write!(f, "generations {key} = {number}"),
            Self::Records(number) => write!(f, "records = {number}"),
            Self::Leases(number) => write!(f, "leases = {number}"),
            Self::LeaseKeys(key, number) => write!(f, "lease of {key} = {number}"),
            Self::Watches(number) => write!(f, "watches = {number}"),
            Self::WatchEvents(number) => write!(f, "watch events = {number}"),
            Self::Output(text) => write!(f, "output contains \"{text}\""),
            Self::Error(text) => write!(f, "error contains \"{text}\""),
            Self::Exit(number) => write!(f, "exit = {number}"),
            Self::File(name) => write!(f, "file {name}"),
        }
    }
}

/// Where in the text, what stands there, and what was expected.
type Refusal = (usize, String, String);

impl Goal {
    /// Reads a goal as a lesson has it.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = |expected: &str| Err((0, format!("`{text}`"), expected.to_owned()));
        for (name, make) in [
            ("output", Goal::Output as fn(String) -> Goal),
            ("error", Goal::Error),
        ] {
            let Some(rest) = text.strip_prefix(name) else {
                continue;
            };
            let quoted = rest.trim().strip_prefix("contains").map(str::trim);
            let inner = quoted.and_then(|quoted| quoted.strip_prefix('"')?.strip_suffix('"'));
            return match inner.filter(|inner| !inner.is_empty()) {
                Some(inner) => Ok(make(inner.to_owned())),
                None => refuse(&format!("`{name} contains \"TEXT\"`")),
            };
        }
        if let Some(key) = text.strip_prefix("no ") {
            return Ok(Goal::Missing(key.trim().to_owned()));
        }
        if let Some(name) = text.strip_prefix("file ") {
            return Ok(Goal::File(name.trim().to_owned()));
        }
        let Some((left, right)) = text.split_once('=') else {
            return refuse(
                "a goal such as `revision = 5`, `value KEY = TEXT` or `output contains \"TEXT\"`",
            );
        };
        let at = text.len() - right.trim_start().len();
        let (left, right) = (left.trim(), right.trim());
        let words: Vec<&str> = left.split_whitespace().collect();
        if let ["value", key] = words.as_slice() {
            return Ok(Goal::Value((*key).to_owned(), None, right.to_owned()));
        }
        if let ["value", key, "@", revision] = words.as_slice() {
            return match revision.parse() {
                Ok(revision) => Ok(Goal::Value(
                    (*key).to_owned(),
                    Some(revision),
                    right.to_owned(),
                )),
                Err(_) => refuse("a revision behind `@`"),
            };
        }
        let number = right.parse::<i64>();
        let number = || {
            number
                .clone()
                .map_err(|_| (at, format!("`{right}`"), "a number".to_owned()))
        };
        match words.as_slice() {
            ["revision"] => Ok(Goal::Revision(number()?)),
            ["compacted"] => Ok(Goal::Compacted(number()?)),
            ["records"] => Ok(Goal::Records(number()?)),
            ["leases"] => Ok(Goal::Leases(number()?)),
            ["watches"] => Ok(Goal::Watches(number()?)),
            ["watch", "events"] => Ok(Goal::WatchEvents(number()?)),
            ["exit"] => Ok(Goal::Exit(number()?)),
            ["version", key] => Ok(Goal::Version((*key).to_owned(), number()?)),
            ["generations", key] => Ok(Goal::Generations((*key).to_owned(), number()?)),
            ["lease", "of", key] => Ok(Goal::LeaseKeys((*key).to_owned(), number()?)),
            _ => refuse(
                "revision, compacted, value KEY, version KEY, generations KEY, records, leases, lease of \
                 KEY, watches, watch events or exit before `=`",
            ),
        }
    }

    /// Whether it holds, after a command.
    pub fn holds(&self, shell: &Shell, last: &Ran) -> bool {
        let store = shell.store();
        let same = |count: usize, number: i64| i64::try_from(count) == Ok(number);
        // The last row of a key at a revision; none where that is a tombstone.
        let row = |key: &str, at: Option<i64>| {
            let at = at.unwrap_or(store.revision());
            if at > store.revision() || at < store.compact_revision() {
                return None;
            }
            let rows = store.records().rev();
            let mut rows = rows.filter(|row| row.bucket_key.revision.main <= at);
            let row = rows.find(|row| row.kv.key == key.as_bytes())?;
            (!row.bucket_key.tombstone).then_some(row)
        };
        let contains = |bytes: &[u8], text: &str| String::from_utf8_lossy(bytes).contains(text);
        match self {
            Self::Revision(number) => store.revision() == *number,
            Self::Compacted(number) => store.compact_revision() == *number,
            Self::Value(key, at, text) => {
                row(key, *at).is_some_and(|row| row.kv.value == text.as_bytes())
            }
            Self::Missing(key) => row(key, None).is_none(),
            Self::Version(key, number) => {
                row(key, None).is_some_and(|row| row.kv.version == *number)
            }
            Self::Generations(key, number) => {
                let mut indexes = store.key_indexes();
                let index = indexes.find(|index| index.key == key.as_bytes());
                let lives = index.map_or(0, |index| {
                    index
                        .generations
                        .iter()
                        .filter(|life| !life.revisions.is_empty())
                        .count()
                });
                same(lives, *number)
            }
            Self::Records(number) => same(store.records().count(), *number),
            Self::Leases(number) => same(store.leases().len(), *number),
            Self::LeaseKeys(key, number) => row(key, None).is_some_and(|row| {
                row.kv.lease != LeaseId(0)
                    && store
                        .lease(row.kv.lease)
                        .is_some_and(|lease| same(lease.keys.len(), *number))
            }),
            Self::Watches(number) => same(shell.jobs().count(), *number),
            Self::WatchEvents(number) => same(last.notices.len(), *number),
            Self::Output(text) => contains(&last.stdout, text),
            Self::Error(text) => contains(&last.stderr, text),
            Self::Exit(number) => i64::from(last.exit) == *number,
            Self::File(name) => shell.files().get(name).is_some(),
        }
    }
}
