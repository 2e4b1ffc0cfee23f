//! `fossils FILE`: the rows that were compacted or deleted and still lie in the file.

use std::fmt::Write as _;
use std::io::{self, Write};

use revscope::bbolt::{Db, Place};
use revscope::etcd::{Fossil, FossilWalk};
use revscope::export::push_json_line;

use super::args::Args;
use super::files::in_file;
use super::source;
use super::{Failure, Outcome};

/// Pages read between two looks at how far it is.
const STEP: u32 = 1 << 14;

/// A JSON object a fossil, in revision order: what `records` prints, and where it was found.
pub fn fossils(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let opened = source::open(args, path)?;
    for problem in opened.problems() {
        writeln!(io::stderr(), "revscope: {path}: {problem}")?;
    }
    let db = Db::open(opened.bytes).map_err(|error| in_file(path, error))?;
    let mut walk = FossilWalk::new(&db);
    while walk.step(&db, STEP) {}
    let fossils = walk.into_fossils();
    let mut whole = true;
    let mut tell = |problem: &dyn std::fmt::Display| {
        whole = false;
        writeln!(io::stderr(), "revscope: {path}: {problem}")
    };
    for problem in fossils.problems() {
        tell(problem)?;
    }
    let mut line = String::new();
    for (fossil, row) in fossils.rows(&db) {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                tell(&format_args!("{}: {error}", fossil.place()))?;
                continue;
            }
        };
        match row.decode() {
            Ok(record) => {
                line.clear();
                push_json_line(&mut line, &record);
                push_place(&mut line, fossil);
                out.write_all(line.as_bytes())?;
            }
            Err(error) => tell(&format_args!("{}: {error}", fossil.place()))?,
        }
    }
    Ok(match whole {
        true => Outcome::Fine,
        false => Outcome::Problems,
    })
}

/// Goes on with the object of `records` before its closing brace.
fn push_place(line: &mut String, fossil: &Fossil) {
    line.truncate(line.trim_end_matches("}\n").len());
    // Writing to a String cannot fail.
    let _ = write!(
        line,
        r#","page":{},"confidence":"{}","why":"{}","copies":{}"#,
        fossil.page(),
        fossil.confidence(),
        fossil.why(),
        fossil.copies()
    );
    let _ = match fossil.place() {
        Place::Element(_, element) => write!(line, r#","element":{element}"#),
        // The element of the page that holds the bucket, and the row's in there.
        Place::InlineElement(_, bucket, element) => {
            write!(line, r#","element":{element},"bucket_element":{bucket}"#)
        }
        _ => write!(line, r#","element":null"#),
    };
    let pages: Vec<_> = fossil.pages().map(|page| page.to_string()).collect();
    let _ = writeln!(line, r#","pages":[{}]}}"#, pages.join(","));
}
