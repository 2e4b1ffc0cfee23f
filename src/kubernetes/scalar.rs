//! How a text is written in YAML: plain, in quotes, or as a literal block.
//!
//! The rules are those of libyaml's emitter as go-yaml v2 carries them, and go-yaml's own: what
//! would be read as something else than a text stands in double quotes, what has a line end
//! becomes a block where it can.

use super::resolve::{is_word, resolves};

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
    let bytes = text.as_bytes();
    let classes = bytes.iter().fold(u8::MAX, |all, byte| all & class(*byte));
    // The usual case: letters, digits and some signs behind a letter.
    if classes & NAME != 0 && matches!(bytes, [b'/' | b'a'..=b'z' | b'A'..=b'Z', ..]) {
        return if is_word(text) {
            Style::Double
        } else {
            Style::Plain
        };
    }
    let found = if classes & PRINTABLE != 0 {
        Found::look_printable(bytes, classes & SIGNLESS != 0)
    } else {
        Found::look(text)
    };
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

/// A letter, a digit, or one of `-_./`.
const NAME: u8 = 1;
/// A space, or ASCII that is seen.
const PRINTABLE: u8 = 2;
/// Printable, and neither `:` nor `#`, whose meaning hangs on their neighbours.
const SIGNLESS: u8 = 4;
/// Printable, and written as it is in any quotes.
const PLAIN_IN_QUOTES: u8 = 8;

#[expect(
    clippy::indexing_slicing,
    reason = "a byte is less than 256, and a slip would not compile"
)]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        let mut class = PRINTABLE;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/') {
            class |= NAME;
        }
        if !matches!(byte, b':' | b'#') {
            class |= SIGNLESS;
        }
        if !matches!(byte, b'\'' | b'"' | b'\\') {
            class |= PLAIN_IN_QUOTES;
        }
        classes[byte as usize] = class;
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Whether a text is written byte for byte in quotes, as long as it does not fold.
pub fn is_same_in_quotes(text: &str) -> bool {
    let classes = text.bytes().fold(u8::MAX, |all, byte| all & class(byte));
    classes & PLAIN_IN_QUOTES != 0
}

/// Whether a text has a line end of any kind.
pub fn has_break(text: &str) -> bool {
    text.bytes()
        .any(|byte| matches!(byte, b'\n' | b'\r' | 0x80..))
        && text.chars().any(is_break)
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
        let mut rest = text;
        loop {
            if !breaks {
                let run = run(rest);
                if !run.is_empty() {
                    self.out.push_str(run);
                    self.at += run.len();
                    spaces = false;
                }
                rest = rest.get(run.len()..).unwrap_or_default();
            }
            let mut chars = rest.chars();
            let Some(c) = chars.next() else {
                break;
            };
            let at = text.len() - rest.len();
            rest = chars.as_str();
            let next = chars.next();
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
            let end = line_len(rest);
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

/// The signs at the front that need no thought in a text without line ends: ASCII that is seen,
/// but `'`.
fn run(text: &str) -> &str {
    let is_other = |byte: u8| !byte.is_ascii_graphic() || byte == b'\'';
    let end = text.bytes().position(is_other).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// What the emitter learns from one look at a text.
struct Found {
    newline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Found {
    /// A text of printable ASCII alone; without signs it has neither `:` nor `#`.
    fn look_printable(bytes: &[u8], is_signless: bool) -> Self {
        let begins = match bytes {
            [b' ', ..] | [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] => true,
            [b'?' | b':' | b'-', rest @ ..] => matches!(rest, [] | [b' ', ..]),
            [first, ..] => is_indicator(*first),
            [] => true,
        };
        let inside = |pair: &[u8]| matches!(pair, [b':', b' '] | [b' ', b'#']);
        let signs = !is_signless && (bytes.ends_with(b":") || bytes.windows(2).any(inside));
        let ends = bytes.ends_with(b" ");
        Self {
            newline: false,
            plain: !(begins || signs || ends),
            single: true,
            block: !ends,
        }
    }

    fn look(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut newline, mut breaks) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        for (at, c) in text.char_indices() {
            if at == 0 {
                indicators |= match bytes.first() {
                    Some(b'?' | b':' | b'-') => is_before_blank(bytes, at),
                    Some(first) => is_indicator(*first),
                    None => false,
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

/// What a plain text may not begin with.
fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b'#' | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
    )
}

fn is_before_blank(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 1)
        .is_none_or(|next| matches!(next, b' ' | b'\t'))
}

/// Bytes before the first line end.
fn line_len(text: &str) -> usize {
    let mut from = 0;
    while let Some(rest) = text.get(from..) {
        let may_break = |byte: u8| matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2);
        let Some(at) = rest.bytes().position(may_break) else {
            break;
        };
        let c = rest.get(at..).and_then(|rest| rest.chars().next());
        from += at;
        match c {
            Some(c) if !is_break(c) => from += c.len_utf8(),
            _ => return from,
        }
    }
    text.len()
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of up to four of these.
    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..4 {
            let longer = |text: &String| {
                " :#-.'\"a1[%"
                    .chars()
                    .map(move |c| format!("{text}{c}"))
                    .collect::<Vec<_>>()
            };
            last = last.iter().flat_map(longer).collect();
            all.extend_from_slice(&last);
        }
        all
    }

    #[test]
    fn the_short_look_sees_what_the_long_one_sees() {
        for text in texts() {
            let bytes = text.as_bytes();
            let signless = !bytes.iter().any(|byte| matches!(byte, b':' | b'#'));
            let (short, long) = (Found::look_printable(bytes, signless), Found::look(&text));
            let of = |found: &Found| (found.newline, found.plain, found.single);
            // An empty text stands in quotes before anyone looks.
            if !text.is_empty() {
                assert_eq!(of(&short), of(&long), "{text:?}");
            }
        }
    }

    #[test]
    fn runs_are_written_as_their_signs_are_one_by_one() {
        for text in texts() {
            for style in [Style::Plain, Style::Single, Style::Double] {
                let (mut short, mut long) = (String::new(), String::new());
                push(&mut short, &text, style, WIDTH - 1, 2);
                let spread = text.replace('a', "\u{e4}");
                push(&mut long, &spread, style, WIDTH - 1, 2);
                assert_eq!(short, long.replace('\u{e4}', "a"), "{text:?} {style:?}");
            }
        }
    }
}
