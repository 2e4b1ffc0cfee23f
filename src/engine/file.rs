//! An opened file: its history in memory, its values still in the file.

use std::rc::Rc;

use super::background::{Background, Came};
use super::browse::{self, Listing};
use super::document::{self, Document};
use super::facts::Layer;
use super::fossils;
use super::pages;
use super::problems::Problems;
use super::protocol::{Request, Response, Summary};
use super::summary::Told;
use crate::bbolt::{Db, MapWalk, Why};
use crate::bytes::{Identity, ReadAt};
use crate::etcd::{self, EtcdFile};
use crate::fill::Fills;
use crate::history::History;
use crate::kubernetes::RegistryKey;
use crate::kubernetes::when::{Curve, Estimate};
use crate::kv::{BucketKey, Record};

/// Where a file came from, so that it can be opened otherwise.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) name: String,
    pub(super) source: Rc<dyn ReadAt>,
    /// The member of an archive that was asked for.
    pub(super) member: Option<String>,
    /// The meta that was asked for.
    pub(super) meta: Option<u8>,
}

/// A file that is open.
pub(super) struct OpenedFile {
    pub(super) name: String,
    pub(super) db: Db,
    etcd: Option<EtcdFile>,
    /// The same for single rows.
    looks: Option<EtcdFile>,
    /// Whether damage may hide the bucket `key`.
    is_hidden: bool,
    layers: Vec<Layer>,
    history: History,
    /// What fills the bucket `key`.
    pub(super) fills: Fills,
    problems: Problems,
    pub(super) background: Background,
    /// The list of a bucket that is looked at.
    pub(super) listing: Option<Listing>,
    /// Objects of Kubernetes that live; none where there are no keys of any.
    objects: Option<u64>,
    source: Rc<dyn ReadAt>,
    /// Which file it is, where that was asked.
    pub(super) identity: Option<Identity>,
}

/// What opening has come to.
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) db: Db,
    /// None where there is no bucket `key`.
    pub(super) etcd: Option<EtcdFile>,
    /// Whether damage may hide the bucket `key`.
    pub(super) is_hidden: bool,
    pub(super) layers: Vec<Layer>,
    pub(super) history: History,
    pub(super) fills: Fills,
    pub(super) problems: Problems,
    /// The same file from the meta that counts, where another one was chosen.
    pub(super) newer: Option<Db>,
    /// The file's bytes, unpacked.
    pub(super) source: Rc<dyn ReadAt>,
    /// Which file it is, where that was asked.
    pub(super) identity: Option<Identity>,
    /// Whether its history was loaded from what was kept.
    pub(super) is_kept: bool,
    /// When revisions were written; none before its rows were read.
    pub(super) curve: Option<Curve>,
    /// The walk over its pages as far as it went beside the reading of rows.
    pub(super) walk: Option<Box<MapWalk>>,
}

impl OpenedFile {
    pub(super) fn new(parts: Parts) -> Self {
        let etcd = parts.etcd.as_ref();
        let trailer = etcd.and_then(|file| file.info().snapshot);
        let searches = etcd.is_some() || parts.is_hidden;
        let objects = objects(&parts.history);
        let mut background = Background::new(
            parts.db.clone(),
            etcd,
            trailer,
            parts.newer,
            searches,
            parts.is_kept,
        );
        background.found.curve = parts.curve.filter(|_| objects.is_some());
        if let Some(walk) = parts.walk {
            background.go_on_with(walk);
        }
        Self {
            name: parts.name,
            db: parts.db,
            looks: parts.etcd.as_ref().map(EtcdFile::for_looks),
            etcd: parts.etcd,
            is_hidden: parts.is_hidden,
            layers: parts.layers,
            history: parts.history,
            fills: parts.fills,
            problems: parts.problems,
            background,
            listing: None,
            objects,
            source: parts.source,
            identity: parts.identity,
        }
    }

    /// The bytes whose index can be kept: of an etcd file that is whole enough to be found again,
    /// from the meta that counts.
    pub(super) fn to_keep(&self) -> Option<Rc<dyn ReadAt>> {
        let is_plain = self.etcd.is_some() && !self.db.is_salvaged();
        let is_present = self.db.metas().why != Why::Chosen;
        (is_plain && is_present).then(|| Rc::clone(&self.source))
    }

