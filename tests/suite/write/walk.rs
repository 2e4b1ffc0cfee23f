//! Walking an image twice: raw, to check the tree and account for every page; and through the
//! project's reader, which must tell the same.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use revscope::bbolt::write::Image;
use revscope::bbolt::{Bucket, Db, LeafWalk, Order, Pgid};
use revscope::bytes::ReadAt;

/// Path of a bucket and key in it, to the value; a bucket itself is there with `None`.
pub type Content = BTreeMap<Vec<Vec<u8>>, Option<Vec<u8>>>;

fn int(bytes: &[u8], at: usize, len: usize) -> u64 {
    let mut all = [0; 8];
    all[..len].copy_from_slice(&bytes[at..at + len]);
    u64::from_le_bytes(all)
}

/// A source of pages, and what was found in it.
pub struct Raw<'a> {
    page: &'a dyn Fn(u64) -> Vec<u8>,
    pub seen: BTreeSet<u64>,
    pub content: Content,
}

impl<'a> Raw<'a> {
    /// Walks all from a root page; panics where the tree is not as it should be.
    pub fn walk(page: &'a dyn Fn(u64) -> Vec<u8>, root: u64) -> Self {
        let mut raw = Self {
            page,
            seen: BTreeSet::new(),
            content: Content::new(),
        };
        raw.tree(root, &[], None, None);
        raw
    }

    fn run(&mut self, pgid: u64) -> Vec<u8> {
        let mut bytes = (self.page)(pgid);
        assert_eq!(int(&bytes, 0, 8), pgid, "page says who it is");
        let overflow = int(&bytes, 12, 4);
        assert!(self.seen.insert(pgid), "page {pgid} twice");
        for next in pgid + 1..=pgid + overflow {
            assert!(self.seen.insert(next), "page {next} twice");
            bytes.extend((self.page)(next));
        }
        bytes
    }

    /// Gives the depth of the tree.
    fn tree(
        &mut self,
        pgid: u64,
        path: &[Vec<u8>],
        low: Option<&[u8]>,
        high: Option<&[u8]>,
    ) -> u32 {
        let bytes = self.run(pgid);
        if int(&bytes, 8, 2) == 2 {
            self.leaf(&bytes, path, low, high);
            return 1;
        }
        assert_eq!(int(&bytes, 8, 2), 1, "page {pgid}");
        let count = int(&bytes, 10, 2) as usize;
        assert!(count >= 1);
        let mut entries = Vec::new();
        for index in 0..count {
            let at = 16 + 16 * index;
            let start = at + int(&bytes, at, 4) as usize;
            let key = bytes[start..start + int(&bytes, at + 4, 4) as usize].to_vec();
            entries.push((key, int(&bytes, at + 8, 8)));
        }
        assert!(
            entries.is_sorted_by(|a, b| a.0 < b.0),
            "keys of branch {pgid}"
        );
        let mut depths = BTreeSet::new();
        for (index, (key, child)) in entries.iter().enumerate() {
            assert!(
                low.is_none_or(|low| key.as_slice() >= low)
                    && high.is_none_or(|high| key.as_slice() < high)
            );
            let next = entries
                .get(index + 1)
                .map(|(key, _)| key.as_slice())
                .or(high);
            depths.insert(self.tree(*child, path, Some(key), next));
        }
        assert_eq!(depths.len(), 1, "leaves under {pgid} at one depth");
        1 + depths.first().unwrap()
    }

    fn leaf(&mut self, bytes: &[u8], path: &[Vec<u8>], low: Option<&[u8]>, high: Option<&[u8]>) {
        let mut last: Option<Vec<u8>> = None;
        for index in 0..int(bytes, 10, 2) as usize {
            let at = 16 + 16 * index;
            let start = at + int(bytes, at + 4, 4) as usize;
            let middle = start + int(bytes, at + 8, 4) as usize;
            let key = bytes[start..middle].to_vec();
            let value = &bytes[middle..middle + int(bytes, at + 12, 4) as usize];
            assert!(low.is_none_or(|low| key.as_slice() >= low));
            assert!(high.is_none_or(|high| key.as_slice() < high));
            assert!(last.is_none_or(|last| last < key), "keys in order");
            last = Some(key.clone());
            let mut inside = path.to_vec();
            inside.push(key);
            if int(bytes, at, 4) == 0 {
                self.content.insert(inside, Some(value.to_vec()));
                continue;
            }
            self.content.insert(inside.clone(), None);
            match int(value, 0, 8) {
                0 => self.leaf(&value[16..], &inside, None, None),
                root => {
                    self.tree(root, &inside, None, None);
                }
            }
        }
    }
}

/// The content of an image; checks its tree, that each page is used, free or pending once, and
/// that the reader finds the same.
pub fn check(image: &Image) -> Content {
    let page = |pgid| image.page(Pgid(pgid)).unwrap();
    let raw = Raw::walk(&page, image.root().0);
    let mut all = raw.seen.clone();
    let mut add = |pgid: Pgid| assert!(all.insert(pgid.0), "page {pgid} is used and free");
    image.free_pages().for_each(&mut add);
    image.pending_pages().for_each(&mut add);
    let db = Db::open(Rc::new(image.clone())).unwrap();
    assert_eq!(db.problems(), []);
    if let Some(freelist) = db.freelist() {
        add(freelist.page);
        let room = freelist.count * 8 + 16 + if freelist.count >= 0xFFFF { 8 } else { 0 };
        let overflow = int(&page(freelist.page.0), 12, 4);
        assert!(room <= (overflow + 1) * image.page_size());
        for next in 1..=overflow {
            add(Pgid(freelist.page.0 + next));
        }
        let mut listed: Vec<Pgid> = image.free_pages().chain(image.pending_pages()).collect();
        listed.sort();
        assert_eq!(freelist.ids().collect::<Vec<_>>(), listed);
    }
    let wanted: BTreeSet<u64> = (2..image.high_water_mark().0).collect();
    assert_eq!(all, wanted, "every page is accounted for");
    assert_eq!(db.meta().txid, image.txid());
    assert!(db.size() >= image.size() || image.txid().0 < 2);
    let mut content = Content::new();
    read(&db, &db.root(), &[], &mut content);
    assert_eq!(content, raw.content, "the reader finds the same");
    content
}

/// All of a bucket through the reader.
pub fn read(db: &Db, bucket: &Bucket, path: &[Vec<u8>], content: &mut Content) {
    let mut walk = LeafWalk::new(db, bucket, Order::Forward);
    while let Some(page) = walk.next(db) {
        let page = page.unwrap();
        for index in 0..page.count() {
            let item = page.item(index).unwrap();
            let mut inside = path.to_vec();
            inside.push(item.key.to_vec());
            if item.is_bucket {
                content.insert(inside.clone(), None);
                read(db, &Bucket::from_item(&item).unwrap(), &inside, content);
            } else {
                content.insert(inside, Some(item.value.to_vec()));
            }
        }
    }
}

/// All of a file through the reader.
pub fn read_file(bytes: Vec<u8>) -> (Db, Content) {
    let source: Rc<dyn ReadAt> = Rc::new(bytes);
    let db = Db::open(source).unwrap();
    let mut content = Content::new();
    read(&db, &db.root(), &[], &mut content);
    (db, content)
}
