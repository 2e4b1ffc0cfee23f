//! The simulated member's pages, ready to be shown: what each is now, what it was before the
//! latest request, and what its transactions did, step by step.
//!
//! Start from [`MemberPages`]. Everything is taken from the file that the member writes
//! (`backend`); the words are made here, so that the page needs none of its own.

use serde::{Deserialize, Serialize};

/// Pages of the simulated member's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPages {
    /// Number of the first page listed.
    pub first: u64,
    /// Pages of the file, before or after, whichever are more.
    pub total: u64,
    /// The pages.
    pub tiles: Vec<Tile>,
    /// Names and numbers: size, free pages, metas.
    pub facts: Vec<(String, String)>,
    /// The transactions of the latest request in one sentence.
    pub headline: String,
    /// What they did, in order; at most [`MemberPages::STEPS`].
    pub steps: Vec<PageStep>,
    /// Pages from the root of the bucket to the one that holds the row asked for, root first.
    pub way: Vec<u64>,
    /// Where that row lies, in words; empty if none was asked for.
    pub place: String,
}

impl MemberPages {
    /// How many pages travel to the screen at a time.
    pub const TILES: u32 = 512;
    /// How many steps travel to the screen.
    pub const STEPS: usize = 48;

    /// What a page is once so many steps are done, and whether they wrote it.
    pub fn look(&self, page: u64, done: usize) -> Option<(TileKind, bool)> {
        let at = usize::try_from(page.checked_sub(self.first)?).ok()?;
        let tile = self.tiles.get(at)?;
        if done >= self.steps.len() {
            return Some((tile.kind, tile.is_written));
        }
        let named = self.steps.iter().take(done).rev();
        let named = named.flat_map(|step| &step.pages);
        let mut named = named.filter(|(named, _)| *named == page);
        Some(match named.next() {
            None => (tile.was, false),
            Some((_, kind)) => (*kind, !matches!(kind, TileKind::Waiting | TileKind::Free)),
        })
    }
}

/// What a page of the member's file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TileKind {
    /// One of the two metas.
    Meta,
    /// The freelist.
    Freelist,
    /// Inner node of a bucket's tree.
    Branch,
    /// Leaf of a bucket's tree.
    Leaf,
    /// Continuation of the page before.
    Overflow,
    /// Freed by the latest transaction: the other meta still leads to it.
    Waiting,
    /// Free: the next transaction can take it.
    Free,
    /// Behind the end of the file.
    Beyond,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// What it is now.
    pub kind: TileKind,
    /// What it was before the latest request.
    pub was: TileKind,
    /// Whether the latest request wrote it.
    pub is_written: bool,
    /// Its bucket in one word; empty where it belongs to none.
    pub bucket: String,
    /// How full it is, in percent.
    pub fill: u8,
    /// Everything about it in words.
    pub label: String,
}

/// One thing that a transaction did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStep {
    /// In words.
    pub text: String,
    /// The pages that it is about, and what they are from then on.
    pub pages: Vec<(u64, TileKind)>,
}
