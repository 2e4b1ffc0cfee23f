//! Nodes and buckets of a transaction: pages of the tree that were taken up to be changed.

use std::collections::BTreeMap;

use super::page::{BUCKET_HEADER_LEN, Inode, View, node_size, push_node};
use super::tx::{BucketId, Tx};
use super::{Error, page};
use crate::bbolt::Pgid;
use crate::bytes::{Cursor, Piece};

/// What of a page is filled before it is split, unless told otherwise.
pub(super) const DEFAULT_FILL: f64 = 0.5;

/// A node's place in its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) usize);

/// A page of the tree, taken up to be changed.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) bucket: BucketId,
    pub(super) is_leaf: bool,
    /// Something was deleted: it may have become too small.
    pub(super) unbalanced: bool,
    pub(super) spilled: bool,
    /// First key when it was read: how its parent knows it.
    pub(super) key: Option<Piece>,
    /// The page that it was read from; 0 for none.
    pub(super) pgid: u64,
    pub(super) parent: Option<NodeId>,
    pub(super) children: Vec<NodeId>,
    pub(super) inodes: Vec<Inode>,
}

impl Node {
    pub(super) fn new(bucket: BucketId, is_leaf: bool, parent: Option<NodeId>) -> Self {
        Self {
            bucket,
            is_leaf,
            unbalanced: false,
            spilled: false,
            key: None,
            pgid: 0,
            parent,
            children: Vec::new(),
            inodes: Vec::new(),
        }
    }

    pub(super) fn size(&self) -> u64 {
        node_size(&self.inodes)
    }

    pub(super) fn first_key(&self) -> Option<&Piece> {
        self.inodes.first().map(|inode| &inode.key)
    }

    /// Where a key is or would be.
    pub(super) fn position(&self, key: &[u8]) -> (usize, bool) {
        let index = self.inodes.partition_point(|inode| *inode.key < *key);
        let exact = self
            .inodes
            .get(index)
            .is_some_and(|inode| *inode.key == *key);
        (index, exact)
    }

    /// Puts an entry in the place of the one with `old_key`, or adds it.
    pub(super) fn put(&mut self, old_key: &[u8], inode: Inode) {
        let (index, exact) = self.position(old_key);
        match self.inodes.get_mut(index).filter(|_| exact) {
            Some(slot) => *slot = inode,
            None => self.inodes.insert(index, inode),
        }
    }

    /// Removes the entry with a key.
    pub(super) fn delete(&mut self, key: &[u8]) {
        let (index, exact) = self.position(key);
        if exact {
            self.inodes.remove(index);
            self.unbalanced = true;
        }
    }
}

/// A bucket that was opened in a transaction.
#[derive(Debug)]
pub(super) struct BucketState {
    /// Root page; 0 for an inline bucket.
    pub(super) root: u64,
    pub(super) sequence: u64,
    /// The page inside an inline bucket.
    pub(super) inline: Option<View>,
    pub(super) root_node: Option<NodeId>,
    /// Nodes by the page that they were read from.
    pub(super) nodes: BTreeMap<u64, NodeId>,
    /// Buckets right inside that were opened.
    pub(super) buckets: BTreeMap<Vec<u8>, BucketId>,
    /// The bucket that it is in, and its name there; `None` for the bucket of buckets.
    pub(super) parent: Option<(BucketId, Vec<u8>)>,
    pub(super) depth: usize,
    pub(super) fill: f64,
    /// Deleted in this transaction.
    pub(super) deleted: bool,
}

impl BucketState {
    /// Reads the value of a bucket entry.
    pub(super) fn read(value: &Piece) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let root = cursor.u64_le("bucket.root").ok()?;
        let sequence = cursor.u64_le("bucket.sequence").ok()?;
        let inline = match root {
            0 => Some(View::new(value.slice(BUCKET_HEADER_LEN..value.len())?)?),
            _ => None,
        };
        Some(Self::new(root, sequence, inline))
    }

    /// A bucket of which nothing was read yet.
    pub(super) fn new(root: u64, sequence: u64, inline: Option<View>) -> Self {
        Self {
            root,
            sequence,
            inline,
            root_node: None,
            nodes: BTreeMap::new(),
            buckets: BTreeMap::new(),
            parent: None,
            depth: 0,
            fill: DEFAULT_FILL,
            deleted: false,
        }
    }

    /// The value of a bucket entry: the header, and behind it the page of an inline bucket.
    pub(super) fn value(&self, inline: Option<&[Inode]>) -> Vec<u8> {
        let mut value = Vec::with_capacity(inline.map_or(0, page::node_size) as usize + 16);
        value.extend(self.root.to_le_bytes());
        value.extend(self.sequence.to_le_bytes());
        if let Some(inodes) = inline {
            push_node(&mut value, 0, 0, true, inodes);
        }
        value
    }
}

/// A page of a bucket as it stands: taken up, or still as it was written.
#[derive(Clone, Debug)]
pub(super) enum At {
    Page(View),
    Node(NodeId),
}

/// The way down to where a key is or would be.
#[derive(Debug)]
pub(super) struct Descent {
    /// Which child was taken on each branch.
    pub(super) steps: Vec<usize>,
    pub(super) leaf: At,
    pub(super) index: usize,
    pub(super) exact: bool,
}

