//! Terms of a filter, made here for the screen to lead to.

use crate::find::quoted;

/// `term:TEXT` as [`crate::find`] reads it; empty where nothing is to be looked for or where the
/// bytes are no text.
pub(super) fn filter_of(term: &str, bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() => format!("{term}:{}", quoted(text)),
        _ => String::new(),
    }
}
