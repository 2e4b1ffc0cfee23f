//! Users and roles as the file has them (`authpb`).
//!
//! ```text
//! User        1 name   2 password hash   3 role, repeated   4 options { 1 has no password }
//! Role        1 name   2 permission, repeated
//! Permission  1 kind   2 key   3 range end
//! ```
//!
//! Of a password only a stand-in goes into the file: text of bcrypt's form that no password
//! matches. What leaves the tab tells nobody a password; who restores such a snapshot with
//! authentication on has to give the users new ones.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Backend, Change, Keyspace};
use crate::kv::proto::{push_bytes, push_varint};
use crate::mvcc::{Permission, Store, UserRef};

/// Longest key of an entry in bytes. etcd dies of a user whose name is longer; here it is not in
/// the file.
const MAX_KEY: usize = 32_768;
/// Digits of bcrypt's form of base64.
const DIGITS: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Digits behind the cost: 22 of salt, 31 of hash.
const HASH_DIGITS: usize = 53;

/// Entries of the three buckets, by where and key.
#[derive(Clone, Debug)]
pub(super) struct AuthTable(BTreeMap<(Keyspace, Vec<u8>), Vec<u8>>);

impl Default for AuthTable {
    /// What the first start writes.
    fn default() -> Self {
        let revision = Change::auth_revision(1);
        let at = (revision.keyspace, revision.key);
        Self(BTreeMap::from([(at, revision.value.unwrap_or_default())]))
    }
}

impl Backend {
    /// Notes how users, roles and the switch differ from what was noted last.
    pub fn note_auth(&mut self, store: &Store) {
        let now = AuthTable::of(store);
        let then = &self.auth.0;
        let gone = then.keys().filter(|at| !now.0.contains_key(*at));
        let gone = gone.map(|(keyspace, key)| Change::delete(*keyspace, key.as_slice()));
        let new = now
            .0
            .iter()
            .filter(|(at, value)| then.get(*at) != Some(*value));
        let new = new.map(|((keyspace, key), value)| {
            Change::put(*keyspace, key.as_slice(), value.as_slice())
        });
        let changes: Vec<_> = gone.chain(new).collect();
        self.change(changes);
        self.auth = now;
    }
}

impl AuthTable {
    fn of(store: &Store) -> Self {
        let mut table = BTreeMap::new();
        let mut put = |change: Change| {
            if change.key.len() <= MAX_KEY {
                table.insert(
                    (change.keyspace, change.key),
                    change.value.unwrap_or_default(),
                );
            }
        };
        let (enabled, revision) = store.auth_status();
        if let Some(enabled) = enabled {
            put(Change::auth_enabled(enabled));
        }
        put(Change::auth_revision(revision.cast_unsigned()));
        for user in store.users() {
            put(Change::put(
                Keyspace::AuthUsers,
                user.name,
                encode_user(&user),
            ));
        }
        for (name, permissions) in store.roles() {
            let role = encode_role(name, permissions);
            put(Change::put(Keyspace::AuthRoles, name, role));
        }
        Self(table)
    }
}

fn encode_user(user: &UserRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    push_bytes(&mut out, 1, user.name.as_bytes());
    if let Some(password) = user.password {
        push_bytes(&mut out, 2, &stand_in(user.name, password));
    }
    for role in user.roles {
        push_bytes(&mut out, 3, role.as_bytes());
    }
    let mut options = Vec::new();
    push_varint(&mut options, 1, u64::from(user.password.is_none()));
    // The options are there even when they say nothing.
    out.extend([4 << 3 | 2, options.len() as u8]);
    out.extend(options);
    out
}

fn encode_role(name: &str, permissions: &[Permission]) -> Vec<u8> {
    let mut out = Vec::new();
    push_bytes(&mut out, 1, name.as_bytes());
    for permission in permissions {
        let mut inner = Vec::new();
        push_varint(&mut inner, 1, permission.kind.number().cast_unsigned());
        push_bytes(&mut inner, 2, &permission.keys.key);
        push_bytes(&mut inner, 3, &permission.keys.range_end);
        push_bytes(&mut out, 2, &inner);
    }
    out
}

/// Text of bcrypt's form, the same for the same name and password.
fn stand_in(name: &str, password: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update((name.len() as u64).to_be_bytes());
    hash.update(name);
    hash.update(password);
    let first = hash.finalize();
    let second = Sha256::digest(first);
    let digit = |byte: &u8| DIGITS.get(usize::from(byte & 63)).copied();
    let mut out = b"$2a$10$".to_vec();
    out.extend(
        first
            .iter()
            .chain(&second)
            .filter_map(digit)
            .take(HASH_DIGITS),
    );
    out
}
