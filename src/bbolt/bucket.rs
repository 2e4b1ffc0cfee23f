//! Buckets: a root page and a sequence number, or a small page inline in the parent's leaf.
//!
//! ```text
//! value of a bucket item   root pgid 8 | sequence 8                           in its own pages
//!                          0         8 | sequence 8 | page header | elements  inline
//! ```

use std::task::Poll;

use super::db::Node;
use super::page::{HEADER_LEN, PageHeader, PageKind, TreePage};
use super::problem::{Damage, Place, Problem};
use super::salvage::{Lost, Range};
use super::{BranchPage, Db, LeafPage, LeafWalk, MAX_DEPTH, Order, Pgid};
use crate::bytes::{ByteOrder, Cursor, Piece};

/// Bytes of a bucket's header.
const BUCKET_HEADER_LEN: usize = 16;
/// Leaves that a step of a list of buckets goes through, be they in memory.
const STEP_LEAVES: u32 = 1024;

/// A bucket that was found.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(super) root: Root,
    pub(super) place: Place,
    /// Of an inline one's page.
    pub(super) order: ByteOrder,
    /// Its sequence number; etcd does not use it.
    pub sequence: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Root {
    Page(Pgid),
    /// The page image that follows the header.
    Inline(Piece),
}

/// An item that outlives its page, sharing its memory.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it is.
    pub place: Place,
    /// The key.
    pub key: Piece,
    /// The value, or the bucket's bytes.
    pub value: Piece,
    /// Whether the value is a bucket.
    pub is_bucket: bool,
    pub(super) order: ByteOrder,
}

impl Bucket {
    /// Root page; `None` for an inline bucket.
    pub fn root(&self) -> Option<Pgid> {
        match self.root {
            Root::Page(pgid) => Some(pgid),
            Root::Inline(_) => None,
        }
    }

    /// Reads the bucket in an item's value.
    pub fn from_item(item: &Item) -> Result<Self, Problem> {
        let short = || {
            item.place
                .problem(Damage::ShortBucket(item.value.len() as u64))
        };
        let mut cursor = Cursor::new(&item.value);
        let root = cursor.u64("bucket.root", item.order).map_err(|_| short())?;
        let sequence = cursor
            .u64("bucket.sequence", item.order)
            .map_err(|_| short())?;
        let (root, place) = match (root, item.place) {
            (0, Place::Element(page, element)) => {
                let image = item.value.slice(BUCKET_HEADER_LEN..item.value.len());
                (
                    Root::Inline(image.ok_or_else(short)?),
                    Place::Inline(page, element),
                )
            }
            (root, place) => (Root::Page(Pgid(root)), place),
        };
        Ok(Self {
            root,
            place,
            order: item.order,
            sequence,
        })
    }

    /// The page inside an inline bucket.
    pub(super) fn inline_page(
        bytes: Piece,
        place: Place,
        order: ByteOrder,
        problems: &mut Vec<Problem>,
    ) -> Option<LeafPage> {
        let Ok(header) = PageHeader::read(&bytes, order) else {
            let len = bytes.len() as u64 + HEADER_LEN;
            problems.push(place.problem(Damage::ShortBucket(len)));
            return None;
        };
        match header.kind() {
            Some(PageKind::Leaf) => {
                let page = TreePage::new(place, &header, bytes, (true, order), problems);
                Some(LeafPage {
                    page,
                    salvaged: false,
                })
            }
            Some(found) => {
                let wanted = "leaf";
                problems.push(place.problem(Damage::Kind { found, wanted }));
                None
            }
            None => {
                problems.push(place.problem(Damage::Flags(header.flags)));
                None
            }
        }
    }
}

/// The search for the buckets right inside a bucket, step by step.
#[derive(Debug)]
pub struct BucketList {
    walk: LeafWalk,
    limit: u64,
    found: Vec<(Piece, Bucket)>,
    problems: Vec<Problem>,
}

