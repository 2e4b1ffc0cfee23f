//! The timeline as a table: the same lanes in the same order, for a keyboard and a screen reader.

use std::rc::Rc;

use yew::prelude::*;

use crate::kv::Revision;
use crate::state::{Action, DocState};
use crate::timeline::{MarkKind, Scene};
use crate::web::number::revision;

/// What the table shows.
#[derive(Properties, PartialEq)]
pub struct TableTwinProps {
    /// The history.
    pub document: Rc<DocState>,
    /// Whether eyes see it; screen readers always do.
    pub is_shown: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// A change, or several that the picture draws as one.
struct TwinRow {
    key: String,
    lane: u64,
    from: Revision,
    what: String,
    version: String,
    is_single: bool,
}

/// The marks of a scene as rows, by lane and revision.
fn rows(scene: &Scene) -> Vec<TwinRow> {
    let mut rows = Vec::with_capacity(scene.marks.len() + scene.bins.len());
    for lane in &scene.lanes {
        let store = scene.marks.iter().map(|mark| (mark, ""));
        let ghosts = scene.ghosts.iter().map(|mark| (mark, ", fossil"));
        for (mark, fossil) in store.chain(ghosts).filter(|(mark, _)| mark.key == lane.key) {
            let what = match mark.kind {
                MarkKind::Create => "create",
                MarkKind::Modify => "modify",
                MarkKind::Tombstone => "tombstone",
            };
            let gone = if mark.is_compacted { ", compacted" } else { "" };
            rows.push(TwinRow {
                key: lane.label.clone(),
                lane: lane.index,
                from: Revision::new(mark.main, mark.sub),
                what: format!("{what}{gone}{fossil}"),
                version: match mark.version {
                    0 => String::new(),
                    version => version.to_string(),
                },
                is_single: true,
            });
        }
        let store = scene.bins.iter().map(|bin| (bin, "changes"));
        let ghosts = scene.ghost_bins.iter().map(|bin| (bin, "fossils"));
        for (bin, noun) in store.chain(ghosts).filter(|(bin, _)| bin.key == lane.key) {
            rows.push(TwinRow {
                key: lane.label.clone(),
                lane: lane.index,
                from: Revision::new(bin.from_rev, 0),
                what: format!("{} {noun} up to {}", bin.count, revision(bin.to_rev)),
                version: String::new(),
                is_single: false,
            });
        }
    }
    rows.sort_by_key(|row| (row.lane, row.from));
    rows
}

/// The picture in words.
#[component]
pub fn TableTwin(props: &TableTwinProps) -> Html {
    let TableTwinProps {
        document,
        is_shown,
        on,
    } = props;
    let Some(scene) = &document.scene else {
        return Html::default();
    };
    let class = if *is_shown { "twin" } else { "twin unseen" };
    let body = rows(scene).into_iter().map(|row| {
        let from = row.from;
        let to_row = if row.is_single {
            let select = on.reform(move |_: MouseEvent| Action::Select(from));
            let is_selected = document.selected == Some(from);
            html! {
                <button type="button" class="link" aria-pressed={is_selected.to_string()}
                    tabindex={if *is_shown { "0" } else { "-1" }} onclick={select}>
                    { from.to_string() }
                </button>
            }
        } else {
            html! { { from.main } }
        };
        html! {
            <tr>
                <th scope="row">{ row.key }</th>
                <td class="num">{ to_row }</td>
                <td>{ row.what }</td>
                <td class="num">{ row.version }</td>
            </tr>
        }
    });
    html! {
        <div {class} id="timeline-table">
            <table>
                <caption id="timeline-caption">
                    { format!(
                        "Changes by key, revisions {} to {}, head {}",
                        revision(scene.viewport.visible().0.max(1)),
                        revision(scene.viewport.visible().1.min(scene.head)),
                        revision(scene.head),
                    ) }
                </caption>
                <thead>
                    <tr>
                        <th scope="col">{ "key" }</th>
                        <th scope="col" class="num">{ "revision" }</th>
                        <th scope="col">{ "change" }</th>
                        <th scope="col" class="num">{ "version" }</th>
                    </tr>
                </thead>
                <tbody>{ for body }</tbody>
            </table>
        </div>
    }
}
