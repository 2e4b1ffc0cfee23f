//! `revscope run` and `revscope replay`: command lines played on a fresh simulated member.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read as _, Write};
use std::path::Path;

use revscope::engine::fork;
use revscope::etcd::EtcdFile;
use revscope::mvcc::Release;
use revscope::session::text;
use revscope::shell::transcript::{self, Recorded};
use revscope::shell::{Config, Shell, script};
use serde::Serialize;
use serde_json::json;

use crate::args::{Args, Opt};
use crate::files::in_file;
use crate::source;
use crate::{Failure, Outcome};

/// Which file to act on a copy of.
pub const FILE: Opt = Opt {
    name: "--file",
    value: Some("FILE"),
    about: "act on a copy of this db file or snapshot, as the release that it shows",
};

/// What `run` prints for a line of the script.
#[derive(Serialize)]
struct Line<'a> {
    line: &'a str,
    stdout: Cow<'a, str>,
    stderr: Cow<'a, str>,
    exit: i32,
}

/// Runs the lines of a script, a file or standard input, and prints a JSON object for each:
/// `line`, `stdout`, `stderr`, `exit`. What running watches print stands in the `stdout` of the
/// line that opened them, so a line's object is printed when the script is done.
///
/// A comment `# etcd 3.6.13` at its beginning, as the page writes it, names the release.
///
/// A line that ends inside a quote, a loop or a here-document goes on in the next.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let script = match args.word(0) {
        "" | "-" => {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            read.map_err(|why| failed("standard input", &why))?;
            bytes
        }
        path => fs::read(path).map_err(|why| failed(path, &why))?,
    };
    let script = String::from_utf8(script)
        .map_err(|why| Failure::File(format!("the script is no UTF-8 text: {why}")))?;
    let named =
        text::release(&script).map_err(|why| Failure::File(format!("the script: {why}")))?;
    let release = release(args)?.or(named);
    let mut outcome = Outcome::Fine;
    let mut shell = match args.option("--file") {
        None => Shell::new(Config {
            release: release.unwrap_or_default(),
            ..Config::default()
        }),
        Some(path) => {
            let file = EtcdFile::open(source::open(args, path)?.bytes);
            let file = file.map_err(|why| in_file(path, why))?;
            let forked = fork(&file, release).map_err(|why| in_file(path, why))?;
            for problem in forked.1 {
                outcome = Outcome::Problems;
                writeln!(io::stderr(), "revscope: {path}: {problem}")?;
            }
            forked.0
        }
    };
    for ran in script::run_script(&mut shell, &script) {
        let line = Line {
            line: &ran.line,
            stdout: String::from_utf8_lossy(&ran.answer.stdout),
            stderr: String::from_utf8_lossy(&ran.answer.stderr),
            exit: ran.answer.exit,
        };
        print(out, &line)?;
    }
    Ok(outcome)
}

/// Replays a recorded transcript, JSON Lines or a folder of one object a file, and prints the
/// same objects with its own `stdout`, `stderr`, `exit`. With `--diff` only those that differ
/// from the recording, log lines of the client left away, and as the last object their count.
pub fn replay(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let is_diff = args.option("--diff").is_some();
    let recording = read(Path::new(path)).map_err(|why| Failure::File(format!("{path}: {why}")))?;
    let mut config = transcript::config(&recording);
    config.release = release(args)?.unwrap_or(config.release);
    let answers = transcript::replay(config, recording.iter().map(|row| &row.command));
    let mut differing = 0u64;
    for (row, answer) in recording.iter().zip(&answers) {
        let differs = transcript::differs(row, answer);
        differing += u64::from(differs);
        if differs || !is_diff {
            print(out, &transcript::with_answer(row, answer))?;
        }
    }
    if !is_diff {
        return Ok(Outcome::Fine);
    }
    print(
        out,
        &json!({ "differing": differing, "commands": recording.len() }),
    )?;
    Ok(if differing == 0 {
        Outcome::Fine
    } else {
        Outcome::Problems
    })
}

fn release(args: &Args) -> Result<Option<Release>, Failure> {
    let Some(typed) = args.option("--etcd") else {
        return Ok(None);
    };
    let release = typed.parse();
    release
        .map(Some)
        .map_err(|why| Failure::Usage(format!("--etcd {typed}: {why}")))
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

fn print(out: &mut dyn Write, row: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn failed(what: &str, why: &io::Error) -> Failure {
    Failure::File(format!("{what}: {why}"))
}
