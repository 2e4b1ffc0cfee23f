//! The lesson that is played, as a card over the sandbox; and a link as a QR code.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::text::{act, button, commands, dots, paragraphs, spans};
use crate::engine::{LessonAt, Qr};
use crate::state::{Action, LessonAction, LessonState, Stage};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct LessonCardProps {
    /// The lesson.
    pub at: Rc<LessonAt>,
    /// How many hints were asked for.
    pub hints: u32,
    /// Whether the solution is shown.
    pub is_solution_shown: bool,
    /// What happened.
    pub on: Callback<Action>,
}

impl LessonCardProps {
    /// Of the lesson that is played; none where none is.
    pub fn of(state: &LessonState, on: &Callback<Action>) -> Option<Self> {
        Some(Self {
            at: state.at.clone()?,
            hints: state.hints,
            is_solution_shown: state.is_solution_shown,
            on: on.clone(),
        })
    }
}

/// A step: what it tells, what it asks for, and the ways to get there.
#[component]
pub fn LessonCard(props: &LessonCardProps) -> Html {
    let LessonCardProps {
        at,
        hints,
        is_solution_shown,
        on,
    } = props;
    let (step, place) = (&at.shown, at.place);
    let hints = usize::try_from(*hints).unwrap_or(usize::MAX);
    let is_last = place.step + 1 == at.steps;
    let has_task = !step.solution.is_empty() || !step.goals.is_empty();
    let next = match (is_last, place.is_done) {
        (true, _) => "Finish",
        (false, true) => "Next step",
        (false, false) => "Skip",
    };
    let next_class = if place.is_done { "primary" } else { "" };
    html! {
        <section class="card lesson" aria-labelledby="lesson-title">
            <div class="lesson-text">
                <p class="lesson-where">
                    <span>{ format!("{}, step {} of {}", at.title, place.step + 1, at.steps) }</span>
                    { dots(at, on) }
                </p>
                <h2 id="lesson-title">{ step.title.clone() }</h2>
                if place.step == 0 {
                    <div class="about-lesson">{ paragraphs(&at.about) }</div>
                }
                { paragraphs(&step.narration) }
                { for step.hints.iter().take(hints).map(|hint| html! {
                    <p class="lesson-hint"><b>{ "Hint: " }</b>{ spans(hint) }</p>
                }) }
                if *is_solution_shown {
                    { commands(&step.solution, place.is_done) }
                }
            </div>
            <div class="lesson-side">
                if !step.goals.is_empty() {
                    <ul class="goals" aria-label="Goals">
                        { for step.goals.iter().map(|(goal, holds)| {
                            let holds = *holds || place.is_done;
                            html! {
                                <li class={holds.then_some("reached")}>
                                    <b aria-hidden="true">{ if holds { "✓" } else { "○" } }</b>
                                    <code>{ goal.clone() }</code>
                                    <span class="unseen">{ if holds { ", reached" } else { ", open" } }</span>
                                </li>
                            }
                        }) }
                    </ul>
                }
                <p class="unseen" role="status">{ if has_task && place.is_done { "The step is done." } else { "" } }</p>
                <div class="lesson-ways">
                    if has_task && !place.is_done {
                        if !step.solution.is_empty() {
                            { button(on, "Type it for me", "small primary", LessonAction::TypeIt) }
                        }
                        if hints < step.hints.len() {
                            { button(on, "Hint", "small", LessonAction::Hint) }
                        }
                        if !*is_solution_shown && !step.solution.is_empty() {
                            { button(on, "Show the command", "small", LessonAction::ShowSolution) }
                        }
                    }
                    if has_task {
                        { button(on, "Start the step again", "small", LessonAction::Again) }
                    }
                </div>
                <div class="lesson-ways">
                    if place.step > 0 {
                        { button(on, "Back", "", LessonAction::Previous) }
                    }
                    { button(on, next, next_class, LessonAction::Next) }
                    { button(on, "Stage", "", LessonAction::SetStage(Stage::Window)) }
                    { qr_button(at, on) }
                    { button(on, "Leave", "", LessonAction::Leave) }
                </div>
            </div>
        </section>
    }
}

/// Shows the present step's link as a code.
pub(super) fn qr_button(at: &LessonAt, on: &Callback<Action>) -> Html {
    let link = (!at.link.is_empty()).then(|| at.link.clone());
    let show = {
        let on = on.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            let link = link.as_deref().map(crate::web::address::plain_with);
            on.emit(Action::Lesson(LessonAction::Qr(link)));
        })
    };
    html! {
        <button type="button" class="button" aria-haspopup="dialog" disabled={at.link.is_empty()}
            title="The link to this step, and its QR code" onclick={show}>{ "Link" }</button>
    }
}

/// What the sheet with the code shows.
#[derive(Properties, PartialEq)]
pub struct QrSheetProps {
    /// The code; none where the link is too long for one, or while it is made.
    pub qr: Option<Rc<Qr>>,
    /// The link.
    pub link: AttrValue,
    /// What happened.
    pub on: Callback<Action>,
}

/// A link to be scanned or copied.
#[component]
pub fn QrSheet(props: &QrSheetProps) -> Html {
    let QrSheetProps { qr, link, on } = props;
    let close = act(on, LessonAction::Qr(None));
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            // An element that cannot take the focus leaves it where it is.
            drop(node.cast::<HtmlElement>().map(|button| button.focus()));
        });
    }
    let select = |event: FocusEvent| {
        let input = event.target().and_then(|target| target.dyn_into().ok());
        input
            .into_iter()
            .for_each(|input: web_sys::HtmlInputElement| input.select());
    };
    let link = crate::web::address::plain_with(link);
    html! {
        <div class="sheet-back" onclick={close.clone()}>
            <section class="sheet qr" role="dialog" aria-modal="true" aria-labelledby="qr-title"
                onclick={|event: MouseEvent| event.stop_propagation()}>
                <div class="sheet-head">
                    <h2 id="qr-title">{ "This step, on your own screen" }</h2>
                    <button ref={node} type="button" class="button" onclick={close}>{ "Close" }</button>
                </div>
                if let Some(qr) = qr {
                    <svg viewBox={format!("-4 -4 {0} {0}", qr.size + 8)} role="img" aria-label="QR code of the link"
                        shape-rendering="crispEdges">
                        <rect x="-4" y="-4" width="100%" height="100%" fill="#fff" />
                        <path d={qr.path.clone()} fill="#000" />
                    </svg>
                } else {
                    <p class="note">{ "The link is too long for a QR code: share it as text." }</p>
                }
                <input class="link-text mono" type="text" readonly=true aria-label="Link to this step"
                    value={link} onfocus={select} />
            </section>
        </div>
    }
}
