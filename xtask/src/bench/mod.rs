//! `cargo xtask bench files`: how long and how much memory reading a large snapshot takes, beside
//! etcd's own tool in the same run on the same file.

mod etcd;
mod measure;

use crate::run;
use crate::setup;
use measure::Taken;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Records of the file that is measured, unless told otherwise.
const RECORDS: u64 = 1_000_000;
/// Runs of every program; the fastest counts, as the one with the least of other work in it.
const RUNS: u32 = 3;

/// Runs one bench: `files`, with the number of records.
pub fn bench(root: &Path, what: &str, records: Option<u64>) -> Result<(), String> {
    match what {
        "files" => files(root, records.unwrap_or(RECORDS)),
        _ => Err(format!("{what}: there is no such bench; there is: files")),
    }
}

fn files(root: &Path, records: u64) -> Result<(), String> {
    let programs = setup::etcd()?;
    let file = large_file(root, &programs, records)?;
    let bytes = fs::metadata(&file)
        .map_err(|error| error.to_string())?
        .len();
    let mut build = Command::new("cargo");
    build.current_dir(root);
    run::step(build.args(["build", "--release", "--quiet", "--bin", "revscope"]))?;
    let revscope = target_dir(root).join("release/revscope");
    println!("{}: {records} records, {}", file.display(), mib(bytes));

    let mut judge = Command::new(programs.join("etcdutl"));
    let judge = best(judge.args(["snapshot", "status"]).arg(&file))?;
    row("etcdutl snapshot status", judge, judge, records);
    let out = file.with_extension("svg");
    let lines: [(&str, Vec<&Path>); 3] = [
        ("revscope status", vec![Path::new("status"), &file]),
        (
            "revscope records > /dev/null",
            vec![Path::new("records"), &file],
        ),
        (
            "revscope render (open to timeline ready)",
            vec![Path::new("render"), &file, Path::new("-o"), &out],
        ),
    ];
    for (name, args) in lines {
        row(
            name,
            best(Command::new(&revscope).args(args))?,
            judge,
            records,
        );
    }
    let _ = fs::remove_file(out);
    Ok(())
}

/// The file to measure: made once, kept in the target folder.
fn large_file(root: &Path, programs: &Path, records: u64) -> Result<PathBuf, String> {
    let folder = target_dir(root).join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = folder.join(format!("etcd-{}-{records}.db", setup::ETCD_VERSION));
    if !file.is_file() {
        eprintln!("making {} with etcd (once, some minutes)", file.display());
        let part = file.with_extension("part");
        etcd::make(programs, records, &part)?;
        fs::rename(&part, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(file)
}

/// Where cargo puts what it builds.
fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn best(command: &mut Command) -> Result<Taken, String> {
    let mut best: Option<Taken> = None;
    for _ in 0..RUNS {
        let taken = measure::run(command)?;
        if best.is_none_or(|best| taken.wall < best.wall) {
            best = Some(taken);
        }
    }
    best.ok_or_else(|| "no run".to_owned())
}

fn row(name: &str, taken: Taken, judge: Taken, records: u64) {
    let seconds = taken.wall.as_secs_f64();
    println!(
        "{name:<42} {seconds:>7.3} s  {:>5.2}x  own memory {:>9}  {:>5.1} bytes a record  resident {:>9}",
        seconds / judge.wall.as_secs_f64(),
        mib(taken.own_peak),
        taken.own_peak as f64 / records as f64,
        mib(taken.peak),
    );
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
