//! The stage: a lesson in large type, one idea a step, the picture in the middle.

use std::rc::Rc;

use yew::prelude::*;

use super::super::bucket::BucketTable;
use super::super::index_list::IndexList;
use super::super::inspector::Inspector;
use super::super::terminal::TerminalCard;
use super::super::timeline_card::TimelineCard;
use super::card::qr_button;
use super::text::{act, button, commands, dots, paragraphs};
use crate::engine::LessonAt;
use crate::state::{Action, DocState, LessonAction, Stage, Terminal};
use crate::web::stage as browser;

/// What the stage shows.
#[derive(Properties, PartialEq)]
pub struct StageScreenProps {
    /// The lesson.
    pub at: Rc<LessonAt>,
    /// The store.
    pub document: Rc<DocState>,
    /// The terminal.
    pub terminal: Terminal,
    /// Whether nothing is shown.
    pub is_black: bool,
    /// On a stage, or in a frame.
    pub stage: Stage,
    /// Whether to paint with the dark palette.
    pub is_dark: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// Classes by which the style sheet marks what to look at.
pub fn look_classes(at: &LessonAt) -> Classes {
    let parts = at.shown.parts.iter();
    parts.map(|part| format!("look-{part}")).collect()
}

/// A step for an audience.
#[component]
pub fn StageScreen(props: &StageScreenProps) -> Html {
    let StageScreenProps {
        at,
        document,
        terminal,
        is_black,
        stage,
        is_dark,
        on,
    } = props;
    let step = &at.shown;
    let looks = |part: &str| step.parts.iter().any(|other| other == part);
    let has_store = looks("bucket") || looks("index");
    let is_first = at.place.step == 0 && !at.place.is_done;
    let is_frame = *stage == Stage::Embed;
    let presenter = {
        let link = at.link.clone();
        Callback::from(move |_: MouseEvent| browser::open_presenter(&link))
    };
    html! {
        <main class={classes!("stage", is_frame.then_some("frame"), look_classes(at))}>
            <header class="stage-head">
                <p class="stage-where">{ at.title.clone() }</p>
                <h1>{ step.title.clone() }</h1>
                <div class="stage-text">
                    if at.place.step == 0 && step.narration.is_empty() {
                        { paragraphs(&at.about) }
                    }
                    { paragraphs(&step.narration) }
                    { commands(&step.solution, at.place.is_done) }
                </div>
            </header>
            <div class="stage-frame">
                <div class={classes!("stage-scaled", "columns", has_store.then_some("with-store"))}>
                    <div class="column">
                        <TimelineCard document={document.clone()} is_dark={*is_dark} is_table={false} on={on.clone()} />
                    </div>
                    <div class="column">
                        if has_store {
                            <section class="card store" aria-label="Store">
                                <div class="halves">
                                    if looks("index") {
                                        <IndexList document={document.clone()} on={on.clone()} />
                                    }
                                    if looks("bucket") {
                                        <BucketTable document={document.clone()} on={on.clone()} />
                                    }
                                </div>
                            </section>
                        }
                        <TerminalCard terminal={terminal.clone()} offers={Vec::new()} on={on.clone()} />
                        if looks("inspector") {
                            <Inspector document={document.clone()} on={on.clone()} />
                        }
                    </div>
                </div>
            </div>
            <footer class="stage-foot">
                <button type="button" class="button" aria-label="Previous" disabled={is_first}
                    onclick={act(on, LessonAction::Previous)}>{ "◂" }</button>
                <span role="status">{ format!("{} of {}", at.place.step + 1, at.steps) }</span>
                <button type="button" class="button" aria-label="Next" onclick={act(on, LessonAction::Next)}>{ "▸" }</button>
                { dots(at, on) }
                if !is_frame {
                    <div class="tools">
                        <button type="button" class="button" onclick={presenter}>{ "Presenter window" }</button>
                        <button type="button" class="button" onclick={|_: MouseEvent| browser::toggle_full_screen()}>{ "Full screen" }</button>
                        { qr_button(at, on) }
                        { button(on, "Leave the stage", "", LessonAction::SetStage(Stage::Off)) }
                    </div>
                }
            </footer>
            if *is_black {
                <div class="stage-black" role="status"><span>{ "The stage is dark. B or Escape brings it back." }</span></div>
            }
        </main>
    }
}
