//! Keys of the browser to keys of the page.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::state::Key;

/// The page's key for an event; none where the key belongs to the browser or to a text field.
pub fn page_key(event: &KeyboardEvent) -> Option<Key> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return None;
    }
    let key = event.key();
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    // Space presses a button and scrolls a list; it is ours where nothing else has it.
    let is_free = target
        .as_ref()
        .is_none_or(|element| matches!(element.tag_name().as_str(), "BODY" | "HTML" | "CANVAS"));
    let is_picture = target
        .as_ref()
        .is_some_and(|element| element.tag_name() == "CANVAS");
    let is_text = target.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    });
    if is_text && key != "Escape" {
        return None;
    }
    match key.as_str() {
        "ArrowLeft" => Some(Key::Left),
        "ArrowRight" => Some(Key::Right),
        // Elsewhere they scroll.
        "ArrowUp" => is_picture.then_some(Key::Up),
        "ArrowDown" => is_picture.then_some(Key::Down),
        "Home" => Some(Key::Home),
        "End" => Some(Key::End),
        "Escape" => Some(Key::Escape),
        key => {
            let mut chars = key.chars();
            let c = chars.next()?;
            (chars.next().is_none() && (c != ' ' || is_free))
                .then(|| Key::Char(c.to_ascii_lowercase()))
        }
    }
}
