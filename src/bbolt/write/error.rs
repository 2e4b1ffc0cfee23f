//! Why a write was refused. The words are bbolt's own (`errors/errors.go`).

use crate::bbolt::{MAX_DEPTH, Pgid};

/// Longest key in bytes.
pub(super) const MAX_KEY_LEN: u64 = 32768;
/// Longest value in bytes.
pub(super) const MAX_VALUE_LEN: u64 = (1 << 31) - 2;

/// Why a write was refused. Nothing was changed by the call that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A page size that is no power of two, or not one that machines have.
    #[error("page size is {0}, expected a power of two from 1024 to 65536")]
    PageSize(u32),
    /// A bucket without a name.
    #[error("bucket name required")]
    BucketNameRequired,
    /// There is a bucket of that name already.
    #[error("bucket already exists")]
    BucketExists,
    /// There is no bucket of that name.
    #[error("bucket not found")]
    BucketNotFound,
    /// The name is that of a key where a bucket was meant, or the other way around.
    #[error("incompatible value")]
    IncompatibleValue,
    /// An empty key.
    #[error("key required")]
    KeyRequired,
    /// A key that is too long.
    #[error("key too large: {len} bytes, at most {MAX_KEY_LEN}")]
    KeyTooLarge {
        /// Its length in bytes.
        len: u64,
    },
    /// A value that is too long.
    #[error("value too large: {len} bytes, at most {MAX_VALUE_LEN}")]
    ValueTooLarge {
        /// Its length in bytes.
        len: u64,
    },
    /// A bucket inside too many others for a reader to follow.
    #[error("bucket nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A page of the image cannot be read back: a fault of this module.
    #[error("page {0} of the image is broken")]
    Broken(Pgid),
}
