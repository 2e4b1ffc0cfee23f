//! Search: a filter, the tree of keys beside it, and the rows that it finds.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::act;
use super::keys::KeyTree;
use super::leaving::LeaveMenu;
use super::query::{QueryField, QueryFieldProps, focus};
use super::table::DataTable;
use crate::engine::Table;
use crate::kv::Revision;
use crate::state::{Action, Studied, StudyAction, TableState};
use crate::web::number::{counted, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct FindCardProps {
    /// What is looked at.
    pub study: Studied,
    /// The change that is selected.
    pub selected: Option<Revision>,
    /// Another number puts the cursor into the field.
    pub sought: u64,
    /// What happened.
    pub on: Callback<Action>,
}

/// The search.
#[component]
pub fn FindCard(props: &FindCardProps) -> Html {
    let FindCardProps {
        study,
        selected,
        sought,
        on,
    } = props;
    use_effect_with(*sought, |_| focus());
    let state = study.get();
    let table = &state.find;
    let chip = |which: Table, label: &'static str| {
        let is_on = table.ask.table == which;
        html! {
            <button type="button" class="chip" aria-pressed={is_on.to_string()}
                onclick={act(on, StudyAction::Table(which))}>{ label }</button>
        }
    };
    let is_marking = state.is_marking;
    let mark = on.reform(move |_: Event| Action::Study(StudyAction::Mark(!is_marking)));
    let label = match table.ask.table {
        Table::Keys => "Keys, arrow keys walk",
        _ => "Revisions, arrow keys walk",
    };
    html! {
        <div class="columns finding">
            <KeyTree study={study.clone()} on={on.clone()} />
            <section class="card find" aria-labelledby="find-title">
                <header class="card-head">
                    <h2 id="find-title">{ "Find" }</h2>
                    <div class="tools" role="group" aria-label="What is listed">
                        { chip(Table::Revisions, "revisions") }
                        { chip(Table::Keys, "keys") }
                        <label class="switch">
                            <input type="checkbox" id="mark-found" checked={is_marking} onchange={mark} />
                            { "mark on the timeline" }
                        </label>
                    </div>
                </header>
                <QueryField ..QueryFieldProps::of(table, on) />
                <p class="found" role="status" id="found">{ told(table) }</p>
                if let Some((done, total, _)) = table.along {
                    <div class="along">
                        <progress max={total.to_string()} value={done.to_string()} aria-label="Search" />
                        <button type="button" class="button small" onclick={act(on, StudyAction::Stop)}>{ "Stop" }</button>
                    </div>
                }
                <DataTable part={table.part.clone()} {label} selected={*selected} on={on.clone()} />
                <LeaveMenu study={study.clone()} is_found={!table.ask.filter.trim().is_empty()} on={on.clone()} />
            </section>
        </div>
    }
}

/// What was found, in words.
fn told(table: &TableState) -> String {
    let part = &table.part;
    let (one, many) = match part.ask.table {
        Table::Keys => ("key", "keys"),
        _ => ("revision", "revisions"),
    };
    match table.along {
        Some((_, _, found)) => format!("{} so far", counted(found, one, many)),
        None if part.columns.is_empty() => String::new(),
        None if part.total == part.of => format!("all {}", counted(part.total, one, many)),
        None => {
            let note = match part.note.is_empty() {
                true => String::new(),
                false => format!(", {}", part.note),
            };
            format!(
                "{} of {}{note}",
                grouped(part.total),
                counted(part.of, one, many)
            )
        }
    }
}

/// What the small field for words shows.
#[derive(Properties, PartialEq)]
pub(super) struct WordFieldProps {
    pub filter: String,
    pub on: Callback<Action>,
}

/// A field for words that a row must hold.
#[component]
pub(super) fn WordField(props: &WordFieldProps) -> Html {
    let typed = props.on.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::Study(StudyAction::Filter(input.value(), 0))
    });
    html! {
        <input type="search" id="words" aria-label="Words that a row must hold" placeholder="filter"
            value={props.filter.clone()} oninput={typed} />
    }
}
