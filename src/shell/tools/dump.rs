//! `etcd-dump-db`: the buckets of a `db` file, read from its pages, as the tool prints them.
//!
//! The format is that of the simulated release: up to 3.5 as on the slides of the talk, from 3.6
//! on as today.

use crate::bbolt::{Bucket, Db, LeafWalk, Order};
use crate::etcd::push_decoded;
use crate::kv::dump::{Style, push_raw};
use crate::shell::{MAX_OUTPUT_BYTES, Output, go};

use super::{Tool, complain, member};

/// One line on the command.
pub(super) const HELP: &str = "print a bucket: iterate-bucket db key [--decode]; list-bucket db";

/// Runs `etcd-dump-db ARGS`.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
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
    let minor = tool.shell.session.store.release().minor;
    let (file, bucket) = match words.as_slice() {
        [b"list-bucket", file] => (*file, None),
        [b"iterate-bucket", file, bucket] => (*file, Some(*bucket)),
        [command @ (b"iterate-bucket" | b"list-bucket"), given @ ..] => {
            let given: Vec<_> = given
                .iter()
                .map(|word| String::from_utf8_lossy(word))
                .collect();
            let wanted = if *command == b"list-bucket" {
                "1 argument"
            } else {
                "2 arguments"
            };
            return fail(
                out,
                &format!("Must provide {wanted} (got [{}])", given.join(" ")),
            );
        }
        _ => {
            return fail(
                out,
                "commands: list-bucket FILE, iterate-bucket FILE BUCKET [--decode]",
            );
        }
    };
    let name = String::from_utf8_lossy(file).into_owned();
    let source = match member::open(tool, file) {
        Ok(Some(source)) => source,
        Ok(None) => return fail(out, &format!("\"{name}\" does not exist")),
        Err(why) => return fail(out, &why),
    };
    let db = match Db::open(source) {
        Ok(db) => db,
        Err(why) => return fail(out, &format!("failed to open bolt DB {why}")),
    };
    match bucket {
        None => {
            let (buckets, problems) = db.buckets(&db.root(), 10_000);
            for (name, _) in buckets {
                out.stdout.extend_from_slice(&name);
                out.stdout.push(b'\n');
            }
            problems
                .iter()
                .fold(0, |_, problem| fail(out, &problem.to_string()))
        }
        Some(bucket) => {
            let style = if minor >= 6 { Style::V3_6 } else { Style::V3_4 };
            let most = u64::try_from(limit).ok().filter(|most| *most > 0);
            match db.bucket(&[bucket]) {
                Ok(Some(found)) => iterate(&db, &found, bucket, decode, most, style, out),
                Ok(None) => fail(
                    out,
                    &format!("got nil bucket for {}", String::from_utf8_lossy(bucket)),
                ),
                Err(problem) => fail(out, &problem.to_string()),
            }
        }
    }
}

/// Prints a bucket's items, the last first.
fn iterate(
    db: &Db,
    bucket: &Bucket,
    name: &[u8],
    decode: bool,
    most: Option<u64>,
    style: Style,
    out: &mut Output,
) -> i32 {
    let mut walk = LeafWalk::new(db, bucket, Order::Backward);
    let mut left = most.unwrap_or(u64::MAX);
    let mut exit = 0;
    let mut line = String::new();
    while let Some(next) = walk.next(db) {
        let page = match next {
            Ok(page) => page,
            Err(problem) => {
                exit = fail(out, &problem.to_string());
                continue;
            }
        };
        for element in page.elements().rev() {
            if left == 0 || out.stdout.len() > MAX_OUTPUT_BYTES {
                return exit;
            }
            left -= 1;
            line.clear();
            match element {
                Ok(element) if decode => {
                    if let Err(why) =
                        push_decoded(&mut line, name, element.key, element.value, style)
                    {
                        exit = fail(out, &why.to_string());
                    }
                }
                Ok(element) => push_raw(&mut line, element.key, element.value, style),
                Err(problem) => {
                    exit = fail(out, &problem.to_string());
                    continue;
                }
            }
            out.stdout.extend(line.bytes());
            out.stdout.push(b'\n');
        }
    }
    exit
}

fn fail(out: &mut Output, why: &str) -> i32 {
    complain(out, 1, format!("etcd-dump-db: {why}"))
}
