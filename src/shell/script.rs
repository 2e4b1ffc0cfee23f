//! Playing a script: its lines one after the other, each with its own answer.

use std::collections::{BTreeMap, BTreeSet};

use super::transcript::Answer;
use super::{JobId, Ran, Shell, grammar};

/// Most physical lines that one command may span.
const MAX_LINES: usize = 200;

/// One command of a script and what it printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The command as written, without the last newline.
    pub line: String,
    /// What it printed; a watch also what it printed while later commands ran.
    pub answer: Answer,
}

/// Runs every command of a script. Empty lines and comments are left out.
pub fn run_script(shell: &mut Shell, script: &str) -> Vec<Played> {
    let mut played: Vec<Played> = Vec::new();
    let mut watches: BTreeMap<JobId, usize> = BTreeMap::new();
    for line in commands(script) {
        let ran = shell.run(&line);
        add_notices(&ran, &watches, &mut played);
        watches.extend(ran.started.map(|job| (job, played.len())));
        let answer = Answer {
            stdout: ran.stdout,
            stderr: ran.stderr,
            exit: ran.exit,
        };
        played.push(Played { line, answer });
    }
    played
}

fn add_notices(ran: &Ran, watches: &BTreeMap<JobId, usize>, played: &mut [Played]) {
    for notice in &ran.notices {
        let at = watches.get(&notice.job);
        if let Some(watch) = at.and_then(|at| played.get_mut(*at)) {
            watch.answer.stdout.extend(&notice.stdout);
            watch.answer.stderr.extend(&notice.stderr);
            watch.answer.exit = notice.exit.unwrap_or(watch.answer.exit);
        }
    }
}

/// Whether a command ends where its text does: one that does not would swallow the next line of a
/// script.
pub fn is_complete(command: &str) -> bool {
    !grammar::is_open(grammar::without_prompt(command, &|_| false))
}

/// Cuts a script into commands: a physical line, or more where the first is not complete.
pub fn commands(script: &str) -> Vec<String> {
    Names::default().commands(script)
}

/// Names that earlier lines made commands, aliases and functions: before them `#` is a prompt.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// [`commands`] of a script that goes on where these names are known; its own are added.
    pub fn commands(&mut self, script: &str) -> Vec<String> {
        let mut commands = Vec::new();
        let mut lines = script.lines();
        while let Some(first) = lines.next() {
            if let Some(command) = self.command(first, &mut lines) {
                commands.push(command);
            }
        }
        commands
    }

    /// The command that begins with the line `first`; none for an empty line and a remark.
    fn command(&mut self, first: &str, lines: &mut std::str::Lines<'_>) -> Option<String> {
        let known = |word: &str| self.0.contains(word);
        let typed = grammar::without_prompt(first, &known).trim();
        if typed.is_empty() || typed.starts_with('#') {
            return None;
        }
        let mut command = first.to_owned();
        let mut longer = command.clone();
        let mut ahead = lines.clone();
        let mut taken = 1;
        let is_open = |text: &str| grammar::is_open(grammar::without_prompt(text, &known));
        while is_open(&longer) && taken < MAX_LINES {
            let Some(next) = ahead.next() else { break };
            longer.push('\n');
            longer.push_str(next);
            taken += 1;
        }
        // A command that no later line completes stands alone, and fails alone.
        if !is_open(&longer) {
            command = longer;
            *lines = ahead;
        }
        if let Some(name) = grammar::defined(typed) {
            self.0.insert(name.to_owned());
        }
        Some(command)
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
