//! The contents of an opened file: what fills it, search, tables.

mod compare;
mod fills;
mod find;
mod keys;
mod leaving;
mod lost;
mod query;
mod table;
mod tables;
mod what_if;

use yew::prelude::*;

use crate::state::{Action, StudyAction};

pub use compare::{Compare, CompareProps};
pub use fills::{FillBar, FillBarProps, FillCard, FillCardProps};
pub use find::{FindCard, FindCardProps};
pub use leaving::{LeaveMenu, LeaveMenuProps};
pub use lost::{LostCard, LostCardProps};
pub use tables::{SmallTables, SmallTablesProps};
pub use what_if::{WhatIf, WhatIfProps};

/// A callback that does something to what is looked at.
fn act(on: &Callback<Action>, action: StudyAction) -> Callback<MouseEvent> {
    on.reform(move |_| Action::Study(action.clone()))
}
