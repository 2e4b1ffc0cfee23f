//! Users, roles and their permissions.

use std::fmt;

use super::item::{in_message, text, u64_be};
use super::lease::same;
use super::{Contents, ItemError, Name, Row};
use crate::kv::proto::{Fields, WireError};

/// Bucket `auth`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    /// Whether authentication is on; absent until it was first turned on.
    pub enabled: Option<bool>,
    /// Number of changes to users and roles, from 1.
    pub revision: Option<u64>,
}

/// A user (`authpb.User`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: Vec<u8>,
    /// What is stored of its password.
    pub password: Password,
    /// Names of its roles.
    pub roles: Vec<String>,
    /// Whether it may only log in by certificate.
    pub no_password: bool,
}

/// A stored password hash. It is never shown whole.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Vec<u8>);

/// A role (`authpb.Role`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: Vec<u8>,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// What a role may do with a range of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Read, write, or both.
    pub permits: Permits,
    /// The first key.
    pub key: Vec<u8>,
    /// End of the range: empty for one key, a zero byte for all keys from the first on.
    pub range_end: Vec<u8>,
}

/// Read, write, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permits {
    /// Reading.
    #[default]
    Read,
    /// Writing.
    Write,
    /// Both.
    ReadWrite,
}

impl Password {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Password {
    /// The kind and cost of the hash, as far as they can be told, and its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let len = self.0.len();
        match self.0.get(..7) {
            Some([b'$', b'2', kind, b'$', a, b, b'$'])
                if kind.is_ascii_lowercase() && a.is_ascii_digit() && b.is_ascii_digit() =>
            {
                let (kind, a, b) = (char::from(*kind), char::from(*a), char::from(*b));
                write!(f, "bcrypt $2{kind}${a}{b}$…, {len} bytes")
            }
            _ => write!(f, "{len} bytes of no known hash"),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Password({self})")
    }
}

impl fmt::Display for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadWrite => "READWRITE",
        })
    }
}

pub(super) fn take(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    match row.key {
        b"authEnabled" => {
            contents.auth.enabled = match row.value {
                [0] => Some(false),
                [1] => Some(true),
                other => {
                    return Err(ItemError::Unknown {
                        what: "the switch",
                        found: format!("{:02x?}", other.get(..8).unwrap_or(other)),
                    });
                }
            };
        }
        b"authRevision" => contents.auth.revision = Some(u64_be("the auth revision", row.value)?),
        _ => contents.keep_extra("auth", row),
    }
    Ok(())
}

pub(super) fn take_user(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let user = User::decode(row.value)?;
    let named = same(Name::new(row.key), Name::new(&user.name));
    contents.users.push(user);
    named
}

pub(super) fn take_role(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let role = Role::decode(row.value)?;
    let named = same(Name::new(row.key), Name::new(&role.name));
    contents.roles.push(role);
    named
}

impl User {
    /// Reads an `authpb.User`.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        let wrong = in_message("authpb.User");
        let mut user = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next().map_err(&wrong)? {
            let value = || field.bytes().map_err(&wrong);
            match field.number {
                1 => user.name = value()?.to_vec(),
                2 => user.password = Password(value()?.to_vec()),
                3 => user.roles.push(text("a role's name", value()?)?),
                4 => user.no_password = no_password(value()?).map_err(&wrong)?,
                _ => {}
            }
        }
        Ok(user)
    }
}

/// Reads an `authpb.UserAddOptions`.
fn no_password(bytes: &[u8]) -> Result<bool, WireError> {
    let mut found = false;
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            found = field.varint()? != 0;
        }
    }
    Ok(found)
}

impl Role {
    /// Reads an `authpb.Role`.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        let wrong = in_message("authpb.Role");
        let mut role = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next().map_err(&wrong)? {
            let value = || field.bytes().map_err(&wrong);
            match field.number {
                1 => role.name = value()?.to_vec(),
                2 => role.permissions.push(Permission::decode(value()?)?),
                _ => {}
            }
        }
        Ok(role)
    }
}

impl Permission {
    fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        let wrong = in_message("authpb.Permission");
        let mut permission = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next().map_err(&wrong)? {
            match field.number {
                1 => {
                    permission.permits = match field.varint().map_err(&wrong)? {
                        0 => Permits::Read,
                        1 => Permits::Write,
                        2 => Permits::ReadWrite,
                        other => {
                            return Err(ItemError::Unknown {
                                what: "the kind of permission",
                                found: other.to_string(),
                            });
                        }
                    };
                }
                2 => permission.key = field.bytes().map_err(&wrong)?.to_vec(),
                3 => permission.range_end = field.bytes().map_err(&wrong)?.to_vec(),
                _ => {}
            }
        }
        Ok(permission)
    }
}
