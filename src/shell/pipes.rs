//! Pipes behind a watch that runs on: what it prints later still goes through them.
//!
//! `etcdctl watch foo -w json | jq .` starts a job; its events come while other commands run. The
//! commands behind the pipe and the redirects around it are kept with the job, as stages, and run
//! again on what the job prints.

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::{Command, CommandPrefixOrSuffixItem};

use super::exec::{Input, Stop};
use super::redirect::Sink;
use super::{JobId, Output, Shell, Variable, tools};

/// Most bytes of a watch that are kept for a command that looks at all of them.
const MAX_SEEN_BYTES: usize = 1 << 20;

/// What stands behind a job, from the inside out.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Further commands of a pipe, with the variables that they were started with.
    Pipe {
        commands: Rc<[Command]>,
        variables: Rc<BTreeMap<String, Variable>>,
        /// What the job printed, and how much of the answer to it was passed on; only where the
        /// commands count what they have seen.
        seen: Vec<u8>,
        passed: usize,
    },
    /// A redirect.
    To(Sink),
}

impl Stage {
    /// The commands behind a pipe.
    pub(super) fn pipe(commands: &[Command], variables: &BTreeMap<String, Variable>) -> Self {
        Self::Pipe {
            commands: commands.into(),
            variables: Rc::new(variables.clone()),
            seen: Vec::new(),
            passed: 0,
        }
    }
}

/// How a command treats a stream that does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Streams {
    /// Line by line or value by value: each piece alone.
    Pieces,
    /// What it prints depends on what came before.
    Counts,
    /// It waits for the end, which does not come.
    Waits,
}

impl Shell {
    /// Adds a stage to all jobs that were started after `before` and run on.
    pub(super) fn add_stage(&mut self, before: JobId, stage: &Stage) {
        let jobs = self.session.jobs.keys().copied();
        let started: Vec<_> = jobs.filter(|job| *job > before).collect();
        for job in started {
            self.stages.entry(job).or_default().push(stage.clone());
        }
    }

    /// Sends what jobs printed meanwhile through their pipes.
    pub(super) fn filter_notices(&mut self) {
        let mut notices = std::mem::take(&mut self.session.notices);
        for notice in &mut notices {
            let Some(mut stages) = self.stages.remove(&notice.job) else {
                continue;
            };
            for stage in &mut stages {
                let bytes = std::mem::take(&mut notice.stdout);
                notice.stdout = match stage {
                    Stage::To(Sink::File(name)) => {
                        let name = name.clone();
                        self.append(&name, &bytes);
                        Vec::new()
                    }
                    Stage::To(Sink::Null) => Vec::new(),
                    Stage::To(Sink::Stderr) => {
                        notice.stderr.extend(bytes);
                        Vec::new()
                    }
                    Stage::To(Sink::Stdout) => bytes,
                    Stage::Pipe {
                        commands,
                        variables,
                        seen,
                        passed,
                    } => {
                        let mut out = Output::default();
                        match self.streams(commands) {
                            Streams::Waits => {}
                            Streams::Pieces => self.feed(commands, variables, bytes, &mut out),
                            Streams::Counts => {
                                seen.extend(bytes);
                                seen.truncate(MAX_SEEN_BYTES);
                                self.feed(commands, variables, seen.clone(), &mut out);
                                let all = out.stdout.len();
                                out.stdout.drain(..(*passed).min(all));
                                *passed = all;
                            }
                        }
                        notice.stderr.extend(out.stderr);
                        out.stdout
                    }
                };
            }
            if notice.exit.is_none() {
                self.stages.insert(notice.job, stages);
            }
        }
        notices
            .retain(|one| !(one.stdout.is_empty() && one.stderr.is_empty() && one.exit.is_none()));
        // What ran behind a pipe may have written; others may have seen that.
        notices.append(&mut self.session.notices);
        self.session.notices = notices;
    }

    fn feed(
        &mut self,
        commands: &Rc<[Command]>,
        variables: &Rc<BTreeMap<String, Variable>>,
        bytes: Vec<u8>,
        out: &mut Output,
    ) {
        let commands = commands.clone();
        let saved = std::mem::replace(&mut self.variables, (**variables).clone());
        let result = self.exec_commands(&commands, &mut Input::new(bytes), out);
        self.variables = saved;
        if let Err(Stop::Limit(text) | Stop::Bad(text)) = result {
            out.stderr.extend((text + "\n").bytes());
        }
    }

    /// The slowest of some commands.
    fn streams(&self, commands: &[Command]) -> Streams {
        let all = commands.iter().map(|command| match command {
            Command::Simple(simple) => {
                let name = simple
                    .word_or_name
                    .as_ref()
                    .map_or("", |word| word.value.as_str());
                let words = simple.suffix.iter().flat_map(|suffix| &suffix.0);
                let words = words.filter_map(|item| match item {
                    CommandPrefixOrSuffixItem::Word(word) => Some(word.value.as_str()),
                    _ => None,
                });
                tools::streams(name, words)
            }
            _ => Streams::Counts,
        });
        all.max().unwrap_or(Streams::Pieces)
    }
}
