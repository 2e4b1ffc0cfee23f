//! `jq`: jq's language by the crate jaq, over values of our own.
//!
//! Start from [`run`](fn@run). Values (`value`), what can be done with them (`ops`), reading and
//! writing JSON (`read`, `write`), filters beyond jaq's (`funs`, `prelude.jq`), and the running of
//! one filter within bounds (`run`). The release that is followed is jq 1.7: large integers keep
//! their digits until they are calculated with. Colours are off, as in a pipe.
//!
//! Not here: modules, dates in other formats than ISO, SQL-style operators but `IN` and `INDEX`,
//! streaming.

mod date;
mod funs;
mod ops;
mod read;
mod run;
mod standard;
mod text;
mod value;
mod write;

use super::{Tool, Words};
use crate::shell::Output;

use read::Reader;
use run::{End, Program, State};
use value::{Map, Value};
use write::Layout;

/// One line on the command.
pub const HELP: &str = "filter JSON: jq [-r] [-c] [-n] [-s] [-e] [-S] FILTER";

const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] --args FILTER [ARGUMENTS...]\n\tjq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]\n";

#[derive(Default)]
struct Options {
    raw: bool,
    join: bool,
    null_input: bool,
    slurp: bool,
    raw_input: bool,
    exit_status: bool,
    layout: Layout,
    filter: Option<String>,
    files: Vec<Vec<u8>>,
    named: Map,
    positional: Vec<Value>,
}

/// Runs `jq ARGS`.
pub fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    run::refuel();
    let options = match parse(tool, args) {
        Ok(options) => options,
        Err((exit, text)) => {
            let to = if exit == 0 {
                &mut out.stdout
            } else {
                &mut out.stderr
            };
            to.extend(text.bytes());
            return exit;
        }
    };
    // Without a filter, and not at a terminal, jq prints what it reads.
    let filter = options.filter.as_deref().unwrap_or(".");
    let mut names: Vec<String> = options
        .named
        .entries()
        .iter()
        .map(|(name, _)| format!("${name}"))
        .collect();
    let mut values: Vec<Value> = options
        .named
        .entries()
        .iter()
        .map(|(_, value)| value.clone())
        .collect();
    let mut all = Map::default();
    all.insert(
        "positional".into(),
        Value::array(options.positional.clone()),
    );
    all.insert("named".into(), Value::object(options.named.clone()));
    for (name, value) in [("$ARGS", Value::object(all)), ("$ENV", environment(tool))] {
        names.push(name.to_owned());
        values.push(value);
    }
    let program = Program::compile(filter, &names).or_else(|lines| {
        let whole = unwrapped(filter).map(|whole| Program::compile(&whole, &names));
        whole.and_then(Result::ok).ok_or(lines)
    });
    let program = match program {
        Ok(program) => program,
        Err(lines) => {
            let count = lines.len();
            let errors = if count == 1 { "error" } else { "errors" };
            let text = format!("{}\njq: {count} compile {errors}\n", lines.join("\n"));
            out.stderr.extend(text.bytes());
            return 3;
        }
    };
    let (input, missing) = tool.read_all(&options.files, out, |name| {
        format!("jq: error: Could not open {name}: No such file or directory\n")
    });
    let exit = feed(&program, &values, &options, &input, out);
    match missing && exit == 0 {
        true => 2,
        false => exit,
    }
}

/// A filter that a slide broke inside `|=`, whole again; none for another one. No filter that jq
/// understands has the two signs apart.
fn unwrapped(filter: &str) -> Option<String> {
    let broken = regex_lite::Regex::new(r"\|[ \t]*\n\s*=").ok()?;
    let whole = broken.replace_all(filter, "|=");
    (whole != filter).then(|| whole.into_owned())
}

