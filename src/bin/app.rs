//! The page.

use revscope::web::later;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    // First of all, so that the other part has something to be loaded into.
    later::load_soon();
    revscope::web::mount();
}

/// Loads the part of the program that comes later, and returns when it is there: what calls into
/// it from the first part (`xtask/split`) knows this name.
#[wasm_bindgen]
pub fn load_later_now() {
    later::load_now();
}
