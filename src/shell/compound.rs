//! Loops, conditions, `case`, functions and `[[ ]]`.

use brush_parser::ast::{
    BinaryPredicate, CaseItemPostAction, CompoundCommand, DoGroupCommand, ExtendedTestExpr,
    FunctionBody, UnaryPredicate,
};

use super::exec::{Input, Stop, unsupported};
use super::redirect::{Redirects, file_name};
use super::{Output, Shell, Variable, pattern};

/// Deepest nesting of `[[ ]]`.
const MAX_TEST: usize = 32;

impl Shell {
    pub(super) fn exec_compound(
        &mut self,
        compound: &CompoundCommand,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut exit = 0;
        match compound {
            CompoundCommand::BraceGroup(group) => self.exec_list(&group.list, input, out),
            CompoundCommand::Subshell(group) => {
                let (saved, options) = (self.variables.clone(), self.options);
                let result = self.exec_list(&group.list, input, out);
                (self.variables, self.options) = (saved, options);
                match result {
                    Err(Stop::Exit(exit) | Stop::Return(exit)) => Ok(exit),
                    other => other,
                }
            }
            CompoundCommand::ForClause(clause) => {
                let values = match &clause.values {
                    None => self.arguments.clone(),
                    Some(words) => {
                        let mut values = Vec::new();
                        for word in words {
                            values.extend(self.expand(&word.value, out)?);
                        }
                        values
                    }
                };
                for value in values {
                    self.set(&clause.variable_name, value);
                    self.spend(out)?;
                    if !self.body(&clause.body, &mut exit, input, out)? {
                        break;
                    }
                }
                Ok(exit)
            }
            CompoundCommand::WhileClause(clause) => {
                while self.asked(|shell| shell.exec_list(&clause.0, input, out))? == 0 {
                    self.spend(out)?;
                    if !self.body(&clause.1, &mut exit, input, out)? {
                        break;
                    }
                }
                Ok(exit)
            }
            CompoundCommand::UntilClause(clause) => {
                while self.asked(|shell| shell.exec_list(&clause.0, input, out))? != 0 {
                    self.spend(out)?;
                    if !self.body(&clause.1, &mut exit, input, out)? {
                        break;
                    }
                }
                Ok(exit)
            }
            CompoundCommand::IfClause(clause) => {
                if self.asked(|shell| shell.exec_list(&clause.condition, input, out))? == 0 {
                    return self.exec_list(&clause.then, input, out);
                }
                for branch in clause.elses.iter().flatten() {
                    let taken = match &branch.condition {
                        Some(condition) => {
                            self.asked(|shell| shell.exec_list(condition, input, out))? == 0
                        }
                        None => true,
                    };
                    if taken {
                        return self.exec_list(&branch.body, input, out);
                    }
                }
                Ok(0)
            }
            CompoundCommand::CaseClause(clause) => {
                let value = self.expand_one(&clause.value.value, out)?;
                let value = String::from_utf8_lossy(&value).into_owned();
                let mut runs_on = false;
                for case in &clause.cases {
                    let mut fits = runs_on;
                    for word in &case.patterns {
                        fits = fits
                            || pattern::matches(&self.expand_pattern(&word.value, out)?, &value);
                    }
                    if !fits {
                        continue;
                    }
                    if let Some(list) = &case.cmd {
                        exit = self.exec_list(list, input, out)?;
                    }
                    runs_on = match case.post_action {
                        CaseItemPostAction::ExitCase => return Ok(exit),
                        CaseItemPostAction::UnconditionallyExecuteNextCaseItem => true,
                        CaseItemPostAction::ContinueEvaluatingCases => false,
                    };
                }
                Ok(exit)
            }
            CompoundCommand::Arithmetic(command) => {
                self.spend(out)?;
                Ok(i32::from(self.calculate(&command.expr.value, out)? == 0))
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                if let Some(first) = &clause.initializer {
                    self.calculate(&first.value, out)?;
                }
                loop {
                    self.spend(out)?;
                    // What is left out holds.
                    if let Some(condition) = &clause.condition
                        && !condition.value.trim().is_empty()
                        && self.calculate(&condition.value, out)? == 0
                    {
                        return Ok(exit);
                    }
                    if !self.body(&clause.body, &mut exit, input, out)? {
                        return Ok(exit);
                    }
                    if let Some(next) = &clause.updater {
                        self.calculate(&next.value, out)?;
                    }
                }
            }
        }
    }

    /// Runs the body of a loop once; answers whether the loop goes on.
    fn body(
        &mut self,
        body: &DoGroupCommand,
        exit: &mut i32,
        input: &mut Input,
        out: &mut Output,
    ) -> Result<bool, Stop> {
        match self.exec_list(&body.list, input, out) {
            Err(Stop::Break(0 | 1)) => Ok(false),
            Err(Stop::Break(levels)) => Err(Stop::Break(levels - 1)),
            Err(Stop::Continue(0 | 1)) => Ok(true),
            Err(Stop::Continue(levels)) => Err(Stop::Continue(levels - 1)),
            result => {
                *exit = result?;
                Ok(true)
            }
        }
    }

