//! Limits of size: of one request, and of the file.
//!
//! When a request would make the file as large as the quota, the member raises the alarm NOSPACE:
//! from then on only deletes, compactions and reads are done until the alarm is disarmed
//! (`server/storage/quota.go`, `server/etcdserver/apply`).

use super::op::Op;
use super::{Error, Store};

/// etcd's request limit in bytes (`--max-request-bytes`, 1.5 MiB).
pub(super) const MAX_REQUEST_BYTES: usize = 1536 * 1024;
/// Default of `--quota-backend-bytes`.
const DEFAULT_BYTES: i64 = 2 << 30;
/// What a put is taken to cost beside its key and value, in bytes.
const PUT_OVERHEAD: usize = 256;
/// What a lease is taken to cost, in bytes.
const LEASE_OVERHEAD: usize = 64;

/// How large the file may become, and whether it was too large once.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    /// In bytes; below 0 there is no limit.
    bytes: i64,
    /// How large the file is, as its keeper told.
    file_bytes: i64,
    /// Whether NOSPACE stands.
    pub(super) alarm: bool,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            bytes: DEFAULT_BYTES,
            file_bytes: 0,
            alarm: false,
        }
    }
}

impl Store {
    /// How large the file may become, in bytes.
    pub fn quota_bytes(&self) -> i64 {
        self.quota.bytes
    }

    /// Sets `--quota-backend-bytes`: 0 is the default, below 0 there is no limit.
    pub fn set_quota_bytes(&mut self, bytes: i64) {
        self.quota.bytes = if bytes == 0 { DEFAULT_BYTES } else { bytes };
    }

    /// Tells how large the member's file is, which the store does not know by itself.
    pub fn set_file_bytes(&mut self, bytes: i64) {
        self.quota.file_bytes = bytes;
    }

    /// Whether the alarm NOSPACE stands.
    pub fn alarm(&self) -> bool {
        self.quota.alarm
    }

    /// Whether a request fits; raises the alarm where not, which is an entry of the log.
    pub(super) fn check_quota(&mut self, op: &Op) -> Result<(), Error> {
        let Some(cost) = cost(op) else { return Ok(()) };
        let size = self.quota.file_bytes;
        let cost = i64::try_from(cost).unwrap_or(i64::MAX);
        if self.quota.bytes < 0 || size.saturating_add(cost) < self.quota.bytes {
            return Ok(());
        }
        self.quota.alarm = true;
        self.add_log_entry();
        Err(Error::NoSpace)
    }

    /// While the alarm stands nothing that takes room is applied.
    pub(super) fn check_alarm(&self, op: &Op) -> Result<(), Error> {
        match self.quota.alarm && cost(op).is_some() {
            true => Err(Error::NoSpace),
            false => Ok(()),
        }
    }
}

/// What a request is taken to add to the file; nothing for one that takes no room.
fn cost(op: &Op) -> Option<usize> {
    match op {
        Op::Put(put) => Some(PUT_OVERHEAD + put.key.len() + put.value.len()),
        Op::LeaseGrant { .. } => Some(LEASE_OVERHEAD),
        Op::Txn(txn) => {
            let sum = |ops: &[Op]| ops.iter().filter_map(cost).reduce(|a, b| a + b);
            sum(&txn.success).max(sum(&txn.failure))
        }
        _ => None,
    }
}

/// What a request weighs, nearly: its keys and values with their framing.
pub(super) fn request_bytes(op: &Op) -> usize {
    match op {
        Op::Put(put) => put.key.len() + put.value.len() + 16,
        Op::Txn(txn) => txn
            .success
            .iter()
            .chain(&txn.failure)
            .map(request_bytes)
            .sum(),
        _ => 0,
    }
}
