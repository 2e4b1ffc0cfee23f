//! `etcd-dump-db`: the rows of the store's `key` bucket, newest first, as the tool prints them.

use super::{Output, go};
use crate::kv::Record;
use crate::kv::dump::{Style, push_raw, push_record};
use crate::mvcc::{Release, Store};

/// One line on the command.
pub(super) const HELP: &str = "print the `key` bucket: iterate-bucket db key [--decode]";

/// Runs `etcd-dump-db ARGS`; the store is the file, whatever it is called.
pub(super) fn run(store: &Store, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let mut decode = false;
    let mut limit = 0;
    let mut words: Vec<&[u8]> = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix(b"--limit") {
            _ if arg == b"--decode" => decode = true,
            Some(value) => {
                let value = match value.strip_prefix(b"=") {
                    Some(value) => Some(value),
                    None => rest.next().map(Vec::as_slice),
                };
                match go::parse_int(value.unwrap_or_default(), 10) {
                    Ok(number) => limit = number,
                    Err(why) => return fail(out, &why),
                }
            }
            None if arg.starts_with(b"-") => {
                let arg = String::from_utf8_lossy(arg);
                return fail(out, &format!("unknown flag: {arg}"));
            }
            None => words.push(arg),
        }
    }
    match words.as_slice() {
        [b"list-bucket", _] => {
            for bucket in BUCKETS {
                out.stdout.extend(format!("{bucket}\n").bytes());
            }
            0
        }
        [b"iterate-bucket", _, b"key"] => {
            let most = usize::try_from(limit).ok().filter(|most| *most > 0);
            let rows = store.records().rev().take(most.unwrap_or(usize::MAX));
            for record in rows {
                out.stdout
                    .extend(line(record, decode, store.release()).bytes());
                out.stdout.push(b'\n');
            }
            0
        }
        [b"iterate-bucket", _, bucket] => {
            let name = String::from_utf8_lossy(bucket);
            match BUCKETS.contains(&&*name) {
                true => fail(out, &format!("bucket {name} is not simulated, only key is")),
                false => fail(out, &format!("got nil bucket for {name}")),
            }
        }
        [b"iterate-bucket" | b"list-bucket", given @ ..] => {
            let given: Vec<_> = given
                .iter()
                .map(|word| String::from_utf8_lossy(word))
                .collect();
            fail(
                out,
                &format!("Must provide 2 arguments (got [{}])", given.join(" ")),
            )
        }
        _ => fail(
            out,
            "commands: list-bucket FILE, iterate-bucket FILE BUCKET [--decode]",
        ),
    }
}

/// Buckets of a member's file, in order.
const BUCKETS: [&str; 10] = [
    "alarm",
    "auth",
    "authRoles",
    "authUsers",
    "cluster",
    "key",
    "lease",
    "members",
    "members_removed",
    "meta",
];

fn fail(out: &mut Output, why: &str) -> i32 {
    out.stderr.extend(format!("etcd-dump-db: {why}\n").bytes());
    1
}

/// A row as the tool of a release prints it.
fn line(record: &Record, is_decoded: bool, release: Release) -> String {
    let style = if release.minor >= 6 {
        Style::V3_6
    } else {
        Style::V3_4
    };
    let mut out = String::new();
    if is_decoded {
        push_record(&mut out, &record.as_ref(), style);
    } else {
        let (key, value) = (record.bucket_key.encode(), record.kv.encode());
        push_raw(&mut out, &key, &value, style);
    }
    out
}
