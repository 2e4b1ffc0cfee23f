//! `cargo xtask fuzz [TARGET [SECONDS]]`: the targets of `fuzz/`, each for a while, one after the
//! other.
//!
//! Seeds are the small files of `tests/data`, unpacked into `fuzz/corpus/TARGET`, which is kept
//! from run to run and is no part of the repository. What breaks a target is left in
//! `fuzz/artifacts/TARGET`: made small (`cargo fuzz tmin`), it goes to `tests/data/crashes`, where an
//! ordinary test gives it to all targets.

use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Targets that take a file as it is.
const OF_FILES: [&str; 6] = ["open", "walk", "check", "records", "fossils", "snapshot"];
/// The other ones: a row of bucket `key`, files in archives, and a kept history.
const PROTO: &str = "proto";
const ARCHIVE: &str = "archive";
const KEPT: &str = "kept";

/// Seeds above this make every try slow and find no more.
const MAX_SEED: u64 = 64 << 10;
const SECONDS: u64 = 60;

/// Runs one target or all of them.
pub fn fuzz(root: &Path, target: Option<&str>, seconds: Option<u64>) -> Result<(), String> {
    let all = OF_FILES.into_iter().chain([PROTO, ARCHIVE, KEPT]);
    let targets: Vec<_> = all
        .filter(|name| target.is_none_or(|wanted| wanted == *name))
        .collect();
    if targets.is_empty() {
        let name = target.unwrap_or_default();
        return Err(format!(
            "no target {name}: there are {}, {PROTO}, {ARCHIVE}, {KEPT}",
            OF_FILES.join(", ")
        ));
    }
    let nightly = Command::new("cargo")
        .args(["+nightly", "fuzz", "--version"])
        .output();
    if !nightly.is_ok_and(|output| output.status.success()) {
        return Err("fuzzing needs a nightly compiler and cargo-fuzz: `rustup toolchain install nightly`, `cargo install cargo-fuzz`".to_owned());
    }
    for target in &targets {
        seed(root, target)?;
    }
    for target in targets {
        println!("--- {target}");
        let seconds = seconds.unwrap_or(SECONDS);
        run::step(
            Command::new("cargo")
                .args(["+nightly", "fuzz", "run", target, "--"])
                .arg(format!("-max_total_time={seconds}"))
                .args(["-timeout=25", "-rss_limit_mb=2048", "-print_final_stats=1"])
                .current_dir(root),
        )?;
    }
    Ok(())
}

/// Puts the seeds of a target into its corpus.
fn seed(root: &Path, target: &str) -> Result<(), String> {
    let corpus = root.join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let data = root.join("tests/data");
    let put = |name: String, bytes: &[u8]| {
        let path = corpus.join(name);
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
    };
    match target {
        PROTO => {
            for (name, row) in rows() {
                put(name.to_owned(), &row)?;
            }
        }
        KEPT => put("one-row".to_owned(), &kept())?,
        ARCHIVE => {
            for path in files(&data.join("packed"))? {
                put(flat(&data, &path), &read(&path)?)?;
            }
        }
        _ => {
            for folder in ["bolt", "scenarios", "snapshots", "talk"] {
                for path in files(&data.join(folder))? {
                    let unpacked = Command::new("gzip").arg("-dc").arg(&path).output();
                    let unpacked = unpacked.map_err(|error| format!("gzip: {error}"))?;
                    if unpacked.stdout.len() as u64 <= MAX_SEED {
                        put(flat(&data, &path), &unpacked.stdout)?;
                    }
                }
            }
            for path in files(&data.join("crashes"))? {
                put(flat(&data, &path), &read(&path)?)?;
            }
        }
    }
    Ok(())
}

/// Rows as the target wants them: the length of the bucket key, the bucket key, the value.
fn rows() -> [(&'static str, Vec<u8>); 3] {
    let key =
        |main: u8, mark: &[u8]| [&[0, 0, 0, 0, 0, 0, 0, main, b'_'][..], &[0; 8], mark].concat();
    let row = |key: Vec<u8>, value: &[u8]| [&[key.len() as u8][..], &key, value].concat();
    let put = b"\x0a\x03foo\x10\x02\x18\x03\x20\x02\x2a\x03bar";
    let leased =
        b"\x0a\x01k\x10\x04\x18\x04\x20\x01\x2a\x01v\x30\xcd\xd2\x91\x8b\xd2\xb8\x81\xcf\x0e";
    [
        ("put", row(key(3, b""), put)),
        ("leased", row(key(4, b""), leased)),
        ("tombstone", row(key(5, b"t"), b"\x0a\x03foo")),
    ]
}

/// All files below a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

/// A file's path as one name.
fn flat(data: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(data).unwrap_or(path);
    inside.to_string_lossy().replace(['/', '\\'], "-")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The blocks of a kept history of one put, each as its kind, the length of its payload in two
/// bytes, and the payload: the target frames them.
fn kept() -> Vec<u8> {
    let column = |least: u64| [&[0][..], &least.to_le_bytes()].concat();
    let head = [1, 1, 0, 2, u64::MAX, 0].map(u64::to_le_bytes).concat();
    let keys = [&[1, 0, 0, 0], &*[0, 1, 0].map(column).concat(), b"k"].concat();
    let row = [2, 0, 0, 0, 1, 5, 0].map(column).concat();
    let rows = [&[1, 0, 0, 0], &*row].concat();
    let blocks = [(1, head), (3, keys), (4, rows), (5, Vec::new())];
    let framed = blocks.map(|(kind, payload)| {
        let len = payload.len() as u16;
        [&[kind], &len.to_le_bytes()[..], &payload].concat()
    });
    framed.concat()
}
