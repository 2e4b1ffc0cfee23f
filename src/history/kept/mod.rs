//! A history as bytes, so that a file that was read once opens again in seconds.
//!
//! ```text
//! | magic 8 | version 4 | head | leases ... | keys ... | rows ... | end |
//!
//! block   | number 4 | kind 4 | length 4 | crc32c 4 | payload |    the checksum of all but itself
//! head    | rows 8 | keys 8 | leases 8 | head 8 | compact revision 8 | out of order 8 |
//! leases  | count 4 | id 8 ... |
//! keys    | count 4 | columns: shared, rest, id | bytes |   in byte order, each without what it
//!                                                           shares with the one before
//! rows    | count 4 | columns: main, sub, key, age, version, value length, kind and lease |
//! column  | width 1 | least value 8 | count times width bytes: how much more than the least |
//! ```
//!
//! Numbers are little-endian. What a history derives from its keys and rows, as the table by hash
//! and the lists by key, is made anew when it is loaded. A block is bounded by its count; only a
//! key larger than a block makes a larger one.
//!
//! [`History::to_kept`] writes, [`Loading`] reads in steps. What is of another version, damaged or
//! cut is a [`KeptError`], and whoever asked reads the file itself as if nothing had been kept.
//! [`Recheck`] compares a history that was loaded with the rows of the file, behind its back.

mod column;
mod read;
mod recheck;
mod write;

pub use read::Loading;
pub use recheck::Recheck;
pub use write::Keeping;

use crate::bytes::{Cursor, ReadAt, ReadError, Short};

/// What a kept history begins with.
const MAGIC: [u8; 8] = *b"RVSKEPT\n";
/// The version of the form that is written, and the only one that is read.
const VERSION: u32 = 1;
/// Bytes of magic and version.
const PREFACE: usize = 12;
/// Bytes in front of a block's payload.
const FRAME: usize = 16;

/// Rows of a block at most.
const ROWS: usize = 1 << 14;
/// Columns of a block of rows.
const ROW_COLUMNS: usize = 7;
/// Keys of a block at most.
const KEYS: usize = 1 << 12;
/// Columns of a block of keys.
const KEY_COLUMNS: usize = 3;
/// Bytes of keys behind which a block ends.
const KEY_BYTES: usize = 1 << 18;
/// Bytes of a payload at most; what is kept of a history with a larger key is not loaded.
const MAX_BLOCK: u32 = 32 << 20;
/// Leases of a block at most.
const LEASES: usize = 1 << 14;

/// What a block holds; blocks come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
enum BlockKind {
    Head = 1,
    Leases = 2,
    Keys = 3,
    Rows = 4,
    End = 5,
}

impl BlockKind {
    fn of(number: u32) -> Option<Self> {
        let all = [Self::Head, Self::Leases, Self::Keys, Self::Rows, Self::End];
        all.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// Why a kept history cannot be loaded. Nothing is lost: the file itself can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// It does not begin like one.
    #[error("this is no kept history")]
    NotKept,
    /// It was kept by another version of the program.
    #[error("version {found} of the form, this program reads version {}", VERSION)]
    Version {
        /// The version that it says.
        found: u32,
    },
    /// It ends early.
    #[error("cut: {wanted} bytes wanted at offset {offset}, the end is at {size}")]
    Cut {
        /// Where something should be.
        offset: u64,
        /// How many bytes of it.
        wanted: u64,
        /// How many bytes there are.
        size: u64,
    },
    /// It is not what was written.
    #[error("damaged: block at offset {offset}: {what}")]
    Damaged {
        /// Where the block begins.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Its source failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Whether a kept history ends where it should; one that was cut while it was written does not.
///
/// # Errors
/// The source failed.
pub fn is_whole(source: &dyn ReadAt) -> Result<bool, ReadError> {
    let Some(at) = source.len().checked_sub(FRAME as u64) else {
        return Ok(false);
    };
    let mut frame = [0; FRAME];
    source.read_at(at, &mut frame)?;
    let mut cursor = Cursor::new(&frame);
    let words = [0; FRAME / 4].map(|_: u8| cursor.u32_le("frame").unwrap_or_default());
    let [number, kind, len, sum] = words;
    let head = [number, kind, len].map(u32::to_le_bytes);
    let is_end = BlockKind::of(kind) == Some(BlockKind::End) && len == 0;
    Ok(is_end && crc32c::crc32c(head.as_flattened()) == sum)
}

/// What is wrong inside a block; whoever knows its place makes a [`KeptError`] of it.
type Wrong = &'static str;

fn short(short: Short) -> Wrong {
    short.field
}
