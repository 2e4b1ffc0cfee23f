//! Two files, key by key.

use std::fmt::Write as _;
use std::io::{self, Write};

use revscope::bbolt::Problem;
use revscope::compare::{
    Compare, Counts, Difference, DifferenceKind, Growth, Lineage, Members, ValueDiff, growth,
    hash_words, row_words, value_diff, words,
};
use revscope::history::History;
use revscope::kubernetes::{Schema, json};
use revscope::kv::quote::{bare, bare_start};
use revscope::kv::{BucketKey, Revision};
use serde::Serialize;

use super::{At, FileLine, LINES, Member, STEP, first_difference, print_files, print_line};
use crate::Failure;
use crate::args::Args;
use crate::columns::columns;
use crate::objects::schema;

/// The first line of `--json`.
#[derive(Serialize)]
struct Summary<'a> {
    files: [FileLine<'a>; 2],
    relation: &'static str,
    shared_rows: u64,
    keys: Keys,
    /// Rows above the first and up to the second were compared one by one.
    common: (i64, i64),
    differing: u64,
    first_difference: Option<At>,
    growth: Vec<GrowthLine>,
}

#[derive(Serialize)]
struct Keys {
    added: u64,
    removed: u64,
    changed: u64,
    recreated: u64,
    same: u64,
}

#[derive(Serialize)]
struct GrowthLine {
    prefix: String,
    live_keys: [u64; 2],
    bytes: [u64; 2],
}

/// Prints what became of every key; answers whether they differ.
pub fn compare(
    [a, b]: [&mut Member<'_>; 2],
    rows_of: &Members,
    args: &Args,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let mut compare = Compare::new();
    while compare.step(&a.history, &b.history, STEP) {}
    settle(&mut compare, a, b)?;
    let unlike = rows_of.unlike(0, 1);
    if compare.outcome().lineage == Lineage::One {
        compare.contradict(&a.history, &b.history, &unlike);
    }
    let outcome = compare.outcome();
    let rows = rows_of.outcome(&[&a.history, &b.history]);
    let growth = growth(&a.fills, &b.fills);
    let is_json = args.option("--json").is_some();
    if is_json {
        let Counts {
            added,
            removed,
            changed,
            recreated,
            same,
        } = outcome.counts;
        print_line(
            out,
            &Summary {
                files: [a.line(), b.line()],
                relation: match outcome.lineage {
                    Lineage::One => "one store",
                    Lineage::Strangers => "different stores",
                    Lineage::Unknown => "unknown",
                },
                shared_rows: outcome.shared,
                keys: Keys {
                    added,
                    removed,
                    changed,
                    recreated,
                    same,
                },
                common: rows.common,
                differing: rows.differing,
                first_difference: first_difference(&rows, &unlike).map(At::from),
                growth: growth.iter().map(growth_line).collect(),
            },
        )?;
    } else {
        let names = [a.path, b.path];
        for line in words(outcome, &a.history, &b.history, names) {
            writeln!(out, "{line}")?;
        }
        let files = [(a.path, &a.history), (b.path, &b.history)];
        for line in row_words(&rows, &unlike, files) {
            writeln!(out, "{line}")?;
        }
        let hashes = [&a.hash, &b.hash].map(|hash| hash.clone().ok());
        if let Some(line) = hash_words(&hashes) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        print_files([&*a, &*b].into_iter(), out)?;
        print_growth(&growth, out)?;
    }
    let schema = match args.option("--values") {
        Some(_) => Some(schema()?),
        None => None,
    };
    let mut printer = Printer {
        a,
        b,
        schema,
        with_secrets: args.option("--secrets").is_some(),
    };
    match is_json {
        true => printer.json(&outcome.rows, out)?,
        false => printer.text(&outcome.rows, out)?,
    }
    Ok(!outcome.rows.is_empty() || first_difference(&rows, &unlike).is_some())
}

/// Reads values where they alone can tell whether two rows are the same.
fn settle(compare: &mut Compare, a: &mut Member<'_>, b: &mut Member<'_>) -> io::Result<()> {
    let mut result = Ok(());
    compare.settle_all(|(before, after)| {
        let mut read = |member: &mut Member<'_>, revision| match value(member, revision) {
            Ok(value) => value,
            Err(error) => {
                result = Err(error);
                None
            }
        };
        let (old, new) = (read(a, before), read(b, after));
        // What cannot be read is not said to be the same.
        old.is_some() && old == new
    });
    result
}

/// The value of a row; `None` where it cannot be read, which is told.
fn value(member: &mut Member<'_>, revision: Revision) -> io::Result<Option<Vec<u8>>> {
    let key = BucketKey {
        revision,
        tombstone: false,
    };
    let read = match member.file.record(&key) {
        Ok(Some(row)) => row
            .record()
            .map(|record| record.value.to_vec())
            .map_err(|error| format!("revision {revision}: {error}")),
        Ok(None) => Err(format!("revision {revision}: its row is gone")),
        Err(problem @ Problem { .. }) => Err(format!("revision {revision}: {problem}")),
    };
    match read {
        Ok(value) => Ok(Some(value)),
        Err(problem) => member.told.problem(&problem).map(|()| None),
    }
}

