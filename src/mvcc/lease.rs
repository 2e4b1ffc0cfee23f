//! Leases: which exist, and which keys hang on them.
//!
//! Time is not simulated here: a lease ends only by being revoked.

use std::collections::{BTreeMap, BTreeSet};

use super::{Error, Store};
use crate::kv::LeaseId;

/// Shortest time that a lease gets, in seconds: 1.5 election timeouts, rounded up.
const MIN_TTL: i64 = 2;
/// Longest time that may be asked for, in seconds.
const MAX_TTL: i64 = 9_000_000_000;
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
}

impl Leases {
    pub(super) fn contains(&self, id: LeaseId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The id that the server picks at this point of the log: always the same for the same
    /// commands, unlike a real server's, which has the time in it.
    pub(super) fn next_id(&self, raft_index: i64) -> LeaseId {
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
        };
        self.by_id.insert(id, lease);
        Ok(LeaseStatus { id, ttl })
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
    /// A lease by its id.
    pub fn lease(&self, id: LeaseId) -> Option<&Lease> {
        self.leases.by_id.get(&id)
    }

    /// All leases, the one that ends first in front.
    pub fn leases(&self) -> Vec<LeaseStatus> {
        let mut leases: Vec<_> = self.leases.by_id.iter().collect();
        leases.sort_by_key(|(_, lease)| (lease.ttl, lease.grant));
        leases
            .into_iter()
            .map(|(id, lease)| LeaseStatus {
                id: *id,
                ttl: lease.ttl,
            })
            .collect()
    }
}
