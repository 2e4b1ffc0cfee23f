//! The list of free pages, where a file keeps one.
//!
//! ```text
//! count < 0xFFFF    header | pgid 8 | pgid 8 | ...
//! count = 0xFFFF    header | n 8    | pgid 8 | ...   n of them
//! ```
//!
//! It serves writers only: a file whose list is broken reads as well as any other.

use super::page::{HEADER_LEN, PageHeader, PageKind};
use super::problem::{Damage, Place, Problem};
use super::{Db, Pgid};
use crate::bytes::{ByteOrder, Cursor, Piece};

/// The freelist of a file, as far as it can be read.
#[derive(Clone, Debug)]
pub struct Freelist {
    /// Its first page.
    pub page: Pgid,
    /// Its pages, continuation pages included.
    pub pages: u64,
    /// Whether there is a list at all; without one, free is what no bucket leads to.
    pub readable: bool,
    /// Number of entries.
    pub count: u64,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    entries: Piece,
    order: ByteOrder,
}

impl Freelist {
    /// The free pages, as listed.
    pub fn ids(&self) -> impl Iterator<Item = Pgid> + '_ {
        let mut cursor = Cursor::new(&self.entries);
        std::iter::from_fn(move || cursor.u64("freelist.id", self.order).ok().map(Pgid))
    }

    pub(super) fn read(db: &Db, page: Pgid) -> Self {
        let place = Place::Page(page);
        let mut list = Self {
            page,
            pages: 0,
            readable: false,
            count: 0,
            problems: Vec::new(),
            entries: Vec::new().into(),
            order: db.byte_order(),
        };
        let from = Place::Meta(db.metas().active);
        let Some(header) = db.header(page, from, &mut list.problems) else {
            return list;
        };
        if header.kind() != Some(PageKind::Freelist) {
            list.problems.push(place.problem(match header.kind() {
                Some(found) => Damage::Kind {
                    found,
                    wanted: "freelist",
                },
                None => Damage::Flags(header.flags),
            }));
            return list;
        }
        // No list is longer than the file has pages, whatever the header says.
        let most = 8 * (db.pages_in_file() + 3) / db.page_size();
        let header = PageHeader {
            overflow: header.overflow.min(u32::try_from(most).unwrap_or(u32::MAX)),
            ..header
        };
        let room = u64::from(header.overflow);
        let Some(bytes) = db.body(page, &header, room, &mut list.problems) else {
            return list;
        };
        let mut cursor = Cursor::at(&bytes, HEADER_LEN as usize);
        let mut count = u64::from(header.count);
        if header.count == u16::MAX {
            count = cursor.u64("freelist.count", list.order).unwrap_or(0);
        }
        let room = cursor.rest().len() as u64 / 8;
        if count > room {
            let damage = Damage::FreelistCount { count, room };
            list.problems.push(place.problem(damage));
            return list;
        }
        list.readable = true;
        list.pages = (bytes.len() as u64).div_ceil(db.page_size());
        let start = cursor.offset();
        let end = start.saturating_add(usize::try_from(count * 8).unwrap_or(0));
        list.count = count;
        if let Some(entries) = bytes.slice(start..end) {
            list.entries = entries;
        }
        let allocated = 2..db.meta().high_water_mark.0;
        let mut wrong = None;
        for id in list.ids().filter(|id| !allocated.contains(&id.0)) {
            let (count, _) = wrong.get_or_insert((0, id));
            *count += 1;
        }
        if let Some((count, first)) = wrong {
            let damage = Damage::FreelistEntries { count, first };
            list.problems.push(place.problem(damage));
        }
        let own = page.0..page.0.saturating_add(list.pages);
        let itself = list.ids().find(|id| own.contains(&id.0));
        if let Some(page) = itself {
            let damage = Damage::FreelistItself(page);
            list.problems.push(place.problem(damage));
        }
        list
    }
}
