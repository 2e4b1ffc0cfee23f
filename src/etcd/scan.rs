//! The rows of the `key` bucket, page by page, without copying a value.

use std::task::Poll;

use super::EtcdFile;
use super::problem::Problem;
use crate::bbolt::{LeafPage, LeafWalk, Order, Place, Progress};
use crate::kv::{BucketKey, RecordRef, Revision};

/// A scan that is driven step by step: every call of [`RecordScan::next`] reads one leaf page, so
/// that whoever drives it can stop, cancel, or tell how far it is between two calls.
#[derive(Debug)]
pub struct RecordScan {
    file: EtcdFile,
    walk: LeafWalk,
    order: Order,
    last: Option<Revision>,
}

/// The rows of one leaf page. Keeps the page's bytes alive, nothing else.
#[derive(Debug)]
pub struct RecordPage {
    page: LeafPage,
    order: Order,
    previous: Option<Revision>,
}

impl RecordScan {
    /// Starts a scan of all rows.
    pub fn new(file: &EtcdFile, order: Order) -> Self {
        Self {
            file: file.clone(),
            walk: LeafWalk::new(&file.db, &file.key, order),
            order,
            last: None,
        }
    }

    /// The rows of the next leaf page, or the next problem; `None` at the end.
    ///
    /// Where a part of the bucket is lost, this may read the whole file: see [`Self::poll_next`].
    #[expect(
        clippy::should_implement_trait,
        reason = "a step of a state machine whose progress is asked for in between"
    )]
    pub fn next(&mut self) -> Option<Result<RecordPage, Problem>> {
        loop {
            if let Poll::Ready(next) = self.poll_next() {
                return next;
            }
        }
    }

    /// The same, but reads a few MiB at most: `Pending` while pages that may stand in for a lost
    /// part are searched, to be called again.
    pub fn poll_next(&mut self) -> Poll<Option<Result<RecordPage, Problem>>> {
        let page = match self.walk.poll_next(&self.file.db) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Ok(page))) => page,
            Poll::Ready(Some(Err(problem))) => return Poll::Ready(Some(Err(problem.into()))),
        };
        let previous = self.last;
        // What the next page has to stay above; a broken key at the end only weakens the check.
        let last = page.count().checked_sub(1);
        if let Some(Ok(element)) = last.map(|last| page.element(last))
            && let Ok(key) = BucketKey::decode(element.key)
        {
            self.last = self.last.max(Some(key.revision));
        }
        Poll::Ready(Some(Ok(RecordPage {
            page,
            order: self.order,
            previous,
        })))
    }

    /// How far the scan has come.
    pub fn progress(&self) -> Progress {
        self.walk.progress(&self.file.db)
    }
}

/// What a row turned out to be: the record, and whether it is out of order.
type Checked<'a> = (Result<RecordRef<'a>, Problem>, Option<Problem>);

impl RecordPage {
    /// Where the page is.
    pub fn place(&self) -> Place {
        self.page.place()
    }

    /// Number of rows on the page, broken ones included.
    pub fn count(&self) -> u16 {
        self.page.count()
    }

    /// One row.
    pub fn record(&self, index: u16) -> Result<RecordRef<'_>, Problem> {
        let element = self.page.element(index)?;
        let place = || self.page.place().element(index);
        if element.is_bucket {
            return Err(Problem::NestedBucket(place()));
        }
        RecordRef::decode(element.key, element.value).map_err(|error| Problem::Record {
            place: place(),
            error,
        })
    }

    /// One row's bytes, whether they decode or not: its bucket key and its value.
    pub fn raw(&self, index: u16) -> Result<(&[u8], &[u8]), Problem> {
        let element = self.page.element(index)?;
        Ok((element.key, element.value))
    }

    /// The rows in the order of the scan, and what is wrong with those that do not decode or are
    /// out of order (an out-of-order row is given too, after its problem).
    pub fn records(&self) -> impl Iterator<Item = Result<RecordRef<'_>, Problem>> {
        let count = self.page.count();
        let mut previous = self.previous;
        (0..count).flat_map(move |step| {
            let index = match self.order {
                Order::Forward => step,
                Order::Backward => count - 1 - step,
            };
            let (record, disorder) = self.checked(index, &mut previous);
            disorder.map(Err).into_iter().chain([record])
        })
    }

    fn checked(&self, index: u16, previous: &mut Option<Revision>) -> Checked<'_> {
        let record = self.record(index);
        let Ok(found) = &record else {
            return (record, None);
        };
        let revision = found.bucket_key.revision;
        let disorder = match *previous {
            Some(previous) if self.order == Order::Forward && revision <= previous => {
                Some(Problem::OutOfOrder {
                    place: self.page.place().element(index),
                    revision,
                    previous,
                })
            }
            _ => None,
        };
        *previous = Some(revision);
        (record, disorder)
    }
}
