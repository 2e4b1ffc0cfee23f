//! Merging nodes that deletions left too small (bbolt's `node.rebalance`).

use super::Error;
use super::tree::NodeId;
use super::tx::{BucketId, Tx};

impl Tx<'_> {
    /// Merges what is too small in a bucket and in the buckets opened inside it.
    pub(super) fn rebalance(&mut self, bucket: BucketId) -> Result<(), Error> {
        let pages: Vec<u64> = self.state(bucket).nodes.keys().copied().collect();
        for pgid in pages {
            // A merge takes nodes away.
            if let Some(node) = self.state(bucket).nodes.get(&pgid) {
                self.rebalance_node(*node)?;
            }
        }
        let inside: Vec<BucketId> = self.state(bucket).buckets.values().copied().collect();
        for bucket in inside {
            self.rebalance(bucket)?;
        }
        Ok(())
    }

    fn rebalance_node(&mut self, start: NodeId) -> Result<(), Error> {
        let quarter = self.image.page_size() / 4;
        let mut next = Some(start);
        while let Some(id) = next.take() {
            let node = self.node_mut(id);
            if !std::mem::take(&mut node.unbalanced) {
                break;
            }
            let fewest = if node.is_leaf { 1 } else { 2 };
            if node.size() > quarter && node.inodes.len() > fewest {
                break;
            }
            let Some(parent) = node.parent else {
                if !node.is_leaf && node.inodes.len() == 1 {
                    self.collapse(id)?;
                }
                break;
            };
            if node.inodes.is_empty() {
                self.drop_node(id, parent);
            } else if !self.merge(id, parent)? {
                break;
            }
            next = Some(parent);
        }
        Ok(())
    }

    /// A root branch with one child becomes that child.
    fn collapse(&mut self, root: NodeId) -> Result<(), Error> {
        let child = self.child_node(root, 0)?;
        let taken = self.node_mut(child);
        let is_leaf = taken.is_leaf;
        let inodes = std::mem::take(&mut taken.inodes);
        let children = std::mem::take(&mut taken.children);
        let pgid = taken.pgid;
        taken.parent = None;
        for grandchild in &children {
            self.node_mut(*grandchild).parent = Some(root);
        }
        let node = self.node_mut(root);
        (node.is_leaf, node.inodes, node.children) = (is_leaf, inodes, children);
        let bucket = node.bucket;
        self.state_mut(bucket).nodes.remove(&pgid);
        self.free_page_of(child);
        Ok(())
    }

    /// Merges a node with its left sibling, the first one with its right; whether it could.
    fn merge(&mut self, id: NodeId, parent: NodeId) -> Result<bool, Error> {
        let key = self.node(id).key.clone();
        let (index, _) = self.node(parent).position(key.as_deref().unwrap_or(&[]));
        if self.node(parent).inodes.len() < 2 {
            return Ok(false);
        }
        let (left, right) = match index {
            0 => (id, self.child_node(parent, 1)?),
            _ => (self.child_node(parent, index - 1)?, id),
        };
        if left == right {
            return Ok(false);
        }
        let taken = self.node_mut(right);
        let inodes = std::mem::take(&mut taken.inodes);
        let children = std::mem::take(&mut taken.children);
        for child in &children {
            self.node_mut(*child).parent = Some(left);
        }
        let into = self.node_mut(left);
        into.inodes.extend(inodes);
        into.children.extend(children);
        self.drop_node(right, parent);
        Ok(true)
    }

    /// Takes a node out of the tree, and gives its page free.
    fn drop_node(&mut self, id: NodeId, parent: NodeId) {
        let node = self.node(id);
        let (bucket, pgid, key) = (node.bucket, node.pgid, node.key.clone());
        let above = self.node_mut(parent);
        above.delete(key.as_deref().unwrap_or(&[]));
        above.children.retain(|child| *child != id);
        self.state_mut(bucket).nodes.remove(&pgid);
        self.free_page_of(id);
    }
}
