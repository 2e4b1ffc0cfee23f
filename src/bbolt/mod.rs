//! The bbolt file format, read only (but for [`write`]): pages, the two metas, the tree, buckets.
//!
//! Knows nothing of etcd. Start from [`Db::open`]; walk a bucket leaf by leaf with [`LeafWalk`];
//! read one item with [`Db::item`].
//!
//! ```text
//! page 0   1     2     3            4            5 ...             high-water mark
//! | meta | meta | leaf | branch ... | leaf ------+ overflow |  free  |        |  room at the end
//!    \______\________^ root
//! ```
//!
//! **Damage is data.** Nothing here fails because a page is broken: a walk gives a [`Problem`]
//! that names the page and the element, and goes on with the siblings. Only a file of which
//! nothing can be read is an [`Error`].
//!
//! The format is that of bbolt 1.3 to 1.5 (format version 2), as in `internal/common/page.go`,
//! `meta.go`, `bucket.go` of etcd-io/bbolt.

mod bits;
mod bucket;
mod check;
mod db;
mod find_metas;
mod freelist;
mod looks;
mod map;
mod map_mark;
mod map_walk;
mod meta;
mod opening;
mod orphans;
mod page;
mod parts;
mod portion;
mod problem;
mod salvage;
mod salvage_root;
mod salvage_search;
mod walk;
pub mod write;

use std::fmt;

pub use bucket::{Bucket, BucketList, Item};
pub use check::{Finding, KeyOrder, Slip, type_name};
pub use db::{Db, MAX_DEPTH, MAX_PAGE_LEN, Node, Options};
pub use freelist::Freelist;
pub use looks::LooksLike;
pub use map::{BucketId, FreePage, FreeReason, MapEntry, MappedBucket, PageMap, PageUse, Reuse};
pub use map_walk::MapWalk;
pub use meta::{Meta, MetaError, Metas, Why, fnv1a};
pub use opening::Opening;
pub use page::{BranchPage, LeafElement, LeafPage, PageHeader, PageKind};
pub use parts::{ElementAt, element_at, element_parts, page_parts};
pub use portion::Portion;
pub use problem::{Damage, Error, Place, Problem};
pub use walk::{LeafWalk, Order, Progress};

/// Number of a page; page `n` starts at byte `n * page size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pgid(pub u64);

impl fmt::Display for Pgid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of the transaction that wrote a meta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Txid(pub u64);

impl fmt::Display for Txid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
