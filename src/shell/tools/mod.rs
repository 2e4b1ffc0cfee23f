//! The programs around etcd that a line may call: a table, and a file for each family.
//!
//! Each reads its words, its input and the files of the tab, and prints; none knows the grammar.
//! Options beyond those that the help names are refused, not ignored.

mod awk;
mod bbolt;
mod dump;
mod expr;
mod files;
mod grep;
mod jq;
mod member;
mod pattern;
mod sed;
mod small;
mod talk;
mod text;
mod tr;

use super::exec::Input;
use super::pipes::Streams;
use super::redirect::file_name;
use super::{Output, Shell, kubectl};

/// Runs a program; answers its exit code.
pub(super) type Run = fn(&mut Tool<'_>, &[Vec<u8>], &mut Output) -> i32;

/// A row: a program's name, one line on it, how it treats a stream, and how it runs.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    streams: Streams,
    run: Run,
}

const fn row(name: &'static str, help: &'static str, streams: Streams, run: Run) -> Row {
    Row {
        name,
        help,
        streams,
        run,
    }
}

use Streams::{Counts, Pieces, Waits};

/// All of them: what looks at etcd first, then the rest by name.
pub(super) const TOOLS: &[Row] = &[
    row("etcd-dump-db", dump::HELP, Waits, dump::run),
    row("bbolt", bbolt::HELP, Waits, bbolt::run),
    row("jq", jq::HELP, Pieces, jq::run),
    row("kubectl", kubectl::HELP, Waits, kubectl::run),
    row("[", "compare: [ A = B ]", Waits, expr::bracket),
    row(
        "awk",
        "print columns: awk [-F X] '/RE/ {print $1}'",
        Waits,
        awk::run,
    ),
    row(
        "base64",
        "write bytes as text: base64 [-d] [-w N]",
        Waits,
        small::base64,
    ),
    row("bash", "run a line: bash -c LINE", Waits, small::bash),
    row(
        "cat",
        "print files or standard input: cat [-n]",
        Pieces,
        text::cat,
    ),
    row("cp", "copy a file of the tab", Waits, files::cp),
    row(
        "cut",
        "print parts of lines: cut -d X -f N, cut -c N-M",
        Pieces,
        text::cut,
    ),
    row("echo", "print words: echo [-n] [-e]", Waits, small::echo),
    row(
        "env",
        "print the variables that commands see",
        Waits,
        small::env,
    ),
    row("expr", "calculate: expr 1 + 2", Waits, expr::expr),
    row(
        "grep",
        "print lines that match: grep [-E] [-F] [-v] [-i] [-c] [-n] [-o] [-q]",
        Pieces,
        grep::run,
    ),
    row(
        "head",
        "print the first lines: head [-n N] [-c N]",
        Counts,
        text::head,
    ),
    row("hexdump", "print bytes: hexdump -C", Waits, small::hexdump),
    row("ls", "list the files of the tab", Waits, files::ls),
    row("mv", "rename a file of the tab", Waits, files::mv),
    row(
        "printf",
        "print by a format: printf '%s\\n' A",
        Waits,
        small::printf,
    ),
    row("rev", "print lines backwards", Pieces, text::rev),
    row("rm", "remove a file of the tab", Waits, files::rm),
    row(
        "sed",
        "change lines: sed [-n] [-E] s/A/B/[g] | Np | Nd | /A/p | /A/d",
        Counts,
        sed::run,
    ),
    row(
        "seq",
        "print numbers: seq [FROM [STEP]] TO",
        Waits,
        small::seq,
    ),
    row("sh", "run a line: sh -c LINE", Waits, small::bash),
    row(
        "sort",
        "sort lines: sort [-r] [-n] [-u] [-k N] [-t X]",
        Waits,
        text::sort,
    ),
    row("tac", "print lines, the last first", Waits, text::tac),
    row(
        "tail",
        "print the last lines: tail [-n N] [-c N]",
        Waits,
        text::tail,
    ),
    row(
        "tee",
        "print, and write to files: tee [-a] FILE",
        Pieces,
        files::tee,
    ),
    row("test", "compare: test A = B", Waits, expr::test),
    row(
        "touch",
        "make an empty file of the tab",
        Waits,
        files::touch,
    ),
    row("tr", "change characters: tr [-d] [-s] A B", Pieces, tr::run),
    row(
        "uniq",
        "print lines once: uniq [-c] [-d] [-u]",
        Counts,
        text::uniq,
    ),
    row("wc", "count: wc [-l] [-w] [-c]", Waits, text::wc),
    row(
        "xargs",
        "run a command with words from input: xargs [-n N] [-I X] CMD",
        Waits,
        small::xargs,
    ),
    row("apt", talk::APT, Waits, talk::apt),
    row("apt-get", talk::APT, Waits, talk::apt),
    row("chmod", talk::CHMOD, Waits, talk::chmod),
    row("curl", talk::CURL, Waits, talk::curl),
    row("docker", talk::DOCKER, Waits, talk::docker),
    row("etcd", talk::ETCD, Waits, talk::etcd),
    row("git", talk::GIT, Waits, talk::git),
    row("go", talk::GO, Waits, talk::go),
    row("kind", talk::KIND, Waits, talk::kind),
    row("wget", talk::CURL, Waits, talk::curl),
];

/// What a program sees of the shell.
pub(super) struct Tool<'a> {
    pub(super) shell: &'a mut Shell,
    pub(super) input: &'a mut Input,
}

