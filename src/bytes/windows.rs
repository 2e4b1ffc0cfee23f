//! A source read by large aligned windows, handed out as cheap shared pieces.
//!
//! ```text
//! source    |    window 0    |    window 1    |    window 2   |
//!               [piece]  [  piece copied  ]       [piece]
//! ```
//!
//! A piece inside one window shares that window's memory; only a piece that crosses an edge is
//! copied. Large windows because a read has a price of its own, in a browser above all: a tab
//! reads 4 MiB slices about a hundred times faster than 4 KiB slices.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::iter;
use std::ops::{Deref, Range};
use std::rc::Rc;

use super::{ReadAt, ReadError};

/// Bytes of a source: shared, cheap to clone, independent of the cache that they came from.
///
/// A piece keeps its whole window alive; copy what shall live longer than the work at hand.
#[derive(Clone)]
pub struct Piece {
    bytes: Rc<[u8]>,
    range: Range<usize>,
}

impl Piece {
    /// A part of this piece, sharing its memory; `None` if the range leaves it.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        let start = self.range.start.checked_add(range.start)?;
        let end = self.range.start.checked_add(range.end)?;
        (start <= end && end <= self.range.end).then(|| Self {
            bytes: Rc::clone(&self.bytes),
            range: start..end,
        })
    }
}

impl From<Vec<u8>> for Piece {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            range: 0..bytes.len(),
            bytes: bytes.into(),
        }
    }
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} bytes)", self.len())
    }
}

/// A window that was read, its number from the start of the source, and what was made of it.
struct Window {
    number: u64,
    bytes: Rc<[u8]>,
    served: u64,
}

/// Windows of one size, latest used first.
struct Tier {
    window_len: u64,
    keep: usize,
    cache: VecDeque<Window>,
}

/// A source behind a small cache of its latest windows.
///
/// Where pages that follow each other in a tree lie scattered over a large file, most of a large
/// window would be read in vain. When the windows that go out were of little use, windows of a
/// 64th are read, until reads follow each other again.
pub struct Windows {
    source: Source,
    window_len: u64,
    state: RefCell<State>,
}

/// The source, and how much of it was read.
struct Source {
    bytes: Rc<dyn ReadAt>,
    size: u64,
    read: Rc<Cell<u64>>,
}

impl Source {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<(), ReadError> {
        self.read
            .set(self.read.get().saturating_add(out.len() as u64));
        self.bytes.read_at(offset, out)
    }
}

struct State {
    large: Tier,
    small: Tier,
    /// Large windows in a row that went out nearly unused.
    in_vain: usize,
    /// Small windows in a row that followed each other.
    in_order: u32,
    latest_small: u64,
}

impl Windows {
    /// Bytes of a window: where a browser's reader has nearly its full speed.
    pub const WINDOW_LEN: u64 = 4 << 20;
    /// Windows kept: the pages of a store that has been compacted lie scattered.
    pub const KEEP: usize = 8;
    /// How many small windows make a large one, and how many of them are kept.
    const SMALL: usize = 64;

    /// Reads `source` by windows of [`Self::WINDOW_LEN`].
    pub fn new(source: Rc<dyn ReadAt>) -> Self {
        Self::with(source, Self::WINDOW_LEN, Self::KEEP)
    }

    /// Reads `source` by windows of `window_len` bytes and keeps the latest `keep` of them; both
    /// at least one.
    pub fn with(source: Rc<dyn ReadAt>, window_len: u64, keep: usize) -> Self {
        let source = Source {
            size: source.len(),
            bytes: source,
            read: Rc::default(),
        };
        Self::of(source, window_len, keep)
    }

    /// The same source by the smaller windows from the start: for single looks far apart.
    pub fn small(&self) -> Self {
        let source = Source {
            bytes: Rc::clone(&self.source.bytes),
            size: self.source.size,
            read: Rc::clone(&self.source.read),
        };
        Self::of(source, self.window_len / Self::SMALL as u64, Self::SMALL)
    }

    fn of(source: Source, window_len: u64, keep: usize) -> Self {
        let tier = |window_len: u64, keep: usize| Tier {
            window_len: window_len.max(1),
            keep: keep.max(1),
            cache: VecDeque::new(),
        };
        Self {
            source,
            window_len,
            state: RefCell::new(State {
                large: tier(window_len, keep),
                small: tier(window_len / Self::SMALL as u64, Self::SMALL),
                in_vain: 0,
                in_order: 0,
                latest_small: 0,
            }),
        }
    }

