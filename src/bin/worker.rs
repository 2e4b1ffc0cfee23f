//! The native command line over the same engine as the page.
fn main() {}
