//! Words to what has to hold.

use std::ops::Range;

use super::atom::Atom;
use super::error::{QueryError, nearest};
use super::expr::{Expr, MAX_ATOMS};
use super::lex::{Token, What, Word, lex};
use super::needle::Needle;
use super::read::{Reader, chosen, sign};
use super::terms::{self, SCOPES, Scope, TERMS, Takes};

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
pub(super) fn holds(bytes: &[u8], in_value: bool) -> Expr {
    let needle = Needle::new(bytes.to_vec());
    let in_key = atom(Atom::KeyHolds(needle.clone()));
    match in_value {
        true => Expr::Any(vec![in_key, atom(Atom::ValueHolds(needle))]),
        false => in_key,
    }
}

/// A term; its number comes when all are known.
pub(super) fn atom(atom: Atom) -> Expr {
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
