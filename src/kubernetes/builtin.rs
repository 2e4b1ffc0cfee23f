//! The table of messages that comes with the program, parsed when it is first needed.

use std::sync::OnceLock;

use super::schema::Schema;

/// The table of messages.
const TABLE: &[u8] = include_bytes!("../../static/schema/kubernetes.txt");

/// The table, parsed once; none if it is broken, which a test rules out.
pub fn builtin() -> Option<&'static Schema> {
    static PARSED: OnceLock<Option<Schema>> = OnceLock::new();
    PARSED.get_or_init(|| Schema::parse(TABLE).ok()).as_ref()
}
