//! A filter over the rows of a history: which changes does somebody want to see?
//!
//! ```text
//! web ns:default -is:tombstone size>10Ki (kind:pods or kind:events)
//! ```
//!
//! Words beside each other are all needed; `or`, `not` or `-`, parentheses and quotes do what
//! they do elsewhere. A word without a name is a part of the key, byte for byte. The terms are
//! rows of [`TERMS`], from which parser, [`help`] and [`complete`] come.
//!
//! Start from [`Query::parse`], then [`Search`], which decides what it can from the history and
//! asks for values only where they matter. Values of Secrets are not looked into unless the query
//! says `in:secrets`.

mod atom;
mod complete;
mod error;
mod expr;
mod lex;
mod needle;
mod parse;
mod pattern;
mod read;
mod search;
mod terms;

use atom::Needs;
use expr::Expr;

pub use complete::{Completion, Names, complete};
pub use error::QueryError;
pub use search::Search;
pub use terms::{
    Choice, JOINTS, LEASES, Leases, SCOPES, STATES, Scope, State, TERMS, Takes, Term, help,
};

/// What is looked for. The default matches every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    expr: Expr,
    in_secrets: bool,
}

impl Query {
    /// Reads a query; blanks alone match every row.
    ///
    /// # Errors
    /// The first place that cannot be understood.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let parsed = parse::parse(text)?;
        Ok(Self {
            expr: parsed.expr,
            in_secrets: parsed.in_secrets,
        })
    }

    /// Whether every row matches.
    pub fn is_all(&self) -> bool {
        self.expr == Expr::default()
    }

    /// Whether values may have to be read.
    pub fn needs_values(&self) -> bool {
        self.expr.needs() >= Needs::Value
    }

    /// Whether values may have to be read as objects of Kubernetes.
    pub fn needs_objects(&self) -> bool {
        self.expr.needs() >= Needs::Object
    }
}
