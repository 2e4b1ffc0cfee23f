//! Where the metas lie: the page size is known only once one of them was read.

use super::meta::{META_END, is_page_size};
use super::{Error, LooksLike, Meta, MetaError};
use crate::bytes::Windows;

/// Reads both metas. The page size is meta 0's; without it, meta 1 is looked for at every page
/// size and must name the size at which it lies (bbolt's `getPageSize`, made stricter).
pub(super) fn find_metas(
    windows: &Windows,
    chosen: Option<u32>,
) -> Result<[Result<Meta, MetaError>; 2], Error> {
    let size = windows.size();
    if size == 0 {
        return Err(Error::Empty);
    }
    let head = |offset: u64| {
        let len = size.saturating_sub(offset).min(META_END);
        windows.get(offset.min(size), len)
    };
    let first_page = head(0)?;
    let first = Meta::read(&first_page);
    if let Some(page_size) = chosen {
        if !is_page_size(page_size) {
            return Err(Error::PageSize(page_size));
        }
        let second = Meta::read(&head(u64::from(page_size))?);
        return Ok([first, second].map(|meta| meta.map(|meta| Meta { page_size, ..meta })));
    }
    if let Ok(meta) = &first {
        let second = Meta::read(&head(u64::from(meta.page_size))?);
        return Ok([first, second]);
    }
    if matches!(first, Err(MetaError::Short(_))) && Meta::has_magic(&first_page) {
        let page_size = Meta::claimed_page_size(&first_page).map_or(4096, |(size, _)| size);
        return Err(Error::TooShort { size, page_size });
    }
    let mut second = Err(MetaError::NotFound);
    // A broken meta is worth naming where it has at least the magic number.
    let mut broken = None;
    for page_size in (9..=24).map(|bits| 1u32 << bits) {
        match Meta::read(&head(u64::from(page_size))?) {
            Ok(meta) if meta.page_size == page_size => {
                second = Ok(meta);
                break;
            }
            Err(error @ (MetaError::Version(_) | MetaError::Checksum { .. })) => {
                broken = broken.or(Some(error));
            }
            _ => {}
        }
    }
    if second.is_err() {
        let has_magic = !matches!(first, Err(MetaError::Magic(_) | MetaError::Short(_)));
        match (has_magic, broken) {
            (_, Some(error)) => second = Err(error),
            (true, None) => {
                if let Some((page_size, _)) = Meta::claimed_page_size(&first_page) {
                    second = Meta::read(&head(u64::from(page_size))?);
                }
            }
            (false, None) => {
                let head = windows.get(0, size.min(1024))?;
                return Err(Error::NotBbolt {
                    looks_like: LooksLike::guess(&head),
                    size,
                });
            }
        }
    }
    Ok([first, second])
}
