//! Before a file is open: the place to drop one, how far opening has come, why one was refused.

use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::file::Members;
use crate::engine::Failure;
use crate::state::{Action, Loading};
use crate::web::rate::{amount, use_rate, words};

/// Members of an archive that are offered.
const MEMBERS: usize = 20;

/// What the open panel needs.
#[derive(Properties, PartialEq)]
pub struct OpenPanelProps {
    /// What happened.
    pub on: Callback<Action>,
    /// A file was chosen.
    pub choose: Callback<File>,
}

/// Drop a file, choose one, or try the sample.
#[component]
pub fn OpenPanel(props: &OpenPanelProps) -> Html {
    let OpenPanelProps { on, choose } = props;
    let sample = on.reform(|_: MouseEvent| Action::OpenSample);
    html! {
        <section class="card open" aria-labelledby="open-title">
            <DropArt />
            <h2 id="open-title">{ "Drop a file anywhere on this page" }</h2>
            <p>
                { "An etcd " }<code>{ "member/snap/db" }</code>{ ", a file of " }
                <code>{ "etcdctl snapshot save" }</code>
                { ": see every key it holds and every change that is still in it. Any other bbolt file shows its buckets and pages. A gzip, zip or tar around it is unpacked here." }
            </p>
            <div class="open-actions">
                <FileButton label="Choose a file" is_primary=true choose={choose.clone()} />
                <button type="button" class="button" onclick={sample}>{ "Try the sample" }</button>
            </div>
            <p class="promise">{ "The file never leaves this tab: it is read here, in slices, and sent nowhere." }</p>
        </section>
    }
}

/// What the button to choose a file needs.
#[derive(Properties, PartialEq)]
pub struct FileButtonProps {
    /// What it says.
    pub label: AttrValue,
    /// Whether it is the thing to do here.
    #[prop_or_default]
    pub is_primary: bool,
    /// A file was chosen.
    pub choose: Callback<File>,
}

/// Opens the browser's own dialog for choosing a file.
#[component]
pub fn FileButton(props: &FileButtonProps) -> Html {
    let FileButtonProps {
        label,
        is_primary,
        choose,
    } = props;
    let chosen = {
        let choose = choose.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlInputElement>().ok())
            else {
                return;
            };
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                choose.emit(file);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        })
    };
    html! {
        <label class={classes!("button", is_primary.then_some("primary"))}>
            { label.clone() }
            <input type="file" id="file-input" onchange={chosen} />
        </label>
    }
}

/// Lanes falling into a tray.
#[component]
fn DropArt() -> Html {
    html! {
        <svg class="drop-art" viewBox="0 0 120 64" aria-hidden="true">
            <rect class="logo-bar" x="26" y="6" width="52" height="8" rx="4" />
            <rect class="logo-bar" x="42" y="20" width="52" height="8" rx="4" />
            <circle class="logo-create" cx="30" cy="10" r="5" />
            <circle class="logo-modify" cx="58" cy="24" r="5" />
            <path class="tray" d="M10 40 v10 a6 6 0 0 0 6 6 h88 a6 6 0 0 0 6 -6 v-10" />
            <path class="tray" d="M60 34 v12 m-5 -5 l5 5 l5 -5" />
        </svg>
    }
}

/// What the loading panel shows.
#[derive(Properties, PartialEq)]
pub struct LoadingPanelProps {
    /// How far it has come.
    pub loading: Loading,
    /// What happened.
    pub on: Callback<Action>,
}

/// A file on its way in, with a way to stop.
#[component]
pub fn LoadingPanel(props: &LoadingPanelProps) -> Html {
    let LoadingPanelProps { loading, on } = props;
    let cancel = on.reform(|_: MouseEvent| Action::CancelOpen);
    let rate = use_rate(Some(loading.phase), loading.done);
    let phase = words(loading.phase);
    let percent = loading
        .fraction()
        .map(|part| format!("{:.0}", part * 100.0));
    let amount = (loading.total > 0).then(|| amount(loading.done, loading.total, rate));
    html! {
        <section class="card loading" aria-labelledby="loading-title">
            <h2 id="loading-title">{ "Opening " }<span class="mono">{ loading.name.clone() }</span></h2>
            <div class={classes!("bar", percent.is_none().then_some("unknown"))} role="progressbar"
                aria-label="Progress" aria-valuemin="0" aria-valuemax="100" aria-valuenow={percent.clone()}>
                <i style={percent.as_ref().map(|percent| format!("width: {percent}%"))} />
            </div>
            <p>
                <span role="status">{ if loading.is_cancelling { "stopping" } else { phase } }</span>
                if let Some(amount) = amount {
                    { ", " }{ amount }
                }
            </p>
            <button type="button" class="button" id="cancel" onclick={cancel}>{ "Cancel" }</button>
        </section>
    }
}

/// What the refusal shows.
#[derive(Properties, PartialEq)]
pub struct RefusedProps {
    /// Why.
    pub failure: Failure,
    /// What happened.
    pub on: Callback<Action>,
}

/// A file that could not be opened: what it looks like, where it broke, what can be done.
#[component]
pub fn Refused(props: &RefusedProps) -> Html {
    let RefusedProps { failure, on } = props;
    let dismiss = on.reform(|_: MouseEvent| Action::Dismiss);
    html! {
        <section class="card refused" role="alert">
            <header class="card-head">
                <h2><span class="mono">{ failure.name.clone() }</span>{ " could not be opened" }</h2>
                <div class="tools">
                    <button type="button" class="button small" onclick={dismiss}>{ "Dismiss" }</button>
                </div>
            </header>
            <dl class="fields">
                <div><dt>{ "what it is" }</dt><dd>{ failure.what.clone() }</dd></div>
                if !failure.place.is_empty() {
                    <div><dt>{ "where" }</dt><dd>{ failure.place.clone() }</dd></div>
                }
                <div><dt>{ "what now" }</dt><dd>{ failure.hint.clone() }</dd></div>
            </dl>
            if !failure.members.is_empty() {
                <div class="refused-members">
                    <Members members={failure.members.iter().take(MEMBERS).cloned().collect::<Vec<_>>()} on={on.clone()} />
                </div>
            }
        </section>
    }
}
