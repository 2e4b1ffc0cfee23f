//! What can be wrong with what a file is packed in.

use crate::bytes::ReadError;

/// Why nothing can be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The source of the bytes failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A tool has to unpack it first.
    #[error("the file is {what}: unpack it first, with `{command} FILE`")]
    Locked {
        /// What it is packed or locked with.
        what: &'static str,
        /// The command that unpacks it.
        command: &'static str,
    },
    /// Archives in archives in archives.
    #[error("more than {0} archives, one in the other: unpack the file first")]
    TooDeep(u8),
    /// It unpacks to more than any file of etcd has.
    #[error("unpacks to more than {limit} bytes")]
    TooLarge {
        /// Bytes that are unpacked at most.
        limit: u64,
    },
    /// No member of an archive looks like a db file.
    #[error("{}", no_db(names, *more))]
    NoDb {
        /// Names of the members.
        names: Vec<String>,
        /// How many more there are.
        more: u64,
    },
    /// No member of an archive has the name asked for.
    #[error("no member `{name}`: {}", no_db(names, *more))]
    NoMember {
        /// The name asked for.
        name: String,
        /// Names of the members.
        names: Vec<String>,
        /// How many more there are.
        more: u64,
    },
    /// A member of a zip archive that is locked or packed in another way.
    #[error("{name} in the zip archive is {how}: unpack it first, with `7z x FILE`")]
    Member {
        /// The member.
        name: String,
        /// What prevents its reading.
        how: String,
    },
    /// A sparse member of a tar archive.
    #[error(
        "{name} in the tar archive is stored as a sparse file: unpack it first, with `tar -xf FILE`"
    )]
    Sparse {
        /// The member.
        name: String,
    },
    /// The archive is too broken to find anything in it.
    #[error("the {what} is broken: {why}")]
    Broken {
        /// The kind of archive.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Damage of an archive; what could be unpacked is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The packed bytes end too early.
    #[error("{what}: cut short, only the first {unpacked} bytes could be unpacked")]
    CutShort {
        /// What is cut.
        what: String,
        /// Bytes that were unpacked.
        unpacked: u64,
    },
    /// The packed bytes are wrong from some place on.
    #[error(
        "{what}: packed bytes are wrong before offset {offset}, only the first {unpacked} bytes could be unpacked"
    )]
    BadData {
        /// What is wrong.
        what: String,
        /// Offset in the packed bytes.
        offset: u64,
        /// Bytes that were unpacked.
        unpacked: u64,
    },
    /// The bytes do not give the checksum stored with them.
    #[error("{what}: crc32 is {stored:08x}, but the bytes give {computed:08x}")]
    Crc {
        /// What it is of.
        what: String,
        /// The checksum that is stored.
        stored: u32,
        /// The checksum of the bytes.
        computed: u32,
    },
    /// The length stored with the bytes is another one.
    #[error("{what}: unpacks to {computed} bytes, but its length is stored as {stored}")]
    Length {
        /// What it is of.
        what: String,
        /// The length that is stored; gzip stores the low 32 bits.
        stored: u64,
        /// The length of the bytes.
        computed: u64,
    },
    /// Something follows that belongs to nothing.
    #[error("{what}: {len} bytes follow its end, which are not read")]
    Behind {
        /// What ends.
        what: String,
        /// Bytes that follow.
        len: u64,
    },
    /// A zip archive without its directory: members are found by going through it.
    #[error(
        "zip archive: its directory at the end is missing or broken, members were found one by one"
    )]
    NoDirectory,
    /// An archive that breaks off; the members before are there.
    #[error("tar archive: {why} at offset {offset}, members behind it are not read")]
    TarHeader {
        /// What is wrong.
        why: &'static str,
        /// Offset of the header.
        offset: u64,
    },
    /// More members than are looked at.
    #[error("the archive has more than {0} members, only the first are looked at")]
    ManyMembers(u64),
}

fn no_db(names: &[String], more: u64) -> String {
    let list: Vec<_> = names
        .iter()
        .take(10)
        .map(|name| name.escape_debug().to_string())
        .collect();
    let more = more + names.len().saturating_sub(list.len()) as u64;
    match (list.is_empty(), more) {
        (true, _) => "the archive has no files".to_owned(),
        (false, 0) => format!(
            "none of the archive's files is a db file: {}",
            list.join(", ")
        ),
        (false, more) => format!(
            "none of the archive's files is a db file: {} and {more} more",
            list.join(", ")
        ),
    }
}
