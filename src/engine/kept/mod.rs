//! An opened file's history as bytes to keep, and back: so that the file opens again in seconds.
//!
//! ```text
//! | magic 8 | version 4 | identity 32 | name length 4 | sums length 4 | crc32c 4 |
//! | name | sums | a kept history (see `history::kept`) |
//! ```
//!
//! Who keeps them, under which name and for how long is decided elsewhere; what the engine wants
//! done with that storage is in [`Errand`]. [`Packing`] writes in steps, [`open`] reads what stands in front and gives
//! the history as something to be loaded in steps.
//!
//! **What is looked at again.** A kept history is shown for a file only where the file's
//! [`Identity`] is the one that stands here. That cannot tell a byte that changed between its
//! samples, so what was loaded counts as such until the file's rows were compared with it behind
//! its back: every row of the bucket against `history::kept::Recheck`, as well as whatever opening
//! does besides (the snapshot's sha256, the map and check of the pages, fossils). Values are never
//! kept: they are read from the file when they are shown.

mod shelf;

use std::rc::Rc;

use crate::bytes::{Cursor, Identity, ReadAt};
use crate::history::History;
use crate::history::kept::{Keeping, KeptError, Loading, is_whole};

pub(super) use shelf::{Candidates, Shelf};
pub use shelf::{Errand, Place, Stored};

/// What a kept file begins with.
const MAGIC: [u8; 8] = *b"RVSFILE\n";
/// The version of the form that is written, and the only one that is read.
const VERSION: u32 = 1;
/// Bytes in front of the name.
const FRONT: usize = 8 + 4 + 32 + 4 + 4 + 4;
/// Bytes of these that the checksum covers.
const COVERED: usize = FRONT - 4;
/// Bytes of a name at most; a longer one is cut.
const MAX_NAME: usize = 1024;
/// Bytes of sums at most; larger ones are left out and can be made again.
const MAX_SUMS: usize = 16 << 20;
/// The length that says that there are no sums.
const NO_SUMS: u32 = u32::MAX;

/// Writes a file's history with its name, its identity and the sums of its values, if they are
/// known: in chunks below a megabyte, but for the sums and for large keys.
pub fn pack(
    name: &str,
    identity: &Identity,
    history: &History,
    sums: Option<&[u8]>,
    write: &mut dyn FnMut(&[u8]),
) {
    let mut packing = Packing::new(name, identity, history, sums);
    while packing.step(history, write) {}
}

/// The same in steps. The history must stay as it is meanwhile.
#[derive(Debug)]
pub struct Packing {
    front: Option<Vec<u8>>,
    history: Keeping,
}

impl Packing {
    /// Nothing written yet.
    pub fn new(name: &str, identity: &Identity, history: &History, sums: Option<&[u8]>) -> Self {
        Self {
            front: Some(front(name, identity, sums)),
            history: Keeping::new(history),
        }
    }

    /// Writes the next chunk; false once all is written.
    pub fn step(&mut self, history: &History, write: &mut dyn FnMut(&[u8])) -> bool {
        match self.front.take() {
            Some(front) => {
                write(&front);
                true
            }
            None => self.history.step(history, write),
        }
    }
}

fn front(name: &str, identity: &Identity, sums: Option<&[u8]>) -> Vec<u8> {
    let cut = (0..=MAX_NAME).rev().find_map(|end| name.get(..end));
    let name = if name.len() > MAX_NAME {
        cut.unwrap_or_default()
    } else {
        name
    };
    let sums = sums.filter(|sums| sums.len() <= MAX_SUMS);
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(NO_SUMS);
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(identity.as_bytes());
    out.extend_from_slice(&len(name.as_bytes()).to_le_bytes());
    out.extend_from_slice(&sums.map_or(NO_SUMS, len).to_le_bytes());
    let sums = sums.unwrap_or_default();
    let sum = checksum(&out, name.as_bytes(), sums);
    out.extend_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(sums);
    out
}

fn checksum(front: &[u8], name: &[u8], sums: &[u8]) -> u32 {
    let sum = crc32c::crc32c_append(crc32c::crc32c(front), name);
    crc32c::crc32c_append(sum, sums)
}

/// A kept file whose history is still to be loaded.
#[derive(Debug)]
pub struct Kept {
    /// The name that the file had.
    pub name: String,
    /// Which file it is.
    pub identity: Identity,
    /// The sums of its values, as they were given.
    pub sums: Option<Vec<u8>>,
    /// Its history, to be loaded in steps.
    pub history: Loading,
}

/// Reads what stands in front of a kept history.
///
/// # Errors
/// It was not written by [`pack`] of this version, its front is damaged, or its end is missing.
pub fn open(source: Rc<dyn ReadAt>) -> Result<Kept, KeptError> {
    let size = source.len();
    let read = |offset: u64, len: usize| -> Result<Vec<u8>, KeptError> {
        let wanted = len as u64;
        if offset.checked_add(wanted).is_none_or(|end| end > size) {
            return Err(KeptError::Cut {
                offset,
                wanted,
                size,
            });
        }
        let mut bytes = vec![0; len];
        source.read_at(offset, &mut bytes)?;
        Ok(bytes)
    };
    let damaged = |what| KeptError::Damaged { offset: 0, what };
    let begins = read(
        0,
        MAGIC.len().min(usize::try_from(size).unwrap_or(usize::MAX)),
    )?;
    if begins != MAGIC {
        return Err(KeptError::NotKept);
    }
    let front = read(0, FRONT)?;
    let mut cursor = Cursor::at(&front, MAGIC.len());
    let short = |_| damaged("its front is too short");
    let version = cursor.u32_le("version").map_err(short)?;
    if version != VERSION {
        return Err(KeptError::Version { found: version });
    }
    let identity = cursor.array("identity").map_err(short)?;
    let mut number = || cursor.u32_le("number").map_err(short);
    let (name_len, sums_len, sum) = (number()? as usize, number()?, number()?);
    let has_sums = sums_len != NO_SUMS;
    let sums_len = if has_sums { sums_len as usize } else { 0 };
    if name_len > MAX_NAME || sums_len > MAX_SUMS {
        return Err(damaged("its name or its sums are longer than any"));
    }
    let at = FRONT as u64;
    let name = read(at, name_len)?;
    let sums = read(at + name_len as u64, sums_len)?;
    if checksum(front.get(..COVERED).unwrap_or_default(), &name, &sums) != sum {
        return Err(damaged("its checksum is another"));
    }
    if !is_whole(&*source)? {
        return Err(KeptError::Cut {
            offset: size,
            wanted: 1,
            size,
        });
    }
    let name = String::from_utf8(name).map_err(|_| damaged("its name is no text"))?;
    let at = at + (name_len + sums_len) as u64;
    Ok(Kept {
        name,
        identity: Identity::from_bytes(identity),
        sums: has_sums.then_some(sums),
        history: Loading::at(source, at),
    })
}
