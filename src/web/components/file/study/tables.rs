//! What the small buckets of etcd hold, as tables.

use yew::prelude::*;

use super::act;
use super::find::WordField;
use super::table::DataTable;
use crate::engine::Table;
use crate::state::{Action, Studied, StudyAction};
use crate::web::number::{counted, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct SmallTablesProps {
    /// What is looked at.
    pub study: Studied,
    /// What happened.
    pub on: Callback<Action>,
}

/// One table, and the choice of it.
#[component]
pub fn SmallTables(props: &SmallTablesProps) -> Html {
    let SmallTablesProps { study, on } = props;
    let state = study.get();
    let table = &state.small;
    let part = &table.part;
    let tables = [
        (Table::Meta, "meta"),
        (Table::Members, "members"),
        (Table::Leases, "leases"),
        (Table::Users, "users"),
        (Table::Roles, "roles"),
    ];
    let told = match (part.total == part.of, part.note.is_empty()) {
        (_, false) => part.note.clone(),
        (true, true) => counted(part.total, "row", "rows"),
        (false, true) => format!(
            "{} of {}",
            grouped(part.total),
            counted(part.of, "row", "rows")
        ),
    };
    html! {
        <section class="card find small-tables" aria-labelledby="tables-title">
            <header class="card-head">
                <h2 id="tables-title">{ "Tables" }</h2>
                <div class="tools" role="group" aria-label="Which table">
                    { for tables.into_iter().map(|(which, label)| html! {
                        <button type="button" class="chip" aria-pressed={(table.ask.table == which).to_string()}
                            onclick={act(on, StudyAction::Table(which))}>{ label }</button>
                    }) }
                    <WordField filter={table.filter.clone()} on={on.clone()} />
                </div>
            </header>
            <p class="found" role="status">{ told }</p>
            if part.total == 0 && part.note.is_empty() {
                <p class="empty">{ "Nothing of it is in this file." }</p>
            }
            <DataTable part={part.clone()} label="Table, arrow keys walk" selected={None} on={on.clone()} />
        </section>
    }
}
