//! Node and the packages of tests/e2e: wasm-opt, the browser driver, the accessibility rules.

use super::{Missing, apt};
use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Oldest node with the test runner's reporters; Debian 12 has 18.
const MIN_MAJOR: u32 = 18;
const PACKAGES: &[&str] = &["nodejs", "npm"];
/// Copy of the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.revscope-lock.json";

/// The node program, installed (with npm) when it is not there.
pub fn ensure(apt: &mut apt::Apt, missing: &mut Vec<Missing>) -> Option<PathBuf> {
    if let Some(found) = find() {
        return Some(found);
    }
    apt.install(PACKAGES);
    let found = find();
    if found.is_none() {
        missing.push(Missing {
            what: "node 18 or newer with npm, for wasm-opt and the browser tests",
            command: apt::command(PACKAGES, "brew install node"),
        });
    }
    found
}

fn find() -> Option<PathBuf> {
    let node = run::which("node")?;
    run::which("npm")?;
    let version = run::ask(Command::new(&node).arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next()?;
    (major.parse::<u32>().ok()? >= MIN_MAJOR).then_some(node)
}

/// The folder of the packages that tests/e2e/package-lock.json names, at those versions.
pub fn packages(root: &Path, node: &Path, missing: &mut Vec<Missing>) -> Option<PathBuf> {
    let dir = root.join("tests/e2e");
    let lock = fs::read(dir.join("package-lock.json")).ok();
    let modules = dir.join("node_modules");
    if lock.is_some() && fs::read(dir.join(STAMP)).ok() == lock {
        return Some(modules);
    }
    eprintln!("installing the npm packages of tests/e2e");
    // npm by its name: it is a script beside node, on Windows with another suffix.
    let npm = run::which("npm").unwrap_or_else(|| node.with_file_name("npm"));
    let mut install = Command::new(npm);
    install.current_dir(&dir);
    install.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    let done = run::step(&mut install).and_then(|()| {
        fs::write(dir.join(STAMP), lock.unwrap_or_default()).map_err(|error| error.to_string())
    });
    if let Err(error) = done {
        eprintln!("warning: {error}");
        missing.push(Missing {
            what: "the npm packages of tests/e2e: wasm-opt, the browser driver",
            command: "npm ci --prefix tests/e2e".to_owned(),
        });
        return None;
    }
    Some(modules)
}
