//! The page: components, the canvas, dropped files, and the worker that runs the engine.
//!
//! The only module that names a browser. Components show what [`state`](crate::state) says and
//! turn events into actions; they decide nothing about data.

mod address;
mod app;
mod components;
mod download;
mod frame;
mod kept;
mod keys;
pub mod later;
mod link;
mod number;
mod panic;
mod rate;
mod shelf;
mod source;
mod stage;
mod theme;
mod worker;

pub use app::App;
pub use components::*;
pub use worker::register;

/// Mounts the page into the element with the id `app`, in place of the shell that stands there.
pub fn mount() {
    panic::remember();
    let root = gloo::utils::document().get_element_by_id("app");
    match root {
        Some(root) => {
            yew::Renderer::<App>::with_root(root).render();
        }
        None => {
            yew::Renderer::<App>::new().render();
        }
    }
}

/// Which build this is; page and worker must agree on it.
pub fn build_id() -> String {
    let build = option_env!("REVSCOPE_BUILD").unwrap_or("dev");
    format!("{}-{build}", env!("CARGO_PKG_VERSION"))
}
