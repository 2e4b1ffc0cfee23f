//! What a browser keeps of a session: one line of text, with its form's number in front and a
//! checksum inside.
//!
//! ```text
//! 1.<base64url of: crc32c of the rest, 4 bytes, little endian | the tree, postcard>
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SessionError, Tree};
use crate::mvcc::Release;

/// The form that is written.
const FORM: &str = "1";
const CHECKSUM_BYTES: usize = 4;

/// The whole tree as text.
pub fn save(tree: &Tree) -> String {
    seal(tree, |bytes| bytes)
}

/// Reads what [`save`] wrote.
///
/// # Errors
/// Where it is of a later form, damaged, or on a release that is not simulated.
pub fn load(text: &str) -> Result<Tree, SessionError> {
    let tree: Tree = unseal(text, Ok)?;
    if !tree.is_sound() {
        return Err(SessionError::Damaged("its parts do not fit"));
    }
    for release in tree.releases() {
        release.parse::<Release>()?;
    }
    Ok(tree)
}

/// Text with number and checksum; `pack` may make the bytes shorter.
pub(super) fn seal(value: &impl Serialize, pack: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    // Only a sequence of unknown length could fail to be written, and there is none.
    let body = pack(postcard::to_allocvec(value).unwrap_or_default());
    let mut bytes = crc32c::crc32c(&body).to_le_bytes().to_vec();
    bytes.extend(body);
    format!("{FORM}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The value that [`seal`] wrote.
pub(super) fn unseal<T: DeserializeOwned>(
    text: &str,
    unpack: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, SessionError>,
) -> Result<T, SessionError> {
    let (form, rest) = text
        .split_once('.')
        .ok_or(SessionError::Damaged("it has no form number"))?;
    if form != FORM {
        return Err(match form.parse::<u32>() {
            Ok(later) if later > 1 => SessionError::Later(later.to_string()),
            _ => SessionError::Damaged("its form number is none"),
        });
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(rest.trim())
        .map_err(|_| SessionError::Damaged("it is no base64url text"))?;
    let (sum, body) = bytes
        .split_first_chunk::<CHECKSUM_BYTES>()
        .ok_or(SessionError::Damaged("it ends too early"))?;
    if u32::from_le_bytes(*sum) != crc32c::crc32c(body) {
        return Err(SessionError::Damaged("its checksum differs"));
    }
    let body = unpack(body.to_vec())?;
    postcard::from_bytes(&body).map_err(|_| SessionError::Damaged("its parts do not fit"))
}
