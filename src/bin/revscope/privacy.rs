//! `privacy FILE`: what of a file is secret, counted.

use std::io::{self, Write};

use revscope::kubernetes::json;
use revscope::kv::quote::bare;
use revscope::lost::{Place, Privacy};

use super::args::Args;
use super::files::{Told, etcd_file};
use super::lost::{each, rows, search, store};
use super::{Failure, Outcome};

/// A line a kind and place; with `--names` a line a key and revision too. Never a value.
pub fn privacy(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let (file, mut told) = etcd_file(args, path)?;
    let store = store(&file, &mut told)?;
    let mut privacy = Privacy::new();
    // The rows are read again, since only all of them say which one is the last of its key; what is
    // wrong with them has been told.
    rows(&file, &mut Told::silent(path), &mut |record| {
        privacy.push(record, Place::of(&store, record));
    })?;
    let fossils = search(&file, &mut told)?;
    each(&file, &fossils, &mut told, &mut |_, record| {
        privacy.push(record, Place::Fossil);
        Ok(())
    })?;
    for count in privacy.counts() {
        let least = if count.is_least {
            r#","least":true"#
        } else {
            ""
        };
        writeln!(
            out,
            r#"{{"kind":"{}","place":"{}","rows":{},"keys":{}{least}}}"#,
            count.kind, count.place, count.rows, count.keys
        )?;
    }
    if args.option("--names").is_some() {
        for finding in privacy.findings(usize::MAX) {
            let mut key = String::new();
            json::push_text(&mut key, &bare(&finding.key));
            writeln!(
                out,
                r#"{{"kind":"{}","place":"{}","key":{key},"main":{},"sub":{}}}"#,
                finding.kind, finding.place, finding.revision.main, finding.revision.sub
            )?;
        }
        if privacy.left_out() > 0 {
            let count = privacy.left_out();
            writeln!(
                io::stderr(),
                "revscope: {path}: {count} more rows are counted and not named"
            )?;
        }
    }
    Ok(told.outcome())
}
