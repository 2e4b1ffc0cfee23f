//! Reading a line by bash's grammar, within limits.
//!
//! The grammar is the crate brush-parser's, held at 0.3.0: from 0.4.0 on it depends on a
//! snapshot-testing crate that builds C. Its parser recurses, so text is measured before it gets
//! there: length, and depth of brackets and of compound commands.

use brush_parser::ast::Program;
use brush_parser::{ParseError, ParserOptions, SourceInfo, Token};

/// Longest text that is read at a time, in bytes.
pub const MAX_BYTES: usize = 2 << 20;
/// Deepest nesting of brackets, and of compound commands.
const MAX_DEPTH: usize = 12;

/// Parses a program, or says what bash would say.
pub fn parse(text: &str) -> Result<Program, String> {
    measure(text)?;
    program(text).map_err(|error| format!("bash: {}", describe(text, &error)))
}

/// Whether text ends inside a quote, a compound command or a here-document, so that more lines
/// could complete it.
pub fn is_open(text: &str) -> bool {
    use brush_parser::TokenizerError;
    if measure(text).is_err() {
        return false;
    }
    let text = format!("{text}\n");
    match program(&text) {
        Ok(_) => text.ends_with("\\\n"),
        Err(ParseError::ParsingAtEndOfInput) => true,
        Err(ParseError::ParsingNearToken(_)) => false,
        Err(ParseError::Tokenizing { inner, .. }) => matches!(
            inner,
            TokenizerError::UnterminatedSingleQuote(_)
                | TokenizerError::UnterminatedDoubleQuote(_)
                | TokenizerError::UnterminatedAnsiCQuote(_)
                | TokenizerError::UnterminatedBackquote(_)
                | TokenizerError::UnterminatedCommandSubstitution
                | TokenizerError::UnterminatedHereDocuments(..)
                | TokenizerError::MissingHereTagForDocumentBody
                | TokenizerError::MissingHereTag(_)
        ),
    }
}

/// How bash reads words by default.
pub fn options() -> ParserOptions {
    ParserOptions::default()
}

/// A program from text that was measured.
fn program(text: &str) -> Result<Program, ParseError> {
    let tokens = brush_parser::uncached_tokenize_str(text, &options().tokenizer_options());
    let tokens = tokens.map_err(|inner| ParseError::Tokenizing {
        inner,
        position: None,
    })?;
    brush_parser::parse_tokens(&readable(tokens), &options(), &SourceInfo::default())
}

/// Tokens as the parser can read them: it takes `;;` for the end of a case even in `for ((;;))`,
/// and panics at a number before a redirect that is too large for a descriptor, where bash takes
/// the number for a word.
fn readable(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    // How many brackets are open since `for ((`.
    let mut open = 0usize;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Operator(text, at) if text == ";;" && open == 2 => {
                out.push(Token::Operator(";".to_owned(), at.clone()));
                out.push(Token::Operator(";".to_owned(), at));
            }
            Token::Operator(text, at) => {
                let begins = || match out.as_slice() {
                    [.., Token::Word(word, _), Token::Operator(first, _)] => {
                        word == "for" && first == "("
                    }
                    _ => false,
                };
                open = match text.as_str() {
                    "(" if open > 0 => open + 1,
                    "(" if begins() => 2,
                    ")" => open.saturating_sub(1),
                    _ => open,
                };
                out.push(Token::Operator(text, at));
            }
            Token::Word(text, at) => {
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
                let redirects = matches!(tokens.peek(), Some(Token::Operator(next, _)) if next.starts_with(['<', '>']));
                let text = match is_number && redirects && text.parse::<i32>().is_err() {
                    true => format!("'{text}'"),
                    false => text,
                };
                out.push(Token::Word(text, at));
            }
        }
    }
    out
}

fn measure(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("bash: line too long: {} bytes", text.len()));
    }
    let too_deep = || "bash: nested too deeply".to_owned();
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    let mut backquotes = 0usize;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'\\' => escaped = true,
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            b'`' => backquotes += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || backquotes > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    let mut compound = 0usize;
    for word in text.split(|c: char| c.is_whitespace() || c == ';') {
        match word {
            "for" | "while" | "until" | "if" | "case" | "select" | "function" => compound += 1,
            "done" | "fi" | "esac" => compound = compound.saturating_sub(1),
            _ => {}
        }
        if compound > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(())
}

