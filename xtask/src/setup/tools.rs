//! trunk and wasm-bindgen: used from PATH when the version is right, else built once into the
//! user's cache folder, where every checkout shares them.

use super::Missing;
use crate::run;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRUNK: &str = "0.21.14";

/// The trunk program.
pub fn trunk(missing: &mut Vec<Missing>) -> Option<PathBuf> {
    ensure("trunk", "trunk", TRUNK, &["--locked"], missing)
}

/// The wasm-bindgen program, of exactly the library's version.
pub fn wasm_bindgen(root: &Path, missing: &mut Vec<Missing>) -> Result<Option<PathBuf>, String> {
    let lock = run::read(&root.join("Cargo.lock"))?;
    let version =
        locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock: no package wasm-bindgen in it")?;
    // Not --locked: a version that its lock file names has been withdrawn.
    Ok(ensure(
        "wasm-bindgen",
        "wasm-bindgen-cli",
        version,
        &[],
        missing,
    ))
}

fn ensure(
    program: &'static str,
    package: &str,
    version: &str,
    args: &[&str],
    missing: &mut Vec<Missing>,
) -> Option<PathBuf> {
    let cache = run::cache_dir().join("tools");
    let built = cache
        .join("bin")
        .join(format!("{program}{}", env::consts::EXE_SUFFIX));
    let find = || {
        let candidates = [run::which(program), Some(built.clone())];
        candidates
            .into_iter()
            .flatten()
            .find(|path| is_version(path, version))
    };
    if let Some(found) = find() {
        return Some(found);
    }
    eprintln!("building {package} {version} (once, some minutes)");
    let mut install = Command::new("cargo");
    // A target folder or flags meant for the project are not for its tools.
    install.env_remove("CARGO_TARGET_DIR");
    install.current_dir(run::home().unwrap_or_else(env::temp_dir));
    install.args([
        "install",
        package,
        "--version",
        version,
        "--quiet",
        "--force",
        "--root",
    ]);
    install.arg(&cache).args(args);
    if let Err(error) = run::step(&mut install) {
        eprintln!("warning: {error}");
    }
    let found = find();
    if found.is_none() {
        missing.push(Missing {
            what: program,
            command: ["cargo install", package, "--version", version]
                .into_iter()
                .chain(args.iter().copied())
                .collect::<Vec<_>>()
                .join(" "),
        });
    }
    found
}

/// Whether the program says that it is `version`, as in `trunk 0.21.14`.
fn is_version(path: &Path, version: &str) -> bool {
    run::ask(Command::new(path).arg("--version"))
        .is_some_and(|said| said.split_whitespace().any(|word| word == version))
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_names_the_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.7\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.7"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn trunk_is_told_the_versions_that_are_locked() {
        let root = crate::root();
        let config = run::read(&root.join("Trunk.toml")).unwrap();
        let lock = run::read(&root.join("Cargo.lock")).unwrap();
        let bindgen = locked_version(&lock, "wasm-bindgen").unwrap();
        assert!(config.contains(&format!("wasm_bindgen = \"{bindgen}\"")));
        let npm = run::read(&root.join("tests/e2e/package.json")).unwrap();
        let binaryen = npm.split("\"binaryen\": \"").nth(1).unwrap();
        let major = binaryen.split('.').next().unwrap();
        assert!(config.contains(&format!("wasm_opt = \"version_{major}\"")));
    }
}
