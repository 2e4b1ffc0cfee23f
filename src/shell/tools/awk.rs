//! `awk`, as far as people use it to pick columns: `awk [-F X] '[PATTERN] [{print ...}]'`.
//!
//! A pattern is `/RE/`, `!/RE/` or a comparison; what is printed is fields, `NR`, `NF`, strings and
//! numbers. It is no language here: anything else is refused before a line is read.

use regex_lite::Regex;

use super::{Options, Tool, bare, complain, lines, pattern};
use crate::shell::Output;

/// What stands for a value.
enum Operand {
    Field(usize),
    LastField,
    Row,
    Fields,
    Text(String),
}

/// Which lines are meant.
enum Pattern {
    All,
    Matches(bool, Regex),
    Compares(Operand, String, Operand),
}

struct Program {
    pattern: Pattern,
    /// Between commas, what is put together.
    prints: Vec<Vec<Operand>>,
}

/// A line on its way through.
struct Line<'a> {
    number: u64,
    text: &'a str,
    fields: Vec<&'a str>,
}

/// `awk [-F X] PROGRAM [FILE...]`.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "F:") {
        Ok(options) => options,
        Err(why) => return complain(out, 2, format!("awk: {why}")),
    };
    let Some((program, files)) = options.words.split_first() else {
        return complain(out, 2, "usage: awk [-F X] 'PATTERN {print $1}' [FILE...]");
    };
    let source = String::from_utf8_lossy(program);
    let Some(program) = parse(&source) else {
        let text =
            format!("awk: only `PATTERN {{print $1, NF, \"text\"}}` is simulated, not `{source}`");
        return complain(out, 2, text);
    };
    let mark = options.value('F').map(|mark| match mark {
        "\\t" => "\t".to_owned(),
        mark => mark.to_owned(),
    });
    let (bytes, is_missing) = tool.read_all(files, out, |file| {
        format!("awk: cannot open \"{file}\" (No such file or directory)\n")
    });
    for (number, line) in (1..).zip(lines(&bytes)) {
        let text = String::from_utf8_lossy(bare(line));
        let fields = match mark.as_deref() {
            None | Some("" | " ") => text.split_whitespace().collect(),
            Some(_) if text.is_empty() => Vec::new(),
            Some(mark) => text.split(mark).collect(),
        };
        let line = Line {
            number,
            text: &text,
            fields,
        };
        if program.pattern.holds(&line) {
            let words = program.prints.iter().map(|word| line.join(word));
            let printed = words.collect::<Vec<_>>().join(" ");
            out.stdout.extend(printed.bytes());
            out.stdout.push(b'\n');
        }
    }
    if is_missing { 2 } else { 0 }
}

impl Line<'_> {
    fn value(&self, operand: &Operand) -> String {
        let field = |number: usize| {
            let field = number.checked_sub(1).and_then(|at| self.fields.get(at));
            field.copied().unwrap_or_default().to_owned()
        };
        match operand {
            Operand::Field(0) => self.text.to_owned(),
            Operand::Field(number) => field(*number),
            Operand::LastField => match self.fields.len() {
                0 => self.text.to_owned(),
                count => field(count),
            },
            Operand::Row => self.number.to_string(),
            Operand::Fields => self.fields.len().to_string(),
            Operand::Text(text) => text.clone(),
        }
    }

    fn join(&self, operands: &[Operand]) -> String {
        operands.iter().map(|operand| self.value(operand)).collect()
    }
}

impl Pattern {
    fn holds(&self, line: &Line<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Matches(wanted, regex) => regex.is_match(line.text) == *wanted,
            Self::Compares(left, mark, right) => {
                let (left, right) = (line.value(left), line.value(right));
                // Two numbers compare as numbers, all else as text.
                let order = match (left.parse::<f64>(), right.parse::<f64>()) {
                    (Ok(left), Ok(right)) => left.total_cmp(&right),
                    _ => left.cmp(&right),
                };
                match mark.as_str() {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                }
            }
        }
    }
}

