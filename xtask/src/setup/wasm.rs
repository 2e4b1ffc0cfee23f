//! A Rust that can compile for wasm32-unknown-unknown.
//!
//! Usually the active toolchain with its target added by rustup. Where rustup has no network,
//! Debian's second Rust, made for browsers, does it: it has std's sources but no compiled std for
//! a page, so std is built with the program.

use super::{Missing, apt};
use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// Where the compiler comes from.
pub enum Toolchain {
    /// The toolchain that `cargo` on PATH is.
    Active,
    /// Debian's, in /usr, which may not be the first on PATH.
    Debian,
}

/// Finds one, or gets one: first from rustup, then from Debian.
pub fn ensure(apt: &mut apt::Apt, missing: &mut Vec<Missing>) -> Option<Toolchain> {
    if let Some(found) = find() {
        return Some(found);
    }
    if run::which("rustup").is_some() {
        eprintln!("adding the target {TARGET} with rustup");
        let mut add = Command::new("rustup");
        add.args(["target", "add", TARGET]);
        // Without a network, fail at once.
        add.env("RUSTUP_MAX_RETRIES", "0");
        if let Err(error) = run::step(&mut add) {
            eprintln!("warning: {error}");
        }
    }
    if find().is_none() {
        apt.install(PACKAGES);
    }
    let found = find();
    if found.is_none() {
        missing.push(Missing {
            what: "the standard library for wasm32-unknown-unknown",
            command: if run::which("rustup").is_some() {
                format!("rustup target add {TARGET}")
            } else {
                apt::command(
                    PACKAGES,
                    "install rustup, then: rustup target add wasm32-unknown-unknown",
                )
            },
        });
    }
    found
}

fn find() -> Option<Toolchain> {
    let mut libdir = Command::new("rustc");
    libdir.args(["--print", "target-libdir", "--target", TARGET]);
    let has_core = |dir: String| {
        let names = fs::read_dir(dir).into_iter().flatten().flatten();
        names
            .map(|entry| entry.file_name())
            .any(|name| name.to_string_lossy().starts_with("libcore-"))
    };
    if run::ask(&mut libdir).is_some_and(has_core) {
        return Some(Toolchain::Active);
    }
    let debian = [
        "/usr/bin/cargo",
        "/usr/bin/rustc",
        "/usr/bin/wasm-ld-19",
        "/usr/lib/rustlib/src/rust/library/std/Cargo.toml",
        "/usr/share/doc/rustc-web",
    ];
    let complete = debian.iter().all(|path| Path::new(path).exists());
    complete.then_some(Toolchain::Debian)
}

impl Toolchain {
    /// Folders to put before PATH so that `cargo` and `rustc` are this toolchain's.
    ///
    /// Debian's are reached through a folder with two links: /usr/bin itself before PATH would
    /// also change which node, npm and so on are found.
    pub fn path_dirs(&self) -> Result<Vec<PathBuf>, String> {
        match self {
            Toolchain::Active => Ok(Vec::new()),
            Toolchain::Debian => {
                let dir = run::cache_dir().join("debian-rust");
                debian_links(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
                Ok(vec![dir])
            }
        }
    }

    /// Sets what cargo reads from its environment.
    pub fn apply(&self, command: &mut Command) {
        // `cargo xtask` itself runs under a cargo, which names itself and its libraries here.
        command.env_remove("CARGO");
        if let Toolchain::Debian = self {
            command.env_remove("LD_LIBRARY_PATH");
            command.env_remove("RUSTUP_TOOLCHAIN");
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
        }
    }

    /// Arguments of each `cargo fetch` that has to be made: std's own dependencies are fetched
    /// only for a named target, the project's for all machines only without one.
    pub fn fetches(&self) -> &'static [&'static [&'static str]] {
        match self {
            Toolchain::Active => &[&[]],
            Toolchain::Debian => &[&[], &["--target", TARGET]],
        }
    }

    /// The compiler's own words.
    pub fn version(&self) -> String {
        run::ask(Command::new(self.rustc()).arg("--version")).unwrap_or_default()
    }

    /// Flags that keep paths of this machine out of panic messages.
    pub fn rustflags(&self, root: &Path) -> Vec<String> {
        let mut flags = vec![
            format!("--remap-path-prefix={}=.", root.display()),
            // Names that say for which component a generic function stands: the split goes by them.
            "-Csymbol-mangling-version=v0".to_owned(),
        ];
        let sources = cargo_home().join("registry/src");
        let mut registries: Vec<PathBuf> = fs::read_dir(&sources)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        registries.sort();
        for registry in registries {
            flags.push(format!("--remap-path-prefix={}=crates", registry.display()));
        }
        if let Some(sysroot) = self.sysroot() {
            flags.push(format!(
                "--remap-path-prefix={sysroot}/lib/rustlib/src/rust=rust"
            ));
        }
        flags
    }

    /// What those flags are there to hide.
    pub fn machine_paths(&self, root: &Path) -> Vec<String> {
        let mut paths = vec![
            root.display().to_string(),
            cargo_home().display().to_string(),
        ];
        paths.extend(
            self.sysroot()
                .map(|sysroot| format!("{sysroot}/lib/rustlib")),
        );
        // A checkout in `/` or `/src` would match anything.
        paths.retain(|path| path.len() > 5);
        paths
    }

    fn sysroot(&self) -> Option<String> {
        run::ask(Command::new(self.rustc()).args(["--print", "sysroot"]))
    }

    fn rustc(&self) -> &'static str {
        match self {
            Toolchain::Active => "rustc",
            Toolchain::Debian => "/usr/bin/rustc",
        }
    }
}

fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(run::home()?.join(".cargo")))
        .unwrap_or_default()
}

#[cfg(unix)]
fn debian_links(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    for name in ["cargo", "rustc"] {
        match std::os::unix::fs::symlink(Path::new("/usr/bin").join(name), dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn debian_links(_: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
