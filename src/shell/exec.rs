//! Running a parsed program: lists, pipes, loops, and looking up what a first word means.

use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem,
    CompoundCommand, CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline,
    SimpleCommand,
};

use super::{MAX_OUTPUT_BYTES, Output, Shell, Variable, builtins, dump, etcdctl, grammar};

/// Most commands that one line may run, loops and substitutions included.
pub(super) const MAX_COMMANDS: u64 = 10_000;

/// Why running stopped before the end of the line.
enum Stop {
    /// A limit was reached: nothing more of the line is run.
    Limit(String),
    /// One command could not be run; the exit code is 2 then.
    Bad(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Bad(text)
    }
}

/// Where output goes.
#[derive(Clone, Copy)]
enum Sink {
    Stdout,
    Stderr,
    Null,
}

/// What a command reads and where its output goes, as redirects say.
struct Redirects {
    stdin: Option<Vec<u8>>,
    stdout: Sink,
    stderr: Sink,
}

impl Shell {
    /// Runs text as typed; answers the exit code.
    pub(super) fn exec_text(&mut self, text: &str, out: &mut Output) -> i32 {
        let lines: Vec<_> = text.lines().map(grammar::without_prompt).collect();
        let text = lines.join("\n") + "\n";
        match self.exec_program(&text, out) {
            Ok(exit) => exit,
            Err(Stop::Limit(text) | Stop::Bad(text)) => {
                out.stderr.extend((text + "\n").bytes());
                2
            }
        }
    }

    /// Runs one command given as words.
    pub(super) fn exec_words(&mut self, words: &[Vec<u8>], stdin: &[u8], out: &mut Output) -> i32 {
        let Some((name, args)) = words.split_first() else {
            return 0;
        };
        let name = String::from_utf8_lossy(name).into_owned();
        if let Some(run) = builtins::find(&name) {
            return run(self, args, stdin, out);
        }
        // A path names the same tool.
        match name.rsplit('/').next() {
            Some("etcdctl") => {
                let variables = &self.variables;
                let env = |name: &str| {
                    let variable = variables.get(name).filter(|variable| variable.exported);
                    variable.map(|variable| variable.value.clone())
                };
                let exit = etcdctl::run(&mut self.session, args, &env, stdin, out);
                self.run_hooks(out).unwrap_or(exit)
            }
            Some("sh" | "bash") => self.exec_script(args, out),
            Some("etcdutl") => super::etcdutl::run(&mut self.session, args, out),
            Some("etcd-dump-db") => dump::run(&self.session.store, args, out),
            _ => {
                let why = match name.contains('/') {
                    true => "No such file or directory",
                    false => "command not found",
                };
                out.stderr.extend(format!("bash: {name}: {why}\n").bytes());
                127
            }
        }
    }

    /// `sh -c TEXT`: in a shell of its own, so what it sets is gone afterwards.
    fn exec_script(&mut self, args: &[Vec<u8>], out: &mut Output) -> i32 {
        let [option, text, ..] = args else {
            out.stderr.extend(b"sh: only `sh -c TEXT` is simulated\n");
            return 2;
        };
        if option != b"-c" {
            out.stderr.extend(b"sh: only `sh -c TEXT` is simulated\n");
            return 2;
        }
        if self.spend(out).is_err() {
            return 2;
        }
        let saved = self.variables.clone();
        let exit = self.exec_text(&String::from_utf8_lossy(text), out);
        self.variables = saved;
        exit
    }

    /// The output of `$(text)`, without the newlines at its end.
    pub(super) fn substitute(&mut self, text: &str, out: &mut Output) -> Result<Vec<u8>, String> {
        let mut inner = Output::default();
        let saved = self.variables.clone();
        let result = self.exec_program(text, &mut inner);
        self.variables = saved;
        out.stderr.append(&mut inner.stderr);
        if let Err(Stop::Limit(text) | Stop::Bad(text)) = result {
            return Err(text);
        }
        while inner.stdout.last() == Some(&b'\n') {
            inner.stdout.pop();
        }
        Ok(inner.stdout)
    }

    fn exec_program(&mut self, text: &str, out: &mut Output) -> Result<i32, Stop> {
        let program = grammar::parse(text)?;
        let mut exit = 0;
        for list in &program.complete_commands {
            exit = self.exec_list(list, b"", out)?;
        }
        Ok(exit)
    }

