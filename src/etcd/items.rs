//! Single items of the buckets, asked for one after the other and remembered.

use std::collections::BTreeMap;
use std::task::Poll;

use crate::bbolt::{self, Bucket, Db, Portion};
use crate::bytes::Piece;

/// An item's value; `None` where it is not there.
type Answer = Result<Option<Piece>, bbolt::Problem>;

/// Items asked for by whoever makes something of them, in steps: once a step has read enough,
/// nothing more is looked up and [`Items::wait`] is true; what was made so far is dropped and made
/// anew in the next step, where all that is known already costs nothing.
#[derive(Debug, Default)]
pub(super) struct Items {
    known: BTreeMap<(Vec<u8>, Vec<u8>), Answer>,
    portion: Option<Portion>,
    wait: bool,
}

impl Items {
    /// Begins a step.
    pub(super) fn begin(&mut self, db: &Db) {
        self.portion = Some(db.portion());
        self.wait = false;
    }

    /// Whether another step is needed.
    pub(super) fn wait(&self) -> bool {
        self.wait
    }

    /// The value of an item of one of the top-level buckets; nothing while another step is needed.
    pub(super) fn get(
        &mut self,
        db: &Db,
        buckets: &[(Piece, Bucket)],
        bucket: &[u8],
        key: &[u8],
    ) -> Answer {
        let path = (bucket.to_vec(), key.to_vec());
        if let Some(known) = self.known.get(&path) {
            return known.clone();
        }
        let Some((_, found)) = buckets.iter().find(|(name, _)| **name == *bucket) else {
            return Ok(None);
        };
        self.wait |= self.portion.is_none_or(|portion| !db.has_left(portion));
        if self.wait {
            return Ok(None);
        }
        let Poll::Ready(item) = db.poll_item(found, key) else {
            self.wait = true;
            return Ok(None);
        };
        let answer = item.map(|item| item.map(|item| item.value));
        self.known.insert(path, answer.clone());
        answer
    }
}
