//! Reading protobuf messages field by field, without copying.
//!
//! ```text
//! tag varint = number << 3 | wire type      0 varint   1 eight bytes   2 length, bytes   5 four bytes
//! ```
//!
//! For the small messages of etcd. Whoever reads a message matches on [`Field::number`] and skips
//! what it does not know, as protobuf readers do.

use crate::bytes::{Cursor, Short};

/// Why a message could not be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message ended inside a field.
    #[error("{0}")]
    Short(#[from] Short),
    /// A variable-length number has more than ten bytes.
    #[error("number at offset {0} is longer than 10 bytes")]
    LongVarint(usize),
    /// A field has a wire type that its number does not have in its message.
    #[error("field {field} at offset {offset} has wire type {wire_type}")]
    WireType {
        /// The field's number.
        field: u64,
        /// The wire type found.
        wire_type: u8,
        /// Offset of the field's tag in the message.
        offset: usize,
    },
}

/// The fields of a message, in the order of its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(Cursor<'a>);

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its number in the message's definition.
    pub number: u64,
    /// Offset of its tag in the message.
    pub offset: usize,
    /// What it holds.
    pub value: Value<'a>,
}

/// What a field holds, by wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: bytes, text, or a message.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

impl<'a> Fields<'a> {
    /// Starts at the first field.
    pub fn new(message: &'a [u8]) -> Self {
        Self(Cursor::new(message))
    }

    /// The next field; `None` at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "stops at the first error, which `?` reads better than an iterator of results"
    )]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, WireError> {
        let cursor = &mut self.0;
        if cursor.is_done() {
            return Ok(None);
        }
        let offset = cursor.offset();
        let tag = varint(cursor)?;
        let (number, wire_type) = (tag >> 3, (tag & 7) as u8);
        let value = match wire_type {
            0 => Value::Varint(varint(cursor)?),
            1 => Value::Fixed64(cursor.u64_le("number")?),
            2 => Value::Bytes(length_delimited(cursor, "field")?),
            5 => Value::Fixed32(cursor.u32_le("number")?),
            _ => {
                return Err(WireError::WireType {
                    field: number,
                    wire_type,
                    offset,
                });
            }
        };
        Ok(Some(Field {
            number,
            offset,
            value,
        }))
    }
}

impl<'a> Field<'a> {
    /// The field as a number; protobuf's signed and unsigned ones have the same bytes.
    pub fn varint(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(number) => Ok(number),
            _ => Err(self.wrong_type()),
        }
    }

    /// The field as bytes.
    pub fn bytes(&self) -> Result<&'a [u8], WireError> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong_type()),
        }
    }

    /// That the field's type is not the one of its definition.
    pub fn wrong_type(&self) -> WireError {
        WireError::WireType {
            field: self.number,
            wire_type: match self.value {
                Value::Varint(_) => 0,
                Value::Fixed64(_) => 1,
                Value::Bytes(_) => 2,
                Value::Fixed32(_) => 5,
            },
            offset: self.offset,
        }
    }
}

/// A variable-length number: seven bits a byte, low bits first.
pub fn varint(cursor: &mut Cursor<'_>) -> Result<u64, WireError> {
    let start = cursor.offset();
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = cursor.u8("number")?;
        // The tenth byte carries one bit; protobuf readers drop what does not fit.
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(WireError::LongVarint(start))
}

/// Bytes behind their length.
pub fn length_delimited<'a>(
    cursor: &mut Cursor<'a>,
    field: &'static str,
) -> Result<&'a [u8], WireError> {
    let len = varint(cursor)?;
    Ok(cursor.take(field, len)?)
}

/// Appends a number as a field; zero is what a field has that is not there.
pub fn push_varint(out: &mut Vec<u8>, field: u8, number: u64) {
    if number != 0 {
        out.push(field << 3);
        push_number(out, number);
    }
}

/// Appends bytes, text or a message as a field; empty is what a field has that is not there.
pub fn push_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(field << 3 | 2);
        push_number(out, bytes.len() as u64);
        out.extend(bytes);
    }
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_errors_say_where() {
        let message = [0x08, 0x96, 1, 0x12, 2, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21];
        let mut fields = Fields::new(&message);
        let mut next = || fields.next();
        let number = next().unwrap().unwrap();
        assert_eq!((number.number, number.varint()), (1, Ok(150)));
        assert_eq!(
            number.bytes().unwrap_err().to_string(),
            "field 1 at offset 0 has wire type 0"
        );
        let text = next().unwrap().unwrap();
        assert_eq!(
            (text.number, text.offset, text.bytes()),
            (2, 3, Ok(&b"hi"[..]))
        );
        assert_eq!(next().unwrap().unwrap().value, Value::Fixed32(1));
        assert_eq!(
            next().unwrap_err().to_string(),
            "number: 8 bytes wanted at offset 13, 0 left"
        );
        let mut group = Fields::new(&[0x0b]);
        assert_eq!(
            group.next().unwrap_err().to_string(),
            "field 1 at offset 0 has wire type 3"
        );
        assert_eq!(Fields::new(&[]).next(), Ok(None));
    }
}
