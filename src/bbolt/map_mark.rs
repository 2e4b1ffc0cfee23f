//! What a [`MapWalk`] notes on its way: which page is whose, buckets to come, keys out of order.

use super::bucket::Root;
use super::check::{Finding, KeyOrder, Slip};
use super::map::{Entry, Kind, MappedBucket, NO_PAGE};
use super::map_walk::{MAX_HELD, MapWalk};
use super::{Bucket, BucketId, Db, Item, LeafPage, PageKind, Pgid};

impl MapWalk {
    /// Lists a bucket to be walked later; looks into an inline one at once.
    pub(super) fn list_bucket(&mut self, item: &Item, parent: BucketId) {
        let mut todo = vec![(item.clone(), parent)];
        // A bucket inside an inline one is smaller than it, so that this ends.
        while let Some((item, parent)) = todo.pop() {
            let bucket = match Bucket::from_item(&item) {
                Ok(bucket) => bucket,
                Err(problem) => {
                    self.findings.push(Finding::of(problem));
                    continue;
                }
            };
            let mapped = |root| MappedBucket {
                parent: Some(parent),
                name: item.key.to_vec().into(),
                place: item.place,
                root,
                pages: 0,
                items: 0,
            };
            let bytes = match bucket.root {
                Root::Page(root) => {
                    let id = self.map.push_bucket(mapped(root));
                    self.inner.extend(id);
                    continue;
                }
                Root::Inline(bytes) => bytes,
            };
            let mut problems = Vec::new();
            let page = Bucket::inline_page(bytes, bucket.place, bucket.order, &mut problems);
            let mut inner = Vec::new();
            for index in 0..page.as_ref().map_or(0, LeafPage::count) {
                match page.as_ref().map(|page| page.item(index)) {
                    Some(Ok(item)) if item.is_bucket => inner.push(item),
                    Some(Err(problem)) => problems.push(problem),
                    _ => {}
                }
            }
            self.findings
                .extend(problems.into_iter().map(Finding::Note));
            if !inner.is_empty()
                && let Some(id) = self.map.push_bucket(mapped(Pgid(0)))
            {
                todo.extend(inner.into_iter().rev().map(|item| (item, id)));
            }
        }
    }

    /// How many continuation pages can be a page's own; tells those that are not.
    pub(super) fn continuation(&mut self, pgid: Pgid, overflow: u32, stack: &[Pgid]) -> u64 {
        let mut room = 0;
        let mut own = true;
        for step in 1..=u64::from(overflow) {
            let page = Pgid(pgid.0.saturating_add(step));
            let Some(entry) = self.map.entry(page) else {
                // Pages behind the high-water mark or the file belong to nobody.
                return if own { u64::from(overflow) } else { room };
            };
            let free = match entry.kind {
                Kind::None => true,
                Kind::Overflow => u64::from(entry.parent) == pgid.0,
                _ => false,
            };
            if entry.kind != Kind::None && self.spare > 0 {
                self.spare -= 1;
                self.findings.push(Finding::MultipleReferences {
                    page,
                    stack: stack.to_vec(),
                });
            }
            own &= free;
            if own {
                room = step;
            } else if self.spare == 0 {
                break;
            }
        }
        room
    }

    pub(super) fn mark_tree(&mut self, db: &Db, pgid: Pgid, kind: Kind, items: u16, len: usize) {
        self.mark(pgid, kind, items);
        let pages = (len as u64).div_ceil(db.page_size()).max(1);
        for page in pgid.0 + 1..pgid.0.saturating_add(pages) {
            let Some(entry) = self.map.entry_mut(Pgid(page)) else {
                break;
            };
            *entry = Entry {
                parent: u32::try_from(pgid.0).unwrap_or(NO_PAGE),
                owner: self.bucket.0,
                items: 0,
                depth: self.frames.len() as u8,
                kind: Kind::Overflow,
            };
        }
        if let Some(bucket) = self.map.bucket_mut(self.bucket) {
            bucket.pages += pages;
            if kind == Kind::Leaf {
                bucket.items += u64::from(items);
            }
        }
    }

    pub(super) fn mark(&mut self, pgid: Pgid, kind: Kind, items: u16) {
        let parent = self.frames.last().map(|frame| frame.pgid.0);
        let parent = parent.and_then(|parent| u32::try_from(parent).ok());
        let tree = !matches!(kind, Kind::Meta | Kind::Freelist);
        let owner = if tree { self.bucket.0 } else { u32::MAX };
        let depth = self.frames.len() as u8;
        if let Some(entry) = self.map.entry_mut(pgid) {
            *entry = Entry {
                parent: parent.unwrap_or(NO_PAGE),
                owner,
                items,
                depth,
                kind,
            };
        }
    }
}

/// Where a key is that is compared.
pub(super) struct At<'a> {
    pub(super) kind: PageKind,
    pub(super) page: Pgid,
    pub(super) index: u16,
    pub(super) stack: &'a [Pgid],
}

/// Compares a key with the one before it and with the bound above (`verifyKeyOrder` of bbolt).
pub(super) fn compare(
    out: &mut Vec<Finding>,
    at: &At<'_>,
    key: &[u8],
    previous: Option<&[u8]>,
    below: Option<&[u8]>,
) {
    let order = previous.map(|previous| previous.cmp(key));
    let slip = match order {
        Some(std::cmp::Ordering::Greater) if at.index == 0 => Some(Slip::BelowBound),
        Some(std::cmp::Ordering::Greater) => Some(Slip::Descends),
        Some(std::cmp::Ordering::Equal) if at.index > 0 => Some(Slip::Repeats),
        _ => None,
    };
    let above = below
        .is_some_and(|below| key >= below)
        .then_some(Slip::AboveBound);
    for slip in slip.into_iter().chain(above) {
        if out.len() < MAX_HELD {
            out.push(Finding::Order(KeyOrder {
                slip,
                kind: at.kind,
                page: at.page,
                index: at.index,
                key: key.into(),
                previous: previous.unwrap_or_default().into(),
                stack: at.stack.to_vec(),
            }));
        }
    }
}
