//! Leases: which exist, and which keys hang on them.
//!
//! Time is virtual: it stands still until [`Store::advance`] is called. Every half second of it the
//! member looks for leases whose time is over and revokes each, as one request of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{Applied, Error, Op, Release, Store};
use crate::kv::LeaseId;

/// Shortest time that a lease gets, in seconds: 1.5 election timeouts, rounded up.
const MIN_TTL: i64 = 2;
/// Longest time that may be asked for, in seconds.
const MAX_TTL: i64 = 9_000_000_000;
/// The election timeout in milliseconds.
const ELECTION_MS: i64 = 1000;
/// How often the member looks for leases that are over, in milliseconds.
const TICK_MS: i64 = 500;
/// The upper 16 bits of ids that the server picks: the low bits of its member id.
const ID_PREFIX: i64 = 0x694d << 48;

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Seconds granted.
    pub ttl: i64,
    /// Keys whose latest value carries the lease.
    pub keys: BTreeSet<Vec<u8>>,
    /// Position among all grants, which breaks ties between equal times.
    pub grant: u64,
    /// When it ends, in milliseconds of the virtual clock.
    pub expires_ms: i64,
}

/// Id and granted time of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseStatus {
    /// Which lease.
    pub id: LeaseId,
    /// Seconds granted.
    pub ttl: i64,
}

/// All leases of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    by_id: BTreeMap<LeaseId, Lease>,
    grants: u64,
    now_ms: i64,
    /// What the server picks next instead of its own choice.
    chosen: Option<LeaseId>,
}

impl Leases {
    pub(super) fn contains(&self, id: LeaseId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The id that the server picks at this point of the log: always the same for the same
    /// commands, unlike a real server's, which has the time in it.
    pub(super) fn next_id(&mut self, raft_index: i64) -> LeaseId {
        if let Some(id) = self.chosen.take() {
            return id;
        }
        let mut id = LeaseId(ID_PREFIX | (raft_index & 0xffff_ffff));
        while self.contains(id) {
            id = LeaseId(id.0.wrapping_add(1) & i64::MAX);
        }
        id
    }

    pub(super) fn grant(&mut self, id: LeaseId, ttl: i64) -> Result<LeaseStatus, Error> {
        if ttl > MAX_TTL {
            return Err(Error::LeaseTtlTooLarge);
        }
        if self.contains(id) {
            return Err(Error::LeaseExists);
        }
        let ttl = ttl.max(MIN_TTL);
        self.grants += 1;
        let lease = Lease {
            ttl,
            keys: BTreeSet::new(),
            grant: self.grants,
            expires_ms: self.end(ttl),
        };
        self.by_id.insert(id, lease);
        Ok(LeaseStatus { id, ttl })
    }

    fn end(&self, ttl: i64) -> i64 {
        self.now_ms.saturating_add(ttl.saturating_mul(1000))
    }

    /// Gives every lease its full time again, and the time that an election takes, as a member
    /// does that has become the leader. In 3.5 the largest id is lost on the way: leases are
    /// read from the file up to but without it.
    pub(super) fn refresh_all(&mut self, release: Release) {
        if release.minor == 5 {
            self.by_id.remove(&LeaseId(i64::MAX));
        }
        let now_ms = self.now_ms.saturating_add(ELECTION_MS);
        for lease in self.by_id.values_mut() {
            lease.expires_ms = now_ms.saturating_add(lease.ttl.saturating_mul(1000));
        }
    }

    /// The lease that ended first, if one has ended.
    fn expired(&self) -> Option<LeaseId> {
        let over = self
            .by_id
            .iter()
            .filter(|(_, lease)| lease.expires_ms < self.now_ms);
        let first = over.min_by_key(|(_, lease)| (lease.expires_ms, lease.grant));
        first.map(|(id, _)| *id)
    }

    /// Ends a lease and answers the keys to delete, in key order.
    pub(super) fn revoke(&mut self, id: LeaseId) -> Result<BTreeSet<Vec<u8>>, Error> {
        let lease = self.by_id.remove(&id).ok_or(Error::LeaseNotFound)?;
        Ok(lease.keys)
    }

    pub(super) fn attach(&mut self, id: LeaseId, key: &[u8]) {
        if id == LeaseId::NONE {
            return;
        }
        if let Some(lease) = self.by_id.get_mut(&id) {
            lease.keys.insert(key.to_vec());
        }
    }

    pub(super) fn detach(&mut self, id: LeaseId, key: &[u8]) {
        if id == LeaseId::NONE {
            return;
        }
        if let Some(lease) = self.by_id.get_mut(&id) {
            lease.keys.remove(key);
        }
    }
}

impl Store {
    /// The virtual clock, in milliseconds since the member's start.
    pub fn now_ms(&self) -> i64 {
        self.leases.now_ms
    }

    /// When the next lease ends, in milliseconds of the virtual clock.
    pub fn next_expiry_ms(&self) -> Option<i64> {
        self.leases
            .by_id
            .values()
            .map(|lease| lease.expires_ms)
            .min()
    }

    /// Lets time pass. Leases that end meanwhile are revoked in the order of their ends, each with
    /// its keys in one revision; what that did is answered.
    pub fn advance(&mut self, ms: i64) -> Vec<Applied> {
        let until = self.leases.now_ms.saturating_add(ms.max(0));
        let mut all = Vec::new();
        loop {
            // The next look at or after the next end; those in between find nothing.
            let next = self.next_expiry_ms().map(|end| {
                let tick = end.div_euclid(TICK_MS).saturating_add(1);
                tick.saturating_mul(TICK_MS)
            });
            let Some(tick) = next.filter(|tick| *tick <= until) else {
                break;
            };
            self.leases.now_ms = self.leases.now_ms.max(tick);
            while let Some(id) = self.leases.expired() {
                // It is there, so it can be revoked.
                match self.apply(Op::LeaseRevoke { id }) {
                    Ok(applied) => all.push(applied),
                    Err(_) => return all,
                }
            }
        }
        self.leases.now_ms = until;
        all
    }

    /// Renews a lease, which is not written anywhere; answers the time granted.
    pub fn keep_alive(&mut self, id: LeaseId) -> Result<LeaseStatus, Error> {
        let ttl = self.lease(id).ok_or(Error::LeaseNotFound)?.ttl;
        let end = self.leases.end(ttl);
        if let Some(lease) = self.leases.by_id.get_mut(&id) {
            lease.expires_ms = end;
        }
        Ok(LeaseStatus { id, ttl })
    }

    /// Whole seconds that a lease has left, none for one that does not exist.
    pub fn remaining(&self, id: LeaseId) -> Option<i64> {
        let left = self
            .lease(id)?
            .expires_ms
            .saturating_sub(self.leases.now_ms);
        Some(left.div_euclid(1000))
    }

    /// Chooses the id of the next lease whose id the server picks.
    pub fn choose_next_lease(&mut self, id: LeaseId) {
        self.leases.chosen = Some(id);
    }

    /// A lease by its id.
    pub fn lease(&self, id: LeaseId) -> Option<&Lease> {
        self.leases.by_id.get(&id)
    }

    /// All leases, the one that ends first in front.
    pub fn leases(&self) -> Vec<LeaseStatus> {
        let mut leases: Vec<_> = self.leases.by_id.iter().collect();
        leases.sort_by_key(|(_, lease)| (lease.expires_ms, lease.grant));
        leases
            .into_iter()
            .map(|(id, lease)| LeaseStatus {
                id: *id,
                ttl: lease.ttl,
            })
            .collect()
    }
}
