//! How a text is written in YAML: plain, in quotes, or as a literal block.
//!
//! The rules are those of libyaml's emitter as go-yaml v2 carries them, and go-yaml's own: what
//! would be read as something else than a text stands in double quotes, what has a line end
//! becomes a block where it can.

/// A line is folded at the first space behind this column.
pub const WIDTH: usize = 80;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// In `'`.
    Single,
    /// In `"`, with escapes.
    Double,
    /// As a block behind `|`.
    Literal,
}

/// The style of a text.
pub fn style(text: &str) -> Style {
    if is_name(text) {
        return Style::Plain;
    }
    let found = Found::look(text);
    if found.newline {
        return if found.block {
            Style::Literal
        } else {
            Style::Double
        };
    }
    if resolves(text) {
        Style::Double
    } else if found.plain {
        Style::Plain
    } else if found.single {
        Style::Single
    } else {
        Style::Double
    }
}

/// The usual case: letters, digits and some signs behind a letter that begins no word with a
/// meaning of its own.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    let begins = first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'/');
    begins
        && bytes
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
        && !is_word(text)
}

/// Whether a text has a line end of any kind.
pub fn has_break(text: &str) -> bool {
    text.bytes()
        .any(|byte| matches!(byte, b'\n' | b'\r' | 0x80..))
        && text.chars().any(is_break)
}

/// Writes a key, which never folds.
pub fn push_key(out: &mut String, key: &str) {
    match style(key) {
        Style::Plain => out.push_str(key),
        style => push(out, key, style, 0, usize::MAX),
    }
}

/// Writes a text that starts at `start` and whose further lines start at `column`; with a column
/// of `usize::MAX` it does not fold.
pub fn push(out: &mut String, text: &str, style: Style, start: usize, column: usize) {
    let mut pen = Pen {
        out,
        at: start,
        column,
    };
    match style {
        Style::Plain => pen.quoted(text, style),
        Style::Single => {
            pen.put('\'');
            pen.quoted(text, style);
            pen.put('\'');
        }
        Style::Double => {
            pen.put('"');
            pen.double(text);
            pen.put('"');
        }
        Style::Literal => pen.literal(text),
    }
}

struct Pen<'o> {
    out: &'o mut String,
    /// Column of the next character.
    at: usize,
    /// Column of further lines.
    column: usize,
}

