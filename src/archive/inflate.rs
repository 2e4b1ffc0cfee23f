//! Random access to a packed stream: one pass forward learns its length, checks it, and leaves
//! places to which reading can return.
//!
//! ```text
//! packed     |----------------------------------------------|
//! unpacked   |---------+---------+---------+---------+------|
//!            ^         ^ a copy of the decoder every few MiB
//! ```
//!
//! Up to 64 MiB the unpacked bytes are simply kept.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::decoder::{BLOCK, Broken, Decoder, Filled, Framing, Input};
use super::{Error, Problem};
use crate::bytes::{ReadAt, ReadError};

/// Bytes between two places to return to, at first; doubled whenever there are too many.
const SPACING: u64 = 4 << 20;
/// Places to return to: 512 of 43 KB.
const MAX_PLACES: usize = 512;
/// Blocks kept: 16 MiB.
const MAX_BLOCKS: usize = 256;
/// Unpacked bytes of one step, and packed ones.
const STEP: u64 = 4 << 20;

/// What is known of a packed stream beforehand.
pub struct Stream {
    /// Its name in messages.
    pub what: String,
    /// How it is wrapped.
    pub framing: Framing,
    /// Checksum and length, where a zip archive's directory has them.
    pub expected: Option<(u32, u64)>,
    /// Unpacked bytes that are allowed.
    pub limit: u64,
    /// Unpacked bytes that are kept whole.
    pub hold: usize,
}

/// The pass forward, step by step.
pub struct Pass {
    stream: Stream,
    source: Rc<dyn ReadAt>,
    input: Input,
    decoder: Decoder,
    places: Vec<Decoder>,
    spacing: u64,
    held: Option<Vec<u8>>,
    crc: crc32fast::Hasher,
    /// Unpacked bytes before the member at hand.
    member_start: u64,
    problems: Vec<Problem>,
    block: Vec<u8>,
}

impl Pass {
    /// Starts at the first packed byte.
    pub fn new(source: Rc<dyn ReadAt>, stream: Stream) -> Self {
        let decoder = Decoder::new(stream.framing);
        Self {
            input: Input::new(Rc::clone(&source)),
            source,
            places: vec![decoder.clone()],
            decoder,
            stream,
            spacing: SPACING,
            held: Some(Vec::new()),
            crc: crc32fast::Hasher::new(),
            member_start: 0,
            problems: Vec::new(),
            block: vec![0; BLOCK],
        }
    }

    /// Packed bytes that were used, and all of them.
    pub fn progress(&self) -> (u64, u64) {
        (self.decoder.input, self.source.len())
    }

    /// Unpacks a few MiB; the whole once it is known.
    ///
    /// # Errors
    /// If it unpacks to more than is allowed, or nothing of it can be unpacked.
    pub fn step(&mut self) -> Result<Option<Unpacked>, Error> {
        let start = (self.decoder.input, self.decoder.output);
        while self.decoder.output - start.1 < STEP && self.decoder.input - start.0 < STEP {
            let mut block = std::mem::take(&mut self.block);
            let filled = self.decoder.fill(&mut self.input, &mut block);
            let len = match &filled {
                Ok(Filled::Bytes(len) | Filled::Ended(len)) | Err((_, len)) => *len,
                Ok(Filled::Over) => 0,
            };
            self.keep(block.get(..len).unwrap_or_default());
            self.block = block;
            if self.decoder.output > self.stream.limit {
                let limit = self.stream.limit;
                return Err(Error::TooLarge { limit });
            }
            match filled {
                Ok(Filled::Bytes(_)) => self.mark(),
                Ok(Filled::Ended(_)) => {
                    if let Err(broken) = self.member_ended() {
                        return self.broke(broken).map(Some);
                    }
                }
                Ok(Filled::Over) => return Ok(Some(self.finish())),
                Err((broken, _)) => return self.broke(broken).map(Some),
            }
        }
        Ok(None)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        if let Some(held) = &mut self.held {
            if held.len() + bytes.len() <= self.stream.hold {
                held.extend_from_slice(bytes);
            } else {
                self.held = None;
            }
        }
    }

