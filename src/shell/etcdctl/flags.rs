//! Flags as cobra reads them: `--name value`, `--name=value`, `-wjson`, in any place before `--`.

use std::collections::BTreeMap;

use crate::shell::go;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or `=true` / `=false`.
    Bool,
    /// A 64-bit number.
    Int,
    /// Any text.
    Text,
    /// A time such as `5s`.
    Duration,
    /// Texts with commas between them.
    List,
}

/// A row of a command's flags.
pub struct Flag {
    /// Name, without dashes.
    pub name: &'static str,
    /// One letter for it.
    pub short: Option<char>,
    /// What it takes.
    pub kind: Kind,
    /// Default, as help shows it.
    pub default: &'static str,
    /// One line on what it does.
    pub help: &'static str,
    /// Minors of etcd 3 that have it.
    pub minors: (u8, u8),
}

/// A flag without a short form.
pub const fn flag(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    help: &'static str,
) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default,
        help,
        minors: (4, 6),
    }
}

impl Flag {
    /// The same with a one-letter form.
    pub const fn short(self, short: char) -> Self {
        Self {
            short: Some(short),
            ..self
        }
    }

    /// The same, from a later minor on.
    pub const fn since(self, minor: u8) -> Self {
        Self {
            minors: (minor, self.minors.1),
            ..self
        }
    }

    /// The same, up to an earlier minor.
    pub const fn until(self, minor: u8) -> Self {
        Self {
            minors: (self.minors.0, minor),
            ..self
        }
    }

    /// Whether a minor release has it.
    pub fn is_in(&self, minor: u8) -> bool {
        (self.minors.0..=self.minors.1).contains(&minor)
    }

    fn check(&self, value: &[u8]) -> Result<(), String> {
        let wrong = match self.kind {
            Kind::Bool => go::parse_bool(value).err(),
            Kind::Int => go::parse_int(value, 10).err(),
            Kind::Duration => check_duration(value).err(),
            Kind::Text | Kind::List => None,
        };
        let Some(wrong) = wrong else { return Ok(()) };
        let name = match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        };
        let value = go::quote(value);
        Err(format!(
            "invalid argument {value} for \"{name}\" flag: {wrong}"
        ))
    }
}

/// Nearly Go's `time.ParseDuration`: numbers with units.
fn check_duration(value: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(value);
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match (unit, unit.len() < text.len()) {
        ("ns" | "us" | "ms" | "s" | "m" | "h", true) => Ok(()),
        _ if text == "0" => Ok(()),
        ("", true) => Err(format!(
            "time: missing unit in duration {}",
            go::quote(value)
        )),
        _ => Err(format!("time: invalid duration {}", go::quote(value))),
    }
}

/// What was typed behind a command's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Arguments that are no flags.
    pub args: Vec<Vec<u8>>,
    /// How many of them stood before `--`; all without one.
    pub before_dashes: usize,
    /// `-h` or `--help` was given.
    pub help: bool,
    values: BTreeMap<&'static str, Vec<u8>>,
}

impl Parsed {
    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.values
            .get(name)
            .is_some_and(|value| go::parse_bool(value) == Ok(true))
    }

    /// A number, 0 where it was not given.
    pub fn number(&self, name: &str) -> i64 {
        self.values
            .get(name)
            .and_then(|value| go::parse_int(value, 10).ok())
            .unwrap_or(0)
    }

    /// A text, if it was given.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// Sets a flag that was not given, as from the environment.
    pub fn set_default(&mut self, flag: &'static Flag, value: &[u8]) -> Result<(), String> {
        if !self.values.contains_key(flag.name) {
            flag.check(value)?;
            self.values.insert(flag.name, value.to_vec());
        }
        Ok(())
    }
}

