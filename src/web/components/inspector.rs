//! Everything about the selected change.

use std::rc::Rc;

use yew::prelude::*;

use super::kubernetes::act;
use super::value::ValueView;
use crate::engine::{Detail, Kind, ObjectHead, Side};
use crate::state::{Action, DocState, ObjectAction};
use crate::web::number::{bytes, counted, revision};

/// What the inspector shows.
#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The selected change: fields, value, bytes, and what changed.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let InspectorProps { document, on } = props;
    let Some(detail) = &document.detail else {
        return html! {
            <section class="card inspector" aria-labelledby="inspector-title">
                <header class="card-head"><h2 id="inspector-title">{ "Inspector" }</h2></header>
                <p class="empty">{ "Select a change: a mark on the timeline, a revision, or a row." }</p>
            </section>
        };
    };
    let row = &detail.row;
    let step = |by: i8, to: Option<_>, name: &'static str, sign: &'static str| {
        let go = on.reform(move |_: MouseEvent| Action::StepInLane(by));
        html! {
            <button type="button" class="button small" aria-label={name} title={name}
                disabled={to.is_none()} onclick={go}>{ sign }</button>
        }
    };
    html! {
        <section class="card inspector" aria-labelledby="inspector-title">
            <header class="card-head">
                <h2 id="inspector-title">
                    <span class="mono" title={row.key.clone()}>{ row.key.clone() }</span>
                    { format!(" at revision {}", revision(row.revision.main)) }
                </h2>
                <p>{ subtitle(detail) }</p>
                <div class="tools" role="group" aria-label="Changes of this key">
                    { step(-1, detail.previous, "Previous change of this key (,)", "‹") }
                    { step(1, detail.next, "Next change of this key (.)", "›") }
                </div>
            </header>
            <div class="inspector-body" tabindex="0" role="region" aria-label="Fields">
                if let Some(fossil) = &detail.fossil {
                    <p class="note fossil-note">
                        <b>{ "A fossil, no part of the store: " }</b>
                        { format!("{}, {}; confidence {}", fossil.place, fossil.why, fossil.confidence) }
                    </p>
                }
                if let Some(object) = &detail.object {
                    { object_head(object, on) }
                }
                { fields(detail) }
                { bucket_key(detail) }
                if detail.is_masked && row.kind != Kind::Tombstone {
                    <div class="value">
                        <div class="value-head">
                            <h3>{ "Value" }</h3>
                            <small>{ bytes(detail.value_len) }</small>
                            <button type="button" class="button small"
                                onclick={act(on, ObjectAction::RevealValue)}>{ "Reveal the stored bytes" }</button>
                        </div>
                        <pre>{ "***" }</pre>
                        <p class="note">{ "A Secret: masked until you reveal it." }</p>
                    </div>
                } else if row.kind != Kind::Tombstone {
                    <ValueView value={detail.value.clone()} value_len={detail.value_len}
                        unreadable={detail.unreadable.clone()} />
                }
                if detail.diff.iter().any(|line| line.side != Side::Both) {
                    { diff(detail) }
                }
            </div>
        </section>
    }
}

fn subtitle(detail: &Detail) -> String {
    let row = &detail.row;
    let what = match row.kind {
        Kind::Create => "create".to_string(),
        Kind::Modify => format!("version {}", row.version),
        Kind::Tombstone => "tombstone".to_string(),
    };
    let gone = if row.compacted {
        ", removed by compaction"
    } else {
        ""
    };
    format!("generation {}, {what}{gone}", detail.generation)
}

/// What the value is as an object, and the way to it.
fn object_head(object: &ObjectHead, on: &Callback<Action>) -> Html {
    let field = |name: &'static str, value: &str| {
        html! { <div><dt>{ name }</dt><dd class="mono">{ value.to_string() }</dd></div> }
    };
    html! {
        <div class="object-head" role="group" aria-label="Kubernetes object">
            <dl class="fields">
                { field("kind", &object.kind) }
                { field("apiVersion", &object.api_version) }
                if !object.namespace.is_empty() {
                    { field("namespace", &object.namespace) }
                }
                { field("name", &object.name) }
                { field("stored as", &object.stored) }
            </dl>
            <button type="button" class="button small" onclick={act(on, ObjectAction::Open(true))}>
                { "Open the object" }
            </button>
        </div>
    }
}

fn fields(detail: &Detail) -> Html {
    let row = &detail.row;
    let is_tombstone = row.kind == Kind::Tombstone;
    let field = |name: &'static str, value: String| {
        html! { <div><dt>{ name }</dt><dd class="mono">{ value }</dd></div> }
    };
    let lease = if row.lease.is_empty() {
        "none".to_string()
    } else {
        row.lease.clone()
    };
    html! {
        <>
        if is_tombstone {
            <p class="note">
                { "A tombstone stores the key alone. Its revision is in the bucket key; the value and the counts are gone with the life it ended." }
            </p>
        }
        <dl class="fields">
            if !is_tombstone {
                { field("create_revision", revision(row.create_revision)) }
                { field("mod_revision", revision(row.revision.main)) }
                { field("version", revision(row.version)) }
                { field("lease", lease) }
            }
            if !detail.when.is_empty() {
                { field("written", detail.when.clone()) }
            }
            if detail.together > 0 {
                { field("transaction", format!("with {}", counted(detail.together, "other change", "other changes"))) }
            }
        </dl>
        </>
    }
}

/// The 17 or 18 bytes, cut where their meaning changes.
fn bucket_key(detail: &Detail) -> Html {
    let revision = detail.row.revision;
    let parts = [
        (0, 8, "main", format!("main revision {}", revision.main)),
        (8, 9, "", "_".to_string()),
        (9, 17, "", format!("sub revision {}", revision.sub)),
        (17, 18, "mark", "tombstone".to_string()),
    ];
    html! {
        <div class="bytes" role="group" aria-label="Bucket key">
            { for parts.into_iter().filter_map(|(from, to, class, meaning)| {
                let bytes = detail.bucket_key.get(from..to)?;
                let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Some(html! {
                    <div class={class}><code>{ hex.join(" ") }</code><small>{ meaning }</small></div>
                })
            }) }
        </div>
    }
}

/// The value against the one before.
fn diff(detail: &Detail) -> Html {
    let before = detail
        .previous
        .map(|at| revision(at.main))
        .unwrap_or_default();
    html! {
        <div class="diff" role="group" aria-label={format!("Changed since revision {before}")}>
            <h3>{ format!("Changed since revision {before}") }</h3>
            { for detail.diff.iter().map(|line| {
                let (class, sign) = match line.side {
                    Side::Old => ("old", "−"),
                    Side::New => ("new", "+"),
                    Side::Both => ("both", " "),
                };
                html! { <pre {class}><b>{ sign }</b>{ line.text.clone() }</pre> }
            }) }
        </div>
    }
}
