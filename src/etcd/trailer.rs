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

impl Trailer {
    /// Looks for the hash by etcd's rule. A file that was cut inside its pages has none.
    pub(super) fn find(db: &Db, problems: &mut Vec<Problem>) -> Option<Self> {
        let size = db.size();
        let data_len = size.checked_sub(HASH_LEN)?;
        if db.used_size() > data_len || size % 512 != HASH_LEN {
            let behind = size.checked_sub(db.used_size())?;
            if behind > 0 && behind < HASH_LEN {
                problems.push(Problem::TrailerCut(behind));
            }
            return None;
        }
        match db.bytes(data_len, HASH_LEN) {
            Ok(bytes) => Some(Self {
                data_len,
                sha256: Hex(*bytes.first_chunk()?),
            }),
            Err(error) => {
                problems.push(read_problem(error));
                None
            }
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
