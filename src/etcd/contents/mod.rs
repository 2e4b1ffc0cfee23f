//! Every bucket but `key`, decoded: meta, leases, auth, alarms, versions, members.
//!
//! Start from [`Contents::read`]. One wrong item is a [`Problem`] with bucket, key and what is
//! wrong in it, and the others are still read.
//!
//! Layouts as in etcd's `server/storage/schema` and the messages that it stores.

mod auth;
mod item;
mod lease;
mod membership;
mod meta;

use std::task::Poll;

use super::problem::{Name, Problem};
use super::{EtcdFile, MAX_LISTED};
use crate::bbolt::{Bucket, BucketList, Db, LeafPage, LeafWalk, Order};
use crate::bytes::Piece;

pub use auth::{Auth, Password, Permission, Permits, Role, User};
pub use item::ItemError;
pub(super) use item::u64_be;
pub use lease::{Alarm, AlarmKind, Lease, LeaseKeys};
pub use membership::{Cluster, Downgrade, Member};
pub use meta::{ConfState, Meta};

/// Items of one bucket that are decoded; a bucket of a real cluster has thousands at most.
const MAX_ITEMS: u64 = 1 << 20;
/// Bytes of one item's value that are decoded.
const MAX_VALUE: usize = 1 << 20;
/// Bytes of one bucket that are decoded.
const MAX_BYTES: u64 = 64 << 20;
/// Items that a step decodes.
const STEP_ITEMS: u64 = 10_000;

/// What the small buckets hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Bucket `meta`.
    pub meta: Meta,
    /// Bucket `lease`, by id.
    pub leases: Vec<Lease>,
    /// Bucket `auth`.
    pub auth: Auth,
    /// Bucket `authUsers`, by name.
    pub users: Vec<User>,
    /// Bucket `authRoles`, by name.
    pub roles: Vec<Role>,
    /// Bucket `alarm`.
    pub alarms: Vec<Alarm>,
    /// Bucket `cluster`.
    pub cluster: Cluster,
    /// Bucket `members`.
    pub members: Vec<Member>,
    /// Bucket `members_removed`: ids of members that were removed.
    pub removed: Vec<u64>,
    /// Top-level buckets that no etcd makes.
    pub unknown: Vec<Vec<u8>>,
    /// Items of known buckets that are of no known name: bucket, key, value.
    pub extra: Vec<(&'static str, Vec<u8>, Vec<u8>)>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// One item of a small bucket on its way into [`Contents`].
struct Row<'a> {
    key: &'a [u8],
    value: &'a [u8],
}

