//! The part of the program that the first screen does not need (`xtask/split` divides it).
//!
//! Nothing here knows what is in which part. Index.html has the few lines that load it, so that
//! they are never older or newer than the page.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = laterPart)]
    fn soon(first: &JsValue);
    #[wasm_bindgen(js_namespace = laterPart)]
    fn now();
}

/// Asks for it; it comes while the first screen is already in use.
pub fn load_soon() {
    soon(&wasm_bindgen::exports());
}

/// Waits for it: the page stands still until it is there.
pub fn load_now() {
    now();
}
