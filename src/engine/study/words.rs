//! Terms of a filter, made here for the screen to lead to.

/// `term:TEXT` as [`crate::find`] reads it; empty where nothing is to be looked for or where the
/// bytes are no text.
pub(super) fn filter_of(term: &str, bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() => format!("{term}:{}", quoted(text)),
        _ => String::new(),
    }
}

/// A value as it stands in a filter: between quotes where it would end too early without.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '@');
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
