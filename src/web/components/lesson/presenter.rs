//! The speaker's own window: this step with its notes, the next one, and the time.

use std::rc::Rc;

use gloo::timers::callback::Interval;
use js_sys::Date;
use yew::prelude::*;

use super::text::{act, button, commands, paragraphs};
use crate::engine::LessonAt;
use crate::state::{Action, LessonAction};

/// What the window shows.
#[derive(Properties, PartialEq)]
pub struct PresenterProps {
    /// The lesson.
    pub at: Rc<LessonAt>,
    /// Whether the stage is dark.
    pub is_black: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// Notes, what comes, and how long it has been.
#[component]
pub fn Presenter(props: &PresenterProps) -> Html {
    let PresenterProps { at, is_black, on } = props;
    let step = &at.shown;
    let black = if *is_black { "Show again" } else { "Dark" };
    html! {
        <main class="presenter">
            <header>
                <p>{ format!("{}, step {} of {}", at.title, at.place.step + 1, at.steps) }</p>
                <Clock />
            </header>
            <section class="card now" aria-labelledby="now-title">
                <h1 id="now-title">{ step.title.clone() }</h1>
                { paragraphs(&step.narration) }
                { commands(&step.solution, at.place.is_done) }
                if !step.notes.is_empty() {
                    <div class="notes" role="note" aria-label="Notes">{ paragraphs(&step.notes) }</div>
                }
            </section>
            <section class="card then" aria-labelledby="then-title">
                <p class="lesson-where">{ "Next" }</p>
                if let Some(next) = &at.next {
                    <h2 id="then-title">{ next.title.clone() }</h2>
                    { paragraphs(&next.narration) }
                    { commands(&next.solution, false) }
                } else {
                    <h2 id="then-title">{ "The end" }</h2>
                }
            </section>
            <footer>
                { button(on, "Previous", "", LessonAction::Previous) }
                { button(on, "Next", "primary", LessonAction::Next) }
                <button type="button" class="button" aria-pressed={is_black.to_string()}
                    onclick={act(on, LessonAction::Black)}>{ black }</button>
            </footer>
        </main>
    }
}

/// The time of day, and how long this window has been open.
#[component]
fn Clock() -> Html {
    let began = use_memo((), |()| Date::now());
    let now = use_state(Date::now);
    {
        let now = now.clone();
        use_effect_with((), move |()| {
            let tick = Interval::new(1000, move || now.set(Date::now()));
            move || drop(tick)
        });
    }
    let date = Date::new(&wasm_bindgen::JsValue::from_f64(*now));
    let seconds = ((*now - *began) / 1000.0).max(0.0) as u64;
    html! {
        <p class="clock" role="timer">
            <span>{ format!("{:02}:{:02}", date.get_hours(), date.get_minutes()) }</span>
            <b>{ format!("{}:{:02}", seconds / 60, seconds % 60) }</b>
        </p>
    }
}