/// Reads arguments against a list of flags.
///
/// # Errors
/// What cobra prints behind `Error: `.
pub fn parse(args: &[Vec<u8>], flags: &[&'static Flag]) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut rest = args.iter();
    let mut dashes = None;
    while let Some(arg) = rest.next() {
        if arg == b"--" {
            dashes = Some(parsed.args.len());
            parsed.args.extend(rest.cloned());
            break;
        } else if let Some(long) = arg.strip_prefix(b"--") {
            parse_long(&mut parsed, long, &mut rest, flags)?;
        } else if arg.len() > 1 && arg.starts_with(b"-") {
            parse_short(
                &mut parsed,
                arg.get(1..).unwrap_or_default(),
                &mut rest,
                flags,
            )?;
        } else {
            parsed.args.push(arg.clone());
        }
    }
    parsed.before_dashes = dashes.unwrap_or(parsed.args.len());
    Ok(parsed)
}

type Rest<'a> = std::slice::Iter<'a, Vec<u8>>;

fn parse_long(
    parsed: &mut Parsed,
    long: &[u8],
    rest: &mut Rest<'_>,
    flags: &[&'static Flag],
) -> Result<(), String> {
    let (name, value) = match long.iter().position(|byte| *byte == b'=') {
        Some(at) => (long.get(..at), long.get(at + 1..)),
        None => (Some(long), None),
    };
    let name = String::from_utf8_lossy(name.unwrap_or_default());
    if name.is_empty() || name.starts_with('-') {
        return Err(format!(
            "bad flag syntax: --{}",
            String::from_utf8_lossy(long)
        ));
    }
    let Some(flag) = flags.iter().find(|flag| flag.name == name) else {
        if name == "help" {
            parsed.help = true;
            return Ok(());
        }
        return Err(format!("unknown flag: --{name}"));
    };
    let value = match (value, flag.kind) {
        (Some(value), _) => value,
        (None, Kind::Bool) => b"true",
        (None, _) => rest
            .next()
            .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    flag.check(value)?;
    parsed.values.insert(flag.name, value.to_vec());
    Ok(())
}

fn parse_short(
    parsed: &mut Parsed,
    letters: &[u8],
    rest: &mut Rest<'_>,
    flags: &[&'static Flag],
) -> Result<(), String> {
    let all = String::from_utf8_lossy(letters);
    let mut letters = letters;
    while let Some((&letter, after)) = letters.split_first() {
        let letter = char::from(letter);
        let Some(flag) = flags.iter().find(|flag| flag.short == Some(letter)) else {
            if letter == 'h' {
                parsed.help = true;
                return Ok(());
            }
            return Err(format!("unknown shorthand flag: '{letter}' in -{all}"));
        };
        let value = match (after, flag.kind) {
            ([b'=', value @ ..], _) => value,
            (_, Kind::Bool) => {
                parsed.values.insert(flag.name, b"true".to_vec());
                letters = after;
                continue;
            }
            ([], _) => rest
                .next()
                .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{all}"))?,
            (value, _) => value,
        };
        flag.check(value)?;
        parsed.values.insert(flag.name, value.to_vec());
        return Ok(());
    }
    Ok(())
}

/// The position of the first argument that is neither a flag nor a flag's value.
pub fn first_word(args: &[Vec<u8>], flags: &[&'static Flag]) -> Option<usize> {
    let mut skip = false;
    for (position, arg) in args.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if arg == b"--" {
            return None;
        }
        let known = |test: &dyn Fn(&Flag) -> bool| {
            let found = flags.iter().find(|flag| test(flag));
            found.is_some_and(|flag| flag.kind == Kind::Bool)
        };
        if let Some(long) = arg.strip_prefix(b"--") {
            skip = !long.contains(&b'=') && !known(&|flag| flag.name.as_bytes() == long);
        } else if let Some([letter]) = arg.strip_prefix(b"-") {
            let letter = char::from(*letter);
            skip = letter != 'h' && !known(&|flag| flag.short == Some(letter));
        } else if !arg.starts_with(b"-") && !arg.is_empty() {
            return Some(position);
        }
    }
    None
}
