//! What makes bytes a row: a bucket key, and a value that goes with it.

use crate::bbolt::Db;
use crate::bytes::Cursor;
use crate::kv::BucketKey;

/// Transactions that etcd puts into one commit at most (`defaultBatchLimit` of its backend): how
/// far pages of a commit that never was can be ahead of the store.
const BATCH: i64 = 10_000;
/// Changes in one transaction that are believed: a range delete may take every key there is.
const MAX_SUB: i64 = 1 << 24;
/// Revisions that are believed where the store itself cannot tell its own.
const MAX_MAIN: i64 = 1 << 48;
/// Bytes that hold the fields of a value, its key and value aside.
const HEAD: u64 = 64;

/// What can be true in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The store's current revision; `None` where damage hides it.
    pub(super) head: Option<i64>,
}

impl Limits {
    /// Whether the numbers of a bucket key can be true.
    pub(super) fn allow(&self, key: &BucketKey) -> bool {
        let revision = key.revision;
        let most = self
            .head
            .map_or(MAX_MAIN, |head| head.saturating_add(BATCH));
        (1..=most).contains(&revision.main) && (0..MAX_SUB).contains(&revision.sub)
    }

    /// Whether the store has come as far as a bucket key says.
    pub(super) fn reached(&self, key: &BucketKey) -> bool {
        self.head.is_none_or(|head| key.revision.main <= head)
    }
}

/// How the end of a value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// An element says it: the value has exactly these bytes.
    Exact(u64),
    /// The value ends before this position, at the last field that is there.
    Before(u64),
    /// The same, but bytes behind the position were lost: a value that reaches it may be cut.
    Cut(u64),
}

/// Reads the key of a row.
pub(super) fn bucket_key(db: &Db, at: u64, len: u64) -> Option<BucketKey> {
    if !matches!(len, 17 | 18) {
        return None;
    }
    BucketKey::decode(&db.bytes(at, len).ok()?).ok()
}

/// Length of the value at a position if it is one that etcd writes for `key`; `None` if not.
///
/// Field by field as etcd writes them: in order, zeros absent. Keys and values are skipped, not
/// read, so that a look costs the same whatever lengths are claimed.
pub(super) fn value_len(db: &Db, key: &BucketKey, at: u64, end: End) -> Option<u32> {
    let mut fields = Fields { db, at, end };
    if fields.tag()? != 0x0a {
        return None;
    }
    fields.at += 1;
    let len = fields.number()?;
    if len == 0 {
        return None;
    }
    fields.skip(len)?;
    if !key.tombstone {
        let mut field = |tag: u8| {
            if fields.tag() != Some(tag) {
                return None;
            }
            fields.at += 1;
            fields.number().map(u64::cast_signed)
        };
        let (create, modified, version) = (field(0x10)?, field(0x18)?, field(0x20)?);
        // A generation gets at most one version a transaction.
        let room = modified.checked_sub(create)?.checked_add(1)?;
        let fits = modified == key.revision.main && create >= 1 && (1..=room).contains(&version);
        if !fits {
            return None;
        }
        if fields.optional(0x2a)? {
            let len = fields.number()?;
            fields.skip(len)?;
        }
        if fields.optional(0x30)? {
            fields.number()?;
        }
    }
    match end {
        End::Exact(end) if fields.at != end => None,
        _ => u32::try_from(fields.at.checked_sub(at)?).ok(),
    }
}

struct Fields<'a> {
    db: &'a Db,
    at: u64,
    end: End,
}

impl Fields<'_> {
    fn end(&self) -> u64 {
        match self.end {
            End::Exact(end) | End::Before(end) | End::Cut(end) => end,
        }
    }

    fn bytes(&self, most: u64) -> Option<crate::bytes::Piece> {
        let len = self.end().checked_sub(self.at)?.min(most);
        self.db.bytes(self.at, len).ok()
    }

    fn tag(&self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    /// Whether a field that may be absent is there; `None` where that cannot be known.
    fn optional(&mut self, tag: u8) -> Option<bool> {
        if self.at >= self.end() {
            return (!matches!(self.end, End::Cut(_))).then_some(false);
        }
        let there = self.tag()? == tag;
        self.at += u64::from(there);
        Some(there)
    }

    fn number(&mut self) -> Option<u64> {
        let bytes = self.bytes(HEAD)?;
        let mut cursor = Cursor::new(&bytes);
        let mut number = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = cursor.u8("number").ok()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                self.at += cursor.offset() as u64;
                return Some(number);
            }
        }
        None
    }

    fn skip(&mut self, len: u64) -> Option<()> {
        let to = self.at.checked_add(len)?;
        (to <= self.end()).then(|| self.at = to)
    }
}