impl Tool<'_> {
    /// A file of the tab.
    pub(super) fn file(&self, name: &[u8]) -> Option<&[u8]> {
        self.shell.session.files.get(&file_name(name))
    }

    /// The variables that commands see.
    pub(super) fn exported(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let variables = self
            .shell
            .variables
            .iter()
            .filter(|(_, variable)| variable.exported);
        variables.map(|(name, variable)| (name.as_str(), variable.value.as_slice()))
    }

    /// The bytes of the files one after the other, or of standard input where none is named; and
    /// whether one is missing, which is said as `missing` has it.
    pub(super) fn read_all(
        &mut self,
        names: &[Vec<u8>],
        out: &mut Output,
        missing: impl Fn(&str) -> String,
    ) -> (Vec<u8>, bool) {
        if names.is_empty() {
            return (self.input.take(), false);
        }
        let mut all = Vec::new();
        let mut is_missing = false;
        for name in names {
            if name == b"-" {
                all.extend(self.input.take());
                continue;
            }
            match self.file(name) {
                Some(bytes) => all.extend_from_slice(bytes),
                None => {
                    let text = missing(&String::from_utf8_lossy(name));
                    out.stderr.extend(text.bytes());
                    is_missing = true;
                }
            }
            if all.len() > super::MAX_OUTPUT_BYTES {
                break;
            }
        }
        (all, is_missing)
    }
}

/// The words of a command as text.
pub(super) struct Words<'a>(std::slice::Iter<'a, Vec<u8>>);

impl<'a> Words<'a> {
    pub(super) fn new(words: &'a [Vec<u8>]) -> Self {
        Self(words.iter())
    }
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.0
            .next()
            .map(|word| String::from_utf8_lossy(word).into_owned())
    }
}

/// A command's options and its other words, read as getopt does: `-n 3`, `-n3`, `-rn`, `--`.
pub(super) struct Options {
    flags: Vec<(char, Option<String>)>,
    /// The other words.
    pub(super) words: Vec<Vec<u8>>,
}

impl Options {
    /// Reads words; `spec` names the options, with `:` behind those that take a value. An error is
    /// one line without the command's name.
    pub(super) fn parse(args: &[Vec<u8>], spec: &str) -> Result<Self, String> {
        let mut options = Self {
            flags: Vec::new(),
            words: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let text = String::from_utf8_lossy(arg);
            if text == "--" {
                options.words.extend(args.cloned());
                break;
            }
            let Some(flags) = text.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                options.words.push(arg.clone());
                continue;
            };
            if flags.starts_with('-') {
                return Err(format!("unrecognized option '{text}'"));
            }
            let mut rest = flags.chars();
            while let Some(flag) = rest.next() {
                let takes_value = match spec.split_once(flag) {
                    Some((_, behind)) if flag != ':' => behind.starts_with(':'),
                    _ => return Err(format!("invalid option -- '{flag}'")),
                };
                let value = match (takes_value, rest.as_str()) {
                    (false, _) => None,
                    (true, "") => {
                        let next = args
                            .next()
                            .map(|arg| String::from_utf8_lossy(arg).into_owned());
                        Some(
                            next.ok_or_else(|| format!("option requires an argument -- '{flag}'"))?,
                        )
                    }
                    (true, value) => Some(value.to_owned()),
                };
                let is_value = value.is_some();
                options.flags.push((flag, value));
                if is_value {
                    break;
                }
            }
        }
        Ok(options)
    }

    /// Whether a flag was given.
    pub(super) fn has(&self, flag: char) -> bool {
        self.flags.iter().any(|(given, _)| *given == flag)
    }

    /// The last value of a flag.
    pub(super) fn value(&self, flag: char) -> Option<&str> {
        let mut given = self.flags.iter().rev();
        given.find(|(given, _)| *given == flag)?.1.as_deref()
    }

    /// All values of a flag.
    pub(super) fn values(&self, flag: char) -> impl Iterator<Item = &str> {
        let given = self.flags.iter().filter(move |(given, _)| *given == flag);
        given.filter_map(|(_, value)| value.as_deref())
    }
}

/// Says that something is wrong; answers the exit code.
pub(super) fn complain(out: &mut Output, exit: i32, text: impl AsRef<str>) -> i32 {
    out.stderr.extend(text.as_ref().bytes());
    out.stderr.push(b'\n');
    exit
}

/// The lines of some bytes, each with its end where it has one.
pub(super) fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// The program of a name.
pub(super) fn find(name: &str) -> Option<&'static Row> {
    TOOLS.iter().find(|row| row.name == name)
}

impl Row {
    /// Runs the program; answers its exit code.
    pub(super) fn run(
        &self,
        shell: &mut Shell,
        args: &[Vec<u8>],
        input: &mut Input,
        out: &mut Output,
    ) -> i32 {
        (self.run)(&mut Tool { shell, input }, args, out)
    }
}

/// How a command, as typed, treats a stream.
pub(super) fn streams<'a>(name: &str, mut words: impl Iterator<Item = &'a str>) -> Streams {
    let name = name.rsplit('/').next().unwrap_or_default();
    let waits = |word: &str| match name {
        "jq" => {
            word == "--slurp"
                || word.starts_with('-') && !word.starts_with("--") && word.contains(['s', 'n'])
        }
        "grep" => word.starts_with('-') && word.contains('c'),
        _ => false,
    };
    let Some(row) = TOOLS.iter().find(|row| row.name == name) else {
        return Counts;
    };
    match words.any(waits) {
        true => Waits,
        false => row.streams,
    }
}
