//! Opening a file, a bounded piece at a time.
//!
//! A whole file is open after one step. Where no meta can be used, or the root is lost, all pages
//! are looked through for it.

use std::cmp::Reverse;
use std::fmt;
use std::rc::Rc;

use super::find_metas::{Found, find_metas};
use super::meta::META_END;
use super::salvage_root::{PageSizeSearch, RootSearch, stand_in_meta};
use super::{Db, Error, Meta, MetaError, Metas, Options, Pgid, Why};
use crate::bytes::{ByteOrder, ReadAt, Windows};

/// A file on its way open. Dropping it cancels.
pub struct Opening(State);

enum State {
    Start(Windows, Options),
    /// Neither meta can be used, which is the error where nothing else is found.
    Size(Windows, Options, Error, Box<PageSizeSearch>),
    /// Looking for the root; with the error where nothing can be read without one.
    Search(Box<Db>, Box<RootSearch>, Option<Error>),
    Over,
}

impl Opening {
    /// Starts with nothing read.
    pub fn new(source: Rc<dyn ReadAt>, options: Options) -> Self {
        Self::of(Windows::new(source), options)
    }

    pub(super) fn of(windows: Windows, options: Options) -> Self {
        Self(State::Start(windows, options))
    }

    /// Reads a few MiB at most; the file once it is open. `None` forever after that.
    pub fn step(&mut self) -> Option<Result<Db, Error>> {
        let step = match std::mem::replace(&mut self.0, State::Over) {
            State::Start(windows, options) => start(windows, options),
            State::Size(windows, options, error, mut search) => match search.step() {
                None => Ok(State::Size(windows, options, error, search)),
                Some(found) => with_page_size(windows, options, error, found),
            },
            State::Search(db, mut search, error) => match search.step(&db) {
                None => Ok(State::Search(db, search, error)),
                Some(found) => return Some(finish(*db, found, error)),
            },
            State::Over => return None,
        };
        match step {
            Ok(state) => {
                self.0 = state;
                None
            }
            Err(opened) => Some(*opened),
        }
    }

    /// Bytes of pages looked at and of all pages, where the root is looked for.
    pub fn progress(&self) -> Option<(u64, u64)> {
        match &self.0 {
            State::Search(db, search, _) => {
                let (done, all) = search.progress(db);
                Some((done * db.page_size(), all * db.page_size()))
            }
            State::Start(..) | State::Size(..) | State::Over => None,
        }
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.progress() {
            Some((done, all)) => write!(f, "Opening({done} of {all} bytes)"),
            None => f.write_str("Opening"),
        }
    }
}

/// What has to follow, or what opening came to at once.
type Begun = Result<State, Box<Result<Db, Error>>>;

fn start(windows: Windows, options: Options) -> Begun {
    let fail = |error| Err(Box::new(Err(error)));
    let Found { both, page_size } = match find_metas(&windows.small(), options.page_size) {
        Ok(found) => found,
        Err(error) => return without_meta(windows, options, error),
    };
    let chosen = match options.meta {
        Some(index) => match Metas::choose_by_hand(both, index) {
            Ok(chosen) => Ok(chosen),
            Err(error) => return fail(Error::ChosenMeta { index, error }),
        },
        None => Metas::choose(both),
    };
    let (metas, meta) = match chosen {
        Ok(chosen) => chosen,
        Err([first, second]) => {
            return without_meta(windows, options, Error::BothMetas { first, second });
        }
    };
    let page_size = page_size.unwrap_or(meta.page_size);
    let size = windows.size();
    if size < 2 * u64::from(page_size) {
        return fail(Error::TooShort { size, page_size });
    }
    let mut db = Db::new(windows, metas, Meta { page_size, ..meta }, options);
    db.tell_of_file();
    if !options.salvage || db.can_be_root(db.meta().root) {
        return Err(Box::new(Ok(db)));
    }
    // The meta is good, but its root is lost: the other meta's, or the newest that is found.
    let other = db
        .metas()
        .both
        .get(usize::from(1 - db.metas().active.min(1)));
    let other = other.and_then(|meta| Some(meta.as_ref().ok()?.root));
    let other = other.filter(|root| *root != db.meta().root && db.holds_buckets(*root));
    if let Some(root) = other {
        db.take_root(root);
        return Err(Box::new(Ok(db)));
    }
    let search = RootSearch::new(&db, Vec::new());
    Ok(State::Search(Box::new(db), Box::new(search), None))
}

/// A file without a usable meta: by its page headers, or `error` if nothing is found.
fn without_meta(windows: Windows, options: Options, error: Error) -> Begun {
    if !options.salvage || options.meta.is_some() || as_found(&error).is_none() {
        return Err(Box::new(Err(error)));
    }
    let first = claim(&windows, 0);
    let sizes: Vec<_> = options
        .page_size
        .into_iter()
        .flat_map(|size| [(size, ByteOrder::Little), (size, ByteOrder::Big)])
        .chain(first.as_ref().map(|meta| (meta.page_size, meta.order)))
        .collect();
    let search = Box::new(PageSizeSearch::new(&windows, &sizes));
    Ok(State::Size(windows, options, error, search))
}

/// What is wrong with both metas, where that is why a file cannot be opened.
fn as_found(error: &Error) -> Option<[MetaError; 2]> {
    match error {
        Error::BothMetas { first, second } => Some([first, second].map(Clone::clone)),
        Error::NotBbolt { .. } => Some([MetaError::Magic(0), MetaError::NotFound]),
        _ => None,
    }
}

fn claim(windows: &Windows, offset: u64) -> Option<Meta> {
    let bytes = windows.get(offset, META_END).ok()?;
    Meta::claimed(&bytes)
}

fn with_page_size(
    windows: Windows,
    options: Options,
    error: Error,
    found: Option<(u32, ByteOrder)>,
) -> Begun {
    let (Some((page_size, order)), Some(both)) = (found, as_found(&error)) else {
        return Err(Box::new(Err(error)));
    };
    let size = windows.size();
    let places = [0, u64::from(page_size)];
    let claimed = places.into_iter().filter_map(|at| claim(&windows, at));
    let mut claimed: Vec<_> = claimed.collect();
    claimed.retain(|meta| (meta.page_size, meta.order) == (page_size, order));
    claimed.sort_by_key(|meta| Reverse(meta.txid));
    let metas = Metas {
        both: both.map(Err),
        active: 0,
        why: Why::Salvaged,
    };
    let meta = stand_in_meta((page_size, order), size, claimed.first());
    let mut db = Db::new(windows, metas, meta, options);
    db.tell_of_file();
    let hints = claimed.iter().map(|meta| meta.root).collect();
    let search = RootSearch::new(&db, hints);
    Ok(State::Search(Box::new(db), Box::new(search), Some(error)))
}

fn finish(mut db: Db, root: Option<Pgid>, error: Option<Error>) -> Result<Db, Error> {
    match (root, error) {
        (Some(root), _) => db.take_root(root),
        (None, Some(error)) => return Err(error),
        (None, None) => {}
    }
    Ok(db)
}