    fn exec_list(
        &mut self,
        list: &CompoundList,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut exit = 0;
        for item in &list.0 {
            // A job in the background (`&`) needs nothing special: watches run on anyway.
            exit = match self.exec_and_or(&item.0, stdin, out) {
                Err(Stop::Bad(text)) => {
                    out.stderr.extend((text + "\n").bytes());
                    2
                }
                other => other?,
            };
        }
        Ok(exit)
    }

    fn exec_and_or(
        &mut self,
        list: &AndOrList,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut exit = self.exec_pipeline(&list.first, stdin, out)?;
        for next in &list.additional {
            match next {
                AndOr::And(pipeline) if exit == 0 => {
                    exit = self.exec_pipeline(pipeline, stdin, out)?;
                }
                AndOr::Or(pipeline) if exit != 0 => {
                    exit = self.exec_pipeline(pipeline, stdin, out)?;
                }
                _ => {}
            }
        }
        Ok(exit)
    }

    /// Commands of a pipe run one after the other, each on the output of the one before.
    fn exec_pipeline(
        &mut self,
        line: &Pipeline,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut input = stdin.to_vec();
        let mut exit = 0;
        let last = line.seq.len().saturating_sub(1);
        for (position, command) in line.seq.iter().enumerate() {
            if position == last {
                exit = self.exec_command(command, &input, out)?;
                break;
            }
            let mut inner = Output::default();
            let result = self.exec_command(command, &input, &mut inner);
            out.stderr.append(&mut inner.stderr);
            match result {
                Err(Stop::Bad(text)) => out.stderr.extend((text + "\n").bytes()),
                other => drop(other?),
            }
            input = inner.stdout;
        }
        Ok(if line.bang {
            i32::from(exit == 0)
        } else {
            exit
        })
    }

    fn exec_command(
        &mut self,
        command: &Command,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        match command {
            Command::Simple(simple) => self.exec_simple(simple, stdin, out),
            Command::Compound(compound, None) => self.exec_compound(compound, stdin, out),
            Command::Compound(_, Some(_)) => Err(unsupported("redirecting a compound command")),
            Command::Function(_) => Err(unsupported("a function")),
            Command::ExtendedTest(..) => Err(unsupported("`[[`")),
        }
    }

    fn exec_compound(
        &mut self,
        compound: &CompoundCommand,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut exit = 0;
        match compound {
            CompoundCommand::BraceGroup(group) => self.exec_list(&group.list, stdin, out),
            CompoundCommand::Subshell(group) => {
                let saved = self.variables.clone();
                let result = self.exec_list(&group.list, stdin, out);
                self.variables = saved;
                result
            }
            CompoundCommand::ForClause(clause) => {
                let mut values = Vec::new();
                for word in clause.values.iter().flatten() {
                    values.extend(self.expand(&word.value, out)?);
                }
                for value in values {
                    self.set(&clause.variable_name, value);
                    exit = self.exec_list(&clause.body.list, stdin, out)?;
                    self.spend(out)?;
                }
                Ok(exit)
            }
            CompoundCommand::WhileClause(clause) => {
                while self.exec_list(&clause.0, stdin, out)? == 0 {
                    exit = self.exec_list(&clause.1.list, stdin, out)?;
                    self.spend(out)?;
                }
                Ok(exit)
            }
            CompoundCommand::UntilClause(clause) => {
                while self.exec_list(&clause.0, stdin, out)? != 0 {
                    exit = self.exec_list(&clause.1.list, stdin, out)?;
                    self.spend(out)?;
                }
                Ok(exit)
            }
            CompoundCommand::IfClause(clause) => {
                if self.exec_list(&clause.condition, stdin, out)? == 0 {
                    return self.exec_list(&clause.then, stdin, out);
                }
                for branch in clause.elses.iter().flatten() {
                    let taken = match &branch.condition {
                        Some(condition) => self.exec_list(condition, stdin, out)? == 0,
                        None => true,
                    };
                    if taken {
                        return self.exec_list(&branch.body, stdin, out);
                    }
                }
                Ok(0)
            }
            CompoundCommand::CaseClause(_) => Err(unsupported("`case`")),
            CompoundCommand::Arithmetic(_) | CompoundCommand::ArithmeticForClause(_) => {
                Err(unsupported("arithmetic"))
            }
        }
    }

