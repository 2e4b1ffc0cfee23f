//! [`Backend`]: from what was applied to transactions on pages.

use super::auth::AuthTable;
use super::journal::{Journal, Step, next_row};
use super::schema::options;
use super::{Change, Keyspace, Member};
use crate::bbolt::write::{BucketId, Commit, Error, Image, Options, Tx};
use crate::bytes::Cursor;
use crate::kv::{BucketKey, Revision};
use crate::mvcc::{Applied, Release, Reply};

/// What etcd fills of a page of the `key` bucket, which only grows at its end.
pub(super) const KEY_FILL: f64 = 0.9;
/// Rows that a compaction looks at in one transaction.
const COMPACTION_BATCH: usize = 1000;

/// A member's file.
#[derive(Clone, Debug)]
pub struct Backend {
    release: Release,
    member: Member,
    raft_term: i64,
    /// `None` until somebody looks.
    image: Option<Image>,
    journal: Journal,
    /// Of the transaction that has not ended.
    pending: Journal,
    latest: Vec<Committed>,
    /// The file before, if what happened last was that it was rewritten.
    rewritten: Option<Image>,
    /// How often a transaction ended or the file was rewritten.
    ended: u64,
    /// Whether the transaction to come belongs to the request of the latest one.
    goes_on: bool,
    /// Users and roles as they were written last.
    pub(super) auth: AuthTable,
    /// High-water mark in bytes when somebody looked last.
    looked: i64,
}

/// A transaction, and the pages before it.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The file before.
    pub before: Image,
    /// What the transaction did.
    pub commit: Commit,
}

/// Sizes of the file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Up to the high-water mark: "DB SIZE" of `endpoint status`.
    pub db_size: i64,
    /// The same without free pages: "IN USE".
    pub in_use: i64,
    /// Of the file on disk, room at its end included.
    pub on_disk: i64,
}

impl Backend {
    /// The file of a single member after its first start, and after as many more as bring its
    /// raft term to `raft_term`; `raft_index` is the log's last entry then.
    pub fn new(release: Release, member: Member, raft_term: i64, raft_index: i64) -> Self {
        let mut backend = Self {
            release,
            member,
            raft_term: 2,
            image: None,
            journal: Journal::default(),
            pending: Journal::default(),
            latest: Vec::new(),
            rewritten: None,
            ended: 0,
            goes_on: false,
            auth: AuthTable::default(),
            looked: 0,
        };
        backend.journal.push(Step::Commit(0));
        for (changes, index) in backend.member.first_start(release).into_iter().zip(1..) {
            let steps = changes.into_iter().map(Step::Change);
            steps.for_each(|step| backend.journal.push(step));
            backend.journal.push(Step::Commit(index.min(raft_index)));
        }
        if raft_term > 2 {
            backend.journal.push(Step::Restart(raft_term));
        }
        backend.journal.push(Step::Commit(raft_index));
        backend
    }

    /// A member with a file that is there already.
    pub fn with_image(release: Release, member: Member, raft_term: i64, image: Image) -> Self {
        Self {
            release,
            member,
            raft_term,
            image: Some(image),
            journal: Journal::default(),
            pending: Journal::default(),
            latest: Vec::new(),
            rewritten: None,
            ended: 0,
            goes_on: false,
            auth: AuthTable::default(),
            looked: i64::MAX,
        }
    }

    /// Notes what an operation did and ends the transaction; `raft_index` is its entry in the raft
    /// log. An operation that wrote nothing leaves no trace.
    pub fn apply(&mut self, applied: &Applied, raft_index: i64) {
        self.note(applied, raft_index);
        self.commit(raft_index);
    }

    /// Notes what an operation did in the transaction that is open.
    pub fn note(&mut self, applied: &Applied, raft_index: i64) {
        if !applied.written.is_empty() {
            self.pending.rows(&applied.written);
        }
        match &applied.reply {
            Reply::LeaseGrant(lease) => {
                let change = Change::lease_granted(lease.id, lease.ttl);
                self.pending.push(Step::Change(change));
            }
            Reply::LeaseRevoke(id) => {
                self.pending.push(Step::Change(Change::lease_gone(*id)));
            }
            Reply::Compact(revision) => {
                let change = Change::compacted("scheduledCompactRev", *revision);
                self.pending.push(Step::Change(change));
                self.pending.push(Step::Force(raft_index));
                self.ended += 1;
                self.journal.append(&mut self.pending);
                let removed = applied.removed.iter().map(|row| row.bucket_key);
                let step = Step::Compact(*revision, removed.collect());
                self.pending.push(step);
            }
            _ => {}
        }
    }

    /// Notes changes of the other buckets: alarms, users, roles, leases.
    pub fn change(&mut self, changes: impl IntoIterator<Item = Change>) {
        let steps = changes.into_iter().map(Step::Change);
        steps.for_each(|step| self.pending.push(step));
    }

