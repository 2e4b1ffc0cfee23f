//! [`Tx`]: what can be done in a transaction.

use super::error::{MAX_KEY_LEN, MAX_VALUE_LEN};
use super::page::{Inode, MetaFields};
use super::spill::Spilled;
use super::tree::{BucketState, Node, NodeId};
use super::{Error, Image, Items, TxItem};
use crate::bbolt::{MAX_DEPTH, Pgid, Txid};
use crate::bytes::Piece;

/// A bucket that was opened in a transaction; of no use in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketId(pub(super) u32);

/// A transaction that writes. Nothing of it is in the image before [`Tx::commit`].
#[derive(Debug)]
pub struct Tx<'a> {
    pub(super) image: &'a mut Image,
    /// What the new meta will say.
    pub(super) meta: MetaFields,
    pub(super) nodes: Vec<Node>,
    pub(super) buckets: Vec<BucketState>,
    /// Runs of pages that this transaction frees.
    pub(super) freed: Vec<(u64, u64)>,
    /// Runs of free pages that it took.
    pub(super) reused: Vec<(u64, u64)>,
    /// Runs that became free as it began.
    pub(super) released: Vec<(u64, u64)>,
    pub(super) spilled: Vec<Spilled>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(image: &'a mut Image) -> Self {
        let released = image.free.release();
        let mut meta = image.meta();
        meta.txid = Txid(meta.txid.0 + 1);
        let root = BucketState::new(meta.root, meta.sequence, None);
        Self {
            image,
            meta,
            nodes: Vec::new(),
            buckets: vec![root],
            freed: Vec::new(),
            reused: Vec::new(),
            released,
            spilled: Vec::new(),
        }
    }

    /// Number of this transaction.
    pub fn txid(&self) -> Txid {
        self.meta.txid
    }

    /// The bucket that holds the top-level buckets.
    pub fn root(&self) -> BucketId {
        BucketId(0)
    }

    /// Opens the bucket at a path of names from the top.
    ///
    /// # Errors
    /// `BucketNotFound` where a name is not there, `IncompatibleValue` where it is a key's.
    pub fn bucket(&mut self, path: &[&[u8]]) -> Result<BucketId, Error> {
        let mut id = self.root();
        for name in path {
            id = self.bucket_in(id, name)?;
        }
        Ok(id)
    }

    /// Opens a bucket right inside another.
    ///
    /// # Errors
    /// As [`Tx::bucket`], and `TooDeep`.
    pub fn bucket_in(&mut self, parent: BucketId, name: &[u8]) -> Result<BucketId, Error> {
        self.check(parent)?;
        if let Some(id) = self.state(parent).buckets.get(name) {
            return Ok(*id);
        }
        let way = self.descend(parent, name)?;
        let found = self.inode(&way.leaf, way.index).filter(|_| way.exact);
        let inode = found.ok_or(Error::BucketNotFound)?;
        if !inode.is_bucket {
            return Err(Error::IncompatibleValue);
        }
        let depth = self.state(parent).depth + 1;
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let mut state = BucketState::read(&inode.value).ok_or(Error::Broken(Pgid(0)))?;
        state.parent = Some((parent, name.to_vec()));
        state.depth = depth;
        let id = BucketId(u32::try_from(self.buckets.len()).map_err(|_| Error::TooDeep)?);
        self.buckets.push(state);
        self.state_mut(parent).buckets.insert(name.to_vec(), id);
        Ok(id)
    }

    /// Makes a bucket inside another.
    ///
    /// # Errors
    /// `BucketNameRequired`, `KeyTooLarge`, `BucketExists`, `TooDeep`; `IncompatibleValue` where a
    /// key has the name.
    pub fn create_bucket(&mut self, parent: BucketId, name: &[u8]) -> Result<BucketId, Error> {
        self.check(parent)?;
        if name.is_empty() {
            return Err(Error::BucketNameRequired);
        }
        check_key(name)?;
        if self.state(parent).depth >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let way = self.descend(parent, name)?;
        if let Some(inode) = self.inode(&way.leaf, way.index).filter(|_| way.exact) {
            return Err(match inode.is_bucket {
                true => Error::BucketExists,
                false => Error::IncompatibleValue,
            });
        }
        let leaf = self.take_up(parent, &way)?;
        // An empty bucket: no root, sequence 0, an empty leaf inline.
        let mut value = vec![0; super::page::BUCKET_HEADER_LEN];
        super::page::push_node(&mut value, 0, 0, true, &[]);
        let inode = Inode {
            is_bucket: true,
            child: 0,
            key: Piece::from(name.to_vec()),
            value: value.into(),
            hollow: 0,
        };
        self.node_mut(leaf).put(name, inode);
        self.bucket_in(parent, name)
    }

    /// Opens a bucket, made if it is not there.
    ///
    /// # Errors
    /// As [`Tx::create_bucket`].
    pub fn bucket_or_new(&mut self, parent: BucketId, name: &[u8]) -> Result<BucketId, Error> {
        match self.create_bucket(parent, name) {
            Err(Error::BucketExists) => self.bucket_in(parent, name),
            other => other,
        }
    }

    /// Deletes a bucket with all that is in it.
    ///
    /// # Errors
    /// `BucketNotFound`, `IncompatibleValue`.
    pub fn delete_bucket(&mut self, parent: BucketId, name: &[u8]) -> Result<(), Error> {
        let id = self.bucket_in(parent, name)?;
        let mut inside = Vec::new();
        for item in self.items(id)? {
            let item = item?;
            if item.is_bucket {
                inside.push(item.key);
            }
        }
        // As deep as buckets are nested, which is bounded.
        for name in inside {
            self.delete_bucket(id, &name)?;
        }
        let mut pages = vec![self.state(id).root];
        while let Some(pgid) = pages.pop().filter(|pgid| *pgid > 0) {
            let view = self.image.view(pgid)?;
            if !view.is_leaf {
                pages.extend((0..view.count).filter_map(|index| view.child(index)));
            }
            self.free_page(pgid);
        }
        self.state_mut(id).deleted = true;
        self.state_mut(parent).buckets.remove(name);
        let way = self.descend(parent, name)?;
        let leaf = self.take_up(parent, &way)?;
        self.node_mut(leaf).delete(name);
        Ok(())
    }

    /// Stores a value.
    ///
    /// # Errors
    /// `KeyRequired`, `KeyTooLarge`, `ValueTooLarge`; `IncompatibleValue` where the key is a
    /// bucket's name, and in the bucket of buckets.
    pub fn put(&mut self, bucket: BucketId, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.put_hollow(bucket, key, value, 0)
    }

    /// The same with so many bytes behind the value that only count.
    pub(super) fn put_hollow(
        &mut self,
        bucket: BucketId,
        key: &[u8],
        value: &[u8],
        hollow: u64,
    ) -> Result<(), Error> {
        self.check(bucket)?;
        if key.is_empty() {
            return Err(Error::KeyRequired);
        }
        check_key(key)?;
        let len = (value.len() as u64).saturating_add(hollow);
        if len > MAX_VALUE_LEN {
            return Err(Error::ValueTooLarge { len });
        }
        if bucket == self.root() {
            return Err(Error::IncompatibleValue);
        }
        let way = self.descend(bucket, key)?;
        if let Some(inode) = self.inode(&way.leaf, way.index).filter(|_| way.exact)
            && inode.is_bucket
        {
            return Err(Error::IncompatibleValue);
        }
        let leaf = self.take_up(bucket, &way)?;
        // Key and value share one allocation.
        let all = Piece::from([key, value].concat());
        let inode = Inode {
            is_bucket: false,
            child: 0,
            key: all.slice(0..key.len()).unwrap_or_else(|| all.clone()),
            value: all
                .slice(key.len()..all.len())
                .unwrap_or_else(|| all.clone()),
            hollow,
        };
        self.node_mut(leaf).put(key, inode);
        Ok(())
    }

    /// Deletes a key; whether it was there.
    ///
    /// # Errors
    /// `IncompatibleValue` where the key is a bucket's name.
    pub fn delete(&mut self, bucket: BucketId, key: &[u8]) -> Result<bool, Error> {
        self.check(bucket)?;
        let way = self.descend(bucket, key)?;
        let Some(inode) = self.inode(&way.leaf, way.index).filter(|_| way.exact) else {
            return Ok(false);
        };
        if inode.is_bucket {
            return Err(Error::IncompatibleValue);
        }
        let leaf = self.take_up(bucket, &way)?;
        self.node_mut(leaf).delete(key);
        Ok(true)
    }

    /// The value of a key; `None` where there is none, or a bucket.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn get(&self, bucket: BucketId, key: &[u8]) -> Result<Option<Piece>, Error> {
        self.check(bucket)?;
        let way = self.descend(bucket, key)?;
        let found = self.inode(&way.leaf, way.index).filter(|_| way.exact);
        Ok(found
            .filter(|inode| !inode.is_bucket)
            .map(|inode| inode.value))
    }

    /// Keys and buckets of a bucket in order, as the transaction sees them.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn items(&self, bucket: BucketId) -> Result<Items<'_>, Error> {
        self.check(bucket)?;
        Items::new(self, bucket)
    }

    /// The same, from the first key that is not below `key`.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn items_from(&self, bucket: BucketId, key: &[u8]) -> Result<Items<'_>, Error> {
        self.check(bucket)?;
        Items::starting_at(self, bucket, key)
    }

    /// The last key of a bucket.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn last(&self, bucket: BucketId) -> Result<Option<TxItem>, Error> {
        self.check(bucket)?;
        let mut pgid = self.state(bucket).root;
        for _ in 0..=MAX_DEPTH {
            let at = self.at(bucket, pgid)?;
            let last = self.count(&at).checked_sub(1);
            if self.is_leaf(&at) {
                let inode = last.and_then(|last| self.inode(&at, last));
                return Ok(inode.map(TxItem::from));
            }
            let child = last.and_then(|last| self.child(&at, last));
            pgid = child.ok_or(Error::Broken(Pgid(pgid)))?;
        }
        Err(Error::Broken(Pgid(pgid)))
    }

    /// Sets what of a page of this bucket is filled before it is split, in this transaction: 0.1
    /// to 1, else 0.5. etcd takes 0.9 for what only grows at its end.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn set_fill(&mut self, bucket: BucketId, fill: f64) -> Result<(), Error> {
        self.check(bucket)?;
        self.state_mut(bucket).fill = fill;
        Ok(())
    }

    /// The sequence number of a bucket.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn sequence(&self, bucket: BucketId) -> Result<u64, Error> {
        self.check(bucket)?;
        Ok(self.state(bucket).sequence)
    }

    /// Sets the sequence number of a bucket.
    ///
    /// # Errors
    /// `BucketNotFound` for a bucket that is gone.
    pub fn set_sequence(&mut self, bucket: BucketId, sequence: u64) -> Result<(), Error> {
        self.check(bucket)?;
        // So that the bucket is written.
        self.root_node(bucket)?;
        self.state_mut(bucket).sequence = sequence;
        Ok(())
    }

    /// The nodes' owner: names from the top.
    pub(super) fn path(&self, bucket: BucketId) -> Vec<Vec<u8>> {
        let mut path = Vec::new();
        let mut at = bucket;
        while let Some((parent, name)) = &self.state(at).parent {
            path.push(name.clone());
            at = *parent;
        }
        path.reverse();
        path
    }

    /// Page of a node that has been placed.
    pub(super) fn page_of(&self, node: Option<NodeId>) -> Option<Pgid> {
        node.map(|node| Pgid(self.node(node).pgid))
    }

    fn check(&self, bucket: BucketId) -> Result<(), Error> {
        let mut next = Some(bucket);
        while let Some(at) = next.take() {
            let state = self.buckets.get(at.0 as usize);
            let state = state.filter(|state| !state.deleted);
            let state = state.ok_or(Error::BucketNotFound)?;
            next = state.parent.as_ref().map(|(parent, _)| *parent);
        }
        Ok(())
    }
}

fn check_key(key: &[u8]) -> Result<(), Error> {
    let len = key.len() as u64;
    if len > MAX_KEY_LEN {
        return Err(Error::KeyTooLarge { len });
    }
    Ok(())
}
