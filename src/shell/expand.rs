//! From a word as typed to the words that a command gets: braces, variables, substitutions,
//! quotes. Words are bytes, as `$'\xff'` can make any.

use brush_parser::word::{
    self, Parameter, ParameterExpr, SpecialParameter, WordPiece, WordPieceWithSource,
};

use super::{Output, Shell, braces, grammar, pattern};

/// Longest words of a command, before the last piece is added to them.
pub(super) const MAX_WORD_BYTES: usize = 1 << 20;

/// What became of one word while it is put together.
#[derive(Default)]
struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
}

/// One word, and the pattern of file names that it is: what was quoted has lost its meaning there.
#[derive(Default)]
struct Field {
    bytes: Vec<u8>,
    pattern: String,
}

impl Fields {
    fn len(&self) -> usize {
        let all = self.done.iter().chain(&self.current);
        all.map(|field| field.bytes.len()).sum()
    }

    /// Unquoted text, in which `*` means something.
    fn push(&mut self, bytes: &[u8]) {
        let field = self.current.get_or_insert_default();
        field.bytes.extend(bytes);
        field.pattern.push_str(&String::from_utf8_lossy(bytes));
    }

    fn push_quoted(&mut self, bytes: &[u8]) {
        let field = self.current.get_or_insert_default();
        field.bytes.extend(bytes);
        for char in String::from_utf8_lossy(bytes).chars() {
            if matches!(char, '*' | '?' | '[' | '\\') {
                field.pattern.push('\\');
            }
            field.pattern.push(char);
        }
    }

    /// Unquoted text from a variable: white space ends a word.
    fn push_split(&mut self, bytes: &[u8]) {
        let mut first = true;
        for part in bytes.split(u8::is_ascii_whitespace) {
            if !first {
                self.done.extend(self.current.take());
            }
            first = false;
            if !part.is_empty() {
                self.push(part);
            }
        }
    }
}

impl Shell {
    /// Expands a word to any number of words.
    pub(super) fn expand(&mut self, text: &str, out: &mut Output) -> Result<Vec<Vec<u8>>, String> {
        let mut words = Vec::new();
        for text in braces::expand(text)? {
            let mut fields = Fields::default();
            let pieces = word::parse(&text, &grammar::options())
                .map_err(|error| format!("bash: {error}"))?;
            self.pieces(&pieces, false, &mut fields, out)?;
            for field in fields.done.into_iter().chain(fields.current) {
                self.files_of(field, &mut words);
            }
        }
        Ok(words)
    }

    /// A word that is a pattern becomes the names of the files that it matches, if it does.
    fn files_of(&self, field: Field, words: &mut Vec<Vec<u8>>) {
        let before = words.len();
        if pattern::is_pattern(&field.pattern) {
            let names = self.session.files.names();
            let names = names.filter(|name| pattern::matches(&field.pattern, name));
            words.extend(names.map(|name| name.as_bytes().to_vec()));
        }
        if words.len() == before {
            words.push(field.bytes);
        }
    }

    /// Expands a word to exactly one, without splitting, as on the right of `=`.
    pub(super) fn expand_one(&mut self, text: &str, out: &mut Output) -> Result<Vec<u8>, String> {
        Ok(self.field(text, out)?.bytes)
    }

    /// Expands a word to a pattern, in which what was quoted means itself.
    pub(super) fn expand_pattern(
        &mut self,
        text: &str,
        out: &mut Output,
    ) -> Result<String, String> {
        Ok(self.field(text, out)?.pattern)
    }

    fn field(&mut self, text: &str, out: &mut Output) -> Result<Field, String> {
        let mut fields = Fields::default();
        let pieces =
            word::parse(text, &grammar::options()).map_err(|error| format!("bash: {error}"))?;
        self.pieces(&pieces, true, &mut fields, out)?;
        Ok(fields.current.unwrap_or_default())
    }

