//! Reading bytes that cannot be trusted.
//!
//! [`Cursor`] is the one place where input is sliced: every number that it hands out was checked
//! against the end of its slice. [`ReadAt`] is a source of bytes by position: a slice in tests, a
//! file on the native side, a dropped file read by slices in the browser's worker. [`Windows`] puts a
//! small cache of large aligned reads in front of a source and hands out [`Piece`]s of it.

mod identity;
mod part;
mod windows;

use std::fmt;

pub use identity::{Identifying, Identity};
pub use part::{Part, Parts};
pub use windows::{Piece, Windows};

/// A source of bytes that can be read at any position, without a seek pointer.
///
/// Synchronous on purpose: the browser's worker has a synchronous reader, and the code above
/// stays plain.
pub trait ReadAt {
    /// Length of the whole source in bytes.
    fn len(&self) -> u64;

    /// Fills `buf` with the bytes at `offset`, or fails without a partial answer.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError>;

    /// Whether the source has no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why bytes could not be read from their source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The range lies (partly) behind the end of the source.
    #[error("{len} bytes at offset {offset} run past the end of the file at {size}")]
    PastEnd {
        /// Where the range starts.
        offset: u64,
        /// How many bytes were wanted.
        len: u64,
        /// Length of the source.
        size: u64,
    },
    /// The system or the browser refused: the file changed, was removed, or may not be read.
    #[error("reading {len} bytes at offset {offset} failed: {message}")]
    Host {
        /// Where the range starts.
        offset: u64,
        /// How many bytes were wanted.
        len: u64,
        /// What the system said.
        message: String,
    },
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let past_end = ReadError::PastEnd {
            offset,
            len: buf.len() as u64,
            size: ReadAt::len(self),
        };
        let range = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(buf.len())?))
            .and_then(|range| self.get(range));
        match range {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(past_end),
        }
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.as_slice().read_at(offset, buf)
    }
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest: x86, ARM.
    #[default]
    Little,
    /// The highest: s390x.
    Big,
}

/// Fewer bytes than a field needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wanted} bytes wanted at offset {offset}, {left} left")]
pub struct Short {
    /// Name of the field that was being read.
    pub field: &'static str,
    /// Offset of the field from the start of the cursor's slice.
    pub offset: usize,
    /// Bytes that the field needs.
    pub wanted: u64,
    /// Bytes that were there.
    pub left: usize,
}

/// A position in a slice that cannot leave it.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// Starts at `offset`; a position behind the end reads as empty.
    pub fn at(all: &'a [u8], offset: usize) -> Self {
        Self {
            all,
            at: offset.min(all.len()),
        }
    }

    /// Offset of the next byte from the start of the slice.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    /// Whether everything has been read.
    pub fn is_done(&self) -> bool {
        self.at >= self.all.len()
    }

    /// The next `len` bytes.
    pub fn take(&mut self, field: &'static str, len: u64) -> Result<&'a [u8], Short> {
        let rest = self.rest();
        let taken = usize::try_from(len).ok().and_then(|len| rest.get(..len));
        match taken {
            Some(bytes) => {
                self.at += bytes.len();
                Ok(bytes)
            }
            None => Err(Short {
                field,
                offset: self.at,
                wanted: len,
                left: rest.len(),
            }),
        }
    }

    /// One byte.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, Short> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// Two bytes, little-endian.
    pub fn u16_le(&mut self, field: &'static str) -> Result<u16, Short> {
        self.array(field).map(u16::from_le_bytes)
    }

    /// Four bytes, little-endian.
    pub fn u32_le(&mut self, field: &'static str) -> Result<u32, Short> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    pub fn u64_le(&mut self, field: &'static str) -> Result<u64, Short> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// Eight bytes, big-endian.
    pub fn u64_be(&mut self, field: &'static str) -> Result<u64, Short> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// Two bytes in the order of their file.
    #[inline]
    pub fn u16(&mut self, field: &'static str, order: ByteOrder) -> Result<u16, Short> {
        self.array(field).map(|bytes| match order {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        })
    }

    /// Four bytes in the order of their file.
    #[inline]
    pub fn u32(&mut self, field: &'static str, order: ByteOrder) -> Result<u32, Short> {
        self.array(field).map(|bytes| match order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        })
    }

    /// Eight bytes in the order of their file.
    #[inline]
    pub fn u64(&mut self, field: &'static str, order: ByteOrder) -> Result<u64, Short> {
        self.array(field).map(|bytes| match order {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        })
    }

    /// A fixed number of bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Short> {
        let short = Short {
            field,
            offset: self.at,
            wanted: N as u64,
            left: self.rest().len(),
        };
        match self.rest().first_chunk::<N>() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(short),
        }
    }
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} of {})", self.at, self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_says_what_is_missing() {
        let mut cursor = Cursor::new(&[1, 2, 0, 3, 0, 0, 0, 9]);
        assert_eq!(cursor.u8("a"), Ok(1));
        assert_eq!(cursor.u16_le("b"), Ok(2));
        assert_eq!(cursor.u32_le("c"), Ok(3));
        let short = cursor.u64_le("page.id").unwrap_err();
        assert_eq!(
            short.to_string(),
            "page.id: 8 bytes wanted at offset 7, 1 left"
        );
        assert_eq!(cursor.take("rest", 1).unwrap(), [9]);
        assert!(cursor.is_done());
        assert!(cursor.take("huge", u64::MAX).is_err());
    }

    #[test]
    fn a_slice_refuses_ranges_behind_its_end() {
        let source = vec![0u8; 10];
        let mut buf = [0u8; 4];
        assert_eq!(source.read_at(6, &mut buf), Ok(()));
        for offset in [7, 10, u64::MAX] {
            let error = source.read_at(offset, &mut buf).unwrap_err();
            assert_eq!(
                error,
                ReadError::PastEnd {
                    offset,
                    len: 4,
                    size: 10
                }
            );
        }
    }
}
