//! The two meta pages, and which of them counts.
//!
//! ```text
//! 16 magic 4 | version 4 | page size 4 | flags 4
//! 32 root pgid 8         | root sequence 8
//! 48 freelist pgid 8     | high-water mark 8
//! 64 txid 8              | FNV-1a 64 of bytes 16..64+8 8
//! ```
//!
//! A writer alternates between the two, so that one is always whole: after a crash the other is
//! the last good state (`internal/common/meta.go`, `db.go` of bbolt).

use super::{Pgid, Txid};
use crate::bytes::{ByteOrder, Cursor, Short};

/// First field of a meta, as a little-endian number.
pub(super) const MAGIC: u32 = 0xED0C_DAED;
/// The format version that this reads, and the only one there is.
pub(super) const VERSION: u32 = 2;
/// Bytes from the start of the page to the end of the checksum.
pub(super) const META_END: u64 = 80;
/// A freelist that is not kept on disk.
const NO_FREELIST: u64 = u64::MAX;

/// One meta page: the root of everything as one transaction left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Bytes of a page.
    pub page_size: u32,
    /// Unused by bbolt; its surgery tool may set it.
    pub flags: u32,
    /// Root page of the bucket that holds the top-level buckets.
    pub root: Pgid,
    /// Sequence number of that bucket; etcd does not use it.
    pub sequence: u64,
    /// First page of the freelist; `None` where it is not kept on disk, as etcd does on Linux.
    pub freelist: Option<Pgid>,
    /// First page that was never allocated: pages from here on mean nothing.
    pub high_water_mark: Pgid,
    /// The transaction that wrote this meta.
    pub txid: Txid,
    /// The stored checksum, which was found right.
    pub checksum: u64,
    /// Which byte of its numbers, and of all numbers of the file, comes first: the magic number
    /// tells.
    pub order: ByteOrder,
}

/// Why a meta page cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetaError {
    /// The file ends before the meta does.
    #[error("the file ends inside it: {0}")]
    Short(#[from] Short),
    /// The magic number is another one.
    #[error("magic is {0:#010x}, expected 0xed0cdaed")]
    Magic(u32),
    /// A format version that bbolt does not have.
    #[error("format version is {0}, expected 2")]
    Version(u32),
    /// The checksum does not fit the bytes.
    #[error("checksum is {stored:016x}, but its bytes give {computed:016x}")]
    Checksum {
        /// The checksum on the page.
        stored: u64,
        /// The checksum of what is on the page.
        computed: u64,
    },
    /// A page size that no file can have.
    #[error("page size is {0}, expected a power of two from 512 to 16 MiB")]
    PageSize(u32),
    /// The first meta is unusable and no second one lies at any page size.
    #[error("no meta at any page size from 1 KiB to 16 MiB")]
    NotFound,
}

impl Meta {
    /// Reads and checks a meta from the bytes of its page, in bbolt's order: magic, version,
    /// checksum.
    pub fn read(page: &[u8]) -> Result<Self, MetaError> {
        let order = order_of(page).unwrap_or_default();
        let mut cursor = Cursor::at(page, 16);
        let magic = cursor.u32_le("meta.magic")?;
        if ![MAGIC, MAGIC.swap_bytes()].contains(&magic) {
            return Err(MetaError::Magic(magic));
        }
        let version = cursor.u32("meta.version", order)?;
        let page_size = cursor.u32("meta.pageSize", order)?;
        let flags = cursor.u32("meta.flags", order)?;
        let root = Pgid(cursor.u64("meta.root.pgid", order)?);
        let sequence = cursor.u64("meta.root.sequence", order)?;
        let freelist = cursor.u64("meta.freelist", order)?;
        let high_water_mark = Pgid(cursor.u64("meta.pgid", order)?);
        let txid = Txid(cursor.u64("meta.txid", order)?);
        let covered = Cursor::at(page, 16).take("meta", 56)?;
        let checksum = cursor.u64("meta.checksum", order)?;
        if version != VERSION {
            return Err(MetaError::Version(version));
        }
        let computed = fnv1a(covered);
        if checksum != computed {
            return Err(MetaError::Checksum {
                stored: checksum,
                computed,
            });
        }
        if !is_page_size(page_size) {
            return Err(MetaError::PageSize(page_size));
        }
        Ok(Self {
            page_size,
            flags,
            root,
            sequence,
            freelist: (freelist != NO_FREELIST).then_some(Pgid(freelist)),
            high_water_mark,
            txid,
            checksum,
            order,
        })
    }

    /// What a damaged meta says, true or not.
    pub(super) fn claimed(page: &[u8]) -> Option<Self> {
        let (page_size, order) = Self::claimed_page_size(page)?;
        let mut cursor = Cursor::at(page, 28);
        let flags = cursor.u32("meta.flags", order).ok()?;
        let root = Pgid(cursor.u64("meta.root.pgid", order).ok()?);
        let sequence = cursor.u64("meta.root.sequence", order).ok()?;
        cursor.u64("meta.freelist", order).ok()?;
        let high_water_mark = Pgid(cursor.u64("meta.pgid", order).ok()?);
        let txid = Txid(cursor.u64("meta.txid", order).ok()?);
        let checksum = cursor.u64("meta.checksum", order).ok()?;
        Some(Self {
            page_size,
            flags,
            root,
            sequence,
            freelist: None,
            high_water_mark,
            txid,
            checksum,
            order,
        })
    }

    /// Whether a page that may be cut has the magic number of a meta.
    pub(super) fn has_magic(page: &[u8]) -> bool {
        order_of(page).is_some()
    }

