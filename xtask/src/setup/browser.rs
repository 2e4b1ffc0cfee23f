//! Chromium for the browser tests, and fonts for its screenshots.

use super::{Missing, apt};
use crate::run;
use std::path::{Path, PathBuf};

const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const MAC: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/// Fonts with a sans and a mono face: without any, text on the page is boxes.
const PACKAGES: &[&str] = &["chromium", "fonts-dejavu-core", "fonts-liberation"];

/// The Chromium program, installed when it is not there.
pub fn ensure(apt: &mut apt::Apt, missing: &mut Vec<Missing>) -> Option<PathBuf> {
    if let Some(found) = find() {
        return Some(found);
    }
    apt.install(PACKAGES);
    let found = find();
    if found.is_none() {
        missing.push(Missing {
            what: "Chromium, for the browser tests",
            command: apt::command(PACKAGES, "brew install --cask chromium"),
        });
    }
    found
}

fn find() -> Option<PathBuf> {
    let on_path = NAMES.iter().find_map(|name| run::which(name));
    on_path.or_else(|| {
        let app = MAC.iter().map(Path::new).find(|path| path.is_file());
        app.map(Path::to_path_buf)
    })
}
