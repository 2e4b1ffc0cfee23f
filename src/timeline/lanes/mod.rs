//! Which lanes there are and in what order: sorted, filtered, folded by prefix, pinned.
//!
//! ```text
//! pinned      /registry/leases/…/scheduler
//! open        ▾ /registry/                     3 keys below
//! folded        ▸ pods/              812       one lane, the changes of all its keys together
//! key             version
//! ```
//!
//! An order is made once for a history and an [`Arrangement`]; drawing a frame only looks rows of
//! it up. Start from [`LaneOrder::new`].

mod mark;
mod measure;
mod rows;
mod tree;

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::layout::Ghosts;
use crate::history::{Changes, History, KeyId};
use measure::Measure;
use rows::{Marks, Rows};
use tree::{Item, Tree};

pub use mark::Marked;

/// What the lanes are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sort {
    /// The keys' bytes, as etcd orders them.
    #[default]
    Name,
    /// Retained revisions, most first.
    Revisions,
    /// Bytes of their values, most first.
    Bytes,
    /// The last change, latest first.
    LastChange,
}

/// How keys are put together by their `/` prefixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grouping {
    /// Not at all while every key has room; else folded so far that the lanes fit.
    #[default]
    Auto,
    /// Every prefix folded.
    Folded,
    /// Every prefix open.
    Open,
    /// A lane for each key, no prefixes.
    Keys,
}

/// How the reader wants the lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Arrangement {
    /// Words that a key must all contain, in either case; pinned lanes stay.
    pub filter: String,
    /// Whether keys without these words stay and those with them are marked.
    pub is_marking: bool,
    /// The order.
    pub sort: Sort,
    /// Prefixes.
    pub grouping: Grouping,
    /// Prefixes that are folded or open against what the grouping says.
    pub turned: BTreeSet<Vec<u8>>,
    /// Keys and prefixes that stay on top, in this order.
    pub pinned: Vec<Vec<u8>>,
}

impl Arrangement {
    /// Pins that count; more would leave no room for anything else.
    pub const MAX_PINNED: usize = 12;

    /// Folds an open prefix or opens a folded one.
    pub fn turn(&mut self, prefix: &[u8]) {
        if !self.turned.remove(prefix) {
            self.turned.insert(prefix.to_vec());
        }
    }

    /// Pins a key or a prefix, or lets it go.
    pub fn pin(&mut self, name: &[u8]) {
        let before = self.pinned.len();
        self.pinned.retain(|pinned| pinned != name);
        if self.pinned.len() == before && before < Self::MAX_PINNED {
            self.pinned.push(name.to_vec());
        }
    }
}

/// One lane of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneRow {
    /// A key of the store, so deep in the tree, its label without the first `cut` bytes.
    Key {
        /// The key.
        id: KeyId,
        /// Open prefixes above it.
        depth: u8,
        /// Bytes of the prefix above it, which its label leaves out.
        cut: u32,
    },
    /// A prefix: the number of a [`Group`].
    Group(u32),
    /// A key that only fossils have.
    Ghost(KeyId),
}

/// A prefix with the keys below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its bytes; they end in `/`.
    pub prefix: Vec<u8>,
    /// Keys below it that the filter lets through.
    pub keys: u64,
    /// Whether the lanes below it are shown.
    pub is_open: bool,
    /// Open prefixes above it.
    pub depth: u8,
    /// Bytes of the prefix above it, which its label leaves out.
    pub cut: u32,
    /// Rows of the history by revision; none while it is open.
    rows: Vec<u32>,
    /// Those of them that are marked as found.
    hits: Vec<u32>,
    /// Rows of its keys that are fossils, by their numbers there.
    ghosts: Vec<u32>,
}

impl Group {
    /// The changes of all its keys in the order of revisions; none while it is open.
    pub fn changes<'a>(&'a self, history: &'a History) -> Changes<'a> {
        history.changes_of(&self.rows)
    }

    /// Those of them whose keys are marked as found.
    pub(super) fn hits<'a>(&'a self, history: &'a History) -> Changes<'a> {
        history.changes_of(&self.hits)
    }

    /// What fossils have of its keys.
    pub(super) fn ghosts<'a>(&'a self, fossils: &'a History) -> Changes<'a> {
        fossils.changes_of(&self.ghosts)
    }
}

/// The lanes, top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneOrder {
    rows: Vec<LaneRow>,
    groups: Vec<Group>,
    pinned: u64,
    keys: u64,
    /// Rows of the keys that are looked for; none where all are.
    found: Option<Vec<u32>>,
    /// By the key's number whether it is marked as found; empty where none is.
    marked: Vec<bool>,
    /// Rows that a search marks, whatever their keys.
    search: Option<Rc<Marked>>,
}

impl LaneOrder {
    /// Orders the lanes of a history, those that only `ghosts` have below the others.
    ///
    /// Reads every key once, every row once where prefixes are folded or bytes are summed.
    pub fn new(history: &History, ghosts: Option<Ghosts<'_>>, arrangement: &Arrangement) -> Self {
        Self::with_search(history, ghosts, arrangement, None)
    }

