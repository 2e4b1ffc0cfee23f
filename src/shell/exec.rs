//! Running a parsed program: lists, pipes, simple commands, and looking up what a first word means.

use std::rc::Rc;

use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem,
    CompoundList, Pipeline, SimpleCommand,
};

pub(super) use super::input::Input;
use super::pipes::Stage;
use super::redirect::{Redirects, Sink, read_whole};
use super::{MAX_OUTPUT_BYTES, Output, Shell, Variable, builtins, etcdctl, grammar, tools};

/// Most commands that one line may run, loops and substitutions included.
pub(super) const MAX_COMMANDS: u64 = 10_000;

/// Deepest nesting of calls: of functions, of `eval`, of substitutions.
const MAX_CALLS: u32 = 24;

/// Why running stopped before the end of the line.
#[derive(Debug)]
pub(super) enum Stop {
    /// A limit was reached: nothing more of the line is run.
    Limit(String),
    /// One command could not be run; the exit code is 2 then.
    Bad(String),
    /// `break` out of so many loops.
    Break(u32),
    /// `continue` the loop so many levels up.
    Continue(u32),
    /// `return` from a function.
    Return(i32),
    /// `exit`.
    Exit(i32),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Bad(text)
    }
}

impl Shell {
    /// Runs text as typed; answers the exit code.
    pub(super) fn exec_text(&mut self, text: &str, out: &mut Output) -> i32 {
        let known =
            |word: &str| self.aliases.contains_key(word) || self.functions.contains_key(word);
        let text = grammar::without_prompts(text, &known);
        let result = self.exec_program(&text, &mut Input::default(), out);
        exit_of(result, out)
    }

    /// Runs one command given as words.
    pub(super) fn exec_words(
        &mut self,
        words: &[Vec<u8>],
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let Some((name, args)) = words.split_first() else {
            return Ok(0);
        };
        let name = String::from_utf8_lossy(name).into_owned();
        if let Some(function) = self.functions.get(&name).cloned() {
            return self.call(&function, args, input, out);
        }
        if let Some(run) = builtins::find(&name) {
            return run(self, args, input, out);
        }
        // A path names the same tool.
        let last = name.rsplit('/').next().unwrap_or_default();
        match last {
            "etcdctl" => {
                let variables = &self.variables;
                let env = |name: &str| {
                    let variable = variables.get(name).filter(|variable| variable.exported);
                    variable.map(|variable| variable.value.clone())
                };
                let stdin = input.rest().to_vec();
                let exit = etcdctl::run(&mut self.session, args, &env, &stdin, out);
                return Ok(self.run_hooks(out).unwrap_or(exit));
            }
            "etcdutl" => return Ok(super::etcdutl::run(&mut self.session, args, out)),
            _ => {}
        }
        if let Some(tool) = tools::find(last) {
            return Ok(tool.run(self, args, input, out));
        }
        let why = match name.contains('/') {
            true => "No such file or directory",
            false => "command not found",
        };
        out.stderr.extend(format!("bash: {name}: {why}\n").bytes());
        Ok(127)
    }

    /// The output of `$(text)`, without the newlines at its end.
    pub(super) fn substitute(&mut self, text: &str, out: &mut Output) -> Result<Vec<u8>, String> {
        let mut inner = Output::default();
        let (saved, last_exit, options) = (self.variables.clone(), self.last_exit, self.options);
        let text = &read_whole(text);
        // As bash has it: what is substituted goes on after a failure.
        self.options.errexit = false;
        let result =
            self.nested(|shell| shell.exec_program(text, &mut Input::default(), &mut inner));
        self.variables = saved;
        self.options = options;
        self.last_exit = last_exit;
        out.stderr.append(&mut inner.stderr);
        match result {
            Ok(exit) | Err(Stop::Exit(exit)) => self.substituted = exit,
            Err(Stop::Limit(text)) => {
                self.spent = true;
                return Err(text);
            }
            Err(Stop::Bad(text)) => return Err(text),
            Err(_) => {}
        }
        while inner.stdout.last() == Some(&b'\n') {
            inner.stdout.pop();
        }
        inner.stdout.retain(|byte| *byte != 0);
        Ok(inner.stdout)
    }

    /// Runs something one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if self.depth >= MAX_CALLS {
            let text = format!("revscope: stopped at {MAX_CALLS} calls inside each other");
            return Err(Stop::Limit(text));
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// Runs a program: its lists one after the other.
    pub(super) fn exec_program(
        &mut self,
        text: &str,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let program = grammar::parse(text)?;
        let mut exit = 0;
        for list in &program.complete_commands {
            exit = self.exec_list(list, input, out)?;
        }
        Ok(exit)
    }

