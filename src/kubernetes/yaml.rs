//! YAML as `kubectl get -o yaml` prints it: the layout, the order of keys and the quoting of the
//! library that kubectl uses (sigs.k8s.io/yaml over go-yaml v2).
//!
//! Keys come in go-yaml's own order (runs of digits as numbers, others before letters), lists
//! stand at the column of their key, lines fold at the first space behind column 80. How a text
//! is written is in [`super::scalar`]. No crate writes this dialect.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use super::scalar::{self, Style};
use super::value::{Entry, Value};

/// A key of more bytes than this gets a line of its own, behind `? `.
const MAX_SIMPLE_KEY: usize = 128;

/// Writes one document with its line end.
pub fn push(out: &mut String, value: &Value<'_>) {
    push_at(out, value, 0);
}

/// Writes a part of a document that stands at a column.
pub(super) fn push_at(out: &mut String, value: &Value<'_>, column: usize) {
    let mut emitter = Emitter {
        line: out.len(),
        out,
        trace: None,
    };
    emitter.document(value, column);
}

/// The document as text.
pub fn to_string(value: &Value<'_>) -> String {
    let mut out = String::new();
    push(&mut out, value);
    out
}

/// One line of a document, and names and indexes from its top down to what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line, without its end.
    pub text: String,
    /// To the deepest that begins in it, or goes on in it.
    pub path: Vec<String>,
}

/// The document line by line: what [`to_string`] gives.
pub fn lines(value: &Value<'_>) -> Vec<Line> {
    let mut out = String::new();
    let mut emitter = Emitter {
        line: 0,
        out: &mut out,
        trace: Some(Trace::default()),
    };
    emitter.document(value, 0);
    let marks = emitter.trace.take().unwrap_or_default().marks;
    let mut marks = marks.into_iter().peekable();
    let (mut lines, mut path, mut start) = (Vec::new(), Vec::new(), 0);
    for text in out.lines() {
        let end = start + text.len();
        while let Some((_, found)) = marks.next_if(|(at, _)| *at <= end) {
            path = found;
        }
        lines.push(Line {
            text: text.to_owned(),
            path: path.clone(),
        });
        start = end + 1;
    }
    lines
}

/// Where in the text which entry and which item begin.
#[derive(Default)]
struct Trace {
    path: Vec<String>,
    marks: Vec<(usize, Vec<String>)>,
}

struct Emitter<'o> {
    out: &'o mut String,
    /// Where the current line starts in `out`.
    line: usize,
    /// None where nobody asks.
    trace: Option<Trace>,
}

impl Emitter<'_> {
    fn document(&mut self, value: &Value<'_>, column: usize) {
        self.indent(column);
        match value {
            Value::Map(entries) if !entries.is_empty() => self.map(entries, column),
            Value::List(items) if !items.is_empty() => self.list(items, column),
            _ => {
                self.scalar(value, column);
                self.end_line();
            }
        }
    }

    /// An entry or an item begins.
    fn enter(&mut self, name: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.path.push(name());
            trace.marks.push((self.out.len(), trace.path.clone()));
        }
    }

    fn leave(&mut self) {
        if let Some(trace) = &mut self.trace {
            trace.path.pop();
        }
    }

    /// Entries at a column; the first one goes on in the current line.
    fn map(&mut self, entries: &[Entry<'_>], column: usize) {
        for (at, (key, value)) in in_order(entries).iter().enumerate() {
            if at > 0 {
                self.indent(column);
            }
            self.enter(|| key.to_string());
            let is_simple = is_simple(key);
            self.key(key, is_simple, column);
            match value {
                Value::Map(inner) if !inner.is_empty() => {
                    self.nested(is_simple, column);
                    self.map(inner, column + 2);
                }
                Value::List(items) if !items.is_empty() => {
                    if is_simple {
                        self.end_line();
                        self.indent(column);
                        self.list(items, column);
                    } else {
                        self.out.push(' ');
                        self.list(items, column + 2);
                    }
                }
                _ => {
                    self.out.push(' ');
                    self.scalar(value, column + 2);
                    self.end_line();
                }
            }
            self.leave();
        }
    }

    /// To where the entries of a nested map begin.
    fn nested(&mut self, is_simple: bool, column: usize) {
        if is_simple {
            self.end_line();
            self.indent(column + 2);
        } else {
            self.out.push(' ');
        }
    }

    /// Items at a column; the first one goes on in the current line.
    fn list(&mut self, items: &[Value<'_>], column: usize) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.indent(column);
            }
            self.enter(|| at.to_string());
            self.out.push_str("- ");
            match item {
                Value::Map(inner) if !inner.is_empty() => self.map(inner, column + 2),
                Value::List(inner) if !inner.is_empty() => self.list(inner, column + 2),
                _ => {
                    self.scalar(item, column + 2);
                    self.end_line();
                }
            }
            self.leave();
        }
    }

    fn key(&mut self, key: &str, is_simple: bool, column: usize) {
        if is_simple {
            match scalar::style(key) {
                Style::Plain => self.out.push_str(key),
                style => scalar::push(self.out, key, style, 0, usize::MAX),
            }
        } else {
            self.out.push_str("? ");
            self.text(key, column + 2);
            self.end_line();
            self.indent(column);
        }
        self.out.push(':');
    }

    fn scalar(&mut self, value: &Value<'_>, column: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Int(number) => {
                let _ = write!(self.out, "{number}");
            }
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::Str(text) => self.text(text, column),
            Value::List(_) => self.out.push_str("[]"),
            Value::Map(_) => self.out.push_str("{}"),
        }
    }

    /// A text whose further lines start at a column.
    fn text(&mut self, text: &str, column: usize) {
        let style = scalar::style(text);
        // Two quotes at most, and no line can fold.
        if self.out.len() - self.line + text.len() + 2 <= scalar::WIDTH {
            let quote = match style {
                Style::Plain => Some(""),
                Style::Single if scalar::is_same_in_quotes(text) => Some("'"),
                Style::Double if scalar::is_same_in_quotes(text) => Some("\""),
                _ => None,
            };
            if let Some(quote) = quote {
                for part in [quote, text, quote] {
                    self.out.push_str(part);
                }
                return;
            }
        }
        let start = self.out.get(self.line..).unwrap_or_default();
        scalar::push(self.out, text, style, start.chars().count(), column);
        let last = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.line = self.line.max(last);
    }

    fn end_line(&mut self) {
        // A text in literal style ends with its own line end where it has one.
        if !self.out.ends_with('\n') || self.out.len() != self.line {
            self.out.push('\n');
        }
        self.line = self.out.len();
    }

    fn indent(&mut self, column: usize) {
        const SPACES: &str = "                                                                ";
        let mut left = column;
        while left > 0 {
            let some = left.min(SPACES.len());
            self.out.push_str(SPACES.get(..some).unwrap_or_default());
            left -= some;
        }
    }
}

