//! One change of a key, packed: a history of ten million revisions has as many of these.

use std::collections::HashMap;

use super::KeyId;
use crate::kv::{LeaseId, RecordRef, Revision};

/// What a change did to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// The first put of a generation.
    Create,
    /// A later put of the same generation.
    Modify,
    /// The deletion that ends a generation.
    Tombstone,
}

/// One row of the `key` bucket without its key's bytes and its value: 36 bytes.
///
/// ```text
/// main 8 | create revision 8 | key 4 | sub 4 | value length 4 | version 4 | lease 29 bits, flags 3
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    // In halves, since eight bytes at a time would want four more.
    main: [u32; 2],
    create_revision: [u32; 2],
    key: KeyId,
    sub: u32,
    value_len: u32,
    version: u32,
    packed: u32,
}

/// Bits of `packed`: the kind, whether compacted, and above them the number of the lease.
const KIND: u32 = 0b011;
const COMPACTED: u32 = 0b100;
const LEASE_SHIFT: u32 = 3;

impl Change {
    /// A row as a change of key `key` whose lease has number `lease` in the history's list.
    ///
    /// `None` if the row's revision is none that etcd can write: a sub revision counts the
    /// operations of one transaction.
    pub(super) fn new(record: &RecordRef<'_>, key: KeyId, lease: u32) -> Option<Self> {
        let Revision { main, sub } = record.bucket_key.revision;
        let kind = if record.bucket_key.tombstone {
            2
        } else if record.create_revision == main {
            0
        } else {
            1
        };
        Some(Self {
            main: halves(main),
            create_revision: halves(record.create_revision),
            key,
            sub: u32::try_from(sub).ok()?,
            value_len: u32::try_from(record.value.len()).unwrap_or(u32::MAX),
            version: u32::try_from(record.version.max(0)).unwrap_or(u32::MAX),
            packed: kind | lease.min(Self::MAX_LEASE) << LEASE_SHIFT,
        })
    }

    /// Greatest number that a lease may have.
    pub(super) const MAX_LEASE: u32 = u32::MAX >> LEASE_SHIFT;

    /// Where in the order of all changes this one stands.
    pub fn revision(&self) -> Revision {
        Revision::new(self.main(), i64::from(self.sub))
    }

    /// Main revision alone.
    pub(super) fn main(&self) -> i64 {
        whole(self.main)
    }

    /// Whose change it is.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// What the change did.
    pub fn kind(&self) -> ChangeKind {
        match self.packed & KIND {
            0 => ChangeKind::Create,
            1 => ChangeKind::Modify,
            _ => ChangeKind::Tombstone,
        }
    }

    /// Whether the change deleted its key.
    pub fn is_tombstone(&self) -> bool {
        self.kind() == ChangeKind::Tombstone
    }

    /// Revision of the first put of the generation; 0 in a tombstone.
    pub fn create_revision(&self) -> i64 {
        whole(self.create_revision)
    }

    /// Count of puts in the generation up to this one; 0 in a tombstone. Counts above 2³²−1, which
    /// only a damaged row claims, are that.
    pub fn version(&self) -> i64 {
        i64::from(self.version)
    }

    /// Length of the value in bytes.
    pub fn value_len(&self) -> u32 {
        self.value_len
    }

    /// Whether a compaction has removed the row since it was seen.
    pub fn is_compacted(&self) -> bool {
        self.packed & COMPACTED != 0
    }

    /// Whether the change attached its key to a lease.
    pub fn has_lease(&self) -> bool {
        self.lease() != 0
    }

    pub(super) fn set_compacted(&mut self) {
        self.packed |= COMPACTED;
    }

    /// Number of the lease in the history's list; 0 for none.
    pub(super) fn lease(&self) -> u32 {
        self.packed >> LEASE_SHIFT
    }

    /// Kind, compaction and lease as they are packed.
    pub(super) fn packed(&self) -> u32 {
        self.packed
    }

    /// A change from its numbers, the last of them [`Change::packed`]; none if no change is packed
    /// so.
    pub(super) fn unpacked(
        revision: Revision,
        key: KeyId,
        create_revision: i64,
        [version, value_len, packed]: [u32; 3],
    ) -> Option<Self> {
        (packed & KIND != KIND).then_some(Self {
            main: halves(revision.main),
            create_revision: halves(create_revision),
            key,
            sub: u32::try_from(revision.sub).ok()?,
            value_len,
            version,
            packed,
        })
    }

    /// The same change of a generation that began at another revision.
    pub(super) fn created_at(mut self, create_revision: i64) -> Self {
        self.create_revision = halves(create_revision);
        self
    }

    /// The same change in another history, where its key and its lease have these numbers.
    pub(super) fn renumbered(mut self, key: KeyId, lease: u32) -> Self {
        let flags = self.packed & (KIND | COMPACTED);
        self.packed = flags | lease.min(Self::MAX_LEASE) << LEASE_SHIFT;
        self.key = key;
        self
    }
}

fn halves(number: i64) -> [u32; 2] {
    [(number >> 32) as u32, number as u32]
}

fn whole([high, low]: [u32; 2]) -> i64 {
    i64::from(high) << 32 | i64::from(low)
}

/// The leases of a history, each once; changes hold their numbers. Number 0 is no lease.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    ids: Vec<LeaseId>,
    numbers: HashMap<LeaseId, u32>,
}

impl Leases {
    /// The number of a lease, a new one if it is new.
    pub(super) fn number(&mut self, id: LeaseId) -> u32 {
        if id == LeaseId::NONE {
            return 0;
        }
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let next = u32::try_from(self.ids.len() + 1).unwrap_or(u32::MAX);
        if next > Change::MAX_LEASE {
            return 0;
        }
        self.ids.push(id);
        self.numbers.insert(id, next);
        next
    }

    /// All of them, number 1 first.
    pub(super) fn all(&self) -> &[LeaseId] {
        &self.ids
    }

    pub(super) fn id(&self, number: u32) -> LeaseId {
        let index = number.checked_sub(1).map(|index| index as usize);
        let id = index.and_then(|index| self.ids.get(index));
        id.copied().unwrap_or(LeaseId::NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_small_and_keeps_its_revisions() {
        assert_eq!(size_of::<Change>(), 36);
        for number in [0, 1, -1, i64::MAX, i64::MIN, 1 << 32, (1 << 32) - 1] {
            assert_eq!(whole(halves(number)), number);
        }
    }
}
