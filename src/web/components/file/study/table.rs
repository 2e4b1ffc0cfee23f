//! A long table: it scrolls, sorts, and its rows are walked, selected and copied.

use std::rc::Rc;

use yew::prelude::*;

use super::act;
use crate::engine::{Column, TablePart, TableRow};
use crate::kv::Revision;
use crate::state::{Action, StudyAction, TableState};
use crate::web::address;
use crate::web::components::scroll::{SpacerList, Spacing};

/// Height of a row.
const ROW_PX: f64 = 25.0;

/// What the table shows.
#[derive(Properties, PartialEq)]
pub struct DataTableProps {
    /// The rows that have come.
    pub part: Rc<TablePart>,
    /// Its name.
    pub label: AttrValue,
    /// The change that is selected on the timeline.
    pub selected: Option<Revision>,
    /// What happened.
    pub on: Callback<Action>,
}

/// First and last row of a selection, by their index in the whole table.
type Selection = Option<(u64, u64)>;

/// Rows of the selection as lines with tabs.
fn copied(part: &TablePart, selection: (u64, u64)) -> String {
    let (from, to) = (selection.0.min(selection.1), selection.0.max(selection.1));
    let rows = (part.first..).zip(&part.rows);
    let rows = rows.filter(|(index, _)| (from..=to).contains(index));
    let line = |cells: &[String]| cells.join("\t");
    let head: Vec<String> = part
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let lines = std::iter::once(line(&head)).chain(rows.map(|(_, row)| line(&row.cells)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The table.
#[component]
pub fn DataTable(props: &DataTableProps) -> Html {
    let DataTableProps {
        part,
        label,
        selected,
        on,
    } = props;
    let selection = use_state(|| None as Selection);
    {
        let selection = selection.setter();
        use_effect_with(part.ask.clone(), move |_| selection.set(None));
    }
    let spacing = Spacing {
        first: part.first,
        shown: part.rows.len() as u64,
        total: part.total,
        row_px: ROW_PX,
    };
    let show = on.reform(|first| Action::Study(StudyAction::ShowFrom(first, rows_around())));
    let pressed = {
        let (on, part, selection) = (on.clone(), part.clone(), selection.clone());
        Callback::from(move |event: KeyboardEvent| {
            let last = (part.first + part.rows.len() as u64).checked_sub(1);
            let Some(last) = last else { return };
            let at = selection.map_or(part.first, |(_, to)| to);
            let to = match event.key().as_str() {
                "ArrowDown" if selection.is_none() => part.first,
                "ArrowDown" => (at + 1).min(last),
                "ArrowUp" => at.saturating_sub(1).max(part.first),
                "Home" => part.first,
                "End" => last,
                "c" if event.ctrl_key() || event.meta_key() => {
                    if let Some(selection) = *selection {
                        event.prevent_default();
                        copy(&copied(&part, selection));
                    }
                    return;
                }
                "Enter" => {
                    let row = at
                        .checked_sub(part.first)
                        .and_then(|at| part.rows.get(at as usize));
                    if let Some(action) = row.and_then(leads) {
                        event.prevent_default();
                        on.emit(action);
                    }
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let from = match (event.shift_key(), *selection) {
                (true, Some((from, _))) => from,
                _ => to,
            };
            selection.set(Some((from, to)));
        })
    };
    let copy_now = {
        let (part, selection) = (part.clone(), selection.clone());
        let whole = (part.first, part.first + part.rows.len() as u64);
        Callback::from(move |_: MouseEvent| copy(&copied(&part, selection.unwrap_or(whole))))
    };
    let (from, to) = selection.map_or((1, 0), |(a, b)| (a.min(b), a.max(b)));
    let classes: Vec<AttrValue> = part.columns.iter().map(column_class).collect();
    html! {
        <>
        <SpacerList label={label.clone()} {spacing} {show} onkeydown={pressed}>
            <table class="rows data" id="data-table" aria-rowcount={part.total.to_string()} data-table={format!("{:?}", part.ask.table)}>
                <thead>
                    <tr>{ for (0..).zip(&part.columns).map(|(at, column)| head(part, at, column, on)) }</tr>
                </thead>
                <tbody>
                    { for (part.first..).zip(&part.rows).map(|(index, row)| {
                        let is_selected = (from..=to).contains(&index)
                            || row.revision.is_some() && row.revision == *selected && selection.is_none();
                        let select = {
                            let selection = selection.clone();
                            Callback::from(move |event: MouseEvent| {
                                let from = match (event.shift_key(), *selection) {
                                    (true, Some((from, _))) => from,
                                    _ => index,
                                };
                                selection.set(Some((from, index)));
                            })
                        };
                        html! {
                            <tr aria-selected={is_selected.to_string()} aria-rowindex={(index + 1).to_string()} onclick={select}>
                                { for part.columns.iter().zip(&classes).zip(&row.cells).map(|((column, class), cell)| data(column, class, cell, row, on)) }
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        </SpacerList>
        <button type="button" class="button small copy" title="As lines with tabs: the selected rows, else those that are loaded (Ctrl+C)"
            onclick={copy_now}>{ if selection.is_some() { "Copy selected" } else { "Copy" } }</button>
        </>
    }
}

/// Rows to have while scrolling: half as many again as the window has room for. Each window that
/// comes is laid out within a frame, so it is no larger.
fn rows_around() -> u32 {
    let height = gloo::utils::window().inner_height().ok();
    let height = height.and_then(|height| height.as_f64()).unwrap_or(0.0);
    ((height / ROW_PX * 1.5) as u32).clamp(40, TableState::WINDOW * 2)
}

fn copy(text: &str) {
    // A browser without a clipboard leaves it at that: the text can be selected.
    address::copy(text.to_owned(), Callback::noop());
}

fn leads(row: &TableRow) -> Option<Action> {
    if row.number.is_some() {
        return Some(Action::Study(StudyAction::Unlike(row.number)));
    }
    let select = row.revision.map(StudyAction::Select);
    let find = (!row.filter.is_empty()).then(|| StudyAction::Find(row.filter.clone()));
    select.or(find).map(Action::Study)
}

fn head(part: &TablePart, at: u8, column: &Column, on: &Callback<Action>) -> Html {
    let (aria, sign) = match part.ask.sort {
        Some((by, false)) if by == at => (Some("ascending"), " ↑"),
        Some((by, true)) if by == at => (Some("descending"), " ↓"),
        _ => (None, ""),
    };
    let class = column_class(column);
    html! {
        <th scope="col" {class} aria-sort={aria}>
            <button type="button" class="link" onclick={act(on, StudyAction::Sort(at))}>
                { column.name.clone() }{ sign }
            </button>
        </th>
    }
}

fn column_class(column: &Column) -> AttrValue {
    let number = if column.is_number { "num " } else { "" };
    format!("{number}col-{}", column.name.replace(' ', "-")).into()
}

fn data(
    column: &Column,
    class: &AttrValue,
    cell: &str,
    row: &TableRow,
    on: &Callback<Action>,
) -> Html {
    /// Bytes of a text that fits its column: it needs no title to be read whole.
    const FITS: usize = 7;
    let title = (cell.len() > FITS).then(|| cell.to_owned());
    let link = match column.name.as_str() {
        "rev" => row.revision.map(StudyAction::Select),
        "key" if row.number.is_some() => Some(StudyAction::Unlike(row.number)),
        "before" => row.revision.map(StudyAction::Select),
        "key" | "lease" | "live keys" if !row.filter.is_empty() => {
            Some(StudyAction::Find(row.filter.clone()))
        }
        "modified" => row.revision.map(StudyAction::Select),
        _ => None,
    };
    html! {
        <td class={class.clone()} {title}>
            if let Some(action) = link {
                <button type="button" class="link" tabindex="-1" onclick={act(on, action)}>{ cell }</button>
            } else {
                { cell }
            }
        </td>
    }
}
