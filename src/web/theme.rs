//! The choice of light or dark: kept in the browser, told to the style sheet.

use gloo::utils::document;

use super::kept::storage;
use crate::state::Theme;

/// Where the choice is kept.
const THEME_KEY: &str = "revscope.theme";

/// The choice that was kept; the system's without one.
pub fn kept_theme() -> Theme {
    let kept = storage().and_then(|storage| storage.get_item(THEME_KEY).ok().flatten());
    match kept.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Keeps the choice.
pub fn keep_theme(theme: Theme) {
    let name = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    if let Some(storage) = storage() {
        // A full or refusing storage costs the choice, nothing else.
        drop(storage.set_item(THEME_KEY, name));
    }
}

/// Tells the style sheet; without an attribute the system decides.
pub fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    let done = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
    };
    // The attribute's name is fixed and valid.
    drop(done);
}
