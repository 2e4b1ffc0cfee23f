//! Why the store refused, in etcd's own words.

/// A refusal; the store is unchanged by a refused operation.
///
/// The texts are those of etcd's `rpctypes/error.go`: a client prints them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key of a request is empty.
    #[error("etcdserver: key is not provided")]
    EmptyKey,
    /// A put that keeps the value or lease of a key which does not exist.
    #[error("etcdserver: key not found")]
    KeyNotFound,
    /// A put that keeps the value and also gives one.
    #[error("etcdserver: value is provided")]
    ValueProvided,
    /// A put that keeps the lease and also gives one.
    #[error("etcdserver: lease is provided")]
    LeaseProvided,
    /// More than 128 compares, or operations in a branch, nested ones counted.
    #[error("etcdserver: too many operations in txn request")]
    TooManyOps,
    /// A branch puts a key twice, or puts a key that it also deletes.
    #[error("etcdserver: duplicate key given in txn request")]
    DuplicateKey,
    /// The revision lies below the compact revision.
    #[error("etcdserver: mvcc: required revision has been compacted")]
    Compacted,
    /// The revision lies above the current one.
    #[error("etcdserver: mvcc: required revision is a future revision")]
    FutureRevision,
    /// No lease has this id.
    #[error("etcdserver: requested lease not found")]
    LeaseNotFound,
    /// A lease with the chosen id exists.
    #[error("etcdserver: lease already exists")]
    LeaseExists,
    /// A lease longer than 9,000,000,000 seconds.
    #[error("etcdserver: too large lease TTL")]
    LeaseTtlTooLarge,
    /// The encoded request is larger than 1.5 MiB.
    #[error("etcdserver: request is too large")]
    RequestTooLarge,
}
