//! `status FILE`: what `etcdutl snapshot status` prints, and why it may refuse.

use std::io::{self, Write};

use revscope::bbolt::Db;
use revscope::etcd::{Minor, Status, StatusScan, go_open_error};
use revscope::mvcc::Release;
use revscope::shell::{human_bytes, table};

use super::args::Args;
use super::check;
use super::files::{Told, in_file, unpacked};
use super::{Failure, Outcome};

/// etcd's bbolt before this one reads the page size from the first meta only, and does not check
/// the order of keys.
const NEWER_BBOLT: Release = Release::new(3, 5, 8);

/// What `-w` may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Simple,
    Json,
    Table,
    Fields,
}

impl Format {
    /// Reads the option; simple without it.
    pub fn of(args: &Args) -> Result<Self, Failure> {
        match args.option("-w").unwrap_or("simple") {
            "simple" => Ok(Self::Simple),
            "json" => Ok(Self::Json),
            "table" => Ok(Self::Table),
            "fields" => Ok(Self::Fields),
            other => Err(Failure::Usage(format!(
                "-w {other} is none of simple, json, table, fields"
            ))),
        }
    }
}

/// Reads `--etcd`.
pub fn release(args: &Args, default: Release) -> Result<Release, Failure> {
    match args.option("--etcd") {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|error| Failure::Usage(format!("--etcd: {error}"))),
    }
}

/// `status FILE`. What the real tool refuses is told on standard error in its words; what can be
/// read is printed all the same.
pub fn status(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let format = Format::of(args)?;
    let release = release(args, Release::V3_5)?;
    let (opened, mut told) = unpacked(args, path)?;
    let refusal = go_open_error(&*opened.bytes, path, release < NEWER_BBOLT);
    if let Some(words) = &refusal {
        told.as_the_tool(words)?;
    }
    let db = match Db::open(opened.bytes) {
        Ok(db) => db,
        Err(error) => return Err(in_file(path, error)),
    };
    for problem in db.problems() {
        told.problem(problem)?;
    }
    // The real tool checks the file first, and gives up if there is anything.
    let (found, unseen) = check::lines(&db, release >= NEWER_BBOLT);
    for meaning in &unseen {
        told.problem(meaning)?;
    }
    if !found.is_empty() {
        told.as_the_tool(&format!(
            "snapshot file integrity check failed. {} errors found.\n{}",
            found.len(),
            found.join("\n")
        ))?;
    }
    let minor = Minor(u16::from(release.major), u16::from(release.minor));
    let status = StatusScan::new(&db, minor).run();
    if let Some(words) = &status.refusal {
        told.as_the_tool(words)?;
    }
    for problem in &status.problems {
        told.problem(problem)?;
    }
    out.write_all(print(&status, format).as_bytes())?;
    Ok(told.outcome())
}

fn print(status: &Status, format: Format) -> String {
    let mut names = vec![
        ("hash", "Hash", "HASH", status.hash.to_string()),
        (
            "revision",
            "Revision",
            "REVISION",
            status.revision.to_string(),
        ),
        (
            "totalKey",
            "Keys",
            "TOTAL KEYS",
            status.total_key.to_string(),
        ),
        (
            "totalSize",
            "Size",
            "TOTAL SIZE",
            status.total_size.to_string(),
        ),
    ];
    if let Some(version) = &status.version {
        names.push(("version", "Version", "VERSION", version.clone()));
    }
    if format == Format::Json {
        let items: Vec<_> = names
            .iter()
            .map(|(name, _, _, value)| match *name {
                "version" => format!("\"{name}\":{}", serde_json::Value::from(value.as_str())),
                _ => format!("\"{name}\":{value}"),
            })
            .collect();
        return format!("{{{}}}\n", items.join(","));
    }
    if format == Format::Fields {
        return names
            .iter()
            .map(|(_, name, _, value)| format!("\"{name}\" : {value}\n"))
            .collect();
    }
    // The hash in hexadecimal, the size for people.
    let cells: Vec<_> = names
        .iter()
        .map(|(name, _, _, value)| match *name {
            "hash" => format!("{:x}", status.hash),
            "totalSize" => human_bytes(i64::try_from(status.total_size).unwrap_or(i64::MAX)),
            _ => value.clone(),
        })
        .collect();
    match format {
        Format::Table => {
            let titles: Vec<_> = names.iter().map(|(_, _, title, _)| *title).collect();
            table(&titles, &[cells])
        }
        _ => cells.join(", ") + "\n",
    }
}

impl Told<'_> {
    /// Tells what the real tool says where it gives up, in its form.
    pub fn as_the_tool(&mut self, words: &str) -> io::Result<()> {
        self.any = true;
        writeln!(io::stderr(), "Error: {words}")
    }
}
