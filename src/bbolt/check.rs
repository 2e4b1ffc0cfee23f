//! What a check of a whole file finds: bbolt's own words, and what they mean.
//!
//! The lines are those of `tx_check.go` of bbolt 1.4. Damage at which bbolt itself would stop has
//! no line there; it is a finding all the same, in our words. What bbolt does not look at (values,
//! inline buckets, the meta that does not count) is a note: told, but no failure of the check.

use std::fmt::Write as _;

use super::problem::{Damage, Problem};
use super::{PageKind, Pgid};

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The freelist names a page twice.
    AlreadyFreed(Pgid),
    /// A tree leads to a page behind the high-water mark.
    OutOfBounds {
        /// The page.
        page: Pgid,
        /// First page that was never allocated.
        high_water_mark: Pgid,
        /// The pages from the root of the bucket down to it.
        stack: Vec<Pgid>,
    },
    /// A page is reached a second time, as itself or as a continuation page.
    MultipleReferences {
        /// The page.
        page: Pgid,
        /// The pages from the root of the bucket down to it.
        stack: Vec<Pgid>,
    },
    /// A page is part of a tree and in the freelist.
    ReachableFreed(Pgid),
    /// A page of a tree is neither branch nor leaf.
    InvalidType {
        /// The page.
        page: Pgid,
        /// Its flags.
        flags: u16,
        /// The pages from the root of the bucket down to it.
        stack: Vec<Pgid>,
    },
    /// The same, told again by the check of the key order, as bbolt does.
    UnexpectedType {
        /// The page.
        page: Pgid,
        /// Its flags.
        flags: u16,
    },
    /// A page is in no tree and not in the freelist.
    UnreachableUnfreed(Pgid),
    /// A key is not where the order of keys wants it.
    Order(KeyOrder),
    /// Damage at which bbolt stops, and for which it has no line.
    Damage(Problem),
    /// Damage that bbolt's check does not look at.
    Note(Problem),
}

/// A key out of order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOrder {
    /// What is wrong.
    pub slip: Slip,
    /// `Leaf`, or `Branch` for a bound in a branch page.
    pub kind: PageKind,
    /// The page: a leaf, or the child that the bound is of.
    pub page: Pgid,
    /// The element on its page.
    pub index: u16,
    /// Its key.
    pub key: Box<[u8]>,
    /// The key before it: of the element before, or the bound above.
    pub previous: Box<[u8]>,
    /// The pages from the root of the bucket down to the element's.
    pub stack: Vec<Pgid>,
}

/// How a key is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The first key of a page is below the bound that the branch above gives.
    BelowBound,
    /// A key is below the one before it.
    Descends,
    /// A key equals the one before it.
    Repeats,
    /// A key is not below the bound of the next child above.
    AboveBound,
}