    /// Leaves a place to return to, if the last one is far.
    fn mark(&mut self) {
        let last = self.places.last().map_or(0, |place| place.output);
        if self.decoder.output - last < self.spacing {
            return;
        }
        self.places.push(self.decoder.clone());
        if self.places.len() > MAX_PLACES {
            let mut index = 0;
            self.places.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    fn member_ended(&mut self) -> Result<(), Broken> {
        let computed = std::mem::take(&mut self.crc).finalize();
        let len = self.decoder.output - self.member_start;
        self.member_start = self.decoder.output;
        let what = self.stream.what.clone();
        let (stored, stored_len, mask) = if self.decoder.is_gzip() {
            let (crc, len) = self.decoder.trailer(&*self.source)?;
            (crc, u64::from(len), u64::from(u32::MAX))
        } else {
            match self.stream.expected {
                Some((crc, len)) => (crc, len, u64::MAX),
                None => return Ok(()),
            }
        };
        if stored != computed {
            self.problems.push(Problem::Crc {
                what: what.clone(),
                stored,
                computed,
            });
        }
        if stored_len != len & mask {
            self.problems.push(Problem::Length {
                what,
                stored: stored_len,
                computed: len,
            });
        }
        Ok(())
    }

    fn broke(&mut self, broken: Broken) -> Result<Unpacked, Error> {
        let unpacked = self.decoder.output;
        let what = self.stream.what.clone();
        if let Broken::Read(error) = broken {
            return Err(error.into());
        }
        if unpacked == 0 {
            let (outer, inner) = match self.stream.framing {
                Framing::Gzip => ("gzip file", "it"),
                Framing::Bare => ("zip archive", what.as_str()),
            };
            return Err(Error::Broken {
                what: outer,
                why: match broken {
                    Broken::Cut => format!("{inner} ends before anything could be unpacked"),
                    _ => format!("nothing of {inner} can be unpacked"),
                },
            });
        }
        self.problems.push(match broken {
            Broken::Cut => Problem::CutShort { what, unpacked },
            _ => Problem::BadData {
                what,
                offset: self.decoder.input,
                unpacked,
            },
        });
        Ok(self.unpacked())
    }

    fn finish(&mut self) -> Unpacked {
        let left = self.source.len().saturating_sub(self.decoder.input);
        // Tapes and disks are filled up with zeros.
        let probe = super::part::read_up_to(&*self.source, self.decoder.input, BLOCK);
        let zeros = probe.is_ok_and(|bytes| bytes.iter().all(|byte| *byte == 0));
        if left > 0 && !zeros {
            self.problems.push(Problem::Behind {
                what: self.stream.what.clone(),
                len: left,
            });
        }
        self.unpacked()
    }

    fn unpacked(&mut self) -> Unpacked {
        let len = self.decoder.output;
        let source: Rc<dyn ReadAt> = match self.held.take() {
            Some(held) => Rc::new(held),
            None => Rc::new(Inflated {
                len,
                places: std::mem::take(&mut self.places),
                state: RefCell::new(State {
                    input: Input::new(Rc::clone(&self.source)),
                    decoder: Decoder::new(self.stream.framing),
                    blocks: BTreeMap::new(),
                    order: VecDeque::new(),
                }),
            }),
        };
        Unpacked {
            source,
            problems: std::mem::take(&mut self.problems),
        }
    }
}

/// What a pass came to.
pub struct Unpacked {
    /// The unpacked bytes.
    pub source: Rc<dyn ReadAt>,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

/// Unpacked bytes that are too many to be kept.
struct Inflated {
    len: u64,
    /// Ascending; the first one is at the first byte.
    places: Vec<Decoder>,
    state: RefCell<State>,
}

struct State {
    input: Input,
    /// Where reading stands.
    decoder: Decoder,
    /// Blocks by their position.
    blocks: BTreeMap<u64, Rc<[u8]>>,
    /// Positions of the blocks, oldest first.
    order: VecDeque<u64>,
}

impl ReadAt for Inflated {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(ReadError::PastEnd {
                offset,
                len,
                size: self.len,
            });
        }
        let mut state = self.state.borrow_mut();
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let (start, block) = state
                .block(&self.places, at)
                .map_err(|broken| match broken {
                    Broken::Read(error) => error,
                    _ => ReadError::Host {
                        offset,
                        len,
                        message: "the packed file changed while it was read".to_owned(),
                    },
                })?;
            let skip = usize::try_from(at - start).unwrap_or(usize::MAX);
            let part = block.get(skip..).unwrap_or_default();
            let taken = part.len().min(rest.len());
            let (head, tail) = rest.split_at_mut(taken);
            head.copy_from_slice(part.get(..taken).unwrap_or_default());
            rest = tail;
            at += taken as u64;
        }
        Ok(())
    }
}

impl State {
    /// The block in which a position lies, and where it starts.
    fn block(&mut self, places: &[Decoder], at: u64) -> Result<(u64, Rc<[u8]>), Broken> {
        if let Some((start, block)) = self.blocks.range(..=at).next_back()
            && at - start < block.len() as u64
        {
            return Ok((*start, Rc::clone(block)));
        }
        let behind = places.partition_point(|place| place.output <= at);
        let place = places.get(behind.saturating_sub(1));
        let stands = self.decoder.output;
        match place {
            // Reading on is shorter than returning to a place.
            Some(place) if stands > at || place.output > stands => self.decoder = place.clone(),
            _ => {}
        }
        let mut bytes = vec![0; BLOCK];
        loop {
            let start = self.decoder.output;
            let filled = match self.decoder.fill(&mut self.input, &mut bytes) {
                Ok(Filled::Bytes(len)) => len,
                Ok(Filled::Ended(len)) => {
                    if self.decoder.is_gzip() {
                        // A cut one has been told in the pass; these bytes are good.
                        let _ = self.decoder.trailer(self.input.source());
                    }
                    len
                }
                // The last bytes before the stream breaks.
                Err((_, len)) if len > 0 => len,
                Err((broken, _)) => return Err(broken),
                Ok(Filled::Over) => return Err(Broken::Cut),
            };
            if filled == 0 {
                continue;
            }
            let block: Rc<[u8]> = bytes.get(..filled).unwrap_or_default().into();
            if self.blocks.insert(start, Rc::clone(&block)).is_none() {
                self.order.push_back(start);
            }
            while self.order.len() > MAX_BLOCKS {
                if let Some(oldest) = self.order.pop_front() {
                    self.blocks.remove(&oldest);
                }
            }
            if at - start < filled as u64 {
                return Ok((start, block));
            }
        }
    }
}
