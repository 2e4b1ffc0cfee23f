//! Writing bbolt: a database in memory whose pages are the real ones, byte for byte.
//!
//! Start from [`Image`]: [`Image::begin`] gives a [`Tx`], its [`Tx::commit`] writes new copies of
//! the changed pages beside the old ones and tells what it did as a value, a [`Commit`]. An image
//! is a [`crate::bytes::ReadAt`], so that the reader of this crate opens it like any file, and its
//! clone shares all pages: keeping the images before and after a commit costs next to nothing.
//!
//! ```text
//! before   meta 0 (T=6)    meta 1 (T=5)     root 3   branch 8   leaf 5   free 4, 7, 9
//! put      leaf 5 -> 4,    branch 8 -> 7,   root 3 -> 9
//! after    meta 0 (T=6)    meta 1 (T=7)     root 9   branch 7   leaf 4   pending 3, 5, 8
//! ```
//!
//! Pages freed by a transaction wait ("pending") until the next one begins: the other meta still
//! leads to them. What is written where follows bbolt 1.3 (`node.go`, `bucket.go`, `tx.go`,
//! `freelist.go`); where bbolt leaves an order to chance (Go's maps, the hash map freelist) this
//! takes the lowest page and the smallest name, so that the same calls give the same file.
//!
//! Not here: reading files that cannot be trusted (the modules above), what etcd keeps in which
//! bucket (`backend`).

mod balance;
mod commit;
mod copy;
mod error;
mod free;
mod image;
mod items;
mod page;
mod shape;
mod spill;
mod tree;
mod tx;

pub use commit::{Commit, Written};
pub use copy::{Defrag, Value};
pub use error::Error;
pub use image::{Growth, Image, Options};
pub use items::{Items, TxItem};
pub use shape::{Placed, Shape, Usage};
pub use tx::{BucketId, Tx};
