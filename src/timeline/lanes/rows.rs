//! Rows of folded lanes: those of all keys below a prefix, and which of them are marked.

use super::mark::Marked;
use crate::history::History;
use crate::timeline::layout::Ghosts;

/// What is marked as found.
#[derive(Clone, Copy)]
pub(super) enum Marks<'a> {
    /// Every row of keys, told by their numbers; empty where nothing was looked for.
    Keys(&'a [bool]),
    Rows(&'a Marked),
}

/// Rows of the keys of several prefixes, a list each.
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<u32>>,
    pub(super) hits: Vec<Vec<u32>>,
    pub(super) ghosts: Vec<Vec<u32>>,
}

impl Rows {
    /// `group_of` has a key's prefix by the key's number; `hits` is empty where nothing was looked
    /// for.
    pub(super) fn of(
        history: &History,
        ghosts: Option<Ghosts<'_>>,
        marks: Marks<'_>,
        group_of: &[Option<u32>],
        groups: usize,
    ) -> Self {
        let found = |(group, is_marked): (&Option<u32>, &bool)| group.filter(|_| *is_marked);
        let hits = match marks {
            Marks::Keys([]) => Vec::new(),
            Marks::Keys(marked) => {
                let hits: Vec<Option<u32>> = group_of.iter().zip(marked).map(found).collect();
                history.grouped(&hits, groups)
            }
            Marks::Rows(search) => search.grouped(history, group_of, groups),
        };
        let ghosts = ghosts.map(|ghosts| {
            let mut of_ghost = vec![None; ghosts.history.sorted_ids().len()];
            for key in ghosts.history.keys() {
                let group = history.find(key.key);
                let group = group.and_then(|known| *group_of.get(known.id.0 as usize)?);
                if let Some(place) = of_ghost.get_mut(key.id.0 as usize) {
                    *place = group;
                }
            }
            ghosts.history.grouped(&of_ghost, groups)
        });
        Self {
            rows: history.grouped(group_of, groups),
            hits,
            ghosts: ghosts.unwrap_or_else(|| vec![Vec::new(); groups]),
        }
    }
}
