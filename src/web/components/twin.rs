//! The timeline as a table: the same lanes in the same order, for a keyboard and a screen reader.
//!
//! It is as long as the picture is full; a window of it is made. While nobody sees it, it follows a
//! full picture only when that has come to rest.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::kv::Revision;
use crate::state::{Action, DocState, LaneAction};
use crate::timeline::{Bin, Folded, Lane, Mark, MarkKind, Scene};
use crate::web::number::{counted, revision};

/// Rows that are made at once.
const WINDOW: usize = 240;
/// So many rows follow every picture at once.
const LIGHT: usize = 120;
/// How long a full picture has to rest, in milliseconds.
const REST_MS: u32 = 160;

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

/// The picture in words.
pub struct TableTwin {
    first: usize,
    rest: Option<Timeout>,
}

/// What the table hears.
pub enum Msg {
    /// The picture has come to rest.
    Rest,
    /// Show rows from here on.
    Show(usize),
}

impl Component for TableTwin {
    type Message = Msg;
    type Properties = TableTwinProps;

    fn create(_: &Context<Self>) -> Self {
        Self {
            first: 0,
            rest: None,
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Self::Properties) -> bool {
        let props = ctx.props();
        let scene = props.document.scene.as_ref();
        let is_same_scene = match (scene, old.document.scene.as_ref()) {
            (Some(scene), Some(old)) => Rc::ptr_eq(scene, old),
            _ => false,
        };
        let is_same = is_same_scene
            && props.is_shown == old.is_shown
            && props.document.selected == old.document.selected;
        if is_same {
            return false;
        }
        if props.is_shown || scene.is_none_or(|scene| length(scene) <= LIGHT) {
            self.rest = None;
            return true;
        }
        let link = ctx.link().clone();
        self.rest = Some(Timeout::new(REST_MS, move || link.send_message(Msg::Rest)));
        false
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Rest => self.rest = None,
            Msg::Show(first) => self.first = first,
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let TableTwinProps {
            document, is_shown, ..
        } = props;
        let Some(scene) = &document.scene else {
            return Html::default();
        };
        let class = if *is_shown { "twin" } else { "twin unseen" };
        let total = length(scene);
        let first = if self.first < total { self.first } else { 0 };
        let rows = rows(scene, first, WINDOW);
        let next = first + rows.len();
        let turn = |to: usize, text: &'static str| {
            let show = ctx.link().callback(move |_: MouseEvent| Msg::Show(to));
            html! {
                <button type="button" class="button small" tabindex={if *is_shown { "0" } else { "-1" }}
                    onclick={show}>{ text }</button>
            }
        };
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
                    <tbody>{ for rows.into_iter().map(|row| row.view(props)) }</tbody>
                </table>
                if total > WINDOW {
                    <p class="note">
                        { format!("Rows {} to {next} of {} in sight. ", first + 1, counted(total as u64, "row", "rows")) }
                        if first > 0 {
                            { turn(first.saturating_sub(WINDOW), "Earlier rows") }
                        }
                        if next < total {
                            { turn(next, "Later rows") }
                        }
                    </p>
                }
            </div>
        }
    }
}

/// Rows of the whole table.
fn length(scene: &Scene) -> usize {
    let groups = scene.lanes.iter().filter(|lane| lane.group.is_some());
    scene.marks.len()
        + scene.bins.len()
        + scene.ghosts.len()
        + scene.ghost_bins.len()
        + groups.count()
}

