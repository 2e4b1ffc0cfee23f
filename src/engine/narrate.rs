//! What a command does where, in words: the parts of its animation.
//!
//! The order is etcd's own: the row goes to the bucket, its revision to the key index, watchers
//! are told, and the backend's commit brings it onto pages.

use super::protocol::Watched;
use super::protocol::{Beat, Effect, Stage};
use crate::kv::Record;
use crate::kv::quote::bare_start;
use crate::mvcc::{Applied, Reply};
use crate::shell::Ran;

/// How many operations of one line are told apart.
const TOLD: usize = 3;
/// Characters of a key or a line that a sentence has room for.
const SHORT: usize = 40;

/// What is worth seeing of a line; nothing where it changed nothing.
pub(super) fn beats(
    line: &str,
    ran: &Ran,
    effect: &Effect,
    watched: &[Watched],
    is_rewritten: bool,
) -> Vec<Beat> {
    let mut beats = Vec::new();
    let mut add = |stage, text: String| beats.push(Beat { stage, text });
    let changed = !ran.applied.is_empty() || effect.compacted.is_some();
    if !changed && !effect.committed {
        return beats;
    }
    add(Stage::Command, short(line));
    if changed {
        add(Stage::Bucket, told(&ran.applied, effect, bucket));
        add(Stage::Index, told(&ran.applied, effect, index));
        add(Stage::Timeline, told(&ran.applied, effect, timeline));
    }
    if !watched.is_empty() {
        let names: Vec<_> = watched
            .iter()
            .map(|one| format!("[{}]", one.watch.job))
            .collect();
        add(
            Stage::Watchers,
            match names.as_slice() {
                [name] => format!("watch {name} gets its events"),
                names => format!("watches {} get their events", names.join(", ")),
            },
        );
    }
    if effect.committed {
        let text = match effect.compacted {
            _ if is_rewritten => "what is in use is copied to a new file",
            Some(_) => "commits take the rows off their pages; the file stays as long",
            None if changed => "a commit copies the leaf and all above it, then the meta",
            None => "the file is committed to",
        };
        add(Stage::Pages, text.to_owned());
    }
    beats
}

/// Tells each operation, or how many there are.
fn told(all: &[Applied], effect: &Effect, tell: fn(&Applied, &Effect) -> String) -> String {
    let mut texts: Vec<String> = all.iter().take(TOLD).map(|one| tell(one, effect)).collect();
    texts.retain(|text| !text.is_empty());
    match all.len().saturating_sub(TOLD) {
        0 if texts.is_empty() => match effect.compacted {
            Some(at) => format!("compacted at {at}: no row was superseded"),
            None => String::new(),
        },
        0 => texts.join("; "),
        more => format!("{}; and {more} more operations", texts.join("; ")),
    }
}

fn bucket(applied: &Applied, effect: &Effect) -> String {
    let rows = rows(applied.written.len());
    let at = applied.revision;
    match (&applied.reply, applied.written.as_slice()) {
        (Reply::Compact(at), _) => compacted(*at, applied),
        (Reply::LeaseRevoke(lease), _) => format!("lease {lease} ended: {rows} added at {at}"),
        (_, [row]) if row.bucket_key.tombstone => {
            format!("tombstone {} is added", row.bucket_key.revision)
        }
        (_, [row]) => format!("row {} is added", row.bucket_key.revision),
        (_, []) => effect
            .compacted
            .map_or_else(String::new, |at| compacted(at, applied)),
        _ => format!("{rows} added at {at}, told apart by their sub revisions"),
    }
}

fn compacted(at: i64, applied: &Applied) -> String {
    let gone = rows(applied.removed.len());
    format!("the sweep goes up to {at}: {gone} removed")
}

fn index(applied: &Applied, _: &Effect) -> String {
    match (&applied.reply, applied.written.as_slice()) {
        (Reply::Compact(at), _) => {
            let mut keys: Vec<&[u8]> = applied
                .removed
                .iter()
                .map(|row| row.kv.key.as_slice())
                .collect();
            keys.sort_unstable();
            keys.dedup();
            match keys.as_slice() {
                [] => format!("no key has a revision that nobody needs at {at}"),
                [key] => format!(
                    "{} loses what nobody needs at {at}",
                    short(&bare_start(key))
                ),
                keys => format!("{} keys lose what nobody needs at {at}", keys.len()),
            }
        }
        (_, [row]) => indexed(row),
        (_, []) => String::new(),
        (_, rows) => {
            let ended = rows.iter().filter(|row| row.bucket_key.tombstone).count();
            match ended {
                0 => format!("{} keys get a revision", rows.len()),
                ended if ended == rows.len() => format!("the generations of {ended} keys end"),
                ended => format!(
                    "{} keys get a revision, the generations of {ended} end",
                    rows.len() - ended
                ),
            }
        }
    }
}

fn indexed(row: &Record) -> String {
    let (key, at) = (
        short(&bare_start(&row.kv.key)),
        row.bucket_key.revision.main,
    );
    match (row.bucket_key.tombstone, row.kv.version) {
        (true, _) => format!("{key}: {at} ends its generation, an empty one waits"),
        (false, 1) => format!("{key}: {at} begins a generation"),
        (false, _) => format!("{key}: {at} joins its generation"),
    }
}

fn timeline(applied: &Applied, _: &Effect) -> String {
    let at = applied.revision;
    match (&applied.reply, applied.written.as_slice()) {
        (Reply::Compact(at), _) => format!("before {at} only the last version of each key remains"),
        (_, [row]) => {
            let key = short(&bare_start(&row.kv.key));
            match (row.bucket_key.tombstone, row.kv.version) {
                (true, _) => format!("{key} is deleted at {at}"),
                (false, 1) => format!("{key} is created at {at}"),
                (false, version) => format!("{key} has version {version} at {at}"),
            }
        }
        (_, []) => String::new(),
        (_, rows) => format!("{} changes at revision {at}", rows.len()),
    }
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row is".to_owned(),
        count => format!("{count} rows are"),
    }
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
