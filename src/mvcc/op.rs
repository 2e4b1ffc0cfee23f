//! What can be asked of the store, and what it answers. Plain values, no behaviour.

use std::ops::Bound;
use std::sync::Arc;

use super::auth::{AuthOp, AuthReply};
use super::lease::LeaseStatus;
use crate::kv::{KeyValue, LeaseId, Record};

/// The keys that a request means: one key, or from `key` up to but without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// First key.
    pub key: Vec<u8>,
    /// Empty: `key` alone. One zero byte: every key from `key` on. Else the first key not meant.
    pub range_end: Vec<u8>,
}

impl KeyRange {
    /// One key.
    pub fn one(key: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            range_end: Vec::new(),
        }
    }

    /// From `key` up to but without `range_end`.
    pub fn until(key: impl Into<Vec<u8>>, range_end: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            range_end: range_end.into(),
        }
    }

    /// Every key from `key` on; an empty key means all (a client sends a zero byte for it).
    pub fn from_key(key: impl Into<Vec<u8>>) -> Self {
        let mut key = key.into();
        if key.is_empty() {
            key.push(0);
        }
        Self::until(key, [0])
    }

    /// Every key that starts with `prefix`; an empty prefix means all.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Self {
        let key: Vec<u8> = prefix.into();
        let mut end = key.clone();
        // The next key behind all that share the prefix: raise the last byte that can be raised.
        while let Some(last) = end.pop() {
            if last < 0xff {
                end.push(last + 1);
                return Self::until(key, end);
            }
        }
        Self::from_key(key)
    }

    /// Whether `key` is meant.
    pub fn contains(&self, key: &[u8]) -> bool {
        match self.range_end.as_slice() {
            [] => key == self.key,
            [0] => key >= self.key.as_slice(),
            end => key >= self.key.as_slice() && key < end,
        }
    }

    /// Whether no key can be meant: the end lies at or before the start.
    pub fn is_void(&self) -> bool {
        !matches!(self.range_end.as_slice(), [] | [0]) && self.key >= self.range_end
    }

    /// Bounds for an ordered map; only for ranges that are not void.
    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let start = Bound::Included(self.key.as_slice());
        match self.range_end.as_slice() {
            [] => (start, start),
            [0] => (start, Bound::Unbounded),
            end => (start, Bound::Excluded(end)),
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Store a value.
    Put(Put),
    /// Read, now or at a revision.
    Range(Range),
    /// Delete a key or a range.
    DeleteRange(DeleteRange),
    /// Compare, then do one of two lists of operations in one revision.
    Txn(Txn),
    /// Drop what is superseded at a revision.
    Compact {
        /// The new compact revision.
        revision: i64,
    },
    /// Make a lease.
    LeaseGrant {
        /// Seconds asked for.
        ttl: i64,
        /// Chosen id, or none for one that the server picks.
        id: LeaseId,
    },
    /// End a lease and delete its keys.
    LeaseRevoke {
        /// Which one.
        id: LeaseId,
    },
    /// Users, roles and permissions.
    Auth(AuthOp),
    /// The member's alarm.
    Alarm(AlarmOp),
    /// A request that goes through the log but changes nothing here.
    Noop,
}

/// What can be asked of alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmOp {
    /// Which stand.
    List,
    /// Take back those that stand.
    Disarm,
}

/// Store `value` at `key`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub key: Vec<u8>,
    /// What.
    pub value: Vec<u8>,
    /// Lease that keeps the key alive, or none.
    pub lease: LeaseId,
    /// Whether the reply carries what was there.
    pub prev_kv: bool,
    /// Keep the current value.
    pub ignore_value: bool,
    /// Keep the current lease.
    pub ignore_lease: bool,
}

/// Read the keys of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Which keys.
    pub keys: KeyRange,
    /// Most results; 0 or less means all.
    pub limit: i64,
    /// As of this revision; 0 or less means now.
    pub revision: i64,
    /// Direction, if asked for.
    pub order: SortOrder,
    /// By what.
    pub target: SortTarget,
    /// Leave the values away.
    pub keys_only: bool,
    /// Leave everything away but the count.
    pub count_only: bool,
    /// Lowest and highest create revision wanted; 0 means no bound.
    pub create_revisions: (i64, i64),
    /// Lowest and highest mod revision wanted; 0 means no bound.
    pub mod_revisions: (i64, i64),
}

