//! Playing recorded command lines again: the same commands on a fresh member, in the same order,
//! watches that ran in the background included.
//!
//! A recording is JSON Lines, one object a command: `cmd` (its words; `cmd_b64` where one is no
//! text), `stdin` or `stdin_b64`, `stdout` (`stdout_b64`), `stderr`, `exit`, `i` (its number).
//! A watch that ran on has `background` and `stopped_by`, which names the last command that it
//! ran beside. Objects without `cmd` are headings. `cmd[0]` = `gateway` is a request to etcd's
//! JSON gateway: method, path, body.
//!
//! What a recording's surroundings were is read from it, as far as no command tells: the release,
//! from what its `etcdctl version` printed; the raft term, which counts the starts of its server,
//! from the replies that show it, so that a server that was started again on the way is so here;
//! the ids that the server picked for leases, from the replies to their grants; and, where leases
//! are to end, how much time passed between commands, from a reply that shows what only the end
//! of a lease can have done (a later revision, a further entry of the raft log, less time left).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::{Config, JobId, Ran, Shell};
use crate::mvcc::Release;

/// A recorded command.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// What was run.
    pub command: Command,
    /// What the real tool answered.
    pub answer: Answer,
    /// The object as read.
    pub object: Map<String, Value>,
}

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its place in the order.
    pub number: i64,
    /// Its words.
    pub argv: Vec<Vec<u8>>,
    /// What it read.
    pub stdin: Vec<u8>,
    /// Set for a watch that ran on: the number of the last command that it ran beside.
    pub until: Option<i64>,
    /// What its recorded answer shows of the surroundings.
    pub shown: Shown,
}

/// What an answer shows of what no command tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// How often the server was started, from 2.
    pub raft_term: Option<i64>,
    /// The id that the server picked for a lease.
    pub lease: Option<i64>,
    /// The store's revision.
    pub revision: Option<i64>,
    /// The last entry of the raft log.
    pub raft_index: Option<i64>,
    /// A lease, and the seconds that it had left.
    pub time_left: Option<(i64, i64)>,
}

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit code; -2 for a watch that was interrupted.
    pub exit: i32,
}

/// Why a recording could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ReadError {
    /// Which line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub message: String,
}

/// Reads a recording.
pub fn read(text: &str) -> Result<Vec<Recorded>, ReadError> {
    let mut all = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let error = |message: String| ReadError { line, message };
        let value: Value = serde_json::from_str(text).map_err(|why| error(why.to_string()))?;
        let Value::Object(object) = value else {
            return Err(error("not an object".to_owned()));
        };
        if object.contains_key("cmd") {
            all.push(recorded(object).map_err(error)?);
        }
    }
    Ok(all)
}

/// The member that a recording was made on, as far as it shows.
pub fn config(recording: &[Recorded]) -> Config {
    let mut config = Config::default();
    let outputs = || recording.iter().map(|row| row.answer.stdout.as_slice());
    if let Some(release) = outputs().find_map(release) {
        config.release = release;
    }
    if let Some(term) = recording.iter().find_map(|row| row.command.shown.raft_term) {
        config.raft_term = term;
    }
    config
}

/// Plays commands on a fresh member; one answer for each, in the same order.
pub fn replay<'a>(config: Config, commands: impl IntoIterator<Item = &'a Command>) -> Vec<Answer> {
    let mut shell = Shell::new(config);
    let mut answers: Vec<Answer> = Vec::new();
    // Running watches: where their answer stands, and when they end.
    let mut running: BTreeMap<JobId, (usize, i64)> = BTreeMap::new();
    for command in commands {
        shell.surround(&command.shown);
        let ran = match command.argv.split_first() {
            // The server was killed and, as the raft term shows later, started again.
            Some((first, rest)) if first == b"kill" && rest == [b"-9"] => Ran::default(),
            Some((first, rest)) if first == b"gateway" => gateway(&mut shell, rest),
            _ => shell.run_argv(&command.argv, &command.stdin),
        };
        for notice in ran.notices {
            let watch = running.get(&notice.job);
            if let Some(answer) = watch.and_then(|(at, _)| answers.get_mut(*at)) {
                answer.stdout.extend(notice.stdout);
                answer.stderr.extend(notice.stderr);
                answer.exit = notice.exit.unwrap_or(answer.exit);
            }
        }
        if let Some(job) = ran.started {
            let until = command.until.unwrap_or(command.number);
            running.insert(job, (answers.len(), until));
        }
        answers.push(Answer {
            stdout: ran.stdout,
            stderr: ran.stderr,
            exit: if ran.started.is_some() { -2 } else { ran.exit },
        });
        running.retain(|job, (_, until)| {
            let runs = *until > command.number;
            if !runs {
                shell.stop(*job);
            }
            runs
        });
    }
    answers
}

/// Whether an answer differs from the recorded one, log lines of the client left away.
pub fn differs(recorded: &Recorded, answer: &Answer) -> bool {
    let real = &recorded.answer;
    real.exit != answer.exit
        || real.stdout != answer.stdout
        || without_log(&real.stderr) != without_log(&answer.stderr)
}

/// A recorded object with another answer in it.
pub fn with_answer(recorded: &Recorded, answer: &Answer) -> Value {
    let mut object = recorded.object.clone();
    object.remove("stdout_b64");
    if std::str::from_utf8(&answer.stdout).is_err() {
        let encoded = BASE64_STANDARD.encode(&answer.stdout);
        object.insert("stdout_b64".to_owned(), encoded.into());
    }
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes));
    object.insert("stdout".to_owned(), text(&answer.stdout));
    object.insert("stderr".to_owned(), text(&answer.stderr));
    object.insert("exit".to_owned(), answer.exit.into());
    Value::Object(object)
}

