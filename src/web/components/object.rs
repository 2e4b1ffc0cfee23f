//! One version of a Kubernetes object: YAML with who set which line, JSON, what changed.

use std::rc::Rc;

use yew::prelude::*;

use super::kubernetes::act;
use crate::engine::{Fold, ObjectView, Side};
use crate::state::{Action, ObjectAction, ObjectPane, ObjectState};
use crate::web::number::{counted, grouped, revision};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct ObjectCardProps {
    /// What is looked at.
    pub state: Rc<ObjectState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The object of the selected revision.
#[component]
pub fn ObjectCard(props: &ObjectCardProps) -> Html {
    let ObjectCardProps { state, on } = props;
    let Some(object) = &state.object else {
        return html! {
            <section class="card object" aria-label="Object">
                <p class="empty">{ "Select an object." }</p>
            </section>
        };
    };
    let head = &object.head;
    let step = |by: i8, to: Option<_>, name: &'static str, sign: &'static str| {
        html! {
            <button type="button" class="button small" aria-label={name} title={name}
                disabled={to.is_none()} onclick={act(on, ObjectAction::Step(by))}>{ sign }</button>
        }
    };
    let pane = |to: ObjectPane, label: &'static str| {
        html! {
            <button type="button" class="chip" aria-pressed={(state.pane == to).to_string()}
                onclick={act(on, ObjectAction::Show(to))}>{ label }</button>
        }
    };
    let place = match head.namespace.as_str() {
        "" => "cluster-wide".to_string(),
        namespace => format!("in namespace {namespace}"),
    };
    let gone = if object.is_deleted { ", deleted" } else { "" };
    let changed = format!("changes {}", object.changes.len());
    html! {
        <section class="card object" aria-labelledby="object-title">
            <header class="card-head">
                <h2 id="object-title">{ format!("{} ", head.kind) }<span class="mono">{ head.name.clone() }</span></h2>
                <p>{ format!("{}, {place}, at revision {}{gone}", head.api_version, revision(object.revision.main)) }</p>
                <div class="tools" role="group" aria-label="Versions of this object">
                    { step(-1, object.previous, "Previous version (,)", "‹") }
                    { step(1, object.next, "Next version (.)", "›") }
                    if state.is_open {
                        <button type="button" class="button small" aria-label="Close the object (Escape)"
                            title="Close (Escape)" onclick={act(on, ObjectAction::Open(false))}>{ "✕" }</button>
                    }
                </div>
            </header>
            <div class="object-bar" role="group" aria-label="Show the object as">
                { pane(ObjectPane::Yaml, "YAML") }
                { pane(ObjectPane::Json, "JSON") }
                <button type="button" class="chip" aria-pressed={(state.pane == ObjectPane::Changes).to_string()}
                    onclick={act(on, ObjectAction::Show(ObjectPane::Changes))}>{ changed }</button>
                { pane(ObjectPane::Sides, "side by side") }
                <span class="gap" />
                if !head.is_encrypted {
                    <button type="button" class="button small"
                        title="Without what the server sets, ready for kubectl apply"
                        onclick={act(on, ObjectAction::Export { is_all: false, is_list: false })}>{ "Export YAML" }</button>
                }
            </div>
            <div class="object-body" tabindex="0" role="region" aria-label="The object">
                if head.is_encrypted {
                    <p class="note">{ format!("The value is {}. Only the API server has the key.", head.stored) }</p>
                }
                if !object.problems.is_empty() {
                    <ul class="object-problems" aria-label="Problems">
                        { for object.problems.iter().map(|text| html! { <li>{ text.clone() }</li> }) }
                    </ul>
                }
                <dl class="fields">
                    { for object.facts.iter().map(|(name, value)| html! {
                        <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                    }) }
                </dl>
                if !object.secrets.is_empty() {
                    { secrets(object, on) }
                }
                { match state.pane {
                    ObjectPane::Yaml | ObjectPane::Json => document(object, state, on),
                    ObjectPane::Changes => changes(object, state, on),
                    ObjectPane::Sides => sides(object),
                } }
            </div>
        </section>
    }
}

/// Values of a Secret, each to be revealed on its own.
fn secrets(object: &ObjectView, on: &Callback<Action>) -> Html {
    html! {
        <div class="secrets" role="group" aria-label="Values of the Secret">
            { for object.secrets.iter().map(|part| html! {
                <div>
                    <code>{ part.path.clone() }</code>
                    if let Some(shown) = &part.shown {
                        <code class="shown">{ shown.clone() }</code>
                    } else {
                        <code>{ "***" }</code>
                        <button type="button" class="button small" aria-label={format!("Reveal {}", part.path)}
                            onclick={act(on, ObjectAction::Reveal(part.path.clone()))}>{ "Reveal" }</button>
                    }
                </div>
            }) }
        </div>
    }
}

