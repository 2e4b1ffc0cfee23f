//! Users, roles and permissions: who may do what once authentication is on.
//!
//! Follows etcd's `auth/store.go`. Passwords are kept as they are: nothing here is secret, and
//! the store leaves the tab only as a snapshot, into which no password goes.

use std::collections::{BTreeMap, BTreeSet};

use super::interval::{covered, interval};
use super::op::{KeyRange, Op, Txn};
use super::{Error, Store};

/// The user and the role that may do everything.
pub const ROOT: &str = "root";

/// What can be asked about users and roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthOp {
    /// Turn authentication on.
    Enable,
    /// Turn it off.
    Disable,
    /// Whether it is on.
    Status,
    /// Log in; refused before it reaches the log when the password is wrong.
    Authenticate,
    /// Make a user.
    UserAdd {
        /// Its name.
        name: String,
        /// Its password; none for a user that can only be named by a certificate.
        password: Option<String>,
    },
    /// Remove a user.
    UserDelete(String),
    /// Change a user's password.
    UserChangePassword {
        /// Whose.
        name: String,
        /// The new one.
        password: String,
    },
    /// Give a role to a user.
    UserGrantRole {
        /// Which user.
        user: String,
        /// Which role.
        role: String,
    },
    /// Take a role from a user.
    UserRevokeRole {
        /// Which user.
        user: String,
        /// Which role.
        role: String,
    },
    /// A user's roles.
    UserGet(String),
    /// All users.
    UserList,
    /// Make a role.
    RoleAdd(String),
    /// Remove a role, from its users too.
    RoleDelete(String),
    /// A role's permissions.
    RoleGet(String),
    /// All roles.
    RoleList,
    /// Allow a role something.
    RoleGrantPermission {
        /// Which role.
        role: String,
        /// What.
        permission: Permission,
    },
    /// Take a permission back.
    RoleRevokePermission {
        /// Which role.
        role: String,
        /// Its key and range end, as granted.
        keys: KeyRange,
    },
}

/// The answer to an [`AuthOp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthReply {
    /// Nothing but a header.
    Done,
    /// Whether authentication is on, and the revision of users and roles.
    Status {
        /// On?
        enabled: bool,
        /// Counts changes, from 1.
        revision: i64,
    },
    /// Names of users.
    Users(Vec<String>),
    /// Names of roles: all, or a user's.
    Roles(Vec<String>),
    /// A role's permissions.
    Permissions(Vec<Permission>),
}

/// What a role may do with a range of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Read, write or both.
    pub kind: PermissionKind,
    /// Which keys.
    pub keys: KeyRange,
}

/// Read, write or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionKind {
    /// Ranges and watches.
    Read,
    /// Puts and deletes.
    Write,
    /// All of these.
    ReadWrite,
}

impl PermissionKind {
    /// Its number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Self::Read => 0,
            Self::Write => 1,
            Self::ReadWrite => 2,
        }
    }
}

/// A user of the store.
#[derive(Clone, Debug, Default)]
pub(super) struct User {
    password: Option<String>,
    /// Whether only a hash of the password was there, so that any is taken for right.
    any_password: bool,
    roles: BTreeSet<String>,
}

/// A user, as whoever writes the file sees it.
#[derive(Clone, Copy, Debug)]
pub struct UserRef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its password; none for a user that can only be named by a certificate.
    pub password: Option<&'a str>,
    /// Names of its roles.
    pub roles: &'a BTreeSet<String>,
}

/// Users and roles of a store.
#[derive(Clone, Debug)]
pub(super) struct Auth {
    enabled: bool,
    /// Whether it was ever turned on or off.
    switched: bool,
    revision: i64,
    users: BTreeMap<String, User>,
    roles: BTreeMap<String, Vec<Permission>>,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            enabled: false,
            switched: false,
            revision: 1,
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
        }
    }
}

impl User {
    /// A user as a file has it.
    pub(super) fn of_file(has_password: bool, roles: BTreeSet<String>) -> Self {
        Self {
            password: has_password.then(String::new),
            any_password: has_password,
            roles,
        }
    }
}

impl Auth {
    /// Users and roles as a file has them.
    pub(super) fn restore(
        &mut self,
        enabled: Option<bool>,
        revision: i64,
        users: impl Iterator<Item = (String, User)>,
        roles: BTreeMap<String, Vec<Permission>>,
    ) {
        *self = Self {
            enabled: enabled.unwrap_or(false),
            switched: enabled.is_some(),
            revision,
            users: users.collect(),
            roles,
        };
    }

