//! The bytes between page and worker: postcard, since 64-bit revisions do not survive JSON numbers.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a message could not be written or read. Page and worker then come from different builds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message between page and worker: {0}")]
pub struct WireError(String);

/// Writes a message.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    postcard::to_allocvec(message).map_err(|error| WireError(error.to_string()))
}

/// Reads a message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    postcard::from_bytes(bytes).map_err(|error| WireError(error.to_string()))
}
