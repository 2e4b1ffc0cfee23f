//! What etcd's generated decoder says of a row that it cannot decode.
//!
//! As `mvcc.BytesToRev` and `KeyValue.Unmarshal` (gogo protobuf) of 3.6 word it.

use super::quoted;
use crate::bytes::Cursor;
use crate::kv::BucketKey;

/// Fields of `mvccpb.KeyValue` and their wire types, from number 1.
const FIELDS: [(&str, u8); 6] = [
    ("Key", 2),
    ("CreateRevision", 0),
    ("ModRevision", 0),
    ("Version", 0),
    ("Value", 2),
    ("Lease", 0),
];

const OVERFLOW: &str = "proto: integer overflow";
const END: &str = "unexpected EOF";
const NEGATIVE: &str = "proto: negative length found during unmarshaling";

/// The user's key of a row, or the tool's words.
pub fn key_of_row<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], String> {
    if let Err(why) = revision(key) {
        let key = quoted(key);
        return Err(format!("cannot parse revision key: {key} err: {why}"));
    }
    key_value(value).map_err(|why| {
        let (key, value) = (quoted(key), quoted(value));
        format!("cannot unmarshal value, key: {key} value: {value} err: {why}")
    })
}

fn revision(key: &[u8]) -> Result<(), String> {
    if !matches!(key.len(), BucketKey::LEN | BucketKey::TOMBSTONE_LEN) {
        return Err(format!("invalid revision length: {}", key.len()));
    }
    let mut cursor = Cursor::new(key);
    let main = cursor.u64_be("main revision").unwrap_or_default();
    let separator = cursor.u8("separator").unwrap_or_default();
    let sub = cursor.u64_be("sub revision").unwrap_or_default();
    if separator != b'_' {
        // Go's %q of a byte is that of the character with this number.
        let text = char::from(separator).to_string();
        let quoted = quoted(text.as_bytes());
        let inner = match separator {
            b'"' => "\"",
            b'\'' => "\\'",
            _ => quoted.trim_matches('"'),
        };
        return Err(format!("invalid separator in bucket key: '{inner}'"));
    }
    let (main, sub) = (main.cast_signed(), sub.cast_signed());
    if main < 0 || sub < 0 {
        return Err(format!("negative revision: {main}_{sub}"));
    }
    Ok(())
}

fn key_value(value: &[u8]) -> Result<&[u8], String> {
    let mut key: &[u8] = &[];
    let mut cursor = Cursor::new(value);
    while !cursor.is_done() {
        let tag = varint(&mut cursor)?;
        let (number, wire_type) = ((tag >> 3) as u32, (tag & 7) as u8);
        let number = number.cast_signed();
        if wire_type == 4 {
            return Err("proto: KeyValue: wiretype end group for non-group".to_owned());
        }
        if number <= 0 {
            return Err(format!(
                "proto: KeyValue: illegal tag {number} (wire type {tag})"
            ));
        }
        let known = usize::try_from(number - 1)
            .ok()
            .and_then(|at| FIELDS.get(at));
        match known {
            Some((name, wanted)) if wire_type != *wanted => {
                return Err(format!(
                    "proto: wrong wireType = {wire_type} for field {name}"
                ));
            }
            Some((_, 0)) => drop(varint(&mut cursor)?),
            Some((name, _)) => {
                let bytes = length_delimited(&mut cursor)?;
                if *name == "Key" {
                    key = bytes;
                }
            }
            None => skip(&mut cursor, wire_type)?,
        }
    }
    Ok(key)
}

/// Skips a field of unknown number, groups and what is in them included.
fn skip(cursor: &mut Cursor<'_>, wire_type: u8) -> Result<(), String> {
    let mut depth = 0u64;
    let mut wire_type = wire_type;
    loop {
        match wire_type {
            0 => drop(varint(cursor)?),
            1 => drop(cursor.take("fixed", 8).map_err(|_| END)?),
            2 => drop(length_delimited(cursor)?),
            3 => depth += 1,
            4 => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Err("proto: unexpected end of group".to_owned()),
            },
            5 => drop(cursor.take("fixed", 4).map_err(|_| END)?),
            other => return Err(format!("proto: illegal wireType {other}")),
        }
        if depth == 0 {
            return Ok(());
        }
        wire_type = (varint(cursor)? & 7) as u8;
    }
}

fn length_delimited<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], String> {
    let len = varint(cursor)?;
    if len > i64::MAX.cast_unsigned() {
        return Err(NEGATIVE.to_owned());
    }
    Ok(cursor.take("bytes", len).map_err(|_| END)?)
}

fn varint(cursor: &mut Cursor<'_>) -> Result<u64, String> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = cursor.u8("number").map_err(|_| END)?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(OVERFLOW.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_rows_are_worded_as_by_the_tool() {
        let good = b"\0\0\0\0\0\0\0\x02_\0\0\0\0\0\0\0\0";
        let check = |key: &[u8], value: &[u8], expected: &str| {
            let words = key_of_row(key, value).unwrap_err();
            assert!(words.ends_with(&format!("err: {expected}")), "{words}");
        };
        let mut separator = *good;
        separator[8] = b'x';
        check(&separator, b"", "invalid separator in bucket key: 'x'");
        separator[8] = b'\'';
        check(&separator, b"", "invalid separator in bucket key: '\\''");
        separator[8] = 0;
        check(&separator, b"", "invalid separator in bucket key: '\\x00'");
        check(&good[..16], b"", "invalid revision length: 16");
        check(good, b"\xff\x05x", "proto: illegal wireType 7");
        check(good, b"\x0a\x05x", "unexpected EOF");
        check(good, b"\x08\x01", "proto: wrong wireType = 0 for field Key");
        check(
            good,
            b"\x0c",
            "proto: KeyValue: wiretype end group for non-group",
        );
        check(
            good,
            b"\x02\x01a",
            "proto: KeyValue: illegal tag 0 (wire type 2)",
        );
        check(
            good,
            &[0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            OVERFLOW,
        );
        check(
            good,
            &[0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
            NEGATIVE,
        );
        check(good, &[0x3b, 0x3b], "unexpected EOF");
        assert_eq!(key_of_row(good, b"\x0a\x01k\x3b\x3c"), Ok(&b"k"[..]));
    }
}
