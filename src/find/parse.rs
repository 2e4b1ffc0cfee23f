//! Words to what has to hold.

use std::ops::{Range, RangeInclusive};

use super::atom::{Atom, Kind, Number};
use super::error::{QueryError, nearest};
use super::expr::{Expr, MAX_ATOMS};
use super::lex::{Op, Token, What, Word, lex};
use super::needle::Needle;
use super::pattern::{Glob, Pattern};
use super::terms::{self, Choice, LEASES, SCOPES, STATES, Scope, TERMS, Takes, Term};
use crate::kv::LeaseId;

/// Bytes that a query may have.
const MAX_LEN: usize = 4096;
/// Parentheses and negations inside each other.
const MAX_DEPTH: usize = 32;

/// A query as it was understood.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub expr: Expr,
    pub in_secrets: bool,
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Parsed, QueryError> {
    if text.len() > MAX_LEN {
        let what = format!("the query has {} bytes", text.len());
        let hint = format!("{MAX_LEN} are the most");
        return Err(QueryError::new(0..text.len(), what, hint));
    }
    let tokens = lex(text, &terms::is_name);
    let mut parser = Parser {
        end: text.len(),
        in_value: tokens.iter().any(|token| is_scope(token, Scope::Value)),
        in_secrets: tokens.iter().any(|token| is_scope(token, Scope::Secrets)),
        tokens: &tokens,
        atoms: 0,
        depth: 0,
    };
    let mut expr = parser.any()?;
    if let Some(token) = parser.tokens.first() {
        let what = "this parenthesis closes none";
        return Err(QueryError::new(
            token.at.clone(),
            what,
            "take it away, or quote it",
        ));
    }
    expr.arrange();
    Ok(Parsed {
        expr,
        in_secrets: parser.in_secrets,
    })
}

/// Whether a word is `in:` that scope; where it stands does not matter.
fn is_scope(token: &Token, scope: Scope) -> bool {
    let What::Word(word) = &token.what else {
        return false;
    };
    let is_in = word
        .head
        .as_ref()
        .is_some_and(|(name, _)| terms::find(name).is_some_and(|term| term.takes == Takes::Scope));
    is_in && chosen(SCOPES, &word.value) == Some(scope)
}

struct Parser<'t> {
    tokens: &'t [Token],
    end: usize,
    in_value: bool,
    in_secrets: bool,
    atoms: u32,
    depth: usize,
}

/// A word that joins others, which stands by itself and is not quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
    Not,
}

fn joint(token: &Token) -> Option<Joint> {
    let What::Word(word) = &token.what else {
        return None;
    };
    match (word.head.is_none() && !word.is_quoted).then_some(word.value.as_str())? {
        "and" | "AND" => Some(Joint::And),
        "or" | "OR" => Some(Joint::Or),
        "not" | "NOT" => Some(Joint::Not),
        _ => None,
    }
}

