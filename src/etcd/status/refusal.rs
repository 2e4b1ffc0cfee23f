//! What the real tool says of a file that it does not open.
//!
//! As `Open` of bbolt 1.3.6 (etcd up to 3.5.7) and of later versions: the page size from the first
//! meta, else from what can be read, then the length, then both metas.

use crate::bbolt::{Meta, MetaError};
use crate::bytes::ReadAt;

/// Bytes that bbolt reads to find the page size.
const PROBE: u64 = 0x1000;
/// Page size where none can be read: that of the usual Linux machine.
const OS_PAGE_SIZE: u64 = 4096;

/// The message of the tool, without its `Error: `; `None` if it opens the file.
///
/// `old`: bbolt 1.3.6 and before. `path` is named as it was typed.
pub fn go_open_error(source: &dyn ReadAt, path: &str, old: bool) -> Option<String> {
    let size = source.len();
    if size == 0 {
        // It tries to make a fresh store of an empty file that it opened for reading only.
        return Some(format!("write {path}: bad file descriptor"));
    }
    let first = meta(source, 0);
    let invalid = Some("invalid database".to_owned());
    let page_size = match &first {
        Ok(meta) if size >= PROBE => u64::from(meta.page_size),
        _ if old && size < PROBE => return invalid,
        _ if old => OS_PAGE_SIZE,
        _ => {
            let positions = (0..=14).map(|bits| 1024u64 << bits);
            let mut readable = size >= PROBE;
            let mut found = None;
            for position in positions.take_while(|at| at.saturating_add(1024) < size) {
                readable = true;
                if let Ok(meta) = meta(source, position) {
                    found = Some(u64::from(meta.page_size));
                    break;
                }
            }
            match found {
                Some(page_size) => page_size,
                None if readable => OS_PAGE_SIZE,
                None => return invalid,
            }
        }
    };
    if size < 2 * page_size {
        return Some(match old {
            true => "file size too small".to_owned(),
            false => format!("file size too small {size}"),
        });
    }
    match (first, meta(source, page_size)) {
        (Err(first), Err(_)) => Some(
            match first {
                MetaError::Version(_) => "version mismatch",
                MetaError::Checksum { .. } => "checksum error",
                _ => "invalid database",
            }
            .to_owned(),
        ),
        _ => None,
    }
}

fn meta(source: &dyn ReadAt, position: u64) -> Result<Meta, MetaError> {
    let mut page = [0; 80];
    let left = source.len().saturating_sub(position).min(page.len() as u64);
    let there = usize::try_from(left).unwrap_or_default();
    let head = page.get_mut(..there).unwrap_or_default();
    if source.read_at(position, head).is_err() {
        return Meta::read(&[]);
    }
    Meta::read(head)
}
