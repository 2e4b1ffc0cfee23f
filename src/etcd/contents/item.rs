//! What can be wrong with one item, and the plain values that items are made of.

use crate::bytes::Cursor;
use crate::kv::codec::DecodeError;
use crate::kv::proto::WireError;

/// Why an item of a small bucket does not say what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A bucket where a plain item belongs.
    #[error("is a bucket")]
    Bucket,
    /// More bytes than any real item has; it is not decoded.
    #[error("has {0} bytes, too many to be decoded")]
    TooLong(u64),
    /// A number of fixed length has another length.
    #[error("{what} has {len} bytes, {wanted} wanted")]
    Length {
        /// What it should be.
        what: &'static str,
        /// Bytes that it has.
        len: u64,
        /// Bytes that it should have.
        wanted: u64,
    },
    /// A message that does not decode; offsets count from the start of the value.
    #[error("{message}: {error}")]
    Proto {
        /// The message's name.
        message: &'static str,
        /// What is wrong with it.
        error: WireError,
    },
    /// Not the JSON that it should be.
    #[error("is not the JSON of {what}: {message}")]
    Json {
        /// What it should be.
        what: &'static str,
        /// What the reader says, with line and column.
        message: String,
    },
    /// Not UTF-8.
    #[error("{what} is not UTF-8 from byte {at}")]
    Text {
        /// What it should be.
        what: &'static str,
        /// The first wrong byte.
        at: u64,
    },
    /// A revision that does not decode.
    #[error("revision: {0}")]
    Revision(DecodeError),
    /// A row of bucket `key` that does not decode.
    #[error(transparent)]
    Record(DecodeError),
    /// Not one of the words that it may be.
    #[error("{what} is {found}, which means nothing known")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// What it is.
        found: String,
    },
    /// The key names something else than the value does; the value counts.
    #[error("the key says {key}, the value {value}")]
    Mismatch {
        /// What the key says.
        key: String,
        /// What the value says.
        value: String,
    },
}

/// Names the message in which a field is wrong.
pub fn in_message(message: &'static str) -> impl Fn(WireError) -> ItemError {
    move |error| ItemError::Proto { message, error }
}

/// Eight bytes, big-endian.
pub fn u64_be(what: &'static str, bytes: &[u8]) -> Result<u64, ItemError> {
    let mut cursor = Cursor::new(bytes);
    match cursor.u64_be(what) {
        Ok(number) if cursor.is_done() => Ok(number),
        _ => Err(ItemError::Length {
            what,
            len: bytes.len() as u64,
            wanted: 8,
        }),
    }
}

/// UTF-8.
pub fn text(what: &'static str, bytes: &[u8]) -> Result<String, ItemError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(ItemError::Text {
            what,
            at: error.valid_up_to() as u64,
        }),
    }
}

/// JSON; numbers never pass through a float.
pub fn json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
) -> Result<T, ItemError> {
    serde_json::from_slice(bytes).map_err(|error| ItemError::Json {
        what,
        message: error.to_string(),
    })
}
