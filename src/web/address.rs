//! The page's address: the session that a link carries in it.

use gloo::utils::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use yew::Callback;

/// What a fragment with a session begins with.
const SESSION: &str = "#s=";
/// What a fragment with a place in a lesson begins with.
pub const LESSON: &str = "#l=";

/// The link in the address. A session's is taken out of it, so that a reload goes on with what
/// came of it; a lesson's stays, and changes with the step.
pub fn take_link() -> Option<String> {
    let fragment = window().location().hash().ok()?;
    if fragment.starts_with(SESSION) {
        show("");
    }
    [SESSION, LESSON]
        .iter()
        .any(|start| fragment.starts_with(start))
        .then_some(fragment)
}

/// Whether the address names a lesson.
pub fn has_lesson() -> bool {
    let fragment = window().location().hash().unwrap_or_default();
    fragment.starts_with(LESSON)
}

/// Shows a fragment in the address, without a step in the browser's history.
pub fn show(fragment: &str) {
    let location = window().location();
    let page = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let address = page + fragment;
        // A browser that refuses shows the old one; the page is the same.
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }
}

/// The page's address without query and fragment.
pub fn plain() -> String {
    let href = window().location().href().unwrap_or_default();
    let end = href.find(['?', '#']).unwrap_or(href.len());
    href.get(..end).unwrap_or_default().to_owned()
}

/// The same with a fragment: what others open.
pub fn plain_with(fragment: &str) -> String {
    plain() + fragment
}

/// The page's address with another fragment.
pub fn with_fragment(fragment: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    format!("{page}{fragment}")
}

/// Copies a text; answers whether the browser did. Without https it has no clipboard.
pub fn copy(text: String, done: Callback<bool>) {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard"));
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return done.emit(false);
    }
    let copied = window().navigator().clipboard().write_text(&text);
    wasm_bindgen_futures::spawn_local(async move {
        done.emit(JsFuture::from(copied).await.is_ok());
    });
}
