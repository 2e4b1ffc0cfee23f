//! The simulated member's own `db` file, for the tools that read files.

use std::rc::Rc;

use crate::bbolt::write::Image;
use crate::bytes::ReadAt;
use crate::shell::redirect::file_name;
use crate::shell::session::Session;

use super::Tool;

/// The member's file as it stands on disk. To look at it takes longer than the member takes to
/// commit what was written.
fn image(session: &mut Session) -> Result<Image, String> {
    session.commit();
    let image = session.backend.image().map_err(|why| why.to_string())?;
    Ok(image.clone())
}

/// The file's bytes, room at its end included, as a copy of it has them.
pub(super) fn bytes(session: &mut Session) -> Result<Vec<u8>, String> {
    let image = image(session)?;
    let too_large = || format!("{} bytes are too many", image.len());
    let len = usize::try_from(image.len()).map_err(|_| too_large())?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| too_large())?;
    bytes.resize(len, 0);
    image
        .read_at(0, &mut bytes)
        .map_err(|why| why.to_string())?;
    Ok(bytes)
}

/// A file for a tool to read: one of the session, or the member's own where the name is a path to
/// it and no file has that name.
pub(super) fn open(tool: &mut Tool<'_>, name: &[u8]) -> Result<Option<Rc<dyn ReadAt>>, String> {
    let session = &mut tool.shell.session;
    if let Some(source) = session.files.source(&file_name(name)) {
        return Ok(Some(source));
    }
    let is_db = name.rsplit(|byte| *byte == b'/').next() == Some(b"db");
    match is_db {
        true => Ok(Some(Rc::new(image(session)?))),
        false => Ok(None),
    }
}
