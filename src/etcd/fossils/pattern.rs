//! Rows that no element names, found by their looks.
//!
//! ```text
//! 00 00 .. main 8 .. | 5f | 00 00 00 00 .. sub 8 | [74] | 0a len key 10 create 18 mod 20 version ...
//! ```

use super::row::{End, Limits, value_len};
use crate::bbolt::Db;
use crate::bytes::ReadError;
use crate::kv::BucketKey;

/// Bytes looked at in one piece.
const PIECE: u64 = 1 << 20;
/// The least bytes of a bucket key with a value: of a tombstone of a key of one byte.
const LEAST: u64 = 20;
/// Where the separator stands in a bucket key.
const SEPARATOR: usize = 8;

/// Gives every row between two positions: its bucket key, where its value starts, its length.
pub(super) fn scan(
    db: &Db,
    limits: &Limits,
    start: u64,
    end: End,
    found: &mut dyn FnMut(BucketKey, u64, u32),
) -> Result<(), ReadError> {
    let (End::Exact(stop) | End::Before(stop) | End::Cut(stop)) = end;
    let mut at = start;
    // Where the last row ended: nothing inside a row is a row.
    let mut free_from = start;
    while stop.saturating_sub(at) >= LEAST {
        let len = (stop - at).min(PIECE);
        let bytes = db.bytes(at, len)?;
        let marks = bytes.iter().enumerate().skip(SEPARATOR);
        for (index, _) in marks.filter(|(_, byte)| **byte == b'_') {
            let key_at = at + (index - SEPARATOR) as u64;
            // The main revision is below 2^48, the sub revision below 2^24.
            let zeros = |from: usize, len: usize| {
                let part = bytes.get(from..).unwrap_or_default();
                part.iter().take(len).all(|byte| *byte == 0)
            };
            if key_at < free_from || !zeros(index - SEPARATOR, 2) || !zeros(index + 1, 5) {
                continue;
            }
            if let Some((key, value_at, len)) = row_at(db, limits, key_at, end) {
                free_from = value_at + u64::from(len);
                found(key, value_at, len);
            }
        }
        if at + len >= stop {
            break;
        }
        // A separator in the first bytes of the next piece has its main revision in this one.
        at += len - SEPARATOR as u64;
    }
    Ok(())
}

fn row_at(db: &Db, limits: &Limits, at: u64, end: End) -> Option<(BucketKey, u64, u32)> {
    let (End::Exact(stop) | End::Before(stop) | End::Cut(stop)) = end;
    // A tombstone's mark is no tag of a value, so that the two lengths cannot be mixed up.
    for len in [BucketKey::TOMBSTONE_LEN, BucketKey::LEN] {
        let len = len as u64;
        let value_at = at.checked_add(len)?;
        if value_at >= stop {
            continue;
        }
        let Ok(bytes) = db.bytes(at, len) else {
            continue;
        };
        let Ok(key) = BucketKey::decode(&bytes) else {
            continue;
        };
        if limits.allow(&key)
            && let Some(value) = value_len(db, &key, value_at, end)
        {
            return Some((key, value_at, value));
        }
    }
    None
}
