//! One line below the bar: what happened to the session, and what may be done about it.

use yew::prelude::*;

use crate::state::{Action, Notice, SessionAction};

/// What the line shows.
#[derive(Properties, PartialEq)]
pub struct NoticeLineProps {
    /// What happened.
    pub notice: Notice,
    /// What happened to it.
    pub on: Callback<Action>,
}

/// What happened to the session.
#[component]
pub fn NoticeLine(props: &NoticeLineProps) -> Html {
    let NoticeLineProps { notice, on } = props;
    let dismiss = on.reform(|_: MouseEvent| Action::Session(SessionAction::Dismiss));
    html! {
        <div class={classes!("notice", notice.is_warning.then_some("warning"))} role="status">
            <p>{ notice.text.clone() }</p>
            if let Some((label, action)) = notice.offer.clone() {
                <button type="button" class="button small" onclick={on.reform(move |_: MouseEvent| (*action).clone())}>
                    { label }
                </button>
            }
            <button type="button" class="button small" aria-label="Dismiss" title="Dismiss" onclick={dismiss}>
                { "✕" }
            </button>
        </div>
    }
}
