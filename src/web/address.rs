//! The page's address: the session that a link carries in it.

use gloo::utils::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use yew::Callback;

/// What a fragment with a session begins with.
const SESSION: &str = "#s=";

/// Takes the session's fragment out of the address, so that a reload goes on with what came of it.
pub fn take_session() -> Option<String> {
    let location = window().location();
    let fragment = location.hash().ok()?;
    if !fragment.starts_with(SESSION) {
        return None;
    }
    let rest = location.pathname().ok()? + &location.search().ok()?;
    let history = window().history().ok()?;
    // A browser that refuses shows the fragment on; the session opens all the same.
    drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&rest)));
    Some(fragment)
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
