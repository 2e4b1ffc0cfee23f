//! Patterns of `grep` and `sed`: POSIX's basic and extended ones as the regular expressions of the
//! library. Back references and word classes beyond `\w \s \b` are refused.

use regex_lite::{Regex, RegexBuilder};

/// Compiles a pattern.
///
/// # Errors
/// One line on why not.
pub(super) fn compile(
    pattern: &str,
    extended: bool,
    fixed: bool,
    any_case: bool,
) -> Result<Regex, String> {
    let translated = match (fixed, extended) {
        (true, _) => regex_lite::escape(pattern),
        (false, true) => translate(pattern, true)?,
        (false, false) => translate(pattern, false)?,
    };
    let built = RegexBuilder::new(&translated)
        .case_insensitive(any_case)
        .build();
    built.map_err(|why| why.to_string())
}

fn translate(pattern: &str, extended: bool) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut at_start = true;
    while let Some(char) = chars.next() {
        let starts = std::mem::replace(&mut at_start, false);
        match char {
            '\\' => match chars.next() {
                None => return Err("Trailing backslash".to_owned()),
                Some('1'..='9') => return Err("back references are not simulated".to_owned()),
                Some(mark @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => {
                    // In basic patterns the backslash gives the meaning, in extended ones it takes it.
                    if extended {
                        out.push('\\');
                    }
                    at_start = !extended && matches!(mark, '(' | '|');
                    out.push(mark);
                }
                Some(class @ ('w' | 'W' | 's' | 'S' | 'b' | 'B' | 'd')) => {
                    out.extend(['\\', class])
                }
                Some('<' | '>') => out.push_str("\\b"),
                Some('n') => out.push_str("\\n"),
                Some('t') => out.push_str("\\t"),
                Some(other) => out.push_str(&regex_lite::escape(&other.to_string())),
            },
            '[' => bracket(&mut chars, &mut out)?,
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if !extended => out.extend(['\\', char]),
            '*' if starts && !extended => out.push_str("\\*"),
            '^' if !starts && !extended => out.push_str("\\^"),
            '$' if !extended && chars.peek().is_some_and(|next| *next != '\\') => {
                out.push_str("\\$")
            }
            '(' | '|' => {
                at_start = true;
                out.push(char);
            }
            '.' | '*' | '^' | '$' | ')' | '{' | '}' | '+' | '?' => out.push(char),
            other => out.push_str(&regex_lite::escape(&other.to_string())),
        }
    }
    Ok(out)
}

fn bracket(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> Result<(), String> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        match chars.next() {
            None => return Err("Unmatched [, [^, [:, [., or [=".to_owned()),
            Some(']') if !first => break,
            Some('[') if chars.peek() == Some(&':') => {
                let mut name = String::new();
                for char in chars.by_ref() {
                    if char == ']' {
                        break;
                    }
                    name.push(char);
                }
                let known = matches!(
                    name.trim_matches(':'),
                    "alpha"
                        | "digit"
                        | "alnum"
                        | "space"
                        | "upper"
                        | "lower"
                        | "punct"
                        | "xdigit"
                        | "blank"
                );
                if !known {
                    return Err("Invalid character class name".to_owned());
                }
                out.push_str(&format!("[{name}]"));
            }
            Some(char @ ('\\' | '[' | ']' | '&' | '~' | '^')) => out.extend(['\\', char]),
            Some(char) => out.push(char),
        }
        first = false;
    }
    out.push(']');
    Ok(())
}
