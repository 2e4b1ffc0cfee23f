//! The files of a session: names and bytes, in memory.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Failure;
use super::redirect::file_name;
use crate::bbolt::{Db, MapWalk};
use crate::bytes::ReadAt;
use crate::etcd::{Minor, Status, StatusScan, go_open_error};
use crate::kv::quote::bare;
use crate::mvcc::Release;

/// bbolt before this one reads the page size from the first meta only.
const NEWER_BBOLT: Release = Release::new(3, 5, 8);
/// Most bytes that commands keep in files.
const MAX_BYTES: usize = 1 << 30;
/// Pages that one step of a check reads.
const STEP: u32 = 1024;

/// Names and bytes.
#[derive(Clone, Debug, Default)]
pub struct Files {
    by_name: BTreeMap<String, Rc<Vec<u8>>>,
}

impl Files {
    /// Keeps a file under a name, in place of an older one.
    pub fn save(&mut self, name: &str, bytes: Vec<u8>) {
        self.by_name.insert(name.to_owned(), Rc::new(bytes));
    }

    /// Keeps a file unless there is no room for it, which is answered; an older one of the name is
    /// left then.
    #[must_use]
    pub(super) fn save_bounded(&mut self, name: &str, bytes: Vec<u8>) -> bool {
        let others = self.by_name.iter().filter(|(other, _)| *other != name);
        let held: usize = others.map(|(_, bytes)| bytes.len()).sum();
        let fits = held.saturating_add(bytes.len()) <= MAX_BYTES;
        if fits {
            self.save(name, bytes);
        }
        fits
    }

    /// Removes a file; answers whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        self.by_name.remove(name).is_some()
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.by_name.get(name).map(|bytes| bytes.as_slice())
    }

    /// A file as a source of bytes.
    pub(super) fn source(&self, name: &str) -> Option<Rc<dyn ReadAt>> {
        let bytes = self.by_name.get(name)?.clone();
        Some(bytes)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// What a snapshot holds, as the tools of a release read it; they check its pages first.
    pub(super) fn status(&self, name: &str, release: Release) -> Result<Status, Failure> {
        let fail = |why: String| Failure::new(1, why);
        let bytes = self
            .by_name
            .get(&file_name(name.as_bytes()))
            .ok_or_else(|| fail(format!("stat {name}: no such file or directory")))?;
        if let Some(words) = go_open_error(&**bytes, name, release < NEWER_BBOLT) {
            return Err(fail(words));
        }
        let db = Db::open(bytes.clone()).map_err(|why| fail(why.to_string()))?;
        let found = damage(&db);
        if !found.is_empty() {
            let text = found.join("\n");
            return Err(fail(format!(
                "snapshot file integrity check failed. {} errors found.\n{text}",
                found.len()
            )));
        }
        let minor = Minor(release.major.into(), release.minor.into());
        let status = StatusScan::new(&db, minor).run();
        match status.refusal {
            Some(words) => Err(fail(words)),
            None => Ok(status),
        }
    }
}

/// What is wrong with the pages, in bbolt's words.
fn damage(db: &Db) -> Vec<String> {
    let key_text = |key: &[u8]| bare(key);
    let mut walk = MapWalk::new(db);
    let mut lines = Vec::new();
    loop {
        let more = walk.step(db, STEP);
        let found = walk.take_findings();
        lines.extend(found.iter().filter_map(|finding| finding.line(&key_text)));
        if !more {
            return lines;
        }
    }
}
