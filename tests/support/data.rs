//! Files of `tests/data`, and what other programs read from them (`README.md` there).

use std::io::Read;
use std::path::PathBuf;
use std::{fs, io};

use flate2::read::GzDecoder;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// A text file of `tests/data`.
pub fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("tests/data/{name}: {error}"))
}

/// A file of `tests/data` as it is stored.
pub fn packed(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("tests/data/{name}: {error}"))
}

/// A file of `tests/data`, unpacked.
pub fn unpack(name: &str) -> Vec<u8> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        GzDecoder::new(fs::File::open(path(&format!("{name}.gz")))?).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().unwrap_or_else(|error| panic!("tests/data/{name}.gz: {error}"))
}

/// Names of the files of a directory, as [`unpack`] wants them but for the directory.
pub fn list(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(path(directory)).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".gz").to_owned())
        .collect();
    assert!(!names.is_empty(), "tests/data/{directory} is empty");
    names.sort();
    names
}

/// The rows of a table of `tests/data`: tab-separated, `#` begins a comment.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let rows: Vec<Vec<String>> = text(name)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect();
    assert!(!rows.is_empty(), "tests/data/{name} has no rows");
    rows
}
