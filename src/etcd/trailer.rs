//! The sha256 at the end of a snapshot.
//!
//! ```text
//! | pages 0 .. high-water mark | sha256 of exactly these, 32 bytes |     size % 512 == 32
//! ```
//!
//! As `etcdctl snapshot save` writes it; a `db` from a data directory has none.

use sha2::{Digest, Sha256};

use super::problem::{Hex, Problem};
use crate::bbolt::{Damage, Db, Place};
use crate::bytes::ReadError;

const HASH_LEN: u64 = 32;
/// Bytes hashed in one step: a window's worth.
const STEP: u64 = 4 << 20;

/// The hash at the end of a snapshot, not verified yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Bytes before the hash, which it is of.
    pub data_len: u64,
    /// The hash that is stored.
    pub sha256: Hex,
}

/// What follows the pages up to the high-water mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing: a `db` file, or a snapshot whose hash was cut off. The two cannot be told apart.
    None,
    /// The file ends before its last page.
    Cut,
    /// A hash, as at the end of a snapshot.
    Hash(Trailer),
    /// The first bytes of a hash.
    PartOfHash(u64),
    /// Whole pages that were allocated ahead: bytes of room.
    Room(u64),
    /// Bytes that are neither a hash nor pages.
    Unknown(u64),
}

impl Tail {
    /// Looks by etcd's rule: a file has a hash if its size is 32 above a multiple of 512.
    pub(super) fn find(db: &Db, problems: &mut Vec<Problem>) -> Self {
        let size = db.size();
        let Some(behind) = size.checked_sub(db.used_size()) else {
            return Self::Cut;
        };
        if behind >= HASH_LEN && size % 512 == HASH_LEN {
            let data_len = size - HASH_LEN;
            let bytes = db.bytes(data_len, HASH_LEN);
            let sha256 = bytes.map(|bytes| bytes.first_chunk().copied());
            match sha256 {
                Ok(Some(sha256)) => {
                    let sha256 = Hex(sha256);
                    return Self::Hash(Trailer { data_len, sha256 });
                }
                Ok(None) => {}
                Err(error) => problems.push(read_problem(error)),
            }
        }
        match behind {
            0 => Self::None,
            1..HASH_LEN => {
                problems.push(Problem::TrailerCut(behind));
                Self::PartOfHash(behind)
            }
            _ if behind % 512 == 0 => Self::Room(behind),
            _ => {
                problems.push(Problem::Behind(behind));
                Self::Unknown(behind)
            }
        }
    }

    /// The hash, if that is what follows.
    pub fn trailer(&self) -> Option<Trailer> {
        match self {
            Self::Hash(trailer) => Some(*trailer),
            _ => None,
        }
    }
}

fn read_problem(error: ReadError) -> Problem {
    Problem::Bbolt(crate::bbolt::Problem {
        place: Place::File,
        damage: Damage::Read(error),
    })
}

/// Verifies the hash of a snapshot step by step.
#[derive(Clone, Debug)]
pub struct Verify {
    trailer: Trailer,
    hash: Sha256,
    done: u64,
}

impl Verify {
    /// Starts at the first byte.
    pub fn new(trailer: Trailer) -> Self {
        Self {
            trailer,
            hash: Sha256::new(),
            done: 0,
        }
    }

    /// Bytes hashed, and bytes to hash.
    pub fn progress(&self) -> (u64, u64) {
        (self.done, self.trailer.data_len)
    }

    /// Hashes up to 4 MiB. `None`: call again; else whether the hash is right.
    pub fn step(&mut self, db: &Db) -> Option<Result<(), Problem>> {
        let left = self.trailer.data_len.saturating_sub(self.done);
        if left == 0 {
            let computed = Hex(self.hash.clone().finalize().into());
            let stored = self.trailer.sha256;
            return Some(if computed == stored {
                Ok(())
            } else {
                Err(Problem::Sha256 { stored, computed })
            });
        }
        let len = left.min(STEP);
        match db.bytes(self.done, len) {
            Ok(bytes) => {
                self.hash.update(&*bytes);
                self.done += len;
                None
            }
            Err(error) => Some(Err(read_problem(error))),
        }
    }
}
