//! A term's operator and value to what it asks.

use std::ops::{Range, RangeInclusive};

use super::atom::{Atom, Kind, Number};
use super::error::{QueryError, nearest};
use super::expr::Expr;
use super::lex::{Op, Word};
use super::needle::Needle;
use super::parse::{atom, holds};
use super::pattern::{Glob, Pattern};
use super::terms::{Choice, LEASES, SCOPES, STATES, Takes, Term};
use crate::kv::LeaseId;

/// How an operator is written.
pub(super) fn sign(op: Op) -> &'static str {
    match op {
        Op::Is => ":",
        Op::Matches => "~",
        Op::Above => ">",
        Op::AtLeast => ">=",
        Op::Below => "<",
        Op::AtMost => "<=",
    }
}

/// The choice of a name.
pub(super) fn chosen<T: Copy>(choices: &[Choice<T>], typed: &str) -> Option<T> {
    let found = choices
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(typed));
    found.map(|one| one.means)
}

/// One term whose name is known.
pub(super) struct Reader<'w> {
    pub term: &'static Term,
    pub op: Op,
    pub word: &'w Word,
    /// Where its name stands.
    pub name_at: Range<usize>,
}

impl Reader<'_> {
    /// What the term asks; none for a scope, which is of the whole query.
    pub fn read(&self) -> Result<Option<Expr>, QueryError> {
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
