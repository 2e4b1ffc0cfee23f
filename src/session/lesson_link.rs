//! A place in a lesson in a link: what follows `#l=` in the page's address.
//!
//! ```text
//! #l=1.07-compaction/2                 a lesson that comes with the program, and the step from 1
//! #l=1.text.<base64url>/2              a lesson of one's own: crc32c | deflate of its text
//! ```

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::SessionError;
use super::saved::{seal, unseal};

/// What the fragment begins with.
pub const START: &str = "#l=";
const FORM: &str = "1.";
const TEXT: &str = "text.";
/// Longest fragment that is written, as for sessions.
const MAX_CHARS: usize = 64_000;
/// Most bytes that a lesson may unpack to.
const MAX_BYTES: usize = 1 << 20;
/// Longest name of a lesson.
const MAX_NAME: usize = 64;
/// How hard to compress, of 10.
const LEVEL: u8 = 9;

/// Which lesson a link is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// One that comes with the program, by its name.
    Named(String),
    /// Its text.
    Text(String),
}

/// The fragment without its step; [`at`] adds that.
///
/// # Errors
/// Where the lesson is too long for a link.
pub fn write(lesson: &Linked) -> Result<String, SessionError> {
    let body = match lesson {
        Linked::Named(name) => format!("{START}{FORM}{name}"),
        Linked::Text(text) => {
            let sealed = seal(text, |bytes| compress_to_vec(&bytes, LEVEL));
            let sealed = sealed.strip_prefix(FORM).unwrap_or(&sealed);
            format!("{START}{FORM}{TEXT}{sealed}")
        }
    };
    if body.len() > MAX_CHARS {
        return Err(SessionError::TooLong("a link holds 64,000 characters"));
    }
    Ok(body)
}

/// The fragment of a step, counted from 0.
pub fn at(lesson: &str, step: u32) -> String {
    format!("{lesson}/{}", step.saturating_add(1))
}

/// Lesson and step, counted from 0, of a fragment; none where it is no lesson's. A step that is
/// not named is the first one.
///
/// # Errors
/// Where it is of a later form or damaged.
pub fn read(fragment: &str) -> Option<Result<(Linked, u32), SessionError>> {
    let body = fragment.strip_prefix(START)?;
    Some(parse(body))
}

fn parse(body: &str) -> Result<(Linked, u32), SessionError> {
    let (form, rest) = body
        .split_once('.')
        .ok_or(SessionError::Damaged("it has no form number"))?;
    if form != "1" {
        return Err(match form.parse::<u32>() {
            Ok(later) if later > 1 => SessionError::Later(later.to_string()),
            _ => SessionError::Damaged("its form number is none"),
        });
    }
    let (lesson, step) = rest.split_once('/').unwrap_or((rest, "1"));
    let step = step
        .parse::<u32>()
        .ok()
        .and_then(|step| step.checked_sub(1))
        .ok_or(SessionError::Damaged("its step is no number from 1 on"))?;
    if let Some(sealed) = lesson.strip_prefix(TEXT) {
        let text = unseal(&format!("{FORM}{sealed}"), |bytes| {
            decompress_to_vec_with_limit(&bytes, MAX_BYTES)
                .map_err(|_| SessionError::Damaged("it does not unpack"))
        })?;
        return Ok((Linked::Text(text), step));
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if lesson.is_empty() || lesson.len() > MAX_NAME || !lesson.chars().all(is_name) {
        return Err(SessionError::Damaged("it names no lesson"));
    }
    Ok((Linked::Named(lesson.to_owned()), step))
}