fn parse(source: &str) -> Option<Program> {
    let source = source.trim();
    let (before, action) = match source.strip_suffix('}') {
        // The brace that opens the action; a pattern has none before it but in a regular expression.
        Some(rest) => {
            let from = match rest.rfind("/ {").or_else(|| rest.rfind("/{")) {
                Some(end) => end + 1,
                None => 0,
            };
            let at = from + rest.get(from..)?.find('{')?;
            (rest.get(..at)?, rest.get(at + 1..)?)
        }
        None => (source, "print"),
    };
    let rest = action.trim().trim_end_matches(';').trim_end();
    let rest = rest.strip_prefix("print")?;
    if rest.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let mut rest = rest.trim();
    let mut prints = vec![Vec::new()];
    while !rest.is_empty() {
        if let Some(next) = rest.strip_prefix(',') {
            if prints.last().is_none_or(Vec::is_empty) {
                return None;
            }
            prints.push(Vec::new());
            rest = next.trim_start();
            continue;
        }
        let (operand, next) = operand(rest)?;
        prints.last_mut()?.push(operand);
        rest = next;
    }
    match prints.as_mut_slice() {
        [only] if only.is_empty() => only.push(Operand::Field(0)),
        all if all.iter().any(Vec::is_empty) => return None,
        _ => {}
    }
    Some(Program {
        pattern: condition(before.trim())?,
        prints,
    })
}

fn condition(text: &str) -> Option<Pattern> {
    if text.is_empty() {
        return Some(Pattern::All);
    }
    let (wanted, inner) = match text.strip_prefix('!') {
        Some(rest) => (false, rest.trim_start()),
        None => (true, text),
    };
    if let Some(inner) = inner.strip_prefix('/') {
        let inner = inner.strip_suffix('/')?.replace("\\/", "/");
        let regex = pattern::compile(&inner, true, false, false).ok()?;
        return Some(Pattern::Matches(wanted, regex));
    }
    let (left, rest) = operand(text)?;
    let marks = ["==", "!=", "<=", ">=", "<", ">"];
    let mark = marks.into_iter().find(|mark| rest.starts_with(mark))?;
    let (right, rest) = operand(rest.get(mark.len()..)?.trim_start())?;
    rest.is_empty()
        .then(|| Pattern::Compares(left, mark.to_owned(), right))
}

/// An operand at the start of some text, and what follows it.
fn operand(text: &str) -> Option<(Operand, &str)> {
    let end_of = |text: &str, part: fn(&u8) -> bool| text.bytes().take_while(part).count();
    let (operand, length) = if let Some(rest) = text.strip_prefix('"') {
        let end = rest.find('"')?;
        let inner = rest.get(..end)?;
        let inner = inner.replace("\\t", "\t").replace("\\n", "\n");
        if inner.contains('\\') {
            return None;
        }
        (Operand::Text(inner), end + 2)
    } else if let Some(rest) = text.strip_prefix('$') {
        if rest.starts_with("NF") {
            (Operand::LastField, 3)
        } else {
            let digits = end_of(rest, u8::is_ascii_digit);
            (
                Operand::Field(rest.get(..digits)?.parse().ok()?),
                digits + 1,
            )
        }
    } else if text.starts_with("NR") {
        (Operand::Row, 2)
    } else if text.starts_with("NF") {
        (Operand::Fields, 2)
    } else {
        let digits = end_of(text, u8::is_ascii_digit);
        let number: u64 = text.get(..digits)?.parse().ok()?;
        (Operand::Text(number.to_string()), digits)
    };
    let rest = text.get(length..)?;
    // `NRX` is another name, `$1+1` a sum.
    let starts_other = |c: char| c.is_alphanumeric() || "_+-*/%^([.".contains(c);
    match rest.trim_start().starts_with(starts_other) && !rest.starts_with(' ')
        || rest
            .trim_start()
            .starts_with(['+', '-', '*', '/', '%', '^', '(', '['])
    {
        true => None,
        false => Some((operand, rest.trim_start())),
    }
}
