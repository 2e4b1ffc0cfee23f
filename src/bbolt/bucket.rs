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
        let mut found = Vec::new();
        let mut problems = Vec::new();
        let mut walk = LeafWalk::new(self, parent, Order::Forward);
        'pages: while let Some(next) = walk.next(self) {
            let page = match next {
                Ok(page) => page,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            for index in 0..page.count() {
                let item = match page.item(index) {
                    Ok(item) if item.is_bucket => item,
                    Ok(_) => continue,
                    Err(problem) => {
                        problems.push(problem);
                        continue;
                    }
                };
                if found.len() as u64 >= u64::from(limit) {
                    break 'pages;
                }
                match Bucket::from_item(&item) {
                    Ok(bucket) => found.push((item.key, bucket)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        (found, problems)
    }

    /// The bucket at a path of names from the top; `None` if a name is not there or is no bucket.
    pub fn bucket(&self, path: &[&[u8]]) -> Result<Option<Bucket>, Problem> {
        let mut bucket = self.root();
        for name in path {
            match self.item(&bucket, name)? {
                Some(item) if item.is_bucket => bucket = Bucket::from_item(&item)?,
                _ => return Ok(None),
            }
        }
        Ok(Some(bucket))
    }

    /// The item with a key, by descent of the bucket's tree: one page a level is read. Damage on
    /// the way is a problem only if it hides the answer.
    pub fn item(&self, bucket: &Bucket, key: &[u8]) -> Result<Option<Item>, Problem> {
        let mut problems = Vec::new();
        let (mut pgid, mut from) = match &bucket.root {
            Root::Inline(bytes) => {
                let page =
                    Bucket::inline_page(bytes.clone(), bucket.place, bucket.order, &mut problems);
                return match page {
                    Some(page) => find_in_leaf(&page, key),
                    None => Err(first(problems, bucket.place)),
                };
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
                    let lost = Lost::of(self, pgid, above, &problems);
                    let range = Range {
                        from: lower.as_deref(),
                        below: upper.as_deref(),
                    };
                    let pages = lost.and_then(|lost| {
                        loop {
                            if let Poll::Ready(found) = self.stand_in(range, from, lost) {
                                break found;
                            }
                        }
                    });
                    for page in pages.map(|(pages, _)| pages).unwrap_or_default() {
                        let leaf = self.salvaged_leaf(page);
                        if let Some(found) = leaf.and_then(|leaf| find_in_leaf(&leaf, key).ok()?) {
                            return Ok(Some(found));
                        }
                    }
                    return Err(first(problems, from));
                }
                Some(Node::Leaf(page)) => return find_in_leaf(&page, key),
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
        Err(from.problem(Damage::TooDeep(pgid)))
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
