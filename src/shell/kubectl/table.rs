//! Tables of objects: padded columns, as kubectl's printer writes them.

use super::columns::columns;
use super::more_columns::{last_seen, pairs};
use crate::apiserver::Kind;
use crate::apiserver::object::{label, name, namespace};
use crate::kubernetes::Value;

/// What a table shows besides its kind's columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub(super) wide: bool,
    /// Names begin with their kind.
    pub(super) with_kind: bool,
    /// `-A`
    pub(super) with_namespace: bool,
    pub(super) show_labels: bool,
    /// `-L`
    pub(super) label_columns: Vec<String>,
    pub(super) no_headers: bool,
    /// `--output-watch-events`
    pub(super) with_event: bool,
}

/// A table's widths so far, for one that goes on.
pub(super) type Widths = Vec<usize>;

/// The headings.
pub(super) fn heading(kind: &Kind, look: &Look) -> Vec<String> {
    let (all, plain, _) = columns(kind);
    let mut row: Vec<&str> = Vec::new();
    if look.with_event {
        row.push("EVENT");
    }
    if look.with_namespace && kind.is_namespaced {
        row.push("NAMESPACE");
    }
    match (is_event(kind), look.wide) {
        (true, false) => row.extend(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]),
        (true, true) => {
            row.push("LAST SEEN");
            row.extend(all);
        }
        (false, wide) => {
            row.push("NAME");
            row.extend(all.iter().take(if wide { all.len() } else { plain }));
        }
    }
    let mut row: Vec<String> = row.into_iter().map(str::to_owned).collect();
    let last = |key: &String| {
        let last = key.rsplit('/').next().unwrap_or_default();
        last.to_uppercase()
    };
    row.extend(look.label_columns.iter().map(last));
    if look.show_labels {
        row.push("LABELS".to_owned());
    }
    row
}

/// The cells of an object.
pub(super) fn cells(
    kind: &Kind,
    value: &Value<'_>,
    event: &str,
    look: &Look,
    now: i64,
) -> Vec<String> {
    let (_, plain, fill) = columns(kind);
    let mut row = Vec::new();
    if look.with_event {
        row.push(format!("{event:<8}"));
    }
    if look.with_namespace && kind.is_namespaced {
        row.push(namespace(value).to_owned());
    }
    let mut rest = Vec::new();
    fill(value, &mut rest, now);
    if is_event(kind) {
        row.push(last_seen(value, now));
        let mut at = 0;
        // Subobject, source and what follows the message are for the wide table.
        rest.retain(|_| {
            at += 1;
            look.wide || matches!(at, 1..=3 | 6)
        });
    } else {
        row.push(match look.with_kind {
            true => format!("{}/{}", kind.one(), name(value)),
            false => name(value).to_owned(),
        });
        if !look.wide {
            rest.truncate(plain);
        }
    }
    row.append(&mut rest);
    for key in &look.label_columns {
        row.push(label(value, key).unwrap_or_default().to_owned());
    }
    if look.show_labels {
        row.push(pairs(value.at(&["metadata", "labels"])));
    }
    row
}

fn is_event(kind: &Kind) -> bool {
    kind.plural == "events"
}

/// Writes rows; every column but the last is three wider than its widest cell.
pub(super) fn push(out: &mut Vec<u8>, rows: &[Vec<String>], widths: &mut Widths) {
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let wide = (cell.chars().count() + 3).max(6);
            match widths.get_mut(at) {
                Some(known) => *known = wide.max(*known),
                None => widths.push(wide),
            }
        }
    }
    for row in rows {
        let mut cells = row.iter().zip(widths.iter()).peekable();
        while let Some((cell, wide)) = cells.next() {
            let line = match cells.peek() {
                Some(_) => format!("{cell:<wide$}"),
                None => cell.clone(),
            };
            out.extend(line.bytes());
        }
        out.push(b'\n');
    }
}
