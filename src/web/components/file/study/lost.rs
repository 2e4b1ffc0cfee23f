//! Lost and found: what was deleted and can still be read, and the secrets that the file carries.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::act;
use super::find::WordField;
use super::table::DataTable;
use crate::engine::{RestoreForm, Table};
use crate::kv::Revision;
use crate::state::{Action, Studied, StudyAction};
use crate::web::address;
use crate::web::number::{counted, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct LostCardProps {
    /// What is looked at.
    pub study: Studied,
    /// The change that is selected.
    pub selected: Option<Revision>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Groups, keys, and counts of secrets; a row can be written so that it comes back.
#[component]
pub fn LostCard(props: &LostCardProps) -> Html {
    let LostCardProps {
        study,
        selected,
        on,
    } = props;
    let state = study.get();
    let table = &state.lost_rows;
    let part = &table.part;
    let chip = |which: Table, label: &'static str| {
        html! {
            <button type="button" class="chip" aria-pressed={(table.ask.table == which).to_string()}
                onclick={act(on, StudyAction::Table(which))}>{ label }</button>
        }
    };
    let names = state.lost.as_ref().is_some_and(|lost| lost.names);
    let form = on.reform(|event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        Action::Study(StudyAction::RestoreAs(match select.value().as_str() {
            "json" => RestoreForm::Json,
            "etcdctl" => RestoreForm::Etcdctl,
            _ => RestoreForm::Yaml,
        }))
    });
    let option = |value: &'static str, name: &'static str, of: RestoreForm| {
        html! { <option {value} selected={state.restore_form == of}>{ name }</option> }
    };
    html! {
        <section class="card lost find" aria-labelledby="lost-title">
            <header class="card-head">
                <h2 id="lost-title">{ "Lost and found" }</h2>
                <div class="tools" role="group" aria-label="What is listed">
                    { chip(Table::Lost, "by kind") }
                    { chip(Table::LostKeys, "by key") }
                    { chip(Table::Privacy, "secrets and tokens") }
                </div>
            </header>
            if let Some(lost) = &state.lost {
                <ul class="words" id="lost-words" aria-live="polite" aria-label="What was found">
                    { for lost.words.iter().map(|text| html! { <li>{ text.clone() }</li> }) }
                </ul>
                if let Some((done, total)) = lost.along {
                    <div class="along"><progress max={total.to_string()} value={done.to_string()} aria-label="Looking through what was deleted" /></div>
                }
            }
            <div class="object-bar">
                if table.ask.table == Table::Privacy {
                    <button type="button" class="button small" id="name-secrets" aria-pressed={names.to_string()}
                        onclick={act(on, StudyAction::Name(!names))}>{ if names { "Counts only" } else { "Name the keys" } }</button>
                    <span class="note">{ "Counts until you ask; values are never shown here." }</span>
                } else if table.ask.table == Table::LostKeys {
                    <label>{ "restore as " }
                        <select id="restore-form" onchange={form}>
                            { option("yaml", "YAML", RestoreForm::Yaml) }
                            { option("json", "JSON", RestoreForm::Json) }
                            { option("etcdctl", "etcdctl put", RestoreForm::Etcdctl) }
                        </select>
                    </label>
                    if let Some(revision) = *selected {
                        <button type="button" class="button small" onclick={act(on, StudyAction::Restore(revision))}>
                            { format!("Restore revision {revision}") }
                        </button>
                    }
                }
                <span class="gap" />
                <WordField filter={table.filter.clone()} on={on.clone()} />
            </div>
            <p class="found" role="status">{ match part.total == part.of {
                true => counted(part.total, "row", "rows"),
                false => format!("{} of {}", grouped(part.total), counted(part.of, "row", "rows")),
            } }</p>
            <DataTable part={part.clone()} label="Lost and found, arrow keys walk" selected={*selected} on={on.clone()} />
            if let Some(shown) = &state.shown {
                <div class="restored" role="region" aria-label="What can be restored" tabindex="0">
                    <p><b>{ shown.name.clone() }</b>{ " " }{ shown.note.clone() }
                        <button type="button" class="button small" onclick={copy(&shown.text)}>{ "Copy" }</button>
                        <button type="button" class="button small" onclick={act(on, StudyAction::HideText)}>{ "Close" }</button>
                    </p>
                    <pre class="mono" id="restored">{ shown.text.clone() }</pre>
                </div>
            }
        </section>
    }
}

fn copy(text: &str) -> Callback<MouseEvent> {
    let text = text.to_owned();
    Callback::from(move |_| address::copy(text.clone(), Callback::noop()))
}