/// The switch of a fold.
fn fold(name: &str, is_open: bool, count: usize, on: Callback<MouseEvent>) -> Html {
    let sign = if is_open { "▾" } else { "▸" };
    let lines = counted(count as u64, "line", "lines");
    html! {
        <button type="button" class="link" aria-expanded={is_open.to_string()} onclick={on}>
            { format!("{sign} {name}, {lines}") }
        </button>
    }
}

/// The YAML or JSON; managedFields and status fold.
fn document(object: &ObjectView, state: &ObjectState, on: &Callback<Action>) -> Html {
    let count = |fold| object.lines.iter().filter(|line| line.fold == fold).count();
    let is_shown = |fold| match fold {
        Fold::Open => true,
        Fold::Managed => state.has_managed,
        Fold::Status => state.has_status,
    };
    let (managed, status) = (count(Fold::Managed), count(Fold::Status));
    let mut before: Option<&[u32]> = None;
    let has_blame = object.lines.iter().any(|line| !line.owners.is_empty());
    let rows = object.lines.iter().filter(|line| is_shown(line.fold));
    let rows: Html = rows
        .map(|line| {
            let is_same = before.replace(&line.owners) == Some(&line.owners);
            let owners = line.owners.iter().filter_map(|at| {
                let (name, what) = object.managers.get(*at as usize)?;
                Some((name.as_str(), format!("{name}: {what}")))
            });
            let (names, told): (Vec<_>, Vec<_>) = owners.unzip();
            html! {
                <tr>
                    if has_blame {
                        <td class="who" title={told.join("\n")}>{ if is_same { String::new() } else { names.join(", ") } }</td>
                    }
                    <td><pre>{ line.text.clone() }</pre></td>
                </tr>
            }
        })
        .collect();
    html! {
        <>
        if managed + status > 0 {
            <p class="folds">
                if managed > 0 {
                    { fold("managedFields", state.has_managed, managed, act(on, ObjectAction::ToggleManaged)) }
                }
                if status > 0 {
                    { fold("status", state.has_status, status, act(on, ObjectAction::ToggleStatus)) }
                }
            </p>
        }
        <table class="yaml">
            if has_blame {
                <thead><tr><th scope="col">{ "set by" }</th><th scope="col">{ "line" }</th></tr></thead>
            }
            <tbody>{ rows }</tbody>
        </table>
        if (object.lines.len() as u64) < object.line_count {
            <p class="note">{ format!("the first {} of {} lines", object.lines.len(), grouped(object.line_count)) }</p>
        }
        </>
    }
}

/// Every difference to the version before, noise folded.
fn changes(object: &ObjectView, state: &ObjectState, on: &Callback<Action>) -> Html {
    if object.changes.is_empty() {
        return html! { <p class="note">{ none_before(object) }</p> };
    }
    let noise = object
        .changes
        .iter()
        .filter(|change| change.is_noise)
        .count();
    let shown = object
        .changes
        .iter()
        .filter(|change| state.has_status || !change.is_noise);
    html! {
        <>
        <table class="changes">
            <thead><tr><th scope="col">{ "path" }</th><th scope="col">{ "before" }</th><th scope="col">{ "now" }</th></tr></thead>
            <tbody>
                { for shown.map(|change| html! {
                    <tr>
                        <td><code>{ change.path.clone() }</code></td>
                        <td class="old"><code>{ change.old.clone() }</code></td>
                        <td class="new"><code>{ change.new.clone() }</code></td>
                    </tr>
                }) }
            </tbody>
        </table>
        if noise > 0 {
            <p class="folds">
                { fold("status and what every write changes", state.has_status, noise, act(on, ObjectAction::ToggleStatus)) }
            </p>
        }
        </>
    }
}

fn none_before(object: &ObjectView) -> &'static str {
    match (object.is_deleted, object.previous) {
        (true, _) => "It was deleted here; the YAML is the version before.",
        (false, None) => "The first version that is known: there is none before to compare with.",
        _ => "Created here: the life before it ended with a deletion.",
    }
}

/// Both versions; lines that changed are marked.
fn sides(object: &ObjectView) -> Html {
    if object.sides.is_empty() {
        return html! { <p class="note">{ none_before(object) }</p> };
    }
    html! {
        <div class="sides" role="group" aria-label="The version before, and this one">
            <b>{ format!("revision {}", object.previous.map_or(String::new(), |at| revision(at.main))) }</b>
            <b>{ format!("revision {}", revision(object.revision.main)) }</b>
            { for object.sides.iter().map(|line| match line.side {
                Side::Old => html! { <pre class="old">{ line.text.clone() }</pre> },
                Side::New => html! { <pre class="new">{ line.text.clone() }</pre> },
                Side::Both if line.text.is_empty() => html! { <hr /> },
                Side::Both => html! { <><pre class="left">{ line.text.clone() }</pre><pre class="right">{ line.text.clone() }</pre></> },
            }) }
        </div>
    }
}