    pub(super) fn exec_list(
        &mut self,
        list: &CompoundList,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut exit = 0;
        for item in &list.0 {
            // A job in the background (`&`) needs nothing special: watches run on anyway.
            exit = match self.exec_and_or(&item.0, input, out) {
                Err(Stop::Bad(text)) if !self.spent => {
                    out.stderr.extend((text + "\n").bytes());
                    if std::mem::take(&mut self.is_unbound) {
                        return Err(Stop::Exit(1));
                    }
                    2
                }
                Err(Stop::Bad(text)) => return Err(Stop::Limit(text)),
                other => other?,
            };
            self.last_exit = exit;
        }
        Ok(exit)
    }

    fn exec_and_or(
        &mut self,
        list: &AndOrList,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut left = list.additional.len();
        let mut exit = self.exec_part(&list.first, left == 0, input, out)?;
        for next in &list.additional {
            self.last_exit = exit;
            left -= 1;
            match next {
                AndOr::And(pipeline) if exit == 0 => {
                    exit = self.exec_part(pipeline, left == 0, input, out)?;
                }
                AndOr::Or(pipeline) if exit != 0 => {
                    exit = self.exec_part(pipeline, left == 0, input, out)?;
                }
                _ => {}
            }
        }
        Ok(exit)
    }

    pub(super) fn exec_pipeline(
        &mut self,
        line: &Pipeline,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let exit = self.exec_commands(&line.seq, input, out)?;
        Ok(if line.bang {
            i32::from(exit == 0)
        } else {
            exit
        })
    }

    /// Commands of a pipe run one after the other, each on the output of the one before.
    pub(super) fn exec_commands(
        &mut self,
        commands: &[Command],
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let Some((first, rest)) = commands.split_first() else {
            return Ok(0);
        };
        if rest.is_empty() {
            return self.exec_command(first, input, out);
        }
        let (saved, options) = (self.variables.clone(), self.options);
        let mut piped = None;
        let (mut exit, mut failed) = (0, 0);
        let mut left = commands;
        while let Some((command, behind)) = left.split_first() {
            left = behind;
            let input = piped.as_mut().unwrap_or(&mut *input);
            if behind.is_empty() {
                exit = match self.exec_command(command, input, out) {
                    Err(Stop::Exit(exit) | Stop::Return(exit)) => exit,
                    other => other?,
                };
                break;
            }
            let before = self.session.last_job();
            let mut inner = Output::default();
            let result = self.exec_command(command, input, &mut inner);
            self.add_stage(before, &Stage::pipe(behind, &saved));
            out.stderr.append(&mut inner.stderr);
            let exit = match result {
                Err(Stop::Bad(text)) if !self.spent => {
                    out.stderr.extend((text + "\n").bytes());
                    self.is_unbound = false;
                    2
                }
                Err(Stop::Exit(exit) | Stop::Return(exit)) => exit,
                other => other?,
            };
            if exit != 0 {
                failed = exit;
            }
            piped = Some(Input::new(inner.stdout));
        }
        // Each part of a pipe is a shell of its own.
        self.variables = saved;
        self.options = options;
        Ok(match exit {
            0 if self.options.pipefail => failed,
            exit => exit,
        })
    }

    fn exec_command(
        &mut self,
        command: &Command,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        match command {
            Command::Simple(simple) => self.exec_simple(simple, input, out),
            Command::Compound(compound, None) => self.exec_compound(compound, input, out),
            Command::Compound(compound, Some(list)) => {
                let mut redirects = Redirects::default();
                for redirect in &list.0 {
                    self.redirect(redirect, &mut redirects, out)?;
                }
                self.redirected(redirects, input, out, |shell, input, out| {
                    shell.exec_compound(compound, input, out)
                })
            }
            Command::Function(function) => {
                let name = function.fname.value.clone();
                self.functions.insert(name, Rc::new(function.body.clone()));
                Ok(0)
            }
            Command::ExtendedTest(test) => {
                self.spend(out)?;
                let holds = self.extended_test(&test.expr, out)?;
                Ok(i32::from(!holds))
            }
        }
    }

    /// Runs something with its redirects.
    pub(super) fn redirected(
        &mut self,
        redirects: Redirects,
        input: &mut Input,
        out: &mut Output,
        run: impl FnOnce(&mut Self, &mut Input, &mut Output) -> Result<i32, Stop>,
    ) -> Result<i32, Stop> {
        let before = self.session.last_job();
        let mut inner = Output::default();
        let mut own = redirects.stdin.clone().map(Input::new);
        let result = run(self, own.as_mut().unwrap_or(input), &mut inner);
        if redirects.stdout != Sink::Stdout {
            self.add_stage(before, &Stage::To(redirects.stdout.clone()));
        }
        self.deliver(&mut inner, &redirects, out);
        result
    }

