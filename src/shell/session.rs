//! What commands act on: the store, and the watches that are running.

use std::collections::{BTreeMap, VecDeque};

use super::hook::Hook;
use super::kubectl::ObjectWatch;
use super::print::{Format, Header, Style, Usage, WatchResponse, fields, json, protobuf, simple};
use super::transcript::Shown;
use super::{Config, Failure, Files};
use crate::apiserver::Clock;
use crate::backend::{Backend, Change, Member};
use crate::kv::LeaseId;
use crate::mvcc::{Applied, Error, Op, Store, Watch};

/// Number of a running job, counted from 1 in the order of their start.
pub type JobId = u64;

/// Most jobs that may run at a time.
const MAX_JOBS: usize = 64;
/// How often the member commits what was written, in milliseconds of the virtual clock.
const COMMIT_MS: i64 = 100;
/// How much one request may add to the file at most, in bytes, amply.
const REQUEST_BYTES: i64 = 4 << 20;
/// `AlarmType` of the alarm NOSPACE.
const NO_SPACE: u64 = 1;

/// The store and its watches.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) store: Store,
    /// The member's file.
    pub(super) backend: Backend,
    pub(super) files: Files,
    pub(super) jobs: BTreeMap<JobId, Job>,
    /// What was applied since the outermost command began.
    pub(super) applied: Vec<Applied>,
    /// What running jobs printed since then.
    pub(super) notices: Vec<JobOutput>,
    /// Commands that watches want run.
    pub(super) hooks: VecDeque<Hook>,
    config: Config,
    last_job: JobId,
    /// Whether the store came from an opened file, whose Secrets are confidential.
    pub(super) is_opened: bool,
    /// What time it is in the cluster.
    pub(super) clock: Clock,
    /// Whether its controllers may have something to do.
    pub(super) has_cluster_work: bool,
}

/// A running `watch`.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// One, or several of a `watch -i`.
    pub(super) watches: Vec<Open>,
    pub(super) style: Style,
    /// What `kubectl get -w` prints, in place of watches.
    pub(super) objects: Option<Box<ObjectWatch>>,
}