    /// Does a piece of the work that follows opening.
    pub(super) fn step(&mut self) -> Came {
        self.background.step(&self.history, &mut self.problems)
    }

    /// What etcd put in it; none in a bbolt file of another program.
    pub(super) fn etcd(&self) -> Option<&EtcdFile> {
        self.etcd.as_ref()
    }

    /// Its name, and what etcd put in it; none in a bbolt file of another program.
    pub(super) fn to_fork(&self) -> Option<(&str, &EtcdFile)> {
        Some((&self.name, self.etcd.as_ref()?))
    }

    /// The fossils, once they are found.
    pub(super) fn fossils(&self) -> Option<&fossils::Layer> {
        self.background.found.fossils.as_ref()
    }

    /// Answers a look into the file, or begins a list.
    pub(super) fn look(&mut self, id: u64, request: Request) -> Option<Response> {
        let map = self.background.found.map.as_ref();
        Some(match request {
            Request::Tree => {
                let (nodes, is_cut) = browse::tree(&self.db, map);
                Response::Tree { nodes, is_cut }
            }
            Request::Items { path, first, count } => {
                let before = self.listing.take();
                self.listing = Some(Listing::ask(before, id, path, first, count));
                return None;
            }
            Request::Item { path, key } => Response::Item {
                item: browse::item(&self.db, &path, &key).map(Box::new),
            },
            Request::Map { first, count } => Response::Map {
                first,
                total: map.map_or(0, |map| pages::total(&self.db, map)),
                cells: map.map_or_else(Vec::new, |map| pages::cells(map, first, count)),
            },
            Request::Page { page } => Response::Page {
                page: pages::detail(&self.db, map, page).map(Box::new),
            },
            Request::Fossils { first, count } => Response::Fossils {
                first,
                total: self.fossils().map_or(0, fossils::Layer::len),
                rows: self
                    .fossils()
                    .map_or_else(Vec::new, |layer| layer.rows(first, count)),
            },
            _ => return None,
        })
    }

    /// Whether somebody waits for a list.
    pub(super) fn is_listing(&self) -> bool {
        self.listing.as_ref().is_some_and(Listing::is_busy)
    }

    /// Goes on with the list that is looked at; its answer once it is there. None: nobody waits.
    pub(super) fn list(&mut self) -> Option<(u64, Response)> {
        let listing = self.listing.as_mut().filter(|list| list.is_busy())?;
        let map = self.background.found.map.as_ref();
        let answer = listing.step(&self.db, map)?;
        Some((listing.id(), answer))
    }

    /// The file in a few numbers.
    pub(super) fn summary(&self) -> Summary {
        let told = Told {
            db: &self.db,
            info: self.etcd.as_ref().map(EtcdFile::info),
            is_hidden: self.is_hidden,
            layers: &self.layers,
            problems: &self.problems,
            found: &self.background.found,
            objects: self.objects,
            is_busy: self.background.is_busy(),
        };
        Summary {
            name: self.name.clone(),
            file: Some(told.facts()),
            ..document::summary(&self.history)
        }
    }
}

/// Keys of objects that live at the head, if there ever were any.
fn objects(history: &History) -> Option<u64> {
    let mut keys = history
        .keys()
        .filter(|key| RegistryKey::parse(key.key).is_some());
    let mut keys = keys.by_ref().peekable();
    keys.peek()?;
    Some(keys.filter(|key| key.at(history.head()).is_some()).count() as u64)
}

impl Document for OpenedFile {
    fn history(&self) -> &History {
        &self.history
    }

    fn when(&self, revision: i64) -> Option<Estimate> {
        self.background.found.curve.as_ref()?.at(revision)
    }

    fn record(&self, key: BucketKey) -> Result<Option<Record>, String> {
        let Some(file) = &self.looks else {
            return Ok(None);
        };
        let row = file.record(&key).map_err(|problem| problem.to_string())?;
        let record = row.as_ref().map(etcd::Row::record).transpose();
        let record = record.map_err(|error| error.to_string())?;
        Ok(record.map(|record| record.to_owned()))
    }
}
