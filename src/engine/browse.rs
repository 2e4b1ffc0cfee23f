//! A look into a file: its buckets, their items, its pages.

use std::collections::VecDeque;
use std::task::Poll;

use super::document::shown_value;
use super::inside::{Item, ItemDetail, TreeNode};
use super::kubernetes;
use super::protocol::Response;
use super::shown::Detail;
use crate::bbolt::{Bucket, Db, LeafPage, LeafWalk, Order, PageMap, Pgid, Place};
use crate::kv::quote::{bare, bare_start};

/// Buckets that are listed.
const MAX_NODES: usize = 2000;
/// Buckets of more items are not searched for buckets inside: the map of pages knows most of them.
const MAX_SEARCHED: u64 = 4096;
/// Buckets listed inside one bucket.
const MAX_INSIDE: u32 = 500;
/// Names from the top that are followed.
const MAX_PATH: usize = 64;
/// Leaves that a step of a list goes through, be they in memory.
const STEP_LEAVES: u32 = 1024;

/// The buckets of a file, parents before children, and whether there are more.
pub(super) fn tree(db: &Db, map: Option<&PageMap>) -> (Vec<TreeNode>, bool) {
    let mut nodes: Vec<TreeNode> = Vec::new();
    let mut is_cut = false;
    // Depth first: children go to the front.
    let mut todo: VecDeque<(Vec<Vec<u8>>, Bucket)> = VecDeque::new();
    todo.push_back((Vec::new(), db.root()));
    while let Some((path, bucket)) = todo.pop_front() {
        if nodes.len() >= MAX_NODES {
            return (nodes, true);
        }
        let root = bucket.root().map(|page| page.0);
        let mapped = map.and_then(|map| {
            let mut buckets = map.buckets().iter();
            buckets.find(|mapped| Some(mapped.root.0) == root && root != Some(0))
        });
        let items = match (mapped, root) {
            (Some(mapped), _) => Some(mapped.items),
            (None, None) => count(db, &bucket),
            (None, Some(_)) => None,
        };
        let is_small = items.is_some_and(|items| items <= MAX_SEARCHED) || path.is_empty();
        if is_small && path.len() < MAX_PATH {
            let (inside, _) = db.buckets(&bucket, MAX_INSIDE);
            is_cut |= inside.len() as u64 >= u64::from(MAX_INSIDE);
            for (name, inner) in inside.into_iter().rev() {
                let mut path = path.clone();
                path.push(name.to_vec());
                todo.push_front((path, inner));
            }
        }
        if let Some(name) = path.last() {
            nodes.push(TreeNode {
                name: bare_start(name),
                path,
                root,
                sequence: bucket.sequence,
                items,
                pages: mapped.map(|mapped| mapped.pages),
            });
        }
    }
    (nodes, is_cut)
}

/// Items of a bucket inline in its parent's page.
fn count(db: &Db, bucket: &Bucket) -> Option<u64> {
    let mut walk = LeafWalk::new(db, bucket, Order::Forward);
    let page = walk.next(db)?.ok()?;
    Some(u64::from(page.count()))
}

/// The bucket at a path.
fn find(db: &Db, path: &[Vec<u8>]) -> Option<Bucket> {
    loop {
        if let Poll::Ready(found) = poll_find(db, path) {
            return found;
        }
    }
}

fn poll_find(db: &Db, path: &[Vec<u8>]) -> Poll<Option<Bucket>> {
    let names: Vec<&[u8]> = path.iter().take(MAX_PATH).map(Vec::as_slice).collect();
    db.poll_bucket(&names).map(|found| found.ok().flatten())
}

/// One item with its value.
pub(super) fn item(db: &Db, path: &[Vec<u8>], key: &[u8]) -> Option<ItemDetail> {
    let item = db.item(&find(db, path)?, key);
    Some(match item {
        Ok(item) => {
            let item = item?;
            let value: &[u8] = &item.value;
            ItemDetail {
                key: key.to_vec(),
                name: bare_start(key),
                place: item.place.to_string(),
                value: match kubernetes::hides(key, value) {
                    true => kubernetes::MASKED.as_bytes().to_vec(),
                    false => value.get(..Detail::VALUE_SHOWN).unwrap_or(value).to_vec(),
                },
                value_len: value.len() as u64,
                unreadable: None,
            }
        }
        Err(problem) => ItemDetail {
            key: key.to_vec(),
            name: bare_start(key),
            place: problem.place.to_string(),
            value: Vec::new(),
            value_len: 0,
            unreadable: Some(problem.to_string()),
        },
    })
}

/// A window of the items of a bucket, found leaf by leaf; going on is quick, going back starts anew.
pub(super) struct Listing {
    id: u64,
    path: Vec<Vec<u8>>,
    first: u64,
    count: u32,
    /// None until its bucket is found.
    walk: Option<LeafWalk>,
    /// The root page of the bucket.
    root: Option<Pgid>,
    /// The leaf at hand, and the index of its first item.
    page: Option<LeafPage>,
    at: u64,
    items: Vec<Item>,
    is_answered: bool,
    is_over: bool,
}