impl<'t> Parser<'t> {
    fn take(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Where the next word stands, or the end of the text.
    fn place(&self) -> Range<usize> {
        let next = self.tokens.first().map(|token| token.at.clone());
        next.unwrap_or(self.end..self.end)
    }

    fn missing<T>(&self, what: &str) -> Result<T, QueryError> {
        let hint = "to look for such a word itself, quote it";
        Err(QueryError::new(self.place(), what, hint))
    }

    /// `A or B or ...`, up to the end or to a parenthesis that closes.
    fn any(&mut self) -> Result<Expr, QueryError> {
        let first = self.all()?;
        let mut any = vec![first];
        while self.tokens.first().and_then(joint) == Some(Joint::Or) {
            let is_empty = any.last().is_some_and(|last| *last == Expr::default());
            if is_empty {
                return self.missing("nothing stands before this or");
            }
            self.take();
            let next = self.all()?;
            if next == Expr::default() {
                return self.missing("something has to follow or");
            }
            any.push(next);
        }
        Ok(one_or(any, Expr::Any))
    }

    /// `A B ...`
    fn all(&mut self) -> Result<Expr, QueryError> {
        let mut all = Vec::new();
        while let Some(token) = self.tokens.first() {
            match (&token.what, joint(token)) {
                (What::Close, _) | (_, Some(Joint::Or)) => break,
                (_, Some(Joint::And)) => {
                    if all.is_empty() {
                        return self.missing("nothing stands before this and");
                    }
                    self.take();
                    let next = self.tokens.first();
                    if next.is_none_or(|next| {
                        next.what == What::Close
                            || joint(next).is_some_and(|next| next != Joint::Not)
                    }) {
                        return self.missing("something has to follow and");
                    }
                }
                _ => all.extend(self.one()?),
            }
        }
        Ok(one_or(all, Expr::All))
    }

    /// A term, its negation, or what stands in parentheses; none for a scope, which is of the
    /// whole query.
    fn one(&mut self) -> Result<Option<Expr>, QueryError> {
        let place = self.place();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} parentheses or negations inside each other");
            return Err(QueryError::new(place, what, ""));
        }
        let one = match self.take() {
            None => return self.missing("something is missing"),
            Some(token) if joint(token) == Some(Joint::Not) => self.negated(place)?,
            Some(token) => match &token.what {
                What::Minus => self.negated(place)?,
                What::Open => Some(self.inside(place)?),
                What::Word(word) => self.term(word, &token.at)?,
                // Whoever calls has looked.
                What::Close => return self.missing("something is missing"),
            },
        };
        self.depth -= 1;
        Ok(one)
    }

    fn negated(&mut self, place: Range<usize>) -> Result<Option<Expr>, QueryError> {
        let next = self.tokens.first();
        if next.is_none_or(|next| {
            next.what == What::Close || matches!(joint(next), Some(Joint::Or | Joint::And))
        }) {
            return self.missing("something has to follow not");
        }
        match self.one()? {
            Some(inner) => Ok(Some(Expr::Not(Box::new(inner)))),
            None => {
                let what = "where a query looks cannot be negated";
                Err(QueryError::new(place, what, "leave in: away"))
            }
        }
    }

    fn inside(&mut self, place: Range<usize>) -> Result<Expr, QueryError> {
        let inner = self.any()?;
        let is_closed = self.take().is_some();
        if !is_closed {
            let what = "this parenthesis is not closed";
            return Err(QueryError::new(place, what, "add )"));
        }
        if inner == Expr::default() {
            let what = "nothing stands in these parentheses";
            return Err(QueryError::new(
                place,
                what,
                "quote a parenthesis to look for it",
            ));
        }
        Ok(inner)
    }

    fn term(&mut self, word: &Word, at: &Range<usize>) -> Result<Option<Expr>, QueryError> {
        if word.is_open {
            let what = "this quote is not closed";
            return Err(QueryError::new(word.value_at.clone(), what, "add \""));
        }
        // A word that begins right behind a quote.
        if word.is_quoted
            && let Some(next) = self.tokens.first()
            && next.at.start == at.end
            && next.what != What::Close
        {
            let what = "this stands right behind a quote";
            return Err(QueryError::new(
                next.at.clone(),
                what,
                "put a blank between",
            ));
        }
        self.atoms += 1;
        if self.atoms > MAX_ATOMS {
            let what = format!("more than {MAX_ATOMS} terms");
            return Err(QueryError::new(at.clone(), what, ""));
        }
        let Some((name, op)) = &word.head else {
            return Ok(Some(self.bare(word)));
        };
        let name_at = at.start..at.start + name.len();
        let Some(term) = terms::find(name) else {
            let names = TERMS.iter().map(|term| term.name);
            let whole = name.len() + 1 + word.value.len();
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean {near}:?"),
                None if whole < 60 => {
                    format!(
                        "to look for it as text: \"{name}{}{}\"",
                        sign(*op),
                        word.value
                    )
                }
                None => "to look for it as text, quote it".to_owned(),
            };
            return Err(QueryError::new(
                name_at,
                format!("there is no term {name}"),
                hint,
            ));
        };
        Reader {
            term,
            op: *op,
            word,
            name_at,
        }
        .read()
    }

    /// A word without a name.
    fn bare(&self, word: &Word) -> Expr {
        holds(word.value.as_bytes(), self.in_value)
    }
}

