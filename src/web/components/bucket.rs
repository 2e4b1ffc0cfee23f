//! The `key` bucket: every row in the order of revisions, as on disk.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::scroll::{SpacerList, Spacing};
use crate::engine::{Kind, Row};
use crate::state::{Action, DocState};
use crate::web::number::{counted, grouped, revision};

/// Height of a row.
const ROW_PX: f64 = 25.0;

/// What the table shows.
#[derive(Properties, PartialEq)]
pub struct BucketTableProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Revision to record, as etcd has it on disk.
#[component]
pub fn BucketTable(props: &BucketTableProps) -> Html {
    let BucketTableProps { document, on } = props;
    let window = &document.rows;
    let spacing = Spacing {
        first: window.first,
        shown: window.items.len() as u64,
        total: window.total,
        row_px: ROW_PX,
    };
    let show = on.reform(Action::ShowRows);
    let walk = {
        let (document, on) = (document.clone(), on.clone());
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowDown" => 1,
                "ArrowUp" => -1,
                _ => return,
            };
            event.prevent_default();
            if let Some(row) = neighbour(&document, by) {
                on.emit(Action::Select(row.revision));
            }
        })
    };
    let is_swept = document.effect.compacted.is_some();
    let digits = document.head().max(1).ilog10() + 1;
    let table = use_node_ref();
    let shown = use_mut_ref(|| None);
    {
        // What was selected elsewhere comes into sight here, once; then the reader scrolls freely.
        let table = table.clone();
        let selected = document.selected;
        use_effect_with((selected, window.items.clone()), move |_| {
            if *shown.borrow() != selected && bring_into_sight(&table).is_some() {
                *shown.borrow_mut() = selected;
            }
        });
    }
    html! {
        <div class="half bucket">
            <p class="half-head">
                <b>{ "Bucket " }<span class="mono">{ "key" }</span></b>{ " on disk: revision → record" }
            </p>
            <SpacerList label="Bucket key, arrow keys walk through the rows" {spacing} {show} onkeydown={walk}>
                <table class={classes!("rows", is_swept.then_some("swept"))} id="bucket-table" ref={table}>
                    <thead>
                        <tr>
                            <th scope="col" style={format!("width: {}ch", digits + 7)}>{ "rev" }</th>
                            <th scope="col">{ "key" }</th>
                            <th scope="col">{ "value" }</th>
                            <th scope="col" class="num">{ "create" }</th>
                            <th scope="col" class="num">{ "mod" }</th>
                            <th scope="col" class="num">{ "ver" }</th>
                            if is_swept {
                                <th scope="col" class="why">{ "compaction" }</th>
                            }
                        </tr>
                    </thead>
                    <tbody>
                        { for window.items.iter().map(|row| table_row(row, document, on)) }
                    </tbody>
                </table>
            </SpacerList>
            if window.total > window.items.len() as u64 {
                <p class="count">
                    { format!(
                        "{} to {} of {}",
                        grouped(window.first + 1),
                        grouped(window.first + window.items.len() as u64),
                        counted(window.total, "row", "rows"),
                    ) }
                </p>
            }
        </div>
    }
}

/// Scrolls the list, and nothing around it, so that the selected row is seen.
fn bring_into_sight(table: &NodeRef) -> Option<()> {
    /// Height of the heading that stays on top, and a row's worth of air.
    const HEAD_PX: i32 = 50;
    let table = table.cast::<HtmlElement>()?;
    let row = table
        .query_selector("[aria-selected=true]")
        .ok()
        .flatten()?;
    let row = row.dyn_into::<HtmlElement>().ok()?;
    let list = table.parent_element()?;
    let top = table.offset_top() + row.offset_top();
    let (from, height) = (list.scroll_top(), list.client_height());
    if top < from + HEAD_PX {
        list.set_scroll_top((top - HEAD_PX).max(0));
    } else if top + row.offset_height() > from + height {
        list.set_scroll_top(top + row.offset_height() - height);
    }
    Some(())
}

/// The row before or after the selected one; the first one where none is selected.
fn neighbour(document: &DocState, by: i64) -> Option<&Row> {
    let items = &document.rows.items;
    let at = items
        .iter()
        .position(|row| Some(row.revision) == document.selected);
    match at {
        Some(at) => items.get(usize::try_from(at as i64 + by).ok()?),
        None => items.first(),
    }
}

fn table_row(row: &Row, document: &DocState, on: &Callback<Action>) -> Html {
    let at = row.revision;
    let select = on.reform(move |_: MouseEvent| Action::Select(at));
    let is_selected = document.selected == Some(at);
    let is_tombstone = row.kind == Kind::Tombstone;
    let effect = &document.effect;
    let class = classes!(
        is_tombstone.then_some("tombstone"),
        row.compacted.then_some("gone"),
        effect.written.contains(&at).then_some("new"),
        effect.removed.contains(&at).then_some("going"),
        (at.main > document.as_of()).then_some("later"),
        (document.playhead.is_some() && document.is_visible_at_playhead(row) && !is_tombstone)
            .then_some("as-of"),
    );
    let mark = if is_tombstone { " t" } else { "" };
    // The sweep goes from row to row.
    let place = effect.removed.iter().position(|gone| *gone == at);
    let style = place.map(|place| {
        let part = place as f64 / effect.removed.len().max(1) as f64;
        format!("--n: {part:.2}")
    });
    let number = |n: i64| (!is_tombstone).then(|| revision(n));
    html! {
        <tr key={format!("{}.{}", at.main, at.sub)} {class} {style} aria-selected={is_selected.to_string()} onclick={select}>
            <td>{ format!("{at}{mark}") }</td>
            <td class={document.looked.contains(&row.key).then_some("looked")} title={row.key.clone()}>{ row.key.clone() }</td>
            <td title={row.value.clone()}>{ row.value.clone() }</td>
            <td class="num">{ number(row.create_revision) }</td>
            <td class="num">{ number(at.main) }</td>
            <td class="num">{ number(row.version) }</td>
            if effect.compacted.is_some() {
                <td class="why" title={row.fate.clone()}><span>{ row.fate.clone() }</span></td>
            }
        </tr>
    }
}