/// bash's words for the mistakes that people make; the parser's own for the rest.
fn describe(text: &str, error: &ParseError) -> String {
    use brush_parser::TokenizerError;
    match error {
        ParseError::ParsingNearToken(token) => {
            let shown = unexpected(text, token.to_str(), token.location().start.index);
            format!("syntax error near unexpected token `{shown}'")
        }
        ParseError::ParsingAtEndOfInput => "syntax error: unexpected end of file".to_owned(),
        ParseError::Tokenizing { inner, .. } => {
            let mark = match inner {
                TokenizerError::UnterminatedSingleQuote(_) => '\'',
                TokenizerError::UnterminatedDoubleQuote(_) => '"',
                TokenizerError::UnterminatedBackquote(_) => '`',
                TokenizerError::UnterminatedCommandSubstitution => ')',
                TokenizerError::UnterminatedVariable => '}',
                TokenizerError::UnterminatedEscapeSequence => {
                    return format!("syntax error: {inner}");
                }
                other => return format!("syntax error in {} bytes: {other}", text.len()),
            };
            format!("unexpected EOF while looking for matching `{mark}'")
        }
    }
}

/// The token that bash would name: the parser tells of the one behind a word such as `done` that
/// stands where no command ends.
fn unexpected(text: &str, token: &str, at: usize) -> String {
    let before: String = text.chars().take(at).collect();
    let before = before.trim_end();
    let word = before.rsplit(|c: char| c.is_whitespace() || c == ';');
    let word = word.take(1).find(|word| RESERVED.contains(word));
    let is_wrong = || {
        let until = format!("{before}\n");
        matches!(program(&until), Err(ParseError::ParsingNearToken(_)))
    };
    match (word, token) {
        (Some(word), _) if is_wrong() => word.to_owned(),
        (_, "\n") => "newline".to_owned(),
        _ => token.to_owned(),
    }
}

/// Words that end or divide a compound command.
const RESERVED: &[&str] = &["done", "fi", "esac", "do", "then", "else", "elif"];

/// Words that make `# word` a prompt and a command rather than a comment.
const AFTER_PROMPT: &[&str] = &[
    "alias",
    "apt",
    "apt-get",
    "bbolt",
    "curl",
    "docker",
    "etcd-dump-db",
    "etcdctl",
    "etcdutl",
    "export",
    "git",
    "jq",
    "kind",
    "kubectl",
];

/// The line without a prompt that was pasted in front of it: `$ cmd`, `# cmd`.
///
/// `#` also begins a comment, so it is a prompt only before a word that is a command here, or that
/// is `known` as one.
pub fn without_prompt<'a>(line: &'a str, known: &dyn Fn(&str) -> bool) -> &'a str {
    strip(line, known)
}

/// The name that a line without its prompt makes a command: `alias NAME=`, `NAME() {`.
pub fn defined(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let alias = line.strip_prefix("alias ");
    let alias = alias.and_then(|rest| Some(rest.split_once('=')?.0));
    let function = || {
        line.split_once('(')
            .filter(|(_, rest)| rest.starts_with(')'))
    };
    let name = alias.or_else(|| Some(function()?.0))?.trim();
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// Text without prompts before its commands, and without the remarks of slides (`// ...`). What
/// stands inside quotes and here-documents stays. `known` tells of further commands.
pub(super) fn without_prompts(text: &str, known: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut names: Vec<&str> = Vec::new();
    for line in text.lines() {
        let is_known = |word: &str| known(word) || names.contains(&word);
        let stripped = strip(line, &is_known);
        let stripped = if line.trim_start().starts_with("// ") {
            ""
        } else {
            stripped
        };
        let inside =
            || !out.is_empty() && is_open(out.trim_end_matches('\n')) && !ends_in_pipe(&out);
        let line = if stripped.len() == line.len() || inside() {
            line
        } else {
            stripped
        };
        names.extend(defined(line));
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn ends_in_pipe(text: &str) -> bool {
    text.trim_end().ends_with(['|', '&'])
}

fn strip<'a>(line: &'a str, known: &dyn Fn(&str) -> bool) -> &'a str {
    let trimmed = line.trim_start();
    if let Some(rest) = trimmed.strip_prefix("$ ") {
        return rest;
    }
    let Some(rest) = trimmed.strip_prefix("# ") else {
        return line;
    };
    let mut words = rest.split_whitespace();
    let first = words.next().unwrap_or_default();
    let name = first.strip_prefix("./").unwrap_or(first);
    let is_loop = name == "for" && words.nth(1) == Some("in");
    let assigns = name.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    // The server itself, as a job; `# etcd ...` alone is more often a remark.
    let starts = name == "etcd" && rest.trim_end().ends_with('&');
    match AFTER_PROMPT.contains(&name) || starts || is_loop || assigns || known(name) {
        true => rest,
        false => line,
    }
}
