//! Splitting nodes into pages and finding a place for each (bbolt's `node.spill`).

use super::Error;
use super::page::{HEADER_LEN, Inode, push_hollow_leaf, push_node};
use super::tree::{BucketState, Node, NodeId};
use super::tx::{BucketId, Tx};
use crate::bytes::Piece;

/// Entries that a page has at least when a node is split.
const MIN_ENTRIES: usize = 2;

/// A node that got a page.
#[derive(Debug)]
pub(super) struct Spilled {
    pub(super) node: NodeId,
    /// Its page before; 0 for none.
    pub(super) before: u64,
    pub(super) pgid: u64,
    pub(super) overflow: u32,
    pub(super) reused: bool,
    pub(super) count: u64,
    pub(super) used: u64,
    pub(super) bytes: Vec<u8>,
}

impl Tx<'_> {
    /// Places the changed nodes of a bucket, those of the buckets inside it first.
    pub(super) fn spill(&mut self, bucket: BucketId) -> Result<(), Error> {
        let inside: Vec<_> = self
            .state(bucket)
            .buckets
            .iter()
            .map(|(name, id)| (name.clone(), *id))
            .collect();
        for (name, child) in inside {
            let inline = self
                .state(child)
                .root_node
                .filter(|node| self.fits_inline(*node));
            let value = match inline {
                Some(node) => {
                    self.free_page_of(node);
                    let state = self.state_mut(child);
                    state.root = 0;
                    self.state(child).value(Some(&self.node(node).inodes))
                }
                None => {
                    self.spill(child)?;
                    self.state(child).value(None)
                }
            };
            if self.state(child).root_node.is_none() {
                continue;
            }
            let way = self.descend(bucket, &name)?;
            let leaf = self.take_up(bucket, &way)?;
            let inode = Inode {
                is_bucket: true,
                child: 0,
                key: Piece::from(name.clone()),
                value: value.into(),
                hollow: 0,
            };
            self.node_mut(leaf).put(&name, inode);
        }
        let Some(root) = self.state(bucket).root_node else {
            return Ok(());
        };
        self.spill_node(root)?;
        let mut top = root;
        while let Some(parent) = self.node(top).parent {
            top = parent;
        }
        let pgid = self.node(top).pgid;
        let state: &mut BucketState = self.state_mut(bucket);
        (state.root_node, state.root) = (Some(top), pgid);
        Ok(())
    }

    /// Whether a bucket whose root this is can lie inside its parent's leaf.
    fn fits_inline(&self, root: NodeId) -> bool {
        let node = self.node(root);
        node.is_leaf
            && node.size() <= self.image.page_size() / 4
            && !node.inodes.iter().any(|inode| inode.is_bucket)
    }

    fn spill_node(&mut self, id: NodeId) -> Result<(), Error> {
        if self.node(id).spilled {
            return Ok(());
        }
        let mut children = std::mem::take(&mut self.node_mut(id).children);
        children.sort_by(|a, b| {
            let key = |id: &NodeId| self.node(*id).first_key().map(|key| &**key);
            key(a).cmp(&key(b))
        });
        for child in children {
            self.spill_node(child)?;
        }
        for part in self.split(id) {
            self.place(part);
        }
        // A split root got a new root above it.
        match self.node(id).parent {
            Some(parent) if self.node(parent).pgid == 0 => {
                self.node_mut(parent).children.clear();
                self.spill_node(parent)
            }
            _ => Ok(()),
        }
    }

    /// Gives a node its page, and tells its parent.
    fn place(&mut self, id: NodeId) {
        let before = self.node(id).pgid;
        self.free_page_of(id);
        let used = self.node(id).size();
        let pages = used.div_ceil(self.image.page_size());
        let (pgid, reused) = self.allocate(pages);
        let node = self.node(id);
        let overflow = u32::try_from(pages - 1).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        if self.image.is_hollow() && node.is_leaf {
            push_hollow_leaf(&mut bytes, pgid, &node.inodes);
        } else {
            bytes.reserve_exact(used as usize);
            push_node(&mut bytes, pgid, overflow, node.is_leaf, &node.inodes);
        }
        self.spilled.push(Spilled {
            node: id,
            before,
            pgid,
            overflow,
            reused,
            count: node.inodes.len() as u64,
            used,
            bytes,
        });
        let node = self.node_mut(id);
        node.pgid = pgid;
        node.spilled = true;
        let first = node.first_key().cloned();
        let (parent, known_as) = (node.parent, node.key.clone());
        if let (Some(parent), Some(first)) = (parent, first) {
            let old_key = known_as.unwrap_or_else(|| first.clone());
            let inode = Inode {
                is_bucket: false,
                child: pgid,
                key: first.clone(),
                value: Vec::new().into(),
                hollow: 0,
            };
            self.node_mut(parent).put(&old_key, inode);
            self.node_mut(id).key = Some(first);
        }
    }

    /// Cuts a node into as many as it needs; the first is the node itself.
    fn split(&mut self, id: NodeId) -> Vec<NodeId> {
        let node = self.node(id);
        let (bucket, is_leaf) = (node.bucket, node.is_leaf);
        let fill = self.state(bucket).fill.clamp(0.1, 1.0);
        let cuts = cuts(&self.node(id).inodes, self.image.page_size(), fill);
        let mut parts = vec![id];
        if cuts.is_empty() {
            return parts;
        }
        let parent = match self.node(id).parent {
            Some(parent) => parent,
            None => {
                let parent = self.add_node(Node::new(bucket, false, None));
                self.node_mut(id).parent = Some(parent);
                parent
            }
        };
        for cut in cuts.into_iter().rev() {
            let mut next = Node::new(bucket, is_leaf, Some(parent));
            next.inodes = self.node_mut(id).inodes.split_off(cut);
            let next = self.add_node(next);
            parts.insert(1, next);
        }
        parts
    }

    /// Takes pages in a row: the lowest free ones, else from the end. Whether they are reused.
    pub(super) fn allocate(&mut self, pages: u64) -> (u64, bool) {
        match self.image.free.take(pages) {
            Some(pgid) => {
                self.reused.push((pgid, pages));
                (pgid, true)
            }
            None => {
                let pgid = self.meta.high_water_mark;
                self.meta.high_water_mark += pages;
                (pgid, false)
            }
        }
    }
}

/// Where a node is cut: it has more entries than two small pages, and more bytes than a page has;
/// each page is filled to `fill` of its size, two entries at least stay on either side.
fn cuts(inodes: &[Inode], page_size: u64, fill: f64) -> Vec<usize> {
    let threshold = (page_size as f64 * fill) as u64;
    let mut left = HEADER_LEN + inodes.iter().map(Inode::size).sum::<u64>();
    let mut start = 0;
    let mut cuts = Vec::new();
    while inodes.len() - start > 2 * MIN_ENTRIES && left >= page_size {
        let mut size = HEADER_LEN;
        let mut cut = start;
        let most = inodes.len() - MIN_ENTRIES;
        for (index, inode) in inodes.iter().enumerate().take(most).skip(start) {
            cut = index;
            if index - start >= MIN_ENTRIES && size + inode.size() > threshold {
                break;
            }
            size += inode.size();
        }
        // What goes to the next page, in bytes.
        let kept: u64 = inodes
            .get(start..cut)
            .unwrap_or_default()
            .iter()
            .map(Inode::size)
            .sum();
        if cut == start {
            break;
        }
        left -= kept;
        cuts.push(cut);
        start = cut;
    }
    cuts
}
