//! The bytes between page and worker: postcard, since 64-bit revisions do not survive JSON numbers.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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

/// A part of a message that is read by itself, where it is used: the code that reads it is then
/// in the part of the page's program that uses it, not in the first one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Packed<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Packed<T> {
    /// Writes it. What cannot be written is as a part of another build: reading it says so.
    pub fn new(part: &T) -> Self {
        Self {
            bytes: encode(part).unwrap_or_default(),
            of: PhantomData,
        }
    }

    /// Reads it.
    pub fn read(&self) -> Result<T, WireError> {
        decode(&self.bytes)
    }
}
