//! A panic is a bug; its text must reach the person who sees the page stop.

use wasm_bindgen::JsValue;

/// On the page: the text goes to the console, where a bug report can copy it from.
pub fn remember() {
    std::panic::set_hook(Box::new(|info| report(&info.to_string())));
}

/// In the worker: the text goes to the page, which then shows it and offers to start anew.
pub fn send_to_page(send: impl Fn(&str) + 'static + Send + Sync) {
    std::panic::set_hook(Box::new(move |info| send(&info.to_string())));
}

fn report(text: &str) {
    let console = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("console"));
    let error = console.and_then(|console| {
        let error = js_sys::Reflect::get(&console, &JsValue::from_str("error"))?;
        js_sys::Function::from(error).call1(&console, &JsValue::from_str(text))
    });
    // Without a console there is nowhere left to say it.
    drop(error);
}
