//! Manifests: YAML as people write it for kubectl, read into documents.
//!
//! Block and flow collections, quoted and plain scalars, block scalars (`|`, `>`), comments and
//! several documents. Anchors, aliases, tags and complex keys are refused by line.

use super::json;
use super::value::Value;

/// Collections inside each other, as many as are read.
const MAX_DEPTH: usize = 64;

/// Where and why a manifest cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ManifestError {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong, in the words of the parser that kubectl uses where it has any.
    pub why: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    number: u64,
    indent: usize,
    /// Without indent and comment.
    text: &'t str,
    /// As it stands.
    raw: &'t str,
}

/// Reads all documents of a text; JSON is one of them.
///
/// # Errors
/// The first line that cannot be read.
pub fn read(text: &str) -> Result<Vec<Value<'static>>, ManifestError> {
    let mut documents = Vec::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    let numbered = text.lines().zip(1_u64..);
    for (raw, number) in numbered.chain([("---", u64::MAX)]) {
        if raw == "---" || raw.starts_with("--- ") || raw == "..." {
            if lines.iter().any(|line| !line.text.is_empty()) {
                documents.push(document(&lines)?);
            }
            lines.clear();
            continue;
        }
        let body = raw.trim_start_matches(' ');
        lines.push(Line {
            number,
            indent: raw.len() - body.len(),
            text: without_comment(body).trim_end(),
            raw,
        });
    }
    Ok(documents)
}

fn document(lines: &[Line<'_>]) -> Result<Value<'static>, ManifestError> {
    let whole: String = lines.iter().flat_map(|line| [line.raw, "\n"]).collect();
    if whole.trim_start().starts_with('{') {
        let (value, error) = json::read(whole.as_bytes());
        if error.is_none() {
            return Ok(value.into_owned());
        }
    }
    let mut reader = Reader {
        lines,
        at: 0,
        depth: 0,
    };
    let value = reader.node(0)?;
    match reader.peek() {
        Some(line) => Err(bad(line, "did not find expected <document start>")),
        None => Ok(value),
    }
}

fn bad(line: Line<'_>, why: &'static str) -> ManifestError {
    ManifestError {
        line: line.number,
        why,
    }
}

/// The text before a comment that stands outside of quotes.
fn without_comment(text: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, one) in text.char_indices() {
        match (quote, one) {
            (Some(open), one) if one == open && before != '\\' => quote = None,
            (None, '"' | '\'') if matches!(before, ' ' | '[' | '{' | ',' | ':') => {
                quote = Some(one)
            }
            (None, '#') if before == ' ' => return text.get(..at).unwrap_or_default(),
            _ => {}
        }
        before = one;
    }
    text
}

struct Reader<'l, 't> {
    lines: &'l [Line<'t>],
    at: usize,
    depth: usize,
}

