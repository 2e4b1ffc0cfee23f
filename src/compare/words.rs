//! What comparing has found, in sentences.

use super::keys::{Lineage, Outcome};
use super::members::{MembersOutcome, Odd, Split};
use crate::history::History;
use crate::kv::Revision;
use crate::kv::hash::HashKv;
use crate::kv::quote::bare_start;

/// Two histories, in sentences; `names` are those of the files.
pub fn words(outcome: &Outcome, a: &History, b: &History, names: [&str; 2]) -> Vec<String> {
    let [first, second] = names;
    let mut words = Vec::new();
    words.push(match outcome.lineage {
        Lineage::One => format!(
            "Both are of one store: at all {} revisions that both have, the rows are of the same key, version and length.",
            outcome.shared
        ),
        Lineage::Strangers => {
            "They are not of one store, or one was restored: they have different rows at the same revision. Values were compared byte by byte.".to_owned()
        }
        Lineage::Unknown => {
            "Nothing tells whether both are of one store: no revision has a row in both. Values were compared byte by byte.".to_owned()
        }
    });
    let by = b.head().abs_diff(a.head());
    words.push(match b.head().cmp(&a.head()) {
        std::cmp::Ordering::Greater => format!("{second} is {by} revisions ahead of {first}."),
        std::cmp::Ordering::Less => format!("{first} is {by} revisions ahead of {second}."),
        std::cmp::Ordering::Equal => format!("Both are at revision {}.", a.head()),
    });
    let counts = outcome.counts;
    words.push(format!(
        "From {first} to {second}: {} keys added, {} removed, {} changed, {} deleted and created again, {} the same.",
        counts.added, counts.removed, counts.changed, counts.recreated, counts.same
    ));
    let compacted = [(a, first), (b, second)];
    let compacted = compacted
        .iter()
        .filter(|(one, _)| one.compact_revision() > 0);
    for (one, name) in compacted {
        words.push(format!(
            "{name} was compacted at {}: what came and went before that is not told.",
            one.compact_revision()
        ));
    }
    words
}

/// Where the rows of two files first differ, in sentences, what belongs to one indented; `unlike` are the revisions of
/// [`Members::unlike`](super::Members::unlike).
pub fn row_words(
    outcome: &MembersOutcome,
    unlike: &[Revision],
    files: [(&str, &History); 2],
) -> Vec<String> {
    let (low, high) = outcome.common;
    let mut words = Vec::new();
    match &outcome.split {
        None if low >= high => words.push(
            "No revision is above what either has compacted and in both: row by row nothing can be told."
                .to_owned(),
        ),
        None => words.push(format!(
            "Above revision {low} and up to {high} all rows are the same in both."
        )),
        Some(split) => {
            words.push(format!(
                "They first differ at revision {}; {} revisions above {low} and up to {high} differ.",
                split.revision, outcome.differing
            ));
            for (number, (name, history)) in files.into_iter().enumerate() {
                words.push(format!("  {name}: {}", what_at(history, split, number)));
            }
        }
    }
    words.extend(unlike_words(outcome, unlike));
    words
}

/// Rows with other bytes that nobody would miss: they lie where one has compacted.
pub fn unlike_words(outcome: &MembersOutcome, unlike: &[Revision]) -> Option<String> {
    let (low, _) = outcome.common;
    let count = unlike.partition_point(|revision| revision.main <= low);
    let first = unlike.first().filter(|_| count > 0)?;
    Some(format!(
        "Where one of them was compacted, at {low} or below, {count} rows that are still there differ, the first at revision {first}."
    ))
}

/// What a member has at a revision that differs.
pub fn what_at(history: &History, split: &Split, member: usize) -> String {
    let has_row = split.rows.get(member).copied().flatten().is_some();
    let found = history.find_change(split.revision).filter(|_| has_row);
    let Some((key, change)) = found else {
        return "no row".to_owned();
    };
    let name = bare_start(key.key);
    match change.is_tombstone() {
        true => format!("deletion of {name}"),
        false => format!(
            "put of {name}, version {}, {} bytes",
            change.version(),
            change.value_len()
        ),
    }
}

/// Members of a cluster, in sentences.
pub fn members_words(outcome: &MembersOutcome, heads: &[i64], names: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    let (low, high) = outcome.common;
    words.push(match &outcome.split {
        None if low >= high => format!(
            "They have no revision in common that none has compacted (compacted at {low}, the least is at revision {high}): row by row nothing can be told."
        ),
        None => {
            format!("Above revision {low} and up to {high} all rows are the same on every member.")
        }
        Some(split) => format!(
            "They first differ at revision {}; {} revisions above {low} and up to {high} differ.",
            split.revision, outcome.differing
        ),
    });
    match outcome.odd {
        Odd::None => {}
        Odd::Member(member) => {
            let name = names.get(member).copied().unwrap_or_default();
            words.push(format!(
                "{name} is the odd one: wherever they differ the others agree."
            ));
        }
        Odd::Unknown if names.len() < 3 => {
            words.push("Which one is right cannot be told of two.".to_owned());
        }
        Odd::Unknown => words.push(
            "Which one is right cannot be told: there is none that differs from others that agree."
                .to_owned(),
        ),
    }
    let top = heads.iter().copied().max().unwrap_or(0);
    for (head, name) in heads.iter().zip(names).filter(|(head, _)| **head < top) {
        words.push(format!(
            "{name} is {} revisions behind: by itself that is no difference.",
            top.saturating_sub(*head)
        ));
    }
    words
}

/// The hashes of all at the same revision; `None` where one has none.
pub fn hash_words(hashes: &[Option<HashKv>]) -> Option<String> {
    let hashes: Vec<&HashKv> = hashes.iter().map(Option::as_ref).collect::<Option<_>>()?;
    let (first, rest) = hashes.split_first()?;
    let at = first.hash_revision;
    let tells = |hash: &HashKv| (hash.hash, hash.compact_revision);
    let is_same = rest.iter().all(|hash| tells(hash) == tells(first));
    let is_fair = rest
        .iter()
        .all(|hash| hash.compact_revision == first.compact_revision);
    Some(match (is_same, is_fair) {
        (true, _) => format!(
            "Their hashes at revision {at} are the same, as etcdctl endpoint hashkv would say."
        ),
        (false, true) => format!("Their hashes at revision {at} differ."),
        (false, false) => format!(
            "Their hashes at revision {at} differ; they were compacted at different revisions, so that says nothing."
        ),
    })
}
