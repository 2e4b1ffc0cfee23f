//! `sed`: `s`, `p`, `d`, `q` and `y`, each for all lines, for numbers, patterns and ranges of them.

use regex_lite::Regex;

use super::{Options, Tool, bare, complain, lines, pattern};
use crate::shell::Output;

enum Address {
    Line(u64),
    Last,
    Match(Regex),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    is_negated: bool,
    action: Action,
    /// Inside its range.
    is_open: bool,
}

enum Action {
    Substitute {
        regex: Regex,
        by: String,
        all: bool,
        nth: usize,
        print: bool,
    },
    Translate(Vec<char>, Vec<char>),
    Print,
    Delete,
    Quit,
}

/// `sed [-n] [-E] [-e SCRIPT] SCRIPT [FILE...]`.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "nErue:") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("sed: {why}")),
    };
    let mut words = options.words.clone();
    let mut scripts: Vec<String> = options.values('e').map(str::to_owned).collect();
    if scripts.is_empty() {
        if words.is_empty() {
            return complain(
                out,
                1,
                "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...",
            );
        }
        scripts.push(String::from_utf8_lossy(&words.remove(0)).into_owned());
    }
    let extended = options.has('E') || options.has('r');
    let mut commands = Vec::new();
    for script in &scripts {
        let mut parser = Parser {
            text: script.chars().collect(),
            at: 0,
            extended,
        };
        loop {
            match parser.command() {
                Ok(Some(command)) => commands.push(command),
                Ok(None) => break,
                Err(why) => {
                    let at = parser.at;
                    return complain(out, 1, format!("sed: -e expression #1, char {at}: {why}"));
                }
            }
        }
    }
    let (bytes, is_missing) = tool.read_all(&words, out, |name| {
        format!("sed: can't read {name}: No such file or directory\n")
    });
    let all: Vec<&[u8]> = lines(&bytes).collect();
    for (at, whole) in all.iter().enumerate() {
        let line = bare(whole);
        let end: &[u8] = if line.len() < whole.len() { b"\n" } else { b"" };
        let mut text = String::from_utf8_lossy(line).into_owned();
        let number = at as u64 + 1;
        let (mut kept, mut quits) = (true, false);
        for command in &mut commands {
            if !command.applies(number, at + 1 == all.len(), &text) {
                continue;
            }
            match &command.action {
                Action::Delete => {
                    kept = false;
                    break;
                }
                Action::Quit => {
                    quits = true;
                    break;
                }
                Action::Print => print(out, &text, end),
                Action::Translate(from, to) => {
                    let change = |char: char| {
                        let at = from.iter().position(|one| *one == char);
                        at.and_then(|at| to.get(at)).copied().unwrap_or(char)
                    };
                    text = text.chars().map(change).collect();
                }
                Action::Substitute {
                    regex,
                    by,
                    all,
                    nth,
                    print: shows,
                } => {
                    if let Some(changed) = substitute(&text, regex, by, *all, *nth) {
                        text = changed;
                        if *shows {
                            print(out, &text, end);
                        }
                    }
                }
            }
        }
        if kept && !options.has('n') {
            print(out, &text, end);
        }
        if quits || out.stdout.len() > crate::shell::MAX_OUTPUT_BYTES {
            break;
        }
    }
    if is_missing { 2 } else { 0 }
}

fn print(out: &mut Output, text: &str, end: &[u8]) {
    out.stdout.extend(text.bytes());
    out.stdout.extend(end);
}

fn substitute(text: &str, regex: &Regex, by: &str, all: bool, nth: usize) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let mut changed = false;
    for (at, found) in regex.captures_iter(text).enumerate() {
        let Some(whole) = found.get(0).filter(|_| at + 1 >= nth) else {
            continue;
        };
        changed = true;
        out.push_str(text.get(from..whole.start()).unwrap_or_default());
        let mut chars = by.chars();
        while let Some(char) = chars.next() {
            match char {
                '&' => out.push_str(whole.as_str()),
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some(digit @ '0'..='9') => {
                        let group = digit.to_digit(10).and_then(|at| found.get(at as usize));
                        out.push_str(group.map_or("", |group| group.as_str()));
                    }
                    Some(other) => out.push(other),
                    None => {}
                },
                other => out.push(other),
            }
        }
        from = whole.end();
        if !all || out.len() > crate::shell::MAX_OUTPUT_BYTES {
            break;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    changed.then_some(out)
}