impl<'t> Reader<'_, 't> {
    /// The next line that says something.
    fn peek(&mut self) -> Option<Line<'t>> {
        while let Some(line) = self.lines.get(self.at) {
            if !line.text.is_empty() {
                return Some(*line);
            }
            self.at += 1;
        }
        None
    }

    /// A value that stands at `indent` or deeper; nothing there is null.
    fn node(&mut self, indent: usize) -> Result<Value<'static>, ManifestError> {
        let Some(line) = self.peek().filter(|line| line.indent >= indent) else {
            return Ok(Value::Null);
        };
        if line.text.starts_with('\t') || line.raw.trim_start_matches(' ').starts_with('\t') {
            return Err(bad(line, "found character that cannot start any token"));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad(line, "exceeded max depth"));
        }
        let value = if is_item(line.text) {
            self.list(line.indent)
        } else if key_of(line.text).is_some() {
            self.map(line.indent)
        } else {
            self.at += 1;
            self.scalar(line, line.text, line.indent)
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, indent: usize) -> Result<Value<'static>, ManifestError> {
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent >= indent) {
            if line.indent > indent || !is_item(line.text) {
                if line.indent == indent {
                    break;
                }
                return Err(bad(line, "did not find expected '-' indicator"));
            }
            let rest = line.text.get(1..).unwrap_or_default();
            let inner = rest.trim_start();
            let column = indent + 1 + (rest.len() - inner.len());
            if inner.is_empty() {
                self.at += 1;
                items.push(self.node(indent + 1)?);
            } else if key_of(inner).is_some() || is_item(inner) {
                // What follows the dash is a block of its own, which begins at its column.
                items.push(self.inside(line, inner, column)?);
            } else {
                self.at += 1;
                items.push(self.scalar(line, inner, indent)?);
            }
        }
        Ok(Value::List(items))
    }

    /// A block whose first line stands behind a dash.
    fn inside(
        &mut self,
        line: Line<'t>,
        inner: &'t str,
        column: usize,
    ) -> Result<Value<'static>, ManifestError> {
        let mut lines = self.lines.get(self.at..).unwrap_or_default().to_vec();
        if let Some(first) = lines.first_mut() {
            first.indent = column;
            first.text = inner;
        }
        // Only what is indented deeper than the dash belongs to it.
        let mut rest = lines.iter().skip(1);
        let belongs = |one: &&Line<'_>| one.text.is_empty() || one.indent > line.indent;
        let count = 1 + rest.by_ref().take_while(belongs).count();
        lines.truncate(count);
        let mut reader = Reader {
            lines: &lines,
            at: 0,
            depth: self.depth,
        };
        let value = reader.node(column)?;
        if let Some(left) = reader.peek() {
            return Err(bad(left, "did not find expected key"));
        }
        self.at += count;
        Ok(value)
    }

    fn map(&mut self, indent: usize) -> Result<Value<'static>, ManifestError> {
        let mut map = Value::Map(Vec::new());
        while let Some(line) = self.peek().filter(|line| line.indent >= indent) {
            let Some((key, rest)) = key_of(line.text).filter(|_| line.indent == indent) else {
                return Err(bad(
                    line,
                    match line.indent > indent {
                        true => "mapping values are not allowed in this context",
                        false => "could not find expected ':'",
                    },
                ));
            };
            let key = match plain(key, line)? {
                Value::Str(key) => key.into_owned(),
                _ => key.to_owned(),
            };
            if map.get(&key).is_some() {
                return Err(bad(line, "mapping key already defined"));
            }
            self.at += 1;
            let value = match rest {
                "" => {
                    // A list may stand at the indent of its key.
                    let next = self.peek();
                    let is_list =
                        next.is_some_and(|next| next.indent == indent && is_item(next.text));
                    match is_list {
                        true => self.list(indent)?,
                        false => self.node(indent + 1)?,
                    }
                }
                rest => self.scalar(line, rest, indent)?,
            };
            map.set(key, value);
        }
        Ok(map)
    }

    /// A scalar or a flow collection that begins on a line; more of it may follow, deeper than
    /// `indent`.
    fn scalar(
        &mut self,
        line: Line<'t>,
        text: &str,
        indent: usize,
    ) -> Result<Value<'static>, ManifestError> {
        if let Some(style) = text.strip_prefix(['|', '>']) {
            return Ok(Value::text(self.block(
                text.starts_with('>'),
                style,
                indent,
            )));
        }
        let mut whole = text.to_owned();
        // Flow collections and quoted texts may go on in the next lines, plain ones, too.
        while let Some(next) = self.peek().filter(|next| next.indent > indent) {
            let is_plain = !whole.starts_with(['{', '[', '"', '\'']);
            if is_plain && key_of(next.text).is_some() {
                return Err(bad(next, "mapping values are not allowed in this context"));
            }
            if !is_plain && Flow::new(&whole, line).whole().is_ok() {
                return Err(bad(next, "did not find expected key"));
            }
            whole.push(' ');
            whole.push_str(next.text);
            self.at += 1;
        }
        if whole.starts_with(['{', '[', '"', '\'']) {
            return Flow::new(&whole, line).whole();
        }
        plain(&whole, line)
    }

    /// The lines of a block scalar.
    fn block(&mut self, folded: bool, style: &str, indent: usize) -> String {
        let mut lines: Vec<&str> = Vec::new();
        let mut column = None;
        while let Some(line) = self.lines.get(self.at) {
            let is_blank = line.raw.trim().is_empty();
            if !is_blank && line.indent <= indent {
                break;
            }
            if !is_blank {
                column.get_or_insert(line.indent);
            }
            lines.push(line.raw.get(column.unwrap_or(0)..).unwrap_or_default());
            self.at += 1;
        }
        let blank = lines
            .iter()
            .rev()
            .take_while(|line| line.is_empty())
            .count();
        let ends = lines.len() - blank;
        let body = lines.get(..ends).unwrap_or_default();
        let mut text = match folded {
            true => body.join(" "),
            false => body.join("\n"),
        };
        if !style.starts_with('-') && !text.is_empty() {
            text.push('\n');
        }
        if style.starts_with('+') {
            text.extend(std::iter::repeat_n('\n', blank));
        }
        text
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// A key and what follows its colon.
fn key_of(text: &str) -> Option<(&str, &str)> {
    if text.starts_with(['{', '[']) {
        return None;
    }
    let from = match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text.get(1..)?.find(quote)? + 2,
        _ => 0,
    };
    let colon = text.get(from..)?.match_indices(':').find_map(|(at, _)| {
        let at = from + at;
        let behind = text.get(at + 1..)?;
        (behind.is_empty() || behind.starts_with(' ')).then_some(at)
    })?;
    let (key, rest) = text.split_at_checked(colon)?;
    Some((key.trim_end(), rest.get(1..)?.trim_start()))
}