    pub(super) fn apply(&mut self, op: AuthOp) -> Result<AuthReply, Error> {
        let reply = match op {
            AuthOp::Enable => {
                let root = self.users.get(ROOT).ok_or(Error::RootUserNotFound)?;
                if !root.roles.contains(ROOT) {
                    return Err(Error::RootRoleNotFound);
                }
                self.enabled = true;
                self.switched = true;
                return Ok(AuthReply::Done);
            }
            AuthOp::Disable if !self.enabled => return Ok(AuthReply::Done),
            AuthOp::Disable => {
                self.enabled = false;
                AuthReply::Done
            }
            AuthOp::Status => {
                return Ok(AuthReply::Status {
                    enabled: self.enabled,
                    revision: self.revision,
                });
            }
            AuthOp::Authenticate => return Ok(AuthReply::Done),
            AuthOp::UserList => return Ok(AuthReply::Users(names(&self.users))),
            AuthOp::RoleList => return Ok(AuthReply::Roles(names(&self.roles))),
            AuthOp::UserGet(name) => {
                let user = self.users.get(&name).ok_or(Error::UserNotFound)?;
                return Ok(AuthReply::Roles(user.roles.iter().cloned().collect()));
            }
            AuthOp::RoleGet(name) => {
                let role = self.roles.get(&name).ok_or(Error::RoleNotFound)?;
                return Ok(AuthReply::Permissions(role.clone()));
            }
            AuthOp::UserAdd { name, .. } if name.is_empty() => return Err(Error::UserEmpty),
            AuthOp::UserAdd { name, .. } if self.users.contains_key(&name) => {
                return Err(Error::UserExists);
            }
            AuthOp::UserAdd { name, password } => {
                let roles = BTreeSet::new();
                let user = User {
                    password,
                    any_password: false,
                    roles,
                };
                self.users.insert(name, user);
                AuthReply::Done
            }
            AuthOp::UserDelete(name) => {
                if self.enabled && name == ROOT {
                    return Err(Error::InvalidAuthManagement);
                }
                self.users.remove(&name).ok_or(Error::UserNotFound)?;
                AuthReply::Done
            }
            AuthOp::UserChangePassword { name, password } => {
                let user = self.users.get_mut(&name).ok_or(Error::UserNotFound)?;
                // A user without a password stays one.
                if let Some(old) = &mut user.password {
                    *old = password;
                    user.any_password = false;
                }
                AuthReply::Done
            }
            AuthOp::UserGrantRole { user, role } => {
                let user = self.users.get_mut(&user).ok_or(Error::UserNotFound)?;
                // The role `root` need not exist to be granted.
                if role != ROOT && !self.roles.contains_key(&role) {
                    return Err(Error::RoleNotFound);
                }
                if !user.roles.insert(role) {
                    return Ok(AuthReply::Done);
                }
                AuthReply::Done
            }
            AuthOp::UserRevokeRole { user, role } => {
                if self.enabled && user == ROOT && role == ROOT {
                    return Err(Error::InvalidAuthManagement);
                }
                let user = self.users.get_mut(&user).ok_or(Error::UserNotFound)?;
                if !user.roles.remove(&role) {
                    return Err(Error::RoleNotGranted);
                }
                AuthReply::Done
            }
            AuthOp::RoleAdd(name) if name.is_empty() => return Err(Error::RoleEmpty),
            AuthOp::RoleAdd(name) if self.roles.contains_key(&name) => {
                return Err(Error::RoleExists);
            }
            AuthOp::RoleAdd(name) => {
                self.roles.insert(name, Vec::new());
                AuthReply::Done
            }
            AuthOp::RoleDelete(name) => {
                if self.enabled && name == ROOT {
                    return Err(Error::InvalidAuthManagement);
                }
                self.roles.remove(&name).ok_or(Error::RoleNotFound)?;
                for user in self.users.values_mut() {
                    user.roles.remove(&name);
                }
                AuthReply::Done
            }
            AuthOp::RoleGrantPermission { role, permission } => {
                let role = self.roles.get_mut(&role).ok_or(Error::RoleNotFound)?;
                grant(role, permission);
                AuthReply::Done
            }
            AuthOp::RoleRevokePermission { role, keys } => {
                let role = self.roles.get_mut(&role).ok_or(Error::RoleNotFound)?;
                let before = role.len();
                role.retain(|permission| permission.keys != keys);
                if role.len() == before {
                    return Err(Error::PermissionNotGranted);
                }
                AuthReply::Done
            }
        };
        self.revision += 1;
        Ok(reply)
    }

    /// Whether a user may do everything.
    fn check_admin(&self, user: Option<&str>) -> Result<(), Error> {
        if !self.enabled {
            return Ok(());
        }
        let name = user.ok_or(Error::UserEmpty)?;
        let is_root = |user: &User| user.roles.contains(ROOT);
        match self.users.get(name).is_some_and(is_root) {
            true => Ok(()),
            false => Err(Error::PermissionDenied),
        }
    }

    /// Whether a user may read, or write, all keys of a range.
    fn check_keys(&self, user: Option<&str>, keys: &KeyRange, write: bool) -> Result<(), Error> {
        if !self.enabled {
            return Ok(());
        }
        let name = user.ok_or(Error::UserEmpty)?;
        let user = self.users.get(name).ok_or(Error::PermissionDenied)?;
        if user.roles.contains(ROOT) {
            return Ok(());
        }
        let allowed = user
            .roles
            .iter()
            .filter_map(|role| self.roles.get(role))
            .flatten()
            .filter(|permission| match permission.kind {
                PermissionKind::Read => !write,
                PermissionKind::Write => write,
                PermissionKind::ReadWrite => true,
            })
            .map(|permission| interval(&permission.keys))
            .collect();
        match covered(allowed, interval(keys)) {
            true => Ok(()),
            false => Err(Error::PermissionDenied),
        }
    }
}

