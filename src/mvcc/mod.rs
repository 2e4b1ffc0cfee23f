//! The simulated store: etcd's multi-version concurrency control, in memory.
//!
//! Start from [`Store`]: [`Store::apply`] takes an [`Op`] and hands back [`Applied`], the reply
//! with the records written and removed. The store calls nobody and reads no clock. It holds the
//! two structures that etcd holds: the key index ([`KeyIndex`], key to generations) and the rows
//! of the `key` bucket ([`crate::kv::Record`], by revision).
//!
//! Not here: how a command is typed or an answer printed (`shell`), files (`bbolt`, `etcd`).
//!
//! Behaviour follows etcd 3.4 to 3.6 (`server/storage/mvcc`, `server/etcdserver`); what differs
//! between releases is asked of [`Release`].

mod auth;
mod compact;
mod error;
mod hash;
mod index;
mod interval;
mod lease;
mod op;
mod quota;
mod range;
mod release;
mod restore;
mod sort;
mod store;
mod sweep;
mod txn;
mod watch;

pub use auth::{AuthOp, AuthReply, Permission, PermissionKind, ROOT, UserRef};
pub use error::Error;
pub use hash::HashKv;
pub use index::{Generation, KeyIndex, rebuild};
pub use lease::{Lease, LeaseStatus};
pub use op::{
    AlarmOp, Applied, Compare, CompareResult, CompareTarget, DeleteRange, DeleteRangeReply,
    KeyRange, Op, Put, PutReply, Range, RangeReply, Reply, SortOrder, SortTarget, Txn, TxnReply,
};
pub use release::{ParseReleaseError, Release};
pub use restore::Stored;
pub use store::Store;
pub use sweep::Fate;
pub use watch::{Event, EventKind, Watch, WatchBatch};