    /// Length of the source in bytes, as it was when reading began.
    pub fn size(&self) -> u64 {
        self.source.size
    }

    /// Bytes that were read from the source so far, what was read in vain included: the measure of
    /// how long a step took.
    pub fn bytes_read(&self) -> u64 {
        self.source.read.get()
    }

    /// The `len` bytes at `offset`. Allocates only for bytes that the source says it has.
    pub fn get(&self, offset: u64, len: u64) -> Result<Piece, ReadError> {
        let end = offset
            .checked_add(len)
            .filter(|end| *end <= self.size())
            .ok_or(ReadError::PastEnd {
                offset,
                len,
                size: self.size(),
            })?;
        if len == 0 {
            return Ok(Vec::new().into());
        }
        let mut state = self.state.borrow_mut();
        let scattered = state.is_scattered();
        let tier = if scattered {
            &mut state.small
        } else {
            &mut state.large
        };
        let window_len = tier.window_len;
        let first = offset / window_len;
        let last = (end - 1) / window_len;
        let piece = if first == last {
            let bytes = tier.window(&self.source, first, len)?;
            let start = to_usize(offset % window_len)?;
            Piece {
                bytes,
                range: start..start + to_usize(len)?,
            }
        } else {
            let mut own = zeroed(len)?;
            let mut out = Rc::make_mut(&mut own);
            if len > window_len {
                self.source.read_at(offset, out)?;
            } else {
                // Two windows: both stay in the cache for the neighbours of this piece.
                for number in first..=last {
                    let window = tier.window(&self.source, number, len / 2)?;
                    let skip = to_usize(offset.saturating_sub(number * window_len))?;
                    let part = window.get(skip..).unwrap_or_default();
                    let taken = part.len().min(out.len());
                    let (head, tail) = out.split_at_mut(taken);
                    head.copy_from_slice(part.get(..taken).unwrap_or_default());
                    out = tail;
                }
            }
            Piece {
                range: 0..own.len(),
                bytes: own,
            }
        };
        state.learn(scattered, last);
        Ok(piece)
    }
}

impl State {
    fn is_scattered(&self) -> bool {
        self.in_vain >= self.large.keep
    }

    /// Learns from a read how the next ones should be made.
    fn learn(&mut self, scattered: bool, number: u64) {
        if !scattered {
            while self.large.cache.len() > self.large.keep {
                if let Some(out) = self.large.cache.pop_back() {
                    let used = out.served >= out.bytes.len() as u64 / 8;
                    self.in_vain = if used { 0 } else { self.in_vain + 1 };
                }
            }
            return;
        }
        self.small.cache.truncate(self.small.keep);
        if number == self.latest_small + 1 {
            self.in_order += 1;
        } else if number != self.latest_small {
            self.in_order = 0;
        }
        self.latest_small = number;
        if self.in_order > 16 {
            (self.in_vain, self.in_order) = (0, 0);
        }
    }
}

impl Tier {
    /// The bytes of a window, of which `len` will be used.
    fn window(&mut self, source: &Source, number: u64, len: u64) -> Result<Rc<[u8]>, ReadError> {
        match self.cache.iter().position(|window| window.number == number) {
            Some(0) => {}
            Some(at) => {
                if let Some(window) = self.cache.remove(at) {
                    self.cache.push_front(window);
                }
            }
            None => {
                let offset = number.saturating_mul(self.window_len);
                let left = source.size.saturating_sub(offset).min(self.window_len);
                let mut bytes = zeroed(left)?;
                source.read_at(offset, Rc::make_mut(&mut bytes))?;
                self.cache.push_front(Window {
                    number,
                    bytes,
                    served: 0,
                });
            }
        }
        Ok(match self.cache.front_mut() {
            Some(window) => {
                window.served += len;
                Rc::clone(&window.bytes)
            }
            None => Rc::default(),
        })
    }
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Windows({} bytes)", self.size())
    }
}

fn zeroed(len: u64) -> Result<Rc<[u8]>, ReadError> {
    Ok(iter::repeat_n(0, to_usize(len)?).collect())
}

