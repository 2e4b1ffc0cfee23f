//! No number in a file decides how much memory is taken: only its real length does.
//!
//! The program runs with its address space limited, on files that cost no disk.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::process::Command;

use crate::support::sparse::{Meta, Sparse, header, leaf, meta, tiny};

const PAGE: u64 = 4096;

/// Runs a command on a file under a limit, in KiB; gives its exit code.
fn run(command: &[&str], file: &Sparse, limit: u64) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = File::create(dir.path().join("x.db")).unwrap();
    on_disk.set_len(file.size).unwrap();
    for (at, part) in &file.parts {
        on_disk.write_all_at(part, *at).unwrap();
    }
    let words = command.join(" ");
    let script = format!("ulimit -v {limit} && exec \"$0\" {words} x.db");
    let mut shell = Command::new("sh");
    shell.current_dir(dir.path()).arg("-c").arg(script);
    let output = shell.arg(env!("CARGO_BIN_EXE_revscope")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}

/// A file of `size` bytes whose numbers are as large as they can be.
fn boastful(size: u64) -> Sparse {
    let numbers = Meta {
        page_size: PAGE as u32,
        root: 3,
        freelist: 2,
        high_water_mark: 1 << 40,
        txid: 6,
    };
    let mut file = tiny(PAGE as u32);
    file.size = size;
    let mut list = header(2, 16, u16::MAX, u32::MAX);
    list.extend((1u64 << 40).to_le_bytes());
    let mut huge = leaf(6, &[(0, b"k", b"v")]);
    huge[12..16].fill(0xff);
    let buckets: [&[u8]; 2] = [&[5, 0, 0, 0, 0, 0, 0, 0], &[6, 0, 0, 0, 0, 0, 0, 0]];
    let buckets = buckets.map(|root| [root, &[0; 8]].concat());
    let root = leaf(3, &[(1, b"key", &buckets[0]), (1, b"meta", &buckets[1])]);
    let mut branch = header(5, 1, u16::MAX, u32::MAX);
    for child in [6u64, 1 << 50] {
        branch.extend([u32::MAX; 2].iter().flat_map(|word| word.to_le_bytes()));
        branch.extend(child.to_le_bytes());
    }
    file.parts.extend([
        (0, meta(0, numbers)),
        (PAGE, meta(1, Meta { txid: 5, ..numbers })),
        (2 * PAGE, list),
        (3 * PAGE, root),
        (5 * PAGE, branch),
        (6 * PAGE, huge),
    ]);
    file
}

#[test]
fn large_numbers_in_a_small_file_cost_nothing() {
    let file = boastful(64 * PAGE);
    for command in [
        "check", "pages", "buckets", "records", "status", "hashkv", "info", "fossils",
    ] {
        let (code, told) = run(&[command], &file, 200_000);
        assert!(matches!(code, Some(0 | 1)), "{command}: {code:?} {told}");
    }
}

#[test]
fn a_long_file_costs_its_pages_and_no_more() {
    // Two million pages: a map of them takes 26 MB, a page of the largest size read 256 MB.
    let file = boastful(8 << 30);
    for command in ["check", "buckets", "status"] {
        let (code, told) = run(&[command], &file, 1_000_000);
        assert!(matches!(code, Some(0 | 1)), "{command}: {code:?} {told}");
    }
}
