//! `what-if FILE`: a compaction and a defrag tried, without touching the file.

use std::io::{self, Write};

use revscope::kv::quote::bare;
use revscope::what_if::{
    Loss, Outcome as Tried, Sizes, Trial, breaks, breaks_for_kubernetes, words,
};
use serde::Serialize;

use super::args::Args;
use super::columns::columns;
use super::files::{etcd_file, in_file};
use super::lost::store;
use super::{Failure, Outcome};

/// Prefixes that are printed for a person; `--json` prints all.
const PREFIXES: usize = 20;

/// What `--json` prints.
#[derive(Serialize)]
struct Line<'a> {
    revision: i64,
    compact_revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    compaction: Option<Compaction<'a>>,
    /// None where a page cannot be read or written.
    sizes: Option<FileSizes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

#[derive(Serialize)]
struct Compaction<'a> {
    at: i64,
    rows: u64,
    keys: u64,
    bytes: u64,
    kept_rows: u64,
    tombstones_at: u64,
    tombstones_stay: bool,
    is_tombstone_rule_known: bool,
    breaks: Vec<String>,
    prefixes: Vec<Prefix<'a>>,
}

#[derive(Serialize)]
struct Prefix<'a> {
    prefix: &'a str,
    rows: u64,
    bytes: u64,
}

/// Bytes of the file, and what the compaction frees inside of it.
#[derive(Serialize)]
struct FileSizes {
    now: u64,
    defragged: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    compacted_and_defragged: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freed_pages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freed_within_pages: Option<u64>,
}

/// `what-if FILE [--compact REV]`: without a revision what a defrag alone gives back.
pub fn what_if(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let at = match args.option("--compact") {
        None => None,
        Some(typed) => Some(typed.parse::<i64>().map_err(|_| {
            Failure::Usage(format!("--compact {typed}: a revision is a whole number"))
        })?),
    };
    let (file, mut told) = etcd_file(args, path)?;
    let history = store(&file, &mut told)?;
    let mut trial = match at {
        None => Trial::defrag(&file, &history),
        Some(at) => Trial::new(&file, &history, at).map_err(|error| {
            let (compacted, head) = (history.compact_revision().max(0), history.head());
            let edges = format!("the compact revision is {compacted}, the current one {head}");
            in_file(path, format_args!("etcd would refuse: {error}; {edges}"))
        })?,
    };
    while trial.step(&history) {}
    let tried = trial.outcome();
    let of_kubernetes = at.and_then(|at| breaks_for_kubernetes(&history, at));
    match args.option("--json") {
        Some(_) => print_json(tried, history.head(), of_kubernetes, out)?,
        None => print(tried, of_kubernetes, out)?,
    }
    if let Some(trouble) = &tried.trouble {
        told.problem(trouble)?;
    }
    Ok(told.outcome())
}

fn print(tried: &Tried, of_kubernetes: Option<String>, out: &mut dyn Write) -> io::Result<()> {
    // Why there are no sizes is told on standard error, as everything that is wrong.
    let told = Tried {
        trouble: None,
        ..tried.clone()
    };
    for line in words(&told).into_iter().chain(of_kubernetes) {
        writeln!(out, "{line}")?;
    }
    let shown = tried.prefixes.iter().take(PREFIXES);
    let texts: Vec<[String; 3]> = shown
        .map(|loss| [loss.rows.to_string(), loss.bytes.to_string(), name(loss)])
        .collect();
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    columns(["rows", "bytes", "prefix"], &texts, out)?;
    let more = tried.prefixes.len() - texts.len();
    if more > 0 {
        writeln!(out, "and {more} prefixes more; --json prints all")?;
    }
    Ok(())
}

fn name(loss: &Loss) -> String {
    match loss.prefix.is_empty() {
        true => "(keys without a prefix)".to_owned(),
        false => bare(&loss.prefix),
    }
}

fn print_json(
    tried: &Tried,
    head: i64,
    of_kubernetes: Option<String>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let names: Vec<String> = tried
        .prefixes
        .iter()
        .map(|loss| bare(&loss.prefix))
        .collect();
    let prefixes = names.iter().zip(&tried.prefixes);
    let prefixes = prefixes.map(|(prefix, loss)| Prefix {
        prefix,
        rows: loss.rows,
        bytes: loss.bytes,
    });
    let compaction = tried.at.map(|at| Compaction {
        at,
        rows: tried.removed.rows,
        keys: tried.removed.keys,
        bytes: tried.removed.bytes,
        kept_rows: tried.kept_rows,
        tombstones_at: tried.tombstones_at,
        tombstones_stay: tried.rule.keeps,
        is_tombstone_rule_known: tried.rule.is_known,
        breaks: breaks(tried, at).into_iter().chain(of_kubernetes).collect(),
        prefixes: prefixes.collect(),
    });
    let sizes = |sizes: Sizes| {
        let compacted = |size: u64| tried.at.map(|_| size);
        FileSizes {
            now: sizes.now,
            defragged: sizes.defragged,
            compacted_and_defragged: compacted(sizes.compacted),
            freed_pages: compacted(sizes.freed),
            freed_within_pages: compacted(sizes.loose),
        }
    };
    let line = Line {
        revision: head,
        compact_revision: tried.compact_revision,
        compaction,
        sizes: tried.sizes.map(sizes),
        trouble: tried.trouble.as_ref().map(ToString::to_string),
    };
    serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
