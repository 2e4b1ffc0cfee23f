//! Deflate, forward, in blocks: gzip with all its members, and a bare stream as zip has it.
//!
//! ```text
//! gzip   | head | deflate | crc32 | length |   | head | deflate ...        members follow each other
//! ```
//!
//! A decoder is a value of some 43 KB (window and tables), so that a copy of it is a place to which
//! one can return. Formats: RFC 1951, RFC 1952.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::part::read_up_to;
use crate::bytes::{Cursor, ReadAt, ReadError};

/// Bytes that one call of [`Decoder::fill`] gives at most.
pub const BLOCK: usize = 64 << 10;
/// Packed bytes that are read at once.
const INPUT: u64 = 1 << 20;
/// Bytes of a gzip head that are looked at, file name and comment included.
const HEAD: usize = 64 << 10;

/// What a packed stream is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// gzip.
    Gzip,
    /// Nothing.
    Bare,
}

/// A decoder between two blocks.
#[derive(Clone)]
pub struct Decoder {
    state: Box<InflateState>,
    framing: Framing,
    stage: Stage,
    /// Packed bytes that were used.
    pub input: u64,
    /// Bytes that came out.
    pub output: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Body,
    Over,
}

/// What came out of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// So many bytes.
    Bytes(usize),
    /// So many bytes, and with them the stream or a gzip member ended.
    Ended(usize),
    /// The stream is over.
    Over,
}

/// Why a stream does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The packed bytes end.
    Cut,
    /// The packed bytes are wrong.
    Bad,
    /// They could not be read.
    Read(ReadError),
}

/// The packed bytes, a piece at a time.
pub struct Input {
    source: std::rc::Rc<dyn ReadAt>,
    at: u64,
    bytes: Vec<u8>,
}

impl Input {
    /// Nothing read yet.
    pub fn new(source: std::rc::Rc<dyn ReadAt>) -> Self {
        Self {
            source,
            at: 0,
            bytes: Vec::new(),
        }
    }

    /// The source itself.
    pub fn source(&self) -> &dyn ReadAt {
        &*self.source
    }

    /// The bytes from `offset` up to the next edge of a piece; empty at the end. The edges are
    /// fixed, so that decoding from any place gives the same blocks.
    fn get(&mut self, offset: u64) -> Result<&[u8], ReadError> {
        let start = offset - offset % INPUT;
        if self.at != start || self.bytes.is_empty() {
            self.bytes = read_up_to(&*self.source, start, INPUT as usize)?;
            self.at = start;
        }
        let skip = usize::try_from(offset - start).unwrap_or(usize::MAX);
        Ok(self.bytes.get(skip..).unwrap_or_default())
    }
}

impl Decoder {
    /// Starts at the first packed byte.
    pub fn new(framing: Framing) -> Self {
        Self {
            state: InflateState::new_boxed(DataFormat::Raw),
            framing,
            stage: match framing {
                Framing::Gzip => Stage::Head,
                Framing::Bare => Stage::Body,
            },
            input: 0,
            output: 0,
        }
    }

    /// Decodes until the block is full or something ends.
    ///
    /// # Errors
    /// What broke, and how many good bytes are in the block before it.
    pub fn fill(&mut self, input: &mut Input, block: &mut [u8]) -> Result<Filled, (Broken, usize)> {
        if self.stage == Stage::Head {
            self.head(input.source()).map_err(|broken| (broken, 0))?;
        }
        if self.stage == Stage::Over {
            return Ok(Filled::Over);
        }
        let mut filled = 0;
        loop {
            let room = block.get_mut(filled..).unwrap_or_default();
            if room.is_empty() {
                return Ok(Filled::Bytes(filled));
            }
            let packed = input
                .get(self.input)
                .map_err(|error| (Broken::Read(error), filled))?;
            let done = inflate(&mut self.state, packed, room, MZFlush::None);
            self.input += done.bytes_consumed as u64;
            self.output += done.bytes_written as u64;
            filled += done.bytes_written;
            match done.status {
                Ok(MZStatus::StreamEnd) => {
                    self.stage = Stage::Over;
                    return Ok(Filled::Ended(filled));
                }
                Ok(_) | Err(MZError::Buf) if done.bytes_consumed + done.bytes_written > 0 => {}
                Ok(_) | Err(MZError::Buf) => return Err((Broken::Cut, filled)),
                Err(_) => return Err((Broken::Bad, filled)),
            }
        }
    }

    /// After a gzip member has ended: its crc32 and the low 32 bits of its length. Goes on to the
    /// next member if one follows.
    pub fn trailer(&mut self, source: &dyn ReadAt) -> Result<(u32, u32), Broken> {
        let bytes = read_up_to(source, self.input, 10).map_err(Broken::Read)?;
        let mut cursor = Cursor::new(&bytes);
        let mut number = || cursor.u32_le("trailer").map_err(|_| Broken::Cut);
        let trailer = (number()?, number()?);
        self.input += 8;
        if cursor.rest() == b"\x1f\x8b" {
            self.state = InflateState::new_boxed(DataFormat::Raw);
            self.stage = Stage::Head;
        }
        Ok(trailer)
    }

    fn head(&mut self, source: &dyn ReadAt) -> Result<(), Broken> {
        let bytes = read_up_to(source, self.input, HEAD).map_err(Broken::Read)?;
        let mut cursor = Cursor::new(&bytes);
        let fixed = cursor.array::<10>("head").map_err(|_| Broken::Cut)?;
        let [0x1f, 0x8b, 8, flags, ..] = fixed else {
            return Err(Broken::Bad);
        };
        if flags & 4 != 0 {
            let len = cursor.u16_le("extra length").map_err(|_| Broken::Cut)?;
            cursor
                .take("extra", u64::from(len))
                .map_err(|_| Broken::Cut)?;
        }
        // A file name and a comment, each up to a zero byte.
        for flag in [8, 16] {
            if flags & flag != 0 {
                let end = cursor.rest().iter().position(|byte| *byte == 0);
                let len = end.ok_or(Broken::Cut)? as u64 + 1;
                cursor.take("text", len).map_err(|_| Broken::Cut)?;
            }
        }
        if flags & 2 != 0 {
            cursor.u16_le("head crc").map_err(|_| Broken::Cut)?;
        }
        self.input += cursor.offset() as u64;
        self.stage = Stage::Body;
        Ok(())
    }

    /// Whether the whole stream was wrapped as gzip.
    pub fn is_gzip(&self) -> bool {
        self.framing == Framing::Gzip
    }
}

/// The first bytes of a bare stream, as many as these packed bytes give.
pub fn begin(packed: Vec<u8>) -> Vec<u8> {
    let mut input = Input::new(std::rc::Rc::new(packed));
    let mut block = vec![0; super::kind::HEAD_LEN];
    let len = match Decoder::new(Framing::Bare).fill(&mut input, &mut block) {
        Ok(Filled::Bytes(len) | Filled::Ended(len)) | Err((_, len)) => len,
        Ok(Filled::Over) => 0,
    };
    block.truncate(len);
    block
}
