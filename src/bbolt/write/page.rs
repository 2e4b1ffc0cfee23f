//! Pages as bytes: what a writer puts on them, and how it reads them back.
//!
//! ```text
//! header 16 | element 16 | element 16 | ... | key value | key value | ...
//! ```
//!
//! The pictures of header, elements and metas are in the reader's modules.

use crate::bbolt::fnv1a;
use crate::bbolt::meta::{MAGIC, VERSION};
use crate::bbolt::page::{BUCKET_FLAG, PageKind};
use crate::bbolt::{Pgid, Txid};
use crate::bytes::{Cursor, Piece};

/// In a meta: the freelist is not kept in the file.
const NO_FREELIST: u64 = u64::MAX;
/// Bytes of a page's header and of one element.
pub(super) const HEADER_LEN: u64 = 16;
pub(super) const ELEMENT_LEN: u64 = 16;
/// Bytes of a bucket's header: root and sequence.
pub(super) const BUCKET_HEADER_LEN: usize = 16;

/// One entry of a node: a key with a value, a bucket or a child page.
#[derive(Clone, Debug)]
pub(super) struct Inode {
    pub(super) is_bucket: bool,
    pub(super) child: u64,
    pub(super) key: Piece,
    pub(super) value: Piece,
    /// Bytes behind `value` that count and are not kept: they are zero where they are written.
    pub(super) hollow: u64,
}

impl Inode {
    /// Bytes that it takes on a page.
    pub(super) fn size(&self) -> u64 {
        ELEMENT_LEN + self.key.len() as u64 + self.value_len()
    }

    fn value_len(&self) -> u64 {
        self.value.len() as u64 + self.hollow
    }
}

/// Bytes that a node takes on its page or pages.
pub(super) fn node_size(inodes: &[Inode]) -> u64 {
    HEADER_LEN + inodes.iter().map(Inode::size).sum::<u64>()
}

/// A branch or leaf page of the image, or the page inside an inline bucket, to read from.
#[derive(Clone, Debug)]
pub(super) struct View {
    bytes: Piece,
    pub(super) is_leaf: bool,
    pub(super) count: usize,
    /// Written by [`push_hollow_leaf`].
    is_hollow: bool,
}

impl View {
    /// `None` if the bytes are no branch and no leaf.
    pub(super) fn new(bytes: Piece) -> Option<Self> {
        let mut cursor = Cursor::at(&bytes, 8);
        let flags = cursor.u16_le("page.flags").ok()?;
        let count = cursor.u16_le("page.count").ok()?;
        let is_leaf = match flags {
            0x01 => false,
            0x02 => true,
            _ => return None,
        };
        Some(Self {
            bytes,
            is_leaf,
            count: usize::from(count),
            is_hollow: false,
        })
    }

    /// The same of a page in an image that keeps lengths alone.
    pub(super) fn hollow(bytes: Piece) -> Option<Self> {
        let mut view = Self::new(bytes)?;
        view.is_hollow = view.is_leaf;
        Some(view)
    }

    fn element(&self, index: usize) -> Option<(u32, usize, usize, u64)> {
        let at = HEADER_LEN as usize + index.checked_mul(ELEMENT_LEN as usize)?;
        let mut cursor = Cursor::at(&self.bytes, at);
        let mut word = || cursor.u32_le("element").ok();
        let (flags, pos, ksize, last);
        if self.is_leaf {
            (flags, pos, ksize) = (word()?, word()?, word()?);
            last = u64::from(word()?);
        } else {
            (flags, pos, ksize) = (0, word()?, word()?);
            last = cursor.u64_le("child").ok()?;
        }
        let start = at.checked_add(usize::try_from(pos).ok()?)?;
        Some((flags, start, usize::try_from(ksize).ok()?, last))
    }

    /// Key of an entry; empty if there is none.
    pub(super) fn key(&self, index: usize) -> &[u8] {
        let range = self
            .element(index)
            .and_then(|(_, start, len, _)| Some(start..start.checked_add(len)?));
        range
            .and_then(|range| self.bytes.get(range))
            .unwrap_or_default()
    }

    /// Child of an entry of a branch.
    pub(super) fn child(&self, index: usize) -> Option<u64> {
        self.element(index).map(|(_, _, _, child)| child)
    }