/// Bytes looked for in keys, or in keys and values.
fn holds(bytes: &[u8], in_value: bool) -> Expr {
    let needle = Needle::new(bytes.to_vec());
    let in_key = atom(Atom::KeyHolds(needle.clone()));
    match in_value {
        true => Expr::Any(vec![in_key, atom(Atom::ValueHolds(needle))]),
        false => in_key,
    }
}

/// A term; its number comes when all are known.
fn atom(atom: Atom) -> Expr {
    Expr::Atom(0, atom)
}

fn one_or(mut all: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, None) => Expr::default(),
        (_, Some(last)) => {
            all.push(last);
            join(all)
        }
    }
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::Is => ":",
        Op::Matches => "~",
        Op::Above => ">",
        Op::AtLeast => ">=",
        Op::Below => "<",
        Op::AtMost => "<=",
    }
}

fn chosen<T: Copy>(choices: &[Choice<T>], typed: &str) -> Option<T> {
    let found = choices
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(typed));
    found.map(|one| one.means)
}

/// One term whose name is known.
struct Reader<'w> {
    term: &'static Term,
    op: Op,
    word: &'w Word,
    name_at: Range<usize>,
}

impl Reader<'_> {
    fn read(&self) -> Result<Option<Expr>, QueryError> {
        let (takes, value) = (self.term.takes, self.word.value.as_str());
        let fits = match self.op {
            Op::Is => true,
            Op::Matches => takes.is_text(),
            _ => takes.is_number(),
        };
        if !fits {
            let end = self.name_at.end + sign(self.op).len();
            let what = format!("{} takes no {}", self.term.name, sign(self.op));
            return Err(QueryError::new(self.name_at.start..end, what, self.forms()));
        }
        if value.is_empty() {
            return self.wrong(format!("{} wants a value", self.term.name), self.forms());
        }
        let needle = || Needle::new(value.as_bytes().to_vec());
        Ok(Some(atom(match takes {
            Takes::Key if self.op == Op::Matches => Atom::KeyMatches(self.pattern()?),
            Takes::Key => Atom::KeyHolds(needle()),
            Takes::Prefix => Atom::KeyBegins(value.as_bytes().to_vec()),
            Takes::Value if self.op == Op::Matches => Atom::ValueMatches(self.pattern()?),
            Takes::Value => Atom::ValueHolds(needle()),
            Takes::Hex => return Ok(Some(holds(&self.hex()?, true))),
            Takes::Revision => self.number(Number::Revision)?,
            Takes::Create => self.number(Number::Create)?,
            Takes::Version => self.number(Number::Version)?,
            Takes::Size => self.number(Number::Size)?,
            Takes::Lease => match chosen(LEASES, value) {
                Some(leases) => Atom::Lease(leases),
                None => Atom::LeaseId(self.lease()?),
            },
            Takes::State => Atom::State(self.choice(STATES)?),
            Takes::Kind => Atom::Kind(Kind::new(value)),
            Takes::Namespace => Atom::Namespace(Glob::new(value)),
            Takes::Name => Atom::Name(Glob::new(value)),
            Takes::Label => match value.split_once('=') {
                // `==` is kubectl's other way to write it.
                Some((key, value)) => {
                    let value = value.strip_prefix('=').unwrap_or(value);
                    Atom::Label(key.to_owned(), Some(value.to_owned()))
                }
                None => Atom::Label(value.to_owned(), None),
            },
            Takes::Scope => {
                self.choice(SCOPES)?;
                return Ok(None);
            }
        })))
    }

    fn forms(&self) -> String {
        format!("such as {}", self.term.example)
    }

    fn wrong<T>(&self, what: String, hint: String) -> Result<T, QueryError> {
        let at = match self.word.value_at.is_empty() {
            true => self.name_at.start..self.word.value_at.end,
            false => self.word.value_at.clone(),
        };
        Err(QueryError::new(at, what, hint))
    }

    fn choice<T: Copy>(&self, choices: &[Choice<T>]) -> Result<T, QueryError> {
        let typed = self.word.value.as_str();
        if let Some(means) = chosen(choices, typed) {
            return Ok(means);
        }
        let names: Vec<_> = choices.iter().map(|one| one.name).collect();
        let name = self.term.name;
        let hint = match nearest(typed, names.iter().copied()) {
            Some(near) => format!("did you mean {name}:{near}?"),
            None => format!("it is one of {}", names.join(", ")),
        };
        self.wrong(format!("there is no {name}:{typed}"), hint)
    }

    fn pattern(&self) -> Result<Pattern, QueryError> {
        Pattern::new(&self.word.value)
            .or_else(|why| self.wrong(format!("no pattern: {why}"), String::new()))
    }

    fn hex(&self) -> Result<Vec<u8>, QueryError> {
        let typed = self.word.value.as_str();
        let digits = typed.strip_prefix("0x").unwrap_or(typed);
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2)?;
            let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(pair, 16).ok())?
        });
        match pairs.collect::<Option<Vec<_>>>() {
            Some(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => self.wrong(
                "hex wants pairs of hexadecimal digits".to_owned(),
                self.forms(),
            ),
        }
    }

    fn lease(&self) -> Result<LeaseId, QueryError> {
        let typed = self.word.value.as_str();
        let digits = typed.strip_prefix("0x").unwrap_or(typed);
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let id = is_hex
            .then(|| u64::from_str_radix(digits, 16).ok())
            .flatten();
        match id {
            Some(id) => Ok(LeaseId(id.cast_signed())),
            None => self.wrong(
                "a lease is named by up to 16 hexadecimal digits".to_owned(),
                "such as lease:694d77aa9e38260f, lease:any or lease:none".to_owned(),
            ),
        }
    }

    /// `N`, `N..M`, `N..`, `..M`, or a number behind another operator.
    fn number(&self, number: Number) -> Result<Atom, QueryError> {
        let value = self.word.value.as_str();
        let range: RangeInclusive<i64> = match (self.op, value.split_once("..")) {
            (Op::Is, Some((from, to))) if from.len() + to.len() > 0 => {
                let from = if from.is_empty() {
                    0
                } else {
                    self.whole(from)?
                };
                let to = if to.is_empty() {
                    i64::MAX
                } else {
                    self.whole(to)?
                };
                if from > to {
                    let what = format!("no number is from {from} to {to}");
                    return self.wrong(what, format!("{}:{to}..{from}", self.term.name));
                }
                from..=to
            }
            (Op::Above, _) => self.whole(value)?.saturating_add(1)..=i64::MAX,
            (Op::AtLeast, _) => self.whole(value)?..=i64::MAX,
            (Op::Below, _) => i64::MIN..=self.whole(value)?.saturating_sub(1),
            (Op::AtMost, _) => i64::MIN..=self.whole(value)?,
            _ => {
                let exactly = self.whole(value)?;
                exactly..=exactly
            }
        };
        Ok(Atom::Number(number, range))
    }

    /// A number; a size may have a unit.
    fn whole(&self, typed: &str) -> Result<i64, QueryError> {
        let digits = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = typed.get(digits.len()..).unwrap_or_default();
        let is_size = self.term.takes == Takes::Size;
        let unit = match unit.trim_end_matches(['b', 'B']) {
            _ if !is_size && !unit.is_empty() => None,
            "" => Some(1),
            "k" | "K" => Some(1000),
            "m" | "M" => Some(1_000_000),
            "g" | "G" => Some(1_000_000_000),
            "Ki" | "ki" => Some(1 << 10),
            "Mi" | "mi" => Some(1 << 20),
            "Gi" | "gi" => Some(1 << 30),
            _ => None,
        };
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = is_number.then(|| digits.parse::<i64>().ok()).flatten();
        match number
            .zip(unit)
            .and_then(|(number, unit)| number.checked_mul(unit))
        {
            Some(number) => Ok(number),
            None => {
                let kind = if is_size { "size" } else { "number" };
                self.wrong(format!("{typed:?} is no {kind}"), self.forms())
            }
        }
    }
}
