//! The key index: every key with its generations and their revisions.

use std::rc::Rc;

use yew::prelude::*;

use crate::engine::{IndexChange, IndexGeneration, IndexKey, Kind};
use crate::state::{Action, DocState};
use crate::web::number::{counted, grouped, revision};

use super::scroll::{SpacerList, Spacing};

/// Height of a key's row.
const ROW_PX: f64 = 32.0;

/// What the list shows.
#[derive(Properties, PartialEq)]
pub struct IndexListProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Key to generations to revisions, as etcd has it in memory.
#[component]
pub fn IndexList(props: &IndexListProps) -> Html {
    let IndexListProps { document, on } = props;
    let window = &document.index;
    let spacing = Spacing {
        first: window.first,
        shown: window.items.len() as u64,
        total: window.total,
        row_px: ROW_PX,
    };
    let show = on.reform(Action::ShowIndex);
    html! {
        <div class="half index">
            <p class="half-head">
                <b>{ "Key index" }</b>{ " in memory: a key, its generations, their revisions" }
            </p>
            <SpacerList label="Key index" {spacing} {show}>
                <ul class="index-list">
                    { for window.items.iter().map(|key| key_row(key, document, on)) }
                </ul>
            </SpacerList>
            if window.total > window.items.len() as u64 {
                <p class="count">{ counted(window.total, "key", "keys") }</p>
            }
        </div>
    }
}

fn key_row(key: &IndexKey, document: &DocState, on: &Callback<Action>) -> Html {
    html! {
        <li key={key.key_id} class="index-key">
            <span class={classes!("mono", document.looked.contains(&key.key).then_some("looked"))} title={key.key.clone()}>{ key.key.clone() }</span>
            <span class="generations">
                if key.more > 0 {
                    <span class="more">{ counted(key.more, "older generation", "older generations") }</span>
                }
                { for key.generations.iter().map(|generation| chips(generation, document, on)) }
                if key.is_deleted && has_tombstone(key) {
                    <span class="generation waiting" title="An empty generation waits for the next put">
                        { "empty" }
                    </span>
                }
            </span>
        </li>
    }
}

/// Whether the key still stands in the index: a compaction takes a tombstone, and the key with it.
fn has_tombstone(key: &IndexKey) -> bool {
    let last = key.generations.last().and_then(|last| last.changes.last());
    last.is_some_and(|last| !last.compacted)
}

fn chips(generation: &IndexGeneration, document: &DocState, on: &Callback<Action>) -> Html {
    let parity = if generation.number % 2 == 1 {
        "odd"
    } else {
        "even"
    };
    html! {
        <span class={classes!("generation", parity)} title={format!("Generation {}", generation.number)}>
            if generation.more > 0 {
                <span class="more">{ format!("{} older", grouped(generation.more)) }</span>
            }
            { for generation.changes.iter().map(|change| chip(change, document, on)) }
        </span>
    }
}

fn chip(change: &IndexChange, document: &DocState, on: &Callback<Action>) -> Html {
    let at = change.revision;
    let select = on.reform(move |_: MouseEvent| Action::Select(at));
    let is_new = document.effect.written.contains(&at);
    let class = classes!(
        "rev",
        (change.kind == Kind::Tombstone).then_some("tombstone"),
        change.compacted.then_some("gone"),
        is_new.then_some("new"),
        document.effect.removed.contains(&at).then_some("going"),
        (at.main > document.as_of()).then_some("later"),
    );
    let is_selected = document.selected == Some(at);
    let name = match (change.kind, change.compacted) {
        (Kind::Tombstone, false) => "tombstone",
        (Kind::Tombstone, true) => "tombstone, compacted",
        (_, true) => "compacted",
        (_, false) => "revision",
    };
    html! {
        <button type="button" {class} aria-pressed={is_selected.to_string()}
            aria-label={format!("{name} {}", revision(at.main))} onclick={select}>
            { revision(at.main) }
        </button>
    }
}
