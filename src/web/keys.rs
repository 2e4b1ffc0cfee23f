//! Keys of the browser to keys of the page.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::state::Key;

/// Keys that go through a lesson on stage, and would scroll.
const SCROLLING: [&str; 9] = [
    "PageUp",
    "PageDown",
    " ",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
];

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
    let is_stage = super::stage::is_marked();
    if is_text && is_stage && key == "Escape" {
        // Out of the field first; the next one is the stage's.
        drop(
            event
                .target()
                .and_then(|target| target.dyn_into::<HtmlElement>().ok())
                .map(|element| element.blur()),
        );
        return None;
    }
    // A clicker is heard while somebody types.
    let is_clicker = is_stage && matches!(key.as_str(), "PageUp" | "PageDown");
    if is_text && key != "Escape" && !is_clicker {
        return None;
    }
    if is_stage && SCROLLING.contains(&key.as_str()) {
        event.prevent_default();
    }
    match key.as_str() {
        "ArrowLeft" => Some(Key::Left),
        "ArrowRight" => Some(Key::Right),
        // Elsewhere they scroll.
        "ArrowUp" => (is_picture || is_stage).then_some(Key::Up),
        "ArrowDown" => (is_picture || is_stage).then_some(Key::Down),
        "PageUp" => Some(Key::PageUp),
        "PageDown" => Some(Key::PageDown),
        " " => (is_free || is_stage).then_some(Key::Space),
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
