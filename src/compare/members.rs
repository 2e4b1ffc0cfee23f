//! Histories of several members of one cluster: where they first differ, and which one is odd.

use crate::history::History;
use crate::kv::Revision;

/// The first revision at which members differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Which one.
    pub revision: Revision,
    /// A hash of each member's row; none where it has none.
    pub rows: Vec<Option<u64>>,
}

/// Which member is not as the others are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Odd {
    /// None: they agree as far as all of them go.
    #[default]
    None,
    /// This one.
    Member(usize),
    /// They differ, and nothing tells which one is right.
    Unknown,
}

/// What comparing members has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersOutcome {
    /// The revisions that every member has rows of: above the highest compaction, up to the lowest
    /// head.
    pub common: (i64, i64),
    /// Where they first differ.
    pub split: Option<Split>,
    /// How many revisions differ.
    pub differing: u64,
    /// Revisions that differ, at most [`Members::LISTED`].
    pub rows: Vec<Split>,
    /// Which one is odd.
    pub odd: Odd,
}

/// Comparing members: the hashes of their rows, by revision.
///
/// The caller reads each member's rows once and brings a hash of each
/// ([`crate::compare::row_hash`]); 24 bytes a row.
#[derive(Debug, Default)]
pub struct Members {
    rows: Vec<Vec<(Revision, u64)>>,
}

impl Members {
    /// Revisions that are listed.
    pub const LISTED: usize = 10_000;

    /// So many members, no row yet.
    pub fn new(members: usize) -> Self {
        Self {
            rows: vec![Vec::new(); members],
        }
    }

    /// The next row of a member, in the order of its bucket.
    pub fn push(&mut self, member: usize, revision: Revision, hash: u64) {
        if let Some(rows) = self.rows.get_mut(member) {
            rows.push((revision, hash));
        }
    }

    /// Revisions that two members both have a row at, with other bytes, wherever they were
    /// compacted.
    pub fn unlike(&self, a: usize, b: usize) -> Vec<Revision> {
        let (Some(a), Some(b)) = (self.rows.get(a), self.rows.get(b)) else {
            return Vec::new();
        };
        let mut b = b.iter().peekable();
        let unlike = a.iter().filter(|(revision, hash)| {
            while b.next_if(|row| row.0 < *revision).is_some() {}
            b.peek()
                .is_some_and(|row| row.0 == *revision && row.1 != *hash)
        });
        unlike.map(|row| row.0).collect()
    }

    /// What they have in common and where they differ.
    pub fn outcome(&self, histories: &[&History]) -> MembersOutcome {
        let low = histories.iter().map(|one| one.compact_revision()).max();
        let high = histories.iter().map(|one| one.head()).min();
        let (low, high) = (low.unwrap_or(0).max(0), high.unwrap_or(0));
        let mut outcome = MembersOutcome {
            common: (low, high),
            ..MembersOutcome::default()
        };
        // Rows at or below a compaction are kept or not by what came later: a member that was
        // compacted less still has them.
        let start = Revision::new(low.saturating_add(1), 0);
        let mut at: Vec<usize> = self
            .rows
            .iter()
            .map(|rows| rows.partition_point(|row| row.0 < start))
            .collect();
        let mut odd: Vec<u64> = vec![0; self.rows.len()];
        let mut ties = 0_u64;
        loop {
            let next = self
                .rows
                .iter()
                .zip(&at)
                .filter_map(|(rows, at)| rows.get(*at));
            let Some(revision) = next
                .map(|row| row.0)
                .min()
                .filter(|revision| revision.main <= high)
            else {
                break;
            };
            let hashes: Vec<Option<u64>> = self
                .rows
                .iter()
                .zip(&mut at)
                .map(|(rows, at)| {
                    let row = rows.get(*at).filter(|row| row.0 == revision)?;
                    *at += 1;
                    Some(row.1)
                })
                .collect();
            if hashes.iter().all(|hash| Some(hash) == hashes.first()) {
                continue;
            }
            outcome.differing += 1;
            match alone(&hashes) {
                Some(member) => {
                    if let Some(count) = odd.get_mut(member) {
                        *count += 1;
                    }
                }
                None => ties += 1,
            }
            let split = Split {
                revision,
                rows: hashes,
            };
            outcome.split.get_or_insert_with(|| split.clone());
            if outcome.rows.len() < Self::LISTED {
                outcome.rows.push(split);
            }
        }
        let mut named = odd.iter().enumerate().filter(|(_, count)| **count > 0);
        outcome.odd = match (outcome.differing, named.next(), named.next(), ties) {
            (0, ..) => Odd::None,
            (_, Some((member, _)), None, 0) => Odd::Member(member),
            _ => Odd::Unknown,
        };
        outcome
    }
}

/// The one that is not as all others are, where there are at least three.
fn alone(hashes: &[Option<u64>]) -> Option<usize> {
    if hashes.len() < 3 {
        return None;
    }
    let count = |hash: &Option<u64>| hashes.iter().filter(|other| *other == hash).count();
    let mut ones = (0..).zip(hashes).filter(|(_, hash)| count(hash) == 1);
    match (ones.next(), ones.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}
