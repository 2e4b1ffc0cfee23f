//! What etcd puts into the buckets of a bbolt file: versions 3.4 to 3.6, live files and snapshots.
//!
//! Start from [`EtcdFile::open`], or from an [`Opening`] to do the same in steps; it reads the names
//! of the buckets and some forty items. The rows of the `key` bucket come
//! page by page from a [`RecordScan`], or one at a time from [`EtcdFile::record`]: values stay in
//! the file. [`Verify`] checks the hash at the end of a snapshot. [`FossilWalk`] finds the rows that
//! were compacted and are still there.

mod contents;
mod dump;
mod evidence;
mod fossils;
mod hashkv;
mod info;
mod items;
mod opening;
mod problem;
mod scan;
mod status;
mod trailer;

use std::rc::Rc;

use crate::bbolt::{self, Bucket, Db, Item};
use crate::bytes::ReadAt;
use crate::kv::codec::DecodeError;
use crate::kv::{BucketKey, RecordRef};

pub use contents::{
    Alarm, AlarmKind, Auth, Cluster, ConfState, Contents, ContentsWalk, Downgrade, ItemError,
    Lease, LeaseKeys, Member, Meta, Password, Permission, Permits, Role, User,
};
pub use dump::push_decoded;
pub use evidence::{Certainty, Clue};
pub use fossils::{
    Confidence, Fossil, FossilError, FossilPhase, FossilProblem, FossilRow, FossilWalk, FossilWhy,
    Fossils, MAX_FOSSILS,
};
pub use hashkv::{HashKvError, HashKvScan, hash_kv, last_main};
pub use info::{Evidence, Info, Minor, Release};
pub use opening::Opening;
pub use problem::{Error, Name, Problem};
pub use scan::{RecordPage, RecordScan};
pub use status::{Status, StatusScan, go_open_error};
pub use trailer::{Tail, Trailer, Verify};

/// More buckets than this are counted as "and more": a file of etcd has about ten.
const MAX_LISTED: u32 = 4096;

/// An opened file of etcd. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EtcdFile {
    db: Db,
    key: Bucket,
    info: Rc<Info>,
}

/// One row of the `key` bucket, still as bytes of the file.
#[derive(Clone, Debug)]
pub struct Row(Item);

impl Row {
    /// Decodes the row.
    pub fn record(&self) -> Result<RecordRef<'_>, DecodeError> {
        RecordRef::decode(&self.0.key, &self.0.value)
    }
}

impl EtcdFile {
    /// Opens a `db` file or a snapshot.
    pub fn open(source: Rc<dyn ReadAt>) -> Result<Self, Error> {
        Self::from_db(Db::open(source)?)
    }

    /// Takes a bbolt file as one of etcd. Fails if it has no `key` bucket.
    pub fn from_db(db: Db) -> Result<Self, Error> {
        let mut opening = Opening::new(db);
        loop {
            if let Some(opened) = opening.step() {
                return opened;
            }
        }
    }

    /// The same file for single rows far apart: read by small windows.
    pub fn for_looks(&self) -> Self {
        Self {
            db: self.db.for_looks(),
            ..self.clone()
        }
    }

    /// The bbolt file below.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// What the small buckets say.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The row with a bucket key, by descent of the tree; `None` if there is none.
    pub fn record(&self, key: &BucketKey) -> Result<Option<Row>, bbolt::Problem> {
        let item = self.db.item(&self.key, &key.encode())?;
        Ok(item.filter(|item| !item.is_bucket).map(Row))
    }
}
