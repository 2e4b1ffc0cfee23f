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
    /// An LMDB environment.
    Lmdb,
    /// A dump of Redis.
    Redis,
    /// A dump of PostgreSQL.
    Postgres,
    /// A Linux program.
    Elf,
    /// A segment of etcd's write-ahead log.
    EtcdWal,
    /// JSON.
    Json,
    /// Text.
    Text,
    /// Bytes as even as noise.
    Noise,
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
    (16, b"\xde\xc0\xef\xbe", LooksLike::Lmdb),
    (0, b"REDIS0", LooksLike::Redis),
    (0, b"PGDMP", LooksLike::Postgres),
    (0, b"\x7fELF", LooksLike::Elf),
    // A frame length of 4 with 4 bytes of padding, then a record of type crc with crc 0.
    (0, b"\x04\0\0\0\0\0\0\x84\x08\x04\x10\0", LooksLike::EtcdWal),
];

impl LooksLike {
    /// Bytes that are enough for [`LooksLike::guess`].
    pub const HEAD_LEN: u64 = 4096;

    /// Guesses from the first bytes of a file, [`Self::HEAD_LEN`] of them where there are so many.
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
            _ if is_noise(head) => Self::Noise,
            _ => Self::Unknown,
        }
    }
}

/// Whether all bytes are about equally frequent, as in what is encrypted or well packed.
fn is_noise(head: &[u8]) -> bool {
    /// With fewer, even noise is uneven.
    const LEAST: usize = 1024;
    /// Of noise, chi-squared with 255 degrees of freedom is above this once in millions.
    const MOST: f64 = 380.0;
    let mut counts = [0_u32; 256];
    for byte in head {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let expected = head.len() as f64 / 256.0;
    let off = counts.iter().map(|count| f64::from(*count) - expected);
    head.len() >= LEAST && off.map(|off| off * off / expected).sum::<f64>() < MOST
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
            Self::Lmdb => "it looks like an LMDB database",
            Self::Redis => "it looks like a dump of Redis",
            Self::Postgres => "it looks like a dump of PostgreSQL",
            Self::Elf => "it looks like a Linux program",
            Self::EtcdWal => {
                "it looks like a segment of etcd's write-ahead log: the store is member/snap/db"
            }
            Self::Json => "it looks like JSON",
            Self::Text => "it looks like text",
            Self::Noise => {
                "its first bytes are as even as noise: it seems to be encrypted, or packed in a way not known here"
            }
            Self::Unknown => "its first bytes are of no kind known here",
        })
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

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
        check(b"REDIS0011\xfa\x09", LooksLike::Redis);
        check(b"PGDMP\x01\x0e\0", LooksLike::Postgres);
        let mut lmdb = vec![0; 64];
        lmdb[16..20].copy_from_slice(&0xBEEF_C0DE_u32.to_le_bytes());
        check(&lmdb, LooksLike::Lmdb);
        let mut tar = vec![b'x'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        check(&tar, LooksLike::Tar);
    }

    #[test]
    fn noise_is_told_from_what_has_a_shape() {
        let noise: Vec<u8> = (0..128_u8)
            .flat_map(|block| Sha256::digest([block]))
            .collect();
        assert_eq!(noise.len(), 4096);
        assert_eq!(LooksLike::guess(&noise), LooksLike::Noise);
        assert_eq!(LooksLike::guess(&noise[..1024]), LooksLike::Noise);
        // Too few to say.
        assert_eq!(LooksLike::guess(&noise[..512]), LooksLike::Unknown);
        let mut half = noise.clone();
        half[..1024].fill(7);
        assert_eq!(LooksLike::guess(&half), LooksLike::Unknown);
        let numbers: Vec<u8> = (0..1024_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(LooksLike::guess(&numbers), LooksLike::Unknown);
    }
}
