//! Which file this is, told without reading all of it.
//!
//! ```text
//! | 64 KiB |  .. 4 KiB ..  4 KiB ..  256 times  ..  4 KiB ..  | 64 KiB |
//!   and 128 bytes at every power of two from 64 KiB to 16 MiB
//! ```
//!
//! The digest is of the length, the first and the last 64 KiB, samples at even distances, and the
//! places where the second page of a bbolt file can begin: so both of its metas are always in it,
//! whatever the page size. A file of 4 MiB or less is read whole.
//!
//! **What it tells.** A store that was written to since has another meta, for bbolt counts every
//! transaction there and writes its checksum; a snapshot ends with the sha256 of all of it. Both
//! are another file by this.
//!
//! **What it cannot tell.** A byte that changed between two samples while the metas stayed: a
//! damaged disk or copy, or somebody who wants to deceive. Who shows something that was kept under
//! an identity compares it with the file's own rows afterwards (`history::kept::Recheck`).

use std::fmt;
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use super::{ReadAt, ReadError};

/// What the digest begins with: another way to take it is another identity.
const FORM: &[u8] = b"revscope identity 1\n";
/// A source of this length is read whole.
const WHOLE: u64 = 4 << 20;
/// Bytes of a part of such a source.
const PIECE: u64 = 1 << 20;
/// Bytes at the beginning and at the end.
const EDGE: u64 = 64 << 10;
/// Samples, and bytes of one.
const SAMPLES: u64 = 256;
const SAMPLE: u64 = 4096;
/// Bytes of a meta page that are read: its header and the meta.
const META: u64 = 128;
/// Powers of two at which the second meta can begin, behind the first 64 KiB.
const META_BITS: std::ops::RangeInclusive<u32> = 16..=24;
/// Parts that a step reads.
const STEP: usize = 32;

/// The identity of a source of bytes, a sha256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes it at once; [`Identifying`] does so in steps.
    ///
    /// # Errors
    /// The source failed.
    pub fn of(source: Rc<dyn ReadAt>) -> Result<Self, ReadError> {
        let mut identifying = Identifying::new(source);
        loop {
            if let Some(identity) = identifying.step()? {
                return Ok(identity);
            }
        }
    }
}

/// 64 hexadecimal digits: a name for a file.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An identity on its way.
pub struct Identifying {
    source: Rc<dyn ReadAt>,
    size: u64,
    /// Offset and length of each part that is left, the next one last.
    parts: Vec<(u64, u64)>,
    hash: Sha256,
}

impl Identifying {
    /// Nothing read yet.
    pub fn new(source: Rc<dyn ReadAt>) -> Self {
        let size = source.len();
        let mut hash = Sha256::new();
        hash.update(FORM);
        hash.update(size.to_le_bytes());
        let mut parts = parts(size);
        parts.reverse();
        Self {
            source,
            size,
            parts,
            hash,
        }
    }

    /// Reads a megabyte or so; the identity once all of its parts are read.
    ///
    /// # Errors
    /// The source failed.
    pub fn step(&mut self) -> Result<Option<Identity>, ReadError> {
        let mut read = 0;
        for _ in 0..STEP {
            let Some((offset, len)) = self.parts.pop() else {
                let digest = std::mem::take(&mut self.hash).finalize();
                return Ok(Some(Identity(digest.into())));
            };
            // No part is longer than a piece.
            let mut bytes = vec![0; usize::try_from(len.min(PIECE)).unwrap_or_default()];
            self.source.read_at(offset, &mut bytes)?;
            self.hash.update(offset.to_le_bytes());
            self.hash.update(len.to_le_bytes());
            self.hash.update(&bytes);
            read += len;
            if read >= PIECE {
                break;
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Identifying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.parts.len();
        write!(f, "Identifying({} bytes, {left} parts left)", self.size)
    }
}

/// Offset and length of every part of a source of so many bytes.
fn parts(size: u64) -> Vec<(u64, u64)> {
    let part = |offset: u64, len: u64| (offset, len.min(size.saturating_sub(offset)));
    if size <= WHOLE {
        let pieces = size.div_ceil(PIECE);
        return (0..pieces).map(|n| part(n * PIECE, PIECE)).collect();
    }
    let metas = META_BITS.map(|bits| part(1 << bits, META));
    let samples = (0..SAMPLES).map(|n| part(size / SAMPLES * n / SAMPLE * SAMPLE, SAMPLE));
    let edges = [part(0, EDGE), part(size - EDGE, EDGE)];
    let all = edges.into_iter().chain(metas).chain(samples);
    all.filter(|(_, len)| *len > 0).collect()
}
