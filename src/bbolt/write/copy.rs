//! Defragmentation: the same content on fresh pages, filled nearly to the end.

use super::{BucketId, Error, Image, Options, Tx};

/// What of a page is filled.
const FILL: f64 = 0.9;
/// Keys that are copied in one transaction.
const KEYS_A_COMMIT: u32 = 10_000;

impl Image {
    /// The same top-level buckets and their keys in a fresh image, written as etcd's `defrag`
    /// does (`server/storage/backend/backend.go`): bucket by bucket, pages filled to nine tenths,
    /// a commit every 10,000 keys. Buckets inside buckets, which etcd does not have, and sequence
    /// numbers are left behind, as etcd would.
    ///
    /// # Errors
    /// `Broken`.
    pub fn defragmented(&self, options: Options) -> Result<Self, Error> {
        let mut copy = Self::new(options)?;
        let mut source = self.clone();
        let mut from = source.begin();
        let root = from.root();
        let names = from
            .items(root)?
            .map(|item| item.map(|item| item.key))
            .collect::<Result<Vec<_>, _>>()?;
        let mut to = copy.begin();
        let mut copied = 0;
        for name in names {
            let source = from.bucket_in(root, &name)?;
            let mut target = create(&mut to, &name)?;
            for item in from.items(source)? {
                let item = item?;
                if item.is_bucket {
                    continue;
                }
                copied += 1;
                if copied > KEYS_A_COMMIT {
                    copied = 0;
                    to.commit()?;
                    to = copy.begin();
                    target = create(&mut to, &name)?;
                }
                to.put(target, &item.key, &item.value)?;
            }
        }
        to.commit()?;
        Ok(copy)
    }
}

fn create(to: &mut Tx<'_>, name: &[u8]) -> Result<BucketId, Error> {
    let root = to.root();
    let bucket = to.bucket_or_new(root, name)?;
    to.set_fill(bucket, FILL)?;
    Ok(bucket)
}
