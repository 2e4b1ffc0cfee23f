//! The session in a panel: its lines to step through, its branches and files, and the ways to keep
//! and to share it.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{File, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::open_panel::FileButton;
use crate::engine::{SavedFile, Session, Then};
use crate::session::{Branch, Tree};
use crate::state::{Action, Keep, SessionAction, SessionState};
use crate::web::number::bytes;

/// Most lines that are listed on each side of the one that ran last.
const LISTED: usize = 100;

/// What the panel shows.
#[derive(Properties, PartialEq)]
pub struct SessionPanelProps {
    /// Branches, keeping, link.
    pub state: SessionState,
    /// Where it stands.
    pub session: Session,
    /// What happened.
    pub on: Callback<Action>,
    /// A script was chosen.
    pub choose: Callback<File>,
}

/// The session: lines, branches, files, keeping and sharing.
#[component]
pub fn SessionPanel(props: &SessionPanelProps) -> Html {
    let SessionPanelProps {
        state,
        session,
        on,
        choose,
    } = props;
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = gloo::utils::document().active_element();
            // An element that cannot take the focus leaves it where it is.
            let focus = |element: Option<HtmlElement>| {
                drop(element.map(|element| element.focus()));
            };
            focus(node.cast());
            move || focus(before.and_then(|element| element.dyn_into().ok()))
        });
    }
    let close = session_action(on, SessionAction::Toggle);
    let branches = state.tree.branches();
    html! {
        <section class="card session" id="session" role="dialog" aria-labelledby="session-title">
            <div class="card-head">
                <h2 id="session-title">{ "Session" }</h2>
                <p>{ format!("etcd {}", session.release) }</p>
                <div class="tools">
                    <button ref={node} type="button" class="button small" onclick={close}>{ "Close" }</button>
                </div>
            </div>
            <div class="session-body" tabindex="0" role="group" aria-label="Session's parts">
                <Steps tree={state.tree.clone()} on={on.clone()} />
                if !branches.is_empty() {
                    <h3>{ "Branches" }</h3>
                    <ul class="parts" aria-label="Branches">
                        { for branches.iter().map(|branch| branch_row(branch, on)) }
                    </ul>
                }
                if !session.files.is_empty() {
                    <h3>{ "Files of this session" }</h3>
                    <ul class="parts" aria-label="Files">
                        { for session.files.iter().map(|file| file_row(file, on)) }
                    </ul>
                }
                <h3>{ "Share" }</h3>
                <div class="session-actions">
                    <button type="button" class="button" onclick={session_action(on, SessionAction::CopyLink)}>{ "Copy link" }</button>
                    <button type="button" class="button" onclick={session_action(on, SessionAction::Download)}>{ "Download session.txt" }</button>
                    <FileButton label="Open session.txt" choose={choose.clone()} />
                </div>
                { link(state) }
                <h3>{ "Kept in this browser" }</h3>
                { keeping(state, on) }
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct StepsProps {
    tree: Rc<Tree>,
    on: Callback<Action>,
}

/// The lines of the branch, those ahead paler, and the buttons that go through them.
#[component]
fn Steps(props: &StepsProps) -> Html {
    let StepsProps { tree, on } = props;
    let list = use_node_ref();
    {
        let list = list.clone();
        use_effect_with(tree.done(), move |_| {
            let here = list
                .cast::<HtmlElement>()
                .and_then(|list| list.query_selector("[aria-current]").ok().flatten())
                .and_then(|here| here.dyn_into::<HtmlElement>().ok());
            if let (Some(list), Some(here)) = (list.cast::<HtmlElement>(), here) {
                let middle = here.offset_top() - list.offset_top() - list.client_height() / 2;
                list.set_scroll_top(middle + here.offset_height() / 2);
            }
        });
    }
    let lines = tree.branch();
    let (done, all) = (tree.done(), tree.done() + tree.ahead());
    let button = |label: &'static str, name: &'static str, to: Option<u32>| {
        let go = session_action(on, SessionAction::StepTo(to.unwrap_or_default()));
        html! {
            <button type="button" class="button small" aria-label={name} title={name}
                disabled={to.is_none()} onclick={go}>{ label }</button>
        }
    };
    let first = (done as usize).saturating_sub(LISTED);
    let shown = lines.iter().zip(1u32..).skip(first).take(2 * LISTED);
    let hidden = lines.len() - lines.len().saturating_sub(first).min(2 * LISTED);
    html! {
        <>
            <div class="steps" role="group" aria-label="Steps">
                { button("|◂", "To the start", (done > 0).then_some(0)) }
                { button("◂", "Step back", done.checked_sub(1)) }
                <span role="status">
                    { format!("line {done} of {all}") }
                </span>
                { button("▸", "Step forth", (done < all).then_some(done + 1)) }
                { button("▸|", "To the end", (done < all).then_some(all)) }
            </div>
            if !lines.is_empty() {
                <ol class="lines" ref={list} aria-label="Lines" tabindex="0">
                    { for shown.map(|(line, number)| html! {
                        <li>
                            <button type="button" class={(number > done).then_some("later")}
                                aria-current={(number == done).then_some("step")}
                                onclick={session_action(on, SessionAction::StepTo(number))}>
                                <small>{ number }</small>{ (*line).to_owned() }
                            </button>
                        </li>
                    }) }
                </ol>
            }
            <p class="note">
                if hidden > 0 {
                    { format!("{hidden} more lines are not listed. ") }
                }
                { "A line that is run in the past begins a branch; what came after is kept." }
            </p>
        </>
    }
}

fn branch_row(branch: &Branch, on: &Callback<Action>) -> Html {
    let own = branch.lines.saturating_sub(branch.shared);
    let place = match (&branch.base, branch.shared) {
        (Some(base), 0) => format!("etcd {} on {base}", branch.release),
        (None, 0) => format!("etcd {}", branch.release),
        (_, shared) => format!("after line {shared}"),
    };
    let lines = if own == 1 {
        "1 line".to_owned()
    } else {
        format!("{own} lines")
    };
    let name = format!("{place}, {lines}: {}", branch.first);
    html! {
        <li key={branch.end.to_string()}>
            <div>
                <span class="mono">{ branch.first.clone() }</span>
                <small>{ format!("{place}, {lines}") }</small>
            </div>
            <button type="button" class="button small" aria-label={format!("Go to {name}")}
                onclick={session_action(on, SessionAction::GoTo(branch.end))}>{ "Go" }</button>
            <button type="button" class="button small" aria-label={format!("Forget {name}")}
                onclick={session_action(on, SessionAction::Forget(branch.end))}>{ "Forget" }</button>
        </li>
    }
}

fn file_row(file: &SavedFile, on: &Callback<Action>) -> Html {
    let name = file.name.clone();
    let quoted = name.replace('\'', "'\\''");
    let remove = on.reform(move |_: MouseEvent| Action::RunLine(format!("rm -- '{quoted}'")));
    html! {
        <li key={name.clone()}>
            <div><span class="mono">{ name.clone() }</span><small>{ bytes(file.size) }</small></div>
            { fetch(&name, Then::Download, "Download", on) }
            { fetch(&name, Then::Open, "Open", on) }
            <button type="button" class="button small" aria-label={format!("Remove {name}")} onclick={remove}>{ "Remove" }</button>
        </li>
    }
}

fn fetch(name: &str, then: Then, label: &'static str, on: &Callback<Action>) -> Html {
    let action = SessionAction::Fetch {
        name: name.to_owned(),
        then,
    };
    html! {
        <button type="button" class="button small" aria-label={format!("{label} {name}")}
            onclick={session_action(on, action)}>{ label }</button>
    }
}

/// The link, to be taken by hand where the browser does not copy it.
fn link(state: &SessionState) -> Html {
    match &state.link {
        None => html! {
            <p class="note">{ "The link holds the lines, the release and what is looked at; it is read in the browser and sent nowhere." }</p>
        },
        Some(Err(why)) => {
            html! { <p class="note warning" role="alert">{ format!("There is no link: {why}.") }</p> }
        }
        Some(Ok(fragment)) => {
            let said = match state.is_copied {
                Some(true) => "The link is copied.",
                Some(false) => "The browser did not copy it: take it from here.",
                None => "Copying.",
            };
            let select = |event: FocusEvent| {
                let input = event.target().and_then(|target| target.dyn_into().ok());
                input
                    .into_iter()
                    .for_each(|input: HtmlInputElement| input.select());
            };
            html! {
                <>
                    <input class="link-text mono" type="text" readonly=true aria-label="Link to this session"
                        value={crate::web::address::with_fragment(fragment)} onfocus={select} />
                    <p class="note" role="status">{ said }</p>
                </>
            }
        }
    }
}

fn keeping(state: &SessionState, on: &Callback<Action>) -> Html {
    let (text, label, action) = match state.keep {
        Keep::Yes if state.is_opening => (
            "From the first line that you run, the session is kept here for your next visit.",
            "Keep nothing",
            SessionAction::Keep(false),
        ),
        Keep::Yes => (
            "The session, with all branches, is found again on your next visit.",
            "Forget it",
            SessionAction::Keep(false),
        ),
        Keep::No => (
            "Nothing is kept: with this tab the session ends.",
            "Keep it",
            SessionAction::Keep(true),
        ),
        Keep::Held => (
            "What is kept could not be read; it is left as it is.",
            "Keep this one instead",
            SessionAction::Keep(true),
        ),
    };
    html! {
        <>
            <p class="note" role="status">{ text }</p>
            <div class="session-actions">
                <button type="button" class="button" id="keep" onclick={session_action(on, action)}>{ label }</button>
                <button type="button" class="button" onclick={session_action(on, SessionAction::Fresh)}
                    title="Forget all lines and branches and begin as a first visitor">{ "Start fresh" }</button>
            </div>
        </>
    }
}

fn session_action(on: &Callback<Action>, action: SessionAction) -> Callback<MouseEvent> {
    on.reform(move |_: MouseEvent| Action::Session(action.clone()))
}
