//! `find`: the rows of a file that a query finds, as JSON Lines.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::Order;
use revscope::engine::shown_value;
use revscope::etcd::{EtcdFile, Problem, RecordScan};
use revscope::find::{Query, QueryError, Search, help};
use revscope::history::History;
use revscope::kv::{LeaseId, RecordRef, Revision};
use serde::Serialize;
use serde_json::json;

use super::args::Args;
use super::files::{Told, etcd_file};
use super::{Failure, Outcome};

/// Keys or rows that a search goes through before it is asked again.
const STEP: u64 = 1 << 16;

/// What `find` prints of a row.
#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_b64: Option<String>,
    revision: i64,
    sub: i64,
    tombstone: bool,
    create: i64,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<String>,
    size: usize,
    preview: &'a str,
}

/// `find FILE QUERY`: a JSON object a row, in the order of the bucket.
pub fn find(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    if args.option("--terms").is_some() {
        print_terms(out)?;
        return Ok(Outcome::Fine);
    }
    if args.word(1).is_empty() {
        return Err(Failure::Usage("find wants a FILE and a QUERY".to_owned()));
    }
    let query = query(args.word(1))?;
    let limit = args.option("--limit").unwrap_or("0");
    let limit = match limit.parse::<u64>() {
        Ok(0) => u64::MAX,
        Ok(limit) => limit,
        Err(_) => return Err(Failure::Usage(format!("--limit {limit} is not a number"))),
    };
    let (file, mut told) = etcd_file(args, args.word(0))?;
    let selection = Selection::of(query, &file, &mut told)?;
    if args.option("--count").is_some() {
        let search = &selection.search;
        let (rows, keys, bytes) = (search.found().len(), search.keys(), search.bytes());
        writeln!(
            out,
            "{}",
            json!({ "rows": rows, "keys": keys, "bytes": bytes })
        )?;
        return Ok(told.outcome());
    }
    let mut left = limit;
    selection.each(&file, Order::Forward, &mut |record| {
        print(out, record)?;
        left = left.saturating_sub(1);
        Ok(left > 0)
    })?;
    Ok(told.outcome())
}

/// Reads a query; a mistake is shown where it is.
pub(super) fn query(text: &str) -> Result<Query, Failure> {
    Query::parse(text).map_err(|error| {
        let QueryError { at, .. } = &error;
        let chars = |part: Option<&str>| part.unwrap_or_default().chars().count();
        let before = chars(text.get(..at.start));
        let under = chars(text.get(at.clone())).max(1);
        // A line break would tear place and text apart.
        let shown = text.replace(char::is_whitespace, " ");
        let mark = format!("{}{}", " ".repeat(before), "^".repeat(under));
        Failure::Usage(format!("the query, {error}\n  {shown}\n  {mark}"))
    })
}

/// What a query finds in a file.
pub(super) struct Selection {
    history: History,
    search: Search,
}

impl Selection {
    /// Runs a query; what is wrong with the file is told once.
    pub fn of(query: Query, file: &EtcdFile, told: &mut Told<'_>) -> Result<Self, Failure> {
        let mut history = History::new();
        each_row(file, Order::Forward, &mut |row| {
            match row {
                Ok(record) => history.push(&record),
                Err(problem) => told.problem(&problem)?,
            }
            Ok(true)
        })?;
        history.settle();
        history.set_compact_revision(file.info().compact_revision());
        let mut search = Search::new(query, &history);
        while search.step(&history, STEP) {}
        if search.needs_values() {
            each_row(file, Order::Forward, &mut |row| {
                if let Ok(record) = row {
                    search.push(&history, &record);
                }
                Ok(search.needs_values())
            })?;
            search.finish(&history);
        }
        Ok(Self { history, search })
    }

    /// Calls with every row that was found, until that answers false.
    pub fn each(
        &self,
        file: &EtcdFile,
        order: Order,
        call: &mut dyn FnMut(&RecordRef<'_>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let rows = self.search.found().iter();
        let rows = rows.filter_map(|row| self.history.row(*row as usize));
        let mut rows = rows.map(|change| change.revision());
        let mut next = || match order {
            Order::Forward => rows.next(),
            Order::Backward => rows.next_back(),
        };
        let mut wanted: Option<Revision> = next();
        if wanted.is_none() {
            return Ok(());
        }
        each_row(file, order, &mut |row| {
            let found = row.ok().filter(|record| {
                let revision = Some(record.bucket_key.revision);
                revision == wanted && self.holds(record)
            });
            let Some(record) = found else {
                return Ok(true);
            };
            wanted = next();
            Ok(call(&record)? && wanted.is_some())
        })
    }

    /// Whether a row is the one that the history has at its revision.
    fn holds(&self, record: &RecordRef<'_>) -> bool {
        let found = self.history.find_change(record.bucket_key.revision);
        found.is_some_and(|(key, _)| key.key == record.key)
    }
}

/// Takes a row or a problem; answers whether to go on.
type EachRow<'c> = dyn FnMut(Result<RecordRef<'_>, Problem>) -> Result<bool, Failure> + 'c;

/// Calls with every row and every problem of a file, until that answers false.
pub(super) fn each_row(
    file: &EtcdFile,
    order: Order,
    call: &mut EachRow<'_>,
) -> Result<(), Failure> {
    let mut scan = RecordScan::new(file, order);
    while let Some(next) = scan.next() {
        match next {
            Ok(page) => {
                for record in page.records() {
                    if !call(record)? {
                        return Ok(());
                    }
                }
            }
            Err(problem) => {
                if !call(Err(problem))? {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn print(out: &mut dyn Write, record: &RecordRef<'_>) -> Result<(), Failure> {
    let revision = record.bucket_key.revision;
    let row = Row {
        key: &String::from_utf8_lossy(record.key),
        key_b64: str::from_utf8(record.key)
            .is_err()
            .then(|| STANDARD.encode(record.key)),
        revision: revision.main,
        sub: revision.sub,
        tombstone: record.bucket_key.tombstone,
        create: record.create_revision,
        version: record.version,
        lease: (record.lease != LeaseId::NONE).then(|| record.lease.to_string()),
        size: record.value.len(),
        preview: &shown_value(record.key, record.value),
    };
    serde_json::to_writer(&mut *out, &row).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// How to write queries, in columns.
fn print_terms(out: &mut dyn Write) -> io::Result<()> {
    let rows = help();
    let width = |at: usize| {
        let lengths = rows.iter().filter_map(|row| row.get(at));
        lengths.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let (form, example) = (width(0), width(1));
    writeln!(out, "{:form$}  {:example$}  finds", "form", "example")?;
    for [a, b, about] in &rows {
        writeln!(out, "{a:form$}  {b:example$}  {about}")?;
    }
    Ok(())
}
