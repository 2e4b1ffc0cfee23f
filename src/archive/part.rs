//! A part of a source, as a source of its own: nothing is copied.

use std::rc::Rc;

use crate::bytes::{ReadAt, ReadError};

/// The bytes `start .. start + len` of a source.
pub struct Part {
    source: Rc<dyn ReadAt>,
    start: u64,
    len: u64,
}

impl Part {
    /// A part, cut where the source ends.
    pub fn new(source: Rc<dyn ReadAt>, start: u64, len: u64) -> Self {
        let left = source.len().saturating_sub(start);
        Self {
            source,
            start,
            len: len.min(left),
        }
    }
}

impl ReadAt for Part {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        let inside = offset.checked_add(len).is_some_and(|end| end <= self.len);
        if !inside {
            return Err(ReadError::PastEnd {
                offset,
                len,
                size: self.len,
            });
        }
        self.source.read_at(self.start.saturating_add(offset), buf)
    }
}

/// Up to `len` bytes at `offset`, fewer where the source ends.
pub fn read_up_to(source: &dyn ReadAt, offset: u64, len: usize) -> Result<Vec<u8>, ReadError> {
    let left = source.len().saturating_sub(offset).min(len as u64);
    let mut bytes = vec![0; usize::try_from(left).unwrap_or_default()];
    if !bytes.is_empty() {
        source.read_at(offset, &mut bytes)?;
    }
    Ok(bytes)
}
