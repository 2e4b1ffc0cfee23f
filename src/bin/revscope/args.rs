//! A command as a row of a table, and the words typed for it.

use std::fmt::Write as _;
use std::io::Write;

use super::{Failure, Outcome};

/// One command.
pub struct Command {
    /// The word that calls it.
    pub name: &'static str,
    /// Words that it must have.
    pub params: &'static [&'static str],
    /// Words that may follow those; the last one as often as wanted where it ends in `...`.
    pub optional: &'static [&'static str],
    /// Its options.
    pub options: &'static [Opt],
    /// What it prints.
    pub about: &'static str,
    /// Does it.
    pub run: fn(&Args, &mut dyn Write) -> Result<Outcome, Failure>,
}

/// One option of a command.
pub struct Opt {
    /// As typed, with its dashes.
    pub name: &'static str,
    /// Name of its value; `None` for a switch.
    pub value: Option<&'static str>,
    /// What it does.
    pub about: &'static str,
}

/// What was typed: the words, and the options with their values.
pub struct Args {
    words: Vec<String>,
    options: Vec<(&'static str, String)>,
}

impl Args {
    /// Sorts the words behind a command's name. `--option value` and `--option=value` are the
    /// same; behind `--` everything is a word.
    pub fn parse(command: &Command, typed: &[String]) -> Result<Self, Failure> {
        let usage =
            |message: String| Failure::Usage(format!("{message}\n\n{}", command.help().trim_end()));
        let mut args = Self {
            words: Vec::new(),
            options: Vec::new(),
        };
        let mut typed = typed.iter();
        while let Some(word) = typed.next() {
            if word == "--" {
                args.words.extend(typed.by_ref().cloned());
                break;
            }
            if !word.starts_with('-') || word == "-" {
                args.words.push(word.clone());
                continue;
            }
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let option = command
                .options
                .iter()
                .find(|option| option.name == name)
                .ok_or_else(|| usage(format!("{} has no option {name}", command.name)))?;
            let value = match (option.value, inline) {
                (None, None) => String::new(),
                (None, Some(_)) => return Err(usage(format!("option {name} takes no value"))),
                (Some(_), Some(value)) => value,
                (Some(value), None) => typed
                    .next()
                    .cloned()
                    .ok_or_else(|| usage(format!("option {name} wants a value: {value}")))?,
            };
            args.options.push((option.name, value));
        }
        let (least, most) = (
            command.params.len(),
            command.params.len() + command.optional.len(),
        );
        if let Some(missing) = command.params.get(args.words.len()) {
            return Err(usage(format!("{} wants a {missing}", command.name)));
        }
        debug_assert!(args.words.len() >= least);
        let has_end = command
            .optional
            .last()
            .is_none_or(|last| !last.ends_with("..."));
        if let Some(extra) = args.words.get(most)
            && has_end
        {
            return Err(usage(format!("{extra:?} is one word too many")));
        }
        Ok(args)
    }

    /// A word by its place; empty if it was not typed.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// All words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The last value of an option; empty for a switch, `None` if it was not typed.
    pub fn option(&self, name: &str) -> Option<&str> {
        let typed = self.options.iter().rev().find(|(typed, _)| *typed == name);
        typed.map(|(_, value)| value.as_str())
    }
}

impl Command {
    fn usage(&self) -> String {
        let mut line = format!("revscope {}", self.name);
        for param in self.params {
            line.push(' ');
            line.push_str(param);
        }
        for param in self.optional {
            let _ = write!(line, " [{param}]");
        }
        for option in self.options {
            let _ = match option.value {
                Some(value) => write!(line, " [{} {value}]", option.name),
                None => write!(line, " [{}]", option.name),
            };
        }
        line
    }

    /// Usage, purpose and options.
    pub fn help(&self) -> String {
        let mut text = format!("usage: {}\n\nPrints {}.\n", self.usage(), self.about);
        for option in self.options {
            let name = format!("{} {}", option.name, option.value.unwrap_or_default());
            let _ = write!(text, "\n  {name:<16}  {}", option.about);
        }
        if !self.options.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// The help of all commands.
pub fn help(commands: &[Command]) -> String {
    let mut text = "usage: revscope COMMAND ...\n\nReads etcd's history from a db file or a \
                    snapshot. The file is opened read-only.\n"
        .to_owned();
    for command in commands {
        let _ = write!(text, "\n  {}\n      {}\n", command.usage(), command.about);
    }
    text.push_str("\nExit codes: 0 fine, 1 problems found, 2 usage.\n");
    text
}
