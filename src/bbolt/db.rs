//! Opening a file: the page size, the metas, and the way to a page.

use std::fmt;
use std::rc::Rc;

use super::opening::Opening;
use super::page::{HEADER_LEN, PageHeader, PageKind, TreePage, count_by_table, needed_len};
use super::problem::{Damage, Error, Place, Problem};
use super::salvage::reread;
use super::salvage_search::Search;
use super::walk::Seen;
use super::{BranchPage, Freelist, LeafPage, Meta, Metas, Pgid, Why};
use crate::bytes::{ByteOrder, Piece, ReadAt, ReadError, Windows};

/// Levels of a tree, and of buckets in buckets, that are followed. Real trees have under ten.
pub const MAX_DEPTH: usize = 64;
/// Bytes of a page with its continuation pages that are read at once. bbolt writes one item of up
/// to 2 GiB; etcd refuses requests of more than a few MiB.
pub const MAX_PAGE_LEN: u64 = 256 << 20;

/// An opened file. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(super) windows: Rc<Windows>,
    metas: Rc<Metas>,
    meta: Rc<Meta>,
    problems: Rc<[Problem]>,
    /// Pages that no tree reaches; looked for only where a part of a tree is lost.
    pub(super) orphans: Rc<Search>,
    pub(super) salvages: bool,
    salvaged: bool,
}

/// How to open a file otherwise than bbolt would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a page; `None` to find them out.
    pub page_size: Option<u32>,
    /// Which meta to use, 0 or 1; `None` for the one that counts. The other one's root is the
    /// store as of the transaction before, as far as its pages were not used again since:
    /// [`PageMap::reuse`](super::PageMap::reuse) tells.
    pub meta: Option<u8>,
    /// Whether to look for pages by their headers where the way to them is lost.
    pub salvage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: None,
            meta: None,
            salvage: true,
        }
    }
}

/// A page of a tree.
pub enum Node {
    /// An inner node.
    Branch(BranchPage),
    /// A leaf.
    Leaf(LeafPage),
}

impl Db {
    /// Opens a file. Fails only if nothing of it can be read; lesser damage of the file as a whole
    /// is in [`Db::problems`].
    pub fn open(source: Rc<dyn ReadAt>) -> Result<Self, Error> {
        Self::open_with(source, Options::default())
    }

    /// Opens a file with a page size or a meta of one's own choice.
    pub fn open_with(source: Rc<dyn ReadAt>, options: Options) -> Result<Self, Error> {
        Self::open_windows_with(Windows::new(source), options)
    }

    /// Opens a file whose windows are of a chosen size.
    pub fn open_windows(windows: Windows) -> Result<Self, Error> {
        Self::open_windows_with(windows, Options::default())
    }

    fn open_windows_with(windows: Windows, options: Options) -> Result<Self, Error> {
        let mut opening = Opening::of(windows, options);
        loop {
            if let Some(opened) = opening.step() {
                return opened;
            }
        }
    }

    pub(super) fn new(windows: Windows, metas: Metas, meta: Meta, options: Options) -> Self {
        Self {
            windows: Rc::new(windows),
            metas: Rc::new(metas),
            meta: Rc::new(meta),
            problems: Rc::new([]),
            orphans: Rc::default(),
            salvages: options.salvage,
            salvaged: false,
        }
    }

    /// Collects what is wrong with the file as a whole.
    pub(super) fn tell_of_file(&mut self) {
        let mut problems: Vec<_> = (0u8..)
            .zip(&self.metas.both)
            .filter_map(|(index, meta)| {
                let used = self.meta.page_size;
                let damage = match (meta, self.metas.why) {
                    (Ok(meta), _) if meta.page_size == used => return None,
                    (Ok(Meta { page_size, .. }), _) => Damage::PageSize {
                        claimed: *page_size,
                        used,
                    },
                    (Err(error), Why::Salvaged) => Damage::MetaLost(error.clone()),
                    (Err(error), _) => Damage::Meta(error.clone()),
                };
                Some(Place::Meta(index).problem(damage))
            })
            .collect();
        let whole_pages = self.size() / self.page_size();
        let pages = self.meta.high_water_mark.0;
        if whole_pages < pages {
            let missing = pages - whole_pages;
            problems.push(Place::File.problem(Damage::CutShort { missing, pages }));
        }
        if let Some(freelist) = self.freelist() {
            problems.extend(freelist.problems);
        }
        self.problems = problems.into();
    }

