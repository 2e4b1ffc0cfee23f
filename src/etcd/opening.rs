//! Taking a bbolt file as one of etcd, a bounded piece at a time.
//!
//! What is read: the names of the top-level buckets, eight items of `meta` and `cluster`, and up to
//! 32 rows at the compact revision; each by a descent of its tree. Only where the way to one of
//! them is lost are all pages of the file looked through, over many steps.

use std::rc::Rc;

use super::items::Items;
use super::problem::Error;
use super::{EtcdFile, Info, MAX_LISTED};
use crate::bbolt::{self, Bucket, BucketList, Db};
use crate::bytes::Piece;

/// A file on its way open. Dropping it cancels.
#[derive(Debug)]
pub struct Opening {
    db: Db,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Buckets(Box<BucketList>),
    Items(Box<Found>),
    Over,
}

#[derive(Debug)]
struct Found {
    key: Bucket,
    buckets: Vec<(Piece, Bucket)>,
    problems: Vec<bbolt::Problem>,
    items: Items,
}

impl Opening {
    /// Starts with nothing read but what the bbolt file itself took.
    pub fn new(db: Db) -> Self {
        let list = BucketList::new(&db, &db.root(), MAX_LISTED);
        Self {
            db,
            stage: Stage::Buckets(Box::new(list)),
        }
    }

    /// Reads a few MiB at most; the file once it is open, or an error if it has no `key` bucket.
    /// `None` forever after that.
    pub fn step(&mut self) -> Option<Result<EtcdFile, Error>> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Buckets(mut list) => {
                if list.step(&self.db) {
                    self.stage = Stage::Buckets(list);
                    return None;
                }
                match self.listed(*list) {
                    Ok(found) => self.stage = Stage::Items(Box::new(found)),
                    Err(error) => return Some(Err(error)),
                }
                None
            }
            Stage::Items(mut boxed) => {
                let found = &mut *boxed;
                found.items.begin(&self.db);
                let (buckets, problems) = (&found.buckets, &found.problems);
                let info = Info::read(&self.db, buckets, problems, &mut found.items);
                if found.items.wait() {
                    self.stage = Stage::Items(boxed);
                    return None;
                }
                Some(Ok(EtcdFile {
                    db: self.db.clone(),
                    key: boxed.key,
                    info: Rc::new(info),
                }))
            }
            Stage::Over => None,
        }
    }

    fn listed(&self, list: BucketList) -> Result<Found, Error> {
        let (buckets, mut problems) = list.into_found();
        let key = buckets.iter().find(|(name, _)| &**name == b"key");
        let Some((_, key)) = key else {
            problems.splice(0..0, self.db.problems().iter().cloned());
            return Err(Error::NoKeyBucket {
                buckets: buckets.iter().map(|(name, _)| name.to_vec()).collect(),
                problems,
            });
        };
        Ok(Found {
            key: key.clone(),
            buckets,
            problems,
            items: Items::default(),
        })
    }
}
