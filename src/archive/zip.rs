//! zip archives: the directory at the end, or the members one by one where it is missing.
//!
//! ```text
//! | head, name | bytes | | head, name | bytes | ... | directory | zip64 end | locator | end |
//! ```
//!
//! As in PKWARE's APPNOTE 6.3: stored and deflate, zip64; the rest is named.

use super::part::read_up_to;
use super::{Error, MAX_MEMBERS, Member, Problem, Where};
use crate::bytes::{Cursor, ReadAt, Short};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
/// Bytes of a local head before the name.
const LOCAL_LEN: u64 = 30;
/// Bytes at the end of the file in which the end record is looked for: it and a comment.
const TAIL: usize = 22 + 0xffff;
/// Bytes of a directory that are read.
const MAX_DIRECTORY: u64 = 64 << 20;
/// A field of 32 bits that says: look into the zip64 extra field.
const FULL: u64 = 0xffff_ffff;

/// How a member is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Offset of its local head.
    pub head: u64,
    /// Packed bytes; `None` where only the end of the stream tells.
    pub packed_len: Option<u64>,
    /// Checksum and unpacked bytes, if known beforehand.
    pub expected: Option<(u32, u64)>,
    method: u16,
    flags: u16,
}

/// Lists the members of an archive.
pub fn members(source: &dyn ReadAt, problems: &mut Vec<Problem>) -> Result<Vec<Member>, Error> {
    let found = match directory(source)? {
        Some(directory) => directory,
        None => {
            problems.push(Problem::NoDirectory);
            one_by_one(source)?
        }
    };
    if found.len() as u64 >= MAX_MEMBERS {
        problems.push(Problem::ManyMembers(MAX_MEMBERS));
    }
    Ok(found)
}

/// Where the bytes of a member are, and whether they are packed.
pub fn locate(source: &dyn ReadAt, name: &str, packed: &Packed) -> Result<(u64, bool), Error> {
    let refuse = |how: String| Error::Member {
        name: name.to_owned(),
        how,
    };
    if packed.flags & 1 != 0 || packed.method == 99 {
        return Err(refuse("encrypted".to_owned()));
    }
    let deflated = match packed.method {
        0 => false,
        8 => true,
        9 => return Err(refuse("packed with deflate64".to_owned())),
        12 => return Err(refuse("packed with bzip2".to_owned())),
        14 => return Err(refuse("packed with lzma".to_owned())),
        20 | 93 => return Err(refuse("packed with zstd".to_owned())),
        95 => return Err(refuse("packed with xz".to_owned())),
        other => return Err(refuse(format!("packed with method {other}"))),
    };
    let head = read_up_to(source, packed.head, LOCAL_LEN as usize)?;
    let mut cursor = Cursor::at(&head, 26);
    let mut lens = || -> Result<u64, Short> {
        let name = cursor.u16_le("name length")?;
        Ok(u64::from(name) + u64::from(cursor.u16_le("extra length")?))
    };
    let broken = |_| Error::Broken {
        what: "zip archive",
        why: format!("{name} is cut in its head at offset {}", packed.head),
    };
    let lens = lens().map_err(broken)?;
    let start = packed.head.saturating_add(LOCAL_LEN + lens);
    Ok((start, deflated))
}

/// The members that the directory lists; `None` if there is none.
fn directory(source: &dyn ReadAt) -> Result<Option<Vec<Member>>, Error> {
    let size = source.len();
    let tail_at = size.saturating_sub(TAIL as u64);
    let tail = read_up_to(source, tail_at, TAIL)?;
    let magic = END.to_le_bytes();
    let Some(at) = tail.windows(4).rposition(|bytes| bytes == magic) else {
        return Ok(None);
    };
    let Ok(end) = End::read(&tail, at) else {
        return Ok(None);
    };
    let end_at = tail_at + at as u64;
    let (mut end, mut directory_end) = (end, end_at);
    if let Some((wide, wide_at)) = End::read_64(source, end_at)? {
        (end, directory_end) = (wide, wide_at);
    }
    if end.len > MAX_DIRECTORY || end.len > directory_end {
        return Ok(None);
    }
    // Bytes in front of the archive, as of a program that unpacks itself, move every offset.
    let start = directory_end - end.len;
    let Some(moved) = start.checked_sub(end.start) else {
        return Ok(None);
    };
    let bytes = read_up_to(
        source,
        start,
        usize::try_from(end.len).unwrap_or(usize::MAX),
    )?;
    let mut cursor = Cursor::new(&bytes);
    let mut members = Vec::new();
    while !cursor.is_done() && (members.len() as u64) < MAX_MEMBERS {
        match central(&mut cursor, moved) {
            Ok(Some(member)) => members.push(member),
            Ok(None) => break,
            Err(_) => return Ok(None),
        }
    }
    let complete = members.len() as u64 >= end.count.min(MAX_MEMBERS);
    Ok(complete.then_some(members))
}

/// What the end record says of the directory.
struct End {
    count: u64,
    len: u64,
    start: u64,
}

impl End {
    fn read(bytes: &[u8], at: usize) -> Result<Self, Short> {
        let mut cursor = Cursor::at(bytes, at);
        cursor.take("signature, disks, entries of this disk", 10)?;
        Ok(Self {
            count: u64::from(cursor.u16_le("entries")?),
            len: u64::from(cursor.u32_le("directory length")?),
            start: u64::from(cursor.u32_le("directory offset")?),
        })
    }

