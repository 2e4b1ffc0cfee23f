//! Patterns of file names and of `case`: `*`, `?`, `[a-z]`; a backslash takes the meaning away.

use regex_lite::{Regex, RegexBuilder};

/// Whether text has anything in it that a pattern gives a meaning to.
pub(super) fn is_pattern(text: &str) -> bool {
    let mut escaped = false;
    text.chars().any(|char| {
        let special = !escaped && matches!(char, '*' | '?' | '[');
        escaped = !escaped && char == '\\';
        special
    })
}

/// Whether a pattern matches the whole of a text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match regex(pattern) {
        Some(regex) => regex.is_match(text),
        None => pattern == text,
    }
}

/// The text without the part at its beginning that a pattern matches, the longest or the shortest.
pub(super) fn without_prefix<'a>(pattern: &str, text: &'a str, longest: bool) -> &'a str {
    let mut cuts: Vec<usize> = cuts(text);
    if longest {
        cuts.reverse();
    }
    let regex = regex(pattern);
    let is_match = |part: &str| regex.as_ref().is_some_and(|regex| regex.is_match(part));
    let found = cuts.into_iter().find_map(|cut| {
        let (head, tail) = text.split_at_checked(cut)?;
        is_match(head).then_some(tail)
    });
    found.unwrap_or(text)
}

/// The text without the part at its end that a pattern matches, the longest or the shortest.
pub(super) fn without_suffix<'a>(pattern: &str, text: &'a str, longest: bool) -> &'a str {
    let mut cuts: Vec<usize> = cuts(text);
    if !longest {
        cuts.reverse();
    }
    let regex = regex(pattern);
    let is_match = |part: &str| regex.as_ref().is_some_and(|regex| regex.is_match(part));
    let found = cuts.into_iter().find_map(|cut| {
        let (head, tail) = text.split_at_checked(cut)?;
        is_match(tail).then_some(head)
    });
    found.unwrap_or(text)
}

/// The text with what a pattern matches replaced, once or everywhere.
pub(super) fn replace(pattern: &str, text: &str, by: &str, everywhere: bool) -> String {
    let Some(regex) = build(&translate(pattern)) else {
        return text.to_owned();
    };
    let most = if everywhere { 0 } else { 1 };
    regex
        .replacen(text, most, regex_lite::NoExpand(by))
        .into_owned()
}

/// Most places that are tried when a part is cut off.
const MAX_CUTS: usize = 4096;

fn cuts(text: &str) -> Vec<usize> {
    let places = text.char_indices().map(|(at, _)| at);
    places.chain([text.len()]).take(MAX_CUTS).collect()
}

fn regex(pattern: &str) -> Option<Regex> {
    build(&format!("^(?:{})$", translate(pattern)))
}

fn build(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .build()
        .ok()
}

/// A pattern as a regular expression.
fn translate(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' if chars.clone().skip(1).any(|char| char == ']') => {
                out.push('[');
                if chars.next_if(|char| matches!(char, '!' | '^')).is_some() {
                    out.push('^');
                }
                let mut first = true;
                for char in chars.by_ref() {
                    match char {
                        ']' if !first => break,
                        '\\' | '[' | ']' | '&' | '~' => out.extend(['\\', char]),
                        _ => out.push(char),
                    }
                    first = false;
                }
                out.push(']');
            }
            '\\' => out.push_str(&regex_lite::escape(
                &chars.next().unwrap_or('\\').to_string(),
            )),
            _ => out.push_str(&regex_lite::escape(&char.to_string())),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_bash() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        };
        check("*.json", "db.json", true);
        check("*.json", "db.jsons", false);
        check("foo?", "foo1", true);
        check("foo[1-3]", "foo2", true);
        check("foo[!1-3]", "foo2", false);
        check("a\\*", "a*", true);
        check("a\\*", "ab", false);
        check("a.c", "abc", false);
        check("[", "[", true);
    }
}
