//! Reads a kept history, some blocks a step. Nothing in it is trusted: each block has its
//! checksum, and what a checksum cannot tell is checked besides.

use std::rc::Rc;

use super::{
    BlockKind, FRAME, KEY_COLUMNS, KEYS, KeptError, LEASES, MAGIC, MAX_BLOCK, PREFACE, ROW_COLUMNS,
    ROWS, VERSION, Wrong, column, short,
};
use crate::bytes::{Cursor, Piece, ReadAt, Windows};
use crate::history::keys::Filling;
use crate::history::{Change, History, KeyId};
use crate::kv::{LeaseId, Revision};

/// Bytes that a step reads, but for a block that is larger.
const STEP: u64 = 4 << 20;

/// What the head says.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    rows: u64,
    keys: u64,
    leases: u64,
}

/// A kept history on its way back.
#[derive(Debug)]
pub struct Loading {
    source: Windows,
    /// Where the next block begins, and where the first one did.
    at: u64,
    start: u64,
    number: u32,
    kind: BlockKind,
    head: Head,
    history: History,
    keys: Filling,
    /// The key that was read last.
    key: Vec<u8>,
    columns: [Vec<u64>; ROW_COLUMNS],
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Preface,
    Blocks,
    /// All blocks are read; what is derived from them is to be made.
    Deriving,
    Done,
}

impl Loading {
    /// To be read from the beginning of a source.
    pub fn new(source: Rc<dyn ReadAt>) -> Self {
        Self::at(source, 0)
    }

    /// To be read from an offset to the end of a source.
    pub fn at(source: Rc<dyn ReadAt>, offset: u64) -> Self {
        Self {
            source: Windows::new(source),
            at: offset,
            start: offset,
            number: 0,
            kind: BlockKind::Head,
            head: Head::default(),
            history: History::new(),
            keys: Filling::default(),
            key: Vec::new(),
            columns: [const { Vec::new() }; ROW_COLUMNS],
            stage: Stage::Preface,
        }
    }

    /// Bytes read, of so many.
    pub fn progress(&self) -> (u64, u64) {
        let size = self.source.size().saturating_sub(self.start);
        (self.at.saturating_sub(self.start).min(size), size)
    }

    /// Reads some blocks; the history once it is whole. It is settled, and equal to the one that
    /// was kept. To be called until then, or until it fails.
    ///
    /// # Errors
    /// It cannot be loaded, and never will be; a later step says that it is cut.
    pub fn step(&mut self) -> Result<Option<History>, KeptError> {
        match self.stage {
            Stage::Preface => {
                self.preface().inspect_err(|_| self.stage = Stage::Done)?;
                self.stage = Stage::Blocks;
                Ok(None)
            }
            Stage::Blocks => {
                let from = self.at;
                while self.stage == Stage::Blocks && self.at - from < STEP {
                    self.block().inspect_err(|_| self.stage = Stage::Done)?;
                }
                Ok(None)
            }
            Stage::Deriving => {
                self.stage = Stage::Done;
                let mut history = std::mem::take(&mut self.history);
                history.settle();
                Ok(Some(history))
            }
            Stage::Done => Err(self.cut(0)),
        }
    }

    fn cut(&self, wanted: u64) -> KeptError {
        KeptError::Cut {
            offset: self.at,
            wanted,
            size: self.source.size(),
        }
    }

    /// Bytes from the next one on, if they are there.
    fn take(&mut self, len: u64) -> Result<Piece, KeptError> {
        let end = self.at.checked_add(len);
        if end.is_none_or(|end| end > self.source.size()) {
            return Err(self.cut(len));
        }
        let piece = self.source.get(self.at, len)?;
        self.at += len;
        Ok(piece)
    }

    fn preface(&mut self) -> Result<(), KeptError> {
        let left = self.source.size().saturating_sub(self.at);
        let piece = self.take(left.min(PREFACE as u64))?;
        let mut cursor = Cursor::new(&piece);
        if cursor.array("magic") != Ok(MAGIC) {
            return Err(KeptError::NotKept);
        }
        match cursor.u32_le("version") {
            Ok(VERSION) => Ok(()),
            Ok(found) => Err(KeptError::Version { found }),
            Err(_) => Err(self.cut(PREFACE as u64)),
        }
    }

    fn block(&mut self) -> Result<(), KeptError> {
        let offset = self.at;
        let damaged = |what| KeptError::Damaged { offset, what };
        let frame = self.take(FRAME as u64)?;
        let (words, sum) = words(&frame).map_err(damaged)?;
        let [number, kind, len] = words;
        if len > MAX_BLOCK {
            return Err(damaged("it is larger than any block"));
        }
        let payload = self.take(u64::from(len))?;
        let head = frame.get(..FRAME - 4).unwrap_or_default();
        if crc32c::crc32c_append(crc32c::crc32c(head), &payload) != sum {
            return Err(damaged("its checksum is another"));
        }
        if number != self.number {
            return Err(damaged("its number is not the next one"));
        }
        self.number = self.number.wrapping_add(1);
        let kind = BlockKind::of(kind).ok_or_else(|| damaged("it is of no known kind"))?;
        let is_first = number == 0;
        if kind < self.kind || is_first != (kind == BlockKind::Head) {
            return Err(damaged("it stands at a wrong place"));
        }
        if kind > BlockKind::Keys && self.kind <= BlockKind::Keys {
            self.all_keys().map_err(damaged)?;
        }
        self.kind = kind;
        let mut cursor = Cursor::new(&payload);
        let read = match kind {
            BlockKind::Head => self.read_head(&mut cursor),
            BlockKind::Leases => self.read_leases(&mut cursor),
            BlockKind::Keys => self.read_keys(&mut cursor),
            BlockKind::Rows => self.read_rows(&mut cursor),
            BlockKind::End => self.end(),
        };
        read.map_err(damaged)?;
        match cursor.is_done() {
            true => Ok(()),
            false => Err(damaged("it is longer than what it holds")),
        }
    }