    fn exec_simple(
        &mut self,
        command: &SimpleCommand,
        stdin: &[u8],
        out: &mut Output,
    ) -> Result<i32, Stop> {
        self.spend(out)?;
        let mut words = Vec::new();
        let mut assignments = Vec::new();
        let mut redirects = Redirects {
            stdin: None,
            stdout: Sink::Stdout,
            stderr: Sink::Stderr,
        };
        let prefix = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = command.suffix.iter().flat_map(|suffix| &suffix.0);
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
            words.extend(self.expand(&name.value, out)?);
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
            return Ok(0);
        }
        let saved = (!assignments.is_empty()).then(|| self.variables.clone());
        for (name, value) in assignments {
            let exported = Variable {
                value,
                exported: true,
            };
            self.variables.insert(name, exported);
        }
        let mut inner = Output::default();
        let input = redirects.stdin.as_deref().unwrap_or(stdin);
        let exit = self.exec_words(&words, input, &mut inner);
        if let Some(saved) = saved {
            self.variables = saved;
        }
        out.clear |= inner.clear;
        for (sink, bytes) in [
            (redirects.stdout, &mut inner.stdout),
            (redirects.stderr, &mut inner.stderr),
        ] {
            match sink {
                Sink::Stdout => out.stdout.append(bytes),
                Sink::Stderr => out.stderr.append(bytes),
                Sink::Null => {}
            }
        }
        Ok(exit)
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
                        let value = self.expand_one(&value.value, out)?;
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

    fn redirect(
        &mut self,
        redirect: &IoRedirect,
        to: &mut Redirects,
        out: &mut Output,
    ) -> Result<(), Stop> {
        use IoFileRedirectKind::{Append, Clobber, DuplicateOutput, Read, Write};
        match redirect {
            IoRedirect::HereDocument(None | Some(0), document) => {
                let text = match document.requires_expansion {
                    true => self.expand_document(&document.doc.value, out)?,
                    false => document.doc.value.clone().into_bytes(),
                };
                to.stdin = Some(text);
            }
            IoRedirect::HereString(None | Some(0), word) => {
                let mut text = self.expand_one(&word.value, out)?;
                text.push(b'\n');
                to.stdin = Some(text);
            }
            IoRedirect::File(fd, kind, IoFileRedirectTarget::Filename(name)) => {
                let name = self.expand_one(&name.value, out)?;
                match (fd, kind, name.as_slice()) {
                    (None | Some(0), Read, b"/dev/null") => to.stdin = Some(Vec::new()),
                    (None | Some(1), Write | Append | Clobber, b"/dev/null") => {
                        to.stdout = Sink::Null;
                    }
                    (Some(2), Write | Append | Clobber, b"/dev/null") => to.stderr = Sink::Null,
                    (_, Read, name) => {
                        let name = String::from_utf8_lossy(name);
                        let text = format!("bash: {name}: No such file or directory");
                        return Err(Stop::Bad(text));
                    }
                    _ => return Err(unsupported("writing to a file")),
                }
            }
            // A copy of what the other stands for now: `2>&1 >/dev/null` keeps errors.
            IoRedirect::File(fd, DuplicateOutput, IoFileRedirectTarget::Duplicate(from)) => {
                match (fd, from.value.as_str()) {
                    (Some(2), "1") => to.stderr = to.stdout,
                    (None | Some(1), "2") => to.stdout = to.stderr,
                    _ => return Err(unsupported("this redirect")),
                }
            }
            _ => return Err(unsupported("this redirect")),
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        self.variables.entry(name.to_owned()).or_default().value = value;
    }

    /// Counts a command against the line's limit, and its output.
    fn spend(&mut self, out: &Output) -> Result<(), Stop> {
        let Some(left) = self.budget.checked_sub(1) else {
            let text = format!("revscope: stopped after {MAX_COMMANDS} commands");
            return Err(Stop::Limit(text));
        };
        self.budget = left;
        if out.stdout.len().saturating_add(out.stderr.len()) > MAX_OUTPUT_BYTES {
            let text = format!("revscope: stopped after {MAX_OUTPUT_BYTES} bytes of output");
            return Err(Stop::Limit(text));
        }
        Ok(())
    }
}

fn unsupported(what: &str) -> Stop {
    Stop::Bad(format!("revscope: {what} is not simulated"))
}
