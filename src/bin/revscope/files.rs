//! Commands that read a file: `records` and `dump`.

use std::fmt::Write as _;
use std::io::{self, Write};

use revscope::bbolt::{Bucket, Db, LeafPage, LeafWalk, Order};
use revscope::etcd::{EtcdFile, ItemError, Name, Problem, RecordScan, push_decoded};
use revscope::export::push_json_line;
use revscope::kubernetes::Unknown;
use revscope::kv::dump::{Style, push_raw};

use super::args::Args;
use super::source;
use super::{Failure, Outcome};

/// Opens what a command is to read, and tells what is wrong with what it lies in.
pub(super) fn unpacked<'a>(
    args: &Args,
    path: &'a str,
) -> Result<(source::Opened, Told<'a>), Failure> {
    let opened = source::open(args, path)?;
    let mut told = Told::new(path);
    for problem in opened.problems() {
        told.problem(problem)?;
    }
    Ok((opened, told))
}

/// Opens a file of etcd, and tells what is wrong with it before its rows are read.
pub(super) fn etcd_file<'a>(args: &Args, path: &'a str) -> Result<(EtcdFile, Told<'a>), Failure> {
    let (opened, mut told) = unpacked(args, path)?;
    let file = EtcdFile::open(opened.bytes).map_err(|error| in_file(path, error))?;
    for problem in &file.info().problems {
        told.problem(problem)?;
    }
    Ok((file, told))
}

/// `records FILE`: a JSON object a row, in the order of the bucket.
pub fn records(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let (file, mut told) = etcd_file(args, path)?;
    let mut line = String::new();
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(next) = scan.next() {
        match next {
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record) => {
                            line.clear();
                            push_json_line(&mut line, &record);
                            out.write_all(line.as_bytes())?;
                        }
                        Err(problem) => told.problem(&problem)?,
                    }
                }
            }
            Err(problem) => told.problem(&problem)?,
        }
    }
    Ok(told.outcome())
}

/// `dump FILE [BUCKET]`: a line an item, newest first.
pub fn dump(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let name = match args.word(1) {
        "" => "key",
        name => name,
    };
    let style = style(args.option("--etcd").unwrap_or("3.5"))?;
    let limit = args.option("--limit").unwrap_or("0");
    let limit = match limit.parse::<u64>() {
        Ok(0) => u64::MAX,
        Ok(limit) => limit,
        Err(_) => return Err(Failure::Usage(format!("--limit {limit} is not a number"))),
    };
    let decode = args.option("--decode").is_some();
    let opened = source::open(args, path)?;
    let mut told = Told::new(path);
    for problem in opened.problems() {
        told.problem(problem)?;
    }
    let db = Db::open(opened.bytes).map_err(|error| in_file(path, error))?;
    for problem in db.problems() {
        told.problem(problem)?;
    }
    let bucket = find_bucket(&db, name).map_err(|error| in_file(path, error))?;
    let mut walk = LeafWalk::new(&db, &bucket, Order::Backward);
    let mut printed = 0;
    let mut line = String::new();
    while let Some(next) = walk.next(&db) {
        let page = match next {
            Ok(page) => page,
            Err(problem) => {
                told.problem(&problem)?;
                continue;
            }
        };
        for index in (0..page.count()).rev() {
            if printed >= limit {
                return Ok(told.outcome());
            }
            line.clear();
            if let Err(problem) = push_item(&mut line, &page, index, style, decode.then_some(name))
            {
                told.problem(&problem)?;
            }
            if !line.is_empty() {
                line.push('\n');
                out.write_all(line.as_bytes())?;
                printed += 1;
            }
        }
    }
    Ok(told.outcome())
}

/// One line of `dump`, decoded if its bucket is given; an item that does not decode is printed
/// undecoded, with its problem.
fn push_item(
    line: &mut String,
    page: &LeafPage,
    index: u16,
    style: Style,
    decode: Option<&str>,
) -> Result<(), Problem> {
    let element = page.element(index)?;
    // As Go's cursor gives it: a bucket has no value.
    let value = if element.is_bucket {
        &[]
    } else {
        element.value
    };
    let Some(bucket) = decode else {
        push_raw(line, element.key, value, style);
        return Ok(());
    };
    push_decoded(line, bucket.as_bytes(), element.key, value, style).map_err(|error| {
        let place = page.place().element(index);
        match error {
            ItemError::Record(error) => Problem::Record { place, error },
            error => Problem::Item {
                place,
                bucket: Name::new(bucket.as_bytes()),
                key: Name::new(element.key),
                error: Box::new(error),
            },
        }
    })
}

/// The bucket by name; if there is none, the message lists those there are.
fn find_bucket(db: &Db, name: &str) -> Result<Bucket, String> {
    let (buckets, problems) = db.buckets(&db.root(), u32::MAX);
    let found = buckets.iter().find(|(key, _)| **key == *name.as_bytes());
    if let Some((_, bucket)) = found {
        return Ok(bucket.clone());
    }
    let names: Vec<_> = buckets
        .iter()
        .map(|(name, _)| String::from_utf8_lossy(name).escape_debug().to_string())
        .collect();
    let mut message = match names.is_empty() {
        true => format!("no bucket {name}, nor any other"),
        false => format!("no bucket {name}; the buckets are {}", names.join(", ")),
    };
    for problem in problems {
        let _ = write!(message, "; {problem}");
    }
    Err(message)
}

fn style(release: &str) -> Result<Style, Failure> {
    let mut parts = release.trim_start_matches('v').split('.');
    let mut part = || parts.next().and_then(|part| part.parse::<u32>().ok());
    match (part(), part()) {
        (Some(3), Some(..=5)) => Ok(Style::V3_4),
        (Some(3), Some(6..)) => Ok(Style::V3_6),
        _ => Err(Failure::Usage(format!(
            "--etcd {release} is no release such as 3.5 or 3.6.13"
        ))),
    }
}

/// Names the file in a message.
pub fn in_file(path: &str, error: impl std::fmt::Display) -> Failure {
    Failure::File(format!("{path}: {error}"))
}

/// Tells problems on standard error as they come.
pub struct Told<'a> {
    path: &'a str,
    /// Whether there were any.
    pub any: bool,
    is_silent: bool,
}

impl<'a> Told<'a> {
    pub fn new(path: &'a str) -> Self {
        Self {
            path,
            any: false,
            is_silent: false,
        }
    }

    /// Tells nothing: for reading again what was told.
    pub fn silent(path: &'a str) -> Self {
        Self {
            is_silent: true,
            ..Self::new(path)
        }
    }

    pub fn problem(&mut self, problem: &dyn std::fmt::Display) -> io::Result<()> {
        self.any = true;
        if self.is_silent {
            return Ok(());
        }
        writeln!(io::stderr(), "revscope: {}: {problem}", self.path)
    }

    /// Tells the fields of an object that the schema does not have. They are no problem.
    pub fn unknown(&self, object: &str, unknown: &[Unknown<'_>]) -> io::Result<()> {
        for field in unknown.iter().filter(|field| !field.is_empty()) {
            let Unknown { number, offset, .. } = field;
            let within = match field.path.is_empty() {
                true => String::new(),
                false => format!("{}: ", field.path),
            };
            writeln!(
                io::stderr(),
                "revscope: {}: {object}: {within}field {number} at offset {offset} is not known: {:?}",
                self.path,
                field.guess(),
            )?;
        }
        Ok(())
    }

    pub fn outcome(&self) -> Outcome {
        if self.any {
            Outcome::Problems
        } else {
            Outcome::Fine
        }
    }
}
