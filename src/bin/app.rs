//! The page.

fn main() {
    revscope::web::mount();
}
