//! Expected output in files of `tests/golden`, rewritten with `UPDATE_EXPECT=1`.

use std::fs;
use std::path::Path;

/// Compares with a file of `tests/golden`, or writes it anew.
pub fn check(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, got).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == got {
        return;
    }
    let line = expected
        .lines()
        .zip(got.lines())
        .position(|(a, b)| a != b)
        .unwrap_or(expected.lines().count().min(got.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    panic!(
        "tests/golden/{name} line {}:\nexpected {}\ngot      {}\n(UPDATE_EXPECT=1 rewrites it)\n\n{got}",
        line + 1,
        at(&expected),
        at(got),
    );
}
