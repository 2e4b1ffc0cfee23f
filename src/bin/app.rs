//! The page.

use revscope::web::later;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    revscope::web::mount();
    later::load_soon();
}

/// Loads the part of the program that comes later, and returns when it is there: what calls into
/// it from the first part (`xtask/split`) knows this name.
#[wasm_bindgen]
pub fn load_later_now() {
    later::load_now();
}
