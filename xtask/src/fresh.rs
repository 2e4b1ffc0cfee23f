//! Whether dist/ was made from what is there now.
//!
//! Trunk runs wasm-bindgen and wasm-opt on every call, which takes longer than looking. The stamp
//! is a digest of everything that went in (by content, so a checkout that changes only times
//! rebuilds nothing) and of the names and lengths that came out.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// What the programs in the site are made from: page and worker of one build agree on it. Lessons,
/// sample and schema are inside the worker.
const PROGRAM: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "static/lessons",
    "static/samples",
    "static/schema",
    "xtask/split",
    "xtask/src/build.rs",
];
/// Files and folders that the site is made from. Files that the sources include from elsewhere
/// are added from the compiler's own lists.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "index.html",
    "src",
    "static",
    "tests/e2e/package-lock.json",
    "xtask",
];
/// The compiler's lists of the files that it read.
const READ_BY_COMPILER: &[&str] = &[
    "wasm32-unknown-unknown/wasm-release/app.d",
    "wasm32-unknown-unknown/wasm-release/worker.d",
];

/// The digest that the last build left, and how to take a new one.
pub struct Stamp<'a> {
    root: &'a Path,
    tools: &'a str,
    file: PathBuf,
    sources: u64,
}

impl<'a> Stamp<'a> {
    /// `tools` is whatever else decides the output: versions, flags.
    pub fn new(root: &'a Path, tools: &'a str) -> Self {
        Self {
            root,
            tools,
            file: root.join("target/xtask/dist.stamp"),
            sources: digest_of(&sources(root)),
        }
    }

    /// A name for the programs as they are now.
    pub fn build_id(&self) -> String {
        let mut files = BTreeSet::new();
        for path in PROGRAM {
            files_below(&self.root.join(path), &mut files);
        }
        format!("{:016x}", digest_of(&files))
    }

    /// Whether nothing changed since [`write`](Self::write).
    pub fn is_current(&self) -> bool {
        let has_page = self.root.join("dist/index.html").is_file();
        has_page && fs::read_to_string(&self.file).is_ok_and(|old| old == self.digest())
    }

    /// Makes the next look say no, in case the build stops half-way.
    pub fn forget(&self) {
        let _ = fs::remove_file(&self.file);
    }

    /// Remembers the present state as built; not when a source was edited during the build.
    pub fn write(&self) -> Result<(), String> {
        if digest_of(&sources(self.root)) != self.sources {
            return Ok(());
        }
        let folder = self.file.parent().unwrap_or(self.root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&self.file, self.digest()))
            .map_err(|error| format!("{}: {error}", self.file.display()))
    }

    fn digest(&self) -> String {
        let mut files = sources(self.root);
        for list in READ_BY_COMPILER {
            let text = fs::read_to_string(target(self.root).join(list)).unwrap_or_default();
            files.extend(
                read_files(&text)
                    .into_iter()
                    .map(|file| self.root.join(file)),
            );
        }
        let mut hasher = DefaultHasher::new();
        self.tools.hash(&mut hasher);
        digest_of(&files).hash(&mut hasher);
        let mut built = BTreeSet::new();
        files_below(&self.root.join("dist"), &mut built);
        for file in &built {
            file.hash(&mut hasher);
            fs::metadata(file)
                .map(|meta| meta.len())
                .ok()
                .hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    }
}

/// Where cargo builds.
fn target(root: &Path) -> PathBuf {
    let elsewhere = std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
    root.join(elsewhere.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

fn sources(root: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for input in INPUTS {
        files_below(&root.join(input), &mut files);
    }
    files
}

fn digest_of(files: &BTreeSet<PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(file).ok().hash(&mut hasher);
    }
    hasher.finish()
}

/// All files in a folder and its folders, or the file itself; nothing when there is none.
pub fn files_below(path: &Path, out: &mut BTreeSet<PathBuf>) {
    if path.is_file() {
        out.insert(path.to_path_buf());
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        files_below(&entry.path(), out);
    }
}

/// The right-hand side of a make rule `output: file file`, where `\ ` is a space in a name.
fn read_files(rule: &str) -> Vec<PathBuf> {
    let files = rule.lines().next().and_then(|line| line.split_once(": "));
    let files = files.map(|(_, files)| files).unwrap_or_default();
    files
        .replace("\\ ", "\u{1f}")
        .split_whitespace()
        .map(|file| PathBuf::from(file.replace('\u{1f}', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_make_rule_names_what_the_compiler_read() {
        let rule = "/t/app.wasm: /p/src/lib.rs /p/my\\ data/x.db\n\n/p/src/lib.rs:\n";
        let files = ["/p/src/lib.rs", "/p/my data/x.db"].map(PathBuf::from);
        assert_eq!(read_files(rule), files);
        assert!(read_files("").is_empty());
    }
}
