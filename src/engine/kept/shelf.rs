//! Which indexes are kept, and keeping that of the opened file.
//!
//! ```text
//! Engine::errand ──▶ whoever has the storage ──▶ Engine::shelve   what is there now
//!                                            ──▶ Engine::place    where to write
//! ```
//!
//! The engine does no I/O: what is to be done with the storage it leaves as an [`Errand`], and goes
//! on with it when it was done. An index is kept under its file's [`Identity`]. One that was cut
//! when the page was closed, or that another version of the program wrote, is thrown away.

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use super::{Kept, Packing, open};
use crate::bytes::{Identifying, Identity, ReadAt};
use crate::engine::document::Document;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{Envelope, KeptEntry, KeptUse, KeptView, Response, StudyAnswer};
use crate::engine::wire::Packed;
use crate::engine::{Engine, Sink};
use crate::kubernetes::time::rfc3339;

/// Chunks of an index that a step writes.
const STEP_CHUNKS: u32 = 8;
/// Why an index is not kept after all.
const ANOTHER_FILE: &str = "another file was opened meanwhile";

/// An index in the storage.
pub struct Stored {
    /// Its name there.
    pub name: String,
    /// Its bytes.
    pub source: Rc<dyn ReadAt>,
    /// When it was written, in milliseconds since 1970.
    pub kept_ms: u64,
}

/// Somewhere to write an index. Dropped before it is finished, it is left as it is.
pub trait Place {
    /// Writes behind what was written.
    ///
    /// # Errors
    /// Why it could not, as where there is no room.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// All is written.
    ///
    /// # Errors
    /// Why it is not safely there.
    fn finish(self: Box<Self>) -> Result<(), String>;
}

/// What is to be done with the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Make room for an index of this name, and call [`Engine::place`].
    Place(String),
    /// Throw these away, then as [`Errand::List`].
    Forget(Vec<String>),
    /// Tell [`Engine::shelve`] what is there.
    List,
}

/// What is kept.
#[derive(Default)]
pub(in crate::engine) struct Shelf {
    items: Vec<Item>,
    errands: VecDeque<Errand>,
    keeping: Option<Keeping>,
    /// Why the last attempt to keep one failed; empty where it did not.
    note: String,
    /// Id of the last request about it.
    pub(in crate::engine) asked_by: u64,
}

struct Item {
    name: String,
    file: String,
    identity: Identity,
    size: u64,
    kept_ms: u64,
    source: Rc<dyn ReadAt>,
}

/// An index on its way into the storage.
struct Keeping {
    /// The request that opened its file.
    opened_by: u64,
    stage: Stage,
}

enum Stage {
    Identifying(Identifying),
    /// A place was asked for.
    Waiting(Identity),
    Writing(Identity, Box<dyn Place>, Packing, u64),
}

/// Indexes to look for the opened file's in.
#[derive(Clone, Default)]
pub(in crate::engine) struct Candidates(Vec<(Identity, Rc<dyn ReadAt>)>);

impl Candidates {
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The index of this file.
    pub(in crate::engine) fn find(&self, identity: &Identity) -> Option<Kept> {
        let (_, source) = self.0.iter().find(|(one, _)| one == identity)?;
        open(Rc::clone(source)).ok()
    }
}

impl fmt::Debug for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidates({})", self.0.len())
    }
}

impl Shelf {
    pub(in crate::engine) fn candidates(&self) -> Candidates {
        let all = self.items.iter();
        Candidates(
            all.map(|item| (item.identity, Rc::clone(&item.source)))
                .collect(),
        )
    }

    /// Whether there is something to do before somebody comes back from an errand.
    pub(in crate::engine) fn is_busy(&self) -> bool {
        let keeping = self.keeping.as_ref();
        keeping.is_some_and(|keeping| !matches!(keeping.stage, Stage::Waiting(_)))
    }

    /// Begins to keep the index of a file.
    pub(in crate::engine) fn keep(&mut self, file: &OpenedFile, opened_by: u64) {
        self.note.clear();
        if let Some(source) = file.to_keep() {
            self.keeping = Some(Keeping {
                opened_by,
                stage: Stage::Identifying(Identifying::new(source)),
            });
        }
    }

    /// Throws one index away, or all of them.
    pub(in crate::engine) fn forget(&mut self, name: Option<&str>) {
        let all = self.items.iter().map(|item| item.name.clone());
        let names: Vec<_> = all
            .filter(|one| name.is_none_or(|name| one == name))
            .collect();
        self.items.retain(|item| !names.contains(&item.name));
        self.throw_away(names);
    }

    /// Throws away what turned out not to be the index of the file.
    pub(in crate::engine) fn disown(&mut self, identity: &Identity) {
        self.forget(Some(&identity.to_string()));
    }

    fn throw_away(&mut self, names: Vec<String>) {
        if !names.is_empty() {
            self.errands.push_back(Errand::Forget(names));
        }
    }

    /// What is kept, ready to be shown.
    pub(in crate::engine) fn view(&self, file: Option<&OpenedFile>) -> KeptView {
        let identity = file.and_then(|file| file.identity);
        let entries = self.items.iter().map(|item| KeptEntry {
            name: item.name.clone(),
            file: item.file.clone(),
            size: item.size,
            kept: day(item.kept_ms),
            is_this: Some(item.identity) == identity,
        });
        KeptView {
            can_keep: file.is_some_and(|file| file.to_keep().is_some()),
            used: file.map_or(KeptUse::Read, |file| file.background.found.kept),
            entries: entries.collect(),
            along: self.keeping.as_ref().map(Keeping::progress),
            note: self.note.clone(),
        }
    }