    /// The page size that a broken meta still claims, if it is one, and the order of its bytes.
    pub(super) fn claimed_page_size(page: &[u8]) -> Option<(u32, ByteOrder)> {
        let claimed = |order| {
            let size = Cursor::at(page, 24).u32("meta.pageSize", order).ok()?;
            is_page_size(size).then_some((size, order))
        };
        match order_of(page) {
            Some(order) => claimed(order),
            None => claimed(ByteOrder::Little).or_else(|| claimed(ByteOrder::Big)),
        }
    }
}

/// What the magic number tells of the order of bytes.
fn order_of(page: &[u8]) -> Option<ByteOrder> {
    match Cursor::at(page, 16).u32_le("meta.magic").ok()? {
        MAGIC => Some(ByteOrder::Little),
        magic if magic == MAGIC.swap_bytes() => Some(ByteOrder::Big),
        _ => None,
    }
}

pub(super) fn is_page_size(size: u32) -> bool {
    size.is_power_of_two() && (512..=16 << 20).contains(&size)
}

/// FNV-1a with 64 bits, the checksum of a meta.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Both metas, and why one of them counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metas {
    /// Meta 0 and meta 1, or why they cannot be used.
    pub both: [Result<Meta, MetaError>; 2],
    /// Which one counts: 0 or 1.
    pub active: u8,
    /// Why that one.
    pub why: Why,
}

/// Why one meta counts and the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Both are good; it has the higher transaction number.
    Newer,
    /// Both are good with the same transaction number; meta 0 goes first.
    First,
    /// The other one is damaged.
    OtherDamaged,
    /// Whoever opened the file chose it.
    Chosen,
    /// Both are damaged; what can be read was found by page headers.
    Salvaged,
}

impl Metas {
    /// Chooses as bbolt does (`db.meta`): the higher transaction number, if its meta is good.
    /// Gives the two errors back when neither is.
    pub(super) fn choose(
        both: [Result<Meta, MetaError>; 2],
    ) -> Result<(Self, Meta), [MetaError; 2]> {
        let (active, why, meta) = match &both {
            [Ok(first), Ok(second)] if second.txid > first.txid => (1, Why::Newer, second.clone()),
            [Ok(first), Ok(second)] if second.txid < first.txid => (0, Why::Newer, first.clone()),
            [Ok(first), Ok(_)] => (0, Why::First, first.clone()),
            [Ok(first), Err(_)] => (0, Why::OtherDamaged, first.clone()),
            [Err(_), Ok(second)] => (1, Why::OtherDamaged, second.clone()),
            [Err(first), Err(second)] => return Err([first.clone(), second.clone()]),
        };
        Ok((Self { both, active, why }, meta))
    }

    /// Takes the meta that somebody chose; gives its error back if it cannot be used.
    pub(super) fn choose_by_hand(
        both: [Result<Meta, MetaError>; 2],
        index: u8,
    ) -> Result<(Self, Meta), MetaError> {
        let meta = match both.get(usize::from(index)) {
            Some(meta) => meta.clone()?,
            None => return Err(MetaError::NotFound),
        };
        let (active, why) = (index, Why::Chosen);
        Ok((Self { both, active, why }, meta))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first 80 bytes of a real etcd snapshot.
    const PAGE: [u8; 80] = [
        0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0xed, 0xda, 0x0c, 0xed, 2, 0, 0, 0, 0,
        0x10, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0, 0, 0, 0, 0, 0xbf,
        0xa6, 0x99, 0x58, 0xb1, 0x60, 0xc3, 0x69,
    ];

    fn meta(txid: u64) -> Meta {
        Meta {
            txid: Txid(txid),
            ..Meta::read(&PAGE).unwrap()
        }
    }

    #[test]
    fn reads_a_real_meta() {
        let meta = Meta::read(&PAGE).unwrap();
        assert_eq!(
            (meta.page_size, meta.root, meta.freelist),
            (4096, Pgid(6), None)
        );
        assert_eq!((meta.high_water_mark, meta.txid), (Pgid(7), Txid(29)));
    }

    #[test]
    fn every_bit_counts() {
        for at in 16..80 {
            for bit in 0..8 {
                let mut page = PAGE;
                page[at] ^= 1 << bit;
                let error = Meta::read(&page).unwrap_err();
                match at {
                    16..20 => assert!(matches!(error, MetaError::Magic(_)), "{error}"),
                    20..24 => assert!(matches!(error, MetaError::Version(_)), "{error}"),
                    _ => assert!(matches!(error, MetaError::Checksum { .. }), "{error}"),
                }
            }
        }
        for len in 0..80 {
            assert!(matches!(Meta::read(&PAGE[..len]), Err(MetaError::Short(_))));
        }
    }

    #[test]
    fn the_newer_good_meta_counts() {
        let bad = || Err(MetaError::Version(3));
        let check = |both, active, why| {
            let (metas, _) = Metas::choose(both).unwrap();
            assert_eq!((metas.active, metas.why), (active, why));
        };
        check([Ok(meta(4)), Ok(meta(5))], 1, Why::Newer);
        check([Ok(meta(6)), Ok(meta(5))], 0, Why::Newer);
        check([Ok(meta(5)), Ok(meta(5))], 0, Why::First);
        check([bad(), Ok(meta(5))], 1, Why::OtherDamaged);
        check([Ok(meta(5)), bad()], 0, Why::OtherDamaged);
        assert!(Metas::choose([bad(), bad()]).is_err());
    }
}
