//! Bytes that leave the tab as a file: by the person's own download, nowhere else.

use gloo::timers::callback::Timeout;
use gloo::utils::document;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, HtmlAnchorElement, Url};

/// How long a browser may take to read what it saves, in milliseconds.
const READ_MS: u32 = 60_000;

/// Lets the browser save bytes under a name.
pub fn save(name: &str, bytes: &Uint8Array) -> Result<(), JsValue> {
    save_blob(name, &Blob::new_with_u8_array_sequence(&Array::of1(bytes))?)
}

/// Lets the browser save a blob under a name.
pub fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name.rsplit('/').next().unwrap_or(name));
    anchor.click();
    // The browser reads the bytes after this turn; then they can go.
    Timeout::new(READ_MS, move || drop(Url::revoke_object_url(&url))).forget();
    Ok(())
}

/// The beginning of a file as text: as much as a lesson may have, and a little more.
pub fn read_text(file: &File, got: impl FnOnce(String) + 'static) {
    const MOST: i32 = (256 << 10) + 1;
    let Ok(start) = file.slice_with_i32_and_i32(0, MOST) else {
        return;
    };
    let text = JsFuture::from(start.text());
    wasm_bindgen_futures::spawn_local(async move {
        if let Some(text) = text.await.ok().and_then(|text| text.as_string()) {
            got(text);
        }
    });
}

/// Bytes as a file of the browser, as if chosen.
pub fn file(name: &str, bytes: &Uint8Array) -> Result<File, JsValue> {
    File::new_with_u8_array_sequence(&Array::of1(bytes), name)
}
