//! Terms joined by and, or, not, and their answers of three values: yes, no, not yet.

use super::atom::{Atom, Facts, Needs};

/// What has to hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// One term; the number tells those that ask the key apart.
    Atom(u32, Atom),
    /// None of it.
    Not(Box<Expr>),
    /// All of these; of nothing, everything.
    All(Vec<Expr>),
    /// One of these.
    Any(Vec<Expr>),
}

/// Terms that a query may have: each of those that ask keys has a bit among a key's answers.
pub(super) const MAX_ATOMS: u32 = 64;

impl Default for Expr {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// Answers the terms of an expression.
pub(super) trait Answers {
    /// Yes, no, or not yet.
    fn answer(&mut self, number: u32, atom: &Atom) -> Option<bool>;
}

impl Expr {
    /// Whether it holds; none while that hangs on an answer that is not there yet.
    pub fn holds(&self, answers: &mut dyn Answers) -> Option<bool> {
        match self {
            Self::Atom(number, atom) => answers.answer(*number, atom),
            Self::Not(inner) => inner.holds(answers).map(|holds| !holds),
            Self::All(all) => decide(all, false, answers),
            Self::Any(any) => decide(any, true, answers),
        }
    }

    /// The most that one of its terms needs.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Atom(_, atom) => atom.needs(),
            Self::Not(inner) => inner.needs(),
            Self::All(all) | Self::Any(all) => {
                all.iter().map(Self::needs).max().unwrap_or(Needs::Key)
            }
        }
    }

    /// Whether a term needs the key alone.
    pub fn asks_keys(&self) -> bool {
        match self {
            Self::Atom(_, atom) => atom.needs() == Needs::Key,
            Self::Not(inner) => inner.asks_keys(),
            Self::All(all) | Self::Any(all) => all.iter().any(Self::asks_keys),
        }
    }

    /// Puts what is quick to answer in front, and gives the terms of keys their numbers.
    pub fn arrange(&mut self) {
        self.sort();
        self.number(&mut 0);
    }

    fn sort(&mut self) {
        match self {
            Self::Atom(..) => {}
            Self::Not(inner) => inner.sort(),
            Self::All(all) | Self::Any(all) => {
                all.iter_mut().for_each(Self::sort);
                all.sort_by_key(Self::cost);
            }
        }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::Atom(_, atom) => atom.cost(),
            Self::Not(inner) => inner.cost(),
            Self::All(all) | Self::Any(all) => all.iter().map(Self::cost).max().unwrap_or(0),
        }
    }

    fn number(&mut self, next: &mut u32) {
        match self {
            Self::Atom(number, atom) if atom.needs() == Needs::Key => {
                *number = *next;
                *next += 1;
            }
            Self::Atom(..) => {}
            Self::Not(inner) => inner.number(next),
            Self::All(all) | Self::Any(all) => all.iter_mut().for_each(|one| one.number(next)),
        }
    }
}

/// All or any of several: the first that is `enough` decides.
fn decide(all: &[Expr], enough: bool, answers: &mut dyn Answers) -> Option<bool> {
    let mut is_open = false;
    for one in all {
        match one.holds(answers) {
            Some(holds) if holds == enough => return Some(enough),
            Some(_) => {}
            None => is_open = true,
        }
    }
    (!is_open).then_some(!enough)
}

/// Answers from a key, and notes them, so that each is given once for all rows of the key.
pub(super) struct OfKey<'a> {
    pub facts: Facts<'a>,
    /// A bit for each term that the key answers with yes.
    pub yes: u64,
}

impl Answers for OfKey<'_> {
    fn answer(&mut self, number: u32, atom: &Atom) -> Option<bool> {
        if atom.needs() != Needs::Key {
            return None;
        }
        let answer = atom.answer(&self.facts, false)?;
        self.yes |= u64::from(answer).checked_shl(number).unwrap_or(0);
        Some(answer)
    }
}

/// Answers from a row, as far as it is there, and from what was noted of its key.
///
/// What was not noted is not asked for: terms are asked in the same order each time, and what
/// made them needless for the key does so for each of its rows.
pub(super) struct OfRow<'a> {
    pub facts: Facts<'a>,
    /// What the key answered.
    pub yes: u64,
    /// Whether the values of Secrets may be looked into.
    pub in_secrets: bool,
}

impl Answers for OfRow<'_> {
    fn answer(&mut self, number: u32, atom: &Atom) -> Option<bool> {
        match atom.needs() {
            Needs::Key => Some(self.yes.checked_shr(number).is_some_and(|yes| yes & 1 == 1)),
            _ => atom.answer(&self.facts, self.in_secrets),
        }
    }
}