    /// The same, where a search has marked rows.
    pub fn with_search(
        history: &History,
        ghosts: Option<Ghosts<'_>>,
        arrangement: &Arrangement,
        search: Option<&Rc<Marked>>,
    ) -> Self {
        let words = words(&arrangement.filter);
        let fits = |id: &KeyId| {
            let key = history.key_bytes(*id).unwrap_or_default();
            words.iter().all(|word| contains(key, word))
        };
        let all = history.sorted_ids();
        let found: Vec<KeyId> = if words.is_empty() {
            all.to_vec()
        } else {
            all.iter().copied().filter(fits).collect()
        };
        let mut order = Self {
            keys: found.len() as u64,
            ..Self::default()
        };
        if !words.is_empty() {
            order.look_for(history, &found, arrangement.is_marking);
        }
        let keys = if order.marked.is_empty() { &found } else { all };
        if let Some(search) = search {
            order.found = Some(search.rows().to_vec());
            order.search = Some(Rc::clone(search));
        }
        order.pin(history, ghosts, arrangement);
        order.arrange(history, ghosts, keys, arrangement);
        if let Some(ghosts) = ghosts {
            let own = ghosts.own.iter().copied().filter(|id| {
                let key = ghosts.history.key_bytes(*id).unwrap_or_default();
                words.iter().all(|word| contains(key, word))
            });
            order.rows.extend(own.map(LaneRow::Ghost));
        }
        order
    }

    /// How many lanes there are.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of them stay on top.
    pub fn pinned(&self) -> u64 {
        self.pinned
    }

    /// How many keys of the store the filter lets through or marks.
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// Some of the lanes.
    pub fn rows(&self, first: u64, count: u64) -> &[LaneRow] {
        let len = self.rows.len();
        let first = usize::try_from(first).unwrap_or(len).min(len);
        let count = usize::try_from(count).unwrap_or(len);
        let end = first.saturating_add(count).min(len);
        self.rows.get(first..end).unwrap_or_default()
    }

    /// The changes of the lane at a position; none of an open prefix or of a key that only
    /// fossils have.
    pub fn changes<'a>(&'a self, history: &'a History, lane: u64) -> Changes<'a> {
        let of = |row: &LaneRow| match row {
            LaneRow::Key { id, .. } => history.key(*id).map(|key| key.changes),
            LaneRow::Group(number) => self.group(*number).map(|group| group.changes(history)),
            LaneRow::Ghost(_) => None,
        };
        let found = self.rows(lane, 1).first().and_then(of);
        found.unwrap_or_else(|| history.changes_of(&[]))
    }

    /// Changes of the keys that are looked for; none where all are.
    pub(super) fn found<'a>(&'a self, history: &'a History) -> Option<Changes<'a>> {
        Some(history.changes_of(self.found.as_ref()?))
    }

    /// Whether a key is marked as found.
    pub(super) fn is_marked(&self, id: KeyId) -> bool {
        match &self.search {
            Some(search) => search.has_key(id),
            None => self.marked.get(id.0 as usize).copied().unwrap_or(false),
        }
    }

    /// Changes of a key that a search marks; none where all of a marked key's are.
    pub(super) fn marked_of<'a>(&'a self, history: &'a History, id: KeyId) -> Option<Changes<'a>> {
        Some(self.search.as_ref()?.of_key(history, id))
    }

    /// A prefix by its number.
    pub fn group(&self, number: u32) -> Option<&Group> {
        self.groups.get(number as usize)
    }

    /// The lanes that stay on top, each over all its keys.
    fn pin(&mut self, history: &History, ghosts: Option<Ghosts<'_>>, arrangement: &Arrangement) {
        let all = history.sorted_ids();
        for name in arrangement.pinned.iter().take(Arrangement::MAX_PINNED) {
            if let Some(key) = history.find(name) {
                self.rows.push(LaneRow::Key {
                    id: key.id,
                    depth: 0,
                    cut: 0,
                });
                continue;
            }
            let bytes = |id: &KeyId| history.key_bytes(*id).unwrap_or_default();
            let from = all.partition_point(|id| bytes(id) < name.as_slice());
            let rest = all.get(from..).unwrap_or_default();
            let count = rest.partition_point(|id| bytes(id).starts_with(name));
            if count == 0 {
                continue;
            }
            let mut group_of = vec![None; all.len()];
            for id in rest.iter().take(count) {
                if let Some(group) = group_of.get_mut(id.0 as usize) {
                    *group = Some(0);
                }
            }
            let mut pinned = Rows::of(history, ghosts, self.marks(), &group_of, 1);
            self.push_group(Group {
                prefix: name.clone(),
                keys: count as u64,
                is_open: false,
                depth: 0,
                cut: 0,
                rows: pinned.rows.pop().unwrap_or_default(),
                hits: pinned.hits.pop().unwrap_or_default(),
                ghosts: pinned.ghosts.pop().unwrap_or_default(),
            });
        }
        self.pinned = self.rows.len() as u64;
    }

