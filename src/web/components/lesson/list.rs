//! The lessons' screen: the list with what was done of each, and the way to write one.

use yew::prelude::*;

use super::editor::LessonEditor;
use super::text::{act, button, spans};
use crate::engine::{LessonSource, LessonTitle};
use crate::state::{Action, LessonAction, LessonState};
use web_sys::File;

/// What the screen shows.
#[derive(Properties, PartialEq)]
pub struct LessonListProps {
    /// The lessons.
    pub lesson: LessonState,
    /// A lesson's file was chosen.
    pub choose: Callback<File>,
    /// What happened.
    pub on: Callback<Action>,
}

/// All lessons, or the one that is written.
#[component]
pub fn LessonList(props: &LessonListProps) -> Html {
    let LessonListProps { lesson, choose, on } = props;
    if let Some(editor) = &lesson.editor {
        return html! { <LessonEditor editor={editor.clone()} choose={choose.clone()} on={on.clone()} /> };
    }
    let list = lesson.list.iter().flat_map(|list| list.iter());
    html! {
        <main class="lessons">
            <header class="lessons-head">
                <div>
                    <h1>{ "Lessons" }</h1>
                    <p>{ "Each one plays on a store of its own; your session stays as it is." }</p>
                </div>
                { button(on, "Write your own", "", LessonAction::Edit(None)) }
            </header>
            <ol class="lesson-list">
                { for list.zip(1u32..).map(|(title, number)| row(title, number, lesson.done(&title.name), on)) }
            </ol>
            <p class="offline">
                { "A browser that was here once opens this page without a network too. " }
                <a href="./revscope.zip" download="">{ "Download Revscope for offline use" }</a>
            </p>
        </main>
    }
}

fn row(title: &LessonTitle, number: u32, done: u32, on: &Callback<Action>) -> Html {
    let is_over = done >= title.steps;
    let from = if is_over { 0 } else { done };
    let play = act(
        on,
        LessonAction::Play(LessonSource::Named(title.name.clone()), from),
    );
    let (label, class) = match done {
        0 => ("Start", ""),
        _ if is_over => ("Again", ""),
        _ => ("Go on", "primary"),
    };
    let said = match done {
        0 => format!("{} steps", title.steps),
        _ if is_over => "done".to_owned(),
        _ => format!("{done} of {} steps", title.steps),
    };
    let edit = act(on, LessonAction::EditCopy(title.name.clone()));
    html! {
        <li key={title.name.clone()} class={classes!("card", is_over.then_some("over"))}>
            <span class="number" aria-hidden="true">{ if is_over { "✓".to_owned() } else { number.to_string() } }</span>
            <div>
                <h2>{ title.title.clone() }</h2>
                <p>{ spans(&title.about) }</p>
                <p class="lesson-bar"><progress max={title.steps.to_string()} value={done.to_string()}
                    aria-label={format!("Progress of {}", title.title)} /><small>{ said }</small></p>
            </div>
            <button type="button" class={classes!("button", class)} aria-label={format!("{label}: {}", title.title)}
                onclick={play}>{ label }</button>
            <button type="button" class="link" aria-label={format!("Edit a copy of {}", title.title)}
                onclick={edit}>{ "Edit a copy" }</button>
        </li>
    }
}
