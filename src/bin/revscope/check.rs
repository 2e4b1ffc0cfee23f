//! `check FILE`: what is wrong with the pages, in bbolt's words, and each explained.

use std::fmt::Write as _;
use std::io::{self, Write};

use revscope::bbolt::{Db, Finding, MapWalk};
use revscope::kv::quote::bare;

use super::args::Args;
use super::pages::{STEP, open};
use super::{Failure, Outcome};

/// Prints bbolt's lines to standard output; to standard error what each means, and the notes that
/// bbolt does not look at, which do not change the outcome.
pub fn check(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let db = match open(args)? {
        Ok(db) => db,
        Err((words, explained)) => {
            if let Some(words) = words {
                writeln!(io::stderr(), "Error: {words}")?;
            }
            writeln!(io::stderr(), "revscope: {path}: {explained}")?;
            return Ok(Outcome::Problems);
        }
    };
    let mut walk = MapWalk::new(&db);
    let mut errors = 0u64;
    loop {
        let more = walk.step(&db, STEP);
        for finding in walk.take_findings() {
            if let Some(line) = finding.line(&key_text) {
                errors += 1;
                writeln!(out, "{line}")?;
            }
            writeln!(io::stderr(), "revscope: {path}: {}", finding.meaning())?;
        }
        if !more {
            break;
        }
    }
    if errors == 0 {
        writeln!(out, "OK")?;
        return Ok(Outcome::Fine);
    }
    writeln!(out, "{errors} errors found")?;
    Ok(Outcome::Problems)
}

/// What bbolt would print of an opened file, empty for `OK`; and the meaning of what it finds only
/// since it looks at the order of keys too (1.3.7), where `keys_too` says that it does not.
pub fn lines(db: &Db, keys_too: bool) -> (Vec<String>, Vec<String>) {
    let mut walk = MapWalk::new(db);
    let (mut lines, mut unseen) = (Vec::new(), Vec::new());
    loop {
        let more = walk.step(db, STEP);
        for finding in walk.take_findings() {
            let of_keys = matches!(finding, Finding::Order(_) | Finding::UnexpectedType { .. });
            match finding.line(&key_text) {
                Some(line) if keys_too || !of_keys => lines.push(line),
                Some(_) => unseen.push(finding.meaning()),
                None => {}
            }
        }
        if !more {
            return (lines, unseen);
        }
    }
}

/// A key as bbolt prints it: as text if all of it can be printed, else in hexadecimal.
fn key_text(key: &[u8]) -> String {
    let printable = |c: char| match c {
        '"' | '\\' => true,
        c => bare(c.encode_utf8(&mut [0; 4]).as_bytes()) == c.to_string(),
    };
    match std::str::from_utf8(key) {
        Ok(text) if text.chars().all(printable) => text.to_owned(),
        _ => key.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}