impl Listing {
    /// Begins a list, or goes on with the one that there is.
    pub(super) fn ask(
        before: Option<Self>,
        id: u64,
        path: Vec<Vec<u8>>,
        first: u64,
        count: u32,
    ) -> Self {
        let same = before.filter(|list| list.path == path && list.at <= first);
        let mut list = same.unwrap_or(Self {
            id,
            path,
            first,
            count,
            walk: None,
            root: None,
            page: None,
            at: 0,
            items: Vec::new(),
            is_answered: false,
            is_over: false,
        });
        (list.id, list.first, list.count) = (id, first, count);
        list.items.clear();
        list.is_answered = false;
        if let Some(page) = &list.page {
            list.take(page.clone());
        }
        list
    }

    /// Whether it has still to be answered.
    pub(super) fn is_busy(&self) -> bool {
        !self.is_answered
    }

    /// Id of the request that this answers.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Reads a few MiB of leaves at most; the answer once the window is full. `total` is the number of
    /// items, where that is known.
    pub(super) fn step(&mut self, db: &Db, map: Option<&PageMap>) -> Option<Response> {
        if self.walk.is_none() {
            let Poll::Ready(bucket) = poll_find(db, &self.path) else {
                return None;
            };
            let Some(bucket) = bucket else {
                self.is_answered = true;
                return Some(Response::Items {
                    first: 0,
                    total: 0,
                    more: false,
                    items: Vec::new(),
                });
            };
            self.root = bucket.root();
            self.walk = Some(LeafWalk::new(db, &bucket, Order::Forward));
        }
        let portion = db.portion();
        let mut left = STEP_LEAVES;
        while !self.is_full() && left > 0 && db.has_left(portion) {
            left -= 1;
            let Some(walk) = &mut self.walk else {
                break;
            };
            let Poll::Ready(next) = walk.poll_next(db) else {
                return None;
            };
            match next {
                None => self.is_over = true,
                Some(Err(problem)) => {
                    if self.end() >= self.first {
                        self.items.push(broken(&problem));
                    }
                }
                Some(Ok(page)) => {
                    self.at = self.end();
                    self.take(page);
                }
            }
        }
        if !self.is_full() {
            return None;
        }
        self.is_answered = true;
        let known = map.and_then(|map| {
            let mut buckets = map.buckets().iter();
            let root = self.root?;
            Some(buckets.find(|bucket| bucket.root == root)?.items)
        });
        let end = self.end();
        Some(Response::Items {
            first: self.first,
            total: match self.is_over {
                true => end,
                false => known.unwrap_or(0).max(end),
            },
            more: !self.is_over && known.is_none(),
            items: std::mem::take(&mut self.items),
        })
    }

    fn end(&self) -> u64 {
        let count = self.page.as_ref().map_or(0, LeafPage::count);
        self.at + u64::from(count)
    }

    fn is_full(&self) -> bool {
        self.is_over || self.end() >= self.first.saturating_add(u64::from(self.count))
    }

    fn take(&mut self, page: LeafPage) {
        let last = self.first.saturating_add(u64::from(self.count));
        for index in 0..page.count() {
            let at = self.at + u64::from(index);
            if (self.first..last).contains(&at) {
                self.items.push(shown(&page, index));
            }
        }
        self.page = Some(page);
    }
}

fn shown(page: &LeafPage, index: u16) -> Item {
    match page.element(index) {
        Ok(element) => Item {
            key: element.key.to_vec(),
            name: name(element.key),
            value: match element.is_bucket {
                true => String::new(),
                false => shown_value(element.key, element.value),
            },
            value_len: element.value.len() as u64,
            is_bucket: element.is_bucket,
            page: page_of(page.place()),
            problem: None,
        },
        Err(problem) => broken(&problem),
    }
}

fn broken(problem: &crate::bbolt::Problem) -> Item {
    Item {
        key: Vec::new(),
        name: String::new(),
        value: String::new(),
        value_len: 0,
        is_bucket: false,
        page: page_of(problem.place),
        problem: Some(problem.to_string()),
    }
}

/// A key as text; the keys of etcd's bucket `key` as the revisions that they are.
pub(super) fn name(key: &[u8]) -> String {
    match crate::kv::BucketKey::decode(key) {
        Ok(key) if key.tombstone => format!("{} t", key.revision),
        Ok(key) => key.revision.to_string(),
        Err(_) if key.len() <= 256 => bare(key),
        Err(_) => bare_start(key),
    }
}

/// The page of a place.
pub(super) fn page_of(place: Place) -> Option<u64> {
    match place {
        Place::Page(page)
        | Place::Element(page, _)
        | Place::Inline(page, _)
        | Place::InlineElement(page, ..) => Some(page.0),
        Place::File | Place::Meta(_) => None,
    }
}