impl BucketList {
    /// Starts with nothing read.
    pub fn new(db: &Db, parent: &Bucket, limit: u32) -> Self {
        Self {
            walk: LeafWalk::new(db, parent, Order::Forward),
            limit: limit.into(),
            found: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Reads a few MiB at most; `false` when all are found.
    pub fn step(&mut self, db: &Db) -> bool {
        let portion = db.portion();
        // Pages in memory cost no reading.
        for _ in 0..STEP_LEAVES {
            if !db.has_left(portion) {
                break;
            }
            match self.walk.poll_next(db) {
                Poll::Pending => return true,
                Poll::Ready(None) => return false,
                Poll::Ready(Some(Err(problem))) => self.problems.push(problem),
                Poll::Ready(Some(Ok(page))) => {
                    if !self.take(&page) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// The buckets by name, and the problems on the way to them.
    pub fn into_found(self) -> (Vec<(Piece, Bucket)>, Vec<Problem>) {
        (self.found, self.problems)
    }

    /// Takes the buckets of a page; `false` where there are more than are wanted.
    fn take(&mut self, page: &LeafPage) -> bool {
        for index in 0..page.count() {
            let item = match page.item(index) {
                Ok(item) if item.is_bucket => item,
                Ok(_) => continue,
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            if self.found.len() as u64 >= self.limit {
                return false;
            }
            match Bucket::from_item(&item) {
                Ok(bucket) => self.found.push((item.key, bucket)),
                Err(problem) => self.problems.push(problem),
            }
        }
        true
    }
}

impl Db {
    /// The bucket that holds the top-level buckets.
    pub fn root(&self) -> Bucket {
        Bucket {
            root: Root::Page(self.meta().root),
            place: Place::Meta(self.metas().active),
            order: self.byte_order(),
            sequence: self.meta().sequence,
        }
    }

    /// The first `limit` buckets right inside a bucket, by name, and the problems on the way to
    /// them.
    pub fn buckets(&self, parent: &Bucket, limit: u32) -> (Vec<(Piece, Bucket)>, Vec<Problem>) {
        let mut list = BucketList::new(self, parent, limit);
        while list.step(self) {}
        list.into_found()
    }

    /// The bucket at a path of names from the top; `None` if a name is not there or is no bucket.
    pub fn bucket(&self, path: &[&[u8]]) -> Result<Option<Bucket>, Problem> {
        loop {
            if let Poll::Ready(found) = self.poll_bucket(path) {
                return found;
            }
        }
    }

    /// The same by [`Self::poll_item`].
    pub fn poll_bucket(&self, path: &[&[u8]]) -> Poll<Result<Option<Bucket>, Problem>> {
        let mut bucket = self.root();
        for name in path {
            let Poll::Ready(item) = self.poll_item(&bucket, name) else {
                return Poll::Pending;
            };
            match item? {
                Some(item) if item.is_bucket => bucket = Bucket::from_item(&item)?,
                _ => return Poll::Ready(Ok(None)),
            }
        }
        Poll::Ready(Ok(Some(bucket)))
    }

    /// The item with a key, by descent of the bucket's tree: one page a level is read. Damage on
    /// the way is a problem only if it hides the answer.
    ///
    /// Where a part of the tree is lost, this may read the whole file: see [`Self::poll_item`].
    pub fn item(&self, bucket: &Bucket, key: &[u8]) -> Result<Option<Item>, Problem> {
        loop {
            if let Poll::Ready(found) = self.poll_item(bucket, key) {
                return found;
            }
        }
    }

    /// The same, but pending while pages that may stand in for a lost part are searched, to be
    /// called again.
    pub fn poll_item(&self, bucket: &Bucket, key: &[u8]) -> Poll<Result<Option<Item>, Problem>> {
        let mut problems = Vec::new();
        let (mut pgid, mut from) = match &bucket.root {
            Root::Inline(bytes) => {
                let page =
                    Bucket::inline_page(bytes.clone(), bucket.place, bucket.order, &mut problems);
                return Poll::Ready(match page {
                    Some(page) => find_in_leaf(&page, key),
                    None => Err(first(problems, bucket.place)),
                });
            }
            Root::Page(pgid) => (*pgid, bucket.place),
        };
        // The bounds of the keys below the present page.
        let (mut lower, mut upper): (Option<Piece>, Option<Piece>) = (None, None);
        let mut parent: Option<(BranchPage, u16)> = None;
        for _ in 0..MAX_DEPTH {
            match self.node(pgid, from, None, &mut problems) {
                None => {
                    let above = parent.as_ref().map(|(page, at)| (page, *at));
                    let siblings = |page: &BranchPage, but| page.sibling_kind(self, but);
                    let lost = Lost::of(self, pgid, above, siblings, &problems);
                    let range = Range {
                        from: lower.as_deref(),
                        below: upper.as_deref(),
                    };
                    let pages = match lost {
                        Some(lost) => self.stand_in_for(key, range, from, lost),
                        None => Poll::Ready(Vec::new()),
                    };
                    let Poll::Ready(pages) = pages else {
                        return Poll::Pending;
                    };
                    for page in pages {
                        let leaf = self.salvaged_leaf(page);
                        if let Some(found) = leaf.and_then(|leaf| find_in_leaf(&leaf, key).ok()?) {
                            return Poll::Ready(Ok(Some(found)));
                        }
                    }
                    return Poll::Ready(Err(first(problems, from)));
                }
                Some(Node::Leaf(page)) => return Poll::Ready(find_in_leaf(&page, key)),
                Some(Node::Branch(page)) => {
                    // The last child whose lower bound is not above the key, or the first child.
                    let (mut low, mut high) = (0, page.count());
                    while low < high {
                        let middle = low + (high - low) / 2;
                        if page.key(middle)? <= key {
                            low = middle + 1;
                        } else {
                            high = middle;
                        }
                    }
                    let index = low.saturating_sub(1);
                    pgid = page.child(index)?;
                    from = page.place().element(index);
                    lower = page.key_piece(index).ok();
                    if let Ok(bound) = page.key_piece(index.saturating_add(1))
                        && index.saturating_add(1) < page.count()
                    {
                        upper = Some(bound);
                    }
                    parent = Some((page, index));
                }
            }
        }
        Poll::Ready(Err(from.problem(Damage::TooDeep(pgid))))
    }
}

fn first(problems: Vec<Problem>, place: Place) -> Problem {
    let none = || place.problem(Damage::NoChildren);
    problems.into_iter().last().unwrap_or_else(none)
}

/// Binary search; where it fails, every item is looked at, for keys may be out of order.
fn find_in_leaf(page: &LeafPage, key: &[u8]) -> Result<Option<Item>, Problem> {
    let (mut low, mut high) = (0, page.count());
    while low < high {
        let middle = low + (high - low) / 2;
        match page.element(middle) {
            Ok(element) if element.key == key => return page.item(middle).map(Some),
            Ok(element) if element.key < key => low = middle + 1,
            Ok(_) => high = middle,
            Err(_) => break,
        }
    }
    let mut problem = None;
    for element in page.elements() {
        match element {
            Ok(element) if element.key == key => return page.item(element.index).map(Some),
            Ok(_) => {}
            Err(error) => problem = Some(error),
        }
    }
    problem.map_or(Ok(None), Err)
}