    fn read_head(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let mut number = || cursor.u64_le("a head that is too short").map_err(short);
        // Nothing is made room for by these: they are compared at the end.
        self.head = Head {
            rows: number()?,
            keys: number()?,
            leases: number()?,
        };
        self.history.head = number()? as i64;
        self.history.compact_revision = number()? as i64;
        self.history.out_of_order = number()?;
        Ok(())
    }

    fn read_leases(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        for _ in 0..count(cursor, LEASES)? {
            let id = cursor.u64_le("a list of leases that is too short");
            let id = LeaseId(id.map_err(short)? as i64);
            let next = self.history.leases.all().len();
            // A lease has one number.
            if self.history.leases.number(id) as usize != next + 1 {
                return Err("a lease that stands twice, or is none");
            }
        }
        Ok(())
    }

    fn read_keys(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let count = count(cursor, KEYS)?;
        for values in self.columns.iter_mut().take(KEY_COLUMNS) {
            column::read(cursor, count, values)?;
        }
        let [shared, lens, ids, ..] = &self.columns;
        let mut is_first = true;
        for ((shared, len), id) in shared.iter().zip(lens).zip(ids) {
            let rest = cursor.take("keys that are too short", *len);
            let rest = rest.map_err(short)?;
            let shared = usize::try_from(*shared).unwrap_or(usize::MAX);
            // The first one of a block is whole, and follows the last one of the block before.
            let (kept, follows) = match is_first {
                true if shared > 0 => return Err("a block's first key that is not whole"),
                true => (0, self.keys.is_empty() || *self.key < *rest),
                false => {
                    let replaced = self.key.get(shared..).ok_or("a key that shares too much")?;
                    (shared, replaced < rest)
                }
            };
            is_first = false;
            if !follows {
                return Err("a key that is not behind the one before");
            }
            self.key.truncate(kept);
            self.key.extend_from_slice(rest);
            let id = u32::try_from(*id).map_err(|_| "a key with a number that is too large")?;
            let keys = &mut self.history.keys;
            let placed = keys.fill(&mut self.keys, KeyId(id), &self.key);
            placed.ok_or("more keys than can be numbered")?;
        }
        Ok(())
    }

    /// Every number has its key, each one.
    fn all_keys(&mut self) -> Result<(), Wrong> {
        let keys = std::mem::take(&mut self.keys);
        let is_each_once = self.history.keys.filled(keys);
        match is_each_once && self.history.key_count() == self.head.keys {
            true => Ok(()),
            false => Err("the keys before it are not all, or not each once"),
        }
    }

    fn read_rows(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let count = count(cursor, ROWS)?;
        for values in &mut self.columns {
            column::read(cursor, count, values)?;
        }
        let [main, sub, key, age, version, value_len, packed] = &self.columns;
        let keys = self.history.key_count();
        let leases = self.history.leases.all().len() as u64;
        let rest = key.iter().zip(age).zip(version).zip(value_len).zip(packed);
        for ((main, sub), ((((key, age), version), value_len), packed)) in
            main.iter().zip(sub).zip(rest)
        {
            let numbers = [*main, *sub, *key, *age, *version, *value_len, *packed];
            let change = Change::from_kept(numbers).ok_or("a row with a number out of range")?;
            if *key >= keys || u64::from(change.lease()) > leases {
                return Err("a row of a key or a lease that is not there");
            }
            let revision = change.revision();
            if self.history.last.is_some_and(|last| last >= revision) {
                return Err("a row that is not behind the one before");
            }
            if revision.main > self.history.head {
                return Err("a row behind the head revision");
            }
            self.history.push_change(change);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Wrong> {
        let history = &self.history;
        let leases = history.leases.all().len() as u64;
        if (history.row_count(), leases) != (self.head.rows, self.head.leases) {
            return Err("the rows or the leases before it are not all");
        }
        if self.at != self.source.size() {
            return Err("something follows the end");
        }
        self.stage = Stage::Deriving;
        Ok(())
    }
}

/// The numbers in front of a payload, and the checksum.
fn words(frame: &[u8]) -> Result<([u32; 3], u32), Wrong> {
    let mut cursor = Cursor::new(frame);
    let mut word = || cursor.u32_le("a frame that is too short").map_err(short);
    Ok(([word()?, word()?, word()?], word()?))
}

/// How many items a block holds.
fn count(cursor: &mut Cursor<'_>, most: usize) -> Result<usize, Wrong> {
    let count = cursor.u32_le("a block without its count").map_err(short)?;
    match count as usize {
        0 => Err("a block of nothing"),
        count if count > most => Err("a block of more than a block holds"),
        count => Ok(count),
    }
}

impl Change {
    /// A row from the numbers of its columns.
    fn from_kept(numbers: [u64; ROW_COLUMNS]) -> Option<Self> {
        let [main, sub, key, age, version, value_len, packed] = numbers;
        let small = |number: u64| u32::try_from(number).ok();
        let (main, sub) = (main as i64, i64::from(small(sub)?));
        let change = Self::unpacked(
            Revision::new(main, sub),
            KeyId(small(key)?),
            age as i64,
            [small(version)?, small(value_len)?, small(packed)?],
        )?;
        Some(match change.is_tombstone() {
            true => change,
            false => change.created_at(main.wrapping_sub(age as i64)),
        })
    }
}
