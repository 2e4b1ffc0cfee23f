//! What commands act on: the store, and the watches that are running.

use std::collections::BTreeMap;

use super::print::{Format, Header, Style, WatchResponse, fields, json, protobuf, simple};
use super::{Config, Failure};
use crate::mvcc::{Applied, Error, Op, Store, Watch};

/// Number of a running job, counted from 1 in the order of their start.
pub type JobId = u64;

/// Most jobs that may run at a time.
const MAX_JOBS: usize = 64;

/// The store and its watches.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) store: Store,
    pub(super) jobs: BTreeMap<JobId, Job>,
    /// What was applied since the outermost command began.
    pub(super) applied: Vec<Applied>,
    /// What running jobs printed since then.
    pub(super) notices: Vec<JobOutput>,
    config: Config,
    last_job: JobId,
}

/// A running `watch`.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// One, or several of a `watch -i`.
    pub(super) watches: Vec<Watch>,
    pub(super) style: Style,
}

/// What a running job printed while another command ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOutput {
    /// Which job.
    pub job: JobId,
    /// Its output.
    pub stdout: Vec<u8>,
    /// What it complained about.
    pub stderr: Vec<u8>,
    /// Its exit code, if it ended.
    pub exit: Option<i32>,
}

impl Session {
    pub(super) fn new(config: Config) -> Self {
        Self {
            store: Store::new(config.release, config.raft_term),
            jobs: BTreeMap::new(),
            applied: Vec::new(),
            notices: Vec::new(),
            config,
            last_job: 0,
        }
    }

    pub(super) fn header(&self) -> Header {
        Header {
            cluster_id: self.config.cluster_id,
            member_id: self.config.member_id,
            revision: self.store.revision(),
            raft_term: self.config.raft_term,
        }
    }

    /// Applies an operation and lets every running watch see what it wrote.
    pub(super) fn apply(&mut self, op: Op) -> Result<Applied, Error> {
        let applied = self.store.apply(op)?;
        if !applied.written.is_empty() {
            let store = &self.store;
            let notices = &mut self.notices;
            self.jobs.retain(|id, job| {
                let output = job.see(*id, store, &applied);
                let runs_on = output.exit.is_none();
                if output.exit.is_some() || !output.stdout.is_empty() {
                    notices.push(output);
                }
                runs_on
            });
        }
        if !(applied.written.is_empty() && applied.removed.is_empty()) {
            self.applied.push(applied.clone());
        }
        Ok(applied)
    }

    /// Lets a job run on; the oldest ends when there are too many.
    pub(super) fn start(&mut self, job: Job) {
        self.last_job += 1;
        self.jobs.insert(self.last_job, job);
        if self.jobs.len() > MAX_JOBS {
            self.jobs.pop_first();
        }
    }

    /// Number of the job that was started last.
    pub(super) fn last_job(&self) -> JobId {
        self.last_job
    }
}

impl Job {
    /// What the job prints for an operation; it ends when its format cannot print that.
    fn see(&mut self, id: JobId, store: &Store, applied: &Applied) -> JobOutput {
        let mut output = JobOutput {
            job: id,
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit: None,
        };
        for watch in &mut self.watches {
            let Some(batch) = watch.see(store, applied) else {
                continue;
            };
            let mut style = self.style;
            style.header.revision = batch.revision;
            let response = WatchResponse {
                events: batch.events,
                ..WatchResponse::default()
            };
            if let Err(failure) = print_watch(&mut output.stdout, &response, &style) {
                output.stderr = failure.to_string().into_bytes();
                output.exit = Some(failure.exit);
                break;
            }
        }
        output
    }
}

/// Prints one response of a watch.
pub(super) fn print_watch(
    out: &mut Vec<u8>,
    response: &WatchResponse,
    style: &Style,
) -> Result<(), Failure> {
    match style.format {
        Format::Simple => simple::events(out, &response.events, style),
        Format::Json => out.extend(json::watch(response, style).bytes()),
        Format::Protobuf => out.extend(protobuf::watch(response, style)),
        Format::Fields => {
            let mut text = String::new();
            fields::watch(&mut text, response, style);
            out.extend(text.bytes());
        }
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}