    /// The zip64 end record, and where it lies.
    fn read_64(source: &dyn ReadAt, end_at: u64) -> Result<Option<(Self, u64)>, Error> {
        let Some(locator_at) = end_at.checked_sub(20) else {
            return Ok(None);
        };
        let locator = read_up_to(source, locator_at, 20)?;
        let mut cursor = Cursor::new(&locator);
        let mut position = || -> Result<Option<u64>, Short> {
            let signature = cursor.u32_le("signature")?;
            cursor.u32_le("disk")?;
            let position = cursor.u64_le("zip64 end offset")?;
            Ok((signature == LOCATOR_64).then_some(position))
        };
        let Ok(Some(position)) = position() else {
            return Ok(None);
        };
        // With bytes in front of the archive it lies right before the locator, with no extension.
        for at in [position, locator_at.saturating_sub(56)] {
            let bytes = read_up_to(source, at, 56)?;
            let mut cursor = Cursor::new(&bytes);
            let mut end = || -> Result<Option<Self>, Short> {
                let signature = cursor.u32_le("signature")?;
                cursor.take("length, versions, disks, entries of this disk", 28)?;
                let end = Self {
                    count: cursor.u64_le("entries")?,
                    len: cursor.u64_le("directory length")?,
                    start: cursor.u64_le("directory offset")?,
                };
                Ok((signature == END_64).then_some(end))
            };
            if let Ok(Some(end)) = end() {
                return Ok(Some((end, at)));
            }
        }
        Ok(None)
    }
}

/// One entry of the directory; `None` at its end.
fn central(cursor: &mut Cursor<'_>, moved: u64) -> Result<Option<Member>, Short> {
    if cursor.u32_le("signature")? != CENTRAL {
        return Ok(None);
    }
    cursor.take("versions", 4)?;
    let flags = cursor.u16_le("flags")?;
    let method = cursor.u16_le("method")?;
    cursor.take("time, date", 4)?;
    let crc = cursor.u32_le("crc32")?;
    let mut packed_len = u64::from(cursor.u32_le("packed length")?);
    let mut len = u64::from(cursor.u32_le("length")?);
    let name_len = cursor.u16_le("name length")?;
    let extra_len = cursor.u16_le("extra length")?;
    let comment_len = cursor.u16_le("comment length")?;
    cursor.take("disk, attributes", 8)?;
    let mut head = u64::from(cursor.u32_le("head offset")?);
    let name = cursor.take("name", u64::from(name_len))?;
    let extra = cursor.take("extra", u64::from(extra_len))?;
    cursor.take("comment", u64::from(comment_len))?;
    wide(extra, [&mut len, &mut packed_len, &mut head]);
    let packed = Packed {
        head: head.saturating_add(moved),
        packed_len: Some(packed_len),
        expected: Some((crc, len)),
        method,
        flags,
    };
    Ok(Some(Member::new(name, len, Where::Zip(packed))))
}

/// Takes the numbers that did not fit 32 bits from the zip64 extra field: those, in this order.
fn wide(extra: &[u8], numbers: [&mut u64; 3]) {
    let mut cursor = Cursor::new(extra);
    while let (Ok(id), Ok(len)) = (cursor.u16_le("id"), cursor.u16_le("length")) {
        let Ok(field) = cursor.take("field", u64::from(len)) else {
            return;
        };
        if id == 1 {
            let mut field = Cursor::new(field);
            for number in numbers {
                if *number == FULL
                    && let Ok(wide) = field.u64_le("number")
                {
                    *number = wide;
                }
            }
            return;
        }
    }
}

/// Goes from local head to local head, as far as their lengths are told.
fn one_by_one(source: &dyn ReadAt) -> Result<Vec<Member>, Error> {
    let mut members = Vec::new();
    let mut at = 0u64;
    while at < source.len() && (members.len() as u64) < MAX_MEMBERS {
        let bytes = read_up_to(source, at, LOCAL_LEN as usize + 2 * 0xffff)?;
        match local(&bytes, at) {
            Ok(Some((member, Some(next)))) => {
                members.push(member);
                at = next;
            }
            Ok(Some((member, None))) => {
                members.push(member);
                break;
            }
            _ => break,
        }
    }
    if members.is_empty() {
        return Err(Error::Broken {
            what: "zip archive",
            why: "neither its directory nor a member can be read".to_owned(),
        });
    }
    Ok(members)
}

/// A local head, and the offset of the next one if that is told.
fn local(bytes: &[u8], at: u64) -> Result<Option<(Member, Option<u64>)>, Short> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u32_le("signature")? != LOCAL {
        return Ok(None);
    }
    cursor.u16_le("version")?;
    let flags = cursor.u16_le("flags")?;
    let method = cursor.u16_le("method")?;
    cursor.take("time, date", 4)?;
    let crc = cursor.u32_le("crc32")?;
    let mut packed_len = u64::from(cursor.u32_le("packed length")?);
    let mut len = u64::from(cursor.u32_le("length")?);
    let name_len = cursor.u16_le("name length")?;
    let extra_len = cursor.u16_le("extra length")?;
    let name = cursor.take("name", u64::from(name_len))?;
    let extra = cursor.take("extra", u64::from(extra_len))?;
    wide(extra, [&mut len, &mut packed_len, &mut 0]);
    // With this flag the lengths come after the bytes.
    let told = flags & 8 == 0;
    let packed = Packed {
        head: at,
        packed_len: told.then_some(packed_len),
        expected: told.then_some((crc, len)),
        method,
        flags,
    };
    let data = at.saturating_add(cursor.offset() as u64);
    let next = told.then(|| data.saturating_add(packed_len));
    Ok(Some((Member::new(name, len, Where::Zip(packed)), next)))
}
