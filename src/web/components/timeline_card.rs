//! The timeline with its heading, its legend, and its table twin.

use std::rc::Rc;

use yew::prelude::*;

use super::canvas::TimelineCanvas;
use super::lane_bar::LaneBar;
use super::save_menu::SaveMenu;
use super::twin::TableTwin;
use crate::state::{Action, DocState, LaneAction};
use crate::timeline::{Area, Sums};
use crate::web::number::{bytes, counted, revision};

/// What the timeline shows.
#[derive(Properties, PartialEq)]
pub struct TimelineCardProps {
    /// The history.
    pub document: Rc<DocState>,
    /// Whether to paint with the dark palette.
    pub is_dark: bool,
    /// As a table instead of a picture.
    pub is_table: bool,
    /// How many fossils may be drawn; none while there are none.
    #[prop_or_default]
    pub fossils: Option<u64>,
    /// Whether they are drawn.
    #[prop_or_default]
    pub are_ghosts_shown: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// The picture of a history.
#[component]
pub fn TimelineCard(props: &TimelineCardProps) -> Html {
    let TimelineCardProps {
        document,
        is_dark,
        is_table,
        fossils,
        are_ghosts_shown,
        on,
    } = props;
    let are_shown = *are_ghosts_shown;
    let toggle_ghosts = on.reform(move |_: MouseEvent| Action::ShowGhosts(!are_shown));
    let toggle = on.reform(|_: MouseEvent| Action::ToggleTable);
    let fit = on.reform(|_: MouseEvent| Action::Fit);
    let zoom = |factor: f64| on.reform(move |_: MouseEvent| Action::Zoom { factor, at: 0.5 });
    let is_empty = document
        .scene
        .as_ref()
        .is_some_and(|scene| scene.lane_count == 0);
    html! {
        <section class="card timeline" aria-labelledby="timeline-title">
            <header class="card-head">
                <h2 id="timeline-title">{ "Timeline" }</h2>
                <p>{ "keys down, revisions across" }</p>
                <ul class="legend" aria-label="Legend">
                    <li><i class="sign sign-create" />{ "create" }</li>
                    <li><i class="sign sign-modify" />{ "modify" }</li>
                    <li><i class="sign sign-tombstone" />{ "tombstone" }</li>
                    <li><i class="sign sign-compacted" />{ "compacted" }</li>
                    <li><i class="sign sign-lease" />{ "lease" }</li>
                    if !document.lanes.filter.is_empty() {
                        <li><i class="sign sign-found" />{ "found" }</li>
                    }
                    if are_shown {
                        <li><i class="sign sign-fossil" />{ "fossil" }</li>
                    }
                </ul>
                <div class="tools" role="group" aria-label="View">
                    if let Some(count) = fossils {
                        <button type="button" class="button small" aria-pressed={are_shown.to_string()}
                            title="Draw what was compacted and still lies in free pages" onclick={toggle_ghosts}>
                            { format!("Show {}", counted(*count, "fossil", "fossils")) }
                        </button>
                    }
                    <button type="button" class="button small" aria-label="Zoom out" title="Zoom out (S)"
                        onclick={zoom(1.0 / 1.5)}>{ "−" }</button>
                    <button type="button" class="button small" aria-label="Zoom in" title="Zoom in (W)"
                        onclick={zoom(1.5)}>{ "+" }</button>
                    <button type="button" class="button small" title="Show everything (0)"
                        onclick={fit}>{ "Fit" }</button>
                    <button type="button" class="button small" aria-pressed={is_table.to_string()}
                        aria-label="Show as a table" title="Show as a table (T)" onclick={toggle}>{ "▤" }</button>
                    <SaveMenu document={document.clone()} is_dark={*is_dark} on={on.clone()} />
                </div>
            </header>
            if has_lane_bar(document) {
                <LaneBar document={document.clone()} on={on.clone()} />
            }
            <TimelineCanvas
                document={document.clone()}
                is_dark={*is_dark}
                is_hidden={*is_table}
                on={on.clone()}
            />
            if is_empty && !*is_table {
                <p class="empty">{ empty_text(document) }</p>
            }
            if let Some(area) = document.lane.area {
                { area_line(&area, document.lane.sums.as_ref(), on) }
            } else if !*is_table && !is_empty {
                { playhead_line(document, on) }
            }
            <TableTwin document={document.clone()} is_shown={*is_table} on={on.clone()} />
        </section>
    }
}

/// A few keys need no bar.
const LANES_WITHOUT_BAR: u64 = 12;

/// Whether there are enough lanes to be arranged, or somebody has asked for it.
fn has_lane_bar(document: &DocState) -> bool {
    let keys = document.summary.as_ref().map_or(0, |summary| summary.keys);
    keys > LANES_WITHOUT_BAR || document.lane.find > 0 || document.is_rearranged()
}

/// What happened in the marked area.
fn area_line(area: &Area, sums: Option<&Sums>, on: &Callback<Action>) -> Html {
    let clear = on.reform(|_: MouseEvent| Action::Lanes(LaneAction::Mark(None)));
    let show = on.reform(|_: MouseEvent| Action::Lanes(LaneAction::ShowArea));
    let lanes = area
        .lanes
        .map(|(first, last)| counted(last - first + 1, "lane", "lanes"));
    let lanes = lanes.unwrap_or_else(|| "all lanes".to_owned());
    let range = match area.from == area.to {
        true => format!("Revision {}", revision(area.from)),
        false => format!("Revisions {} to {}", revision(area.from), revision(area.to)),
    };
    let told = sums.map(|sums| {
        let gone = match sums.gone {
            0 => String::new(),
            gone => format!("; {} of it compacted since", counted(gone, "row", "rows")),
        };
        format!(
            "{} changed {}: {}, {}, {} of values{gone}",
            counted(sums.revisions, "revision", "revisions"),
            counted(sums.keys, "key", "keys"),
            counted(sums.puts, "put", "puts"),
            counted(sums.deletes, "delete", "deletes"),
            bytes(sums.bytes),
        )
    });
    html! {
        <p class="hint area" role="status">
            <b>{ range }</b>{ format!(", {lanes}. ") }{ told.unwrap_or_else(|| "…".to_owned()) }
            <button type="button" class="link" onclick={show}>{ "Zoom to it" }</button>
            <button type="button" class="link" onclick={clear}>{ "Clear" }</button>
        </p>
    }
}

/// What the playhead says, or how to get one.
fn playhead_line(document: &DocState, on: &Callback<Action>) -> Html {
    let Some(rev) = document.playhead else {
        return html! {
            <p class="hint">
                { "Drag along the axis, or press ← →, to see the store as of any revision. Shift and drag sum up an area." }
            </p>
        };
    };
    let release = on.reform(|_: MouseEvent| Action::ReleasePlayhead);
    html! {
        <p class="hint" role="status">
            { "The store as of revision " }<b>{ revision(rev) }</b>
            { if document.is_compacted(rev) {
                ": a read there is refused, it has been compacted."
            } else {
                ": what a read there returns is marked in the bucket."
            } }
            <button type="button" class="link" onclick={release}>{ "Back to the head" }</button>
        </p>
    }
}

fn empty_text(document: &DocState) -> &'static str {
    let is_file = document
        .summary
        .as_ref()
        .is_some_and(|summary| summary.file.is_some());
    if is_file {
        "No record of this file could be drawn."
    } else {
        "No key yet. The first put gets revision 2."
    }
}
