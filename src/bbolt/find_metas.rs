//! Where the metas lie: the page size is known only once one of them was read.

use super::meta::{META_END, is_page_size};
use super::{Error, LooksLike, Meta, MetaError};
use crate::bytes::Windows;

/// Both metas as they lie, and the page size that goes with them.
pub(super) struct Found {
    pub(super) both: [Result<Meta, MetaError>; 2],
    /// `None` where no meta is good.
    pub(super) page_size: Option<u32>,
}

/// Reads both metas. The page size is meta 0's; without it, meta 1 is looked for at every page
/// size and must name the size at which it lies (bbolt's `getPageSize`, made stricter). Where no
/// meta lies at the size that meta 0 names, but one at another size that names that, it is right:
/// its place is a second witness.
pub(super) fn find_metas(windows: &Windows, chosen: Option<u32>) -> Result<Found, Error> {
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
        return Ok(Found {
            both: [first, second].map(|meta| meta.map(|meta| Meta { page_size, ..meta })),
            page_size: Some(page_size),
        });
    }
    let mut own = None;
    if let Ok(meta) = &first {
        let page_size = meta.page_size;
        let second = Meta::read(&head(u64::from(page_size))?);
        let is_meta = !matches!(second, Err(MetaError::Magic(_) | MetaError::Short(_)));
        if is_meta {
            return Ok(Found {
                page_size: Some(page_size),
                both: [first, second],
            });
        }
        own = Some((second, page_size));
    }
    if matches!(first, Err(MetaError::Short(_))) && Meta::has_magic(&first_page) {
        let page_size = Meta::claimed_page_size(&first_page).map_or(4096, |(size, _)| size);
        return Err(Error::TooShort { size, page_size });
    }
    // A broken meta is worth naming where it has at least the magic number.
    let mut broken = None;
    for page_size in (9..=24).map(|bits| 1u32 << bits) {
        match Meta::read(&head(u64::from(page_size))?) {
            Ok(meta) if meta.page_size == page_size => {
                return Ok(Found {
                    both: [first, Ok(meta)],
                    page_size: Some(page_size),
                });
            }
            Err(error @ (MetaError::Version(_) | MetaError::Checksum { .. })) => {
                broken = broken.or(Some(error));
            }
            _ => {}
        }
    }
    if let Some((second, page_size)) = own {
        return Ok(Found {
            both: [first, second],
            page_size: Some(page_size),
        });
    }
    let mut second = Err(MetaError::NotFound);
    let has_magic = !matches!(first, Err(MetaError::Magic(_) | MetaError::Short(_)));
    match (has_magic, broken) {
        (_, Some(error)) => second = Err(error),
        (true, None) => {
            if let Some((page_size, _)) = Meta::claimed_page_size(&first_page) {
                second = Meta::read(&head(u64::from(page_size))?);
            }
        }
        (false, None) => {
            let head = windows.get(0, size.min(LooksLike::HEAD_LEN))?;
            return Err(Error::NotBbolt {
                looks_like: LooksLike::guess(&head),
                size,
            });
        }
    }
    // A good one here names another size than that of its place: it is as good as any word.
    let page_size = second.as_ref().ok().map(|meta| meta.page_size);
    Ok(Found {
        both: [first, second],
        page_size,
    })
}
