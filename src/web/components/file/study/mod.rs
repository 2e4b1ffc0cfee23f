//! The contents of an opened file: what fills it, search, tables.

mod fills;
mod find;
mod keys;
mod query;
mod table;
mod tables;

use yew::prelude::*;

use crate::state::{Action, StudyAction};

pub use fills::{FillBar, FillBarProps, FillCard, FillCardProps};
pub use find::{FindCard, FindCardProps};
pub use tables::{SmallTables, SmallTablesProps};

/// A callback that does something to what is looked at.
fn act(on: &Callback<Action>, action: StudyAction) -> Callback<MouseEvent> {
    on.reform(move |_| Action::Study(action.clone()))
}
