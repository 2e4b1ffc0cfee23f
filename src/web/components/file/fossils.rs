//! Rows that were compacted or deleted and still lie in the file.

use std::rc::Rc;

use yew::prelude::*;

use crate::engine::{FileFacts, FossilRow};
use crate::state::{Action, Look, Tab};
use crate::web::components::scroll::{SpacerList, Spacing};
use crate::web::number::counted;

/// Height of a row.
const ROW_PX: f64 = 25.0;

/// What the list shows.
#[derive(Properties, PartialEq)]
pub struct FossilListProps {
    /// What is looked at.
    pub look: Rc<Look>,
    /// What is known of the file.
    pub file: FileFacts,
    /// What happened.
    pub on: Callback<Action>,
}

/// Fossils by revision, and the switch that draws them on the timeline.
#[component]
pub fn FossilList(props: &FossilListProps) -> Html {
    let FossilListProps { look, file, on } = props;
    let window = &look.fossils;
    let is_shown = look.are_ghosts_shown;
    let toggle = on.reform(move |_: Event| Action::ShowGhosts(!is_shown));
    let spacing = Spacing {
        first: window.first,
        shown: window.items.len() as u64,
        total: window.total,
        row_px: ROW_PX,
    };
    let count = file.fossils.unwrap_or(0);
    html! {
        <section class="card fossils" aria-labelledby="fossils-title">
            <header class="card-head">
                <h2 id="fossils-title">
                    { match file.fossils {
                        Some(count) => counted(count, "fossil", "fossils"),
                        None => "Fossils".to_string(),
                    } }
                </h2>
                <p>{ "rows that were compacted or deleted and still lie in free pages; no part of the store" }</p>
                if count > 0 && file.is_etcd {
                    <div class="tools">
                        <label class="switch">
                            <input type="checkbox" id="ghosts" checked={is_shown} onchange={toggle} />
                            { "show them on the timeline" }
                        </label>
                    </div>
                }
            </header>
            if file.fossils.is_none() {
                <p class="empty">
                    { if file.is_busy { "Free pages are still being searched." } else { "The search was stopped." } }
                </p>
            } else if count == 0 {
                <p class="empty">{ "None: free pages hold no old row, or the file was defragmented." }</p>
            } else {
                <SpacerList label="Fossils" {spacing} show={on.reform(Action::ShowFossils)}>
                    <table class="rows" id="fossil-table">
                        <thead>
                            <tr>
                                <th scope="col" class="rev">{ "rev" }</th>
                                <th scope="col">{ "key" }</th>
                                <th scope="col">{ "value" }</th>
                                <th scope="col" class="page">{ "page" }</th>
                                <th scope="col">{ "why it is left" }</th>
                                <th scope="col" class="sure">{ "confidence" }</th>
                            </tr>
                        </thead>
                        <tbody>{ for window.items.iter().map(|row| table_row(row, on)) }</tbody>
                    </table>
                </SpacerList>
            }
        </section>
    }
}

fn table_row(row: &FossilRow, on: &Callback<Action>) -> Html {
    let (page, revision) = (row.page, row.revision);
    let show = on.reform(move |_: MouseEvent| Action::SelectPage(page));
    let select = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| {
            on.emit(Action::ShowTab(Tab::Timeline));
            on.emit(Action::ShowGhosts(true));
            on.emit(Action::Select(revision));
        })
    };
    let mark = if row.is_tombstone { " t" } else { "" };
    html! {
        <tr key={format!("{revision}{mark}")}>
            <td>
                <button type="button" class="link" title="Show on the timeline" onclick={select}>
                    { format!("{revision}{mark}") }
                </button>
            </td>
            <td title={row.key.clone()}>{ row.key.clone() }</td>
            <td title={row.value.clone()}>{ row.value.clone() }</td>
            <td>
                <button type="button" class="link" title={row.place.clone()} onclick={show}>
                    { row.page }
                </button>
            </td>
            <td title={row.why.clone()}>{ row.why.clone() }</td>
            <td>{ row.confidence.clone() }</td>
        </tr>
    }
}