/// Standard error without the client's own log lines, which are JSON and hold times, and without
/// the stack below a crash of Go, which holds addresses.
pub fn without_log(stderr: &[u8]) -> Vec<u8> {
    const STACK: &[u8] = b"\ngoroutine ";
    let stack = stderr.windows(STACK.len()).position(|part| part == STACK);
    let stack = stack.filter(|_| stderr.starts_with(super::PANIC.as_bytes()));
    stderr
        .get(..stack.unwrap_or(stderr.len()))
        .unwrap_or_default()
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"{\"level\":"))
        .flatten()
        .copied()
        .collect()
}

fn recorded(object: Map<String, Value>) -> Result<Recorded, String> {
    let bytes = |name: &str| -> Result<Vec<u8>, String> {
        match object.get(&format!("{name}_b64")) {
            Some(encoded) => decode(encoded),
            None => Ok(text(object.get(name)).into_bytes()),
        }
    };
    let words = |name: &str| object.get(name).and_then(Value::as_array);
    let argv: Vec<Vec<u8>> = match (words("cmd_b64"), words("cmd")) {
        (Some(encoded), _) => encoded.iter().map(decode).collect::<Result<_, _>>()?,
        (None, Some(words)) => words
            .iter()
            .map(|word| text(Some(word)).into_bytes())
            .collect(),
        (None, None) => return Err("`cmd` is not a list of words".to_owned()),
    };
    let stopped = text(object.get("stopped_by"));
    let number = |value: Option<&Value>| value.and_then(Value::as_i64);
    let answer = Answer {
        stdout: bytes("stdout")?,
        stderr: bytes("stderr")?,
        exit: number(object.get("exit"))
            .and_then(|exit| i32::try_from(exit).ok())
            .unwrap_or(0),
    };
    Ok(Recorded {
        command: Command {
            number: number(object.get("i")).unwrap_or(0),
            stdin: bytes("stdin")?,
            until: stopped.rsplit("i=").next().and_then(|i| i.parse().ok()),
            shown: shown(&argv, &answer.stdout),
            argv,
        },
        answer,
        object,
    })
}

/// Reads what an answer shows of the surroundings.
fn shown(argv: &[Vec<u8>], stdout: &[u8]) -> Shown {
    let is = |word: &str| argv.iter().any(|given| given == word.as_bytes());
    let text = String::from_utf8_lossy(stdout);
    let after = |mark: &str| {
        let digits = text.split_once(mark)?.1;
        digits
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    let grants = is("lease") && is("grant") && !is("gateway");
    let hex = |mark: &str| {
        let word = text.split_once(mark)?.1.split(' ').next()?;
        i64::from_str_radix(word, 16).ok()
    };
    let lease = || {
        after("\"ID\":")
            .or_else(|| after("\"ID\" : "))
            .or_else(|| hex("lease "))
    };
    let time_left = || {
        let id = after("\"id\":")
            .or_else(|| after("\"ID\" : "))
            .or_else(|| hex("lease "))?;
        let marks = ["\"ttl\":", "\"TTL\" : ", "remaining("];
        Some((id, marks.iter().find_map(|mark| after(mark))?))
    };
    let raft_index = || after("\"raftIndex\":").or_else(|| after("\"RaftIndex\" : "));
    // What a write shows, it may have done itself.
    let reads = ["get", "endpoint", "timetolive", "list"]
        .into_iter()
        .any(is);
    let revision = || after("\"revision\":").or_else(|| after("\"Revision\" : "));
    Shown {
        raft_term: raft_term(argv, stdout),
        lease: grants.then(lease).flatten(),
        revision: reads.then(revision).flatten(),
        raft_index: (!is("--user")).then(raft_index).flatten(),
        time_left: is("timetolive").then(time_left).flatten(),
    }
}

fn text(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn decode(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().unwrap_or_default();
    BASE64_STANDARD.decode(text).map_err(|why| why.to_string())
}

fn release(stdout: &[u8]) -> Option<Release> {
    let text = stdout.strip_prefix(b"etcdctl version: ")?;
    let line = text.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.parse().ok()
}

/// The term in a reply: in JSON, as a field, in a row of `endpoint status`, or in protobuf.
fn raft_term(argv: &[Vec<u8>], stdout: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(stdout);
    for mark in ["\"raft_term\":", "\"RaftTerm\" : "] {
        if let Some((_, rest)) = text.split_once(mark) {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            return digits.parse().ok();
        }
    }
    if argv.iter().any(|word| word == b"status") {
        // The term stands behind two truth values: is leader, is learner.
        let mut cells = text.split(['|', ',']).map(str::trim);
        cells.find(|cell| *cell == "true" || *cell == "false")?;
        return cells.nth(1)?.parse().ok();
    }
    // Field 1 is the header, whose last field, 4, is the term.
    let (&[0x0a, len], rest) = stdout.split_first_chunk::<2>()? else {
        return None;
    };
    match rest.get(..usize::from(len))? {
        [.., 0x20, term] => Some(i64::from(*term)),
        _ => None,
    }
}

/// A request to etcd's JSON gateway; only leases with a chosen id need it.
fn gateway(shell: &mut Shell, words: &[Vec<u8>]) -> Ran {
    let [method, path, body] = words else {
        return Ran {
            exit: 1,
            ..Ran::default()
        };
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let number = |name: &str| match body.get(name) {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        other => other.and_then(Value::as_i64).unwrap_or(0),
    };
    match (method.as_slice(), path.as_slice()) {
        (b"POST", b"/v3/lease/grant") => shell.grant_lease(number("TTL"), number("ID")),
        _ => Ran {
            stderr: b"revscope: of the gateway only /v3/lease/grant is simulated\n".to_vec(),
            exit: 1,
            ..Ran::default()
        },
    }
}
