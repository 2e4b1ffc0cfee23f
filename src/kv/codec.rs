//! The wire forms of a row of the `key` bucket.
//!
//! ```text
//! bucket key   00 00 00 00 00 00 00 0f  5f  00 00 00 00 00 00 00 01  74
//!              main revision, BE i64    _   sub revision, BE i64     t = tombstone (optional)
//!
//! value        0a 01 61   10 02      18 05     20 04      2a 01 34      30 ..
//!              1 key "a"  2 create   3 mod     4 version  5 value "4"   6 lease
//! ```
//!
//! Both as etcd writes them (`server/storage/mvcc/revision.go`, `api/mvccpb/kv.proto`): fields in
//! number order, zero fields absent.

use super::proto::{WireError, length_delimited, varint};
use super::{BucketKey, KeyValue, LeaseId, RecordRef, Revision};
use crate::bytes::{Cursor, Short};

/// Why a row of the `key` bucket could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A bucket key has neither 17 nor 18 bytes.
    #[error("invalid revision length: {0}, a bucket key has 17 or 18 bytes")]
    KeyLength(usize),
    /// The ninth byte of a bucket key is not `_`.
    #[error("invalid separator in bucket key: {0:#04x}, expected 0x5f")]
    Separator(u8),
    /// The eighteenth byte of a bucket key is not `t`.
    #[error("invalid tombstone mark in bucket key: {0:#04x}, expected 0x74")]
    TombstoneMark(u8),
    /// A revision in a bucket key is below zero.
    #[error("negative revision: {0}")]
    NegativeRevision(Revision),
    /// The value cannot be read as protobuf, or not as `mvccpb.KeyValue`.
    #[error("value: {0}")]
    Value(#[from] WireError),
}

impl From<Short> for DecodeError {
    fn from(short: Short) -> Self {
        Self::Value(short.into())
    }
}

impl BucketKey {
    /// Length of the key of a put.
    pub const LEN: usize = 17;
    /// Length of the key of a tombstone.
    pub const TOMBSTONE_LEN: usize = 18;

    /// Reads the 17 or 18 bytes of a bucket key.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if !matches!(bytes.len(), Self::LEN | Self::TOMBSTONE_LEN) {
            return Err(DecodeError::KeyLength(bytes.len()));
        }
        let mut cursor = Cursor::new(bytes);
        let main = cursor.u64_be("main revision")?.cast_signed();
        let separator = cursor.u8("separator")?;
        let sub = cursor.u64_be("sub revision")?.cast_signed();
        let mark = cursor.rest().first().copied();
        let revision = Revision { main, sub };
        match (separator, mark) {
            (b'_', None | Some(b't')) => {}
            (b'_', Some(mark)) => return Err(DecodeError::TombstoneMark(mark)),
            (separator, _) => return Err(DecodeError::Separator(separator)),
        }
        if main < 0 || sub < 0 {
            return Err(DecodeError::NegativeRevision(revision));
        }
        Ok(Self {
            revision,
            tombstone: mark.is_some(),
        })
    }

    /// Writes the 17 or 18 bytes of a bucket key.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::TOMBSTONE_LEN);
        out.extend(self.revision.main.to_be_bytes());
        out.push(b'_');
        out.extend(self.revision.sub.to_be_bytes());
        if self.tombstone {
            out.push(b't');
        }
        out
    }
}

