//! From the first byte of a file to its buckets, a bounded piece at a time.
//!
//! A whole file takes two steps. Where metas, the root or a way to a small bucket is lost, all
//! pages are looked through.

use std::rc::Rc;

use super::facts::Phase;
use crate::bbolt::{self, Db, Options};
use crate::bytes::ReadAt;
use crate::etcd::{self, EtcdFile};

/// A file whose buckets are being found.
pub(super) struct Finding {
    source: Rc<dyn ReadAt>,
    stage: Stage,
}

/// What was found.
pub(super) struct Found {
    pub(super) db: Db,
    /// The same file from the meta that counts, where another one was chosen.
    pub(super) newer: Option<Db>,
    /// None where there is no bucket `key`.
    pub(super) etcd: Result<EtcdFile, etcd::Error>,
}

enum Stage {
    Opening(bbolt::Opening, Options),
    /// The same from the meta that counts.
    Newer(Db, bbolt::Opening),
    Buckets(Db, Option<Db>, etcd::Opening),
    Over,
}

impl Finding {
    /// Starts with nothing read; `meta` is the one that was asked for.
    pub(super) fn new(source: Rc<dyn ReadAt>, meta: Option<u8>) -> Self {
        let options = Options {
            meta,
            ..Options::default()
        };
        let opening = bbolt::Opening::new(Rc::clone(&source), options);
        Self {
            source,
            stage: Stage::Opening(opening, options),
        }
    }

    /// Reads a few MiB at most; what was found, or why nothing can be read. `None` forever after.
    pub(super) fn step(&mut self) -> Option<Result<Found, bbolt::Error>> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Opening(mut opening, options) => match opening.step() {
                None => self.stage = Stage::Opening(opening, options),
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(db)) if options.meta.is_some() => {
                    let source = Rc::clone(&self.source);
                    let newer = bbolt::Opening::new(source, Options::default());
                    self.stage = Stage::Newer(db, newer);
                }
                Some(Ok(db)) => self.go_on(db, None),
            },
            Stage::Newer(db, mut opening) => match opening.step() {
                None => self.stage = Stage::Newer(db, opening),
                Some(newer) => {
                    let newer = newer.ok();
                    let newer = newer.filter(|newer| newer.metas().active != db.metas().active);
                    self.go_on(db, newer);
                }
            },
            Stage::Buckets(db, newer, mut opening) => match opening.step() {
                None => self.stage = Stage::Buckets(db, newer, opening),
                Some(etcd) => return Some(Ok(Found { db, newer, etcd })),
            },
            Stage::Over => {}
        }
        None
    }

    fn go_on(&mut self, db: Db, newer: Option<Db>) {
        let opening = etcd::Opening::new(db.clone());
        self.stage = Stage::Buckets(db, newer, opening);
    }

    /// What is being done, bytes done, of so many.
    pub(super) fn progress(&self) -> (Phase, u64, u64) {
        let size = self.source.len();
        let search = match &self.stage {
            Stage::Opening(opening, _) | Stage::Newer(_, opening) => opening.progress(),
            Stage::Buckets(db, ..) => db.search_progress(),
            Stage::Over => None,
        };
        match search {
            Some((done, all)) => (Phase::Finding, done, all),
            None => (Phase::Reading, 0, size),
        }
    }
}
