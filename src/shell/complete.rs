//! What can be typed next, read from the same tables as parsing and help.

use super::builtins::BUILTINS;
use super::etcdctl::flags::Flag;
use super::etcdctl::table::{self, GLOBAL_FLAGS};
use super::tools::TOOLS;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub text: String,
    /// One line on what it does.
    pub help: &'static str,
}

/// Candidates for the word that ends at `cursor`.
pub(super) fn complete(line: &str, cursor: usize, minor: u8) -> Vec<Candidate> {
    let mut cursor = cursor.min(line.len());
    while !line.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let before = line.get(..cursor).unwrap_or_default();
    // Only the command at the cursor counts, not those before it on the line.
    let command = before
        .rsplit(['|', ';', '&', '('])
        .next()
        .unwrap_or_default();
    let mut words: Vec<&str> = command.split_whitespace().collect();
    let word = match command.ends_with(char::is_whitespace) || words.is_empty() {
        true => "",
        false => words.pop().unwrap_or_default(),
    };
    let Some((first, rest)) = words.split_first() else {
        let tools = [
            ("etcdctl", "talk to etcd"),
            ("etcdutl", super::etcdutl::HELP),
        ];
        let others = TOOLS.iter().map(|row| (row.name, row.help));
        let builtins = BUILTINS.iter().map(|row| (row.name, row.help));
        return candidates(tools.into_iter().chain(others).chain(builtins), word);
    };
    match first.rsplit('/').next() {
        Some("etcdctl") => etcdctl(rest, word, minor),
        Some("etcd-dump-db") => candidates(
            [
                ("iterate-bucket", "print the rows of a bucket"),
                ("list-bucket", "print the names of the buckets"),
                ("--decode", "decode rows"),
            ],
            word,
        ),
        _ => Vec::new(),
    }
}

fn etcdctl(words: &[&str], word: &str, minor: u8) -> Vec<Candidate> {
    let mut command = &table::ROOT;
    for typed in words {
        if let Some(found) = table::find(command.path, typed.as_bytes(), minor) {
            command = found;
        }
    }
    if word.starts_with('-') {
        let flags = command.flags.iter().chain(GLOBAL_FLAGS);
        return flags
            .filter(|flag| flag.is_in(minor))
            .map(|flag: &Flag| Candidate {
                text: format!("--{}", flag.name),
                help: flag.help,
            })
            .filter(|candidate| candidate.text.starts_with(word))
            .collect();
    }
    if matches!(words.last(), Some(&("-w" | "--write-out"))) {
        let formats = [
            ("fields", "one line a field"),
            ("json", "JSON"),
            ("protobuf", "raw bytes"),
            ("simple", "plain lines"),
            ("table", "a table, for endpoints and members"),
        ];
        return candidates(formats, word);
    }
    let below = table::below(command.path, minor).map(|row| (row.name(), row.short));
    candidates(below, word)
}

fn candidates(
    all: impl IntoIterator<Item = (&'static str, &'static str)>,
    word: &str,
) -> Vec<Candidate> {
    all.into_iter()
        .filter(|(text, _)| text.starts_with(word))
        .map(|(text, help)| Candidate {
            text: text.to_owned(),
            help,
        })
        .collect()
}
