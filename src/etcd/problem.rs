//! What can be wrong with a file of etcd, beyond the pages themselves.

use std::fmt;

use super::contents::ItemError;
use crate::bbolt::{self, Place};
use crate::kv::Revision;
use crate::kv::codec::DecodeError;
use crate::kv::quote::quoted;

/// Damage that was found, and where. Reading goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A page or an element of the file below.
    #[error(transparent)]
    Bbolt(#[from] bbolt::Problem),
    /// A row of the `key` bucket that does not decode.
    #[error("{place}: {error}")]
    Record {
        /// The row's element.
        place: Place,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A bucket where a row of the `key` bucket belongs.
    #[error("{0}: a bucket inside bucket key")]
    NestedBucket(Place),
    /// A row whose revision is not above that of the row before; the row is kept.
    #[error("{place}: revision {revision} after revision {previous}")]
    OutOfOrder {
        /// The row's element.
        place: Place,
        /// Its revision.
        revision: Revision,
        /// Revision of the row before.
        previous: Revision,
    },
    /// An item of a small bucket that cannot be what it should be.
    #[error("bucket {bucket}: {key} is not {expected}, it has {len} bytes")]
    Value {
        /// The bucket.
        bucket: &'static str,
        /// The item's key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
        /// Bytes that it has.
        len: u64,
    },
    /// An item of a small bucket that does not say what it should.
    #[error("{place}: bucket {bucket}, key {key}: {error}")]
    Item {
        /// The item's element.
        place: Place,
        /// The bucket.
        bucket: Name,
        /// The item's key.
        key: Name,
        /// What is wrong with it.
        error: Box<ItemError>,
    },
    /// A small bucket that is too large to be decoded whole; the rest of it is left out.
    #[error("bucket {bucket}: has too many items or bytes, only the first are decoded")]
    TooMany {
        /// The bucket.
        bucket: &'static str,
    },
    /// The end of a snapshot is a piece of its hash.
    #[error(
        "file: {0} bytes follow the last page: a snapshot whose 32-byte sha256 was cut, or whose \
         end was damaged"
    )]
    TrailerCut(u64),
    /// Bytes follow the last page that are neither whole pages nor a hash.
    #[error(
        "file: {0} bytes follow the last page, which are neither room for pages nor a 32-byte sha256"
    )]
    Behind(u64),
    /// The bytes of a snapshot do not give the hash at its end.
    #[error("file: sha256 at the end is {stored}, but the pages give {computed}")]
    Sha256 {
        /// The hash at the end, in hexadecimal.
        stored: Hex,
        /// The hash of the pages.
        computed: Hex,
    },
}

/// A key from a file, as text for a message: quoted, and cut where it is long.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The text of a key.
    pub fn new(key: &[u8]) -> Self {
        const SHOWN: usize = 64;
        Self(match key.get(..SHOWN) {
            Some(start) if key.len() > SHOWN => format!("{}…", quoted(start)),
            _ => quoted(key),
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sha256 that prints as hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex(pub [u8; 32]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a file cannot be read as one of etcd.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing of the file can be read.
    #[error(transparent)]
    Bbolt(#[from] bbolt::Error),
    /// A bbolt file without the bucket that holds etcd's history.
    #[error("{}", no_key_bucket(buckets, problems))]
    NoKeyBucket {
        /// Names of the buckets that it has.
        buckets: Vec<Vec<u8>>,
        /// Damage that may have hidden the bucket.
        problems: Vec<bbolt::Problem>,
    },
}

fn no_key_bucket(buckets: &[Vec<u8>], problems: &[bbolt::Problem]) -> String {
    const SHOWN: usize = 10;
    let names: Vec<_> = buckets
        .iter()
        .take(SHOWN)
        .map(|name| String::from_utf8_lossy(name).escape_debug().to_string())
        .collect();
    let more = buckets.len().saturating_sub(SHOWN);
    let has = match (names.is_empty(), more) {
        (true, _) => "no bucket could be read".to_owned(),
        (false, 0) => format!("its buckets are {}", names.join(", ")),
        (false, more) => format!("its buckets are {} and {more} more", names.join(", ")),
    };
    if problems.is_empty() {
        return match buckets.is_empty() {
            true => "a bbolt file without any bucket".to_owned(),
            false => format!("a bbolt file without etcd's bucket key: {has}"),
        };
    }
    let told: Vec<_> = problems.iter().take(4).map(ToString::to_string).collect();
    let more = match problems.len().saturating_sub(told.len()) {
        0 => String::new(),
        more => format!("; and {more} problems more"),
    };
    format!(
        "a bbolt file whose bucket key cannot be found: {has}; {}{more}",
        told.join("; ")
    )
}
