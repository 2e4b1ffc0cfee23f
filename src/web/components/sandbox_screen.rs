//! The sandbox: the simulated store, its picture, and the terminal that drives it.

use std::rc::Rc;

use yew::prelude::*;

use super::inspector::Inspector;
use super::lesson::{LessonCard, LessonCardProps, look_classes};
use super::player::{Beat, Ticker, stage_name};
use super::store::StoreCard;
use super::terminal::TerminalCard;
use super::timeline_card::TimelineCard;
use crate::engine::Stage;
use crate::state::{Action, AppState, DocState, LessonState, MemberState, Play, Terminal};

/// The part of the state that the sandbox shows.
#[derive(Clone, PartialEq)]
pub struct SandboxView {
    document: Rc<DocState>,
    tables: Rc<DocState>,
    terminal: Terminal,
    play: Play,
    member: MemberState,
    second: Option<Terminal>,
    lesson: LessonState,
    is_table: bool,
    is_dark: bool,
}

impl SandboxView {
    /// Takes it out of the state.
    pub fn of(state: &AppState, is_dark: bool) -> Self {
        Self {
            document: Rc::new(state.sandbox.clone()),
            tables: Rc::new(state.sandbox.without_picture()),
            terminal: state.terminal.clone(),
            play: state.play.clone(),
            member: state.member.clone(),
            second: state.second_terminal(),
            lesson: state.lesson.clone(),
            is_table: state.is_table_open,
            is_dark,
        }
    }
}

/// What the sandbox needs.
#[derive(Properties, PartialEq)]
pub struct SandboxScreenProps {
    /// What it shows.
    pub view: SandboxView,
    /// What happened.
    pub on: Callback<Action>,
}

/// The simulated store.
#[component]
pub fn SandboxScreen(props: &SandboxScreenProps) -> Html {
    let SandboxScreenProps { view, on } = props;
    let document = &view.document;
    let play = &view.play;
    // Tables and lists go by these numbers, as the picture goes by its beat.
    let start = |stage| play.window(stage).map_or(0.0, |(from, _)| from);
    let style = format!(
        "--op: {:.4}; --bucket: {:.3}; --index: {:.3}; --watchers: {:.3}",
        play.at,
        start(Stage::Bucket),
        start(Stage::Index),
        start(Stage::Watchers),
    );
    let lesson = LessonCardProps::of(&view.lesson, on);
    let looked = view.lesson.at.as_ref().map(|at| look_classes(at));
    let offers = match &lesson {
        Some(_) => Vec::new(),
        None => offers(document),
    };
    html! {
        <main class={classes!("sandbox", lesson.as_ref().map(|_| "playing"), looked)} {style}
            data-stage={play.beat().map(|beat| stage_name(beat.stage))}>
            <Ticker is_running={play.is_running()} on={on.clone()} />
            <ContextProvider<Beat> context={Beat(play.progress(Stage::Timeline))}>
            <h1 class="unseen">{ "Revscope: how etcd keeps history" }</h1>
            if let Some(lesson) = lesson {
                <LessonCard ..lesson />
            }
            <div class={classes!("columns", view.second.as_ref().map(|_| "split"))}>
                <div class="column">
                    <TimelineCard document={document.clone()} is_dark={view.is_dark}
                        is_table={view.is_table} on={on.clone()} />
                    <StoreCard document={view.tables.clone()} on={on.clone()}
                        member={(view.member.clone(), play.clone())} />
                </div>
                <div class="column">
                    <TerminalCard terminal={view.terminal.clone()} {offers} on={on.clone()} />
                    <Inspector document={view.tables.clone()} on={on.clone()} />
                </div>
                if let Some(second) = view.second.clone() {
                    <div class="column">
                        <TerminalCard terminal={second} offers={Vec::new()}
                            on={on.reform(|action| Action::Second(Box::new(action)))} />
                    </div>
                }
            </div>
            </ContextProvider<Beat>>
        </main>
    }
}

/// What is worth trying now: each line is valid at this moment and shows something new.
fn offers(document: &DocState) -> Vec<AttrValue> {
    let live = document
        .index
        .items
        .iter()
        .find(|key| !key.is_deleted && key.key.chars().all(is_plain) && !key.key.starts_with('-'))
        .map(|key| key.key.clone());
    let head = document.head();
    let mut lines = Vec::new();
    let is_cluster = live
        .as_ref()
        .is_some_and(|key| key.starts_with("/registry/"));
    match live {
        Some(_) if is_cluster => {
            lines.push("kubectl get deploy,rs,pods".to_string());
            lines.push("kubectl get events".to_string());
        }
        Some(key) => {
            lines.push(format!("etcdctl put {key} bar-{}", head + 1));
            lines.push(format!("etcdctl del {key}"));
        }
        None => lines.push("etcdctl put foo1 bar1".to_string()),
    }
    let compacted = document
        .summary
        .as_ref()
        .map_or(-1, |summary| summary.compact_revision);
    if compacted < head && head > 2 {
        lines.push(format!("etcdctl compact {head}"));
    }
    lines.push(match is_cluster {
        true => "etcdctl get /registry/ --prefix --keys-only".to_string(),
        false => "etcdctl get --prefix \"\" -w json".to_string(),
    });
    lines.into_iter().map(AttrValue::from).collect()
}

/// Characters that mean nothing to a shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.' | '-' | ':')
}
