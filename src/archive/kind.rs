//! What a file is packed or locked with, from its first bytes.

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A bbolt file, or at least none of the others.
    Plain,
    /// gzip, unpacked here.
    Gzip,
    /// A zip archive, unpacked here.
    Zip,
    /// A tar archive, unpacked here.
    Tar,
    /// Something that a tool has to unpack: its name, and the command.
    Locked(&'static str, &'static str),
}

/// Bytes that are enough for [`Kind::guess`].
pub const HEAD_LEN: usize = 1024;
/// bbolt's magic number in a meta page, and where it lies.
const BBOLT: (usize, [u8; 4]) = (16, 0xED0C_DAED_u32.to_le_bytes());

/// `(offset, bytes there, what it is)`.
const MAGIC: &[(usize, &[u8], Kind)] = &[
    (0, b"\x1f\x8b", Kind::Gzip),
    (0, b"PK\x03\x04", Kind::Zip),
    (0, b"PK\x05\x06", Kind::Zip),
    (0, b"PK\x07\x08", Kind::Zip),
    (257, b"ustar", Kind::Tar),
    (0, b"\x28\xb5\x2f\xfd", Kind::Locked("zstd", "zstd -d")),
    (0, b"\xfd7zXZ\0", Kind::Locked("xz", "xz -d")),
    (0, b"BZh", Kind::Locked("bzip2", "bzip2 -d")),
    (0, b"\x04\x22\x4d\x18", Kind::Locked("lz4", "lz4 -d")),
    (0, b"\x02\x21\x4c\x18", Kind::Locked("lz4", "lz4 -d")),
    (0, b"\x89LZO\0\r\n\x1a\n", Kind::Locked("lzop", "lzop -d")),
    (0, b"LZIP", Kind::Locked("lzip", "lzip -d")),
    (
        0,
        b"\x5d\0\0\x80\0",
        Kind::Locked("lzma", "xz --format=lzma -d"),
    ),
    (0, b"\x1f\x9d", Kind::Locked("compress (.Z)", "uncompress")),
    (0, b"\xff\x06\0\0sNaPpY", Kind::Locked("snappy", "snzip -d")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::Locked("7z", "7z x")),
    (0, b"Rar!\x1a\x07", Kind::Locked("rar", "unrar x")),
    (0, b"070701", Kind::Locked("cpio", "cpio -i <")),
    (
        0,
        b"LUKS\xba\xbe",
        Kind::Locked("a LUKS volume", "cryptsetup open"),
    ),
    (
        0,
        b"age-encryption.org/v1",
        Kind::Locked("encrypted with age", "age -d"),
    ),
    (
        0,
        b"-----BEGIN AGE ENCRYPTED FILE-----",
        Kind::Locked("encrypted with age", "age -d"),
    ),
    (
        0,
        b"Salted__",
        Kind::Locked("encrypted with openssl enc", "openssl enc -d -in"),
    ),
    (
        0,
        b"U2FsdGVkX1",
        Kind::Locked(
            "encrypted with openssl enc, base64",
            "openssl enc -d -a -in",
        ),
    ),
    (
        0,
        b"-----BEGIN PGP MESSAGE-----",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
    // Symmetric: packet 3, version 4; by public key: packet 1, version 3, old and new form.
    (
        0,
        b"\x8c\x0d\x04",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
    (
        0,
        b"\xc3\x0d\x04",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
    (
        0,
        b"\x85\x01\x0c\x03",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
    (
        0,
        b"\x85\x02\x0c\x03",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
    (
        0,
        b"\x84\x5e\x03",
        Kind::Locked("encrypted with gpg", "gpg -d"),
    ),
];

impl Kind {
    /// Guesses from the first bytes of a file, [`HEAD_LEN`] of them where there are so many.
    pub fn guess(head: &[u8]) -> Self {
        if is_bbolt(head) {
            return Self::Plain;
        }
        for (offset, magic, kind) in MAGIC {
            let rest = head.get(*offset..).unwrap_or_default();
            if rest.starts_with(magic) {
                return *kind;
            }
        }
        // zstd's skippable frame has one of sixteen magic numbers.
        if let Some([0x50..=0x5f, 0x2a, 0x4d, 0x18]) = head.get(..4) {
            return Self::Locked("zstd", "zstd -d");
        }
        if super::tar::is_header(head) {
            return Self::Tar;
        }
        Self::Plain
    }
}

/// Whether a file begins as bbolt's do.
pub fn is_bbolt(head: &[u8]) -> bool {
    let (offset, magic) = BBOLT;
    head.get(offset..)
        .is_some_and(|rest| rest.starts_with(&magic))
}
