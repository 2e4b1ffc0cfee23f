//! The simulated member's file: what etcd would have written to its bbolt database.
//!
//! Start from [`Backend`]. It is a fold over [`crate::mvcc::Applied`], as a history is: the store
//! knows nothing of it. [`Backend::apply`] only notes what happened, which costs about as much as
//! copying the rows; pages are made when somebody looks, [`Backend::image`] or
//! [`Backend::snapshot`], and are the same whenever that is.
//!
//! **When a transaction ends.** etcd commits every 100 ms or 10,000 operations, whichever comes
//! first, and what was not committed is not in the file's size. Whoever tells this backend what
//! happened says when: [`Backend::apply`] makes a transaction of each request, [`Backend::note`]
//! only notes it and [`Backend::commit`] ends the transaction. A compaction is several in any case,
//! as in etcd: one that schedules it, then one for every thousand rows that it looked at, the last
//! of which says that it is finished.
//!
//! Not here: the format of the pages (`bbolt::write`), reading files of etcd (`etcd`).

mod auth;
mod build;
mod journal;
mod schema;
mod store;

pub use schema::{Change, Keyspace, Member};
pub use store::{Backend, Committed, Sizes};