    /// Goes on with keeping an index.
    fn step(&mut self, file: Option<&mut OpenedFile>, opened_by: u64) {
        let Some(keeping) = self.keeping.take() else {
            return;
        };
        let Some(file) = file.filter(|_| keeping.opened_by == opened_by) else {
            let written = keeping.written();
            drop(keeping);
            return self.give_up(written, ANOTHER_FILE);
        };
        match keeping.step(file) {
            Ok(Some(next)) => {
                if let Stage::Waiting(identity) = &next.stage {
                    file.identity = Some(*identity);
                    self.errands.push_back(Errand::Place(identity.to_string()));
                }
                self.keeping = Some(next);
            }
            Ok(None) => self.errands.push_back(Errand::List),
            Err((written, why)) => self.give_up(written, &why),
        }
    }

    /// Leaves it, and what was written of it.
    fn give_up(&mut self, written: Option<Identity>, why: &str) {
        self.note = format!("The index was not kept: {why}.");
        self.throw_away(written.iter().map(Identity::to_string).collect());
    }
}

impl Keeping {
    fn progress(&self) -> (u64, u64) {
        match &self.stage {
            Stage::Identifying(_) | Stage::Waiting(_) => (0, 0),
            Stage::Writing(.., done) => (*done, 0),
        }
    }

    /// The index of which something was written.
    fn written(&self) -> Option<Identity> {
        match &self.stage {
            Stage::Writing(identity, ..) => Some(*identity),
            _ => None,
        }
    }

    /// None once all is written. Where it fails its place is closed: nobody can throw away what is
    /// open.
    fn step(self, file: &OpenedFile) -> Result<Option<Self>, (Option<Identity>, String)> {
        let Self { opened_by, stage } = self;
        let at = |stage| Some(Self { opened_by, stage });
        match stage {
            Stage::Identifying(mut identifying) => match identifying.step() {
                Ok(Some(identity)) => Ok(at(Stage::Waiting(identity))),
                Ok(None) => Ok(at(Stage::Identifying(identifying))),
                Err(error) => Err((None, error.to_string())),
            },
            Stage::Waiting(identity) => Ok(at(Stage::Waiting(identity))),
            Stage::Writing(identity, mut place, mut packing, mut done) => {
                let mut failed = None;
                for _ in 0..STEP_CHUNKS {
                    let more = packing.step(file.history(), &mut |bytes| {
                        done += bytes.len() as u64;
                        if failed.is_none() {
                            failed = place.write(bytes).err();
                        }
                    });
                    if let Some(why) = failed {
                        return Err((Some(identity), why));
                    }
                    if !more {
                        let finished = place.finish();
                        return finished.map(|()| None).map_err(|why| (Some(identity), why));
                    }
                }
                Ok(at(Stage::Writing(identity, place, packing, done)))
            }
        }
    }
}

/// The day of a time, as `2026-11-23`.
fn day(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let text = rfc3339(seconds).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

impl Engine {
    /// What is to be done with the storage, one at a time; asked for after every call.
    pub fn errand(&mut self) -> Option<Errand> {
        self.shelf.errands.pop_front()
    }

    /// What the storage holds now. What cannot be used is thrown away.
    pub fn shelve(&mut self, stored: Vec<Stored>, out: Sink<'_>) {
        let mut useless = Vec::new();
        self.shelf.items.clear();
        for one in stored {
            let size = one.source.len();
            match open(Rc::clone(&one.source)) {
                Ok(kept) if kept.identity.to_string() == one.name => self.shelf.items.push(Item {
                    file: kept.name,
                    identity: kept.identity,
                    size,
                    name: one.name,
                    kept_ms: one.kept_ms,
                    source: one.source,
                }),
                _ => useless.push(one.name),
            }
        }
        self.shelf.items.sort_by_key(|item| item.kept_ms);
        self.shelf.throw_away(useless);
        self.tell_kept(out);
    }

    /// Where the index may be written, or why nowhere.
    pub fn place(&mut self, place: Result<Box<dyn Place>, String>, out: Sink<'_>) {
        let Some(keeping) = self.shelf.keeping.take() else {
            return;
        };
        match (keeping, place, &self.file) {
            (
                Keeping {
                    opened_by,
                    stage: Stage::Waiting(identity),
                },
                Ok(place),
                Some(file),
            ) if opened_by == self.opened_by => {
                let packing = Packing::new(&file.name, &identity, file.history(), None);
                let stage = Stage::Writing(identity, place, packing, 0);
                self.shelf.keeping = Some(Keeping { opened_by, stage });
            }
            (_, Err(why), _) => self.shelf.give_up(None, &why),
            // A place that was made for it is not wanted any more.
            (keeping, Ok(place), _) => {
                drop(place);
                let made = match keeping.stage {
                    Stage::Waiting(identity) => Some(identity),
                    _ => None,
                };
                self.shelf.give_up(made, ANOTHER_FILE);
            }
        }
        self.tell_kept(out);
    }

    /// Goes on with keeping the index, and tells how far it is.
    pub(in crate::engine) fn step_shelf(&mut self, out: Sink<'_>) {
        self.shelf.step(self.file.as_mut(), self.opened_by);
        self.tell_kept(out);
    }

    fn tell_kept(&self, out: Sink<'_>) {
        let view = self.shelf.view(self.file.as_ref());
        if self.shelf.asked_by > 0 {
            out(Envelope {
                id: self.shelf.asked_by,
                body: Response::Study(Packed::new(&StudyAnswer::Kept(Box::new(view)))),
            });
        }
    }
}