    /// Ends the transaction, if anything was noted.
    pub fn commit(&mut self, raft_index: i64) {
        if !self.pending.is_empty() {
            self.pending.push(Step::Commit(raft_index));
            self.ended += 1;
            self.journal.append(&mut self.pending);
        }
    }

    /// How often a transaction ended or the file was rewritten since this backend was made: two
    /// equal numbers mean the same pages.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Whether something was noted since the last commit.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Notes that the member was started again.
    pub fn restart(&mut self, raft_term: i64, raft_index: i64) {
        self.pending.push(Step::Restart(raft_term));
        self.commit(raft_index);
    }

    /// Notes that the file is defragmented; what is pending is committed before.
    pub fn defrag(&mut self, raft_index: i64) {
        self.commit(raft_index);
        self.ended += 1;
        self.journal.push(Step::Defrag);
    }

    /// The file as it stands.
    ///
    /// # Errors
    /// What a transaction was refused for, such as a user name that is too long for a key.
    pub fn image(&mut self) -> Result<&Image, Error> {
        self.write()
    }

    /// The transactions of the latest request: several for a compaction.
    ///
    /// # Errors
    /// As [`Backend::image`].
    pub fn latest(&mut self) -> Result<&[Committed], Error> {
        self.write()?;
        Ok(&self.latest)
    }

    /// Whether what happened to the file last is that it was rewritten; told without making pages.
    pub fn is_rewritten(&self) -> bool {
        match self.journal.steps.last() {
            Some(step) => matches!(step, Step::Defrag),
            None => self.rewritten.is_some(),
        }
    }

    /// The file before it was rewritten, if nothing happened to it since.
    ///
    /// # Errors
    /// As [`Backend::image`].
    pub fn rewritten(&mut self) -> Result<Option<&Image>, Error> {
        self.write()?;
        Ok(self.rewritten.as_ref())
    }

    /// The file's sizes as `endpoint status` tells them.
    ///
    /// # Errors
    /// As [`Backend::image`].
    pub fn sizes(&mut self) -> Result<Sizes, Error> {
        let image = self.write()?;
        let signed = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
        let sizes = Sizes {
            db_size: signed(image.size()),
            in_use: signed(image.size_in_use()),
            on_disk: signed(crate::bytes::ReadAt::len(image)),
        };
        self.looked = sizes.db_size;
        Ok(sizes)
    }

    /// What the file cannot be larger than now, in bytes, told without making pages: rows that
    /// were noted count double, and each step as the pages of a way from root to leaf.
    pub fn size_at_most(&self) -> i64 {
        /// Sixteen pages.
        const STEP: u64 = 16 << 12;
        let steps = self.journal.steps.len() as u64;
        let noted = self
            .journal
            .len()
            .saturating_mul(2)
            .saturating_add(steps.saturating_mul(STEP));
        let noted = i64::try_from(noted).unwrap_or(i64::MAX);
        self.looked.saturating_add(noted)
    }

    /// What `etcdctl snapshot save` stores; what is pending is committed before.
    ///
    /// # Errors
    /// As [`Backend::image`].
    pub fn snapshot(&mut self, raft_index: i64) -> Result<Vec<u8>, Error> {
        self.commit(raft_index);
        Ok(self.write()?.snapshot())
    }

    /// Brings everything noted onto pages.
    fn write(&mut self) -> Result<&Image, Error> {
        let image = match self.image.take() {
            Some(image) => image,
            None => fresh(options(self.release, false))?,
        };
        let image = self.image.insert(image);
        let journal = std::mem::take(&mut self.journal);
        let mut writer = Writer {
            release: self.release,
            raft_term: &mut self.raft_term,
            rows: journal.reader(),
            image,
            keep: std::mem::take(&mut self.latest),
            rewritten: self.rewritten.take(),
        };
        let mut from = 0;
        while let Some(steps) = journal.steps.get(from..).filter(|rest| !rest.is_empty()) {
            let end = steps
                .iter()
                .position(|step| matches!(step, Step::Commit(_) | Step::Force(_) | Step::Defrag))
                .map_or(steps.len(), |at| at + 1);
            let group = steps.get(..end).unwrap_or(steps);
            from += group.len();
            let forced = matches!(group.last(), Some(Step::Force(_)));
            // A compaction's transactions are told together, whether it was looked at meanwhile.
            if !std::mem::replace(&mut self.goes_on, forced) {
                writer.keep.clear();
                writer.rewritten = None;
            }
            let rest = journal.steps.get(from..).unwrap_or_default();
            let ends = |step: &Step| matches!(step, Step::Commit(_) | Step::Defrag);
            writer.group(
                group,
                rest.is_empty() || forced && !rest.iter().rev().skip(1).any(ends),
            )?;
        }
        (self.latest, self.rewritten) = (writer.keep, writer.rewritten);
        Ok(image)
    }
}

