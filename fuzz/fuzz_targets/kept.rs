//! Fuzzes [`entry::kept`].
#![no_main]

#[path = "../entry.rs"]
#[allow(dead_code, reason = "each target takes one of them")]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::kept(data));
