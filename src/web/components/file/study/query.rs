//! The field for a filter, with what it may go on with.

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::state::{Action, StudyAction, TableState};

/// What the field shows.
#[derive(Properties, PartialEq)]
pub struct QueryFieldProps {
    /// The filter.
    pub filter: String,
    /// How it may go on, and what that means.
    pub completions: std::rc::Rc<Vec<(String, String)>>,
    /// What is wrong with it: first byte, behind the last, in words, a hint.
    pub wrong: Option<crate::engine::Wrong>,
    /// What happened.
    pub on: Callback<Action>,
}

impl QueryFieldProps {
    /// Takes them out of the state.
    pub fn of(table: &TableState, on: &Callback<Action>) -> Self {
        Self {
            filter: table.filter.clone(),
            completions: table.completions.clone(),
            wrong: table.wrong.clone(),
            on: on.clone(),
        }
    }
}

/// A field with a list of completions: arrows walk, Tab or Enter takes, Escape puts it away.
#[component]
pub fn QueryField(props: &QueryFieldProps) -> Html {
    let QueryFieldProps {
        filter,
        completions,
        wrong,
        on,
    } = props;
    let chosen = use_state(|| None::<usize>);
    {
        let chosen = chosen.setter();
        use_effect_with(completions.clone(), move |_| chosen.set(None));
    }
    let typed = on.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let filter = input.value();
        // The browser counts in UTF-16; the cursor is at the end of what was typed.
        let units = input.selection_start().ok().flatten().unwrap_or(u32::MAX) as usize;
        let cursor =
            String::from_utf16_lossy(&filter.encode_utf16().take(units).collect::<Vec<u16>>())
                .len();
        Action::Study(StudyAction::Filter(filter, cursor))
    });
    let pressed = {
        let (on, chosen, all) = (on.clone(), chosen.clone(), completions.clone());
        Callback::from(move |event: KeyboardEvent| {
            let last = all.len().checked_sub(1);
            let action = match (event.key().as_str(), last) {
                ("ArrowDown", Some(last)) => {
                    chosen.set(Some(chosen.map_or(0, |at| (at + 1).min(last))));
                    None
                }
                ("ArrowUp", Some(_)) => {
                    chosen.set(chosen.and_then(|at| at.checked_sub(1)));
                    None
                }
                ("Enter" | "Tab", Some(_)) => match chosen.and_then(|at| all.get(at)) {
                    Some((text, _)) => Some(StudyAction::Take(text.clone())),
                    None if event.key() == "Enter" => Some(StudyAction::HideCompletions),
                    None => return,
                },
                ("Escape", Some(_)) => Some(StudyAction::HideCompletions),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if let Some(action) = action {
                on.emit(Action::Study(action));
            }
        })
    };
    let left = on.reform(|_: FocusEvent| Action::Study(StudyAction::HideCompletions));
    let is_open = !completions.is_empty();
    html! {
        <div class="query">
            <input type="search" id="find" role="combobox" autocomplete="off" spellcheck="false"
                aria-label="Filter of revisions and keys" aria-autocomplete="list" aria-controls="find-offers"
                aria-expanded={is_open.to_string()} aria-invalid={wrong.is_some().to_string()}
                aria-activedescendant={chosen.map(|at| format!("find-offer-{at}"))}
                aria-describedby="find-wrong"
                placeholder="words, prefix:/registry/pods/, size>1Ki, kind:Secret is:deleted"
                value={filter.clone()} oninput={typed} onkeydown={pressed} onblur={left} />
            if is_open {
                <ul id="find-offers" role="listbox" aria-label="How the filter may go on">
                    { for completions.iter().enumerate().map(|(at, (text, about))| {
                        let take = {
                            let (on, text) = (on.clone(), text.clone());
                            // Before the field loses the focus, and it keeps it.
                            Callback::from(move |event: MouseEvent| {
                                event.prevent_default();
                                on.emit(Action::Study(StudyAction::Take(text.clone())));
                            })
                        };
                        html! {
                            <li key={at} id={format!("find-offer-{at}")} role="option"
                                aria-selected={(*chosen == Some(at)).to_string()} onmousedown={take}>
                                <code>{ text.clone() }</code><span>{ about.clone() }</span>
                            </li>
                        }
                    }) }
                </ul>
            }
            <p id="find-wrong" class="wrong" role="status">
                if let Some(wrong) = wrong {
                    <b>{ wrong.what.clone() }</b>{ " " }{ place(filter, wrong.start as usize, wrong.end as usize) }{ " " }{ wrong.hint.clone() }
                }
            </p>
        </div>
    }
}

/// The part of the filter that is wrong.
fn place(filter: &str, start: usize, end: usize) -> Html {
    match filter
        .get(start..end)
        .filter(|text| !text.trim().is_empty())
    {
        Some(text) => html! { <code>{ text.to_owned() }</code> },
        None => Html::default(),
    }
}

/// Puts the cursor into the field.
pub fn focus() {
    let field = gloo::utils::document().get_element_by_id("find");
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        // An element that cannot be focused stays as it is.
        drop(field.focus());
    }
}