/// Runs a compiled filter over all inputs.
fn feed(
    program: &Program,
    values: &[Value],
    options: &Options,
    input: &[u8],
    out: &mut Output,
) -> i32 {
    let reader = match options.raw_input {
        true => Reader::new(raw_lines(input, options.slurp).as_bytes()),
        false => Reader::new(input),
    };
    let state = State::new(reader);
    let mut first = match (options.null_input, options.slurp && !options.raw_input) {
        (true, _) => Some(Ok(Value::Null)),
        (false, true) => {
            let all: Result<Vec<_>, _> = std::iter::from_fn(|| state.next_input()).collect();
            Some(all.map(Value::array))
        }
        (false, false) => None,
    };
    let once = first.is_some();
    let mut exit = 0;
    let mut last: Option<Value> = None;
    loop {
        let next = match first.take() {
            Some(first) => first,
            None if once => break,
            None => match state.next_input() {
                Some(next) => next,
                None => break,
            },
        };
        let input = match next {
            Ok(input) => input,
            Err(why) => {
                let text = format!("jq: parse error: {why}\n");
                out.stderr.extend(text.bytes());
                return 2;
            }
        };
        let end = {
            let stdout = &mut out.stdout;
            let mut each = |value: Value| {
                show(stdout, &value, options);
                last = Some(value);
                stdout.len() <= crate::shell::MAX_OUTPUT_BYTES
            };
            program.run(input, values, &state, &mut each)
        };
        out.stderr.extend(state.take_said().bytes());
        let place = match options.null_input {
            true => "(at <unknown>)".to_owned(),
            false => format!("(at <stdin>:{})", state.lines()),
        };
        match end {
            End::Done => {}
            End::Halt(code) => return code,
            End::Error(value) => {
                exit = 5;
                let text = match &value {
                    Value::Str(text) => format!("jq: error {place}: {text}\n"),
                    other => {
                        format!(
                            "jq: error {place} (not a string): {}\n",
                            write::compact(other)
                        )
                    }
                };
                out.stderr.extend(text.bytes());
            }
            End::Stopped(why) => {
                out.stderr.extend(format!("jq: stopped: {why}\n").bytes());
                return 5;
            }
        }
    }
    match (exit, options.exit_status, last) {
        (0, true, None) => 4,
        (0, true, Some(Value::Null | Value::Bool(false))) => 1,
        (exit, ..) => exit,
    }
}

fn show(out: &mut Vec<u8>, value: &Value, options: &Options) {
    match value {
        Value::Str(text) if options.raw => out.extend(text.bytes()),
        value => {
            let mut text = String::new();
            write::push(&mut text, value, options.layout);
            out.extend(text.bytes());
        }
    }
    if !options.join {
        out.push(b'\n');
    }
}

/// Raw lines as JSON strings.
fn raw_lines(input: &[u8], slurp: bool) -> String {
    let text = write::lossy(input);
    let string = |text: &str| write::compact(&Value::from(text));
    match slurp {
        true => string(&text),
        false => text.lines().map(|line| string(line) + "\n").collect(),
    }
}

fn environment(tool: &Tool<'_>) -> Value {
    let mut map = Map::default();
    for (name, value) in tool.exported() {
        map.insert(name.into(), write::lossy(value).into());
    }
    Value::object(map)
}

