//! `export`: rows of a file, all or those that a query finds, as text for other programs.

use std::io::{self, Write};

use revscope::bbolt::Order;
use revscope::export::{Format, Masking, Writer};
use revscope::kv::RecordRef;

use super::args::Args;
use super::files::etcd_file;
use super::find::{Selection, each_row, query};
use super::{Failure, Outcome};

/// `export FILE [QUERY]`: rows in the order of the bucket, `dump` newest first as the tool does.
pub fn export(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let name = args.option("--as").unwrap_or("jsonl");
    let format = Format::find(name).ok_or_else(|| {
        let names = Format::ALL.map(Format::name).join(", ");
        Failure::Usage(format!("--as {name} is no format; the formats are {names}"))
    })?;
    let masking = match args.option("--secrets") {
        Some(_) => Masking::Shown,
        None => Masking::Hidden,
    };
    let order = match format {
        Format::Dump => Order::Backward,
        _ => Order::Forward,
    };
    let query = query(args.word(1))?;
    let (file, mut told) = etcd_file(args, args.word(0))?;
    let mut writer = Writer::new(format, masking);
    let mut text = String::new();
    let mut write = |record: &RecordRef<'_>| -> Result<bool, Failure> {
        text.clear();
        writer.push(record, &mut text);
        out.write_all(text.as_bytes())?;
        Ok(true)
    };
    if query.is_all() {
        each_row(&file, order, &mut |row| match row {
            Ok(record) => write(&record),
            Err(problem) => {
                told.problem(&problem)?;
                Ok(true)
            }
        })?;
    } else {
        Selection::of(query, &file, &mut told)?.each(&file, order, &mut write)?;
    }
    text.clear();
    let counts = writer.finish(&mut text);
    out.write_all(text.as_bytes())?;
    if counts.masked > 0 {
        writeln!(
            io::stderr(),
            "revscope: {} values of Secrets left out; --secrets has them",
            counts.masked
        )?;
    }
    Ok(told.outcome())
}
