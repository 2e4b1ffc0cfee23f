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

use super::problem::{Name, Problem};
use super::{EtcdFile, MAX_LISTED};
use crate::bbolt::{Bucket, Db, LeafWalk, Order};

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
        let mut contents = Self::default();
        let (buckets, _) = db.buckets(&db.root(), MAX_LISTED);
        for (name, bucket) in &buckets {
            match BUCKETS
                .iter()
                .find(|(known, _)| known.as_bytes() == &**name)
            {
                Some((known, take)) => contents.bucket(db, known, bucket, *take),
                None if &**name == b"key" => {}
                None => contents.unknown.push(name.to_vec()),
            }
        }
        contents
    }

    fn bucket(&mut self, db: &Db, name: &'static str, bucket: &Bucket, take: Take) {
        let mut walk = LeafWalk::new(db, bucket, Order::Forward);
        let (mut items, mut bytes) = (0, 0);
        while let Some(next) = walk.next(db) {
            let page = match next {
                Ok(page) => page,
                Err(problem) => {
                    self.problems.push(problem.into());
                    continue;
                }
            };
            for index in 0..page.count() {
                let element = match page.element(index) {
                    Ok(element) => element,
                    Err(problem) => {
                        self.problems.push(problem.into());
                        continue;
                    }
                };
                items += 1;
                bytes += element.key.len() as u64 + element.value.len() as u64;
                if items > MAX_ITEMS || bytes > MAX_BYTES {
                    self.problems.push(Problem::TooMany { bucket: name });
                    return;
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
                    () => take(self, &row),
                };
                if let Err(error) = taken {
                    self.problems.push(Problem::Item {
                        place: page.place().element(index),
                        bucket: Name::new(name.as_bytes()),
                        key: Name::new(row.key),
                        error: Box::new(error),
                    });
                }
            }
        }
    }

    fn keep_extra(&mut self, bucket: &'static str, row: &Row<'_>) {
        self.extra
            .push((bucket, row.key.to_vec(), row.value.to_vec()));
    }
}
