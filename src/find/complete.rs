//! What may stand at the cursor of a search box.

use std::ops::Range;

use super::lex::{Op, Token, What, lex};
use super::terms::{self, TERMS, Takes, Term};

/// Rows that a list under a search box has at most.
const MOST: usize = 40;

/// Names that a file has, for completion; each list in the order in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Plurals of kinds, with their groups or without.
    pub kinds: Vec<String>,
    /// Namespaces.
    pub namespaces: Vec<String>,
    /// Beginnings of keys.
    pub prefixes: Vec<String>,
}

/// A word that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole term, to be put in place of the range.
    pub text: String,
    /// What it finds.
    pub about: String,
}

/// The word at the cursor, in bytes of the text, and what may be put in its place. Names that
/// begin as what is typed come before those that hold it.
pub fn complete(text: &str, cursor: usize, names: &Names) -> (Range<usize>, Vec<Completion>) {
    let cursor = cursor.min(text.len());
    let tokens = lex(text, &terms::is_name);
    let is_here = |token: &&Token| {
        token.at.start < cursor && cursor <= token.at.end && matches!(token.what, What::Word(_))
    };
    let Some(token) = tokens.iter().find(is_here) else {
        return (cursor..cursor, all_names("", true));
    };
    let What::Word(word) = &token.what else {
        return (cursor..cursor, Vec::new());
    };
    let is_typed_value = word.head.is_some() && cursor >= word.value_at.start;
    let list = match &word.head {
        Some((name, Op::Is)) if is_typed_value => match terms::find(name) {
            Some(term) => values(term, &before(text, &word.value_at, cursor), names),
            None => Vec::new(),
        },
        Some(_) if is_typed_value => Vec::new(),
        _ if word.is_quoted => Vec::new(),
        _ => {
            let typed = text.get(token.at.start..cursor).unwrap_or_default();
            let joins = tokens.first() != Some(token);
            all_names(typed, joins)
        }
    };
    (token.at.clone(), list)
}

/// What of a value stands before the cursor, without its quote.
fn before(text: &str, value_at: &Range<usize>, cursor: usize) -> String {
    let typed = text.get(value_at.start..cursor).unwrap_or_default();
    typed.trim_matches('"').to_owned()
}

/// Terms whose names begin as what is typed, and the words between terms.
fn all_names(typed: &str, joins: bool) -> Vec<Completion> {
    let typed = typed.to_ascii_lowercase();
    let mut list: Vec<Completion> = Vec::new();
    for term in TERMS {
        let mut names = std::iter::once(&term.name).chain(term.also);
        if let Some(name) = names.find(|name| name.starts_with(&typed)) {
            list.push(Completion {
                text: format!("{name}:"),
                about: term.about.to_owned(),
            });
        }
    }
    let joints = [
        ("or", "one of what stands around it", joins),
        ("not", "what the next term does not find", true),
    ];
    for (name, about, fits) in joints {
        if fits && name.starts_with(&typed) {
            list.push(Completion {
                text: name.to_owned(),
                about: about.to_owned(),
            });
        }
    }
    list
}

/// Values that a term may have.
fn values(term: &Term, typed: &str, names: &Names) -> Vec<Completion> {
    let listed: &[String] = match term.takes {
        Takes::Kind => &names.kinds,
        Takes::Namespace => &names.namespaces,
        Takes::Prefix | Takes::Key => &names.prefixes,
        _ => &[],
    };
    let mut all: Vec<(&str, &str)> = terms::choices(term.takes).collect();
    all.extend(listed.iter().map(|name| (name.as_str(), term.about)));
    let typed = typed.to_lowercase();
    let fit = |begins: bool| {
        let fits = |name: &str| {
            let name = name.to_lowercase();
            match begins {
                true => name.starts_with(&typed),
                false => name.contains(&typed) && !name.starts_with(&typed),
            }
        };
        let all = all.iter();
        all.filter(move |(name, _)| fits(name))
            .take(MOST)
            .collect::<Vec<_>>()
    };
    let (first, then) = (fit(true), fit(false));
    let list = first.into_iter().chain(then).take(MOST);
    list.map(|(name, about)| Completion {
        text: format!("{}:{}", term.name, as_value(name)),
        about: (*about).to_owned(),
    })
    .collect()
}

/// A name as it is written in a query.
fn as_value(name: &str) -> String {
    let is_plain = !name
        .contains(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | '\\'))
        && !name.starts_with('\'');
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
