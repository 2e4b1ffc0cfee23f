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

/// How many operations of one line are told one after the other; those behind them together.
const TOLD: usize = 4;
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
        let one_by_one = ran.applied.len().min(TOLD);
        let (each, rest) = ran.applied.split_at(one_by_one);
        let rest = (!rest.is_empty() || each.is_empty()).then_some(rest);
        for group in each.chunks(1).chain(rest) {
            add(Stage::Bucket, told(group, effect, bucket));
            add(Stage::Index, told(group, effect, index));
            add(Stage::Timeline, told(group, effect, timeline));
        }
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

/// Tells an operation, or how many there are.
fn told(some: &[Applied], effect: &Effect, tell: fn(&Applied, &Effect) -> String) -> String {
    let text = match some {
        [] => String::new(),
        [one] => tell(one, effect),
        [.., last] => {
            let (count, to) = (some.len(), last.revision);
            return format!("and {count} more operations, the last at revision {to}");
        }
    };
    match effect.compacted {
        Some(at) if text.is_empty() => format!("compacted at {at}: no row was superseded"),
        _ => text,
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
