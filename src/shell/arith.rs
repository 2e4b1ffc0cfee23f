//! `$(( ))`: whole numbers of 64 bits, as bash calculates.

use brush_parser::arithmetic;
use brush_parser::ast::{
    ArithmeticExpr, ArithmeticTarget, BinaryOperator, UnaryAssignmentOperator, UnaryOperator,
};

use super::{Output, Shell};

/// Deepest nesting of an expression, and of variables that hold expressions.
const MAX_DEPTH: usize = 64;

impl Shell {
    /// The value of an expression as typed.
    pub(super) fn calculate(&mut self, text: &str, out: &mut Output) -> Result<i64, String> {
        /// Longest expression.
        const MAX_BYTES: usize = 1000;
        let text = match text.contains(['$', '`']) {
            true => {
                let quoted = format!("\"{}\"", text.replace('"', ""));
                String::from_utf8_lossy(&self.expand_one(&quoted, out)?).into_owned()
            }
            false => text.to_owned(),
        };
        if text.len() > MAX_BYTES || text.matches(['(', '-', '!', '~', '?']).count() > MAX_DEPTH {
            return Err("bash: expression is too long".to_owned());
        }
        if text.trim().is_empty() {
            return Ok(0);
        }
        let parsed = arithmetic::parse(text.trim()).map_err(|_| {
            format!(
                "bash: {text}: syntax error: operand expected (error token is \"{}\")",
                text.trim()
            )
        })?;
        self.value(&parsed, MAX_DEPTH)
            .map_err(|why| match self.is_unbound {
                true => why,
                false => format!("bash: {text}: {why}"),
            })
    }

    fn value(&mut self, expression: &ArithmeticExpr, depth: usize) -> Result<i64, String> {
        let depth = depth
            .checked_sub(1)
            .ok_or("expression recursion level exceeded")?;
        Ok(match expression {
            ArithmeticExpr::Literal(number) => *number,
            ArithmeticExpr::Reference(target) => self.named(target, depth)?,
            ArithmeticExpr::UnaryOp(operator, inner) => {
                let inner = self.value(inner, depth)?;
                match operator {
                    UnaryOperator::UnaryPlus => inner,
                    UnaryOperator::UnaryMinus => inner.wrapping_neg(),
                    UnaryOperator::BitwiseNot => !inner,
                    UnaryOperator::LogicalNot => i64::from(inner == 0),
                }
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalAnd, a, b) => {
                i64::from(self.value(a, depth)? != 0 && self.value(b, depth)? != 0)
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalOr, a, b) => {
                i64::from(self.value(a, depth)? != 0 || self.value(b, depth)? != 0)
            }
            ArithmeticExpr::BinaryOp(operator, a, b) => {
                let (a, b) = (self.value(a, depth)?, self.value(b, depth)?);
                binary(operator, a, b)?
            }
            ArithmeticExpr::Conditional(condition, yes, no) => {
                match self.value(condition, depth)? {
                    0 => self.value(no, depth)?,
                    _ => self.value(yes, depth)?,
                }
            }
            ArithmeticExpr::Assignment(target, value) => {
                let value = self.value(value, depth)?;
                self.assign(target, value)?
            }
            ArithmeticExpr::BinaryAssignment(operator, target, value) => {
                let value = self.value(value, depth)?;
                let value = binary(operator, self.named(target, depth)?, value)?;
                self.assign(target, value)?
            }
            ArithmeticExpr::UnaryAssignment(operator, target) => {
                use UnaryAssignmentOperator::{
                    PostfixDecrement, PostfixIncrement, PrefixDecrement, PrefixIncrement,
                };
                let before = self.named(target, depth)?;
                let after = match operator {
                    PrefixIncrement | PostfixIncrement => before.wrapping_add(1),
                    PrefixDecrement | PostfixDecrement => before.wrapping_sub(1),
                };
                self.assign(target, after)?;
                match operator {
                    PrefixIncrement | PrefixDecrement => after,
                    PostfixIncrement | PostfixDecrement => before,
                }
            }
        })
    }

    fn named(&mut self, target: &ArithmeticTarget, depth: usize) -> Result<i64, String> {
        let ArithmeticTarget::Variable(name) = target else {
            return Err("arrays are not simulated".to_owned());
        };
        let value = self
            .variables
            .get(name)
            .map(|variable| variable.value.clone());
        let value = match value {
            Some(value) => value,
            None => self.unset(name)?,
        };
        let text = String::from_utf8_lossy(&value).into_owned();
        if text.trim().is_empty() {
            return Ok(0);
        }
        match text.trim().parse() {
            Ok(number) => Ok(number),
            Err(_) if text.len() < 100 => {
                let parsed = arithmetic::parse(text.trim()).map_err(|_| {
                    format!("syntax error in expression (error token is \"{text}\")")
                })?;
                self.value(&parsed, depth)
            }
            Err(_) => Err("not a number".to_owned()),
        }
    }

    fn assign(&mut self, target: &ArithmeticTarget, value: i64) -> Result<i64, String> {
        let ArithmeticTarget::Variable(name) = target else {
            return Err("arrays are not simulated".to_owned());
        };
        self.set(name, value.to_string().into_bytes());
        Ok(value)
    }
}

fn binary(operator: &BinaryOperator, a: i64, b: i64) -> Result<i64, String> {
    let zero = || "division by 0".to_owned();
    let shift = (b & 63) as u32;
    Ok(match operator {
        BinaryOperator::Power => {
            let by = u32::try_from(b).map_err(|_| "exponent less than 0".to_owned())?;
            a.wrapping_pow(by)
        }
        BinaryOperator::Multiply => a.wrapping_mul(b),
        BinaryOperator::Divide if b == 0 => return Err(zero()),
        BinaryOperator::Divide => a.wrapping_div(b),
        BinaryOperator::Modulo if b == 0 => return Err(zero()),
        BinaryOperator::Modulo => a.wrapping_rem(b),
        BinaryOperator::Comma => b,
        BinaryOperator::Add => a.wrapping_add(b),
        BinaryOperator::Subtract => a.wrapping_sub(b),
        BinaryOperator::ShiftLeft => a.wrapping_shl(shift),
        BinaryOperator::ShiftRight => a.wrapping_shr(shift),
        BinaryOperator::LessThan => i64::from(a < b),
        BinaryOperator::LessThanOrEqualTo => i64::from(a <= b),
        BinaryOperator::GreaterThan => i64::from(a > b),
        BinaryOperator::GreaterThanOrEqualTo => i64::from(a >= b),
        BinaryOperator::Equals => i64::from(a == b),
        BinaryOperator::NotEquals => i64::from(a != b),
        BinaryOperator::BitwiseAnd => a & b,
        BinaryOperator::BitwiseXor => a ^ b,
        BinaryOperator::BitwiseOr => a | b,
        BinaryOperator::LogicalAnd => i64::from(a != 0 && b != 0),
        BinaryOperator::LogicalOr => i64::from(a != 0 || b != 0),
    })
}
