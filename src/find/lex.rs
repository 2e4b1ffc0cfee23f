//! A query's text as words: where each begins and ends, and what it is made of.
//!
//! ```text
//! key~^/reg(a|b)   -is:deleted   ( "two words" or ns:default )
//! name op value    not  word     open  quoted  or  word       close
//! ```
//!
//! Lexing never fails half way: what is wrong is part of a word, so that completion can use the
//! words of a query that is still being typed.

use std::ops::Range;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it stands in the text.
    pub at: Range<usize>,
    /// What it is.
    pub what: What,
}

/// What a piece of a query is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `-` in front of a word or of a parenthesis.
    Minus,
    /// Anything else.
    Word(Word),
}

/// A word: a term with its name, or a bare one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The name in front of the operator, as typed, and the operator.
    pub head: Option<(String, Op)>,
    /// What follows, its quotes taken off.
    pub value: String,
    /// Where the value stands, with its quotes.
    pub value_at: Range<usize>,
    /// Whether it was quoted.
    pub is_quoted: bool,
    /// Whether its quote has no end.
    pub is_open: bool,
}

/// What stands between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// `:` or `=`
    Is,
    /// `~`
    Matches,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Op {
    /// Longer ones first, since `>=` begins as `>`.
    const ALL: [(&'static str, Self); 7] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (":", Self::Is),
        ("=", Self::Is),
        ("~", Self::Matches),
        (">", Self::Above),
        ("<", Self::Below),
    ];
}

/// The words of a text. `is_name` says whether a name is one of a term: only then `=` is an
/// operator, so that `app=web` is text to look for.
pub(super) fn lex(text: &str, is_name: &dyn Fn(&str) -> bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else {
            break;
        };
        let next = rest.chars().nth(1);
        let (len, what) = match first {
            blank if blank.is_whitespace() => {
                at += blank.len_utf8();
                continue;
            }
            '(' => (1, What::Open),
            ')' => (1, What::Close),
            '-' if next.is_some_and(|next| !next.is_whitespace() && next != ')') => {
                (1, What::Minus)
            }
            _ => {
                let (len, word) = word(rest, at, is_name);
                (len, What::Word(word))
            }
        };
        tokens.push(Token {
            at: at..at + len,
            what,
        });
        at += len;
    }
    tokens
}

/// The word at the beginning of a text that stands at `start`, and its length.
fn word(text: &str, start: usize, is_name: &dyn Fn(&str) -> bool) -> (usize, Word) {
    let (head, head_len) = match head(text, is_name) {
        Some((name, op, len)) => (Some((name.to_owned(), op)), len),
        None => (None, 0),
    };
    let rest = text.get(head_len..).unwrap_or_default();
    let value_start = start + head_len;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let quoted = quote.and_then(|quote| quoted(rest, quote));
    // A lone quote that has no end is text for `'`, as in `'tis`, and a mistake for `"`.
    let (value, len, is_quoted, is_open) = match (quote, quoted) {
        (Some(_), Some((value, len))) => (value, len, true, false),
        (Some('"'), None) => (
            rest.get(1..).unwrap_or_default().to_owned(),
            rest.len(),
            true,
            true,
        ),
        _ => {
            let len = bare_len(rest);
            (
                rest.get(..len).unwrap_or_default().to_owned(),
                len,
                false,
                false,
            )
        }
    };
    let word = Word {
        head,
        value,
        value_at: value_start..value_start + len,
        is_quoted,
        is_open,
    };
    (head_len + len, word)
}

/// Name and operator at the beginning of a word, and their length.
fn head<'t>(text: &'t str, is_name: &dyn Fn(&str) -> bool) -> Option<(&'t str, Op, usize)> {
    let len = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at_checked(len)?;
    let found = Op::ALL.iter().find(|(form, _)| rest.starts_with(form));
    let (form, op) = found.filter(|_| !name.is_empty())?;
    // `http://` and `a::b` are texts, as is `app=web`.
    let is_text = *form == "=" || rest.starts_with("://") || rest.starts_with("::");
    (!is_text || is_name(name)).then_some((name, *op, len + form.len()))
}

/// What stands between quotes, and its length with them. `\` takes the next quote or `\` as it is.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((value, at + 1)),
            '\\' => match chars.next()?.1 {
                c if c == quote || c == '\\' => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

/// Length of a word without quotes: up to a blank, or to a `)` whose `(` is not in the word.
fn bare_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                // As in a pattern: what follows is itself, but for a blank.
                let next = chars.clone().next();
                if next.is_some_and(|(_, next)| !next.is_whitespace()) {
                    chars.next();
                }
            }
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return at,
            },
            c if c.is_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let is_name = |name: &str| matches!(name, "key" | "label" | "rev");
        let tokens = lex(text, &is_name);
        let each = tokens.iter().map(|token| match &token.what {
            What::Open => "(".to_owned(),
            What::Close => ")".to_owned(),
            What::Minus => "-".to_owned(),
            What::Word(word) => {
                let head = word.head.as_ref();
                let head = head.map(|(name, op)| format!("{name} {op:?} "));
                let mark = match (word.is_quoted, word.is_open) {
                    (_, true) => "!",
                    (true, _) => "\"",
                    _ => "",
                };
                format!("{}{mark}{}{mark}", head.unwrap_or_default(), word.value)
            }
        });
        each.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_are_what_they_look_like() {
        let check = |text: &str, expected: &str| assert_eq!(told(text), expected, "{text}");
        check("", "");
        check("  web  front ", "web | front");
        check(
            "key:web rev>=3 rev<9",
            "key Is web | rev AtLeast 3 | rev Below 9",
        );
        check("label=app=web app=web", "label Is app=web | app=web");
        check("-key:a -(b or c)", "- | key Is a | - | ( | b | or | c | )");
        check("a-b - -", "a-b | - | -");
        check(
            "key~^/a(b|c)/x (key~d)",
            "key Matches ^/a(b|c)/x | ( | key Matches d | )",
        );
        check(r"(key~a\)b)", r"( | key Matches a\)b | )");
        check(
            r#"key:"two words" "a\"b\\""#,
            r#"key Is "two words" | "a"b\""#,
        );
        check("'a b' don't", "\"a b\" | don't");
        check("key:\"open", "key Is !open!");
        check(
            "http://x a::b sys:x /a/b:c",
            "http://x | a::b | sys Is x | /a/b:c",
        );
        check("é:ü", "é:ü");
    }
}
