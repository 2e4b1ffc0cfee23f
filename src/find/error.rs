//! What is wrong with a query, where, and what may have been meant.

use std::fmt;
use std::ops::Range;

/// A query that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Which part of the text, in bytes; empty at the place where something is missing.
    pub at: Range<usize>,
    /// What is wrong there.
    pub what: String,
    /// What to write instead; empty if there is nothing to say.
    pub hint: String,
}

impl QueryError {
    pub(super) fn new(at: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.at;
        match end > start {
            true => write!(f, "at {start}..{end}: {}", self.what)?,
            false => write!(f, "at {start}: {}", self.what)?,
        }
        match self.hint.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", self.hint),
        }
    }
}

impl std::error::Error for QueryError {}

/// The name among `names` that is nearest to what was typed, if it is near enough for a slip.
pub(super) fn nearest<'n>(
    typed: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    /// Longer words are no slip of a name, and would take long to compare.
    const LONGEST: usize = 24;
    if typed.len() > LONGEST {
        return None;
    }
    let typed = typed.to_ascii_lowercase();
    let most = if typed.len() < 4 { 1 } else { 2 };
    names
        .into_iter()
        .map(|name| (distance(&typed, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters are to be put, taken, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    // The last two lines of the usual table, for the beginnings of `a` and all beginnings of `b`.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let at = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
    for (i, left) in a.iter().enumerate() {
        let mut line = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let changed = at(&last, j) + usize::from(left != right);
            let mut least = changed.min(at(&last, j + 1) + 1).min(at(&line, j) + 1);
            let is_swap =
                i > 0 && j > 0 && a.get(i - 1) == Some(right) && b.get(j - 1) == Some(left);
            if is_swap {
                least = least.min(at(&before, j - 1) + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut last, line);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let names = ["version", "rev", "size", "is", "prefix"];
        let check = |typed, expected| assert_eq!(nearest(typed, names), expected, "{typed}");
        check("versoin", Some("version"));
        check("Version", Some("version"));
        check("re", Some("rev"));
        check("szie", Some("size"));
        check("prefx", Some("prefix"));
        check("system", None);
        check("http", None);
        check(&"x".repeat(1000), None);
    }
}