/// Whether a key stands before its `:` in one line.
fn is_simple(key: &str) -> bool {
    key.len() <= MAX_SIMPLE_KEY && !scalar::has_break(key)
}

/// Entries in go-yaml's order; borrowed if they already are, as nearly always.
pub(super) fn in_order<'e, 'a>(entries: &'e [Entry<'a>]) -> Cow<'e, [Entry<'a>]> {
    let is_sorted = entries
        .windows(2)
        .all(|pair| matches!(pair, [(a, _), (b, _)] if key_order(a, b).is_lt()));
    if is_sorted {
        return Cow::Borrowed(entries);
    }
    let mut parts: Vec<Vec<Entry<'a>>> = entries.iter().map(|entry| vec![entry.clone()]).collect();
    // go-yaml's order is no total one (a1b < a01 < a10 < a1b), and the standard sorts may panic
    // on such: merge neighbours until one list is left.
    while parts.len() > 1 {
        let mut rest = parts.into_iter();
        let mut merged = Vec::new();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => merge(left, right),
                None => left,
            });
        }
        parts = merged;
    }
    Cow::Owned(parts.pop().unwrap_or_default())
}

fn merge<'a>(left: Vec<Entry<'a>>, right: Vec<Entry<'a>>) -> Vec<Entry<'a>> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some((a, _)), Some((b, _))) = (left.peek(), right.peek()) {
        let side = if key_order(b, a).is_lt() {
            &mut right
        } else {
            &mut left
        };
        out.extend(side.next());
    }
    out.extend(left);
    out.extend(right);
    out
}

/// How go-yaml v2 orders two keys.
fn key_order(a: &str, b: &str) -> Ordering {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    // Two ASCII letters: the usual case.
    let (next_a, next_b) = (a.as_bytes().get(same), b.as_bytes().get(same));
    if let (Some(x), Some(y)) = (next_a, next_b)
        && x.is_ascii_alphabetic()
        && y.is_ascii_alphabetic()
    {
        return x.cmp(y);
    }
    let start = (0..=same)
        .rev()
        .find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at));
    let start = start.unwrap_or(0);
    let (rest_a, rest_b) = (
        a.get(start..).unwrap_or_default(),
        b.get(start..).unwrap_or_default(),
    );
    let (Some(x), Some(y)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.len().cmp(&rest_b.len());
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => x.cmp(&y),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let ((m, m_len), (n, n_len)) = (digits(rest_a), digits(rest_b));
            // Inside a longer number a 0 is a digit like any other.
            let before = a.get(..start).unwrap_or_default();
            let run = before.chars().rev().take_while(char::is_ascii_digit);
            let inside = (x == '0' || y == '0') && run.into_iter().any(|c| c != '0');
            let (m, n) = if inside {
                (
                    m.saturating_add(10i64.saturating_pow(m_len)),
                    n.saturating_add(10i64.saturating_pow(n_len)),
                )
            } else {
                (m, n)
            };
            m.cmp(&n).then(m_len.cmp(&n_len)).then(x.cmp(&y))
        }
    }
}

/// The number that a text starts with, and of how many digits it is.
fn digits(text: &str) -> (i64, u32) {
    let run = text.bytes().take_while(u8::is_ascii_digit);
    run.fold((0i64, 0), |(number, len), digit| {
        let digit = i64::from(digit - b'0');
        (number.wrapping_mul(10).wrapping_add(digit), len + 1)
    })
}

/// A float as Go's `%g` in its shortest form: with an exponent from seven digits on.
fn float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-.inf" } else { ".inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}