/// A scalar in quotes or without.
fn plain(text: &str, line: Line<'_>) -> Result<Value<'static>, ManifestError> {
    match text.chars().next() {
        Some('"' | '\'') => return Flow::new(text, line).whole(),
        Some('&' | '*' | '!') => return Err(bad(line, "anchors, aliases and tags are not read")),
        Some('%' | '@' | '`') => {
            return Err(bad(line, "found character that cannot start any token"));
        }
        _ => {}
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::Int(number),
            (_, Ok(number))
                if number.is_finite() && text.contains(|one: char| one.is_ascii_digit()) =>
            {
                Value::Float(number)
            }
            _ => Value::text(text.to_owned()),
        },
    })
}

/// `{a: 1, b: [x, "y"]}`
struct Flow<'f, 't> {
    rest: &'f str,
    line: Line<'t>,
    depth: usize,
}

impl<'f, 't> Flow<'f, 't> {
    fn new(rest: &'f str, line: Line<'t>) -> Self {
        Self {
            rest,
            line,
            depth: 0,
        }
    }

    fn whole(mut self) -> Result<Value<'static>, ManifestError> {
        let value = self.value()?;
        match self.rest.trim().is_empty() {
            true => Ok(value),
            false => Err(bad(self.line, "did not find expected key")),
        }
    }

    fn skip(&mut self, one: char) -> bool {
        let rest = self.rest.trim_start();
        let stripped = rest.strip_prefix(one);
        self.rest = stripped.unwrap_or(rest);
        stripped.is_some()
    }

    fn value(&mut self) -> Result<Value<'static>, ManifestError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad(self.line, "exceeded max depth"));
        }
        let value = if self.skip('{') {
            let mut map = Value::Map(Vec::new());
            while !self.skip('}') {
                let key = match self.value()? {
                    Value::Str(key) => key.into_owned(),
                    Value::Int(key) => key.to_string(),
                    _ => return Err(bad(self.line, "did not find expected key")),
                };
                let value = match self.skip(':') {
                    true => self.value()?,
                    false => Value::Null,
                };
                map.set(key, value);
                if !self.skip(',') && !self.rest.trim_start().starts_with('}') {
                    return Err(bad(self.line, "did not find expected ',' or '}'"));
                }
            }
            map
        } else if self.skip('[') {
            let mut items = Vec::new();
            while !self.skip(']') {
                items.push(self.value()?);
                if !self.skip(',') && !self.rest.trim_start().starts_with(']') {
                    return Err(bad(self.line, "did not find expected ',' or ']'"));
                }
            }
            Value::List(items)
        } else if self.skip('"') {
            self.double()?
        } else if self.skip('\'') {
            self.single()?
        } else {
            let end = self.rest.char_indices().find_map(|(at, one)| {
                let behind = self.rest.get(at + 1..).unwrap_or_default();
                let ends = matches!(one, ',' | ']' | '}') && self.depth > 1
                    || one == ':' && (behind.is_empty() || behind.starts_with([' ', ',', '}']));
                ends.then_some(at)
            });
            let (text, rest) = self
                .rest
                .split_at_checked(end.unwrap_or(self.rest.len()))
                .unwrap_or((self.rest, ""));
            if text.is_empty() {
                return Err(bad(self.line, "did not find expected node content"));
            }
            self.rest = rest;
            plain(text.trim(), self.line)?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn double(&mut self) -> Result<Value<'static>, ManifestError> {
        let mut escaped = false;
        let end = self.rest.char_indices().find_map(|(at, one)| {
            let ends = one == '"' && !escaped;
            escaped = one == '\\' && !escaped;
            ends.then_some(at)
        });
        let open = bad(self.line, "found unexpected end of stream");
        let (text, rest) = end
            .and_then(|end| self.rest.split_at_checked(end))
            .ok_or(open)?;
        // Its escapes are those of JSON, as far as manifests use them.
        let quoted = format!("\"{}\"", text.replace('\t', "\\t"));
        let (value, error) = json::read(quoted.as_bytes());
        self.rest = rest.get(1..).unwrap_or_default();
        match error {
            None => Ok(value.into_owned()),
            Some(_) => Err(bad(self.line, "found unknown escape character")),
        }
    }

    fn single(&mut self) -> Result<Value<'static>, ManifestError> {
        let mut text = String::new();
        loop {
            let open = bad(self.line, "found unexpected end of stream");
            let (before, rest) = self.rest.split_once('\'').ok_or(open)?;
            text.push_str(before);
            self.rest = rest;
            match rest.strip_prefix('\'') {
                Some(rest) => {
                    text.push('\'');
                    self.rest = rest;
                }
                None => return Ok(Value::text(text)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            match read(text) {
                Ok(all) => all.iter().for_each(|one| json::push_compact(&mut out, one)),
                Err(error) => out = error.to_string(),
            }
            assert_eq!(out, expected, "{text}");
        };
        check(
            "a: 1\nb:\n- x\n- y: 2\n  z: \"3\"\nc: {d: [e, 'f''g'], h: true}\n",
            r#"{"a":1,"b":["x",{"y":2,"z":"3"}],"c":{"d":["e","f'g"],"h":true}}"#,
        );
        check(
            "a: |\n  one\n  two\n\nb: >-\n  x\n  y\nc: x # no\nd: 'a: b'\n",
            r#"{"a":"one\ntwo\n","b":"x y","c":"x","d":"a: b"}"#,
        );
        check(
            "---\na: b:c\n---\n# only this\n---\n- - 1\n  - 2\n-\n  k: ~\n",
            r#"{"a":"b:c"}[[1,2],{"k":null}]"#,
        );
        check("{\"a\": [1,\n 2]}", r#"{"a":[1,2]}"#);
        check("a: b: c\n", r#"{"a":"b: c"}"#);
        check(
            "a: b\n  c: d\n",
            "line 2: mapping values are not allowed in this context",
        );
        check(
            "a:\n  b: 1\n c: 2\n",
            "line 3: mapping values are not allowed in this context",
        );
        check("a: [1, 2\n", "line 1: did not find expected ',' or ']'");
        check(
            "a: &x 1\n",
            "line 1: anchors, aliases and tags are not read",
        );
        check("a: 1\na: 2\n", "line 2: mapping key already defined");
        check(&"[".repeat(100), "line 1: exceeded max depth");
        check(
            &format!("{}1", "- ".repeat(100)),
            "line 1: exceeded max depth",
        );
    }
}
