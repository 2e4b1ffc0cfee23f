//! The structure as a test: who may import whom, how long a file may be, that it says what it is for.

use std::fs;
use std::path::{Path, PathBuf};

/// `module: what it may import`, besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("bytes", &[]),
    ("archive", &["bytes"]),
    ("kv", &["bytes"]),
    ("bbolt", &["bytes"]),
    ("etcd", &["bytes", "kv", "bbolt"]),
    ("mvcc", &["kv"]),
    ("backend", &["bytes", "kv", "bbolt", "mvcc"]),
    ("history", &["bytes", "kv"]),
    ("kubernetes", &["bytes", "kv", "history"]),
    ("fill", &["kv", "history", "kubernetes"]),
    ("lost", &["kv", "etcd", "history", "kubernetes"]),
    ("timeline", &["kv", "history"]),
    ("find", &["kv", "history", "kubernetes"]),
    ("export", &["kv", "kubernetes"]),
    ("compare", &["kv", "history", "fill", "kubernetes"]),
    (
        "what_if",
        &[
            "bytes",
            "kv",
            "bbolt",
            "etcd",
            "history",
            "kubernetes",
            "fill",
        ],
    ),
    ("apiserver", &["kv", "mvcc", "kubernetes"]),
    (
        "shell",
        &[
            "bytes",
            "kv",
            "bbolt",
            "etcd",
            "mvcc",
            "backend",
            "history",
            "kubernetes",
            "apiserver",
        ],
    ),
    ("lesson", &["kv", "mvcc", "history", "shell"]),
    ("session", &["mvcc", "shell"]),
    (
        "engine",
        &[
            "bytes",
            "archive",
            "kv",
            "bbolt",
            "etcd",
            "mvcc",
            "backend",
            "history",
            "kubernetes",
            "fill",
            "lost",
            "timeline",
            "find",
            "export",
            "compare",
            "what_if",
            "shell",
            "lesson",
            "session",
        ],
    ),
    ("state", &["kv", "history", "timeline", "session", "engine"]),
    (
        "web",
        &[
            "bytes", "kv", "history", "timeline", "session", "engine", "state",
        ],
    ),
];

/// Past this many lines a file has more than one idea.
const MAX_LINES: usize = 500;

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for dir in ["src", "tests", "xtask/src", "benches"] {
        if root.join(dir).is_dir() {
            rust_files(&root.join(dir), &mut files);
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root).unwrap().to_path_buf(), text)
        })
        .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut slips = Vec::new();
    for (path, text) in sources() {
        let Some(module) = path
            .strip_prefix("src")
            .ok()
            .and_then(|rest| rest.components().next())
            .map(|first| first.as_os_str().to_string_lossy().replace(".rs", ""))
        else {
            continue;
        };
        if matches!(module.as_str(), "lib" | "bin") {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            slips.push(format!(
                "{}: module {module} is not in the table",
                path.display()
            ));
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            // Doc comments may name anything; code may not.
            let code = line.split("//").next().unwrap_or_default();
            for imported in code.split("crate::").skip(1) {
                let name: String = imported
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if name != module && !name.is_empty() && !allowed.contains(&name.as_str()) {
                    slips.push(format!(
                        "{}:{}: {module} may not import {name}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

#[test]
fn only_web_names_a_browser() {
    for (path, text) in sources() {
        if !path.starts_with("src") || path.starts_with("src/web") || path.starts_with("src/bin") {
            continue;
        }
        for word in ["yew", "gloo", "web_sys", "wasm_bindgen", "js_sys"] {
            assert!(
                !text.contains(&format!("{word}::")),
                "{}: names {word}",
                path.display()
            );
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{}: {lines} lines", path.display());
        assert!(
            text.starts_with("//!"),
            "{}: does not start with `//!`",
            path.display()
        );
        assert!(
            !text.contains(concat!("#[", "ignore")),
            "{}: an ignored test",
            path.display()
        );
    }
}