    fn exec_simple(
        &mut self,
        command: &SimpleCommand,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        self.spend(out)?;
        let mut words = Vec::new();
        let mut assignments = Vec::new();
        let mut redirects = Redirects::default();
        let prefix = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = command.suffix.iter().flat_map(|suffix| &suffix.0);
        self.substituted = 0;
        for item in prefix {
            self.item(
                item,
                true,
                &mut words,
                &mut assignments,
                &mut redirects,
                out,
            )?;
        }
        if let Some(name) = &command.word_or_name {
            match self.alias(&name.value)? {
                Some(alias) => {
                    for word in alias {
                        words.extend(self.expand(&word, out)?);
                    }
                }
                None => words.extend(self.expand(&name.value, out)?),
            }
        }
        for item in suffix {
            self.item(
                item,
                false,
                &mut words,
                &mut assignments,
                &mut redirects,
                out,
            )?;
        }
        if words.is_empty() {
            for (name, value) in assignments {
                self.set(&name, value);
            }
            return Ok(self.substituted);
        }
        let mut saved = Vec::new();
        for (name, value) in assignments {
            let exported = Variable {
                value,
                exported: true,
            };
            saved.push((name.clone(), self.variables.insert(name, exported)));
        }
        let result = self.redirected(redirects, input, out, |shell, input, out| {
            shell.exec_words(&words, input, out)
        });
        self.put_back(saved);
        result
    }

    /// The words that an alias stands for.
    fn alias(&self, name: &str) -> Result<Option<Vec<String>>, Stop> {
        let Some(value) = self.aliases.get(name) else {
            return Ok(None);
        };
        let program = grammar::parse(&format!("{value}\n"))?;
        let mut words = Vec::new();
        let simple = match program.complete_commands.as_slice() {
            [list] => match list.0.as_slice() {
                [item] if item.0.additional.is_empty() => match item.0.first.seq.as_slice() {
                    [Command::Simple(simple)] if simple.prefix.is_none() => Some(simple),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some(simple) = simple else {
            return Err(unsupported("an alias that is more than one command"));
        };
        words.extend(simple.word_or_name.iter().map(|word| word.value.clone()));
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                CommandPrefixOrSuffixItem::Word(word) => words.push(word.value.clone()),
                CommandPrefixOrSuffixItem::AssignmentWord(_, word) => {
                    words.push(word.value.clone())
                }
                _ => return Err(unsupported("an alias that is more than one command")),
            }
        }
        Ok(Some(words))
    }

    fn item(
        &mut self,
        item: &CommandPrefixOrSuffixItem,
        before_name: bool,
        words: &mut Vec<Vec<u8>>,
        assignments: &mut Vec<(String, Vec<u8>)>,
        redirects: &mut Redirects,
        out: &mut Output,
    ) -> Result<(), Stop> {
        match item {
            CommandPrefixOrSuffixItem::Word(word) => words.extend(self.expand(&word.value, out)?),
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                if !before_name {
                    // `export A=b`: a word like any other, but without splitting.
                    words.push(self.expand_one(&word.value, out)?);
                    return Ok(());
                }
                match (&assignment.name, &assignment.value) {
                    (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) => {
                        let mut value = self.expand_one(&value.value, out)?;
                        if assignment.append {
                            let before = self.variables.get(name);
                            let mut all = before.map(|old| old.value.clone()).unwrap_or_default();
                            all.append(&mut value);
                            value = all;
                        }
                        assignments.push((name.clone(), value));
                    }
                    _ => return Err(unsupported("an array")),
                }
            }
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                self.redirect(redirect, redirects, out)?;
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(..) => {
                return Err(unsupported("process substitution"));
            }
        }
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, value: Vec<u8>) {
        self.variables.entry(name.to_owned()).or_default().value = value;
    }

    /// Counts a command against the line's limit, and its output.
    pub(super) fn spend(&mut self, out: &Output) -> Result<(), Stop> {
        let Some(left) = self.budget.checked_sub(1) else {
            self.spent = true;
            let text = format!("revscope: stopped after {} commands", self.limit);
            return Err(Stop::Limit(text));
        };
        self.budget = left;
        if out.stdout.len().saturating_add(out.stderr.len()) > MAX_OUTPUT_BYTES {
            self.spent = true;
            let text = format!("revscope: stopped after {MAX_OUTPUT_BYTES} bytes of output");
            return Err(Stop::Limit(text));
        }
        Ok(())
    }
}

/// The exit code of what ran to its end or stopped before; why it stopped is said.
pub(super) fn exit_of(result: Result<i32, Stop>, out: &mut Output) -> i32 {
    match result {
        Ok(exit) | Err(Stop::Exit(exit) | Stop::Return(exit)) => exit,
        Err(Stop::Break(_) | Stop::Continue(_)) => 0,
        Err(Stop::Limit(text) | Stop::Bad(text)) => {
            out.stderr.extend((text + "\n").bytes());
            2
        }
    }
}

pub(super) fn unsupported(what: &str) -> Stop {
    Stop::Bad(format!("revscope: {what} is not simulated"))
}
