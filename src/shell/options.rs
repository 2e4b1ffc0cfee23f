//! `set -e`, `set -u` and `set -o pipefail`. `set -x` and the rest are refused by name.
//!
//! A line that ends early is what is left of a shell that ends: a terminal stays open here.

use brush_parser::ast::{Command, CompoundCommand, Pipeline};

use super::exec::{Input, Stop};
use super::{Output, Shell};

/// Options of a shell; each terminal has its own, a part of a pipe a copy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// `-e`: a line ends at the first command that fails and that nothing asks about.
    pub(super) errexit: bool,
    /// `-u`: a variable that is not set is a mistake.
    pub(super) nounset: bool,
    /// A pipe fails by any of its commands, not by its last alone.
    pub(super) pipefail: bool,
}

impl Options {
    fn by_letter(&mut self, letter: char) -> Option<&mut bool> {
        match letter {
            'e' => Some(&mut self.errexit),
            'u' => Some(&mut self.nounset),
            _ => None,
        }
    }

    fn by_name(&mut self, name: &str) -> Option<&mut bool> {
        match name {
            "errexit" => Some(&mut self.errexit),
            "nounset" => Some(&mut self.nounset),
            "pipefail" => Some(&mut self.pipefail),
            _ => None,
        }
    }
}

/// The builtin `set`.
pub(super) fn set(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    if args.is_empty() {
        for (name, variable) in &shell.variables {
            let value = String::from_utf8_lossy(&variable.value);
            out.stdout.extend(format!("{name}={value}\n").bytes());
        }
        return Ok(0);
    }
    let mut options = shell.options;
    let mut left = args;
    while let Some((first, rest)) = left.split_first() {
        let text = String::from_utf8_lossy(first).into_owned();
        if text == "--" {
            shell.arguments = rest.to_vec();
            left = &[];
            break;
        }
        let on = match text.chars().next() {
            Some('-') if text.len() > 1 => true,
            Some('+') if text.len() > 1 => false,
            _ => break,
        };
        left = rest;
        for letter in text.chars().skip(1) {
            let option = match letter {
                'o' => {
                    let Some((name, rest)) = left.split_first() else {
                        out.stdout.extend(listed(&options).bytes());
                        continue;
                    };
                    left = rest;
                    let name = String::from_utf8_lossy(name).into_owned();
                    (options.by_name(&name), format!("-o {name}"))
                }
                letter => (options.by_letter(letter), format!("-{letter}")),
            };
            match option {
                (Some(option), _) => *option = on,
                (None, name) => {
                    let text = format!("revscope: set {name} is not simulated\n");
                    out.stderr.extend(text.bytes());
                    return Ok(2);
                }
            }
        }
    }
    if !left.is_empty() {
        shell.arguments = left.to_vec();
    }
    shell.options = options;
    Ok(0)
}

fn listed(options: &Options) -> String {
    let rows = [
        ("errexit", options.errexit),
        ("nounset", options.nounset),
        ("pipefail", options.pipefail),
    ];
    let row = |(name, on): (&str, bool)| format!("{name:<15}\t{}\n", if on { "on" } else { "off" });
    rows.map(row).concat()
}

impl Shell {
    /// Runs what somebody asks the exit code of: `set -e` does not end a line there.
    pub(super) fn asked<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.asking += 1;
        let result = run(self);
        self.asking -= 1;
        result
    }

    /// A part of a list of `&&` and `||`; `set -e` is about its last part alone, and about what
    /// has an exit code of its own, unlike a loop.
    pub(super) fn exec_part(
        &mut self,
        line: &Pipeline,
        is_last: bool,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        if !is_last || line.bang {
            return self.asked(|shell| shell.exec_pipeline(line, input, out));
        }
        let exit = self.exec_pipeline(line, input, out)?;
        let is_own = match line.seq.as_slice() {
            [Command::Compound(compound, _)] => matches!(compound, CompoundCommand::Subshell(_)),
            _ => true,
        };
        match is_own && exit != 0 && self.options.errexit && self.asking == 0 {
            true => Err(Stop::Exit(exit)),
            false => Ok(exit),
        }
    }

    /// Nothing, for a variable that is not set; a mistake after `set -u`, which ends the line.
    pub(super) fn unset(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if !self.options.nounset {
            return Ok(Vec::new());
        }
        self.is_unbound = true;
        Err(format!("bash: {name}: unbound variable"))
    }
}
