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
    /// The file is as large as the quota allows, or was, and the alarm still stands.
    #[error("etcdserver: mvcc: database space exceeded")]
    NoSpace,
    /// Authentication is on and the request names no user.
    #[error("etcdserver: user name is empty")]
    UserEmpty,
    /// The user may not do this.
    #[error("etcdserver: permission denied")]
    PermissionDenied,
    /// Somebody logs in while authentication is off.
    #[error("etcdserver: authentication is not enabled")]
    AuthNotEnabled,
    /// No such user, or another password.
    #[error("etcdserver: authentication failed, invalid user ID or password")]
    AuthFailed,
    /// A password for a user that has none; etcd gives this one without its own prefix.
    #[error(
        "rpc error: code = Unknown desc = auth: authentication failed, password was given for no \
         password user"
    )]
    NoPasswordUser,
    /// Authentication cannot be turned on without the user `root`.
    #[error("etcdserver: root user does not exist")]
    RootUserNotFound,
    /// Authentication cannot be turned on while `root` lacks the role `root`.
    #[error("etcdserver: root user does not have root role")]
    RootRoleNotFound,
    /// A user of this name exists.
    #[error("etcdserver: user name already exists")]
    UserExists,
    /// No user has this name.
    #[error("etcdserver: user name not found")]
    UserNotFound,
    /// A role of this name exists.
    #[error("etcdserver: role name already exists")]
    RoleExists,
    /// No role has this name.
    #[error("etcdserver: role name not found")]
    RoleNotFound,
    /// A role without a name.
    #[error("etcdserver: role name is empty")]
    RoleEmpty,
    /// The user does not have the role that is to be taken.
    #[error("etcdserver: role is not granted to the user")]
    RoleNotGranted,
    /// The role does not have the permission that is to be taken.
    #[error("etcdserver: permission is not granted to the role")]
    PermissionNotGranted,
    /// `root` cannot be removed while authentication is on.
    #[error("etcdserver: invalid auth management")]
    InvalidAuthManagement,
    /// The encoded request is larger than 1.5 MiB.
    #[error("etcdserver: request is too large")]
    RequestTooLarge,
}
