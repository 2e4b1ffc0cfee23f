//! `cargo xtask test`: everything that can be tested, fastest first.
//!
//! Every step is run even after one failed. The last line is `N passed, N failed`: the tests of
//! cargo and of node; a step that fails without counting tests (formatting, lints, a build)
//! counts as one that failed.

use crate::setup::{self, For, Tools};
use crate::{build, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Tests that passed and failed.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// Runs all steps; an error when anything failed.
pub fn test(root: &Path) -> Result<(), String> {
    let started = Instant::now();
    let mut total = Count::default();
    let tools = setup::ensure(root, For::Tests)?;

    for line in LINTS {
        total.add(step(line, || cargo(root, line)));
    }
    total.add(step("cargo test --workspace", || {
        cargo(root, "cargo test --workspace")
    }));
    match setup::etcd() {
        Ok(programs) => total.add(step("compare with a real etcd", || {
            compare(root, &programs)
        })),
        Err(why) => println!("--- compare with a real etcd: skipped, {why}"),
    }
    if root.join("tests/markup.rs").is_file() {
        // The page's own unit tests, and its components as markup.
        let line = "cargo test --features ssr --lib --test markup";
        total.add(step(line, || cargo(root, line)));
    }
    let built = step("build the page", || {
        build::build_with(root, &tools).map(|()| Count::default())
    });
    total.add(built);
    if built.failed == 0 {
        total.add(step("browser tests", || browser(root, &tools)));
    } else {
        println!("--- browser tests: not run, there is no page to open");
    }

    println!("--- all in {:.1} s", started.elapsed().as_secs_f64());
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        Ok(())
    } else {
        Err(String::new())
    }
}

const LINTS: &[&str] = &[
    "cargo fmt --all --check",
    "cargo clippy --quiet --workspace --all-targets -- -D warnings",
    "cargo clippy --quiet --all-targets --features ssr -- -D warnings",
];

/// Runs one named step and says how it went.
fn step(name: &str, work: impl FnOnce() -> Result<Count, String>) -> Count {
    println!("--- {name}");
    let started = Instant::now();
    let done = work();
    let seconds = started.elapsed().as_secs_f64();
    match done {
        Ok(count) if count.failed == 0 => {
            let passed = match count.passed {
                0 => "ok".to_owned(),
                passed => format!("{passed} passed"),
            };
            println!("    {passed}, {seconds:.1} s");
            count
        }
        Ok(count) => {
            println!(
                "    {} passed, {} FAILED, {seconds:.1} s",
                count.passed, count.failed
            );
            count
        }
        Err(message) => {
            println!("    FAILED, {seconds:.1} s: {message}");
            Count {
                passed: 0,
                failed: 1,
            }
        }
    }
}

/// Runs a cargo command line and counts the tests in what it prints.
fn cargo(root: &Path, line: &str) -> Result<Count, String> {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap_or("cargo"));
    command.current_dir(root).args(words);
    counted(&mut command, cargo_count, true)
}

/// Random command sequences on the simulator and on a real etcd. The test stops by itself before
/// a minute is over, and its count is shown.
fn compare(root: &Path, programs: &Path) -> Result<Count, String> {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command.args([
        "test",
        "--test",
        "differential",
        "--",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env("REVSCOPE_ETCD_DIR", programs);
    let count = |text: &str| {
        for line in text.lines().filter(|line| line.ends_with(" compared")) {
            // Behind the name of the test, where the runner has not ended the line.
            let said = line.rsplit(" ... ").next().unwrap_or(line);
            println!("    {said}");
        }
        cargo_count(text)
    };
    counted(&mut command, count, true)
}

/// The tests of tests/e2e by node's runner: readable on standard error, counted from TAP.
fn browser(root: &Path, tools: &Tools) -> Result<Count, String> {
    let dir = root.join("tests/e2e");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .map_err(|error| format!("{}: {error}", dir.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    let mut command = Command::new(&tools.node);
    command.current_dir(&dir).arg("--test");
    command.args(["--test-reporter=spec", "--test-reporter-destination=stderr"]);
    command.args(["--test-reporter=tap", "--test-reporter-destination=stdout"]);
    command.args(files);
    command.env("REVSCOPE_DIST", root.join("dist"));
    command.envs(
        tools
            .chromium
            .iter()
            .map(|path| ("REVSCOPE_CHROMIUM", path)),
    );
    counted(&mut command, node_count, false)
}

/// Runs `command` and counts its tests from standard output, which is shown when something failed
/// unless standard error said it already.
fn counted(
    command: &mut Command,
    count: fn(&str) -> Count,
    show_failed: bool,
) -> Result<Count, String> {
    let name = run::shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{name}` could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let count = count(&text);
    if output.status.success() {
        return Ok(count);
    }
    if show_failed {
        println!("{text}");
    }
    match count.failed {
        0 => Err(format!("ended with {}", output.status)),
        _ => Ok(count),
    }
}

/// Sums cargo's `test result: ok. 3 passed; 0 failed; ...` lines.
fn cargo_count(text: &str) -> Count {
    let mut sum = Count::default();
    let results = text
        .lines()
        .filter_map(|line| line.split_once("test result: "));
    for (_, result) in results {
        sum.add(Count {
            passed: number_before(result, " passed"),
            failed: number_before(result, " failed"),
        });
    }
    sum
}

/// Reads node's closing lines `# pass 3`, `# fail 0`, `# cancelled 0`.
fn node_count(text: &str) -> Count {
    let number = |name: &str| {
        let value = text.lines().rev().find_map(|line| line.strip_prefix(name));
        value.and_then(|value| value.trim().parse::<u64>().ok())
    };
    Count {
        passed: number("# pass ").unwrap_or(0),
        failed: number("# fail ").unwrap_or(0) + number("# cancelled ").unwrap_or(0),
    }
}

fn number_before(text: &str, unit: &str) -> u64 {
    let before = text.split_once(unit).map(|(before, _)| before);
    let number = before.and_then(|before| before.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl Count {
    fn add(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed() {
        let cargo = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\n\
                     test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured\n";
        let sum = Count {
            passed: 12,
            failed: 3,
        };
        assert_eq!(cargo_count(cargo), sum);
        let node =
            "ok 1 - x\n# tests 5\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0\n";
        assert_eq!(
            node_count(node),
            Count {
                passed: 3,
                failed: 2
            }
        );
        assert_eq!(node_count(""), Count::default());
    }
}