/// A file with its buckets and nothing in them.
pub(super) fn fresh(options: Options) -> Result<Image, Error> {
    let mut image = Image::new(options)?;
    let mut tx = image.begin();
    let root = tx.root();
    for keyspace in Keyspace::ALL {
        tx.create_bucket(root, keyspace.name().as_bytes())?;
    }
    tx.commit()?;
    Ok(image)
}

/// Turns steps into transactions.
struct Writer<'a> {
    release: Release,
    raft_term: &'a mut i64,
    rows: Cursor<'a>,
    image: &'a mut Image,
    keep: Vec<Committed>,
    rewritten: Option<Image>,
}

impl Writer<'_> {
    /// The steps of one request; `keeps` the pages before each of its transactions.
    fn group(&mut self, steps: &[Step], keeps: bool) -> Result<(), Error> {
        let index = match steps.last() {
            Some(Step::Commit(index) | Step::Force(index)) => *index,
            _ => 0,
        };
        let meta = Change::raft(self.release, index, *self.raft_term);
        let mut before = keeps.then(|| self.image.clone());
        let mut tx = self.image.begin();
        for step in steps {
            match step {
                Step::Rows(count) => {
                    let bucket = open(&mut tx, Keyspace::Key)?;
                    tx.set_fill(bucket, KEY_FILL)?;
                    for _ in 0..*count {
                        if let Some((key, value)) = next_row(&mut self.rows) {
                            tx.put(bucket, key, value)?;
                        }
                    }
                }
                Step::Change(change) => apply(&mut tx, change)?,
                Step::Compact(revision, removed) => {
                    let mut batches = Batches::new(*revision, removed);
                    while !batches.remove(&mut tx)? {
                        for change in &meta {
                            apply(&mut tx, change)?;
                        }
                        let commit = tx.commit()?;
                        let committed = before.take().map(|before| Committed { before, commit });
                        self.keep.extend(committed);
                        before = keeps.then(|| self.image.clone());
                        tx = self.image.begin();
                    }
                }
                Step::Restart(term) => *self.raft_term = *term,
                Step::Defrag => {
                    drop(tx);
                    let mut copy = self.image.defragmented(options(self.release, true))?;
                    copy.reopen(options(self.release, false).growth);
                    *self.image = copy;
                    self.rewritten = before;
                    return Ok(());
                }
                Step::Commit(_) | Step::Force(_) => {}
            }
        }
        for change in &meta {
            apply(&mut tx, change)?;
        }
        let commit = tx.commit()?;
        self.keep
            .extend(before.map(|before| Committed { before, commit }));
        Ok(())
    }
}

/// A compaction on its way through the rows.
struct Batches<'a> {
    revision: i64,
    removed: std::slice::Iter<'a, BucketKey>,
    next: Revision,
}

impl<'a> Batches<'a> {
    fn new(revision: i64, removed: &'a [BucketKey]) -> Self {
        Self {
            revision,
            removed: removed.iter(),
            next: Revision::default(),
        }
    }

    /// Looks at as many rows as etcd does in a transaction and removes its own; answers whether it
    /// came to the end, which the file then says.
    fn remove(&mut self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let bucket = open(tx, Keyspace::Key)?;
        let start = BucketKey {
            revision: self.next,
            tombstone: false,
        };
        let looked_at = tx
            .items_from(bucket, &start.encode())?
            .take(COMPACTION_BATCH)
            .map(|item| item.map(|item| item.key))
            .collect::<Result<Vec<_>, _>>()?;
        let mut count = 0;
        for key in &looked_at {
            let Some(at) = BucketKey::decode(key).ok().map(|key| key.revision) else {
                continue;
            };
            if at.main > self.revision {
                break;
            }
            count += 1;
            self.next = Revision::new(at.main, at.sub.saturating_add(1));
            let gone = self.removed.as_slice().first();
            if gone.is_some_and(|gone| gone.encode() == **key) {
                self.removed.next();
                tx.delete(bucket, key)?;
            }
        }
        let finished = count < COMPACTION_BATCH;
        if finished {
            apply(tx, &Change::compacted("finishedCompactRev", self.revision))?;
        }
        Ok(finished)
    }
}

pub(super) fn open(tx: &mut Tx<'_>, keyspace: Keyspace) -> Result<BucketId, Error> {
    let root = tx.root();
    tx.bucket_in(root, keyspace.name().as_bytes())
}

pub(super) fn apply(tx: &mut Tx<'_>, change: &Change) -> Result<(), Error> {
    let bucket = open(tx, change.keyspace)?;
    match &change.value {
        Some(value) => tx.put(bucket, &change.key, value),
        None => tx.delete(bucket, &change.key).map(drop),
    }
}
