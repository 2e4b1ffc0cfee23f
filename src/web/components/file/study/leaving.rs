//! What leaves the page: rows in one of several forms, a report, a session.

use js_sys::Uint8Array;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::act;
use crate::engine::LeaveForm;
use crate::state::{Action, Studied, StudyAction};
use crate::web::download;
use crate::web::number::grouped;

/// What the menu shows.
#[derive(Properties, PartialEq)]
pub struct LeaveMenuProps {
    /// What is looked at.
    pub study: Studied,
    /// Whether the filter counts.
    pub is_found: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// Forms by the name that the choice has for each.
const FORMS: &[(&str, &str, LeaveForm)] = &[
    ("jsonl", "JSON Lines", LeaveForm::JsonLines),
    ("csv", "CSV", LeaveForm::Csv),
    ("yaml", "YAML", LeaveForm::Yaml),
    ("dump", "etcd-dump-db text", LeaveForm::Dump),
    ("etcdctl", "etcdctl script", LeaveForm::Etcdctl),
    ("report", "HTML report", LeaveForm::Report),
    ("session", "open in the simulator", LeaveForm::Session),
];

/// A choice of form, a switch for Secrets, a button.
#[component]
pub fn LeaveMenu(props: &LeaveMenuProps) -> Html {
    let LeaveMenuProps {
        study,
        is_found,
        on,
    } = props;
    let form = use_state(LeaveForm::default);
    let secrets = use_state(|| false);
    let state = study.get();
    {
        let on = on.clone();
        use_effect_with(state.left.clone(), move |left| {
            if let Some(left) = left {
                let text = Uint8Array::from(left.text.as_bytes());
                // A browser that refuses says so itself.
                drop(download::save(&left.name, &text));
                on.emit(Action::Study(StudyAction::Saved));
            }
        });
    }
    let choose = {
        let form = form.setter();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let value = select.value();
            let found = FORMS.iter().find(|(name, ..)| *name == value);
            form.set(found.map(|(.., form)| *form).unwrap_or_default());
        })
    };
    let reveal = {
        let secrets = secrets.setter();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            secrets.set(input.checked());
        })
    };
    let leave = StudyAction::Leave {
        is_found: *is_found,
        form: *form,
        secrets: *secrets,
    };
    let verb = match *form {
        LeaveForm::Session => "Open",
        _ => "Save",
    };
    html! {
        <div class="leave" role="group" aria-label="What leaves the page">
            <label>{ if *is_found { "what is found as " } else { "the file as " } }
                <select id="leave-form" onchange={choose}>
                    { for FORMS.iter().map(|(value, name, of)| html! {
                        <option value={*value} selected={*of == *form}>{ *name }</option>
                    }) }
                </select>
            </label>
            <label class="switch" title="Values of Secrets are left out unless this is on">
                <input type="checkbox" id="leave-secrets" checked={*secrets} onchange={reveal} />{ "with Secrets" }
            </label>
            <button type="button" class="button small" id="leave" onclick={act(on, leave)}>{ verb }</button>
            if let Some((done, total)) = state.leaving {
                <span>{ format!("{} of {}", grouped(done), grouped(total)) }</span>
                <button type="button" class="button small" onclick={act(on, StudyAction::Stop)}>{ "Stop" }</button>
            }
            <span class="note" role="status" id="leave-note">{ state.note.clone() }</span>
        </div>
    }
}
