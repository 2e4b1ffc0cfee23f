//! The bar above the picture: which lanes, in what order, put together how.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::state::{Action, DocState, LaneAction};
use crate::timeline::{Grouping, Sort};
use crate::web::number::counted;

const SORTS: &[(Sort, &str)] = &[
    (Sort::Name, "by name"),
    (Sort::Revisions, "most revisions first"),
    (Sort::Bytes, "most bytes first"),
    (Sort::LastChange, "latest change first"),
];
const GROUPINGS: &[(Grouping, &str)] = &[
    (Grouping::Auto, "fold to fit"),
    (Grouping::Folded, "fold all"),
    (Grouping::Open, "unfold all"),
    (Grouping::Keys, "keys only"),
];

/// What the bar shows.
#[derive(Properties, PartialEq)]
pub struct LaneBarProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Filter, order, grouping, and the pin of the chosen lane.
#[component]
pub fn LaneBar(props: &LaneBarProps) -> Html {
    let LaneBarProps { document, on } = props;
    let input = use_node_ref();
    {
        let input = input.clone();
        use_effect_with(document.lane.find, move |find| {
            if let Some(input) = input.cast::<HtmlInputElement>().filter(|_| *find > 0) {
                // An element that cannot take the focus leaves it where it is.
                drop(input.focus());
                input.select();
            }
        });
    }
    let lanes = &document.lanes;
    let filter = on.reform(|event: InputEvent| {
        let input = event
            .target()
            .and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        let text = input.map_or(String::new(), |input| input.value());
        Action::Lanes(LaneAction::Filter(text))
    });
    let escape = {
        let (on, input) = (on.clone(), input.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                // Here it means this field alone.
                event.prevent_default();
                on.emit(Action::Lanes(LaneAction::Filter(String::new())));
                drop(input.cast::<HtmlInputElement>().map(|input| input.blur()));
            }
        })
    };
    let sort = on.reform(|event: Event| Action::Lanes(LaneAction::Sort(chosen(&event, SORTS))));
    let group =
        on.reform(|event: Event| Action::Lanes(LaneAction::Group(chosen(&event, GROUPINGS))));
    let is_marking = lanes.is_marking;
    let mark = on.reform(move |_: MouseEvent| Action::Lanes(LaneAction::MarkFound(!is_marking)));
    let pin = on.reform(|_: MouseEvent| Action::Lanes(LaneAction::PinChosen));
    let scene = document.scene.as_ref();
    let chosen_lane = document.lane.chosen.and_then(|(id, _)| {
        let lane = scene?.lanes.iter().find(|lane| lane.key == id)?;
        Some((lane.label.clone(), lane.is_pinned))
    });
    let keys = scene.map_or(0, |scene| scene.key_count);
    let total = document.summary.as_ref().map_or(0, |summary| summary.keys);
    let count = if keys < total {
        format!("{keys} of {}", counted(total, "key", "keys"))
    } else {
        counted(total, "key", "keys")
    };
    html! {
        <div class="lane-bar" role="group" aria-label="Lanes">
            <input ref={input} type="search" class="filter" placeholder="filter keys  /"
                aria-label="Filter keys" spellcheck="false" autocomplete="off"
                value={lanes.filter.clone()} oninput={filter} onkeydown={escape} />
            if !lanes.filter.is_empty() {
                <button type="button" class="button small" aria-pressed={is_marking.to_string()}
                    title="Keep every key and underline those that match" onclick={mark}>{ "Mark only" }</button>
            }
            <select aria-label="Order of the lanes" onchange={sort}>{ options(SORTS, lanes.sort) }</select>
            <select aria-label="Prefixes" onchange={group}>{ options(GROUPINGS, lanes.grouping) }</select>
            if let Some((label, is_pinned)) = chosen_lane {
                <button type="button" class="button small pin" aria-pressed={is_pinned.to_string()}
                    title="Keep this lane on top (P)" onclick={pin}>
                    { if is_pinned { "Unpin " } else { "Pin " } }<span class="mono">{ label }</span>
                </button>
            }
            <span class="count" role="status">{ count }</span>
        </div>
    }
}

fn options<T: Copy + PartialEq>(list: &[(T, &'static str)], now: T) -> Html {
    let option = |(index, (value, text)): (usize, &(T, &'static str))| {
        html! { <option value={index.to_string()} selected={*value == now}>{ *text }</option> }
    };
    list.iter().enumerate().map(option).collect()
}

fn chosen<T: Copy + Default>(event: &Event, list: &[(T, &str)]) -> T {
    let select = event
        .target()
        .and_then(|t| t.dyn_into::<HtmlSelectElement>().ok());
    let index = select.and_then(|select| select.value().parse::<usize>().ok());
    let found = index.and_then(|index| list.get(index));
    found.map_or(T::default(), |(value, _)| *value)
}
