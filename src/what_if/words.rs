//! What a trial has found, in sentences.

use super::{Outcome, Sizes};
use crate::history::History;
use crate::kubernetes::RegistryKey;

/// The outcome for a person: what goes, what no longer works, and what the file gives back.
pub fn words(outcome: &Outcome) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(at) = outcome.at {
        let removed = outcome.removed;
        words.push(format!(
            "A compaction at {at} would take {} rows of {} bytes and keep {}; of {} keys nothing would be left.",
            removed.rows, removed.bytes, outcome.kept_rows, removed.keys
        ));
        words.extend(breaks(outcome, at));
        words.extend(edge(outcome, at));
    }
    words.extend(outcome.sizes.iter().map(|sizes| size(sizes, outcome.at)));
    words.extend(outcome.trouble.iter().map(|trouble| format!("{trouble}.")));
    words
}

/// What would no longer work: etcd answers `mvcc: required revision has been compacted`.
///
/// The edge is etcd's (`rangeKeys`, `watchableStore`): a read at the compact revision works, and a
/// watch may start there.
pub fn breaks(outcome: &Outcome, at: i64) -> [String; 2] {
    let lowest = outcome.compact_revision.max(1);
    let older = at.saturating_sub(lowest).max(0);
    [
        format!(
            "Reads with --rev below {at} would fail: {older} revisions that can be read now. A read at {at} itself still works."
        ),
        format!(
            "Watches that start below {at} would be cancelled; one that starts at {at} goes on."
        ),
    ]
}

/// What breaks for an API server whose store this is; `None` where no key is one's.
pub fn breaks_for_kubernetes(history: &History, at: i64) -> Option<String> {
    let is_cluster = history
        .keys()
        .any(|key| RegistryKey::parse(key.key).is_some());
    is_cluster.then(|| format!(
        "Kubernetes: a list that goes on at a resourceVersion below {at} would get 410 Gone, and so would a watch that etcd has to serve from one below {}: these clients list again.",
        at.saturating_sub(1)
    ))
}

/// Tombstones right at the revision.
fn edge(outcome: &Outcome, at: i64) -> Option<String> {
    let count = outcome.tombstones_at;
    let text = match (count > 0, outcome.rule.is_known, outcome.rule.keeps) {
        (false, ..) => return None,
        (true, true, true) => format!(
            "{count} deletions at {at} itself stay, as in every etcd since 3.4.34, 3.5.16 and 3.6."
        ),
        _ => format!(
            "{count} deletions at {at} itself go; an etcd from 3.4.34, 3.5.16 or 3.6 on keeps them, and the file does not tell which one wrote it."
        ),
    };
    Some(text)
}

fn size(sizes: &Sizes, at: Option<i64>) -> String {
    let Sizes {
        now,
        defragged,
        compacted,
        freed,
        loose,
    } = *sizes;
    match at {
        None => format!("The file has {now} bytes; a defrag alone would make it {defragged}."),
        Some(_) => format!(
            "The file has {now} bytes, and the compaction leaves it so long: it frees {freed} bytes of whole pages inside of it at least, and {loose} bytes within pages that stay. A defrag alone would make it {defragged} bytes, after the compaction {compacted}."
        ),
    }
}
