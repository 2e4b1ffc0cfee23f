//! The project's own commands: `cargo xtask setup | build | serve | test | bench | fuzz`.
//!
//! Each finds or installs what it needs before it starts, so on a fresh machine any of them can
//! be the first one. Start reading at [`setup`], which hands the found tools to the others.

mod bench;
mod build;
mod dist;
mod fresh;
mod fuzz;
mod http;
mod offline;
mod run;
mod serve;
mod setup;
mod style;
mod test;
mod zip;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask COMMAND

  setup             find or install everything that building and testing need
  build             leave the static site in dist/ and print its sizes
  pack FOLDER ID    what `build` does after trunk: the list for offline use, and the archive
  serve [--port N]  build, then serve dist/ on 127.0.0.1 (default port 8080, or the next free one)
  test              everything that can be tested, fastest first
  bench files [N]   reading a snapshot of N records (default 1000000), beside etcdutl
  bench study [N]   what is in a snapshot of N records (default 1000000), in Chromium
  bench picture [N] the timeline's layout, paint and frames, up to N revisions (default 10000000)
  fuzz [TARGET [S]] the fuzz targets, S seconds each (default 60); needs a nightly compiler";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root();
    let done = match args.as_slice() {
        ["setup"] => setup::ensure(&root, setup::For::Tests).map(|tools| tools.print()),
        ["build"] => build::build(&root).map(|_| ()),
        ["pack", folder, build] => build::pack(&root, folder.as_ref(), build),
        ["serve"] => serve::serve(&root, None),
        ["serve", "--port", port] => match port.parse() {
            Ok(port) => serve::serve(&root, Some(port)),
            Err(_) => Err(format!("--port: {port} is not a port number")),
        },
        ["test"] => test::test(&root),
        ["bench", what] => bench::bench(&root, what, None),
        ["bench", what, records] => match records.parse() {
            Ok(records) if records > 0 => bench::bench(&root, what, Some(records)),
            _ => Err(format!("{records} is not a number of records")),
        },
        ["fuzz"] => fuzz::fuzz(&root, None, None),
        ["fuzz", target] => fuzz::fuzz(&root, Some(target), None),
        ["fuzz", target, seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::fuzz(&root, Some(target), Some(seconds)),
            Err(_) => Err(format!("{seconds} is not a number of seconds")),
        },
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("error: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The folder of the root package, wherever the command was started.
fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}
