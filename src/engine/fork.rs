//! A shell on an opened file: whatever is typed acts on a copy in memory, the file stays as it is.
//!
//! Here a file's rows become the simulated store's, since `etcd` and `mvcc` never meet.

use crate::backend::{Backend, Change, Member};
use crate::bbolt::{self, Order};
use crate::etcd::{AlarmKind, Contents, EtcdFile, Evidence, Permits, Problem, RecordScan};
use crate::mvcc::{KeyRange, Permission, PermissionKind, Release, Store, Stored};
use crate::shell::{Config, Shell};

/// Largest file that is copied, in bytes up to its high-water mark.
const MAX_BYTES: u64 = 512 << 20;

/// Why there is no shell on a file.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// It would take too much memory.
    #[error("the file has {len} bytes of pages, at most {MAX_BYTES} are copied into a session")]
    TooLarge {
        /// Bytes up to the high-water mark.
        len: u64,
    },
    /// The simulated member's own file cannot hold what the opened one says.
    #[error("{0}")]
    Write(#[from] bbolt::write::Error),
}

/// A shell whose member started from this file, as `release` or as the one that the file shows;
/// and what of the file could not be read.
///
/// # Errors
/// See [`ForkError`].
pub fn fork(file: &EtcdFile, release: Option<Release>) -> Result<(Shell, Vec<Problem>), ForkError> {
    let len = file.db().used_size();
    if len > MAX_BYTES {
        return Err(ForkError::TooLarge { len });
    }
    let release = release.unwrap_or_else(|| written_by(file));
    let mut contents = Contents::read(file);
    let mut problems = std::mem::take(&mut contents.problems);
    let stored = stored(file, &contents, &mut problems);
    let mut member = Member::default();
    if let [only] = contents.members.as_slice() {
        member.id = only.id;
        member.name.clone_from(&only.name);
        let first = |urls: &[String], to: &mut String| {
            if let Some(url) = urls.first() {
                to.clone_from(url);
            }
        };
        first(&only.peer_urls, &mut member.peer_url);
        first(&only.client_urls, &mut member.client_url);
    }
    let config = Config {
        release,
        raft_term: stored.raft_term,
        member_id: member.id,
        ..Config::default()
    };
    let compact = Some(stored.finished_compact.max(stored.scheduled_compact));
    let compact = compact.filter(|revision| *revision >= 0);
    let leases = stored.leases.clone();
    let store = Store::restore(release, stored);
    let image = member.file(release, compact, store.records().cloned())?;
    let mut backend = Backend::with_image(release, member, store.raft_term(), image);
    backend.change(
        leases
            .iter()
            .map(|(id, ttl)| Change::lease_granted(*id, *ttl)),
    );
    backend.note_auth(&store);
    backend.commit(store.raft_index());
    Ok((Shell::on(config, store, backend), problems))
}

/// The recorded release of the minor that the file shows.
fn written_by(file: &EtcdFile) -> Release {
    let Some(found) = file.info().release else {
        return Release::default();
    };
    match (found.minor.1, found.evidence) {
        (..=4, _) => Release::V3_4,
        (5, _) | (_, Evidence::Term) => Release::V3_5,
        (6.., _) => Release::V3_6,
    }
}

fn stored(file: &EtcdFile, contents: &Contents, problems: &mut Vec<Problem>) -> Stored {
    let mut records = Vec::new();
    let mut scan = RecordScan::new(file, Order::Forward);
    while let Some(page) = scan.next() {
        match page {
            Err(problem) => problems.push(problem),
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record) => records.push(record.to_owned()),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
        }
    }
    // Rows out of order are told; a store needs them in order.
    records.sort_by_key(|record| record.bucket_key.revision);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let main = |revision: Option<crate::kv::Revision>| revision.map_or(-1, |at| at.main);
    let signed = |number: Option<u64>, or: i64| {
        number
            .and_then(|number| i64::try_from(number).ok())
            .unwrap_or(or)
    };
    Stored {
        records,
        finished_compact: main(contents.meta.finished_compact),
        scheduled_compact: main(contents.meta.scheduled_compact),
        leases: contents
            .leases
            .iter()
            .map(|lease| (lease.id, lease.ttl))
            .collect(),
        auth_enabled: contents.auth.enabled,
        auth_revision: signed(contents.auth.revision, 1),
        users: contents
            .users
            .iter()
            .map(|user| {
                let roles = user.roles.iter().cloned().collect();
                (text(&user.name), (!user.no_password, roles))
            })
            .collect(),
        roles: contents
            .roles
            .iter()
            .map(|role| {
                let permissions = role.permissions.iter().map(permission);
                (text(&role.name), permissions.collect())
            })
            .collect(),
        alarm: contents
            .alarms
            .iter()
            .any(|alarm| alarm.kind == AlarmKind::NoSpace),
        raft_index: signed(contents.meta.consistent_index, 0),
        raft_term: signed(contents.meta.term, 2),
    }
}

fn permission(permission: &crate::etcd::Permission) -> Permission {
    Permission {
        kind: match permission.permits {
            Permits::Read => PermissionKind::Read,
            Permits::Write => PermissionKind::Write,
            Permits::ReadWrite => PermissionKind::ReadWrite,
        },
        keys: KeyRange::until(permission.key.as_slice(), permission.range_end.as_slice()),
    }
}