/// Takes an item, or says why not.
type Take = fn(&mut Contents, &Row<'_>) -> Result<(), ItemError>;

/// Every bucket that etcd makes, with what takes its items.
const BUCKETS: &[(&str, Take)] = &[
    ("alarm", lease::take_alarm),
    ("auth", auth::take),
    ("authRoles", auth::take_role),
    ("authUsers", auth::take_user),
    ("cluster", membership::take_cluster),
    ("lease", lease::take),
    ("members", membership::take),
    ("members_removed", membership::take_removed),
    ("meta", meta::take),
];

impl Contents {
    /// Reads all buckets but `key`.
    pub fn read(file: &EtcdFile) -> Self {
        Self::from_db(file.db())
    }

    /// Reads all buckets but `key` of a bbolt file, which need not have that one.
    pub fn from_db(db: &Db) -> Self {
        let mut walk = ContentsWalk::new(db);
        while walk.step(db) {}
        walk.into_contents()
    }

    fn keep_extra(&mut self, bucket: &'static str, row: &Row<'_>) {
        self.extra
            .push((bucket, row.key.to_vec(), row.value.to_vec()));
    }
}

/// The reading of [`Contents`], step by step.
#[derive(Debug)]
pub struct ContentsWalk {
    contents: Contents,
    stage: Stage,
    /// The buckets still to be read, the next one last.
    buckets: Vec<(Piece, Bucket)>,
}

#[derive(Debug)]
enum Stage {
    Listing(Box<BucketList>),
    Between,
    Reading(Box<Reading>),
}

/// A bucket that is being read.
#[derive(Debug)]
struct Reading {
    name: &'static str,
    take: Take,
    walk: LeafWalk,
    items: u64,
    bytes: u64,
}

impl ContentsWalk {
    /// Starts with nothing read.
    pub fn new(db: &Db) -> Self {
        let list = BucketList::new(db, &db.root(), MAX_LISTED);
        Self {
            contents: Contents::default(),
            stage: Stage::Listing(Box::new(list)),
            buckets: Vec::new(),
        }
    }

    /// Reads a few MiB at most; `false` when all is read.
    pub fn step(&mut self, db: &Db) -> bool {
        let portion = db.portion();
        // Items in memory cost no reading.
        let mut left = STEP_ITEMS;
        while left > 0 && db.has_left(portion) {
            left = left.saturating_sub(1);
            match std::mem::replace(&mut self.stage, Stage::Between) {
                Stage::Listing(mut list) => {
                    if list.step(db) {
                        self.stage = Stage::Listing(list);
                        return true;
                    }
                    (self.buckets, _) = list.into_found();
                    self.buckets.reverse();
                }
                Stage::Between => match self.buckets.pop() {
                    Some((name, bucket)) => self.begin(db, &name, &bucket),
                    None => return false,
                },
                Stage::Reading(mut reading) => {
                    let before = reading.items;
                    match reading.walk.poll_next(db) {
                        Poll::Pending => {
                            self.stage = Stage::Reading(reading);
                            return true;
                        }
                        Poll::Ready(None) => continue,
                        Poll::Ready(Some(Err(problem))) => {
                            self.contents.problems.push(problem.into());
                        }
                        Poll::Ready(Some(Ok(page))) => {
                            if !reading.page(&mut self.contents, &page) {
                                continue;
                            }
                        }
                    }
                    left = left.saturating_sub(reading.items - before);
                    self.stage = Stage::Reading(reading);
                }
            }
        }
        true
    }

    /// What was read.
    pub fn into_contents(self) -> Contents {
        self.contents
    }

    fn begin(&mut self, db: &Db, name: &[u8], bucket: &Bucket) {
        match BUCKETS.iter().find(|(known, _)| known.as_bytes() == name) {
            Some((known, take)) => {
                self.stage = Stage::Reading(Box::new(Reading {
                    name: known,
                    take: *take,
                    walk: LeafWalk::new(db, bucket, Order::Forward),
                    items: 0,
                    bytes: 0,
                }));
            }
            None if name == b"key" => {}
            None => self.contents.unknown.push(name.to_vec()),
        }
    }
}

impl Reading {
    /// Takes the items of a page; `false` where the bucket has more than are decoded.
    fn page(&mut self, contents: &mut Contents, page: &LeafPage) -> bool {
        for index in 0..page.count() {
            let element = match page.element(index) {
                Ok(element) => element,
                Err(problem) => {
                    contents.problems.push(problem.into());
                    continue;
                }
            };
            self.items += 1;
            self.bytes += element.key.len() as u64 + element.value.len() as u64;
            if self.items > MAX_ITEMS || self.bytes > MAX_BYTES {
                let bucket = self.name;
                contents.problems.push(Problem::TooMany { bucket });
                return false;
            }
            let row = Row {
                key: element.key,
                value: element.value,
            };
            let taken = match () {
                () if element.is_bucket => Err(ItemError::Bucket),
                () if row.value.len() > MAX_VALUE => {
                    Err(ItemError::TooLong(row.value.len() as u64))
                }
                () => (self.take)(contents, &row),
            };
            if let Err(error) = taken {
                contents.problems.push(Problem::Item {
                    place: page.place().element(index),
                    bucket: Name::new(self.name.as_bytes()),
                    key: Name::new(row.key),
                    error: Box::new(error),
                });
            }
        }
        true
    }
}