    fn marks(&self) -> Marks<'_> {
        match &self.search {
            Some(search) => Marks::Rows(search),
            None => Marks::Keys(&self.marked),
        }
    }

    /// Remembers which keys are looked for.
    fn look_for(&mut self, history: &History, found: &[KeyId], is_marking: bool) {
        let mut group_of = vec![None; history.sorted_ids().len()];
        for id in found {
            if let Some(group) = group_of.get_mut(id.0 as usize) {
                *group = Some(0);
            }
        }
        self.found = history.grouped(&group_of, 1).pop();
        if is_marking {
            self.marked = group_of.iter().map(Option::is_some).collect();
        }
    }

    /// Every other lane, depth first.
    fn arrange(
        &mut self,
        history: &History,
        ghosts: Option<Ghosts<'_>>,
        keys: &[KeyId],
        arrangement: &Arrangement,
    ) {
        let measure = Measure::new(history, keys, arrangement.sort);
        let tree = Tree::new(history, keys);
        // A key may be named as a prefix is.
        let pinned: Vec<(&[u8], bool)> = self
            .rows
            .iter()
            .filter_map(|row| match row {
                LaneRow::Key { id, .. } => Some((history.key_bytes(*id)?, false)),
                LaneRow::Group(number) => Some((self.pinned_prefix(arrangement, *number)?, true)),
                LaneRow::Ghost(_) => None,
            })
            .collect();
        let open_depth = match arrangement.grouping {
            Grouping::Auto => tree.depth_that_fits(),
            Grouping::Folded => Some(0),
            Grouping::Open => Some(u8::MAX),
            Grouping::Keys => None,
        };
        let top = match open_depth {
            Some(_) => tree.top(),
            None => tree.keys(),
        };
        let mut group_of: Vec<Option<u32>> = Vec::new();
        let mut waiting: Vec<(Item, u8, usize)> = Vec::new();
        let put = |mut items: Vec<Item>, depth: u8, cut: usize, waiting: &mut Vec<_>| {
            measure.sort(&mut items);
            waiting.extend(items.into_iter().rev().map(|item| (item, depth, cut)));
        };
        put(top, 0, 0, &mut waiting);
        while let Some((item, depth, cut)) = waiting.pop() {
            let cut_bytes = u32::try_from(cut).unwrap_or(u32::MAX);
            let name = tree.name(&item);
            if pinned.contains(&(name, item.prefix_len.is_some())) {
                continue;
            }
            let Some(prefix_len) = item.prefix_len else {
                let id = keys.get(item.from).copied();
                self.rows.extend(id.map(|id| LaneRow::Key {
                    id,
                    depth,
                    cut: cut_bytes,
                }));
                continue;
            };
            let by_default = open_depth.is_some_and(|open| depth < open);
            let is_open = by_default != arrangement.turned.contains(name);
            let number = self.push_group(Group {
                prefix: name.to_vec(),
                keys: (item.to - item.from) as u64,
                is_open,
                depth,
                cut: cut_bytes,
                rows: Vec::new(),
                hits: Vec::new(),
                ghosts: Vec::new(),
            });
            if is_open {
                let below = tree.children(&item, depth);
                put(below, depth.saturating_add(1), prefix_len, &mut waiting);
            } else {
                group_of.resize(history.sorted_ids().len(), None);
                for id in keys.get(item.from..item.to).unwrap_or_default() {
                    if let Some(group) = group_of.get_mut(id.0 as usize) {
                        *group = Some(number);
                    }
                }
            }
        }
        if !group_of.is_empty() {
            let rows = Rows::of(history, ghosts, self.marks(), &group_of, self.groups.len());
            let lists = rows.rows.into_iter().zip(rows.ghosts);
            let hits = rows.hits.into_iter().chain(std::iter::repeat(Vec::new()));
            for (group, ((rows, ghosts), hits)) in self.groups.iter_mut().zip(lists.zip(hits)) {
                // Pinned ones have theirs.
                if group.rows.is_empty() {
                    (group.rows, group.hits, group.ghosts) = (rows, hits, ghosts);
                }
            }
        }
    }

    /// The bytes of a pinned prefix, as the arrangement holds them.
    fn pinned_prefix<'a>(&self, arrangement: &'a Arrangement, number: u32) -> Option<&'a [u8]> {
        let prefix = &self.group(number)?.prefix;
        let found = arrangement.pinned.iter().find(|name| *name == prefix);
        found.map(Vec::as_slice)
    }

    fn push_group(&mut self, group: Group) -> u32 {
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(group);
        self.rows.push(LaneRow::Group(number));
        number
    }
}

/// The words of a filter, each as bytes in lower case.
fn words(filter: &str) -> Vec<Vec<u8>> {
    let lower = |word: &str| word.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    filter.split_whitespace().map(lower).collect()
}

/// Whether a key contains a word of lower case in either case.
fn contains(key: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else {
        return true;
    };
    key.windows(word.len()).any(|window| {
        window
            .first()
            .is_some_and(|byte| byte.to_ascii_lowercase() == *first)
            && window.eq_ignore_ascii_case(word)
    })
}