    /// Calls a function.
    pub(super) fn call(
        &mut self,
        function: &FunctionBody,
        args: &[Vec<u8>],
        input: &mut Input,
        out: &mut Output,
    ) -> Result<i32, Stop> {
        let mut redirects = Redirects::default();
        for redirect in function.1.iter().flat_map(|list| &list.0) {
            self.redirect(redirect, &mut redirects, out)?;
        }
        let saved = std::mem::replace(&mut self.arguments, args.to_vec());
        let outer = self.locals.len();
        let result = self.nested(|shell| {
            shell.redirected(redirects, input, out, |shell, input, out| {
                shell.exec_compound(&function.0, input, out)
            })
        });
        self.arguments = saved;
        let locals = self.locals.split_off(outer.min(self.locals.len()));
        self.put_back(locals);
        match result {
            Err(Stop::Return(exit)) => Ok(exit),
            Err(Stop::Break(_) | Stop::Continue(_)) => Ok(0),
            other => other,
        }
    }

    /// Gives variables the values back that they had, the last change first.
    pub(super) fn put_back(&mut self, saved: Vec<(String, Option<Variable>)>) {
        for (name, before) in saved.into_iter().rev() {
            match before {
                Some(value) => drop(self.variables.insert(name, value)),
                None => drop(self.variables.remove(&name)),
            }
        }
    }

    /// Whether `[[ ... ]]` holds.
    pub(super) fn extended_test(
        &mut self,
        test: &ExtendedTestExpr,
        out: &mut Output,
    ) -> Result<bool, Stop> {
        self.test_at(test, MAX_TEST, out)
    }

    fn test_at(
        &mut self,
        test: &ExtendedTestExpr,
        depth: usize,
        out: &mut Output,
    ) -> Result<bool, Stop> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| unsupported("a test nested that deeply"))?;
        Ok(match test {
            ExtendedTestExpr::And(a, b) => {
                self.test_at(a, depth, out)? && self.test_at(b, depth, out)?
            }
            ExtendedTestExpr::Or(a, b) => {
                self.test_at(a, depth, out)? || self.test_at(b, depth, out)?
            }
            ExtendedTestExpr::Not(inner) => !self.test_at(inner, depth, out)?,
            ExtendedTestExpr::Parenthesized(inner) => self.test_at(inner, depth, out)?,
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let word = self.expand_one(&word.value, out)?;
                let file = self.session.files.get(&file_name(&word));
                match predicate {
                    UnaryPredicate::StringHasZeroLength => word.is_empty(),
                    UnaryPredicate::StringHasNonZeroLength => !word.is_empty(),
                    UnaryPredicate::FileExists
                    | UnaryPredicate::FileExistsAndIsRegularFile
                    | UnaryPredicate::FileExistsAndIsReadable
                    | UnaryPredicate::FileExistsAndIsWritable => file.is_some(),
                    UnaryPredicate::FileExistsAndIsNotZeroLength => {
                        file.is_some_and(|bytes| !bytes.is_empty())
                    }
                    UnaryPredicate::ShellVariableIsSetAndAssigned => self
                        .variables
                        .contains_key(&*String::from_utf8_lossy(&word)),
                    _ => return Err(unsupported("this test")),
                }
            }
            ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                self.binary_test(predicate, &left.value, &right.value, out)?
            }
        })
    }

    fn binary_test(
        &mut self,
        predicate: &BinaryPredicate,
        left: &str,
        right: &str,
        out: &mut Output,
    ) -> Result<bool, Stop> {
        use BinaryPredicate as P;
        if matches!(
            predicate,
            P::ArithmeticEqualTo
                | P::ArithmeticNotEqualTo
                | P::ArithmeticLessThan
                | P::ArithmeticLessThanOrEqualTo
                | P::ArithmeticGreaterThan
                | P::ArithmeticGreaterThanOrEqualTo
        ) {
            let (a, b) = (self.calculate(left, out)?, self.calculate(right, out)?);
            return Ok(match predicate {
                P::ArithmeticEqualTo => a == b,
                P::ArithmeticNotEqualTo => a != b,
                P::ArithmeticLessThan => a < b,
                P::ArithmeticLessThanOrEqualTo => a <= b,
                P::ArithmeticGreaterThan => a > b,
                _ => a >= b,
            });
        }
        let text = String::from_utf8_lossy(&self.expand_one(left, out)?).into_owned();
        let other = String::from_utf8_lossy(&self.expand_one(right, out)?).into_owned();
        Ok(match predicate {
            P::StringExactlyMatchesPattern => {
                pattern::matches(&self.expand_pattern(right, out)?, &text)
            }
            P::StringDoesNotExactlyMatchPattern => {
                !pattern::matches(&self.expand_pattern(right, out)?, &text)
            }
            P::StringExactlyMatchesString => text == other,
            P::StringDoesNotExactlyMatchString => text != other,
            P::StringContainsSubstring => text.contains(&other),
            P::LeftSortsBeforeRight => text < other,
            P::LeftSortsAfterRight => text > other,
            P::StringMatchesRegex => {
                let regex = regex_lite::Regex::new(&other);
                let regex = regex.map_err(|why| Stop::Bad(format!("bash: {other}: {why}")))?;
                regex.is_match(&text)
            }
            _ => return Err(unsupported("this test")),
        })
    }
}
