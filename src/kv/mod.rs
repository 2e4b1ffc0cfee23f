//! The nouns that everyone shares: revisions, key-values, and the rows of etcd's `key` bucket.
//!
//! A file (`etcd`) and the simulator (`mvcc`) both give [`Record`]s; they never meet otherwise.
//! The wire forms are in [`codec`], the rule of compaction in [`sweep`], the text forms of `etcd-dump-db` in [`dump`] and [`quote`].

pub mod codec;
pub mod dump;
pub mod hash;
pub mod parts;
pub mod proto;
pub mod quote;
pub mod sweep;
mod unicode;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A store transaction number and the position of a change inside it.
///
/// A fresh store is at main revision 1; its first write gets 2. All changes of one transaction
/// share `main` and are numbered by `sub` from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Revision {
    /// Number of the transaction.
    pub main: i64,
    /// Position of the change inside the transaction.
    pub sub: i64,
}

impl Revision {
    /// A revision from its two numbers.
    pub const fn new(main: i64, sub: i64) -> Self {
        Self { main, sub }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.main, self.sub)
    }
}

/// The 17- or 18-byte key of a row in the `key` bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// The revision that wrote the row.
    pub revision: Revision,
    /// Whether the row marks a deletion (the 18th byte, `t`).
    pub tombstone: bool,
}

/// Identity of a lease; 0 means none. etcd prints it as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub i64);

impl LeaseId {
    /// No lease.
    pub const NONE: Self = Self(0);
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What etcd stores for one key at one revision (`mvccpb.KeyValue`).
///
/// A tombstone's row has only the key: its revisions, version and value are zero and empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValue {
    /// The user's key.
    pub key: Vec<u8>,
    /// The user's value.
    pub value: Vec<u8>,
    /// Revision of the first put of this generation.
    pub create_revision: i64,
    /// Revision of this change.
    pub mod_revision: i64,
    /// 1 on creation, one more for every put of this generation.
    pub version: i64,
    /// The lease that keeps the key alive.
    pub lease: LeaseId,
}

/// One row of the `key` bucket, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The row's key: which revision, and whether a tombstone.
    pub bucket_key: BucketKey,
    /// The row's value, decoded.
    pub kv: KeyValue,
}

/// One row of the `key` bucket, borrowed from where it lies, so that a scan copies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The row's key: which revision, and whether a tombstone.
    pub bucket_key: BucketKey,
    /// The user's key.
    pub key: &'a [u8],
    /// The user's value.
    pub value: &'a [u8],
    /// Revision of the first put of this generation; 0 in a tombstone.
    pub create_revision: i64,
    /// Revision of this change; 0 in a tombstone.
    pub mod_revision: i64,
    /// Count of puts in this generation; 0 in a tombstone.
    pub version: i64,
    /// The lease that keeps the key alive.
    pub lease: LeaseId,
}

impl Record {
    /// The same row, borrowed.
    pub fn as_ref(&self) -> RecordRef<'_> {
        RecordRef {
            bucket_key: self.bucket_key,
            key: &self.kv.key,
            value: &self.kv.value,
            create_revision: self.kv.create_revision,
            mod_revision: self.kv.mod_revision,
            version: self.kv.version,
            lease: self.kv.lease,
        }
    }
}

impl RecordRef<'_> {
    /// The same row, copied.
    pub fn to_owned(&self) -> Record {
        Record {
            bucket_key: self.bucket_key,
            kv: KeyValue {
                key: self.key.to_vec(),
                value: self.value.to_vec(),
                create_revision: self.create_revision,
                mod_revision: self.mod_revision,
                version: self.version,
                lease: self.lease,
            },
        }
    }
}
