//! The simulated member's `db` file, for the tools that read files.

use std::rc::Rc;

use crate::backend::Member;
use crate::bytes::ReadAt;
use crate::shell::session::Session;

use super::Tool;

/// The bytes of the member's file as it stands: the one place where the tools ask for them.
///
/// # Errors
/// One line on why there are none.
pub(super) fn image(session: &Session) -> Result<Vec<u8>, String> {
    let store = &session.store;
    let compacted = Some(store.compact_revision()).filter(|revision| *revision > 0);
    let rows = store.records().cloned();
    let file = Member::default().file(store.release(), compacted, rows);
    file.map(|image| image.dump())
        .map_err(|why| why.to_string())
}

/// A file for a tool to read: one of the tab, or the member's own where the name is a path to it
/// and no file has that name.
pub(super) fn open(tool: &Tool<'_>, name: &[u8]) -> Result<Option<Rc<dyn ReadAt>>, String> {
    if let Some(bytes) = tool.file(name) {
        return Ok(Some(Rc::new(bytes.to_vec())));
    }
    let is_db = name.rsplit(|byte| *byte == b'/').next() == Some(b"db");
    match is_db {
        true => Ok(Some(Rc::new(image(&tool.shell.session)?))),
        false => Ok(None),
    }
}
