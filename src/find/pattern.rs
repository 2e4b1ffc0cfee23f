//! Patterns: regular expressions with texts that every match must hold, and names with stars.

use regex_lite::{Regex, RegexBuilder};

use super::needle::Needle;

/// Most bytes that a pattern may take once it is compiled. Matching takes time in proportion to
/// it, for each byte of a value: this much is some hundred steps.
const MAX_SIZE: usize = 16 << 10;

/// Parentheses inside each other, as many as a pattern may have.
const MAX_NESTING: u32 = 32;

/// A regular expression over keys or values as text; bytes that are no text are `\u{fffd}`.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// Texts that stand in everything that matches, which are quick to look for.
    literals: Vec<Needle>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl Pattern {
    /// A pattern, or why it is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(pattern)
            .size_limit(MAX_SIZE)
            .nest_limit(MAX_NESTING)
            .build()
            .map_err(|error| error.to_string())?;
        let literals = literals(pattern).unwrap_or_default();
        let literals = literals.into_iter().map(String::into_bytes);
        Ok(Self {
            regex,
            literals: literals.map(Needle::new).collect(),
        })
    }

    /// Whether a part of the text matches.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let is_possible = self.literals.iter().all(|part| part.is_in(text));
        is_possible && self.regex.is_match(&String::from_utf8_lossy(text))
    }
}

/// Runs of plain characters that every match must hold, as far as they are easy to see, the last
/// ones first since keys begin alike; none for a pattern of alternatives or with flags.
fn literals(pattern: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut run = String::new();
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next()? {
                // A character by its number.
                'x' | 'u' | 'U' => return None,
                c => Some(c).filter(char::is_ascii_punctuation),
            },
            '[' => {
                skip_class(&mut chars)?;
                None
            }
            '|' if depth == 0 => return None,
            '(' => {
                if chars.next_if_eq(&'?').is_some() {
                    chars.next_if_eq(&':')?;
                }
                depth += 1;
                None
            }
            ')' => {
                depth = depth.saturating_sub(1);
                None
            }
            '{' => {
                while chars.next_if(|c| *c != '}').is_some() {}
                None
            }
            '.' | '|' | '^' | '$' | '*' | '+' | '?' | '}' | ']' => None,
            c => Some(c),
        };
        // A group may come any number of times, also none.
        let plain = plain.filter(|_| depth == 0);
        let may_be_absent = matches!(chars.peek(), Some('?' | '*' | '{'));
        match plain {
            Some(c) if !may_be_absent => run.push(c),
            _ => end_run(&mut run, &mut all),
        }
        // `ab+c` holds `ab`, and `bc`.
        if matches!(chars.peek(), Some('+')) {
            end_run(&mut run, &mut all);
        }
    }
    end_run(&mut run, &mut all);
    all.reverse();
    Some(all)
}

fn end_run(run: &mut String, all: &mut Vec<String>) {
    let run = std::mem::take(run);
    // `fffd` stands for bytes that are no text: the bytes do not hold it.
    if !run.is_empty() && !run.contains('\u{fffd}') {
        all.push(run);
    }
}

/// Goes behind the `]` of a class whose `[` was read; none for a class inside a class.
fn skip_class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    chars.next_if_eq(&'^');
    chars.next_if_eq(&']');
    loop {
        match chars.next()? {
            '\\' => drop(chars.next()),
            // `[:alpha:]`
            '[' => {
                chars.next_if_eq(&':')?;
                while chars.next()? != ']' {}
            }
            ']' => return Some(()),
            _ => {}
        }
    }
}

/// A name in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(String);

impl Glob {
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the whole of `text` fits.
    pub fn fits(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else {
            return self.0 == text;
        };
        let Some(mut text) = text.strip_prefix(start) else {
            return false;
        };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        for part in middle.split('*') {
            // The first place is as good as any: what is behind it only grows.
            match text.find(part).and_then(|at| text.get(at + part.len()..)) {
                Some(rest) => text = rest,
                None => return false,
            }
        }
        text.ends_with(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literal_stands_in_every_match() {
        let check = |pattern: &str, expected: Option<&str>| {
            let found = literals(pattern).map(|all| all.join(" "));
            assert_eq!(found.as_deref(), expected, "{pattern}");
        };
        check("web", Some("web"));
        check(
            r"^/registry/pods/[a-z]+/web-\d+$",
            Some("/web- /registry/pods/"),
        );
        check(r"a\.b\-c", Some("a.b-c"));
        check("abc?d", Some("d ab"));
        check("abc*de", Some("de ab"));
        check("ab{0,3}cd", Some("cd a"));
        check("ab+cd", Some("cd ab"));
        check("(optional)?xy", Some("xy"));
        check("[]abc]x[^]d]", Some("x"));
        check("[[:alpha:]x]y", Some("y"));
        check("a|b", None);
        check("(?i)abc", None);
        check("x(?:abc)", Some("x"));
        check("x(?i:abc)", None);
        check("a(b|c)de", Some("de a"));
        check("(a|b)|c", None);
        check(r"\bfoo\d", Some("foo"));
        check(".*", Some(""));
        check(r"\x41bc", None);
        check("[[a]x", None);
    }

    #[test]
    fn patterns_match_parts_of_bytes() {
        let check = |pattern: &str, text: &[u8], expected| {
            let found = Pattern::new(pattern).unwrap().is_in(text);
            assert_eq!(found, expected, "{pattern} in {text:?}");
        };
        check("b+c", b"abbc", true);
        check("^b", b"abbc", false);
        check("b.d", b"b\xffd", true);
        check("b\u{fffd}d", b"b\xffd", true);
        check(r"\x{1}k8s", b"\x01k8s", true);
        check(
            "(web|api)-[0-9]{1,63}",
            b"/registry/pods/default/api-7",
            true,
        );
    }

    #[test]
    fn a_pattern_that_would_grow_is_refused() {
        for pattern in ["(a{1000}){1000}", "((((a{9}){9}){9}){9}){9}", "(", "a{2"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn stars_stand_for_any_text() {
        let check = |glob: &str, text: &str, expected| {
            assert_eq!(Glob::new(glob).fits(text), expected, "{glob} {text}");
        };
        check("web", "web", true);
        check("web", "web-1", false);
        check("web-*", "web-1", true);
        check("*-1", "web-1", true);
        check("*", "", true);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("w*b*1", "web-b-1", true);
        check("w*b*1", "we-1", false);
        check("*b*b*", "xbx", false);
    }
}
