//! Which bucket holds what, and in which form (`server/storage/schema` of etcd).
//!
//! | What a fresh member's file has | 3.4 | 3.5 | 3.6 |
//! | --- | --- | --- | --- |
//! | `meta`: `consistent_index` | yes | yes | yes |
//! | `meta`: `term`, `confState` | | yes | yes |
//! | `meta`: `storageVersion` | | | yes |
//! | `members`: client URLs | yes | after 3.5.1 | yes |
//! | the file grows ahead of its pages, by 16 MiB | | after 3.5.7 | yes |
//!
//! The last two rows are known of the recorded releases; where between them etcd changed is taken
//! from the release of bbolt that it came with.

use crate::bbolt::write::{Growth, Options};
use crate::kv::LeaseId;
use crate::kv::proto::push_varint;
use crate::kv::{BucketKey, Revision};
use crate::mvcc::Release;

/// What etcd maps of its file from the start, in bytes.
const INITIAL_MAPPING: u64 = 10 << 30;

/// A top-level bucket of etcd's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keyspace {
    /// Alarms that are raised.
    Alarm,
    /// Whether authentication is on, and its revision.
    Auth,
    /// Roles.
    AuthRoles,
    /// Users.
    AuthUsers,
    /// The cluster's version.
    Cluster,
    /// The rows of the store.
    Key,
    /// Leases.
    Lease,
    /// Members of the cluster.
    Members,
    /// Members that have left.
    MembersRemoved,
    /// What the member knows of itself.
    Meta,
}

impl Keyspace {
    /// All, in the order of their names.
    pub const ALL: [Self; 10] = [
        Self::Alarm,
        Self::Auth,
        Self::AuthRoles,
        Self::AuthUsers,
        Self::Cluster,
        Self::Key,
        Self::Lease,
        Self::Members,
        Self::MembersRemoved,
        Self::Meta,
    ];

    /// Name of the bucket.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Auth => "auth",
            Self::AuthRoles => "authRoles",
            Self::AuthUsers => "authUsers",
            Self::Cluster => "cluster",
            Self::Key => "key",
            Self::Lease => "lease",
            Self::Members => "members",
            Self::MembersRemoved => "members_removed",
            Self::Meta => "meta",
        }
    }
}

/// One entry stored or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub keyspace: Keyspace,
    /// The entry's key.
    pub key: Vec<u8>,
    /// The new value; `None` deletes the entry.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// Stores an entry.
    pub fn put(keyspace: Keyspace, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            keyspace,
            key: key.into(),
            value: Some(value.into()),
        }
    }

    /// Deletes an entry.
    pub fn delete(keyspace: Keyspace, key: impl Into<Vec<u8>>) -> Self {
        Self {
            keyspace,
            key: key.into(),
            value: None,
        }
    }

    /// A lease as it is granted (`leasepb.Lease`: id, seconds).
    pub fn lease_granted(id: LeaseId, ttl: i64) -> Self {
        let mut value = Vec::new();
        push_varint(&mut value, 1, id.0.cast_unsigned());
        push_varint(&mut value, 2, ttl.cast_unsigned());
        Self::put(Keyspace::Lease, id.0.to_be_bytes(), value)
    }

    /// A lease that has ended.
    pub fn lease_gone(id: LeaseId) -> Self {
        Self::delete(Keyspace::Lease, id.0.to_be_bytes())
    }

    /// An alarm raised or disarmed (`AlarmMember`): `kind` 1 for no space, 2 for corruption.
    pub fn alarm(member: u64, kind: u64, raised: bool) -> Self {
        let mut key = Vec::new();
        push_varint(&mut key, 1, member);
        push_varint(&mut key, 2, kind);
        Self {
            keyspace: Keyspace::Alarm,
            key,
            value: raised.then(Vec::new),
        }
    }

    /// Authentication switched on or off.
    pub fn auth_enabled(enabled: bool) -> Self {
        Self::put(Keyspace::Auth, "authEnabled", [u8::from(enabled)])
    }

    /// The revision of users and roles.
    pub fn auth_revision(revision: u64) -> Self {
        Self::put(Keyspace::Auth, "authRevision", revision.to_be_bytes())
    }

    /// What every transaction says of the raft log: index and term of its latest entry.
    pub(super) fn raft(release: Release, index: i64, term: i64) -> Vec<Self> {
        let number = |name, number: i64| Self::put(Keyspace::Meta, name, number.to_be_bytes());
        let mut changes = vec![number("consistent_index", index)];
        if release.minor >= 5 {
            changes.push(number("term", term));
        }
        changes
    }

    /// A compaction scheduled or finished at a revision.
    pub(super) fn compacted(name: &str, revision: i64) -> Self {
        let at = BucketKey {
            revision: Revision::new(revision, 0),
            tombstone: false,
        };
        Self::put(Keyspace::Meta, name, at.encode())
    }
}

/// The member that the file belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: u64,
    /// Where other members reach it.
    pub peer_url: String,
    /// Where clients reach it.
    pub client_url: String,
}

impl Default for Member {
    /// A single member with etcd's defaults.
    fn default() -> Self {
        Self {
            name: "default".into(),
            id: 10_276_657_743_932_975_437,
            peer_url: "http://localhost:2380".into(),
            client_url: "http://127.0.0.1:2379".into(),
        }
    }
}

impl Member {
    /// The changes of a first start, transaction by transaction, after the buckets are made.
    pub(super) fn first_start(&self, release: Release) -> Vec<Vec<Change>> {
        let id = self.id;
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let mut joins = vec![Change::auth_revision(1)];
        let mut member = format!("{{\"id\":{id},\"peerURLs\":[{}]", json(&self.peer_url));
        joins.push(Change::put(
            Keyspace::Members,
            format!("{id:x}"),
            format!("{member}}}"),
        ));
        if release.minor >= 5 {
            let voters = format!("{{\"voters\":[{id}],\"auto_leave\":false}}");
            joins.push(Change::put(Keyspace::Meta, "confState", voters));
        }
        member += &format!(",\"name\":{}", json(&self.name));
        if (release.minor, release.patch) != (5, 0) && (release.minor, release.patch) != (5, 1) {
            member += &format!(",\"clientURLs\":[{}]", json(&self.client_url));
        }
        let published = vec![Change::put(
            Keyspace::Members,
            format!("{id:x}"),
            format!("{member}}}"),
        )];
        let version = format!("{}.{}.0", release.major, release.minor);
        let mut settled = vec![Change::put(
            Keyspace::Cluster,
            "clusterVersion",
            version.clone(),
        )];
        if release.minor >= 6 {
            settled.push(Change::put(Keyspace::Meta, "storageVersion", version));
        }
        vec![joins, published, settled]
    }
}

/// How a release opens its file: fresh or anew, and while it defragments.
pub(super) fn options(release: Release, defragments: bool) -> Options {
    let ahead = match release.minor {
        ..=4 => false,
        5 => release.patch > 7,
        6.. => true,
    };
    let growth = match (ahead, defragments) {
        (false, _) => Growth::AsWritten,
        (true, false) => Growth::Ahead {
            initial_mapping: INITIAL_MAPPING,
        },
        (true, true) => Growth::Ahead { initial_mapping: 0 },
    };
    Options {
        growth,
        ..Options::default()
    }
}
