//! The terminal: what was typed, what came back, and the line being typed.

use std::rc::Rc;

use crate::engine::{Entry, Session};
use crate::session::terminals;

/// State of the sandbox's terminal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terminal {
    /// Which one it is, from 1; 0 for the only one.
    pub number: u8,
    /// Lines that ran, oldest first.
    pub entries: Rc<Vec<Entry>>,
    /// Entries before this one are not shown (the terminal was cleared).
    pub cleared: usize,
    /// The line being typed.
    pub input: String,
    /// Where the arrow keys are in the history of lines; none while typing a new one.
    pub recalled: Option<usize>,
    /// What was being typed before the arrow keys were used.
    pub draft: String,
    /// How the line may go on, with what it means.
    pub candidates: Vec<(String, String)>,
    /// Id of the request for completions, while the line is as it was then.
    pub(super) complete_id: Option<u64>,
    /// Lines sent and not answered yet.
    pub running: Vec<String>,
    /// What can be taken back and forth.
    pub session: Session,
}

impl Terminal {
    /// The entries that are shown.
    pub fn shown(&self) -> &[Entry] {
        self.entries.get(self.cleared..).unwrap_or_default()
    }

    /// What was typed here, oldest first.
    fn typed(&self) -> Vec<&str> {
        let lines = self
            .entries
            .iter()
            .map(|entry| terminals::split(&entry.line));
        let is_here = |(number, _): &(u8, &str)| self.number == 0 || self.number == *number;
        lines.filter(is_here).map(|(_, typed)| typed).collect()
    }

    /// Changes places with another terminal in what each has for itself.
    pub(super) fn swap(&mut self, other: &mut Self) {
        use std::mem::swap;
        swap(&mut self.number, &mut other.number);
        swap(&mut self.cleared, &mut other.cleared);
        swap(&mut self.input, &mut other.input);
        swap(&mut self.recalled, &mut other.recalled);
        swap(&mut self.draft, &mut other.draft);
        swap(&mut self.candidates, &mut other.candidates);
        swap(&mut self.complete_id, &mut other.complete_id);
    }

    /// Replaces the input line by an older (`older`) or newer line that ran.
    pub(super) fn recall(&mut self, older: bool) {
        let typed = self.typed();
        let len = typed.len();
        let next = match (self.recalled, older) {
            (None, true) => len.checked_sub(1),
            (None, false) => return,
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) => Some(at + 1).filter(|at| *at < len),
        };
        let line = next
            .and_then(|at| typed.get(at))
            .map(|line| (*line).to_owned());
        if self.recalled.is_none() {
            self.draft = self.input.clone();
        }
        self.recalled = next;
        self.input = line.unwrap_or_else(|| self.draft.clone());
    }

    /// Takes what the engine offers: one candidate is filled in, of several the common start.
    pub(super) fn complete(&mut self, candidates: Vec<(String, String)>) {
        let word_start = self
            .input
            .rfind(char::is_whitespace)
            .map_or(0, |space| space + 1);
        let (before, word) = self.input.split_at(word_start);
        let common = candidates
            .iter()
            .map(|(text, _)| text.as_str())
            .reduce(common_start)
            .unwrap_or_default();
        if common.len() > word.len() || candidates.len() == 1 {
            let end = if candidates.len() == 1 { " " } else { "" };
            self.input = format!("{before}{common}{end}");
            self.candidates = Vec::new();
        } else {
            self.candidates = candidates;
        }
    }
}

fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let len = a
        .char_indices()
        .zip(b.chars())
        .take_while(|((_, x), y)| x == y)
        .last()
        .map_or(0, |((at, c), _)| at + c.len_utf8());
    a.get(..len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> Entry {
        Entry {
            line: line.to_string(),
            stdout: String::new(),
            stderr: String::new(),
            watched: Vec::new(),
            is_running: false,
            exit: 0,
            saved: Vec::new(),
        }
    }

    #[test]
    fn arrows_walk_through_the_lines_and_back_to_the_draft() {
        let mut terminal = Terminal {
            entries: Rc::new(vec![entry("a"), entry("b")]),
            input: "new".to_string(),
            ..Terminal::default()
        };
        let mut seen = Vec::new();
        for older in [true, true, true, false, false, false] {
            terminal.recall(older);
            seen.push(terminal.input.clone());
        }
        assert_eq!(seen, ["b", "a", "a", "b", "new", "new"]);
    }

    #[test]
    fn completion_fills_in_what_is_certain() {
        let check = |input: &str, candidates: &[&str], expected: &str, listed: usize| {
            let mut terminal = Terminal {
                input: input.to_string(),
                ..Terminal::default()
            };
            let candidates = candidates
                .iter()
                .map(|text| (text.to_string(), String::new()))
                .collect();
            terminal.complete(candidates);
            assert_eq!(
                (terminal.input.as_str(), terminal.candidates.len()),
                (expected, listed)
            );
        };
        check("etcdctl pu", &["put"], "etcdctl put ", 0);
        check(
            "etcdctl get --p",
            &["--prefix", "--prev-kv"],
            "etcdctl get --pre",
            0,
        );
        check(
            "etcdctl get --pre",
            &["--prefix", "--prev-kv"],
            "etcdctl get --pre",
            2,
        );
        check("x", &[], "x", 0);
    }
}
