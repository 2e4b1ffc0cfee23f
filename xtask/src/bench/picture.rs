//! `cargo xtask bench picture`: how long the timeline's layout and paint take as histories grow,
//! natively, and the frames of a recorded gesture in Chromium on files of two sizes.

use std::path::Path;

use super::{cargo, in_browser, large_file, number_of};
use crate::build;
use crate::setup::{self, For};

/// Records of the files whose frames are compared.
const SIZES: [u64; 2] = [10_000, 1_000_000];

pub fn picture(root: &Path, most: Option<u64>) -> Result<(), String> {
    let most = most.unwrap_or(10_000_000).to_string();
    let run = ["run", "--release", "--quiet", "--example", "picture_bench"];
    cargo(root, &[&run[..], &["--", &most]].concat())?;

    let programs = setup::etcd().ok();
    let tools = setup::ensure(root, For::Tests)?;
    build::build_with(root, &tools)?;
    let mut medians = Vec::new();
    for records in SIZES {
        let file = large_file(root, programs.as_deref(), records)?;
        let seen = in_browser(root, &tools, "bench-picture.mjs", &file)?;
        println!("in Chromium, {records} records: {seen}");
        medians.extend(number_of(&seen, "work"));
    }
    if let [small, large] = medians.as_slice() {
        println!(
            "work of a frame at 10^6 is {:.2}x of that at 10^4",
            large / small
        );
    }
    Ok(())
}
