//! `object`: one Kubernetes object at a revision, as kubectl prints it.

use std::io::Write;

use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::kubernetes::{Leave, Schema, Stored, json, mask, yaml};
use revscope::kv::{BucketKey, RecordRef};

use super::args::Args;
use super::files::{Told, etcd_file, in_file};
use super::objects::schema;
use super::{Failure, Outcome};

/// `object FILE KEY`: the object at the file's last revision, or at `--rev`.
pub fn object(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let (path, typed) = (args.word(0), args.word(1));
    let is_json = match args.option("-o").unwrap_or("yaml") {
        "yaml" => false,
        "json" => true,
        other => {
            return Err(Failure::Usage(format!(
                "-o {other} is neither yaml nor json"
            )));
        }
    };
    let rev = match args.option("--rev").map(str::parse::<i64>) {
        None => i64::MAX,
        Some(Ok(rev)) if rev > 0 => rev,
        Some(_) => {
            let wrong = "--rev wants a revision, a number from 1 on".to_owned();
            return Err(Failure::Usage(wrong));
        }
    };
    let (file, mut told) = etcd_file(args, path)?;
    let key = match typed.starts_with('/') {
        true => typed.to_owned(),
        false => format!("/registry/{typed}"),
    };
    let found = find(&file, key.as_bytes(), rev, &mut told)?;
    let Some(bucket_key) = found.filter(|found| !found.tombstone) else {
        let compacted = Some(file.info().compact_revision()).filter(|at| rev < *at);
        let why = match (found, compacted) {
            (Some(found), _) => format!("it was deleted at revision {}", found.revision.main),
            (None, Some(at)) => format!("the file was compacted at revision {at}"),
            (None, None) if rev == i64::MAX => "the file has no such key".to_owned(),
            (None, None) => format!("the file has no such key at revision {rev}"),
        };
        return Err(Failure::File(format!("{path}: {key}: {why}")));
    };
    let row = file
        .record(&bucket_key)
        .map_err(|error| in_file(path, error))?;
    let Some(row) = row else {
        return Err(Failure::File(format!("{path}: {key}: its row is gone")));
    };
    let record = row.record().map_err(|error| in_file(path, error))?;
    let wanted = Wanted {
        is_json,
        is_masked: args.option("--mask").is_some(),
        with_managed_fields: args.option("--show-managed-fields").is_some(),
    };
    print(&schema()?, &record, &wanted, &mut told, out)?;
    Ok(told.outcome())
}

struct Wanted {
    is_json: bool,
    is_masked: bool,
    with_managed_fields: bool,
}

fn print(
    schema: &Schema,
    record: &RecordRef<'_>,
    wanted: &Wanted,
    told: &mut Told<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let leave = Leave {
        managed_fields: !wanted.with_managed_fields,
    };
    let key = String::from_utf8_lossy(record.key);
    match Stored::read_without(schema, record.value, leave) {
        Stored::Object(mut object) => {
            object.set_resource_version(record.bucket_key.revision.main);
            if wanted.is_masked {
                mask::mask(&mut object);
            }
            let mut text = String::new();
            match wanted.is_json {
                true => json::push_pretty(&mut text, &object.value),
                false => yaml::push(&mut text, &object.value),
            }
            out.write_all(text.as_bytes())?;
            for problem in &object.problems {
                told.problem(&format_args!("{key}: {problem}"))?;
            }
            told.unknown(&key, &object.unknown)?;
        }
        Stored::Encrypted(held) => {
            let (provider, version) = (held.provider, held.version);
            told.problem(&format_args!(
                "{key}: {} bytes encrypted by {provider} {version} with key {}",
                held.len, held.key
            ))?;
        }
        Stored::Other(bytes) => {
            told.problem(&format_args!(
                "{key}: {} bytes that are no object",
                bytes.len()
            ))?;
        }
    }
    Ok(())
}

/// The last row of a key up to a revision.
fn find(
    file: &EtcdFile,
    key: &[u8],
    rev: i64,
    told: &mut Told<'_>,
) -> Result<Option<BucketKey>, Failure> {
    let mut found = None;
    let mut scan = RecordScan::new(file, Order::Forward);
    while let Some(next) = scan.next() {
        match next {
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record)
                            if record.key == key && record.bucket_key.revision.main <= rev =>
                        {
                            found = Some(record.bucket_key);
                        }
                        Ok(_) => {}
                        Err(problem) => told.problem(&problem)?,
                    }
                }
            }
            Err(problem) => told.problem(&problem)?,
        }
    }
    Ok(found)
}
