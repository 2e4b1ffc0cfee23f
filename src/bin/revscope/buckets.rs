//! `buckets FILE`: every bucket and every item, depth first, as JSON Lines.

use std::fmt::Write as _;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::{Bucket, Damage, Db, LeafPage, LeafWalk, MAX_DEPTH, Order, Problem};

use super::args::Args;
use super::files::{in_file, unpacked};
use super::{Failure, Outcome};

/// A bucket that is being printed, and how far.
struct Level {
    walk: LeafWalk,
    page: Option<LeafPage>,
    next: u16,
    /// Length of the path text up to and with this bucket.
    path_len: usize,
}

/// Prints a line a bucket, `{"path":[...],"sequence","inline","root"}`, the bucket's own name
/// last in its path, then a line an item, `{"path":[...],"key_b64","value_b64"}`.
pub fn buckets(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let (opened, mut told) = unpacked(args, path)?;
    let db = Db::open(opened.bytes).map_err(|error| in_file(path, error))?;
    for problem in db.problems() {
        told.problem(problem)?;
    }
    // The names down to the present bucket, as the inside of a JSON array.
    let mut names = String::new();
    let mut line = String::new();
    let mut stack = vec![Level {
        walk: LeafWalk::new(&db, &db.root(), Order::Forward),
        page: None,
        next: 0,
        path_len: 0,
    }];
    while let Some(level) = stack.last_mut() {
        names.truncate(level.path_len);
        let Some(page) = level.page.as_ref().filter(|page| level.next < page.count()) else {
            level.next = 0;
            level.page = None;
            match level.walk.next(&db) {
                Some(Ok(page)) => level.page = Some(page),
                Some(Err(problem)) => told.problem(&problem)?,
                None => drop(stack.pop()),
            }
            continue;
        };
        let index = level.next;
        level.next += 1;
        let element = match page.element(index) {
            Ok(element) => element,
            Err(problem) => {
                told.problem(&problem)?;
                continue;
            }
        };
        line.clear();
        if !element.is_bucket {
            let _ = write!(line, r#"{{"path":[{names}],"key_b64":""#);
            STANDARD.encode_string(element.key, &mut line);
            line.push_str(r#"","value_b64":""#);
            STANDARD.encode_string(element.value, &mut line);
            line.push_str("\"}\n");
            out.write_all(line.as_bytes())?;
            continue;
        }
        let bucket = match page.item(index).and_then(|item| Bucket::from_item(&item)) {
            Ok(bucket) => bucket,
            Err(problem) => {
                told.problem(&problem)?;
                continue;
            }
        };
        if !names.is_empty() {
            names.push(',');
        }
        names.push('"');
        STANDARD.encode_string(element.key, &mut names);
        names.push('"');
        let root = bucket.root().unwrap_or_default();
        let _ = writeln!(
            line,
            r#"{{"path":[{names}],"sequence":{},"inline":{},"root":{root}}}"#,
            bucket.sequence,
            bucket.root().is_none(),
        );
        out.write_all(line.as_bytes())?;
        if stack.len() >= MAX_DEPTH {
            let place = page_place(&stack, index);
            let damage = Damage::TooDeep(root);
            if let Some(place) = place {
                told.problem(&Problem { place, damage })?;
            }
            continue;
        }
        if let Some(level) = stack.last() {
            let walk = level.walk.inner(&bucket, Order::Forward);
            stack.push(Level {
                walk,
                page: None,
                next: 0,
                path_len: names.len(),
            });
        }
    }
    Ok(told.outcome())
}

fn page_place(stack: &[Level], index: u16) -> Option<revscope::bbolt::Place> {
    let page = stack.last()?.page.as_ref()?;
    Some(page.place().element(index))
}
