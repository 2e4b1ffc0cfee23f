//! `compare A B [C]...`: histories side by side, key by key, or of more members row by row.

mod members;
mod pair;

use std::io::{self, Write};

use revscope::compare::{Members, MembersOutcome, row_hash};
use revscope::etcd::{EtcdFile, HashKvScan};
use revscope::fill::Fills;
use revscope::history::History;
use revscope::kv::Revision;
use revscope::kv::hash::{HashKv, HashRules};
use serde::Serialize;

use super::args::Args;
use super::columns::columns;
use super::files::{Told, etcd_file};
use super::lost::rows;
use super::{Failure, Outcome};

/// Rows that are summed up at once.
const STEP: u64 = 1 << 16;
/// Lines of a table that is printed for a person; `--json` prints all.
const LINES: usize = 20;

/// As the newest releases hash.
const RULES: HashRules = HashRules {
    skips_tombstone_at_compact_revision: true,
    answers_at_compact_revision: true,
};

/// One of the files.
struct Member<'a> {
    path: &'a str,
    file: EtcdFile,
    told: Told<'a>,
    history: History,
    fills: Fills,
    hash: Result<HashKv, String>,
}

/// What is told of a file.
#[derive(Serialize)]
struct FileLine<'a> {
    file: &'a str,
    revision: i64,
    compact_revision: i64,
    live_keys: u64,
    rows: u64,
    bytes: u64,
    hash_revision: i64,
    hash: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_refused: Option<&'a str>,
}

/// A row, by its revision.
#[derive(Serialize)]
struct At {
    main: i64,
    sub: i64,
}

impl From<Revision> for At {
    fn from(revision: Revision) -> Self {
        Self {
            main: revision.main,
            sub: revision.sub,
        }
    }
}

/// `compare A B [C]...`: 1 where they differ, as for what is wrong with a file.
pub fn compare(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let paths: Vec<&str> = args.words().collect();
    let wants_values = args.option("--values").is_some();
    if wants_values && paths.len() > 2 {
        let wrong = "--values compares two files; these are more".to_owned();
        return Err(Failure::Usage(wrong));
    }
    if args.option("--secrets").is_some() && !wants_values {
        return Err(Failure::Usage("--secrets wants --values".to_owned()));
    }
    // All are opened before the first is read: a wrong name is told at once.
    let opened: Result<Vec<_>, Failure> = paths.iter().map(|path| etcd_file(args, path)).collect();
    let mut rows_of = Members::new(paths.len());
    let mut members = Vec::new();
    for (number, (path, (file, told))) in paths.iter().zip(opened?).enumerate() {
        members.push(read(path, file, told, number, &mut rows_of)?);
    }
    let at = members.iter().map(|one| one.history.head()).min();
    for member in &mut members {
        member.hash(at.unwrap_or(0))?;
    }
    let is_json = args.option("--json").is_some();
    let differs = match &mut members[..] {
        [a, b] => pair::compare([a, b], &rows_of, args, out)?,
        _ => members::compare(&members, &rows_of, is_json, out)?,
    };
    let is_fine = members.iter().all(|member| !member.told.any);
    Ok(match is_fine && !differs {
        true => Outcome::Fine,
        false => Outcome::Problems,
    })
}

/// Reads the rows of a file once: for its history, and a hash of each.
fn read<'a>(
    path: &'a str,
    file: EtcdFile,
    mut told: Told<'a>,
    number: usize,
    rows_of: &mut Members,
) -> io::Result<Member<'a>> {
    let mut history = History::new();
    rows(&file, &mut told, &mut |record| {
        history.push(record);
        rows_of.push(number, record.bucket_key.revision, row_hash(record));
    })?;
    history.set_compact_revision(file.info().compact_revision());
    history.settle();
    let mut fills = Fills::default();
    while fills.take(&history, STEP) {}
    Ok(Member {
        path,
        file,
        told,
        history,
        fills,
        hash: Err(String::new()),
    })
}

impl Member<'_> {
    /// The hash that etcd's members compare, at the highest revision that all of them have.
    fn hash(&mut self, at: i64) -> io::Result<()> {
        self.hash = match HashKvScan::new(&self.file, at, RULES) {
            Err(error) => Err(error.to_string()),
            Ok(mut scan) => {
                let hash = loop {
                    if let Some(hash) = scan.step() {
                        break hash;
                    }
                };
                // What is wrong with the rows has been told when they were read.
                let (problems, more) = scan.problems();
                self.told.any |= more > 0 || !problems.is_empty();
                Ok(hash)
            }
        };
        Ok(())
    }

    fn line(&self) -> FileLine<'_> {
        let history = &self.history;
        FileLine {
            file: self.path,
            revision: history.head(),
            compact_revision: history.compact_revision(),
            live_keys: self.fills.total().live_keys,
            rows: history.row_count(),
            bytes: self.file.db().size(),
            hash_revision: self.hash.as_ref().map_or(0, |hash| hash.hash_revision),
            hash: self.hash.as_ref().ok().map(|hash| hash.hash),
            hash_refused: self.hash.as_ref().err().map(String::as_str),
        }
    }
}

/// A line a file.
fn print_files<'a>(
    members: impl Iterator<Item = &'a Member<'a>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let cells = members.map(|member| {
        let line = member.line();
        [
            line.revision.to_string(),
            line.compact_revision.to_string(),
            line.live_keys.to_string(),
            line.rows.to_string(),
            line.bytes.to_string(),
            match &member.hash {
                Ok(hash) => hash.hash.to_string(),
                Err(why) => why.clone(),
            },
            line.file.to_owned(),
        ]
    });
    let cells: Vec<_> = cells.collect();
    let titles = [
        "revision",
        "compacted",
        "keys",
        "rows",
        "bytes",
        "hash",
        "file",
    ];
    columns(titles, &cells, out)
}

/// The first row that differs: one that not all have, above what any has compacted, or one with
/// other bytes, wherever it is.
fn first_difference(outcome: &MembersOutcome, unlike: &[Revision]) -> Option<Revision> {
    let split = outcome.split.as_ref().map(|split| split.revision);
    split.into_iter().chain(unlike.first().copied()).min()
}

fn print_line(out: &mut dyn Write, line: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
