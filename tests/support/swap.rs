//! A little-endian bbolt file as a big-endian machine would have written it.

use std::ops::Range;
use std::rc::Rc;

use revscope::bbolt::{Db, PageUse, Pgid, fnv1a};

const HEADER: usize = 16;
const ELEMENT: usize = 16;

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let mut all = [0; 8];
    all[..width].copy_from_slice(&bytes[at..at + width]);
    u64::from_le_bytes(all)
}

fn swap(bytes: &mut [u8], at: usize, widths: &[usize]) {
    let mut at = at;
    for width in widths {
        bytes[at..at + width].reverse();
        at += width;
    }
}

/// The same file with every number of the format turned round, unused pages included; keys and
/// values stay as they are.
pub fn big_endian(good: &[u8]) -> Vec<u8> {
    let db = Db::open(Rc::new(good.to_vec())).unwrap();
    let (map, _) = db.page_map();
    let len = db.page_size() as usize;
    let mut bytes = good.to_vec();
    for entry in map.pages() {
        let at = entry.page.0 as usize * len;
        let header = db.raw_header(entry.page).unwrap();
        let end = at + (header.overflow as usize + 1) * len;
        match entry.usage {
            PageUse::Meta => {
                swap(&mut bytes, at, &[8, 2, 2, 4]);
                swap(&mut bytes, at + HEADER, &[4, 4, 4, 4, 8, 8, 8, 8, 8]);
                let sum = fnv1a(&bytes[at + 16..at + 72]);
                bytes[at + 72..at + 80].copy_from_slice(&sum.to_be_bytes());
            }
            PageUse::Freelist if header.flags == 0x10 && header.id == entry.page => {
                let large = header.count == u16::MAX;
                let count = match large {
                    true => number(&bytes, at + HEADER, 8) as usize + 1,
                    false => header.count.into(),
                };
                swap(&mut bytes, at, &[8, 2, 2, 4]);
                swap(&mut bytes, at + HEADER, &vec![8; count]);
            }
            PageUse::Branch | PageUse::Leaf => tree_page(&mut bytes, at..end),
            PageUse::Free(_) if header.id == entry.page && end <= good.len() => {
                let after = entry.page.0 + 1..=entry.page.0 + u64::from(header.overflow);
                let is_free = |page| {
                    map.get(Pgid(page))
                        .is_some_and(|entry| matches!(entry.usage, PageUse::Free(_)))
                };
                if after.clone().all(is_free) {
                    tree_page(&mut bytes, at..end);
                }
            }
            _ => {}
        }
    }
    bytes
}

fn tree_page(bytes: &mut [u8], page: Range<usize>) {
    let at = page.start;
    let (flags, count) = (number(bytes, at + 8, 2), number(bytes, at + 10, 2) as usize);
    swap(bytes, at, &[8, 2, 2, 4]);
    for element in (0..count).map(|index| at + HEADER + ELEMENT * index) {
        match flags {
            1 => swap(bytes, element, &[4, 4, 8]),
            2 => {
                let [is_bucket, pos, ksize, vsize] =
                    [0, 4, 8, 12].map(|field| number(bytes, element + field, 4) as usize);
                swap(bytes, element, &[4, 4, 4, 4]);
                let value = element + pos + ksize;
                if is_bucket == 0 || value + vsize > page.end {
                    continue;
                }
                let inline = number(bytes, value, 8) == 0;
                swap(bytes, value, &[8, 8]);
                if inline {
                    tree_page(bytes, value + 16..value + vsize);
                }
            }
            _ => {}
        }
    }
}
