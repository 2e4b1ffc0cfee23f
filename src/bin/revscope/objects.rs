//! `objects`: every Kubernetes object of a file as JSON Lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use revscope::bbolt::Order;
use revscope::etcd::RecordScan;
use revscope::kubernetes::{RegistryKey, Schema, Stored, json, mask};
use revscope::kv::{BucketKey, RecordRef};

use super::args::Args;
use super::files::{Told, etcd_file};
use super::{Failure, Outcome};

/// The table of messages, which the page fetches when it meets the first object.
const SCHEMA: &[u8] = include_bytes!("../../../static/schema/kubernetes.txt");

/// The schema, parsed.
pub fn schema() -> Result<Schema, Failure> {
    Schema::parse(SCHEMA).map_err(|error| Failure::File(error.to_string()))
}

/// `objects FILE`: the living objects in the order of their keys, or with `--history` every
/// retained revision in the order of the bucket.
pub fn objects(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let schema = schema()?;
    let (file, mut told) = etcd_file(args, path)?;
    let mut printer = Printer {
        schema: &schema,
        is_masked: args.option("--mask").is_some(),
        line: String::new(),
    };
    let with_history = args.option("--history").is_some();
    let mut living: BTreeMap<Vec<u8>, BucketKey> = BTreeMap::new();
    let mut scan = RecordScan::new(&file, Order::Forward);
    while let Some(next) = scan.next() {
        let page = match next {
            Ok(page) => page,
            Err(problem) => {
                told.problem(&problem)?;
                continue;
            }
        };
        for record in page.records() {
            match record {
                Ok(record) if with_history => printer.print(&record, &mut told, out)?,
                Ok(record) if record.bucket_key.tombstone => drop(living.remove(record.key)),
                Ok(record) => drop(living.insert(record.key.to_vec(), record.bucket_key)),
                Err(problem) => told.problem(&problem)?,
            }
        }
    }
    for key in living.values() {
        match file.record(key) {
            Ok(Some(row)) => match row.record() {
                Ok(record) => printer.print(&record, &mut told, out)?,
                Err(problem) => told.problem(&problem)?,
            },
            Ok(None) => {}
            Err(problem) => told.problem(&problem)?,
        }
    }
    Ok(told.outcome())
}

struct Printer<'s> {
    schema: &'s Schema,
    is_masked: bool,
    line: String,
}

impl Printer<'_> {
    /// Prints a row that is an object, a deleted one, or an encrypted one.
    fn print(
        &mut self,
        record: &RecordRef<'_>,
        told: &mut Told<'_>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let tombstone = record.bucket_key.tombstone;
        let stored = match tombstone {
            true => Stored::Other(&[]),
            false => Stored::read(self.schema, record.value),
        };
        if matches!(stored, Stored::Other(_))
            && !(tombstone && RegistryKey::parse(record.key).is_some())
        {
            return Ok(());
        }
        self.line.clear();
        self.line.push_str(r#"{"key":"#);
        let key = String::from_utf8_lossy(record.key);
        json::push_text(&mut self.line, &key);
        let revision = record.bucket_key.revision.main;
        // Writing to a String cannot fail.
        let _ = write!(
            self.line,
            r#","create":{},"mod":{revision},"version":{},"deleted":{tombstone},"object":"#,
            record.create_revision, record.version
        );
        match stored {
            Stored::Object(mut object) => {
                object.set_resource_version(revision);
                if self.is_masked {
                    mask::mask(&mut object);
                }
                json::push_compact(&mut self.line, &object.value);
                for problem in &object.problems {
                    told.problem(&format_args!("{key} at revision {revision}: {problem}"))?;
                }
                told.unknown(&format!("{key} at revision {revision}"), &object.unknown)?;
            }
            Stored::Encrypted(held) => {
                self.line.push_str(r#"null,"encrypted":{"provider":"#);
                json::push_text(&mut self.line, &held.provider);
                self.line.push_str(r#","version":"#);
                json::push_text(&mut self.line, &held.version);
                self.line.push_str(r#","key":"#);
                json::push_text(&mut self.line, &held.key);
                let _ = write!(self.line, r#","bytes":{}}}"#, held.len);
            }
            Stored::Other(_) => self.line.push_str("null"),
        }
        self.line.push_str("}\n");
        out.write_all(self.line.as_bytes())?;
        Ok(())
    }
}