impl<'a> RecordRef<'a> {
    /// Decodes a row: its bucket key and its `mvccpb.KeyValue`.
    ///
    /// Unknown fields are skipped, as protobuf readers do; an empty value is an empty
    /// `KeyValue` (the marker that `etcdutl snapshot restore --bump-revision` writes).
    pub fn decode(bucket_key: &[u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut record = RecordRef {
            bucket_key: BucketKey::decode(bucket_key)?,
            key: &[],
            value: &[],
            create_revision: 0,
            mod_revision: 0,
            version: 0,
            lease: LeaseId::NONE,
        };
        let mut cursor = Cursor::new(value);
        while !cursor.is_done() {
            let offset = cursor.offset();
            let tag = varint(&mut cursor)?;
            let (field, wire_type) = (tag >> 3, (tag & 7) as u8);
            match (field, wire_type) {
                (1, 2) => record.key = length_delimited(&mut cursor, "key")?,
                (2, 0) => record.create_revision = varint(&mut cursor)?.cast_signed(),
                (3, 0) => record.mod_revision = varint(&mut cursor)?.cast_signed(),
                (4, 0) => record.version = varint(&mut cursor)?.cast_signed(),
                (5, 2) => record.value = length_delimited(&mut cursor, "value")?,
                (6, 0) => record.lease = LeaseId(varint(&mut cursor)?.cast_signed()),
                (7.., 0) => drop(varint(&mut cursor)?),
                (7.., 1) => drop(cursor.take("unknown field", 8)?),
                (7.., 2) => drop(length_delimited(&mut cursor, "unknown field")?),
                (7.., 5) => drop(cursor.take("unknown field", 4)?),
                (field, wire_type) => {
                    let error = WireError::WireType {
                        field,
                        wire_type,
                        offset,
                    };
                    return Err(error.into());
                }
            }
        }
        Ok(record)
    }
}

impl KeyValue {
    /// Writes the `mvccpb.KeyValue` message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.key.len() + self.value.len() + 32);
        put_bytes(&mut out, 1, &self.key);
        put_varint_field(&mut out, 2, self.create_revision);
        put_varint_field(&mut out, 3, self.mod_revision);
        put_varint_field(&mut out, 4, self.version);
        put_bytes(&mut out, 5, &self.value);
        put_varint_field(&mut out, 6, self.lease.0);
        out
    }
}

/// Lengths of a row as it lies in a leaf page, without bbolt's own 16 bytes for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowLens {
    /// Bytes of the bucket key: 17, or 18 of a tombstone.
    pub key: u64,
    /// Bytes of the `mvccpb.KeyValue`.
    pub value: u64,
}

impl RowLens {
    /// Both together.
    pub fn sum(self) -> u64 {
        self.key + self.value
    }

    /// Of a put: lengths of key and value, then the numbers that are stored as varints.
    pub fn of_put(key_len: u64, value_len: u64, numbers: [i64; 4]) -> Self {
        let number = |number: i64| match number {
            0 => 0,
            _ => 1 + varint_len(number.cast_unsigned()),
        };
        Self {
            key: BucketKey::LEN as u64,
            value: field_len(key_len)
                + field_len(value_len)
                + numbers.into_iter().map(number).sum::<u64>(),
        }
    }

    /// Of a tombstone, whose message has only the key.
    pub fn of_tombstone(key_len: u64) -> Self {
        Self {
            key: BucketKey::TOMBSTONE_LEN as u64,
            value: field_len(key_len),
        }
    }
}

/// Bytes of a field of so many bytes: tag, length, content; nothing where it is empty.
fn field_len(len: u64) -> u64 {
    match len {
        0 => 0,
        _ => 1 + varint_len(len) + len,
    }
}

/// Bytes of a number in seven bits each.
fn varint_len(number: u64) -> u64 {
    u64::from((64 - (number | 1).leading_zeros()).div_ceil(7))
}

fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(field << 3 | 2);
        put_varint(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
}

