//! Leases and the keys that hang on them, and alarms.

use std::collections::BTreeMap;

use super::item::{in_message, u64_be};
use super::{Contents, ItemError, Row};
use crate::kv::proto::Fields;
use crate::kv::{LeaseId, RecordRef};

/// A lease as it is stored (`leasepb.Lease`). When it ends is not stored: it starts anew with
/// each leader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Its id.
    pub id: LeaseId,
    /// Seconds granted.
    pub ttl: i64,
    /// Seconds that were left at the last checkpoint; 0 without one.
    pub remaining_ttl: i64,
}

/// An alarm that is raised (`etcdserverpb.AlarmMember`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The member that it is of.
    pub member: u64,
    /// What is wrong there.
    pub kind: AlarmKind,
}

/// What an alarm says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// Nothing.
    None,
    /// The store is above its quota: writes are refused.
    NoSpace,
    /// The member's data differ from the others'.
    Corrupt,
}

/// The keys on each lease, from the rows of bucket `key` in order.
///
/// Holds the keys that are on a lease, no others.
#[derive(Clone, Debug, Default)]
pub struct LeaseKeys(BTreeMap<Box<[u8]>, LeaseId>);

impl LeaseKeys {
    /// Takes the next row: a put without lease and a tombstone detach.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        if record.bucket_key.tombstone || record.lease == LeaseId::NONE {
            self.0.remove(record.key);
        } else if let Some(lease) = self.0.get_mut(record.key) {
            *lease = record.lease;
        } else {
            self.0.insert(record.key.into(), record.lease);
        }
    }

    /// The keys by lease, both ascending.
    pub fn finish(self) -> BTreeMap<LeaseId, Vec<Box<[u8]>>> {
        let mut leases: BTreeMap<LeaseId, Vec<Box<[u8]>>> = BTreeMap::new();
        for (key, lease) in self.0 {
            leases.entry(lease).or_default().push(key);
        }
        leases
    }
}

impl Lease {
    /// Reads a `leasepb.Lease`.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        let wrong = in_message("leasepb.Lease");
        let mut lease = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next().map_err(&wrong)? {
            let number = || Ok(field.varint().map_err(&wrong)?.cast_signed());
            match field.number {
                1 => lease.id = LeaseId(number()?),
                2 => lease.ttl = number()?,
                3 => lease.remaining_ttl = number()?,
                _ => {}
            }
        }
        Ok(lease)
    }
}

pub(super) fn take(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let lease = Lease::decode(row.value)?;
    contents.leases.push(lease);
    let key = LeaseId(u64_be("the key of a lease", row.key)?.cast_signed());
    same(key, lease.id)
}

pub(super) fn take_alarm(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let wrong = in_message("AlarmMember");
    let (mut member, mut kind) = (0, 0);
    let mut fields = Fields::new(row.key);
    while let Some(field) = fields.next().map_err(&wrong)? {
        match field.number {
            1 => member = field.varint().map_err(&wrong)?,
            2 => kind = field.varint().map_err(&wrong)?,
            _ => {}
        }
    }
    let kind = match kind {
        0 => AlarmKind::None,
        1 => AlarmKind::NoSpace,
        2 => AlarmKind::Corrupt,
        other => {
            return Err(ItemError::Unknown {
                what: "the kind of alarm",
                found: other.to_string(),
            });
        }
    };
    contents.alarms.push(Alarm { member, kind });
    Ok(())
}

/// Whether key and value name the same thing.
pub(super) fn same<T: PartialEq + ToString>(key: T, value: T) -> Result<(), ItemError> {
    if key == value {
        return Ok(());
    }
    Err(ItemError::Mismatch {
        key: key.to_string(),
        value: value.to_string(),
    })
}
