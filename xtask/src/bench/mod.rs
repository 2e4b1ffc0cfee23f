//! `cargo xtask bench files`: how long and how much memory reading a large snapshot takes, beside
//! etcd's own tool in the same run on the same file; natively and in Chromium.

mod etcd;
mod measure;
mod picture;
mod study;

use crate::setup::{self, For, Tools};
use crate::{build, run};
use measure::Taken;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Records of the file that is measured, unless told otherwise.
const RECORDS: u64 = 1_000_000;
/// Runs of every program; the fastest counts, as the one with the least of other work in it.
const RUNS: u32 = 3;

/// Runs one bench: `files` with the number of records, `picture` with the most revisions.
pub fn bench(root: &Path, what: &str, records: Option<u64>) -> Result<(), String> {
    match what {
        "files" => files(root, records.unwrap_or(RECORDS)),
        "picture" => picture::picture(root, records),
        "study" => study::study(root, records),
        _ => Err(format!(
            "{what}: there is no such bench; there are: files, picture, study"
        )),
    }
}

fn files(root: &Path, records: u64) -> Result<(), String> {
    let programs = setup::etcd();
    if let Err(reason) = &programs {
        println!("no etcdutl to compare with: {reason}; the file is of the project's own writer");
    }
    let programs = programs.ok();
    let file = large_file(root, programs.as_deref(), records)?;
    let bytes = fs::metadata(&file).map_err(|error| error.to_string())?;
    cargo(
        root,
        &["build", "--release", "--quiet", "--bin", "revscope"],
    )?;
    let revscope = target_dir(root).join("release/revscope");
    println!(
        "{}: {records} records, {}",
        file.display(),
        mib(bytes.len())
    );

    let mut judge = None;
    if let Some(programs) = programs {
        let mut etcdutl = Command::new(programs.join("etcdutl"));
        let taken = best(etcdutl.args(["snapshot", "status"]).arg(&file))?;
        judge = Some(taken.wall);
        row("etcdutl snapshot status", taken, judge, records);
    }
    let out = file.with_extension("svg");
    let lines: [(&str, Vec<&Path>); 3] = [
        ("revscope status", vec![Path::new("status"), &file]),
        (
            "revscope records > /dev/null",
            vec![Path::new("records"), &file],
        ),
        (
            "revscope render (open to timeline drawn)",
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

    let tools = setup::ensure(root, For::Tests)?;
    build::build_with(root, &tools)?;
    for _ in 0..RUNS {
        let seen = in_browser(root, &tools, "bench-files.mjs", &file)?;
        let number = |name| number_of(&seen, name).unwrap_or(0.0);
        println!(
            "in Chromium: ready after {:.3} s{}; longest frame meanwhile {} ms; engine's memory \
             {}, {:.1} bytes a record; process {} more",
            number("ready") / 1000.0,
            ratio(number("ready") / 1000.0, judge),
            number("longestFrame"),
            mib(number("engine") as u64),
            number("engine") / records as f64,
            mib(number("process") as u64),
        );
    }
    Ok(())
}

/// Opens the file in the built page by a script of `tests/e2e`; what that prints.
fn in_browser(root: &Path, tools: &Tools, script: &str, file: &Path) -> Result<String, String> {
    let mut command = Command::new(&tools.node);
    command.current_dir(root.join("tests/e2e"));
    command.arg(script).arg(file);
    command.env("REVSCOPE_DIST", root.join("dist"));
    command.envs(
        tools
            .chromium
            .iter()
            .map(|path| ("REVSCOPE_CHROMIUM", path)),
    );
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with('{'));
    line.map(str::to_owned).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("the page did not open the file: {said}")
    })
}

/// A number of one line of JSON without nesting.
fn number_of(line: &str, name: &str) -> Option<f64> {
    let (_, rest) = line.split_once(&format!("\"{name}\":"))?;
    let end = rest.find([',', '}'])?;
    rest.get(..end)?.parse().ok()
}

/// The file to measure: made once, kept in the target folder.
fn large_file(root: &Path, programs: Option<&Path>, records: u64) -> Result<PathBuf, String> {
    let folder = target_dir(root).join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let programs = programs.ok_or("there is no etcd for this machine that could make the file")?;
    let maker = format!("etcd-{}", setup::ETCD_VERSION);
    let file = folder.join(format!("{maker}-{records}-ten-puts.db"));
    if !file.is_file() {
        eprintln!("making {} (once, some minutes)", file.display());
        let part = file.with_extension("part");
        etcd::make(programs, records, &part)?;
        fs::rename(&part, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(file)
}

fn cargo(root: &Path, args: &[&str]) -> Result<(), String> {
    run::step(Command::new("cargo").current_dir(root).args(args))
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

fn row(name: &str, taken: Taken, judge: Option<Duration>, records: u64) {
    let seconds = taken.wall.as_secs_f64();
    println!(
        "{name:<42} {seconds:>7.3} s{}  own memory {:>9}, {:>5.1} bytes a record  resident {:>9}",
        ratio(seconds, judge),
        mib(taken.own_peak),
        taken.own_peak as f64 / records as f64,
        mib(taken.peak),
    );
}

/// How often etcdutl's time, where there is one.
fn ratio(seconds: f64, judge: Option<Duration>) -> String {
    judge.map_or(String::new(), |judge| {
        format!("  {:>5.2}x of etcdutl", seconds / judge.as_secs_f64())
    })
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_found_by_name() {
        let line = r#"{"first":null,"ready":4182,"engine":7}"#;
        assert_eq!(super::number_of(line, "ready"), Some(4182.0));
        assert_eq!(super::number_of(line, "engine"), Some(7.0));
        assert_eq!(super::number_of(line, "first"), None);
    }
}