impl Store {
    /// Whether a name and password log in; before authentication is on nobody needs to.
    pub fn check_password(&self, name: &str, password: &str) -> Result<(), Error> {
        if !self.auth.enabled {
            return Err(Error::AuthNotEnabled);
        }
        let user = self.auth.users.get(name).ok_or(Error::AuthFailed)?;
        match &user.password {
            None => Err(Error::NoPasswordUser),
            Some(_) if user.any_password => Ok(()),
            Some(right) if right == password => Ok(()),
            Some(_) => Err(Error::AuthFailed),
        }
    }

    /// Whether authentication is on, none before it was first turned on, and the revision of
    /// users and roles, from 1.
    pub fn auth_status(&self) -> (Option<bool>, i64) {
        let auth = &self.auth;
        (auth.switched.then_some(auth.enabled), auth.revision)
    }

    /// All users in order of their names.
    pub fn users(&self) -> impl Iterator<Item = UserRef<'_>> {
        let users = self.auth.users.iter();
        users.map(|(name, user)| UserRef {
            name,
            password: user.password.as_deref(),
            roles: &user.roles,
        })
    }

    /// All roles in order of their names, each with its permissions.
    pub fn roles(&self) -> impl Iterator<Item = (&str, &[Permission])> {
        let roles = self.auth.roles.iter();
        roles.map(|(name, permissions)| (name.as_str(), permissions.as_slice()))
    }

    /// Whether `user`, or nobody in particular, may do what only an administrator may.
    pub fn check_admin(&self, user: Option<&str>) -> Result<(), Error> {
        self.auth.check_admin(user)
    }

    /// Whether `user` may read these keys.
    pub fn check_read(&self, user: Option<&str>, keys: &KeyRange) -> Result<(), Error> {
        self.auth.check_keys(user, keys, false)
    }

    /// Whether `user` may do `op`.
    pub(super) fn check_permission(&self, op: &Op, user: Option<&str>) -> Result<(), Error> {
        if !self.auth.enabled {
            return Ok(());
        }
        let auth = &self.auth;
        match op {
            Op::Put(put) => {
                let keys = KeyRange::one(put.key.clone());
                auth.check_keys(user, &keys, true)?;
                self.check_lease(put.lease, user)?;
                match put.prev_kv {
                    true => auth.check_keys(user, &keys, false),
                    false => Ok(()),
                }
            }
            Op::Range(range) => auth.check_keys(user, &range.keys, false),
            Op::DeleteRange(delete) => {
                auth.check_keys(user, &delete.keys, true)?;
                match delete.prev_kv {
                    true => auth.check_keys(user, &delete.keys, false),
                    false => Ok(()),
                }
            }
            Op::Txn(txn) => self.check_txn_permission(txn, user),
            Op::LeaseRevoke { id } => self.check_lease(*id, user),
            Op::Auth(op) => match op {
                AuthOp::Authenticate | AuthOp::Enable => Ok(()),
                AuthOp::UserGet(name) if user == Some(name) => Ok(()),
                AuthOp::RoleGet(role) => {
                    let has = user.and_then(|name| auth.users.get(name));
                    match has.is_some_and(|user| user.roles.contains(role)) {
                        true => Ok(()),
                        false => auth.check_admin(user),
                    }
                }
                _ => auth.check_admin(user),
            },
            Op::Compact { .. } | Op::LeaseGrant { .. } | Op::Alarm(_) | Op::Noop => Ok(()),
        }
    }

    fn check_txn_permission(&self, txn: &Txn, user: Option<&str>) -> Result<(), Error> {
        for compare in &txn.compares {
            self.auth.check_keys(user, &compare.keys, false)?;
        }
        let mut ops = txn.success.iter().chain(&txn.failure);
        ops.try_for_each(|op| self.check_permission(op, user))
    }

    /// Whoever ends or uses a lease needs to be allowed to write all its keys.
    fn check_lease(&self, id: crate::kv::LeaseId, user: Option<&str>) -> Result<(), Error> {
        let keys = self.lease(id).into_iter().flat_map(|lease| &lease.keys);
        for key in keys {
            let keys = KeyRange::one(key.clone());
            self.auth.check_keys(user, &keys, true)?;
        }
        Ok(())
    }
}

fn names<T>(map: &BTreeMap<String, T>) -> Vec<String> {
    map.keys().cloned().collect()
}

/// Adds a permission in order of its key. The first one of the same key is replaced where its
/// range end is the same too; else the new one stands behind all of the same key.
fn grant(role: &mut Vec<Permission>, permission: Permission) {
    let key = &permission.keys.key;
    let first = role.partition_point(|other| other.keys.key < *key);
    match role.get_mut(first) {
        Some(same) if same.keys == permission.keys => same.kind = permission.kind,
        _ => {
            let behind = role.partition_point(|other| other.keys.key <= *key);
            role.insert(behind, permission);
        }
    }
}
