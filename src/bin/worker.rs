//! The worker that runs the engine, off the page's thread.

fn main() {
    revscope::web::register();
}
