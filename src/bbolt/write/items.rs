//! [`Items`]: a bucket in key order, as a transaction sees it.

use super::page::Inode;
use super::tree::At;
use super::tx::{BucketId, Tx};
use super::{Error, tx};
use crate::bbolt::{MAX_DEPTH, Pgid};
use crate::bytes::Piece;

/// A key with its value, or the name of a bucket.
#[derive(Clone, Debug)]
pub struct TxItem {
    /// The key or the name.
    pub key: Piece,
    /// The value; the bucket's header.
    pub value: Piece,
    /// Whether it is a bucket.
    pub is_bucket: bool,
}

impl From<Inode> for TxItem {
    fn from(inode: Inode) -> Self {
        Self {
            key: inode.key,
            value: inode.value,
            is_bucket: inode.is_bucket,
        }
    }
}

/// Walks a bucket from its first key to its last.
#[derive(Debug)]
pub struct Items<'t> {
    tx: &'t Tx<'t>,
    bucket: BucketId,
    /// Pages on the way, and the entry that comes next on each.
    stack: Vec<(At, usize)>,
}

impl<'t> Items<'t> {
    pub(super) fn new(tx: &'t Tx<'_>, bucket: tx::BucketId) -> Result<Self, Error> {
        let root = tx.at(bucket, tx.state(bucket).root)?;
        Ok(Self {
            tx,
            bucket,
            stack: vec![(root, 0)],
        })
    }

    /// Starts at the first key that is not below `key`.
    pub(super) fn starting_at(tx: &'t Tx<'_>, bucket: BucketId, key: &[u8]) -> Result<Self, Error> {
        let way = tx.descend(bucket, key)?;
        let mut stack = Vec::new();
        let mut pgid = tx.state(bucket).root;
        for step in way.steps {
            let at = tx.at(bucket, pgid)?;
            pgid = tx.child(&at, step).ok_or(Error::Broken(Pgid(pgid)))?;
            stack.push((at, step + 1));
        }
        stack.push((way.leaf, way.index));
        Ok(Self { tx, bucket, stack })
    }
}

impl Iterator for Items<'_> {
    type Item = Result<TxItem, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (at, next) = self.stack.last_mut()?;
            let index = *next;
            *next += 1;
            if index >= self.tx.count(at) {
                self.stack.pop();
                continue;
            }
            if self.tx.is_leaf(at) {
                return self.tx.inode(at, index).map(|inode| Ok(inode.into()));
            }
            let child = self.tx.child(at, index)?;
            if self.stack.len() > MAX_DEPTH {
                self.stack.clear();
                return Some(Err(Error::Broken(Pgid(child))));
            }
            match self.tx.at(self.bucket, child) {
                Ok(at) => self.stack.push((at, 0)),
                Err(error) => {
                    self.stack.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