fn put_varint_field(out: &mut Vec<u8>, field: u8, number: i64) {
    if number != 0 {
        out.push(field << 3);
        put_varint(out, number.cast_unsigned());
    }
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the format reference: put `a=4`, fourth version, at revision 5.
    const PUT: &[u8] = &[0x0a, 1, 0x61, 0x10, 2, 0x18, 5, 0x20, 4, 0x2a, 1, 0x34];

    fn key(main: i64, sub: i64, tombstone: bool) -> BucketKey {
        BucketKey {
            revision: Revision { main, sub },
            tombstone,
        }
    }

    #[test]
    fn the_length_of_a_row_is_told_without_writing_it() {
        for (key, value, numbers) in [
            (1, 1, [2, 5, 4, 0]),
            (0, 0, [1, 1, 1, 1]),
            (127, 128, [127, 128, 16_384, -1]),
            (300, 70_000, [i64::MAX, i64::MAX, 1, 0x694d_71dd_c4b8_1234]),
        ] {
            let [create_revision, mod_revision, version, lease] = numbers;
            let kv = KeyValue {
                key: vec![b'k'; key],
                value: vec![b'v'; value],
                create_revision,
                mod_revision,
                version,
                lease: LeaseId(lease),
            };
            let lens = RowLens::of_put(key as u64, value as u64, numbers);
            assert_eq!((lens.key, lens.value), (17, kv.encode().len() as u64));
        }
        let tombstone = KeyValue {
            key: b"foo".to_vec(),
            ..KeyValue::default()
        };
        let lens = RowLens::of_tombstone(3);
        assert_eq!(lens.sum(), 18 + tombstone.encode().len() as u64);
    }

    #[test]
    fn bucket_keys_round_trip_in_order() {
        let keys = [
            key(1, 0, false),
            key(15, 0, true),
            key(15, 1, false),
            key(i64::MAX, 7, true),
        ];
        let mut encoded: Vec<_> = keys.iter().map(BucketKey::encode).collect();
        for (key, bytes) in keys.iter().zip(&encoded) {
            assert_eq!(BucketKey::decode(bytes), Ok(*key));
        }
        let in_order = encoded.clone();
        encoded.sort();
        assert_eq!(encoded, in_order, "byte order is revision order");
    }

    #[test]
    fn a_bad_bucket_key_says_what_is_wrong() {
        let good = key(5, 0, true).encode();
        let check = |change: &dyn Fn(&mut Vec<u8>), expected: &str| {
            let mut bytes = good.clone();
            change(&mut bytes);
            assert_eq!(BucketKey::decode(&bytes).unwrap_err().to_string(), expected);
        };
        check(
            &|b| b.truncate(16),
            "invalid revision length: 16, a bucket key has 17 or 18 bytes",
        );
        check(
            &|b| b[8] = b'x',
            "invalid separator in bucket key: 0x78, expected 0x5f",
        );
        check(
            &|b| b[17] = b'z',
            "invalid tombstone mark in bucket key: 0x7a, expected 0x74",
        );
        check(
            &|b| b[0] = 0x80,
            "negative revision: -9223372036854775803.0",
        );
    }

    #[test]
    fn key_values_round_trip() {
        let record = RecordRef::decode(&key(5, 0, false).encode(), PUT).unwrap();
        assert_eq!((record.key, record.value), (&b"a"[..], &b"4"[..]));
        assert_eq!(
            (record.create_revision, record.mod_revision, record.version),
            (2, 5, 4)
        );
        assert_eq!(record.to_owned().kv.encode(), PUT);

        let leased = KeyValue {
            key: vec![b'k'; 300],
            lease: LeaseId(-1),
            version: i64::MAX,
            ..KeyValue::default()
        };
        let bytes = leased.encode();
        let back = RecordRef::decode(&key(1, 0, false).encode(), &bytes).unwrap();
        assert_eq!(back.to_owned().kv, leased);
    }

    #[test]
    fn a_bad_value_says_where() {
        let check = |value: &[u8], expected: &str| {
            let error = RecordRef::decode(&key(5, 0, false).encode(), value).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(
            &[0x0a, 9, b'a'],
            "value: key: 9 bytes wanted at offset 2, 1 left",
        );
        check(
            &[0xff; 12],
            "value: number at offset 0 is longer than 10 bytes",
        );
        check(&[0x08, 1], "value: field 1 at offset 0 has wire type 0");
        check(&[0x10], "value: number: 1 bytes wanted at offset 1, 0 left");
    }
}