    /// Expands a here-document: as between double quotes, but that these mean nothing in it.
    pub(super) fn expand_document(
        &mut self,
        text: &str,
        out: &mut Output,
    ) -> Result<Vec<u8>, String> {
        let mut quoted = String::from("\"");
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match (char, chars.peek()) {
                ('"', _) => quoted.push_str("\\\""),
                ('\\', Some('$' | '`' | '\\' | '\n')) => {
                    quoted.push(char);
                    quoted.extend(chars.next());
                }
                ('\\', _) => quoted.push_str("\\\\"),
                _ => quoted.push(char),
            }
        }
        quoted.push('"');
        self.expand_one(&quoted, out)
    }

    /// Ends the line: a few doublings of a variable would take all memory.
    pub(super) fn too_long(&mut self) -> String {
        self.spent = true;
        format!("revscope: stopped at a word of more than {MAX_WORD_BYTES} bytes")
    }

    /// `whole` where the word is not cut at white space from variables.
    fn pieces(
        &mut self,
        pieces: &[WordPieceWithSource],
        whole: bool,
        fields: &mut Fields,
        out: &mut Output,
    ) -> Result<(), String> {
        for piece in pieces {
            self.piece(&piece.piece, whole, false, fields, out)?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        piece: &WordPiece,
        whole: bool,
        quoted: bool,
        fields: &mut Fields,
        out: &mut Output,
    ) -> Result<(), String> {
        if fields.len() > MAX_WORD_BYTES {
            return Err(self.too_long());
        }
        match piece {
            WordPiece::Text(text) if !quoted => fields.push(text.as_bytes()),
            WordPiece::Text(text) | WordPiece::SingleQuotedText(text) => {
                fields.push_quoted(text.as_bytes());
            }
            WordPiece::AnsiCQuotedText(text) => fields.push_quoted(&ansi_c(text)),
            WordPiece::EscapeSequence(text) => {
                let escaped = text.strip_prefix('\\').unwrap_or(text);
                // A backslash before a newline takes it away.
                let escaped = escaped.strip_prefix('\n').unwrap_or(escaped);
                fields.push_quoted(escaped.as_bytes());
            }
            WordPiece::DoubleQuotedSequence(inner)
            | WordPiece::GettextDoubleQuotedSequence(inner) => {
                // Without arguments `"$@"` is no word at all.
                if let [one] = inner.as_slice()
                    && is_all(&one.piece)
                    && self.arguments.is_empty()
                {
                    return Ok(());
                }
                fields.push_quoted(b"");
                for piece in inner {
                    self.piece(&piece.piece, whole, true, fields, out)?;
                }
            }
            WordPiece::TildePrefix(_) => fields.push_quoted(b"/root"),
            WordPiece::ParameterExpansion(_) if is_all(piece) && !whole => {
                for (at, value) in self.arguments.iter().enumerate() {
                    if at > 0 {
                        fields.done.extend(fields.current.take());
                    }
                    match quoted {
                        true => fields.push_quoted(value),
                        false => fields.push_split(value),
                    }
                }
            }
            WordPiece::ParameterExpansion(parameter) => {
                let value = self.parameter(parameter, out)?;
                push_value(fields, &value, whole, quoted);
            }
            WordPiece::CommandSubstitution(text)
            | WordPiece::BackquotedCommandSubstitution(text) => {
                let value = self.substitute(text, out)?;
                push_value(fields, &value, whole, quoted);
            }
            WordPiece::ArithmeticExpression(expression) => {
                let value = self.calculate(&expression.value, out)?;
                fields.push_quoted(value.to_string().as_bytes());
            }
        }
        Ok(())
    }
}

fn push_value(fields: &mut Fields, value: &[u8], whole: bool, quoted: bool) {
    match (quoted, whole) {
        (true, _) => fields.push_quoted(value),
        (false, true) => fields.push(value),
        (false, false) => fields.push_split(value),
    }
}

/// Whether a piece is `$@`.
fn is_all(piece: &WordPiece) -> bool {
    let WordPiece::ParameterExpansion(ParameterExpr::Parameter { parameter, .. }) = piece else {
        return false;
    };
    use SpecialParameter::AllPositionalParameters;
    matches!(
        parameter,
        Parameter::Special(AllPositionalParameters { concatenate: false })
    )
}

/// The bytes of `$'...'`.
fn ansi_c(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else {
            out.push(byte);
            break;
        };
        rest = after;
        let (base, most) = match kind {
            b'x' => (16, 2),
            b'0'..=b'7' => (8, 2),
            _ => (0, 0),
        };
        if base > 0 {
            let first = u32::from(kind).wrapping_sub(u32::from(b'0'));
            let mut number = if base == 8 { first } else { 0 };
            for _ in 0..most {
                let digit = rest
                    .first()
                    .and_then(|byte| char::from(*byte).to_digit(base));
                let Some(digit) = digit else { break };
                number = number * base + digit;
                rest = rest.get(1..).unwrap_or_default();
            }
            out.push((number & 0xff) as u8);
            continue;
        }
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'e' | b'E' => out.push(27),
            b'\\' | b'\'' | b'"' | b'?' => out.push(kind),
            other => out.extend([b'\\', other]),
        }
    }
    out
}