/// Reads the words; an error is an exit code and a text.
fn parse(tool: &Tool<'_>, args: &[Vec<u8>]) -> Result<Options, (i32, String)> {
    let mut options = Options {
        layout: Layout {
            indent: Some(2),
            ..Layout::default()
        },
        ..Options::default()
    };
    let usage = |text: String| (2, format!("jq: error: {text}\n{USAGE}"));
    let mut words = Words::new(args);
    let (mut only_words, mut rest) = (false, None);
    while let Some(word) = words.next() {
        let (Some(flag), false) = (
            word.strip_prefix("-").filter(|flag| !flag.is_empty()),
            only_words,
        ) else {
            match (&options.filter, rest) {
                (None, _) => options.filter = Some(word),
                (Some(_), None) => options.files.push(word.into_bytes()),
                (Some(_), Some(false)) => options.positional.push(word.as_str().into()),
                (Some(_), Some(true)) => {
                    options.positional.push(json(&word).ok_or_else(|| {
                        usage("Invalid JSON text passed to --jsonargs".to_owned())
                    })?)
                }
            }
            continue;
        };
        let mut named = |what: &str| -> Result<(String, String), (i32, String)> {
            let pair = words.next().zip(words.next());
            pair.ok_or_else(|| {
                usage(format!(
                    "--{what} takes two parameters (e.g. --{what} varname value)"
                ))
            })
        };
        match flag {
            "-" => only_words = true,
            "-arg" => {
                let (name, value) = named("arg")?;
                options.named.insert(name.into(), value.as_str().into());
            }
            "-argjson" => {
                let (name, text) = named("argjson")?;
                let value = json(&text)
                    .ok_or_else(|| usage("Invalid JSON text passed to --argjson".to_owned()))?;
                options.named.insert(name.into(), value);
            }
            "-slurpfile" | "-rawfile" => {
                let (name, file) = named(flag.trim_start_matches('-'))?;
                let bytes = tool.file(file.as_bytes()).ok_or_else(|| {
                    (2, format!("jq: error: Bad JSON in --{} {name} {file}: Could not open {file}: No such file or directory\n", flag.trim_start_matches('-')))
                })?;
                let value = match flag {
                    "-rawfile" => write::lossy(bytes).into(),
                    _ => {
                        let mut reader = Reader::new(bytes);
                        let all: Result<Vec<_>, _> = std::iter::from_fn(|| reader.next()).collect();
                        Value::array(all.map_err(|why| {
                            (
                                2,
                                format!(
                                    "jq: error: Bad JSON in --slurpfile {name} {file}: {why}\n"
                                ),
                            )
                        })?)
                    }
                };
                options.named.insert(name.into(), value);
            }
            "-args" => rest = Some(false),
            "-jsonargs" => rest = Some(true),
            "-tab" => options.layout.tab = true,
            "-indent" => {
                let number = words.next().and_then(|text| text.parse::<u8>().ok());
                let number = number.filter(|number| *number <= 7);
                let number = number
                    .ok_or_else(|| usage("Cannot indent more than 7 characters".to_owned()))?;
                options.layout.indent = (number > 0).then_some(number);
            }
            "-help" => return Err((0, USAGE.to_owned())),
            "-version" => return Err((0, "jq-1.7\n".to_owned())),
            long if long.starts_with('-') => {
                let known = LONG
                    .iter()
                    .find(|(name, _)| Some(*name) == long.strip_prefix('-'));
                let Some((_, short)) = known else {
                    return Err(usage("Unknown arguments".to_owned()));
                };
                options.set(*short);
            }
            short => {
                for flag in short.chars() {
                    match flag {
                        'h' => return Err((0, USAGE.to_owned())),
                        'V' => return Err((0, "jq-1.7\n".to_owned())),
                        flag if LONG.iter().any(|(_, short)| *short == flag) => options.set(flag),
                        _ => return Err(usage("Unknown arguments".to_owned())),
                    }
                }
            }
        }
    }
    Ok(options)
}

/// Long options that take no value, and their short form.
const LONG: &[(&str, char)] = &[
    ("raw-output", 'r'),
    ("compact-output", 'c'),
    ("null-input", 'n'),
    ("slurp", 's'),
    ("raw-input", 'R'),
    ("exit-status", 'e'),
    ("sort-keys", 'S'),
    ("ascii-output", 'a'),
    ("join-output", 'j'),
    ("monochrome-output", 'M'),
    ("color-output", 'C'),
    ("unbuffered", 'u'),
];

impl Options {
    fn set(&mut self, flag: char) {
        match flag {
            'r' => self.raw = true,
            'j' => (self.raw, self.join) = (true, true),
            'c' => self.layout.indent = None,
            'n' => self.null_input = true,
            's' => self.slurp = true,
            'R' => self.raw_input = true,
            'e' => self.exit_status = true,
            'S' => self.layout.sorted = true,
            'a' => self.layout.ascii = true,
            _ => {}
        }
    }
}

fn json(text: &str) -> Option<Value> {
    let mut reader = Reader::new(text.as_bytes());
    let value = reader.next()?.ok()?;
    reader.next().is_none().then_some(value)
}
