//! `expr`, `test` and `[`.

use super::{Tool, complain};
use crate::shell::Output;
use crate::shell::redirect::file_name;

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 32;

/// `expr 1 + 2`: 64-bit numbers, comparisons, `:` and the words `length`, `substr`, `index`.
pub(super) fn expr(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let words = args
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let mut parser = Expr {
        words,
        at: 0,
        depth: 0,
    };
    if parser.words.is_empty() {
        return complain(
            out,
            2,
            "expr: missing operand\nTry 'expr --help' for more information.",
        );
    }
    let value = parser.level(0);
    match value {
        Ok(_) if parser.at < parser.words.len() => {
            let word = parser.words.get(parser.at).cloned().unwrap_or_default();
            complain(
                out,
                2,
                format!("expr: syntax error: unexpected argument '{word}'"),
            )
        }
        Ok(value) => {
            out.stdout.extend(value.bytes());
            out.stdout.push(b'\n');
            i32::from(is_zero(&value))
        }
        Err(why) => complain(out, 2, format!("expr: {why}")),
    }
}

fn is_zero(value: &str) -> bool {
    value.is_empty() || value.parse() == Ok(0i64)
}

/// Operators from the weakest to the strongest.
const LEVELS: &[&[&str]] = &[
    &["|"],
    &["&"],
    &["<", "<=", "=", "==", "!=", ">=", ">"],
    &["+", "-"],
    &["*", "/", "%"],
    &[":"],
];

struct Expr {
    words: Vec<String>,
    at: usize,
    depth: usize,
}

impl Expr {
    fn next(&mut self) -> Result<String, String> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| {
            let last = self.words.last().cloned().unwrap_or_default();
            format!("syntax error: missing argument after '{last}'")
        })
    }

    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.atom();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.words.get(self.at).cloned() {
            if !operators.contains(&operator.as_str()) {
                break;
            }
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<String, String> {
        let word = self.next()?;
        match word.as_str() {
            "(" => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("nested too deeply".to_owned());
                }
                let value = self.level(0)?;
                self.depth -= 1;
                match self.next() {
                    Ok(word) if word == ")" => Ok(value),
                    _ => Err(format!("syntax error: expecting ')' after '{value}'")),
                }
            }
            "length" if self.at < self.words.len() => Ok(self.next()?.chars().count().to_string()),
            "index" if self.at + 1 < self.words.len() => {
                let (text, set) = (self.next()?, self.next()?);
                let place = text.chars().position(|char| set.contains(char));
                Ok(place.map_or(0, |place| place + 1).to_string())
            }
            "substr" if self.at + 2 < self.words.len() => {
                let (text, from, count) = (self.next()?, self.next()?, self.next()?);
                match (from.parse::<usize>(), count.parse::<usize>()) {
                    (Ok(from @ 1..), Ok(count)) => {
                        Ok(text.chars().skip(from - 1).take(count).collect())
                    }
                    _ => Ok(String::new()),
                }
            }
            _ => Ok(word),
        }
    }
}

fn apply(left: &str, operator: &str, right: &str) -> Result<String, String> {
    let truth = |truth: bool| Ok(i64::from(truth).to_string());
    match operator {
        "|" => return Ok(if is_zero(left) { right } else { left }.to_owned()),
        "&" if is_zero(left) || is_zero(right) => return Ok("0".to_owned()),
        "&" => return Ok(left.to_owned()),
        ":" => {
            let regex = super::pattern::compile(&format!("^{right}"), false, false, false)?;
            let found = regex.captures(left);
            let has_group = right.contains("\\(");
            return Ok(match found {
                Some(found) if has_group => {
                    found.get(1).map_or("", |group| group.as_str()).to_owned()
                }
                Some(found) => found
                    .get(0)
                    .map_or(0, |all| all.as_str().chars().count())
                    .to_string(),
                None if has_group => String::new(),
                None => "0".to_owned(),
            });
        }
        _ => {}
    }
    let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
    let order = numbers.map_or_else(|| left.cmp(right), |(a, b)| a.cmp(&b));
    match operator {
        "<" => return truth(order.is_lt()),
        "<=" => return truth(order.is_le()),
        "=" | "==" => return truth(order.is_eq()),
        "!=" => return truth(order.is_ne()),
        ">=" => return truth(order.is_ge()),
        ">" => return truth(order.is_gt()),
        _ => {}
    }
    let (a, b) = numbers.ok_or("non-integer argument")?;
    let value = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        _ if b == 0 => return Err("division by zero".to_owned()),
        "/" => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    let value = value.ok_or_else(|| format!("{left}: Numerical result out of range"))?;
    Ok(value.to_string())
}

/// `test EXPRESSION`.
pub(super) fn test(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    run(tool, args, out, "test")
}

/// `[ EXPRESSION ]`.
pub(super) fn bracket(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    match args.split_last() {
        Some((last, args)) if last == b"]" => run(tool, args, out, "["),
        _ => complain(out, 2, "bash: [: missing `]'"),
    }
}

fn run(tool: &Tool<'_>, args: &[Vec<u8>], out: &mut Output, name: &str) -> i32 {
    let words: Vec<_> = args
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    // `-o` binds weaker than `-a`.
    let mut any = false;
    for part in words.split(|word| word == "-o" && words.len() > 3) {
        let mut all = true;
        for one in part.split(|word| word == "-a" && part.len() > 3) {
            match single(tool, one) {
                Ok(holds) => all &= holds,
                Err(why) => return complain(out, 2, format!("bash: {name}: {why}")),
            }
        }
        any |= all;
    }
    i32::from(!any)
}

fn single(tool: &Tool<'_>, words: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| {
        let parsed = text.trim().parse::<i64>();
        parsed.map_err(|_| format!("{text}: integer expression expected"))
    };
    Ok(match words.as_slice() {
        [] => false,
        [word] => !word.is_empty(),
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            // Only one more sign of negation is looked through, so this ends.
            match rest.first().map(String::as_str) {
                Some("!") => return Err("too many arguments".to_owned()),
                _ => !single(tool, &rest)?,
            }
        }
        ["-z", word] => word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-e" | "-f" | "-r" | "-w", name] => {
            tool.file(file_name(name.as_bytes()).as_bytes()).is_some()
        }
        ["-s", name] => tool
            .file(name.as_bytes())
            .is_some_and(|bytes| !bytes.is_empty()),
        ["-d" | "-x" | "-L" | "-h", _] => false,
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "<", b] => a < b,
        [a, ">", b] => a > b,
        [a, "-eq", b] => number(a)? == number(b)?,
        [a, "-ne", b] => number(a)? != number(b)?,
        [a, "-lt", b] => number(a)? < number(b)?,
        [a, "-le", b] => number(a)? <= number(b)?,
        [a, "-gt", b] => number(a)? > number(b)?,
        [a, "-ge", b] => number(a)? >= number(b)?,
        [first, _] => return Err(format!("{first}: unary operator expected")),
        [_, operator, _] => return Err(format!("{operator}: binary operator expected")),
        _ => return Err("too many arguments".to_owned()),
    })
}
