//! What a file that is not bbolt seems to be, so that its owner knows what to do with it.

use std::fmt;

/// A guess from the first bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksLike {
    /// Only zero bytes where the metas should be.
    Zeros,
    /// gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// Zstandard.
    Zstd,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// LZ4 frames.
    Lz4,
    /// A tar archive.
    Tar,
    /// An SQLite database.
    Sqlite,
    /// A Linux program.
    Elf,
    /// A segment of etcd's write-ahead log.
    EtcdWal,
    /// JSON.
    Json,
    /// Text.
    Text,
    /// None of these.
    Unknown,
}

/// `(offset, bytes there, what it is)`.
const MAGIC: &[(usize, &[u8], LooksLike)] = &[
    (0, b"\x1f\x8b", LooksLike::Gzip),
    (0, b"PK\x03\x04", LooksLike::Zip),
    (0, b"PK\x05\x06", LooksLike::Zip),
    (0, b"\x28\xb5\x2f\xfd", LooksLike::Zstd),
    (0, b"\xfd7zXZ\0", LooksLike::Xz),
    (0, b"BZh", LooksLike::Bzip2),
    (0, b"\x04\x22\x4d\x18", LooksLike::Lz4),
    (257, b"ustar", LooksLike::Tar),
    (0, b"SQLite format 3\0", LooksLike::Sqlite),
    (0, b"\x7fELF", LooksLike::Elf),
    // A frame length of 4 with 4 bytes of padding, then a record of type crc with crc 0.
    (0, b"\x04\0\0\0\0\0\0\x84\x08\x04\x10\0", LooksLike::EtcdWal),
];

impl LooksLike {
    /// Guesses from the first bytes of a file; a few hundred are enough.
    pub fn guess(head: &[u8]) -> Self {
        for (offset, magic, looks_like) in MAGIC {
            if head
                .get(*offset..)
                .is_some_and(|rest| rest.starts_with(magic))
            {
                return *looks_like;
            }
        }
        if head.iter().all(|byte| *byte == 0) {
            return Self::Zeros;
        }
        // The head may end inside a character; a control byte other than white space is no text.
        let whole = head
            .utf8_chunks()
            .all(|chunk| chunk.invalid().len() < 4 && head.ends_with(chunk.invalid()));
        let plain = !head
            .iter()
            .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
        match head.trim_ascii_start().first() {
            Some(b'{' | b'[') if whole && plain => Self::Json,
            _ if whole && plain => Self::Text,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "it begins with zero bytes only",
            Self::Gzip => "it looks like gzip: unpack it with gunzip",
            Self::Zip => "it looks like a zip archive: unpack it with unzip",
            Self::Zstd => "it looks like zstd: unpack it with zstd -d",
            Self::Xz => "it looks like xz: unpack it with xz -d",
            Self::Bzip2 => "it looks like bzip2: unpack it with bzip2 -d",
            Self::Lz4 => "it looks like lz4: unpack it with lz4 -d",
            Self::Tar => "it looks like a tar archive: unpack it with tar -xf",
            Self::Sqlite => "it looks like an SQLite database",
            Self::Elf => "it looks like a Linux program",
            Self::EtcdWal => {
                "it looks like a segment of etcd's write-ahead log: the store is member/snap/db"
            }
            Self::Json => "it looks like JSON",
            Self::Text => "it looks like text",
            Self::Unknown => "its first bytes are of no kind known here",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_kind() {
        let check = |head: &[u8], expected| assert_eq!(LooksLike::guess(head), expected);
        check(b"\x1f\x8b\x08\x00", LooksLike::Gzip);
        check(b"\x28\xb5\x2f\xfd\x04", LooksLike::Zstd);
        check(b"SQLite format 3\0\x10", LooksLike::Sqlite);
        check(b"  {\"key\": 1}", LooksLike::Json);
        check("plain text, caf\u{e9}".as_bytes(), LooksLike::Text);
        check(b"cut in a character \xe2\x82", LooksLike::Text);
        check(b"a\xe2b", LooksLike::Unknown);
        check(b"a\0b", LooksLike::Unknown);
        check(&[0; 64], LooksLike::Zeros);
        let mut tar = vec![b'x'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        check(&tar, LooksLike::Tar);
    }
}
