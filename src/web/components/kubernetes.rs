//! The cluster in an opened file: its objects as of a revision, and what fills it.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::object::ObjectCard;
use super::scroll::{SpacerList, Spacing};
use crate::engine::{FillRow, ObjectRow, ObjectSort};
use crate::kv::Revision;
use crate::state::{Action, DocState, ObjectAction, ObjectState};
use crate::web::download;
use crate::web::number::{bytes, counted, grouped, revision};

/// Height of a row.
const ROW_PX: f64 = 25.0;

/// A callback that does something to objects.
pub(super) fn act(on: &Callback<Action>, action: ObjectAction) -> Callback<MouseEvent> {
    on.reform(move |_| Action::Object(action.clone()))
}

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct ClusterProps {
    /// What is looked at.
    pub state: Rc<ObjectState>,
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The list with the object beside it, or what fills the cluster.
#[component]
pub fn Cluster(props: &ClusterProps) -> Html {
    let ClusterProps {
        state,
        document,
        on,
    } = props;
    let tab = |is_fill: bool, label: &'static str| {
        html! {
            <button type="button" class="chip" aria-pressed={(state.is_fill == is_fill).to_string()}
                onclick={act(on, ObjectAction::ShowFill(is_fill))}>{ label }</button>
        }
    };
    html! {
        <div class={classes!("cluster", state.is_fill.then_some("whole"))}>
            <section class="card objects" aria-labelledby="objects-title">
                <header class="card-head">
                    <h2 id="objects-title">{ "Kubernetes" }</h2>
                    <div class="tools" role="group" aria-label="Show of the cluster">
                        { tab(false, "objects") }
                        { tab(true, "what fills it") }
                    </div>
                </header>
                { if state.is_fill { fill(state, on) } else { list(state, document, on) } }
            </section>
            if !state.is_fill {
                <ObjectCard state={state.clone()} on={on.clone()} />
            }
        </div>
    }
}

fn list(state: &Rc<ObjectState>, document: &DocState, on: &Callback<Action>) -> Html {
    let (at, head) = (document.as_of(), document.head());
    let first = document
        .summary
        .as_ref()
        .map_or(1, |summary| summary.compact_revision.max(1));
    let playhead = on.reform(|event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        // A text, since a revision may have more bits than a number of the browser.
        Action::SetPlayhead(input.value().trim().parse().unwrap_or(i64::MAX))
    });
    let search = on.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::Object(ObjectAction::Search(input.value()))
    });
    let window = &state.list;
    let spacing = Spacing {
        first: window.first,
        shown: window.items.len() as u64,
        total: window.total,
        row_px: ROW_PX,
    };
    let show = on.reform(|first| Action::Object(ObjectAction::ShowFrom(first)));
    let sort = |by: ObjectSort, label: &'static str, class: &'static str| {
        let (aria, sign) = match (state.search.sort == by, state.search.is_back) {
            (false, _) => (None, ""),
            (true, false) => (Some("ascending"), " ↑"),
            (true, true) => (Some("descending"), " ↓"),
        };
        html! {
            <th scope="col" {class} aria-sort={aria}>
                <button type="button" class="link" onclick={act(on, ObjectAction::Sort(by))}>{ label }{ sign }</button>
            </th>
        }
    };
    let walk = {
        let (items, on, selected) = (window.items.clone(), on.clone(), document.selected);
        Callback::from(move |event: KeyboardEvent| {
            let at = items.iter().position(|row| Some(row.revision) == selected);
            let to = match event.key().as_str() {
                "ArrowDown" => at.map_or(0, |at| at + 1),
                "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
                _ => return,
            };
            event.prevent_default();
            if let Some(row) = items.get(to) {
                on.emit(Action::Object(ObjectAction::Select(row.revision)));
            }
        })
    };
    html! {
        <>
        <div class="object-bar">
            <input type="search" id="object-search" aria-label="Find objects" placeholder="kind, namespace or name"
                value={state.search.text.clone()} oninput={search} />
            { choose("Kind", "all kinds", &state.search.resource, &state.choice.resources, on, |name| {
                ObjectAction::Resource(name.unwrap_or_default())
            }) }
            { choose("Namespace", "all namespaces", state.search.namespace.as_deref().map_or("", |name| if name.is_empty() { CLUSTER } else { name }),
                &state.choice.namespaces, on, ObjectAction::Namespace) }
            <label>{ "at revision " }
                <input type="number" id="object-at" min={first.to_string()} max={head.to_string()}
                    value={at.to_string()} onchange={playhead} />
            </label>
        </div>
        if state.choice.is_compacted {
            <p class="empty">{ format!("Revision {} was compacted: what was stored then is not known. The first that is known is {}.", revision(at), revision(first)) }</p>
        }
        <SpacerList label="Objects, arrow keys walk" {spacing} {show} onkeydown={walk}>
            <table class="rows" id="object-table">
                <thead>
                    <tr>
                        { sort(ObjectSort::Kind, "kind", "kind") }
                        { sort(ObjectSort::Namespace, "namespace", "space") }
                        { sort(ObjectSort::Name, "name", "") }
                        { sort(ObjectSort::Revision, "rev", "num") }
                        { sort(ObjectSort::Version, "writes", "num") }
                        { sort(ObjectSort::Bytes, "size", "num") }
                    </tr>
                </thead>
                <tbody>{ for window.items.iter().map(|row| object_row(row, document.selected, on)) }</tbody>
            </table>
        </SpacerList>
        <div class="object-foot">
            <span>{ counted(window.total, "object", "objects") }</span>
            if let Some((done, total)) = state.along {
                <span>{ format!("{} of {}", grouped(done), grouped(total)) }</span>
                <button type="button" class="button small" onclick={act(on, ObjectAction::Stop)}>{ "Stop" }</button>
            }
            <button type="button" class="button small" title="All that are listed, without what the server sets"
                onclick={act(on, ObjectAction::Export { is_all: true, is_list: false })}>{ "Export all as YAML" }</button>
            <button type="button" class="button small" title="The same as one List"
                onclick={act(on, ObjectAction::Export { is_all: true, is_list: true })}>{ "as List" }</button>
        </div>
        </>
    }
}

