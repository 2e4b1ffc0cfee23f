//! `pages FILE`: a line a page, as `bbolt pages` of 1.4 prints them.

use std::io::{self, Write};
use std::rc::Rc;

use revscope::bbolt::{
    Db, Error, Finding, FreeReason, MapWalk, MetaError, Options, PageMap, PageUse, Pgid, Place,
    type_name,
};

use super::args::Args;
use super::files::in_file;
use super::source;
use super::{Failure, Outcome};

/// Pages read between two looks at what was found.
pub const STEP: u32 = 1024;

/// Prints the table; what is wrong goes to standard error. Exits 1 only where bbolt would stop.
pub fn pages(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let db = match open(args)? {
        Ok(db) => db,
        Err((words, explained)) => {
            if let Some(words) = words {
                writeln!(out, "{words}")?;
            }
            writeln!(io::stderr(), "revscope: {path}: {explained}")?;
            return Ok(Outcome::Problems);
        }
    };
    let mut walk = MapWalk::new(&db);
    let mut stops = false;
    loop {
        let more = walk.step(&db, STEP);
        for finding in walk.take_findings() {
            stops |= match &finding {
                // Its own list of pages reads the metas without a look at their headers.
                Finding::Damage(problem) => !matches!(problem.place, Place::Page(Pgid(0 | 1))),
                // Without a freelist bbolt walks all trees to know what is free.
                _ => !walk.map().has_freelist() && !finding.is_note(),
            };
            writeln!(io::stderr(), "revscope: {path}: {}", finding.meaning())?;
        }
        if !more {
            break;
        }
    }
    table(&db, walk.map(), out).map_err(|error| match error {
        TableError::Output(error) => Failure::Output(error),
        TableError::Read(error) => in_file(path, error),
    })?;
    Ok(match stops {
        true => Outcome::Problems,
        false => Outcome::Fine,
    })
}

/// Opens a file as bbolt does; the error in bbolt's words, if it has any, and in ours.
pub fn open(args: &Args) -> Result<Result<Db, (Option<String>, Error)>, Failure> {
    let path = args.word(0);
    let opened = source::open(args, path)?;
    for problem in opened.problems() {
        writeln!(io::stderr(), "revscope: {path}: {problem}")?;
    }
    let source = opened.bytes;
    let options = Options {
        salvage: args.option("--salvage").is_some(),
        ..Options::default()
    };
    let opened = Db::open_with(Rc::clone(&source), options);
    Ok(opened.map_err(|error| (words(&error, source.len()), error)))
}

/// What bbolt says of a file that it cannot open, on a machine with pages of 4096 bytes.
fn words(error: &Error, size: u64) -> Option<String> {
    let too_small = format!("file size too small {size}");
    Some(match error {
        Error::Empty | Error::Read(_) => return None,
        // Up to here bbolt finds no page size to compare with.
        _ if size <= 2048 => "invalid database".to_owned(),
        Error::TooShort { .. } => too_small,
        _ if size < 2 * 4096 => too_small,
        Error::BothMetas { first, .. } => match first {
            MetaError::Version(_) => "version mismatch".to_owned(),
            MetaError::Checksum { .. } => "checksum error".to_owned(),
            _ => "invalid database".to_owned(),
        },
        _ => "invalid database".to_owned(),
    })
}

enum TableError {
    Output(io::Error),
    Read(revscope::bytes::ReadError),
}

impl From<io::Error> for TableError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn table(db: &Db, map: &PageMap, out: &mut dyn Write) -> Result<(), TableError> {
    writeln!(out, "ID       TYPE       ITEMS  OVRFLW")?;
    writeln!(out, "======== ========== ====== ======")?;
    let mut page = 0;
    while let Some(entry) = map.get(Pgid(page)).filter(|_| page < map.len()) {
        let listed = matches!(
            entry.usage,
            PageUse::Free(FreeReason::Listed | FreeReason::NotReached)
        );
        if listed || entry.conflict {
            writeln!(out, "{page:<8} {:<10} {:<6} {:<6}", "free", "", "")?;
            page += 1;
            continue;
        }
        let header = db.raw_header(Pgid(page)).map_err(TableError::Read)?;
        let overflow = match header.overflow {
            0 => String::new(),
            overflow => overflow.to_string(),
        };
        let name = type_name(header.flags);
        writeln!(
            out,
            "{page:<8} {name:<10} {:<6} {overflow:<6}",
            header.count
        )?;
        page = page.saturating_add(1 + u64::from(header.overflow));
    }
    Ok(())
}