impl Address {
    fn is(&self, number: u64, is_last: bool, text: &str) -> bool {
        match self {
            Self::Line(line) => *line == number,
            Self::Last => is_last,
            Self::Match(regex) => regex.is_match(text),
        }
    }
}

impl Command {
    fn applies(&mut self, number: u64, is_last: bool, text: &str) -> bool {
        let fits = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => from.is(number, is_last, text),
            (Some(from), Some(to)) => {
                if self.is_open {
                    self.is_open = match to {
                        Address::Line(line) => number < *line,
                        other => !other.is(number, is_last, text),
                    };
                    true
                } else if from.is(number, is_last, text) {
                    self.is_open = !matches!(to, Address::Line(line) if *line <= number);
                    true
                } else {
                    false
                }
            }
        };
        fits != self.is_negated
    }
}

struct Parser {
    text: Vec<char>,
    at: usize,
    extended: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        Some(char)
    }

    fn skip(&mut self, what: &[char]) {
        while self.peek().is_some_and(|char| what.contains(&char)) {
            self.at += 1;
        }
    }

    fn command(&mut self) -> Result<Option<Command>, String> {
        self.skip(&[' ', ';', '\n', '\t']);
        if self.peek().is_none() {
            return Ok(None);
        }
        let from = self.address()?;
        let to = match (&from, self.peek()) {
            (Some(_), Some(',')) => {
                self.at += 1;
                Some(self.address()?.ok_or("unexpected `,'")?)
            }
            _ => None,
        };
        self.skip(&[' ']);
        let is_negated = self.peek() == Some('!');
        if is_negated {
            self.at += 1;
        }
        let action = match self.bump() {
            None => return Err("missing command".to_owned()),
            Some('p') => Action::Print,
            Some('d') => Action::Delete,
            Some('q') => Action::Quit,
            Some('s') => self.substitution()?,
            Some('y') => {
                let mark = self.bump().ok_or("unterminated `y' command")?;
                let from = self.until(mark).ok_or("unterminated `y' command")?;
                let to = self.until(mark).ok_or("unterminated `y' command")?;
                let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".to_owned());
                }
                Action::Translate(from, to)
            }
            Some(other) => return Err(format!("unknown command: `{other}'")),
        };
        self.skip(&[' ']);
        match self.peek() {
            None | Some(';' | '\n') => {}
            Some(_) => return Err("extra characters after command".to_owned()),
        }
        Ok(Some(Command {
            from,
            to,
            is_negated,
            action,
            is_open: false,
        }))
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.peek() {
            Some('0'..='9') => {
                let mut digits = String::new();
                while let Some(char) = self.peek().filter(char::is_ascii_digit) {
                    digits.push(char);
                    self.at += 1;
                }
                let line = digits
                    .parse()
                    .map_err(|_| "invalid line number".to_owned())?;
                Ok(Some(Address::Line(line)))
            }
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.at += 1;
                let text = self.until('/').ok_or("unterminated address regex")?;
                pattern::compile(&text, self.extended, false, false)
                    .map(|regex| Some(Address::Match(regex)))
            }
            _ => Ok(None),
        }
    }

    fn substitution(&mut self) -> Result<Action, String> {
        let mark = self.bump().ok_or("unterminated `s' command")?;
        let text = self.until(mark).ok_or("unterminated `s' command")?;
        let by = self.until(mark).ok_or("unterminated `s' command")?;
        let (mut all, mut print, mut any_case, mut nth) = (false, false, false, 1);
        loop {
            match self.peek() {
                Some('g') => all = true,
                Some('p') => print = true,
                Some('i' | 'I') => any_case = true,
                Some(digit @ '1'..='9') => nth = digit.to_digit(10).unwrap_or(1) as usize,
                None | Some(';' | '\n' | ' ') => break,
                Some(_) => return Err("unknown option to `s'".to_owned()),
            }
            self.at += 1;
        }
        let regex = pattern::compile(&text, self.extended, false, any_case)?;
        Ok(Action::Substitute {
            regex,
            by,
            all,
            nth,
            print,
        })
    }

    /// Text up to a mark; a backslash before the mark makes it a part.
    fn until(&mut self, mark: char) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.bump()? {
                char if char == mark => return Some(out),
                '\\' => match self.bump()? {
                    char if char == mark => out.push(char),
                    char => out.extend(['\\', char]),
                },
                char => out.push(char),
            }
        }
    }
}