/// The name by which the choice of namespaces has what is in none.
const CLUSTER: &str = "(cluster-wide)";

/// A choice of names with counts.
fn choose(
    label: &'static str,
    all: &'static str,
    chosen: &str,
    names: &[(String, u64)],
    on: &Callback<Action>,
    then: fn(Option<String>) -> ObjectAction,
) -> Html {
    let change = on.reform(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let name = Some(select.value()).filter(|name| !name.is_empty());
        let name = name.map(|name| if name == CLUSTER { String::new() } else { name });
        Action::Object(then(name))
    });
    html! {
        <select aria-label={label} onchange={change}>
            <option value="" selected={chosen.is_empty()}>{ all }</option>
            { for names.iter().map(|(name, count)| {
                let name = if name.is_empty() { CLUSTER } else { name };
                html! {
                    <option value={name.to_string()} selected={chosen == name}>{ format!("{name} {}", grouped(*count)) }</option>
                }
            }) }
        </select>
    }
}

fn object_row(row: &ObjectRow, selected: Option<Revision>, on: &Callback<Action>) -> Html {
    let is_selected = selected == Some(row.revision);
    let select = act(on, ObjectAction::Select(row.revision));
    html! {
        <tr aria-selected={is_selected.to_string()} onclick={select}>
            <td title={row.resource.clone()}>{ row.resource.clone() }</td>
            <td title={row.namespace.clone()}>{ row.namespace.clone() }</td>
            <td title={row.name.clone()}>{ row.name.clone() }</td>
            <td class="num">{ revision(row.revision.main) }</td>
            <td class="num">{ grouped(row.version.max(0) as u64) }</td>
            <td class="num">{ bytes(row.bytes) }</td>
        </tr>
    }
}

/// Tables of sums.
fn fill(state: &ObjectState, on: &Callback<Action>) -> Html {
    let Some(fill) = &state.fill else {
        return html! { <p class="empty">{ "The objects are still being summed up, or that was stopped." }</p> };
    };
    let most = fill.total.bytes.max(1) as f64;
    let row = |row: &FillRow| {
        let part = format!("--part: {:.4}", row.bytes as f64 / most);
        let select = row.revision.map(|revision| {
            let on = on.clone();
            Callback::from(move |_: MouseEvent| {
                on.emit(Action::Object(ObjectAction::ShowFill(false)));
                on.emit(Action::Object(ObjectAction::Select(revision)));
            })
        });
        html! {
            <tr>
                <td class="name" style={part} title={row.name.clone()}>
                    if let Some(select) = select {
                        <button type="button" class="link" onclick={select}>{ row.name.clone() }</button>
                    } else {
                        { row.name.clone() }
                    }
                    if !row.note.is_empty() {
                        <small>{ row.note.clone() }</small>
                    }
                </td>
                <td class="num">{ grouped(row.objects) }</td>
                <td class="num">{ grouped(row.writes) }</td>
                <td class="num">{ bytes(row.live_bytes) }</td>
                <td class="num">{ bytes(row.bytes) }</td>
            </tr>
        }
    };
    html! {
        <div class="fill" tabindex="0" role="region" aria-label="What fills the cluster">
            <p class="note">{ format!("{} in {}, {} written in all; {}.",
                counted(fill.total.objects, "object", "objects"), bytes(fill.total.live_bytes),
                bytes(fill.total.bytes), fill.when) }</p>
            { for fill.tables.iter().map(|(name, rows)| html! {
                <table>
                    <caption>{ name.clone() }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "name" }</th>
                            <th scope="col" class="num">{ "objects" }</th>
                            <th scope="col" class="num">{ "writes" }</th>
                            <th scope="col" class="num">{ "now" }</th>
                            <th scope="col" class="num">{ "all revisions" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for rows.iter().map(row) }</tbody>
                </table>
            }) }
        </div>
    }
}

/// What the layer over the page needs.
#[derive(Properties, PartialEq)]
pub struct ObjectLayerProps {
    /// What is looked at.
    pub state: Rc<ObjectState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The object over the page where it was opened, and the saving of exports.
#[component]
pub fn ObjectLayer(props: &ObjectLayerProps) -> Html {
    let ObjectLayerProps { state, on } = props;
    {
        let on = on.clone();
        use_effect_with(state.exported.clone(), move |exported| {
            if let Some(exported) = exported {
                let text = js_sys::Uint8Array::from(exported.text.as_bytes());
                // A browser that refuses says so itself.
                drop(download::save(&exported.name, &text));
                on.emit(Action::Object(ObjectAction::Saved));
            }
        });
    }
    html! {
        <>
        if state.is_open {
            <div class="object-layer" role="dialog" aria-modal="true" aria-labelledby="object-title">
                <ObjectCard state={state.clone()} on={on.clone()} />
            </div>
        }
        <p class="object-note" role="status">{ state.note.clone() }</p>
        </>
    }
}
