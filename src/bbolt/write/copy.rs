//! Defragmentation: the same content on fresh pages, filled nearly to the end.

use super::page::View;
use super::{BucketId, Error, Image, Options, Tx};
use crate::bbolt::MAX_DEPTH;

/// What of a page is filled.
const FILL: f64 = 0.9;
/// Keys that are copied in one transaction.
const KEYS_A_COMMIT: usize = 10_000;

impl Image {
    /// The same top-level buckets and their keys in a fresh image, written as etcd's `defrag`
    /// does (`server/storage/backend/backend.go`): bucket by bucket, pages filled to nine tenths,
    /// a commit every 10,000 keys. Buckets inside buckets, which etcd does not have, and sequence
    /// numbers are left behind, as etcd would.
    ///
    /// # Errors
    /// `Broken`.
    pub fn defragmented(&self, options: Options) -> Result<Self, Error> {
        let mut copy = Defrag::new(options)?;
        let mut source = self.clone();
        let mut from = source.begin();
        let root = from.root();
        let names = from
            .items(root)?
            .map(|item| item.map(|item| item.key))
            .collect::<Result<Vec<_>, _>>()?;
        for name in names {
            copy.bucket(&name);
            let source = from.bucket_in(root, &name)?;
            for item in from.items(source)? {
                let item = item?;
                if !item.is_bucket {
                    copy.put(&item.key, Value::Bytes(item.value.to_vec()))?;
                }
            }
        }
        copy.finish()
    }
}

/// A value that is copied.
#[derive(Clone, Debug)]
pub enum Value {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes, whatever they are: only the size of the file is asked for. They are zero
    /// where they are written.
    Len(u64),
}

/// A defragmentation on its way, fed with the items of a file in its order.
///
/// For the size of the file alone it works on lengths ([`Defrag::hollow`]): then it takes the
/// memory of one transaction's keys and of the branch pages, however large file and values are.
#[derive(Debug)]
pub struct Defrag {
    copy: Image,
    bucket: Vec<u8>,
    /// What the next transaction does.
    batch: Vec<Step>,
    puts: usize,
}

#[derive(Debug)]
enum Step {
    Bucket(Vec<u8>),
    Put(Vec<u8>, Value),
}

impl Defrag {
    /// An empty file.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn new(options: Options) -> Result<Self, Error> {
        Ok(Self {
            copy: Image::new(options)?,
            bucket: Vec::new(),
            batch: Vec::new(),
            puts: 0,
        })
    }

    /// The same for who asks for the size alone.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn hollow(options: Options) -> Result<Self, Error> {
        Ok(Self {
            copy: Image::new_hollow(options)?,
            ..Self::new(options)?
        })
    }

    /// The items that follow are of this top-level bucket; an empty one is made too.
    pub fn bucket(&mut self, name: &[u8]) {
        self.bucket = name.to_vec();
        self.batch.push(Step::Bucket(name.to_vec()));
    }

    /// The next item.
    ///
    /// # Errors
    /// `Broken`, and what [`Tx::put`] says.
    pub fn put(&mut self, key: &[u8], value: Value) -> Result<(), Error> {
        self.puts += 1;
        if self.puts > KEYS_A_COMMIT {
            self.commit()?;
            self.batch.push(Step::Bucket(self.bucket.clone()));
            // As etcd counts: every transaction but the first takes one key more.
            self.puts = 0;
        }
        let value = match value {
            Value::Bytes(bytes) if self.copy.is_hollow() => Value::Len(bytes.len() as u64),
            value => value,
        };
        self.batch.push(Step::Put(key.to_vec(), value));
        Ok(())
    }

    /// The file. A hollow one has a size and nothing else.
    ///
    /// # Errors
    /// As [`Defrag::put`].
    pub fn finish(mut self) -> Result<Image, Error> {
        self.commit()?;
        Ok(self.copy)
    }

    fn commit(&mut self) -> Result<(), Error> {
        let mut to = self.copy.begin();
        let mut target = to.root();
        for step in self.batch.drain(..) {
            match step {
                Step::Bucket(name) => target = create(&mut to, &name)?,
                Step::Put(key, Value::Bytes(value)) => to.put(target, &key, &value)?,
                Step::Put(key, Value::Len(len)) => to.put_hollow(target, &key, &[], len)?,
            }
        }
        to.commit()?;
        if self.copy.is_hollow() {
            self.copy.forget_full()?;
        }
        Ok(())
    }
}

impl Image {
    /// Lets go of the leaves that nothing will be added to: all but the last of each bucket.
    fn forget_full(&mut self) -> Result<(), Error> {
        let root = self.meta().root;
        let mut roots = vec![root];
        let view = self.view(root)?;
        // A root that is a branch page has too many buckets to be etcd's: nothing is let go.
        if !view.is_leaf {
            return Ok(());
        }
        let inodes = (0..view.count).filter_map(|index| view.inode(index));
        for inode in inodes.filter(|inode| inode.is_bucket) {
            let header = inode.value.get(..8).and_then(|bytes| bytes.try_into().ok());
            roots.push(header.map_or(0, u64::from_le_bytes));
        }
        for root in roots.into_iter().filter(|root| *root > 0).skip(1) {
            let view = self.view(root)?;
            self.forget_below(&view, 0)?;
        }
        Ok(())
    }

    /// Of a branch page: all leaves but those below its last child.
    fn forget_below(&mut self, view: &View, depth: usize) -> Result<(), Error> {
        if view.is_leaf || depth >= MAX_DEPTH {
            return Ok(());
        }
        let last = view.count.saturating_sub(1);
        for index in 0..view.count {
            let Some(child) = view.child(index) else {
                continue;
            };
            // What was let go before is not there any more.
            let Ok(below) = self.view(child) else {
                continue;
            };
            if below.is_leaf && index < last {
                self.forget(child);
            } else {
                self.forget_below(&below, depth + 1)?;
            }
        }
        Ok(())
    }
}

fn create(to: &mut Tx<'_>, name: &[u8]) -> Result<BucketId, Error> {
    let root = to.root();
    let bucket = to.bucket_or_new(root, name)?;
    to.set_fill(bucket, FILL)?;
    Ok(bucket)
}
