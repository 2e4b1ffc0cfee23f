//! `revscope run` and `revscope replay`: command lines played on a fresh simulated member.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;

use revscope::mvcc::Release;
use revscope::shell::transcript::{self, Recorded};
use revscope::shell::{Config, Shell, script};
use serde::Serialize;

/// How `run` is called.
pub const RUN_USAGE: &str = "revscope run [--etcd RELEASE] [SCRIPT]";
/// How `replay` is called.
pub const REPLAY_USAGE: &str = "revscope replay [--etcd RELEASE] [--diff] TRANSCRIPT";

/// Why a command line could not be run.
#[derive(Debug)]
pub enum Error {
    /// It is not as the usage says: exit code 2.
    Usage(String),
    /// Something could not be read or written: exit code 1.
    Failed(String),
}

/// What `run` prints for a line of the script.
#[derive(Serialize)]
struct Line<'a> {
    line: &'a str,
    stdout: Cow<'a, str>,
    stderr: Cow<'a, str>,
    exit: i32,
}

/// Arguments that `run` and `replay` share.
struct Arguments {
    release: Option<Release>,
    diff: bool,
    path: Option<String>,
}

/// Runs the lines of a script, a file or standard input, and prints a JSON object for each:
/// `line`, `stdout`, `stderr`, `exit`. What running watches print stands in the `stdout` of the
/// line that opened them, so a line's object is printed when the script is done.
///
/// A line that ends inside a quote, a loop or a here-document goes on in the next.
pub fn run(args: &[String]) -> Result<(), Error> {
    let arguments = parse(args, RUN_USAGE, false)?;
    let script = match arguments.path.as_deref() {
        None | Some("-") => {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            read.map_err(|why| failed("standard input", &why))?;
            bytes
        }
        Some(path) => fs::read(path).map_err(|why| failed(path, &why))?,
    };
    let script = String::from_utf8(script)
        .map_err(|why| Error::Failed(format!("the script is no UTF-8 text: {why}")))?;
    let config = Config {
        release: arguments.release.unwrap_or_default(),
        ..Config::default()
    };
    let played = script::run_script(&mut Shell::new(config), &script);
    print(played.iter().map(|ran| Line {
        line: &ran.line,
        stdout: String::from_utf8_lossy(&ran.answer.stdout),
        stderr: String::from_utf8_lossy(&ran.answer.stderr),
        exit: ran.answer.exit,
    }))
}

/// Replays a recorded transcript, JSON Lines or a folder of one object a file, and prints the
/// same objects with its own `stdout`, `stderr`, `exit`. With `--diff` only those that differ
/// from the recording, log lines of the client left away, and on standard error their count.
pub fn replay(args: &[String]) -> Result<(), Error> {
    let arguments = parse(args, REPLAY_USAGE, true)?;
    let path = arguments
        .path
        .ok_or_else(|| Error::Usage(REPLAY_USAGE.to_owned()))?;
    let recording =
        read(Path::new(&path)).map_err(|why| Error::Failed(format!("{path}: {why}")))?;
    let mut config = transcript::config(&recording);
    config.release = arguments.release.unwrap_or(config.release);
    let answers = transcript::replay(config, recording.iter().map(|row| &row.command));
    let rows = recording.iter().zip(&answers);
    let shown: Vec<_> = rows
        .filter(|(row, answer)| !arguments.diff || transcript::differs(row, answer))
        .map(|(row, answer)| transcript::with_answer(row, answer))
        .collect();
    let count = shown.len();
    print(shown)?;
    if arguments.diff {
        eprintln!("{count} of {} commands differ", recording.len());
    }
    Ok(())
}

fn parse(args: &[String], usage: &str, may_diff: bool) -> Result<Arguments, Error> {
    let mut arguments = Arguments {
        release: None,
        diff: false,
        path: None,
    };
    let wrong = |what: &str| Error::Usage(format!("{what}\n{usage}"));
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let value = match arg.strip_prefix("--etcd") {
            Some("") => Some(
                rest.next()
                    .ok_or_else(|| wrong("--etcd needs a release"))?
                    .as_str(),
            ),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        if let Some(value) = value {
            arguments.release = Some(value.parse().map_err(|why| wrong(&format!("{why}")))?);
        } else if arg == "--diff" && may_diff {
            arguments.diff = true;
        } else if arguments.path.is_some() || (arg.starts_with('-') && arg != "-") {
            return Err(wrong(&format!("unexpected argument: {arg}")));
        } else {
            arguments.path = Some(arg.clone());
        }
    }
    Ok(arguments)
}

/// A transcript's commands, in order of their numbers.
fn read(path: &Path) -> Result<Vec<Recorded>, String> {
    let text = |path: &Path| {
        let text = fs::read_to_string(path);
        text.map_err(|why| format!("{}: {why}", path.display()))
    };
    if !path.is_dir() {
        return transcript::read(&text(path)?).map_err(|why| why.to_string());
    }
    let mut names: Vec<_> = fs::read_dir(path)
        .map_err(|why| why.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    names.sort();
    let mut all = Vec::new();
    for name in names {
        let object: serde_json::Value = serde_json::from_str(&text(&name)?)
            .map_err(|why| format!("{}: {why}", name.display()))?;
        // One object a file is laid out over several lines; a transcript's rows have one each.
        let rows = transcript::read(&object.to_string());
        all.extend(rows.map_err(|why| format!("{}: {why}", name.display()))?);
    }
    all.sort_by_key(|row| row.command.number);
    Ok(all)
}

fn print(rows: impl IntoIterator<Item = impl Serialize>) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = rows
        .into_iter()
        .try_for_each(|row| {
            serde_json::to_writer(&mut out, &row)?;
            out.write_all(b"\n")
        })
        .and_then(|()| out.flush());
    match written {
        // Whoever reads has seen enough.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|why| failed("standard output", &why)),
    }
}

fn failed(what: &str, why: &io::Error) -> Error {
    Error::Failed(format!("{what}: {why}"))
}