impl Finding {
    /// Whether it is only a note: bbolt's check passes all the same.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::Note(_))
    }

    /// The line that bbolt prints, or one of ours where bbolt stops; `None` for a note.
    /// `key_text` prints a key.
    pub fn line(&self, key_text: &dyn Fn(&[u8]) -> String) -> Option<String> {
        Some(match self {
            Self::AlreadyFreed(page) => format!("page {page}: already freed"),
            Self::OutOfBounds {
                page,
                high_water_mark,
                stack,
            } => format!(
                "page {page}: out of bounds: {high_water_mark} (stack: {})",
                go_slice(stack)
            ),
            Self::MultipleReferences { page, stack } => format!(
                "page {page}: multiple references (stack: {})",
                go_slice(stack)
            ),
            Self::ReachableFreed(page) => format!("page {page}: reachable freed"),
            Self::InvalidType { page, flags, stack } => format!(
                "page {page}: invalid type: {} (stack: {})",
                type_name(*flags),
                go_slice(stack)
            ),
            Self::UnexpectedType { page, flags } => {
                format!("unexpected page type (flags: {flags:x}) for pgId:{page}")
            }
            Self::UnreachableUnfreed(page) => format!("page {page}: unreachable unfreed"),
            Self::Order(order) => order.line(key_text),
            Self::Damage(problem) => problem.to_string(),
            Self::Note(_) => return None,
        })
    }

    /// What it means, and what can still be read: one line that names page and element.
    pub fn meaning(&self) -> String {
        match self {
            Self::AlreadyFreed(page) => format!(
                "page {page}: the freelist names it twice; a writer could give it to two owners, \
                 reading is not affected"
            ),
            Self::OutOfBounds {
                page,
                high_water_mark,
                stack,
            } => format!(
                "page {page}: {} leads to it, but pages from {high_water_mark} on were never \
                 allocated; everything beside this child can be read",
                parent(stack)
            ),
            Self::MultipleReferences { page, stack } => format!(
                "page {page}: {} leads to it, but it belongs to another place already: a loop or \
                 a shared page; it is read once, everything else can be read",
                parent(stack)
            ),
            Self::ReachableFreed(page) => format!(
                "page {page}: in use, but the freelist calls it free; it can be read, but the \
                 next writer would overwrite it"
            ),
            Self::InvalidType { page, flags, stack } => format!(
                "page {page}: {} leads to it, but flags {flags:#06x} are no branch or leaf; the \
                 items below it are lost, those beside it can be read",
                parent(stack)
            ),
            Self::UnexpectedType { page, .. } => {
                format!("page {page}: the same page, as the check of the key order sees it")
            }
            Self::UnreachableUnfreed(page) => format!(
                "page {page}: in no tree and not in the freelist: lost room, or a page whose \
                 way in was damaged"
            ),
            Self::Order(order) => order.meaning(),
            Self::Damage(problem) => {
                format!("{problem}; what lies beside it can be read")
            }
            Self::Note(problem) => format!("note: {problem}"),
        }
    }

    /// Sorts a problem of a page: an error of the check, or a note.
    pub(super) fn of(problem: Problem) -> Self {
        let note = match &problem.damage {
            Damage::CutShort { .. }
            | Damage::SalvagedRoot { .. }
            | Damage::MetaLost(_)
            | Damage::Meta(_)
            | Damage::Overflow { .. }
            | Damage::PageCut { .. }
            | Damage::Emptied(_)
            | Damage::NoChildren
            | Damage::ValueRange { .. }
            | Damage::EmptyKey
            | Damage::NeverAllocated { .. }
            | Damage::PageSize { .. }
            | Damage::FreelistItself(_)
            | Damage::FreelistEntries { .. } => true,
            Damage::Count { count, used } => used > count,
            _ => false,
        };
        if note {
            Self::Note(problem)
        } else {
            Self::Damage(problem)
        }
    }
}

impl KeyOrder {
    fn line(&self, key_text: &dyn Fn(&[u8]) -> String) -> String {
        let Self {
            kind, page, index, ..
        } = self;
        let (key, previous) = (key_text(&self.key), key_text(&self.previous));
        let stack = go_slice(&self.stack);
        match self.slip {
            Slip::BelowBound => format!(
                "the first key[{index}]=(hex){key} on {kind} page({page}) needs to be >= the key \
                 in the ancestor ({previous}). Stack: {stack}"
            ),
            Slip::Descends => format!(
                "key[{index}]=(hex){key} on {kind} page({page}) needs to be > (found <) than \
                 previous element (hex){previous}. Stack: {stack}"
            ),
            Slip::Repeats => format!(
                "key[{index}]=(hex){key} on {kind} page({page}) needs to be > (found =) than \
                 previous element (hex){previous}. Stack: {stack}"
            ),
            Slip::AboveBound => format!(
                "key[{index}]=(hex){key} on {kind} page({page}) needs to be < than key of the \
                 next element in ancestor (hex){previous}. Pages stack: {stack}"
            ),
        }
    }

    fn meaning(&self) -> String {
        let holder = match self.kind {
            PageKind::Branch => self.stack.last().copied().unwrap_or(self.page),
            _ => self.page,
        };
        let slip = match self.slip {
            Slip::BelowBound => "its key is below the bound that the branch above gives",
            Slip::Descends => "its key is below the one before it",
            Slip::Repeats => "its key is the same as the one before it",
            Slip::AboveBound => "its key is not below the bound of the next child above",
        };
        format!(
            "page {holder}: element {}: {slip}; it is read in its place, but a search for it may \
             miss it",
            self.index
        )
    }
}

fn parent(stack: &[Pgid]) -> String {
    match stack.len().checked_sub(2).and_then(|at| stack.get(at)) {
        Some(page) => format!("branch page {page}"),
        None => "a bucket's root".to_owned(),
    }
}

/// A slice as Go's `%v` prints it.
fn go_slice(pages: &[Pgid]) -> String {
    let mut text = "[".to_owned();
    for (at, page) in pages.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{page}", if at == 0 { "" } else { " " });
    }
    text.push(']');
    text
}

/// The name of a kind of page by its flags, as bbolt prints it.
pub fn type_name(flags: u16) -> String {
    match flags {
        0x01 => "branch".to_owned(),
        0x02 => "leaf".to_owned(),
        0x04 => "meta".to_owned(),
        0x10 => "freelist".to_owned(),
        flags => format!("unknown<{flags:02x}>"),
    }
}
