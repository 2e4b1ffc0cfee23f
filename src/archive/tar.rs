//! tar archives: a head of 512 bytes, then the bytes, filled up to 512.
//!
//! ```text
//! | name 100 | mode.. 24 | length 12 | time 12 | sum 8 | type 1 | link 100 | ustar.. | prefix 155 |
//! ```
//!
//! POSIX ustar and pax, GNU's long names and base-256 lengths, and the old form without magic.
//! Sparse members are named, not read.

use super::part::read_up_to;
use super::{MAX_MEMBERS, Member, Problem, Where};
use crate::bytes::{Cursor, ReadAt, ReadError};

const BLOCK: u64 = 512;
/// Bytes of a pax head or a long name that are read.
const MAX_EXTENDED: u64 = 1 << 20;
/// Heads that one step reads.
const STEP: u32 = 1000;

/// Going through an archive, head by head.
#[derive(Default)]
pub struct Walk {
    /// Offset of the next head.
    pub at: u64,
    /// What was found.
    pub members: Vec<Member>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// What extended heads say of the next member.
    next: Extended,
}

#[derive(Clone, Default)]
struct Extended {
    path: Option<Vec<u8>>,
    len: Option<u64>,
    sparse: bool,
}

struct Head {
    name: Vec<u8>,
    len: u64,
    kind: u8,
}

/// Whether 512 bytes are a head: its sum is right.
pub fn is_header(bytes: &[u8]) -> bool {
    let Some(head) = bytes.get(..BLOCK as usize) else {
        return false;
    };
    let stored = head.get(148..156).and_then(number);
    let sum: u64 = (0u64..)
        .zip(head)
        .map(|(at, byte)| match at {
            148..156 => u64::from(b' '),
            _ => u64::from(*byte),
        })
        .sum();
    // Only zeros would have a sum of eight spaces.
    head.first() != Some(&0) && stored == Some(sum)
}

impl Walk {
    /// Reads some heads; true at the end of the archive.
    pub fn step(&mut self, source: &dyn ReadAt) -> Result<bool, ReadError> {
        for _ in 0..STEP {
            if self.head(source)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn head(&mut self, source: &dyn ReadAt) -> Result<bool, ReadError> {
        if self.members.len() as u64 >= MAX_MEMBERS {
            self.problems.push(Problem::ManyMembers(MAX_MEMBERS));
            return Ok(true);
        }
        let bytes = read_up_to(source, self.at, BLOCK as usize)?;
        if bytes.is_empty() || bytes.iter().all(|byte| *byte == 0) {
            return Ok(true);
        }
        let wrong = |why| Problem::TarHeader {
            why,
            offset: self.at,
        };
        if (bytes.len() as u64) < BLOCK {
            self.problems.push(wrong("it ends inside a head"));
            return Ok(true);
        }
        let Some(head) = is_header(&bytes).then(|| Head::read(&bytes)).flatten() else {
            self.problems
                .push(wrong("a head has a wrong checksum or length"));
            return Ok(true);
        };
        let data = self.at + BLOCK;
        let is_extended = matches!(head.kind, b'x' | b'L' | b'g' | b'K' | b'X');
        let len = match self.next.len {
            Some(len) if !is_extended => len,
            _ => head.len,
        };
        let padded = len.div_ceil(BLOCK).saturating_mul(BLOCK);
        // A head of 512 bytes each time: the walk goes forward whatever the length says.
        self.at = data.saturating_add(padded);
        match head.kind {
            b'x' | b'X' => {
                let bytes = read_up_to(source, data, len.min(MAX_EXTENDED) as usize)?;
                self.next.pax(&bytes);
            }
            b'L' => {
                let mut bytes = read_up_to(source, data, len.min(MAX_EXTENDED) as usize)?;
                bytes.truncate(until_zero(&bytes).len());
                self.next.path = Some(bytes);
            }
            b'0' | b'7' | 0 | b'S' => {
                let extended = std::mem::take(&mut self.next);
                let name = extended.path.unwrap_or(head.name);
                // The old form marks a directory by its name.
                if !name.ends_with(b"/") {
                    let place = match head.kind == b'S' || extended.sparse {
                        true => Where::Sparse,
                        false => Where::Plain { start: data },
                    };
                    self.members.push(Member::new(&name, len, place));
                    if data.saturating_add(len) > source.len() {
                        self.problems.push(Problem::CutShort {
                            what: String::from_utf8_lossy(&name).into_owned(),
                            unpacked: source.len().saturating_sub(data),
                        });
                    }
                }
            }
            b'g' | b'K' => {}
            // Directories, links, devices.
            _ => self.next = Extended::default(),
        }
        Ok(false)
    }
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let field = |start: usize, len: usize| bytes.get(start..start + len);
        let mut name = until_zero(field(0, 100)?).to_vec();
        // GNU's own form has other things where the prefix is.
        if field(257, 8)? == b"ustar\x0000" {
            let prefix = until_zero(field(345, 155)?);
            if !prefix.is_empty() {
                name = [prefix, b"/", &name].concat();
            }
        }
        Some(Self {
            name,
            len: number(field(124, 12)?)?,
            kind: *bytes.get(156)?,
        })
    }
}

impl Extended {
    /// Lines of `length key=value`, the length of the whole line in front.
    fn pax(&mut self, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_done() {
            let digits: Vec<u8> = cursor
                .rest()
                .iter()
                .copied()
                .take_while(u8::is_ascii_digit)
                .collect();
            let text = String::from_utf8(digits).unwrap_or_default();
            let rest = text.parse::<u64>().ok().and_then(|len| {
                let skip = text.len() as u64 + 1;
                cursor.take("length", skip).ok()?;
                cursor.take("line", len.checked_sub(skip)?).ok()
            });
            let Some(line) = rest else {
                return;
            };
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let Some(at) = line.iter().position(|byte| *byte == b'=') else {
                continue;
            };
            let (key, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default();
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"size" => {
                    self.len = std::str::from_utf8(value)
                        .ok()
                        .and_then(|text| text.parse().ok());
                }
                b"GNU.sparse.name" => (self.path, self.sparse) = (Some(value.to_vec()), true),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0);
    end.and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

/// Octal digits, or big-endian bytes behind a first bit (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first @ 0x80..=0xbf, rest)) = field.split_first() {
        return rest
            .iter()
            .try_fold(u64::from(first & 0x3f), |number, byte| {
                Some(number.checked_mul(256)? + u64::from(*byte))
            });
    }
    let digits = until_zero(field).trim_ascii();
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}