impl Range {
    /// Reads these keys as they are now, everything else as by default.
    pub fn of(keys: KeyRange) -> Self {
        Self {
            keys,
            limit: 0,
            revision: 0,
            order: SortOrder::None,
            target: SortTarget::Key,
            keys_only: false,
            count_only: false,
            create_revisions: (0, 0),
            mod_revisions: (0, 0),
        }
    }
}

/// Direction of a sorted read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Not asked for.
    #[default]
    None,
    /// Smallest first.
    Ascend,
    /// Largest first.
    Descend,
}

/// What a read is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortTarget {
    /// The key.
    #[default]
    Key,
    /// The version.
    Version,
    /// The create revision.
    Create,
    /// The mod revision.
    Mod,
    /// The value's bytes.
    Value,
}

/// Delete the keys of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteRange {
    /// Which keys.
    pub keys: KeyRange,
    /// Whether the reply carries what was there.
    pub prev_kv: bool,
}

/// Compare, then act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txn {
    /// All must hold; none holds always.
    pub compares: Vec<Compare>,
    /// Done when they hold: puts, ranges, deletes and nested txns.
    pub success: Vec<Op>,
    /// Done when they do not.
    pub failure: Vec<Op>,
}

/// One comparison of a txn: for every key meant, its `target` against a given one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    /// Which keys; one that does not exist compares as all zero.
    pub keys: KeyRange,
    /// How.
    pub result: CompareResult,
    /// What, and against what.
    pub target: CompareTarget,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareResult {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
}

/// What is compared, with the value given for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareTarget {
    /// The version.
    Version(i64),
    /// The create revision.
    Create(i64),
    /// The mod revision.
    Mod(i64),
    /// The value's bytes; never holds for a key that does not exist.
    Value(Vec<u8>),
    /// The lease.
    Lease(LeaseId),
}

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The answer.
    pub reply: Reply,
    /// The store's current revision afterwards: what the response header carries.
    pub revision: i64,
    /// Rows added to the `key` bucket, in bucket order.
    pub written: Vec<Record>,
    /// Rows removed by a compaction, in bucket order.
    pub removed: Arc<[Record]>,
}

/// The answer to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To a put.
    Put(PutReply),
    /// To a range.
    Range(RangeReply),
    /// To a delete.
    DeleteRange(DeleteRangeReply),
    /// To a txn.
    Txn(TxnReply),
    /// To a compaction: the compact revision.
    Compact(i64),
    /// To a lease grant.
    LeaseGrant(LeaseStatus),
    /// To a lease revoke.
    LeaseRevoke(LeaseId),
    /// To a question about users and roles.
    Auth(AuthReply),
    /// To a question about alarms: whether NOSPACE stands, or stood until it was disarmed.
    Alarm(bool),
    /// To a no-op.
    Noop,
}

/// The answer to a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutReply {
    /// Revision in the header of the answer when it stands inside a txn.
    pub revision: i64,
    /// What was there before, if asked for.
    pub prev_kv: Option<KeyValue>,
}

/// The answer to a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeReply {
    /// Revision in the header: the current one, whatever revision was read.
    pub revision: i64,
    /// The keys found, in order.
    pub kvs: Vec<KeyValue>,
    /// Whether the limit cut the list.
    pub more: bool,
    /// How many keys there are in all.
    pub count: i64,
}

/// The answer to a delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteRangeReply {
    /// Revision in the header of the answer when it stands inside a txn.
    pub revision: i64,
    /// How many keys went.
    pub deleted: i64,
    /// What they held, if asked for.
    pub prev_kvs: Vec<KeyValue>,
}

/// The answer to a txn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnReply {
    /// Whether the compares held.
    pub succeeded: bool,
    /// One answer for each operation of the branch taken.
    pub responses: Vec<Reply>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_where_the_last_key_ends() {
        for (prefix, end) in [
            (&b"foo"[..], &b"fop"[..]),
            (b"a\xff", b"b"),
            (b"\xff\xff", b"\0"),
            (b"", b"\0"),
        ] {
            let range = KeyRange::prefix(prefix);
            assert_eq!(range.range_end, end, "{prefix:?}");
            assert!(range.contains(&[prefix, b"x"].concat()));
        }
        assert!(!KeyRange::prefix("foo").contains(b"fop"));
        assert!(KeyRange::until("b", "a").is_void());
        assert!(!KeyRange::from_key("b").is_void());
    }
}
