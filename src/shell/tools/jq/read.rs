//! JSON texts one after the other, with jq's complaints where one is broken.

use super::value::{MAX_DEPTH, Map, Num, Value};
use super::write::lossy;

/// A stream of JSON texts.
#[derive(Debug)]
pub struct Reader {
    text: Vec<char>,
    at: usize,
    line: u64,
    column: u64,
}

/// Why a text could not be read, in jq's words, the place at its end.
pub type ReadError = String;

impl Reader {
    /// Starts at the first of these bytes; what is no UTF-8 is replaced.
    pub fn new(bytes: &[u8]) -> Self {
        let text = lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Self {
            text: text.chars().collect(),
            at: 0,
            line: 1,
            column: 0,
        }
    }

    /// The next value; `None` at the end.
    pub fn next(&mut self) -> Option<Result<Value, ReadError>> {
        self.space();
        self.peek()?;
        let value = self.value(0);
        if value.is_err() {
            self.at = self.text.len();
        }
        Some(value)
    }

    /// Line ends up to the end of the line that was read last, which jq's errors show.
    pub fn lines(&self) -> u64 {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.line - 1 + u64::from(rest.contains(&'\n'))
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        self.column += 1;
        if char == '\n' {
            self.line += 1;
            self.column = 0;
        }
        Some(char)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n' | '\u{1e}')) {
            self.bump();
        }
    }

    fn fail<T>(&self, what: &str) -> Result<T, ReadError> {
        Err(format!(
            "{what} at line {}, column {}",
            self.line, self.column
        ))
    }

    fn unfinished<T>(&self) -> Result<T, ReadError> {
        let what = "Unfinished JSON term at EOF";
        Err(format!(
            "{what} at line {}, column {}",
            self.line, self.column
        ))
    }

    fn value(&mut self, depth: u32) -> Result<Value, ReadError> {
        if depth >= MAX_DEPTH {
            return self.fail("Exceeds depth limit for parsing");
        }
        self.space();
        match self.peek() {
            None => self.unfinished(),
            Some('"') => Ok(Value::from(self.string()?)),
            Some('[') => self.array(depth),
            Some('{') => self.object(depth),
            Some(']') => {
                self.bump();
                match depth {
                    0 => self.fail("Unmatched ']'"),
                    _ => self.fail("Expected another array element"),
                }
            }
            Some('}') => {
                self.bump();
                match depth {
                    0 => self.fail("Unmatched '}'"),
                    _ => self.fail("Objects must consist of key:value pairs"),
                }
            }
            Some(',') => {
                self.bump();
                self.fail("Expected value before ','")
            }
            Some(':') => {
                self.bump();
                self.fail("':' not as part of an object")
            }
            Some(_) => self.literal(),
        }
    }

    fn array(&mut self, depth: u32) -> Result<Value, ReadError> {
        self.bump();
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.bump();
            return Ok(Value::array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.bump() {
                Some(',') => {}
                Some(']') => return Ok(Value::array(items)),
                None => return self.unfinished(),
                Some('}') => return self.fail("Unmatched '}'"),
                Some(':') => return self.fail("':' not as part of an object"),
                Some(_) => return self.fail("Expected separator between values"),
            }
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, ReadError> {
        self.bump();
        let mut map = Map::default();
        self.space();
        if self.peek() == Some('}') {
            self.bump();
            return Ok(Value::object(map));
        }
        loop {
            self.space();
            match self.peek() {
                Some('"') => {}
                None => return self.unfinished(),
                Some('}') => {
                    self.bump();
                    return self.fail("Expected another key-value pair");
                }
                Some(_) => {
                    self.value(depth + 1)?;
                    self.bump();
                    return self.fail("Object keys must be strings");
                }
            }
            let key = self.string()?;
            self.space();
            match self.bump() {
                Some(':') => {}
                None => return self.unfinished(),
                Some(_) => return self.fail("Objects must consist of key:value pairs"),
            }
            let value = self.value(depth + 1)?;
            map.insert(key.into(), value);
            self.space();
            match self.bump() {
                Some(',') => {}
                Some('}') => return Ok(Value::object(map)),
                None => return self.unfinished(),
                Some(']') => return self.fail("Unmatched ']'"),
                Some(_) => return self.fail("Expected separator between values"),
            }
        }
    }

    fn literal(&mut self) -> Result<Value, ReadError> {
        let mut word = String::new();
        let ends = |char: char| " \t\r\n[]{}:,\"".contains(char);
        while let Some(char) = self.peek().filter(|char| !ends(*char)) {
            word.push(char);
            self.bump();
        }
        // jq notices with the character that ends the word, which is not there at the end.
        let mark = if self.peek().is_none() { " at EOF" } else { "" };
        let plain = word.bytes().all(|byte| b"+-.eE0123456789".contains(&byte));
        let value = match word.as_str() {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "nan" | "NaN" => Some(Value::number(f64::NAN)),
            word if plain => Num::parse(word).map(Value::Num),
            _ => None,
        };
        if let Some(value) = value {
            return Ok(value);
        }
        if mark.is_empty() {
            self.bump();
        }
        let named = word.starts_with(['n', 't', 'f']) && word.chars().all(char::is_alphabetic);
        let what = match named {
            true => "Invalid literal",
            false => "Invalid numeric literal",
        };
        self.fail(&format!("{what}{mark}"))
    }

    fn string(&mut self) -> Result<String, ReadError> {
        self.bump();
        let mut out = String::new();
        loop {
            match self.bump() {
                None => return self.fail("Unfinished string at EOF"),
                Some('"') => return Ok(out),
                Some('\\') => self.escape(&mut out)?,
                Some(char) if u32::from(char) < 0x20 => {
                    let what = "Invalid string: control characters from U+0000 through U+001F must be \
                                escaped";
                    return self.fail(what);
                }
                Some(char) => out.push(char),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), ReadError> {
        let char = match self.bump() {
            Some(char @ ('"' | '\\' | '/')) => char,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => self.unicode()?,
            _ => return self.fail("Invalid escape"),
        };
        out.push(char);
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, ReadError> {
        let high = self.hex()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
        }
        let next = self.text.get(self.at..self.at.saturating_add(2));
        if next != Some(&['\\', 'u']) {
            return Ok('\u{fffd}');
        }
        self.bump();
        self.bump();
        let low = self.hex()?;
        let code = match low {
            0xdc00..=0xdfff => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
            _ => 0xfffd,
        };
        Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u32, ReadError> {
        let mut code = 0;
        for _ in 0..4 {
            match self.bump().and_then(|char| char.to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return self.fail("Invalid escape"),
            }
        }
        Ok(code)
    }
}