/// A change, several that the picture draws as one, or the head of a prefix.
enum TwinRow<'a> {
    Group(&'a Lane, Folded),
    Mark(&'a Lane, &'a Mark, &'static str),
    Bin(&'a Lane, &'a Bin, &'static str),
}

/// A window of the rows of a scene, by lane and revision.
fn rows(scene: &Scene, first: usize, count: usize) -> Vec<TwinRow<'_>> {
    let mut out = Vec::with_capacity(count);
    let mut passed = 0;
    // Marks and bins stand lane by lane, as they were laid out.
    let mut marks = scene.marks.as_slice();
    let mut bins = scene.bins.as_slice();
    let mut ghosts = scene.ghosts.as_slice();
    let mut ghost_bins = scene.ghost_bins.as_slice();
    for lane in &scene.lanes {
        let mut rows: Vec<TwinRow<'_>> = Vec::new();
        rows.extend(lane.group.map(|group| TwinRow::Group(lane, group)));
        let mine = take(&mut marks, |mark| mark.key == lane.key);
        rows.extend(mine.iter().map(|mark| TwinRow::Mark(lane, mark, "")));
        let mine = take(&mut ghosts, |mark| mark.key == lane.key);
        rows.extend(
            mine.iter()
                .map(|mark| TwinRow::Mark(lane, mark, ", fossil")),
        );
        let mine = take(&mut bins, |bin| bin.key == lane.key);
        rows.extend(mine.iter().map(|bin| TwinRow::Bin(lane, bin, "changes")));
        let mine = take(&mut ghost_bins, |bin| bin.key == lane.key);
        rows.extend(mine.iter().map(|bin| TwinRow::Bin(lane, bin, "fossils")));
        in_order(&mut rows);
        let skip = first.saturating_sub(passed).min(rows.len());
        passed += rows.len();
        out.extend(rows.into_iter().skip(skip).take(count - out.len()));
        if out.len() == count {
            break;
        }
    }
    out
}

/// Puts rows in order. They come as a few parts that are in order already, so nearly every one
/// stays where it is; the sort of the library is 3 kB of the page's program.
fn in_order(rows: &mut [TwinRow<'_>]) {
    for end in 1..rows.len() {
        let (before, rest) = rows.split_at_mut(end);
        let Some(from) = rest.first().map(TwinRow::from) else {
            return;
        };
        let at = before.partition_point(|row| row.from() <= from);
        if let Some(part) = rows.get_mut(at..=end) {
            part.rotate_right(1);
        }
    }
}

/// Takes what belongs to a lane off the front.
fn take<'a, T>(all: &mut &'a [T], is_mine: impl Fn(&T) -> bool) -> &'a [T] {
    let count = all.iter().take_while(|item| is_mine(item)).count();
    let (mine, rest) = all.split_at(count);
    *all = rest;
    mine
}

impl TwinRow<'_> {
    fn from(&self) -> Revision {
        match self {
            Self::Group(..) => Revision::new(i64::MIN, 0),
            Self::Mark(_, mark, _) => Revision::new(mark.main, mark.sub),
            Self::Bin(_, bin, _) => Revision::new(bin.from_rev, 0),
        }
    }

    fn view(self, props: &TableTwinProps) -> Html {
        let tabindex = if props.is_shown { "0" } else { "-1" };
        match self {
            Self::Group(lane, group) => {
                let name = lane.name.clone();
                let turn = props
                    .on
                    .reform(move |_: MouseEvent| Action::Lanes(LaneAction::Turn(name.clone())));
                let state = if group.is_open { "open" } else { "folded" };
                html! {
                    <tr class="group">
                        <th scope="row">
                            <button type="button" class="link" {tabindex} onclick={turn}
                                aria-expanded={group.is_open.to_string()}>{ lane.label.clone() }</button>
                        </th>
                        <td class="num"></td>
                        <td>{ format!("{}, {state}", counted(group.keys, "key", "keys")) }</td>
                        <td class="num"></td>
                    </tr>
                }
            }
            Self::Mark(lane, mark, fossil) => {
                let what = match mark.kind {
                    MarkKind::Create => "create",
                    MarkKind::Modify => "modify",
                    MarkKind::Tombstone => "tombstone",
                };
                let gone = if mark.is_compacted { ", compacted" } else { "" };
                let version = match mark.version {
                    0 => String::new(),
                    version => version.to_string(),
                };
                let at = Revision::new(mark.main, mark.sub);
                let select = props.on.reform(move |_: MouseEvent| Action::Select(at));
                let is_selected = props.document.selected == Some(at);
                let button = html! {
                    <button type="button" class="link" aria-pressed={is_selected.to_string()}
                        {tabindex} onclick={select}>
                        { at.to_string() }
                    </button>
                };
                row(lane, button, format!("{what}{gone}{fossil}"), version)
            }
            Self::Bin(lane, bin, noun) => {
                let what = format!("{} {noun} up to {}", bin.count, revision(bin.to_rev));
                row(lane, html! { { bin.from_rev } }, what, String::new())
            }
        }
    }
}

fn row(lane: &Lane, at: Html, what: String, version: String) -> Html {
    html! {
        <tr>
            <th scope="row">{ lane.label.clone() }</th>
            <td class="num">{ at }</td>
            <td>{ what }</td>
            <td class="num">{ version }</td>
        </tr>
    }
}
