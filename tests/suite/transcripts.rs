//! Reading the recorded files under `tests/data/recorded`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

/// A file of `tests/data/recorded`, unpacked.
pub fn text(name: &str) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(path(name)).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// The lines of such a file, each a JSON value.
pub fn lines(name: &str) -> Vec<Value> {
    text(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Where such a file lies.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/recorded")
        .join(name)
}

/// The bytes behind a base64 field; none where it is absent.
pub fn b64(value: &Value) -> Vec<u8> {
    BASE64_STANDARD
        .decode(value.as_str().unwrap_or_default())
        .unwrap()
}

/// An integer, also one in quotes as protobuf's JSON writes 64 bits.
pub fn int(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        _ => value.as_i64().unwrap_or_default(),
    }
}