impl Pen<'_> {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.at += 1;
    }

    fn may_fold(&self) -> bool {
        self.column != usize::MAX && self.at > WIDTH
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.at = 0;
        self.indent();
    }

    fn indent(&mut self) {
        while self.at < self.column {
            self.put(' ');
        }
    }

    /// Plain or in single quotes, without the quotes.
    fn quoted(&mut self, text: &str, style: Style) {
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            if c == ' ' {
                let inside = style == Style::Plain || (at > 0 && next.is_some());
                if self.may_fold() && !spaces && inside && next != Some(' ') {
                    self.line();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                self.out.push(c);
                self.at = 0;
                breaks = true;
            } else {
                if breaks && self.column != usize::MAX {
                    self.indent();
                }
                if c == '\'' && style == Style::Single {
                    self.put(c);
                }
                self.put(c);
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn double(&mut self, text: &str) {
        // go-yaml looks for a byte order mark at the text's start, whatever it is about to write.
        let all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                let next = chars.peek().map(|(_, next)| *next);
                if self.may_fold() && !spaces && at > 0 && next.is_some() {
                    self.line();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0b' => 'v',
            '\x0c' => 'f',
            '\r' => 'r',
            '\x1b' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => '\0',
        };
        let text = match (short, u32::from(c)) {
            ('\0', code @ ..=0xff) => format!("\\x{code:02X}"),
            ('\0', code @ ..=0xffff) => format!("\\u{code:04X}"),
            ('\0', code) => format!("\\U{code:08X}"),
            (short, _) => format!("\\{short}"),
        };
        self.at += text.len();
        self.out.push_str(&text);
    }

    fn literal(&mut self, text: &str) {
        self.put('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put('2');
        }
        let mut from_end = text.chars().rev().map(is_break);
        match (from_end.next(), from_end.next()) {
            (Some(true), None | Some(true)) => self.put('+'),
            (Some(true), Some(false)) => {}
            _ => self.put('-'),
        }
        self.out.push('\n');
        self.at = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(is_break).unwrap_or(rest.len());
            let (line, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if !line.is_empty() {
                self.indent();
                self.out.push_str(line);
            }
            let mut tail = tail.chars();
            self.out.extend(tail.next());
            self.at = 0;
            rest = tail.as_str();
        }
    }
}

/// What the emitter learns from one look at a text.
struct Found {
    newline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Found {
    fn look(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut newline, mut breaks) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        for (at, c) in text.char_indices() {
            if at == 0 {
                indicators |= match c {
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\''
                    | '"' | '%' | '@' | '`' => true,
                    '?' | ':' | '-' => is_before_blank(bytes, at),
                    _ => false,
                };
            } else if c == ':' {
                indicators |= is_before_blank(bytes, at);
            } else if c == '#' {
                indicators |= after_blank;
            }
            if c.is_ascii_graphic() {
                (after_space, after_break, after_blank) = (false, false, false);
                continue;
            }
            let is_break = is_break(c);
            special |= !is_printable(c);
            newline |= c == '\n';
            breaks |= is_break;
            break_space |= c == ' ' && after_break;
            space_break |= is_break && after_space;
            (after_space, after_break) = (c == ' ', is_break);
            after_blank = is_break || matches!(c, ' ' | '\t' | '\0');
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let broken = space_break || special;
        Self {
            newline,
            plain: !(edges || break_space || broken || breaks || indicators),
            single: !(break_space || broken),
            block: !(text.ends_with(' ') || broken),
        }
    }
}

fn is_before_blank(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 1)
        .is_none_or(|next| matches!(next, b' ' | b'\t'))
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Whether go-yaml would read a plain text as something else: a number, a truth value, nothing,
/// a time, or a number in base 60.
fn resolves(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return true;
    };
    match first {
        b'+' | b'-' | b'0'..=b'9' => {
            is_number(text) || is_base_60(text) || is_timestamp(text) || is_infinite(text)
        }
        b'.' => is_infinite(text) || is_float(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => is_word(text),
        _ => false,
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= 5
        && matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "true"
                | "True"
                | "TRUE"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "false"
                | "False"
                | "FALSE"
                | "off"
                | "Off"
                | "OFF"
                | "~"
                | "null"
                | "Null"
                | "NULL"
        )
}

fn is_infinite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// What Go's `ParseInt` with base 0 or the float expression takes, underscores left away.
fn is_number(text: &str) -> bool {
    let plain: std::borrow::Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let lower = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    match (&*lower, digits.get(2..).unwrap_or_default()) {
        ("0x", rest) => all(rest, 16),
        ("0o", rest) => all(rest, 8),
        ("0b", rest) => all(rest, 2),
        _ => is_float(&plain),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let all = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all(digits)
    });
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    exponent_fits && all(whole) && all(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let loose = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let fits = parts.all(|part| {
        count += 1;
        match part.as_bytes() {
            [a] => a.is_ascii_digit(),
            [a, b] => matches!(a, b'0'..=b'5') && b.is_ascii_digit(),
            _ => false,
        }
    });
    fits && count > 0
        && first.starts_with(|c: char| c.is_ascii_digit())
        && loose(first)
        && loose(fraction)
}

/// The times that go-yaml reads: a date, or a date and a time with `T` and a zone, or with a
/// space and none.
fn is_timestamp(text: &str) -> bool {
    let Some((date, clock)) = text.split_once(['T', 't', ' ']).or(Some((text, ""))) else {
        return false;
    };
    let mut parts = date.split('-');
    let mut part = |len: std::ops::RangeInclusive<usize>| {
        let part = parts.next().filter(|part| len.contains(&part.len()))?;
        let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (part(4..=4), part(1..=2), part(1..=2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if parts.next().is_some() || day == 0 || day > last {
        return false;
    }
    match text.as_bytes().get(date.len()) {
        None => true,
        Some(b' ') => is_clock(clock),
        _ => {
            let zone = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
            let (clock, zone) = clock.split_at_checked(zone).unwrap_or((clock, ""));
            let offset = zone.get(1..).unwrap_or_default();
            is_clock(clock) && (zone == "Z" || (offset.len() == 5 && is_hours_minutes(offset)))
        }
    }
}

/// `15:4:5` with or without a fraction.
fn is_clock(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return false,
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let mut limits = [24, 60, 60].iter();
    let fits = whole.split(':').all(|part| {
        let number = part.parse::<u32>().ok().filter(|_| part.len() <= 2);
        matches!((number, limits.next()), (Some(number), Some(limit)) if number < *limit)
    });
    fits && limits.next().is_none() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hours_minutes(text: &str) -> bool {
    text.split(':').count() == 2
        && text
            .split(':')
            .all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
}
