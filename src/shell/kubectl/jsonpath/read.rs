//! Reading a template: what stands in braces, up to its paths' steps.

use super::{Compare, Node, Operand, Step};

/// Paths inside each other: in filters and ranges.
const MAX_DEPTH: u32 = 32;

/// Steps of a path: `..` after `..` finds more and more.
const MAX_STEPS: usize = 256;

/// The parts of a template; what is wrong comes in kubectl's words.
pub(super) fn nodes(source: &str) -> Result<Vec<Node>, String> {
    let mut reader = Reader {
        rest: source,
        depth: 0,
    };
    reader.nodes(false)
}

/// Where the reading is.
struct Reader<'t> {
    rest: &'t str,
    depth: u32,
}

/// What stands in braces.
enum Action {
    Path(Vec<Step>),
    Range(Vec<Step>),
    End,
}

impl<'t> Reader<'t> {
    /// Everything up to the end, or up to `{end}`.
    fn nodes(&mut self, is_inside: bool) -> Result<Vec<Node>, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        let mut nodes = Vec::new();
        loop {
            let (text, rest) = self
                .rest
                .split_at(self.rest.find('{').unwrap_or(self.rest.len()));
            if !text.is_empty() {
                nodes.push(Node::Text(text.to_owned()));
            }
            self.rest = rest.strip_prefix('{').unwrap_or_default();
            if rest.is_empty() {
                break match is_inside {
                    true => Err("unclosed range".to_owned()),
                    false => Ok(nodes),
                };
            }
            match self.action()? {
                Action::Path(steps) => nodes.push(Node::Path(steps)),
                Action::Range(steps) => nodes.push(Node::Range(steps, self.nodes(true)?)),
                Action::End if is_inside => {
                    self.depth -= 1;
                    break Ok(nodes);
                }
                Action::End => break Err("not in range, nothing to end".to_owned()),
            }
        }
    }

    /// What stands in braces, and the closing one.
    fn action(&mut self) -> Result<Action, String> {
        let trimmed = self.rest.trim_start();
        if let Some(rest) = trimmed.strip_prefix("end")
            && let Some(rest) = rest.trim_start().strip_prefix('}')
        {
            self.rest = rest;
            return Ok(Action::End);
        }
        let ranges = trimmed
            .strip_prefix("range")
            .filter(|rest| rest.starts_with([' ', '.', '[']));
        self.rest = ranges.unwrap_or(trimmed);
        let steps = self.steps(|c| c == '}')?;
        if self.take('}') {
            return Ok(match ranges {
                Some(_) => Action::Range(steps),
                None => Action::Path(steps),
            });
        }
        Err("unclosed action".to_owned())
    }

    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The steps of a path up to a sign that ends it, or to the end.
    fn steps(&mut self, ends: fn(char) -> bool) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        while let Some(c) = self.rest.chars().next() {
            if steps.len() > MAX_STEPS {
                return Err(format!("more than {MAX_STEPS} steps"));
            }
            match c {
                c if ends(c) => break,
                ' ' | '@' | '$' => drop(self.take(c)),
                '"' | '\'' => steps.push(Step::Text(self.quoted(c)?)),
                '[' if self.rest.starts_with("[?(") => steps.push(self.filter()?),
                '[' => steps.push(self.array()?),
                '.' if self.rest.starts_with("..") => {
                    self.rest = self.rest.get(2..).unwrap_or_default();
                    steps.push(Step::Within);
                    if !self.rest.starts_with(['.', '[', '}']) {
                        steps.push(self.field());
                    }
                }
                '.' => {
                    self.take('.');
                    // A point alone is the value itself.
                    if !self.rest.starts_with([' ', '}', '[']) && !self.rest.is_empty() {
                        steps.push(self.field());
                    }
                }
                c if c.is_alphanumeric() => {
                    let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                    let word = self.rest.get(..end.unwrap_or(self.rest.len()));
                    let word = word.unwrap_or_default();
                    return Err(format!("unrecognized identifier {word}"));
                }
                c => {
                    let code = u32::from(c);
                    return Err(format!(
                        "unrecognized character in action: U+{code:04X} '{c}'"
                    ));
                }
            }
        }
        Ok(steps)
    }

    /// A field's name, in which a backslash takes the meaning from the next sign.
    fn field(&mut self) -> Step {
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => name.extend(chars.next().map(|(_, c)| c)),
                ' ' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}' | '=' | '!' | '<' | '>'
                | ')' => {
                    end = at;
                    break;
                }
                c => name.push(c),
            }
        }
        self.rest = self.rest.get(end..).unwrap_or_default();
        match name.as_str() {
            "*" => Step::Every,
            _ => Step::Field(name),
        }
    }

    /// A text in quotes, with Go's short escapes.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err("unterminated quoted string".to_owned())
    }

    /// `[...]` but for filters.
    fn array(&mut self) -> Result<Step, String> {
        let end = self.rest.find(']').ok_or("unterminated array")?;
        let inner = self.rest.get(1..end).unwrap_or_default();
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        let mut steps = inner.split(',').map(|part| element(part.trim()));
        match inner.contains(',') {
            true => Ok(Step::Union(steps.collect::<Result<_, _>>()?)),
            false => steps.next().unwrap_or(Ok(Step::Every)),
        }
    }

    /// `[?(LEFT OPERATOR RIGHT)]`, or `[?(LEFT)]` for what has it.
    fn filter(&mut self) -> Result<Step, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        self.rest = self.rest.get(3..).unwrap_or_default();
        let left = self.steps(|c| matches!(c, '=' | '!' | '<' | '>' | ')'))?;
        let operators = [
            ("==", Compare::Equal),
            ("!=", Compare::Unequal),
            ("<=", Compare::LessOrEqual),
            (">=", Compare::MoreOrEqual),
            ("<", Compare::Less),
            (">", Compare::More),
        ];
        let mut right = None;
        for (sign, compare) in operators {
            if let Some(rest) = self.rest.strip_prefix(sign) {
                self.rest = rest.trim_start();
                right = Some((compare, self.operand()?));
                break;
            }
        }
        self.rest = self.rest.trim_start();
        self.depth -= 1;
        match self.rest.strip_prefix(")]") {
            Some(rest) => self.rest = rest,
            None => return Err("unterminated filter".to_owned()),
        }
        Ok(Step::Filter(left, right))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        if let Some(quote @ ('"' | '\'')) = self.rest.chars().next() {
            return self.quoted(quote).map(Operand::Text);
        }
        if self.rest.starts_with(['@', '.', '$']) {
            return self.steps(|c| c == ')').map(Operand::Path);
        }
        let end = self.rest.find(')').ok_or("unterminated filter")?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word.trim() {
            "true" => Ok(Operand::Bool(true)),
            "false" => Ok(Operand::Bool(false)),
            word => match word.parse() {
                Ok(number) => Ok(Operand::Number(number)),
                Err(_) => Err(format!("unrecognized identifier {word}")),
            },
        }
    }
}

/// One part of what stands in brackets.
fn element(part: &str) -> Result<Step, String> {
    if part == "*" {
        return Ok(Step::Every);
    }
    if let Some(key) = part
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return Ok(Step::Field(key.replace('\\', "")));
    }
    let wrong = || format!("invalid array index {part}");
    let number = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some).map_err(|_| wrong()),
    };
    let parts = part.split(':').map(number).collect::<Result<Vec<_>, _>>()?;
    match parts.as_slice() {
        [Some(index)] => Ok(Step::Index(*index)),
        [from, to] => Ok(Step::Slice(*from, *to, 1)),
        [from, to, by] => Ok(Step::Slice(*from, *to, by.unwrap_or(1))),
        _ => Err(wrong()),
    }
}
