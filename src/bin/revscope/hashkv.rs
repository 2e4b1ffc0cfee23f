//! `hashkv FILE`: what `etcdutl hashkv` prints.

use std::io::Write;

use revscope::etcd::HashKvScan;
use revscope::kv::hash::HashRules;
use revscope::mvcc::Release;
use revscope::shell::table;

use super::args::Args;
use super::files::etcd_file;
use super::status::{Format, release};
use super::{Failure, Outcome};

/// `hashkv FILE [--rev N]`.
pub fn hashkv(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let format = Format::of(args)?;
    let release = release(args, Release::V3_6)?;
    let revision = args.option("--rev").unwrap_or("0");
    let revision = revision
        .parse()
        .map_err(|_| Failure::Usage(format!("--rev {revision} is no revision")))?;
    let (file, mut told) = etcd_file(args, path)?;
    let rules = HashRules {
        skips_tombstone_at_compact_revision: release.keeps_tombstone_at_compact_revision(),
        answers_at_compact_revision: release.hashes_at_compact_revision(),
    };
    let mut scan = match HashKvScan::new(&file, revision, rules) {
        Ok(scan) => scan,
        Err(error) => {
            told.as_the_tool(&error.to_string())?;
            return Ok(told.outcome());
        }
    };
    let hash = loop {
        if let Some(hash) = scan.step() {
            break hash;
        }
    };
    let (problems, more) = scan.problems();
    for problem in problems {
        told.problem(problem)?;
    }
    if more > 0 {
        told.problem(&format!("and {more} problems more"))?;
    }
    let values = [
        hash.hash.to_string(),
        hash.hash_revision.to_string(),
        hash.compact_revision.to_string(),
    ];
    let [crc, at, compact] = &values;
    let text = match format {
        Format::Simple => values.join(", ") + "\n",
        Format::Json => {
            format!("{{\"hash\":{crc},\"hashRevision\":{at},\"compactRevision\":{compact}}}\n")
        }
        Format::Fields => format!(
            "\"Hash\" : {crc}\n\"Hash revision\" : {at}\n\"Compact revision\" : {compact}\n"
        ),
        Format::Table => table(
            &["HASH", "HASH REVISION", "COMPACT REVISION"],
            &[values.to_vec()],
        ),
    };
    out.write_all(text.as_bytes())?;
    Ok(told.outcome())
}