    /// An entry, sharing the page's memory.
    pub(super) fn inode(&self, index: usize) -> Option<Inode> {
        let (flags, start, ksize, last) = self.element(index)?;
        let end = start.checked_add(ksize)?;
        let vsize = if self.is_leaf {
            usize::try_from(last).ok()?
        } else {
            0
        };
        let is_bucket = flags & BUCKET_FLAG != 0;
        let value = self.bytes.slice(end..end.checked_add(vsize)?)?;
        let (value, hollow) = match self.is_hollow && !is_bucket {
            true => (
                Piece::from(Vec::new()),
                Cursor::new(&value).u64_le("length").ok()?,
            ),
            false => (value, 0),
        };
        Some(Inode {
            is_bucket,
            child: if self.is_leaf { 0 } else { last },
            key: self.bytes.slice(start..end)?,
            value,
            hollow,
        })
    }
}

/// Appends a page of a tree, without what fills it up to its size.
pub(super) fn push_node(out: &mut Vec<u8>, pgid: u64, overflow: u32, leaf: bool, inodes: &[Inode]) {
    push_header(
        out,
        pgid,
        if leaf {
            PageKind::Leaf
        } else {
            PageKind::Branch
        },
        // A node is split long before it has this many entries.
        u16::try_from(inodes.len()).unwrap_or(u16::MAX),
        overflow,
    );
    let mut data = ELEMENT_LEN * inodes.len() as u64;
    for inode in inodes {
        // Below 2^32: a node has four large entries at most.
        let pos = (data as u32).to_le_bytes();
        let ksize = (inode.key.len() as u32).to_le_bytes();
        if leaf {
            let flags = if inode.is_bucket { BUCKET_FLAG } else { 0 };
            out.extend(flags.to_le_bytes());
            out.extend(pos);
            out.extend(ksize);
            out.extend((inode.value_len() as u32).to_le_bytes());
        } else {
            out.extend(pos);
            out.extend(ksize);
            out.extend(inode.child.to_le_bytes());
        }
        data = data + inode.size() - 2 * ELEMENT_LEN;
    }
    for inode in inodes {
        out.extend_from_slice(&inode.key);
        out.extend_from_slice(&inode.value);
        out.resize(out.len() + inode.hollow as usize, 0);
    }
}

/// Appends a leaf with the lengths of its values in the place of the values.
pub(super) fn push_hollow_leaf(out: &mut Vec<u8>, pgid: u64, inodes: &[Inode]) {
    let hollow = inodes.iter().map(|inode| Inode {
        value: match inode.is_bucket {
            true => inode.value.clone(),
            false => Piece::from(inode.value_len().to_le_bytes().to_vec()),
        },
        hollow: 0,
        ..inode.clone()
    });
    push_node(out, pgid, 0, true, &hollow.collect::<Vec<_>>());
}

/// Appends a page's header.
pub(super) fn push_header(out: &mut Vec<u8>, pgid: u64, kind: PageKind, count: u16, overflow: u32) {
    let flags: u16 = match kind {
        PageKind::Branch => 0x01,
        PageKind::Leaf => 0x02,
        PageKind::Meta => 0x04,
        PageKind::Freelist => 0x10,
    };
    out.extend(pgid.to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(overflow.to_le_bytes());
}

/// What a meta says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MetaFields {
    pub(super) root: u64,
    pub(super) sequence: u64,
    pub(super) freelist: Option<Pgid>,
    pub(super) high_water_mark: u64,
    pub(super) txid: Txid,
}

impl MetaFields {
    /// The whole page, as page 0 or 1.
    pub(super) fn page(&self, pgid: u64, page_size: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(page_size as usize);
        push_header(&mut out, pgid, PageKind::Meta, 0, 0);
        out.extend(MAGIC.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend(page_size.to_le_bytes());
        out.extend(0u32.to_le_bytes());
        out.extend(self.root.to_le_bytes());
        out.extend(self.sequence.to_le_bytes());
        let freelist = self.freelist.map_or(NO_FREELIST, |page| page.0);
        out.extend(freelist.to_le_bytes());
        out.extend(self.high_water_mark.to_le_bytes());
        out.extend(self.txid.0.to_le_bytes());
        let checksum = fnv1a(Cursor::at(&out, HEADER_LEN as usize).rest());
        out.extend(checksum.to_le_bytes());
        out.resize(page_size as usize, 0);
        out
    }
}