#[expect(
    clippy::indexing_slicing,
    reason = "ids are made by the transaction, which never drops a node or a bucket"
)]
impl Tx<'_> {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0]
    }

    pub(super) fn state(&self, id: BucketId) -> &BucketState {
        &self.buckets[id.0 as usize]
    }

    pub(super) fn state_mut(&mut self, id: BucketId) -> &mut BucketState {
        &mut self.buckets[id.0 as usize]
    }
}

impl Tx<'_> {
    pub(super) fn add_node(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// A page of a bucket as it stands.
    pub(super) fn at(&self, bucket: BucketId, pgid: u64) -> Result<At, Error> {
        let state = self.state(bucket);
        if state.root == 0 {
            return match (state.root_node, &state.inline) {
                (Some(node), _) => Ok(At::Node(node)),
                (None, Some(view)) => Ok(At::Page(view.clone())),
                (None, None) => Err(Error::Broken(Pgid(0))),
            };
        }
        match state.nodes.get(&pgid) {
            Some(node) => Ok(At::Node(*node)),
            None => self.image.view(pgid).map(At::Page),
        }
    }

    pub(super) fn is_leaf(&self, at: &At) -> bool {
        match at {
            At::Page(view) => view.is_leaf,
            At::Node(node) => self.node(*node).is_leaf,
        }
    }

    pub(super) fn count(&self, at: &At) -> usize {
        match at {
            At::Page(view) => view.count,
            At::Node(node) => self.node(*node).inodes.len(),
        }
    }

    pub(super) fn inode(&self, at: &At, index: usize) -> Option<Inode> {
        match at {
            At::Page(view) => view.inode(index),
            At::Node(node) => self.node(*node).inodes.get(index).cloned(),
        }
    }

    pub(super) fn child(&self, at: &At, index: usize) -> Option<u64> {
        match at {
            At::Page(view) => view.child(index),
            At::Node(node) => self.node(*node).inodes.get(index).map(|inode| inode.child),
        }
    }

    /// First entry whose key is not below `key`, and whether it is that key.
    fn position(&self, at: &At, key: &[u8]) -> (usize, bool) {
        let view = match at {
            At::Node(node) => return self.node(*node).position(key),
            At::Page(view) => view,
        };
        let (mut low, mut high) = (0, view.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if view.key(middle) < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low, low < view.count && view.key(low) == key)
    }

    /// Goes down to where a key is or would be.
    pub(super) fn descend(&self, bucket: BucketId, key: &[u8]) -> Result<Descent, Error> {
        let mut steps = Vec::new();
        let mut pgid = self.state(bucket).root;
        loop {
            let at = self.at(bucket, pgid)?;
            let (index, exact) = self.position(&at, key);
            if self.is_leaf(&at) {
                return Ok(Descent {
                    steps,
                    leaf: at,
                    index,
                    exact,
                });
            }
            // A branch key is the lower bound of its child.
            let index = if exact {
                index
            } else {
                index.saturating_sub(1)
            };
            steps.push(index);
            let broken = Error::Broken(Pgid(pgid));
            pgid = self.child(&at, index).ok_or_else(|| broken.clone())?;
            if steps.len() > crate::bbolt::MAX_DEPTH {
                return Err(broken);
            }
        }
    }

    /// Takes up the pages on the way down; gives the leaf.
    pub(super) fn take_up(&mut self, bucket: BucketId, way: &Descent) -> Result<NodeId, Error> {
        let mut node = self.root_node(bucket)?;
        for step in &way.steps {
            node = self.child_node(node, *step)?;
        }
        Ok(node)
    }

    /// Takes up the root page of a bucket.
    pub(super) fn root_node(&mut self, bucket: BucketId) -> Result<NodeId, Error> {
        let state = self.state(bucket);
        match state.root_node {
            Some(node) => Ok(node),
            None => self.load(bucket, state.root, None),
        }
    }

    /// Takes up a child of a node.
    pub(super) fn child_node(&mut self, node: NodeId, index: usize) -> Result<NodeId, Error> {
        let Node { bucket, pgid, .. } = *self.node(node);
        let child = self.node(node).inodes.get(index).map(|inode| inode.child);
        self.load(bucket, child.ok_or(Error::Broken(Pgid(pgid)))?, Some(node))
    }

    fn load(&mut self, id: BucketId, pgid: u64, parent: Option<NodeId>) -> Result<NodeId, Error> {
        let state = self.state(id);
        if let Some(node) = state.nodes.get(&pgid) {
            return Ok(*node);
        }
        let view = match &state.inline {
            Some(view) => view.clone(),
            None => self.image.view(pgid)?,
        };
        let mut node = Node::new(id, view.is_leaf, parent);
        node.pgid = pgid;
        node.inodes.reserve(view.count + 1);
        for index in 0..view.count {
            let inode = view.inode(index).ok_or(Error::Broken(Pgid(pgid)))?;
            node.inodes.push(inode);
        }
        node.key = node.first_key().cloned();
        let node = self.add_node(node);
        match parent {
            Some(parent) => self.node_mut(parent).children.push(node),
            None => self.state_mut(id).root_node = Some(node),
        }
        self.state_mut(id).nodes.insert(pgid, node);
        Ok(node)
    }

    /// Frees the page that a node was read from.
    pub(super) fn free_page_of(&mut self, node: NodeId) {
        let pgid = std::mem::take(&mut self.node_mut(node).pgid);
        if pgid > 0 {
            self.free_page(pgid);
        }
    }

    pub(super) fn free_page(&mut self, pgid: u64) {
        let len = self.image.pages_of(pgid);
        self.freed.push((pgid, len));
    }
}