    pub(super) fn take_root(&mut self, root: Pgid) {
        let place = match self.metas.why {
            Why::Salvaged => Place::File,
            _ => Place::Meta(self.metas.active),
        };
        let problem = place.problem(Damage::SalvagedRoot { root });
        let problems = self.problems.iter().cloned();
        let mut told = Vec::new();
        if self.metas.why != Why::Salvaged {
            self.node(self.meta.root, place, None, &mut told);
        }
        self.problems = problems.chain(told).chain([problem]).collect();
        self.meta = Rc::new(Meta {
            root,
            ..self.meta().clone()
        });
        self.salvaged = true;
    }

    /// Whether the way to the buckets was lost, and another root is used than a meta says.
    pub fn is_salvaged(&self) -> bool {
        self.salvaged
    }

    /// Both metas and why one of them counts.
    pub fn metas(&self) -> &Metas {
        &self.metas
    }

    /// The meta that counts.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        u64::from(self.meta.page_size)
    }

    /// Which byte of the file's numbers comes first; keys and values have no part in it.
    pub fn byte_order(&self) -> ByteOrder {
        self.meta.order
    }

    /// Length of the file in bytes.
    pub fn size(&self) -> u64 {
        self.windows.size()
    }

    /// Bytes up to the high-water mark: what etcd calls the size of the store.
    pub fn used_size(&self) -> u64 {
        self.meta.high_water_mark.0.saturating_mul(self.page_size())
    }

    /// What is wrong with the file as a whole: an unusable meta, a cut end, the freelist.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Raw bytes of the file.
    pub fn bytes(&self, offset: u64, len: u64) -> Result<Piece, crate::bytes::ReadError> {
        self.windows.get(offset, len)
    }

    /// The list of free pages; `None` where the file keeps none.
    pub fn freelist(&self) -> Option<Freelist> {
        Some(Freelist::read(self, self.meta.freelist?))
    }

    /// Pages in the file, a cut one at its end included.
    pub(super) fn pages_in_file(&self) -> u64 {
        self.size().div_ceil(self.page_size())
    }

    /// Reads the header of a page and checks what can be checked without its elements: that it is
    /// in the file and says who it is. `from` is where its number was found.
    pub(super) fn header(
        &self,
        pgid: Pgid,
        from: Place,
        problems: &mut Vec<Problem>,
    ) -> Option<PageHeader> {
        if pgid.0 < 2 {
            problems.push(from.problem(Damage::MetaPage(pgid)));
            return None;
        }
        let offset = pgid.0.checked_mul(self.page_size());
        let in_file = offset.filter(|at| at.saturating_add(HEADER_LEN) <= self.size());
        let Some(offset) = in_file else {
            let pages = self.size() / self.page_size();
            problems.push(from.problem(Damage::OutOfFile { page: pgid, pages }));
            return None;
        };
        let high_water_mark = self.meta.high_water_mark;
        if pgid >= high_water_mark {
            problems.push(from.problem(Damage::NeverAllocated {
                page: pgid,
                high_water_mark,
            }));
        }
        match self.windows.get(offset, HEADER_LEN) {
            Ok(bytes) => {
                let header = PageHeader::read(&bytes, self.byte_order()).ok()?;
                if header.id != pgid {
                    problems.push(Place::Page(pgid).problem(Damage::WrongId(header.id)));
                }
                Some(header)
            }
            Err(error) => {
                problems.push(Place::Page(pgid).problem(error.into()));
                None
            }
        }
    }

    /// The bytes of a page with its continuation pages, as far as they are its own.
    pub(super) fn body(
        &self,
        pgid: Pgid,
        header: &PageHeader,
        room: u64,
        problems: &mut Vec<Problem>,
    ) -> Option<Piece> {
        let place = Place::Page(pgid);
        let page_size = self.page_size();
        let offset = pgid.0.checked_mul(page_size)?;
        let left = self.size().checked_sub(offset)?;
        let get = |len: u64, problems: &mut Vec<Problem>| {
            self.windows
                .get(offset, len)
                .map_err(|error| problems.push(place.problem(error.into())))
                .ok()
        };
        let first_len = left.min(page_size);
        if first_len < page_size {
            problems.push(place.problem(Damage::PageCut {
                there: first_len,
                len: page_size,
            }));
        }
        if header.overflow == 0 {
            return get(first_len, problems);
        }
        let room = room
            .min(MAX_PAGE_LEN / page_size)
            .min(left.div_ceil(page_size).saturating_sub(1));
        if u64::from(header.overflow) <= room {
            let len = (u64::from(header.overflow) + 1) * page_size;
            if len > left {
                problems.push(place.problem(Damage::PageCut { there: left, len }));
            }
            return get(len.min(left), problems);
        }
        problems.push(place.problem(Damage::Overflow {
            overflow: header.overflow,
            room,
        }));
        let limit = left.min((room + 1) * page_size);
        let first = get(first_len, problems)?;
        let needed = needed_len(&first, header, limit, self.byte_order());
        if needed <= first_len {
            return Some(first);
        }
        get(needed.next_multiple_of(page_size).min(limit), problems)
    }

    /// Reads a page of a tree. With `seen`, no page is read twice, as itself or as another one's
    /// continuation.
    pub(super) fn node(
        &self,
        pgid: Pgid,
        from: Place,
        mut seen: Option<&mut Seen>,
        problems: &mut Vec<Problem>,
    ) -> Option<Node> {
        if let Some(seen) = seen.as_deref_mut()
            && !seen.enter(pgid)
        {
            problems.push(from.problem(Damage::ReachedTwice(pgid)));
            return None;
        }
        let header = self.header(pgid, from, problems)?;
        if self.salvages
            && header.kind().is_none()
            && let Some(node) = reread(self, pgid)
        {
            let place = Place::Page(pgid);
            problems.push(place.problem(Damage::Flags(header.flags)));
            let (kind, count) = match &node {
                Node::Leaf(leaf) => (PageKind::Leaf, leaf.count()),
                Node::Branch(branch) => (PageKind::Branch, branch.count()),
            };
            problems.push(place.problem(Damage::Reread { kind, count }));
            return Some(node);
        }
        let room = match seen {
            Some(seen) => match header.kind() {
                Some(PageKind::Leaf | PageKind::Branch) => seen.claim(pgid, header.overflow),
                _ => 0,
            },
            None => u64::from(header.overflow),
        };
        self.tree_page(pgid, &header, room, problems)
    }

    /// Reads the elements of a page of a tree whose header is known.
    pub(super) fn tree_page(
        &self,
        pgid: Pgid,
        header: &PageHeader,
        room: u64,
        problems: &mut Vec<Problem>,
    ) -> Option<Node> {
        let place = Place::Page(pgid);
        let leaf = match header.kind() {
            Some(PageKind::Leaf) => true,
            Some(PageKind::Branch) => false,
            Some(found) => {
                let wanted = "branch or leaf";
                problems.push(place.problem(Damage::Kind { found, wanted }));
                return None;
            }
            None => {
                problems.push(place.problem(Damage::Flags(header.flags)));
                return None;
            }
        };
        let bytes = self.body(pgid, header, room, problems)?;
        let page = TreePage::new(place, header, bytes, (leaf, self.byte_order()), problems);
        Some(if leaf {
            Node::Leaf(LeafPage {
                page,
                salvaged: false,
            })
        } else {
            Node::Branch(BranchPage { page })
        })
    }

    /// How many elements a page has by its element table alone.
    pub(super) fn count_of(&self, pgid: Pgid, leaf: bool) -> Option<u16> {
        let offset = pgid.0.checked_mul(self.page_size())?;
        let bytes = self.windows.get(offset, self.page_size()).ok()?;
        count_by_table(&bytes, leaf, self.byte_order())
    }

    /// The same file, read by small windows: for single looks far apart. What is read counts for
    /// the portions of both.
    pub fn for_looks(&self) -> Self {
        Self {
            windows: Rc::new(self.windows.small()),
            ..self.clone()
        }
    }

    /// Any page, read as one of a tree, and what is wrong with it; no node if it is none.
    pub fn look_at(&self, pgid: Pgid) -> (Option<Node>, Vec<Problem>) {
        let mut problems = Vec::new();
        let node = self.node(pgid, Place::Page(pgid), None, &mut problems);
        (node, problems)
    }

    /// The header of a page as it is, whatever it says.
    pub fn raw_header(&self, pgid: Pgid) -> Result<PageHeader, ReadError> {
        let offset = pgid.0.saturating_mul(self.page_size());
        let bytes = self.windows.get(offset, HEADER_LEN)?;
        PageHeader::read(&bytes, self.byte_order()).map_err(|_| ReadError::PastEnd {
            offset,
            len: HEADER_LEN,
            size: self.size(),
        })
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({:?}, {:?})", self.windows, self.meta)
    }
}