/// Fails only where memory is smaller than files: in a browser, at 4 GiB.
fn to_usize(len: u64) -> Result<usize, ReadError> {
    usize::try_from(len).map_err(|_| ReadError::Host {
        offset: 0,
        len,
        message: "more than fits into memory at once".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Counts the reads that reach the source.
    struct Counted(Vec<u8>, Rc<Cell<u32>>);

    impl ReadAt for Counted {
        fn len(&self) -> u64 {
            ReadAt::len(&self.0)
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            self.1.set(self.1.get() + 1);
            self.0.read_at(offset, buf)
        }
    }

    fn counted(size: u8, window_len: u64, keep: usize) -> (Windows, Rc<Cell<u32>>) {
        let reads = Rc::new(Cell::new(0));
        let source = Counted((0..size).collect(), Rc::clone(&reads));
        (Windows::with(Rc::new(source), window_len, keep), reads)
    }

    #[test]
    fn every_range_is_the_sources_own() {
        let bytes: Vec<u8> = (0..50).collect();
        for window_len in [1, 3, 16, 64] {
            let windows = Windows::with(Rc::new(bytes.clone()), window_len, 2);
            for start in 0..=50usize {
                for end in start..=50 {
                    let piece = windows.get(start as u64, (end - start) as u64).unwrap();
                    assert_eq!(&*piece, &bytes[start..end], "window of {window_len}");
                }
            }
        }
    }

    #[test]
    fn a_window_is_read_once_while_it_is_among_the_latest() {
        let (windows, reads) = counted(100, 10, 2);
        for offset in [0, 5, 9, 12, 3] {
            windows.get(offset, 1).unwrap();
        }
        assert_eq!(reads.get(), 2, "windows 0 and 1");
        windows.get(25, 1).unwrap();
        windows.get(0, 10).unwrap();
        assert_eq!(reads.get(), 3, "window 2 put out window 1, not window 0");
        windows.get(10, 1).unwrap();
        assert_eq!(reads.get(), 4);
    }

    #[test]
    fn scattered_reads_read_little_and_sequential_ones_much_again() {
        let bytes = Rc::new(Cell::new(0));
        struct Bytes(Rc<Cell<u64>>);
        impl ReadAt for Bytes {
            fn len(&self) -> u64 {
                1 << 30
            }
            fn read_at(&self, _: u64, buf: &mut [u8]) -> Result<(), ReadError> {
                self.0.set(self.0.get() + buf.len() as u64);
                Ok(())
            }
        }
        let windows = Windows::with(Rc::new(Bytes(Rc::clone(&bytes))), 64 << 10, 4);
        let read = |offsets: &mut dyn Iterator<Item = u64>| {
            let before = bytes.get();
            for offset in offsets {
                windows.get(offset, 512).unwrap();
            }
            bytes.get() - before
        };
        let scattered = read(&mut (0..1000).map(|i| i * 7_340_033 % (1 << 30)));
        assert!(scattered < 2000 * 1024 + 10 * (64 << 10), "{scattered}");
        let sequential = read(&mut (0..100_000).map(|i| i * 512));
        assert!(sequential < 100_000 * 512 + (128 << 10), "{sequential}");
        assert!(!windows.state.borrow().is_scattered());
    }

    #[test]
    fn a_range_behind_the_end_reads_nothing() {
        let (windows, reads) = counted(100, 10, 2);
        for (offset, len) in [(100, 1), (0, 101), (u64::MAX, 2), (1, u64::MAX)] {
            assert_eq!(
                windows.get(offset, len).unwrap_err(),
                ReadError::PastEnd {
                    offset,
                    len,
                    size: 100
                }
            );
        }
        assert_eq!(reads.get(), 0);
        assert_eq!(&*windows.get(100, 0).unwrap(), &[] as &[u8]);
    }

    #[test]
    fn a_slice_of_a_piece_stays_inside() {
        let piece = Piece::from(vec![1, 2, 3, 4]).slice(1..3).unwrap();
        assert_eq!(&*piece, &[2, 3]);
        assert_eq!(&*piece.slice(1..2).unwrap(), &[3]);
        assert!(piece.slice(1..3).is_none());
        assert!(piece.slice(usize::MAX..usize::MAX).is_none());
    }
}
