//! The lesson editor: text on the left; its mistakes, or how it will look, on the right.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlTextAreaElement};
use yew::prelude::*;

use super::super::open_panel::FileButton;
use super::text::{button, commands, paragraphs};
use crate::state::{Action, Editor, LessonAction};
use crate::web::{address, download};

/// The name under which a lesson is downloaded.
const NAME: &str = "my.lesson";

/// What the editor shows.
#[derive(Properties, PartialEq)]
pub struct LessonEditorProps {
    /// The text and what is in it.
    pub editor: Editor,
    /// A lesson's file was chosen.
    pub choose: Callback<File>,
    /// What happened.
    pub on: Callback<Action>,
}

/// A lesson that is being written.
#[component]
pub fn LessonEditor(props: &LessonEditorProps) -> Html {
    let LessonEditorProps { editor, choose, on } = props;
    let typed = on.reform(|event: InputEvent| {
        let area = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
        let text = area.map(|area| area.value()).unwrap_or_default();
        Action::Lesson(LessonAction::Edited(text))
    });
    let text = editor.text.clone();
    let save = move |_: MouseEvent| {
        // A browser that refuses says so itself.
        drop(download::save(NAME, &Uint8Array::from(text.as_bytes())));
    };
    let checked = editor.checked.as_deref();
    let is_sound = checked.is_some_and(|checked| checked.errors.is_empty());
    html! {
        <main class="lessons">
            <header class="lessons-head">
                <div>
                    <h1>{ "Write a lesson" }</h1>
                    <p>{ "It stays in this tab: download it, or share it as a link that carries its text." }</p>
                </div>
                { button(on, "Back to the list", "", LessonAction::CloseEditor) }
            </header>
            <div class="columns writing">
                <section class="card" aria-labelledby="lesson-text-title">
                    <header class="card-head">
                        <h2 id="lesson-text-title">{ "Text" }</h2>
                        <div class="tools">
                            <FileButton label="Open a file" choose={choose.clone()} />
                            <button type="button" class="button" onclick={save}>{ "Download" }</button>
                            { button(on, "Make a link", "", LessonAction::CopyLink) }
                            <button type="button" class="button primary" disabled={!is_sound}
                                onclick={on.reform(|_: MouseEvent| Action::Lesson(LessonAction::PlayEdited))}>{ "Play it" }</button>
                        </div>
                    </header>
                    { link(editor) }
                    <textarea id="lesson-text" class="mono" aria-label="The lesson's text" spellcheck="false"
                        value={editor.text.to_string()} oninput={typed} />
                </section>
                <section class="card" aria-labelledby="lesson-preview-title">
                    <header class="card-head">
                        <h2 id="lesson-preview-title">{ if is_sound { "Preview" } else { "Mistakes" } }</h2>
                    </header>
                    <div class="preview" tabindex="0" role="group" aria-label="What is in the text">
                        if let Some(checked) = checked {
                            if !is_sound {
                                <ul class="mistakes" role="status">
                                    { for checked.errors.iter().map(|(line, column, what)| html! {
                                        <li><b>{ format!("line {line}, column {column}") }</b>{ format!(" {what}") }</li>
                                    }) }
                                </ul>
                            } else {
                                <h3>{ checked.title.clone() }</h3>
                                { paragraphs(&checked.about) }
                                { for checked.steps.iter().zip(1u32..).map(|(step, number)| html! {
                                    <article>
                                        <h3>{ format!("{number}. {}", step.title) }</h3>
                                        { paragraphs(&step.narration) }
                                        { commands(&step.solution, false) }
                                        if !step.goals.is_empty() {
                                            <p class="note">{ "Goals: " }{ for step.goals.iter().map(|(goal, _)| html! { <><code>{ goal.clone() }</code>{ " " }</> }) }</p>
                                        }
                                        if !step.notes.is_empty() {
                                            <p class="note">{ "For the speaker:" }</p>
                                            { paragraphs(&step.notes) }
                                        }
                                    </article>
                                }) }
                            }
                        }
                    </div>
                </section>
            </div>
        </main>
    }
}

fn link(editor: &Editor) -> Html {
    match &editor.link {
        None => html! {},
        Some(Ok(fragment)) => html! {
            <p class="made-link">
                <input class="link-text mono" type="text" readonly=true aria-label="Link to this lesson"
                    value={address::plain_with(fragment)} />
            </p>
        },
        Some(Err(why)) => {
            html! { <p class="made-link note warning" role="alert">{ format!("There is no link: {why}.") }</p> }
        }
    }
}
