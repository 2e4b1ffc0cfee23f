//! Which etcd is simulated.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::state::{Action, SessionAction};

/// Releases whose behaviour is recorded.
const RELEASES: &[&str] = &["3.4.23", "3.5.1", "3.5.30", "3.6.13"];
/// The choice of a release that is typed.
const ANOTHER: &str = "another";

/// What the choice shows.
#[derive(Properties, PartialEq)]
pub struct ReleasePickerProps {
    /// The release now.
    pub release: AttrValue,
    /// What happened.
    pub on: Callback<Action>,
}

/// A list of releases, and a place to type another one.
#[component]
pub fn ReleasePicker(props: &ReleasePickerProps) -> Html {
    let ReleasePickerProps { release, on } = props;
    let is_typing = use_state(|| false);
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(*is_typing, move |is_typing| {
            if let Some(input) = node.cast::<HtmlElement>().filter(|_| *is_typing) {
                // An element that cannot take the focus leaves it where it is.
                drop(input.focus());
            }
        });
    }
    let set = |text: String| Action::Session(SessionAction::SetRelease(text));
    let chosen = {
        let (on, is_typing) = (on.clone(), is_typing.clone());
        Callback::from(move |event: Event| {
            let Some(select) = target::<HtmlSelectElement>(&event) else {
                return;
            };
            match select.value().as_str() {
                ANOTHER => is_typing.set(true),
                value => on.emit(set(value.to_owned())),
            }
        })
    };
    let typed = {
        let (on, is_typing) = (on.clone(), is_typing.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            if key == "Enter"
                && let Some(input) = target::<HtmlInputElement>(&event)
                && !input.value().trim().is_empty()
            {
                on.emit(set(input.value()));
            }
            if key == "Enter" || key == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                is_typing.set(false);
            }
        })
    };
    let left = {
        let is_typing = is_typing.clone();
        Callback::from(move |_: FocusEvent| is_typing.set(false))
    };
    // A click here is no click into the terminal around it.
    let stay = |event: MouseEvent| event.stop_propagation();
    if *is_typing {
        return html! {
            <span class="release" onclick={stay}>
                { "etcd " }
                <input ref={node} id="release" type="text" size="7" placeholder="3.5.12" aria-label="Release of etcd"
                    autocomplete="off" spellcheck="false" onkeydown={typed} onblur={left} />
            </span>
        };
    }
    let is_other = !RELEASES.contains(&release.as_str());
    let all = is_other.then_some(release.as_str()).into_iter();
    html! {
        <span class="release" onclick={stay}>
            { "etcd " }
            <select id="release" aria-label="Release of etcd" onchange={chosen}>
                { for all.chain(RELEASES.iter().copied()).map(|one| html! {
                    <option value={one.to_owned()} selected={one == release.as_str()}>{ one.to_owned() }</option>
                }) }
                <option value={ANOTHER}>{ "another…" }</option>
            </select>
        </span>
    }
}

fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target().and_then(|target| target.dyn_into().ok())
}