fn growth_line(row: &Growth) -> GrowthLine {
    GrowthLine {
        prefix: bare(&row.prefix),
        live_keys: [row.before.live_keys, row.after.live_keys],
        bytes: [row.before.bytes, row.after.bytes],
    }
}

/// The prefixes whose rows became more or less.
fn print_growth(all: &[Growth], out: &mut dyn Write) -> io::Result<()> {
    let grown = all
        .iter()
        .filter(|row| row.bytes() != 0 || row.before.live_keys != row.after.live_keys);
    let count = grown.clone().count();
    if count == 0 {
        return Ok(());
    }
    let cells = grown.take(LINES).map(|row| {
        [
            row.before.live_keys.to_string(),
            row.after.live_keys.to_string(),
            row.before.bytes.to_string(),
            row.after.bytes.to_string(),
            format!("{:+}", row.bytes()),
            match row.prefix.is_empty() {
                true => "(keys without a prefix)".to_owned(),
                false => bare_start(&row.prefix),
            },
        ]
    });
    let cells: Vec<_> = cells.collect();
    let titles = [
        "keys of A",
        "of B",
        "bytes of A",
        "of B",
        "growth",
        "prefix",
    ];
    writeln!(out)?;
    columns(titles, &cells, out)?;
    match count - cells.len() {
        0 => Ok(()),
        more => writeln!(out, "and {more} prefixes more; --json prints all"),
    }
}

/// Prints the keys that differ.
struct Printer<'p, 'a> {
    a: &'p mut Member<'a>,
    b: &'p mut Member<'a>,
    /// What values are read with, if they are wanted.
    schema: Option<Schema>,
    with_secrets: bool,
}

impl Printer<'_, '_> {
    fn key<'h>(&'h self, row: &Difference) -> &'h [u8] {
        let of = |history: &'h History, id| history.key_bytes(id);
        let key = row.a.and_then(|id| of(&self.a.history, id));
        let key = key.or_else(|| row.b.and_then(|id| of(&self.b.history, id)));
        key.unwrap_or_default()
    }

    /// How the values differ, where that is wanted.
    fn values(&mut self, row: &Difference) -> io::Result<Option<ValueDiff>> {
        let (Some(schema), Some(before), Some(after)) = (&self.schema, row.before, row.after)
        else {
            return Ok(None);
        };
        let (old, new) = (value(self.a, before)?, value(self.b, after)?);
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(None);
        };
        let key = self.key(row);
        Ok(Some(value_diff(
            schema,
            key,
            [&old, &new],
            self.with_secrets,
        )))
    }

    fn text(&mut self, rows: &[Difference], out: &mut dyn Write) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        let number = |revision: Option<Revision>| match revision {
            Some(revision) => revision.to_string(),
            None => "-".to_owned(),
        };
        let len = |revision: Option<Revision>, len: u32| match revision {
            Some(_) => len.to_string(),
            None => "-".to_owned(),
        };
        let cells = |row: &Difference| {
            [
                row.kind.as_str().to_owned(),
                number(row.before),
                number(row.after),
                len(row.before, row.before_len),
                len(row.after, row.after_len),
            ]
        };
        let titles = ["", "revision in A", "in B", "bytes in A", "in B"].map(str::to_owned);
        let mut widths = titles.clone().map(|title| title.len());
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(cells(row)) {
                *width = cell.len().max(*width);
            }
        }
        let line = |cells: [String; 5], key: &str, out: &mut dyn Write| {
            let [kind, before, after, was, is] = cells;
            let [a, b, c, d, e] = widths;
            writeln!(
                out,
                "{kind:a$}  {before:>b$}  {after:>c$}  {was:>d$}  {is:>e$}  {key}"
            )
        };
        line(titles, "key", out)?;
        for row in rows {
            line(cells(row), &bare(self.key(row)), out)?;
            if let Some(values) = self.values(row)? {
                let mut text = String::new();
                values.push_text(&mut text);
                for line in text.lines() {
                    writeln!(out, "    {line}")?;
                }
            }
        }
        Ok(())
    }

    fn json(&mut self, rows: &[Difference], out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        for row in rows {
            line.clear();
            let change = match row.kind {
                DifferenceKind::Added => "added",
                DifferenceKind::Removed => "removed",
                DifferenceKind::Changed => "changed",
                DifferenceKind::Recreated => "recreated",
            };
            // Writing to a String cannot fail.
            let _ = write!(line, r#"{{"change":"{change}","key":"#);
            json::push_text(&mut line, &bare(self.key(row)));
            let sides = [
                ("before", row.before, row.before_len),
                ("after", row.after, row.after_len),
            ];
            for (name, revision, len) in sides {
                let _ = match revision {
                    Some(at) => write!(
                        line,
                        r#","{name}":{{"main":{},"sub":{},"bytes":{len}}}"#,
                        at.main, at.sub
                    ),
                    None => write!(line, r#","{name}":null"#),
                };
            }
            if let Some(values) = self.values(row)? {
                line.push_str(r#","values":"#);
                values.push_json(&mut line);
            }
            line.push_str("}\n");
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}
