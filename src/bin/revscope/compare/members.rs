//! Three or more members of a cluster, row by row.

use std::collections::BTreeSet;
use std::io::Write;

use revscope::compare::{Members, Odd, Split, hash_words, members_words, unlike_words, what_at};
use revscope::history::History;
use revscope::kv::Revision;
use revscope::kv::hash::HashKv;
use revscope::kv::quote::bare;
use serde::Serialize;

use super::{At, FileLine, LINES, Member, first_difference, print_files, print_line};
use crate::Failure;
use crate::columns::columns;

/// The first line of `--json`.
#[derive(Serialize)]
struct Summary<'a> {
    files: Vec<FileLine<'a>>,
    /// Rows above the first and up to the second were compared.
    common: (i64, i64),
    differing: u64,
    first_difference: Option<At>,
    odd: Option<&'a str>,
}

/// A revision that differs; behind it a member a place.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    at: At,
    /// Hashes that are the same where the rows are.
    rows: Vec<Option<String>>,
    keys: Vec<Option<String>>,
}

/// Prints where members differ; answers whether they do. One that is behind differs from none.
pub fn compare(
    members: &[Member<'_>],
    rows_of: &Members,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let histories: Vec<&History> = members.iter().map(|member| &member.history).collect();
    let outcome = rows_of.outcome(&histories);
    let unlike = unlike(members.len(), rows_of);
    let hashes: Vec<_> = members
        .iter()
        .map(|member| member.hash.clone().ok())
        .collect();
    let first = first_difference(&outcome, &unlike);
    let (low, high) = outcome.common;
    // Without a row to compare, only hashes can say that they are the same.
    let differs = first.is_some() || low >= high && !are_same(&hashes);
    if is_json {
        let odd = match outcome.odd {
            Odd::Member(member) => members.get(member),
            Odd::None | Odd::Unknown => None,
        };
        print_line(
            out,
            &Summary {
                files: members.iter().map(Member::line).collect(),
                common: outcome.common,
                differing: outcome.differing,
                first_difference: first.map(At::from),
                odd: odd.map(|member| member.path),
            },
        )?;
        for split in &outcome.rows {
            print_line(out, &line(split, &histories))?;
        }
        return Ok(differs);
    }
    let heads: Vec<i64> = histories.iter().map(|history| history.head()).collect();
    let names: Vec<&str> = members.iter().map(|member| member.path).collect();
    for line in members_words(&outcome, &heads, &names) {
        writeln!(out, "{line}")?;
    }
    if let Some(line) = unlike_words(&outcome, &unlike) {
        writeln!(out, "{line}")?;
    }
    if let Some(line) = hash_words(&hashes) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    print_files(members.iter(), out)?;
    if !outcome.rows.is_empty() {
        writeln!(out)?;
        let shown = outcome.rows.iter().take(LINES);
        let cells = shown.flat_map(|split| {
            let rows = members.iter().enumerate();
            rows.map(|(number, member)| {
                [
                    split.revision.to_string(),
                    member.path.to_owned(),
                    what_at(&member.history, split, number) + &group(split, number),
                ]
            })
        });
        let cells: Vec<_> = cells.collect();
        columns(["revision", "file", "row"], &cells, out)?;
        let more = outcome.differing.saturating_sub(LINES as u64);
        if more > 0 {
            writeln!(
                out,
                "and {more} revisions more; --json prints up to {}",
                Members::LISTED
            )?;
        }
    }
    Ok(differs)
}

/// Revisions that two members both have a row at, with other bytes.
fn unlike(members: usize, rows_of: &Members) -> Vec<Revision> {
    let pairs = (0..members).flat_map(|a| (a + 1..members).map(move |b| (a, b)));
    let all = pairs.flat_map(|(a, b)| rows_of.unlike(a, b));
    let all: BTreeSet<Revision> = all.collect();
    all.into_iter().collect()
}

/// Whether all hashes are there and the same.
fn are_same(hashes: &[Option<HashKv>]) -> bool {
    let first = hashes.first().copied().flatten();
    first.is_some() && hashes.iter().all(|hash| *hash == first)
}

/// Which members have the very same row, where two that differ would read alike.
fn group(split: &Split, number: usize) -> String {
    match split.rows.get(number).copied().flatten() {
        Some(hash) => format!(" ({:08x})", hash >> 32),
        None => String::new(),
    }
}

fn line(split: &Split, histories: &[&History]) -> Line {
    let hash = |hash: &Option<u64>| hash.map(|hash| format!("{hash:016x}"));
    let keys = histories.iter().zip(&split.rows).map(|(history, hash)| {
        hash.as_ref()?;
        let (key, _) = history.find_change(split.revision)?;
        Some(bare(key.key))
    });
    Line {
        at: split.revision.into(),
        rows: split.rows.iter().map(hash).collect(),
        keys: keys.collect(),
    }
}
