//! Protobuf's wire format, field by field, from bytes that cannot be trusted.
//!
//! ```text
//! field = tag (varint: number << 3 | wire type), payload
//!   0 varint    1 eight bytes    2 length (varint), bytes    5 four bytes
//! ```

/// The number and the wire type that a field's tag carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: the bytes and where they start.
    Bytes(u64, &'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

impl Payload<'_> {
    /// Protobuf's number for it.
    pub fn wire_type(&self) -> u8 {
        match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(..) => 2,
            Self::Fixed32(_) => 5,
        }
    }
}

/// One field as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawField<'a> {
    /// Its number.
    pub number: u32,
    /// Where its tag starts.
    pub offset: u64,
    /// What it carries.
    pub payload: Payload<'a>,
    /// Tag and payload.
    pub bytes: &'a [u8],
}

/// Why no further field can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError<'a> {
    /// The bytes end inside a number or inside eight or four bytes.
    Ends {
        /// Where the number starts.
        offset: u64,
    },
    /// A varint has more than ten bytes or more than 64 bits.
    Varint {
        /// Where it starts.
        offset: u64,
    },
    /// A field's length is more than what is left.
    Length {
        /// The field's number.
        number: u32,
        /// Where the field's bytes start.
        offset: u64,
        /// How many bytes it says it has.
        wanted: u64,
        /// What is left of them.
        rest: &'a [u8],
    },
    /// A tag with number 0, with a number that is too large, or with a wire type that nobody uses.
    Tag {
        /// Where the tag starts.
        offset: u64,
        /// The tag.
        tag: u64,
    },
}

/// A position in a message.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
    end: u64,
}

impl<'a> Fields<'a> {
    /// The fields of a message whose first byte is at `offset`.
    pub fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self {
            rest: bytes,
            end: offset + bytes.len() as u64,
        }
    }

    /// The next field, `None` at the end. After an error there is nothing more.
    pub fn next(&mut self) -> Option<Result<RawField<'a>, WireError<'a>>> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.field();
        if next.is_err() {
            self.rest = &[];
        }
        Some(next)
    }

    /// Offset of the next byte.
    fn offset(&self) -> u64 {
        self.end - self.rest.len() as u64
    }

    fn field(&mut self) -> Result<RawField<'a>, WireError<'a>> {
        let (start, offset) = (self.rest, self.offset());
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).unwrap_or(0);
        if number == 0 || number >= 1 << 29 {
            return Err(WireError::Tag { offset, tag });
        }
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let wanted = self.varint()?;
                let offset = self.offset();
                let split = usize::try_from(wanted)
                    .ok()
                    .and_then(|len| self.rest.split_at_checked(len));
                let Some((bytes, rest)) = split else {
                    let rest = self.rest;
                    return Err(WireError::Length {
                        number,
                        offset,
                        wanted,
                        rest,
                    });
                };
                self.rest = rest;
                Payload::Bytes(offset, bytes)
            }
            5 => Payload::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(WireError::Tag { offset, tag }),
        };
        let len = start.len() - self.rest.len();
        Ok(RawField {
            number,
            offset,
            payload,
            bytes: start.get(..len).unwrap_or_default(),
        })
    }

    /// The next of packed numbers, `None` at the end. After an error there is nothing more.
    pub fn next_varint(&mut self) -> Option<Result<u64, WireError<'a>>> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.varint();
        if next.is_err() {
            self.rest = &[];
        }
        Some(next)
    }

    /// A varint at the front.
    fn varint(&mut self) -> Result<u64, WireError<'a>> {
        if let Some((&first @ ..0x80, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(u64::from(first));
        }
        let offset = self.offset();
        let mut number = 0u64;
        let mut rest = self.rest;
        for shift in (0..64).step_by(7) {
            let Some((byte, left)) = rest.split_first() else {
                return Err(WireError::Ends { offset });
            };
            rest = left;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                self.rest = rest;
                return Ok(number);
            }
        }
        Err(WireError::Varint { offset })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError<'a>> {
        let offset = self.offset();
        let split = self.rest.split_first_chunk::<N>();
        let (bytes, rest) = split.ok_or(WireError::Ends { offset })?;
        self.rest = rest;
        Ok(*bytes)
    }
}

/// Writes a varint.
pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes the tag of a field.
pub fn put_tag(out: &mut Vec<u8>, number: u32, wire_type: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire_type));
}

/// Writes a field of bytes.
pub fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_tag(out, number, 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut fields = Fields::new(bytes, 100);
        let mut out = String::new();
        while let Some(next) = fields.next() {
            out += &match next {
                Ok(field) => format!("{}@{} {:?}; ", field.number, field.offset, field.payload),
                Err(error) => format!("{error:?}"),
            };
        }
        out
    }

    #[test]
    fn reads_every_wire_type_and_says_where_it_breaks() {
        let good = [8, 0xac, 2, 0x12, 1, b'x', 0x1d, 1, 0, 0, 0];
        assert_eq!(
            read(&good),
            "1@100 Varint(300); 2@103 Bytes(105, [120]); 3@106 Fixed32(1); "
        );
        assert_eq!(read(&[8, 0xac]), "Ends { offset: 101 }");
        assert_eq!(
            read(&[0x12, 9, 1]),
            "Length { number: 2, offset: 102, wanted: 9, rest: [1] }"
        );
        assert_eq!(read(&[0x09, 1, 2]), "Ends { offset: 101 }");
        assert_eq!(read(&[0]), "Tag { offset: 100, tag: 0 }");
        assert_eq!(read(&[0x0b]), "Tag { offset: 100, tag: 11 }");
        let long = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
        assert_eq!(read(&long), "Varint { offset: 101 }");
        let minus_one = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(read(&minus_one), format!("1@100 Varint({}); ", u64::MAX));
    }
}
