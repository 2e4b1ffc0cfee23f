//! Help and usage, laid out as etcdctl lays them out: tab stops of eight.

use super::flags::{Flag, Kind};
use super::table::{self, Command};
use crate::mvcc::Release;

/// The help of a command, or of the root.
pub fn help(command: &Command, release: Release) -> String {
    let minor = release.minor;
    let indent = if minor >= 6 { "  " } else { "\t" };
    let is_root = command.path.is_empty();
    let below = subcommands(command, minor);
    let path = command.path.join(" ");
    let name = if is_root { "etcdctl" } else { &path };
    let mut out = format!(
        "NAME:\n{indent}{name} - {}\n\nUSAGE:\n{indent}",
        command.short
    );
    let words = ["etcdctl", &path, command.args, "[flags]"];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    out += &(words.join(" ") + "\n");
    if is_root {
        out += &format!("\nVERSION:\n{indent}{release}\n");
    }
    let examples = command.examples.iter();
    let examples: String = examples.map(|line| format!("{indent}{line}\n")).collect();
    if !below.is_empty() {
        out += &format!("\nAPI VERSION:\n{indent}{}.{minor}\n", release.major);
        if !examples.is_empty() {
            out += &format!("\nExamples:\n{examples}");
        }
        out += if minor >= 6 {
            "\nCOMMANDS:\n"
        } else {
            "\n\nCOMMANDS:\n"
        };
        let rows = below.iter().map(|row| {
            let from = command.path.len();
            let names = row.path.get(from..).unwrap_or_default();
            (format!("{indent}{}", names.join(" ")), row.short)
        });
        out += &columns(rows.collect());
    }
    if !command.long.is_empty() {
        out += "\nDESCRIPTION:\n";
        for line in command.long {
            out += &format!("{indent}{line}\n");
        }
    }
    let mut own: Vec<&Flag> = command.flags.iter().collect();
    let help = Flag {
        name: "help",
        short: Some('h'),
        kind: Kind::Bool,
        default: "false",
        help: "",
        minors: (4, 6),
    };
    let help_text = format!("help for {}", command.name());
    if is_root {
        own.extend(table::GLOBAL_FLAGS);
    }
    own.push(&help);
    out += "\nOPTIONS:\n";
    out += &flags(own, minor, &help_text);
    if !is_root {
        out += "\nGLOBAL OPTIONS:\n";
        let inherited = table::inherited_flags(command.path, minor);
        out += &flags(inherited.collect(), minor, "");
    }
    // The table is written on stdout with an empty line behind it.
    out + "\n"
}

/// Commands below a group, those of its groups included.
fn subcommands(command: &Command, minor: u8) -> Vec<&'static Command> {
    table::commands(minor)
        .filter(|row| row.path.len() > command.path.len() && row.path.starts_with(command.path))
        .filter(|row| row.run.is_some())
        .collect()
}

fn flags(mut flags: Vec<&Flag>, minor: u8, help_text: &str) -> String {
    flags.retain(|flag| flag.is_in(minor));
    flags.sort_by_key(|flag| flag.name);
    let rows = flags.into_iter().map(|flag| {
        let short = match flag.short {
            Some(short) => format!("  -{short}, "),
            None => " ".repeat(6),
        };
        let default = match flag.kind {
            Kind::Bool => format!("[={}]", flag.default),
            _ => format!("={}", flag.default),
        };
        let help = if flag.help.is_empty() {
            help_text
        } else {
            flag.help
        };
        (format!("{short}--{}{default}", flag.name), help)
    });
    columns(rows.collect())
}

/// Two columns with tabs between them, the second at a common tab stop.
fn columns(rows: Vec<(String, &str)>) -> String {
    const TAB: usize = 8;
    let width = |text: &str| text.trim_start_matches('\t').chars().count();
    let widest = rows.iter().map(|(left, _)| width(left)).max().unwrap_or(0);
    let stop = (widest + 1).next_multiple_of(TAB);
    let mut out = String::new();
    for (left, right) in &rows {
        let tabs = (stop - width(left)).div_ceil(TAB);
        out += &format!("{left}{}{right}\n", "\t".repeat(tabs));
    }
    out
}

/// Usage as cobra itself lays it out, which 3.4 shows for a bad request of a txn.
pub fn plain_usage(command: &Command, minor: u8) -> String {
    let help = format!("help for {}", command.name());
    let mut rows: Vec<(String, String)> = command
        .flags
        .iter()
        .filter(|flag| flag.is_in(minor))
        .map(|flag| {
            let kind = match flag.kind {
                Kind::Bool => "",
                Kind::Int => " int",
                Kind::Text | Kind::List => " string",
                Kind::Duration => " duration",
            };
            let default = match flag.default {
                "false" | "0" | "\"\"" => String::new(),
                other => format!(" (default {other})"),
            };
            (
                format!("      --{}{kind}", flag.name),
                format!("{}{default}", flag.help),
            )
        })
        .collect();
    rows.push(("  -h, --help".to_owned(), help));
    let name = |row: &(String, String)| {
        row.0
            .trim_start_matches(|c: char| c != '-')
            .trim_start_matches("-h, ")
            .to_owned()
    };
    rows.sort_by_key(name);
    let widest = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    let rows: String = rows
        .iter()
        .map(|(left, right)| format!("{left:<widest$}   {right}\n"))
        .collect();
    format!(
        "Usage:\n   {} {} [flags]\n\nFlags:\n{rows}\n",
        command.name(),
        command.args
    )
}