/// One watch of a job.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) watch: Watch,
    /// The command to run for each event; no words for none.
    pub(super) command: Vec<Vec<u8>>,
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
        let store = Store::new(config.release, config.raft_term);
        let member = Member {
            id: config.member_id,
            ..Member::default()
        };
        let (term, index) = (store.raft_term(), store.raft_index());
        let backend = Backend::new(config.release, member, term, index);
        Self {
            is_opened: false,
            ..Self::on(config, store, backend)
        }
    }

    /// A session on a store that is there already, with the file that belongs to it.
    pub(super) fn on(config: Config, store: Store, backend: Backend) -> Self {
        Self {
            backend,
            store,
            files: Files::default(),
            jobs: BTreeMap::new(),
            applied: Vec::new(),
            notices: Vec::new(),
            hooks: VecDeque::new(),
            config,
            last_job: 0,
            clock: Clock::default(),
            has_cluster_work: false,
            is_opened: true,
        }
    }

    pub(super) fn header(&self) -> Header {
        Header {
            cluster_id: self.config.cluster_id,
            member_id: self.config.member_id,
            revision: self.store.revision(),
            raft_term: self.store.raft_term(),
        }
    }

    /// Applies an operation for a user and lets every running watch see what it wrote.
    pub(super) fn apply(&mut self, op: Op, user: Option<&str>) -> Result<Applied, Error> {
        self.measure();
        let alarm = self.store.alarm();
        let is_auth = matches!(op, Op::Auth(_));
        let result = self.store.apply_as(op, user);
        if self.store.alarm() != alarm {
            let change = Change::alarm(self.config.member_id, NO_SPACE, !alarm);
            self.backend.change([change]);
        }
        let applied = result?;
        if is_auth {
            self.backend.note_auth(&self.store);
        }
        self.publish(&applied);
        Ok(applied)
    }

    /// Tells the store how large its file is, where that is near the quota.
    fn measure(&mut self) {
        let quota = self.store.quota_bytes();
        let bound = self.backend.size_at_most();
        if quota < 0 || bound.saturating_add(REQUEST_BYTES) < quota {
            self.store.set_file_bytes(bound);
        } else if let Ok(sizes) = self.backend.sizes() {
            self.store.set_file_bytes(sizes.db_size);
        }
    }

    /// Raft numbers and sizes, as the member tells them.
    pub(super) fn usage(&mut self) -> Usage {
        let sizes = self.backend.sizes().ok();
        Usage {
            raft_term: self.store.raft_term(),
            raft_index: self.store.raft_index(),
            db_size: sizes.map_or(0, |sizes| sizes.db_size),
            db_size_in_use: sizes.map_or(0, |sizes| sizes.in_use),
        }
    }

    /// Lets time pass; watches see the keys of leases that end, and what was written is committed
    /// at the next full tenth of a second.
    pub(super) fn advance(&mut self, ms: i64) {
        let ticks = |store: &Store| store.now_ms().div_euclid(COMMIT_MS);
        let before = ticks(&self.store);
        let index = self.store.raft_index();
        let ended = self.store.advance(ms);
        if ticks(&self.store) > before {
            self.backend.commit(index);
        }
        for applied in ended {
            self.publish(&applied);
        }
    }

    /// Ends the file's transaction.
    pub(super) fn commit(&mut self) {
        self.backend.commit(self.store.raft_index());
    }

    /// Starts the member again.
    pub(super) fn restart(&mut self) {
        self.commit();
        self.store.restart();
        let (term, index) = (self.store.raft_term(), self.store.raft_index());
        self.backend.restart(term, index);
    }

    /// Lets as much time pass as a recorded answer shows to have passed.
    pub(super) fn catch_up(&mut self, shown: &Shown) {
        /// Longest wait that a recording is taken to hold, in milliseconds.
        const MAX_WAIT_MS: i64 = 10 * 60 * 1000;
        loop {
            let later = shown.revision > Some(self.store.revision())
                || shown.raft_index > Some(self.store.raft_index());
            let wait = self
                .store
                .next_expiry_ms()
                .map(|end| end - self.store.now_ms());
            let Some(wait) = wait.filter(|wait| later && *wait < MAX_WAIT_MS) else {
                break;
            };
            // Past the end, and to the next look for leases that have ended.
            self.advance(wait.max(0) + 501);
        }
        if let Some((id, left)) = shown.time_left {
            let here = self.store.remaining(LeaseId(id)).unwrap_or(left);
            // The least that explains it: the second before is just over.
            let end = self
                .store
                .lease(LeaseId(id))
                .map_or(0, |lease| lease.expires_ms);
            let wait = match here > left {
                true => end - self.store.now_ms() - (left + 1).saturating_mul(1000) + 1,
                false => 0,
            };
            self.advance(wait.clamp(0, MAX_WAIT_MS));
        }
    }

    fn publish(&mut self, applied: &Applied) {
        self.backend.note(applied, self.store.raft_index());
        if !applied.written.is_empty() {
            let store = &self.store;
            let notices = &mut self.notices;
            let hooks = &mut self.hooks;
            self.jobs.retain(|id, job| {
                let output = job.see(*id, store, applied, hooks);
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
    fn see(
        &mut self,
        id: JobId,
        store: &Store,
        applied: &Applied,
        hooks: &mut VecDeque<Hook>,
    ) -> JobOutput {
        let mut output = JobOutput {
            job: id,
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit: None,
        };
        if let Some(objects) = &mut self.objects {
            output.stdout = objects.see(store, applied);
        }
        for open in &mut self.watches {
            let Some(batch) = open.watch.see(store, applied) else {
                continue;
            };
            let mut style = self.style;
            style.header.revision = batch.revision;
            if !open.command.is_empty() {
                let hook = |event| Hook::new(Some(id), &open.command, batch.revision, event);
                hooks.extend(batch.events.iter().map(hook));
            }
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
