//! Files that are mostly zeros: of any length, at no cost.

use revscope::bbolt::fnv1a;
use revscope::bytes::{ReadAt, ReadError};

/// A source with bytes at some places and zeros elsewhere. Later parts lie over earlier ones.
#[derive(Clone, Default)]
pub struct Sparse {
    pub size: u64,
    pub parts: Vec<(u64, Vec<u8>)>,
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        if offset.checked_add(len).is_none_or(|end| end > self.size) {
            let size = self.size;
            return Err(ReadError::PastEnd { offset, len, size });
        }
        buf.fill(0);
        for (start, part) in &self.parts {
            let from = offset.max(*start);
            let to = (offset + len).min(start + part.len() as u64);
            if from < to {
                let source = &part[(from - start) as usize..(to - start) as usize];
                buf[(from - offset) as usize..(to - offset) as usize].copy_from_slice(source);
            }
        }
        Ok(())
    }
}

/// The numbers of a meta.
#[derive(Clone, Copy)]
pub struct Meta {
    pub page_size: u32,
    pub root: u64,
    pub freelist: u64,
    pub high_water_mark: u64,
    pub txid: u64,
}

/// A page's header.
pub fn header(id: u64, flags: u16, count: u16, overflow: u32) -> Vec<u8> {
    let mut page = id.to_le_bytes().to_vec();
    page.extend(flags.to_le_bytes());
    page.extend(count.to_le_bytes());
    page.extend(overflow.to_le_bytes());
    page
}

/// A meta page, sealed.
pub fn meta(id: u64, meta: Meta) -> Vec<u8> {
    let mut page = header(id, 4, 0, 0);
    for word in [0xED0C_DAED, 2, meta.page_size, 0] {
        page.extend(u32::to_le_bytes(word));
    }
    let words = [meta.root, 0, meta.freelist, meta.high_water_mark, meta.txid];
    page.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    page.extend(fnv1a(&page[16..72]).to_le_bytes());
    page
}

/// A leaf page: flags, key and value of each item.
pub fn leaf(id: u64, items: &[(u32, &[u8], &[u8])]) -> Vec<u8> {
    let mut page = header(id, 2, items.len() as u16, 0);
    let mut data = Vec::new();
    for (index, (flags, key, value)) in items.iter().enumerate() {
        let pos = 16 * (items.len() - index) + data.len();
        for word in [*flags, pos as u32, key.len() as u32, value.len() as u32] {
            page.extend(word.to_le_bytes());
        }
        data.extend([*key, *value].concat());
    }
    page.extend(data);
    page
}

/// Four pages: two metas, an empty freelist, a root with an inline bucket `b` of one item.
pub fn tiny(page_size: u32) -> Sparse {
    let numbers = Meta {
        page_size,
        root: 3,
        freelist: 2,
        high_water_mark: 4,
        txid: 6,
    };
    let mut bucket = vec![0; 16];
    bucket.extend(leaf(0, &[(0, b"key", b"value")]));
    let pages = [
        meta(0, numbers),
        meta(1, Meta { txid: 5, ..numbers }),
        header(2, 16, 0, 0),
        leaf(3, &[(1, b"b", &bucket)]),
    ];
    let places = (0..).map(|page: u64| page * u64::from(page_size));
    Sparse {
        size: 4 * u64::from(page_size),
        parts: places.zip(pages).collect(),
    }
}
