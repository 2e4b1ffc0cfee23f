//! `cargo xtask bench study`: what is in a large file, in Chromium: figures, search, scrolling,
//! memory, and opening it again from its kept index.

use super::{RECORDS, in_browser, large_file, mib, number_of};
use crate::build;
use crate::setup::{self, For};
use std::fs;
use std::path::Path;

/// Runs; each is printed.
const RUNS: u32 = 3;

/// Measures with a file of so many records.
pub fn study(root: &Path, records: Option<u64>) -> Result<(), String> {
    let records = records.unwrap_or(RECORDS);
    let programs = setup::etcd().ok();
    let file = large_file(root, programs.as_deref(), records)?;
    let size = fs::metadata(&file)
        .map_err(|error| error.to_string())?
        .len();
    println!("{}: {records} records, {}", file.display(), mib(size));
    let tools = setup::ensure(root, For::Tests)?;
    build::build_with(root, &tools)?;
    for _ in 0..RUNS {
        let seen = in_browser(root, &tools, "bench-study.mjs", &file)?;
        let number = |name| number_of(&seen, name).unwrap_or(f64::NAN);
        let times = |name| number(name) / number("opened");
        println!(
            "first figures {} ms; opened {} ms; every page checked {:.2}x, all {:.2}x of that",
            number("first"),
            number("opened"),
            times("landing"),
            times("all"),
        );
        println!(
            "  all keys searched {} ms, longest frame {} ms; all values {} ms, longest frame {} ms",
            number("search"),
            number("searchFrame"),
            number("valueSearch"),
            number("valueFrame"),
        );
        println!(
            "  scrolling, longest frame {} ms; engine's memory {}, {:.1} % of the file",
            number("scrollFrame"),
            mib(number("engine") as u64),
            100.0 * number("engine") / size as f64,
        );
        println!(
            "  index kept {} ms; opened from it {} ms, {:.2}x",
            number("kept"),
            number("reopened"),
            times("reopened"),
        );
    }
    Ok(())
}
