//! A table that is looked at, and its filter.

use std::rc::Rc;

use crate::engine::{TableAsk, TablePart, Wrong};

/// A table on the screen.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    /// The filter as it stands in its field.
    pub filter: String,
    /// What was asked for.
    pub ask: TableAsk,
    /// What has come.
    pub part: Rc<TablePart>,
    /// Why the filter cannot be understood.
    pub wrong: Option<Wrong>,
    /// How far the search is: done, of so many, rows found.
    pub along: Option<(u64, u64, u64)>,
    /// How the filter may go on, and what that means.
    pub completions: Rc<Vec<(String, String)>>,
    /// Bytes of the filter that a completion replaces.
    pub(super) replaced: (usize, usize),
    pub(super) id: u64,
}

impl TableState {
    /// Rows that are asked for at once.
    pub const WINDOW: u32 = 120;

    /// The filter with a completion in it.
    pub fn completed(&self, text: &str) -> String {
        let (start, end) = self.replaced;
        let before = self.filter.get(..start).unwrap_or(&self.filter);
        let after = self.filter.get(end..).unwrap_or_default();
        format!("{before}{text}{after}")
    }
}
