//! The command behind `watch ... --`: it runs once for every event, in the shell of the session.
//!
//! A watch only notes what is to be run ([`Hook`]); the shell runs it when the command that caused
//! the event is done.

use std::collections::BTreeMap;

use super::exec::{Input, exit_of};
use super::session::JobId;
use super::{JobOutput, Output, Shell, Variable};
use crate::kv::quote::quoted;
use crate::mvcc::{Event, EventKind};

/// Most commands that events caused by such commands may cause in turn.
const MAX_HOOKS: usize = 1000;

/// A command to be run for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hook {
    /// Whose output it adds to; none while the watch is being opened.
    pub(super) job: Option<JobId>,
    words: Vec<Vec<u8>>,
    variables: [(&'static str, String); 4],
}

impl Hook {
    /// For an event in a response whose header has `revision`. All values but the
    /// revision are in Go's quotes, as the real tool puts them into the environment.
    pub(super) fn new(job: Option<JobId>, words: &[Vec<u8>], revision: i64, event: &Event) -> Self {
        let kind = match event.kind {
            EventKind::Put => "PUT",
            EventKind::Delete => "DELETE",
        };
        Self {
            job,
            words: words.to_vec(),
            variables: [
                ("ETCD_WATCH_REVISION", revision.to_string()),
                ("ETCD_WATCH_EVENT_TYPE", quoted(kind.as_bytes())),
                ("ETCD_WATCH_KEY", quoted(&event.kv.key)),
                ("ETCD_WATCH_VALUE", quoted(&event.kv.value)),
            ],
        }
    }
}

impl Shell {
    /// Runs what watches have noted; answers an exit code where one of those that were being
    /// opened ends because its command failed.
    pub(super) fn run_hooks(&mut self, out: &mut Output) -> Option<i32> {
        if std::mem::replace(&mut self.in_hooks, true) {
            return None;
        }
        let mut exit = None;
        for _ in 0..MAX_HOOKS {
            let Some(hook) = self.session.hooks.pop_front() else {
                break;
            };
            let ended = match hook.job {
                Some(job) => !self.session.jobs.contains_key(&job),
                None => exit.is_some(),
            };
            if ended {
                continue;
            }
            let saved = self.with_variables(&hook.variables);
            let mut inner = Output::default();
            let result = self.exec_words(&hook.words, &mut Input::default(), &mut inner);
            let failed = exit_of(result, &mut inner);
            self.variables = saved;
            if failed != 0 {
                let words: Vec<_> = hook.words.iter().map(|word| quoted(word)).collect();
                let text = format!(
                    "command [{}] error (exit status {failed})\n",
                    words.join(" ")
                );
                inner.stderr.extend(text.bytes());
            }
            match hook.job {
                None => {
                    out.stdout.append(&mut inner.stdout);
                    out.stderr.append(&mut inner.stderr);
                    if failed != 0 {
                        exit = Some(1);
                        self.session.jobs.remove(&self.session.last_job());
                    }
                }
                Some(job) => {
                    self.session.notices.push(JobOutput {
                        job,
                        stdout: inner.stdout,
                        stderr: inner.stderr,
                        exit: (failed != 0).then_some(1),
                    });
                    if failed != 0 {
                        self.session.jobs.remove(&job);
                    }
                }
            }
        }
        self.session.hooks.clear();
        self.in_hooks = false;
        exit
    }

    /// Sets exported variables; answers all as they were.
    fn with_variables(&mut self, new: &[(&'static str, String)]) -> BTreeMap<String, Variable> {
        let saved = self.variables.clone();
        for (name, value) in new {
            let variable = Variable {
                value: value.clone().into_bytes(),
                exported: true,
            };
            self.variables.insert((*name).to_owned(), variable);
        }
        saved
    }
}
