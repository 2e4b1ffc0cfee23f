//! A session in a link: what follows `#s=` in the page's address.
//!
//! ```text
//! #s=1.<base64url of: crc32c of the rest | deflate of: release, lines, postcard>
//! ```
//!
//! A fragment is not sent to any server. It carries what was typed and the release, nothing else.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::saved::{seal, unseal};
use super::{SessionError, Tree};
use crate::mvcc::Release;

/// What the fragment begins with.
const START: &str = "#s=";
/// Longest fragment that is written: what browsers and chat programs still carry.
const MAX_CHARS: usize = 64_000;
/// Most bytes that a link may unpack to.
const MAX_BYTES: usize = 4 << 20;
/// How hard to compress, of 10.
const LEVEL: u8 = 9;

/// The lines that have run, and their release, as a fragment.
///
/// # Errors
/// Where the session works on a file's copy, or is too long.
pub fn write(tree: &Tree) -> Result<String, SessionError> {
    if let Some(base) = tree.base() {
        return Err(SessionError::OnFile(base.to_owned()));
    }
    let sealed = seal(&(tree.release(), tree.lines()), |bytes| {
        compress_to_vec(&bytes, LEVEL)
    });
    if sealed.len() > MAX_CHARS {
        return Err(SessionError::TooLong("a link holds 64,000 characters"));
    }
    Ok(format!("{START}{sealed}"))
}

/// Release and lines of a fragment; none where it is no session's.
///
/// # Errors
/// Where it is of a later form, damaged, or on a release that is not simulated.
pub fn read(fragment: &str) -> Option<Result<(String, Vec<String>), SessionError>> {
    let sealed = fragment.strip_prefix(START)?;
    Some(unpack(sealed))
}

fn unpack(sealed: &str) -> Result<(String, Vec<String>), SessionError> {
    let (release, lines): (String, Vec<String>) = unseal(sealed, |bytes| {
        decompress_to_vec_with_limit(&bytes, MAX_BYTES)
            .map_err(|_| SessionError::Damaged("it does not unpack"))
    })?;
    if lines.len() > Tree::MAX_NODES {
        return Err(SessionError::TooLong("it has more than 200,000 lines"));
    }
    release.parse::<Release>()?;
    Ok((release, lines))
}
